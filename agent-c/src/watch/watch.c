#include "watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "hooks/threads.h"
#include "jvm/jvm.h"
#include "output.h"
#include "patch/objects.h"
#include "stack/dictionary.h"
#include "state/shared.h"
#include "state/threads.h"
#include "stream/stream.h"
#include "threads.h"

static const uint64_t TICK_NS = 1000000000;
/* Reading all names costs a JVMTI call a thread: at most so often. */
static const uint64_t NAMES_NS = 1000000000;

static const struct fw_options *options;
/* 0: the agent thread sleeps, or will; 1: it has something to do. */
static _Atomic uint32_t work;
static _Atomic bool names_wanted;

void fw_watch_wake(void)
{
    if (atomic_exchange_explicit(&work, 1, memory_order_acq_rel) == 0) {
        fw_futex_wake((const uint32_t *)&work, 1);
    }
}

void fw_watch_forked(void)
{
    if (!atomic_load_explicit(&names_wanted, memory_order_relaxed)) {
        atomic_store_explicit(&names_wanted, true, memory_order_relaxed);
    }
    fw_watch_wake();
}

/* True where names were asked for and are due. */
static bool names_due(void)
{
    static uint64_t last;
    uint64_t now = fw_now_ns();
    if (!atomic_load(&names_wanted) || (last && now - last < NAMES_NS)) {
        return false;
    }
    last = now;
    atomic_store(&names_wanted, false);
    return true;
}

/* One warning for each kind of table that is full. */
static void report_limits(void)
{
    static bool threads_said;
    static bool stacks_said;
    if (!threads_said && fw_threads_untracked()) {
        threads_said = true;
        fw_stream_note(FW_LEVEL_WARN, "the thread table is full: further threads are not known");
    }
    if (!stacks_said && fw_dictionary_refused()) {
        stacks_said = true;
        fw_stream_note(FW_LEVEL_WARN, "the stack table is full: further stacks are missing");
    }
}

static void report_loss(void)
{
    static uint64_t reported;
    uint64_t lost = atomic_load(&fw_shared->lost);
    if (lost != reported) {
        reported = lost;
        fw_stream_counters(FW_RECORD_STATE);
    }
}

static void *run(void *argument)
{
    (void)argument;
    prctl(PR_SET_NAME, "forkwitness");
    fw_output_start(options);
    for (;;) {
        fw_futex_wait((const uint32_t *)&work, 0, TICK_NS);
        atomic_store(&work, 0);
        fw_jvm_attach_thread();
        bool names = names_due();
        if (names) {
            fw_watch_sweep_threads();
        }
        fw_jvm_resolve(names);
        fw_objects_scan();
        fw_output_watch();
        report_limits();
        report_loss();
    }
    return NULL;
}

bool fw_watch_start(const struct fw_options *the_options)
{
    options = the_options;
    sigset_t all;
    sigset_t before;
    pthread_t thread;
    pthread_attr_t attributes;
    sigfillset(&all);
    /* Signals are the application's: none is ever delivered to this thread. */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* A JVMTI call needs HotSpot's guard zones and some frames. */
    pthread_attr_setstacksize(&attributes, 1u << 20);
    int error = fw_hook_pthread_create(&thread, &attributes, run, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

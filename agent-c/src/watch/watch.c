#include "watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "allocator.h"
#include "children.h"
#include "jvm/jvm.h"
#include "output.h"
#include "patch/objects.h"
#include "scan.h"
#include "snapshot.h"
#include "stack/dictionary.h"
#include "state/children.h"
#include "state/clock.h"
#include "state/gate.h"
#include "state/shared.h"
#include "state/threads.h"
#include "state/work.h"
#include "stream/stream.h"
#include "sweep.h"
#include "tick.h"

static const uint64_t TICK_NS = 1000000000;
static const uint64_t SETTLED_NS = 500000000;
static const uint64_t NEVER_LIVE_NS = 5000000000;
static const uint64_t MS_NS = 1000000;
/* Reading all names costs a few calls a thread: at most so often, and never more than a hundredth of the time. */
static const uint64_t NAMES_NS = 1000000000;
enum { NAMES_SHARE = 100 };

static const struct fw_options *options;
static struct fw_child_watch child_watch = {.is_jvms = fw_objects_is_libjvm};
/* When names may be read again; forks wake this thread only once they have been. */
static uint64_t names_due;
static uint64_t snapshot_due = UINT64_MAX;

/* Resolves what is new; the names of threads too, where a fork asked for them and they are due: true then. */
static bool resolve(void)
{
    uint64_t begun = fw_now_ns();
    bool names = begun >= names_due && fw_work_take_fork();
    if (names) {
        fw_sweep_threads();
    }
    fw_jvm_resolve(names);
    if (names) {
        uint64_t now = fw_now_ns();
        uint64_t pause = (now - begun) * NAMES_SHARE;
        names_due = now + (pause > NAMES_NS ? pause : NAMES_NS);
    }
    return names;
}

/* One warning for each kind of table that is full. */
static void report_limits(void)
{
    static bool threads_said;
    static bool stacks_said;
    static bool children_said;
    if (!threads_said && fw_threads_untracked()) {
        threads_said = true;
        fw_stream_note(FW_LEVEL_WARN, "the thread table is full: further threads are not known");
    }
    if (!stacks_said && fw_dictionary_refused()) {
        stacks_said = true;
        fw_stream_note(FW_LEVEL_WARN, "the stack table is full: further stacks are missing");
    }
    if (!children_said && fw_children_unwatched()) {
        children_said = true;
        fw_stream_note(FW_LEVEL_WARN,
                       "the table of living children is full: further ones are not watched from outside");
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

/* The collector is a JVM too, and would compete with the start of this one. It is started when there is something to
 * collect (a fork), when the JVM ends, or when the JVM has been up for a while. What is sent before waits in the pipe.
 */
static bool start_output(uint64_t begun)
{
    static uint64_t live_since;
    if (!live_since && fw_jvm_is_live()) {
        live_since = fw_now_ns();
    }
    uint64_t due = live_since ? live_since + SETTLED_NS : begun + NEVER_LIVE_NS;
    if (!fw_work_any_fork() && !fw_jvm_is_ending() && fw_now_ns() < due) {
        return false;
    }
    fw_output_start(options);
    if (!options->pipe[0]) {
        fw_work_has_reader();
    }
    return true;
}

/* Until the next turn. While children live, or may be about to begin since a fork was announced, often enough to see a
 * hang in time. */
static uint64_t pause_ns(bool started, uint32_t living)
{
    static uint32_t forks;
    static uint64_t attentive_until;
    uint64_t longest = started ? TICK_NS : SETTLED_NS / 2;
    uint64_t now = fw_now_ns();
    uint32_t forks_now = atomic_load_explicit(&fw_shared->forks, memory_order_relaxed);
    if (forks_now != forks) {
        forks = forks_now;
        attentive_until = now + TICK_NS > names_due ? now + TICK_NS : names_due;
    }
    uint64_t shorter = fw_watch_children_pause(&child_watch);
    uint64_t pause = (living || now < attentive_until) && shorter < longest ? shorter : longest;
    uint64_t to_snapshot = snapshot_due > now ? snapshot_due - now : 0;
    return pause < to_snapshot ? pause : to_snapshot;
}

/* Until the time is up or there is work. The clock goes on meanwhile. */
static void rest(uint64_t pause)
{
    uint64_t until = fw_now_ns() + pause;
    bool woken = false;
    for (uint64_t now = 0; !woken && now < until; now = fw_now_ns()) {
        uint64_t tick = fw_tick();
        uint64_t left = now ? until - now : pause;
        woken = fw_work_wait(tick < left ? tick : left);
    }
    fw_clock_set();
}

static void take_snapshot(void)
{
    uint64_t now = fw_now_ns();
    if (now >= snapshot_due) {
        uint64_t pause = options->snapshot_ms * MS_NS;
        snapshot_due = now + pause;
        fw_snapshot_send(now, pause);
        fw_allocator_send();
    }
}

/* The lowest address of this thread's stack that it may give back; 0 where it is not known. */
static uintptr_t stack_lowest;

static void find_stack(void)
{
    pthread_attr_t attributes;
    void *lowest;
    size_t size;
    /* It allocates. */
    if (!fw_gate_enter()) {
        return;
    }
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &lowest, &size) == 0) {
            stack_lowest = ((uintptr_t)lowest + FW_PAGE - 1) / FW_PAGE * FW_PAGE;
        }
        pthread_attr_destroy(&attributes);
    }
    fw_gate_leave();
}

/* JVMTI leaves many pages behind, each of which every fork would copy. Below the caller's frame, and what it still
 * calls from there, nothing of the stack is in use. */
static void give_back_stack(void)
{
    enum { KEPT_PAGES = 4 };
    uintptr_t end = ((uintptr_t)__builtin_frame_address(0) / FW_PAGE - KEPT_PAGES) * FW_PAGE;
    if (stack_lowest && stack_lowest < end) {
        madvise((void *)stack_lowest, end - stack_lowest, MADV_DONTNEED);
    }
}

static void *run(void *argument)
{
    (void)argument;
    prctl(PR_SET_NAME, "forkwitness");
    find_stack();
    uint64_t begun = fw_now_ns();
    bool started = false;
    uint32_t living = 0;
    if (options->snapshot_ms) {
        snapshot_due = begun + options->snapshot_ms * MS_NS;
    }
    for (;;) {
        rest(pause_ns(started, living));
        bool ending = fw_jvm_is_ending();
        started = started || start_output(begun);
        fw_jvm_attach_thread();
        if (resolve()) {
            give_back_stack();
        }
        living = fw_watch_children(&child_watch, fw_now_ns());
        take_snapshot();
        /* Last of what cannot wait. */
        bool scan = fw_scan_may_wait(fw_now_ns());
        if (scan) {
            fw_objects_scan(true);
        }
        fw_allocator_watch(fw_now_ns(), scan);
        report_limits();
        report_loss();
        if (started) {
            fw_output_watch();
            fw_jvm_release(ending);
        }
    }
    return NULL;
}

bool fw_watch_start(const struct fw_options *the_options, fw_create_fn *create)
{
    options = the_options;
    child_watch.hang_after_ns = the_options->hang_after_ms * 1000000ull;
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
    int error = create(&thread, &attributes, run, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

#include "threads.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "child/inherited.h"
#include "child/observe.h"
#include "hooks.h"
#include "patch/objects.h"
#include "stack/capture.h"
#include "state/marks.h"
#include "state/self.h"
#include "state/thread_records.h"
#include "state/threads.h"
#include "stream/stream.h"

int (*fw_original_pthread_setname_np)(pthread_t, const char *);
int (*fw_original_prctl)(int, ...);
int (*fw_original_pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static pthread_key_t end_key;
static bool end_key_made;
/* The process in which this thread was created; 0 where no hook saw that. */
static __thread int birthplace __attribute__((tls_model("initial-exec")));

/* Runs at the thread's end, however it ends: return, pthread_exit, cancellation. */
static void ended(void *argument)
{
    struct fw_thread *thread = argument;
    /* The thread that forked stays in its child's table: what it took before is held for good there. */
    if (birthplace == fw_getpid()) {
        fw_self.thread = thread;
        fw_mark_forget(fw_mark_of_thread(thread->id));
        if (fw_in_child()) {
            fw_threads_release(thread);
        } else {
            fw_thread_ended(thread);
        }
    }
    /* Destructors of other keys may still run, and call hooks. */
    fw_self.thread = NULL;
    fw_self.ended = true;
}

void fw_threads_hooks_init(void)
{
    end_key_made = pthread_key_create(&end_key, ended) == 0;
}

/* Code of an interposer of pthread_create (a sanitizer's) may have run in this thread and called hooks, which took it
 * for one whose creation nobody saw. */
static void forget_stranger(struct fw_thread *stranger)
{
    if (stranger && fw_in_child()) {
        fw_threads_release(stranger);
    } else if (stranger) {
        fw_thread_ended(stranger);
    }
}

/* The agent's first code in each new thread. */
static void *started(void *argument)
{
    struct fw_thread *thread = argument;
    forget_stranger(fw_self.thread);
    void *(*start)(void *) = thread->start;
    void *start_argument = thread->argument;
    fw_self.tid = fw_gettid();
    birthplace = fw_getpid();
    thread->handle = (uintptr_t)pthread_self();
    fw_threads_live(thread, fw_self.tid);
    fw_self.thread = thread;
    fw_self.ended = false;
    fw_thread_read_name(thread);
    /* The report's threads are those of the JVM's process. */
    if (!fw_in_child()) {
        fw_thread_send(thread);
    }
    if (end_key_made) {
        pthread_setspecific(end_key, thread);
    }
    return start(start_argument);
}

int fw_hook_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    FW_CHILD_CALL(pthread_create);
    /* A thread of vfork's child would run in its parent's memory. */
    struct fw_thread *thread = fw_self.vfork_child ? NULL : fw_threads_claim();
    if (!thread) {
        return fw_original_pthread_create(handle, attributes, start, argument);
    }
    int saved = errno;
    struct fw_thread *creator = fw_in_child() ? fw_self.thread : fw_thread_self();
    thread->creator = creator ? creator->id : 0;
    thread->stack = fw_in_child() ? 0 : fw_capture_stack(false);
    thread->start = start;
    thread->argument = argument;
    atomic_store(&thread->kind, fw_objects_is_libjvm((const void *)start) ? FW_THREAD_KIND_JVM : FW_THREAD_KIND_NATIVE);
    errno = saved;
    int error = fw_original_pthread_create(handle, attributes, started, thread);
    if (error) {
        fw_threads_release(thread);
    } else if (fw_in_child()) {
        fw_inherited_forget((uintptr_t)*handle);
    }
    return error;
}

/* The slot's own name is the agent thread's to change: it finds this one at its next look. */
static void named(const struct fw_thread *thread, const char *name)
{
    enum { KERNEL_NAME = 15 }; /* prctl(2), PR_SET_NAME */
    if (!thread || fw_in_child() || atomic_load(&thread->kind) == FW_THREAD_KIND_JAVA) {
        return;
    }
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_THREAD_NAME);
    fw_frame_uint(&frame, FW_KEY_THREAD, thread->id);
    fw_frame_text(&frame, FW_KEY_NAME, name, KERNEL_NAME);
    fw_frame_send(&frame);
}

int fw_hook_pthread_setname_np(pthread_t handle, const char *name)
{
    FW_CHILD_CALL(pthread_setname_np);
    int error = fw_original_pthread_setname_np(handle, name);
    if (!error) {
        bool own = pthread_equal(handle, pthread_self());
        named(own ? fw_thread_self() : fw_threads_with_handle((uintptr_t)handle), name);
    }
    return error;
}

/* Up to four more arguments, of a register each (prctl(2)): those that the caller has not given are not looked at. */
int fw_hook_prctl(int option, ...)
{
    va_list rest;
    va_start(rest, option);
    unsigned long a = va_arg(rest, unsigned long);
    unsigned long b = va_arg(rest, unsigned long);
    unsigned long c = va_arg(rest, unsigned long);
    unsigned long d = va_arg(rest, unsigned long);
    va_end(rest);
    int result = fw_original_prctl(option, a, b, c, d);
    if (option == PR_SET_NAME && result == 0) {
        named(fw_thread_self(), (const char *)a);
    }
    return result;
}

/* Hooks of semaphores, which nobody owns. One that the same thread takes and posts is used as a lock, and recorded as
 * such; one that is posted by a thread which has not taken it is a signal, and not recorded from then on. */
#include "child/inherited.h"
#include "child/lock_word.h"
#include "lock_hook.h"
#include "locks.h"
#include "quick_locks.h"

int (*fw_original_sem_post)(sem_t *);

enum { SEMAPHORE = FW_LOCK_KIND_SEMAPHORE };

/* A thread that has taken it already has one record all the same: the newest call's. */
static void took(struct fw_thread *thread, const sem_t *semaphore, FW_CALLER_PARAMETERS)
{
    if (thread && !fw_held_is_signal((uintptr_t)semaphore)) {
        fw_held_drop(thread, semaphore);
        fw_lock_taken(thread, semaphore, SEMAPHORE, FW_CALLER_ARGUMENTS);
    }
}

static int took_if(int result, const sem_t *semaphore, FW_CALLER_PARAMETERS)
{
    if (result == 0) {
        took(fw_held_thread(), semaphore, FW_CALLER_ARGUMENTS);
    }
    return result;
}

/* In a child: true where the semaphore was free and is taken now. Another process may post a shared one. */
static bool taken_in_child(uint32_t function, sem_t *semaphore, bool has_limit)
{
    int saved = errno;
    bool taken = FW_ORIGINAL(sem_trywait)(semaphore) == 0;
    errno = saved;
    if (!taken && !fw_lock_word(semaphore, SEMAPHORE).shared) {
        struct fw_holder holder;
        bool is_lock = !fw_held_is_signal((uintptr_t)semaphore) && fw_inherited_holder(semaphore, SEMAPHORE, &holder);
        if (is_lock) {
            fw_child_blocks(function, semaphore, SEMAPHORE);
        } else if (!has_limit) {
            fw_child_waits(function, semaphore, fw_inherited_waiter(semaphore, NULL));
        }
    }
    return taken;
}

static void wait_end(struct fw_thread *const *thread)
{
    if (*thread) {
        (*thread)->waits_on = 0;
    }
}

/* The wait is a cancellation point. */
#define WAIT(name, parameters, may_try, has_limit, call)                                                               \
    static __attribute__((noinline)) int exact_##name(FW_CALLER_PARAMETERS, FW_UNWRAP parameters)                      \
    {                                                                                                                  \
        if (!fw_is_calm()) {                                                                                           \
            fw_child_call(FW_FN_##name, site);                                                                         \
            if (fw_is_forked_child && (may_try) && taken_in_child(FW_FN_##name, semaphore, has_limit)) {               \
                return took_if(0, semaphore, FW_CALLER_ARGUMENTS);                                                     \
            }                                                                                                          \
        }                                                                                                              \
        struct fw_thread *const thread __attribute__((cleanup(wait_end))) = fw_held_thread();                          \
        if (thread) {                                                                                                  \
            thread->waits_with = 0;                                                                                    \
            thread->waits_on = (uintptr_t)semaphore;                                                                   \
        }                                                                                                              \
        int result = (call);                                                                                           \
        if (result == 0) {                                                                                             \
            took(thread, semaphore, FW_CALLER_ARGUMENTS);                                                              \
        }                                                                                                              \
        return result;                                                                                                 \
    }

WAIT(sem_wait, (sem_t * semaphore), true, false, FW_ORIGINAL(sem_wait)(semaphore))

static __attribute__((noinline)) int further_sem_wait(FW_CALLER_PARAMETERS, sem_t *semaphore)
{
    struct fw_thread *thread = fw_quick_further();
    if (thread && fw_quick_sem_trywait(semaphore)) {
        took(thread, semaphore, FW_CALLER_ARGUMENTS);
        return 0;
    }
    return exact_sem_wait(FW_CALLER_ARGUMENTS, semaphore);
}

/* A cancellation point whether it waits or not (nptl/sem_wait.c of glibc), which can only be told from a plain call
 * once some thread is cancelled: that ends fw_quick_locks.semaphores. */
int fw_hook_sem_wait(sem_t *semaphore)
{
    struct fw_thread *thread = fw_quick_thread();
    if (thread && thread->lock_end == 1 && !fw_held_is_signal((uintptr_t)semaphore) &&
        fw_quick_sem_trywait(semaphore)) {
        struct fw_held_lock *held = &thread->locks[0];
        FW_HELD_FILL_HERE(held, SEMAPHORE);
        if (!fw_held_set_first(held, semaphore, (uintptr_t)__builtin_dwarf_cfa())) {
            FW_HELD_FILL_HERE(held, SEMAPHORE);
        }
        return 0;
    }
    return further_sem_wait(FW_CALLER(), semaphore);
}

WAIT(sem_timedwait, (sem_t *restrict semaphore, const struct timespec *restrict deadline), fw_lock_is_time(deadline),
     true, FW_ORIGINAL(sem_timedwait)(semaphore, deadline))

int fw_hook_sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
    return exact_sem_timedwait(FW_CALLER(), semaphore, deadline);
}

WAIT(sem_clockwait, (sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict deadline),
     fw_lock_is_clock(clock) && fw_lock_is_time(deadline), true, FW_ORIGINAL(sem_clockwait)(semaphore, clock, deadline))

int fw_hook_sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict deadline)
{
    return exact_sem_clockwait(FW_CALLER(), semaphore, clock, deadline);
}

/* A signal that has not come is none that a vanished thread keeps. */
static __attribute__((noinline)) void try_in_child(int result, sem_t *semaphore)
{
    if (result != 0 && errno == EAGAIN && fw_is_forked_child && !fw_held_is_signal((uintptr_t)semaphore)) {
        fw_child_try_failed(FW_FN_sem_trywait, semaphore, SEMAPHORE, EAGAIN);
    }
}

int fw_hook_sem_trywait(sem_t *semaphore)
{
    FW_CHILD_CALL(sem_trywait);
    int result = FW_ORIGINAL(sem_trywait)(semaphore);
    if (!fw_is_calm()) {
        try_in_child(result, semaphore);
    }
    return took_if(result, semaphore, FW_CALLER());
}

/* sem_post(3) is async-signal-safe: there is nothing to tell of it in a child. */
static __attribute__((noinline)) int exact_sem_post(sem_t *semaphore)
{
    struct fw_thread *thread = fw_is_calm() ? fw_held_thread() : fw_self.thread;
    if (thread && !fw_held_drop(thread, semaphore)) {
        if (thread->lock_more) {
            thread->lock_more--;
        } else {
            fw_held_set_signal((uintptr_t)semaphore);
        }
    }
    return fw_original_sem_post(semaphore);
}

static __attribute__((noinline)) int further_sem_post(sem_t *semaphore)
{
    struct fw_thread *thread = fw_quick_further_holder(semaphore);
    if (thread) {
        fw_quick_drop_further(thread);
        return fw_quick_sem_post(semaphore) ? 0 : fw_original_sem_post(semaphore);
    }
    return exact_sem_post(semaphore);
}

int fw_hook_sem_post(sem_t *semaphore)
{
    struct fw_thread *thread = fw_quick_holder(semaphore);
    if (thread) {
        fw_quick_drop(thread);
        return fw_quick_sem_post(semaphore) ? 0 : fw_original_sem_post(semaphore);
    }
    return further_sem_post(semaphore);
}

/* Cancelled threads are so rare that semaphores may cost a little more from then on. */
int fw_hook_pthread_cancel(pthread_t handle)
{
    FW_CHILD_CALL(pthread_cancel);
    fw_quick_locks_cancel();
    return FW_ORIGINAL(pthread_cancel)(handle);
}

int fw_hook_sem_destroy(sem_t *semaphore)
{
    FW_CHILD_CALL(sem_destroy);
    int result = FW_ORIGINAL(sem_destroy)(semaphore);
    if (result == 0) {
        fw_lock_ended(semaphore);
    }
    return result;
}

/* Hooks of waits that have no owner: conditions, and a thread's end. */
#include "child/inherited.h"
#include "lock_hook.h"
#include "locks.h"

/* A condition's wait gives the mutex back meanwhile; it is held again afterwards, as if it had been all the time, also
 * where the thread is cancelled in between (pthread_cond_wait(3p)). */
struct wait {
    struct fw_thread *thread;
    const void *mutex; /* NULL where there is no record to be made again */
    uintptr_t site;    /* where it was taken, as in the record */
    uintptr_t stack;
    uintptr_t frame;
};

static struct wait wait_begin(uint32_t function, const void *condition, const void *mutex, uintptr_t site,
                              bool has_limit)
{
    if (!fw_is_calm()) {
        fw_child_call(function, site);
        if (!has_limit) {
            fw_child_waits(function, condition, fw_inherited_waiter(condition, mutex));
        }
    }
    struct wait wait = {.thread = fw_held_thread()};
    if (wait.thread) {
        const struct fw_held_lock *held = fw_held_find(wait.thread, mutex);
        if (held) {
            wait.mutex = mutex;
            wait.site = held->site;
            wait.stack = held->stack;
            wait.frame = held->frame;
            fw_held_drop(wait.thread, mutex);
        }
        wait.thread->waits_with = (uintptr_t)mutex;
        wait.thread->waits_on = (uintptr_t)condition;
    }
    return wait;
}

static void wait_end(const struct wait *wait)
{
    if (wait->thread) {
        wait->thread->waits_on = 0;
        if (wait->mutex) {
            fw_lock_taken(wait->thread, wait->mutex, MUTEX, wait->site, wait->stack, wait->frame);
        }
    }
}

#define WAIT(name, has_limit)                                                                                          \
    const struct wait wait __attribute__((cleanup(wait_end))) =                                                        \
        wait_begin(FW_FN_##name, condition, mutex, (uintptr_t)__builtin_return_address(0), has_limit);                 \
    (void)wait

int fw_hook_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    WAIT(pthread_cond_wait, false);
    return FW_ORIGINAL(pthread_cond_wait)(condition, mutex);
}

int fw_hook_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, TIME)
{
    WAIT(pthread_cond_timedwait, true);
    return FW_ORIGINAL(pthread_cond_timedwait)(condition, mutex, deadline);
}

int fw_hook_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, TIME)
{
    WAIT(pthread_cond_clockwait, true);
    return FW_ORIGINAL(pthread_cond_clockwait)(condition, mutex, clock, deadline);
}

int fw_hook_cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    WAIT(cnd_wait, false);
    return FW_ORIGINAL(cnd_wait)(condition, mutex);
}

int fw_hook_cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict deadline)
{
    WAIT(cnd_timedwait, true);
    return FW_ORIGINAL(cnd_timedwait)(condition, mutex, deadline);
}

int fw_hook_pthread_join(pthread_t handle, void **result)
{
    if (!fw_is_calm()) {
        fw_child_call(FW_FN_pthread_join, (uintptr_t)__builtin_return_address(0));
        uint32_t thread = fw_is_forked_child ? fw_inherited_thread((uintptr_t)handle) : 0;
        if (thread) {
            fw_child_waits(FW_FN_pthread_join, (const void *)handle, thread);
        }
    }
    fw_entered_over();
    return FW_ORIGINAL(pthread_join)(handle, result);
}

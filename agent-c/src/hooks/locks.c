/* Hooks of locks and of waits. In the JVM's process they keep the records of held.h; in a child they try the lock
 * first, and tell before it blocks where nobody is there to release it. */
#include "locks.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "child/inherited.h"
#include "child/lock_word.h"
#include "child/observe.h"
#include "state/held.h"
#include "stream/stream.h"

#define SITE ((uintptr_t)__builtin_return_address(0))

/* The lock functions return their error; EOWNERDEAD is a success with a warning (pthread_mutex_lock(3p)). */
static inline int took(int error, const void *lock, uint8_t kind, uintptr_t site)
{
    if (error == 0 || error == EOWNERDEAD) {
        fw_held_take(fw_held_thread(), lock, kind, site);
    }
    return error;
}

/* What the timed calls would refuse, whether the lock is free or not (nptl/pthread_rwlock_common.c,
 * pthread_mutex_timedlock.c): then nothing is tried. */
static bool is_time(const struct timespec *time)
{
    const long second_ns = 1000000000;
    return time->tv_nsec >= 0 && time->tv_nsec < second_ns;
}

static bool is_clock(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

/* A call that takes a lock: calm, plain; else recorded as a call, and in a forked child tried first. */
#define LOCK(name, kind, parameters, may_try, try, call)                                                               \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        if (!fw_is_calm()) {                                                                                           \
            fw_child_call(FW_FN_##name, SITE);                                                                         \
            if (fw_is_forked_child && (may_try)) {                                                                     \
                int error = FW_ORIGINAL(try)(lock);                                                                    \
                if (error != EBUSY) {                                                                                  \
                    return took(error, lock, kind, SITE);                                                              \
                }                                                                                                      \
                fw_child_blocks(FW_FN_##name, lock, kind);                                                             \
            }                                                                                                          \
        }                                                                                                              \
        return took((call), lock, kind, SITE);                                                                         \
    }

#define TRY_LOCK(name, kind, parameters)                                                                               \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        FW_CHILD_CALL(name);                                                                                           \
        return took(FW_ORIGINAL(name)(lock), lock, kind, SITE);                                                        \
    }

/* The record goes first: once the lock is free, another thread may take and record it. */
#define UNLOCK(name, kind, parameters)                                                                                 \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        if (!fw_is_calm()) {                                                                                           \
            return unlock_in_child(FW_FN_##name, lock, kind, SITE);                                                    \
        }                                                                                                              \
        fw_held_drop(fw_held_thread(), lock);                                                                          \
        return FW_ORIGINAL(name)(lock);                                                                                \
    }

typedef int unlock_fn(void *);

static int unlock_in_child(uint32_t function, void *lock, uint8_t kind, uintptr_t site)
{
    fw_child_call(function, site);
    int error = ((unlock_fn *)fw_originals[function])(lock);
    if (error) {
        fw_child_lock_failed(function, lock, kind, error);
    } else {
        fw_held_drop(fw_held_thread(), lock);
    }
    return error;
}

#define MUTEX FW_LOCK_KIND_MUTEX
#define READ FW_LOCK_KIND_RWLOCK_READ
#define WRITE FW_LOCK_KIND_RWLOCK_WRITE
#define TIME const struct timespec *deadline

LOCK(pthread_mutex_lock, MUTEX, (pthread_mutex_t * lock), true, pthread_mutex_trylock,
     FW_ORIGINAL(pthread_mutex_lock)(lock))
LOCK(pthread_mutex_timedlock, MUTEX, (pthread_mutex_t * lock, TIME), is_time(deadline), pthread_mutex_trylock,
     FW_ORIGINAL(pthread_mutex_timedlock)(lock, deadline))
LOCK(pthread_mutex_clocklock, MUTEX, (pthread_mutex_t * lock, clockid_t clock, TIME),
     is_clock(clock) && is_time(deadline), pthread_mutex_trylock,
     FW_ORIGINAL(pthread_mutex_clocklock)(lock, clock, deadline))
TRY_LOCK(pthread_mutex_trylock, MUTEX, (pthread_mutex_t * lock))
UNLOCK(pthread_mutex_unlock, MUTEX, (pthread_mutex_t * lock))

LOCK(pthread_rwlock_rdlock, READ, (pthread_rwlock_t * lock), true, pthread_rwlock_tryrdlock,
     FW_ORIGINAL(pthread_rwlock_rdlock)(lock))
LOCK(pthread_rwlock_timedrdlock, READ, (pthread_rwlock_t * lock, TIME), is_time(deadline), pthread_rwlock_tryrdlock,
     FW_ORIGINAL(pthread_rwlock_timedrdlock)(lock, deadline))
LOCK(pthread_rwlock_clockrdlock, READ, (pthread_rwlock_t * lock, clockid_t clock, TIME),
     is_clock(clock) && is_time(deadline), pthread_rwlock_tryrdlock,
     FW_ORIGINAL(pthread_rwlock_clockrdlock)(lock, clock, deadline))
LOCK(pthread_rwlock_wrlock, WRITE, (pthread_rwlock_t * lock), true, pthread_rwlock_trywrlock,
     FW_ORIGINAL(pthread_rwlock_wrlock)(lock))
LOCK(pthread_rwlock_timedwrlock, WRITE, (pthread_rwlock_t * lock, TIME), is_time(deadline), pthread_rwlock_trywrlock,
     FW_ORIGINAL(pthread_rwlock_timedwrlock)(lock, deadline))
LOCK(pthread_rwlock_clockwrlock, WRITE, (pthread_rwlock_t * lock, clockid_t clock, TIME),
     is_clock(clock) && is_time(deadline), pthread_rwlock_trywrlock,
     FW_ORIGINAL(pthread_rwlock_clockwrlock)(lock, clock, deadline))
TRY_LOCK(pthread_rwlock_tryrdlock, READ, (pthread_rwlock_t * lock))
TRY_LOCK(pthread_rwlock_trywrlock, WRITE, (pthread_rwlock_t * lock))
UNLOCK(pthread_rwlock_unlock, READ, (pthread_rwlock_t * lock))

int fw_hook_pthread_spin_lock(pthread_spinlock_t *lock)
{
    if (!fw_is_calm()) {
        fw_child_call(FW_FN_pthread_spin_lock, SITE);
        if (fw_is_forked_child && FW_ORIGINAL(pthread_spin_trylock)(lock) == 0) {
            return took(0, (const void *)lock, FW_LOCK_KIND_SPINLOCK, SITE);
        }
        fw_child_blocks(FW_FN_pthread_spin_lock, (const void *)lock, FW_LOCK_KIND_SPINLOCK);
    }
    return took(FW_ORIGINAL(pthread_spin_lock)(lock), (const void *)lock, FW_LOCK_KIND_SPINLOCK, SITE);
}

int fw_hook_pthread_spin_trylock(pthread_spinlock_t *lock)
{
    FW_CHILD_CALL(pthread_spin_trylock);
    return took(FW_ORIGINAL(pthread_spin_trylock)(lock), (const void *)lock, FW_LOCK_KIND_SPINLOCK, SITE);
}

int fw_hook_pthread_spin_unlock(pthread_spinlock_t *lock)
{
    FW_CHILD_CALL(pthread_spin_unlock);
    fw_held_drop(fw_held_thread(), (const void *)lock);
    return FW_ORIGINAL(pthread_spin_unlock)(lock);
}

/* A condition's wait gives the mutex back meanwhile; it is held again afterwards, as if it had been all the time, also
 * where the thread is cancelled in between (pthread_cond_wait(3p)). */
struct wait {
    struct fw_thread *thread;
    const void *mutex; /* NULL where there is no record to be made again */
    uintptr_t site;
};

static struct wait wait_begin(uint32_t function, pthread_cond_t *condition, pthread_mutex_t *mutex, uintptr_t site,
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
        wait.site = fw_held_site(wait.thread, mutex);
        wait.mutex = wait.site ? mutex : NULL;
        fw_held_drop(wait.thread, mutex);
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
            fw_held_take(wait->thread, wait->mutex, MUTEX, wait->site);
        }
    }
}

#define WAIT(name, has_limit)                                                                                          \
    const struct wait wait __attribute__((cleanup(wait_end))) =                                                        \
        wait_begin(FW_FN_##name, condition, mutex, SITE, has_limit);                                                   \
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

/* In a child: true where the semaphore was free and is taken now. Another process may post a shared one. */
static bool taken_in_child(sem_t *semaphore)
{
    int saved = errno;
    bool taken = FW_ORIGINAL(sem_trywait)(semaphore) == 0;
    errno = saved;
    if (!taken && !fw_lock_word(semaphore, FW_LOCK_KIND_SEMAPHORE).shared) {
        fw_child_waits(FW_FN_sem_wait, semaphore, fw_inherited_waiter(semaphore, NULL));
    }
    return taken;
}

int fw_hook_sem_wait(sem_t *semaphore)
{
    if (!fw_is_calm()) {
        fw_child_call(FW_FN_sem_wait, SITE);
        if (fw_is_forked_child && taken_in_child(semaphore)) {
            return 0;
        }
    }
    const struct wait wait __attribute__((cleanup(wait_end))) = {.thread = fw_held_thread()};
    if (wait.thread) {
        wait.thread->waits_with = 0;
        wait.thread->waits_on = (uintptr_t)semaphore;
    }
    return FW_ORIGINAL(sem_wait)(semaphore);
}

int fw_hook_pthread_join(pthread_t handle, void **result)
{
    if (!fw_is_calm()) {
        fw_child_call(FW_FN_pthread_join, SITE);
        uint32_t thread = fw_is_forked_child ? fw_inherited_thread((uintptr_t)handle) : 0;
        if (thread) {
            fw_child_waits(FW_FN_pthread_join, (const void *)handle, thread);
        }
    }
    return FW_ORIGINAL(pthread_join)(handle, result);
}

/* What the hooks of locks have in common. In the JVM's process they keep the records of held.h; in a child they try the
 * lock first, and tell before it blocks where nobody is there to release it. They keep errno as the original leaves it,
 * and are as async-signal-safe as the original.
 *
 * A thread that ends with locks held has no records any more: whoever held them is gone in the parent too, and they
 * hang there as well. (Of a mutex, the word still names the holder to a child.) */
#ifndef FW_HOOKS_LOCK_HOOK_H
#define FW_HOOKS_LOCK_HOOK_H

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "child/inherited.h"
#include "child/observe.h"
#include "lock_room.h"
#include "state/functions.h"
#include "state/held.h"
#include "stream/stream.h"

#define MUTEX FW_LOCK_KIND_MUTEX
#define READ FW_LOCK_KIND_RWLOCK_READ
#define WRITE FW_LOCK_KIND_RWLOCK_WRITE
#define SPIN FW_LOCK_KIND_SPINLOCK
#define TIME const struct timespec *deadline

static inline void fw_lock_taken(struct fw_thread *thread, const volatile void *lock, uint8_t kind,
                                 FW_CALLER_PARAMETERS)
{
    if (thread && !fw_held_take(thread, lock, kind, FW_CALLER_ARGUMENTS)) {
        fw_lock_make_room(thread, lock, kind, FW_CALLER_ARGUMENTS);
    }
}

/* The lock functions return their error; EOWNERDEAD is a success with a warning (pthread_mutex_lock(3p)). */
static inline int fw_lock_result(int error, const volatile void *lock, uint8_t kind, FW_CALLER_PARAMETERS)
{
    if (error == 0 || error == EOWNERDEAD) {
        fw_lock_taken(fw_held_thread(), lock, kind, FW_CALLER_ARGUMENTS);
    }
    return error;
}

static inline void fw_lock_given(const volatile void *lock)
{
    struct fw_thread *thread = fw_held_thread();
    if (thread) {
        fw_held_drop_counted(thread, lock);
    }
}

/* What the timed calls would refuse, whether the lock is free or not (nptl/pthread_rwlock_common.c,
 * pthread_mutex_timedlock.c): then nothing is tried. */
static inline bool fw_lock_is_time(const struct timespec *time)
{
    const long second_ns = 1000000000;
    return time->tv_nsec >= 0 && time->tv_nsec < second_ns;
}

static inline bool fw_lock_is_clock(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

/* In a child: a lock that nobody else can have now, and that it has, is no vanished thread's. */
static inline void fw_lock_tried(int error, const volatile void *lock, uint8_t kind)
{
    if ((error == 0 || error == EOWNERDEAD) && kind != READ) {
        fw_inherited_lock_over(lock);
    }
}

/* exact_NAME, the body of a call that takes a lock: calm, plain; else recorded as a call, and in a forked child tried
 * first. busy: what `try` returns where the lock is not free. */
#define FW_LOCK_BODY(name, kind, parameters, may_try, busy, try, call)                                                 \
    static __attribute__((noinline)) int exact_##name(FW_CALLER_PARAMETERS, FW_UNWRAP parameters)                      \
    {                                                                                                                  \
        if (!fw_is_calm()) {                                                                                           \
            fw_child_call(FW_FN_##name, site);                                                                         \
            if (fw_is_forked_child && (may_try)) {                                                                     \
                int error = FW_ORIGINAL(try)(lock);                                                                    \
                if (error != (busy)) {                                                                                 \
                    fw_lock_tried(error, lock, kind);                                                                  \
                    return fw_lock_result(error, lock, kind, FW_CALLER_ARGUMENTS);                                     \
                }                                                                                                      \
                fw_child_blocks(FW_FN_##name, (const void *)lock, kind);                                               \
            }                                                                                                          \
        }                                                                                                              \
        return fw_lock_result((call), lock, kind, FW_CALLER_ARGUMENTS);                                                \
    }
/* fw_hook_NAME */
#define FW_LOCK(name, kind, parameters, arguments, may_try, busy, try)                                                 \
    FW_LOCK_BODY(name, kind, parameters, may_try, busy, try, FW_ORIGINAL(name)(FW_UNWRAP arguments))                   \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        return exact_##name(FW_CALLER(), FW_UNWRAP arguments);                                                         \
    }
#define FW_UNWRAP(...) __VA_ARGS__

#define FW_TRY_LOCK(name, kind, parameters, busy)                                                                      \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        FW_CHILD_CALL(name);                                                                                           \
        int error = fw_lock_result(FW_ORIGINAL(name)(lock), lock, kind, FW_CALLER());                                  \
        if (!fw_is_calm()) {                                                                                           \
            fw_lock_tried_in_child(FW_FN_##name, (const void *)lock, kind, error, busy);                               \
        }                                                                                                              \
        return error;                                                                                                  \
    }

/* exact_NAME, the body of a call that gives a lock back. The record goes first: once the lock is free, another thread
 * may take and record it. */
#define FW_UNLOCK_BODY(name, kind, parameters)                                                                         \
    static __attribute__((noinline)) int exact_##name(uintptr_t site, FW_UNWRAP parameters)                            \
    {                                                                                                                  \
        if (!fw_is_calm()) {                                                                                           \
            return fw_lock_give_in_child(FW_FN_##name, (void *)lock, kind, site);                                      \
        }                                                                                                              \
        fw_lock_given(lock);                                                                                           \
        return FW_ORIGINAL(name)(lock);                                                                                \
    }
#define FW_UNLOCK(name, kind, parameters)                                                                              \
    FW_UNLOCK_BODY(name, kind, parameters)                                                                             \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        return exact_##name((uintptr_t)__builtin_return_address(0), lock);                                             \
    }

/* A call that ends a lock's life. */
#define FW_DESTROY(name, parameters)                                                                                   \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        FW_CHILD_CALL(name);                                                                                           \
        int error = FW_ORIGINAL(name)(lock);                                                                           \
        if (!error) {                                                                                                  \
            fw_lock_ended(lock);                                                                                       \
        }                                                                                                              \
        return error;                                                                                                  \
    }

/* An unlocking call that is not calm. function: enum fw_function; kind: enum fw_lock_kind. */
FW_HIDDEN int fw_lock_give_in_child(uint32_t function, void *lock, uint8_t kind, uintptr_t site);

/* A call that takes a lock if it is free, and that is not calm, has returned this; busy: what it returns if it is not.
 */
FW_HIDDEN void fw_lock_tried_in_child(uint32_t function, const void *lock, uint8_t kind, int error, int busy);

/* The running thread has initialised a lock here: what it holds at this address is another one, and its origin is the
 * present stack. site: the call. */
FW_HIDDEN void fw_lock_begun(const volatile void *lock, uintptr_t site);
/* ... has ended it: it is held and known no longer. */
FW_HIDDEN void fw_lock_ended(const volatile void *lock);

#endif

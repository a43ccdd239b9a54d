#include "locks.h"

#include "child/inherited.h"
#include "lock_hook.h"
#include "quick_locks.h"

int fw_lock_give_in_child(uint32_t function, void *lock, uint8_t kind, uintptr_t site)
{
    typedef int unlock_fn(void *);
    fw_child_call(function, site);
    int error = ((unlock_fn *)fw_originals[function])(lock);
    if (error) {
        fw_child_lock_failed(function, lock, kind, error);
        return error;
    }
    struct fw_thread *thread = fw_held_thread();
    if (!thread || !fw_held_find(thread, lock)) {
        fw_inherited_lock_given(lock, kind);
    }
    fw_lock_given(lock);
    return 0;
}

void fw_lock_tried_in_child(uint32_t function, const void *lock, uint8_t kind, int error, int busy)
{
    if (!fw_is_forked_child) {
        return;
    }
    if (error == busy) {
        fw_child_try_failed(function, lock, kind, EBUSY);
    }
    fw_lock_tried(error, lock, kind);
}

FW_LOCK_BODY(pthread_mutex_lock, MUTEX, (pthread_mutex_t * lock), true, EBUSY, pthread_mutex_trylock,
             FW_ORIGINAL(pthread_mutex_lock)(lock))
FW_UNLOCK_BODY(pthread_mutex_unlock, MUTEX, (pthread_mutex_t * lock))

/* fw_hook_pthread_NAME, a call that takes a lock: by fw_quick_NAME where the thread holds nothing else, or little. */
#define QUICK_LOCK(name, kind, type)                                                                                   \
    static __attribute__((noinline)) int further_##name(FW_CALLER_PARAMETERS, type lock)                               \
    {                                                                                                                  \
        struct fw_thread *thread = fw_quick_further();                                                                 \
        if (thread && fw_quick_##name(lock)) {                                                                         \
            fw_lock_taken(thread, lock, kind, FW_CALLER_ARGUMENTS);                                                    \
            return 0;                                                                                                  \
        }                                                                                                              \
        return exact_pthread_##name(FW_CALLER_ARGUMENTS, lock);                                                        \
    }                                                                                                                  \
    int fw_hook_pthread_##name(type lock)                                                                              \
    {                                                                                                                  \
        struct fw_thread *thread = fw_quick_thread();                                                                  \
        if (thread && fw_quick_##name(lock)) {                                                                         \
            struct fw_held_lock *held = &thread->locks[0];                                                             \
            FW_HELD_FILL_HERE(held, kind);                                                                             \
            if (!fw_held_set_first(held, lock, (uintptr_t)__builtin_dwarf_cfa())) {                                    \
                FW_HELD_FILL_HERE(held, kind);                                                                         \
            }                                                                                                          \
            return 0;                                                                                                  \
        }                                                                                                              \
        return further_##name(FW_CALLER(), lock);                                                                      \
    }

QUICK_LOCK(mutex_lock, MUTEX, pthread_mutex_t *)

static __attribute__((noinline)) int further_mutex_unlock(uintptr_t site, pthread_mutex_t *lock)
{
    struct fw_thread *thread = fw_quick_further_holder(lock);
    if (thread && fw_quick_is_mutex(lock)) {
        fw_quick_drop_further(thread);
        return fw_quick_mutex_unlock(lock) ? 0 : FW_ORIGINAL(pthread_mutex_unlock)(lock);
    }
    return exact_pthread_mutex_unlock(site, lock);
}

int fw_hook_pthread_mutex_unlock(pthread_mutex_t *lock)
{
    struct fw_thread *thread = fw_quick_holder(lock);
    if (thread && fw_quick_is_mutex(lock)) {
        fw_quick_drop(thread);
        return fw_quick_mutex_unlock(lock) ? 0 : FW_ORIGINAL(pthread_mutex_unlock)(lock);
    }
    return further_mutex_unlock((uintptr_t)__builtin_return_address(0), lock);
}

FW_LOCK(pthread_mutex_timedlock, MUTEX, (pthread_mutex_t * lock, TIME), (lock, deadline), fw_lock_is_time(deadline),
        EBUSY, pthread_mutex_trylock)
FW_LOCK(pthread_mutex_clocklock, MUTEX, (pthread_mutex_t * lock, clockid_t clock, TIME), (lock, clock, deadline),
        fw_lock_is_clock(clock) && fw_lock_is_time(deadline), EBUSY, pthread_mutex_trylock)
FW_TRY_LOCK(pthread_mutex_trylock, MUTEX, (pthread_mutex_t * lock), EBUSY)
FW_DESTROY(pthread_mutex_destroy, (pthread_mutex_t * lock))

FW_LOCK_BODY(pthread_rwlock_rdlock, READ, (pthread_rwlock_t * lock), true, EBUSY, pthread_rwlock_tryrdlock,
             FW_ORIGINAL(pthread_rwlock_rdlock)(lock))
FW_LOCK_BODY(pthread_rwlock_wrlock, WRITE, (pthread_rwlock_t * lock), true, EBUSY, pthread_rwlock_trywrlock,
             FW_ORIGINAL(pthread_rwlock_wrlock)(lock))
FW_UNLOCK_BODY(pthread_rwlock_unlock, READ, (pthread_rwlock_t * lock))

QUICK_LOCK(rwlock_rdlock, READ, pthread_rwlock_t *)
QUICK_LOCK(rwlock_wrlock, WRITE, pthread_rwlock_t *)

static inline int give_rwlock(pthread_rwlock_t *lock, bool writes)
{
    bool given = writes ? fw_quick_rwlock_wrunlock(lock) : fw_quick_rwlock_rdunlock(lock);
    return given ? 0 : FW_ORIGINAL(pthread_rwlock_unlock)(lock);
}

static __attribute__((noinline)) int further_rwlock_unlock(uintptr_t site, pthread_rwlock_t *lock)
{
    struct fw_thread *thread = fw_quick_further_holder(lock);
    if (thread && fw_quick_is_rwlock(lock)) {
        bool writes = FW_TAKEN_KIND(&thread->locks[thread->lock_end - 1]) == WRITE;
        fw_quick_drop_further(thread);
        return give_rwlock(lock, writes);
    }
    return exact_pthread_rwlock_unlock(site, lock);
}

/* Where there are more records, the lock may have been taken again for reading. */
int fw_hook_pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    struct fw_thread *thread = fw_quick_holder(lock);
    if (thread && thread->lock_end == 1 && fw_quick_is_rwlock(lock)) {
        bool writes = FW_TAKEN_KIND(&thread->locks[0]) == WRITE;
        fw_quick_drop(thread);
        return give_rwlock(lock, writes);
    }
    return further_rwlock_unlock((uintptr_t)__builtin_return_address(0), lock);
}

FW_LOCK(pthread_rwlock_timedrdlock, READ, (pthread_rwlock_t * lock, TIME), (lock, deadline), fw_lock_is_time(deadline),
        EBUSY, pthread_rwlock_tryrdlock)
FW_LOCK(pthread_rwlock_clockrdlock, READ, (pthread_rwlock_t * lock, clockid_t clock, TIME), (lock, clock, deadline),
        fw_lock_is_clock(clock) && fw_lock_is_time(deadline), EBUSY, pthread_rwlock_tryrdlock)
FW_LOCK(pthread_rwlock_timedwrlock, WRITE, (pthread_rwlock_t * lock, TIME), (lock, deadline), fw_lock_is_time(deadline),
        EBUSY, pthread_rwlock_trywrlock)
FW_LOCK(pthread_rwlock_clockwrlock, WRITE, (pthread_rwlock_t * lock, clockid_t clock, TIME), (lock, clock, deadline),
        fw_lock_is_clock(clock) && fw_lock_is_time(deadline), EBUSY, pthread_rwlock_trywrlock)
FW_TRY_LOCK(pthread_rwlock_tryrdlock, READ, (pthread_rwlock_t * lock), EBUSY)
FW_TRY_LOCK(pthread_rwlock_trywrlock, WRITE, (pthread_rwlock_t * lock), EBUSY)
FW_DESTROY(pthread_rwlock_destroy, (pthread_rwlock_t * lock))

FW_LOCK_BODY(pthread_spin_lock, SPIN, (pthread_spinlock_t * lock), true, EBUSY, pthread_spin_trylock,
             FW_ORIGINAL(pthread_spin_lock)(lock))
FW_UNLOCK_BODY(pthread_spin_unlock, SPIN, (pthread_spinlock_t * lock))

QUICK_LOCK(spin_lock, SPIN, pthread_spinlock_t *)

static __attribute__((noinline)) int further_spin_unlock(uintptr_t site, pthread_spinlock_t *lock)
{
    struct fw_thread *thread = fw_quick_further_holder(lock);
    if (thread) {
        fw_quick_drop_further(thread);
        return fw_quick_spin_unlock(lock) ? 0 : FW_ORIGINAL(pthread_spin_unlock)(lock);
    }
    return exact_pthread_spin_unlock(site, lock);
}

int fw_hook_pthread_spin_unlock(pthread_spinlock_t *lock)
{
    struct fw_thread *thread = fw_quick_holder(lock);
    if (thread) {
        fw_quick_drop(thread);
        return fw_quick_spin_unlock(lock) ? 0 : FW_ORIGINAL(pthread_spin_unlock)(lock);
    }
    return further_spin_unlock((uintptr_t)__builtin_return_address(0), lock);
}

FW_TRY_LOCK(pthread_spin_trylock, SPIN, (pthread_spinlock_t * lock), EBUSY)
FW_DESTROY(pthread_spin_destroy, (pthread_spinlock_t * lock))

/* C11's are a pthread mutex each, in glibc (sysdeps/pthread/thrd_priv.h) and in musl. */
FW_LOCK(mtx_lock, MUTEX, (mtx_t * lock), (lock), true, thrd_busy, mtx_trylock)
FW_LOCK(mtx_timedlock, MUTEX, (mtx_t *restrict lock, const struct timespec *restrict deadline), (lock, deadline),
        fw_lock_is_time(deadline), thrd_busy, mtx_trylock)
FW_TRY_LOCK(mtx_trylock, MUTEX, (mtx_t * lock), thrd_busy)
FW_UNLOCK(mtx_unlock, MUTEX, (mtx_t * lock))

void fw_hook_mtx_destroy(mtx_t *lock)
{
    FW_CHILD_CALL(mtx_destroy);
    FW_ORIGINAL(mtx_destroy)(lock);
    fw_lock_ended(lock);
}

/* The lock that a program holds over several calls on one stream (flockfile(3)); that of a single call is a region. */
static __attribute__((noinline)) void exact_flockfile(FW_CALLER_PARAMETERS, FILE *file)
{
    if (!fw_is_calm()) {
        fw_child_call(FW_FN_flockfile, site);
        if (fw_is_forked_child) {
            if (FW_ORIGINAL(ftrylockfile)(file) == 0) {
                fw_lock_taken(fw_held_thread(), file, FW_LOCK_KIND_FILE, FW_CALLER_ARGUMENTS);
                return;
            }
            fw_child_blocks(FW_FN_flockfile, file, FW_LOCK_KIND_FILE);
        }
    }
    FW_ORIGINAL(flockfile)(file);
    fw_lock_taken(fw_held_thread(), file, FW_LOCK_KIND_FILE, FW_CALLER_ARGUMENTS);
}

void fw_hook_flockfile(FILE *file)
{
    exact_flockfile(FW_CALLER(), file);
}

int fw_hook_ftrylockfile(FILE *file)
{
    FW_CHILD_CALL(ftrylockfile);
    int busy = FW_ORIGINAL(ftrylockfile)(file);
    if (!fw_is_calm()) {
        fw_lock_tried_in_child(FW_FN_ftrylockfile, file, FW_LOCK_KIND_FILE, busy ? EBUSY : 0, EBUSY);
    }
    return busy ? busy : fw_lock_result(0, file, FW_LOCK_KIND_FILE, FW_CALLER());
}

void fw_hook_funlockfile(FILE *file)
{
    FW_CHILD_CALL(funlockfile);
    fw_lock_given(file);
    FW_ORIGINAL(funlockfile)(file);
}

/* The agent's own way to take and give back locks that nobody contends for: the same stores as the C library's, without
 * the call, so that a hook with its record takes no longer than the bare original. Anything but the plainest case
 * (another kind of mutex, a waiter, a writer) is left to the original.
 *
 * glibc only: nptl/pthread_mutex_lock.c, pthread_mutex_unlock.c, pthread_rwlock_common.c, sem_waitcommon.c, sem_post.c.
 * What those leave in a lock is compared with what is done here before the first use (fw_quick_locks_init). */
#ifndef FW_HOOKS_QUICK_LOCKS_H
#define FW_HOOKS_QUICK_LOCKS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "state/calm.h"
#include "state/held.h"

#if defined(__GLIBC__)
/* What is taken here, as far as it is as known: the kind of mutex (PTHREAD_MUTEX_TIMED_NP; one that no mutex has where
 * none is to be), read-write locks, semaphores, spin locks by the words of a free and a taken one (the same where none
 * is to be). */
struct fw_quick_locks {
    int mutex_kind;
    bool rwlocks;
    bool semaphores;
    int spin_free;
    int spin_taken;
};
FW_HIDDEN extern struct fw_quick_locks fw_quick_locks;
/* The kind that no mutex has: not even one that is destroyed, whose kind is -1 (nptl/pthread_mutex_destroy.c). */
enum { FW_QUICK_NO_MUTEX = 0x7fffffff };
#endif

/* Finds out what is as known. Before the first hook is in place. */
FW_HIDDEN void fw_quick_locks_init(void);
/* A thread is about to be cancelled, or may have been before the agent came (then before fw_quick_locks_init): from now
 * on sem_wait has to be a cancellation point, and is left to the original. Any thread; async-signal-safe. */
FW_HIDDEN void fw_quick_locks_cancel(void);

/* The running thread's slot, where its first place for a record is free and nothing else is to be done; else NULL. */
static inline struct fw_thread *fw_quick_thread(void)
{
    struct fw_thread *thread = fw_self.thread;
    return __builtin_expect(fw_is_calm() && thread && !thread->locks[0].address, 1) ? thread : NULL;
}

/* ... where there is room for one behind it. */
static inline struct fw_thread *fw_quick_further(void)
{
    struct fw_thread *thread = fw_self.thread;
    return fw_is_calm() && thread && thread->lock_end < FW_LOCKS_MAX ? thread : NULL;
}

/* ... where this lock's record is in the first place; or, further, is the newest behind it. */
static inline struct fw_thread *fw_quick_holder(const volatile void *lock)
{
    struct fw_thread *thread = fw_self.thread;
    return __builtin_expect(fw_is_calm() && thread && thread->locks[0].address == (uintptr_t)lock, 1) ? thread : NULL;
}

static inline struct fw_thread *fw_quick_further_holder(const volatile void *lock)
{
    struct fw_thread *thread = fw_self.thread;
    return fw_is_calm() && thread && thread->lock_end > 1 &&
                   thread->locks[thread->lock_end - 1].address == (uintptr_t)lock
               ? thread
               : NULL;
}

static inline void fw_quick_drop(struct fw_thread *thread)
{
    thread->locks[0].address = 0;
    FW_ORDER();
}

static inline void fw_quick_drop_further(struct fw_thread *thread)
{
    /* A signal handler's hook may have dropped it meanwhile, as stale. */
    uint32_t end = thread->lock_end;
    thread->lock_end = end > 1 ? end - 1 : 1;
    FW_ORDER();
}

/* As the thread's locks name it. Not from its slot: at the thread's start and end that may not be, or no longer be, its
 * own. */
static inline int fw_quick_tid(void)
{
    return fw_self.tid;
}

/* Each takes or gives back the lock, or returns false and has changed nothing. Where a lock is given back, the record
 * goes first: once it is free, another thread may take and record it. fw_quick_is_... : whether that may be tried. */
#if defined(__GLIBC__)
#define FW_QUICK_CAS(word, expected, desired, order)                                                                   \
    __atomic_compare_exchange_n(word, expected, desired, false, order, __ATOMIC_RELAXED)

static inline bool fw_quick_mutex_lock(pthread_mutex_t *lock)
{
    int free = 0;
    if (__builtin_expect(lock->__data.__kind != fw_quick_locks.mutex_kind, 0) ||
        !FW_QUICK_CAS(&lock->__data.__lock, &free, 1, __ATOMIC_ACQUIRE)) {
        return false;
    }
    lock->__data.__owner = fw_quick_tid();
    lock->__data.__nusers++;
    return true;
}

static inline bool fw_quick_is_mutex(const pthread_mutex_t *lock)
{
    return lock->__data.__kind == fw_quick_locks.mutex_kind && lock->__data.__owner == fw_quick_tid();
}

/* __owner and __nusers, which the holder alone changes, at once: the lower half is the owner. */
typedef uint64_t __attribute__((may_alias)) fw_quick_word;
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && offsetof(pthread_mutex_t, __data.__owner) % 8 == 0 &&
                   offsetof(pthread_mutex_t, __data.__nusers) == offsetof(pthread_mutex_t, __data.__owner) + 4,
               "one word");

static inline bool fw_quick_mutex_unlock(pthread_mutex_t *lock)
{
    enum { HALF = 32, WAITED_FOR = 2 };
    fw_quick_word *users = (fw_quick_word *)(void *)&lock->__data.__owner;
    *users = (uint64_t)(lock->__data.__nusers - 1) << HALF;
    if (__builtin_expect(__atomic_sub_fetch(&lock->__data.__lock, 1, __ATOMIC_RELEASE) == 0, 1)) {
        return true;
    }
    /* Others wait. It was never free, and who came meanwhile has set it to the same (nptl/lowlevellock.c). */
    __atomic_store_n(&lock->__data.__lock, WAITED_FOR, __ATOMIC_RELAXED);
    lock->__data.__owner = fw_quick_tid();
    lock->__data.__nusers++;
    return false;
}

/* __readers (nptl/pthread_rwlock_common.c): the number of readers stands above these bits. */
enum { FW_RWLOCK_WRITE_PHASE = 1, FW_RWLOCK_WRITE_LOCKED = 2, FW_RWLOCK_READER = 8, FW_RWLOCK_MANY = 1 << 30 };

/* The first reader is the likely case, and to see first whether there are others takes longer than to try. */
static inline bool fw_quick_rwlock_rdlock(pthread_rwlock_t *lock)
{
    unsigned readers = 0;
    if (!fw_quick_locks.rwlocks) {
        return false;
    }
    if (__builtin_expect(FW_QUICK_CAS(&lock->__data.__readers, &readers, FW_RWLOCK_READER, __ATOMIC_ACQUIRE), 1)) {
        return true;
    }
    return readers % FW_RWLOCK_READER == 0 && readers < FW_RWLOCK_MANY &&
           FW_QUICK_CAS(&lock->__data.__readers, &readers, readers + FW_RWLOCK_READER, __ATOMIC_ACQUIRE);
}

/* No reader and no writer; the write phase of the last writer may last. */
static inline bool fw_quick_rwlock_wrlock(pthread_rwlock_t *lock)
{
    unsigned readers = __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED);
    if (!fw_quick_locks.rwlocks || (readers & ~(unsigned)FW_RWLOCK_WRITE_PHASE) ||
        !FW_QUICK_CAS(&lock->__data.__readers, &readers, FW_RWLOCK_WRITE_PHASE | FW_RWLOCK_WRITE_LOCKED,
                      __ATOMIC_ACQUIRE)) {
        return false;
    }
    __atomic_store_n(&lock->__data.__writers_futex, 1, __ATOMIC_RELAXED);
    if (!readers) {
        __atomic_store_n(&lock->__data.__wrphase_futex, 1, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&lock->__data.__cur_writer, fw_quick_tid(), __ATOMIC_RELAXED);
    return true;
}

/* One that prefers readers, as all do that were not asked for something else. */
static inline bool fw_quick_is_rwlock(const pthread_rwlock_t *lock)
{
    return fw_quick_locks.rwlocks && lock->__data.__flags == PTHREAD_RWLOCK_PREFER_READER_NP;
}

static inline bool fw_quick_rwlock_rdunlock(pthread_rwlock_t *lock)
{
    unsigned readers = __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED);
    return readers % FW_RWLOCK_READER == 0 && readers &&
           FW_QUICK_CAS(&lock->__data.__readers, &readers, readers - FW_RWLOCK_READER, __ATOMIC_RELEASE);
}

/* The thread is the writer. __writers_futex is 0 for moments, as in the original where a timed wait ends: other writers
 * look again meanwhile. */
static inline bool fw_quick_rwlock_wrunlock(pthread_rwlock_t *lock)
{
    unsigned nobody_waits = 1;
    unsigned readers = FW_RWLOCK_WRITE_PHASE | FW_RWLOCK_WRITE_LOCKED;
    if (__atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED) != fw_quick_tid() ||
        !FW_QUICK_CAS(&lock->__data.__writers_futex, &nobody_waits, 0, __ATOMIC_RELAXED)) {
        return false;
    }
    __atomic_store_n(&lock->__data.__cur_writer, 0, __ATOMIC_RELAXED);
    if (__builtin_expect(FW_QUICK_CAS(&lock->__data.__readers, &readers, FW_RWLOCK_WRITE_PHASE, __ATOMIC_RELEASE), 1)) {
        return true;
    }
    __atomic_store_n(&lock->__data.__cur_writer, fw_quick_tid(), __ATOMIC_RELAXED);
    __atomic_store_n(&lock->__data.__writers_futex, 1, __ATOMIC_RELAXED);
    return false;
}

static inline bool fw_quick_spin_lock(pthread_spinlock_t *lock)
{
    int free = fw_quick_locks.spin_free;
    return free != fw_quick_locks.spin_taken && FW_QUICK_CAS(lock, &free, fw_quick_locks.spin_taken, __ATOMIC_ACQUIRE);
}

static inline bool fw_quick_spin_unlock(pthread_spinlock_t *lock)
{
    if (fw_quick_locks.spin_free == fw_quick_locks.spin_taken) {
        return false;
    }
    __atomic_store_n(lock, fw_quick_locks.spin_free, __ATOMIC_RELEASE);
    return true;
}

/* struct new_sem (sysdeps/nptl/internaltypes.h): the value in the lower half, the waiters in the upper one. */
static inline bool fw_quick_sem_trywait(sem_t *semaphore)
{
    uint64_t *data = (uint64_t *)(void *)semaphore;
    uint64_t old = __atomic_load_n(data, __ATOMIC_RELAXED);
    if (!fw_quick_locks.semaphores || !(uint32_t)old) {
        return false;
    }
    return FW_QUICK_CAS(data, &old, old - 1, __ATOMIC_ACQUIRE);
}

static inline bool fw_quick_sem_post(sem_t *semaphore)
{
    const uint64_t most = 0x7fffffff; /* SEM_VALUE_MAX; with a waiter it is more */
    uint64_t *data = (uint64_t *)(void *)semaphore;
    uint64_t old = __atomic_load_n(data, __ATOMIC_RELAXED);
    if (!fw_quick_locks.semaphores || old >= most) {
        return false;
    }
    return FW_QUICK_CAS(data, &old, old + 1, __ATOMIC_RELEASE);
}
#else
#define fw_quick_mutex_lock(lock) ((void)(lock), false)
#define fw_quick_is_mutex(lock) ((void)(lock), false)
#define fw_quick_mutex_unlock(lock) false
#define fw_quick_rwlock_rdlock(lock) ((void)(lock), false)
#define fw_quick_rwlock_wrlock(lock) ((void)(lock), false)
#define fw_quick_is_rwlock(lock) ((void)(lock), false)
#define fw_quick_rwlock_rdunlock(lock) false
#define fw_quick_rwlock_wrunlock(lock) false
#define fw_quick_spin_lock(lock) ((void)(lock), false)
#define fw_quick_spin_unlock(lock) ((void)(lock), false)
#define fw_quick_sem_trywait(semaphore) ((void)(semaphore), false)
#define fw_quick_sem_post(semaphore) ((void)(semaphore), false)
#endif

#endif

/* Hooks of locks, conditions, semaphores, joins and streams under user locking. */
#ifndef FW_HOOKS_LOCKS_H
#define FW_HOOKS_LOCKS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <threads.h>

#include "base/sys.h"

FW_HIDDEN int fw_hook_pthread_mutex_lock(pthread_mutex_t *lock);
FW_HIDDEN int fw_hook_pthread_mutex_trylock(pthread_mutex_t *lock);
FW_HIDDEN int fw_hook_pthread_mutex_timedlock(pthread_mutex_t *lock, const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_mutex_clocklock(pthread_mutex_t *lock, clockid_t clock, const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_mutex_unlock(pthread_mutex_t *lock);
FW_HIDDEN int fw_hook_pthread_rwlock_rdlock(pthread_rwlock_t *lock);
FW_HIDDEN int fw_hook_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock);
FW_HIDDEN int fw_hook_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock,
                                                 const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
FW_HIDDEN int fw_hook_pthread_rwlock_trywrlock(pthread_rwlock_t *lock);
FW_HIDDEN int fw_hook_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock,
                                                 const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_rwlock_unlock(pthread_rwlock_t *lock);
FW_HIDDEN int fw_hook_pthread_spin_lock(pthread_spinlock_t *lock);
FW_HIDDEN int fw_hook_pthread_spin_trylock(pthread_spinlock_t *lock);
FW_HIDDEN int fw_hook_pthread_spin_unlock(pthread_spinlock_t *lock);
FW_HIDDEN int fw_hook_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
FW_HIDDEN int fw_hook_pthread_mutex_destroy(pthread_mutex_t *lock);
FW_HIDDEN int fw_hook_pthread_rwlock_init(pthread_rwlock_t *restrict lock,
                                          const pthread_rwlockattr_t *restrict attributes);
FW_HIDDEN int fw_hook_pthread_rwlock_destroy(pthread_rwlock_t *lock);
FW_HIDDEN int fw_hook_pthread_spin_init(pthread_spinlock_t *lock, int shared);
FW_HIDDEN int fw_hook_pthread_spin_destroy(pthread_spinlock_t *lock);
FW_HIDDEN int fw_hook_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
FW_HIDDEN int fw_hook_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                             const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                             const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_join(pthread_t handle, void **result);

FW_HIDDEN int fw_hook_mtx_init(mtx_t *lock, int type);
FW_HIDDEN void fw_hook_mtx_destroy(mtx_t *lock);
FW_HIDDEN int fw_hook_mtx_lock(mtx_t *lock);
FW_HIDDEN int fw_hook_mtx_trylock(mtx_t *lock);
FW_HIDDEN int fw_hook_mtx_timedlock(mtx_t *restrict lock, const struct timespec *restrict deadline);
FW_HIDDEN int fw_hook_mtx_unlock(mtx_t *lock);
FW_HIDDEN int fw_hook_cnd_wait(cnd_t *condition, mtx_t *mutex);
FW_HIDDEN int fw_hook_cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                                    const struct timespec *restrict deadline);

FW_HIDDEN int fw_hook_sem_init(sem_t *semaphore, int shared, unsigned value);
FW_HIDDEN int fw_hook_sem_destroy(sem_t *semaphore);
FW_HIDDEN int fw_hook_sem_wait(sem_t *semaphore);
FW_HIDDEN int fw_hook_sem_trywait(sem_t *semaphore);
FW_HIDDEN int fw_hook_sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline);
FW_HIDDEN int fw_hook_sem_clockwait(sem_t *restrict semaphore, clockid_t clock,
                                    const struct timespec *restrict deadline);
FW_HIDDEN int fw_hook_sem_post(sem_t *semaphore);
FW_HIDDEN extern int (*fw_original_sem_post)(sem_t *);

FW_HIDDEN int fw_hook_pthread_cancel(pthread_t handle);

FW_HIDDEN void fw_hook_flockfile(FILE *file);
FW_HIDDEN int fw_hook_ftrylockfile(FILE *file);
FW_HIDDEN void fw_hook_funlockfile(FILE *file);

#endif

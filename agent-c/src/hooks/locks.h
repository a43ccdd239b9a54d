/* Hooks of locks, conditions, semaphores and joins. */
#ifndef FW_HOOKS_LOCKS_H
#define FW_HOOKS_LOCKS_H

#include <pthread.h>
#include <semaphore.h>

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
FW_HIDDEN int fw_hook_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
FW_HIDDEN int fw_hook_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                             const struct timespec *deadline);
FW_HIDDEN int fw_hook_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                             const struct timespec *deadline);
FW_HIDDEN int fw_hook_sem_wait(sem_t *semaphore);
FW_HIDDEN int fw_hook_pthread_join(pthread_t handle, void **result);

#endif

/* Hooks of what makes a lock: its origin is recorded, and what the thread held at that address is forgotten. */
#include "api.h"
#include "lock_hook.h"
#include "locks.h"
#include "patch/objects.h"
#include "stack/capture.h"
#include "state/lock_origins.h"

void fw_lock_ended(const volatile void *lock)
{
    struct fw_thread *thread = fw_held_thread();
    if (thread) {
        fw_held_drop_all(thread, lock);
    }
    fw_held_forget_signal((uintptr_t)lock);
    if (fw_is_forked_child) {
        fw_inherited_lock_over(lock);
    }
    if (!fw_in_child()) {
        fw_lock_origin_set((uintptr_t)lock, 0);
        fw_lock_forgotten((const void *)lock);
    }
}

void fw_lock_begun(const volatile void *lock, uintptr_t site)
{
    struct fw_thread *thread = fw_held_thread();
    if (thread) {
        fw_held_drop_all(thread, lock);
    }
    fw_held_forget_signal((uintptr_t)lock);
    if (fw_is_forked_child) {
        fw_inherited_lock_over(lock);
    }
    if (fw_in_child()) {
        return;
    }
    /* HotSpot makes hundreds of locks by a few calls as it starts, so that stacks would be taken for the first of them
     * alone, many of which it names itself (watch/jvm_locks.h). */
    uint32_t stack = fw_objects_is_libjvm((const void *)site) ? 0 : fw_lock_origin_site(site);
    if (stack == FW_ORIGIN_TAKE) {
        stack = fw_capture_stack(false);
        fw_lock_origin_site_took(site, stack);
    }
    fw_lock_origin_set((uintptr_t)lock, stack);
}

/* fw_hook_NAME of a function that returns 0 where it has made the lock. */
#define INIT(name, parameters, arguments)                                                                              \
    int fw_hook_##name parameters                                                                                      \
    {                                                                                                                  \
        FW_CHILD_CALL(name);                                                                                           \
        int error = FW_ORIGINAL(name)(FW_UNWRAP arguments);                                                            \
        if (!error) {                                                                                                  \
            fw_lock_begun(lock, (uintptr_t)__builtin_return_address(0));                                               \
        }                                                                                                              \
        return error;                                                                                                  \
    }

INIT(pthread_mutex_init, (pthread_mutex_t * lock, const pthread_mutexattr_t *attributes), (lock, attributes))
INIT(pthread_rwlock_init, (pthread_rwlock_t *restrict lock, const pthread_rwlockattr_t *restrict attributes),
     (lock, attributes))
INIT(pthread_spin_init, (pthread_spinlock_t * lock, int shared), (lock, shared))
INIT(mtx_init, (mtx_t * lock, int type), (lock, type))
INIT(sem_init, (sem_t * lock, int shared, unsigned value), (lock, shared, value))

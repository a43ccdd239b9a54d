#include "held.h"

_Atomic uintptr_t fw_held_signals[FW_SIGNALS];
__thread uintptr_t fw_entered_stack __attribute__((tls_model("initial-exec")));

struct fw_held_lock *fw_held_find(struct fw_thread *thread, const volatile void *lock)
{
    for (uint32_t i = thread->lock_end; i-- > 0;) {
        if (thread->locks[i].address == (uintptr_t)lock) {
            return &thread->locks[i];
        }
    }
    return NULL;
}

bool fw_held_drop_further(struct fw_thread *thread, const volatile void *lock)
{
    struct fw_held_lock *held = fw_held_find(thread, lock);
    if (!held || held == thread->locks) {
        return false;
    }
    uint32_t end = thread->lock_end;
    for (uint32_t i = (uint32_t)(held - thread->locks); i + 1 < end; i++) {
        thread->locks[i] = thread->locks[i + 1];
    }
    FW_ORDER();
    thread->lock_end = end - 1;
    FW_ORDER();
    return true;
}

void fw_held_drop_counted(struct fw_thread *thread, const volatile void *lock)
{
    if (!fw_held_drop(thread, lock) && thread->lock_more) {
        thread->lock_more--;
    }
}

void fw_held_drop_all(struct fw_thread *thread, const volatile void *lock)
{
    while (fw_held_drop(thread, lock)) {
    }
}

uint32_t fw_held_regions_above(const struct fw_thread *thread, uintptr_t frame)
{
    uint32_t depth = thread->region_depth;
    uint32_t recorded = depth < FW_REGIONS_MAX ? depth : FW_REGIONS_MAX;
    uint32_t left = recorded;
    while (left && thread->regions[left - 1].frame <= frame) {
        left--;
    }
    return left < recorded ? left : depth;
}

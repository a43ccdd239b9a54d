#include "held.h"

void fw_held_drop_older(struct fw_thread *thread, const void *lock)
{
    uint32_t count = thread->lock_count;
    for (uint32_t i = count; i-- > 0;) {
        if (thread->locks[i].address == (uintptr_t)lock) {
            for (uint32_t k = i; k + 1 < count; k++) {
                thread->locks[k] = thread->locks[k + 1];
            }
            FW_ORDER();
            thread->lock_count = count - 1;
            return;
        }
    }
    if (thread->lock_more) {
        thread->lock_more--;
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

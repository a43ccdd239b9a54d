/* What each thread holds and is inside of: plain stores by the thread itself into its slot of the thread table, which a
 * forked child reads. No atomics and no order between threads are needed: a child is a copy of one moment, and reads
 * the records only of threads that stand still in it. */
#ifndef FW_STATE_HELD_H
#define FW_STATE_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "self.h"
#include "thread_records.h"
#include "threads.h"

/* The compiler keeps the order of the stores on both sides: a signal handler, or a fork by another thread, may come
 * between any two instructions. */
#define FW_ORDER() __asm__ volatile("" ::: "memory")

/* The running thread's slot for its records; NULL where it has none. */
static inline struct fw_thread *fw_held_thread(void)
{
    struct fw_thread *thread = fw_self.thread;
    if (__builtin_expect(!thread, 0) && !fw_self.ended) {
        thread = fw_thread_self();
        /* The table is full: it is not searched at each call. */
        fw_self.ended = !thread;
    }
    return thread;
}

/* The running thread took a lock. */
static inline void fw_held_take(struct fw_thread *thread, const void *lock, uint8_t kind, uintptr_t site)
{
    if (thread) {
        uint32_t count = thread->lock_count;
        if (__builtin_expect(count == FW_LOCKS_MAX, 0)) {
            thread->lock_more++;
            return;
        }
        /* The place is taken before it is filled: a signal handler that comes in between takes the next one. */
        struct fw_held_lock *held = &thread->locks[count];
        held->address = 0;
        FW_ORDER();
        thread->lock_count = count + 1;
        FW_ORDER();
        held->site = site;
        held->kind = kind;
        FW_ORDER();
        held->address = (uintptr_t)lock;
    }
}

/* The running thread gives it back: the newest record of this lock goes. */
FW_HIDDEN void fw_held_drop_older(struct fw_thread *thread, const void *lock);
static inline void fw_held_drop(struct fw_thread *thread, const void *lock)
{
    if (thread) {
        uint32_t count = thread->lock_count;
        if (count && thread->locks[count - 1].address == (uintptr_t)lock) {
            thread->lock_count = count - 1;
        } else {
            fw_held_drop_older(thread, lock);
        }
    }
}

/* Where the thread took a lock that it holds: the return address of the call, 0 where that is not recorded. */
static inline uintptr_t fw_held_site(const struct fw_thread *thread, const void *lock)
{
    for (uint32_t i = thread->lock_count; i-- > 0;) {
        if (thread->locks[i].address == (uintptr_t)lock) {
            return thread->locks[i].site;
        }
    }
    return 0;
}

static inline uintptr_t fw_stack_pointer(void)
{
    uintptr_t pointer;
#if defined(__x86_64__)
    __asm__("mov %%rsp, %0" : "=r"(pointer));
#else
    __asm__("mov %0, sp" : "=r"(pointer));
#endif
    return pointer;
}

/* How many of the regions are left where the thread's stack ends at this address: a longjmp passes the leaving by.
 * (While a signal handler runs on another stack, they may be forgotten early.) */
FW_HIDDEN uint32_t fw_held_regions_above(const struct fw_thread *thread, uintptr_t frame);

/* The running thread enters a function that keeps state, and leaves it. leave takes what enter returned. */
static inline uint32_t fw_held_enter(struct fw_thread *thread, uint32_t function, uintptr_t site)
{
    if (!thread) {
        return 0;
    }
    uintptr_t frame = fw_stack_pointer();
    uint32_t depth = thread->region_depth;
    if (depth) {
        depth = fw_held_regions_above(thread, frame);
    }
    if (depth < FW_REGIONS_MAX) {
        thread->regions[depth] = (struct fw_region){.function = function, .site = site, .frame = frame};
    }
    FW_ORDER();
    thread->region_depth = depth + 1;
    return depth;
}

static inline void fw_held_leave(struct fw_thread *thread, uint32_t depth)
{
    if (thread) {
        FW_ORDER();
        thread->region_depth = depth;
    }
}

#endif

/* What each thread holds and is inside of: plain stores by the thread itself into its slot of the thread table, which a
 * forked child reads. No atomics and no order between threads are needed: a child is a copy of one moment, and reads
 * the records only of threads that stand still in it. */
#ifndef FW_STATE_HELD_H
#define FW_STATE_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
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

/* Where a hook was called from: the return address, and the caller's stack pointer and frame pointer register after the
 * return. FW_CALLER, as arguments, is to be taken in the hook itself, whose frame record is where the frame address
 * says on both architectures; the others stand for them as parameters and pass them on, in registers. */
#define FW_CALLER()                                                                                                    \
    (uintptr_t) __builtin_return_address(0), (uintptr_t)__builtin_dwarf_cfa(),                                         \
        *(const uintptr_t *)__builtin_frame_address(0)
#define FW_CALLER_PARAMETERS uintptr_t site, uintptr_t stack, uintptr_t frame
#define FW_CALLER_ARGUMENTS site, stack, frame

/* The places of a thread's records: the first is a record where it has an address; those behind it, below lock_end, are
 * records in the order in which their locks were taken. A thread that holds one lock needs no more than the first,
 * whose record comes and goes with one store: what a lock's atomic instruction has to wait for is stores. */
static inline bool fw_held_any(const struct fw_thread *thread)
{
    return thread->locks[0].address || thread->lock_end > 1;
}

/* Two words that one store writes. */
typedef uint64_t fw_held_pair __attribute__((vector_size(16), may_alias, aligned(8)));

/* The stack pointer first: by it fw_held_set_first sees that a signal handler came after it, and what was written
 * before such a handler is written again. */
static inline void fw_held_fill(struct fw_held_lock *held, uint8_t kind, FW_CALLER_PARAMETERS)
{
    *(fw_held_pair *)&held->stack = (fw_held_pair){stack, fw_clock_taken(kind)};
    FW_ORDER();
    *(fw_held_pair *)&held->frame = (fw_held_pair){frame, site};
}

/* The frame pointer and the return address of a hook's caller, from the hook's frame record; the address there may be
 * signed (Arm Architecture Reference Manual, pointer authentication). */
#if defined(__ARM_FEATURE_PAC_DEFAULT)
#define FW_FRAME_RECORD()                                                                                              \
    ((fw_held_pair){*(const uintptr_t *)__builtin_frame_address(0), (uintptr_t)__builtin_return_address(0)})
#else
#define FW_FRAME_RECORD() (*(const fw_held_pair *)__builtin_frame_address(0))
#endif

/* The same in a hook that the lock's taker has called. The frame record as a whole: on its way to it no word passes
 * through a register of its own. */
#define FW_HELD_FILL_HERE(held, kind)                                                                                  \
    do {                                                                                                               \
        *(fw_held_pair *)&(held)->stack = (fw_held_pair){(uintptr_t)__builtin_dwarf_cfa(), fw_clock_taken(kind)};      \
        FW_ORDER();                                                                                                    \
        *(fw_held_pair *)&(held)->frame = FW_FRAME_RECORD();                                                           \
    } while (0)

/* The running thread took a lock, and its first place was free and is filled: it becomes a record. False where a signal
 * handler came in between and used the place for a lock of its own: it ran on another part of the stack. From here on
 * the place is this lock's, and is to be filled again. */
static inline bool fw_held_set_first(struct fw_held_lock *held, const volatile void *lock, uintptr_t stack)
{
    FW_ORDER();
    held->address = (uintptr_t)lock;
    FW_ORDER();
    return __builtin_expect(held->stack == stack, 1);
}

/* The running thread took a lock; false where there is no room for its record. */
static inline bool fw_held_take(struct fw_thread *thread, const volatile void *lock, uint8_t kind, FW_CALLER_PARAMETERS)
{
    struct fw_held_lock *held = &thread->locks[0];
    if (!held->address) {
        fw_held_fill(held, kind, FW_CALLER_ARGUMENTS);
        if (!fw_held_set_first(held, lock, stack)) {
            fw_held_fill(held, kind, FW_CALLER_ARGUMENTS);
        }
        return true;
    }
    uint32_t end = thread->lock_end;
    if (__builtin_expect(end >= FW_LOCKS_MAX, 0)) {
        return false;
    }
    /* The place is taken before it is filled: a signal handler that comes in between takes the next one. */
    held = &thread->locks[end];
    held->address = 0;
    FW_ORDER();
    thread->lock_end = end + 1;
    FW_ORDER();
    fw_held_fill(held, kind, FW_CALLER_ARGUMENTS);
    FW_ORDER();
    held->address = (uintptr_t)lock;
    return true;
}

/* The running thread gives it back: the newest record of this lock goes. False where there is none. */
FW_HIDDEN bool fw_held_drop_further(struct fw_thread *thread, const volatile void *lock);
static inline bool fw_held_drop(struct fw_thread *thread, const volatile void *lock)
{
    if (__builtin_expect(thread->lock_end > 1, 0) && fw_held_drop_further(thread, lock)) {
        return true;
    }
    bool is_first = thread->locks[0].address == (uintptr_t)lock;
    if (is_first) {
        thread->locks[0].address = 0;
        FW_ORDER();
    }
    return is_first;
}
/* ... where locks that found no room are counted: one that has no record may have been one of those. */
FW_HIDDEN void fw_held_drop_counted(struct fw_thread *thread, const volatile void *lock);
/* All records of a lock that is no more. */
FW_HIDDEN void fw_held_drop_all(struct fw_thread *thread, const volatile void *lock);

/* The thread's newest record of this lock; NULL where it has none. (Of two, the one behind the first place is taken for
 * the newer: it may be the older where the first was given back meanwhile.) */
FW_HIDDEN struct fw_held_lock *fw_held_find(struct fw_thread *thread, const volatile void *lock);

/* Semaphores that threads post without having taken them: signals, no locks. A small table, which forgets the older one
 * of two that meet in it. Shared by all threads; a forked child has a copy. Async-signal-safe. By the address's bits
 * above a semaphore's size (32 bytes on every 64-bit Linux). */
enum { FW_SIGNALS = 1024, FW_SIGNAL_SHIFT = 5 };
FW_HIDDEN extern _Atomic uintptr_t fw_held_signals[FW_SIGNALS];

static inline _Atomic uintptr_t *fw_held_signal_place(uintptr_t address)
{
    uintptr_t bits = address >> FW_SIGNAL_SHIFT;
    return &fw_held_signals[(bits ^ bits / FW_SIGNALS) % FW_SIGNALS];
}

static inline bool fw_held_is_signal(uintptr_t address)
{
    return atomic_load_explicit(fw_held_signal_place(address), memory_order_relaxed) == address;
}

static inline void fw_held_set_signal(uintptr_t address)
{
    atomic_store_explicit(fw_held_signal_place(address), address, memory_order_relaxed);
}

/* Another semaphore begins, or ends, at this address. */
static inline void fw_held_forget_signal(uintptr_t address)
{
    if (fw_held_is_signal(address)) {
        atomic_store_explicit(fw_held_signal_place(address), 0, memory_order_relaxed);
    }
}

/* Where the running thread's last call of the allocator left the stack pointer, at its return address; for hooks that
 * record the entry alone (hooks/allocator.h). 0: its slot (fw_thread.entered) does not point here yet. */
FW_HIDDEN extern __thread uintptr_t fw_entered_stack __attribute__((tls_model("initial-exec")));
/* ... nowhere: it was inside, and is not any more. */
enum { FW_ENTERED_NOTHING = 1 };
static inline void fw_entered_over(void)
{
    if (fw_entered_stack) {
        fw_entered_stack = FW_ENTERED_NOTHING;
    }
}

/* How many of the regions are left where the thread's stack ends at this address: a longjmp passes the leaving by.
 * (While a signal handler runs on another stack, they may be forgotten early.) */
FW_HIDDEN uint32_t fw_held_regions_above(const struct fw_thread *thread, uintptr_t frame);

/* The running thread enters a function that keeps state, and leaves it. leave takes what enter returned. frame: the
 * hook's own frame record (__builtin_frame_address); entered_us: now, 0 where that is not to be known. */
static inline uint32_t fw_held_enter(struct fw_thread *thread, uint32_t function, uintptr_t site, uintptr_t frame,
                                     uint64_t entered_us)
{
    if (!thread) {
        return 0;
    }
    uint32_t depth = thread->region_depth;
    if (depth) {
        depth = fw_held_regions_above(thread, frame);
    }
    if (depth < FW_REGIONS_MAX) {
        thread->regions[depth] =
            (struct fw_region){.function = function, .site = site, .frame = frame, .entered_us = entered_us};
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

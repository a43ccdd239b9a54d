/* Who is not there any more in a forked child, and what their records are worth. Async-signal-safe. */
#ifndef FW_CHILD_VANISHED_H
#define FW_CHILD_VANISHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"
#include "lock_word.h"
#include "state/threads.h"

struct fw_vanished {
    uint32_t last_id; /* threads of the table with a greater id were created by this child */
    const struct fw_thread *own;
    int own_tid;        /* the kernel id that the forking thread had before */
    bool nested;        /* a child of a child: some of the vanished threads were never the JVM's */
    bool seen;          /* a hook or a fork handler saw the fork: no other thread has been made yet */
    uint64_t forked_us; /* fw_clock's time at the fork: what the own thread took since is younger */
    bool by_fork; /* fork(3): the C library has mended what is its own; not so after _Fork, clone or a system call */
};
FW_HIDDEN extern struct fw_vanished fw_vanished;

/* In the child, before its own thread's slot is changed. */
FW_HIDDEN void fw_vanished_begin(bool nested);

static inline bool fw_has_vanished(const struct fw_thread *thread)
{
    return thread != fw_vanished.own && atomic_load_explicit(&thread->id, memory_order_relaxed) <= fw_vanished.last_id;
}

/* Addresses of locks that vanished threads held, by some bits of their hashes: most of a child's locks are none of
 * them. */
enum { FW_VANISHED_LOCK_BITS = 1024, FW_WORD_BITS = 64 };
FW_HIDDEN extern uint64_t fw_vanished_locks[FW_VANISHED_LOCK_BITS / FW_WORD_BITS];
FW_HIDDEN void fw_vanished_note_lock(uintptr_t lock);
FW_HIDDEN bool fw_vanished_may_hold(uintptr_t lock);

/* Whether the lock is this thread's as far as its memory tells: the record may be older than the lock, which another
 * thread may have given back or destroyed. The forking thread itself has what it cannot give back under its new kernel
 * id. A process-shared lock may be somebody else's all the same. */
FW_HIDDEN bool fw_vanished_holds(const struct fw_thread *thread, const struct fw_held_lock *held,
                                 const struct fw_lock_word *word);
/* The same at the time of the fork: fork(3) makes the locks of all FILEs new in the child before the agent sees them
 * (glibc posix/fork.c, fresetlockfiles), so that their memory says nothing. */
FW_HIDDEN bool fw_vanished_held(const struct fw_thread *thread, const struct fw_held_lock *held,
                                const struct fw_lock_word *word);

/* The thread's newest record of a lock whose taker is known by its stack, if that lock is this vanished thread's and
 * no other process may hold it; NULL where there is none. */
FW_HIDDEN const struct fw_held_lock *fw_vanished_newest(const struct fw_thread *thread);

/* The function of the allocator that the thread was inside of as far as its last entry tells (entered.h), FW_FN_NONE
 * where it was not; the return address of that call, and the caller's stack pointer behind it. */
FW_HIDDEN uint32_t fw_vanished_entered(const struct fw_thread *thread, uintptr_t *site, uintptr_t *stack);

/* How many regions the thread's record has. */
static inline uint32_t fw_vanished_regions(const struct fw_thread *thread)
{
    return thread->region_depth < FW_REGIONS_MAX ? thread->region_depth : FW_REGIONS_MAX;
}

#endif

/* The children that are alive and have not reached exec, in memory that forks do not copy: each child enters itself,
 * its children's children too, and the agent thread of the JVM's process looks at them from outside. Lock-free;
 * async-signal-safe. */
#ifndef FW_STATE_CHILDREN_H
#define FW_STATE_CHILDREN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

enum { FW_CHILDREN_MAX = 4096 };

/* In the low half of a slot's state; the high half is the fork while the child is ALIVE, so that whoever frees the slot
 * frees this child's and not that of one which came after it. */
enum fw_child_slot_state { FW_CHILD_FREE, FW_CHILD_CLAIMED, FW_CHILD_ALIVE };

struct fw_child_slot {
    _Atomic uint64_t state;
    _Atomic uint32_t fork;
    _Atomic int32_t pid;
    _Atomic uint64_t since_ns; /* CLOCK_MONOTONIC of its first code */
    /* The last call of the child that may wait: function, what it was given, stack, thread whose end or signal it
     * waits for as far as known. 0 where there was none. */
    _Atomic uint32_t called;
    _Atomic uint64_t object;
    _Atomic uint32_t stack;
    _Atomic uint32_t lost_thread;
    _Atomic uint32_t waits; /* how many such calls there were */
    /* A signal that its parent has sent to it, 0 for none. */
    _Atomic uint32_t signal;
};

FW_HIDDEN bool fw_children_init(void);

/* In a forked child, not in vfork's: enters it. NULL where the table is full: it is not watched, and counted. */
FW_HIDDEN struct fw_child_slot *fw_children_enter(uint32_t fork, int pid);
/* In the child that entered, before exec or its end; slot may be NULL. Does nothing where it has left before. */
FW_HIDDEN void fw_children_leave(struct fw_child_slot *slot);
/* In the agent thread, once this fork's child is gone: false where it has left by itself meanwhile. */
FW_HIDDEN bool fw_children_remove(struct fw_child_slot *slot, uint32_t fork);
/* True if the slot still is that of this fork's living child: then so is what was read of it before. */
FW_HIDDEN bool fw_children_is(const struct fw_child_slot *slot, uint32_t fork);
/* Iteration over children that are ALIVE: start with *position 0, until NULL comes back. The slot's index is *position
 * less one. */
FW_HIDDEN struct fw_child_slot *fw_children_next(uint32_t *position);
/* The living child with this pid; NULL if there is none. */
FW_HIDDEN struct fw_child_slot *fw_children_find(int pid);
/* Children that found no slot. */
FW_HIDDEN uint32_t fw_children_unwatched(void);

/* The running process's own slot, set by the child; NULL in the JVM's process. Plain memory. */
FW_HIDDEN extern struct fw_child_slot *fw_children_self;
/* The fork that made the running process, set as it enters; 0 in the JVM's process. Plain memory at the same address in
 * all of them, in which the agent thread sees from outside whether a process still is this fork's child. */
FW_HIDDEN extern volatile uint32_t fw_children_mark;

#endif

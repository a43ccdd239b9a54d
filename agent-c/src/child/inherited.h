/* What a forked child inherited: the records of threads that do not exist in it. */
#ifndef FW_CHILD_INHERITED_H
#define FW_CHILD_INHERITED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"
#include "state/threads.h"

/* In the child, before its own thread's slot is changed: from here on every other thread of the table is a vanished
 * one. nested: its parent is a forked child, too. */
FW_HIDDEN void fw_inherited_begin(bool nested);
/* Sends HELD and INSIDE, and of the first holders where they stood. */
FW_HIDDEN void fw_inherited_send(void);

/* The thread that holds a lock and is not there to release it: a vanished one, or the forking thread itself where it
 * took the lock before the fork, under a kernel id that the child's thread does not have. NULL where none is known. */
struct fw_holder {
    const struct fw_thread *thread; /* NULL where only the lock word names the holder */
    int owner;                      /* kernel id that the lock word names, 0 for none */
    uintptr_t site;                 /* where it was taken, 0 if not recorded */
};
/* kind: enum fw_lock_kind of the wanted access. False where the lock has no such holder. */
FW_HIDDEN bool fw_inherited_holder(const void *lock, uint8_t kind, struct fw_holder *holder);

/* The child has made this lock anew or ended it, or has taken it while nobody else can have it: no vanished thread
 * holds it any more. */
FW_HIDDEN void fw_inherited_lock_over(const volatile void *lock);
/* ... has given back one that it did not take. kind: enum fw_lock_kind; of a rwlock's readers one is meant. */
FW_HIDDEN void fw_inherited_lock_given(const volatile void *lock, uint8_t kind);

/* The one vanished thread that waited on this condition or semaphore, or gave back this mutex (may be NULL) for its
 * wait: slot id, 0 where there is none or more than one. */
FW_HIDDEN uint32_t fw_inherited_waiter(const void *object, const void *mutex);
/* The vanished thread with this pthread_t: slot id, 0 where there is none. */
FW_HIDDEN uint32_t fw_inherited_thread(uintptr_t handle);
/* The vanished thread with this slot id; NULL where there is none. */
FW_HIDDEN const struct fw_thread *fw_inherited_by_id(uint32_t id);
/* A thread of the child has this pthread_t now, with a vanished one's stack (nptl/nptl-stack.c, get_cached_stack in
 * nptl/allocatestack.c of glibc): the vanished one has it no longer. */
FW_HIDDEN void fw_inherited_forget(uintptr_t handle);

/* True where a vanished thread was inside of a function of the same category as this one. */
FW_HIDDEN bool fw_inherited_inside(uint32_t function);
/* The child is about to call this function, and the one above says true: sends where the first few of those threads
 * stood. */
FW_HIDDEN void fw_inherited_met(uint32_t function);

#endif

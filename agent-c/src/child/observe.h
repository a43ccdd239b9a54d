/* What a forked child does before exec or its end. Called by hooks; async-signal-safe like all of src/child. */
#ifndef FW_CHILD_OBSERVE_H
#define FW_CHILD_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"
#include "state/calm.h"
#include "state/functions.h"

/* A function that is not async-signal-safe was called, from this return address: does nothing in the JVM's process,
 * counts it in a child, and sends its first call with the stack. Keeps errno. Also recognises a child of a fork that
 * nobody saw. Hooks call it only where !fw_is_calm(). */
FW_HIDDEN void fw_child_call(uint32_t function, uintptr_t site);

/* The same, for a hook's first line. */
#define FW_CHILD_CALL(name)                                                                                            \
    do {                                                                                                               \
        if (!fw_is_calm()) {                                                                                           \
            fw_child_call(FW_FN_##name, (uintptr_t)__builtin_return_address(0));                                       \
        }                                                                                                              \
    } while (0)

/* A child is about to wait for something without an owner: object is the condition or semaphore, thread (0: not known)
 * the slot id of the vanished thread that would end the wait. */
FW_HIDDEN void fw_child_waits(uint32_t function, const void *object, uint32_t thread);
/* A child is about to wait for a lock, which is not free (a try has just failed): tells it where a vanished thread
 * holds the lock. kind: enum fw_lock_kind. */
FW_HIDDEN void fw_child_blocks(uint32_t function, const void *lock, uint8_t kind);
/* A lock call in a child failed with this error: tells it where a vanished thread, or the forking thread under its old
 * id, has the lock. */
FW_HIDDEN void fw_child_lock_failed(uint32_t function, const void *lock, uint8_t kind, int error);
/* ... because the lock is not free, and it is only tried: told once of each lock that a vanished thread held and that
 * is in this process's memory alone. */
FW_HIDDEN void fw_child_try_failed(uint32_t function, const void *lock, uint8_t kind, int error);

/* In a child of a child: nothing is told yet. */
FW_HIDDEN void fw_observe_reset(void);
/* Before exec or the end: sends how often each function was called, where that is not told yet. */
FW_HIDDEN void fw_child_summary(void);
/* The running child's stack, taken in a child as its own (0 where there is none, and in the JVM's process). */
FW_HIDDEN uint32_t fw_child_stack(void);

#endif

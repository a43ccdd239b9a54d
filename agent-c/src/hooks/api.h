/* What the agent does for forkwitness.h and for its likeness in Java: keeps the marks and tells of them by LOCK_NAME
 * and THREAD_AWARE. All of it is async-signal-safe, keeps errno and takes no lock. */
#ifndef FW_HOOKS_API_H
#define FW_HOOKS_API_H

#include <stddef.h>

#include "patch/hook.h"
#include "state/marks.h"

/* The exported functions, for fw_patch_offer: libraries that were loaded without the agent in sight have 0 in their
 * place.
 */
FW_HIDDEN extern const struct fw_hook fw_api_hooks[];
FW_HIDDEN extern const size_t fw_api_hook_count;

/* Of the thread with this kernel id, 0 for the running one; reason NULL or "": forks must fear it again. False where
 * there is no such thread, in a child, and before the agent works. */
FW_HIDDEN bool fw_api_thread_aware(int tid, const char *reason);

/* All marks once more, for a new reader of the stream. */
FW_HIDDEN void fw_api_send_all(void);

/* The lock at this address was destroyed: its name is gone, and is told to be. */
FW_HIDDEN void fw_api_lock_gone(const void *lock);
static inline void fw_lock_forgotten(const void *lock)
{
    if (__builtin_expect(atomic_load_explicit(&fw_marks_any, memory_order_relaxed), 0)) {
        fw_api_lock_gone(lock);
    }
}

/* Whether forks need not fear the lock (the thread's slot says so itself: fork_aware). */
static inline bool fw_lock_is_aware(uintptr_t lock)
{
    return fw_mark_get(fw_mark_of_lock(lock), FW_MARK_AWARE) != NULL;
}

#endif

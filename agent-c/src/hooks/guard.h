/* guard=: what happens to a fork while another thread holds a lock that the agent follows, or is inside of a function
 * that keeps state (state/threads.h).
 *
 * It looks from outside at threads that run, so that it lowers a risk and proves nothing: between its look and the
 * fork a thread may take a lock. What the child really inherited is told by the child.
 *
 * What does not count: the forking thread's own; what the memory of the lock says is stale, or shared with other
 * processes; fork-aware threads and locks (forkwitness.h); locks and FILEs that the JVM has for itself, which no child
 * may ask for in any case; the allocator, whose calls are over before a look at them says anything, and which nearly
 * always protects itself. No fork of a child is guarded, and none of vfork, posix_spawn, system and popen.
 *
 * Async-signal-safe; keeps errno but where it says so. */
#ifndef FW_HOOKS_GUARD_H
#define FW_HOOKS_GUARD_H

#include <stdbool.h>

#include "base/sys.h"

enum fw_guard_mode { FW_GUARD_OBSERVE, FW_GUARD_WAIT, FW_GUARD_DENY, FW_GUARD_ABORT };

/* mode: the option's text. Before the first hook is in place. */
FW_HIDDEN void fw_guard_init(const char *mode, unsigned timeout_ms);

/* In a hook that has begun a fork (fw_forking_begin), before the original is called. True where the fork is refused: it
 * is told and ended then, errno is EAGAIN, and the hook returns -1. Does not return with guard=abort where something is
 * held. */
FW_HIDDEN bool fw_guard_refuses(void);
/* In the prepare handler of a fork that no hook saw. It cannot be refused any more; and since handlers of other
 * libraries have run in this thread and hold locks that others may want first, it is held back for a tenth of the time
 * only. */
FW_HIDDEN void fw_guard_prepare(void);

#endif

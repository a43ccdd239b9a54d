/* Keeps the agent's own work away from forks.
 *
 * While the agent resolves names or walks the loaded objects it is inside malloc or holds a lock of the dynamic linker
 * for moments; a fork at such a moment would copy that lock held (dl_iterate_phdr's is not reset by glibc 2.36's fork,
 * posix/fork.c). So such work stands between enter and leave, and the prepare handler waits until none is under way.
 * Both sides wait a bounded time: a stuck thread must not stop the application. */
#ifndef FW_STATE_GATE_H
#define FW_STATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* Begins work that a fork must not cut in two. False where forks are under way for longer than the agent waits: the
 * caller then leaves the work for later. Not reentrant; nothing between enter and leave may call user code. */
FW_HIDDEN bool fw_gate_enter(void);
/* The same without waiting, for a thread of the application. */
FW_HIDDEN bool fw_gate_try(void);
FW_HIDDEN void fw_gate_leave(void);

/* Around each fork, in the forking thread; async-signal-safe. close returns false if another thread's work was still
 * under way at the end of the wait. For the forking thread's own, which a signal handler has interrupted, nobody can
 * wait. */
FW_HIDDEN bool fw_gate_close(void);
FW_HIDDEN void fw_gate_open(void);
/* In the child: nobody forks, and nobody works but the surviving thread. */
FW_HIDDEN void fw_gate_reset(void);

#endif

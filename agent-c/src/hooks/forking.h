/* What every way to make a process reports: FORK before it, FORK_RESULT after it. State is per thread (fw_self), since
 * threads that fork at once interleave their fork handlers (glibc drops its list lock around each, nptl/register-
 * atfork.c). Async-signal-safe where hooked is false. */
#ifndef FW_HOOKS_FORKING_H
#define FW_HOOKS_FORKING_H

#include <stdbool.h>

#include "stream/stream.h"

/* The running thread begins to fork: takes an id and its stack. Does nothing if it is forking already (forkpty, whose
 * fork runs the fork handlers), so that the outermost name is the one reported. hooked: the caller is a hook, which
 * holds nothing yet and sees the result of the call; not a fork handler. Returns true if this call began it.
 *
 * vfork's child may fork in its turn, on its parent's storage: its own fw_self stands aside until the end. */
FW_HIDDEN bool fw_forking_begin(enum fw_call call, bool hooked);
/* Sends the FORK record, once. command: the program that a spawn was given, or NULL. */
FW_HIDDEN void fw_forking_announce(const char *command);
/* Sends FORK_RESULT (pid > 0, else error), once; pid 0 and error 0 send nothing. */
FW_HIDDEN void fw_forking_result(long pid, int error);
/* The running thread is no longer forking. */
FW_HIDDEN void fw_forking_end(void);

/* Around a vfork that the running thread has begun, in its parent: forks that the child was making when it was killed
 * are none of this thread's. */
FW_HIDDEN void fw_forking_before_vfork(void);
FW_HIDDEN void fw_forking_after_vfork(void);

/* All before the result at once, for a call in which no code of the application and no fork handler runs: its fork's
 * id, 0 where the thread is forking already. Nothing is left behind where a signal handler leaves the call by
 * siglongjmp, and a fork of the handler's is one of its own. */
FW_HIDDEN uint32_t fw_forking_spawn(enum fw_call call, const char *command);
/* Its result, as fw_forking_result; fork 0 sends nothing. */
FW_HIDDEN void fw_forking_spawned(uint32_t fork, long pid, int error);

#endif

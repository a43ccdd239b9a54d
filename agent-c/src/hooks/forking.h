/* What every way to make a process reports: FORK before it, FORK_RESULT after it. State is per thread (fw_self), since
 * threads that fork at once interleave their fork handlers (glibc drops its list lock around each, nptl/register-
 * atfork.c). Async-signal-safe where hooked is false. */
#ifndef FW_HOOKS_FORKING_H
#define FW_HOOKS_FORKING_H

#include <stdbool.h>

#include "stream/stream.h"

/* The running thread begins to fork: takes an id and its stack. Does nothing if it is forking already (forkpty, whose
 * fork runs the fork handlers), so that the outermost name is the one reported. hooked: the caller is a hook, which
 * holds nothing yet and sees the result of the call; not a fork handler. Returns true if this call began it. */
FW_HIDDEN bool fw_forking_begin(enum fw_call call, bool hooked);
/* Sends the FORK record, once. command: the program that a spawn was given, or NULL. */
FW_HIDDEN void fw_forking_announce(const char *command);
/* Sends FORK_RESULT (pid > 0, else error), once; pid 0 and error 0 send nothing. */
FW_HIDDEN void fw_forking_result(long pid, int error);
/* The running thread is no longer forking. */
FW_HIDDEN void fw_forking_end(void);

#endif

/* fork and the libc functions that call it, and the agent's own fork handlers, which see every fork of libc however it
 * was reached. */
#ifndef FW_HOOKS_FORK_H
#define FW_HOOKS_FORK_H

#include <pty.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/sys.h"

FW_HIDDEN extern pid_t (*fw_original_fork)(void);
FW_HIDDEN extern pid_t (*fw_original_forkpty)(int *, char *, const struct termios *, const struct winsize *);
FW_HIDDEN extern int (*fw_original_daemon)(int, int);

FW_HIDDEN pid_t fw_hook_fork(void);
FW_HIDDEN pid_t fw_hook_forkpty(int *primary, char *name, const struct termios *terminal, const struct winsize *size);
FW_HIDDEN int fw_hook_daemon(int nochdir, int noclose);

/* Registers the fork handlers; false if libc has no memory for them. */
FW_HIDDEN bool fw_fork_handlers_init(void);

#endif

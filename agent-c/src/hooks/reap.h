/* What the application does to its children from outside: it waits for them, and sends them signals. */
#ifndef FW_HOOKS_REAP_H
#define FW_HOOKS_REAP_H

#include <sys/resource.h>
#include <sys/wait.h>

#include "base/sys.h"

FW_HIDDEN extern pid_t (*fw_original_wait)(int *);
FW_HIDDEN extern pid_t (*fw_original_waitpid)(pid_t, int *, int);
FW_HIDDEN extern int (*fw_original_waitid)(idtype_t, id_t, siginfo_t *, int);
FW_HIDDEN extern pid_t (*fw_original_wait3)(int *, int, struct rusage *);
FW_HIDDEN extern pid_t (*fw_original_wait4)(pid_t, int *, int, struct rusage *);
FW_HIDDEN extern int (*fw_original_kill)(pid_t, int);

FW_HIDDEN pid_t fw_hook_wait(int *status);
FW_HIDDEN pid_t fw_hook_waitpid(pid_t pid, int *status, int options);
FW_HIDDEN int fw_hook_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
FW_HIDDEN pid_t fw_hook_wait3(int *status, int options, struct rusage *usage);
FW_HIDDEN pid_t fw_hook_wait4(pid_t pid, int *status, int options, struct rusage *usage);
FW_HIDDEN int fw_hook_kill(pid_t pid, int signal);

#endif

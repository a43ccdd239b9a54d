/* The functions that make a process without a child that runs code of the application (posix_spawn, posix_spawnp,
 * system, popen: CLONE_VM and CLONE_VFORK, then exec, inside glibc), and vfork. */
#ifndef FW_HOOKS_SPAWN_H
#define FW_HOOKS_SPAWN_H

#include <spawn.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/sys.h"
#include "stream/stream.h"

typedef int fw_spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                        char *const[], char *const[]);
FW_HIDDEN extern fw_spawn_fn *fw_original_posix_spawn;
FW_HIDDEN extern fw_spawn_fn *fw_original_posix_spawnp;
FW_HIDDEN extern int (*fw_original_system)(const char *);
FW_HIDDEN extern FILE *(*fw_original_popen)(const char *, const char *);
FW_HIDDEN extern pid_t (*fw_original_vfork)(void);

FW_HIDDEN fw_spawn_fn fw_hook_posix_spawn;
FW_HIDDEN fw_spawn_fn fw_hook_posix_spawnp;
FW_HIDDEN int fw_hook_system(const char *command);
FW_HIDDEN FILE *fw_hook_popen(const char *command, const char *type);

/* src/arch: calls fw_vfork_before, makes the system call, and goes on with fw_vfork_child in the child and
 * fw_vfork_parent in the parent. Assembly, because it returns twice through one stack frame. */
FW_HIDDEN pid_t fw_hook_vfork(void);

/* In the parent, before a child that shares its memory and, while the parent waits, the thread's storage. The child
 * begins with fw_child_begin_vfork. */
FW_HIDDEN void fw_vfork_begin(enum fw_call call);
/* ... and when the parent goes on: what the system call returned, a pid or a negative errno. Returns pid or -1 with
 * errno set. */
FW_HIDDEN pid_t fw_vfork_parent(long result);

#endif

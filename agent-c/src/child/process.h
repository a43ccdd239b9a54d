/* Hooks on how a child ends or becomes another program, and on the ways to close the stream under it. In the JVM's own
 * process the first group passes through; the closers protect the stream there too. */
#ifndef FW_CHILD_PROCESS_H
#define FW_CHILD_PROCESS_H

#include <unistd.h>

#include "base/sys.h"

FW_HIDDEN extern int (*fw_original_execve)(const char *, char *const[], char *const[]);
FW_HIDDEN extern int (*fw_original_execv)(const char *, char *const[]);
FW_HIDDEN extern int (*fw_original_execvp)(const char *, char *const[]);
FW_HIDDEN extern int (*fw_original_execvpe)(const char *, char *const[], char *const[]);
FW_HIDDEN extern int (*fw_original_fexecve)(int, char *const[], char *const[]);
FW_HIDDEN extern int (*fw_original_execveat)(int, const char *, char *const[], char *const[], int);
/* Found so that the hook stands only where libc has the function; the hooks call execve and execvp. */
FW_HIDDEN extern void *fw_original_execl;
FW_HIDDEN extern void *fw_original_execlp;
FW_HIDDEN extern void *fw_original_execle;
FW_HIDDEN extern void (*fw_original_exit)(int);
FW_HIDDEN extern void (*fw_original__exit)(int);
FW_HIDDEN extern void (*fw_original__Exit)(int);
FW_HIDDEN extern void (*fw_original_quick_exit)(int);
FW_HIDDEN extern void (*fw_original_abort)(void);
typedef int fw_close_range_fn(unsigned, unsigned, int);
FW_HIDDEN extern int (*fw_original_close)(int);
FW_HIDDEN extern fw_close_range_fn *fw_original_close_range;
FW_HIDDEN extern void (*fw_original_closefrom)(int);
FW_HIDDEN extern int (*fw_original_dup2)(int, int);
FW_HIDDEN extern int (*fw_original_dup3)(int, int, int);

FW_HIDDEN int fw_hook_execve(const char *path, char *const argv[], char *const envp[]);
FW_HIDDEN int fw_hook_execv(const char *path, char *const argv[]);
FW_HIDDEN int fw_hook_execvp(const char *file, char *const argv[]);
FW_HIDDEN int fw_hook_execvpe(const char *file, char *const argv[], char *const envp[]);
FW_HIDDEN int fw_hook_fexecve(int fd, char *const argv[], char *const envp[]);
FW_HIDDEN int fw_hook_execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags);
FW_HIDDEN int fw_hook_execl(const char *path, const char *argument, ...);
FW_HIDDEN int fw_hook_execlp(const char *file, const char *argument, ...);
FW_HIDDEN int fw_hook_execle(const char *path, const char *argument, ...);
FW_HIDDEN void fw_hook_exit(int status) __attribute__((noreturn));
FW_HIDDEN void fw_hook__exit(int status) __attribute__((noreturn));
FW_HIDDEN void fw_hook__Exit(int status) __attribute__((noreturn));
FW_HIDDEN void fw_hook_quick_exit(int status) __attribute__((noreturn));
FW_HIDDEN void fw_hook_abort(void) __attribute__((noreturn));
FW_HIDDEN int fw_hook_close(int fd);
FW_HIDDEN fw_close_range_fn fw_hook_close_range;
FW_HIDDEN void fw_hook_closefrom(int first);
FW_HIDDEN int fw_hook_dup2(int from, int to);
FW_HIDDEN int fw_hook_dup3(int from, int to, int flags);

/* A child is about to end at once, by this function: tells it, and leaves the table of living children. */
FW_HIDDEN void fw_child_ends(const char *function, int status);
/* close_range, in as many calls as the agent's descriptors make necessary. */
FW_HIDDEN int fw_close_range_around(fw_close_range_fn *close_range, unsigned first, unsigned last, int flags);

#endif

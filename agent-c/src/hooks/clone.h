/* The ways to make a process that run no fork handler: _Fork, clone and system calls by their number. A child with a
 * memory of its own is a fork's child, one that shares the memory while its parent waits is a vfork's child; what
 * shares the memory otherwise is a thread, or the business of a runtime that makes its own. Async-signal-safe. */
#ifndef FW_HOOKS_CLONE_H
#define FW_HOOKS_CLONE_H

#include <sys/types.h>

#include "base/sys.h"

typedef int fw_clone_fn(int (*)(void *), void *, int, void *, ...);
FW_HIDDEN extern pid_t (*fw_original__Fork)(void);
FW_HIDDEN extern fw_clone_fn *fw_original_clone;
FW_HIDDEN extern long (*fw_original_syscall)(long, ...);

FW_HIDDEN pid_t fw_hook__Fork(void);
FW_HIDDEN fw_clone_fn fw_hook_clone;

/* src/arch: tail-jumps to the original for all numbers but those of fork, clone, clone3, close, close_range, dup2 and
 * dup3, and for these where fw_syscall_is_ours says no: a child that has a new stack cannot return through C code. */
FW_HIDDEN long fw_hook_syscall(long number, ...);
/* True if it makes a child on the same stack in a memory of its own, or is no clone. a and b: its first two arguments.
 */
FW_HIDDEN bool fw_syscall_is_ours(long number, long a, long b);
/* Makes the call. The arguments are those of syscall(2). */
FW_HIDDEN long fw_syscall(long number, long a, long b, long c, long d, long e, long f);

#endif

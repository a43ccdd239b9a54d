/* What the kernel tells of another process, by the files of proc(5). Allocates nothing, takes no lock, keeps errno. */
#ifndef FW_WATCH_PROCFS_H
#define FW_WATCH_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

enum { FW_PROC_PATH = 64 };

/* "/proc/PID/name", or "/proc/PID/task/TID/name" where tid is not 0, into path; returns path. name: 24 bytes at most.
 */
FW_HIDDEN const char *fw_proc_path(char path[FW_PROC_PATH], int pid, int tid, const char *name);

struct fw_proc_stat {
    char state;           /* R, S, D, Z, T, ... */
    unsigned threads;     /* a zombie's own task counts */
    uint64_t start_ticks; /* start since boot, in clock ticks (sysconf(3), _SC_CLK_TCK) */
};
/* /proc/PID/stat; false where there is no such process. Readable whoever the process belongs to. */
FW_HIDDEN bool fw_proc_stat(int pid, struct fw_proc_stat *stat);

struct fw_proc_status {
    uint64_t pending; /* signals, bit n - 1 for signal n: pending for this task or its process, */
    uint64_t blocked; /* blocked by this task, */
    uint64_t caught;  /* with a handler */
    uint64_t sleeps;  /* how often the task has gone to sleep: voluntary_ctxt_switches */
};
/* /proc/PID/task/TID/status; false where there is no such task or it does not say all of this. */
FW_HIDDEN bool fw_proc_status(int pid, int tid, struct fw_proc_status *status);

enum fw_proc_memory {
    FW_MEMORY_READ,
    FW_MEMORY_UNMAPPED, /* nothing is at this address */
    FW_MEMORY_GONE,     /* the process has no memory any more, or does not exist */
    FW_MEMORY_FORBIDDEN /* the kernel lets only others look at it (ptrace(2), "Ptrace access mode checking") */
};
/* Copies size bytes at this address of the process's memory. By process_vm_readv(2), and by /proc/PID/mem where a
 * filter forbids that call. */
FW_HIDDEN enum fw_proc_memory fw_proc_memory(int pid, uintptr_t address, void *to, size_t size);

#endif

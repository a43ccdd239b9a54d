/* Wakes the agent thread: there are stacks to resolve, a fork happened, the JVM changed its state. */
#ifndef FW_STATE_WORK_H
#define FW_STATE_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* There is something to do. Async-signal-safe; one system call, and only if nobody called since the agent thread last
 * looked. */
FW_HIDDEN void fw_work_wake(void);
/* Sleeps until there is, or until the time is up; whether there is. Agent thread. */
FW_HIDDEN bool fw_work_wait(uint64_t timeout_ns);

/* A fork is about to happen: names of threads may have changed since the last one. Async-signal-safe, no system call:
 * an agent thread that wakes now takes the processor that the child would begin on, and waits there for the kernel's
 * mmap lock until the fork is over. */
FW_HIDDEN void fw_work_fork_announced(void);
/* It is over, or will be told of by nobody. Async-signal-safe; wakes the agent thread only where it has taken notice of
 * the forks before. */
FW_HIDDEN void fw_work_fork_over(void);
/* True once after a fork, or several. */
FW_HIDDEN bool fw_work_take_fork(void);
/* True from the first fork on. */
FW_HIDDEN bool fw_work_any_fork(void);

/* Somebody reads the stream from now on, or it goes to a file: the process may end. Agent thread. */
FW_HIDDEN void fw_work_has_reader(void);
/* Waits for that for so long at most; whether it is so. Async-signal-safe. */
FW_HIDDEN bool fw_work_await_reader(uint64_t timeout_ns);

#endif

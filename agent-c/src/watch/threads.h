/* What is told of threads: THREAD, THREAD_NAME and THREAD_END records, and the sweep over /proc/self/task that finds
 * threads older than the agent and names that changed. */
#ifndef FW_WATCH_THREADS_H
#define FW_WATCH_THREADS_H

#include <stdbool.h>

#include "state/threads.h"

/* Sends the THREAD record. Async-signal-safe, as are the two that follow. */
FW_HIDDEN void fw_watch_send_thread(const struct fw_thread *thread);
/* Reads the running thread's kernel name (prctl(2), PR_GET_NAME) into its slot. */
FW_HIDDEN void fw_watch_name_thread(struct fw_thread *thread);
/* The running thread ends: sends THREAD_END with its last name and frees the slot. */
FW_HIDDEN void fw_watch_thread_ended(struct fw_thread *thread);

/* The thread has this name or kind now: sends THREAD_NAME if that is new. name may be NULL. */
FW_HIDDEN void fw_watch_rename_thread(struct fw_thread *thread, const char *name, int kind);

/* Looks at each thread in /proc/self/task: unknown ones get a slot, native ones their present name; slots whose thread
 * is gone are freed. Agent thread, or before it runs. */
FW_HIDDEN void fw_watch_sweep_threads(void);
/* Sends the THREAD records of all live threads again. */
FW_HIDDEN void fw_watch_send_all_threads(void);

#endif

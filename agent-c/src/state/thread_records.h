/* What is told of threads: THREAD, THREAD_NAME and THREAD_END records. */
#ifndef FW_STATE_THREAD_RECORDS_H
#define FW_STATE_THREAD_RECORDS_H

#include "threads.h"

/* The running thread's slot, with a THREAD record if it was not known before; NULL only when the table is full.
 * Async-signal-safe, as is all of this. */
FW_HIDDEN struct fw_thread *fw_thread_self(void);

/* Sends the THREAD record. */
FW_HIDDEN void fw_thread_send(const struct fw_thread *thread);
/* Reads the running thread's kernel name (prctl(2), PR_GET_NAME) into its slot. */
FW_HIDDEN void fw_thread_read_name(struct fw_thread *thread);
/* The thread has ended, or is the running one and ends: sends THREAD_END with its last name and frees the slot. */
FW_HIDDEN void fw_thread_ended(struct fw_thread *thread);

/* The thread has this name or kind now: sends THREAD_NAME if that is new. name may be NULL. */
FW_HIDDEN void fw_thread_rename(struct fw_thread *thread, const char *name, int kind);

/* Sends the THREAD records of all live threads again, for a new reader of the stream. */
FW_HIDDEN void fw_thread_send_all(void);

#endif

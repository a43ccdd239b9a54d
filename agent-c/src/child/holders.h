/* Where the vanished threads stood that held or were inside of something: HOLDER, and the thread's stack from there on
 * as SLICEs, which the collector unwinds. Async-signal-safe; vfork's child sends none, as no thread has vanished there.
 *
 * What a child sends is bounded: of a few threads the innermost part of the stack at its begin, and the rest, or
 * another thread's, once it has met what that thread holds. */
#ifndef FW_CHILD_HOLDERS_H
#define FW_CHILD_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"
#include "state/threads.h"

enum {
    FW_SLICE_BYTES = 3072, /* of one SLICE, and of one thread at the child's begin */
    FW_STACK_BYTES = 32768 /* of one thread later on, behind that */
};

/* In a child, before any of these: nothing is sent yet. */
FW_HIDDEN void fw_holders_reset(void);
/* Whether the JVM's or an interpreter's own code is asked for that thread's stack. */
FW_HIDDEN bool fw_holders_ask_others(const struct fw_thread *thread);
/* At the child's begin: this thread and the first part of its stack. */
FW_HIDDEN void fw_holders_send(const struct fw_thread *thread);
/* The child has met what this vanished thread holds or is inside of: the thread, where it was not sent, and the rest of
 * its stack. The second time nothing. NULL is nobody. */
FW_HIDDEN void fw_holders_send_all(const struct fw_thread *thread);
/* Another thread uses that thread's stack now. */
FW_HIDDEN void fw_holders_forget(struct fw_thread *thread);

#endif

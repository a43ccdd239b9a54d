/* How often a child has called each function that is not async-signal-safe. Async-signal-safe; threads of one child may
 * count at once. */
#ifndef FW_CHILD_TALLY_H
#define FW_CHILD_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* In a forked child of a child, which has counted: nothing is counted yet. (In a child of the JVM's process there is
 * nothing to clear, and no page to copy.) */
FW_HIDDEN void fw_tally_reset(void);
/* Counts a call: the how-manieth it is, from 1 (always 1 in a vfork child that found no room to count in). */
FW_HIDDEN uint32_t fw_tally_count(uint32_t function);
/* Sends COUNTS of what was called more than once, where that is not told yet. */
FW_HIDDEN void fw_tally_send(void);
/* The same, once a second at most. */
FW_HIDDEN void fw_tally_send_sometimes(void);
/* After a vfork, in its parent: what the child counted is gone, however the child ended. */
FW_HIDDEN void fw_tally_forget(void);

#endif

/* From time to time, what the living threads hold: SNAPSHOT records. */
#ifndef FW_WATCH_SNAPSHOT_H
#define FW_WATCH_SNAPSHOT_H

#include <stdint.h>

#include "base/sys.h"

/* Sends the locks that are held for at least so long: one frame, or several with the same INDEX. The threads run on
 * meanwhile: sent is what was the same twice and what the lock's own memory says as well. now_ns: CLOCK_MONOTONIC.
 * Agent thread; allocates nothing, takes no lock, keeps errno. */
FW_HIDDEN void fw_snapshot_send(uint64_t now_ns, uint64_t held_for_ns);

#endif

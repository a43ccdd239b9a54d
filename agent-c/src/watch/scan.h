/* When the agent thread may wait for the dynamic linker's locks. */
#ifndef FW_WATCH_SCAN_H
#define FW_WATCH_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* True where they are free, as far as the threads' records say: a thread that stays in a constructor, or in a callback
 * of dl_iterate_phdr, would keep the agent thread waiting, and the children unwatched. Where that does not end, one LOG
 * record says so. now_ns: CLOCK_MONOTONIC. Agent thread. */
FW_HIDDEN bool fw_scan_may_wait(uint64_t now_ns);

#endif

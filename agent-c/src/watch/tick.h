/* Moves fw_clock (state/clock.h): often while the process works, seldom while it is idle. */
#ifndef FW_WATCH_TICK_H
#define FW_WATCH_TICK_H

#include <stdint.h>

#include "base/sys.h"

/* What is looked at, by CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID of the agent thread, in
 * ns. */
struct fw_tick_times {
    uint64_t ticks; /* since the last look, this one included */
    uint64_t now;
    uint64_t process;
    uint64_t own;
};
/* How long to wait from tick to tick, in ns: 10 ms where the process has used more than a hundredth of a processor
 * since the last look (the agent thread not counted), else twice as long as before, up to 1 s; and in both cases so
 * long that what the agent thread used for each tick since is a thousandth of it, as far as a second allows. The first
 * answer is 10 ms. Agent thread. */
FW_HIDDEN uint64_t fw_tick_next(const struct fw_tick_times *times);

/* Sets the clock; how long until the next time, in ns, which it looks at anew each 100 ms. Agent thread; keeps errno.
 */
FW_HIDDEN uint64_t fw_tick(void);

#endif

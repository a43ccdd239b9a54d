/* The sweep over /proc/self/task: finds threads older than the agent, names that changed, threads that are gone. */
#ifndef FW_WATCH_SWEEP_H
#define FW_WATCH_SWEEP_H

#include "base/sys.h"

/* Looks at each thread: unknown ones get a slot, native ones their present name; slots whose thread is gone are freed.
 * Agent thread, or before it runs. */
FW_HIDDEN void fw_sweep_threads(void);

#endif

/* The agent thread: names of methods and threads, late libraries, the collector's health. */
#ifndef FW_WATCH_WATCH_H
#define FW_WATCH_WATCH_H

#include <stdbool.h>

#include "options.h"

/* Starts the agent thread, which first starts the collector. The options are kept, not copied. */
FW_HIDDEN bool fw_watch_start(const struct fw_options *options);

/* There is something to do. Async-signal-safe; one system call, and only if the agent thread sleeps. */
FW_HIDDEN void fw_watch_wake(void);
/* A fork happened: names may have changed since the last one. Async-signal-safe. */
FW_HIDDEN void fw_watch_forked(void);

#endif

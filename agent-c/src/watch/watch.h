/* The agent thread: names of methods and threads, late libraries, the collector's health. */
#ifndef FW_WATCH_WATCH_H
#define FW_WATCH_WATCH_H

#include <stdbool.h>

#include "options.h"

/* Starts the agent thread, which also starts the collector. The options are kept, not copied. */
FW_HIDDEN bool fw_watch_start(const struct fw_options *options);

#endif

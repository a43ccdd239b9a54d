/* Starts the collector out of the application's sight. */
#ifndef FW_WATCH_COLLECTOR_H
#define FW_WATCH_COLLECTOR_H

#include <stdbool.h>

#include "options.h"

struct fw_launch {
    const struct fw_options *options;
    const char *log; /* file that takes its standard error */
    int input;       /* the pipe's reading end, which becomes its standard input */
    int alive;       /* a descriptor that it inherits and holds as long as it lives */
};

/* Runs `java -jar forkwitness.jar collect` as a process that is nobody's child: a grandchild, made by clone without an
 * exit signal, whose parent is gone when this returns. No SIGCHLD is sent and wait(-1) of the application finds
 * nothing; only where the JVM is process 1 or a subreaper, the collector becomes its child in the end. Its environment
 * is that of the process's start, less what would load the agent or other code into it. Returns NULL, or why not. Agent
 * thread; allocates nothing by malloc. */
FW_HIDDEN const char *fw_collector_start(const struct fw_launch *launch);

#endif

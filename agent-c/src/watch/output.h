/* Where the stream goes, from the start of the agent to the end of the process: a pipe that the collector reads, a
 * named pipe of somebody else's collector, or a spool file. */
#ifndef FW_WATCH_OUTPUT_H
#define FW_WATCH_OUTPUT_H

#include <stdbool.h>

#include "options.h"

/* Makes the report directory and the pipe, so that records can be written at once. False, with one log line, where the
 * directory cannot be used: the agent then does nothing. */
FW_HIDDEN bool fw_output_open(struct fw_options *options);

/* Starts the collector, or the spool where there is none. Agent thread. */
FW_HIDDEN void fw_output_start(const struct fw_options *options);

/* Looks whether the collector lives; if not, the stream goes on in a spool, with what the pipe still held. Agent
 * thread, from time to time. */
FW_HIDDEN void fw_output_watch(void);

/* At the end of the process, not of a child: where the collector would end with it, as all do with the first process
 * of a container, waits for the last report; where nobody reads the named pipe yet, for somebody who does. For as long
 * as exit-wait= says. */
FW_HIDDEN void fw_output_end(void);

#endif

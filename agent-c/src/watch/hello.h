/* The records that introduce the process: HELLO and ARGUMENT. */
#ifndef FW_WATCH_HELLO_H
#define FW_WATCH_HELLO_H

#include <stdbool.h>

#include "options.h"

/* What the records say of the agent: its options (kept, not copied), and whether it came by attach. */
FW_HIDDEN void fw_hello_init(const struct fw_options *options, bool attached);
/* Sends them; again for a new reader of the stream. Not async-signal-safe. */
FW_HIDDEN void fw_hello_send(void);

#endif

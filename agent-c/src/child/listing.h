/* What the vanished threads held and were inside of, as a forked child tells it at its begin. */
#ifndef FW_CHILD_LISTING_H
#define FW_CHILD_LISTING_H

#include <stdint.h>

#include "base/sys.h"
#include "state/threads.h"

enum { FW_LISTED_MAX = 4 };
struct fw_listed {
    uint32_t categories; /* bit n: some vanished thread was inside of a function of category n */
    uint32_t count;      /* of the threads below: the first that held or were inside of something */
    const struct fw_thread *threads[FW_LISTED_MAX];
};

/* Sends HELD and INSIDE. Async-signal-safe; takes less than 6 KiB of stack. */
FW_HIDDEN void fw_listing_send(struct fw_listed *listed);

#endif

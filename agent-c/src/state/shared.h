/* What the JVM's process and its forked children count together, in a page that fork does not copy. */
#ifndef FW_STATE_SHARED_H
#define FW_STATE_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_shared {
    /* Last fork id given out: ids stay unique where children fork in their turn. */
    _Atomic uint32_t forks;
    /* Frames that no process could write. */
    _Atomic uint64_t lost;
    /* Bytes written to the spool. */
    _Atomic uint64_t spooled;
};

/* Never NULL after fw_shared_init has returned true. */
FW_HIDDEN extern struct fw_shared *fw_shared;
FW_HIDDEN bool fw_shared_init(void);

#endif

/* The watch from outside: what becomes of forked children that do not say it themselves. */
#ifndef FW_WATCH_CHILDREN_H
#define FW_WATCH_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_child_watch {
    uint64_t hang_after_ns; /* a child that sleeps in a futex for so long is hung */
    /* True for the address of a signal handler of the JVM's own. */
    bool (*is_jvms)(const void *handler);
};

/* Looks at each living child of the table (state/children.h) and sends what it finds: OUTSIDE, HUNG, RESUMED, LIVES and
 * SIGNAL_LOST. now_ns: CLOCK_MONOTONIC. Returns how many children live. Agent thread; allocates nothing, takes no lock,
 * keeps errno. */
FW_HIDDEN uint32_t fw_watch_children(const struct fw_child_watch *watch, uint64_t now_ns);

/* How long to wait between two looks, in ns, while children live. */
FW_HIDDEN uint64_t fw_watch_children_pause(const struct fw_child_watch *watch);

#endif

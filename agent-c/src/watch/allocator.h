/* ALLOCATOR records: which allocator serves malloc, how forks treat it, and its own figures. */
#ifndef FW_WATCH_ALLOCATOR_H
#define FW_WATCH_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* Sends the record where one is due: the first, after forks (once a second at most), and when malloc has become
 * another one's. may_look: the loader's lock is free, so that objects which came may be asked for their malloc. now_ns:
 * CLOCK_MONOTONIC. Agent thread. */
FW_HIDDEN void fw_allocator_watch(uint64_t now_ns, bool may_look);

/* Sends it now; nothing before the first fw_allocator_watch. Agent thread. */
FW_HIDDEN void fw_allocator_send(void);

/* How long one reading of the figures may take, in ns of processor time: the allocator holds its locks meanwhile. After
 * one that took longer there is no further one. 0: none at all. */
FW_HIDDEN void fw_allocator_set_patience(uint64_t patience_ns);

/* The agent came by attach: the heap may be large, and figures whose reading walks it are not read. */
FW_HIDDEN void fw_allocator_came_late(void);

#endif

/* A clock that costs a load: the agent thread moves it on, every 10 ms while the process is busy, more seldom (up to a
 * second) while it is idle; so do the colder hooks and each fork. Times taken from it may lie so much in the past.
 * Async-signal-safe. */
#ifndef FW_STATE_CLOCK_H
#define FW_STATE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/sys.h"

/* CLOCK_MONOTONIC, us, shifted left by 8: ready to be joined with a lock's kind (threads.h). On a cache line of its
 * own: every lock reads it. */
struct fw_clock {
    _Alignas(64) _Atomic uint64_t now;
    char rest[64 - sizeof(uint64_t)];
};
FW_HIDDEN extern struct fw_clock fw_clock;

/* Sets it to the present. */
FW_HIDDEN void fw_clock_set(void);

static inline uint64_t fw_clock_taken(uint8_t kind)
{
    return atomic_load_explicit(&fw_clock.now, memory_order_relaxed) | kind;
}

#endif

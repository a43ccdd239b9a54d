/* A clock that costs a load: the agent thread moves it on, every 10 to 20 ms while the process is busy, more seldom (up
 * to a second) while it is idle or has thousands of threads; so do the colder hooks and each fork. Times taken from it
 * may lie so much in the past. Async-signal-safe. */
#ifndef FW_STATE_CLOCK_H
#define FW_STATE_CLOCK_H

#include <stdint.h>

#include "base/sys.h"

/* CLOCK_MONOTONIC, us, shifted left by 8 and joined with a lock's kind (enum fw_lock_kind, threads.h), one word for
 * each kind; 0 is none. The time is 0 before it is set first. On a cache line of its own: every lock reads it. */
enum { FW_CLOCK_KINDS = 8 };
struct fw_clock {
    _Alignas(64) uint64_t taken[FW_CLOCK_KINDS];
};
FW_HIDDEN extern struct fw_clock fw_clock;

/* Sets it to the present. */
FW_HIDDEN void fw_clock_set(void);

/* A plain load, which the compiler may join with what is done to the value: old or new, it is one of both, since the
 * word is aligned. */
static inline uint64_t fw_clock_taken(uint8_t kind)
{
#if defined(__SANITIZE_THREAD__)
    return __atomic_load_n(&fw_clock.taken[kind], __ATOMIC_RELAXED);
#else
    return fw_clock.taken[kind];
#endif
}

#endif

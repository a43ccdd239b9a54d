/* Whether a process sleeps in futex(2), without limit of time, as seen from outside. */
#ifndef FW_WATCH_FUTEX_H
#define FW_WATCH_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

enum fw_asleep {
    FW_AWAKE,         /* or asleep elsewhere, or for a limited time, or gone */
    FW_ASLEEP,        /* each of its threads sleeps in a futex until somebody wakes it */
    FW_ASLEEP_UNKNOWN /* this kernel does not say, or not to this process */
};

enum { FW_SLEEPERS_MAX = 16 };

struct fw_sleep {
    /* Of two looks at the same place the threads are the same, each in the same call with the same arguments, stack
     * pointer and program counter. They may have woken in between: by a signal with a handler, SIGSTOP and SIGCONT, a
     * debugger or a freezer, after which the kernel restarts the call (signal(7)). */
    uint64_t place;
    /* Of two looks with the same identity, besides, none has gone to sleep once more. */
    uint64_t identity;
    uint64_t address; /* that the main thread sleeps on, in its memory */
    bool shared;      /* another process may wake the main thread: its futex is none of its process alone (futex(2)) */
    bool others_shared; /* or some other thread */
    uint32_t others;    /* what the other threads sleep on, as far as there is room */
    uint64_t other_addresses[FW_SLEEPERS_MAX];
};

/* Looks once. Costs three system calls where the main thread is awake. Agent thread; allocates nothing, keeps errno. */
FW_HIDDEN enum fw_asleep fw_futex_look(int pid, struct fw_sleep *sleep);

#endif

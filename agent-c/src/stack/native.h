/* The native part of the running thread's stack, as program counters. */
#ifndef FW_STACK_NATIVE_H
#define FW_STACK_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

/* Walks one stack in vain, so that the unwinder's lazy set-up (symbol binding, its first look-up) is behind us before
 * a fork handler needs it. Call once at start. */
FW_HIDDEN void fw_native_stack_warm_up(void);

/* True where a walk takes no lock (see below): only then may a fork handler or a child walk. */
FW_HIDDEN bool fw_native_stack_is_lock_free(void);

/* Up to depth return addresses, innermost first, without the agent's own frames. Ends at the first frame without
 * unwind tables, which is the JVM's compiled or interpreted code. Takes no lock with GCC 12's libgcc_s on glibc 2.35
 * or newer (_dl_find_object); with older ones it takes dl_iterate_phdr's lock for moments.
 *
 * *in_signal: some frame is a signal handler's. The code that it interrupted is given one byte higher, so that for
 * every frame the byte before lies in the code that runs there. */
FW_HIDDEN uint32_t fw_native_stack(uintptr_t *pcs, uint32_t depth, bool *in_signal);

#endif

/* Where a thread that vanished at a fork last called the allocator, where the hooks record the entry alone
 * (hooks/allocator.h). */
#ifndef FW_CHILD_ENTERED_H
#define FW_CHILD_ENTERED_H

#include <stdint.h>

#include "base/sys.h"
#include "state/threads.h"

/* The functions with such hooks, fw_entry_NAME (src/arch), where FW_HAS_ENTRIES is defined: on other processors a call
 * leaves its return address in a register, and nothing at the stack pointer. */
#define FW_ENTRIES(ENTRY)                                                                                              \
    ENTRY(malloc) ENTRY(calloc) ENTRY(realloc) ENTRY(free) ENTRY(posix_memalign) ENTRY(aligned_alloc) ENTRY(memalign)
#if defined(__x86_64__)
#define FW_HAS_ENTRIES 1
#define FW_ENTRY_DECLARATION(name) FW_HIDDEN extern const char fw_entry_##name[];
FW_ENTRIES(FW_ENTRY_DECLARATION)
#undef FW_ENTRY_DECLARATION
#endif

/* For a vanished thread, in a child: the function of the allocator (enum fw_function) that its last call of it led to,
 * if the return address of that call still stands where the call left it: then the thread was inside, or back from it
 * and nothing has been called since that wrote over that place. 0 where it was elsewhere, and where nothing is
 * recorded. A thread that waits for something (hooks/blocking.def, hooks/waits.c) is elsewhere. Async-signal-safe;
 * reads the thread's stack without a load. */
FW_HIDDEN uint32_t fw_entered_function(const struct fw_thread *thread);

#endif

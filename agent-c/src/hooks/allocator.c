#include "allocator.h"

#include <errno.h>

#include "child/observe.h"
#include "patch/allocator.h"
#include "state/functions.h"
#include "state/held.h"

bool fw_allocator_protects_itself(void)
{
    struct fw_allocator allocator;
    return fw_allocator_find(&allocator) && allocator.protection == FW_PROTECTED;
}

#if defined(FW_HAS_ENTRIES)
static const void *entry_of(uint32_t function)
{
#define ENTRY(name)                                                                                                    \
    if (function == FW_FN_##name) {                                                                                    \
        return fw_entry_##name;                                                                                        \
    }
    FW_ENTRIES(ENTRY)
#undef ENTRY
    return fw_originals[function];
}

void *fw_entry_call(uint32_t function, uintptr_t site)
{
    if (!fw_is_calm()) {
        fw_child_call(function, site);
        return fw_originals[function];
    }
    int saved = errno;
    struct fw_thread *thread = fw_held_thread();
    fw_entered_stack = FW_ENTERED_NOTHING;
    if (thread) {
        thread->entered = &fw_entered_stack;
    }
    errno = saved;
    /* Once more, to be recorded. */
    return (void *)entry_of(function);
}

enum blocking {
#define FW_BLOCKING(name) BLOCKING_##name,
#include "blocking.def"
#undef FW_BLOCKING
    BLOCKING_COUNT
};

/* The stub of number n (src/arch) begins at fw_blocking_stubs + n * BLOCKING_BYTES. */
enum { BLOCKING_BYTES = 64 };
FW_HIDDEN extern const char fw_blocking_stubs[];
FW_HIDDEN extern void *fw_blocking_originals[];
void *fw_blocking_originals[BLOCKING_COUNT];

const struct fw_hook fw_blocking_hooks[] = {
#define FW_BLOCKING(name)                                                                                              \
    {#name, (void *)(fw_blocking_stubs + BLOCKING_BYTES * (size_t)BLOCKING_##name),                                    \
     &fw_blocking_originals[BLOCKING_##name], false},
#include "blocking.def"
#undef FW_BLOCKING
};
const size_t fw_blocking_hook_count = BLOCKING_COUNT;
#endif

#include "native.h"

#include <dlfcn.h>
#include <unwind.h>

/* Set by the linker: where this library starts and ends in memory. */
extern const char __ehdr_start[] FW_HIDDEN;
extern const char _end[] FW_HIDDEN;

static bool lock_free;

struct walk {
    uintptr_t *pcs;
    uint32_t count;
    uint32_t depth;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument)
{
    struct walk *walk = argument;
    uintptr_t pc = _Unwind_GetIP(context);
    if (!pc || walk->count == walk->depth) {
        return _URC_END_OF_STACK;
    }
    if (pc < (uintptr_t)__ehdr_start || pc >= (uintptr_t)_end) {
        walk->pcs[walk->count++] = pc;
    }
    return _URC_NO_REASON;
}

uint32_t fw_native_stack(uintptr_t *pcs, uint32_t depth)
{
    struct walk walk = {.pcs = pcs, .depth = depth};
    _Unwind_Backtrace(step, &walk);
    return walk.count;
}

bool fw_native_stack_is_lock_free(void)
{
    return lock_free;
}

void fw_native_stack_warm_up(void)
{
    lock_free = dlsym(RTLD_DEFAULT, "_dl_find_object") != NULL;
    uintptr_t pcs[8];
    fw_native_stack(pcs, 8);
}

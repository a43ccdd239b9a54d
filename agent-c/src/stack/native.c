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
    bool in_signal;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument)
{
    struct walk *walk = argument;
    /* True for a frame that was interrupted, not left by a call (GCC's unwind.h). */
    int interrupted = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &interrupted);
    if (!pc || walk->count == walk->depth) {
        return _URC_END_OF_STACK;
    }
    if (interrupted) {
        walk->in_signal = true;
        pc++;
    }
    if (pc < (uintptr_t)__ehdr_start || pc >= (uintptr_t)_end) {
        walk->pcs[walk->count++] = pc;
    }
    return _URC_NO_REASON;
}

uint32_t fw_native_stack(uintptr_t *pcs, uint32_t depth, bool *in_signal)
{
    struct walk walk = {.pcs = pcs, .depth = depth};
    _Unwind_Backtrace(step, &walk);
    *in_signal = walk.in_signal;
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
    bool in_signal;
    fw_native_stack(pcs, 8, &in_signal);
}

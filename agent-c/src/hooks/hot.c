/* Regions of the allocator (those of its functions that have an entry of their own, allocator.h, where it does not
 * protect itself), the most frequent calls of all: where nothing is to be observed, a few plain loads and stores around
 * the original. No exception passes through an allocator, so that nothing is to be done for one. */
#include "allocator.h"
#include "region.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define SITE ((uintptr_t)__builtin_return_address(0))
#define FRAME ((uintptr_t)__builtin_frame_address(0))

/* The running thread's slot, where there is one and nothing else is to be done; else NULL. */
static inline struct fw_thread *quick(void)
{
    struct fw_thread *thread = fw_self.thread;
    return __builtin_expect(fw_is_calm() && thread, 1) ? thread : NULL;
}

static __attribute__((noinline, cold)) struct fw_inside begin_slowly(uint32_t function, uintptr_t site, uintptr_t frame)
{
    if (!fw_is_calm()) {
        fw_child_call(function, site);
    }
    return fw_inside_begin(function, site, frame, 0);
}

/* fw_hook_NAME. keep and kept take the original's result; both are empty where that is void. When the call was entered
 * is not recorded: it is too short, as a rule, for the clock to tell. */
#define HOT_UNDECLARED(type, name, keep, kept, arguments, ...)                                                         \
    FW_HIDDEN type fw_hook_##name(__VA_ARGS__);                                                                        \
    static __attribute__((noinline, cold)) type slow_##name(uintptr_t site, uintptr_t frame, __VA_ARGS__)              \
    {                                                                                                                  \
        struct fw_inside inside = begin_slowly(FW_FN_##name, site, frame);                                             \
        keep FW_PASS(name)(FW_UNWRAP arguments);                                                                       \
        fw_inside_end(&inside);                                                                                        \
        return kept;                                                                                                   \
    }                                                                                                                  \
    type fw_hook_##name(__VA_ARGS__)                                                                                   \
    {                                                                                                                  \
        struct fw_thread *thread = quick();                                                                            \
        if (!thread) {                                                                                                 \
            keep slow_##name(SITE, FRAME, FW_UNWRAP arguments);                                                        \
            /* No tail call: the frame stays. */                                                                       \
            FW_ORDER();                                                                                                \
            return kept;                                                                                               \
        }                                                                                                              \
        uint32_t depth = fw_held_enter(thread, FW_FN_##name, SITE, FRAME, 0);                                          \
        keep FW_PASS(name)(FW_UNWRAP arguments);                                                                       \
        fw_held_leave(thread, depth);                                                                                  \
        return kept;                                                                                                   \
    }
#define HOT(type, name, keep, kept, arguments, ...)                                                                    \
    HOT_UNDECLARED(type, name, keep, kept, arguments, __VA_ARGS__) FW_SAME_TYPE(name)

#define HOT_POINTER(name, arguments, ...) HOT(void *, name, void *result =, result, arguments, __VA_ARGS__)

HOT_POINTER(malloc, (size), size_t size)
HOT_POINTER(calloc, (count, size), size_t count, size_t size)
HOT_POINTER(realloc, (block, size), void *block, size_t size)
HOT(void, free, , , (block), void *block)
HOT(int, posix_memalign, int result =, result, (block, alignment, size), void **block, size_t alignment, size_t size)
HOT_POINTER(aligned_alloc, (alignment, size), size_t alignment, size_t size)
HOT_POINTER(memalign, (alignment, size), size_t alignment, size_t size)
HOT_POINTER(valloc, (size), size_t size)
HOT_POINTER(pvalloc, (size), size_t size)

FW_REGION_UNDECLARED(int, malloc_trim, (size_t keep), (keep))
FW_REGION_UNDECLARED(void, malloc_stats, (void), ())
FW_REGION_UNDECLARED(int, malloc_info, (int options, FILE *file), (options, file))

/* C++'s operators, by the names of the Itanium C++ ABI (5.1.5), where the allocator has its own: those of the C++
 * library call malloc. An exception that passes a hook leaves its region to the next one (fw_held_regions_above). */
#define NEW(name, arguments, ...) HOT_UNDECLARED(void *, name, void *result =, result, arguments, __VA_ARGS__)
#define DELETE(name, arguments, ...) HOT_UNDECLARED(void, name, , , arguments, __VA_ARGS__)
#define OPERATORS(NEW, DELETE)                                                                                         \
    NEW(_Znwm, (size), size_t size)                                                                                    \
    NEW(_Znam, (size), size_t size)                                                                                    \
    NEW(_ZnwmRKSt9nothrow_t, (size, tag), size_t size, const void *tag)                                                \
    NEW(_ZnamRKSt9nothrow_t, (size, tag), size_t size, const void *tag)                                                \
    NEW(_ZnwmSt11align_val_t, (size, alignment), size_t size, size_t alignment)                                        \
    NEW(_ZnamSt11align_val_t, (size, alignment), size_t size, size_t alignment)                                        \
    NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, (size, alignment, tag), size_t size, size_t alignment, const void *tag)    \
    NEW(_ZnamSt11align_val_tRKSt9nothrow_t, (size, alignment, tag), size_t size, size_t alignment, const void *tag)    \
    DELETE(_ZdlPv, (block), void *block)                                                                               \
    DELETE(_ZdaPv, (block), void *block)                                                                               \
    DELETE(_ZdlPvm, (block, size), void *block, size_t size)                                                           \
    DELETE(_ZdaPvm, (block, size), void *block, size_t size)                                                           \
    DELETE(_ZdlPvRKSt9nothrow_t, (block, tag), void *block, const void *tag)                                           \
    DELETE(_ZdaPvRKSt9nothrow_t, (block, tag), void *block, const void *tag)                                           \
    DELETE(_ZdlPvSt11align_val_t, (block, alignment), void *block, size_t alignment)                                   \
    DELETE(_ZdaPvSt11align_val_t, (block, alignment), void *block, size_t alignment)                                   \
    DELETE(_ZdlPvmSt11align_val_t, (block, size, alignment), void *block, size_t size, size_t alignment)               \
    DELETE(_ZdaPvmSt11align_val_t, (block, size, alignment), void *block, size_t size, size_t alignment)
OPERATORS(NEW, DELETE)

#define ROW(name, ...) {#name, (void *)fw_hook_##name, &fw_originals[FW_FN_##name], false},
const struct fw_hook fw_operator_hooks[] = {OPERATORS(ROW, ROW)};
const size_t fw_operator_hook_count = sizeof fw_operator_hooks / sizeof fw_operator_hooks[0];

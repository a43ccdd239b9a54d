/* Regions of the allocator (those of its functions that have an entry of their own, allocator.h, where it does not
 * protect itself), the most frequent calls of all: where nothing is to be observed, a few plain loads and stores around
 * the original. No exception passes through an allocator, so that nothing is to be done for one. */
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
#define HOT(type, name, keep, kept, arguments, ...)                                                                    \
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
    }                                                                                                                  \
    FW_SAME_TYPE(name)

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

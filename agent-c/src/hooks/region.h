/* What the hooks of functions that keep state have in common: in a child the call is recorded, in the JVM's process the
 * thread's slot says for as long as the call lasts that the thread is inside.
 *
 * The region is left however the call ends, by an exception or the end of the thread, too. The hooks keep errno as the
 * original leaves it, and are as async-signal-safe as the original. */
#ifndef FW_HOOKS_REGION_H
#define FW_HOOKS_REGION_H

#include "child/observe.h"
#include "state/functions.h"
#include "state/held.h"

struct fw_inside {
    struct fw_thread *thread;
    uint32_t depth;
};

/* frame: the hook's frame record. */
static inline struct fw_inside fw_inside_begin(uint32_t function, uintptr_t site, uintptr_t frame, uint64_t entered_us)
{
    struct fw_thread *thread = fw_held_thread();
    return (struct fw_inside){thread, fw_held_enter(thread, function, site, frame, entered_us)};
}

static inline void fw_inside_end(const struct fw_inside *inside)
{
    fw_held_leave(inside->thread, inside->depth);
}

/* First line of a hook: until it returns, the thread is inside of this function. */
#define FW_INSIDE_SINCE(name, entered_us)                                                                              \
    FW_CHILD_CALL(name);                                                                                               \
    const struct fw_inside inside __attribute__((cleanup(fw_inside_end))) = fw_inside_begin(                           \
        FW_FN_##name, (uintptr_t)__builtin_return_address(0), (uintptr_t)__builtin_frame_address(0), entered_us);      \
    (void)inside
#define FW_INSIDE(name) FW_INSIDE_SINCE(name, fw_now_ns() / FW_US_NS)
/* ... of one that takes no longer than to look at the clock. */
#define FW_INSIDE_QUICKLY(name) FW_INSIDE_SINCE(name, fw_clock_taken(0) >> 8)
enum { FW_US_NS = 1000 };

#define FW_UNWRAP(...) __VA_ARGS__

/* The original, with the hook's own type. */
#define FW_PASS(name) ((__typeof__(&fw_hook_##name))fw_originals[FW_FN_##name])

/* fw_hook_NAME for a function that no header declares, or not in every C library. */
#define FW_REGION_BY(inside, type, name, parameters, arguments)                                                        \
    FW_HIDDEN type fw_hook_##name parameters;                                                                          \
    type fw_hook_##name parameters                                                                                     \
    {                                                                                                                  \
        inside(name);                                                                                                  \
        return FW_PASS(name)(FW_UNWRAP arguments);                                                                     \
    }
#define FW_REGION_UNDECLARED(type, name, parameters, arguments)                                                        \
    FW_REGION_BY(FW_INSIDE, type, name, parameters, arguments)

/* ... and for one that a header declares: the hook has its type. */
#define FW_REGION(type, name, parameters, arguments)                                                                   \
    FW_REGION_UNDECLARED(type, name, parameters, arguments)                                                            \
    FW_SAME_TYPE(name)

/* The same two for functions of which a program may make millions of calls a second. */
#define FW_QUICK_REGION_UNDECLARED(type, name, parameters, arguments)                                                  \
    FW_REGION_BY(FW_INSIDE_QUICKLY, type, name, parameters, arguments)
#define FW_QUICK_REGION(type, name, parameters, arguments)                                                             \
    FW_QUICK_REGION_UNDECLARED(type, name, parameters, arguments)                                                      \
    FW_SAME_TYPE(name)

#define FW_SAME_TYPE(name)                                                                                             \
    _Static_assert(__builtin_types_compatible_p(__typeof__(fw_hook_##name), __typeof__(name)),                         \
                   "the hook of " #name " has another type");

#endif

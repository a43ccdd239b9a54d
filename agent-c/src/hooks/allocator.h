/* How calls of the allocator are recorded.
 *
 * Where the allocator makes itself whole again around fork, it matters little whether a vanished thread was inside: the
 * hooks of its most frequent functions then store the stack pointer at the entry and jump to the original, which is all
 * that the cost of such a call allows, and child/entered.h tells from it what can be told. For any other allocator they
 * record exactly when a thread is inside (hot.c). */
#ifndef FW_HOOKS_ALLOCATOR_H
#define FW_HOOKS_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "child/entered.h"
#include "patch/hook.h"

/* True if the allocator that serves malloc is known to protect itself around fork. Not async-signal-safe. */
FW_HIDDEN bool fw_allocator_protects_itself(void);

/* C++'s new and delete, of the category of the allocator (hot.c): for an allocator that has its own. */
FW_HIDDEN extern const struct fw_hook fw_operator_hooks[];
FW_HIDDEN extern const size_t fw_operator_hook_count;

#if defined(FW_HAS_ENTRIES)
/* Called by the entries at a thread's first call, and where something is to be observed. site: the caller's return
 * address. Returns what to jump to. Keeps errno. */
FW_HIDDEN void *fw_entry_call(uint32_t function, uintptr_t site);

/* The hooks of functions in which threads wait (blocking.def): they say that the calling thread is not inside of the
 * allocator, whatever its last call has left on its stack, and jump to the original. */
FW_HIDDEN extern const struct fw_hook fw_blocking_hooks[];
FW_HIDDEN extern const size_t fw_blocking_hook_count;
#endif

#endif

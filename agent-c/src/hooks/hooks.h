/* The table of all hooks. Each hook passes to the original, reports what it saw, keeps errno. */
#ifndef FW_HOOKS_HOOKS_H
#define FW_HOOKS_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "patch/hook.h"

/* All hooks of the agent, for fw_patch_init. */
FW_HIDDEN extern const struct fw_hook fw_hooks[];
FW_HIDDEN extern const size_t fw_hook_count;
/* The hooks of functions.def, but those that stand in the table above. */
FW_HIDDEN extern struct fw_hook fw_function_hooks[];
FW_HIDDEN extern const size_t fw_function_hook_count;
/* Once, before fw_patch_init gets fw_function_hooks. */
FW_HIDDEN void fw_functions_init(void);

#endif

/* Calls of functions as an application makes them whose slots are patched. */
#ifndef FW_TESTS_HOOKED_H
#define FW_TESTS_HOOKED_H

#include "hooks/hooks.h"
#include "state/functions.h"
#include "support/unit.h"

/* What stands in for this function; fails the test if nothing does. */
static inline void *hook_of(uint32_t function)
{
    for (size_t i = 0; i < fw_function_hook_count; i++) {
        if (fw_function_hooks[i].original == &fw_originals[function]) {
            return fw_function_hooks[i].replacement;
        }
    }
    fail_msg("%s has no hook", fw_function_names[function]);
    return NULL;
}

/* The same with the function's type. */
#define HOOKED(name) ((__typeof__(&(name)))hook_of(FW_FN_##name))

#endif

/* One hooked function: its name, what stands in for it, and where the hook finds the original. */
#ifndef FW_PATCH_HOOK_H
#define FW_PATCH_HOOK_H

#include <stddef.h>

#include "base/sys.h"

struct fw_hook {
    const char *name;
    void *replacement;
    /* Filled by fw_patch_init: what the name means in the global scope, an interposer's version where there is one. */
    void **original;
};

#endif

/* One hooked function: its name, what stands in for it, and where the hook finds the original. */
#ifndef FW_PATCH_HOOK_H
#define FW_PATCH_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sys.h"

struct fw_hook {
    const char *name;
    void *replacement;
    /* Filled by fw_patch_init: what the name means in the global scope, an interposer's version where there is one. */
    void **original;
    /* Also redirect the name itself in the object that defines it, so that objects loaded later are bound to the hook
     * before their constructors run. Only for functions that nobody interposes: an interposer that looks for the next
     * definition would find the hook, which calls the interposer. */
    bool early;
};

#endif

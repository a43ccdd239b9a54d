/* The second table of hooks: a stub or a region's hook for each function of functions.def. */
#include "hooks.h"

#include <dlfcn.h>
#include <stdint.h>

#include "allocator.h"
#include "child/stubs.h"
#include "patch/image.h"
#include "patch/patch.h"
#include "quick_locks.h"
#include "state/functions.h"

/* Only the addresses count here; the headers of the C library give the types where the hooks are defined. */
#define FW_STUB(name)
#define FW_HOOK(name) FW_HIDDEN void fw_hook_##name(void);
#define FW_NAMED(name)
#define FW_FUNCTION(name, category, kind) FW_##kind(name)
#include "state/functions.def"
#undef FW_STUB
#undef FW_HOOK

#define STUB_OF_NUMBER(function) ((void *)(fw_stubs + (size_t)FW_STUB_BYTES * (function)))
#define STUB_OF(name) STUB_OF_NUMBER(FW_FN_##name)
#define FW_STUB(name) {#name, STUB_OF(name), &fw_originals[FW_FN_##name], false},
#define FW_HOOK(name) {#name, (void *)fw_hook_##name, &fw_originals[FW_FN_##name], false},

struct fw_hook fw_function_hooks[] = {
#include "state/functions.def"
};

const size_t fw_function_hook_count = sizeof fw_function_hooks / sizeof fw_function_hooks[0];

/* Variadic functions, whose hooks pass their arguments to the form that takes a va_list. */
static const struct {
    uint32_t function;
    uint32_t list_form;
} variadic[] = {
#define VARIADIC(name, list_form) {FW_FN_##name, FW_FN_##list_form},
    VARIADIC(printf, vfprintf) VARIADIC(fprintf, vfprintf) VARIADIC(__printf_chk, __vfprintf_chk)
        VARIADIC(__fprintf_chk, __vfprintf_chk) VARIADIC(scanf, vfscanf) VARIADIC(fscanf, vfscanf)
            VARIADIC(__isoc99_scanf, __isoc99_vfscanf) VARIADIC(__isoc99_fscanf, __isoc99_vfscanf)
                VARIADIC(__isoc23_scanf, __isoc23_vfscanf) VARIADIC(__isoc23_fscanf, __isoc23_vfscanf)
                    VARIADIC(syslog, vsyslog) VARIADIC(__syslog_chk, __vsyslog_chk)
#undef VARIADIC
};

/* The object that defines this name for the whole program; NULL if none does. */
static const void *object_of(const char *name)
{
    const void *address = dlsym(RTLD_DEFAULT, name);
    return address ? fw_image_around(address) : NULL;
}

static void replace(uint32_t function, const void *replacement)
{
    for (size_t i = 0; i < fw_function_hook_count; i++) {
        if (fw_function_hooks[i].original == &fw_originals[function]) {
            fw_function_hooks[i].replacement = (void *)replacement;
        }
    }
}

/* Where somebody interposes the one and not the other, the hook would pass the interposer by: the stub does not. */
static void leave_interposed_to_stubs(void)
{
    for (size_t i = 0; i < sizeof variadic / sizeof variadic[0]; i++) {
        const void *object = object_of(fw_function_names[variadic[i].function]);
        if (!object || object != object_of(fw_function_names[variadic[i].list_form])) {
            replace(variadic[i].function, STUB_OF_NUMBER(variadic[i].function));
        }
    }
}

/* What the C++ library has calls malloc, and is seen by that. */
static void hook_operators_of_allocator(void)
{
    static bool hooked;
    const void *allocator = object_of("malloc");
    for (size_t i = 0; !hooked && allocator && i < fw_operator_hook_count; i++) {
        if (object_of(fw_operator_hooks[i].name) == allocator) {
            fw_patch_init(&fw_operator_hooks[i], 1);
        }
    }
    hooked = true;
}

void fw_functions_init(void)
{
    fw_quick_locks_init();
    leave_interposed_to_stubs();
    hook_operators_of_allocator();
#if defined(FW_HAS_ENTRIES)
    static bool entries;
    if (!entries && fw_allocator_protects_itself()) {
        entries = true;
        fw_patch_init(fw_blocking_hooks, fw_blocking_hook_count);
#define ENTRY(name) replace(FW_FN_##name, fw_entry_##name);
        FW_ENTRIES(ENTRY)
#undef ENTRY
    }
#endif
}

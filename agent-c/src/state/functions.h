/* Functions that are not async-signal-safe: the number by which the stream names each, and its original. */
#ifndef FW_STATE_FUNCTIONS_H
#define FW_STATE_FUNCTIONS_H

#include <stdint.h>

#include "base/sys.h"

enum fw_function {
    FW_FN_NONE,
#define FW_FUNCTION(name, category, kind) FW_FN_##name,
#include "functions.def"
#undef FW_FUNCTION
    FW_FN_END,
    /* The functions of the JNI table follow, in the order of jni.h. */
    FW_FN_JNI = FW_FN_END
};

/* Bytes of a stub (src/arch). */
#if defined(__aarch64__)
#define FW_STUB_BYTES 64
#else
#define FW_STUB_BYTES 32
#endif

/* Name and category (enum fw_category) of each function, by its number; entry 0 is nobody's. */
FW_HIDDEN extern const char *const fw_function_names[FW_FN_END];
FW_HIDDEN extern const uint8_t fw_function_categories[FW_FN_END];

/* What each name means in the global scope; NULL where this C library does not have it. Filled by fw_patch_init. */
FW_HIDDEN extern void *fw_originals[FW_FN_END];

/* The original of a function that a header declares. */
#define FW_ORIGINAL(name) ((__typeof__(&(name)))fw_originals[FW_FN_##name])

#endif

/* Puts hooks into the GOT slots of loaded objects. */
#ifndef FW_PATCH_PATCH_H
#define FW_PATCH_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "hook.h"
#include "image.h"

/* Takes the table of hooks (kept, not copied) and finds each original. A function that this C library does not have
 * stays without hook. Call once, before any other thread can be inside a hook. */
FW_HIDDEN void fw_patch_init(const struct fw_hook *hooks, size_t count);

/* The hook that stands in for this address under this name; NULL if there is none. */
FW_HIDDEN void *fw_patch_replacement(const char *name, const void *original);

/* Patches every slot of the image that holds the original of a hook. The object must be relocated completely and must
 * not be unloaded meanwhile: the caller holds it by dlopen(RTLD_NOLOAD). A slot that holds anything else (an
 * interposer of that object's own) is left alone. Returns the number of slots patched; 0 and a log line where the
 * kernel refuses to make the slots writable. */
FW_HIDDEN size_t fw_patch_image(const struct fw_image *image, const char *path);

/* Redirects the names of `early` hooks that this image defines (see hook.h). Returns how many. */
FW_HIDDEN size_t fw_patch_definitions(const struct fw_image *image);

#endif

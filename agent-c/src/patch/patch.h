/* Puts hooks into the GOT slots of loaded objects. */
#ifndef FW_PATCH_PATCH_H
#define FW_PATCH_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "hook.h"
#include "image.h"

/* Takes a table of hooks (kept, not copied) and finds each original. A function that this C library does not have stays
 * without hook. Call once a table, before any other thread can be inside a hook. */
FW_HIDDEN void fw_patch_init(const struct fw_hook *hooks, size_t count);

/* The same for functions that nobody but the agent defines (forkwitness.h): their originals are NULL, and the
 * replacements go into the slots that hold 0, as those of weak undefined symbols do. */
FW_HIDDEN void fw_patch_offer(const struct fw_hook *functions, size_t count);

/* The hook that stands in for this address under this name; NULL if there is none. */
FW_HIDDEN void *fw_patch_replacement(const char *name, const void *original);

/* A loaded object may define what hooks stand for. To be called for every object (the image is kept, not copied) before
 * slots that are not bound yet are patched in any object that came with it. */
FW_HIDDEN void fw_patch_note(const struct fw_image *image);
/* That object is gone. */
FW_HIDDEN void fw_patch_forget(const struct fw_image *image);

/* What is known of where an object finds its symbols. */
enum fw_scope {
    FW_SCOPE_LATER,  /* nothing yet: slots that are not bound are left alone */
    FW_SCOPE_GLOBAL, /* where the originals were found: the program itself */
    FW_SCOPE_UNKNOWN /* there, or in its own libraries first (dlopen(3), RTLD_DEEPBIND) */
};
struct fw_patched {
    size_t slots;
    bool unbound; /* slots with a hook's name were left alone because they are not bound yet */
};

/* Patches every slot of the image that holds the original of a hook. The object must be relocated completely and must
 * not be unloaded meanwhile: the caller holds it by dlopen(RTLD_NOLOAD). A slot that holds anything else (an
 * interposer of that object's own, another version of the function) is left alone. One that is not bound yet is patched
 * only where the loader would put the original there, whatever the scope. No slot and a log line where the kernel
 * refuses to make the slots writable. */
FW_HIDDEN struct fw_patched fw_patch_image(const struct fw_image *image, const char *path, enum fw_scope scope);

/* Redirects the names of `early` hooks that this image defines (see hook.h). Returns how many. */
FW_HIDDEN size_t fw_patch_definitions(const struct fw_image *image);

#endif

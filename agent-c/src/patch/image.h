/* The relocations of a loaded ELF object that name a symbol: its GOT slots. */
#ifndef FW_PATCH_IMAGE_H
#define FW_PATCH_IMAGE_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_image {
    uintptr_t bias;  /* run-time address minus ELF address */
    uintptr_t start; /* lowest and one past the highest mapped address */
    uintptr_t end;
    uintptr_t data; /* its writable part, RELRO included */
    uintptr_t data_end;
    uintptr_t code; /* its executable part */
    uintptr_t code_end;
    const ElfW(Dyn) * dynamic;
    uintptr_t relro; /* PT_GNU_RELRO: read-only once the object is relocated */
    size_t relro_size;
};

/* Reads the program headers of one loaded object. */
FW_HIDDEN void fw_image_of(const struct dl_phdr_info *info, struct fw_image *image);
/* The build-id note: its length (at most 64), 0 if there is none. */
FW_HIDDEN size_t fw_image_build_id(const struct dl_phdr_info *info, uint8_t *id);

/* The entry of the image's own symbol table that defines this name for other objects, and the address that it gives;
 * NULL where there is none. Where the name has several versions, it is the default one. */
FW_HIDDEN ElfW(Sym) * fw_image_definition(const struct fw_image *image, const char *name);
/* Who defines a function that the program calls by this name. A program that is not position-independent may lend the
 * entry of its own PLT as the function's address (Debian's python3 does so with malloc and free): that is what dlsym
 * answers then, and yet the program defines nothing. */
struct fw_definition {
    uintptr_t address;
    struct fw_image image;
    const char *path; /* as dl_iterate_phdr says it: "" for the program itself */
};
/* False where no loaded object defines the name, or only by a function that selects another one (STT_GNU_IFUNC). Takes
 * the loader's locks for moments. */
FW_HIDDEN bool fw_image_defining(const char *name, struct fw_definition *definition);
/* What dlsym(RTLD_DEFAULT, name) answers, or the definition's own address where the program lends its own. */
FW_HIDDEN void *fw_image_function(const char *name);

/* Where the loaded object begins in which this address lies; NULL where there is none. As dladdr(3) says it in
 * dli_fbase, which looks through all of the object's symbols besides. Takes the loader's lock for moments. */
FW_HIDDEN const void *fw_image_around(const void *address);

/* The address that a slot with this symbol and version would get from this image; 0 where it has no such definition, or
 * where the slot wants no version and the image has several that differ. */
FW_HIDDEN uintptr_t fw_image_address(const struct fw_image *image, const char *name, const char *version);
/* For each of the names, whether the image defines it for other objects, in any version. */
FW_HIDDEN void fw_image_defines(const struct fw_image *image, const char *const *names, size_t count, bool *defines);
/* The image's own name (DT_SONAME); NULL where it has none. */
FW_HIDDEN const char *fw_image_soname(const struct fw_image *image);

struct fw_slot {
    const char *symbol;
    const char *version; /* NULL: none is wanted, or it is bound */
    void **at;
    bool unbound; /* the loader binds it at the first call (lazy binding) */
};
/* Called for each slot that holds the address of an undefined symbol of the image. */
typedef void (*fw_slot_visitor)(void *argument, const struct fw_slot *slot);
FW_HIDDEN void fw_image_slots(const struct fw_image *image, fw_slot_visitor visit, void *argument);

#endif

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

/* Called for each slot that holds the address of an undefined symbol of the image. */
typedef void (*fw_slot_visitor)(void *argument, const char *symbol, void **slot, bool lazily_bound);
FW_HIDDEN void fw_image_slots(const struct fw_image *image, fw_slot_visitor visit, void *argument);

#endif

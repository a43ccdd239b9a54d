/* Which library serves malloc in this process, and whether it makes itself whole again around fork. */
#ifndef FW_PATCH_ALLOCATOR_H
#define FW_PATCH_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"

enum { FW_ALLOCATOR_PATH = 512 };

enum fw_allocator_kind {
    FW_ALLOCATOR_UNKNOWN,
    FW_ALLOCATOR_GLIBC,
    FW_ALLOCATOR_MUSL,
    FW_ALLOCATOR_JEMALLOC,
    FW_ALLOCATOR_GPERFTOOLS, /* the tcmalloc of gperftools */
    FW_ALLOCATOR_GOOGLE,     /* the tcmalloc of github.com/google/tcmalloc */
    FW_ALLOCATOR_MIMALLOC
};

enum fw_protection { FW_PROTECTION_UNKNOWN, FW_PROTECTED, FW_UNPROTECTED };

struct fw_allocator {
    enum fw_allocator_kind kind;
    uintptr_t malloc;      /* what the name means in the global scope */
    struct fw_image image; /* the object that defines it */
    enum fw_protection protection;
    const char *reason;           /* how that is known; NULL where it is not */
    char path[FW_ALLOCATOR_PATH]; /* of that object */
};

/* Looks for it: by what the defining object exports, by its file's name only where that tells nothing. False where no
 * loaded object defines malloc. Takes the loader's locks for moments, allocates nothing. Not async-signal-safe. */
FW_HIDDEN bool fw_allocator_find(struct fw_allocator *allocator);

/* The same for the object around this address; is_program: it is the main program, which has other reasons to register
 * fork handlers than its allocator. path may be "". Takes no lock. */
FW_HIDDEN void fw_allocator_identify(struct fw_allocator *allocator, bool is_program);

/* The allocator's own function of this name; NULL where it exports none. Takes no lock. */
FW_HIDDEN void *fw_allocator_function(const struct fw_allocator *allocator, const char *name);

/* The name as in the report: both kinds of tcmalloc have one. */
FW_HIDDEN const char *fw_allocator_name(enum fw_allocator_kind kind);

#endif

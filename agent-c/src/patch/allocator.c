#include "allocator.h"

#include <string.h>
#include <unistd.h>

/* What only this allocator exports. In this order: gperftools has functions of the older glibc as well, and an object
 * that only wants an allocator's functions does not define them. */
static const struct {
    enum fw_allocator_kind kind;
    const char *exports[2]; /* one of them is enough */
} marks[] = {
    {FW_ALLOCATOR_MIMALLOC, {"mi_version", "mi_process_info"}},
    {FW_ALLOCATOR_GPERFTOOLS, {"tc_version", "MallocExtension_GetNumericProperty"}},
    {FW_ALLOCATOR_GOOGLE, {"MallocExtension_Internal_GetNumericProperty", "TCMalloc_Internal_SetMaxPerCpuCacheSize"}},
    {FW_ALLOCATOR_JEMALLOC, {"mallctl", "je_mallctl"}},
    {FW_ALLOCATOR_GLIBC, {"gnu_get_libc_version", "__libc_mallinfo"}},
    {FW_ALLOCATOR_MUSL, {"__libc_start_main", "__libc_start_main"}},
};

static const struct {
    enum fw_allocator_kind kind;
    const char *file;
} hints[] = {
    {FW_ALLOCATOR_MIMALLOC, "mimalloc"},
    {FW_ALLOCATOR_GPERFTOOLS, "tcmalloc_minimal"},
    {FW_ALLOCATOR_JEMALLOC, "jemalloc"},
};

static const char *file_of(const struct fw_allocator *allocator)
{
    const char *slash = strrchr(allocator->path, '/');
    return slash ? slash + 1 : allocator->path;
}

static enum fw_allocator_kind kind_of(const struct fw_allocator *allocator, bool is_program)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        /* A program that carries its C library exports it as well as its allocator. */
        bool libc = marks[i].kind == FW_ALLOCATOR_GLIBC || marks[i].kind == FW_ALLOCATOR_MUSL;
        if (!(libc && is_program) && (fw_allocator_function(allocator, marks[i].exports[0]) ||
                                      fw_allocator_function(allocator, marks[i].exports[1]))) {
            return marks[i].kind;
        }
    }
    const char *file = file_of(allocator);
    for (size_t i = 0; !is_program && i < sizeof hints / sizeof hints[0]; i++) {
        if (strstr(file, hints[i].file)) {
            return hints[i].kind;
        }
    }
    return FW_ALLOCATOR_UNKNOWN;
}

/* A weak import that nobody defines stays NULL; one that is not bound yet is a call that can be made. */
static void note_registration(void *argument, const struct fw_slot *slot)
{
    const char **found = argument;
    if (*slot->at && (strcmp(slot->symbol, "__register_atfork") == 0 || strcmp(slot->symbol, "pthread_atfork") == 0)) {
        *found = slot->symbol;
    }
}

static void protect(struct fw_allocator *allocator, enum fw_protection protection, const char *reason)
{
    allocator->protection = protection;
    allocator->reason = reason;
}

/* jemalloc, src/jemalloc.c: jemalloc_prefork and its kin; gperftools, src/central_freelist.cc and static_vars.cc. Where
 * such a library cannot register a handler, it has none; where another one can, nobody knows what for. */
static void protection_by_handlers(struct fw_allocator *allocator, bool is_program)
{
    const char *import = NULL;
    if (is_program) {
        return;
    }
    fw_image_slots(&allocator->image, note_registration, &import);
    if (!import) {
        protect(allocator, FW_UNPROTECTED, "its library imports no function that registers fork handlers");
    } else if (allocator->kind == FW_ALLOCATOR_GPERFTOOLS && strstr(file_of(allocator), "_debug")) {
        /* libtcmalloc_debug and libtcmalloc_minimal_debug (src/debugallocation.cc, free_queue_lock_). Exports do not
         * tell it from the others. */
        protect(allocator, FW_UNPROTECTED,
                "no fork handler is about the lock of its debugging allocator's queue of freed blocks");
    } else if (allocator->kind == FW_ALLOCATOR_JEMALLOC || allocator->kind == FW_ALLOCATOR_GPERFTOOLS) {
        bool by_libc = strcmp(import, "__register_atfork") == 0;
        protect(allocator, FW_PROTECTED,
                by_libc ? "its library registers fork handlers (it imports __register_atfork)"
                        : "its library registers fork handlers (it imports pthread_atfork)");
    }
}

static void find_protection(struct fw_allocator *allocator, bool is_program)
{
    switch (allocator->kind) {
    case FW_ALLOCATOR_GLIBC:
        protect(allocator, FW_PROTECTED, "inside fork() itself (glibc, posix/fork.c)");
        break;
    case FW_ALLOCATOR_MUSL:
        /* Both came with musl 1.2.2: src/process/_Fork.c, and malloc's lock taken in src/process/fork.c. */
        if (fw_allocator_function(allocator, "_Fork")) {
            protect(allocator, FW_PROTECTED, "inside fork() itself (musl 1.2.2 and newer, src/process/fork.c)");
        } else {
            protect(allocator, FW_UNPROTECTED, "musl before 1.2.2: src/process/fork.c takes no lock of malloc");
        }
        break;
    default:
        protection_by_handlers(allocator, is_program);
        break;
    }
}

void fw_allocator_identify(struct fw_allocator *allocator, bool is_program)
{
    allocator->kind = kind_of(allocator, is_program);
    protect(allocator, FW_PROTECTION_UNKNOWN, NULL);
    find_protection(allocator, is_program);
}

void *fw_allocator_function(const struct fw_allocator *allocator, const char *name)
{
    const ElfW(Sym) *symbol = fw_image_definition(&allocator->image, name);
    return symbol ? (void *)(allocator->image.bias + symbol->st_value) : NULL;
}

bool fw_allocator_find(struct fw_allocator *allocator)
{
    struct fw_definition definition;
    memset(allocator, 0, sizeof *allocator);
    if (!fw_image_defining("malloc", &definition)) {
        return false;
    }
    allocator->malloc = definition.address;
    allocator->image = definition.image;
    bool is_program = !definition.path[0];
    if (is_program) {
        ssize_t length = readlink("/proc/self/exe", allocator->path, FW_ALLOCATOR_PATH - 1);
        allocator->path[length > 0 ? length : 0] = '\0';
    } else {
        strncpy(allocator->path, definition.path, FW_ALLOCATOR_PATH - 1);
    }
    fw_allocator_identify(allocator, is_program);
    return true;
}

const char *fw_allocator_name(enum fw_allocator_kind kind)
{
    static const char *const names[] = {
        [FW_ALLOCATOR_UNKNOWN] = "unknown",     [FW_ALLOCATOR_GLIBC] = "glibc",
        [FW_ALLOCATOR_MUSL] = "musl",           [FW_ALLOCATOR_JEMALLOC] = "jemalloc",
        [FW_ALLOCATOR_GPERFTOOLS] = "tcmalloc", [FW_ALLOCATOR_GOOGLE] = "tcmalloc",
        [FW_ALLOCATOR_MIMALLOC] = "mimalloc",
    };
    return names[kind];
}

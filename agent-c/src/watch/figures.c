#include "figures.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void copy(char text[FW_FIGURES_VERSION], const char *version)
{
    strncpy(text, version ? version : "", FW_FIGURES_VERSION - 1);
}

/* jemalloc(3), mallctl */
typedef int control(const char *, void *, size_t *, void *, size_t);

static control *control_of(const struct fw_allocator *allocator)
{
    void *found = fw_allocator_function(allocator, "mallctl");
    return (control *)(found ? found : fw_allocator_function(allocator, "je_mallctl"));
}

static uint64_t ask_jemalloc(control *mallctl, const char *name)
{
    size_t value = 0;
    size_t size = sizeof value;
    return mallctl(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

static void figures_of_jemalloc(const struct fw_allocator *allocator, struct fw_figures *figures)
{
    control *mallctl = control_of(allocator);
    if (!mallctl) {
        return;
    }
    /* Its figures are those of the last time that somebody wrote to this one. */
    uint64_t epoch = 1;
    unsigned arenas = 0;
    size_t size = sizeof arenas;
    mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
    figures->arenas = mallctl("arenas.narenas", &arenas, &size, NULL, 0) == 0 ? arenas : 0;
    figures->allocated = ask_jemalloc(mallctl, "stats.allocated");
    figures->mapped = ask_jemalloc(mallctl, "stats.mapped");
}

static void version_of_jemalloc(const struct fw_allocator *allocator, char text[FW_FIGURES_VERSION])
{
    control *mallctl = control_of(allocator);
    const char *version = NULL;
    size_t size = sizeof version;
    if (mallctl && mallctl("version", &version, &size, NULL, 0) == 0) {
        copy(text, version);
    }
}

/* gperftools, src/gperftools/malloc_extension_c.h */
typedef int numeric_property(const char *, size_t *);
/* google/tcmalloc, tcmalloc/internal_malloc_extension.h: the name's length is an argument */
typedef bool numeric_property_of(const char *, size_t, size_t *);

static uint64_t ask_tcmalloc(const struct fw_allocator *allocator, const char *name)
{
    size_t value = 0;
    bool known = false;
    if (allocator->kind == FW_ALLOCATOR_GPERFTOOLS) {
        numeric_property *get =
            (numeric_property *)fw_allocator_function(allocator, "MallocExtension_GetNumericProperty");
        known = get && get(name, &value);
    } else {
        numeric_property_of *get =
            (numeric_property_of *)fw_allocator_function(allocator, "MallocExtension_Internal_GetNumericProperty");
        known = get && get(name, strlen(name), &value);
    }
    return known ? value : 0;
}

static void figures_of_tcmalloc(const struct fw_allocator *allocator, struct fw_figures *figures)
{
    figures->allocated = ask_tcmalloc(allocator, "generic.current_allocated_bytes");
    figures->mapped = ask_tcmalloc(allocator, "generic.heap_size");
}

static void version_of_gperftools(const struct fw_allocator *allocator, char text[FW_FIGURES_VERSION])
{
    typedef const char *version_function(int *, int *, const char **);
    version_function *version = (version_function *)fw_allocator_function(allocator, "tc_version");
    copy(text, version ? version(NULL, NULL, NULL) : NULL);
}

static void figures_of_mimalloc(const struct fw_allocator *allocator, struct fw_figures *figures)
{
    typedef void process_info(size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *);
    process_info *info = (process_info *)fw_allocator_function(allocator, "mi_process_info");
    size_t committed = 0;
    if (info) {
        info(NULL, NULL, NULL, NULL, NULL, &committed, NULL, NULL);
    }
    figures->mapped = committed;
}

/* mimalloc.h, MI_MALLOC_VERSION: a digit each for major, minor and patch. */
static void version_of_mimalloc(const struct fw_allocator *allocator, char text[FW_FIGURES_VERSION])
{
    int (*version)(void) = (int (*)(void))fw_allocator_function(allocator, "mi_version");
    int number = version ? version() : 0;
    if (number >= 100 && number <= 999) {
        snprintf(text, FW_FIGURES_VERSION, "%d.%d.%d", number / 100, number / 10 % 10, number % 10);
    } else if (number > 0) {
        snprintf(text, FW_FIGURES_VERSION, "%d", number);
    }
}

/* Chunks of their own mapping are not in uordblks. mallinfo2 is new in glibc 2.33; mallinfo counts in ints. */
static void figures_of_glibc(const struct fw_allocator *allocator, struct fw_figures *figures)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 (*get)(void) = (struct mallinfo2(*)(void))fw_allocator_function(allocator, "mallinfo2");
    if (get) {
        struct mallinfo2 info = get();
        figures->allocated = info.uordblks + info.hblkhd;
        figures->mapped = info.arena + info.hblkhd;
    }
#else
    (void)allocator;
    (void)figures;
#endif
}

static void version_of_glibc(const struct fw_allocator *allocator, char text[FW_FIGURES_VERSION])
{
    const char *(*version)(void) = (const char *(*)(void))fw_allocator_function(allocator, "gnu_get_libc_version");
    copy(text, version ? version() : NULL);
}

void fw_figures_version(const struct fw_allocator *allocator, char text[FW_FIGURES_VERSION])
{
    memset(text, 0, FW_FIGURES_VERSION);
    switch (allocator->kind) {
    case FW_ALLOCATOR_GLIBC:
        version_of_glibc(allocator, text);
        break;
    case FW_ALLOCATOR_JEMALLOC:
        version_of_jemalloc(allocator, text);
        break;
    case FW_ALLOCATOR_GPERFTOOLS:
        version_of_gperftools(allocator, text);
        break;
    case FW_ALLOCATOR_MIMALLOC:
        version_of_mimalloc(allocator, text);
        break;
    default:
        /* musl and google/tcmalloc tell programs none. */
        break;
    }
}

void fw_figures_read(const struct fw_allocator *allocator, struct fw_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    switch (allocator->kind) {
    case FW_ALLOCATOR_GLIBC:
        figures_of_glibc(allocator, figures);
        break;
    case FW_ALLOCATOR_JEMALLOC:
        figures_of_jemalloc(allocator, figures);
        break;
    case FW_ALLOCATOR_GPERFTOOLS:
    case FW_ALLOCATOR_GOOGLE:
        figures_of_tcmalloc(allocator, figures);
        break;
    case FW_ALLOCATOR_MIMALLOC:
        figures_of_mimalloc(allocator, figures);
        break;
    default:
        break;
    }
}

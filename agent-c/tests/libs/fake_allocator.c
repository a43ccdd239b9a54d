/* Stands in for an allocator's library: exports what only that one exports, and knows some figures. WHICH is defined as
 * one of the following. It serves nobody's malloc. */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fake_allocator.h"

#define JEMALLOC 1
#define GPERFTOOLS 2
#define GOOGLE 3
#define MIMALLOC 4
#define NAMELESS 5

#if WHICH == JEMALLOC || defined(REGISTERS)
static void do_nothing(void) {}

/* So that the library imports what it takes; nobody calls this. */
int register_handlers(void);
int register_handlers(void)
{
    return pthread_atfork(do_nothing, do_nothing, do_nothing);
}
#endif

#if WHICH == JEMALLOC
int mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
int mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size)
{
    static uint64_t epoch;
    static const char *const version = FAKE_JEMALLOC_VERSION;
    if (strcmp(name, "epoch") == 0 && new &&new_size == sizeof epoch) {
        epoch++;
        return 0;
    }
    size_t figure = strcmp(name, "stats.allocated") == 0 && epoch ? FAKE_ALLOCATED
                    : strcmp(name, "stats.mapped") == 0 && epoch  ? FAKE_MAPPED
                                                                  : 0;
    unsigned arenas = FAKE_ARENAS;
    const void *value = strcmp(name, "version") == 0          ? (const void *)&version
                        : strcmp(name, "arenas.narenas") == 0 ? (const void *)&arenas
                        : figure                              ? (const void *)&figure
                                                              : NULL;
    size_t size = value == (const void *)&arenas ? sizeof arenas : sizeof figure;
    if (!value || *old_size != size) {
        return 1;
    }
    memcpy(old, value, size);
    return 0;
}
#elif WHICH == GPERFTOOLS
const char *tc_version(int *major, int *minor, const char **patch);
const char *tc_version(int *major, int *minor, const char **patch)
{
    (void)major, (void)minor, (void)patch;
    return FAKE_GPERFTOOLS_VERSION;
}

int MallocExtension_GetNumericProperty(const char *property, size_t *value);
int MallocExtension_GetNumericProperty(const char *property, size_t *value)
{
    *value = strcmp(property, "generic.heap_size") == 0 ? FAKE_MAPPED : FAKE_ALLOCATED;
    return 1;
}
#elif WHICH == GOOGLE
bool MallocExtension_Internal_GetNumericProperty(const char *name, size_t length, size_t *value);
bool MallocExtension_Internal_GetNumericProperty(const char *name, size_t length, size_t *value)
{
    *value = memcmp(name, "generic.heap_size", length) == 0 ? FAKE_MAPPED : FAKE_ALLOCATED;
    return true;
}
#elif WHICH == MIMALLOC
int mi_version(void);
int mi_version(void)
{
    return FAKE_MIMALLOC_NUMBER;
}

void mi_process_info(size_t *elapsed, size_t *user, size_t *system, size_t *rss, size_t *peak_rss, size_t *committed,
                     size_t *peak_committed, size_t *faults);
void mi_process_info(size_t *elapsed, size_t *user, size_t *system, size_t *rss, size_t *peak_rss, size_t *committed,
                     size_t *peak_committed, size_t *faults)
{
    (void)elapsed, (void)user, (void)system, (void)rss, (void)peak_rss, (void)peak_committed, (void)faults;
    *committed = FAKE_MAPPED;
}
#else
int nothing_of_an_allocator(void);
int nothing_of_an_allocator(void)
{
    return 0;
}
#endif

/* Preloaded: calls back from each calloc, also from those inside the C library. The memory is the C library's own. */
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

extern void *__libc_calloc(size_t count, size_t size);

EXPORT extern void (*volatile slow_calloc_inside)(void);
void (*volatile slow_calloc_inside)(void);

EXPORT void *calloc(size_t count, size_t size);

void *calloc(size_t count, size_t size)
{
    void (*inside)(void) = slow_calloc_inside;
    if (inside) {
        inside();
    }
    return __libc_calloc(count, size);
}

/* The allocator that some plays preload. */
#ifndef SCENARIO_OWN_MALLOC_H
#define SCENARIO_OWN_MALLOC_H

#include <stddef.h>

enum { OWN_MALLOC_BYTES = 77777 };

/* Called inside of malloc, with its lock held, where set. */
__attribute__((visibility("default"))) extern void (*volatile own_malloc_inside)(void);

__attribute__((visibility("default"))) void *malloc(size_t size);

#endif

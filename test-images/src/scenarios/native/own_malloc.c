/* Preloaded: an allocator with a lock of its own, and, where compiled with GUARDED, fork handlers for it. Only requests
 * of OWN_MALLOC_BYTES, which nobody but the play makes, take the lock: the JVM goes on while it is held. */
#include "own_malloc.h"

#include <pthread.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);

void (*volatile own_malloc_inside)(void);

static pthread_mutex_t own_lock = PTHREAD_MUTEX_INITIALIZER;

#ifdef GUARDED
static void lock(void)
{
    pthread_mutex_lock(&own_lock);
}

static void unlock(void)
{
    pthread_mutex_unlock(&own_lock);
}

__attribute__((constructor)) static void guard(void)
{
    pthread_atfork(lock, unlock, unlock);
}
#endif

void *malloc(size_t size)
{
    if (size != OWN_MALLOC_BYTES) {
        return __libc_malloc(size);
    }
    pthread_mutex_lock(&own_lock); /* HERE: own-malloc-lock */
    void (*inside)(void) = own_malloc_inside;
    if (inside) {
        inside();
    }
    void *memory = __libc_malloc(size);
    pthread_mutex_unlock(&own_lock);
    return memory;
}

/* pthread_create, and the registration of fork handlers. */
#ifndef FW_HOOKS_THREADS_H
#define FW_HOOKS_THREADS_H

#include <pthread.h>

#include "base/sys.h"

FW_HIDDEN extern int (*fw_original_pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
FW_HIDDEN int fw_hook_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                                     void *argument);

/* Makes the key by whose destructor the end of a thread is seen; without it ends show only in /proc. */
FW_HIDDEN void fw_threads_hooks_init(void);

#endif

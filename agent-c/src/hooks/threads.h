/* Threads: their creation, their names, their end. */
#ifndef FW_HOOKS_THREADS_H
#define FW_HOOKS_THREADS_H

#include <pthread.h>

#include "base/sys.h"

FW_HIDDEN extern int (*fw_original_pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
FW_HIDDEN int fw_hook_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                                     void *argument);

/* A thread's new name is told at once, so that it has it at a fork that follows. A Java thread's comes from the JVM. */
FW_HIDDEN extern int (*fw_original_pthread_setname_np)(pthread_t, const char *);
FW_HIDDEN extern int (*fw_original_prctl)(int, ...);
FW_HIDDEN int fw_hook_pthread_setname_np(pthread_t handle, const char *name);
FW_HIDDEN int fw_hook_prctl(int option, ...);

/* Makes the key by whose destructor the end of a thread is seen; without it ends show only in /proc. */
FW_HIDDEN void fw_threads_hooks_init(void);

#endif

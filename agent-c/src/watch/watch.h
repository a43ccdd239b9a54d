/* The agent thread: names of methods and threads, late libraries, living children, the collector's health. */
#ifndef FW_WATCH_WATCH_H
#define FW_WATCH_WATCH_H

#include <pthread.h>
#include <stdbool.h>

#include "options.h"

typedef int fw_create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* Starts the agent thread, which also starts the collector. The options are kept, not copied.
 * create: the hook of pthread_create, so that this thread is known like any other. */
FW_HIDDEN bool fw_watch_start(const struct fw_options *options, fw_create_fn *create);

#endif

/* Threads that begin together. */
#ifndef FW_TESTS_CROWD_H
#define FW_TESTS_CROWD_H

#include <pthread.h>

/* Runs body(argument + i * size) in count threads that a barrier releases at once, and waits for all of them. */
void crowd_run(unsigned count, void (*body)(void *), void *arguments, size_t size);

#endif

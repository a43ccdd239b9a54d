/* The agent without its JVM.
 *
 * forkbench-count plain|hooked SHAPE COUNT makes so many pairs, through the hooks or without them, for valgrind's
 * callgrind, which is told to collect inside hot_pairs alone.
 *
 * forkbench-count both SHAPE COUNT LIBRARY makes them in turns, through the hooks and by a second copy of the loops
 * that the agent knows nothing of, in chunks so short that both meet the same moments of the machine: prints the ns of
 * processor time a pair, without and with hooks, each the median of the chunks. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hot.h"
#include "patch/objects.h"
#include "support/agent.h"

static void *wait_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        pause();
    }
    return NULL;
}

typedef void pairs_fn(enum hot_shape, long);
enum { CHUNK = 5000 };

static double chunk_ns(pairs_fn *pairs, enum hot_shape shape)
{
    struct timespec begun;
    struct timespec done;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun);
    pairs(shape, CHUNK);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &done);
    return ((double)(done.tv_sec - begun.tv_sec) * 1e9 + (double)(done.tv_nsec - begun.tv_nsec)) / CHUNK;
}

static int by_value(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static int print_both(pairs_fn *plain, enum hot_shape shape, long count)
{
    size_t chunks = (size_t)(count / CHUNK) + 1;
    double *without = calloc(chunks, sizeof *without);
    double *with = calloc(chunks, sizeof *with);
    if (!without || !with) {
        return 1;
    }
    for (size_t i = 0; i < chunks; i++) {
        without[i] = chunk_ns(plain, shape);
        with[i] = chunk_ns(hot_pairs, shape);
    }
    qsort(without, chunks, sizeof *without, by_value);
    qsort(with, chunks, sizeof *with, by_value);
    printf("%.3f %.3f\n", without[chunks / 2], with[chunks / 2]);
    free(without);
    free(with);
    return 0;
}

int main(int argc, char **argv)
{
    bool both = argc == 5 && strcmp(argv[1], "both") == 0;
    if (argc != 4 && !both) {
        fprintf(stderr, "usage: forkbench-count plain|hooked SHAPE COUNT, or both SHAPE COUNT LIBRARY\n");
        return 2;
    }
    /* The agent leaves its own program alone, and so does not see this dlopen. */
    if (strcmp(argv[1], "plain") != 0) {
        if (!agent_start()) {
            fprintf(stderr, "forkbench-count: the agent does not start\n");
            return 1;
        }
        fw_objects_scan(true);
    }
    /* As in a JVM: the C library saves itself a few instructions in a process without threads. */
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) {
        perror("forkbench-count: pthread_create");
        return 1;
    }
    enum hot_shape shape = (enum hot_shape)strtol(argv[2], NULL, 10);
    long count = strtol(argv[3], NULL, 10);
    if (both) {
        void *copy = dlopen(argv[4], RTLD_NOW | RTLD_LOCAL);
        pairs_fn *plain = copy ? (pairs_fn *)dlsym(copy, "hot_pairs") : NULL;
        if (!plain) {
            fprintf(stderr, "forkbench-count: %s\n", dlerror());
            return 1;
        }
        return print_both(plain, shape, count);
    }
    hot_pairs(shape, count);
    return 0;
}

/* Forks while other threads are busy in the allocator; the children allocate. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "child.h"

enum { THREADS = 4, BLOCKS = 64, SIZES = 4096, PATIENCE_MS = 2000 };

static atomic_bool stop;

static void churn(unsigned *random, void **blocks)
{
    *random = *random * 1664525u + 1013904223u;
    unsigned place = *random >> 26;
    free(blocks[place]);
    blocks[place] = malloc(1 + (*random >> 8) % SIZES);
}

static void *allocate(void *argument)
{
    unsigned random = (unsigned)(size_t)argument;
    void *blocks[BLOCKS] = {NULL};
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        churn(&random, blocks);
    }
    for (int i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
    return NULL;
}

/* What the child does: enough to need every list of the allocator. */
static void live(void)
{
    unsigned random = 1;
    void *blocks[BLOCKS] = {NULL};
    for (int i = 0; i < 200; i++) {
        churn(&random, blocks);
    }
    _exit(0);
}

/* Waits for the child's end. A child that does not end is killed: that it hangs is for the report to say. */
static bool ends(pid_t pid)
{
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd end = {.fd = descriptor, .events = POLLIN};
    int ready;
    do {
        ready = poll(&end, 1, PATIENCE_MS);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        kill(pid, SIGKILL);
    }
    close(descriptor);
    scenario_reap(pid, NULL);
    return ready != 0;
}

static pthread_t threads[THREADS];

static void start_threads(void)
{
    atomic_store(&stop, false);
    for (size_t i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, allocate, (void *)i) != 0) {
            perror("load: pthread_create");
            abort();
        }
    }
}

static void stop_threads(void)
{
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

NATIVE(void, Load, start)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    start_threads();
}

NATIVE(void, Load, stop)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    stop_threads();
}

/* Returns how many of the children hung; -1 where one could not be made. */
NATIVE(jint, Load, fork)(JNIEnv *env, jclass type, jint forks)
{
    (void)env, (void)type;
    start_threads();
    int hung = 0;
    for (int i = 0; i < forks && hung >= 0; i++) {
        pid_t pid = fork(); /* HERE: load-fork */
        if (pid == 0) {
            live();
        }
        hung = pid < 0 ? -1 : hung + !ends(pid);
    }
    stop_threads();
    return hung;
}

#include "hot.h"

#include <jni.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { SMALL = 64, LIVE = 1024, MIX_LEAST = 16, MIX_MOST = 1024, WARM_UP_PART = 20 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static void *live[LIVE];

static void lock_unlock(long count)
{
    for (long i = 0; i < count; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

/* The block passes through a register that the compiler knows nothing about, or it would leave both calls out. */
static void malloc_free(long count)
{
    for (long i = 0; i < count; i++) {
        void *block = malloc(SMALL);
        __asm__ volatile("" : "+r"(block));
        free(block);
    }
}

/* xorshift32 (Marsaglia 2003) draws sizes, and which of the live blocks goes. */
static void malloc_mix(long count)
{
    uint32_t random = 1;
    for (long i = 0; i < count; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        void **place = &live[random % LIVE];
        free(*place);
        *place = malloc(MIX_LEAST + (random >> 16) % (MIX_MOST - MIX_LEAST + 1));
    }
}

static void rwlock_read(long count)
{
    for (long i = 0; i < count; i++) {
        pthread_rwlock_rdlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
}

static void rwlock_write(long count)
{
    for (long i = 0; i < count; i++) {
        pthread_rwlock_wrlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
}

static void semaphore_pair(long count)
{
    for (long i = 0; i < count; i++) {
        sem_wait(&semaphore);
        sem_post(&semaphore);
    }
}

__attribute__((constructor)) static void make_semaphore(void)
{
    if (sem_init(&semaphore, 0, 1) != 0) {
        abort();
    }
}

void hot_pairs(enum hot_shape shape, long count)
{
    switch (shape) {
    case HOT_LOCK_UNLOCK:
        lock_unlock(count);
        break;
    case HOT_MALLOC_FREE:
        malloc_free(count);
        break;
    case HOT_MALLOC_MIX:
        malloc_mix(count);
        break;
    case HOT_RWLOCK_READ:
        rwlock_read(count);
        break;
    case HOT_RWLOCK_WRITE:
        rwlock_write(count);
        break;
    case HOT_SEMAPHORE:
        semaphore_pair(count);
        break;
    default:
        abort();
    }
}

/* The thread's own processor time, so that what else runs on the machine takes no part of it. */
static double used_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
}

/* So many pairs of this shape, after a few that bring what they need back into the caches: ns of processor time a
 * pair. */
JNIEXPORT jdouble JNICALL Java_HotBench_run(JNIEnv *env, jclass type, jint shape, jlong count)
{
    (void)env;
    (void)type;
    hot_pairs((enum hot_shape)shape, (long)(count / WARM_UP_PART));
    double begun = used_ns();
    hot_pairs((enum hot_shape)shape, (long)count);
    return (used_ns() - begun) / (jdouble)count;
}

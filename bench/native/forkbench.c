/* What the benches do in native code: threads that wait, and forks that are timed. */
#include <jni.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static void *wait_for_ever(void *argument)
{
    pthread_barrier_wait(argument);
    for (;;) {
        pause();
    }
    return NULL;
}

/* Starts count threads and returns when all of them run; they stay until the process ends. */
JNIEXPORT void JNICALL Java_ForkBench_startThreads(JNIEnv *env, jclass type, jint count)
{
    static pthread_barrier_t barrier;
    pthread_attr_t attributes;
    (void)env;
    (void)type;
    pthread_barrier_init(&barrier, NULL, (unsigned)count + 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, wait_for_ever, &barrier) != 0) {
            abort();
        }
    }
    pthread_barrier_wait(&barrier);
}

/* Forks count times, one after the other. Returns for each the ns from before fork() to the child's own first code. */
JNIEXPORT jlongArray JNICALL Java_ForkBench_fork(JNIEnv *env, jclass type, jint count)
{
    (void)type;
    uint64_t *arrived = mmap(NULL, sizeof *arrived, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    jlong *times = calloc((size_t)count, sizeof *times);
    for (int i = 0; i < count; i++) {
        uint64_t begun = now_ns();
        pid_t pid = fork();
        if (pid == 0) {
            *arrived = now_ns();
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
            abort();
        }
        times[i] = (jlong)(*arrived - begun);
    }
    jlongArray result = (*env)->NewLongArray(env, count);
    (*env)->SetLongArrayRegion(env, result, 0, count, times);
    free(times);
    munmap(arrived, sizeof *arrived);
    return result;
}

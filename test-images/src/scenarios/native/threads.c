/* Threads that the JVM knows nothing of. */
#include <pthread.h>
#include <sys/prctl.h>

#include "child.h"

static void *fork_under_own_name(void *argument)
{
    pid_t *pid = argument;
    pthread_setname_np(pthread_self(), "renamed-worker");
    *pid = fork(); /* HERE: native-thread-fork */
    if (*pid == 0) {
        _exit(0);
    }
    scenario_reap(*pid, NULL);
    return NULL;
}

/* The pid of the child that the thread made. */
NATIVE(jint, Threads, forkInNativeThread)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pthread_t thread;
    pid_t pid = -1;
    if (pthread_create(&thread, NULL, fork_under_own_name, &pid) != 0) { /* HERE: native-thread-create */
        return -1;
    }
    pthread_join(thread, NULL);
    return pid;
}

struct idle {
    pthread_t thread;
    int wake[2];
    int ready[2];
};

static void *wait_for_the_end(void *argument)
{
    struct idle *idle = argument;
    char byte = 0;
    prctl(PR_SET_NAME, "idle-worker");
    if (write(idle->ready[1], &byte, 1) == 1) {
        while (read(idle->wake[0], &byte, 1) > 0) {
        }
    }
    return NULL;
}

/* Starts a thread that does nothing until stopIdle; it runs, with its name, when this returns. */
NATIVE(jlong, Threads, startIdle)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    char byte;
    struct idle *idle = malloc(sizeof *idle);
    if (!idle || pipe(idle->wake) != 0 || pipe(idle->ready) != 0 ||
        pthread_create(&idle->thread, NULL, wait_for_the_end, idle) != 0 || /* HERE: idle-thread-create */
        read(idle->ready[0], &byte, 1) != 1) {
        return 0;
    }
    return (jlong)idle;
}

NATIVE(void, Threads, stopIdle)(JNIEnv *env, jclass type, jlong handle)
{
    (void)env, (void)type;
    struct idle *idle = (struct idle *)handle;
    close(idle->wake[1]);
    pthread_join(idle->thread, NULL);
    close(idle->wake[0]);
    close(idle->ready[0]);
    close(idle->ready[1]);
    free(idle);
}

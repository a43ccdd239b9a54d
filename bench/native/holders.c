/* Threads that hold two locks each for ever, and forks beside them. */
#include <jni.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* The least that holds libjvm's thread-local storage, a frame or two and what a hook needs. */
enum { STACK = 64 << 10, LOCKS = 2 };

struct holder {
    pthread_mutex_t locks[LOCKS];
};

static pthread_mutex_t counter = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t counted = PTHREAD_COND_INITIALIZER;
static int holding;

static void *hold_for_ever(void *argument)
{
    struct holder *holder = argument;
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutex_lock(&holder->locks[i]);
    }
    pthread_mutex_lock(&counter);
    holding++;
    pthread_cond_signal(&counted);
    pthread_mutex_unlock(&counter);
    for (;;) {
        pause();
    }
    return NULL;
}

static bool start_holder(const pthread_attr_t *attributes, struct holder *holder)
{
    pthread_t thread;
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&holder->locks[i], NULL);
    }
    return pthread_create(&thread, attributes, hold_for_ever, holder) == 0;
}

/* Starts up to count threads, fewer where the system has no more for this process, and returns how many, when all of
 * them hold their locks. They stay until the process ends. Once a process. */
JNIEXPORT jint JNICALL Java_HoldersBench_start(JNIEnv *env, jclass type, jint count)
{
    (void)env;
    (void)type;
    struct holder *holders = calloc((size_t)count, sizeof *holders);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    jint started = 0;
    while (holders && started < count && start_holder(&attributes, &holders[started])) {
        started++;
    }
    pthread_attr_destroy(&attributes);
    pthread_mutex_lock(&counter);
    while (holding < started) {
        pthread_cond_wait(&counted, &counter);
    }
    pthread_mutex_unlock(&counter);
    return started;
}

/* When a child reached its own first code, and the processor time that it had used by then; ns. */
struct arrival {
    uint64_t at;
    uint64_t used;
};

static uint64_t used_ns(clockid_t clock)
{
    struct timespec used;
    clock_gettime(clock, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* Forks once. Returns the ns from before fork() to the child's own first code, and the processor time of both: of the
 * parent's thread for the whole call, of the child until there. */
JNIEXPORT jdoubleArray JNICALL Java_HoldersBench_fork(JNIEnv *env, jclass type)
{
    (void)type;
    struct arrival *child = mmap(NULL, sizeof *child, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (child == MAP_FAILED) {
        abort();
    }
    child->at = 0; /* the page is there before it is measured */
    uint64_t used = used_ns(CLOCK_THREAD_CPUTIME_ID);
    uint64_t begun = now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        child->at = now_ns();
        child->used = used_ns(CLOCK_THREAD_CPUTIME_ID);
        _exit(0);
    }
    used = used_ns(CLOCK_THREAD_CPUTIME_ID) - used;
    if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
        abort();
    }
    jdouble values[] = {(jdouble)(child->at - begun), (jdouble)(used + child->used)};
    munmap(child, sizeof *child);
    jdoubleArray result = (*env)->NewDoubleArray(env, 2);
    (*env)->SetDoubleArrayRegion(env, result, 0, 2, values);
    return result;
}

/* Forks whose children say in shared memory when they reached their exec or their end. */
#include <jni.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

/* CLOCK_MONOTONIC, ns. */
JNIEXPORT jlong JNICALL Java_LineBench_now(JNIEnv *env, jclass type)
{
    (void)env;
    (void)type;
    return (jlong)now_ns();
}

/* Forks one child, which execs /bin/true or calls _exit at once. Returns its pid and when it did so. */
JNIEXPORT jlongArray JNICALL Java_LineBench_fork(JNIEnv *env, jclass type, jboolean execs)
{
    (void)type;
    uint64_t *reached = mmap(NULL, sizeof *reached, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reached == MAP_FAILED) {
        abort();
    }
    pid_t pid = fork();
    if (pid == 0) {
        char *const arguments[] = {"true", NULL};
        *reached = now_ns();
        if (execs) {
            execv("/bin/true", arguments);
        }
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
        abort();
    }
    jlong values[] = {pid, (jlong)*reached};
    munmap(reached, sizeof *reached);
    jlongArray result = (*env)->NewLongArray(env, 2);
    (*env)->SetLongArrayRegion(env, result, 0, 2, values);
    return result;
}

/* The clock of the processor time that a process used. */
#include <jni.h>
#include <sys/types.h>
#include <time.h>

/* The CPU time of a process, user and system, ns; -1 where there is none (clock_getcpuclockid(3)). */
JNIEXPORT jlong JNICALL Java_Cpu_ns(JNIEnv *env, jclass type, jlong pid)
{
    (void)env;
    (void)type;
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid((pid_t)pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        return -1;
    }
    return (jlong)used.tv_sec * 1000000000 + used.tv_nsec;
}

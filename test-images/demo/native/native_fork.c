/* A JNI library as there are many: it runs a program by fork and exec. */
#include <jni.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(const char *program)
{
    pid_t pid = fork();
    if (pid == 0) {
        /* The line that gets programs of many threads into trouble: not async-signal-safe. */
        setenv("STARTED_BY", "demo", 1);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    return pid;
}

JNIEXPORT jint JNICALL Java_org_forkwitness_demo_NativeFork_runProgram(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = start("/bin/true");
    waitpid(pid, NULL, 0);
    return pid;
}

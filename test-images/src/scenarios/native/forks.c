/* One function for each way to fork. Each returns the child's pid after it has reaped the child. */
#include <pty.h>
#include <sys/syscall.h>

#include "child.h"

NATIVE(jint, Forks, thenExec)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = fork(); /* HERE: fork-exec */
    if (pid == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(EXEC_FAILED);
    }
    return scenario_reap(pid, NULL);
}

NATIVE(jint, Forks, thenFailedExec)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = fork(); /* HERE: fork-failed-exec */
    if (pid == 0) {
        execl("/nonexistent/program", "program", (char *)NULL);
        _exit(EXEC_FAILED);
    }
    return scenario_reap(pid, NULL);
}

NATIVE(jint, Forks, thenUnderscoreExit)(JNIEnv *env, jclass type, jint status)
{
    (void)env, (void)type;
    pid_t pid = fork(); /* HERE: fork-_exit */
    if (pid == 0) {
        _exit(status);
    }
    return scenario_reap(pid, NULL);
}

/* exit(3) runs the JVM's own exit handlers, for which the child has no threads: it may hang there for ever. A handler
 * that was registered last runs first, and ends the child by the bare system call, so that exit is its last word. */
static int leave_with;

static void leave(void)
{
    syscall(SYS_exit_group, leave_with);
}

NATIVE(jint, Forks, thenExit)(JNIEnv *env, jclass type, jint status)
{
    (void)env, (void)type;
    pid_t pid = fork(); /* HERE: fork-exit */
    if (pid == 0) {
        leave_with = status;
        atexit(leave);
        exit(status);
    }
    return scenario_reap(pid, NULL);
}

NATIVE(jint, Forks, pseudoTerminal)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    int terminal = -1;
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL); /* HERE: forkpty */
    if (pid == 0) {
        _exit(0);
    }
    scenario_reap(pid, NULL);
    close(terminal);
    return pid;
}

static void nested_child(int ready)
{
    pid_t grandchild = fork(); /* HERE: nested-inner */
    if (grandchild == 0) {
        _exit(5);
    }
    scenario_reap(grandchild, NULL);
    if (write(ready, &grandchild, sizeof grandchild) != sizeof grandchild) {
        _exit(1);
    }
    _exit(4);
}

/* A child that forks. Returns the two pids. */
NATIVE(jintArray, Forks, nested)(JNIEnv *env, jclass type)
{
    (void)type;
    int ends[2];
    pid_t pids[2] = {-1, -1};
    if (pipe(ends) != 0) {
        return NULL;
    }
    pids[0] = fork(); /* HERE: nested-outer */
    if (pids[0] == 0) {
        nested_child(ends[1]);
    }
    close(ends[1]);
    if (read(ends[0], &pids[1], sizeof pids[1]) != sizeof pids[1]) {
        pids[1] = -1;
    }
    close(ends[0]);
    scenario_reap(pids[0], NULL);
    jintArray result = (*env)->NewIntArray(env, 2);
    (*env)->SetIntArrayRegion(env, result, 0, 2, pids);
    return result;
}

/* daemon(3) ends its caller, so a child calls it. End-of-file on the pipe says that both are gone. */
NATIVE(jint, Forks, daemonInChild)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    int ends[2];
    char none;
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t pid = fork(); /* HERE: daemon-outer */
    if (pid == 0) {
        if (daemon(0, 0) != 0) { /* HERE: daemon-inner */
            _exit(1);
        }
        _exit(6);
    }
    close(ends[1]);
    while (read(ends[0], &none, 1) > 0) {
    }
    close(ends[0]);
    return scenario_reap(pid, NULL);
}

/* Its child lists its descriptors on the standard output. */
NATIVE(jint, Forks, thenListDescriptors)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/ls", "ls", "-l", "/proc/self/fd", (char *)NULL);
        _exit(EXEC_FAILED);
    }
    return scenario_reap(pid, NULL);
}

NATIVE(jint, ProcessWait, status)(JNIEnv *env, jclass type, jint pid)
{
    (void)env, (void)type;
    int status = -1;
    return scenario_reap(pid, &status) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

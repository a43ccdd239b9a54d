/* The ways to start a program that run none of this one's code in the child, and vfork. */
#include <spawn.h>
#include <stdio.h>

#include "child.h"

extern char **environ;

static char *const arguments[] = {"true", NULL};

NATIVE(jint, Spawns, posixSpawn)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = -1;
    int error = posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ); /* HERE: posix_spawn */
    return error ? -1 : scenario_reap(pid, NULL);
}

NATIVE(jint, Spawns, posixSpawnByPath)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = -1;
    int error = posix_spawnp(&pid, "true", NULL, NULL, arguments, environ); /* HERE: posix_spawnp */
    return error ? -1 : scenario_reap(pid, NULL);
}

/* Returns posix_spawn's error, a positive errno. */
NATIVE(jint, Spawns, posixSpawnOfNothing)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = -1;
    return posix_spawn(&pid, "/nonexistent/program", NULL, NULL, arguments, environ); /* HERE: posix_spawn-nothing */
}

NATIVE(jint, Spawns, shell)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    int status = system("exit 7"); /* HERE: system */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Returns what the shell printed: a number. */
NATIVE(jint, Spawns, pipeToShell)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    int number = -1;
    FILE *stream = popen("echo 42", "r"); /* HERE: popen */
    if (stream) {
        if (fscanf(stream, "%d", &number) != 1) {
            number = -1;
        }
        pclose(stream);
    }
    return number;
}

NATIVE(jint, Spawns, vforkThenExec)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = vfork(); /* HERE: vfork-exec */
    if (pid == 0) {
        execve("/bin/true", arguments, environ);
        _exit(EXEC_FAILED);
    }
    return scenario_reap(pid, NULL);
}

NATIVE(jint, Spawns, vforkThenExit)(JNIEnv *env, jclass type, jint status)
{
    (void)env, (void)type;
    pid_t pid = vfork(); /* HERE: vfork-_exit */
    if (pid == 0) {
        _exit(status);
    }
    return scenario_reap(pid, NULL);
}

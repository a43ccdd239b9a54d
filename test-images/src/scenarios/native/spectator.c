/* What an application could notice of another process beside it. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "child.h"

static atomic_int child_signals;

static void count(int signal)
{
    (void)signal;
    atomic_fetch_add(&child_signals, 1);
}

NATIVE(jint, Spectator, countChildSignals)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    return sigaction(SIGCHLD, &action, NULL);
}

NATIVE(jint, Spectator, childSignals)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return atomic_load(&child_signals);
}

/* The errno of waiting for any child, threads' children included: ECHILD where this process has none at all. */
NATIVE(jint, Spectator, waitForAny)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return waitpid(-1, NULL, WNOHANG | __WALL) < 0 ? errno : 0;
}

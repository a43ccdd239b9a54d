/* The address of fork is looked up as soon as this library is loaded: before an agent that attaches later could change
 * what a lookup gives, and no slot of this library holds it. */
#include <dlfcn.h>

#include "child.h"

static pid_t (*fetched_fork)(void);

__attribute__((constructor)) static void fetch(void)
{
    *(void **)&fetched_fork = dlsym(RTLD_DEFAULT, "fork");
}

NATIVE(jint, Prefetched, fork)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    pid_t pid = fetched_fork(); /* HERE: prefetched-fork */
    if (pid == 0) {
        _exit(0);
    }
    return scenario_reap(pid, NULL);
}

/* A plug-in that comes and goes. */
#include "child.h"

__attribute__((visibility("default"))) pid_t plugin_run(void);

static pid_t __attribute__((noinline)) first_plugin_forks(void)
{
    pid_t pid = fork(); /* HERE: plugin-a-fork */
    if (pid == 0) {
        _exit(0);
    }
    return scenario_reap(pid, NULL);
}

pid_t plugin_run(void)
{
    return first_plugin_forks();
}

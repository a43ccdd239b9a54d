/* Another plug-in: as large as the first, so that the loader is likely to put it where that one was. */
#include "child.h"

__attribute__((visibility("default"))) pid_t plugin_run(void);

static pid_t __attribute__((noinline)) second_plugin_forks(void)
{
    pid_t pid = fork(); /* HERE: plugin-b-fork */
    if (pid == 0) {
        _exit(0);
    }
    return scenario_reap(pid, NULL);
}

pid_t plugin_run(void)
{
    return second_plugin_forks();
}

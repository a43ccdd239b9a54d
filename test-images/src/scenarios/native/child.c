#include "child.h"

#include <errno.h>

pid_t scenario_reap(pid_t pid, int *status)
{
    if (pid < 0) {
        return -1;
    }
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return pid;
}

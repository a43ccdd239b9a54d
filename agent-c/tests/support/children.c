#include "children.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipe.h"
#include "unit.h"
#include "watch/procfs.h"

struct child child_begin(void (*body)(void))
{
    static uint32_t forks = 100;
    struct child child = {.fork = ++forks};
    child.pid = fork();
    assert_int_not_equal(child.pid, -1);
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fw_children_self = fw_children_enter(child.fork, fw_getpid());
        body();
        _exit(7);
    }
    while ((child.slot = fw_children_find(child.pid)) == NULL) {
        sched_yield();
    }
    return child;
}

void child_end(const struct child *child)
{
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    fw_children_remove(child->slot, child->fork);
}

void child_wait_in(pid_t pid, pid_t tid, long number)
{
    char path[FW_PROC_PATH];
    char text[256];
    char *end = text;
    while (fw_read_file(fw_proc_path(path, pid, tid, "syscall"), text, sizeof text) <= 0 ||
           strtol(text, &end, 10) != number || end == text) {
        sched_yield();
    }
}

void child_wait_end(pid_t pid)
{
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

uint32_t child_look(const struct fw_child_watch *watch, const struct child *child, uint64_t milliseconds)
{
    return fw_watch_children(watch, child->slot->since_ns + milliseconds * 1000000u);
}

void child_expect(const struct child *child, enum fw_record type, struct decoded *frame)
{
    assert_true(pipe_next(frame));
    assert_int_equal(decoded_number(frame, FW_KEY_TYPE), type);
    assert_int_equal(decoded_number(frame, FW_KEY_PROC), 0);
    assert_int_equal(decoded_number(frame, FW_KEY_FORK), child->fork);
}

void child_expect_nothing(void)
{
    struct decoded frame;
    if (pipe_next(&frame)) {
        fail_msg("unexpected record %u", (unsigned)decoded_number(&frame, FW_KEY_TYPE));
    }
}

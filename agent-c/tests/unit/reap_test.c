/* What a parent does to its children: waiting for them, and sending them signals. */
#include "hooks/reap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "child/process.h"
#include "hooks/fork.h"
#include "state/children.h"
#include "state/self.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

/* A child that no hook saw, which ends by itself or by a signal. */
static pid_t child_that_ends(int status, int signal)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (signal) {
            raise(signal);
        }
        _exit(status);
    }
    assert_true(pid > 0);
    return pid;
}

static void expect_reaped(pid_t pid, int status)
{
    struct decoded frame;
    assert_true(pipe_next_of(FW_RECORD_REAPED, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), 0);
    assert_int_equal(decoded_number(&frame, FW_KEY_PID), pid);
    assert_int_equal(item_signed(decoded_item(&frame, FW_KEY_STATUS)), status);
    assert_false(pipe_next_of(FW_RECORD_REAPED, &frame));
}

enum { WAIT, WAITPID, WAITPID_OF_ANY, WAIT3, WAIT4, WAITS };

static pid_t wait_by(int way, pid_t pid, int *status)
{
    switch (way) {
    case WAIT:
        return fw_hook_wait(status);
    case WAITPID:
        return fw_hook_waitpid(pid, status, 0);
    case WAITPID_OF_ANY:
        return fw_hook_waitpid(-1, status, WUNTRACED);
    case WAIT3:
        return fw_hook_wait3(status, 0, NULL);
    default:
        return fw_hook_wait4(pid, status, 0, NULL);
    }
}

static void each_wait_is_told(void **state)
{
    (void)state;
    for (int way = 0; way < WAITS; way++) {
        int status = -1;
        pid_t pid = child_that_ends(5, 0);
        errno = EDOM;
        assert_int_equal(wait_by(way, pid, &status), pid);
        assert_int_equal(errno, EDOM);
        assert_int_equal(status, 5 << 8);
        expect_reaped(pid, 5 << 8);
        pid = child_that_ends(0, SIGKILL);
        assert_int_equal(wait_by(way, pid, NULL), pid);
        expect_reaped(pid, SIGKILL);
        errno = 0;
        assert_int_equal(wait_by(way, pid, &status), -1);
        assert_int_equal(errno, ECHILD);
    }
}

static void waitid_gives_a_status_too(void **state)
{
    (void)state;
    struct decoded frame;
    siginfo_t info = {.si_signo = 0};
    pid_t pid = child_that_ends(300, 0);
    assert_int_equal(fw_hook_waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_pid, pid);
    assert_false(pipe_next_of(FW_RECORD_REAPED, &frame)); /* not before it is gone */
    assert_int_equal(fw_hook_waitid(P_PID, (id_t)pid, NULL, WEXITED), 0);
    expect_reaped(pid, (300 & 0xff) << 8);
    pid = child_that_ends(0, SIGTERM);
    assert_int_equal(fw_hook_waitid(P_ALL, 0, &info, WEXITED), 0);
    expect_reaped(pid, SIGTERM);
    assert_int_equal(fw_hook_waitid(P_PID, (id_t)pid, &info, WEXITED), -1);
    assert_false(pipe_next_of(FW_RECORD_REAPED, &frame));
}

static void waiting_without_reaping_is_not_told(void **state)
{
    (void)state;
    struct decoded frame;
    siginfo_t info = {.si_signo = SIGCHLD, .si_code = CLD_EXITED};
    int status = 0;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(ends[1]);
        raise(SIGSTOP);
        /* A child that has ended is no longer one that goes on. */
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    assert_int_equal(fw_hook_waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(fw_hook_waitpid(pid, &status, WNOHANG), 0);
    assert_int_equal(fw_hook_waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG), 0);
    kill(pid, SIGCONT);
    assert_int_equal(fw_hook_waitid(P_PID, (id_t)pid, &info, WCONTINUED), 0);
    assert_int_equal(info.si_code, CLD_CONTINUED);
    close(ends[1]);
    close(ends[0]);
    assert_false(pipe_next_of(FW_RECORD_REAPED, &frame));
    assert_int_equal(fw_hook_waitpid(pid, &status, 0), pid);
    fw_self.observing = true;
    pid = child_that_ends(0, 0);
    assert_int_equal(fw_hook_waitpid(pid, &status, 0), pid);
    fw_self.observing = false;
    assert_true(pipe_next_of(FW_RECORD_REAPED, &frame));
    assert_false(pipe_next_of(FW_RECORD_REAPED, &frame));
}

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static void *wait_for_ever(void *argument)
{
    (void)argument;
    fw_hook_wait(NULL);
    return NULL;
}

/* The wait is a cancellation point, as the original is. */
static void a_waiting_thread_can_be_cancelled(void **state)
{
    (void)state;
    /* AddressSanitizer takes what a cancelled thread leaves on its stack for an overflow. */
    if (SANITIZED) {
        skip();
    }
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    close(ends[1]);
    close(ends[0]);
    assert_int_equal(status_of(pid), 0);
}

/* A living child of the table, which ignores the signals that HotSpot's handlers would lose. */
static void signals_to_living_children(void **state)
{
    (void)state;
    struct decoded frame;
    int ends[2];
    int ready[2];
    char byte = 'r';
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(ready), 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGTERM, &ignore, &before);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        close(ends[1]);
        fw_hook__exit(write(ready[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    sigaction(SIGTERM, &before, NULL);
    uint64_t fork = expect_fork(FW_CALL_FORK);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct fw_child_slot *slot = fw_children_find(pid);
    assert_non_null(slot);
    errno = EDOM;
    assert_int_equal(fw_hook_kill(pid, 0), 0);
    assert_int_equal(fw_hook_kill(pid, SIGCONT), 0);
    assert_int_equal(atomic_load(&slot->signal), 0);
    assert_int_equal(fw_hook_kill(pid, SIGTERM), 0);
    assert_int_equal(errno, EDOM);
    assert_int_equal(atomic_load(&slot->signal), SIGTERM);
    close(ends[1]);
    close(ends[0]);
    close(ready[1]);
    close(ready[0]);
    assert_int_equal(status_of(pid), 0);
    assert_null(fw_children_find(pid));
    /* One that said nothing at its end, and is gone. */
    slot = fw_children_enter(4711, pid);
    errno = 0;
    assert_int_equal(fw_hook_kill(pid, SIGTERM), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(atomic_load(&slot->signal), 0);
    fw_children_leave(slot);
    assert_true(pipe_next_of(FW_RECORD_KILL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_FORK), fork);
    assert_int_equal(decoded_number(&frame, FW_KEY_SIGNAL), SIGTERM);
    assert_false(pipe_next_of(FW_RECORD_KILL, &frame));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_wait_is_told),
        TEST(waitid_gives_a_status_too),
        TEST(waiting_without_reaping_is_not_told),
        TEST(a_waiting_thread_can_be_cancelled),
        TEST(signals_to_living_children),
    };
    return agent_start() ? cmocka_run_group_tests_name("reap", tests, NULL, NULL) : 1;
}

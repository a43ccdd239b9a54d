/* Forks of every kind, and the records that parent and child write. */
#include "hooks/fork.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/process.h"
#include "child/tally.h"
#include "hooks/forking.h"
#include "hooks/spawn.h"
#include "state/functions.h"
#include "state/self.h"
#include "support/agent.h"
#include "support/crowd.h"
#include "support/forks.h"
#include "support/unit.h"

static void fork_and_exit(void **state)
{
    (void)state;
    struct story story;
    errno = EDOM;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook__exit(errno == EDOM ? 3 : 4);
    }
    assert_int_equal(errno, EDOM);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 3);
    read_story(expect_fork(FW_CALL_FORK), &story);
    assert_int_equal(story.results, 1);
    assert_int_equal(story.result_pid, pid);
    assert_int_equal(story.children, 1);
    assert_int_equal(story.child_pid, pid);
    assert_int_equal(decoded_number(&story.last, FW_KEY_TYPE), FW_RECORD_EXIT);
    assert_int_equal(decoded_number(&story.last, FW_KEY_STATUS), 3);
    assert_int_equal(story.frames, 2);
}

/* Reached by an address that no hook saw: the handlers tell of it, the child tells its pid. */
static void a_fork_past_the_hooks(void **state)
{
    (void)state;
    struct story story;
    errno = EDOM;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(errno == EDOM ? 0 : 1);
    }
    assert_int_equal(errno, EDOM);
    assert_int_equal(status_of(pid), 0);
    read_story(expect_fork(FW_CALL_FORK), &story);
    assert_int_equal(story.results, 0);
    assert_int_equal(story.child_pid, pid);
    assert_int_equal(story.frames, 1);
}

/* A child that forks in its turn writes under its own name; ids stay unique. */
static void a_childs_own_fork(void **state)
{
    (void)state;
    struct decoded frame;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        pid_t grandchild = fw_hook_fork();
        if (grandchild == 0) {
            fw_hook__exit(0);
        }
        int status = -1;
        waitpid(grandchild, &status, 0);
        fw_hook__exit(status);
    }
    assert_int_equal(status_of(pid), 0);
    uint64_t outer = expect_fork(FW_CALL_FORK);
    uint64_t inner = 0;
    unsigned ends = 0;
    while (pipe_next(&frame)) {
        uint64_t proc = decoded_number(&frame, FW_KEY_PROC);
        switch (decoded_number(&frame, FW_KEY_TYPE)) {
        case FW_RECORD_FORK:
            assert_int_equal(proc, outer);
            inner = decoded_number(&frame, FW_KEY_FORK);
            break;
        case FW_RECORD_EXIT:
            ends += proc == outer ? 1 : 10;
            break;
        default:
            break;
        }
    }
    assert_int_not_equal(inner, 0);
    assert_int_not_equal(inner, outer);
    assert_int_equal(ends, 11);
}

static volatile int kept_over_vfork;

static void vfork_and_exec(void **state)
{
    (void)state;
    struct story story;
    kept_over_vfork = 1;
    errno = EDOM;
    pid_t (*volatile make)(void) = fw_hook_vfork;
    pid_t pid = make();
    if (pid == 0) {
        kept_over_vfork += 1;
        fw_hook__exit(errno == EDOM ? 9 : 8);
    }
    assert_int_equal(errno, EDOM);
    assert_int_equal(kept_over_vfork, 2); /* one memory */
    assert_int_equal(WEXITSTATUS(status_of(pid)), 9);
    uint64_t fork = expect_fork(FW_CALL_VFORK);
    read_story(fork, &story);
    assert_int_equal(story.child_pid, pid);
    assert_int_equal(story.result_pid, pid);
    assert_int_equal(story.results, 1);
    assert_int_equal(story.frames, 2);
    assert_int_equal(decoded_number(&story.last, FW_KEY_TYPE), FW_RECORD_EXIT);
}

/* In a process that may have no other: fork's failure passes through with its errno and is told. */
static void forks_that_fail(void **state)
{
    (void)state;
    struct decoded frame;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
        /* Root is not bound by it (setrlimit(2), RLIMIT_NPROC). */
        if (setrlimit(RLIMIT_NPROC, &none) != 0 || setresuid(65534, 65534, 65534) != 0) {
            _exit(77);
        }
        errno = 0;
        pid_t forked = fw_hook_fork();
        int fork_error = errno;
        if (forked == 0) {
            _exit(0);
        }
        pid_t (*volatile make)(void) = fw_hook_vfork;
        errno = 0;
        pid_t vforked = make();
        if (vforked == 0) {
            _exit(0);
        }
        int vfork_error = errno;
        pid_t past = fork();
        if (past == 0) {
            _exit(0);
        }
        _exit(forked == -1 && fork_error == EAGAIN && vforked == -1 && vfork_error == EAGAIN && past == -1 &&
                      errno == EAGAIN
                  ? 0
                  : 1);
    }
    int status = status_of(pid);
    if (WEXITSTATUS(status) == 77) {
        pipe_drain();
        skip();
    }
    assert_int_equal(status, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(pipe_next_of(FW_RECORD_FORK_RESULT, &frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_ERRNO), EAGAIN);
        assert_null(decoded_item(&frame, FW_KEY_PID));
    }
    assert_false(pipe_next_of(FW_RECORD_FORK_RESULT, &frame));
}

/* daemon's parent ends inside libc: it needs one of its own. */
static void daemons(void **state)
{
    (void)state;
    struct decoded frame;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int result = fw_hook_daemon(1, 1);
        byte = result == 0 ? 'd' : 'x';
        fw_hook__exit(write(ends[1], &byte, 1) == 1 ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'd');
    assert_int_equal(read(ends[0], &byte, 1), 0); /* the daemon is gone */
    close(ends[0]);
    uint64_t outer = expect_fork(FW_CALL_FORK);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_daemon);
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), outer);
    assert_true(pipe_next_of(FW_RECORD_FORK, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALL), FW_CALL_DAEMON);
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), outer);
    uint64_t inner = decoded_number(&frame, FW_KEY_FORK);
    assert_true(pipe_next_of(FW_RECORD_CHILD, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), inner);
    assert_true(pipe_next_of(FW_RECORD_EXIT, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), inner);
}

/* daemon's child opens /dev/null, and fails: nobody is told a result of no fork. */
static void a_daemon_that_fails_in_its_child(void **state)
{
    (void)state;
    struct decoded frame;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        struct rlimit none = {.rlim_cur = 3, .rlim_max = 3};
        setrlimit(RLIMIT_NOFILE, &none);
        byte = fw_hook_daemon(1, 0) == -1 && fw_in_child() ? 'f' : 'x';
        fw_hook__exit(write(ends[1], &byte, 1) == 1 ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'f');
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    while (pipe_next(&frame)) {
        if (decoded_number(&frame, FW_KEY_TYPE) == FW_RECORD_FORK_RESULT) {
            assert_int_equal(decoded_number(&frame, FW_KEY_PROC), 0);
            assert_int_equal(decoded_number(&frame, FW_KEY_PID), pid);
        }
    }
}

/* As if it had been killed while the agent recorded a call of it, and then while it forked in its turn: the parent, on
 * whose storage it ran, goes on as if nothing had been. */
static void a_vfork_child_that_is_killed_inside_the_agent(void **state)
{
    (void)state;
    struct story story;
    pid_t (*volatile make)(void) = fw_hook_vfork;
    for (int way = 0; way < 20; way++) {
        pid_t pid = make();
        if (pid == 0) {
            fw_self.observing = way != 1;
            fw_tally_count(FW_FN_malloc);
            if (way == 1) {
                fw_forking_begin(FW_CALL_FORK, true);
            }
            _exit(5);
        }
        assert_int_equal(WEXITSTATUS(status_of(pid)), 5);
        assert_false(fw_self.observing);
        assert_false(fw_in_child());
        assert_null(fw_self.tally);
        assert_int_equal(fw_self.fork, 0);
        read_story(expect_fork(FW_CALL_VFORK), &story);
        assert_int_equal(story.results, 1);
        assert_int_equal(story.result_pid, pid);
    }
    /* All have given back what they counted in. */
    pid_t pid = make();
    if (pid == 0) {
        fw_tally_count(FW_FN_malloc);
        _exit(fw_tally_count(FW_FN_malloc) == 2 ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    pipe_drain();
}

static void a_terminal_of_its_own(void **state)
{
    (void)state;
    struct story story;
    int primary = -1;
    pid_t pid = fw_hook_forkpty(&primary, NULL, NULL, NULL);
    if (pid == 0) {
        fw_hook__exit(0);
    }
    if (pid < 0) {
        pipe_drain();
        skip();
    }
    assert_int_equal(status_of(pid), 0);
    close(primary);
    read_story(expect_fork(FW_CALL_FORKPTY), &story);
    assert_int_equal(story.result_pid, pid);
    assert_int_equal(story.child_pid, pid);
}

enum { FORKERS = 8, FORKS = 25 };

struct forker {
    pid_t pids[FORKS];
    unsigned failures;
};

static void fork_often(void *argument)
{
    struct forker *forker = argument;
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fw_hook_fork();
        if (pid == 0) {
            fw_hook__exit(0);
        }
        forker->pids[i] = pid;
        int status = -1;
        forker->failures += pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
    }
}

/* Every fork is told by its parent and its child, and both agree on the pid. */
static void many_threads_fork_at_once(void **state)
{
    (void)state;
    static struct forker forkers[FORKERS];
    static uint64_t told[2][1 << 16];
    struct decoded frame;
    unsigned counts[32] = {0};
    crowd_run(FORKERS, fork_often, forkers, sizeof forkers[0]);
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        counts[type]++;
        if (type == FW_RECORD_FORK_RESULT || type == FW_RECORD_CHILD) {
            bool child = type == FW_RECORD_CHILD;
            uint64_t fork = decoded_number(&frame, child ? FW_KEY_PROC : FW_KEY_FORK);
            assert_in_range(fork, 1, ARRAY_SIZE(told[0]) - 1);
            assert_int_equal(told[child][fork], 0);
            told[child][fork] = decoded_number(&frame, FW_KEY_PID);
        }
    }
    assert_int_equal(counts[FW_RECORD_FORK], FORKERS * FORKS);
    assert_int_equal(counts[FW_RECORD_FORK_RESULT], FORKERS * FORKS);
    assert_int_equal(counts[FW_RECORD_CHILD], FORKERS * FORKS);
    assert_int_equal(counts[FW_RECORD_EXIT], FORKERS * FORKS);
    assert_memory_equal(told[0], told[1], sizeof told[0]);
    for (int i = 0; i < FORKERS; i++) {
        assert_int_equal(forkers[i].failures, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fork_and_exit),
        TEST(a_fork_past_the_hooks),
        TEST(a_childs_own_fork),
        TEST(vfork_and_exec),
        TEST(forks_that_fail),
        TEST(daemons),
        TEST(a_daemon_that_fails_in_its_child),
        TEST(a_vfork_child_that_is_killed_inside_the_agent),
        TEST(a_terminal_of_its_own),
        TEST(many_threads_fork_at_once),
    };
    return agent_start() ? cmocka_run_group_tests_name("fork", tests, NULL, NULL) : 1;
}

/* How a forked child ends or becomes another program, as its hooks tell it. */
#include "child/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks/fork.h"
#include "hooks/spawn.h"
#include "state/children.h"
#include "state/functions.h"
#include "state/self.h"
#include "stream/descriptors.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

static void an_exec_that_fails_and_one_that_does_not(void **state)
{
    (void)state;
    struct story story;
    struct decoded frame;
    char *const argv[] = {"sh", "-c", "exit 5", NULL};
    char *const envp[] = {NULL};
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        const struct fw_child_slot *slot = fw_children_self;
        int result = fw_hook_execve("/no such program", argv, envp);
        if (result == -1 && errno == ENOENT && slot && fw_children_self) {
            fw_hook_execle("/bin/sh", "sh", "-c", "exit $A", NULL, (char *[]){"A=5", NULL});
        }
        _exit(99);
    }
    assert_int_equal(WEXITSTATUS(status_of(pid)), 5);
    uint64_t fork = expect_fork(FW_CALL_FORK);
    assert_true(pipe_next_of(FW_RECORD_EXEC, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_PATH, "/no such program"));
    assert_in_range(decoded_number(&frame, FW_KEY_STACK), 1, UINT32_MAX);
    assert_true(pipe_next_of(FW_RECORD_EXEC_FAILED, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_FUNCTION, "execve"));
    assert_int_equal(decoded_number(&frame, FW_KEY_ERRNO), ENOENT);
    assert_true(pipe_next_of(FW_RECORD_EXEC, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), fork);
    assert_true(decoded_text_is(&frame, FW_KEY_FUNCTION, "execle"));
    assert_true(decoded_text_is(&frame, FW_KEY_PATH, "/bin/sh"));
    read_story(fork, &story);
    assert_int_equal(story.next_seq, 0); /* nothing after the exec: the descriptor is closed there */
    assert_null(fw_children_find(pid));
}

/* Those that look along PATH are not async-signal-safe. */
static void the_searching_ones_are_calls(void **state)
{
    (void)state;
    struct decoded frame;
    static const uint32_t calls[] = {FW_FN_execvp, FW_FN_execvpe, FW_FN_execlp};
    char *const argv[] = {"x", NULL};
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook_execv("/no such program", argv);
        fw_hook_execve("/no such program", argv, environ);
        fw_hook_execl("/no such program", "x", NULL);
        fw_hook_execvp("no such program", argv);
        fw_hook_execvpe("no such program", argv, environ);
        fw_hook_execlp("no such program", "x", NULL);
        fw_hook__exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), calls[i]);
    }
    assert_false(pipe_next_of(FW_RECORD_CALL, &frame));
}

static void each_exec_function_passes_its_arguments_on(void **state)
{
    (void)state;
    struct decoded frame;
    static const char *const names[] = {"execv", "execvp", "execvpe", "fexecve", "execveat", "execl", "execlp"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        pid_t pid = fw_hook_fork();
        if (pid == 0) {
            char *const argv[] = {"sh", "-c", "exit 6", NULL};
            int shell = open("/bin/sh", O_RDONLY | O_CLOEXEC);
            i == 0   ? fw_hook_execv("/bin/sh", argv)
            : i == 1 ? fw_hook_execvp("sh", argv)
            : i == 2 ? fw_hook_execvpe("sh", argv, environ)
            : i == 3 ? fw_hook_fexecve(shell, argv, environ)
            : i == 4 ? fw_hook_execveat(AT_FDCWD, "/bin/sh", argv, environ, 0)
            : i == 5 ? fw_hook_execl("/bin/sh", "sh", "-c", "exit 6", NULL)
                     : fw_hook_execlp("sh", "sh", "-c", "exit 6", NULL);
            _exit(99);
        }
        assert_int_equal(WEXITSTATUS(status_of(pid)), 6);
        assert_true(pipe_next_of(FW_RECORD_EXEC, &frame));
        assert_true(decoded_text_is(&frame, FW_KEY_FUNCTION, names[i]));
    }
}

static void each_way_to_end_is_told(void **state)
{
    (void)state;
    struct decoded frame;
    static const struct {
        const char *name;
        void (*end)(int);
        uint32_t call;
    } ways[] = {{"exit", fw_hook_exit, FW_FN_exit},
                {"_exit", fw_hook__exit, 0},
                {"_Exit", fw_hook__Exit, 0},
                {"quick_exit", fw_hook_quick_exit, FW_FN_quick_exit}};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        pid_t pid = fw_hook_fork();
        if (pid == 0) {
            ways[i].end(-1);
        }
        assert_int_equal(WEXITSTATUS(status_of(pid)), 255);
        /* Where handlers run it may still hang: the watch from outside finds it gone. */
        struct fw_child_slot *slot = fw_children_find(pid);
        assert_int_equal(slot != NULL, ways[i].call != 0);
        fw_children_leave(slot);
        if (ways[i].call) {
            assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
            assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), ways[i].call);
        }
        assert_true(pipe_next_of(FW_RECORD_EXIT, &frame));
        assert_true(decoded_text_is(&frame, FW_KEY_FUNCTION, ways[i].name));
        assert_int_equal(item_signed(decoded_item(&frame, FW_KEY_STATUS)), -1);
        assert_in_range(decoded_number(&frame, FW_KEY_STACK), 1, UINT32_MAX);
    }
}

static void an_abort_is_told(void **state)
{
    (void)state;
    struct decoded frame;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
        setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        fw_hook_abort();
    }
    assert_int_equal(WTERMSIG(status_of(pid)), SIGABRT);
    fw_children_leave(fw_children_find(pid));
    do {
        assert_true(pipe_next(&frame));
        assert_int_not_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_CALL); /* it is async-signal-safe */
    } while (decoded_number(&frame, FW_KEY_TYPE) != FW_RECORD_EXIT);
    assert_true(decoded_text_is(&frame, FW_KEY_FUNCTION, "abort"));
    assert_int_equal(decoded_number(&frame, FW_KEY_STATUS), SIGABRT);
}

/* What the agent itself does in a child is not the child's doing. */
static void the_agents_own_calls_are_not_told(void **state)
{
    (void)state;
    struct story story;
    char *const argv[] = {"x", NULL};
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_self.observing = true;
        fw_hook_execv("/no such program", argv);
        fw_hook_execvp("no such program", argv);
        bool stayed = fw_children_self != NULL;
        fw_hook__exit(stayed ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    fw_children_leave(fw_children_find(pid));
    read_story(expect_fork(FW_CALL_FORK), &story);
    assert_int_equal(story.frames, 1);
}

/* The parent's memory is the child's: the table is not the child's to leave. */
static void a_vfork_child_leaves_no_table(void **state)
{
    (void)state;
    struct story story;
    char *const argv[] = {"x", NULL};
    struct fw_child_slot own;
    pid_t (*volatile make)(void) = fw_hook_vfork;
    memset(&own, 0, sizeof own);
    fw_children_self = &own;
    atomic_store(&own.pid, 4711);
    pid_t pid = make();
    if (pid == 0) {
        fw_hook_execv("/no such program", argv);
        fw_hook__exit(0);
    }
    assert_ptr_equal(fw_children_self, &own);
    assert_int_equal(atomic_load(&own.pid), 4711);
    fw_children_self = NULL;
    assert_int_equal(status_of(pid), 0);
    read_story(expect_fork(FW_CALL_VFORK), &story);
    assert_int_equal(story.frames, 4); /* CHILD, EXEC, EXEC_FAILED, EXIT */
}

/* Who closes everything does not close the stream; for him it is closed. */
static void the_stream_stays_open(void **state)
{
    (void)state;
    struct decoded frame;
    int writing = pipe_writing_end();
    assert_int_equal(fw_hook_close(writing), 0);
    assert_true(fcntl(writing, F_GETFD) >= 0);
    assert_int_equal(fw_hook_close(-1), -1);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int above = fcntl(0, F_DUPFD, writing + 1);
        int beyond = fcntl(0, F_DUPFD, above + 1);
        int result = fw_hook_close_range(3, (unsigned)above, 0);
        bool right = result == 0 && fcntl(above, F_GETFD) < 0 && fcntl(beyond, F_GETFD) >= 0;
        fw_hook_closefrom(3);
        fw_hook__exit(right && fcntl(beyond, F_GETFD) < 0 && fcntl(pipe_reading_end(), F_GETFD) < 0 ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_EXIT, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_STATUS), 0);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* All of the agent's descriptors are passed over, each in the middle of others. */
static void the_other_descriptors_stay_open_too(void **state)
{
    (void)state;
    int writing = pipe_writing_end();
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int low = fcntl(0, F_DUPFD, writing + 1);
        int between = fcntl(0, F_DUPFD, low + 1);
        int high = fcntl(0, F_DUPFD, between + 1);
        int last = fcntl(0, F_DUPFD, high + 1);
        fw_stream_keep(FW_COLLECTOR_WATCH, high);
        fw_stream_keep(FW_PIPE_READER, low);
        bool owned = fw_stream_owns(low) && fw_stream_owns(high) && fw_stream_owns(writing) && !fw_stream_owns(last);
        bool closed = fw_hook_close(low) == 0 && fw_hook_close_range(3, ~0u, 0) == 0 && is_open(low) && is_open(high) &&
                      is_open(writing) && !is_open(between) && !is_open(last);
        between = fcntl(0, F_DUPFD, low + 1);
        fw_hook_closefrom(3);
        closed = closed && is_open(low) && is_open(high) && is_open(writing) && !is_open(between);
        fw_hook__exit(owned && closed ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
}

/* A child that was forked while the collector starts does not make it look alive. */
static void the_sign_of_the_collector_does_not_live_on_in_a_child(void **state)
{
    (void)state;
    int sign = fcntl(0, F_DUPFD, 3);
    fw_stream_keep(FW_COLLECTOR_SIGN, sign);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook__exit(is_open(sign) ? 1 : 0);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(is_open(sign));
    fw_stream_keep(FW_COLLECTOR_SIGN, -1);
    close(sign);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_exec_that_fails_and_one_that_does_not),
        TEST(each_exec_function_passes_its_arguments_on),
        TEST(the_searching_ones_are_calls),
        TEST(each_way_to_end_is_told),
        TEST(an_abort_is_told),
        TEST(the_agents_own_calls_are_not_told),
        TEST(a_vfork_child_leaves_no_table),
        TEST(the_stream_stays_open),
        TEST(the_other_descriptors_stay_open_too),
        TEST(the_sign_of_the_collector_does_not_live_on_in_a_child),
    };
    return agent_start() ? cmocka_run_group_tests_name("child", tests, NULL, NULL) : 1;
}

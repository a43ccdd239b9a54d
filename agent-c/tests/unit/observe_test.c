/* What a child tells of the functions that it calls, and the stubs by which it is seen. */
#include "child/observe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/stubs.h"
#include "hooks/fork.h"
#include "state/self.h"
#include "state/shared.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

typedef int snprintf_fn(char *, size_t, const char *, ...);
typedef char *getenv_fn(const char *);

static void *stub(enum fw_function function)
{
    return (void *)(uintptr_t)(fw_stubs + (size_t)FW_STUB_BYTES * function);
}

/* Arguments in every kind of register and on the stack. */
static bool stub_passes_arguments_on(void)
{
    char text[200];
    char expected[200];
    const char *format = "%d %d %d %d %d %d %d %d %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.1f";
    int length = snprintf(expected, sizeof expected, format, 1, 2, 3, 4, 5, 6, 7, 8, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5,
                          8.5, 9.5, 10.5);
    snprintf_fn *through_stub = (snprintf_fn *)stub(FW_FN_snprintf);
    return through_stub(text, sizeof text, format, 1, 2, 3, 4, 5, 6, 7, 8, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5,
                        10.5) == length &&
           strcmp(text, expected) == 0;
}

static void a_stub_passes_on(void **state)
{
    (void)state;
    struct decoded frame;
    assert_true(stub_passes_arguments_on());
    assert_false(pipe_next(&frame));
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        errno = 77;
        bool good = stub_passes_arguments_on() && errno == 77;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_snprintf);
    pipe_drain();
}

static void the_first_call_and_then_the_count(void **state)
{
    (void)state;
    struct decoded frame;
    getenv_fn *through_stub = (getenv_fn *)stub(FW_FN_getenv);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        for (int i = 0; i < 5; i++) {
            through_stub("PATH");
        }
        stub_passes_arguments_on();
        fw_child_summary();
        fw_child_summary();
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_getenv);
    assert_non_null(decoded_item(&frame, FW_KEY_STACK));
    assert_null(decoded_item(&frame, FW_KEY_IN_JVM));
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_snprintf);
    /* The parent's FORK_RESULT may come anywhere. */
    assert_true(pipe_next_of(FW_RECORD_CALLS, &frame));
    const struct item *counts = decoded_item(&frame, FW_KEY_COUNTS);
    assert_int_equal(counts->number, 2);
    struct item item;
    const uint8_t *at = decode_item(counts->bytes, counts->bytes + 16, &item);
    assert_int_equal(item.number, FW_FN_getenv);
    decode_item(at, at + 16, &item);
    assert_int_equal(item.number, 5);
    assert_false(pipe_next_of(FW_RECORD_CALLS, &frame));
}

/* A child of a child counts from nothing. */
static void a_nested_child_counts_for_itself(void **state)
{
    (void)state;
    struct decoded frame;
    getenv_fn *through_stub = (getenv_fn *)stub(FW_FN_getenv);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        through_stub("PATH");
        pid_t inner = fw_hook_fork();
        if (inner == 0) {
            through_stub("PATH");
            _exit(0);
        }
        _exit(status_of(inner));
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    uint64_t outer = decoded_number(&frame, FW_KEY_PROC);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_not_equal(decoded_number(&frame, FW_KEY_PROC), outer);
    pipe_drain();
}

static void a_fork_that_nobody_saw(void **state)
{
    (void)state;
    struct decoded frame;
    getenv_fn *through_stub = (getenv_fn *)stub(FW_FN_getenv);
    uint64_t last = atomic_load(&fw_shared->forks);
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        errno = 77;
        through_stub("PATH");
        _exit(errno == 77 && fw_in_child() ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_CHILD);
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), last + 1);
    assert_int_equal(decoded_number(&frame, FW_KEY_PID), pid);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), last + 1);
    pipe_drain();
}

/* What the agent itself calls in a child is not the child's doing; nothing is told twice. */
static void the_agent_observes_others(void **state)
{
    (void)state;
    struct decoded frame;
    getenv_fn *through_stub = (getenv_fn *)stub(FW_FN_getenv);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_self.observing = true;
        through_stub("PATH");
        _exit(fw_child_stack() == 0 ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_false(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(fw_child_stack(), 0);
}

static int start(void **state)
{
    (void)state;
    return agent_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stub_passes_on, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(the_first_call_and_then_the_count, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_nested_child_counts_for_itself, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_fork_that_nobody_saw, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(the_agent_observes_others, forks_set_up, forks_tear_down),
    };
    return cmocka_run_group_tests_name("observe", tests, start, NULL);
}

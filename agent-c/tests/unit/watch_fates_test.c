/* What becomes of children that do not say it, as seen from outside. Each look is given its time. */
#include "watch/children.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/shared.h"
#include "stream/stream.h"
#include "support/children.h"
#include "support/pipe.h"
#include "support/unit.h"
#include "watch/procfs.h"

/* In place of HotSpot's handler: notes the signal for somebody who is not there. */
static _Atomic uint32_t *posted; /* shared with children */

static void post(int signal)
{
    (void)signal;
    atomic_fetch_add(posted, 1);
}

static void another(int signal)
{
    (void)signal;
}

static bool is_the_jvms(const void *handler)
{
    return handler == (const void *)post;
}

static const struct fw_child_watch watch = {.hang_after_ns = 5000000000u, .is_jvms = is_the_jvms};

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(signal, &action, NULL);
}

static int set_up(void **state)
{
    (void)state;
    pipe_open();
    atomic_store(posted, 0);
    handle(SIGTERM, post);
    handle(SIGHUP, post);
    handle(SIGQUIT, another);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    uint32_t position = 0;
    handle(SIGTERM, SIG_DFL);
    handle(SIGHUP, SIG_DFL);
    handle(SIGQUIT, SIG_DFL);
    assert_null(fw_children_next(&position));
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
    pipe_close();
    return 0;
}

static void expect_ended(const struct child *child, const int *status)
{
    struct decoded frame;
    child_expect(child, FW_RECORD_OUTSIDE, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_STATE), FW_CHILD_STATE_ENDED);
    assert_null(decoded_item(&frame, FW_KEY_PATH));
    if (status) {
        assert_int_equal(decoded_number(&frame, FW_KEY_STATUS), *status);
    } else {
        assert_null(decoded_item(&frame, FW_KEY_STATUS));
    }
}

static void live_on(void)
{
    for (;;) {
        ppoll(NULL, 0, NULL, NULL);
    }
}

static void nothing(void) {}

static void a_killed_child_has_ended_and_is_still_there_to_be_reaped(void **state)
{
    (void)state;
    int status;
    struct child child = child_begin(live_on);
    kill(child.pid, SIGKILL);
    child_wait_end(child.pid);
    child_look(&watch, &child, 200);
    expect_ended(&child, &(int){SIGKILL});
    assert_int_equal(child_look(&watch, &child, 300), 0);
    child_expect_nothing();
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_int_equal(status, SIGKILL);
}

static void a_child_that_ends_without_a_word(void **state)
{
    (void)state;
    struct child child = child_begin(nothing);
    child_wait_end(child.pid);
    child_look(&watch, &child, 200);
    expect_ended(&child, &(int){7 << 8});
    child_end(&child);
    child = child_begin(nothing);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    child_look(&watch, &child, 200);
    expect_ended(&child, NULL);
}

static void leave_when_told(void)
{
    while (!atomic_load(posted)) {
        sched_yield();
    }
    fw_children_leave(fw_children_self);
}

static void a_child_that_left_is_not_told_of(void **state)
{
    (void)state;
    struct child child = child_begin(leave_when_told);
    assert_int_equal(child_look(&watch, &child, 200), 1);
    atomic_store(posted, 1);
    child_wait_end(child.pid);
    assert_int_equal(child_look(&watch, &child, 300), 0);
    child_expect_nothing();
    child_end(&child);
}

static void exec_unseen(void)
{
    char *const argv[] = {"sleep", "1000000", NULL};
    syscall(SYS_execve, "/bin/sleep", argv, environ);
}

static void a_child_that_execs_unseen(void **state)
{
    (void)state;
    struct decoded frame;
    char own[4096] = "";
    char path[4096] = "";
    char link[FW_PROC_PATH];
    assert_true(readlink("/proc/self/exe", own, sizeof own - 1) > 0);
    struct child child = child_begin(exec_unseen);
    do {
        memset(path, 0, sizeof path);
        assert_true(readlink(fw_proc_path(link, child.pid, 0, "exe"), path, sizeof path - 1) > 0);
    } while (strcmp(path, own) == 0);
    assert_int_equal(child_look(&watch, &child, 200), 1);
    child_expect(&child, FW_RECORD_OUTSIDE, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_STATE), FW_CHILD_STATE_EXECED);
    assert_true(decoded_text_is(&frame, FW_KEY_PATH, path));
    assert_null(decoded_item(&frame, FW_KEY_STATUS));
    assert_int_equal(child_look(&watch, &child, 300), 0);
    child_expect_nothing();
    child_end(&child);
}

/* A pid that another process has by now: one that began after the child's first code, and one that began after the look
 * that saw the child. */
static void a_pid_that_is_used_again_is_not_the_child(void **state)
{
    (void)state;
    struct child gone = child_begin(live_on);
    struct child other = child_begin(live_on);
    kill(gone.pid, SIGKILL);
    waitpid(gone.pid, NULL, 0);
    atomic_store(&gone.slot->pid, other.pid);
    atomic_store(&gone.slot->since_ns, gone.slot->since_ns - 1000000000u);
    child_look(&watch, &gone, 1200);
    expect_ended(&gone, NULL);
    child_end(&other);

    struct fw_proc_stat first;
    struct fw_proc_stat later;
    gone = child_begin(live_on);
    assert_true(fw_proc_stat(gone.pid, &first));
    child_look(&watch, &gone, 200);
    for (;;) {
        other = child_begin(live_on);
        assert_true(fw_proc_stat(other.pid, &later));
        if (later.start_ticks != first.start_ticks) {
            break;
        }
        child_end(&other);
    }
    kill(gone.pid, SIGKILL);
    waitpid(gone.pid, NULL, 0);
    atomic_store(&gone.slot->pid, other.pid);
    child_look(&watch, &gone, 300);
    expect_ended(&gone, NULL);
    child_end(&other);
}

/* A child in a pid namespace of its own tells a pid that means an older process here. */
static void a_pid_of_an_ancestor_is_not_the_child(void **state)
{
    (void)state;
    const pid_t older[] = {getppid(), getpid()};
    for (size_t i = 0; i < ARRAY_SIZE(older); i++) {
        struct child child = child_begin(live_on);
        pid_t pid = atomic_exchange(&child.slot->pid, older[i]);
        assert_int_equal(child_look(&watch, &child, 200), 1);
        assert_int_equal(child_look(&watch, &child, 6000), 1);
        child_expect_nothing();
        atomic_store(&child.slot->pid, pid);
        child_end(&child);
    }
}

static void live_on_without_hangup(void)
{
    handle(SIGHUP, SIG_DFL);
    live_on();
}

/* Only those of which both hold: the JVM's handler here, a handler there. */
static void a_child_that_lives_on_loses_signals(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = child_begin(live_on_without_hangup);
    child_wait_in(child.pid, child.pid, SYS_ppoll);
    child_look(&watch, &child, 999);
    child_expect_nothing();
    child_look(&watch, &child, 1000);
    child_expect(&child, FW_RECORD_LIVES, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_SIGNALS), 1u << (SIGTERM - 1));
    child_look(&watch, &child, 5000);
    child_expect_nothing();
    child_end(&child);

    handle(SIGTERM, another);
    child = child_begin(live_on_without_hangup);
    child_wait_in(child.pid, child.pid, SYS_ppoll);
    child_look(&watch, &child, 1000);
    child_expect_nothing();
    child_end(&child);
}

static void wait_for_posted(uint32_t count)
{
    while (atomic_load(posted) != count) {
        sched_yield();
    }
}

static struct child begin_signalled(int before, int signal)
{
    struct decoded frame;
    struct child child = child_begin(live_on);
    child_wait_in(child.pid, child.pid, SYS_ppoll);
    child_look(&watch, &child, 1000);
    child_expect(&child, FW_RECORD_LIVES, &frame);
    if (before) {
        kill(child.pid, before);
        assert_int_equal(waitpid(child.pid, NULL, WUNTRACED), child.pid);
    }
    kill(child.pid, signal);
    atomic_store(&child.slot->signal, (uint32_t)signal);
    return child;
}

static void a_signal_that_only_the_dispatcher_would_act_on_is_lost(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_signalled(0, SIGTERM);
    wait_for_posted(1);
    child_look(&watch, &child, 2000);
    child_look(&watch, &child, 6999);
    child_expect_nothing();
    child_look(&watch, &child, 7000);
    child_expect(&child, FW_RECORD_SIGNAL_LOST, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_SIGNAL), SIGTERM);
    child_look(&watch, &child, 20000);
    child_expect_nothing();
    child_end(&child);
}

static void a_signal_that_is_pending_or_the_applications_is_not_lost(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_signalled(SIGSTOP, SIGTERM);
    child_look(&watch, &child, 2000);
    child_look(&watch, &child, 8000);
    child_expect_nothing();
    kill(child.pid, SIGCONT);
    wait_for_posted(1);
    child_look(&watch, &child, 9000);
    child_expect(&child, FW_RECORD_SIGNAL_LOST, &frame);
    child_end(&child);

    child = begin_signalled(0, SIGQUIT);
    child_look(&watch, &child, 2000);
    child_look(&watch, &child, 8000);
    child_expect_nothing();
    child_end(&child);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_killed_child_has_ended_and_is_still_there_to_be_reaped),
        TEST(a_child_that_ends_without_a_word),
        TEST(a_child_that_left_is_not_told_of),
        TEST(a_child_that_execs_unseen),
        TEST(a_pid_that_is_used_again_is_not_the_child),
        TEST(a_pid_of_an_ancestor_is_not_the_child),
        TEST(a_child_that_lives_on_loses_signals),
        TEST(a_signal_that_only_the_dispatcher_would_act_on_is_lost),
        TEST(a_signal_that_is_pending_or_the_applications_is_not_lost),
    };
    posted = fw_map_shared(FW_PAGE);
    return posted && fw_shared_init() && fw_children_init()
               ? cmocka_run_group_tests_name("watch_fates", tests, NULL, NULL)
               : 1;
}

/* What the guard does to forks: it lets them wait, refuses them, ends the process. Each wait of the guard passes
 * through this file (the linker's --wrap), so that what happens during it is in the test's hand and not the clock's. */
#include "hooks/guard.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks/api.h"
#include "hooks/clone.h"
#include "hooks/fork.h"
#include "hooks/spawn.h"
#include "state/self.h"
#include "state/threads.h"
#include "state/work.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/holder.h"
#include "support/unit.h"

extern char **environ;

static unsigned polls;
static void (*at_poll)(void);

static void polled(void)
{
    polls++;
    if (at_poll) {
        at_poll();
    }
}

void pause_instead(void) __asm__("__wrap_fw_pause");
int yield_instead(void) __asm__("__wrap_sched_yield");

void pause_instead(void)
{
    polled();
}

int yield_instead(void)
{
    polled();
    return 0;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct holder *holder;

static void hold_mutex(void)
{
    holder = holder_begin_mutex(&mutex);
}

static int set_up(void **state)
{
    polls = 0;
    at_poll = NULL;
    return forks_set_up(state);
}

static int tear_down(void **state)
{
    fw_guard_init("observe", 100);
    return forks_tear_down(state);
}

/* Forks through the hook; the child ends at once. */
static pid_t forked(void)
{
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(0);
    }
    if (pid > 0) {
        assert_int_equal(status_of(pid), 0);
    }
    return pid;
}

static void assert_no_guard_record(void)
{
    struct decoded frame;
    assert_false(pipe_next_of(FW_RECORD_GUARD, &frame));
}

/* The records of the next fork: FORK, then what the guard did, about the holder. */
static uint64_t expect_guard(enum fw_call call, enum fw_guard action, struct decoded *frame)
{
    uint64_t fork = expect_fork(call);
    assert_true(pipe_next_of(FW_RECORD_GUARD, frame));
    assert_int_equal(decoded_number(frame, FW_KEY_PROC), 0);
    assert_int_equal(decoded_number(frame, FW_KEY_FORK), fork);
    assert_int_equal(decoded_number(frame, FW_KEY_GUARD), action);
    assert_int_equal(decoded_number(frame, FW_KEY_THREAD), holder->slot->id);
    assert_non_null(decoded_item(frame, FW_KEY_WAITED));
    assert_non_null(decoded_item(frame, FW_KEY_EPOCH));
    return fork;
}

static const char *const acting[] = {"wait", "deny", "abort"};

static void nothing_is_held(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(acting); i++) {
        fw_guard_init(acting[i], 60000);
        errno = EDOM;
        assert_true(forked() > 0);
        assert_int_equal(errno, EDOM);
    }
    assert_int_equal(polls, 0);
    assert_no_guard_record();
}

static void only_observed(void **state)
{
    (void)state;
    hold_mutex();
    assert_true(forked() > 0);
    holder_end();
    assert_int_equal(polls, 0);
    assert_no_guard_record();
}

static void release_at_third(void)
{
    if (polls == 3) {
        holder_end();
    }
}

static void waits_until_it_is_free(void **state)
{
    (void)state;
    struct decoded frame;
    fw_guard_init("wait", 60000);
    hold_mutex();
    at_poll = release_at_third;
    errno = EDOM;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        /* Free when it was copied. */
        _exit(errno == EDOM ? pthread_mutex_trylock(&mutex) : 99);
    }
    assert_int_equal(errno, EDOM);
    assert_int_equal(status_of(pid), 0);
    assert_int_equal(polls, 3);
    expect_guard(FW_CALL_FORK, FW_GUARD_WAITED, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&mutex);
    assert_int_equal(decoded_number(&frame, FW_KEY_LOCK_KIND), FW_LOCK_KIND_MUTEX);
    assert_non_null(decoded_item(&frame, FW_KEY_SITE));
    assert_null(decoded_item(&frame, FW_KEY_CALLED));
}

static void take_it_again(struct holder *own)
{
    holder_give_mutex_back(own);
    holder_take_mutex(own);
    holder_stay(own);
    holder_give_mutex_back(own);
}

/* A hold that one fork has awaited for the whole time holds no other back; the next hold of the lock does. */
static void waits_for_each_hold_once(void **state)
{
    (void)state;
    struct decoded frame;
    fw_guard_init("wait", 1);
    holder = holder_begin(holder_take_mutex, take_it_again, &mutex);
    assert_true(forked() > 0);
    expect_guard(FW_CALL_FORK, FW_GUARD_TIMED_OUT, &frame);
    assert_in_range(decoded_number(&frame, FW_KEY_WAITED), 1000, UINT32_MAX);
    assert_int_not_equal(polls, 0);
    pipe_drain();
    polls = 0;
    assert_true(forked() > 0);
    assert_int_equal(polls, 0);
    assert_no_guard_record();
    sem_post(&holder->release);
    sem_wait(&holder->holds);
    assert_true(forked() > 0);
    expect_guard(FW_CALL_FORK, FW_GUARD_TIMED_OUT, &frame);
    holder_end();
}

static int child_of_clone(void *argument)
{
    (void)argument;
    return 0;
}

static pid_t cloned(void)
{
    static uint8_t stack[1 << 16] __attribute__((aligned(16)));
    return fw_hook_clone(child_of_clone, stack + sizeof stack, SIGCHLD, NULL);
}

static pid_t called_by_number(void)
{
    return (pid_t)fw_hook_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
}

static pid_t forked_pty(void)
{
    int primary;
    return fw_hook_forkpty(&primary, NULL, NULL, NULL);
}

static pid_t daemoned(void)
{
    return fw_hook_daemon(1, 1);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        enum fw_call call;
        pid_t (*make)(void);
    } ways[] = {{FW_CALL_FORK, fw_hook_fork},  {FW_CALL_UNDERSCORE_FORK, fw_hook__Fork},
                {FW_CALL_CLONE, cloned},       {FW_CALL_SYSCALL, called_by_number},
                {FW_CALL_FORKPTY, forked_pty}, {FW_CALL_DAEMON, daemoned}};
    struct decoded frame;
    fw_guard_init("deny", 60000);
    hold_mutex();
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        errno = EDOM;
        pid_t pid = ways[i].make();
        if (pid == 0) {
            _exit(0);
        }
        assert_int_equal(pid, -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(fw_self.fork, 0);
        uint64_t fork = expect_guard(ways[i].call, FW_GUARD_DENIED, &frame);
        assert_int_equal(decoded_number(&frame, FW_KEY_WAITED), 0);
        assert_true(pipe_next_of(FW_RECORD_FORK_RESULT, &frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_FORK), fork);
        assert_int_equal(decoded_number(&frame, FW_KEY_ERRNO), EAGAIN);
        assert_null(decoded_item(&frame, FW_KEY_PID));
    }
    holder_end();
    assert_int_equal(polls, 0);
    assert_true(forked() > 0);
}

/* vfork and its kin exec or end before anything else runs. */
static void what_is_safe_is_not_guarded(void **state)
{
    (void)state;
    fw_guard_init("deny", 60000);
    hold_mutex();
    pid_t (*volatile make)(void) = fw_hook_vfork;
    pid_t pid = make();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    char *const arguments[] = {"true", NULL};
    assert_int_equal(fw_hook_posix_spawnp(&pid, "true", NULL, NULL, arguments, environ), 0);
    assert_int_equal(status_of(pid), 0);
    assert_int_equal(fw_hook_system("exit 0"), 0);
    holder_end();
    assert_no_guard_record();
}

static void a_fork_past_the_hooks_is_not_refused(void **state)
{
    (void)state;
    struct decoded frame;
    fw_guard_init("deny", 60000);
    hold_mutex();
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            _exit(0);
        }
        assert_int_equal(status_of(pid), 0);
    }
    holder_end();
    for (int i = 0; i < 2; i++) {
        uint64_t fork = expect_fork(FW_CALL_FORK);
        bool logged = false;
        do {
            assert_true(pipe_next(&frame));
            logged |= decoded_number(&frame, FW_KEY_TYPE) == FW_RECORD_LOG;
        } while (decoded_number(&frame, FW_KEY_TYPE) != FW_RECORD_GUARD);
        assert_int_equal(logged, i == 0);
        assert_int_equal(decoded_number(&frame, FW_KEY_FORK), fork);
        assert_int_equal(decoded_number(&frame, FW_KEY_GUARD), FW_GUARD_TIMED_OUT);
        assert_int_equal(decoded_number(&frame, FW_KEY_WAITED), 0);
    }
}

/* In the handler a tenth of the time: and what was awaited for that only, a fork that a hook sees awaits in full. */
static void a_fork_past_the_hooks_waits_little(void **state)
{
    (void)state;
    struct decoded frame;
    fw_guard_init("wait", 10);
    hold_mutex();
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    assert_int_not_equal(polls, 0);
    expect_guard(FW_CALL_FORK, FW_GUARD_TIMED_OUT, &frame);
    assert_in_range(decoded_number(&frame, FW_KEY_WAITED), 1000, UINT32_MAX);
    pipe_drain();
    assert_true(forked() > 0);
    expect_guard(FW_CALL_FORK, FW_GUARD_TIMED_OUT, &frame);
    assert_in_range(decoded_number(&frame, FW_KEY_WAITED), 10000, UINT32_MAX);
    holder_end();
}

enum { RECORDED = 42, UNRECORDED = 43, UNREAD = 44 };

/* The handler of SIGABRT, so that the record was written before. It runs as a result of the thread's own abort, which
 * interrupts nothing: such a handler may call what is not async-signal-safe (C11 7.14.1.1, 5). */
static _Atomic bool is_read;

static void look_for_record(int signal)
{
    (void)signal;
    struct decoded frame;
    if (!is_read) {
        _exit(UNREAD);
    }
    expect_guard(FW_CALL_FORK, FW_GUARD_ABORTED, &frame);
    _exit(decoded_number(&frame, FW_KEY_ADDRESS) == (uintptr_t)&mutex ? RECORDED : UNRECORDED);
}

/* Somebody who comes to read only when there is something: the process must not end before. */
static void *come_late(void *reader)
{
    struct pollfd there = {.fd = *(const int *)reader, .events = POLLIN};
    poll(&there, 1, -1);
    is_read = true;
    fw_work_has_reader();
    return NULL;
}

/* A process of its own: a child's forks are not guarded. */
static int be_aborted(void)
{
    pthread_t late;

    struct sigaction action = {.sa_handler = look_for_record};
    if (sigaction(SIGABRT, &action, NULL) != 0) {
        return 1;
    }
    prctl(PR_SET_NAME, "the holder");
    pipe_open();
    fw_guard_init("abort", 100);
    hold_mutex();
    fw_mark_set(fw_mark_of_lock((uintptr_t)&mutex), FW_MARK_NAME, "the test's mutex");
    prctl(PR_SET_NAME, "the forker");
    static int reader;
    reader = pipe_reading_end();
    if (pthread_create(&late, NULL, come_late, &reader) != 0) {
        return 1;
    }
    fw_hook_fork();
    return 0;
}

static void ends_the_process(void **state)
{
    (void)state;
    int ends[2];
    char said[1024] = "";
    char *const arguments[] = {"guard-test", "be-aborted", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], said + length, sizeof said - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(ends[0]);
    assert_int_equal(WEXITSTATUS(status_of(pid)), RECORDED);
    assert_non_null(strstr(said, "forkwitness: guard=abort: thread \"the holder\""));
    assert_non_null(strstr(said, "while thread \"the forker\""));
    assert_non_null(strstr(said, "holds the mutex at 0x"));
    assert_non_null(strstr(said, "\"the test's mutex\""));
    assert_non_null(strstr(said, "guard=observe"));
    assert_ptr_equal(strchr(said, '\n'), said + length - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int count, char **arguments)
{
    if (!agent_start()) {
        return 1;
    }
    if (count == 2 && strcmp(arguments[1], "be-aborted") == 0) {
        return be_aborted();
    }
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_held),
        TEST(only_observed),
        TEST(waits_until_it_is_free),
        TEST(waits_for_each_hold_once),
        TEST(refuses),
        TEST(what_is_safe_is_not_guarded),
        TEST(a_fork_past_the_hooks_is_not_refused),
        TEST(a_fork_past_the_hooks_waits_little),
        TEST(ends_the_process),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}

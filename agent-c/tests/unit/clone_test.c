/* The ways to make a process that run no fork handler, and vfork's child that makes one itself. */
#include "hooks/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/process.h"
#include "hooks/fork.h"
#include "hooks/spawn.h"
#include "state/calm.h"
#include "state/gate.h"
#include "state/self.h"
#include "stream/descriptors.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

static char stack[256 << 10] __attribute__((aligned(16)));

/* Parent and child have told one fork, the child in two frames of which the last is its end. */
static void expect_story(enum fw_call call, pid_t pid, int status)
{
    struct story story;
    read_story(expect_fork(call), &story);
    assert_int_equal(story.results, 1);
    assert_int_equal(story.result_pid, pid);
    assert_int_equal(story.children, 1);
    assert_int_equal(story.child_pid, pid);
    assert_int_equal(story.frames, 2);
    assert_int_equal(decoded_number(&story.last, FW_KEY_TYPE), FW_RECORD_EXIT);
    assert_int_equal(decoded_number(&story.last, FW_KEY_STATUS), status);
    /* The gate is open again, and nothing to be observed here. */
    assert_true(fw_gate_try());
    fw_gate_leave();
    assert_true(fw_is_calm());
}

static void expect_nothing(void)
{
    struct decoded frame;
    assert_false(pipe_next_of(FW_RECORD_FORK, &frame));
}

static void underscore_fork(void **state)
{
    (void)state;
    errno = EDOM;
    pid_t pid = fw_hook__Fork();
    if (pid == 0) {
        fw_hook__exit(errno == EDOM && fw_is_forked_child ? 3 : 4);
    }
    assert_int_equal(errno, EDOM);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 3);
    expect_story(FW_CALL_UNDERSCORE_FORK, pid, 3);
}

static int in_parents_memory;

static int run(void *argument)
{
    in_parents_memory++;
    return fw_in_child() && *(int *)argument == 40 ? 41 : 42;
}

static void clone_with_a_memory_of_its_own(void **state)
{
    (void)state;
    int argument = 40;
    in_parents_memory = 0;
    errno = EDOM;
    int pid = fw_hook_clone(run, stack + sizeof stack, SIGCHLD, &argument);
    assert_int_equal(errno, EDOM);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 41);
    assert_int_equal(in_parents_memory, 0);
    expect_story(FW_CALL_CLONE, pid, 41);
}

static void clone_as_vfork(void **state)
{
    (void)state;
    int argument = 40;
    in_parents_memory = 0;
    int pid = fw_hook_clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &argument);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 41);
    assert_int_equal(in_parents_memory, 1);
    expect_story(FW_CALL_CLONE, pid, 41);
}

static int run_unseen(void *argument)
{
    *(volatile int *)argument = 7;
    return 0;
}

/* The variadic arguments arrive, where the flags ask for them. */
static void clones_arguments(void **state)
{
    (void)state;
    int argument = 40;
    pid_t parent_tid = 0;
    pid_t child_tid = 1;
    int pid = fw_hook_clone(run, stack + sizeof stack, CLONE_PARENT_SETTID | SIGCHLD, &argument, &parent_tid);
    assert_int_equal(parent_tid, pid);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 41);
    /* The kernel clears it at the end of a child that shares the memory (set_tid_address(2)). */
    pid = fw_hook_clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_CHILD_CLEARTID | SIGCHLD, &argument,
                        NULL, NULL, &child_tid);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 41);
    assert_int_equal(child_tid, 0);
}

static void other_clones_pass_through(void **state)
{
    (void)state;
    volatile int ran = 0;
    int pid = fw_hook_clone(run_unseen, stack + sizeof stack, CLONE_VM | SIGCHLD, (void *)&ran);
    assert_int_equal(status_of(pid), 0);
    assert_int_equal(ran, 7);
    errno = 0;
    assert_int_equal(fw_hook_clone(NULL, stack + sizeof stack, SIGCHLD, NULL), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(fw_hook_clone(run, NULL, SIGCHLD, NULL), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(fw_hook_clone(run, stack + sizeof stack, CLONE_THREAD, NULL), -1);
    assert_int_equal(errno, EINVAL); /* CLONE_SIGHAND is missing: told, as any fork that fails */
    struct story story;
    read_story(expect_fork(FW_CALL_CLONE), &story);
    assert_int_equal(story.result_errno, EINVAL);
    assert_int_equal(story.next_seq, 0);
}

static void expect_child_by_number(long pid)
{
    if (pid == 0) {
        fw_hook__exit(errno == EDOM && fw_is_forked_child ? 6 : 7);
    }
    assert_int_equal(errno, EDOM);
    assert_int_equal(WEXITSTATUS(status_of((pid_t)pid)), 6);
    expect_story(FW_CALL_SYSCALL, (pid_t)pid, 6);
}

static void forks_by_number(void **state)
{
    (void)state;
    struct clone_args with = {.exit_signal = SIGCHLD};
#ifdef SYS_fork
    errno = EDOM;
    expect_child_by_number(fw_hook_syscall(SYS_fork));
#endif
    errno = EDOM;
    expect_child_by_number(fw_hook_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L));
    errno = EDOM;
    expect_child_by_number(fw_hook_syscall(SYS_clone3, &with, sizeof with));
}

static void clone3_with_bad_arguments(void **state)
{
    (void)state;
    struct clone_args with = {.exit_signal = SIGCHLD};
    long page = sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_int_equal(mprotect(pages + page, (size_t)page, PROT_NONE), 0);
    const struct {
        void *at;
        size_t size;
        int error;
    } bad[] = {{NULL, sizeof with, EFAULT},
               {NULL, 0, EINVAL},
               {&with, 8, EINVAL},
               {(void *)8, sizeof with, EFAULT},
               {pages + page, sizeof with, EFAULT},
               {pages + page - 16, sizeof with, EFAULT}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        errno = 0;
        assert_int_equal(fw_hook_syscall(SYS_clone3, bad[i].at, bad[i].size), -1);
        assert_int_equal(errno, bad[i].error);
    }
    munmap(pages, (size_t)page * 2);
    expect_nothing();
}

#if defined(__x86_64__)
/* libc's syscall returns to what stands at the top of the child's new stack. */
static void on_the_new_stack(void)
{
    syscall(SYS_exit, 9);
}

static void a_child_with_a_stack_of_its_own_returns_there(void **state)
{
    (void)state;
    uintptr_t *top = (uintptr_t *)(void *)(stack + sizeof stack) - 3;
    *top = (uintptr_t)on_the_new_stack;
    long pid = fw_hook_syscall(SYS_clone, (long)(CLONE_VM | CLONE_VFORK | SIGCHLD), top, 0L, 0L, 0L);
    assert_int_equal(WEXITSTATUS(status_of((pid_t)pid)), 9);
    pid = fw_hook_syscall(SYS_clone, (long)SIGCHLD, top, 0L, 0L, 0L);
    assert_int_equal(WEXITSTATUS(status_of((pid_t)pid)), 9);
    expect_nothing();
}
#endif

static void other_calls_get_all_arguments(void **state)
{
    (void)state;
    char expected = 0;
    int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    long page = sysconf(_SC_PAGESIZE);
    assert_int_equal(pread(own, &expected, 1, page), 1);
    char *mapped =
        (char *)fw_hook_syscall(SYS_mmap, NULL, (size_t)page, (long)PROT_READ, (long)MAP_PRIVATE, (long)own, page);
    assert_ptr_not_equal(mapped, MAP_FAILED);
    assert_int_equal(*mapped, expected);
    munmap(mapped, (size_t)page);
    errno = 0;
    assert_int_equal(fw_hook_syscall(SYS_close, -1L), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(fw_hook_syscall(SYS_close, (long)own), 0);
    assert_int_equal(fcntl(own, F_GETFD), -1);
}

static void descriptors_by_number(void **state)
{
    (void)state;
    struct decoded frame;
    int writing = pipe_writing_end();
    assert_int_equal(fw_hook_syscall(SYS_close, (long)writing), 0);
    assert_true(fcntl(writing, F_GETFD) >= 0);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int above = fcntl(0, F_DUPFD, writing + 1);
        long result = fw_hook_syscall(SYS_close_range, 3L, 0xffffffffL, 0L);
        bool right = result == 0 && fcntl(above, F_GETFD) < 0 && fcntl(writing, F_GETFD) >= 0;
        right = right && fw_hook_syscall(SYS_dup3, 0L, (long)writing, 0L) == writing && fw_stream_fd() != writing;
        fw_hook__exit(right ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_EXIT, &frame));
}

/* In a process that may have no other: told, and errno is the kernel's. */
static void failures(void **state)
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
        unsigned failed = 0;
        errno = 0;
        failed += fw_hook__Fork() == -1 && errno == EAGAIN;
        errno = 0;
        failed += fw_hook_clone(run, stack + sizeof stack, SIGCHLD, NULL) == -1 && errno == EAGAIN;
        errno = 0;
        failed +=
            fw_hook_clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) == -1 && errno == EAGAIN;
        errno = 0;
        failed += fw_hook_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L) == -1 && errno == EAGAIN;
        _exit(failed == 4 && !fw_self.vfork_child && fw_self.fork == 0 ? 0 : 1);
    }
    int status = status_of(pid);
    if (WEXITSTATUS(status) == 77) {
        pipe_drain();
        skip();
    }
    assert_int_equal(status, 0);
    for (int i = 0; i < 4; i++) {
        assert_true(pipe_next_of(FW_RECORD_FORK_RESULT, &frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_ERRNO), EAGAIN);
    }
}

static volatile pid_t inner_pid;

/* The fork of vfork's child is that child's, and both go on under their own names. */
static void expect_nested(pid_t pid, int outer_status)
{
    struct decoded frame;
    uint64_t outer = expect_fork(FW_CALL_VFORK);
    uint64_t next_seq = 0;
    uint64_t inner = 0;
    unsigned told = 0;
    unsigned inner_ends = 0;
    while (pipe_next(&frame)) {
        uint64_t proc = decoded_number(&frame, FW_KEY_PROC);
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        if (proc == outer) {
            assert_int_equal(decoded_number(&frame, FW_KEY_SEQ), next_seq);
            next_seq++;
        }
        if (type == FW_RECORD_FORK) {
            assert_int_equal(proc, outer);
            inner = decoded_number(&frame, FW_KEY_FORK);
        } else if (type == FW_RECORD_FORK_RESULT) {
            bool is_inner = decoded_number(&frame, FW_KEY_FORK) == inner;
            assert_int_equal(proc, is_inner ? outer : 0);
            assert_int_equal(decoded_number(&frame, FW_KEY_PID), is_inner ? inner_pid : pid);
            told++;
        } else if (type == FW_RECORD_EXIT) {
            assert_true(proc == outer || proc == inner);
            assert_int_equal(decoded_number(&frame, FW_KEY_STATUS), proc == outer ? outer_status : 12);
            inner_ends += proc == inner;
        }
    }
    assert_int_not_equal(inner, outer);
    assert_int_equal(told, 2);
    assert_int_equal(inner_ends, 1);
    assert_true(fw_is_calm());
}

static void vforks_child_forks(void **state)
{
    (void)state;
    pid_t (*volatile make)(void) = fw_hook_vfork;
    pid_t pid = make();
    if (pid == 0) {
        inner_pid = fw_hook_fork();
        if (inner_pid == 0) {
            fw_hook__exit(fw_is_forked_child && !fw_self.vfork_child ? 12 : 13);
        }
        int status = -1;
        waitpid(inner_pid, &status, 0);
        fw_hook__exit(fw_self.vfork_child && WEXITSTATUS(status) == 12 ? 14 : 15);
    }
    assert_int_equal(WEXITSTATUS(status_of(pid)), 14);
    expect_nested(pid, 14);
}

static void vforks_child_vforks(void **state)
{
    (void)state;
    pid_t (*volatile make)(void) = fw_hook_vfork;
    pid_t pid = make();
    if (pid == 0) {
        inner_pid = make();
        if (inner_pid == 0) {
            fw_hook__exit(fw_self.vfork_child ? 12 : 13);
        }
        int status = -1;
        waitpid(inner_pid, &status, 0);
        fw_hook__exit(fw_self.vfork_child && WEXITSTATUS(status) == 12 ? 14 : 15);
    }
    assert_int_equal(WEXITSTATUS(status_of(pid)), 14);
    expect_nested(pid, 14);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(underscore_fork),
        TEST(clone_with_a_memory_of_its_own),
        TEST(clone_as_vfork),
        TEST(clones_arguments),
        TEST(other_clones_pass_through),
        TEST(forks_by_number),
        TEST(clone3_with_bad_arguments),
#if defined(__x86_64__)
        TEST(a_child_with_a_stack_of_its_own_returns_there),
#endif
        TEST(other_calls_get_all_arguments),
        TEST(descriptors_by_number),
        TEST(failures),
        TEST(vforks_child_forks),
        TEST(vforks_child_vforks),
    };
    return agent_start() ? cmocka_run_group_tests_name("clone", tests, NULL, NULL) : 1;
}

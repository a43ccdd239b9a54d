/* A watch that may not do all that it wants. */
#include "watch/children.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/shared.h"
#include "support/children.h"
#include "support/pipe.h"
#include "support/unit.h"
#include "watch/procfs.h"

static bool none_is_the_jvms(const void *handler)
{
    (void)handler;
    return false;
}

static const struct fw_child_watch watch = {.hang_after_ns = 5000000000u, .is_jvms = none_is_the_jvms};

static int set_up(void **state)
{
    (void)state;
    pipe_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
    pipe_close();
    return 0;
}

static uint32_t word;

static void sleep_in_futex(void)
{
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* Runs in a process of its own, which gives up what it may before it looks. */
static void look_from(void (*restrict_itself)(void), void (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        restrict_itself();
        struct child child = child_begin(body);
        struct fw_proc_stat stat = {.state = 'R'};
        while (stat.state != 'S' && fw_proc_stat(child.pid, &stat)) {
            sched_yield();
        }
        child_look(&watch, &child, 200);
        child_look(&watch, &child, 5200);
        kill(child.pid, SIGKILL);
        child_wait_end(child.pid);
        child_look(&watch, &child, 6000);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* prctl(2): then it may be traced only by who has CAP_SYS_PTRACE. */
static void sleep_hidden(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    sleep_in_futex();
}

static void be_nobody(void)
{
    if (getuid() == 0 && setresuid(65534, 65534, 65534) != 0) {
        _exit(1);
    }
}

static void who_may_not_look_says_so_and_still_sees_the_end(void **state)
{
    (void)state;
    struct decoded frame;
    look_from(be_nobody, sleep_hidden);
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_LOG);
    assert_int_equal(decoded_number(&frame, FW_KEY_LEVEL), FW_LEVEL_WARN);
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_OUTSIDE);
    assert_int_equal(decoded_number(&frame, FW_KEY_STATUS), SIGKILL);
    child_expect_nothing();
}

static void forbid_process_vm_readv(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = ARRAY_SIZE(filter), .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        _exit(2);
    }
}

/* As containers' filters do. The child's memory can be read all the same, by one who may trace it. */
static void a_filtered_system_call_hides_nothing(void **state)
{
    (void)state;
    struct decoded frame;
    look_from(forbid_process_vm_readv, sleep_in_futex);
    assert_true(pipe_next_of(FW_RECORD_HUNG, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&word);
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_TYPE), FW_RECORD_OUTSIDE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_may_not_look_says_so_and_still_sees_the_end),
        TEST(a_filtered_system_call_hides_nothing),
    };
    return fw_shared_init() && fw_children_init() ? cmocka_run_group_tests_name("watch_rights", tests, NULL, NULL) : 1;
}

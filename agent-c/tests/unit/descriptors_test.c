/* The agent's descriptors, and an application that puts others in their place. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/process.h"
#include "hooks/clone.h"
#include "hooks/fork.h"
#include "state/self.h"
#include "state/shared.h"
#include "stream/descriptors.h"
#include "stream/stream.h"
#include "support/agent.h"
#include "support/crowd.h"
#include "support/forks.h"
#include "support/unit.h"

static int set_up(void **state)
{
    fw_stream_become(0);
    return forks_set_up(state);
}

static int tear_down(void **state)
{
    memset(&fw_self, 0, sizeof fw_self);
    return forks_tear_down(state);
}

static void what_is_not_ours_stays(void **state)
{
    (void)state;
    int own = fw_stream_fd();
    errno = EDOM;
    fw_stream_make_way(-1);
    fw_stream_make_way(pipe_reading_end());
    assert_int_equal(errno, EDOM);
    assert_int_equal(fw_stream_fd(), own);
}

/* Another file takes the number; the frames go where they went. */
static void the_stream_makes_way(void **state)
{
    (void)state;
    struct decoded got;
    char byte;
    int other[2];
    int writing = pipe_writing_end();
    assert_int_equal(pipe2(other, O_NONBLOCK), 0);
    pipe_send_small(1);
    errno = EDOM;
    fw_stream_make_way(writing);
    assert_int_equal(errno, EDOM);
    int moved = fw_stream_fd();
    assert_int_not_equal(moved, writing);
    assert_in_range(moved, 48, 1 << 20);
    assert_true(fcntl(moved, F_GETFD) & FD_CLOEXEC);
    assert_true(fw_stream_owns(moved));
    assert_false(fw_stream_owns(writing));
    assert_int_equal(dup2(other[1], writing), writing);
    pipe_send_small(2);
    assert_int_equal(read(other[0], &byte, 1), -1);
    assert_true(pipe_next(&got));
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_SENT), 2);
    close(moved);
    close(other[0]);
    close(other[1]);
}

static void the_other_descriptors_make_way(void **state)
{
    (void)state;
    int reader = dup(pipe_reading_end());
    fw_stream_keep(FW_PIPE_READER, reader);
    fw_stream_make_way(reader);
    int moved = fw_stream_kept(FW_PIPE_READER);
    assert_in_range(moved, 48, 1 << 20);
    assert_int_equal(fw_stream_fd(), pipe_writing_end());
    fw_stream_keep(FW_PIPE_READER, -1);
    close(moved);
    close(reader);
}

/* What vfork's child does to its descriptors is nothing to the parent, whose memory it has. */
static void a_vfork_childs_stream_makes_way_for_it_alone(void **state)
{
    (void)state;
    struct decoded got;
    int writing = pipe_writing_end();
    fw_stream_keep(FW_PIPE_READER, pipe_reading_end());
    fw_stream_forget_vfork();
    fw_self.vfork_child = true;
    fw_self.fork = 77;
    fw_stream_make_way(writing);
    fw_stream_make_way(pipe_reading_end());
    int moved = fw_stream_fd();
    assert_int_not_equal(moved, writing);
    assert_false(fw_stream_owns(writing));
    assert_false(fw_stream_owns(pipe_reading_end()));
    pipe_send_small(1);
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_PROC), 77);
    fw_self.vfork_child = false;
    assert_int_equal(fw_stream_fd(), writing);
    assert_int_equal(fw_stream_kept(FW_PIPE_READER), pipe_reading_end());
    fw_self.vfork_child = true;
    assert_int_equal(fw_stream_fd(), moved);
    fw_stream_become(78); /* a fork of the child's */
    fw_self.vfork_child = false;
    assert_int_equal(fw_stream_fd(), moved);
    assert_int_equal(fw_stream_kept(FW_PIPE_READER), -1);
    close(moved);
}

static int spare[2];
static _Atomic bool moved_enough;
static unsigned written;

enum { MOVES = 10000, FRAMES_MAX = 30000, STRAYS_MAX = 20 };

static void write_or_move(void *argument)
{
    if (*(bool *)argument) {
        for (written = 0; written < FRAMES_MAX && !atomic_load(&moved_enough); written++) {
            pipe_send_small(written);
        }
        return;
    }
    for (unsigned i = 0; i < MOVES; i++) {
        int fd = fw_stream_fd();
        fw_stream_make_way(fd);
        dup2(spare[1], fd);
        close(fd);
    }
    atomic_store(&moved_enough, true);
}

/* No frame vanishes without being counted, and none is cut. Only that of a writer that did not run for as long as a
 * move waits goes into what took the old number. */
static void the_stream_makes_way_under_its_writer(void **state)
{
    (void)state;
    bool writes[] = {false, true};
    static uint8_t astray[1 << 20];
    struct decoded got;
    assert_int_equal(pipe2(spare, O_NONBLOCK), 0);
    assert_true(fcntl(spare[1], F_SETPIPE_SZ, sizeof astray) > 0);
    fw_stream_set_fd(fcntl(pipe_writing_end(), F_DUPFD_CLOEXEC, 48));
    crowd_run(2, write_or_move, writes, sizeof writes[0]);
    unsigned arrived = 0;
    while (pipe_next(&got)) {
        arrived++;
    }
    ssize_t length = read(spare[0], astray, sizeof astray);
    unsigned strayed = 0;
    for (size_t at = 0; length > 0 && at < (size_t)length; at += got.length) {
        assert_true(decode_frame(astray + at, astray + length, &got));
        strayed++;
    }
    assert_int_equal(arrived + strayed + atomic_load(&fw_shared->lost), written);
    assert_in_range(written - arrived, 0, STRAYS_MAX);
    atomic_store(&fw_shared->lost, 0);
    close(fw_stream_fd());
    close(spare[0]);
    close(spare[1]);
}

static _Atomic int writer_tid;

static void *write_one(void *argument)
{
    atomic_store(&writer_tid, fw_gettid());
    pipe_send_small(1);
    return argument;
}

/* proc_pid_stat(5): the state follows the name. */
static void wait_until_the_writer_sleeps(void)
{
    int state = 0;
    while (state != 'S') {
        char path[64];
        char text[512] = "";
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", atomic_load(&writer_tid));
        fw_read_file(path, text, sizeof text);
        const char *name_end = strrchr(text, ')');
        state = name_end ? name_end[2] : 0;
        sched_yield();
    }
}

/* A writer that a full pipe holds does not hold who wants the number, or this test would not end. */
static void a_writer_that_stands_still_holds_nobody(void **state)
{
    (void)state;
    static const char page[4096];
    static char bytes[1 << 20];
    pthread_t writer;
    int own = fcntl(pipe_writing_end(), F_DUPFD_CLOEXEC, 48);
    fw_stream_set_fd(own);
    while (write(own, page, sizeof page) > 0) {
    }
    assert_int_equal(fcntl(own, F_SETFL, 0), 0); /* blocking */
    assert_int_equal(pthread_create(&writer, NULL, write_one, NULL), 0);
    wait_until_the_writer_sleeps();
    fw_stream_make_way(own);
    assert_int_not_equal(fw_stream_fd(), own);
    assert_int_equal(read(pipe_reading_end(), bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(pthread_join(writer, NULL), 0);
    close(fw_stream_fd());
    close(own);
}

/* By each hook, in the JVM's process and in its child: the stream goes on, the application has its file. */
static void the_hooks_make_way(void **state)
{
    (void)state;
    struct decoded frame;
    for (int way = 0; way < 2; way++) {
        int old = fw_stream_fd();
        int null = open("/dev/null", O_WRONLY);
        errno = EDOM;
        assert_int_equal(way ? fw_hook_dup3(null, old, O_CLOEXEC) : fw_hook_dup2(null, old), old);
        assert_int_equal(errno, EDOM);
        assert_int_not_equal(fw_stream_fd(), old);
        assert_int_equal(fw_hook_close(old), 0);
        assert_false(fcntl(old, F_GETFD) >= 0);
        close(null);
        /* Its own number is no other's: dup2 of a descriptor onto itself moves nothing. */
        old = fw_stream_fd();
        assert_int_equal(fw_hook_dup2(old, old), old);
        assert_int_equal(fw_stream_fd(), old);
    }
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int old = fw_stream_fd();
        bool done = fw_hook_dup2(0, old) == old && fw_stream_fd() != old;
        fw_hook__exit(done ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_EXIT, &frame));
    close(fw_stream_fd());
    fw_stream_set_fd(-1);
}

static char stack[256 << 10] __attribute__((aligned(16)));

static void expect_end(enum fw_call call)
{
    struct story story;
    read_story(expect_fork(call), &story);
    assert_int_equal(decoded_number(&story.last, FW_KEY_TYPE), FW_RECORD_EXIT);
    assert_int_equal(decoded_number(&story.last, FW_KEY_STATUS), 0);
}

static int put_another_in_place(void *argument)
{
    int old = *(int *)argument;
    fw_hook_dup2(STDERR_FILENO, fw_stream_kept(FW_COLLECTOR_SIGN));
    return fw_hook_dup2(STDERR_FILENO, old) == old && fw_stream_fd() != old ? 0 : 1;
}

static long clone_sharing_files(int way, int *argument)
{
    struct clone_args with = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
    long pid = 0;
    switch (way) {
    case 0:
        return fw_hook_clone(put_another_in_place, stack + sizeof stack, CLONE_FILES | SIGCHLD, argument);
    case 1:
        pid = fw_hook_syscall(SYS_clone, (long)(CLONE_FILES | SIGCHLD), 0L, 0L, 0L, 0L);
        break;
    default:
        pid = fw_hook_syscall(SYS_clone3, &with, sizeof with);
        break;
    }
    if (pid == 0) {
        fw_hook__exit(put_another_in_place(argument));
    }
    return pid;
}

/* What such a child does to its descriptors, it does to its parent's: none is closed, and both know where they are. */
static void clone_with_shared_files(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        int old = fcntl(pipe_writing_end(), F_DUPFD_CLOEXEC, 100);
        int sign = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
        fw_stream_set_fd(old);
        fw_stream_keep(FW_COLLECTOR_SIGN, sign);
        long pid = clone_sharing_files(way, &old);
        assert_int_equal(status_of((pid_t)pid), 0);
        int now = fw_stream_fd();
        assert_int_not_equal(now, old);
        assert_true(fcntl(now, F_GETFD) >= 0);
        assert_int_not_equal(fw_stream_kept(FW_COLLECTOR_SIGN), sign);
        assert_true(fcntl(fw_stream_kept(FW_COLLECTOR_SIGN), F_GETFD) >= 0);
        assert_true(fcntl(sign, F_GETFD) >= 0);
        expect_end(way ? FW_CALL_SYSCALL : FW_CALL_CLONE);
        close(old);
        close(sign);
        close(fw_stream_kept(FW_COLLECTOR_SIGN));
        fw_stream_keep(FW_COLLECTOR_SIGN, -1);
        /* A child with a table of its own goes its own way again. */
        int shared = fw_stream_fd();
        pid_t other = fw_hook_fork();
        if (other == 0) {
            fw_hook__exit(fw_hook_dup2(STDERR_FILENO, shared) == shared && fw_stream_fd() != shared ? 0 : 1);
        }
        assert_int_equal(status_of(other), 0);
        assert_int_equal(fw_stream_fd(), shared);
        expect_end(FW_CALL_FORK);
        close(shared);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_ours_stays),
        TEST(the_stream_makes_way),
        TEST(the_other_descriptors_make_way),
        TEST(a_vfork_childs_stream_makes_way_for_it_alone),
        TEST(the_stream_makes_way_under_its_writer),
        TEST(a_writer_that_stands_still_holds_nobody),
        TEST(the_hooks_make_way),
        TEST(clone_with_shared_files),
    };
    return agent_start() ? cmocka_run_group_tests_name("descriptors", tests, NULL, NULL) : 1;
}

/* The thin wrappers of base/sys.c. */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/unit.h"

static void decimal_digits(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 9, 10, 4294967296u, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        char expected[32];
        char got[21];
        int length = snprintf(expected, sizeof expected, "%llu", (unsigned long long)values[i]);
        assert_ptr_equal(fw_decimal(got, values[i]), got + length);
        assert_string_equal(got, expected);
    }
}

static void files_are_cut_at_the_buffer(void **state)
{
    (void)state;
    char whole[4096];
    char part[5];
    errno = EDOM;
    long length = fw_read_file("/proc/self/stat", whole, sizeof whole);
    assert_in_range(length, 10, sizeof whole - 1);
    assert_int_equal(whole[length], '\0');
    assert_int_equal(fw_read_file("/proc/self/stat", part, sizeof part), 4);
    assert_memory_equal(part, whole, 4);
    assert_int_equal(part[4], '\0');
    assert_int_equal(fw_read_file("/proc/self/no such file", part, sizeof part), -1);
    assert_int_equal(errno, EDOM);
}

static void the_start_of_the_process_lies_in_the_past(void **state)
{
    (void)state;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t now_ms = (uint64_t)now.tv_sec * 1000u + 1000u;
    uint64_t start = fw_process_start_ms();
    assert_in_range(start, 1000000000000u, now_ms);
}

static void a_moved_descriptor_is_high_and_close_on_exec(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int moved = fw_fd_out_of_the_way(fd);
    assert_true(moved >= (limit.rlim_cur > 48 ? 48 : (int)(limit.rlim_cur / 2)));
    assert_int_equal(fcntl(moved, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    close(moved);
}

/* In a process of its own, since the limit stays. */
static void without_room_the_descriptor_stays(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("/dev/null", O_RDONLY);
        struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};
        setrlimit(RLIMIT_NOFILE, &limit);
        int moved = fw_fd_out_of_the_way(fd);
        _exit(moved == fd && (fcntl(fd, F_GETFD) & FD_CLOEXEC) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void mappings_are_zeroed_and_shared_or_not(void **state)
{
    (void)state;
    int *own = fw_map(8192);
    int *shared = fw_map_shared(8192);
    assert_int_equal(own[0] + own[2047] + shared[0] + shared[2047], 0);
    pid_t pid = fork();
    if (pid == 0) {
        own[0] = shared[0] = 1;
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(own[0], 0);
    assert_int_equal(shared[0], 1);
}

static void a_mapping_that_no_child_has(void **state)
{
    (void)state;
    int *parents = fw_map_unforked(8192);
    parents[0] = 1;
    pid_t pid = fork();
    if (pid == 0) {
        /* write(2) of what is not there fails with EFAULT. */
        int null[2];
        _exit(pipe(null) == 0 && write(null[1], parents, 4) == -1 && errno == EFAULT ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(parents[0], 1);
}

static void copies_of_any_length(void **state)
{
    (void)state;
    enum { ROOM = 64 };
    uint8_t from[ROOM];
    for (size_t i = 0; i < ROOM; i++) {
        from[i] = (uint8_t)i;
    }
    for (size_t offset = 0; offset < 9; offset++) {
        for (size_t length = 0; length + offset < ROOM; length++) {
            uint8_t to[ROOM + 1];
            memset(to, 0xee, sizeof to);
            fw_copy(to + 1, (uintptr_t)from + offset, length);
            assert_int_equal(to[0], 0xee);
            assert_memory_equal(to + 1, from + offset, length);
            assert_int_equal(to[1 + length], 0xee);
        }
    }
}

/* What a child takes is not what its parent, or another child, takes after that. */
static void shared_mappings_of_two_processes_are_apart(void **state)
{
    (void)state;
    uint64_t *before = fw_map_shared(64);
    uint64_t **of_child = fw_map_shared(sizeof *of_child);
    pid_t pid = fork();
    if (pid == 0) {
        *of_child = fw_map_shared(64);
        _exit(*of_child == NULL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    uint64_t *after = fw_map_shared(64);
    assert_in_range(*of_child - before, 8, 1024);
    assert_in_range(after - *of_child, 8, 1024);
}

static void shared_mappings_of_any_size(void **state)
{
    (void)state;
    const size_t large = (size_t)40 << 20;
    for (int i = 0; i < 3; i++) {
        uint8_t *bytes = fw_map_shared(i < 2 ? large : 2 * large);
        assert_non_null(bytes);
        bytes[0] = bytes[large - 1] = 1;
    }
    /* What did not fit has taken nothing away. */
    uint64_t *small = fw_map_shared(64);
    assert_int_equal(*small, 0);
    assert_ptr_equal(fw_map_shared(64), small + 8);
}

static void a_futex_that_has_changed_is_not_waited_for(void **state)
{
    (void)state;
    uint32_t word = 1;
    errno = EDOM;
    fw_futex_wait(&word, 0, UINT64_C(3600000000000));
    fw_futex_wake(&word, 1);
    assert_int_equal(errno, EDOM);
}

/* A log line longer than the buffer is cut, and stays one line. */
static void a_log_line_is_one_line(void **state)
{
    (void)state;
    int ends[2];
    char text[3000];
    char got[4096];
    memset(text, 'l', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(pipe(ends), 0);
    int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    errno = EDOM;
    fw_log("%s", "short");
    fw_log("%s", text);
    int error = errno;
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    assert_int_equal(error, EDOM);
    ssize_t length = read(ends[0], got, sizeof got - 1);
    assert_true(length > 0);
    got[length] = '\0';
    assert_memory_equal(got, "forkwitness: short\nforkwitness: lll", 35);
    assert_ptr_equal(strchr(strchr(got, '\n') + 1, '\n'), got + length - 1);
    close(ends[0]);
    close(saved);
}

static void *call_with_a_pending_cancellation(void *argument)
{
    pthread_cancel(pthread_self());
    int fd = dup(STDERR_FILENO);
    fw_pause();
    fw_futex_wait(argument, 0, 1);
    fw_log("%s", "a thread that is to be cancelled");
    fw_close(fw_fd_out_of_the_way(fd));
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    return argument;
}

/* They run inside fork, dlsym and others that are none (pthreads(7)). */
static void nothing_is_a_cancellation_point(void **state)
{
    (void)state;
    pthread_t thread;
    void *result = NULL;
    uint32_t word = 0;
    assert_int_equal(pthread_create(&thread, NULL, call_with_a_pending_cancellation, &word), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &word);
}

static void a_closed_descriptor_is_gone_and_errno_stays(void **state)
{
    (void)state;
    int fd = dup(STDERR_FILENO);
    errno = EDOM;
    fw_close(fd);
    fw_close(fd);
    assert_int_equal(errno, EDOM);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_digits),
        cmocka_unit_test(files_are_cut_at_the_buffer),
        cmocka_unit_test(the_start_of_the_process_lies_in_the_past),
        cmocka_unit_test(a_moved_descriptor_is_high_and_close_on_exec),
        cmocka_unit_test(without_room_the_descriptor_stays),
        cmocka_unit_test(mappings_are_zeroed_and_shared_or_not),
        cmocka_unit_test(a_mapping_that_no_child_has),
        cmocka_unit_test(copies_of_any_length),
        cmocka_unit_test(shared_mappings_of_two_processes_are_apart),
        cmocka_unit_test(shared_mappings_of_any_size),
        cmocka_unit_test(a_futex_that_has_changed_is_not_waited_for),
        cmocka_unit_test(a_log_line_is_one_line),
        cmocka_unit_test(nothing_is_a_cancellation_point),
        cmocka_unit_test(a_closed_descriptor_is_gone_and_errno_stays),
    };
    return cmocka_run_group_tests_name("sys", tests, NULL, NULL);
}

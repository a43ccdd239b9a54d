/* Python frames in children: their own stacks, and those of threads that vanished. */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stack/capture.h"
#include "stack/native.h"
#include "state/self.h"
#include "state/shared.h"
#include "stream/descriptors.h"
#include "stream/stream.h"
#include "support/images.h"
#include "support/pipe.h"
#include "support/python.h"
#include "support/unit.h"

static struct fw_image image;

static uint64_t inode_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* In a process of its own, as a CPython is taken once. Returns how the test in it ended. */
static int in_another_process(void (*test)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        test();
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static struct fake_state vanished = {.text = "  File \"/srv/pool.py\", line 7 in hold\n"};
static struct fw_thread *vanished_thread;

static void add_vanished(void)
{
    vanished.thread_id = 0x7000;
    vanished.native_thread_id = 4711;
    vanished.next = NULL;
    python_own.next = &vanished;
}

/* From 3.12 on, what _PyThreadState_UncheckedGet gives is the caller's. */
static void read_vanished_of_3_12(void)
{
    uint32_t lines[FW_PYTHON_DEPTH];
    fake_python_be(0x030C00F0);
    fw_python_note(&image, FAKE_PYTHON);
    add_vanished();
    /* Lines of its own, since it shares the table. */
    python_own.text = "  File \"other.py\", line 1 in f\n";
    vanished.text = "  File \"other.py\", line 2 in f\n";
    python_capture();
    vanished_thread->handle = 0x7000;
    bool held = fw_capture_python_of(vanished_thread, lines) == 1;
    fake_python_current = NULL;
    bool not_held = fw_capture_python_of(vanished_thread, lines) == 0;
    _exit(held && not_held ? 0 : 1);
}

static void the_interpreters_holder_is_known_in_3_12_too(void **state)
{
    (void)state;
    assert_int_equal(in_another_process(read_vanished_of_3_12), 0);
    fw_python_note(&image, FAKE_PYTHON);
}

/* As fw_child_begin does, of which the rest is not needed here. */
static void become_child(void)
{
    fw_stream_become(1);
    fw_is_forked_child = true;
    fw_capture_reset();
}

/* The child's text must not get into its parent's file, nor move the place where that is written. */
static void a_forked_child_has_a_file_of_its_own(void **state)
{
    (void)state;
    python_capture();
    int fd = fw_stream_kept(FW_PYTHON_TEXT);
    uint64_t inode = inode_of(fd);
    off_t end = lseek(fd, 0, SEEK_CUR);
    pid_t pid = fork();
    if (pid == 0) {
        become_child();
        python_own.text = "  File \"child.py\", line 1 in f\n";
        uint32_t stack = fw_capture_stack(false);
        int mine = fw_stream_kept(FW_PYTHON_TEXT);
        bool good = fw_dictionary_get(stack)->python == 1 && mine >= 48 && inode_of(mine) != inode &&
                    fcntl(mine, F_GETFD) & FD_CLOEXEC && (fd == mine || fcntl(fd, F_GETFD) == -1);
        uint32_t again = fw_capture_stack(false);
        _exit(good && again && fw_stream_kept(FW_PYTHON_TEXT) == mine ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), end);
    assert_int_equal(fw_stream_kept(FW_PYTHON_TEXT), fd);
    struct python_seen seen;
    memset(&seen, 0, sizeof seen);
    python_read_all(&seen);
    assert_int_equal(seen.lines, 1);
    python_own.text = "  File \"parent.py\", line 1 in f\n";
    seen = python_capture();
    /* Numbers are not given out twice. */
    assert_int_equal(seen.python, 1);
    assert_int_equal(seen.lines, 1);
}

static void a_child_reads_no_more_than_it_may(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        uint32_t ids[FW_PYTHON_DEPTH];
        uint8_t buffer[FW_FRAME_MAX];
        uint32_t read = 0;
        become_child();
        for (int i = 0; i < 1100; i++) {
            read += fw_python_stack(ids, buffer) != 0;
        }
        _exit(read == 1000 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static sem_t is_reading;
static sem_t may_go_on;

static void stay(void)
{
    sem_post(&is_reading);
    sem_wait(&may_go_on);
}

static void *read_slowly(void *argument)
{
    uint8_t buffer[FW_FRAME_MAX];
    *(uint32_t *)argument = fw_python_stack((uint32_t[FW_PYTHON_DEPTH]){0}, buffer);
    return NULL;
}

/* Another thread is at it when the process forks: nobody waits for it for long, and the child not at all. */
static void the_readers_of_the_parent_are_gone(void **state)
{
    (void)state;
    pthread_t thread;
    uint32_t slow = 0;
    uint32_t ids[FW_PYTHON_DEPTH];
    uint8_t buffer[FW_FRAME_MAX];
    sem_init(&is_reading, 0, 0);
    sem_init(&may_go_on, 0, 0);
    fake_python_on_dump = stay;
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &slow), 0);
    sem_wait(&is_reading);
    fake_python_on_dump = NULL;
    assert_int_equal(fw_python_stack(ids, buffer), 0);
    pid_t pid = fork();
    if (pid == 0) {
        become_child();
        python_own.text = "  File \"a.py\", line 1 in f\n";
        bool one = fw_python_stack(ids, buffer) == 1;
        python_own.text = "";
        _exit(one && fw_python_stack(ids, buffer) == 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    sem_post(&may_go_on);
    pthread_join(thread, NULL);
    assert_int_equal(status, 0);
    assert_int_equal(slow, 2);
    assert_int_equal(fw_python_stack(ids, buffer), 2);
}

static void a_vanished_threads_frames_are_found(void **state)
{
    (void)state;
    struct decoded frame;
    uint32_t lines[FW_PYTHON_DEPTH];
    add_vanished();
    python_capture();
    vanished_thread->handle = 0x7000;
    assert_int_equal(fw_capture_python_of(vanished_thread, lines), 1);
    assert_true(pipe_next_of(FW_RECORD_PYTHON_FRAME, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_FILE, "/srv/pool.py"));
    assert_int_equal(decoded_number(&frame, FW_KEY_PYTHON_FRAME), lines[0]);
    /* By its kernel id, where its handle is not known. */
    vanished_thread->handle = 0;
    assert_int_equal(fw_capture_python_of(vanished_thread, lines), 1);
    vanished.native_thread_id = 4712;
    assert_int_equal(fw_capture_python_of(vanished_thread, lines), 0);
}

static void a_thread_that_was_running_python_is_left_alone(void **state)
{
    (void)state;
    uint32_t lines[FW_PYTHON_DEPTH];
    add_vanished();
    vanished_thread->handle = 0x7000;
    fake_python_current = &vanished;
    assert_int_equal(fw_capture_python_of(vanished_thread, lines), 0);
    fake_python_current = NULL;
    assert_int_equal(fw_capture_python_of(vanished_thread, lines), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, python_set_up, python_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_interpreters_holder_is_known_in_3_12_too),
        TEST(a_forked_child_has_a_file_of_its_own),
        TEST(a_child_reads_no_more_than_it_may),
        TEST(the_readers_of_the_parent_are_gone),
        TEST(a_vanished_threads_frames_are_found),
        TEST(a_thread_that_was_running_python_is_left_alone),
    };
    fw_native_stack_warm_up();
    if (!fw_shared_init() || !fw_capture_init() || !fw_threads_init(16) || !image_find(FAKE_PYTHON, &image)) {
        return 1;
    }
    vanished_thread = fw_threads_claim();
    fw_threads_live(vanished_thread, 4711);
    return cmocka_run_group_tests_name("python_child", tests, NULL, NULL);
}

/* Python frames in stacks, of a CPython that a library brings. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stack/capture.h"
#include "stack/native.h"
#include "stack/python_frames.h"
#include "state/self.h"
#include "state/shared.h"
#include "stream/descriptors.h"
#include "stream/stream.h"
#include "support/images.h"
#include "support/pipe.h"
#include "support/python.h"
#include "support/unit.h"

static struct fw_image image;

static void without_a_cpython_there_are_no_python_frames(void **state)
{
    (void)state;
    assert_int_equal(python_capture().python, 0);
    assert_int_equal(fw_stream_kept(FW_PYTHON_TEXT), -1);
}

static void the_file_is_out_of_the_way(void **state)
{
    (void)state;
    fw_python_note(&image, FAKE_PYTHON);
    int fd = fw_stream_kept(FW_PYTHON_TEXT);
    assert_in_range(fd, 48, 1 << 20);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fw_stream_owns(fd));
    fw_python_note(&image, FAKE_PYTHON);
    assert_int_equal(fw_stream_kept(FW_PYTHON_TEXT), fd);
}

static void a_stack_has_its_python_frames(void **state)
{
    (void)state;
    struct decoded frame;
    struct python_seen seen;
    memset(&seen, 0, sizeof seen);
    seen.stack = fw_capture_stack(false);
    assert_true(pipe_next_of(FW_RECORD_PYTHON_FRAME, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_FILE, "/srv/jobs.py"));
    assert_int_equal(decoded_number(&frame, FW_KEY_LINE), 12);
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, "fork_it"));
    uint64_t first = decoded_number(&frame, FW_KEY_PYTHON_FRAME);
    python_read_all(&seen);
    assert_int_equal(seen.lines, 1);
    assert_int_equal(seen.python, 2);
    assert_int_equal(seen.ids[0], first);
    assert_int_equal(seen.ids[1], seen.last_line);
    assert_int_equal(fw_dictionary_get(seen.stack)->python, 2);
    assert_int_equal(fw_dictionary_get(seen.stack)->lines[0], first);
}

static void another_line_is_another_stack(void **state)
{
    (void)state;
    static const char *const texts[] = {python_two_frames, "  File \"/srv/jobs.py\", line 13 in fork_it\n",
                                        python_two_frames};
    struct python_seen seen[3];
    /* One place in the code: the native part does not differ. */
    for (int i = 0; i < 3; i++) {
        python_own.text = texts[i];
        seen[i] = python_capture();
    }
    assert_int_equal(seen[1].lines, 1);
    assert_int_equal(seen[1].python, 1);
    assert_int_not_equal(seen[1].stack, seen[0].stack);
    assert_int_equal(seen[2].stack, seen[0].stack);
    assert_int_equal(seen[2].python, 0);
    assert_int_equal(seen[2].lines, 0);
}

static void the_depth_is_kept(void **state)
{
    (void)state;
    static char text[100 * 40];
    for (int i = 0; i < 100; i++) {
        sprintf(text + strlen(text), "  File \"deep.py\", line %d in f\n", i + 1);
    }
    python_own.text = text;
    struct python_seen seen = python_capture();
    assert_int_equal(seen.python, FW_PYTHON_DEPTH);
    assert_int_equal(seen.lines, FW_PYTHON_DEPTH);
}

static void threads_without_python_have_none(void **state)
{
    (void)state;
    fake_python_this = NULL;
    assert_int_equal(python_capture().python, 0);
    fake_python_this = &python_own;
    python_own.text = "  <no Python frame>\n";
    assert_int_equal(python_capture().python, 0);
}

/* Each name of the longest kind fits, and a new reader gets the lines again. */
static void long_names_fit(void **state)
{
    (void)state;
    static char text[10000];
    struct decoded frame;
    char *at = stpcpy(text, "  File \"");
    for (int i = 0; i < 500; i++) {
        at = stpcpy(at, "\\U0001f40d");
    }
    at = stpcpy(at, "...\", line 1 in ");
    for (int i = 0; i < 500; i++) {
        at = stpcpy(at, "\\u4f60");
    }
    stpcpy(at, "...\n");
    python_own.text = text;
    uint32_t stack = fw_capture_stack(false);
    for (int i = 0; i < 2; i++) {
        assert_true(pipe_next_of(FW_RECORD_PYTHON_FRAME, &frame));
        assert_in_range(decoded_item(&frame, FW_KEY_FILE)->number, 1900, 2003);
        assert_in_range(decoded_item(&frame, FW_KEY_NAME)->number, 1500, 1503);
        fw_capture_send(fw_dictionary_get(stack));
    }
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
}

static void what_the_application_put_in_its_place_is_not_written_to(void **state)
{
    (void)state;
    char path[] = "python-test-XXXXXX";
    int fd = fw_stream_kept(FW_PYTHON_TEXT);
    int keep = dup(fd);
    int file = mkstemp(path);
    assert_int_equal(syscall(SYS_dup3, file, fd, 0), fd);
    python_own.text = "  File \"gone.py\", line 1 in f\n";
    assert_int_equal(python_capture().python, 0);
    assert_int_equal(lseek(file, 0, SEEK_END), 0);
    assert_int_equal(syscall(SYS_dup3, keep, fd, O_CLOEXEC), fd);
    assert_int_equal(python_capture().python, 1);
    close(keep);
    close(file);
    unlink(path);
}

static void a_limit_on_files_raises_no_signal(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    python_own.text = "  File \"limit.py\", line 1 in f\n";
    uint64_t python = python_capture().python;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(python, 0);
    assert_int_equal(python_capture().python, 1);
}

static volatile uint32_t captured_in_handler;

static void on_signal(int signal)
{
    (void)signal;
    captured_in_handler = fw_capture_stack(false);
}

static void a_handler_of_a_signal_reads_none(void **state)
{
    (void)state;
    struct sigaction handler = {.sa_handler = on_signal};
    struct sigaction before;
    sigaction(SIGUSR1, &handler, &before);
    raise(SIGUSR1);
    sigaction(SIGUSR1, &before, NULL);
    assert_int_not_equal(captured_in_handler, 0);
    assert_int_equal(fw_dictionary_get(captured_in_handler)->python, 0);
    assert_true(fw_dictionary_get(captured_in_handler)->in_signal);
}

static void a_child_that_shares_memory_reads_none(void **state)
{
    (void)state;
    uint32_t ids[FW_PYTHON_DEPTH];
    uint8_t buffer[FW_FRAME_MAX];
    assert_int_equal(fw_python_stack(ids, buffer), 2);
    fw_self.vfork_child = true;
    uint32_t count = fw_python_stack(ids, buffer);
    fw_self.vfork_child = false;
    assert_int_equal(count, 0);
}

/* Last: there is no room after it. */
static void a_full_table_says_so_once(void **state)
{
    (void)state;
    struct decoded frame;
    uint8_t buffer[FW_FRAME_MAX];
    struct fw_python_line line = {.file = "f.py", .file_length = 4, .name = "f", .name_length = 1, .line = 1000};
    uint32_t id;
    while ((id = fw_python_frames_enter(&line, buffer)) != 0) {
        pipe_drain();
        line.line++;
        assert_true(line.line < 100000);
    }
    assert_true(pipe_next_of(FW_RECORD_LOG, &frame));
    line.line++;
    assert_int_equal(fw_python_frames_enter(&line, buffer), 0);
    assert_false(pipe_next(&frame));
    line.line = 1000;
    assert_int_not_equal(fw_python_frames_enter(&line, buffer), 0);
    assert_false(pipe_next(&frame));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, python_set_up, python_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_cpython_there_are_no_python_frames),
        TEST(the_file_is_out_of_the_way),
        TEST(a_stack_has_its_python_frames),
        TEST(another_line_is_another_stack),
        TEST(the_depth_is_kept),
        TEST(threads_without_python_have_none),
        TEST(long_names_fit),
        TEST(what_the_application_put_in_its_place_is_not_written_to),
        TEST(a_limit_on_files_raises_no_signal),
        TEST(a_handler_of_a_signal_reads_none),
        TEST(a_child_that_shares_memory_reads_none),
        TEST(a_full_table_says_so_once),
    };
    fw_native_stack_warm_up();
    if (!fw_shared_init() || !fw_capture_init() || !image_find(FAKE_PYTHON, &image)) {
        return 1;
    }
    return cmocka_run_group_tests_name("python", tests, NULL, NULL);
}

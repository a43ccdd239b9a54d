/* Frames as a reader gets them, and what is counted where they do not get through. */
#include "stream/descriptors.h"
#include "stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "state/self.h"
#include "state/shared.h"
#include "support/crowd.h"
#include "support/pipe.h"
#include "support/unit.h"

static uint64_t lost(void)
{
    return atomic_load(&fw_shared->lost);
}

static int set_up(void **state)
{
    (void)state;
    pipe_open_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pipe_close();
    return 0;
}

static void bytes_from_elsewhere_end_a_frame(void **state)
{
    (void)state;
    uint8_t buffer[FW_FRAME_SMALL];
    static uint8_t bytes[3000];
    memset(bytes, 'y', sizeof bytes);
    bytes[2999] = 'z';
    struct fw_frame frame;
    struct decoded got;
    fw_stream_limit_spool(sizeof bytes + sizeof buffer);
    for (int i = 0; i < 2; i++) {
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_SLICE);
        fw_frame_uint(&frame, FW_KEY_THREAD, 5);
        fw_frame_send_bytes(&frame, FW_KEY_DATA, bytes, sizeof bytes);
    }
    assert_int_equal(lost(), 1);
    pipe_send_small(1);
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_THREAD), 5);
    const struct item *data = decoded_item(&got, FW_KEY_DATA);
    assert_int_equal(data->number, sizeof bytes);
    assert_memory_equal(data->bytes, bytes, sizeof bytes);
    assert_false(pipe_next(&got));
}

static void what_does_not_fit_its_buffer_is_lost_and_counted(void **state)
{
    (void)state;
    uint8_t buffer[64];
    struct fw_frame frame;
    struct decoded got;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_LOG);
    fw_frame_text(&frame, FW_KEY_TEXT, "sixty-four bytes are not enough for this text, whatever the clock", 100);
    fw_frame_send(&frame);
    assert_int_equal(lost(), 1);
    pipe_send_small(0);
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_SEQ), 1); /* the gap shows */
}

static void numbers_count_by_process(void **state)
{
    (void)state;
    struct decoded got;
    pipe_send_small(0);
    pipe_send_small(0);
    assert_int_equal(fw_stream_sent(), 2);
    fw_stream_become(5);
    pipe_send_small(0);
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(pipe_next(&got));
        assert_int_equal(decoded_number(&got, FW_KEY_PROC), i < 2 ? 0 : 5);
        assert_int_equal(decoded_number(&got, FW_KEY_SEQ), i < 2 ? i : 0);
    }
}

/* The vfork child counts by itself and leaves the parent's number alone: they share this memory. */
static void a_vfork_child_has_its_own_numbers(void **state)
{
    (void)state;
    struct decoded got;
    pipe_send_small(0);
    fw_self.vfork_child = true;
    fw_self.fork = 77;
    pipe_send_small(0);
    pipe_send_small(0);
    fw_self.vfork_child = false;
    pipe_send_small(0);
    static const uint64_t proc[] = {0, 77, 77, 0};
    static const uint64_t seq[] = {0, 0, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_true(pipe_next(&got));
        assert_int_equal(decoded_number(&got, FW_KEY_PROC), proc[i]);
        assert_int_equal(decoded_number(&got, FW_KEY_SEQ), seq[i]);
    }
}

static void without_a_reader_everything_is_lost_and_counted(void **state)
{
    (void)state;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGPIPE, &ignore, &before);
    errno = EDOM;
    close(pipe_reading_end());
    pipe_send_small(0);
    assert_int_equal(lost(), 1); /* EPIPE */
    close(pipe_writing_end());
    pipe_send_small(0);
    assert_int_equal(lost(), 2); /* EBADF */
    fw_stream_set_fd(-1);
    pipe_send_small(0);
    assert_int_equal(lost(), 3);
    assert_int_equal(errno, EDOM);
    sigaction(SIGPIPE, &before, NULL);
}

static unsigned fill(void)
{
    unsigned frames = 0;
    while (lost() == 0) {
        pipe_send_small(0);
        frames++;
    }
    return frames - 1;
}

/* The wait is bounded, or this test would not end. */
static void a_full_pipe_costs_a_wait_and_a_count(void **state)
{
    (void)state;
    fw_stream_set_patience(1);
    errno = EDOM;
    unsigned written = fill();
    assert_in_range(written, 1000, 1 << 20);
    assert_int_equal(errno, EDOM);
    /* While the reader stands still, frames are dropped at once. */
    pipe_send_small(0);
    assert_int_equal(lost(), 2);
    struct decoded got;
    for (unsigned i = 0; i < written; i++) {
        assert_true(pipe_next(&got));
        assert_int_equal(decoded_number(&got, FW_KEY_SEQ), i);
    }
    assert_false(pipe_next(&got));
    pipe_send_small(0);
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_SEQ), written + 2);
}

static void a_reader_that_lags_behind_is_seen(void **state)
{
    (void)state;
    enum { QUARTER = 4 };
    static char bytes[FW_PAGE];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fw_stream_set_fd(ends[1]);
    int capacity = fcntl(ends[1], F_GETPIPE_SZ);
    for (int sent = 0; sent < capacity / QUARTER; sent += FW_PAGE) {
        assert_true(fw_stream_is_at_ease());
        assert_int_equal(write(ends[1], bytes, FW_PAGE), FW_PAGE);
    }
    assert_int_equal(write(ends[1], bytes, 1), 1);
    assert_false(fw_stream_is_at_ease());
    assert_int_equal(read(ends[0], bytes, FW_PAGE), FW_PAGE);
    assert_true(fw_stream_is_at_ease());
    fw_stream_set_fd(-1);
    close(ends[0]);
    close(ends[1]);
}

static void no_patience_is_no_wait(void **state)
{
    (void)state;
    fw_stream_set_patience(0);
    fill();
    assert_int_equal(lost(), 1);
}

static void *read_on(void *argument)
{
    static char bytes[1 << 20];
    (void)argument;
    return read(pipe_reading_end(), bytes, sizeof bytes) > 0 ? argument : NULL;
}

/* The waiting writer gets through as soon as there is room. */
static void a_writer_waits_for_the_reader(void **state)
{
    (void)state;
    /* Fills the pipe beside the stream, so that no frame is lost and no stall is noted. */
    static const char page[4096];
    while (write(pipe_writing_end(), page, sizeof page) > 0) {
    }
    fw_stream_set_patience(600000);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_on, NULL), 0);
    pipe_send_small(42);
    pthread_join(reader, NULL);
    assert_int_equal(lost(), 0);
    assert_int_equal(fw_stream_sent(), 1);
}

static void a_spool_ends_at_its_limit(void **state)
{
    (void)state;
    struct decoded got;
    pipe_send_small(0);
    assert_true(pipe_next(&got));
    fw_stream_limit_spool(4 * got.length - 1);
    for (int i = 0; i < 10; i++) {
        pipe_send_small(0);
    }
    /* A first frame's number has the same size as these. */
    for (int i = 0; i < 3; i++) {
        assert_true(pipe_next(&got));
    }
    assert_false(pipe_next(&got));
    assert_int_equal(lost(), 7);
}

static void counters_and_notes(void **state)
{
    (void)state;
    struct decoded got;
    fw_stream_set_fd(-1);
    pipe_send_small(0);
    fw_stream_set_fd(pipe_writing_end());
    fw_stream_counters(FW_RECORD_BYE);
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_TYPE), FW_RECORD_BYE);
    assert_int_equal(decoded_number(&got, FW_KEY_LOST), 1);
    assert_int_equal(decoded_number(&got, FW_KEY_SENT), 1);
    fw_stream_note(FW_LEVEL_WARN, "short of memory");
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_TYPE), FW_RECORD_LOG);
    assert_int_equal(decoded_number(&got, FW_KEY_LEVEL), FW_LEVEL_WARN);
    assert_true(decoded_text_is(&got, FW_KEY_TEXT, "short of memory"));
}

enum { WRITERS = 8, FRAMES = 500 };

static void write_frames(void *argument)
{
    for (unsigned i = 0; i < FRAMES; i++) {
        pipe_send_small(*(uint64_t *)argument * FRAMES + i);
    }
}

/* The pipe has room for all of them: none waits, none is lost, none is mixed with another. */
static void frames_of_many_threads_never_mix(void **state)
{
    (void)state;
    static bool values[WRITERS * FRAMES];
    static bool numbers[WRITERS * FRAMES];
    uint64_t writers[WRITERS];
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i] = i;
    }
    crowd_run(WRITERS, write_frames, writers, sizeof writers[0]);
    struct decoded got;
    for (unsigned i = 0; i < WRITERS * FRAMES; i++) {
        assert_true(pipe_next(&got));
        uint64_t value = decoded_number(&got, FW_KEY_SENT);
        uint64_t number = decoded_number(&got, FW_KEY_SEQ);
        assert_in_range(value, 0, WRITERS * FRAMES - 1);
        assert_in_range(number, 0, WRITERS * FRAMES - 1);
        assert_false(values[value] || numbers[number]);
        values[value] = numbers[number] = true;
    }
    assert_false(pipe_next(&got));
    assert_int_equal(lost(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_from_elsewhere_end_a_frame),
        TEST(what_does_not_fit_its_buffer_is_lost_and_counted),
        TEST(numbers_count_by_process),
        TEST(a_vfork_child_has_its_own_numbers),
        TEST(without_a_reader_everything_is_lost_and_counted),
        TEST(counters_and_notes),
        TEST(a_spool_ends_at_its_limit),
        TEST(a_writer_waits_for_the_reader),
        TEST(frames_of_many_threads_never_mix),
        /* Last, since it leaves a stall behind, in which frames are dropped at once. */
        TEST(a_full_pipe_costs_a_wait_and_a_count),
        TEST(a_reader_that_lags_behind_is_seen),
        TEST(no_patience_is_no_wait),
    };
    return fw_shared_init() ? cmocka_run_group_tests_name("stream", tests, NULL, NULL) : 1;
}

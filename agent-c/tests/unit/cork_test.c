/* Frames that are kept back and go together. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "child/process.h"
#include "state/self.h"
#include "state/shared.h"
#include "stream/descriptors.h"
#include "stream/stream.h"
#include "support/pipe.h"
#include "support/unit.h"

static int set_up(void **state)
{
    (void)state;
    pipe_open_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fw_stream_become(0);
    pipe_close();
    return 0;
}

static bool is_empty(void)
{
    struct pollfd reader = {.fd = pipe_reading_end(), .events = POLLIN};
    return poll(&reader, 1, 0) == 0;
}

/* SLICE with so many bytes, which all have this value. */
static void send_bytes(uint8_t value, size_t length)
{
    static uint8_t bytes[FW_FRAME_MAX];
    uint8_t buffer[FW_FRAME_SMALL];
    memset(bytes, value, length);
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_SLICE);
    fw_frame_send_bytes(&frame, FW_KEY_DATA, bytes, length);
}

static void assert_next(uint64_t seq, uint8_t value, size_t length)
{
    struct decoded got;
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_SEQ), seq);
    const struct item *data = decoded_item(&got, FW_KEY_DATA);
    assert_int_equal(data->number, length);
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(data->bytes[i], value);
    }
}

static void nothing_is_written_until_the_end(void **state)
{
    (void)state;
    fw_stream_cork();
    for (uint8_t i = 0; i < 5; i++) {
        send_bytes(i, 100u + i);
    }
    assert_true(is_empty());
    fw_stream_uncork();
    for (uint8_t i = 0; i < 5; i++) {
        assert_next(i, i, 100u + i);
    }
    assert_true(is_empty());
    send_bytes(9, 9);
    assert_next(5, 9, 9);
    fw_stream_uncork();
    assert_true(is_empty());
}

static void all_bear_the_time_of_the_beginning(void **state)
{
    (void)state;
    struct decoded first;
    struct decoded second;
    fw_stream_cork();
    uint64_t now = fw_now_ns();
    pipe_send_small(1);
    while (fw_now_ns() == now) {
    }
    pipe_send_small(2);
    fw_stream_uncork();
    assert_true(pipe_next(&first));
    uint64_t time = decoded_number(&first, FW_KEY_TIME);
    assert_in_range(time, 1, now);
    assert_true(pipe_next(&second));
    assert_int_equal(decoded_number(&second, FW_KEY_TIME), time);
    pipe_send_small(3);
    assert_true(pipe_next(&second));
    assert_true(decoded_number(&second, FW_KEY_TIME) > time);
}

static void more_than_goes_together_goes_in_parts(void **state)
{
    (void)state;
    enum { FRAMES = 20 };
    const size_t more = 200;
    fw_stream_cork();
    for (unsigned i = 0; i < FRAMES; i++) {
        send_bytes((uint8_t)i, more * i);
    }
    assert_false(is_empty());
    fw_stream_uncork();
    for (unsigned i = 0; i < FRAMES; i++) {
        assert_next(i, (uint8_t)i, more * i);
    }
    assert_true(is_empty());
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
}

static void those_that_do_not_get_through_are_counted_each(void **state)
{
    (void)state;
    fw_stream_cork();
    for (uint8_t i = 0; i < 5; i++) {
        send_bytes(i, 10);
    }
    fw_stream_set_fd(-1);
    fw_stream_uncork();
    assert_int_equal(atomic_load(&fw_shared->lost), 5);
}

/* A fork in a handler, in the middle of a child's begin. */
static void a_child_has_none_of_its_parents(void **state)
{
    (void)state;
    fw_stream_cork();
    send_bytes(1, 10);
    fw_stream_become(7);
    send_bytes(2, 20);
    fw_stream_uncork();
    assert_next(0, 2, 20);
    assert_true(is_empty());
}

/* As where a handler calls _exit in the middle of a child's begin. */
static void an_end_in_between_sends_it(void **state)
{
    (void)state;
    fw_self.observing = true;
    fw_stream_cork();
    send_bytes(3, 30);
    fw_child_ends("_exit", 0);
    assert_next(0, 3, 30);
    assert_true(is_empty());
}

static volatile sig_atomic_t handled;
static void send_in_handler(int signal)
{
    (void)signal;
    pipe_send_small(1000);
    handled++;
}

static _Atomic bool done;
static void *send_signals(void *argument)
{
    while (!atomic_load(&done)) {
        pthread_kill(*(pthread_t *)argument, SIGUSR1);
        sched_yield();
    }
    return NULL;
}

static void a_handler_may_come_at_any_time(void **state)
{
    (void)state;
    enum { FRAMES = 7, SIGNALS = 2000 };
    /* The sender reads it even where this function has ended by a failed assertion. */
    static pthread_t self;
    self = pthread_self();
    pthread_t sender;
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct sigaction handler = {.sa_handler = send_in_handler};
    assert_int_equal(sigaction(SIGUSR1, &handler, NULL), 0);
    /* Before there is a sender: what comes outside of the loop is counted by none. */
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    assert_int_equal(pthread_create(&sender, NULL, send_signals, &self), 0);
    while (handled < SIGNALS) {
        int before = handled;
        pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
        fw_stream_cork();
        for (uint64_t i = 0; i < FRAMES; i++) {
            pipe_send_small(i);
        }
        fw_stream_uncork();
        pthread_sigmask(SIG_BLOCK, &usr1, NULL);
        struct decoded got;
        uint64_t next = 0;
        for (int i = 0; i < FRAMES + (handled - before); i++) {
            assert_true(pipe_next(&got));
            uint64_t value = decoded_number(&got, FW_KEY_SENT);
            assert_int_equal(value, value == 1000 ? 1000 : next);
            next += value != 1000;
        }
        assert_int_equal(next, FRAMES);
        assert_true(is_empty());
    }
    atomic_store(&done, true);
    pthread_join(sender, NULL);
    handler.sa_handler = SIG_IGN;
    assert_int_equal(sigaction(SIGUSR1, &handler, NULL), 0);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_written_until_the_end),      TEST(all_bear_the_time_of_the_beginning),
        TEST(more_than_goes_together_goes_in_parts), TEST(those_that_do_not_get_through_are_counted_each),
        TEST(a_child_has_none_of_its_parents),       TEST(an_end_in_between_sends_it),
        TEST(a_handler_may_come_at_any_time),
    };
    return fw_shared_init() ? cmocka_run_group_tests_name("cork", tests, NULL, NULL) : 1;
}

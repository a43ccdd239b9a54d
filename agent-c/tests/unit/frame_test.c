/* The bytes of one frame. */
#include <stdatomic.h>
#include <unistd.h>

#include "state/self.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/pipe.h"
#include "support/unit.h"

static int set_up(void **state)
{
    (void)state;
    pipe_open();
    fw_stream_become(0);
    memset(&fw_self, 0, sizeof fw_self);
    return 0;
}

/* None was lost on the way. */
static int tear_down(void **state)
{
    (void)state;
    pipe_close();
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
    return 0;
}

/* Byte by byte: mark, map of definite length, PROC and SEQ right in front of the pairs. */
static void the_identity_stands_in_front_of_the_pairs(void **state)
{
    (void)state;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_stream_become(70000);
    pipe_send_small(1);
    pipe_drain();
    fw_frame_begin_at(&frame, buffer, sizeof buffer, FW_RECORD_LOG, 500);
    fw_frame_uint(&frame, FW_KEY_LEVEL, FW_LEVEL_WARN);
    fw_frame_text(&frame, FW_KEY_TEXT, "hi", 10);
    fw_frame_send(&frame);
    static const char expected[] =
        "\xd9\xd9\xf7"             /* 55799 */
        "\xa6"                     /* six pairs */
        "\x01\x1a\x00\x01\x11\x70" /* PROC 70000 */
        "\x02\x01"                 /* SEQ 1 */
        "\x00\x15\x03\x19\x01\xf4" /* TYPE 21, TIME 500 */
        "\x18\x38\x01\x12\x62\x68\x69" /* LEVEL 1, TEXT "hi" */;
    char got[64];
    assert_int_equal(read(pipe_reading_end(), got, sizeof got), sizeof expected - 1);
    assert_memory_equal(got, expected, sizeof expected - 1);
}

/* The longest head: every byte of the room in front is used. */
static void the_widest_identity_fits(void **state)
{
    (void)state;
    fw_stream_become(UINT32_MAX);
    fw_self.vfork_child = true;
    fw_self.fork = UINT32_MAX;
    fw_self.vfork_seq = UINT32_MAX;
    pipe_send_small(9);
    struct decoded frame;
    assert_true(pipe_next(&frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), UINT32_MAX);
    assert_int_equal(decoded_number(&frame, FW_KEY_SEQ), UINT32_MAX);
    assert_int_equal(frame.pair[0].key, FW_KEY_PROC);
    assert_int_equal(frame.pair[1].key, FW_KEY_SEQ);
    assert_int_equal(frame.pair[2].key, FW_KEY_TYPE);
    assert_int_equal(frame.pair[3].key, FW_KEY_TIME);
    assert_int_equal(frame.pair[4].key, FW_KEY_SENT);
}

static void the_map_counts_what_is_left_out(void **state)
{
    (void)state;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    struct decoded got;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_THREAD);
    fw_frame_some(&frame, FW_KEY_STACK, 0);
    fw_frame_some(&frame, FW_KEY_CREATOR, 3);
    fw_frame_text(&frame, FW_KEY_NAME, NULL, 10);
    fw_frame_bool(&frame, FW_KEY_SEEN, true);
    fw_frame_int(&frame, FW_KEY_BCI, -3);
    fw_frame_bytes(&frame, FW_KEY_BUILD_ID, "ab", 2);
    fw_frame_array(&frame, FW_KEY_PCS, 2);
    fw_cbor_uint(&frame.cbor, 7);
    fw_cbor_uint(&frame.cbor, 8);
    fw_frame_send(&frame);
    assert_true(pipe_next(&got));
    assert_int_equal(got.pairs, 9);
    assert_null(decoded_item(&got, FW_KEY_STACK));
    assert_null(decoded_item(&got, FW_KEY_NAME));
    assert_int_equal(decoded_number(&got, FW_KEY_CREATOR), 3);
    assert_int_equal(item_signed(decoded_item(&got, FW_KEY_BCI)), -3);
    assert_int_equal(decoded_number(&got, FW_KEY_PCS), 2);
    assert_false(pipe_next(&got));
}

/* A map head of one byte counts to 23: the largest record of all keys must stay below. */
static void twenty_three_pairs_are_counted(void **state)
{
    (void)state;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    struct decoded got;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_HELLO);
    for (unsigned i = 0; i < 19; i++) {
        fw_frame_uint(&frame, (enum fw_key)(FW_KEY_VERSION + i), i);
    }
    fw_frame_send(&frame);
    assert_true(pipe_next(&got));
    assert_int_equal(got.pairs, 23);
}

static void a_frame_of_the_greatest_size_is_one_write(void **state)
{
    (void)state;
    uint8_t buffer[FW_FRAME_MAX];
    static char text[FW_FRAME_MAX];
    memset(text, 'x', sizeof text);
    struct fw_frame frame;
    struct decoded got;
    fw_frame_begin_at(&frame, buffer, sizeof buffer, FW_RECORD_LOG, 0);
    size_t room = sizeof buffer - frame.cbor.length - 1 - 3;
    fw_frame_text(&frame, FW_KEY_TEXT, text, room);
    assert_int_equal(frame.cbor.length, FW_FRAME_MAX);
    fw_frame_send(&frame);
    assert_true(pipe_next(&got));
    assert_int_equal(decoded_number(&got, FW_KEY_TEXT), room);
}

static void a_long_text_is_cut_at_its_limit(void **state)
{
    (void)state;
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    struct decoded got;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_LOG);
    fw_frame_text(&frame, FW_KEY_TEXT, "ab\xe2\x82\xac", 4);
    fw_frame_text(&frame, FW_KEY_NAME, "ab\xe2\x82\xac...", 5);
    fw_frame_send(&frame);
    assert_true(pipe_next(&got));
    assert_true(decoded_text_is(&got, FW_KEY_TEXT, "ab"));
    assert_true(decoded_text_is(&got, FW_KEY_NAME, "ab\xe2\x82\xac"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_identity_stands_in_front_of_the_pairs), TEST(the_widest_identity_fits),
        TEST(the_map_counts_what_is_left_out),           TEST(twenty_three_pairs_are_counted),
        TEST(a_frame_of_the_greatest_size_is_one_write), TEST(a_long_text_is_cut_at_its_limit),
    };
    return fw_shared_init() ? cmocka_run_group_tests_name("frame", tests, NULL, NULL) : 1;
}

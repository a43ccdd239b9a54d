/* The encoder against the encodings of RFC 8949, appendix A, and its own rules for texts. */
#include "stream/cbor.h"

#include "support/decode.h"
#include "support/unit.h"

static uint8_t buffer[256];
static struct fw_cbor out;

static int set_up(void **state)
{
    (void)state;
    memset(buffer, 0xee, sizeof buffer);
    out = (struct fw_cbor){.bytes = buffer, .capacity = sizeof buffer};
    return 0;
}

static void assert_written(const char *expected, size_t length)
{
    assert_false(out.overflow);
    assert_int_equal(out.length, length);
    assert_memory_equal(buffer, expected, length);
    assert_int_equal(buffer[length], 0xee);
}
#define ASSERT_WRITTEN(literal) assert_written(literal, sizeof(literal) - 1)

static void each_head_size(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t size;
        const char *bytes;
    } heads[] = {
        {0, 1, "\x00"},
        {23, 1, "\x17"},
        {24, 2, "\x18\x18"},
        {255, 2, "\x18\xff"},
        {256, 3, "\x19\x01\x00"},
        {65535, 3, "\x19\xff\xff"},
        {65536, 5, "\x1a\x00\x01\x00\x00"},
        {4294967295u, 5, "\x1a\xff\xff\xff\xff"},
        {4294967296u, 9, "\x1b\x00\x00\x00\x01\x00\x00\x00\x00"},
        {UINT64_MAX, 9, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        set_up(NULL);
        fw_cbor_uint(&out, heads[i].value);
        assert_written(heads[i].bytes, heads[i].size);
        assert_int_equal(fw_cbor_head_size(heads[i].value), heads[i].size);
    }
}

static void negative_integers(void **state)
{
    (void)state;
    fw_cbor_int(&out, -1);
    fw_cbor_int(&out, -24);
    fw_cbor_int(&out, -25);
    fw_cbor_int(&out, -1000);
    fw_cbor_int(&out, INT64_MIN);
    fw_cbor_int(&out, INT64_MAX);
    fw_cbor_int(&out, 0);
    ASSERT_WRITTEN(
        "\x20\x37\x38\x18\x39\x03\xe7\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"
        "\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x00");
}

static void tags_booleans_arrays_bytes(void **state)
{
    (void)state;
    fw_cbor_tag(&out, 55799);
    fw_cbor_bool(&out, false);
    fw_cbor_bool(&out, true);
    fw_cbor_array(&out, 0);
    fw_cbor_array(&out, 25);
    fw_cbor_bytes(&out, "\x01\x02\x03\x04", 4);
    fw_cbor_bytes(&out, NULL, 0);
    ASSERT_WRITTEN("\xd9\xd9\xf7\xf4\xf5\x80\x98\x19\x44\x01\x02\x03\x04\x40");
}

static void assert_text(const char *text, size_t limit, const char *expected)
{
    set_up(NULL);
    fw_cbor_text(&out, text, strlen(text), limit);
    struct item item;
    assert_ptr_equal(decode_item(buffer, buffer + out.length, &item), buffer + out.length);
    assert_int_equal(item.kind, TEXT);
    assert_int_equal(item.number, strlen(expected));
    assert_memory_equal(item.bytes, expected, item.number);
}

/* U+00E9, U+20AC and U+1D11E: two, three and four bytes. */
static void text_is_cut_between_characters(void **state)
{
    (void)state;
    assert_text("", 10, "");
    assert_text("abc", 0, "");
    assert_text("abc", 2, "ab");
    assert_text("abc", 3, "abc");
    assert_text("a\xc3\xa9", 2, "a");
    assert_text("a\xc3\xa9", 3, "a\xc3\xa9");
    assert_text("\xe2\x82\xac\xe2\x82\xac", 5, "\xe2\x82\xac");
    assert_text("\xf0\x9d\x84\x9e", 3, "");
    assert_text("\xf0\x9d\x84\x9e", 4, "\xf0\x9d\x84\x9e");
}

static void what_is_no_utf8_becomes_question_marks(void **state)
{
    (void)state;
    assert_text("\x80", 9, "?");
    assert_text("a\xffz", 9, "a?z");
    assert_text("\xc0\x80", 9, "??");                       /* overlong NUL, as modified UTF-8 has it */
    assert_text("\xc1\xbf", 9, "??");                       /* overlong */
    assert_text("\xe0\x9f\xbf", 9, "???");                  /* overlong */
    assert_text("\xf0\x8f\xbf\xbf", 9, "????");             /* overlong */
    assert_text("\xe0\xa0\x80", 9, "\xe0\xa0\x80");         /* the first of three bytes */
    assert_text("\xed\xa0\x80", 9, "???");                  /* surrogate */
    assert_text("\xed\x9f\xbf", 9, "\xed\x9f\xbf");         /* the last before them */
    assert_text("\xf4\x90\x80\x80", 9, "????");             /* beyond U+10FFFF */
    assert_text("\xf4\x8f\xbf\xbf", 9, "\xf4\x8f\xbf\xbf"); /* U+10FFFF */
    assert_text("\xf5\x80\x80\x80", 9, "????");
    assert_text("x\xc3", 9, "x?"); /* ends within a character */
    assert_text("\xc3(", 9, "?(");
    assert_text("\xff\xff\xff", 2, "??"); /* replaced bytes count against the limit */
}

static void text_needs_no_nul(void **state)
{
    (void)state;
    fw_cbor_text(&out, "abcdef", 3, 100);
    ASSERT_WRITTEN(
        "\x63"
        "abc");
}

/* At every capacity either the whole item is there or overflow is set; nothing is written past the capacity. */
static void overflow_is_noted_and_writes_nothing_beyond(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity < 12; capacity++) {
        set_up(NULL);
        out.capacity = capacity;
        fw_cbor_text(&out, "0123456789", 10, 10);
        assert_int_equal(out.overflow, capacity < 11);
        assert_int_equal(buffer[capacity], 0xee);

        set_up(NULL);
        out.capacity = capacity;
        fw_cbor_bytes(&out, "0123456789", 10);
        assert_int_equal(out.overflow, capacity < 11);
        assert_int_equal(buffer[capacity], 0xee);

        set_up(NULL);
        out.capacity = capacity;
        fw_cbor_uint(&out, UINT64_MAX);
        assert_int_equal(out.overflow, capacity < 9);
        assert_int_equal(buffer[capacity], 0xee);
    }
}

static void nothing_follows_an_overflow(void **state)
{
    (void)state;
    out.capacity = 4;
    fw_cbor_uint(&out, UINT64_MAX);
    size_t length = out.length;
    fw_cbor_bool(&out, true);
    fw_cbor_text(&out, "a", 1, 1);
    fw_cbor_bytes(&out, "a", 1);
    assert_true(out.overflow);
    assert_int_equal(out.length, length);
    assert_int_equal(buffer[0], 0xee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_head_size, set_up),
        cmocka_unit_test_setup(negative_integers, set_up),
        cmocka_unit_test_setup(tags_booleans_arrays_bytes, set_up),
        cmocka_unit_test_setup(text_is_cut_between_characters, set_up),
        cmocka_unit_test_setup(what_is_no_utf8_becomes_question_marks, set_up),
        cmocka_unit_test_setup(text_needs_no_nul, set_up),
        cmocka_unit_test_setup(overflow_is_noted_and_writes_nothing_beyond, set_up),
        cmocka_unit_test_setup(nothing_follows_an_overflow, set_up),
    };
    return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}

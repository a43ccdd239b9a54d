/* The text of CPython's tracebacks. */
#include "stack/python_text.h"

#include <stdlib.h>

#include "support/unit.h"

static bool is(const char *at, size_t length, const char *text)
{
    return length == strlen(text) && memcmp(at, text, length) == 0;
}

struct expected {
    const char *file;
    uint32_t line;
    const char *name;
};

/* From a copy of exactly this size, with no null behind it, so that a sanitizer sees a read there. */
static void expect(const char *text, const struct expected *expected, size_t count)
{
    size_t length = strlen(text);
    char *copy = malloc(length ? length : 1);
    /* Not terminated: the parser is given where the text ends. */
    memcpy(copy, text, length); /* NOLINT(bugprone-not-null-terminated-result) */
    const char *at = copy;
    struct fw_python_line line;
    for (size_t i = 0; i < count; i++) {
        assert_true(fw_python_text_next(&at, copy + length, &line));
        assert_true(is(line.file, line.file_length, expected[i].file));
        assert_int_equal(line.line, expected[i].line);
        assert_true(is(line.name, line.name_length, expected[i].name));
    }
    assert_false(fw_python_text_next(&at, copy + length, &line));
    free(copy);
}

static void frames_come_one_by_one(void **state)
{
    (void)state;
    static const struct expected frames[] = {{"/srv/app/jobs.py", 12, "run"}, {"<frozen runpy>", 88, "<module>"}};
    expect(
        "Stack (most recent call first):\n"
        "  File \"/srv/app/jobs.py\", line 12 in run\n"
        "  File \"<frozen runpy>\", line 88 in <module>\n",
        frames, ARRAY_SIZE(frames));
}

static void what_is_no_frame_is_passed_over(void **state)
{
    (void)state;
    static const struct expected frames[] = {{"a.py", 1, "f"}};
    expect("", NULL, 0);
    expect("\n\n", NULL, 0);
    expect("Stack (most recent call first):\n  <no Python frame>\n", NULL, 0);
    expect(
        "Stack (most recent call first):\n"
        "  Garbage-collecting\n"
        "  <invalid frame>\n"
        "  File \"a.py\", line 1 in f\n"
        "  ...\n",
        frames, 1);
    expect(
        "  File \"a.py\"\n  File \"a.py\", line 1\n  File \"a.py\", line x in f\n  File a.py, line 1 in f\n"
        "  File \"a.py, line 1 in f\n  File \", line 1 in f\n  File \n  File \"\n",
        NULL, 0);
}

static void what_is_cut_off_is_left_out(void **state)
{
    (void)state;
    static const char text[] = "  File \"a.py\", line 1 in f\n  File \"b.py\", line 22 in g\n";
    static const struct expected frames[] = {{"a.py", 1, "f"}, {"b.py", 22, "g"}};
    size_t first = strcspn(text, "\n") + 1;
    for (size_t length = 0; length < sizeof text; length++) {
        char cut[sizeof text];
        memcpy(cut, text, length);
        cut[length] = '\0';
        expect(cut, frames, length == sizeof text - 1 ? 2 : length >= first ? 1 : 0);
    }
}

static void what_cpython_does_not_know_stays_unknown(void **state)
{
    (void)state;
    static const struct expected frames[] = {{"???", 0, "???"}, {"a.py", 0, "f"}};
    expect("  File ???, line ??? in ???\n  File \"a.py\", line ??? in f\n", frames, 2);
}

static void odd_names_are_names(void **state)
{
    (void)state;
    static const struct expected frames[] = {
        {"a\", line 3 in b", 4, "g"}, {"quo\"te.py", 5, "<lambda>"}, {"", 6, ""}, {", line 7 in x", 8, "in in in"}};
    expect(
        "  File \"a\", line 3 in b\", line 4 in g\n"
        "  File \"quo\"te.py\", line 5 in <lambda>\n"
        "  File \"\", line 6 in \n"
        "  File \", line 7 in x\", line 8 in in in in\n",
        frames, ARRAY_SIZE(frames));
}

static void decodes_to(const char *text, const char *decoded)
{
    size_t length = strlen(text);
    char *made = malloc(length + 1);
    made[length] = '\x5a';
    size_t size = fw_python_text_decode(text, length, made);
    assert_in_range(size, 0, length);
    assert_true(is(made, size, decoded));
    assert_int_equal(made[length], '\x5a');
    free(made);
}

static void escapes_become_characters(void **state)
{
    (void)state;
    decodes_to("", "");
    decodes_to("plain.py", "plain.py");
    decodes_to("\\xfcber.py",
               "\xc3\xbc"
               "ber.py");
    decodes_to("\\u4f60\\u597d", "\xe4\xbd\xa0\xe5\xa5\xbd");
    decodes_to("\\U0001f40d!", "\xf0\x9f\x90\x8d!");
    decodes_to("a\\x0ab", "a\nb");
    decodes_to("\\x7f\\x80", "\x7f\xc2\x80");
    decodes_to("\\u0101...", "\xc4\x81...");
}

static void what_is_no_character_is_a_question_mark(void **state)
{
    (void)state;
    decodes_to("\\udce9t\\x00", "?t?");
    decodes_to("\\ud800", "?");
}

/* CPython writes a backslash as it is, and a character in the shortest way. */
static void what_is_no_escape_stays(void **state)
{
    (void)state;
    decodes_to("\\", "\\");
    decodes_to("\\x", "\\x");
    decodes_to("\\x4", "\\x4");
    decodes_to("\\x41", "\\x41");
    decodes_to("\\xZZ", "\\xZZ");
    decodes_to("\\xFC", "\\xFC");
    decodes_to("\\u00fc", "\\u00fc");
    decodes_to("\\u12", "\\u12");
    decodes_to("\\U0000abcd", "\\U0000abcd");
    decodes_to("\\U00110000", "\\U00110000");
    decodes_to("C:\\temp\\new", "C:\\temp\\new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_one_by_one),
        cmocka_unit_test(what_is_no_frame_is_passed_over),
        cmocka_unit_test(what_is_cut_off_is_left_out),
        cmocka_unit_test(what_cpython_does_not_know_stays_unknown),
        cmocka_unit_test(odd_names_are_names),
        cmocka_unit_test(escapes_become_characters),
        cmocka_unit_test(what_is_no_character_is_a_question_mark),
        cmocka_unit_test(what_is_no_escape_stays),
    };
    return cmocka_run_group_tests_name("python_text", tests, NULL, NULL);
}

/* Frames read from structures like CPython's, whose members are where only the table of 3.13 says. */
#include "stack/python_layout.h"

#include <stdlib.h>

#include "support/unit.h"

/* Kinds of characters and the bits of the state (PEP 393). */
enum { ONE_BYTE = 1, TWO_BYTES = 2, FOUR_BYTES = 4, COMPACT = 1 << 5, ASCII = 1 << 6 };

struct type {
    char padding[8];
};
struct string {
    void *type;
    char padding[16];
    uint32_t state;
    uint64_t length;
    char characters[64]; /* of ASCII; others follow 16 bytes later */
};
struct code {
    char padding[24];
    const struct type *type;
    const struct string *name;
    const struct string *file;
};
struct frame {
    char padding[40];
    const struct code *code;
    struct frame *previous;
    int line;
};
struct state {
    char padding[56];
    struct frame *current;
};

static const struct type code_type;
static const struct type other_type;

static int line_of(void *frame)
{
    return ((struct frame *)frame)->line;
}

static const char *version_text;

static const char *version(void)
{
    return version_text;
}

/* struct _Py_DebugOffsets (Include/internal/pycore_runtime.h of 3.13). */
static struct {
    char cookie[8];
    uint64_t version;
    uint64_t free_threaded;
    uint64_t runtime_state[3];
    uint64_t interpreter_state[13];
    struct {
        uint64_t size, prev, next, interp, current_frame, thread_id, native_thread_id, datastack_chunk, status;
    } thread_state;
    struct {
        uint64_t size, previous, executable, instr_ptr, localsplus, owner;
    } interpreter_frame;
    struct {
        uint64_t size, filename, name, rest[7];
    } code_object;
    struct {
        uint64_t size, ob_type;
    } pyobject;
    uint64_t type_object[4];
    uint64_t tuple_object[3];
    uint64_t list_object[3];
    uint64_t dict_object[3];
    uint64_t float_object[2];
    uint64_t long_object[3];
    uint64_t bytes_object[3];
    struct {
        uint64_t size, state, length, asciiobject_size;
    } unicode_object;
} runtime;

static struct fw_python_exports exports = {
    .version = version, .runtime = &runtime, .code_type = &code_type, .interpreter_frame_line = line_of};

static int set_up(void **state)
{
    (void)state;
    memcpy(runtime.cookie, "xdebugpy", 8);
    version_text = "3.13.5 (main, Jun 25 2025, 18:55:22) [GCC 14.2.0]";
    runtime.version = 0x030D05F0;
    runtime.free_threaded = 0;
    runtime.thread_state.current_frame = offsetof(struct state, current);
    runtime.interpreter_frame.previous = offsetof(struct frame, previous);
    runtime.interpreter_frame.executable = offsetof(struct frame, code);
    runtime.code_object.filename = offsetof(struct code, file);
    runtime.code_object.name = offsetof(struct code, name);
    runtime.pyobject.ob_type = offsetof(struct code, type);
    runtime.unicode_object.state = offsetof(struct string, state);
    runtime.unicode_object.length = offsetof(struct string, length);
    runtime.unicode_object.asciiobject_size = offsetof(struct string, characters);
    exports.frame_line = NULL;
    exports.interpreter_frame_line = line_of;
    exports.code_type = &code_type;
    return fw_python_layout_find(&exports) ? 0 : -1;
}

static struct string ascii(const char *text)
{
    struct string string = {.state = ONE_BYTE << 2 | COMPACT | ASCII, .length = strlen(text)};
    memcpy(string.characters, text, strlen(text));
    return string;
}

static struct string wide(uint32_t size, const void *characters, uint64_t length)
{
    struct string string = {.state = size << 2 | COMPACT, .length = length};
    memcpy(string.characters + 16, characters, size * length);
    return string;
}

/* From memory of exactly this size, so that a sanitizer sees a write behind it. */
static void dumps(const struct state *state, size_t size, const char *expected)
{
    char *text = malloc(size);
    assert_int_equal(fw_python_layout_dump(state, text, size), strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
    free(text);
}

static void frames_stand_innermost_first(void **state)
{
    (void)state;
    struct string file = ascii("jobs.py");
    struct string names[] = {ascii("run"), ascii("<module>")};
    struct code code[] = {{.type = &code_type, .file = &file, .name = &names[0]},
                          {.type = &code_type, .file = &file, .name = &names[1]}};
    struct frame outer = {.code = &code[1], .line = 120};
    struct frame inner = {.code = &code[0], .line = 7, .previous = &outer};
    struct state thread = {.current = &inner};
    dumps(&thread, 1000, "  File \"jobs.py\", line 7 in run\n  File \"jobs.py\", line 120 in <module>\n");
    dumps(&thread, 12, "  File \"jobs");
    thread.current = NULL;
    dumps(&thread, 10, "");
}

static void frames_of_no_code_are_passed_over(void **state)
{
    (void)state;
    struct string text = ascii("x");
    struct code code = {.type = &code_type, .file = &text, .name = &text};
    struct code none = {.type = &other_type};
    struct frame outer = {.code = &code, .line = 1};
    struct frame entry = {.code = &none, .previous = &outer};
    struct frame empty = {.code = NULL, .previous = &entry};
    struct state thread = {.current = &empty};
    dumps(&thread, 100, "  File \"x\", line 1 in x\n");
}

static void what_is_not_known_is_said_so(void **state)
{
    (void)state;
    struct string not_compact = {.state = ONE_BYTE << 2, .length = 3};
    struct code code = {.type = &code_type, .file = NULL, .name = &not_compact};
    struct frame frame = {.code = &code, .line = -1};
    struct state thread = {.current = &frame};
    dumps(&thread, 100, "  File \"???\", line ??? in ???\n");
}

static void other_characters_are_escaped(void **state)
{
    (void)state;
    struct string file = wide(ONE_BYTE, "\xfc\n", 2);
    struct string name = wide(TWO_BYTES, (const uint16_t[]){0x4f60, 'a', 0xdce9}, 3);
    struct string snake = wide(FOUR_BYTES, (const uint32_t[]){0x1f40d, 0xe9}, 2);
    struct code code[] = {{.type = &code_type, .file = &file, .name = &name},
                          {.type = &code_type, .file = &snake, .name = &snake}};
    struct frame outer = {.code = &code[1], .line = 2};
    struct frame inner = {.code = &code[0], .line = 1, .previous = &outer};
    struct state thread = {.current = &inner};
    dumps(&thread, 1000,
          "  File \"\\xfc\\x0a\", line 1 in \\u4f60a\\udce9\n"
          "  File \"\\U0001f40d\\xe9\", line 2 in \\U0001f40d\\xe9\n");
}

static void long_names_and_deep_stacks_are_cut(void **state)
{
    (void)state;
    static struct {
        struct string string;
        char more[600];
    } big;
    static char text[200000];
    big.string = ascii("");
    memset(big.string.characters, 'z', 600);
    big.string.length = 501;
    struct string name = ascii("f");
    struct code code = {.type = &code_type, .file = &big.string, .name = &name};
    struct frame frame = {.code = &code, .line = 1};
    struct state thread = {.current = &frame};
    /* ... and a circle ends. */
    frame.previous = &frame;
    size_t length = fw_python_layout_dump(&thread, text, sizeof text);
    assert_int_equal(length, 100 * (strlen("  File \"\", line 1 in f\n") + 500 + strlen("...")));
    assert_memory_equal(text + length - 20, "zz...\", line 1 in f\n", 20);
}

static void other_versions_are_not_read(void **state)
{
    (void)state;
    static const char *const others[] = {"3.14.0 (main)", "3.12.3", "3.1.3", "2.7.18", "3.130.0", ""};
    exports.frame_line = line_of;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        version_text = others[i];
        assert_false(fw_python_layout_find(&exports));
    }
    version_text = "3.13.0 experimental free-threading build";
    runtime.free_threaded = 1;
    assert_false(fw_python_layout_find(&exports));
    runtime.free_threaded = 0;
    runtime.version = 0x030E00F0;
    assert_false(fw_python_layout_find(&exports));
    runtime.version = 0x030D00F0;
    runtime.cookie[0] = 'y';
    assert_false(fw_python_layout_find(&exports));
    runtime.cookie[0] = 'x';
    assert_true(fw_python_layout_find(&exports));
    exports.interpreter_frame_line = NULL;
    assert_false(fw_python_layout_find(&exports));
    version_text = "3.10.12 (main)";
    assert_true(fw_python_layout_find(&exports));
    version_text = "3.9.2 (default)";
    assert_true(fw_python_layout_find(&exports));
    exports.frame_line = NULL;
    assert_false(fw_python_layout_find(&exports));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_stand_innermost_first, set_up),
        cmocka_unit_test_setup(frames_of_no_code_are_passed_over, set_up),
        cmocka_unit_test_setup(what_is_not_known_is_said_so, set_up),
        cmocka_unit_test_setup(other_characters_are_escaped, set_up),
        cmocka_unit_test_setup(long_names_and_deep_stacks_are_cut, set_up),
        cmocka_unit_test_setup(other_versions_are_not_read, set_up),
    };
    return cmocka_run_group_tests_name("python_layout", tests, NULL, NULL);
}

#include "python_layout.h"

#include <stdint.h>
#include <string.h>

enum { FRAMES_MAX = 100, CHARACTERS_MAX = 500 };

/* Bytes from the start of each structure. */
static struct layout {
    size_t current;  /* thread state: its innermost frame */
    size_t previous; /* frame: the one that called it */
    size_t code;     /* frame: a code object, or in 3.13 something else for frames that are none of Python's */
    size_t file;     /* code object: a str */
    size_t name;     /* code object: a str */
    size_t length;   /* str: number of characters */
    size_t state;    /* str: bits, see below */
    size_t ascii;    /* str: where the characters are, if all are ASCII */
    size_t compact;  /* str: where they are otherwise */
    size_t type;     /* object: its type */
    const void *code_type;
    int (*line)(void *frame);
} layout;

/* The same for both: PyFrameObject and PyCodeObject changed in 3.11, PyUnicodeObject in 3.12. */
static const struct layout of_3_9_and_3_10 = {
    .current = 24,
    .previous = 24,
    .code = 32,
    .file = 104,
    .name = 112,
    .length = 16,
    .state = 32,
    .ascii = 48,
    .compact = 72,
    .type = 8,
};

/* struct _Py_DebugOffsets of 3.13, in words of 64 bits from its start. */
enum offsets_3_13 {
    COOKIE,
    VERSION,
    FREE_THREADED,
    CURRENT_FRAME = 23,
    PREVIOUS = 29,
    EXECUTABLE = 30,
    FILENAME = 35,
    NAME = 36,
    OB_TYPE = 45,
    UNICODE_STATE = 68,
    UNICODE_LENGTH = 69,
    UNICODE_ASCII_SIZE = 70
};
static const char cookie[] = "xdebugpy";

static bool find_3_13(const struct fw_python_exports *exports)
{
    const uint64_t *offsets = exports->runtime;
    if (!offsets || !exports->interpreter_frame_line || memcmp(offsets, cookie, sizeof cookie - 1) != 0 ||
        offsets[VERSION] >> 16 != 0x030D || offsets[FREE_THREADED]) {
        return false;
    }
    layout = (struct layout){.current = offsets[CURRENT_FRAME],
                             .previous = offsets[PREVIOUS],
                             .code = offsets[EXECUTABLE],
                             .file = offsets[FILENAME],
                             .name = offsets[NAME],
                             .length = offsets[UNICODE_LENGTH],
                             .state = offsets[UNICODE_STATE],
                             .ascii = offsets[UNICODE_ASCII_SIZE],
                             /* PyCompactUnicodeObject has a length and a pointer more. */
                             .compact = offsets[UNICODE_ASCII_SIZE] + 16,
                             .type = offsets[OB_TYPE],
                             .code_type = exports->code_type,
                             .line = exports->interpreter_frame_line};
    return true;
}

bool fw_python_layout_find(const struct fw_python_exports *exports)
{
    const char *version = exports->version ? exports->version() : "";
    if (!exports->code_type || sizeof(void *) != 8) {
        return false;
    }
    if (strncmp(version, "3.13.", 5) == 0) {
        return find_3_13(exports);
    }
    if (exports->frame_line && (strncmp(version, "3.9.", 4) == 0 || strncmp(version, "3.10.", 5) == 0)) {
        layout = of_3_9_and_3_10;
        layout.code_type = exports->code_type;
        layout.line = exports->frame_line;
        return true;
    }
    return false;
}

struct output {
    char *at;
    const char *end;
};

static void put(struct output *output, const char *text)
{
    while (*text && output->at < output->end) {
        *output->at++ = *text++;
    }
}

static void put_escape(struct output *output, uint32_t character)
{
    int digits = character <= 0xff ? 2 : character <= 0xffff ? 4 : 8;
    char escape[11] = {'\\', "xuU"[digits / 4]};
    for (int i = 0; i < digits; i++) {
        escape[2 + i] = "0123456789abcdef"[character >> 4 * (digits - 1 - i) & 0xf];
    }
    put(output, escape);
}

static const char *member(const void *object, size_t offset)
{
    const char *value;
    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

/* PEP 393. Bits of the state: 2 for interning, 3 for the bytes of a character (1, 2, 4), "compact" (the characters
 * follow the structure) and "ascii". */
static void put_string(struct output *output, const char *string)
{
    uint32_t state;
    uint64_t length;
    if (!string) {
        put(output, "???");
        return;
    }
    memcpy(&state, string + layout.state, sizeof state);
    memcpy(&length, string + layout.length, sizeof length);
    uint32_t size = state >> 2 & 7;
    if (!(state >> 5 & 1) || (size != 1 && size != 2 && size != 4)) {
        put(output, "???");
        return;
    }
    const char *characters = string + (state >> 6 & 1 ? layout.ascii : layout.compact);
    for (uint64_t i = 0; i < length && i < CHARACTERS_MAX; i++) {
        uint32_t character = 0;
        memcpy(&character, characters + i * size, size); /* little-endian, as is every machine of the agent's */
        char printable[2] = {(char)character, '\0'};
        if (character >= ' ' && character <= '~') {
            put(output, printable);
        } else {
            put_escape(output, character);
        }
    }
    if (length > CHARACTERS_MAX) {
        put(output, "...");
    }
}

static void put_frame(struct output *output, const void *frame, const char *code)
{
    char number[21];
    int line = layout.line((void *)(uintptr_t)frame);
    fw_decimal(number, line > 0 ? (uint64_t)line : 0);
    put(output, "  File \"");
    put_string(output, member(code, layout.file));
    put(output, "\", line ");
    put(output, line > 0 ? number : "???");
    put(output, " in ");
    put_string(output, member(code, layout.name));
    put(output, "\n");
}

size_t fw_python_layout_dump(const void *tstate, char *text, size_t size)
{
    struct output output = {.at = text, .end = text + size};
    const char *frame = member(tstate, layout.current);
    for (int i = 0; frame && i < FRAMES_MAX; i++) {
        const char *code = member(frame, layout.code);
        if (code && member(code, layout.type) == layout.code_type) {
            put_frame(&output, frame, code);
        }
        frame = member(frame, layout.previous);
    }
    return (size_t)(output.at - text);
}

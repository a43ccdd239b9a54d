#include "python_text.h"

#include <string.h>

static const char frame_start[] = "  File ";
static const char line_mark[] = ", line ";
static const char name_mark[] = " in ";
static const char unknown[] = "???";

static bool starts_with(const char *at, const char *end, const char *text, size_t length)
{
    return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}
#define STARTS_WITH(at, end, text) starts_with(at, end, text, sizeof(text) - 1)

/* Reads NUMBER and what follows it; NULL where it is none. */
static const char *read_number(const char *at, const char *end, uint32_t *line)
{
    *line = 0;
    if (STARTS_WITH(at, end, unknown)) {
        at += sizeof unknown - 1;
    } else {
        const char *first = at;
        while (at < end && *at >= '0' && *at <= '9') {
            *line = *line * 10 + (uint32_t)(*at++ - '0');
        }
        if (at == first) {
            return NULL;
        }
    }
    return STARTS_WITH(at, end, name_mark) ? at + sizeof name_mark - 1 : NULL;
}

/* at: behind "File ". A file name may look like the rest of the line, a function's hardly does: the last mark counts.
 */
static bool read_frame(const char *at, const char *end, struct fw_python_line *line)
{
    bool quoted = at < end && *at == '"';
    if (!quoted && !STARTS_WITH(at, end, unknown)) {
        return false;
    }
    for (const char *mark = end; mark > at; mark--) {
        if (!STARTS_WITH(mark, end, line_mark) || (quoted && (mark[-1] != '"' || mark - 1 == at))) {
            continue;
        }
        const char *name = read_number(mark + sizeof line_mark - 1, end, &line->line);
        if (name) {
            line->file = quoted ? at + 1 : at;
            line->file_length = (size_t)(mark - line->file) - quoted;
            line->name = name;
            line->name_length = (size_t)(end - name);
            return true;
        }
    }
    return false;
}

bool fw_python_text_next(const char **at, const char *end, struct fw_python_line *line)
{
    const char *newline;
    while (*at < end && (newline = memchr(*at, '\n', (size_t)(end - *at))) != NULL) {
        const char *start = *at;
        *at = newline + 1;
        if (STARTS_WITH(start, newline, frame_start) && read_frame(start + sizeof frame_start - 1, newline, line)) {
            return true;
        }
    }
    return false;
}

static int hex_digit(char digit)
{
    return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The character of the escape at text, whose length is *size; false where there is none. */
static bool read_escape(const char *text, size_t length, uint32_t *character, size_t *size)
{
    if (length < 2 || text[0] != '\\') {
        return false;
    }
    size_t digits = text[1] == 'x' ? 2 : text[1] == 'u' ? 4 : text[1] == 'U' ? 8 : 0;
    if (!digits || length < 2 + digits) {
        return false;
    }
    *size = 2 + digits;
    *character = 0;
    for (size_t i = 2; i < *size; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            return false;
        }
        *character = *character << 4 | (uint32_t)digit;
    }
    /* The shortest form, and only of what is not printable ASCII. */
    return digits == 2   ? *character < ' ' || *character > '~'
           : digits == 4 ? *character > 0xff
                         : *character > 0xffff && *character <= 0x10ffff;
}

static size_t encode(uint32_t character, char *to)
{
    if (!character || (character >= 0xd800 && character <= 0xdfff)) {
        to[0] = '?';
        return 1;
    }
    if (character < 0x80) {
        to[0] = (char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    to[0] = (char)((0xf0 << (4 - size)) | character);
    return size;
}

size_t fw_python_text_decode(const char *text, size_t length, char *decoded)
{
    size_t made = 0;
    for (size_t i = 0; i < length;) {
        uint32_t character;
        size_t size;
        if (read_escape(text + i, length - i, &character, &size)) {
            made += encode(character, decoded + made);
            i += size;
        } else {
            decoded[made++] = text[i++];
        }
    }
    return made;
}

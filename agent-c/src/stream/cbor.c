#include "cbor.h"

#include <string.h>

enum { UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, TAG = 6, SIMPLE = 7 };

size_t fw_cbor_head_size(uint64_t value)
{
    return value < 24 ? 1 : value <= 0xff ? 2 : value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9;
}

static void head(struct fw_cbor *out, unsigned major, uint64_t value)
{
    size_t size = fw_cbor_head_size(value);
    if (out->overflow || out->capacity - out->length < size) {
        out->overflow = true;
        return;
    }
    uint8_t *at = out->bytes + out->length;
    out->length += size;
    if (size == 1) {
        at[0] = (uint8_t)(major << 5 | value);
        return;
    }
    /* Additional information 24..27: one, two, four or eight bytes follow, big-endian. */
    at[0] = (uint8_t)(major << 5 | (size == 2 ? 24u : size == 3 ? 25u : size == 5 ? 26u : 27u));
    for (size_t i = size - 1; i > 0; i--) {
        at[i] = (uint8_t)value;
        value >>= 8;
    }
}

void fw_cbor_tag(struct fw_cbor *out, uint64_t tag)
{
    head(out, TAG, tag);
}

void fw_cbor_uint(struct fw_cbor *out, uint64_t value)
{
    head(out, UNSIGNED, value);
}

void fw_cbor_int(struct fw_cbor *out, int64_t value)
{
    if (value < 0) {
        head(out, NEGATIVE, (uint64_t)(-(value + 1)));
    } else {
        head(out, UNSIGNED, (uint64_t)value);
    }
}

void fw_cbor_bool(struct fw_cbor *out, bool value)
{
    head(out, SIMPLE, value ? 21 : 20);
}

void fw_cbor_array(struct fw_cbor *out, size_t items)
{
    head(out, ARRAY, items);
}

void fw_cbor_raw(struct fw_cbor *out, const void *items, size_t length)
{
    if (out->overflow || out->capacity - out->length < length) {
        out->overflow = true;
        return;
    }
    if (length) {
        memcpy(out->bytes + out->length, items, length);
        out->length += length;
    }
}

void fw_cbor_bytes_head(struct fw_cbor *out, size_t length)
{
    head(out, BYTES, length);
}

void fw_cbor_bytes(struct fw_cbor *out, const void *bytes, size_t length)
{
    fw_cbor_bytes_head(out, length);
    fw_cbor_raw(out, bytes, length);
}

/* Length of the UTF-8 character at text (RFC 3629: no overlong forms, no surrogates), 0 if there is none. */
static size_t character(const uint8_t *text, size_t left)
{
    uint8_t first = text[0];
    if (first < 0x80) {
        return 1;
    }
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < size) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
    bool surrogate = first == 0xed && text[1] >= 0xa0;
    bool beyond = first == 0xf4 && text[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : size;
}

void fw_cbor_text(struct fw_cbor *out, const char *text, size_t length, size_t limit)
{
    const uint8_t *from = (const uint8_t *)text;
    size_t kept = 0;
    while (kept < length) {
        size_t size = character(from + kept, length - kept);
        size_t step = size ? size : 1;
        if (kept + step > limit) {
            break;
        }
        kept += step;
    }
    head(out, TEXT, kept);
    if (out->overflow || out->capacity - out->length < kept) {
        out->overflow = true;
        return;
    }
    for (size_t i = 0; i < kept;) {
        size_t size = character(from + i, length - i);
        uint8_t *to = out->bytes + out->length;
        if (size) {
            memcpy(to, from + i, size);
        } else {
            to[0] = '?';
            size = 1;
        }
        out->length += size;
        i += size;
    }
}

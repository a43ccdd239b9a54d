#include "decode.h"

#include <string.h>

/* RFC 8949, 3.4.6 */
enum { SELF_DESCRIBED = 55799 };

static const uint8_t *head(const uint8_t *at, const uint8_t *end, struct item *item)
{
    if (at >= end) {
        return NULL;
    }
    item->kind = (enum item_kind)(*at >> 5);
    unsigned information = *at++ & 31u;
    item->number = information;
    if (information < 24) {
        return at;
    }
    size_t size = information > 27 ? 0 : (size_t)1 << (information - 24);
    if (!size || (size_t)(end - at) < size) {
        return NULL;
    }
    item->number = 0;
    for (size_t i = 0; i < size; i++) {
        item->number = item->number << 8 | *at++;
    }
    /* 4.2.1: no longer than needed. */
    uint64_t least = size == 1 ? 24 : (uint64_t)1 << (size * 4);
    return item->number >= least ? at : NULL;
}

const uint8_t *decode_item(const uint8_t *at, const uint8_t *end, struct item *item)
{
    at = head(at, end, item);
    if (!at) {
        return NULL;
    }
    item->bytes = at;
    if (item->kind == BYTES || item->kind == TEXT) {
        return item->number <= (uint64_t)(end - at) ? at + item->number : NULL;
    }
    return item->kind == SIMPLE && item->number != 20 && item->number != 21 ? NULL : at;
}

int64_t item_signed(const struct item *item)
{
    return item->kind == NEGATIVE ? -1 - (int64_t)item->number : (int64_t)item->number;
}

static const uint8_t *skip_numbers(const uint8_t *at, const uint8_t *end, uint64_t count)
{
    struct item item;
    for (uint64_t i = 0; at && i < count; i++) {
        at = decode_item(at, end, &item);
        if (at && item.kind != UNSIGNED && item.kind != NEGATIVE) {
            return NULL;
        }
    }
    return at;
}

static const uint8_t *pair(const uint8_t *at, const uint8_t *end, struct decoded *frame)
{
    struct item key;
    struct item value;
    at = decode_item(at, end, &key);
    if (!at || key.kind != UNSIGNED || decoded_item(frame, key.number)) {
        return NULL;
    }
    at = decode_item(at, end, &value);
    if (at && value.kind == ARRAY) {
        at = skip_numbers(at, end, value.number);
    }
    if (!at || value.kind == MAP || value.kind == TAG) {
        return NULL;
    }
    frame->pair[frame->pairs].key = key.number;
    frame->pair[frame->pairs].item = value;
    frame->pairs++;
    return at;
}

bool decode_frame(const uint8_t *at, const uint8_t *end, struct decoded *frame)
{
    const uint8_t *start = at;
    struct item tag;
    struct item map;
    memset(frame, 0, sizeof *frame);
    at = decode_item(at, end, &tag);
    if (!at || tag.kind != TAG || tag.number != SELF_DESCRIBED) {
        return false;
    }
    at = decode_item(at, end, &map);
    if (!at || map.kind != MAP || map.number > PAIRS_MAX) {
        return false;
    }
    for (uint64_t i = 0; at && i < map.number; i++) {
        at = pair(at, end, frame);
    }
    frame->length = at ? (size_t)(at - start) : 0;
    return at != NULL;
}

const struct item *decoded_item(const struct decoded *frame, uint64_t key)
{
    for (unsigned i = 0; i < frame->pairs; i++) {
        if (frame->pair[i].key == key) {
            return &frame->pair[i].item;
        }
    }
    return NULL;
}

uint64_t decoded_number(const struct decoded *frame, uint64_t key)
{
    const struct item *item = decoded_item(frame, key);
    return item ? item->number : UINT64_MAX;
}

bool decoded_text_is(const struct decoded *frame, uint64_t key, const char *text)
{
    const struct item *item = decoded_item(frame, key);
    return item && item->kind == TEXT && item->number == strlen(text) && memcmp(item->bytes, text, item->number) == 0;
}

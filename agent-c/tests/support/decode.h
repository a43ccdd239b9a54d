/* Reads the frames that the agent writes, strictly: anything but one well-formed frame is refused. */
#ifndef FW_TESTS_DECODE_H
#define FW_TESTS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Major types of RFC 8949, 3.1; booleans have SIMPLE. */
enum item_kind { UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7 };

struct item {
    enum item_kind kind;
    uint64_t number;      /* argument of the head: value, length, count; 20 and 21 are false and true */
    const uint8_t *bytes; /* content of BYTES and TEXT, first item of ARRAY */
};

enum { PAIRS_MAX = 32 };
struct decoded {
    size_t length; /* bytes of the whole frame */
    unsigned pairs;
    struct {
        uint64_t key;
        struct item item;
    } pair[PAIRS_MAX];
};

/* Reads the head of one item and its content, which for an array or map is left to the caller. Returns the first byte
 * after what it read, NULL if there is no well-formed item with the shortest possible head before end. */
const uint8_t *decode_item(const uint8_t *at, const uint8_t *end, struct item *item);

/* The number as a signed one. */
int64_t item_signed(const struct item *item);

/* Reads one frame: the mark, a map of definite length, unsigned keys that do not repeat. */
bool decode_frame(const uint8_t *at, const uint8_t *end, struct decoded *frame);

/* The value of a key, NULL where the frame does not have it. */
const struct item *decoded_item(const struct decoded *frame, uint64_t key);
/* The number of a key; UINT64_MAX where the frame does not have it. */
uint64_t decoded_number(const struct decoded *frame, uint64_t key);
/* True if the key's value is exactly this text. */
bool decoded_text_is(const struct decoded *frame, uint64_t key, const char *text);

#endif

/* Encoder of one CBOR item (RFC 8949) in a caller's buffer. Allocates nothing, locks nothing, calls nothing but memcpy:
 * async-signal-safe. An item that does not fit sets `overflow` and leaves the buffer's bounds untouched. */
#ifndef FW_STREAM_CBOR_H
#define FW_STREAM_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_cbor {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    bool overflow;
};

FW_HIDDEN void fw_cbor_tag(struct fw_cbor *out, uint64_t tag);
FW_HIDDEN void fw_cbor_uint(struct fw_cbor *out, uint64_t value);
FW_HIDDEN void fw_cbor_int(struct fw_cbor *out, int64_t value);
FW_HIDDEN void fw_cbor_bool(struct fw_cbor *out, bool value);
FW_HIDDEN void fw_cbor_bytes(struct fw_cbor *out, const void *bytes, size_t length);
/* The head alone; the bytes follow from elsewhere. */
FW_HIDDEN void fw_cbor_bytes_head(struct fw_cbor *out, size_t length);
/* Appends items that are encoded already. */
FW_HIDDEN void fw_cbor_raw(struct fw_cbor *out, const void *items, size_t length);
FW_HIDDEN void fw_cbor_array(struct fw_cbor *out, size_t items);

/* A text of at most limit bytes: cut at a character boundary where longer; each byte that is no UTF-8 becomes '?', so
 * that any path or modified-UTF-8 name of the JVM is a legal text. text need not end in a NUL if length is given. */
FW_HIDDEN void fw_cbor_text(struct fw_cbor *out, const char *text, size_t length, size_t limit);

/* Bytes that an array head of `items` or an integer of value takes. */
FW_HIDDEN size_t fw_cbor_head_size(uint64_t value);

#endif

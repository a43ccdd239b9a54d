/* Rows of numbers in as many frames as they need; each number goes as the difference to the one above it, so that rows
 * that resemble each other take few bytes. Async-signal-safe. */
#ifndef FW_STREAM_ROWS_H
#define FW_STREAM_ROWS_H

#include "stream.h"

/* Little enough for a small stack. */
enum { FW_ROW_MAX = 8, FW_ROWS_BYTES = 1500, FW_ROWS_FRAME = FW_ROWS_BYTES + 500 };

struct fw_rows {
    enum fw_record type;
    enum fw_key key;
    uint32_t columns;
    uint64_t items; /* numbers so far */
    uint64_t above[FW_ROW_MAX];
    struct fw_cbor cbor; /* over bytes */
    uint8_t bytes[FW_ROWS_BYTES];
};

/* columns: up to FW_ROW_MAX. */
FW_HIDDEN void fw_rows_begin(struct fw_rows *rows, enum fw_record type, enum fw_key key, uint32_t columns);
/* True where another row may not fit: the caller sends the frame first. */
FW_HIDDEN bool fw_rows_full(const struct fw_rows *rows);
FW_HIDDEN void fw_rows_add(struct fw_rows *rows, const uint64_t *numbers);
/* Begins the frame in buffer (FW_ROWS_FRAME bytes) with these rows in it; the caller adds other pairs and sends it. The
 * rows are empty afterwards. */
FW_HIDDEN void fw_rows_frame(struct fw_rows *rows, struct fw_frame *frame, uint8_t *buffer);

#endif

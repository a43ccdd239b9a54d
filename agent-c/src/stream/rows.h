/* Rows of numbers in as many frames as they need; each number goes as the difference to the one above it, so that rows
 * that resemble each other take few bytes. Async-signal-safe. */
#ifndef FW_STREAM_ROWS_H
#define FW_STREAM_ROWS_H

#include "stream.h"

/* Little enough for a small stack. */
enum { FW_ROW_MAX = 8, FW_ROWS_FRAME = 2000, FW_ROWS_BYTES = FW_ROWS_FRAME - 500 };

struct fw_rows {
    enum fw_record type;
    enum fw_key key;
    uint32_t columns;
    uint32_t items; /* numbers so far */
    uint64_t above[FW_ROW_MAX];
    struct fw_frame frame; /* over bytes */
    size_t head;           /* where that of the array begins, in there */
    uint8_t bytes[FW_ROWS_FRAME];
};

/* columns: up to FW_ROW_MAX. */
FW_HIDDEN void fw_rows_begin(struct fw_rows *rows, enum fw_record type, enum fw_key key, uint32_t columns);
/* True where another row may not fit: the caller sends the frame first. */
FW_HIDDEN bool fw_rows_full(const struct fw_rows *rows);
FW_HIDDEN void fw_rows_add(struct fw_rows *rows, const uint64_t *numbers);
/* The frame with these rows: the caller adds up to 400 bytes of other pairs, sends it, and begins the rows again. */
FW_HIDDEN struct fw_frame *fw_rows_frame(struct fw_rows *rows);
/* For more rows in a new frame. */
FW_HIDDEN void fw_rows_again(struct fw_rows *rows);

#endif

#include "rows.h"

/* How many numbers come is known last: the array's head has two bytes for it first, as so many would need. */
enum { TWO_BYTES = 256, HEAD = 3 };

void fw_rows_begin(struct fw_rows *rows, enum fw_record type, enum fw_key key, uint32_t columns)
{
    rows->type = type;
    rows->key = key;
    rows->columns = columns;
    fw_rows_again(rows);
}

void fw_rows_again(struct fw_rows *rows)
{
    rows->items = 0;
    for (uint32_t i = 0; i < rows->columns; i++) {
        rows->above[i] = 0;
    }
    fw_frame_begin(&rows->frame, rows->bytes, sizeof rows->bytes, rows->type);
    fw_frame_array(&rows->frame, rows->key, TWO_BYTES);
    rows->head = rows->frame.cbor.length - HEAD;
}

bool fw_rows_full(const struct fw_rows *rows)
{
    const size_t longest = 9;
    return rows->frame.cbor.length + rows->columns * longest > FW_ROWS_BYTES;
}

void fw_rows_add(struct fw_rows *rows, const uint64_t *numbers)
{
    struct fw_cbor *cbor = &rows->frame.cbor;
    for (uint32_t i = 0; i < rows->columns; i++) {
        /* Most differences are small; such a number is its own head (RFC 8949, 3). */
        uint64_t difference = numbers[i] - rows->above[i];
        if (difference < 24 && cbor->length < cbor->capacity) {
            cbor->bytes[cbor->length++] = (uint8_t)difference;
        } else {
            fw_cbor_int(cbor, (int64_t)difference);
        }
        rows->above[i] = numbers[i];
    }
    rows->items += rows->columns;
}

/* A head is no longer than it needs to be (RFC 8949, 4.2.1): what is in front of it closes up, and not the many rows
 * behind. */
struct fw_frame *fw_rows_frame(struct fw_rows *rows)
{
    struct fw_cbor *cbor = &rows->frame.cbor;
    size_t unused = HEAD - fw_cbor_head_size(rows->items);
    for (size_t i = rows->head; unused && i-- > 0;) {
        cbor->bytes[i + unused] = cbor->bytes[i];
    }
    cbor->bytes += unused;
    cbor->capacity -= unused;
    cbor->length -= unused;
    struct fw_cbor head = {.bytes = cbor->bytes + rows->head, .capacity = HEAD};
    fw_cbor_array(&head, rows->items);
    return &rows->frame;
}

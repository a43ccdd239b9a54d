#include "rows.h"

#include <string.h>

void fw_rows_begin(struct fw_rows *rows, enum fw_record type, enum fw_key key, uint32_t columns)
{
    rows->type = type;
    rows->key = key;
    rows->columns = columns;
    rows->items = 0;
    memset(rows->above, 0, sizeof rows->above);
    rows->cbor = (struct fw_cbor){.bytes = rows->bytes, .capacity = sizeof rows->bytes};
}

bool fw_rows_full(const struct fw_rows *rows)
{
    const size_t longest = 9;
    return rows->cbor.length + rows->columns * longest > sizeof rows->bytes;
}

void fw_rows_add(struct fw_rows *rows, const uint64_t *numbers)
{
    for (uint32_t i = 0; i < rows->columns; i++) {
        fw_cbor_int(&rows->cbor, (int64_t)(numbers[i] - rows->above[i]));
        rows->above[i] = numbers[i];
    }
    rows->items += rows->columns;
}

void fw_rows_frame(struct fw_rows *rows, struct fw_frame *frame, uint8_t *buffer)
{
    fw_frame_begin(frame, buffer, FW_ROWS_FRAME, rows->type);
    fw_frame_array(frame, rows->key, rows->items);
    fw_cbor_raw(&frame->cbor, rows->bytes, rows->cbor.length);
    fw_rows_begin(rows, rows->type, rows->key, rows->columns);
}

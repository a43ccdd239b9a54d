#include "rows.h"

#include "support/unit.h"

void rows_read(const struct item *array, unsigned columns, struct rows *rows)
{
    assert_non_null(array);
    assert_int_equal(array->kind, ARRAY);
    assert_int_equal(array->number % columns, 0);
    uint64_t above[ROW_MAX] = {0};
    const uint8_t *at = array->bytes;
    for (uint64_t i = 0; i < array->number; i += columns) {
        assert_in_range(rows->count, 0, ROWS_MAX - 1);
        uint64_t *row = rows->at[rows->count++];
        for (unsigned column = 0; column < columns; column++) {
            struct item item;
            at = decode_item(at, at + 16, &item);
            assert_non_null(at);
            assert_true(item.kind == UNSIGNED || item.kind == NEGATIVE);
            above[column] += (uint64_t)item_signed(&item);
            row[column] = above[column];
        }
    }
}

const uint64_t *rows_find(const struct rows *rows, unsigned column, uint64_t number)
{
    for (unsigned i = 0; i < rows->count; i++) {
        if (rows->at[i][column] == number) {
            return rows->at[i];
        }
    }
    return NULL;
}

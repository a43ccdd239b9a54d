/* Reads the rows of numbers that a frame has as differences (stream/rows.h). */
#ifndef FW_TESTS_ROWS_H
#define FW_TESTS_ROWS_H

#include "decode.h"

enum { ROWS_MAX = 256, ROW_MAX = 8 };
struct rows {
    unsigned count;
    uint64_t at[ROWS_MAX][ROW_MAX];
};

/* Appends the rows of an array to those that are there. Fails the test at anything but whole rows of integers. */
void rows_read(const struct item *array, unsigned columns, struct rows *rows);
/* The first row with this number in this column; NULL where there is none. */
const uint64_t *rows_find(const struct rows *rows, unsigned column, uint64_t number);

#endif

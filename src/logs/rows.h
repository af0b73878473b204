/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a view: numbers of lines, in an order that is the view's business. They lie in
 * chunks, so that a line that comes late into the middle moves some thousands of others at most,
 * however many there are. Memory: 4 bytes a row, at worst twice that. */
#ifndef HW_LOGS_ROWS_H
#define HW_LOGS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hw_rows {
    struct hw_rows_chunk **chunks;
    size_t *starts; /* the first row of each */
    size_t chunk_count, capacity, starts_capacity;
    size_t count;
    uint64_t base; /* numbers are kept less this; none is smaller */
};

void hw_rows_done(struct hw_rows *rows);
void hw_rows_clear(struct hw_rows *rows, uint64_t base);
uint64_t hw_rows_at(const struct hw_rows *rows, size_t row); /* row < count */
/* row <= count; number at most base + UINT32_MAX. */
void hw_rows_insert(struct hw_rows *rows, size_t row, uint64_t number);
/* Takes out the numbers below first, which becomes the base. */
void hw_rows_drop(struct hw_rows *rows, uint64_t first);

/* A stretch of rows that holds `row` (< count): numbers less the base; *ret_first is the row of the
 * first of *ret_n. For loops over many rows. */
const uint32_t *hw_rows_span(const struct hw_rows *rows, size_t row, size_t *ret_first,
                             size_t *ret_n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/rows.h"

#include <string.h>

#include "base/mem.h"

#define CHUNK_ROWS 4096u

struct hw_rows_chunk {
    size_t count; /* 1 to CHUNK_ROWS */
    uint32_t numbers[CHUNK_ROWS];
};

void hw_rows_clear(struct hw_rows *rows, uint64_t base)
{
    for (size_t i = 0; i < rows->chunk_count; i++)
        free(rows->chunks[i]);
    rows->chunk_count = rows->count = 0;
    rows->base = base;
}

void hw_rows_done(struct hw_rows *rows)
{
    hw_rows_clear(rows, 0);
    free(rows->chunks);
    free(rows->starts);
    *rows = (struct hw_rows){0};
}

/* The chunk that holds a row; the last one for the row behind all. */
static size_t chunk_of(const struct hw_rows *rows, size_t row)
{
    size_t low = 0, high = rows->chunk_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (rows->starts[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t hw_rows_at(const struct hw_rows *rows, size_t row)
{
    size_t i = chunk_of(rows, row);
    return rows->base + rows->chunks[i]->numbers[row - rows->starts[i]];
}

const uint32_t *hw_rows_span(const struct hw_rows *rows, size_t row, size_t *ret_first,
                             size_t *ret_n)
{
    size_t i = chunk_of(rows, row);
    *ret_first = rows->starts[i];
    *ret_n = rows->chunks[i]->count;
    return rows->chunks[i]->numbers;
}

/* An empty chunk at place i. */
static struct hw_rows_chunk *add_chunk(struct hw_rows *rows, size_t i, size_t start)
{
    size_t behind = rows->chunk_count - i;
    hw_grow(&rows->chunks, &rows->capacity, rows->chunk_count, sizeof *rows->chunks);
    hw_grow(&rows->starts, &rows->starts_capacity, rows->chunk_count, sizeof *rows->starts);
    memmove(rows->chunks + i + 1, rows->chunks + i, behind * sizeof *rows->chunks);
    memmove(rows->starts + i + 1, rows->starts + i, behind * sizeof *rows->starts);
    rows->chunks[i] = HW_NEW(struct hw_rows_chunk);
    rows->starts[i] = start;
    rows->chunk_count++;
    return rows->chunks[i];
}

static void split(struct hw_rows *rows, size_t i)
{
    struct hw_rows_chunk *left = rows->chunks[i];
    size_t half = left->count / 2;
    struct hw_rows_chunk *right = add_chunk(rows, i + 1, rows->starts[i] + half);
    right->count = left->count - half;
    memcpy(right->numbers, left->numbers + half, right->count * sizeof *right->numbers);
    left->count = half;
}

static void append(struct hw_rows *rows, uint32_t number)
{
    size_t last = rows->chunk_count - 1;
    struct hw_rows_chunk *chunk = rows->chunk_count ? rows->chunks[last] : NULL;
    if (!chunk || chunk->count == CHUNK_ROWS)
        chunk = add_chunk(rows, rows->chunk_count, rows->count);
    chunk->numbers[chunk->count++] = number;
    rows->count++;
}

void hw_rows_insert(struct hw_rows *rows, size_t row, uint64_t number)
{
    uint32_t kept = (uint32_t)(number - rows->base);
    if (row == rows->count) {
        append(rows, kept);
        return;
    }
    size_t i = chunk_of(rows, row);
    if (rows->chunks[i]->count == CHUNK_ROWS) {
        split(rows, i);
        i = chunk_of(rows, row);
    }
    struct hw_rows_chunk *chunk = rows->chunks[i];
    size_t at = row - rows->starts[i];
    memmove(chunk->numbers + at + 1, chunk->numbers + at,
            (chunk->count - at) * sizeof *chunk->numbers);
    chunk->numbers[at] = kept;
    chunk->count++;
    rows->count++;
    while (++i < rows->chunk_count)
        rows->starts[i]++;
}

void hw_rows_drop(struct hw_rows *rows, uint64_t first)
{
    struct hw_rows kept = {.base = first};
    for (size_t i = 0; i < rows->chunk_count; i++) {
        const struct hw_rows_chunk *chunk = rows->chunks[i];
        for (size_t k = 0; k < chunk->count; k++) {
            uint64_t number = rows->base + chunk->numbers[k];
            if (number >= first)
                append(&kept, (uint32_t)(number - first));
        }
        free(rows->chunks[i]);
    }
    rows->chunk_count = 0;
    hw_rows_done(rows);
    *rows = kept;
}

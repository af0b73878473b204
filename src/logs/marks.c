/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/marks.h"

#include <string.h>

#include "base/mem.h"

void hw_marks_done(struct hw_marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        free(marks->chunks[i]);
    free(marks->chunks);
    *marks = (struct hw_marks){0};
}

static unsigned char *chunk_of(struct hw_marks *marks, uint64_t number)
{
    uint64_t at = number / HW_MARKS_CHUNK - marks->first;
    for (; marks->count <= at; marks->count++) {
        hw_grow(&marks->chunks, &marks->capacity, marks->count, sizeof *marks->chunks);
        marks->chunks[marks->count] = NULL;
    }
    if (!marks->chunks[at])
        marks->chunks[at] = hw_alloc(HW_MARKS_CHUNK);
    return marks->chunks[at];
}

void hw_marks_set(struct hw_marks *marks, uint64_t number, unsigned bits)
{
    chunk_of(marks, number)[number % HW_MARKS_CHUNK] |= (unsigned char)bits;
}

void hw_marks_take(struct hw_marks *marks, uint64_t number, unsigned bits)
{
    if (hw_marks_get(marks, number))
        chunk_of(marks, number)[number % HW_MARKS_CHUNK] &= (unsigned char)~bits;
}

void hw_marks_keep(struct hw_marks *marks, unsigned bits)
{
    for (size_t i = 0; i < marks->count; i++) {
        for (size_t k = 0; marks->chunks[i] && k < HW_MARKS_CHUNK; k++)
            marks->chunks[i][k] &= (unsigned char)bits;
    }
}

void hw_marks_drop(struct hw_marks *marks, uint64_t first)
{
    size_t gone = 0;
    while (gone < marks->count && marks->first + gone < first / HW_MARKS_CHUNK)
        free(marks->chunks[gone++]);
    marks->count -= gone;
    marks->first = marks->count ? marks->first + gone : first / HW_MARKS_CHUNK;
    if (gone && marks->count)
        memmove(marks->chunks, marks->chunks + gone, marks->count * sizeof *marks->chunks);
}

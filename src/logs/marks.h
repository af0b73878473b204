/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bits for each line, by its number. */
#ifndef HW_LOGS_MARKS_H
#define HW_LOGS_MARKS_H

#include <stddef.h>
#include <stdint.h>

#define HW_MARKS_CHUNK 65536u /* lines */

struct hw_marks {
    unsigned char **chunks; /* NULL: none set in it */
    size_t count, capacity;
    uint64_t first; /* the number of the line, over HW_MARKS_CHUNK, of chunks[0] */
};

void hw_marks_done(struct hw_marks *marks);
void hw_marks_set(struct hw_marks *marks, uint64_t number, unsigned bits);
void hw_marks_take(struct hw_marks *marks, uint64_t number, unsigned bits);
void hw_marks_keep(struct hw_marks *marks, unsigned bits); /* all others are taken from all lines */
/* The lines below first are gone, or never were there: nobody asks for them or sets them. Before
 * this is called there are none below 0. */
void hw_marks_drop(struct hw_marks *marks, uint64_t first);

static inline unsigned hw_marks_get(const struct hw_marks *marks, uint64_t number)
{
    uint64_t at = number / HW_MARKS_CHUNK - marks->first;
    return at < marks->count && marks->chunks[at] ? marks->chunks[at][number % HW_MARKS_CHUNK] : 0;
}

#endif

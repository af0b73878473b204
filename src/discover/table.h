/* SPDX-License-Identifier: Apache-2.0 */
/* What a service listed, as rows of texts. Where each text stands in an item is a path, so that
 * reading another listing takes data, not code. */
#ifndef HW_DISCOVER_TABLE_H
#define HW_DISCOVER_TABLE_H

#include <jansson.h>

#include "base/mem.h"
#include "base/xml.h"

#define HW_CELLS 8

struct hw_row {
    char *cell[HW_CELLS]; /* never NULL for a cell that has a path; outside text, not cleaned */
};

struct hw_table {
    struct hw_row *rows;
    size_t count, capacity;
};

void hw_table_done(struct hw_table *table);

/* Adds the row of one item. A path is names joined by "/"; where a step occurs several times all of
 * them count, and what they hold is joined by blanks. "item[key=Name]" takes only those whose child
 * "key" has the text "Name". paths ends with NULL or at HW_CELLS. */
void hw_table_add_xml(struct hw_table *table, const struct hw_xml *item, const char *const *paths);
/* The same for JSON; numbers become their digits, every element of an array counts. */
void hw_table_add_json(struct hw_table *table, const json_t *item, const char *const *paths);

/* The first row whose cell has this text, or NULL. */
const struct hw_row *hw_table_find(const struct hw_table *table, size_t cell, const char *text);

/* The cell as a number, 0 if it is none. */
long hw_row_number(const struct hw_row *row, size_t cell);
/* Is word one of the blank-separated words of text? */
bool hw_has_word(const char *text, const char *word);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "discover/table.h"

#include "base/text.h"

#define STEP_MAX 64 /* bytes of one step of a path; paths are ours, and shorter */

/* One step of a path: a name, and what a child of it must say. */
struct step {
    char name[STEP_MAX], child[STEP_MAX], text[STEP_MAX];
    const char *rest; /* of the path; "" at its end */
};

static void copy_part(char out[STEP_MAX], const char *from, size_t length)
{
    snprintf(out, STEP_MAX, "%.*s", (int)length, from);
}

static struct step first_step(const char *path)
{
    struct step step = {.rest = ""};
    size_t length = strcspn(path, "/"), name = strcspn(path, "[/");
    copy_part(step.name, path, name);
    if (path[name] == '[') {
        const char *test = path + name + 1;
        size_t child = strcspn(test, "=");
        copy_part(step.child, test, child);
        copy_part(step.text, test + child + 1, strcspn(test + child + 1, "]"));
    }
    step.rest = path[length] ? path + length + 1 : path + length;
    return step;
}

static void add_word(struct hw_buf *out, const char *text, size_t n)
{
    struct hw_span word = hw_text_trim(text, n);
    if (!word.n)
        return;
    if (out->len)
        hw_buf_char(out, ' ');
    hw_buf_add(out, word.p, word.n);
}

static void gather_xml(const struct hw_xml *element, const char *path, struct hw_buf *out)
{
    if (!*path) {
        add_word(out, element->text, strnlen(element->text, HW_MAX_VALUE));
        return;
    }
    struct step step = first_step(path);
    for (const struct hw_xml *at = hw_xml_first(element, step.name); at; at = hw_xml_next(at)) {
        const struct hw_xml *tested = step.child[0] ? hw_xml_child(at, step.child) : NULL;
        if (!step.child[0] || (tested && strcmp(tested->text, step.text) == 0))
            gather_xml(at, step.rest, out);
    }
}

static void gather_json(const json_t *value, const char *path, struct hw_buf *out)
{
    size_t i;
    json_t *item;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            gather_json(item, path, out);
        }
    } else if (*path) {
        struct step step = first_step(path);
        gather_json(json_object_get(value, step.name), step.rest, out);
    } else if (json_is_string(value)) {
        add_word(out, json_string_value(value), strnlen(json_string_value(value), HW_MAX_VALUE));
    } else if (json_is_integer(value)) {
        char digits[32];
        int n = snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        add_word(out, digits, (size_t)n);
    }
}

static struct hw_row *new_row(struct hw_table *table)
{
    hw_grow(&table->rows, &table->capacity, table->count, sizeof *table->rows);
    struct hw_row *row = &table->rows[table->count++];
    *row = (struct hw_row){.cell = {NULL}};
    return row;
}

void hw_table_add_xml(struct hw_table *table, const struct hw_xml *item, const char *const *paths)
{
    struct hw_row *row = new_row(table);
    for (size_t i = 0; i < HW_CELLS && paths[i]; i++) {
        struct hw_buf text = HW_BUF(HW_MAX_VALUE);
        gather_xml(item, paths[i], &text);
        row->cell[i] = hw_buf_take(&text);
    }
}

void hw_table_add_json(struct hw_table *table, const json_t *item, const char *const *paths)
{
    struct hw_row *row = new_row(table);
    for (size_t i = 0; i < HW_CELLS && paths[i]; i++) {
        struct hw_buf text = HW_BUF(HW_MAX_VALUE);
        gather_json(item, paths[i], &text);
        row->cell[i] = hw_buf_take(&text);
    }
}

void hw_table_done(struct hw_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t j = 0; j < HW_CELLS; j++)
            free(table->rows[i].cell[j]);
    }
    free(table->rows);
    *table = (struct hw_table){0};
}

const struct hw_row *hw_table_find(const struct hw_table *table, size_t cell, const char *text)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].cell[cell], text) == 0)
            return &table->rows[i];
    }
    return NULL;
}

long hw_row_number(const struct hw_row *row, size_t cell)
{
    long value = 0;
    hw_parse_int(row->cell[cell], 0, 1L << 40, &value);
    return value;
}

bool hw_has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; n && (at = strstr(at, word)) != NULL; at += n) {
        bool begins = at == text || at[-1] == ' ';
        if (begins && (at[n] == ' ' || at[n] == '\0'))
            return true;
    }
    return false;
}

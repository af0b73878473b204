/* SPDX-License-Identifier: Apache-2.0 */
#include "template/tpl.h"

#include "base/file.h"
#include "base/mem.h"

void hw_tpl_done(struct hw_tpl *tpl)
{
    if (tpl->parsed)
        yaml_document_delete(&tpl->doc);
    tpl->parsed = false;
    hw_buf_done(&tpl->text);
}

static bool check_ascii(const char *name, const struct hw_buf *text, struct hw_err *err)
{
    size_t line = 1;
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        if (c == '\n')
            line++;
        else if (c < ' ' || c > '~') {
            hw_fail(err, HW_ERR_IO, _("a template source holds a character that is not ASCII"));
            return hw_err_at(err, name, line, 0);
        }
    }
    return true;
}

static bool parse(const char *name, struct hw_tpl *tpl, struct hw_err *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return hw_fail(err, HW_ERR_IO, _("cannot start the YAML reader"));
    yaml_parser_set_input_string(&parser, (const unsigned char *)hw_buf_cstr(&tpl->text),
                                 tpl->text.len);
    tpl->parsed = yaml_parser_load(&parser, &tpl->doc);
    if (!tpl->parsed) {
        hw_fail(err, HW_ERR_IO, _("not valid YAML: %s"),
                parser.problem ? parser.problem : _("unknown problem"));
        hw_err_at(err, name, parser.problem_mark.line + 1, parser.problem_mark.column + 1);
    }
    yaml_parser_delete(&parser);
    return tpl->parsed;
}

bool hw_tpl_parse(const char *name, const char *text, size_t size, struct hw_tpl *ret,
                  struct hw_err *err)
{
    struct hw_tpl tpl = {.text = HW_BUF(HW_MAX_TEMPLATE)};
    if (!hw_buf_add(&tpl.text, text, size))
        return hw_fail(err, HW_ERR_LIMIT, _("'%s' is larger than %u bytes"), name, HW_MAX_TEMPLATE);
    if (!parse(name, &tpl, err)) {
        hw_tpl_done(&tpl);
        return false;
    }
    *ret = tpl;
    return true;
}

bool hw_tpl_load(const char *name, struct hw_tpl *ret, struct hw_err *err)
{
    hw_auto_text path = hw_data_path(name);
    struct hw_tpl tpl = {.text = HW_BUF(HW_MAX_TEMPLATE)};
    if (!hw_file_read(path, &tpl.text, err) || !check_ascii(path, &tpl.text, err) ||
        !parse(path, &tpl, err)) {
        hw_tpl_done(&tpl);
        return hw_wrap(err, _("template source '%s'"), name);
    }
    *ret = tpl;
    return true;
}

yaml_node_t *hw_tpl_node(struct hw_tpl *tpl, int id)
{
    return yaml_document_get_node(&tpl->doc, id);
}

const char *hw_tpl_scalar(const yaml_node_t *node)
{
    if (!node || node->type != YAML_SCALAR_NODE)
        return "";
    return (const char *)node->data.scalar.value;
}

static yaml_node_pair_t *find(struct hw_tpl *tpl, yaml_node_t *node, const char *key)
{
    if (!node)
        node = yaml_document_get_root_node(&tpl->doc);
    hw_tpl_each(node, pair)
    {
        if (strcmp(hw_tpl_scalar(hw_tpl_node(tpl, pair->key)), key) == 0)
            return pair;
    }
    return NULL;
}

yaml_node_t *hw_tpl_get(struct hw_tpl *tpl, yaml_node_t *node, const char *key)
{
    yaml_node_pair_t *pair = find(tpl, node, key);
    return pair ? hw_tpl_node(tpl, pair->value) : NULL;
}

yaml_node_t *hw_tpl_key(struct hw_tpl *tpl, yaml_node_t *node, const char *key)
{
    yaml_node_pair_t *pair = find(tpl, node, key);
    return pair ? hw_tpl_node(tpl, pair->key) : NULL;
}

yaml_node_t *hw_tpl_path(struct hw_tpl *tpl, const char *path)
{
    yaml_node_t *node = yaml_document_get_root_node(&tpl->doc);
    while (node && *path) {
        size_t n = strcspn(path, "/");
        hw_auto_text step = hw_strndup(path, n);
        node = hw_tpl_get(tpl, node, step);
        path += n + (path[n] == '/');
    }
    return node;
}

/* --- Lines ----------------------------------------------------------------------------------- */

static size_t line_start(const struct hw_buf *text, size_t at)
{
    while (at > 0 && text->data[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(const struct hw_buf *text, size_t at)
{
    while (at < text->len && text->data[at] != '\n')
        at++;
    return at < text->len ? at + 1 : at;
}

/* The line's indentation; *ret_first is its first character, '\n' for a blank line. */
static size_t indent_of(const struct hw_buf *text, size_t start, char *ret_first)
{
    size_t at = start;
    while (at < text->len && text->data[at] == ' ')
        at++;
    *ret_first = at < text->len ? text->data[at] : '\n';
    return at - start;
}

struct hw_range hw_tpl_entry(const struct hw_tpl *tpl, const yaml_node_t *key)
{
    const struct hw_buf *text = &tpl->text;
    size_t column = key->start_mark.column;
    struct hw_range range = {line_start(text, key->start_mark.index), 0};
    range.end = line_end(text, range.start);
    char first;
    while (range.start > 0) {
        size_t above = line_start(text, range.start - 1);
        if (indent_of(text, above, &first) != column || first != '#')
            break;
        range.start = above;
    }
    size_t at = range.end;
    while (at < text->len) {
        size_t indent = indent_of(text, at, &first);
        if (first != '\n' && indent <= column)
            break;
        at = line_end(text, at);
        range.end = at;
    }
    return range;
}

/* --- Edits ----------------------------------------------------------------------------------- */

void hw_edits_done(struct hw_edits *edits)
{
    for (size_t i = 0; i < edits->count; i++)
        free(edits->items[i].text);
    free(edits->items);
    *edits = (struct hw_edits){0};
}

void hw_edits_take(struct hw_edits *edits, struct hw_range range, char *text)
{
    hw_grow(&edits->items, &edits->capacity, edits->count, sizeof *edits->items);
    edits->items[edits->count++] = (struct hw_edit){range, text};
}

/* By place; of two that begin together the wider one first, so that it wins. */
static int compare(const void *a, const void *b)
{
    const struct hw_edit *x = a, *y = b;
    if (x->range.start != y->range.start)
        return x->range.start < y->range.start ? -1 : 1;
    return x->range.end > y->range.end ? -1 : x->range.end < y->range.end;
}

void hw_edits_apply(struct hw_edits *edits, const struct hw_buf *text, struct hw_range within,
                    struct hw_buf *out)
{
    if (edits->count)
        qsort(edits->items, edits->count, sizeof *edits->items, compare);
    size_t at = within.start;
    for (size_t i = 0; i < edits->count; i++) {
        const struct hw_edit *edit = &edits->items[i];
        if (edit->range.start < at || edit->range.end > within.end)
            continue;
        hw_buf_add(out, text->data + at, edit->range.start - at);
        hw_buf_text(out, edit->text);
        at = edit->range.end;
    }
    hw_buf_add(out, text->data + at, within.end - at);
}

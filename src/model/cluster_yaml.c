/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cluster_yaml.h"

#include <yaml.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

/* A mapping that was read, where a key that it lacks should have stood, or a key without value. */
struct section {
    char *path;
    size_t line, column;
};

struct reader {
    const char *name, *text;
    size_t length; /* of text */
    yaml_parser_t parser;
    yaml_event_t event; /* the one that is looked at */
    bool have_event;
    struct hw_cluster *cluster;
    struct hw_strv seen;
    struct section *sections;
    size_t section_count, section_capacity;
    struct hw_err *err;
};

static bool fail_at(struct reader *r, yaml_mark_t mark, const char *fmt, ...) HW_PRINTF(3, 4);

static bool fail_at(struct reader *r, yaml_mark_t mark, const char *fmt, ...)
{
    hw_auto(hw_buf) raw = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&raw, fmt, args);
    va_end(args);
    hw_text_clean(&text, hw_buf_cstr(&raw), raw.len, false);
    hw_fail(r->err, HW_ERR_INPUT, "%s", hw_buf_cstr(&text));
    return hw_err_at(r->err, r->name, mark.line + 1, mark.column + 1);
}

/* The reader of bytes runs ahead of the events and knows an offset only. */
static yaml_mark_t mark_of_offset(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset; i++) {
        bool line_end = text[i] == '\n';
        mark.line += line_end;
        mark.column = line_end ? 0 : mark.column + 1;
    }
    return mark;
}

static bool next(struct reader *r)
{
    if (r->have_event)
        yaml_event_delete(&r->event);
    r->have_event = yaml_parser_parse(&r->parser, &r->event);
    if (r->have_event)
        return true;
    yaml_mark_t mark = r->parser.problem_mark;
    if (r->parser.error == YAML_READER_ERROR) {
        size_t offset = r->parser.problem_offset;
        mark = mark_of_offset(r->text, offset < r->length ? offset : r->length);
        return fail_at(r, mark, _("a control character or a byte that is not UTF-8"));
    }
    const char *problem = r->parser.problem ? r->parser.problem : "malformed";
    return fail_at(r, mark, _("not valid YAML: %s"), problem);
}

static bool read_value(struct reader *r, const char *path);

/* What stands here, in words, for "expected X, found Y". */
static const char *found(const struct reader *r)
{
    switch (r->event.type) {
    case YAML_SEQUENCE_START_EVENT:
        return _("a list");
    case YAML_MAPPING_START_EVENT:
        return _("a mapping");
    case YAML_ALIAS_EVENT:
        return _("an alias");
    default:
        return _("a single value");
    }
}

static bool wrong_type(struct reader *r, const char *path, const char *expected)
{
    return fail_at(r, r->event.start_mark, _("%s: expected %s, found %s"), path, expected,
                   found(r));
}

static const char *scalar(const struct reader *r)
{
    return (const char *)r->event.data.scalar.value;
}

static bool is_null(const struct reader *r)
{
    const char *text = scalar(r);
    return r->event.data.scalar.plain_implicit &&
           (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* A NUL inside a quoted scalar would cut it silently. */
static bool take_scalar(struct reader *r, const char *path, char **ret)
{
    if (r->event.type != YAML_SCALAR_EVENT)
        return wrong_type(r, path, _("a single value"));
    size_t n = r->event.data.scalar.length;
    if (n > HW_MAX_VALUE)
        return fail_at(r, r->event.start_mark, _("%s: longer than %u bytes"), path, HW_MAX_VALUE);
    if (strlen(scalar(r)) != n)
        return fail_at(r, r->event.start_mark, _("%s: holds a control character"), path);
    *ret = hw_strdup(is_null(r) ? "" : scalar(r));
    return true;
}

/* YAML 1.1 booleans (yaml.org/type/bool.html). */
static const char *boolean(const char *text)
{
    static const char *const yes[] = {"true", "yes", "on", "y"};
    static const char *const no[] = {"false", "no", "off", "n"};
    for (size_t i = 0; i < HW_COUNT(yes); i++) {
        if (hw_text_equal_nocase(text, yes[i]))
            return "true";
        if (hw_text_equal_nocase(text, no[i]))
            return "false";
    }
    return text;
}

static bool store(struct reader *r, const char *path, yaml_mark_t mark,
                  const struct hw_strv *values)
{
    struct hw_err why = {0};
    if (hw_cluster_set_list(r->cluster, path, values, &why))
        return true;
    return fail_at(r, mark, "%s", why.what);
}

static bool check_format(struct reader *r, const char *text)
{
    return strcmp(text, "1") == 0 ||
           fail_at(r, r->event.start_mark,
                   _("hpcwiz: format '%s' is not known; this version reads format 1"), text);
}

static bool read_scalar(struct reader *r, const char *path, const struct hw_field *field)
{
    hw_auto_text text = NULL;
    hw_auto(hw_strv) values = {0};
    if (!take_scalar(r, path, &text))
        return false;
    if (strcmp(path, "hpcwiz") == 0 && !check_format(r, text))
        return false;
    if (*text)
        hw_strv_add(&values, field->type == HW_TYPE_BOOL ? boolean(text) : text);
    return store(r, path, r->event.start_mark, &values);
}

static bool read_list(struct reader *r, const char *path)
{
    hw_auto(hw_strv) values = {0};
    yaml_mark_t mark = r->event.start_mark;
    if (r->event.type == YAML_SCALAR_EVENT && is_null(r))
        return true;
    if (r->event.type != YAML_SEQUENCE_START_EVENT)
        return wrong_type(r, path, _("a list"));
    for (;;) {
        char *text;
        if (!next(r))
            return false;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return store(r, path, mark, &values);
        if (values.count >= HW_MAX_LIST)
            return fail_at(r, r->event.start_mark, _("%s: more than %u items"), path, HW_MAX_LIST);
        if (!take_scalar(r, path, &text))
            return false;
        hw_strv_take(&values, text);
        if (!store(r, path, r->event.start_mark, &values))
            return false;
    }
}

static bool read_map_item(struct reader *r, const char *path, struct hw_strv *values)
{
    hw_auto_text key = NULL;
    hw_auto_text value = NULL;
    yaml_mark_t mark = r->event.start_mark;
    if (!take_scalar(r, path, &key))
        return false;
    for (size_t i = 0; i < values->count; i++) {
        size_t n = strlen(key);
        if (strncmp(values->items[i], key, n) == 0 && values->items[i][n] == '=')
            return fail_at(r, mark, _("%s: the key '%s' stands here twice"), path, key);
    }
    if (values->count >= HW_MAX_LIST)
        return fail_at(r, mark, _("%s: more than %u items"), path, HW_MAX_LIST);
    if (!next(r) || !take_scalar(r, path, &value))
        return false;
    hw_strv_take(values, hw_format("%s=%s", key, value));
    return store(r, path, mark, values);
}

static bool read_map(struct reader *r, const char *path)
{
    hw_auto(hw_strv) values = {0};
    if (r->event.type == YAML_SCALAR_EVENT && is_null(r))
        return true;
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return wrong_type(r, path, _("a mapping of keys to values"));
    for (;;) {
        if (!next(r))
            return false;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!read_map_item(r, path, &values))
            return false;
    }
}

/* Keys of the schema that stand directly below path: "network" has "vpc", "subnets" ... */
static size_t keys_below(const char *path, char *names[], size_t max)
{
    hw_auto_text prefix = *path ? hw_format("%s.", path) : hw_strdup("");
    size_t group, count = 0;
    if (hw_key_group(path, &group)) {
        free(prefix);
        prefix = hw_strdup("nodes.compute.*.");
    }
    for (size_t i = 0; i < hw_schema_count(); i++) {
        const char *key = hw_schema_at(i)->key;
        if (!hw_text_starts(key, prefix))
            continue;
        size_t n = strcspn(key + strlen(prefix), ".");
        const char *name = key + strlen(prefix);
        bool known = false;
        for (size_t j = 0; j < count; j++)
            known = known || (strlen(names[j]) == n && memcmp(names[j], name, n) == 0);
        if (!known && count < max)
            names[count++] = hw_strndup(name, n);
    }
    return count;
}

#define NAMES_MAX 64

static bool unknown_key(struct reader *r, const char *path, const char *key)
{
    char *names[NAMES_MAX];
    size_t count = keys_below(path, names, NAMES_MAX);
    const char *near = hw_text_nearest(key, (const char *const *)names, count);
    fail_at(r, r->event.start_mark, _("unknown key '%s'%s%s"), key, *path ? _(" in ") : "", path);
    if (near) {
        hw_err_next(r->err, _("Did you mean '%s'?"), near);
    } else {
        hw_auto(hw_buf) all = HW_BUF(HW_MAX_VALUE);
        for (size_t i = 0; i < count; i++)
            hw_buf_print(&all, "%s%s", i ? ", " : "", names[i]);
        hw_err_next(r->err, _("Known here: %s."), hw_buf_cstr(&all));
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    return false;
}

static bool is_known_key(const char *path, const char *key)
{
    char *names[NAMES_MAX];
    size_t count = keys_below(path, names, NAMES_MAX);
    bool known = false;
    for (size_t i = 0; i < count; i++) {
        known = known || strcmp(names[i], key) == 0;
        free(names[i]);
    }
    return known;
}

static void note_section(struct reader *r, const char *path)
{
    hw_grow(&r->sections, &r->section_capacity, r->section_count, sizeof *r->sections);
    r->sections[r->section_count++] = (struct section){
        hw_strdup(path), r->event.start_mark.line + 1, r->event.start_mark.column + 1};
}

static bool is_empty(const struct reader *r)
{
    return r->event.type == YAML_SCALAR_EVENT && (!*scalar(r) || is_null(r));
}

static bool read_section(struct reader *r, const char *path)
{
    if (r->event.type == YAML_SCALAR_EVENT && is_null(r) && *path)
        return true;
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return wrong_type(r, *path ? path : _("the file"), _("a mapping of keys to values"));
    note_section(r, path);
    for (;;) {
        hw_auto_text key = NULL;
        if (!next(r))
            return false;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!take_scalar(r, *path ? path : _("a key"), &key))
            return false;
        hw_auto_text below = *path ? hw_format("%s.%s", path, key) : hw_strdup(key);
        if (!is_known_key(path, key))
            return unknown_key(r, path, key);
        if (hw_strv_has(&r->seen, below))
            return fail_at(r, r->event.start_mark, _("the key '%s' stands here twice"), below);
        hw_strv_add(&r->seen, below);
        if (!next(r))
            return false;
        if (is_empty(r))
            note_section(r, below);
        if (!read_value(r, below))
            return false;
    }
}

static bool read_groups(struct reader *r, const char *path)
{
    if (r->event.type != YAML_SEQUENCE_START_EVENT)
        return wrong_type(r, path, _("a list of compute groups"));
    yaml_mark_t mark = r->event.start_mark;
    for (size_t group = 0;; group++) {
        if (!next(r))
            return false;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return group > 0 || fail_at(r, mark, _("%s: at least one compute group"), path);
        if (group > 0) {
            struct hw_err why = {0};
            if (!hw_cluster_group_add(r->cluster, &why))
                return fail_at(r, r->event.start_mark, "%s", why.what);
        }
        hw_auto_text below = hw_format("%s.%zu", path, group);
        hw_auto_text name = hw_format("%s.name", below);
        hw_cluster_clear(r->cluster, name); /* the name given to a new group is not the file's */
        if (!read_section(r, below))
            return false;
    }
}

/* `sql: local`, or a mapping with image, type and so on. */
static bool read_sql(struct reader *r, const char *path)
{
    if (r->event.type == YAML_SCALAR_EVENT && !is_null(r))
        return read_scalar(r, path, hw_schema_find(path));
    return read_section(r, path);
}

static bool read_value(struct reader *r, const char *path)
{
    const struct hw_field *field = hw_schema_find(path);
    if (r->event.type == YAML_ALIAS_EVENT)
        return fail_at(r, r->event.start_mark, _("%s: aliases are not allowed here"), path);
    if (strcmp(path, "nodes.compute") == 0)
        return read_groups(r, path);
    if (strcmp(path, "nodes.sql") == 0)
        return read_sql(r, path);
    if (!field)
        return read_section(r, path);
    if (field->type == HW_TYPE_MAP)
        return read_map(r, path);
    return field->list ? read_list(r, path) : read_scalar(r, path, field);
}

static const struct section *section_of(const struct reader *r, const char *key)
{
    const struct section *best = NULL;
    for (size_t i = 0; i < r->section_count; i++) {
        const struct section *s = &r->sections[i];
        size_t n = strlen(s->path);
        bool above = n == 0 || (hw_text_starts(key, s->path) && (key[n] == '.' || !key[n]));
        if (above && (!best || n > strlen(best->path)))
            best = s;
    }
    return best;
}

struct lack {
    struct reader *reader;
    bool complete;
};

static void find_lack(void *data, const char *key, const struct hw_field *field)
{
    struct lack *lack = data;
    struct reader *r = lack->reader;
    bool there = hw_cluster_is_set(r->cluster, key);
    if (!lack->complete || !field->required || there)
        return;
    lack->complete = false;
    const struct section *section = section_of(r, key);
    bool empty = section && strcmp(section->path, key) == 0;
    hw_fail(r->err, HW_ERR_INPUT,
            empty ? _("the required key '%s' has no value") : _("the required key '%s' is missing"),
            key);
    if (field->example)
        hw_err_next(r->err, empty ? _("Fill it in, for example: %s") : _("Add it, for example: %s"),
                    field->example);
    hw_err_at(r->err, r->name, section ? section->line : 1, section ? section->column : 1);
}

static bool read_document(struct reader *r, bool partial)
{
    if (!next(r) || !next(r)) /* stream start, document start */
        return false;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return fail_at(r, r->event.start_mark, _("the file is empty"));
    if (!next(r) || !read_section(r, "") || !next(r) || !next(r))
        return false;
    if (r->event.type != YAML_STREAM_END_EVENT)
        return fail_at(r, r->event.start_mark, _("a second document; a cluster file has one"));
    struct lack lack = {r, true};
    if (!partial)
        hw_cluster_each(r->cluster, find_lack, &lack);
    return lack.complete;
}

bool hw_cluster_parse(const char *name, const char *text, size_t length, bool partial,
                      struct hw_cluster **ret, struct hw_err *err)
{
    struct hw_err own = {0};
    struct reader r = {.name = name,
                       .text = text,
                       .length = length,
                       .err = err ? err : &own,
                       .cluster = hw_cluster_new()};
    if (!yaml_parser_initialize(&r.parser)) {
        hw_cluster_free(r.cluster);
        return hw_fail(err, HW_ERR_IO, _("cannot start the YAML reader"));
    }
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, length);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    bool ok = read_document(&r, partial);
    if (r.have_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    for (size_t i = 0; i < r.section_count; i++)
        free(r.sections[i].path);
    free(r.sections);
    hw_strv_done(&r.seen);
    if (ok)
        *ret = r.cluster;
    else
        hw_cluster_free(r.cluster);
    return ok;
}

bool hw_cluster_load(const char *path, bool partial, struct hw_buf *text, struct hw_cluster **ret,
                     struct hw_err *err)
{
    if (!hw_file_read(path, text, err)) {
        if (err)
            err->code = HW_ERR_INPUT;
        if (!hw_path_exists(path))
            hw_err_next(err, _("Make one with: hpcwiz new %s"), path);
        return false;
    }
    return hw_cluster_parse(path, hw_buf_cstr(text), text->len, partial, ret, err);
}

bool hw_cluster_read(const char *path, bool partial, struct hw_cluster **ret, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_CLUSTER_FILE);
    return hw_cluster_load(path, partial, &text, ret, err);
}

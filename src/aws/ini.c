/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/ini.h"

#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

struct reader {
    struct hw_ini *ini;
    size_t line;
    struct hw_ini_section *section;   /* the one being read */
    struct hw_ini_property *property; /* what an indented line belongs to */
    bool nested;                      /* that property was empty: sub-properties follow */
    struct hw_err *err;
};

static void wipe_text(char *text)
{
    if (text)
        hw_wipe(text, strlen(text));
    free(text);
}

static void section_done(struct hw_ini_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        free(section->items[i].name);
        wipe_text(section->items[i].value);
    }
    free(section->items);
    free(section->name);
}

void hw_ini_done(struct hw_ini *ini)
{
    for (size_t i = 0; i < ini->count; i++)
        section_done(&ini->sections[i]);
    free(ini->sections);
    free(ini->path);
    *ini = (struct hw_ini){0};
}

static bool fail_here(struct reader *reader, const char *what)
{
    hw_fail(reader->err, HW_ERR_INPUT, "%s", what);
    hw_err_at(reader->err, reader->ini->path, reader->line, 0);
    return hw_err_next(reader->err, _("Correct this line of the AWS configuration file."));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct hw_span trimmed(const char *s, size_t n)
{
    while (n && is_blank(*s)) {
        s++;
        n--;
    }
    while (n && is_blank(s[n - 1]))
        n--;
    return (struct hw_span){s, n};
}

/* Without a comment; anywhere, or only behind a blank. */
static struct hw_span uncommented(struct hw_span line, bool after_blank)
{
    for (size_t i = 0; i < line.n; i++) {
        bool sign = line.p[i] == '#' || line.p[i] == ';';
        if (sign && (!after_blank || (i && is_blank(line.p[i - 1]))))
            return trimmed(line.p, i);
    }
    return trimmed(line.p, line.n);
}

static char *lower_copy(struct hw_span span)
{
    char *out = hw_strndup(span.p, span.n);
    for (char *p = out; *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    return out;
}

static struct hw_ini_section *section_named(struct hw_ini *ini, struct hw_span name, size_t line)
{
    for (size_t i = 0; i < ini->count; i++) {
        if (hw_span_equal(name, ini->sections[i].name))
            return &ini->sections[i];
    }
    hw_grow(&ini->sections, &ini->capacity, ini->count, sizeof *ini->sections);
    struct hw_ini_section *section = &ini->sections[ini->count++];
    *section = (struct hw_ini_section){.name = hw_strndup(name.p, name.n), .line = line};
    return section;
}

static struct hw_ini_property *put(struct hw_ini_section *section, char *name_take,
                                   struct hw_span value, size_t line)
{
    struct hw_ini_property *property = NULL;
    for (size_t i = 0; i < section->count && !property; i++) {
        if (strcmp(section->items[i].name, name_take) == 0)
            property = &section->items[i];
    }
    if (!property) {
        hw_grow(&section->items, &section->capacity, section->count, sizeof *section->items);
        property = &section->items[section->count++];
        *property = (struct hw_ini_property){.name = name_take};
    } else {
        free(name_take);
        wipe_text(property->value);
    }
    property->value = hw_strndup(value.p, value.n);
    property->line = line;
    return property;
}

static bool read_section(struct reader *reader, struct hw_span line)
{
    struct hw_span text = uncommented(line, false);
    if (text.n < 2 || text.p[text.n - 1] != ']')
        return fail_here(reader, _("a section heading must end with ']'"));
    struct hw_span name = trimmed(text.p + 1, text.n - 2);
    if (!name.n)
        return fail_here(reader, _("a section heading has no name"));
    reader->section = section_named(reader->ini, name, reader->line);
    reader->property = NULL;
    return true;
}

static bool read_property(struct reader *reader, struct hw_span line)
{
    if (!reader->section)
        return fail_here(reader, _("a setting stands before the first [section]"));
    struct hw_span text = uncommented(line, true);
    const char *equals = text.n ? memchr(text.p, '=', text.n) : NULL;
    if (!equals)
        return fail_here(reader, _("expected 'name = value'"));
    struct hw_span name = trimmed(text.p, (size_t)(equals - text.p));
    struct hw_span value = trimmed(equals + 1, text.n - (size_t)(equals - text.p) - 1);
    if (!name.n)
        return fail_here(reader, _("a setting has no name before the '='"));
    reader->property = put(reader->section, lower_copy(name), value, reader->line);
    reader->nested = value.n == 0;
    return true;
}

static bool read_nested(struct reader *reader, struct hw_span text)
{
    const char *equals = memchr(text.p, '=', text.n);
    if (!equals || equals == text.p)
        return fail_here(reader, _("expected an indented 'name = value'"));
    struct hw_span name = trimmed(text.p, (size_t)(equals - text.p));
    struct hw_span value = trimmed(equals + 1, text.n - (size_t)(equals - text.p) - 1);
    hw_auto_text below = lower_copy(name);
    size_t parent = (size_t)(reader->property - reader->section->items);
    put(reader->section, hw_format("%s.%s", reader->property->name, below), value, reader->line);
    reader->property = &reader->section->items[parent]; /* the array may have moved */
    return true;
}

static bool read_indented(struct reader *reader, struct hw_span line)
{
    if (!reader->property)
        return fail_here(reader, _("an indented line continues nothing"));
    struct hw_span text = trimmed(line.p, line.n);
    if (reader->nested)
        return read_nested(reader, text);
    char *old = reader->property->value;
    reader->property->value = hw_format("%s\n%.*s", old, (int)text.n, text.p);
    wipe_text(old);
    return true;
}

static bool read_line(struct reader *reader, struct hw_span line)
{
    if (memchr(line.p, '\0', line.n))
        return fail_here(reader, _("the line holds a NUL character"));
    if (trimmed(line.p, line.n).n == 0 || line.p[0] == '#' || line.p[0] == ';')
        return true;
    if (is_blank(line.p[0]))
        return read_indented(reader, line);
    if (line.p[0] == '[')
        return read_section(reader, line);
    return read_property(reader, line);
}

bool hw_ini_parse(const char *path, const char *text, size_t length, struct hw_ini *ret,
                  struct hw_err *err)
{
    struct hw_ini ini = {.path = hw_strdup(path)};
    struct reader reader = {.ini = &ini, .err = err};
    const char *p = text, *end = text + length;
    if (length >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3; /* a byte order mark, as Windows editors write it */
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        reader.line++;
        if (!read_line(&reader, (struct hw_span){p, (size_t)(stop - p)})) {
            hw_ini_done(&ini);
            return false;
        }
        p = newline ? newline + 1 : end;
    }
    *ret = ini;
    return true;
}

bool hw_ini_read(const char *path, struct hw_ini *ret, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_CLUSTER_FILE);
    if (hw_path_exists(path) && !hw_file_read(path, &text, err))
        return false;
    bool ok = hw_ini_parse(path, hw_buf_cstr(&text), text.len, ret, err);
    if (text.data)
        hw_wipe(text.data, text.capacity);
    return ok;
}

/* The name behind kind in a heading, without quotes; p NULL: another kind. */
static struct hw_span name_in(const char *heading, const char *kind)
{
    const char *p = heading;
    if (kind) {
        if (!hw_text_starts(p, kind) || !is_blank(p[strlen(kind)]))
            return (struct hw_span){NULL, 0};
        p += strlen(kind);
        while (is_blank(*p))
            p++;
    }
    size_t n = strlen(p);
    if (n >= 2 && (*p == '"' || *p == '\'') && p[n - 1] == *p)
        return (struct hw_span){p + 1, n - 2};
    return (struct hw_span){p, n};
}

char *hw_ini_name_of(const struct hw_ini_section *section, const char *kind)
{
    struct hw_span name = name_in(section->name, kind);
    return name.p ? hw_strndup(name.p, name.n) : NULL;
}

const struct hw_ini_section *hw_ini_find(const struct hw_ini *ini, const char *kind,
                                         const char *name)
{
    for (size_t i = 0; i < ini->count; i++) {
        struct hw_span found = name_in(ini->sections[i].name, kind);
        if (found.p && hw_span_equal(found, name))
            return &ini->sections[i];
    }
    return NULL;
}

const char *hw_ini_get(const struct hw_ini_section *section, const char *name)
{
    for (size_t i = 0; section && i < section->count; i++) {
        if (strcmp(section->items[i].name, name) == 0)
            return section->items[i].value;
    }
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of the cluster file. */
#include "base/file.h"
#include "base/text.h"
#include "model/cluster_yaml.h"

#define WRAP 76

struct printer {
    const struct hw_cluster *cluster;
    struct hw_buf *out;
    bool comments;
    char path[128]; /* the section that is open */
};

/* A plain scalar that YAML 1.1 would read as something else, or that needs quoting anyway. */
static bool plain_is_safe(const char *text)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",   "on",
                                        "off", "true", "false", "null", "~"};
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "_./-:@ ";
    size_t n = strlen(text);
    for (size_t i = 0; i < HW_COUNT(words); i++) {
        if (hw_text_equal_nocase(text, words[i]))
            return false;
    }
    /* Beginning with a letter or a slash keeps numbers, dates and octals out. */
    bool letter = (text[0] | 32) >= 'a' && (text[0] | 32) <= 'z';
    return n && (letter || text[0] == '/') && strspn(text, safe) == n && text[n - 1] != ' ' &&
           text[n - 1] != ':' && !strstr(text, ": ");
}

static void put_scalar(struct hw_buf *out, const char *text, bool number)
{
    if (number || plain_is_safe(text))
        hw_buf_text(out, text);
    else
        hw_buf_quote(out, text);
}

static void indent(struct printer *p, const char *path)
{
    size_t depth = 0;
    for (const char *at = path; *at; at++)
        depth += *at == '.';
    hw_buf_fill(p->out, ' ', 2 * depth);
}

static void put_comment(struct printer *p, const char *key, const char *text)
{
    while (*text) {
        size_t n = hw_text_fit(text, WRAP, NULL);
        if (text[n]) {
            size_t blank = n;
            while (blank > 0 && text[blank] != ' ')
                blank--;
            n = blank ? blank : n;
        }
        indent(p, key);
        hw_buf_print(p->out, "# %.*s\n", (int)n, text);
        text += n;
        while (*text == ' ')
            text++;
    }
}

static bool is_number(const struct hw_field *field)
{
    return field->type == HW_TYPE_INT || field->type == HW_TYPE_BOOL ||
           strcmp(field->key, "cost.limit_per_hour") == 0 ||
           strcmp(field->key, "hpc_pack.version") == 0;
}

/* In a file of its own, "[a, b]" on one line; a map item a line. */
static void put_value(struct printer *p, const char *key, const struct hw_field *field)
{
    const struct hw_strv *values = hw_cluster_list(p->cluster, key);
    if (field->type == HW_TYPE_MAP && values->count) {
        hw_buf_char(p->out, '\n');
        for (size_t i = 0; i < values->count; i++) {
            const char *equals = strchr(values->items[i], '=');
            hw_auto_text name = hw_strndup(values->items[i], (size_t)(equals - values->items[i]));
            indent(p, key);
            hw_buf_text(p->out, "  ");
            put_scalar(p->out, name, false);
            hw_buf_text(p->out, ": ");
            put_scalar(p->out, equals + 1, false);
            hw_buf_char(p->out, '\n');
        }
    } else if (field->type == HW_TYPE_MAP) {
        hw_buf_text(p->out, " {}\n");
    } else if (field->list) {
        hw_buf_text(p->out, " [");
        for (size_t i = 0; i < values->count; i++) {
            hw_buf_text(p->out, i ? ", " : "");
            put_scalar(p->out, values->items[i], false);
        }
        hw_buf_text(p->out, "]\n");
    } else {
        hw_buf_char(p->out, ' ');
        put_scalar(p->out, hw_cluster_get(p->cluster, key), is_number(field));
        hw_buf_char(p->out, '\n');
    }
}

/* Opens the mappings between the section that is open and the one that key lies in. */
static void open_sections(struct printer *p, const char *key)
{
    for (const char *dot = strchr(key, '.'); dot; dot = strchr(dot + 1, '.')) {
        size_t n = (size_t)(dot - key);
        bool open = strncmp(p->path, key, n) == 0 && (p->path[n] == '.' || p->path[n] == '\0');
        size_t group;
        hw_auto_text section = hw_strndup(key, n);
        if (open)
            continue;
        if (hw_key_group(section, &group)) { /* a list item; its first key stands behind the dash */
            continue;
        }
        if (p->comments && !strchr(section, '.'))
            hw_buf_char(p->out, '\n');
        indent(p, section);
        const char *last = strrchr(section, '.');
        hw_buf_print(p->out, "%s:\n", last ? last + 1 : section);
    }
    const char *end = strrchr(key, '.');
    size_t n = end ? (size_t)(end - key) : 0;
    memcpy(p->path, key, n);
    p->path[n] = '\0';
}

static bool first_of_group(const struct printer *p, const char *key)
{
    size_t group, open;
    return hw_key_group(key, &group) && (!hw_key_group(p->path, &open) || open != group);
}

static bool is_written(const struct printer *p, const char *key, const struct hw_field *field)
{
    bool sql_here = strcmp(key, "nodes.sql") == 0;
    if (sql_here)
        return hw_cluster_sql_local(p->cluster);
    if (strcmp(key, "hpcwiz") == 0 || p->comments)
        return true;
    return hw_cluster_is_set(p->cluster, key) || (field->required && field->def);
}

static void print_field(void *data, const char *key, const struct hw_field *field)
{
    struct printer *p = data;
    if (!is_written(p, key, field))
        return;
    bool dash = first_of_group(p, key);
    bool known = hw_cluster_get(p->cluster, key)[0] || field->list;
    open_sections(p, key);
    if (p->comments) {
        put_comment(p, key, _(field->help));
        if (!known) {
            indent(p, key);
            hw_buf_print(p->out,
                         field->required ? _("# Needed, for example: %s\n")
                                         : _("# For example: %s\n"),
                         field->example ? field->example : "");
        }
    }
    const char *name = strrchr(key, '.');
    name = name ? name + 1 : key;
    indent(p, key);
    if (dash) {
        p->out->len -= 2;
        hw_buf_text(p->out, "- ");
    }
    hw_buf_print(p->out, "%s:", name);
    if (known)
        put_value(p, key, field);
    else
        hw_buf_text(p->out, " ''\n");
}

bool hw_cluster_print(const struct hw_cluster *cluster, bool comments, struct hw_buf *out)
{
    struct printer printer = {.cluster = cluster, .out = out, .comments = comments};
    if (comments)
        hw_buf_print(out, "%s",
                     _("# A cluster for hpcwiz. See hpcwiz.yaml(5). It never holds a secret.\n"));
    hw_cluster_each(cluster, print_field, &printer);
    return !out->full;
}

bool hw_cluster_write(const struct hw_cluster *cluster, const char *path, bool comments,
                      struct hw_err *err)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_CLUSTER_FILE);
    if (!hw_cluster_print(cluster, comments, &out))
        return hw_fail(err, HW_ERR_LIMIT, _("the cluster file is larger than %u bytes"),
                       HW_MAX_CLUSTER_FILE);
    return hw_file_write(path, out.data, out.len, 0600, err);
}

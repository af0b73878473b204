/* SPDX-License-Identifier: Apache-2.0 */
#include "template/assemble.h"

#include "base/file.h"
#include "base/text.h"
#include "template/lint.h"
#include "template/notice.h"
#include "template/quote.h"
#include "template/tpl.h"
#include "template/value.h"

struct assembly {
    const struct hw_cluster *cluster;
    size_t group;
    struct hw_tpl *tpl; /* borrowed */
    struct hw_edits edits;
    size_t resources, user_data;
};

static void assembly_done(struct assembly *a)
{
    hw_edits_done(&a->edits);
}

static void drop(struct assembly *a, const yaml_node_t *key)
{
    hw_edits_take(&a->edits, hw_tpl_entry(a->tpl, key), hw_strdup(""));
}

/* --- Parameters ------------------------------------------------------------------------------ */

static void set_default(struct assembly *a, yaml_node_t *parameter, const char *value)
{
    const char *kind = hw_tpl_scalar(hw_tpl_get(a->tpl, parameter, "Type"));
    bool number = strcmp(kind, "Number") == 0;
    /* Lists of people and networks may be long, and the body must stay below its limit. */
    if (strcmp(kind, "CommaDelimitedList") == 0)
        return;
    hw_auto(hw_buf) quoted = HW_BUF(HW_MAX_TEXT);
    if (number)
        hw_buf_text(&quoted, value);
    else
        hw_quote_yaml(&quoted, value);
    const yaml_node_t *old = hw_tpl_get(a->tpl, parameter, "Default");
    if (old) {
        struct hw_range range = {old->start_mark.index, old->end_mark.index};
        hw_edits_take(&a->edits, range, hw_buf_take(&quoted));
        return;
    }
    const yaml_node_t *type = hw_tpl_key(a->tpl, parameter, "Type");
    struct hw_range range = {hw_tpl_entry(a->tpl, type).end, 0};
    range.end = range.start;
    char *line =
        hw_format("%*sDefault: %s\n", (int)type->start_mark.column, "", hw_buf_cstr(&quoted));
    hw_edits_take(&a->edits, range, line);
}

static bool fill_parameters(struct assembly *a, struct hw_err *err)
{
    yaml_node_t *questions = hw_tpl_path(a->tpl, "Metadata/hpcwiz/parameters");
    yaml_node_t *parameters = hw_tpl_get(a->tpl, NULL, "Parameters");
    hw_tpl_each(questions, pair)
    {
        const char *name = hw_tpl_scalar(hw_tpl_node(a->tpl, pair->key));
        const char *question = hw_tpl_scalar(hw_tpl_node(a->tpl, pair->value));
        yaml_node_t *parameter = hw_tpl_get(a->tpl, parameters, name);
        if (!parameter)
            return hw_fail(err, HW_ERR_IO, _("there is no parameter '%s'"), name);
        hw_auto_text value = NULL;
        enum hw_resolve resolve;
        if (!hw_value_get(a->cluster, a->group, question, &value, &resolve, err))
            return hw_wrap(err, _("parameter '%s'"), name);
        if (resolve == HW_RESOLVE_NONE && *value)
            set_default(a, parameter, value);
    }
    return true;
}

static bool drop_entries(struct assembly *a, struct hw_err *err)
{
    hw_tpl_each(hw_tpl_path(a->tpl, "Metadata/hpcwiz/when"), pair)
    {
        hw_auto_text path = hw_strdup(hw_tpl_scalar(hw_tpl_node(a->tpl, pair->key)));
        bool keep;
        if (!hw_value_is(a->cluster, hw_tpl_scalar(hw_tpl_node(a->tpl, pair->value)), &keep, err))
            return false;
        char *dot = strchr(path, '.');
        const yaml_node_t *key = NULL;
        if (dot) {
            *dot = '\0';
            key = hw_tpl_key(a->tpl, hw_tpl_get(a->tpl, NULL, path), dot + 1);
        }
        if (!key)
            return hw_fail(err, HW_ERR_IO, _("Metadata.hpcwiz.when names nothing: '%s'"),
                           hw_tpl_scalar(hw_tpl_node(a->tpl, pair->key)));
        if (!keep)
            drop(a, key);
    }
    return true;
}

/* --- Resources ------------------------------------------------------------------------------- */

/* Text of a repeated resource for its n-th item (from 1). */
static void add_copy(struct hw_buf *out, const char *text, const char *name, size_t n)
{
    static const char select[] = "!Select [0, ";
    hw_auto_text old = hw_format("%s:", name);
    const char *at = strstr(text, old);
    hw_buf_add(out, text, (size_t)(at - text));
    hw_buf_print(out, "%s%zu:", name, n);
    at += strlen(old);
    for (const char *next; (next = strstr(at, select)); at = next + strlen(select)) {
        hw_buf_add(out, at, (size_t)(next - at));
        hw_buf_print(out, "!Select [%zu, ", n - 1);
    }
    hw_buf_text(out, at);
}

static void repeat(struct assembly *a, const yaml_node_t *key, const yaml_node_t *metadata,
                   const char *list_key)
{
    struct hw_edits inner = {0};
    struct hw_range range = hw_tpl_entry(a->tpl, key);
    hw_auto(hw_buf) one = HW_BUF(HW_MAX_TEMPLATE), all = HW_BUF(HW_MAX_TEMPLATE);
    hw_edits_take(&inner, hw_tpl_entry(a->tpl, metadata), hw_strdup(""));
    hw_edits_apply(&inner, &a->tpl->text, range, &one);
    hw_edits_done(&inner);
    size_t count = hw_cluster_list(a->cluster, list_key)->count;
    for (size_t n = 1; n <= count; n++)
        add_copy(&all, hw_buf_cstr(&one), hw_tpl_scalar(key), n);
    hw_edits_take(&a->edits, range, hw_buf_take(&all));
    a->resources += count;
}

static void measure_user_data(struct assembly *a, yaml_node_t *resource)
{
    yaml_node_t *data =
        hw_tpl_get(a->tpl, hw_tpl_get(a->tpl, resource, "Properties"), "LaunchTemplateData");
    yaml_node_t *base64 = data ? hw_tpl_get(a->tpl, data, "UserData") : NULL;
    yaml_node_t *text = base64 ? hw_tpl_get(a->tpl, base64, "Fn::Base64") : NULL;
    size_t length = hw_user_data_longest(hw_tpl_scalar(text));
    if (length > a->user_data)
        a->user_data = length;
}

/* Puts the scripts in the place of their names. */
static bool include_files(struct assembly *a, yaml_node_t *metadata, struct hw_err *err)
{
    yaml_node_t *init = hw_tpl_get(a->tpl, metadata, "AWS::CloudFormation::Init");
    yaml_node_t *run = init ? hw_tpl_get(a->tpl, init, "run") : NULL;
    hw_tpl_each(run ? hw_tpl_get(a->tpl, run, "files") : NULL, pair)
    {
        yaml_node_t *file = hw_tpl_node(a->tpl, pair->value);
        const yaml_node_t *key = hw_tpl_key(a->tpl, file, "content");
        const yaml_node_t *content = hw_tpl_get(a->tpl, file, "content");
        const char *name = hw_tpl_scalar(content);
        if (!*name)
            continue;
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE), block = HW_BUF(HW_MAX_TEMPLATE);
        if (!hw_assemble_copy(name, &text, err))
            return false;
        if (!hw_quote_yaml_block(&block, hw_buf_cstr(&text), key->start_mark.column + 1))
            return hw_fail(err, HW_ERR_IO, _("'%s' cannot stand in a YAML block"), name);
        struct hw_range range = {content->start_mark.index, content->end_mark.index};
        hw_edits_take(&a->edits, range, hw_buf_take(&block));
    }
    return true;
}

static bool one_resource(struct assembly *a, const yaml_node_t *key, yaml_node_t *resource,
                         struct hw_err *err)
{
    yaml_node_t *metadata = hw_tpl_get(a->tpl, resource, "Metadata");
    yaml_node_t *ours = metadata ? hw_tpl_get(a->tpl, metadata, "hpcwiz") : NULL;
    const char *when = ours ? hw_tpl_scalar(hw_tpl_get(a->tpl, ours, "when")) : "";
    bool keep = true;
    if (*when && !hw_value_is(a->cluster, when, &keep, err))
        return false;
    if (!keep) {
        drop(a, key);
        return true;
    }
    measure_user_data(a, resource);
    const char *list = ours ? hw_tpl_scalar(hw_tpl_get(a->tpl, ours, "repeat")) : "";
    if (*list) {
        repeat(a, key, hw_tpl_key(a->tpl, resource, "Metadata"), list);
        return true;
    }
    a->resources++;
    if (ours)
        drop(a, hw_tpl_key(a->tpl, resource, "Metadata"));
    return metadata ? include_files(a, metadata, err) : true;
}

static bool all_resources(struct assembly *a, struct hw_err *err)
{
    hw_tpl_each(hw_tpl_get(a->tpl, NULL, "Resources"), pair)
    {
        const yaml_node_t *key = hw_tpl_node(a->tpl, pair->key);
        if (!one_resource(a, key, hw_tpl_node(a->tpl, pair->value), err))
            return hw_wrap(err, _("resource '%s'"), hw_tpl_scalar(key));
    }
    return true;
}

/* --- The whole ------------------------------------------------------------------------------- */

static bool assemble(struct assembly *a, struct hw_buf *out, struct hw_err *err)
{
    const yaml_node_t *metadata = hw_tpl_key(a->tpl, NULL, "Metadata");
    if (metadata)
        drop(a, metadata);
    if (!fill_parameters(a, err) || !drop_entries(a, err) || !all_resources(a, err))
        return false;
    struct hw_range whole = {0, a->tpl->text.len};
    hw_edits_apply(&a->edits, &a->tpl->text, whole, out);
    hw_notice_swap(out);
    if (out->full)
        return hw_fail(err, HW_ERR_LIMIT, _("a template is larger than %u bytes"), HW_MAX_TEMPLATE);
    return true;
}

bool hw_assemble_template(const struct hw_cluster *cluster, size_t group, struct hw_tpl *source,
                          struct hw_file *ret, struct hw_err *err)
{
    HW_CLEANUP(assembly_done)
    struct assembly a = {.cluster = cluster, .group = group, .tpl = source};
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEMPLATE);
    if (!assemble(&a, &out, err))
        return false;
    ret->resources = a.resources;
    ret->user_data = a.user_data;
    ret->size = out.len;
    ret->bytes = hw_buf_take(&out);
    return true;
}

struct language {
    const char *folder, *comment;
    unsigned head;   /* lines of comment that stay at the head of a file */
    unsigned indent; /* spaces of a step of indentation that become one; 0: they stay */
};

/* A script of PowerShell keeps its notice and what it is; T-SQL also how it is run by hand. */
static const struct language languages[] = {{"powershell/", "#", 2, 4}, {"sql/", "--", 20, 0}};

static const struct language *language_of(const char *source)
{
    for (size_t i = 0; i < HW_COUNT(languages); i++) {
        if (hw_text_starts(source, languages[i].folder))
            return &languages[i];
    }
    return NULL;
}

static void add_line(struct hw_buf *out, const char *line, size_t n, size_t lead,
                     const struct language *language)
{
    size_t kept = language->indent ? lead / language->indent : lead;
    hw_buf_fill(out, ' ', kept);
    hw_buf_add(out, line + lead, n - lead);
}

/* Leaves out blank lines and lines that are comments as a whole. */
static void add_lean(struct hw_buf *out, const char *text, const struct language *language)
{
    unsigned head = language->head;
    while (*text) {
        size_t n = strcspn(text, "\n"), lead = strspn(text, " ");
        bool comment = lead < n && hw_text_starts(text + lead, language->comment);
        n += text[n] == '\n';
        if (!comment)
            head = 0;
        if (lead < n - 1 && (!comment || head))
            add_line(out, text, n, lead, language);
        head -= head > 0;
        text += n;
    }
}

bool hw_assemble_copy(const char *source, struct hw_buf *out, struct hw_err *err)
{
    hw_auto_text path = hw_data_path(source);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    if (!hw_file_read(path, &text, err))
        return hw_wrap(err, _("data file '%s'"), source);
    hw_notice_swap(&text);
    const struct language *language = language_of(source);
    if (language)
        add_lean(out, hw_buf_cstr(&text), language);
    else
        hw_buf_add(out, hw_buf_cstr(&text), text.len);
    if (out->full)
        return hw_fail(err, HW_ERR_LIMIT, _("'%s' is too large"), source);
    return true;
}

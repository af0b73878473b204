/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a price file. templates/prices/README has the form. */
#include <yaml.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cost/prices.h"

#define FORMAT "1"

struct reader {
    yaml_document_t document;
    const char *path;
    struct hw_prices *prices; /* NULL: only looks whether all is right */
    struct hw_err *err;
    char *source, *date;
};

static bool fail_at(const struct reader *r, const yaml_node_t *node)
{
    return hw_err_at(r->err, r->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

static bool expected(const struct reader *r, const yaml_node_t *node, const char *what)
{
    hw_fail(r->err, HW_ERR_INPUT, _("%s expected here"), what);
    return fail_at(r, node);
}

/* NULL: it is no text. */
static const char *text_of(const struct reader *r, const yaml_node_t *node)
{
    bool text = node->type == YAML_SCALAR_NODE &&
                strlen((const char *)node->data.scalar.value) == node->data.scalar.length;
    if (!text)
        expected(r, node, _("a text"));
    return text ? (const char *)node->data.scalar.value : NULL;
}

typedef bool pair_fn(struct reader *r, const char *name, const yaml_node_t *key,
                     const yaml_node_t *value, const void *context);

/* Each pair of a mapping, no key twice. */
static bool each_pair(struct reader *r, const yaml_node_t *node, pair_fn *fn, const void *context)
{
    hw_auto(hw_strv) seen = {0};
    if (node->type != YAML_MAPPING_NODE)
        return expected(r, node, _("a mapping"));
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&r->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&r->document, pair->value);
        const char *name = text_of(r, key);
        if (!name)
            return false;
        if (hw_strv_has(&seen, name)) {
            hw_fail(r->err, HW_ERR_INPUT, _("'%s' stands here twice"), name);
            return fail_at(r, key);
        }
        hw_strv_add(&seen, name);
        if (!fn(r, name, key, value, context))
            return false;
    }
    return true;
}

struct figure {
    enum hw_price_kind kind;
    const char *region;
};

static bool read_figure(struct reader *r, const yaml_node_t *value, const struct figure *figure,
                        const char *name)
{
    const char *text = text_of(r, value);
    struct hw_price price = {.source = r->source, .date = r->date};
    if (!text)
        return false;
    if (!hw_amount_parse(text, &price.nano))
        return expected(r, value, _("an amount in USD such as 0.046"));
    if (r->prices && !hw_prices_put(r->prices, figure->kind, figure->region, name, &price)) {
        hw_fail(r->err, HW_ERR_LIMIT, _("there are more than %u figures"), HW_MAX_PRICES);
        return fail_at(r, value);
    }
    return true;
}

static bool named_figure(struct reader *r, const char *name, const yaml_node_t *key HW_UNUSED,
                         const yaml_node_t *value, const void *context)
{
    return read_figure(r, value, context, name);
}

static bool of_region(struct reader *r, const char *name, const yaml_node_t *key HW_UNUSED,
                      const yaml_node_t *value, const void *context)
{
    struct figure figure = {*(const enum hw_price_kind *)context, name};
    return each_pair(r, value, named_figure, &figure);
}

static bool unknown_key(const struct reader *r, const char *name, const yaml_node_t *key,
                        const char *const *known, size_t count)
{
    const char *near = hw_text_nearest(name, known, count);
    if (near)
        hw_fail(r->err, HW_ERR_INPUT, _("unknown key '%s'; did you mean '%s'?"), name, near);
    else
        hw_fail(r->err, HW_ERR_INPUT, _("unknown key '%s'"), name);
    return fail_at(r, key);
}

static bool licence(struct reader *r, const char *name, const yaml_node_t *key,
                    const yaml_node_t *value, const void *context HW_UNUSED)
{
    static const char *const names[] = {"windows", "sql-web", "sql-standard", "sql-enterprise"};
    static const enum hw_price_kind kinds[] = {HW_PRICE_WINDOWS, HW_PRICE_SQL_WEB,
                                               HW_PRICE_SQL_STANDARD, HW_PRICE_SQL_ENTERPRISE};
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0)
            return read_figure(r, value, &(struct figure){kinds[i], HW_PRICE_ANYWHERE}, "");
    }
    return unknown_key(r, name, key, names, HW_COUNT(names));
}

static bool read_families(struct reader *r, const yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return expected(r, node, _("a list"));
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        const char *family = text_of(r, yaml_document_get_node(&r->document, *item));
        if (!family)
            return false;
        if (r->prices)
            hw_prices_except(r->prices, family);
    }
    return true;
}

/* Source and date come first, since each figure carries them. */
static bool head_key(struct reader *r, const char *name, const yaml_node_t *key HW_UNUSED,
                     const yaml_node_t *value, const void *context HW_UNUSED)
{
    bool source = strcmp(name, "source") == 0, date = strcmp(name, "date") == 0;
    bool version = strcmp(name, "hpcwiz-prices") == 0, currency = strcmp(name, "currency") == 0;
    if (!source && !date && !version && !currency)
        return true;
    const char *text = text_of(r, value);
    if (!text)
        return false;
    if (version && strcmp(text, FORMAT) != 0)
        return expected(r, value, _("format 1"));
    if (currency && strcmp(text, "USD") != 0)
        return expected(r, value, _("USD"));
    if (date && (strlen(text) != 10 || strspn(text, "0123456789-") != 10))
        return expected(r, value, _("a day such as 2026-11-28"));
    if (source || date)
        hw_replace(source ? &r->source : &r->date, text);
    return true;
}

static bool body_key(struct reader *r, const char *name, const yaml_node_t *key,
                     const yaml_node_t *value, const void *context HW_UNUSED)
{
    static const char *const names[] = {"hpcwiz-prices", "currency", "source",  "date",
                                        "licences",      "types",    "volumes", "licences-not-for"};
    static const enum hw_price_kind linux_kind = HW_PRICE_LINUX, volume_kind = HW_PRICE_VOLUME;
    if (strcmp(name, "licences") == 0)
        return each_pair(r, value, licence, NULL);
    if (strcmp(name, "licences-not-for") == 0)
        return read_families(r, value);
    if (strcmp(name, "types") == 0)
        return each_pair(r, value, of_region, &linux_kind);
    if (strcmp(name, "volumes") == 0)
        return each_pair(r, value, of_region, &volume_kind);
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return unknown_key(r, name, key, names, HW_COUNT(names));
}

static bool read_document(struct reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root) {
        hw_fail(r->err, HW_ERR_INPUT, _("the file is empty"));
        return hw_err_at(r->err, r->path, 1, 1);
    }
    if (!each_pair(r, root, head_key, NULL))
        return false;
    if (!r->source || !r->date)
        return expected(r, root, _("source and date of the figures"));
    return each_pair(r, root, body_key, NULL);
}

static bool parse(struct reader *r, const struct hw_buf *text)
{
    yaml_parser_t parser;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)hw_buf_cstr(text), text->len);
    bool ok = yaml_parser_load(&parser, &r->document);
    if (!ok) {
        hw_fail(r->err, HW_ERR_INPUT, "%s", parser.problem ? parser.problem : _("no YAML"));
        hw_err_at(r->err, r->path, parser.problem_mark.line + 1, parser.problem_mark.column + 1);
    }
    yaml_parser_delete(&parser);
    return ok;
}

bool hw_prices_load(struct hw_prices *prices, const char *path, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_PRICE_FILE);
    struct reader r = {.path = path, .err = err};
    if (!hw_file_read(path, &text, err) || !parse(&r, &text))
        return false;
    bool ok = read_document(&r);
    r.prices = prices;
    ok = ok && read_document(&r);
    yaml_document_delete(&r.document);
    free(r.source);
    free(r.date);
    return ok;
}

static char *own_file(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    hw_auto_text folder =
        config && config[0] == '/' ? hw_strdup(config) : hw_path_expand("~/.config");
    return hw_path_join(folder, "hpcwiz/prices.yaml");
}

bool hw_prices_load_all(struct hw_prices *prices, struct hw_err *err)
{
    hw_auto_text shipped = hw_data_path("prices/licences.yaml");
    hw_auto_text own = own_file();
    return hw_prices_load(prices, shipped, err) &&
           (!hw_path_exists(own) || hw_prices_load(prices, own, err));
}

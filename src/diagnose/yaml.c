/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/yaml.h"

#include "base/text.h"

bool hw_yaml_at(struct hw_yaml *yaml, const yaml_node_t *node)
{
    return hw_err_at(yaml->err, yaml->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

bool hw_yaml_expected(struct hw_yaml *yaml, const yaml_node_t *node, const char *what)
{
    hw_fail(yaml->err, HW_ERR_INPUT, _("%s expected here"), what);
    return hw_yaml_at(yaml, node);
}

char *hw_yaml_scalar(struct hw_yaml *yaml, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE) {
        hw_yaml_expected(yaml, node, _("a text"));
        return NULL;
    }
    const char *text = (const char *)node->data.scalar.value;
    size_t n = node->data.scalar.length;
    if (strlen(text) != n) {
        hw_yaml_expected(yaml, node, _("a text without a NUL byte"));
        return NULL;
    }
    while (n > 0 && text[n - 1] == '\n')
        n--;
    return hw_strndup(text, n);
}

bool hw_yaml_text(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    char *text = hw_yaml_scalar(yaml, node);
    if (!text)
        return false;
    free(*(char **)target);
    *(char **)target = text;
    return true;
}

/* One text or a list of texts. */
bool hw_yaml_texts(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        char *text = hw_yaml_scalar(yaml, node);
        if (text)
            hw_strv_take(target, text);
        return text;
    }
    yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        char *text = hw_yaml_scalar(yaml, hw_yaml_node(yaml, *item));
        if (!text)
            return false;
        hw_strv_take(target, text);
    }
    return true;
}

bool hw_yaml_bool(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    hw_auto_text text = hw_yaml_scalar(yaml, node);
    if (!text)
        return false;
    *(bool *)target = strcmp(text, "true") == 0;
    return *(bool *)target || strcmp(text, "false") == 0 ||
           hw_yaml_expected(yaml, node, _("true or false"));
}

bool hw_yaml_percent(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    hw_auto_text text = hw_yaml_scalar(yaml, node);
    long value;
    if (!text)
        return false;
    if (!hw_parse_int(text, 1, 100, &value))
        return hw_yaml_expected(yaml, node, _("a number from 1 to 100"));
    *(unsigned *)target = (unsigned)value;
    return true;
}

bool hw_yaml_duration(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    hw_auto_text text = hw_yaml_scalar(yaml, node);
    if (!text)
        return false;
    return hw_parse_duration(text, target) ||
           hw_yaml_expected(yaml, node, _("a duration such as 20m"));
}

static bool unknown_key(struct hw_yaml *yaml, const yaml_node_t *node, const char *name,
                        const struct hw_yaml_key *keys, size_t count)
{
    const char *names[32];
    for (size_t i = 0; i < count; i++)
        names[i] = keys[i].name;
    const char *near = hw_text_nearest(name, names, count);
    hw_auto(hw_buf) shown = HW_BUF(256);
    hw_text_clean(&shown, name, hw_text_cut(name, 60), false);
    hw_fail(yaml->err, HW_ERR_INPUT, _("unknown key '%s'"), hw_buf_cstr(&shown));
    if (near)
        hw_err_next(yaml->err, _("Did you mean '%s'?"), near);
    return hw_yaml_at(yaml, node);
}

bool hw_yaml_mapping(struct hw_yaml *yaml, yaml_node_t *node, const struct hw_yaml_key *keys,
                     size_t count, void *target)
{
    uint32_t seen = 0;
    if (node->type != YAML_MAPPING_NODE)
        return hw_yaml_expected(yaml, node, _("'key: value' lines"));
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = hw_yaml_node(yaml, pair->key);
        hw_auto_text name = hw_yaml_scalar(yaml, key);
        if (!name)
            return false;
        size_t i = 0;
        while (i < count && strcmp(keys[i].name, name) != 0)
            i++;
        if (i == count)
            return unknown_key(yaml, key, name, keys, count);
        if (seen & 1u << i)
            return hw_fail(yaml->err, HW_ERR_INPUT, _("'%s' stands twice"), name),
                   hw_yaml_at(yaml, key);
        seen |= 1u << i;
        if (!keys[i].read(yaml, hw_yaml_node(yaml, pair->value), (char *)target + keys[i].offset))
            return false;
    }
    return true;
}

yaml_node_t *hw_yaml_node(struct hw_yaml *yaml, int id)
{
    return yaml_document_get_node(yaml->document, id);
}

bool hw_yaml_items(struct hw_yaml *yaml, yaml_node_t *node, const char *what, hw_yaml_fn *each,
                   void *target)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return hw_yaml_expected(yaml, node, what);
    yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        if (!each(yaml, hw_yaml_node(yaml, *item), target))
            return false;
    }
    return true;
}

bool hw_yaml_pairs(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    if (node->type != YAML_MAPPING_NODE)
        return hw_yaml_expected(yaml, node, _("'key: value' lines"));
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        char *name = hw_yaml_scalar(yaml, hw_yaml_node(yaml, pair->key));
        if (!name)
            return false;
        hw_strv_take(target, name);
        char *value = hw_yaml_scalar(yaml, hw_yaml_node(yaml, pair->value));
        if (!value)
            return false;
        hw_strv_take(target, value);
    }
    return true;
}

static bool parser_error(const yaml_parser_t *parser, const char *path, struct hw_err *err)
{
    const char *problem = parser->problem ? parser->problem : _("not readable as YAML");
    hw_fail(err, HW_ERR_INPUT, "%s", problem);
    if (parser->error == YAML_READER_ERROR)
        return hw_err_at(err, path, 1, 0);
    return hw_err_at(err, path, parser->problem_mark.line + 1, parser->problem_mark.column + 1);
}

bool hw_yaml_list(const char *path, const char *text, size_t n, const char *what, hw_yaml_fn *each,
                  void *data, struct hw_err *err)
{
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        return hw_fail(err, HW_ERR_IO, _("cannot set up the YAML parser"));
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    bool ok = yaml_parser_load(&parser, &document);
    if (!ok) {
        parser_error(&parser, path, err);
    } else {
        struct hw_yaml yaml = {&document, path, data, err};
        yaml_node_t *root = yaml_document_get_root_node(&document);
        ok = !root || hw_yaml_items(&yaml, root, what, each, data);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/yaml.h"

#include <errno.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/text.h"

struct reader {
    const char *name;
    yaml_document_t document;
    size_t nodes;
    struct hw_err *err;
};

static bool refuse(struct reader *reader, const yaml_node_t *node, const char *why)
{
    hw_fail(reader->err, HW_ERR_INPUT, "%s", why);
    return hw_err_at(reader->err, reader->name, node->start_mark.line + 1,
                     node->start_mark.column + 1);
}

static json_t *number(const char *text)
{
    size_t digits = strspn(text[0] == '-' || text[0] == '+' ? text + 1 : text, "0123456789");
    bool octal = text[0] == '0' && text[1] != '\0' && text[1] != '.';
    if (digits == 0 || octal || strlen(text) > 18)
        return NULL;
    char *end;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (*end == '\0' && errno == 0)
        return json_integer(whole);
    if (strspn(text, "0123456789.+-") != strlen(text))
        return NULL;
    double real = strtod(text, &end);
    return *end == '\0' ? json_real(real) : NULL;
}

static json_t *plain(const char *text)
{
    static const struct {
        const char *word;
        char value;
    } words[] = {{"true", 't'},  {"True", 't'}, {"TRUE", 't'}, {"yes", 't'},   {"Yes", 't'},
                 {"on", 't'},    {"On", 't'},   {"no", 'f'},   {"No", 'f'},    {"off", 'f'},
                 {"Off", 'f'},   {"null", 'n'}, {"~", 'n'},    {"false", 'f'}, {"False", 'f'},
                 {"FALSE", 'f'}, {"", 'n'}};
    for (size_t i = 0; i < HW_COUNT(words); i++) {
        if (strcmp(words[i].word, text) == 0)
            return words[i].value == 'n' ? json_null() : json_boolean(words[i].value == 't');
    }
    json_t *value = number(text);
    return value ? value : json_string(text);
}

static json_t *scalar(struct reader *reader, const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    bool typed = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                 (!node->tag || strcmp((const char *)node->tag, YAML_STR_TAG) == 0);
    if (strlen(text) != node->data.scalar.length) {
        refuse(reader, node, _("a text holds a NUL byte"));
        return NULL;
    }
    return typed ? plain(text) : json_string(text);
}

/* "!GetAtt A.B" stands for {"Fn::GetAtt": ["A", "B"]}, "!Ref" and "!Condition" keep their names;
 * every other "!X" is "Fn::X" (CloudFormation user guide, "Intrinsic function reference"). */
static json_t *short_form(const char *tag, json_t *value)
{
    bool bare = strcmp(tag, "Ref") == 0 || strcmp(tag, "Condition") == 0;
    hw_auto_text name = bare ? hw_strdup(tag) : hw_format("Fn::%s", tag);
    const char *text = json_string_value(value);
    const char *dot = text ? strchr(text, '.') : NULL;
    if (strcmp(tag, "GetAtt") == 0 && dot) {
        json_t *pair = json_pack("[s%, s]", text, (size_t)(dot - text), dot + 1);
        json_decref(value);
        value = pair;
    }
    return json_pack("{s:o}", name, value);
}

static json_t *convert(struct reader *reader, int id, unsigned depth);

static json_t *sequence(struct reader *reader, const yaml_node_t *node, unsigned depth)
{
    json_t *list = json_array();
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        json_t *value = convert(reader, *item, depth + 1);
        if (!value) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, value);
    }
    return list;
}

static bool add_pair(struct reader *reader, json_t *object, const yaml_node_pair_t *pair,
                     unsigned depth)
{
    const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
    if (key->type != YAML_SCALAR_NODE)
        return refuse(reader, key, _("a key must be a text"));
    const char *name = (const char *)key->data.scalar.value;
    if (json_object_get(object, name))
        return refuse(reader, key, _("a key is given twice"));
    json_t *value = convert(reader, pair->value, depth + 1);
    if (!value)
        return false;
    if (json_object_set_new(object, name, value) < 0)
        return refuse(reader, key, _("a key is not valid UTF-8"));
    return true;
}

static json_t *mapping(struct reader *reader, const yaml_node_t *node, unsigned depth)
{
    json_t *object = json_object();
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (!add_pair(reader, object, pair, depth)) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *convert(struct reader *reader, int id, unsigned depth)
{
    const yaml_node_t *node = yaml_document_get_node(&reader->document, id);
    if (depth > HW_SIM_MAX_DEPTH || ++reader->nodes > HW_SIM_MAX_NODES) {
        refuse(reader, node, _("the document is nested too deeply or too large"));
        return NULL;
    }
    json_t *value = node->type == YAML_SCALAR_NODE     ? scalar(reader, node)
                    : node->type == YAML_SEQUENCE_NODE ? sequence(reader, node, depth)
                                                       : mapping(reader, node, depth);
    const char *tag = (const char *)node->tag;
    if (value && tag && tag[0] == '!' && tag[1] != '\0')
        value = short_form(tag + 1, value);
    return value;
}

static bool load(struct reader *reader, yaml_parser_t *parser)
{
    if (!yaml_parser_load(parser, &reader->document)) {
        hw_fail(reader->err, HW_ERR_INPUT, "%s",
                parser->problem ? parser->problem : _("this is no YAML"));
        return hw_err_at(reader->err, reader->name, parser->problem_mark.line + 1,
                         parser->problem_mark.column + 1);
    }
    return true;
}

static json_t *read_document(struct reader *reader, yaml_parser_t *parser)
{
    const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
    if (!root) {
        hw_fail(reader->err, HW_ERR_INPUT, _("the document is empty"));
        hw_err_at(reader->err, reader->name, 1, 1);
        return NULL;
    }
    json_t *tree = convert(reader, 1, 0);
    yaml_document_t second;
    if (tree && yaml_parser_load(parser, &second)) {
        const yaml_node_t *more = yaml_document_get_root_node(&second);
        if (more) {
            refuse(reader, more, _("a second document"));
            json_decref(tree);
            tree = NULL;
        }
        yaml_document_delete(&second);
    }
    return tree;
}

static json_t *parse_json(const char *name, const char *bytes, size_t count, struct hw_err *err)
{
    json_error_t error;
    json_t *tree = json_loadb(bytes, count, JSON_REJECT_DUPLICATES, &error);
    if (!tree) {
        hw_fail(err, HW_ERR_INPUT, "%s", error.text);
        hw_err_at(err, name, (size_t)error.line, (size_t)error.column);
    }
    return tree;
}

json_t *sim_yaml_parse(const char *name, const char *bytes, size_t count, struct hw_err *err)
{
    struct hw_span body = hw_text_trim(bytes, count);
    if (body.n > 0 && body.p[0] == '{') {
        json_t *tree = parse_json(name, bytes, count, NULL);
        if (tree)
            return tree;
    }
    struct reader reader = {.name = name, .err = err};
    yaml_parser_t parser;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, count);
    json_t *tree = NULL;
    if (load(&reader, &parser)) {
        tree = read_document(&reader, &parser);
        yaml_document_delete(&reader.document);
    }
    yaml_parser_delete(&parser);
    return tree;
}

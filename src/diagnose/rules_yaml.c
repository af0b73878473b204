/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a rule file. Every level is a mapping with a table of its keys; a reader gets the node
 * and the address of what it fills. */
#include "diagnose/rules.h"

#include <yaml.h>

#include "base/file.h"
#include "base/text.h"

struct reader {
    yaml_document_t *document;
    const char *path;
    struct hw_rules *rules;
    struct hw_err *err;
};

typedef bool read_fn(struct reader *r, yaml_node_t *node, void *target);

struct key {
    const char *name;
    read_fn *read;
    size_t offset; /* of the field in what the mapping fills */
};

static bool fail_at(struct reader *r, const yaml_node_t *node)
{
    return hw_err_at(r->err, r->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

static bool expected(struct reader *r, const yaml_node_t *node, const char *what)
{
    hw_fail(r->err, HW_ERR_INPUT, _("%s expected here"), what);
    return fail_at(r, node);
}

/* The text of a scalar without the newline that a block scalar ends with. */
static char *text_of(struct reader *r, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE) {
        expected(r, node, _("a text"));
        return NULL;
    }
    const char *text = (const char *)node->data.scalar.value;
    size_t n = node->data.scalar.length;
    if (strlen(text) != n) {
        expected(r, node, _("a text without a NUL byte"));
        return NULL;
    }
    while (n > 0 && text[n - 1] == '\n')
        n--;
    return hw_strndup(text, n);
}

static bool read_text(struct reader *r, yaml_node_t *node, void *target)
{
    char *text = text_of(r, node);
    if (!text)
        return false;
    free(*(char **)target);
    *(char **)target = text;
    return true;
}

/* One text or a list of texts. */
static bool read_texts(struct reader *r, yaml_node_t *node, void *target)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        char *text = text_of(r, node);
        if (text)
            hw_strv_take(target, text);
        return text;
    }
    yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        char *text = text_of(r, yaml_document_get_node(r->document, *item));
        if (!text)
            return false;
        hw_strv_take(target, text);
    }
    return true;
}

static bool read_bool(struct reader *r, yaml_node_t *node, void *target)
{
    hw_auto_text text = text_of(r, node);
    if (!text)
        return false;
    *(bool *)target = strcmp(text, "true") == 0;
    return *(bool *)target || strcmp(text, "false") == 0 || expected(r, node, _("true or false"));
}

static bool read_percent(struct reader *r, yaml_node_t *node, void *target)
{
    hw_auto_text text = text_of(r, node);
    long value;
    if (!text)
        return false;
    if (!hw_parse_int(text, 1, 100, &value))
        return expected(r, node, _("a number from 1 to 100"));
    *(unsigned *)target = (unsigned)value;
    return true;
}

static bool read_duration(struct reader *r, yaml_node_t *node, void *target)
{
    hw_auto_text text = text_of(r, node);
    if (!text)
        return false;
    return hw_parse_duration(text, target) || expected(r, node, _("a duration such as 20m"));
}

static bool read_pattern(struct reader *r, yaml_node_t *node, void *target)
{
    hw_auto_text text = text_of(r, node);
    size_t column;
    if (!text)
        return false;
    if (!text[0])
        return expected(r, node, _("a regular expression"));
    hw_expr_done(target);
    return hw_expr_compile(target, text, r->err, &column) || fail_at(r, node);
}

static bool read_stage_status(struct reader *r, yaml_node_t *node, void *target)
{
    hw_auto_text text = text_of(r, node);
    if (!text)
        return false;
    return hw_stage_status_parse(text, target) ||
           expected(r, node, _("started, done, failed or skipped"));
}

static bool read_node_state(struct reader *r, yaml_node_t *node, void *target)
{
    hw_auto_text text = text_of(r, node);
    if (!text)
        return false;
    return hw_node_state_parse(text, target) ||
           expected(r, node, _("a node's state such as refused"));
}

static bool unknown_key(struct reader *r, const yaml_node_t *node, const char *name,
                        const struct key *keys, size_t count)
{
    const char *names[32];
    for (size_t i = 0; i < count; i++)
        names[i] = keys[i].name;
    const char *near = hw_text_nearest(name, names, count);
    hw_auto(hw_buf) shown = HW_BUF(256);
    hw_text_clean(&shown, name, hw_text_cut(name, 60), false);
    hw_fail(r->err, HW_ERR_INPUT, _("unknown key '%s'"), hw_buf_cstr(&shown));
    if (near)
        hw_err_next(r->err, _("Did you mean '%s'?"), near);
    return fail_at(r, node);
}

static bool read_mapping(struct reader *r, yaml_node_t *node, const struct key *keys, size_t count,
                         void *target)
{
    uint32_t seen = 0;
    if (node->type != YAML_MAPPING_NODE)
        return expected(r, node, _("'key: value' lines"));
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
        hw_auto_text name = text_of(r, key);
        if (!name)
            return false;
        size_t i = 0;
        while (i < count && strcmp(keys[i].name, name) != 0)
            i++;
        if (i == count)
            return unknown_key(r, key, name, keys, count);
        if (seen & 1u << i)
            return hw_fail(r->err, HW_ERR_INPUT, _("'%s' stands twice"), name), fail_at(r, key);
        seen |= 1u << i;
        if (!keys[i].read(r, yaml_document_get_node(r->document, pair->value),
                          (char *)target + keys[i].offset))
            return false;
    }
    return true;
}

/* A kind of match is told by its first key; each has keys of its own. */
static const struct key log_keys[] = {
    {"log", read_pattern, offsetof(struct hw_match, pattern)},
};
static const struct key stage_keys[] = {
    {"stage", read_stage_status, offsetof(struct hw_match, status)},
    {"code", read_texts, offsetof(struct hw_match, codes)},
    {"message", read_pattern, offsetof(struct hw_match, pattern)},
};
static const struct key event_keys[] = {
    {"event", read_pattern, offsetof(struct hw_match, pattern)},
    {"status", read_pattern, offsetof(struct hw_match, event_status)},
    {"resource_type", read_pattern, offsetof(struct hw_match, resource_type)},
};
static const struct key node_keys[] = {
    {"node", read_node_state, offsetof(struct hw_match, state)},
    {"detail", read_pattern, offsetof(struct hw_match, pattern)},
};
static const struct key silence_keys[] = {
    {"silence", read_duration, offsetof(struct hw_match, silence_s)},
};

static const struct {
    enum hw_match_kind kind;
    const struct key *keys;
    size_t count;
} kinds[] = {
    {HW_MATCH_LOG, log_keys, HW_COUNT(log_keys)},
    {HW_MATCH_STAGE, stage_keys, HW_COUNT(stage_keys)},
    {HW_MATCH_EVENT, event_keys, HW_COUNT(event_keys)},
    {HW_MATCH_NODE, node_keys, HW_COUNT(node_keys)},
    {HW_MATCH_SILENCE, silence_keys, HW_COUNT(silence_keys)},
};

static bool has_key(struct reader *r, yaml_node_t *node, const char *name)
{
    if (node->type != YAML_MAPPING_NODE)
        return false;
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
        if (key->type == YAML_SCALAR_NODE && strcmp((char *)key->data.scalar.value, name) == 0)
            return true;
    }
    return false;
}

static bool read_match(struct reader *r, yaml_node_t *node, void *target)
{
    struct hw_match *match = target;
    for (size_t i = 0; i < HW_COUNT(kinds); i++) {
        if (!has_key(r, node, kinds[i].keys[0].name))
            continue;
        match->kind = kinds[i].kind;
        return read_mapping(r, node, kinds[i].keys, kinds[i].count, match);
    }
    return expected(r, node, _("one of log, stage, event, node or silence"));
}

static bool read_matches(struct reader *r, yaml_node_t *node, void *target)
{
    struct hw_rule *rule = target;
    if (node->type != YAML_SEQUENCE_NODE)
        return expected(r, node, _("a list of alternatives"));
    yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        hw_grow(&rule->matches, &rule->match_capacity, rule->match_count, sizeof *rule->matches);
        struct hw_match *match = &rule->matches[rule->match_count++];
        *match = (struct hw_match){.status = HW_STAGE_FAILED};
        if (!read_match(r, yaml_document_get_node(r->document, *item), match))
            return false;
    }
    return true;
}

static const struct key unless_keys[] = {
    {"log", read_pattern, offsetof(struct hw_unless, log)},
    {"stage", read_text, offsetof(struct hw_unless, stage)},
    {"status", read_stage_status, offsetof(struct hw_unless, status)},
};

static bool read_unless(struct reader *r, yaml_node_t *node, void *target)
{
    struct hw_rule *rule = target;
    if (node->type != YAML_SEQUENCE_NODE)
        return expected(r, node, _("a list of alternatives"));
    yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        yaml_node_t *entry = yaml_document_get_node(r->document, *item);
        hw_grow(&rule->unless, &rule->unless_capacity, rule->unless_count, sizeof *rule->unless);
        struct hw_unless *unless = &rule->unless[rule->unless_count++];
        *unless = (struct hw_unless){.status = HW_STAGE_DONE};
        if (!read_mapping(r, entry, unless_keys, HW_COUNT(unless_keys), unless))
            return false;
        if (!unless->log.code == !unless->stage)
            return expected(r, entry, _("either log or stage"));
    }
    return true;
}

static const struct key rule_keys[] = {
    {"id", read_text, offsetof(struct hw_rule, id)},
    {"ref", read_text, offsetof(struct hw_rule, ref)},
    {"title", read_text, offsetof(struct hw_rule, title)},
    {"roles", read_texts, offsetof(struct hw_rule, roles)},
    {"stages", read_texts, offsetof(struct hw_rule, stages)},
    {"match", read_matches, 0},
    {"near", read_pattern, offsetof(struct hw_rule, near)},
    {"not_near", read_pattern, offsetof(struct hw_rule, not_near)},
    {"unless_later", read_unless, 0},
    {"decisive", read_pattern, offsetof(struct hw_rule, decisive)},
    {"retried", read_bool, offsetof(struct hw_rule, retried)},
    {"fallback", read_bool, offsetof(struct hw_rule, fallback)},
    {"consequence_of", read_texts, offsetof(struct hw_rule, consequence_of)},
    {"confidence", read_percent, offsetof(struct hw_rule, confidence)},
    {"cause", read_text, offsetof(struct hw_rule, cause)},
    {"remedy", read_texts, offsetof(struct hw_rule, remedy)},
    {"action", read_text, offsetof(struct hw_rule, action)},
    {"examples", read_texts, offsetof(struct hw_rule, examples)},
};

/* The newest rule takes the place of the one that has its id in a folder before. */
static void replace_older(struct hw_rules *rules)
{
    struct hw_rule *newest = &rules->items[rules->count - 1];
    for (size_t i = 0; i < rules->replaceable; i++) {
        if (strcmp(rules->items[i].id, newest->id) != 0)
            continue;
        hw_rule_done(&rules->items[i]);
        rules->items[i] = *newest;
        rules->count--;
        return;
    }
}

static bool read_rule(struct reader *r, yaml_node_t *node)
{
    struct hw_rules *rules = r->rules;
    if (rules->count >= HW_MAX_RULES) {
        hw_fail(r->err, HW_ERR_LIMIT, _("more than %u rules"), HW_MAX_RULES);
        return fail_at(r, node);
    }
    hw_grow(&rules->items, &rules->capacity, rules->count, sizeof *rules->items);
    struct hw_rule *rule = &rules->items[rules->count++];
    *rule = (struct hw_rule){.file = hw_strdup(r->path), .line = node->start_mark.line + 1};
    if (!read_mapping(r, node, rule_keys, HW_COUNT(rule_keys), rule))
        return false;
    if (!hw_rule_check(rules, rule, r->err))
        return fail_at(r, node);
    rules->read++;
    replace_older(rules);
    return true;
}

static bool read_document(struct reader *r)
{
    yaml_node_t *root = yaml_document_get_root_node(r->document);
    if (!root)
        return true; /* nothing but comments */
    if (root->type != YAML_SEQUENCE_NODE)
        return expected(r, root, _("a list of rules"));
    yaml_node_item_t *item = root->data.sequence.items.start;
    for (; item < root->data.sequence.items.top; item++) {
        if (!read_rule(r, yaml_document_get_node(r->document, *item)))
            return false;
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

bool hw_rules_parse(const char *path, const char *text, size_t n, struct hw_rules *rules,
                    struct hw_err *err)
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
        struct reader reader = {&document, path, rules, err};
        ok = read_document(&reader);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return ok;
}

bool hw_rules_read(const char *path, struct hw_rules *rules, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_RULE_FILE);
    return hw_file_read(path, &text, err) &&
           hw_rules_parse(path, hw_buf_cstr(&text), text.len, rules, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a rule file. */
#include "diagnose/rules.h"

#include "base/file.h"
#include "base/text.h"
#include "diagnose/yaml.h"

static bool read_pattern(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    hw_auto_text text = hw_yaml_scalar(yaml, node);
    size_t column;
    if (!text)
        return false;
    if (!text[0])
        return hw_yaml_expected(yaml, node, _("a regular expression"));
    hw_expr_done(target);
    return hw_expr_compile(target, text, yaml->err, &column) || hw_yaml_at(yaml, node);
}

static bool read_stage_status(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    hw_auto_text text = hw_yaml_scalar(yaml, node);
    if (!text)
        return false;
    return hw_stage_status_parse(text, target) ||
           hw_yaml_expected(yaml, node, _("started, done, failed or skipped"));
}

static bool read_node_state(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    hw_auto_text text = hw_yaml_scalar(yaml, node);
    if (!text)
        return false;
    return hw_node_state_parse(text, target) ||
           hw_yaml_expected(yaml, node, _("a node's state such as refused"));
}

/* A kind of match is told by its first key; each has keys of its own. */
static const struct hw_yaml_key log_keys[] = {
    {"log", read_pattern, offsetof(struct hw_match, pattern)},
};
static const struct hw_yaml_key stage_keys[] = {
    {"stage", read_stage_status, offsetof(struct hw_match, status)},
    {"code", hw_yaml_texts, offsetof(struct hw_match, codes)},
    {"message", read_pattern, offsetof(struct hw_match, pattern)},
};
static const struct hw_yaml_key event_keys[] = {
    {"event", read_pattern, offsetof(struct hw_match, pattern)},
    {"status", read_pattern, offsetof(struct hw_match, event_status)},
    {"resource_type", read_pattern, offsetof(struct hw_match, resource_type)},
};
static const struct hw_yaml_key node_keys[] = {
    {"node", read_node_state, offsetof(struct hw_match, state)},
    {"detail", read_pattern, offsetof(struct hw_match, pattern)},
};
static const struct hw_yaml_key silence_keys[] = {
    {"silence", hw_yaml_duration, offsetof(struct hw_match, silence_s)},
};

static const struct {
    enum hw_match_kind kind;
    const struct hw_yaml_key *keys;
    size_t count;
} kinds[] = {
    {HW_MATCH_LOG, log_keys, HW_COUNT(log_keys)},
    {HW_MATCH_STAGE, stage_keys, HW_COUNT(stage_keys)},
    {HW_MATCH_EVENT, event_keys, HW_COUNT(event_keys)},
    {HW_MATCH_NODE, node_keys, HW_COUNT(node_keys)},
    {HW_MATCH_SILENCE, silence_keys, HW_COUNT(silence_keys)},
};

static bool has_key(struct hw_yaml *yaml, yaml_node_t *node, const char *name)
{
    if (node->type != YAML_MAPPING_NODE)
        return false;
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = hw_yaml_node(yaml, pair->key);
        if (key->type == YAML_SCALAR_NODE && strcmp((char *)key->data.scalar.value, name) == 0)
            return true;
    }
    return false;
}

static bool read_match(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_match *match = target;
    for (size_t i = 0; i < HW_COUNT(kinds); i++) {
        if (!has_key(yaml, node, kinds[i].keys[0].name))
            continue;
        match->kind = kinds[i].kind;
        if (!hw_yaml_mapping(yaml, node, kinds[i].keys, kinds[i].count, match))
            return false;
        return match->kind != HW_MATCH_LOG ||
               hw_expr_first_line(match->pattern.text, &match->first, yaml->err) ||
               hw_yaml_at(yaml, node);
    }
    return hw_yaml_expected(yaml, node, _("one of log, stage, event, node or silence"));
}

static bool add_match(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_rule *rule = target;
    hw_grow(&rule->matches, &rule->match_capacity, rule->match_count, sizeof *rule->matches);
    struct hw_match *match = &rule->matches[rule->match_count++];
    *match = (struct hw_match){.status = HW_STAGE_FAILED};
    return read_match(yaml, node, match);
}

static bool read_matches(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    return hw_yaml_items(yaml, node, _("a list of alternatives"), add_match, target);
}

static const struct hw_yaml_key unless_keys[] = {
    {"log", read_pattern, offsetof(struct hw_unless, log)},
    {"stage", hw_yaml_text, offsetof(struct hw_unless, stage)},
    {"status", read_stage_status, offsetof(struct hw_unless, status)},
};

static bool add_unless(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_rule *rule = target;
    hw_grow(&rule->unless, &rule->unless_capacity, rule->unless_count, sizeof *rule->unless);
    struct hw_unless *unless = &rule->unless[rule->unless_count++];
    *unless = (struct hw_unless){.status = HW_STAGE_DONE};
    if (!hw_yaml_mapping(yaml, node, unless_keys, HW_COUNT(unless_keys), unless))
        return false;
    return !unless->log.code != !unless->stage ||
           hw_yaml_expected(yaml, node, _("either log or stage"));
}

static bool read_unless(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    return hw_yaml_items(yaml, node, _("a list of alternatives"), add_unless, target);
}

static const struct hw_yaml_key verdict_keys[] = {
    {"next", hw_yaml_text, offsetof(struct hw_verdict, next)},
    {"cause", hw_yaml_text, offsetof(struct hw_verdict, cause)},
    {"remedy", hw_yaml_texts, offsetof(struct hw_verdict, remedy)},
    {"action", hw_yaml_text, offsetof(struct hw_verdict, action)},
};

static bool read_verdict(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_verdict *verdict = target;
    if (!hw_yaml_mapping(yaml, node, verdict_keys, HW_COUNT(verdict_keys), verdict))
        return false;
    return !verdict->next != !verdict->cause ||
           hw_yaml_expected(yaml, node, _("either next or cause"));
}

static const struct hw_yaml_key question_keys[] = {
    {"id", hw_yaml_text, offsetof(struct hw_question, id)},
    {"question", hw_yaml_text, offsetof(struct hw_question, text)},
    {"test", hw_yaml_text, offsetof(struct hw_question, test)},
    {"with", hw_yaml_pairs, offsetof(struct hw_question, with)},
    {"if_yes", read_verdict, offsetof(struct hw_question, yes)},
    {"if_no", read_verdict, offsetof(struct hw_question, no)},
};

static bool add_question(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_rule *rule = target;
    if (rule->question_count == HW_MAX_QUESTIONS)
        return hw_yaml_expected(yaml, node, _("the end of a shorter list of questions"));
    hw_grow(&rule->questions, &rule->question_capacity, rule->question_count,
            sizeof *rule->questions);
    struct hw_question *question = &rule->questions[rule->question_count++];
    *question = (struct hw_question){0};
    return hw_yaml_mapping(yaml, node, question_keys, HW_COUNT(question_keys), question);
}

static bool read_questions(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    return hw_yaml_items(yaml, node, _("a list of questions"), add_question, target);
}

static const struct hw_yaml_key rule_keys[] = {
    {"id", hw_yaml_text, offsetof(struct hw_rule, id)},
    {"ref", hw_yaml_text, offsetof(struct hw_rule, ref)},
    {"title", hw_yaml_text, offsetof(struct hw_rule, title)},
    {"roles", hw_yaml_texts, offsetof(struct hw_rule, roles)},
    {"stages", hw_yaml_texts, offsetof(struct hw_rule, stages)},
    {"match", read_matches, 0},
    {"near", read_pattern, offsetof(struct hw_rule, near)},
    {"not_near", read_pattern, offsetof(struct hw_rule, not_near)},
    {"unless_later", read_unless, 0},
    {"decisive", read_pattern, offsetof(struct hw_rule, decisive)},
    {"retried", hw_yaml_bool, offsetof(struct hw_rule, retried)},
    {"fallback", hw_yaml_bool, offsetof(struct hw_rule, fallback)},
    {"consequence_of", hw_yaml_texts, offsetof(struct hw_rule, consequence_of)},
    {"confidence", hw_yaml_percent, offsetof(struct hw_rule, confidence)},
    {"cause", hw_yaml_text, offsetof(struct hw_rule, cause)},
    {"on_node", hw_yaml_texts, offsetof(struct hw_rule, on_node)},
    {"remedy", hw_yaml_texts, offsetof(struct hw_rule, remedy)},
    {"again", hw_yaml_bool, offsetof(struct hw_rule, again)},
    {"action", hw_yaml_text, offsetof(struct hw_rule, action)},
    {"ask", read_questions, 0},
    {"examples", hw_yaml_texts, offsetof(struct hw_rule, examples)},
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

static bool read_rule(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_rules *rules = target;
    if (rules->count >= HW_MAX_RULES) {
        hw_fail(yaml->err, HW_ERR_LIMIT, _("more than %u rules"), HW_MAX_RULES);
        return hw_yaml_at(yaml, node);
    }
    hw_grow(&rules->items, &rules->capacity, rules->count, sizeof *rules->items);
    struct hw_rule *rule = &rules->items[rules->count++];
    *rule = (struct hw_rule){
        .file = hw_strdup(yaml->path), .line = node->start_mark.line + 1, .again = true};
    if (!hw_yaml_mapping(yaml, node, rule_keys, HW_COUNT(rule_keys), rule))
        return false;
    if (!hw_rule_check(rules, rule, yaml->err))
        return hw_yaml_at(yaml, node);
    rules->read++;
    replace_older(rules);
    return true;
}

bool hw_rules_parse(const char *path, const char *text, size_t n, struct hw_rules *rules,
                    struct hw_err *err)
{
    return hw_yaml_list(path, text, n, _("a list of rules"), read_rule, rules, err);
}

bool hw_rules_read(const char *path, struct hw_rules *rules, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_RULE_FILE);
    return hw_file_read(path, &text, err) &&
           hw_rules_parse(path, hw_buf_cstr(&text), text.len, rules, err);
}

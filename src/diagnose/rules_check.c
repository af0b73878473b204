/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a rule complete and a set of rules consistent. */
#include "diagnose/rules.h"

#include "base/text.h"

/* Values that the engine fills in besides the named groups of the expressions. */
static const char *const own_names[] = {
    "node",         "stage",    "code",       "message",     "stack", "resource",
    "event_status", "minutes",  "nearest",    "domain",      "zone",  "region",
    "head_host",    "sql_host", "aws_domain", "certificate", "file"};

static bool name_known(void *data, const char *name, size_t length)
{
    const struct hw_rule *rule = data;
    hw_auto_text copy = hw_strndup(name, length);
    for (size_t i = 0; i < HW_COUNT(own_names); i++) {
        if (strcmp(own_names[i], copy) == 0)
            return true;
    }
    for (size_t i = 0; i < rule->match_count; i++) {
        if (hw_expr_has(&rule->matches[i].pattern, copy))
            return true;
    }
    return hw_expr_has(&rule->near, copy);
}

static bool check_text(const struct hw_rule *rule, const char *text, struct hw_err *err)
{
    const char *name;
    if (hw_rule_names(text, name_known, (void *)rule, &name))
        return true;
    if (name[strcspn(name, "{}")] != '}')
        return hw_fail(err, HW_ERR_INPUT, _("the brace before '%.20s' is not closed"), name);
    return hw_fail(err, HW_ERR_INPUT, _("'{%.*s}' is not captured by any expression of the rule"),
                   (int)strcspn(name, "|}\n"), name);
}

static bool check_words(const struct hw_strv *words, const char *const *allowed, size_t count,
                        struct hw_err *err)
{
    for (size_t i = 0; i < words->count; i++) {
        size_t k = 0;
        while (k < count && strcmp(words->items[i], allowed[k]) != 0)
            k++;
        if (k == count)
            return hw_fail(err, HW_ERR_INPUT, _("unknown role or stage '%.40s'"), words->items[i]);
    }
    return true;
}

/* The stages of the generated scripts; hpcwiz(1), "Stage lines". */
static const char *const stages[] = {"boot",
                                     "volumes",
                                     "network",
                                     "domain",
                                     "sql-config",
                                     "databases",
                                     "logins",
                                     "signal",
                                     "wait-sql",
                                     "certificate",
                                     "setup",
                                     "reboot",
                                     "configure",
                                     "share-certificate",
                                     "online",
                                     "wait-head",
                                     "fetch-certificate"};
static const char *const roles[] = {"sql", "head", "compute"};

static bool required(const char *text, const char *key, struct hw_err *err)
{
    return (text && text[0]) || hw_fail(err, HW_ERR_INPUT, _("the rule lacks '%s'"), key);
}

static bool check_present(const struct hw_rule *rule, struct hw_err *err)
{
    if (!required(rule->id, "id", err) || !required(rule->title, "title", err) ||
        !required(rule->cause, "cause", err))
        return false;
    if (rule->match_count == 0 || rule->remedy.count == 0 || rule->confidence == 0)
        return hw_fail(err, HW_ERR_INPUT, _("the rule lacks '%s'"),
                       rule->match_count == 0    ? "match"
                       : rule->remedy.count == 0 ? "remedy"
                                                 : "confidence");
    if (rule->examples.count < 2)
        return hw_fail(err, HW_ERR_INPUT, _("the rule needs at least two examples"));
    return true;
}

static bool check_texts(const struct hw_rule *rule, const struct hw_strv *texts, struct hw_err *err)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (!check_text(rule, texts->items[i], err))
            return false;
    }
    return true;
}

/* A command, or a place of the wizard that there is. */
static bool check_action(const char *action, struct hw_err *err)
{
    enum hw_page_id page;
    return !action || !hw_text_starts(action, HW_PAGE_ACTION) || hw_rule_place(action, &page) ||
           hw_fail(err, HW_ERR_INPUT, _("the wizard has no page or question '%.80s'"), action);
}

static bool check_verdict(const struct hw_rule *rule, const struct hw_verdict *verdict,
                          struct hw_err *err)
{
    if (!verdict->next && !verdict->cause)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a question lacks 'if_yes' or 'if_no'"));
    size_t i = 0;
    while (verdict->next && i < rule->question_count &&
           strcmp(rule->questions[i].id, verdict->next) != 0)
        i++;
    if (verdict->next && i == rule->question_count)
        return hw_fail(err, HW_ERR_INPUT, _("no question of the rule has the id '%.40s'"),
                       verdict->next);
    return check_texts(rule, &verdict->remedy, err) && check_action(verdict->action, err) &&
           (!verdict->cause || check_text(rule, verdict->cause, err));
}

static bool check_question(const struct hw_rule *rule, const struct hw_question *question,
                           struct hw_err *err)
{
    for (size_t i = 1; i < question->with.count; i += 2) {
        if (!check_text(rule, question->with.items[i], err))
            return false;
    }
    return check_text(rule, question->text, err) && check_verdict(rule, &question->yes, err) &&
           check_verdict(rule, &question->no, err);
}

static bool check_questions(const struct hw_rule *rule, struct hw_err *err)
{
    for (size_t i = 0; i < rule->question_count; i++) {
        const struct hw_question *q = &rule->questions[i];
        if (!q->id || !q->text || !q->test)
            return hw_fail(err, HW_ERR_INPUT, "%s",
                           _("a question needs 'id', 'question' and 'test'"));
    }
    for (size_t i = 0; i < rule->question_count; i++) {
        if (!check_question(rule, &rule->questions[i], err))
            return false;
    }
    return true;
}

bool hw_rule_check(const struct hw_rules *rules, const struct hw_rule *rule, struct hw_err *err)
{
    if (!check_present(rule, err))
        return false;
    for (const struct hw_rule *other = rules->items + rules->replaceable; other < rule; other++) {
        if (strcmp(other->id, rule->id) == 0)
            return hw_fail(err, HW_ERR_INPUT, _("the id '%s' is already used in %s:%zu"), rule->id,
                           other->file, other->line);
    }
    if (!check_words(&rule->roles, roles, HW_COUNT(roles), err) ||
        !check_words(&rule->stages, stages, HW_COUNT(stages), err) ||
        !check_text(rule, rule->title, err) || !check_text(rule, rule->cause, err))
        return false;
    return check_texts(rule, &rule->on_node, err) && check_texts(rule, &rule->remedy, err) &&
           check_action(rule->action, err) && check_questions(rule, err);
}

static bool id_known(const struct hw_rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (strcmp(rules->items[i].id, id) == 0)
            return true;
    }
    return strcmp(id, "*") == 0;
}

static bool check_tests(const struct hw_rules *rules, const struct hw_rule *rule,
                        struct hw_err *err)
{
    for (size_t i = 0; rules->tests && i < rule->question_count; i++) {
        const struct hw_question *q = &rule->questions[i];
        if (!hw_test_takes(rules->tests, q->test, &q->with, err))
            return hw_err_at(err, rule->file, rule->line, 0);
    }
    return true;
}

bool hw_rules_check_links(const struct hw_rules *rules, struct hw_err *err)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        if (!check_tests(rules, rule, err))
            return false;
        for (size_t k = 0; k < rule->consequence_of.count; k++) {
            if (id_known(rules, rule->consequence_of.items[k]))
                continue;
            hw_fail(err, HW_ERR_INPUT,
                    _("rule '%s' is a consequence of '%.60s', which no rule has"), rule->id,
                    rule->consequence_of.items[k]);
            return hw_err_at(err, rule->file, rule->line, 0);
        }
    }
    return true;
}

static void verdict_done(struct hw_verdict *verdict)
{
    free(verdict->next);
    free(verdict->cause);
    free(verdict->action);
    hw_strv_done(&verdict->remedy);
}

static void question_done(struct hw_question *question)
{
    free(question->id);
    free(question->text);
    free(question->test);
    hw_strv_done(&question->with);
    verdict_done(&question->yes);
    verdict_done(&question->no);
}

void hw_rule_done(struct hw_rule *rule)
{
    for (size_t i = 0; i < rule->match_count; i++) {
        hw_expr_done(&rule->matches[i].pattern);
        hw_expr_done(&rule->matches[i].first);
        hw_expr_done(&rule->matches[i].event_status);
        hw_expr_done(&rule->matches[i].resource_type);
        hw_strv_done(&rule->matches[i].codes);
    }
    for (size_t i = 0; i < rule->unless_count; i++) {
        hw_expr_done(&rule->unless[i].log);
        free(rule->unless[i].stage);
    }
    for (size_t i = 0; i < rule->question_count; i++)
        question_done(&rule->questions[i]);
    free(rule->questions);
    hw_expr_done(&rule->near);
    hw_expr_done(&rule->not_near);
    hw_expr_done(&rule->decisive);
    hw_strv_done(&rule->roles);
    hw_strv_done(&rule->stages);
    hw_strv_done(&rule->on_node);
    hw_strv_done(&rule->remedy);
    hw_strv_done(&rule->consequence_of);
    hw_strv_done(&rule->examples);
    free(rule->matches);
    free(rule->unless);
    free(rule->id);
    free(rule->ref);
    free(rule->title);
    free(rule->cause);
    free(rule->action);
    free(rule->file);
    *rule = (struct hw_rule){0};
}

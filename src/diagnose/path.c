/* SPDX-License-Identifier: Apache-2.0 */
/* The decision path of a finding: question after question, as far as tests have answered. */
#include "diagnose/engine.h"

#define ANSWERS_MAX 256u

/* ---- What tests have told -------------------------------------------------------------- */

/* A person may name the arguments in another order than the rule. */
static bool same_arguments(const struct hw_strv *a, const struct hw_strv *b)
{
    for (size_t i = 0; i + 1 < a->count; i += 2) {
        const char *value = hw_strv_value(b, a->items[i]);
        if (!value || strcmp(value, a->items[i + 1]) != 0)
            return false;
    }
    return a->count == b->count;
}

static struct hw_known_answer *find_answer(const struct hw_diagnose *d, const char *node,
                                           const char *test, const struct hw_strv *with)
{
    for (size_t i = 0; i < d->answer_count; i++) {
        struct hw_known_answer *a = &d->answers[i];
        if (strcmp(a->node, node) == 0 && strcmp(a->test, test) == 0 &&
            same_arguments(&a->with, with))
            return a;
    }
    return NULL;
}

static void drop(struct hw_diagnose *d, size_t index)
{
    struct hw_known_answer *a = &d->answers[index];
    free(a->node);
    free(a->instance);
    free(a->test);
    free(a->detail);
    hw_strv_done(&a->with);
    memmove(a, a + 1, (--d->answer_count - index) * sizeof *a);
    d->changed = true;
}

void hw_answer_learn(struct hw_diagnose *d, const struct hw_ev_test *test)
{
    if (!test->node || !test->test || !test->with)
        return;
    struct hw_known_answer *a = find_answer(d, test->node, test->test, test->with);
    if (!a && d->answer_count == ANSWERS_MAX)
        drop(d, 0);
    if (!a) {
        hw_grow(&d->answers, &d->answer_capacity, d->answer_count, sizeof *d->answers);
        a = &d->answers[d->answer_count++];
        *a = (struct hw_known_answer){.node = hw_strdup(test->node),
                                      .test = hw_strdup(test->test),
                                      .instance = hw_strdup("")};
        hw_strv_copy(&a->with, test->with);
    }
    a->answer = test->answer;
    hw_replace(&a->detail, test->detail ? test->detail : "");
    hw_replace(&a->instance, test->instance ? test->instance : "");
    d->changed = true;
}

void hw_answers_done(struct hw_diagnose *d)
{
    while (d->answer_count > 0)
        drop(d, d->answer_count - 1);
    free(d->answers);
}

/* ---- The path -------------------------------------------------------------------------- */

static bool has_answered(const struct hw_diagnose *d, const struct hw_place *node)
{
    for (size_t i = 0; i < d->answer_count; i++) {
        if (strcmp(d->answers[i].node, node->name) == 0)
            return true;
    }
    return false;
}

/* The node that can be asked; NULL: none is known. A stack speaks of its nodes: one that has
 * answered, which may be gone since, else one that can. */
static const struct hw_place *node_of(const struct hw_diagnose *d, const struct hw_place *place)
{
    const struct hw_place *best = NULL;
    if (!place->is_stack)
        return place;
    for (size_t i = 0; i < d->place_count && !d->places[i]->is_stack; i++) {
        const struct hw_place *node = d->places[i];
        if (!hw_place_of_stack(node, place))
            continue;
        if (has_answered(d, node))
            return node;
        if (node->live && !best)
            best = node;
    }
    return best;
}

static char *fill(const char *text, const struct hw_strv *values)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_VALUE);
    hw_rule_fill(&out, text, values);
    return hw_buf_take(&out);
}

static const struct hw_question *find_question(const struct hw_rule *rule, const char *id)
{
    for (size_t i = 0; i < rule->question_count; i++) {
        if (strcmp(rule->questions[i].id, id) == 0)
            return &rule->questions[i];
    }
    return NULL;
}

/* The arguments as they are asked for. False: a value of them is not known. */
static bool fill_arguments(const struct hw_diagnose *d, const struct hw_question *question,
                           const struct hw_strv *values, struct hw_strv *ret)
{
    struct hw_err err = {0};
    for (size_t i = 0; i + 1 < question->with.count; i += 2) {
        hw_strv_add(ret, question->with.items[i]);
        hw_strv_take(ret, fill(question->with.items[i + 1], values));
    }
    return !d->rules->tests || hw_test_check(d->rules->tests, question->test, ret, &err);
}

/* A machine that had the node's name before. */
static bool is_of_another(const struct hw_known_answer *known, const struct hw_place *node)
{
    return known->instance[0] && node->instance[0] && strcmp(known->instance, node->instance) != 0;
}

/* Tells one question; where its answer leads, or NULL: it has none yet, or cannot be asked. */
static const struct hw_verdict *tell_question(const struct hw_diagnose *d,
                                              const struct hw_question *question,
                                              const struct hw_place *node,
                                              const struct hw_strv *values, struct hw_found *found)
{
    struct hw_strv *with = HW_NEW(struct hw_strv);
    bool whole = fill_arguments(d, question, values, with);
    const struct hw_known_answer *known =
        whole ? find_answer(d, node->name, question->test, with) : NULL;
    if (known && is_of_another(known, node))
        known = NULL;
    if (!whole || (!known && !node->live)) {
        hw_strv_done(with);
        free(with);
        return NULL;
    }
    found->questions[found->question_count++] =
        (struct hw_ev_question){.text = fill(question->text, values),
                                .node = node->name,
                                .test = question->test,
                                .with = with,
                                .command = hw_remedy_command(d, node->name, question->test, with),
                                .answer = known ? known->answer : HW_ANSWER_NONE,
                                .detail = hw_strdup(known ? known->detail : "")};
    return !known                           ? NULL
           : known->answer == HW_ANSWER_YES ? &question->yes
           : known->answer == HW_ANSWER_NO  ? &question->no
                                            : NULL;
}

static void conclude(struct hw_found *found, const struct hw_verdict *verdict,
                     const struct hw_strv *values)
{
    found->verdict = fill(verdict->cause, values);
    found->event.verdict = found->verdict;
    if (!verdict->remedy.count && !verdict->action)
        return;
    free(found->action);
    found->action = hw_remedy_action(verdict->action, values);
    found->event.action = found->action;
}

/* Asks as far as the answers lead; the answer at the end, or NULL. */
static const struct hw_verdict *ask(const struct hw_diagnose *d, const struct hw_rule *rule,
                                    const struct hw_place *node, const struct hw_strv *values,
                                    struct hw_found *found)
{
    found->questions = hw_alloc(rule->question_count * sizeof *found->questions);
    const struct hw_question *question = &rule->questions[0];
    const struct hw_verdict *verdict = NULL;
    while (question && found->question_count < rule->question_count) {
        verdict = tell_question(d, question, node, values, found);
        question = verdict && verdict->next ? find_question(rule, verdict->next) : NULL;
    }
    found->event.questions = found->questions;
    found->event.question_count = found->question_count;
    return verdict && verdict->cause ? verdict : NULL;
}

static bool is_open(const struct hw_found *found)
{
    size_t n = found->question_count;
    return n > 0 && found->questions[n - 1].answer == HW_ANSWER_NONE;
}

void hw_path_walk(const struct hw_diagnose *d, const struct hw_rule *rule,
                  const struct hw_place *place, const struct hw_strv *values,
                  struct hw_found *found)
{
    const struct hw_place *node = place->ended ? NULL : node_of(d, place);
    bool root = found->cause_index == SIZE_MAX, asks = root && node && rule->question_count > 0;
    hw_auto(hw_strv) all = {0};
    const struct hw_verdict *verdict = NULL;
    hw_strv_copy(&all, values);
    if (node) { /* of a stack's finding */
        hw_strv_add(&all, "node");
        hw_strv_add(&all, node->name);
    }
    if (asks)
        verdict = ask(d, rule, node, &all, found);
    if (verdict)
        conclude(found, verdict, &all);
    bool own = verdict && verdict->remedy.count > 0; /* the answer says what to do */
    struct hw_remedy remedy = {.place = place,
                               .node = node,
                               .on_node = own ? NULL : &rule->on_node,
                               .steps = own ? &verdict->remedy : &rule->remedy,
                               .open = asks && is_open(found),
                               .unasked = asks && !verdict,
                               .again = root && rule->again};
    found->remedy = hw_remedy_text(d, &remedy, &all);
    found->event.remedy = found->remedy;
}

void hw_path_done(struct hw_found *found)
{
    for (size_t i = 0; i < found->question_count; i++) {
        struct hw_ev_question *question = &found->questions[i];
        hw_strv_done((struct hw_strv *)question->with);
        free((struct hw_strv *)question->with);
        free((char *)question->text);
        free((char *)question->detail);
        free((char *)question->command);
    }
    free(found->questions);
    free(found->verdict);
}

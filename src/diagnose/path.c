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

/* The node that can be asked; NULL: none is known. A stack speaks of its nodes. */
static const struct hw_place *node_of(const struct hw_diagnose *d, const struct hw_place *place)
{
    if (!place->is_stack)
        return place;
    for (size_t i = 0; i < d->place_count && !d->places[i]->is_stack; i++) {
        if (d->places[i]->live && hw_place_of_stack(d->places[i], place))
            return d->places[i];
    }
    return NULL;
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
    if (verdict->remedy.count) {
        free(found->remedy);
        found->remedy = hw_remedy_text(&verdict->remedy, values);
        found->event.remedy = found->remedy;
        found->event.action = verdict->action ? verdict->action : "";
    } else if (verdict->action) {
        found->event.action = verdict->action;
    }
}

/* What could have been asked cannot be any more. */
static void tell_gone(struct hw_found *found)
{
    char *more = hw_format("%s\n%s", found->remedy,
                           _("To be able to ask the node itself when it fails again, let it stay: "
                             "answer \"keep\" to what happens on a failure (deploy.on_failure)"));
    free(found->remedy);
    found->remedy = more;
    found->event.remedy = more;
}

void hw_path_walk(const struct hw_diagnose *d, const struct hw_rule *rule,
                  const struct hw_place *place, const struct hw_strv *values,
                  struct hw_found *found)
{
    const struct hw_place *node = rule->question_count ? node_of(d, place) : NULL;
    hw_auto(hw_strv) all = {0};
    if (!node || place->ended)
        return;
    hw_strv_copy(&all, values);
    hw_strv_add(&all, "node"); /* of a stack's finding */
    hw_strv_add(&all, node->name);
    found->questions = hw_alloc(rule->question_count * sizeof *found->questions);
    const struct hw_question *question = &rule->questions[0];
    const struct hw_verdict *verdict = NULL;
    while (question && found->question_count < rule->question_count) {
        verdict = tell_question(d, question, node, &all, found);
        question = verdict && verdict->next ? find_question(rule, verdict->next) : NULL;
    }
    if (verdict && verdict->cause)
        conclude(found, verdict, &all);
    found->event.questions = found->questions;
    found->event.question_count = found->question_count;
    if (node->gone && !found->verdict)
        tell_gone(found);
}

void hw_path_done(struct hw_found *found)
{
    for (size_t i = 0; i < found->question_count; i++) {
        struct hw_ev_question *question = &found->questions[i];
        hw_strv_done((struct hw_strv *)question->with);
        free((struct hw_strv *)question->with);
        free((char *)question->text);
        free((char *)question->detail);
    }
    free(found->questions);
    free(found->verdict);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Events in, slots out. A line that no rule wants costs one search for the words of all rules. */
#include "diagnose/engine.h"

#include "base/text.h"
#include "logs/stage.h"

#define SILENCE_CHECK_MS 30000

struct hw_diagnose *hw_diagnose_new(const struct hw_rules *rules)
{
    struct hw_diagnose *d = HW_NEW(struct hw_diagnose);
    d->rules = rules;
    d->marked = hw_alloc((rules->probe_count / 32 + 1) * sizeof *d->marked);
    return d;
}

void hw_diagnose_free(struct hw_diagnose *d)
{
    if (!d)
        return;
    hw_diagnose_forget_found(d);
    for (size_t i = 0; i < d->place_count; i++)
        hw_place_free(d->places[i], d->rules->count);
    hw_answers_done(d);
    hw_strv_done(&d->facts);
    free(d->places);
    free(d->marked);
    free(d);
}

void hw_diagnose_fact(struct hw_diagnose *d, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    d->stale = true;
    hw_strv_put(&d->facts, name, value);
}

const char *hw_diagnose_known(const struct hw_diagnose *d, const char *name)
{
    return hw_strv_value(&d->facts, name);
}

static void clear_place(struct hw_diagnose *d, struct hw_place *place)
{
    for (size_t i = 0; i < d->rules->count; i++)
        hw_probe_clear(d, place->slots[i]);
}

/* The whole stage succeeded: what was seen in it was overcome. */
static void clear_stage(struct hw_diagnose *d, struct hw_place *place, const char *stage)
{
    for (size_t i = 0; i < d->rules->count; i++) {
        struct hw_slot *slot = place->slots[i];
        if (slot && slot->hit && strcmp(slot->stage, stage) == 0)
            hw_probe_clear(d, slot);
    }
}

static void clear_unless(struct hw_diagnose *d, struct hw_place *place, const char *stage,
                         enum hw_stage_status status)
{
    for (size_t i = 0; i < d->rules->count; i++) {
        const struct hw_rule *rule = &d->rules->items[i];
        for (size_t k = 0; k < rule->unless_count; k++) {
            const struct hw_unless *unless = &rule->unless[k];
            if (unless->stage && strcmp(unless->stage, stage) == 0 && unless->status == status)
                hw_probe_clear(d, place->slots[i]);
        }
    }
}

static bool code_listed(const struct hw_strv *codes, int code)
{
    char text[16];
    snprintf(text, sizeof text, "%d", code);
    return codes->count == 0 || hw_strv_has(codes, text);
}

static void match_stage(struct hw_diagnose *d, const struct hw_sighting *s,
                        enum hw_stage_status status)
{
    for (size_t i = 0; i < d->rules->count; i++) {
        const struct hw_rule *rule = &d->rules->items[i];
        for (size_t k = 0; k < rule->match_count && hw_rule_applies(rule, s->place); k++) {
            const struct hw_match *match = &rule->matches[k];
            if (match->kind == HW_MATCH_STAGE && match->status == status &&
                code_listed(&match->codes, s->code) &&
                hw_expr_match(d->rules, &match->pattern, s->text, strlen(s->text)))
                hw_probe_hit(d, i, &match->pattern, s);
        }
    }
}

/* Marks what was seen in the stage as having brought it down. */
static void fail_stage(struct hw_diagnose *d, const struct hw_sighting *s)
{
    s->place->failed = true;
    d->changed = true;
    for (size_t i = 0; i < d->rules->count; i++) {
        struct hw_slot *slot = s->place->slots[i];
        if (!slot || !slot->hit || (slot->stage[0] && strcmp(slot->stage, s->place->stage) != 0))
            continue;
        slot->failed = true;
        hw_probe_prove(slot, s);
    }
}

static const char *role_of_stage(const char *stage)
{
    static const struct {
        const char *stage, *role;
    } own[] = {{"volumes", "sql"},
               {"sql-config", "sql"},
               {"databases", "sql"},
               {"logins", "sql"},
               {"wait-sql", "head"},
               {"certificate", "head"},
               {"share-certificate", "head"},
               {"wait-head", "compute"},
               {"fetch-certificate", "compute"}};
    for (size_t i = 0; i < HW_COUNT(own); i++) {
        if (strcmp(own[i].stage, stage) == 0)
            return own[i].role;
    }
    return NULL;
}

/* Two to three times of what a stage takes; those that are not listed are short. A wait is short
 * too where hpcwiz deploys, since the other node is complete by then. */
unsigned hw_stage_limit(const char *stage)
{
    static const struct {
        const char *stage;
        unsigned minutes;
    } longer[] = {{"boot", 30},  {"wait-sql", 40},  {"wait-head", 40},
                  {"setup", 60}, {"configure", 40}, {"databases", 20}};
    for (size_t i = 0; i < HW_COUNT(longer); i++) {
        if (strcmp(longer[i].stage, stage) == 0)
            return longer[i].minutes;
    }
    return 15;
}

static void begin_stage(struct hw_diagnose *d, struct hw_place *place, const char *stage)
{
    if (strcmp(place->stage, stage) == 0)
        return;
    if (place->stage[0] && place->stage_status == HW_STAGE_STARTED)
        clear_stage(d, place, place->stage); /* it went on, so that stage was done */
    for (size_t i = 0; i < d->rules->count; i++) {
        if (d->rules->items[i].decisive.code && !hw_slot_seen(place, i)->hit)
            hw_slot_clear(place->slots[i]);
    }
    hw_replace(&place->stage, stage);
    place->stage_ms = d->now_ms;
    place->overdue = false;
}

static void see_stage(struct hw_diagnose *d, struct hw_sighting *s,
                      const struct hw_stage_line *line)
{
    struct hw_place *place = s->place;
    if (!place->role[0])
        hw_place_learn(place, NULL, role_of_stage(line->stage), NULL);
    begin_stage(d, place, line->stage);
    place->stage_status = line->status;
    s->code = line->code;
    if (line->status == HW_STAGE_DONE || line->status == HW_STAGE_SKIPPED)
        clear_stage(d, place, line->stage);
    if (line->status != HW_STAGE_FAILED)
        place->failed = false;
    clear_unless(d, place, line->stage, line->status);
    if (line->status == HW_STAGE_DONE && strcmp(line->stage, "signal") == 0)
        clear_place(d, place);
    match_stage(d, s, line->status);
    if (line->status == HW_STAGE_FAILED)
        fail_stage(d, s);
}

static void sign_of_life(struct hw_diagnose *d, struct hw_place *place)
{
    place->last_ms = d->now_ms;
    for (size_t i = 0; place->live && i < d->rules->count; i++) {
        const struct hw_rule *rule = &d->rules->items[i];
        if (hw_slot_seen(place, i)->hit && rule->matches[0].kind == HW_MATCH_SILENCE)
            hw_probe_clear(d, place->slots[i]);
    }
}

static void feed_log(struct hw_diagnose *d, const struct hw_ev_log *log)
{
    struct hw_place *place = hw_place_get(d, log->node, false);
    if (!place || !log->text)
        return;
    const char *source = log->source ? log->source : "";
    struct hw_sighting s = {.place = place, .source = source, .text = log->text};
    s.line = hw_place_count_line(place, source, log->offset == 0, &s.spot);
    if (place->last_ms != d->now_ms)
        sign_of_life(d, place);
    size_t n = strlen(log->text);
    hw_probe_mark(d, log->text, n);
    struct hw_stage_line line;
    bool stage = d->stage_marked && hw_stage_find(log->text, &line);
    if (stage)
        see_stage(d, &s, &line);
    if (place->stretch_count > 0)
        hw_stretches_see(d, &s, n);
    hw_probe_line(d, &s, n);
    if (stage && line.status == HW_STAGE_FAILED)
        fail_stage(d, &s); /* the stage line itself may have named the cause */
}

static void feed_stage(struct hw_diagnose *d, const struct hw_ev_stage *stage)
{
    struct hw_place *place = hw_place_get(d, stage->node, false);
    struct hw_stage_line line = {.status = stage->status, .code = stage->exit_code};
    if (!place || !stage->stage)
        return;
    hw_place_learn(place, stage->instance, stage->role, NULL);
    sign_of_life(d, place);
    snprintf(line.stage, sizeof line.stage, "%s", stage->stage);
    const char *message = stage->message ? stage->message : "";
    hw_auto_text shown = hw_format("%s %s, exit code %d: %s", stage->stage,
                                   hw_stage_status_word(stage->status), stage->exit_code, message);
    struct hw_sighting s = {.place = place,
                            .source = "stages",
                            .spot = {.in_place = place->lines + 1},
                            .text = message,
                            .shown = shown};
    see_stage(d, &s, &line);
    if (line.status == HW_STAGE_FAILED) {
        hw_probe_mark(d, message, strlen(message));
        hw_probe_line(d, &s, strlen(message));
        fail_stage(d, &s);
    }
}

static void match_event(struct hw_diagnose *d, const struct hw_sighting *s, const char *type)
{
    for (size_t i = 0; i < d->rules->count; i++) {
        const struct hw_rule *rule = &d->rules->items[i];
        for (size_t k = 0; k < rule->match_count && hw_rule_applies(rule, s->place); k++) {
            const struct hw_match *m = &rule->matches[k];
            if (m->kind == HW_MATCH_EVENT &&
                hw_expr_match(d->rules, &m->event_status, s->status, strlen(s->status)) &&
                hw_expr_match(d->rules, &m->resource_type, type, strlen(type)) &&
                hw_expr_match(d->rules, &m->pattern, s->text, strlen(s->text)))
                hw_probe_hit(d, i, &m->pattern, s);
        }
    }
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

/* "stage setup failed with exit code 13818: ..." is what a node gave as its reason: it counts as if
 * the node's log had said it, which nobody may have been able to read. */
static void match_reason(struct hw_diagnose *d, struct hw_sighting *s)
{
    static const char mark[] = " failed with exit code ";
    const char *at = strstr(s->text, mark);
    if (!at)
        return;
    s->code = (int)strtol(at + strlen(mark), NULL, 10);
    match_stage(d, s, HW_STAGE_FAILED);
    hw_probe_mark(d, s->text, strlen(s->text));
    hw_probe_line(d, s, strlen(s->text));
}

static void see_stack_status(struct hw_diagnose *d, struct hw_place *place, const char *status)
{
    static const char *const fresh[] = {"REVIEW_IN_PROGRESS",
                                        "CREATE_IN_PROGRESS",
                                        "UPDATE_IN_PROGRESS",
                                        "CREATE_COMPLETE",
                                        "UPDATE_COMPLETE",
                                        "DELETE_COMPLETE",
                                        NULL};
    static const char *const good[] = {"CREATE_COMPLETE", "UPDATE_COMPLETE",
                                       "UPDATE_ROLLBACK_COMPLETE", NULL};
    place->whole = is_one_of(status, good);
    d->stale = true; /* what is deployed again */
    if (is_one_of(status, fresh)) {
        clear_place(d, place);
        place->failed = false;
    } else if (hw_text_ends(status, "ROLLBACK_IN_PROGRESS")) {
        place->failed = true;
        d->changed = true;
    }
}

static void see_resource_status(struct hw_diagnose *d, struct hw_place *place,
                                const struct hw_ev_stack *event)
{
    static const char *const good[] = {"CREATE_COMPLETE", "UPDATE_COMPLETE", NULL};
    if (hw_text_ends(event->status, "_FAILED")) {
        place->failed = true;
        d->changed = true;
    }
    for (size_t i = 0; is_one_of(event->status, good) && i < d->rules->count; i++) {
        struct hw_slot *slot = place->slots[i];
        if (slot && slot->hit && strcmp(slot->resource, event->resource) == 0)
            hw_probe_clear(d, slot);
    }
}

static void feed_stack(struct hw_diagnose *d, const struct hw_ev_stack *event)
{
    struct hw_place *place = hw_place_get(d, event->stack, true);
    if (!place || !event->status || !event->resource)
        return;
    const char *type = event->resource_type ? event->resource_type : "";
    if (strcmp(type, "AWS::CloudFormation::Stack") == 0 &&
        strcmp(event->resource, event->stack) == 0)
        see_stack_status(d, place, event->status);
    else
        see_resource_status(d, place, event);
    if (!event->reason || !event->reason[0])
        return;
    hw_auto_text shown = hw_format("%s %s: %s", event->resource, event->status, event->reason);
    struct hw_sighting s = {.place = place,
                            .source = "events",
                            .text = event->reason,
                            .shown = shown,
                            .resource = event->resource,
                            .status = event->status};
    match_event(d, &s, type);
    match_reason(d, &s);
}

/* What CloudFormation refused before there was any event of a failure. */
static void feed_step(struct hw_diagnose *d, const struct hw_ev_step *step)
{
    struct hw_place *place = hw_place_get(d, step->stack, true);
    if (place && !place->failed && step->step == HW_STEP_FAILED && step->message)
        feed_stack(d, &(struct hw_ev_stack){.stack = step->stack,
                                            .resource = step->stack,
                                            .status = "FAILED",
                                            .reason = step->message});
}

static void feed_node(struct hw_diagnose *d, const struct hw_ev_node *node)
{
    struct hw_place *place = hw_place_get(d, node->node, false);
    if (!place)
        return;
    if (node->instance && place->instance[0] && strcmp(node->instance, place->instance) != 0)
        hw_replace(&place->stage, ""); /* another machine has taken its name */
    hw_place_learn(place, node->instance, node->role, node->group);
    if (node->state == HW_NODE_LIVE && !place->live)
        place->last_ms = d->now_ms;
    place->live = node->state == HW_NODE_LIVE;
    place->gone = node->state == HW_NODE_GONE;
    d->stale = true; /* whether a node can be asked */
    const char *detail = node->detail ? node->detail : "";
    hw_auto_text shown = hw_format("%s: %s", hw_node_state_word(node->state), detail);
    struct hw_sighting s = {.place = place, .source = "node", .text = detail, .shown = shown};
    for (size_t i = 0; i < d->rules->count; i++) {
        const struct hw_rule *rule = &d->rules->items[i];
        for (size_t k = 0; k < rule->match_count && hw_rule_applies(rule, place); k++) {
            const struct hw_match *m = &rule->matches[k];
            if (m->kind != HW_MATCH_NODE)
                continue;
            if (m->state == node->state &&
                hw_expr_match(d->rules, &m->pattern, detail, strlen(detail)))
                hw_probe_hit(d, i, &m->pattern, &s);
            else if (place->live)
                hw_probe_clear(d, place->slots[i]);
        }
    }
}

static void check_silence(struct hw_diagnose *d, struct hw_place *place)
{
    for (size_t i = 0; i < d->rules->count; i++) {
        const struct hw_rule *rule = &d->rules->items[i];
        const struct hw_match *m = &rule->matches[0];
        int64_t silent_s = (d->now_ms - place->last_ms) / 1000;
        if (m->kind != HW_MATCH_SILENCE || silent_s < m->silence_s || hw_slot_seen(place, i)->hit ||
            !hw_rule_applies(rule, place))
            continue;
        hw_auto_text minutes = hw_format("%lld", (long long)silent_s / 60);
        hw_auto_text shown = hw_format(_("nothing was written for %s minutes"), minutes);
        struct hw_sighting s = {.place = place, .source = "logs", .text = shown};
        hw_probe_hit(d, i, NULL, &s);
        struct hw_strv *values = &hw_slot_of(place, i)->values;
        hw_strv_add(values, "minutes");
        hw_strv_add(values, minutes);
    }
}

static void check_duration(struct hw_diagnose *d, struct hw_place *place)
{
    int64_t limit_ms = (int64_t)hw_stage_limit(place->stage) * 60000;
    if (place->stage_ms == 0)
        place->stage_ms = d->now_ms;
    if (place->overdue || d->now_ms - place->stage_ms < limit_ms)
        return;
    place->overdue = true;
    d->changed = true;
}

/* Events from the account carry our clock; a node's lines may carry a wrong one. */
static void tick(struct hw_diagnose *d, int64_t time_ms)
{
    if (time_ms <= d->now_ms)
        return;
    d->now_ms = time_ms;
    if (time_ms - d->silence_checked_ms < SILENCE_CHECK_MS)
        return;
    d->silence_checked_ms = time_ms;
    for (size_t i = 0; i < d->place_count; i++) {
        struct hw_place *place = d->places[i];
        if (!place->live || place->stage_status != HW_STAGE_STARTED || !place->stage[0])
            continue;
        check_duration(d, place);
        if (place->last_ms)
            check_silence(d, place);
    }
}

bool hw_diagnose_feed(struct hw_diagnose *d, const struct hw_event *event)
{
    switch (event->type) {
    case HW_EV_LOG:
        feed_log(d, &event->u.log);
        break;
    case HW_EV_STAGE:
        feed_stage(d, &event->u.stage);
        break;
    case HW_EV_STACK:
        tick(d, event->u.stack.time_ms);
        feed_stack(d, &event->u.stack);
        break;
    case HW_EV_NODE:
        tick(d, event->u.node.time_ms);
        feed_node(d, &event->u.node);
        break;
    case HW_EV_STEP:
        tick(d, event->u.step.time_ms);
        feed_step(d, &event->u.step);
        break;
    case HW_EV_NOTICE:
        tick(d, event->u.notice.time_ms);
        break;
    case HW_EV_PROGRESS: /* comes while all wait */
        tick(d, event->u.progress.time_ms);
        break;
    case HW_EV_TEST:
        hw_answer_learn(d, &event->u.test);
        break;
    default:
        break;
    }
    bool changed = d->changed;
    d->changed = false;
    d->stale = d->stale || changed;
    return changed;
}

void hw_diagnose_end(struct hw_diagnose *d)
{
    for (size_t i = 0; i < d->place_count; i++)
        d->places[i]->ended = true;
    d->stale = true;
}

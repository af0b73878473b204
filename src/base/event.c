/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include <jansson.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/mem.h"

void hw_tell(const struct hw_sink *sink, const struct hw_event *event)
{
    if (sink && sink->tell)
        sink->tell(sink->data, event);
}

void hw_tell_notice(const struct hw_sink *sink, enum hw_severity severity, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    hw_tell(sink, &(struct hw_event){.type = HW_EV_NOTICE,
                                     .u.notice = {.time_ms = hw_clock_wall_ms(),
                                                  .severity = severity,
                                                  .text = hw_buf_cstr(&text)}});
}

static const char *const severity_words[] = {"info", "warning", "error"};
static const char *const check_words[] = {"pass", "fail", "skipped"};
static const char *const stage_words[] = {"started", "done", "failed", "skipped"};
static const char *const step_words[] = {"waiting",   "planning", "planned", "unchanged",
                                         "executing", "done",     "failed",  "rolling-back",
                                         "deleting",  "deleted"};
static const char *const change_words[] = {"add", "modify", "replace", "may-replace", "remove"};
static const char *const node_words[] = {"pending", "connecting", "live", "rebooting",
                                         "lost",    "refused",    "gone"};
static const char *const answer_words[] = {"none", "yes", "no", "unknown"};

static bool find_word(const char *const *words, size_t count, const char *word, size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

const char *hw_severity_word(enum hw_severity severity)
{
    return severity_words[severity];
}

const char *hw_check_status_word(enum hw_check_status status)
{
    return check_words[status];
}

const char *hw_stage_status_word(enum hw_stage_status status)
{
    return stage_words[status];
}

bool hw_stage_status_parse(const char *word, enum hw_stage_status *ret)
{
    size_t i;
    bool ok = find_word(stage_words, HW_COUNT(stage_words), word, &i);
    if (ok)
        *ret = (enum hw_stage_status)i;
    return ok;
}

const char *hw_event_head(const struct hw_event *event)
{
    const struct hw_ev_node *node = event->type == HW_EV_NODE ? &event->u.node : NULL;
    bool there = node && node->role && !strcmp(node->role, "head") && node->state != HW_NODE_GONE;
    return there ? node->instance : NULL;
}

const char *hw_step_word(enum hw_step step)
{
    return step_words[step];
}

bool hw_step_parse(const char *word, enum hw_step *ret)
{
    size_t i;
    bool ok = find_word(step_words, HW_COUNT(step_words), word, &i);
    if (ok)
        *ret = (enum hw_step)i;
    return ok;
}

const char *hw_change_word(enum hw_change_action action)
{
    return change_words[action];
}

bool hw_change_parse(const char *word, enum hw_change_action *ret)
{
    size_t i;
    bool ok = find_word(change_words, HW_COUNT(change_words), word, &i);
    if (ok)
        *ret = (enum hw_change_action)i;
    return ok;
}

const char *hw_node_state_word(enum hw_node_state state)
{
    return node_words[state];
}

bool hw_node_state_parse(const char *word, enum hw_node_state *ret)
{
    size_t i;
    bool ok = find_word(node_words, HW_COUNT(node_words), word, &i);
    if (ok)
        *ret = (enum hw_node_state)i;
    return ok;
}

const char *hw_answer_word(enum hw_answer answer)
{
    return answer_words[answer];
}

bool hw_answer_parse(const char *word, enum hw_answer *ret)
{
    size_t i;
    bool ok = find_word(answer_words, HW_COUNT(answer_words), word, &i);
    if (ok)
        *ret = (enum hw_answer)i;
    return ok;
}

static void put(json_t *object, const char *key, const char *text)
{
    json_t *value = json_string(text ? text : "");
    /* json_string refuses malformed UTF-8; events carry cleaned text, so this is a second net. */
    json_object_set_new(object, key, value ? value : json_string("?"));
}

static void put_time(json_t *object, const char *key, int64_t time_ms)
{
    char text[HW_TIME_SIZE];
    if (time_ms == 0) {
        json_object_set_new(object, key, json_null());
        return;
    }
    hw_time_rfc3339(time_ms, text);
    put(object, key, text);
}

static json_t *new_object(const char *type)
{
    json_t *object = json_object();
    put(object, "type", type);
    return object;
}

static json_t *check_json(const struct hw_ev_check *check)
{
    json_t *o = new_object("check");
    put(o, "id", check->id);
    put(o, "severity", hw_severity_word(check->severity));
    put(o, "status", hw_check_status_word(check->status));
    put(o, "message", check->message);
    put(o, "field", check->field);
    put(o, "remedy", check->remedy);
    return o;
}

static json_t *stack_json(const struct hw_ev_stack *stack)
{
    json_t *o = new_object("event");
    put_time(o, "time", stack->time_ms);
    put(o, "stack", stack->stack);
    put(o, "resource", stack->resource);
    put(o, "resource_type", stack->resource_type);
    put(o, "physical_id", stack->physical_id);
    put(o, "status", stack->status);
    put(o, "reason", stack->reason);
    put(o, "event_id", stack->event_id);
    return o;
}

static json_t *step_json(const struct hw_ev_step *step)
{
    json_t *o = new_object("step");
    put_time(o, "time", step->time_ms);
    put(o, "stack", step->stack);
    put(o, "step", hw_step_word(step->step));
    put(o, "message", step->message);
    return o;
}

static json_t *change_json(const struct hw_ev_change *change)
{
    json_t *o = new_object("change");
    put(o, "stack", change->stack);
    put(o, "resource", change->resource);
    put(o, "resource_type", change->resource_type);
    put(o, "physical_id", change->physical_id);
    put(o, "action", hw_change_word(change->action));
    json_object_set_new(o, "loses_data", json_boolean(change->loses_data));
    put(o, "properties", change->properties);
    put(o, "message", change->message);
    return o;
}

static json_t *progress_json(const struct hw_ev_progress *progress)
{
    json_t *o = new_object("progress");
    put_time(o, "time", progress->time_ms);
    json_object_set_new(o, "percent", json_integer(progress->permille / 10));
    json_object_set_new(o, "left_seconds",
                        progress->left_ms < 0 ? json_null()
                                              : json_integer((progress->left_ms + 999) / 1000));
    return o;
}

static json_t *node_json(const struct hw_ev_node *node)
{
    json_t *o = new_object("node");
    put_time(o, "time", node->time_ms);
    put(o, "node", node->node);
    put(o, "instance", node->instance);
    put(o, "role", node->role);
    put(o, "group", node->group);
    put(o, "address", node->address);
    put(o, "state", hw_node_state_word(node->state));
    put(o, "via", node->via);
    put(o, "detail", node->detail);
    return o;
}

static json_t *stage_json(const struct hw_ev_stage *stage)
{
    json_t *o = new_object("stage");
    put_time(o, "time", stage->time_ms);
    put(o, "node", stage->node);
    put(o, "instance", stage->instance);
    put(o, "role", stage->role);
    put(o, "stage", stage->stage);
    put(o, "status", hw_stage_status_word(stage->status));
    json_object_set_new(o, "exit_code", json_integer(stage->exit_code));
    put(o, "message", stage->message);
    return o;
}

static json_t *log_json(const struct hw_ev_log *log)
{
    json_t *o = new_object("log");
    put_time(o, "time", log->time_ms);
    put(o, "node", log->node);
    if (log->instance && log->instance[0]) /* a saved line does not know it */
        put(o, "instance", log->instance);
    put(o, "source", log->source);
    json_object_set_new(o, "offset", json_integer((json_int_t)log->offset));
    put(o, "text", log->text);
    return o;
}

static void put_asked(json_t *object, const char *test, const struct hw_strv *with,
                      enum hw_answer answer, const char *detail)
{
    json_t *arguments = json_object();
    for (size_t i = 0; with && i + 1 < with->count; i += 2)
        put(arguments, with->items[i], with->items[i + 1]);
    put(object, "test", test);
    json_object_set_new(object, "arguments", arguments);
    put(object, "answer", hw_answer_word(answer));
    put(object, "detail", detail);
}

static json_t *test_json(const struct hw_ev_test *test)
{
    json_t *o = new_object("test");
    put_time(o, "time", test->time_ms);
    put(o, "node", test->node);
    put(o, "instance", test->instance);
    put_asked(o, test->test, test->with, test->answer, test->detail);
    return o;
}

static json_t *questions_json(const struct hw_ev_finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->question_count; i++) {
        const struct hw_ev_question *question = &finding->questions[i];
        json_t *o = json_object();
        put(o, "question", question->text);
        put(o, "node", question->node);
        put_asked(o, question->test, question->with, question->answer, question->detail);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *finding_json(const struct hw_ev_finding *finding)
{
    json_t *o = new_object("finding"), *evidence = json_array();
    put(o, "id", finding->id);
    if (finding->ref && finding->ref[0])
        put(o, "ref", finding->ref);
    else
        json_object_set_new(o, "ref", json_null());
    put(o, "node", finding->node);
    put(o, "stage", finding->stage);
    json_object_set_new(o, "confidence", json_integer(finding->confidence));
    put(o, "title", finding->title);
    put(o, "cause", finding->cause);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        json_t *line = json_object();
        put(line, "source", finding->evidence[i].source);
        json_object_set_new(line, "line", json_integer((json_int_t)finding->evidence[i].line));
        put(line, "text", finding->evidence[i].text);
        json_array_append_new(evidence, line);
    }
    json_object_set_new(o, "evidence", evidence);
    put(o, "remedy", finding->remedy);
    put(o, "action", finding->action);
    if (finding->question_count) {
        json_object_set_new(o, "questions", questions_json(finding));
        put(o, "verdict", finding->verdict);
    }
    return o;
}

/* As text: a binary fraction would not be the amount that was asked. */
static void put_amount(json_t *object, const char *key, bool known, int64_t nano)
{
    char text[48];
    int64_t tenths_of_mills = (nano + 50000) / 100000;
    snprintf(text, sizeof text, "%lld.%04lld", (long long)(tenths_of_mills / 10000),
             (long long)(tenths_of_mills % 10000));
    json_object_set_new(object, key, known ? json_string(text) : json_null());
}

static json_t *cost_json(const struct hw_ev_cost *cost)
{
    bool sum = strcmp(cost->role, "total") == 0; /* which has what is known */
    json_t *o = new_object("cost");
    put(o, "role", cost->role);
    put(o, "part", cost->part);
    put(o, "what", cost->what);
    json_object_set_new(o, "nodes", json_integer(cost->nodes));
    json_object_set_new(o, "max", json_integer(cost->most));
    json_object_set_new(o, "known", json_boolean(cost->known));
    put_amount(o, "per_hour", cost->known || sum, cost->hour_nano);
    put_amount(o, "per_month", cost->known || sum, cost->month_nano);
    put_amount(o, "max_per_hour", cost->known || sum, cost->most_nano);
    json_object_set_new(o, "at_most", json_boolean(cost->at_most));
    put(o, "source", cost->source);
    put(o, "date", cost->date);
    put(o, "unknown", cost->unknown);
    return o;
}

static json_t *identity_json(const struct hw_ev_identity *identity)
{
    json_t *o = new_object("identity");
    put(o, "account", identity->account);
    put(o, "arn", identity->arn);
    put(o, "region", identity->region);
    put(o, "profile", identity->profile);
    put(o, "source", identity->source);
    put_time(o, "expires", identity->expires_ms);
    return o;
}

static json_t *notice_json(const struct hw_ev_notice *notice)
{
    json_t *o = new_object("notice");
    put_time(o, "time", notice->time_ms);
    put(o, "severity", hw_severity_word(notice->severity));
    put(o, "text", notice->text);
    return o;
}

static json_t *result_json(const struct hw_ev_result *result)
{
    json_t *o = new_object("result");
    json_object_set_new(o, "ok", json_boolean(result->ok));
    put(o, "command", result->command);
    if (result->err) {
        put(o, "error", result->err->what);
        put(o, "place", result->err->place);
        put(o, "next", result->err->next);
    }
    if (result->detail_json) {
        json_t *detail = json_loads(result->detail_json, 0, NULL);
        if (detail)
            json_object_update_missing(o, detail);
        json_decref(detail);
    }
    return o;
}

json_t *hw_event_object(const struct hw_event *event)
{
    switch (event->type) {
    case HW_EV_CHECK:
        return check_json(&event->u.check);
    case HW_EV_STACK:
        return stack_json(&event->u.stack);
    case HW_EV_STEP:
        return step_json(&event->u.step);
    case HW_EV_CHANGE:
        return change_json(&event->u.change);
    case HW_EV_PROGRESS:
        return progress_json(&event->u.progress);
    case HW_EV_NODE:
        return node_json(&event->u.node);
    case HW_EV_STAGE:
        return stage_json(&event->u.stage);
    case HW_EV_LOG:
        return log_json(&event->u.log);
    case HW_EV_FINDING:
        return finding_json(&event->u.finding);
    case HW_EV_TEST:
        return test_json(&event->u.test);
    case HW_EV_COST:
        return cost_json(&event->u.cost);
    case HW_EV_IDENTITY:
        return identity_json(&event->u.identity);
    case HW_EV_NOTICE:
        return notice_json(&event->u.notice);
    case HW_EV_RESULT:
        return result_json(&event->u.result);
    }
    return NULL;
}

static int append_json(const char *bytes, size_t count, void *data)
{
    return hw_buf_add(data, bytes, count) ? 0 : -1;
}

bool hw_event_json(const struct hw_event *event, struct hw_buf *out)
{
    size_t before = out->len;
    json_t *object = hw_event_object(event);
    bool ok = json_dump_callback(object, append_json, out, JSON_COMPACT) == 0;
    json_decref(object);
    if (!ok && out->data) {
        out->len = before;
        out->data[before] = '\0';
    }
    return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Who deploys a cluster, for machines that do not share a journal: the parameter
 * "/hpcwiz/<cluster>/deployment" of Systems Manager, made by one run alone (PutParameter without
 * Overwrite), with a sign of life each minute. A run that has fallen silent may be taken over.
 * Where parameters may not be written the run goes on without, and says so. */
#include "deploy/run.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define BEAT_MS   60000
#define SILENT_MS 180000

static char *lock_name(const struct hw_deploy *d)
{
    return hw_format("/hpcwiz/%s/deployment", d->cluster);
}

/* "host:/path/of/the.journal": two runs with the same journal are kept apart by its own lock. */
static char *place_of(const struct hw_deploy *d)
{
    char host[256] = "?";
    hw_auto(hw_buf) place = HW_BUF(HW_MAX_VALUE);
    gethostname(host, sizeof host - 1);
    hw_buf_print(&place, "%s:", host);
    hw_text_clean(&place, d->journal_path, hw_text_cut(d->journal_path, 1024), false);
    return hw_buf_take(&place);
}

static char *lock_value(const struct hw_deploy *d)
{
    char since[HW_TIME_SIZE], beat[HW_TIME_SIZE];
    hw_auto_text place = place_of(d);
    hw_time_rfc3339(d->locked_ms, since);
    hw_time_rfc3339(hw_aws_now_ms(d->aws), beat);
    json_t *value = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "run", d->run_id, "mode",
                              hw_run_mode_word(d->mode), "place", place, "process",
                              (json_int_t)getpid(), "since", since, "alive", beat);
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    return text;
}

static void put(struct hw_deploy *d, bool overwrite, hw_aws_fn *fn)
{
    hw_auto_text name = lock_name(d);
    hw_auto_text value = lock_value(d);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "PutParameter");
    json_t *body = json_pack("{s:s, s:s, s:s, s:b}", "Name", name, "Value", value, "Type", "String",
                             "Overwrite", (int)overwrite);
    if (!overwrite)
        json_object_set_new(body, "Tags",
                            json_pack("[{s:s, s:s}]", "Key", HW_CLUSTER_TAG, "Value", d->cluster));
    hw_aws_body_json(request, body);
    hw_aws_idempotent(request); /* sent twice, the second meets our own */
    d->lock_call = hw_aws_send(d->aws, request, fn, d);
}

static void ask(struct hw_deploy *d, hw_aws_fn *fn)
{
    hw_auto_text name = lock_name(d);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "GetParameter");
    hw_aws_body_json(request, json_pack("{s:s}", "Name", name));
    d->lock_call = hw_aws_send(d->aws, request, fn, d);
}

/* Who holds it, as the parameter tells; NULL: that cannot be read. The caller's. */
static json_t *holder(const struct hw_aws_reply *reply)
{
    const json_t *parameter =
        reply && reply->json ? json_object_get(reply->json, "Parameter") : NULL;
    const char *text = json_string_value(json_object_get(parameter, "Value"));
    return text ? json_loads(text, 0, NULL) : NULL;
}

static char *clean_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    hw_text_clean(&clean, text ? text : "?", hw_text_cut(text ? text : "?", 128), false);
    return hw_buf_take(&clean);
}

/* Both ends of it on AWS's clock: that of the other machine may be minutes off, or ours. */
static int64_t silent_ms(const struct hw_deploy *d, const json_t *held)
{
    hw_auto_text alive = clean_member(held, "alive");
    int64_t then_ms = 0;
    bool known = hw_time_parse(alive, strlen(alive), &then_ms);
    return known ? hw_aws_now_ms(d->aws) - then_ms : INT64_MAX;
}

static char *who(const json_t *held)
{
    hw_auto_text host = clean_member(held, "place");
    host[strcspn(host, ":")] = '\0';
    hw_auto_text time = clean_member(held, "since");
    char since[HW_TIME_SIZE];
    hw_time_in_words(time, since);
    return hw_format(_("process %lld on %s, since %s"),
                     (long long)json_integer_value(json_object_get(held, "process")), host, since);
}

static bool is_ours(const struct hw_deploy *d, const json_t *held)
{
    const char *place = json_string_value(json_object_get(held, "place"));
    hw_auto_text here = place_of(d);
    return place && strcmp(place, here) == 0;
}

static void beat(void *data);

static void on_beat(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                    const struct hw_err *err HW_UNUSED)
{
    struct hw_deploy *d = data;
    d->lock_call = NULL;
    d->lock_timer = hw_loop_timer(d->loop, BEAT_MS, beat, d);
}

static bool is_missing(const struct hw_err *err)
{
    return err && strstr(err->service_code, "ParameterNotFound") != NULL;
}

/* Before each sign of life: is it still ours? Whoever was not answered does not write over what
 * may be another's by now. */
static void on_looked(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    json_t *held = err ? NULL : holder(reply);
    struct hw_err taken = {0};
    d->lock_call = NULL;
    if (err && !is_missing(err)) {
        on_beat(d, NULL, NULL);
    } else if (!held || is_ours(d, held)) {
        put(d, true, on_beat);
    } else {
        hw_auto_text other = who(held);
        d->locked = false;
        hw_fail(&taken, HW_ERR_BUSY, _("another hpcwiz has taken over (%s)"), other);
        hw_err_next(&taken, "%s", _("Watch it with `hpcwiz follow FILE.yaml`."));
        hw_run_end(d, HW_DEPLOY_FAILED, &taken);
    }
    json_decref(held);
}

static void beat(void *data)
{
    struct hw_deploy *d = data;
    d->lock_timer = NULL;
    ask(d, on_looked);
}

static void go(struct hw_deploy *d)
{
    d->lock_timer = hw_loop_timer(d->loop, BEAT_MS, beat, d);
    hw_run_find_others(d);
}

/* Nobody knows whether another run is alive; asked again, the service may say so. */
static bool is_unanswered(const struct hw_err *err)
{
    bool denied = strstr(err->service_code, "AccessDenied") != NULL;
    return err->code == HW_ERR_NETWORK || err->code == HW_ERR_THROTTLED ||
           err->code == HW_ERR_PROTOCOL || (err->code == HW_ERR_AUTH && !denied) ||
           hw_text_starts(err->service_code, "InternalServerError") ||
           hw_text_starts(err->service_code, "ServiceUnavailable");
}

/* Who may not write parameters goes on; whoever was not answered does not. */
static void without(struct hw_deploy *d, const struct hw_err *err)
{
    if (is_unanswered(err)) {
        struct hw_err failed = *err;
        hw_wrap(&failed, "%s", _("asking whether somebody else deploys the cluster"));
        if (!failed.next[0])
            hw_err_next(&failed, "%s", _("Nothing was changed. Run the same command again."));
        hw_run_end(d, HW_DEPLOY_FAILED, &failed);
        return;
    }
    hw_tell_notice(d->sink, HW_WARNING, _("hpcwiz on another machine will not see this run: %s"),
                   err->what);
    hw_run_find_others(d);
}

static void on_taken(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                     const struct hw_err *err)
{
    struct hw_deploy *d = data;
    d->lock_call = NULL;
    d->locked = !err;
    if (err)
        without(d, err);
    else
        go(d);
}

static void refuse(struct hw_deploy *d, const json_t *held, int64_t silence_ms)
{
    struct hw_err busy = {0};
    hw_auto_text other = who(held);
    hw_fail(&busy, HW_ERR_BUSY, _("another hpcwiz deploys '%s' (%s; last sign of life %lld s ago)"),
            d->cluster, other, (long long)(silence_ms / 1000));
    hw_err_next(&busy,
                _("Watch it with `hpcwiz follow FILE.yaml`. If it is gone, deploy again in %lld s, "
                  "or now with --take-over."),
                (long long)((SILENT_MS - silence_ms) / 1000 + 1));
    hw_run_end(d, HW_DEPLOY_FAILED, &busy);
}

static void on_held(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    json_t *held = err ? NULL : holder(reply);
    int64_t silence_ms = held ? silent_ms(d, held) : 0;
    d->lock_call = NULL;
    if (err) {
        without(d, err);
    } else if (!held || is_ours(d, held) || d->take_over || silence_ms >= SILENT_MS) {
        hw_auto_text other = held && !is_ours(d, held) ? who(held) : NULL;
        if (other)
            hw_tell_notice(d->sink, HW_WARNING, _("taking over from %s"), other);
        put(d, true, on_taken);
    } else {
        refuse(d, held, silence_ms);
    }
    json_decref(held);
}

static void on_made(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                    const struct hw_err *err)
{
    struct hw_deploy *d = data;
    d->lock_call = NULL;
    if (!err) {
        d->locked = true;
        go(d);
    } else if (strstr(err->service_code, "ParameterAlreadyExists")) {
        ask(d, on_held);
    } else {
        without(d, err);
    }
}

void hw_run_lock(struct hw_deploy *d)
{
    d->locked_ms = hw_aws_now_ms(d->aws);
    put(d, false, on_made);
}

static void on_unlocked(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                        const struct hw_err *err HW_UNUSED)
{
    struct hw_deploy *d = data;
    d->lock_call = NULL;
    hw_run_tell_end(d);
}

/* What another has taken over meanwhile stays. */
static void on_last_look(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    json_t *held = err ? NULL : holder(reply);
    bool ours = held && is_ours(d, held);
    d->lock_call = NULL;
    json_decref(held);
    if (!ours) {
        hw_run_tell_end(d);
        return;
    }
    hw_auto_text name = lock_name(d);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "DeleteParameter");
    hw_aws_body_json(request, json_pack("{s:s}", "Name", name));
    hw_aws_idempotent(request);
    d->lock_call = hw_aws_send(d->aws, request, on_unlocked, d);
}

void hw_run_unlock(struct hw_deploy *d)
{
    hw_aws_cancel(d->lock_call);
    hw_timer_cancel(d->lock_timer);
    d->lock_call = NULL;
    d->lock_timer = NULL;
    /* Where nothing answers, the silence tells. */
    bool reachable = d->err.code != HW_ERR_NETWORK && d->err.code != HW_ERR_AUTH;
    if (d->locked && reachable)
        ask(d, on_last_look);
    else
        hw_run_tell_end(d);
}

static void on_asked_for(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_unit *unit = data;
    json_t *held = err ? NULL : holder(reply);
    /* A run with this journal would hold its lock, and then nobody had asked. */
    bool alive = held && !is_ours(unit->deploy, held) && silent_ms(unit->deploy, held) < SILENT_MS;
    unit->call = NULL;
    json_decref(held);
    unit->held(unit, alive);
}

void hw_unit_ask_holder(struct hw_unit *unit, void (*fn)(struct hw_unit *unit, bool alive))
{
    hw_auto_text name = lock_name(unit->deploy);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "GetParameter");
    hw_aws_body_json(request, json_pack("{s:s}", "Name", name));
    unit->held = fn;
    unit->call = hw_aws_send(unit->deploy->aws, request, on_asked_for, unit);
}

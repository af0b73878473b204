/* SPDX-License-Identifier: Apache-2.0 */
/* What a run leaves on disk. Records, by member "record":
 *   run    a run began: run, mode, cluster, region, account (where known), file, pid, host, time
 *   step   before each call that changes the account (durable): stack, step, time, id (of the
 *          stack), after (the newest event of it that is known), change_set (of planning)
 *   event  what was told (contract of --json), with event_id for stack events
 *   end    the run is over: outcome, time
 * A run without an end is taken up by the next one of the same mode, under the same id, so that
 * change sets and client tokens are found again. */
#include "deploy/run.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

const char *hw_run_mode_word(enum hw_deploy_mode mode)
{
    static const char *const words[] = {"plan", "deploy", "follow", "destroy", "rollback"};
    return words[mode];
}

char *hw_deploy_journal_path(const struct hw_cluster *cluster, struct hw_err *err)
{
    hw_auto_text state = NULL;
    if (!hw_dir_state(&state, err))
        return NULL;
    hw_auto_text name = hw_format("%s-%s.journal", hw_cluster_get(cluster, "cluster"),
                                  hw_cluster_get(cluster, "region"));
    return hw_path_join(state, name);
}

static const char *member(const json_t *record, const char *name)
{
    const char *text = json_string_value(json_object_get(record, name));
    return text ? text : "";
}

/* What the last run without an end left. */
struct earlier {
    struct hw_deploy *deploy;
    json_t *run; /* its record; NULL: the last run has ended, or there is none */
    char *who;   /* for BUSY: of the last run, ended or not */
};

struct hw_unit *hw_run_unit(struct hw_deploy *d, const char *stack)
{
    for (size_t i = 0; i < d->unit_count; i++) {
        if (strcmp(d->units[i].stack->name, stack) == 0)
            return &d->units[i];
    }
    return NULL;
}

static void forget_earlier(struct earlier *earlier)
{
    struct hw_deploy *d = earlier->deploy;
    json_decref(earlier->run);
    earlier->run = NULL;
    hw_strv_done(&d->kept);
    for (size_t i = 0; i < d->unit_count; i++) {
        hw_replace(&d->units[i].last_event_id, NULL);
        hw_replace(&d->units[i].reason, NULL);
        hw_strv_done(&d->units[i].activities);
        hw_replace(&d->units[i].stale_set, NULL);
        d->units[i].acted = d->units[i].missed = false;
    }
}

/* Whether the step was carried out, the stack itself has to tell. */
static void recall_step(struct hw_deploy *d, const json_t *record)
{
    struct hw_unit *unit = hw_run_unit(d, member(record, "stack"));
    const char *after = member(record, "after");
    if (!unit)
        return;
    bool planning = strcmp(member(record, "step"), "planning") == 0;
    hw_replace(&unit->stale_set, planning ? member(record, "change_set") : NULL);
    if (planning || !member(record, "id")[0])
        return;
    unit->acted = unit->missed = true;
    hw_replace(&unit->begun_id, member(record, "id"));
    if (after[0] && !unit->last_event_id)
        hw_replace(&unit->last_event_id, after);
}

/* Also of a stack that the cluster file does not name. */
static void recall_kept(struct hw_deploy *d, const json_t *event)
{
    if (strcmp(member(event, "status"), "DELETE_SKIPPED") == 0 &&
        strcmp(member(event, "resource_type"), "AWS::EC2::Volume") == 0 &&
        !hw_strv_has(&d->kept, member(event, "physical_id")))
        hw_strv_add(&d->kept, member(event, "physical_id"));
}

static void recall_event(struct earlier *earlier, const json_t *event)
{
    struct hw_unit *unit = hw_run_unit(earlier->deploy, member(event, "stack"));
    if (unit && strcmp(member(event, "step"), "done") == 0)
        unit->missed = false;
    if (strcmp(member(event, "type"), "event") != 0)
        return;
    recall_kept(earlier->deploy, event);
    if (!unit)
        return;
    if (strcmp(member(event, "resource_type"), "AWS::AutoScaling::Activity") == 0)
        hw_strv_add(&unit->activities, member(event, "event_id"));
    else
        hw_replace(&unit->last_event_id, member(event, "event_id"));
}

static bool recall(void *data, const json_t *record)
{
    struct earlier *earlier = data;
    const char *kind = member(record, "record");
    char since[HW_TIME_SIZE];
    if (strcmp(kind, "run") == 0) {
        bool same = earlier->run && strcmp(member(record, "run"), member(earlier->run, "run")) == 0;
        if (!same)
            forget_earlier(earlier);
        json_decref(earlier->run);
        earlier->run = json_deep_copy(record);
        free(earlier->who);
        hw_time_in_words(member(record, "time"), since);
        earlier->who = hw_format(_("process %lld on %s, since %s"),
                                 (long long)json_integer_value(json_object_get(record, "pid")),
                                 member(record, "host"), since);
    } else if (strcmp(kind, "end") == 0) {
        forget_earlier(earlier);
    } else if (strcmp(kind, "step") == 0) {
        recall_step(earlier->deploy, record);
    } else if (strcmp(kind, "event") == 0) {
        recall_event(earlier, json_object_get(record, "event"));
    }
    return true;
}

static json_t *new_record(const char *kind)
{
    char time[HW_TIME_SIZE];
    hw_time_rfc3339(hw_clock_wall_ms(), time);
    return json_pack("{s:s, s:s}", "record", kind, "time", time);
}

static void set_text(json_t *record, const char *name, const char *text)
{
    json_t *value = json_string(text);
    json_object_set_new(record, name, value ? value : json_string("?"));
}

static json_t *run_record(const struct hw_deploy *d)
{
    char host[256] = "?";
    json_t *record = new_record("run");
    gethostname(host, sizeof host - 1);
    set_text(record, "run", d->run_id);
    set_text(record, "mode", hw_run_mode_word(d->mode));
    set_text(record, "cluster", d->cluster);
    set_text(record, "region", d->region);
    if (d->account)
        set_text(record, "account", d->account);
    set_text(record, "file", d->file);
    set_text(record, "host", host);
    json_object_set_new(record, "pid", json_integer(getpid()));
    return record;
}

static bool busy(struct hw_deploy *d, const struct earlier *earlier, struct hw_err *err)
{
    hw_fail(err, HW_ERR_BUSY, _("another hpcwiz deploys '%s' (%s)"), d->cluster,
            earlier->who ? earlier->who : _("unknown where"));
    return hw_err_next(
        err, "%s", _("Watch it with `hpcwiz follow FILE.yaml`, or open the file in the wizard."));
}

/* Stacks of the same names in another account are others, whatever was begun there. */
static bool goes_on(const struct hw_deploy *d, const json_t *run)
{
    const char *account = member(run, "account");
    bool elsewhere = d->account && account[0] && strcmp(account, d->account) != 0;
    return !elsewhere && strcmp(member(run, "mode"), hw_run_mode_word(d->mode)) == 0;
}

bool hw_run_journal_begin(struct hw_deploy *d, struct hw_err *err)
{
    struct earlier earlier = {.deploy = d};
    struct hw_err failed = {0};
    d->journal = hw_journal_open(d->journal_path, &failed);
    if (d->journal || failed.code == HW_ERR_BUSY)
        hw_journal_read(d->journal_path, recall, &earlier, NULL);
    bool ok = d->journal;
    if (!ok && failed.code == HW_ERR_BUSY)
        busy(d, &earlier, &failed);
    if (earlier.run && goes_on(d, earlier.run)) {
        hw_replace(&d->run_id, member(earlier.run, "run"));
        d->resumed = true;
    } else {
        forget_earlier(&earlier);
    }
    json_decref(earlier.run);
    free(earlier.who);
    if (ok) {
        json_t *record = run_record(d);
        ok = hw_journal_append(d->journal, record, true, &failed);
        json_decref(record);
        if (!ok)
            hw_err_next(&failed,
                        _("Nothing was sent. Free some space and run `hpcwiz %s FILE` again."),
                        hw_run_mode_word(d->mode));
    }
    if (!ok && err)
        *err = failed;
    return ok;
}

/* What is not on disk cannot be taken up again: the run ends here, before anything more is sent. */
static void lost(struct hw_deploy *d, const struct hw_err *err)
{
    struct hw_err failed = *err;
    failed.next[0] = '\0';
    hw_err_next(
        &failed,
        _("What has begun goes on, nothing more is sent. Free some space and run `hpcwiz %s "
          "FILE` to take it up again."),
        hw_run_mode_word(d->mode));
    hw_run_end(d, HW_DEPLOY_FAILED, &failed);
}

bool hw_run_note_step(struct hw_unit *unit, const char *step, struct hw_err *err)
{
    struct hw_err failed = {0};
    if (unit->deploy->ended) {
        if (err)
            *err = unit->deploy->err;
        return false;
    }
    if (!unit->deploy->journal)
        return true;
    json_t *record = new_record("step");
    set_text(record, "stack", unit->stack->name);
    set_text(record, "step", step);
    set_text(record, "id", unit->stack_id ? unit->stack_id : "");
    set_text(record, "after", unit->last_event_id ? unit->last_event_id : "");
    if (strcmp(step, "planning") == 0)
        set_text(record, "change_set", unit->change_set);
    bool ok = hw_journal_append(unit->deploy->journal, record, true, &failed);
    json_decref(record);
    if (!ok)
        lost(unit->deploy, &failed);
    if (!ok && err)
        *err = unit->deploy->err;
    return ok;
}

/* The contract's form of the event, and its id. */
static json_t *event_record(const struct hw_event *event)
{
    json_t *record = new_record("event");
    json_object_set_new(record, "event", hw_event_object(event));
    return record;
}

void hw_deploy_note(struct hw_deploy *d, const struct hw_event *event)
{
    struct hw_err err = {0};
    hw_run_progress_feed(d, event);
    if (!d->journal)
        return;
    json_t *record = event_record(event);
    if (!hw_journal_append(d->journal, record, false, &err) && err.code != HW_ERR_LIMIT)
        lost(d, &err);
    json_decref(record);
}

void hw_run_note_end(struct hw_deploy *d, const char *outcome)
{
    if (!d->journal)
        return;
    struct hw_err err = {0};
    json_t *record = new_record("end");
    set_text(record, "outcome", outcome);
    if (!hw_journal_append(d->journal, record, true, &err))
        hw_tell_notice(d->sink, HW_WARNING,
                       _("%s. The run has ended, but its journal does not say so."), err.what);
    json_decref(record);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The run: which stack may go when, and how it ends. */
#include "deploy/run.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

/* What was asked of discovery outlives a run that is freed before the answer. */
struct facts_wait {
    struct hw_deploy *deploy; /* NULL: nobody waits any more */
};

static void copy_cluster(struct hw_deploy *d, const struct hw_cluster *cluster)
{
    d->cluster = hw_strdup(hw_cluster_get(cluster, "cluster"));
    d->region = hw_strdup(hw_cluster_get(cluster, "region"));
    d->bucket = hw_strdup(hw_cluster_get(cluster, "deploy.bucket"));
    d->on_failure = hw_strdup(hw_cluster_get(cluster, "deploy.on_failure"));
    hw_strv_copy(&d->tags, hw_cluster_list(cluster, "tags"));
    hw_strv_take(&d->tags, hw_format(HW_CLUSTER_TAG "=%s", d->cluster));
}

static void copy_list(struct hw_strv *to, const struct hw_strv *from)
{
    if (from)
        hw_strv_copy(to, from);
}

static void make_units(struct hw_deploy *d)
{
    d->unit_count = d->stacks.count;
    d->units = hw_alloc((d->unit_count + 1) * sizeof *d->units);
    for (size_t i = 0; i < d->unit_count; i++)
        d->units[i] = (struct hw_unit){.deploy = d, .stack = &d->stacks.items[i]};
}

bool hw_run_backwards(const struct hw_deploy *d)
{
    return d->mode == HW_DEPLOY_DESTROY || d->mode == HW_DEPLOY_ROLLBACK;
}

static bool changes_account(const struct hw_deploy *d)
{
    return d->mode == HW_DEPLOY_EXECUTE || hw_run_backwards(d);
}

static bool prepare(struct hw_deploy *d, const struct hw_cluster *cluster, struct hw_err *err)
{
    bool needs_bodies = d->mode == HW_DEPLOY_EXECUTE || d->mode == HW_DEPLOY_PLAN;
    if (!hw_template_stacks(cluster, &d->stacks, err))
        return false;
    if (needs_bodies && !hw_generate(cluster, &d->files, err))
        return false;
    for (size_t i = 0; needs_bodies && i < d->stacks.count; i++) {
        if (!hw_fileset_find(&d->files, d->stacks.items[i].file))
            return hw_fail(err, HW_ERR_IO, _("no template for stack '%s'"),
                           d->stacks.items[i].name);
    }
    make_units(d);
    return !changes_account(d) || hw_run_journal_begin(d, err);
}

static enum hw_deploy_outcome outcome_of(const struct hw_deploy *d)
{
    bool planned = false, done = false, gone = false;
    for (size_t i = 0; i < d->unit_count; i++) {
        if (d->units[i].state == HW_UNIT_FAILED)
            return HW_DEPLOY_FAILED;
        planned = planned || d->units[i].state == HW_UNIT_PLANNED;
        done = done || d->units[i].state == HW_UNIT_DONE;
        gone = gone || d->units[i].gone;
    }
    if (d->mode == HW_DEPLOY_PLAN)
        return planned ? HW_DEPLOY_CHANGES : HW_DEPLOY_NO_CHANGES;
    if (gone)
        return HW_DEPLOY_DELETED;
    return done ? HW_DEPLOY_COMPLETE : HW_DEPLOY_NO_CHANGES;
}

static const struct hw_err *first_error(const struct hw_deploy *d)
{
    for (size_t i = 0; i < d->unit_count; i++) {
        if (d->units[i].state == HW_UNIT_FAILED)
            return &d->units[i].err;
    }
    return NULL;
}

static const char *outcome_word(enum hw_deploy_outcome outcome)
{
    static const char *const words[] = {
        [HW_DEPLOY_COMPLETE] = "complete", [HW_DEPLOY_NO_CHANGES] = "complete",
        [HW_DEPLOY_CHANGES] = "complete",  [HW_DEPLOY_DELETED] = "complete",
        [HW_DEPLOY_FAILED] = "failed",     [HW_DEPLOY_STOPPED] = "interrupted",
    };
    return words[outcome];
}

static void tell_end(void *data)
{
    struct hw_deploy *d = data;
    struct hw_err err = d->err;
    d->end_timer = NULL;
    /* Last: fn may free d. */
    d->fn(d->data, d->outcome,
          d->outcome == HW_DEPLOY_FAILED || d->outcome == HW_DEPLOY_STOPPED ? &err : NULL);
}

void hw_run_end(struct hw_deploy *d, enum hw_deploy_outcome outcome, const struct hw_err *err)
{
    if (d->ended)
        return;
    d->ended = true;
    d->outcome = outcome;
    if (err)
        d->err = *err;
    for (size_t i = 0; i < d->unit_count; i++)
        hw_unit_stop(&d->units[i]);
    hw_run_progress_end(d);
    hw_aws_cancel(d->data_call);
    d->data_call = NULL;
    /* A run that was stopped or lost the network is taken up again: it stays open. */
    bool open = outcome == HW_DEPLOY_STOPPED ||
                (err && (err->code == HW_ERR_NETWORK || err->code == HW_ERR_THROTTLED ||
                         err->code == HW_ERR_AUTH || err->code == HW_ERR_IO));
    if (!open)
        hw_run_note_end(d, outcome_word(outcome));
    hw_journal_close(d->journal);
    d->journal = NULL;
    hw_run_unlock(d);
}

void hw_run_tell_end(struct hw_deploy *d)
{
    d->end_timer = hw_loop_timer(d->loop, 0, tell_end, d);
}

/* Deploying waits for the stacks before, deleting for the stacks behind. FOLLOW looks at all; and
 * what moves already cannot be waited with. */
static bool may_start(const struct hw_deploy *d, const struct hw_unit *unit)
{
    bool at_once =
        d->mode == HW_DEPLOY_FOLLOW || (d->mode == HW_DEPLOY_EXECUTE && hw_unit_is_under_way(unit));
    for (size_t i = 0; i < d->unit_count && !at_once; i++) {
        const struct hw_unit *other = &d->units[i];
        bool first = hw_run_backwards(d) ? hw_strv_has(&other->stack->after, unit->stack->name)
                                         : hw_strv_has(&unit->stack->after, other->stack->name);
        if (first && (other->state == HW_UNIT_WAITING || other->state == HW_UNIT_WORKING ||
                      other->state == HW_UNIT_FAILED))
            return false;
    }
    return true;
}

/* FOLLOW: stacks that will not come by themselves, as nobody deploys. */
static bool stands_still(const struct hw_deploy *d, struct hw_err *err)
{
    const struct hw_unit *first = NULL;
    size_t unmade = 0;
    for (size_t i = d->unit_count; i-- > 0;) {
        if (d->units[i].state != HW_UNIT_UNMADE)
            continue;
        first = &d->units[i];
        unmade++;
    }
    if (!first)
        return false;
    if (unmade == d->unit_count) {
        hw_fail(err, HW_ERR_NOT_FOUND, _("no stack of '%s' is in %s, and nobody deploys it"),
                d->cluster, d->region);
        hw_err_next(err, "%s",
                    _("`hpcwiz deploy FILE` makes it, in the wizard D. If it should be there, look "
                      "whether profile and region are the right ones."));
    } else {
        hw_fail(err, HW_ERR_INTERRUPTED,
                _("interrupted: '%s' is not made, and nobody deploys any more"),
                first->stack->name);
        hw_err_next(err, "%s", _("`hpcwiz deploy FILE` takes it up again, in the wizard D."));
    }
    return true;
}

void hw_run_advance(struct hw_deploy *d)
{
    bool working = false, failed = first_error(d);
    if (d->ended)
        return;
    for (size_t i = 0; i < d->unit_count; i++) {
        struct hw_unit *unit = &d->units[i];
        if (unit->state == HW_UNIT_WAITING && !failed && may_start(d, unit))
            hw_unit_start(unit);
        working = working || unit->state == HW_UNIT_WORKING;
    }
    if (working)
        return;
    enum hw_deploy_outcome outcome = outcome_of(d);
    struct hw_err still = {0};
    bool whole = outcome != HW_DEPLOY_FAILED && outcome != HW_DEPLOY_DELETED;
    if (whole && stands_still(d, &still))
        hw_run_end(d, HW_DEPLOY_FAILED, &still);
    else if (d->mode == HW_DEPLOY_DESTROY && outcome != HW_DEPLOY_FAILED && d->only.count == 0 &&
             !d->volumes_done)
        hw_run_after_destroy(d, outcome);
    else
        hw_run_end(d, outcome, first_error(d));
}

static const char *stack_before(const struct hw_deploy *d, const struct hw_unit *unit)
{
    for (size_t i = 0; i < d->unit_count && hw_run_backwards(d); i++) {
        if (hw_strv_has(&d->units[i].stack->after, unit->stack->name))
            return d->units[i].stack->name;
    }
    const struct hw_strv *after = &unit->stack->after;
    return !hw_run_backwards(d) && after->count ? after->items[after->count - 1] : NULL;
}

static void tell_waiting(struct hw_unit *unit)
{
    const char *before = stack_before(unit->deploy, unit);
    if (before && unit->status && unit->status[0])
        hw_unit_tell(unit, HW_STEP_WAITING, _("%s; waits for %s"), unit->status, before);
    else if (before)
        hw_unit_tell(unit, HW_STEP_WAITING, _("waits for %s"), before);
}

void hw_run_turn_back(struct hw_unit *unit)
{
    hw_unit_stop(unit);
    hw_replace(&unit->reason, NULL);
    unit->state = HW_UNIT_WAITING;
    if (!may_start(unit->deploy, unit))
        tell_waiting(unit);
    hw_run_advance(unit->deploy);
}

/* Stacks that are not meant count as done. */
static bool leave_others_out(struct hw_deploy *d, struct hw_err *err)
{
    for (size_t i = 0; i < d->only.count; i++) {
        if (!hw_run_unit(d, d->only.items[i])) {
            hw_fail(err, HW_ERR_INPUT, _("the cluster '%s' has no stack '%s'"), d->cluster,
                    d->only.items[i]);
            return hw_err_next(err, "%s", _("`hpcwiz status FILE` lists its stacks."));
        }
    }
    for (size_t i = 0; d->only.count > 0 && i < d->unit_count; i++) {
        if (!hw_strv_has(&d->only, d->units[i].stack->name))
            d->units[i].state = HW_UNIT_UNCHANGED;
    }
    return true;
}

void hw_run_begin(struct hw_deploy *d)
{
    struct hw_err err = {0};
    if (!leave_others_out(d, &err)) {
        hw_run_end(d, HW_DEPLOY_FAILED, &err);
        return;
    }
    if (d->resumed)
        hw_tell_notice(d->sink, HW_INFO, _("taking up the run that was interrupted"));
    for (size_t i = 0; i < d->unit_count; i++) {
        if (d->units[i].state == HW_UNIT_WAITING && !may_start(d, &d->units[i]))
            tell_waiting(&d->units[i]);
    }
    hw_run_advance(d);
}

/* Which key of the cluster asked for the image of a stack. */
static char *image_key(const struct hw_deploy *d, const struct hw_stack *stack)
{
    size_t group = 0;
    if (strcmp(stack->role, "compute") != 0)
        return hw_format("nodes.%s.image", stack->role);
    for (const struct hw_stack *s = d->stacks.items; s < stack; s++)
        group += strcmp(s->role, "compute") == 0;
    return hw_format("nodes.compute.%zu.image", group);
}

static const char *fact(const struct hw_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->names.count && i < facts->values.count; i++) {
        if (strcmp(facts->names.items[i], name) == 0)
            return facts->values.items[i];
    }
    return NULL;
}

static bool resolve(struct hw_deploy *d, const struct hw_facts *facts, struct hw_err *err)
{
    for (size_t i = 0; i < d->stacks.count; i++) {
        const struct hw_stack *stack = &d->stacks.items[i];
        hw_auto_text key = image_key(d, stack);
        for (size_t k = 0; k < stack->count; k++) {
            const struct hw_stack_parameter *p = &stack->parameters[k];
            if (p->resolve == HW_RESOLVE_NONE)
                continue;
            const char *value = fact(facts, p->resolve == HW_RESOLVE_SUBNET_ZONE ? "zone" : key);
            if (!value)
                return hw_fail(err, HW_ERR_NOT_FOUND, _("the account has no answer for '%s'"),
                               p->value);
            hw_strv_add(&d->resolved, p->value);
            hw_strv_add(&d->resolved, value);
        }
    }
    return true;
}

static void find_stacks(struct hw_deploy *d)
{
    if (changes_account(d))
        hw_run_lock(d);
    else
        hw_run_find_others(d);
}

static void on_facts(void *data, const struct hw_facts *facts, const struct hw_err *err)
{
    struct facts_wait *wait = data;
    struct hw_deploy *d = wait->deploy;
    struct hw_err failed = {0};
    free(wait);
    if (!d)
        return;
    d->facts = NULL;
    if (d->ended)
        return;
    if (err)
        hw_run_end(d, HW_DEPLOY_FAILED, err);
    else if (!resolve(d, facts, &failed))
        hw_run_end(d, HW_DEPLOY_FAILED, &failed);
    else
        find_stacks(d);
}

static bool needs_facts(const struct hw_deploy *d)
{
    bool any = false;
    for (size_t i = 0; i < d->stacks.count; i++) {
        for (size_t k = 0; k < d->stacks.items[i].count; k++)
            any = any || d->stacks.items[i].parameters[k].resolve != HW_RESOLVE_NONE;
    }
    return any && (d->mode == HW_DEPLOY_EXECUTE || d->mode == HW_DEPLOY_PLAN);
}

static void on_start(void *data)
{
    struct hw_deploy *d = data;
    d->start_timer = NULL;
    find_stacks(d);
}

struct hw_deploy *hw_deploy_start(struct hw_aws *aws, struct hw_discover *discover,
                                  struct hw_loop *loop, const struct hw_cluster *cluster,
                                  const struct hw_deploy_options *options, hw_deploy_fn *fn,
                                  void *data, struct hw_err *err)
{
    struct hw_deploy *d = HW_NEW(struct hw_deploy);
    *d = (struct hw_deploy){.aws = aws,
                            .discover = discover,
                            .loop = loop,
                            .sink = options->sink,
                            .fn = fn,
                            .data = data,
                            .mode = options->mode,
                            .delete_data = options->delete_data,
                            .retry = options->retry,
                            .refresh_images = options->refresh_images,
                            .take_over = options->take_over,
                            .journal_path = hw_strdup(options->journal_path),
                            .account = hw_strdup(options->account),
                            .file = hw_strdup(options->file ? options->file : ""),
                            .poll_ms = hw_poll_ms(0)};
    copy_cluster(d, cluster);
    copy_list(&d->allow_loss, options->allow_loss);
    copy_list(&d->only, options->only);
    copy_list(&d->skip, options->skip);
    d->run_id = hw_format("%llx", (unsigned long long)hw_clock_wall_ms());
    if (!d->journal_path)
        d->journal_path = hw_deploy_journal_path(cluster, err);
    if (d->journal_path)
        hw_pace_learn(&d->pace, d->journal_path);
    if (!d->journal_path || !prepare(d, cluster, err)) {
        hw_deploy_free(d);
        return NULL;
    }
    if (needs_facts(d)) {
        d->facts = HW_NEW(struct facts_wait);
        d->facts->deploy = d;
        hw_discover_facts(discover, cluster, on_facts, d->facts);
    } else {
        d->start_timer = hw_loop_timer(loop, 0, on_start, d);
    }
    hw_run_progress_begin(d);
    return d;
}

void hw_deploy_stop(struct hw_deploy *d)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_INTERRUPTED, _("stopped watching '%s'; what has begun goes on"),
            d->cluster);
    hw_err_next(&err, "%s", _("Run `hpcwiz deploy FILE` to take it up again."));
    hw_timer_cancel(d->start_timer);
    d->start_timer = NULL;
    hw_run_end(d, HW_DEPLOY_STOPPED, &err);
}

void hw_deploy_free(struct hw_deploy *d)
{
    if (!d)
        return;
    if (d->facts)
        d->facts->deploy = NULL;
    hw_timer_cancel(d->start_timer);
    hw_timer_cancel(d->end_timer);
    hw_timer_cancel(d->lock_timer);
    hw_aws_cancel(d->lock_call);
    hw_aws_cancel(d->data_call);
    for (size_t i = 0; i < d->unit_count; i++)
        hw_unit_done(&d->units[i]);
    free(d->units);
    hw_run_progress_end(d);
    hw_guess_free(d->guess);
    hw_journal_close(d->journal);
    hw_stacks_done(&d->stacks);
    hw_fileset_done(&d->files);
    hw_strv_done(&d->tags);
    hw_strv_done(&d->kept);
    hw_strv_done(&d->resolved);
    hw_strv_done(&d->allow_loss);
    hw_strv_done(&d->only);
    hw_strv_done(&d->skip);
    free(d->page_token);
    free(d->cluster);
    free(d->region);
    free(d->bucket);
    free(d->on_failure);
    free(d->run_id);
    free(d->journal_path);
    free(d->account);
    free(d->file);
    free(d);
}

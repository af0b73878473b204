/* SPDX-License-Identifier: Apache-2.0 */
/* A change set: made, waited for, shown, and executed or taken away again. Its name tells the run
 * and what was asked for, so that a run that is taken up again finds it instead of making a second
 * one, and finds no other one when the cluster file has changed meanwhile. */
#include "deploy/run.h"

#include <limits.h>
#include <openssl/evp.h>

#include "base/text.h"

static void describe_change_set(struct hw_unit *unit);

static struct hw_aws_request *stack_request(const struct hw_unit *unit, const char *operation)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, operation);
    hw_aws_param(request, "StackName", unit->stack_id ? unit->stack_id : unit->stack->name);
    return request;
}

static struct hw_aws_request *request_of(const struct hw_unit *unit, const char *operation,
                                         const char *change_set)
{
    struct hw_aws_request *request = stack_request(unit, operation);
    hw_aws_param(request, "ChangeSetName", change_set);
    return request;
}

static struct hw_aws_request *change_set_request(struct hw_unit *unit, const char *operation)
{
    return request_of(unit, operation, unit->change_set);
}

static const struct hw_file *body_of(const struct hw_unit *unit)
{
    return hw_fileset_find(&unit->deploy->files, unit->stack->file);
}

static char *summary(const struct hw_unit *unit)
{
    return hw_format(_("%u to add, %u to change, %u to remove"), unit->added, unit->changed,
                     unit->removed);
}

static const char *value_of(const struct hw_unit *unit, const struct hw_stack_parameter *parameter)
{
    const struct hw_strv *resolved = &unit->deploy->resolved;
    if (parameter->resolve == HW_RESOLVE_NONE)
        return parameter->value;
    for (size_t i = 0; i + 1 < resolved->count; i += 2) {
        if (strcmp(resolved->items[i], parameter->value) == 0)
            return resolved->items[i + 1];
    }
    return parameter->value;
}

/* The public parameter of an image names a new one each month. A stack stays with the image it was
 * made from as long as the cluster file asks for the same parameter, so that an update replaces no
 * node for a reason that nobody wrote down. */
static bool keeps_image(const struct hw_unit *unit, const struct hw_stack_parameter *p)
{
    return p->resolve == HW_RESOLVE_SSM_IMAGE && !unit->creates && unit->image_source &&
           strcmp(unit->image_source, p->value) == 0 && !unit->deploy->refresh_images;
}

static void tell_newer_images(struct hw_unit *unit)
{
    for (size_t i = 0; i < unit->stack->count; i++) {
        const struct hw_stack_parameter *p = &unit->stack->parameters[i];
        bool newer =
            keeps_image(unit, p) && unit->image && strcmp(unit->image, value_of(unit, p)) != 0;
        if (newer)
            hw_tell_notice(unit->deploy->sink, HW_INFO,
                           _("%s stays with image %s; %s is newer: take it with --refresh-images"),
                           unit->stack->name, unit->image, value_of(unit, p));
    }
}

static void add_parameters(struct hw_unit *unit, struct hw_aws_request *request)
{
    for (size_t i = 0; i < unit->stack->count; i++) {
        const struct hw_stack_parameter *p = &unit->stack->parameters[i];
        hw_aws_paramf(request, p->name, "Parameters.member.%zu.ParameterKey", i + 1);
        if (keeps_image(unit, p))
            hw_aws_paramf(request, "true", "Parameters.member.%zu.UsePreviousValue", i + 1);
        else
            hw_aws_paramf(request, value_of(unit, p), "Parameters.member.%zu.ParameterValue",
                          i + 1);
    }
}

static void add_tags(struct hw_unit *unit, struct hw_aws_request *request)
{
    const struct hw_strv *tags = &unit->deploy->tags;
    for (size_t i = 0; i < tags->count; i++) {
        const char *equals = strchr(tags->items[i], '=');
        size_t n = equals ? (size_t)(equals - tags->items[i]) : strlen(tags->items[i]);
        hw_auto_text key = hw_strndup(tags->items[i], n);
        hw_aws_paramf(request, key, "Tags.member.%zu.Key", i + 1);
        hw_aws_paramf(request, equals ? equals + 1 : "", "Tags.member.%zu.Value", i + 1);
    }
    for (size_t i = 0; i < unit->stack->count; i++) {
        const struct hw_stack_parameter *p = &unit->stack->parameters[i];
        if (p->resolve != HW_RESOLVE_SSM_IMAGE)
            continue;
        hw_aws_paramf(request, HW_IMAGE_TAG, "Tags.member.%zu.Key", tags->count + 1);
        hw_aws_paramf(request, p->value, "Tags.member.%zu.Value", tags->count + 1);
        break; /* a stack has one kind of node */
    }
}

/* CreateChangeSet, "OnStackFailure"; AWS CloudFormation API reference. */
static const char *on_failure_word(const struct hw_deploy *d)
{
    return strcmp(d->on_failure, "keep") == 0     ? "DO_NOTHING"
           : strcmp(d->on_failure, "delete") == 0 ? "DELETE"
                                                  : "ROLLBACK";
}

static void give_up_call(struct hw_unit *unit, const struct hw_err *err, const char *doing)
{
    struct hw_err failed = *err;
    hw_wrap(&failed, "%s '%s'", doing, unit->stack->name);
    hw_unit_place(unit, &failed);
    bool passing = err->code == HW_ERR_NETWORK || err->code == HW_ERR_THROTTLED;
    if (failed.place[0] && !passing)
        hw_err_next(&failed, _("Correct '%s' in the cluster file, then plan again."), failed.place);
    else if (passing || !failed.next[0])
        hw_err_next(&failed, "%s", _("Run `hpcwiz deploy FILE` to take it up again."));
    hw_unit_fail(unit, &failed);
}

/* PLAN: what was made to look is taken away again. */
static void on_plan_removed(struct hw_unit *unit, const struct hw_xml *xml HW_UNUSED,
                            const struct hw_err *err)
{
    if (err && !hw_unit_absent(err))
        hw_tell_notice(unit->deploy->sink, HW_WARNING,
                       _("%s: the empty stack that the plan made is still there: %s"),
                       unit->stack->name, err->what);
    struct hw_err refused = unit->err;
    if (refused.code)
        hw_unit_fail(unit, &refused);
    else
        hw_unit_finish(unit, unit->change_count ? HW_UNIT_PLANNED
                             : unit->acted      ? HW_UNIT_DONE /* by the run before the break */
                                                : HW_UNIT_UNCHANGED);
}

/* A deployment of somebody else may have begun with the stack meanwhile: then it is no longer
 * ours to delete. */
static void on_seen_empty(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    struct hw_xml *stack = err ? NULL : hw_xml_path(xml, "Stacks/member");
    hw_auto_text status = stack ? hw_xml_text(stack, "StackStatus") : hw_strdup("");
    if (strcmp(status, "REVIEW_IN_PROGRESS") != 0) {
        on_plan_removed(unit, NULL, err);
        return;
    }
    struct hw_aws_request *request = stack_request(unit, "DeleteStack");
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_plan_removed);
}

static bool is_still_there(const struct hw_err *err)
{
    return err && !hw_unit_absent(err) && !strstr(err->service_code, "NotFound");
}

#define DROP_TRIES 3u

static void on_change_set_deleted(struct hw_unit *unit, const struct hw_xml *xml HW_UNUSED,
                                  const struct hw_err *err)
{
    bool there = is_still_there(err);
    if (there && ++unit->failures < DROP_TRIES) {
        hw_unit_later(unit, hw_unit_pace(unit, false), hw_unit_drop_plan);
        return;
    }
    unit->failures = 0;
    if (there)
        hw_tell_notice(unit->deploy->sink, HW_WARNING, _("%s: change set '%s' is still there: %s"),
                       unit->stack->name, unit->change_set, err->what);
    bool empty =
        unit->creates && unit->made && (unit->deploy->mode == HW_DEPLOY_PLAN || unit->err.code);
    if (empty)
        hw_unit_send(unit, stack_request(unit, "DescribeStacks"), on_seen_empty);
    else
        on_plan_removed(unit, NULL, NULL);
}

void hw_unit_drop_plan(struct hw_unit *unit)
{
    struct hw_aws_request *request = change_set_request(unit, "DeleteChangeSet");
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_change_set_deleted);
}

static void on_executed(struct hw_unit *unit, const struct hw_xml *xml HW_UNUSED,
                        const struct hw_err *err)
{
    /* Executed by the run that this one takes up: the stack's status tells how far it is. */
    bool begun = err && (strcmp(err->service_code, "InvalidChangeSetStatus") == 0 ||
                         strcmp(err->service_code, "InvalidChangeSetStatusException") == 0 ||
                         strcmp(err->service_code, "ChangeSetNotFound") == 0 ||
                         strcmp(err->service_code, "ChangeSetNotFoundException") == 0);
    if (begun && unit->looks_again++ < 3) {
        hw_unit_later(unit, hw_unit_pace(unit, true), hw_unit_look);
        return;
    }
    if (err) {
        give_up_call(unit, err, _("executing the change set of"));
        return;
    }
    unit->acted = unit->executed = true;
    hw_auto_text text = summary(unit);
    hw_unit_tell(unit, HW_STEP_EXECUTING, "%s", text);
    hw_unit_later(unit, hw_unit_pace(unit, true), hw_unit_follow);
}

/* From UPDATE_FAILED CloudFormation takes an update only without a rollback (user guide, "Choose
 * how to handle failures when provisioning resources"), whatever the cluster file says. */
static void add_failure_way(const struct hw_unit *unit, struct hw_aws_request *request)
{
    bool wanted = strcmp(unit->deploy->on_failure, "keep") == 0;
    bool forced = strcmp(unit->status, "UPDATE_FAILED") == 0;
    if (!unit->creates && (wanted || forced))
        hw_aws_param(request, "DisableRollback", "true");
    if (forced && !wanted)
        hw_tell_notice(unit->deploy->sink, HW_INFO,
                       _("%s: its last update failed and was kept; if this one fails, it is kept "
                         "as well. Undo it then with: hpcwiz rollback FILE"),
                       unit->stack->name);
}

static void execute(struct hw_unit *unit)
{
    struct hw_err err = {0};
    if (!hw_run_note_step(unit, "executing", &err)) {
        hw_unit_fail(unit, &err);
        return;
    }
    struct hw_aws_request *request = change_set_request(unit, "ExecuteChangeSet");
    hw_aws_param(request, "ClientRequestToken", unit->change_set);
    add_failure_way(unit, request);
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_executed);
}

static void begin_execution(struct hw_unit *unit);

/* An update begins behind the events that the stack already has. */
static void on_newest(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (err) {
        hw_unit_look_failed(unit, err, begin_execution);
        return;
    }
    free(unit->last_event_id);
    unit->last_event_id = hw_xml_text(xml, "StackEvents/member/EventId");
    execute(unit);
}

static void begin_execution(struct hw_unit *unit)
{
    if (unit->creates || unit->last_event_id) {
        execute(unit);
        return;
    }
    hw_unit_send(unit, stack_request(unit, "DescribeStackEvents"), on_newest);
}

static void change_set_ready(struct hw_unit *unit)
{
    hw_auto_text text = summary(unit);
    struct hw_err err = {0};
    hw_unit_tell(unit, HW_STEP_PLANNED, "%s", text);
    hw_unit_tell_changes(unit);
    if (unit->deploy->mode == HW_DEPLOY_PLAN) {
        hw_unit_drop_plan(unit);
    } else if (hw_unit_may_change(unit, &err)) {
        begin_execution(unit);
    } else {
        unit->err = err;
        hw_unit_drop_plan(unit);
    }
}

/* CloudFormation says so in one of two sentences. */
static bool nothing_to_do(const char *reason)
{
    return strstr(reason, "didn't contain changes") ||
           strstr(reason, "No updates are to be performed");
}

static void change_set_failed(struct hw_unit *unit, const char *reason)
{
    if (!nothing_to_do(reason)) {
        hw_unit_invalid(unit, reason);
        return;
    }
    if (unit->acted)
        hw_unit_tell(unit, HW_STEP_DONE, "%s", unit->status);
    else
        hw_unit_tell(unit, HW_STEP_UNCHANGED, "%s", _("nothing to change"));
    hw_unit_drop_plan(unit);
}

/* The run was broken off behind its own change set, or the answer to the execution was lost, and
 * the stack may be at rest by now: its events are told, and what differs since is planned under
 * another name. */
static void was_executed(struct hw_unit *unit, bool under_way)
{
    if (!under_way && unit->stack_id) {
        unit->spent++;
        unit->acted = unit->missed = true;
        hw_replace(&unit->begun_id, unit->stack_id);
    }
    hw_unit_later(unit, hw_unit_pace(unit, true), hw_unit_look);
}

/* The change set is of no use any more: another one is made, and then it goes. */
static void replace_change_set(struct hw_unit *unit)
{
    unit->spent++;
    hw_replace(&unit->stale_set, unit->change_set);
    hw_unit_later(unit, hw_unit_pace(unit, true), hw_unit_look);
}

static void on_described(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (err) {
        hw_unit_look_failed(unit, err, describe_change_set);
        return;
    }
    unit->failures = 0;
    if (!unit->stack_id) /* the answer that made the change set was lost */
        unit->stack_id = hw_xml_text(xml, "StackId");
    hw_auto_text status = hw_xml_text(xml, "Status");
    hw_auto_text reason = hw_xml_text(xml, "StatusReason");
    hw_auto_text execution = hw_xml_text(xml, "ExecutionStatus");
    if (strcmp(status, "FAILED") == 0 && unit->found_set) {
        replace_change_set(unit); /* what it failed for may be mended by now */
    } else if (strcmp(status, "FAILED") == 0) {
        change_set_failed(unit, reason);
    } else if (strcmp(status, "CREATE_COMPLETE") != 0) {
        hw_unit_later(unit, hw_unit_pace(unit, false), describe_change_set);
    } else if (hw_text_starts(execution, "EXECUTE_")) {
        was_executed(unit, strcmp(execution, "EXECUTE_IN_PROGRESS") == 0);
    } else if (strcmp(execution, "OBSOLETE") == 0) {
        replace_change_set(unit); /* the stack was changed since it was made */
    } else {
        hw_unit_add_changes(unit, xml);
        free(unit->token);
        unit->token = hw_xml_text(xml, "NextToken");
        if (unit->token[0])
            describe_change_set(unit);
        else
            change_set_ready(unit);
    }
}

static void describe_change_set(struct hw_unit *unit)
{
    struct hw_aws_request *request = change_set_request(unit, "DescribeChangeSet");
    if (unit->token && unit->token[0])
        hw_aws_param(request, "NextToken", unit->token);
    else
        hw_unit_forget_changes(unit);
    hw_unit_send(unit, request, on_described);
}

static void on_stale_deleted(struct hw_unit *unit, const struct hw_xml *xml HW_UNUSED,
                             const struct hw_err *err)
{
    bool executed = err && strstr(err->service_code, "InvalidChangeSetStatus");
    if (is_still_there(err) && !executed)
        hw_tell_notice(unit->deploy->sink, HW_WARNING, _("%s: change set '%s' is still there: %s"),
                       unit->stack->name, unit->stale_set, err->what);
    hw_replace(&unit->stale_set, NULL);
    describe_change_set(unit);
}

static void delete_stale(struct hw_unit *unit)
{
    struct hw_aws_request *request = request_of(unit, "DeleteChangeSet", unit->stale_set);
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_stale_deleted);
}

static void on_created(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (err && !strstr(err->service_code, "AlreadyExists")) {
        give_up_call(unit, err, _("planning"));
        return;
    }
    hw_auto_text id = xml ? hw_xml_text(xml, "StackId") : hw_strdup("");
    if (id[0])
        hw_replace(&unit->stack_id, id);
    unit->found_set = err;
    hw_replace(&unit->token, NULL);
    bool stale =
        unit->stale_set && unit->stale_set[0] && strcmp(unit->stale_set, unit->change_set) != 0;
    hw_unit_later(unit, unit->deploy->poll_ms ? unit->deploy->poll_ms : 1000,
                  stale ? delete_stale : describe_change_set);
}

/* "/bucket/hpcwiz/<stack>-<sha256>.yaml": the same body has the same key. The caller's. */
static char *body_key(const struct hw_unit *unit)
{
    const struct hw_file *file = body_of(unit);
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t n = 0;
    hw_auto(hw_buf) hex = HW_BUF(2 * sizeof digest);
    EVP_Q_digest(NULL, "SHA256", NULL, file->bytes, file->size, digest, &n);
    hw_buf_hex(&hex, digest, n / 2);
    return hw_format("/%s/hpcwiz/%s-%s.yaml", unit->deploy->bucket, unit->stack->name,
                     hw_buf_cstr(&hex));
}

static bool needs_upload(const struct hw_unit *unit)
{
    return body_of(unit)->size > HW_CFN_BODY_INLINE;
}

static void add_template(struct hw_unit *unit, struct hw_aws_request *request)
{
    if (!needs_upload(unit)) {
        hw_aws_param(request, "TemplateBody", body_of(unit)->bytes);
        return;
    }
    hw_auto_text key = body_key(unit);
    const char *china = hw_text_starts(unit->deploy->region, "cn-") ? ".cn" : "";
    hw_auto_text url =
        hw_format("https://s3.%s.amazonaws.com%s%s", unit->deploy->region, china, key);
    hw_aws_param(request, "TemplateURL", url);
}

/* All but its name. */
static struct hw_aws_request *wanted_change_set(struct hw_unit *unit)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "CreateChangeSet");
    hw_aws_param(request, "StackName", unit->stack->name);
    hw_aws_param(request, "ChangeSetType", unit->creates ? "CREATE" : "UPDATE");
    hw_aws_param(request, "Description", "hpcwiz");
    if (unit->creates)
        hw_aws_param(request, "OnStackFailure", on_failure_word(unit->deploy));
    if (unit->stack->capability_iam) {
        hw_aws_param(request, "Capabilities.member.1", "CAPABILITY_IAM");
        hw_aws_param(request, "Capabilities.member.2", "CAPABILITY_NAMED_IAM");
    }
    add_template(unit, request);
    add_parameters(unit, request);
    add_tags(unit, request);
    return request;
}

#define DIGEST_SHOWN 12 /* of 64: nobody makes two of them alike on purpose */

static void name_change_set(struct hw_unit *unit)
{
    struct hw_aws_request *request = wanted_change_set(unit);
    hw_auto_text digest = hw_aws_params_digest(request);
    hw_aws_request_free(request);
    free(unit->change_set);
    unit->change_set =
        hw_format("hpcwiz-%s-%s-%u-%.*s", unit->deploy->run_id, unit->creates ? "create" : "update",
                  unit->spent, DIGEST_SHOWN, digest);
}

static void create_change_set(struct hw_unit *unit)
{
    struct hw_aws_request *request = wanted_change_set(unit);
    hw_aws_param(request, "ChangeSetName", unit->change_set);
    hw_aws_param(request, "ClientToken", unit->change_set);
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_created);
}

static void on_uploaded(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                        const struct hw_err *err)
{
    struct hw_unit *unit = data;
    unit->call = NULL;
    if (err) {
        give_up_call(unit, err, _("uploading the template of"));
        return;
    }
    create_change_set(unit);
}

static void upload(struct hw_unit *unit)
{
    const struct hw_file *file = body_of(unit);
    struct hw_err err = {0};
    if (!unit->deploy->bucket[0]) {
        hw_fail(&err, HW_ERR_INPUT, _("the template of '%s' has %zu bytes, more than %u"),
                unit->stack->name, file->size, HW_CFN_BODY_INLINE);
        hw_err_next(&err, "%s", _("Name an S3 bucket in deploy.bucket."));
        hw_unit_fail(unit, &err);
        return;
    }
    hw_auto_text key = body_key(unit);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_S3, "PutObject");
    hw_aws_rest(request, "PUT", key);
    hw_aws_body(request, "application/x-yaml", file->bytes, file->size);
    hw_aws_idempotent(request);
    unit->call = hw_aws_send(unit->deploy->aws, request, on_uploaded, unit);
}

/* Does a stack come before this one that is not there yet, so that its exports are missing? */
static const char *missing_before(const struct hw_unit *unit)
{
    const struct hw_deploy *d = unit->deploy;
    for (size_t i = 0; i < d->unit_count; i++) {
        if (hw_strv_has(&unit->stack->after, d->units[i].stack->name) && d->units[i].creates)
            return d->units[i].stack->name;
    }
    return NULL;
}

static bool plan_from_template(struct hw_unit *unit)
{
    const char *missing = unit->deploy->mode == HW_DEPLOY_PLAN ? missing_before(unit) : NULL;
    if (!missing)
        return false;
    unit->added = (unsigned)body_of(unit)->resources;
    hw_unit_tell(unit, HW_STEP_PLANNED,
                 _("%u to add by its template; CloudFormation cannot plan it before %s exists"),
                 unit->added, missing);
    hw_unit_finish(unit, HW_UNIT_PLANNED);
    return true;
}

/* The number that the file wants in a parameter which the stack has in the larger value *ret_now,
 * or NULL: it does not become smaller. */
static const struct hw_stack_parameter *smaller(const struct hw_unit *unit, const char *name,
                                                const char *has, long *ret_now)
{
    for (size_t i = 0; has && i < unit->stack->count; i++) {
        const struct hw_stack_parameter *p = &unit->stack->parameters[i];
        long wanted;
        if (strcmp(p->name, name) == 0 && hw_parse_int(has, 0, LONG_MAX, ret_now) &&
            hw_parse_int(p->value, 0, LONG_MAX, &wanted) && wanted < *ret_now)
            return p;
    }
    return NULL;
}

/* What CloudFormation plans all the same, and what fails in the middle of the update: a volume
 * cannot be made smaller (EBS user guide, "Requirements for Amazon EBS volume modifications"); the
 * databases of 2019 are other ones than those of 2016 (database capacity planning, HPC Pack 2019),
 * and no way back is documented. */
static bool may_become(const struct hw_unit *unit, struct hw_err *err)
{
    long now = 0;
    const struct hw_stack_parameter *p = smaller(unit, HW_VOLUME_PARAMETER, unit->volume_gib, &now);
    if (p) {
        hw_fail(err, HW_ERR_INPUT,
                _("the data volume of '%s' has %ld GiB and cannot shrink to %s: EBS volumes only "
                  "grow"),
                unit->stack->name, now, p->value);
        snprintf(err->place, sizeof err->place, "%s", p->key);
        return hw_err_next(err, _("Set '%s' to %ld or more."), p->key, now);
    }
    p = smaller(unit, HW_HPC_PARAMETER, unit->hpc_version, &now);
    if (!p)
        return true;
    hw_fail(err, HW_ERR_INPUT,
            _("'%s' has HPC Pack %ld, and there is no way back to %s: its databases stay as they "
              "are"),
            unit->stack->name, now, p->value);
    snprintf(err->place, sizeof err->place, "%s", p->key);
    return hw_err_next(err, _("Set '%s' to %ld, or deploy another cluster with %s."), p->key, now,
                       p->value);
}

void hw_unit_plan(struct hw_unit *unit)
{
    struct hw_err err = {0};
    if (plan_from_template(unit))
        return;
    if (!unit->creates && !may_become(unit, &err)) {
        hw_unit_fail(unit, &err);
        return;
    }
    hw_unit_tell(unit, HW_STEP_PLANNING, "%s",
                 unit->creates ? _("a new stack") : _("an update, if anything changed"));
    tell_newer_images(unit);
    name_change_set(unit);
    if (unit->deploy->mode == HW_DEPLOY_EXECUTE && !hw_run_note_step(unit, "planning", &err)) {
        hw_unit_fail(unit, &err);
        return;
    }
    if (needs_upload(unit))
        upload(unit);
    else
        create_change_set(unit);
}

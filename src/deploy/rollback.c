/* SPDX-License-Identifier: Apache-2.0 */
/* Going back, stack by stack, last ones first: what each status lets one do (CloudFormation API
 * reference: CancelUpdateStack, ContinueUpdateRollback, RollbackStack, DeleteStack). */
#include "deploy/run.h"

#include "base/text.h"

static void on_begun(struct hw_unit *unit, const struct hw_xml *xml HW_UNUSED,
                     const struct hw_err *err)
{
    if (err) {
        struct hw_err failed = *err;
        hw_wrap(&failed, _("rolling back '%s'"), unit->stack->name);
        if (!failed.next[0])
            hw_err_next(&failed, "%s", _("Look at it with `hpcwiz status FILE`, then try again."));
        hw_unit_fail(unit, &failed);
        return;
    }
    hw_unit_tell(unit, HW_STEP_ROLLING_BACK, "%s", _("going back to what was before"));
    hw_unit_later(unit, hw_unit_pace(unit, true), hw_unit_follow);
}

static const char *operation_for(const char *status)
{
    static const struct {
        const char *status, *operation;
    } WAYS[] = {
        {"UPDATE_IN_PROGRESS", "CancelUpdateStack"},
        {"UPDATE_ROLLBACK_FAILED", "ContinueUpdateRollback"},
        {"UPDATE_FAILED", "RollbackStack"},
    };
    for (size_t i = 0; i < HW_COUNT(WAYS); i++) {
        if (strcmp(WAYS[i].status, status) == 0)
            return WAYS[i].operation;
    }
    return NULL;
}

/* What a stuck stack is to leave out, by its logical id: what names no stack is for each. */
static void skip_resources(const struct hw_unit *unit, struct hw_aws_request *request)
{
    const struct hw_strv *skip = &unit->deploy->skip;
    size_t length = strlen(unit->stack->name), count = 0;
    for (size_t i = 0; i < skip->count; i++) {
        const char *id = skip->items[i], *slash = strchr(id, '/');
        bool own = slash && (size_t)(slash - id) == length && hw_text_starts(id, unit->stack->name);
        if (!slash || own)
            hw_aws_paramf(request, slash ? slash + 1 : id, "ResourcesToSkip.member.%zu", ++count);
    }
}

static void send(struct hw_unit *unit)
{
    const char *operation = operation_for(unit->status);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, operation);
    hw_auto_text token = hw_format("hpcwiz-%s-back", unit->deploy->run_id);
    hw_aws_param(request, "StackName", unit->stack_id);
    hw_aws_param(request, "ClientRequestToken", token);
    if (strcmp(operation, "ContinueUpdateRollback") == 0)
        skip_resources(unit, request);
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_begun);
}

/* Events up to now tell how it came to this, not how it goes. */
static void on_newest(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    struct hw_err failed = {0};
    if (err) {
        hw_unit_look_failed(unit, err, hw_unit_roll_back);
        return;
    }
    free(unit->last_event_id);
    unit->last_event_id = hw_xml_text(xml, "StackEvents/member/EventId");
    if (hw_run_note_step(unit, "rolling-back", &failed))
        send(unit);
    else
        hw_unit_fail(unit, &failed);
}

void hw_unit_roll_back(struct hw_unit *unit)
{
    const char *status = unit->status;
    bool making = strcmp(status, "CREATE_IN_PROGRESS") == 0 || hw_unit_can_retry(unit);
    bool going = hw_text_ends(status, "_IN_PROGRESS") &&
                 strcmp(status, "UPDATE_IN_PROGRESS") != 0 &&
                 strcmp(status, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") != 0 && /* it has ended */
                 strcmp(status, "REVIEW_IN_PROGRESS") != 0;
    if (making) {
        hw_unit_delete(unit); /* there is nothing before it to go back to */
    } else if (going) {
        hw_unit_tell(unit, HW_STEP_ROLLING_BACK, "%s", _("already under way"));
        hw_unit_follow(unit);
    } else if (operation_for(status)) {
        struct hw_aws_request *request =
            hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStackEvents");
        hw_aws_param(request, "StackName", unit->stack_id);
        hw_unit_send(unit, request, on_newest);
    } else {
        hw_unit_tell(unit, HW_STEP_UNCHANGED, "%s", status[0] ? status : _("was not there"));
        hw_unit_finish(unit, HW_UNIT_UNCHANGED);
    }
}

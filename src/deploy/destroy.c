/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting: each stack after those that use it, then, only when asked for, what outlives them: the
 * data volumes (DeletionPolicy Retain) and the certificate that the head node keeps in a parameter
 * (head.yaml, certificateKeptName). What stays is told by left.c. */
#include "deploy/run.h"

static void on_deleting(struct hw_unit *unit, const struct hw_xml *xml HW_UNUSED,
                        const struct hw_err *err)
{
    if (err) {
        struct hw_err failed = *err;
        hw_wrap(&failed, _("deleting '%s'"), unit->stack->name);
        if (!failed.next[0])
            hw_err_next(&failed, "%s", _("Run `hpcwiz destroy FILE` to take it up again."));
        hw_unit_fail(unit, &failed);
        return;
    }
    hw_unit_tell(unit, HW_STEP_DELETING, "%s", _("deleting"));
    hw_unit_later(unit, hw_unit_pace(unit, true), hw_unit_follow);
}

static void delete_stack(struct hw_unit *unit)
{
    struct hw_err err = {0};
    if (!hw_run_note_step(unit, "deleting", &err)) {
        hw_unit_fail(unit, &err);
        return;
    }
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DeleteStack");
    hw_aws_param(request, "StackName", unit->stack_id);
    hw_auto_text token =
        hw_format("hpcwiz-%s-delete-%u", unit->deploy->run_id, unit->held_tries + 1);
    hw_aws_param(request, "ClientRequestToken", token);
    hw_aws_idempotent(request);
    hw_unit_send(unit, request, on_deleting);
}

/* Events up to now tell how the stack was made, not how it goes. */
static void on_newest(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (err) {
        hw_unit_look_failed(unit, err, hw_unit_delete);
        return;
    }
    free(unit->last_event_id);
    unit->last_event_id = hw_xml_text(xml, "StackEvents/member/EventId");
    delete_stack(unit);
}

void hw_unit_delete(struct hw_unit *unit)
{
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStackEvents");
    hw_aws_param(request, "StackName", unit->stack_id);
    hw_unit_send(unit, request, on_newest);
}

void hw_unit_destroy(struct hw_unit *unit)
{
    if (!unit->status[0]) {
        hw_unit_tell(unit, HW_STEP_DELETED, "%s",
                     unit->last_event_id ? _("deleted") : _("was not there"));
        hw_unit_finish(unit, unit->last_event_id ? HW_UNIT_DONE : HW_UNIT_UNCHANGED);
        return;
    }
    if (strcmp(unit->status, "DELETE_IN_PROGRESS") == 0) {
        hw_unit_tell(unit, HW_STEP_DELETING, "%s", _("already under way"));
        hw_unit_follow(unit);
        return;
    }
    hw_unit_delete(unit);
}

static char *certificate_name(const struct hw_deploy *d)
{
    return hw_format("/hpcwiz/%s/certificate", d->cluster);
}

static void on_certificate(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                           const struct hw_err *err)
{
    struct hw_deploy *d = data;
    hw_auto_text name = certificate_name(d);
    d->data_call = NULL;
    if (err && !strstr(err->service_code, "ParameterNotFound")) {
        struct hw_err failed = *err;
        hw_wrap(&failed, _("the stacks are deleted, the parameter %s is not"), name);
        hw_err_next(&failed, _("Run `aws ssm delete-parameter --name %s` yourself."), name);
        hw_run_end(d, HW_DEPLOY_FAILED, &failed);
        return;
    }
    if (!err)
        hw_tell_notice(d->sink, HW_INFO, _("the certificate in the parameter %s is deleted"), name);
    hw_run_tell_left(d, !err || d->kept.count > 0 ? HW_DEPLOY_COMPLETE : d->left_outcome);
}

static void delete_certificate(struct hw_deploy *d)
{
    hw_auto_text name = certificate_name(d);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "DeleteParameter");
    hw_aws_body_json(request, json_pack("{s:s}", "Name", name));
    hw_aws_idempotent(request);
    d->data_call = hw_aws_send(d->aws, request, on_certificate, d);
}

static void next_volume(struct hw_deploy *d);

static void on_volume(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                      const struct hw_err *err)
{
    struct hw_deploy *d = data;
    const char *id = d->kept.items[d->volume];
    d->data_call = NULL;
    if (err && strcmp(err->service_code, "InvalidVolume.NotFound") != 0) {
        struct hw_err failed = *err;
        hw_wrap(&failed, _("the stacks are deleted, data volume %s is not"), id);
        hw_err_next(&failed, _("Run `aws ec2 delete-volume --volume-id %s` yourself."), id);
        hw_run_end(d, HW_DEPLOY_FAILED, &failed);
        return;
    }
    hw_tell_notice(d->sink, HW_INFO, _("data volume %s is deleted"), id);
    d->volume++;
    next_volume(d);
}

static void next_volume(struct hw_deploy *d)
{
    if (d->volume == d->kept.count) {
        delete_certificate(d);
        return;
    }
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DeleteVolume");
    hw_aws_param(request, "VolumeId", d->kept.items[d->volume]);
    hw_aws_idempotent(request);
    d->data_call = hw_aws_send(d->aws, request, on_volume, d);
}

void hw_run_after_destroy(struct hw_deploy *d, enum hw_deploy_outcome outcome)
{
    d->volumes_done = true;
    d->left_outcome = outcome;
    if (d->delete_data)
        next_volume(d);
    else
        hw_run_tell_left(d, outcome);
}

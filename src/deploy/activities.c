/* SPDX-License-Identifier: Apache-2.0 */
/* Why a group starts no instance stands only in its scaling activities: CloudFormation itself says
 * no more than that no signal came. Failed activities are told as stack events of the type
 * AWS::AutoScaling::Activity, each once. */
#include "deploy/run.h"

#include "base/clock.h"
#include "base/text.h"

#define EVERY_LOOKS 4u

static void tell_activity(struct hw_unit *unit, const struct hw_xml *member)
{
    hw_auto_text id = hw_read_text(member, "ActivityId", HW_MAX_VALUE);
    hw_auto_text code = hw_read_text(member, "StatusCode", HW_MAX_VALUE);
    hw_auto_text reason = hw_read_text(member, "StatusMessage", HW_MAX_VALUE);
    hw_auto_text time = hw_xml_text(member, "StartTime");
    int64_t time_ms = hw_aws_now_ms(unit->deploy->aws);
    if (strcmp(code, "Failed") != 0 || hw_strv_has(&unit->activities, id) ||
        unit->activities.count >= HW_MAX_LIST)
        return;
    hw_time_parse(time, strlen(time), &time_ms);
    hw_strv_add(&unit->activities, id);
    struct hw_event event = {.type = HW_EV_STACK,
                             .u.stack = {.time_ms = time_ms,
                                         .stack = unit->stack->name,
                                         .resource = unit->group,
                                         .resource_type = "AWS::AutoScaling::Activity",
                                         .physical_id = unit->group_id,
                                         .status = "FAILED",
                                         .reason = reason,
                                         .event_id = id}};
    hw_deploy_note(unit->deploy, &event);
    hw_tell(unit->deploy->sink, &event);
}

static void on_activities(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    struct hw_xml *list = err ? NULL : hw_xml_child(xml, "Activities");
    struct hw_xml *member = list ? hw_xml_first(list, "member") : NULL;
    for (; member; member = hw_xml_next(member))
        tell_activity(unit, member);
    hw_unit_later(unit, hw_unit_pace(unit, false), hw_unit_follow);
}

bool hw_unit_ask_activities(struct hw_unit *unit)
{
    if (!unit->group_id || unit->deploy->mode == HW_DEPLOY_DESTROY ||
        ++unit->looks % EVERY_LOOKS != 0)
        return false;
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_AUTOSCALING, "DescribeScalingActivities");
    hw_aws_param(request, "AutoScalingGroupName", unit->group_id);
    hw_aws_param(request, "MaxRecords", "20");
    hw_unit_send(unit, request, on_activities);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/act.h"

#include "base/mem.h"
#include "base/text.h"

struct hw_node_act {
    struct hw_aws *aws;
    enum hw_node_action action;
    char *instance, *group;
    hw_node_act_fn *fn;
    void *data;
    struct hw_aws_call *call;
};

static void finish(struct hw_node_act *act, const struct hw_err *err)
{
    static const char *const DOING[] = {
        [HW_NODE_RETRY] = N_("terminating"),
        [HW_NODE_HOLD] = N_("holding"),
        [HW_NODE_RELEASE] = N_("releasing"),
    };
    struct hw_err failed = {0};
    if (!err) {
        act->fn(act->data, act->group ? act->group : "", NULL);
        return;
    }
    failed = *err;
    hw_auto_text doing = hw_format("%s %s", _(DOING[act->action]), act->instance);
    hw_wrap(&failed, "%s", doing);
    act->fn(act->data, "", &failed);
}

static void on_done(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                    const struct hw_err *err)
{
    struct hw_node_act *act = data;
    act->call = NULL;
    finish(act, err);
}

static void change_processes(struct hw_node_act *act)
{
    static const char *const TAKING[] = {"Terminate", "ReplaceUnhealthy", "HealthCheck",
                                         "AZRebalance"};
    struct hw_aws_request *request = hw_aws_request_new(
        HW_AWS_AUTOSCALING, act->action == HW_NODE_HOLD ? "SuspendProcesses" : "ResumeProcesses");
    hw_aws_param(request, "AutoScalingGroupName", act->group);
    for (size_t i = 0; i < HW_COUNT(TAKING); i++)
        hw_aws_paramf(request, TAKING[i], "ScalingProcesses.member.%zu", i + 1);
    hw_aws_idempotent(request);
    act->call = hw_aws_send(act->aws, request, on_done, act);
}

static void terminate(struct hw_node_act *act)
{
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_AUTOSCALING, "TerminateInstanceInAutoScalingGroup");
    hw_aws_param(request, "InstanceId", act->instance);
    hw_aws_param(request, "ShouldDecrementDesiredCapacity", "false");
    hw_aws_idempotent(request); /* an instance is terminated once */
    act->call = hw_aws_send(act->aws, request, on_done, act);
}

static void on_group(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_node_act *act = data;
    struct hw_err none = {0};
    act->call = NULL;
    act->group = err || !reply->xml
                     ? NULL
                     : hw_xml_text(reply->xml, "AutoScalingInstances/member/AutoScalingGroupName");
    if (!err && (!act->group || !act->group[0])) {
        hw_fail(&none, HW_ERR_NOT_FOUND, _("it belongs to no Auto Scaling group any more"));
        hw_err_next(&none, "%s", _("`hpcwiz status FILE` lists the nodes that are there."));
    }
    if (err || none.code)
        finish(act, err ? err : &none);
    else if (act->action == HW_NODE_RETRY)
        terminate(act);
    else
        change_processes(act);
}

struct hw_node_act *hw_node_act(struct hw_aws *aws, enum hw_node_action action,
                                const char *instance, hw_node_act_fn *fn, void *data)
{
    struct hw_node_act *act = HW_NEW(struct hw_node_act);
    *act = (struct hw_node_act){
        .aws = aws, .action = action, .instance = hw_strdup(instance), .fn = fn, .data = data};
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_AUTOSCALING, "DescribeAutoScalingInstances");
    hw_aws_param(request, "InstanceIds.member.1", instance);
    act->call = hw_aws_send(aws, request, on_group, act);
    return act;
}

void hw_node_act_free(struct hw_node_act *act)
{
    if (!act)
        return;
    hw_aws_cancel(act->call);
    free(act->instance);
    free(act->group);
    free(act);
}

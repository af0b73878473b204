/* SPDX-License-Identifier: Apache-2.0 */
/* Auto Scaling's operations (API reference 2011-01-01). */
#include "sim/call.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/group.h"
#include "sim/instance.h"

static json_t *need_group(struct sim_call *call)
{
    const char *name = sim_need(call, "AutoScalingGroupName");
    json_t *group = name ? sim_group_find(call->cloud, name) : NULL;
    if (name && !group)
        sim_refuse(call, 400, "ValidationError",
                   "AutoScalingGroup name not found - no such group: "
                   "%s",
                   name);
    return group;
}

/* Filters: tag:KEY, tag-key, tag-value. */
static bool passes(const json_t *group, const json_t *filter)
{
    const char *name = sim_text(filter, "Name");
    const json_t *values = json_object_get(filter, "Values");
    const json_t *tags = json_object_get(group, "Tags");
    if (strcmp(name, "tag-key") == 0)
        return sim_match(tags, "Key", values);
    if (strcmp(name, "tag-value") == 0)
        return sim_match(tags, "Value", values);
    json_t *tag = sim_find(tags, "Key", hw_text_starts(name, "tag:") ? name + 4 : "");
    return tag && sim_match(tag, "Value", values);
}

static bool passes_all(const json_t *group, const json_t *filters)
{
    size_t i;
    json_t *filter;
    json_array_foreach(filters, i, filter)
    {
        if (!passes(group, filter))
            return false;
    }
    return true;
}

static void describe_groups(struct sim_call *call)
{
    static const struct sim_page page = {"AutoScalingGroups", "MaxRecords", "NextToken",
                                         "NextToken",         50,           100};
    const json_t *names = json_object_get(call->in, "AutoScalingGroupNames");
    json_t *list = json_array();
    bool home = strcmp(call->region, sim_cloud_region(call->cloud)) == 0;
    size_t i;
    json_t *group;
    json_array_foreach(sim_cloud_list(call->cloud, "asgs"), i, group)
    {
        if (home && (!names || sim_has(names, sim_text(group, "AutoScalingGroupName"))) &&
            passes_all(group, json_object_get(call->in, "Filters")))
            json_array_append(list, group);
    }
    sim_page(call, list, &page);
}

static void describe_activities(struct sim_call *call)
{
    static const struct sim_page page = {"Activities", "MaxRecords", "NextToken",
                                         "NextToken",  20,           100};
    json_t *list = json_array();
    const char *name = sim_text(call->in, "AutoScalingGroupName");
    size_t i;
    json_t *group;
    if (*name && !need_group(call)) {
        json_decref(list);
        return;
    }
    json_array_foreach(sim_cloud_list(call->cloud, "asgs"), i, group)
    {
        if (!*name || sim_is(group, "AutoScalingGroupName", name))
            json_array_extend(list, sim_list(group, "_activities"));
    }
    sim_page(call, list, &page);
}

static void describe_instances(struct sim_call *call)
{
    static const struct sim_page page = {
        "AutoScalingInstances", "MaxRecords", "NextToken", "NextToken", 50, 50};
    const json_t *ids = json_object_get(call->in, "InstanceIds");
    json_t *list = json_array();
    size_t i, k;
    json_t *group, *member;
    json_array_foreach(sim_cloud_list(call->cloud, "asgs"), i, group)
    {
        json_array_foreach(json_object_get(group, "Instances"), k, member)
        {
            if (ids && !sim_has(ids, sim_text(member, "InstanceId")))
                continue;
            json_t *shown = json_copy(member);
            sim_copy(shown, group, "AutoScalingGroupName");
            sim_put(shown, "HealthStatus", "HEALTHY");
            json_array_append_new(list, shown);
        }
    }
    sim_page(call, list, &page);
}

static void terminate(struct sim_call *call)
{
    const char *id = sim_need(call, "InstanceId");
    if (!id)
        return;
    json_t *instance = sim_instance_find(call->cloud, id);
    json_t *group = sim_group_find(call->cloud, sim_text(instance, "_group"));
    if (!group) {
        sim_refuse(call, 400, "ValidationError",
                   "Instance Id not found - No managed instance "
                   "found for instance ID: %s",
                   id);
        return;
    }
    sim_group_terminate(call->cloud, group, instance,
                        sim_bool(call->in, "ShouldDecrementDesiredCapacity"),
                        "An instance was taken out of service in response to a user request.");
    json_object_set(call->out, "Activity",
                    json_array_get(json_object_get(group, "_activities"), 0));
}

static void set_capacity(struct sim_call *call)
{
    json_t *group = need_group(call);
    int64_t wanted = sim_int(call->in, "DesiredCapacity");
    if (!group)
        return;
    if (wanted < sim_int(group, "MinSize") || wanted > sim_int(group, "MaxSize")) {
        sim_refuse(call, 400, "ValidationError",
                   "New SetDesiredCapacity value %lld is %s for the AutoScalingGroup.",
                   (long long)wanted,
                   wanted < sim_int(group, "MinSize") ? "below min value" : "above max value");
        return;
    }
    sim_put_int(group, "DesiredCapacity", wanted);
    sim_cloud_wake(call->cloud);
}

static const char *const PROCESSES[] = {
    "Launch",           "Terminate",         "HealthCheck",
    "ReplaceUnhealthy", "AZRebalance",       "AlarmNotification",
    "ScheduledActions", "AddToLoadBalancer", "InstanceRefresh"};

static bool asked_for(const struct sim_call *call, const char *process)
{
    const json_t *wanted = json_object_get(call->in, "ScalingProcesses");
    return !wanted || sim_has(wanted, process);
}

static void suspend(struct sim_call *call)
{
    json_t *group = need_group(call);
    json_t *list = group ? sim_list(group, "SuspendedProcesses") : NULL;
    for (size_t i = 0; list && i < HW_COUNT(PROCESSES); i++) {
        if (asked_for(call, PROCESSES[i]) && !sim_find(list, "ProcessName", PROCESSES[i]))
            json_array_append_new(list, json_pack("{s:s, s:s}", "ProcessName", PROCESSES[i],
                                                  "SuspensionReason", "User suspended"));
    }
}

static void resume(struct sim_call *call)
{
    json_t *group = need_group(call);
    json_t *list = group ? sim_list(group, "SuspendedProcesses") : NULL;
    for (size_t i = json_array_size(list); i-- > 0;) {
        if (asked_for(call, sim_text(json_array_get(list, i), "ProcessName")))
            json_array_remove(list, i);
    }
    sim_cloud_wake(call->cloud);
}

static const struct sim_op OPERATIONS[] = {
    {"DescribeAutoScalingGroups", NULL, describe_groups, NULL},
    {"DescribeScalingActivities", NULL, describe_activities, NULL},
    {"DescribeAutoScalingInstances", NULL, describe_instances, NULL},
    {"TerminateInstanceInAutoScalingGroup", NULL, terminate, NULL},
    {"SetDesiredCapacity", NULL, set_capacity, NULL},
    {"SuspendProcesses", NULL, suspend, NULL},
    {"ResumeProcesses", NULL, resume, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_autoscaling = {
    "autoscaling", SIM_QUERY, "http://autoscaling.amazonaws.com/doc/2011-01-01/", OPERATIONS, NULL};

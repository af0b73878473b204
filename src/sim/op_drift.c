/* SPDX-License-Identifier: Apache-2.0 */
/* Drift detection (API reference, DetectStackDrift and its kin): what a stack's resources are now
 * against what its template made of them. Compared is what can be changed here from outside: sizes
 * of groups, values of parameters, and whether a resource is there at all. */
#include "sim/op_cfn.h"

#include "base/mem.h"
#include "base/text.h"

#define DETECTION_SECONDS 5

/* Where the resources of a type live, and which property of theirs can differ. */
struct living {
    const char *type, *list, *id;
    const char *properties[4]; /* names of the template, which are the wire's too */
};

static const struct living LIVING[] = {
    {"AWS::AutoScaling::AutoScalingGroup",
     "asgs",
     "AutoScalingGroupName",
     {"MinSize", "MaxSize", "DesiredCapacity"}},
    {"AWS::SSM::Parameter", "parameters", "Name", {"Value"}},
    {"AWS::EC2::Volume", "volumes", "volumeId", {NULL}},
    {"AWS::EC2::NetworkInterface", "interfaces", "networkInterfaceId", {NULL}},
    {"AWS::EC2::SecurityGroup", "groups", "groupId", {NULL}},
    {"AWS::EC2::LaunchTemplate", "launch_templates", "launchTemplateId", {NULL}},
};

static const struct living *living_of(const json_t *resource)
{
    for (size_t i = 0; i < HW_COUNT(LIVING); i++) {
        if (sim_is(resource, "ResourceType", LIVING[i].type))
            return &LIVING[i];
    }
    return NULL;
}

/* Appends a difference; a property that the template does not set cannot differ. */
static void compare(const char *name, const json_t *wanted, const json_t *now, json_t *differences)
{
    hw_auto(hw_buf) expected = HW_BUF(HW_MAX_VALUE);
    hw_auto(hw_buf) actual = HW_BUF(HW_MAX_VALUE);
    json_t *value = json_object_get(wanted, name);
    if (!value || !sim_scalar(value, &expected) ||
        !sim_scalar(json_object_get(now, name), &actual) ||
        strcmp(hw_buf_cstr(&expected), hw_buf_cstr(&actual)) == 0)
        return;
    hw_auto_text path = hw_format("/%s", name);
    json_array_append_new(differences,
                          json_pack("{s:s, s:s, s:s, s:s}", "PropertyPath", path, "ExpectedValue",
                                    hw_buf_cstr(&expected), "ActualValue", hw_buf_cstr(&actual),
                                    "DifferenceType", "NOT_EQUAL"));
}

/* A new object in the form of the API. NULL: drift of this type is not looked for. */
static json_t *drift_of(struct sim_cloud *cloud, const json_t *stack, const json_t *resource)
{
    char now[HW_TIME_SIZE];
    const struct living *living = living_of(resource);
    if (!living)
        return NULL;
    const json_t *live = sim_find(sim_cloud_list(cloud, living->list), living->id,
                                  sim_text(resource, "PhysicalResourceId"));
    const json_t *wanted = json_object_get(resource, "_properties");
    json_t *differences = json_array();
    for (size_t i = 0; live && i < HW_COUNT(living->properties) && living->properties[i]; i++)
        compare(living->properties[i], wanted, live, differences);
    json_t *drift =
        json_pack("{s:O, s:O, s:O, s:O, s:s, s:s}", "StackId", json_object_get(stack, "StackId"),
                  "LogicalResourceId", json_object_get(resource, "LogicalResourceId"),
                  "PhysicalResourceId", json_object_get(resource, "PhysicalResourceId"),
                  "ResourceType", json_object_get(resource, "ResourceType"), "Timestamp",
                  sim_now(now), "StackResourceDriftStatus",
                  !live                          ? "DELETED"
                  : json_array_size(differences) ? "MODIFIED"
                                                 : "IN_SYNC");
    json_object_set_new(drift, "PropertyDifferences", differences);
    return drift;
}

static json_t *drifts_of(struct sim_cloud *cloud, const json_t *stack)
{
    json_t *list = json_array();
    size_t i;
    json_t *resource;
    json_array_foreach(json_object_get(stack, "_resources"), i, resource)
    {
        json_t *drift = drift_of(cloud, stack, resource);
        if (drift)
            json_array_append_new(list, drift);
    }
    return list;
}

void sim_cfn_detect_drift(struct sim_call *call)
{
    char id[SIM_ID_SIZE];
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (stack && sim_stack_busy(stack)) {
        sim_cfn_invalid(call, "Drift detection cannot be performed on stack [%s] in %s state",
                        sim_text(stack, "StackId"), sim_text(stack, "StackStatus"));
    } else if (stack) {
        json_object_set_new(stack, "_drifts", drifts_of(call->cloud, stack));
        sim_put(stack, "_detection", "%s", sim_uuid(call->cloud, id));
        sim_put_int(stack, "_detected", sim_cloud_after(call->cloud, DETECTION_SECONDS));
        sim_put(call->out, "StackDriftDetectionId", "%s", id);
    }
}

static size_t count_drifted(const json_t *stack)
{
    size_t count = 0, i;
    json_t *drift;
    json_array_foreach(json_object_get(stack, "_drifts"), i, drift)
    {
        count += !sim_is(drift, "StackResourceDriftStatus", "IN_SYNC");
    }
    return count;
}

void sim_cfn_drift_status(struct sim_call *call)
{
    char now[HW_TIME_SIZE];
    const char *id = sim_need(call, "StackDriftDetectionId");
    json_t *stack = id ? sim_find(sim_cloud_list(call->cloud, "stacks"), "_detection", id) : NULL;
    if (!stack) {
        if (id)
            sim_cfn_invalid(call, "Drift detection %s does not exist", id);
        return;
    }
    bool ready = sim_int(stack, "_detected") <= hw_clock_wall_ms();
    sim_copy(call->out, stack, "StackId");
    sim_put(call->out, "StackDriftDetectionId", "%s", id);
    sim_put(call->out, "DetectionStatus", "%s",
            ready ? "DETECTION_COMPLETE" : "DETECTION_IN_PROGRESS");
    sim_put(call->out, "Timestamp", "%s", sim_now(now));
    if (!ready)
        return;
    sim_put(call->out, "StackDriftStatus", "%s", count_drifted(stack) ? "DRIFTED" : "IN_SYNC");
    sim_put_int(call->out, "DriftedStackResourceCount", (int64_t)count_drifted(stack));
}

void sim_cfn_resource_drifts(struct sim_call *call)
{
    static const struct sim_page page = {"StackResourceDrifts", "MaxResults", "NextToken",
                                         "NextToken",           100,          100};
    json_t *stack = sim_cfn_stack(call, "StackName"), *list = json_array();
    const json_t *wanted = json_object_get(call->in, "StackResourceDriftStatusFilters");
    size_t i;
    json_t *drift;
    json_array_foreach(json_object_get(stack, "_drifts"), i, drift)
    {
        if (!wanted || sim_has(wanted, sim_text(drift, "StackResourceDriftStatus")))
            json_array_append(list, drift);
    }
    if (stack)
        sim_page(call, list, &page);
    else
        json_decref(list);
}

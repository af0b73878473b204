/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/group.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/cfn_type.h"
#include "sim/engine.h"
#include "sim/instance.h"

#define RETRY_SECONDS 60 /* after a launch that failed */
#define ACTIVITIES    100
#define TROUBLE_AFTER 3 /* failures in a row, after which a stack gives up */

json_t *sim_group_find(struct sim_cloud *cloud, const char *name)
{
    return sim_find(sim_cloud_list(cloud, "asgs"), "AutoScalingGroupName", name);
}

static json_t *instance_of(struct sim_cloud *cloud, const json_t *member)
{
    return sim_instance_find(cloud, sim_text(member, "InstanceId"));
}

json_t *sim_group_activity(struct sim_cloud *cloud, json_t *group, const char *description,
                           const char *cause, const char *status)
{
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    json_t *activity =
        json_pack("{s:s, s:O, s:s, s:s, s:s, s:s, s:i}", "ActivityId", sim_uuid(cloud, id),
                  "AutoScalingGroupName", json_object_get(group, "AutoScalingGroupName"),
                  "Description", description, "Cause", cause, "StartTime", sim_now(now),
                  "StatusCode", status, "Progress", strcmp(status, "InProgress") == 0 ? 30 : 100);
    if (strcmp(status, "InProgress") != 0)
        sim_put(activity, "EndTime", "%s", now);
    sim_put(activity, "AutoScalingGroupARN", "%s", sim_text(group, "AutoScalingGroupARN"));
    json_t *list = sim_list(group, "_activities");
    json_array_insert_new(list, 0, activity);
    if (json_array_size(list) > ACTIVITIES)
        json_array_remove(list, ACTIVITIES);
    return activity;
}

/* Making and changing, from the properties of the template. */

static void set_tags(struct sim_make *make, json_t *group)
{
    json_t *tags = json_array();
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(make->properties, "Tags"), i, tag)
    {
        json_array_append_new(tags, json_pack("{s:O, s:s, s:s, s:s, s:b}", "ResourceId",
                                              json_object_get(group, "AutoScalingGroupName"),
                                              "ResourceType", "auto-scaling-group", "Key",
                                              sim_text(tag, "Key"), "Value", sim_text(tag, "Value"),
                                              "PropagateAtLaunch",
                                              (int)sim_bool(tag, "PropagateAtLaunch")));
    }
    json_object_set_new(group, "Tags", tags);
}

static void set_zones(struct sim_make *make, json_t *group)
{
    json_t *zones = json_deep_copy(json_object_get(make->properties, "AvailabilityZones"));
    json_t *subnets = json_object_get(make->properties, "VPCZoneIdentifier");
    hw_auto(hw_buf) joined = HW_BUF(HW_MAX_VALUE);
    if (!zones)
        zones = json_array();
    size_t i;
    json_t *id;
    json_array_foreach(subnets, i, id)
    {
        json_t *subnet = sim_find(sim_cloud_list(make->cloud, "subnets"), "subnetId",
                                  json_string_value(id) ? json_string_value(id) : "");
        const char *zone = sim_text(subnet, "availabilityZone");
        hw_buf_print(&joined, "%s%s", i ? "," : "", json_string_value(id));
        if (*zone && !sim_has(zones, zone))
            sim_append_text(zones, zone);
    }
    json_object_set_new(group, "AvailabilityZones", zones);
    sim_put(group, "VPCZoneIdentifier", "%s", hw_buf_cstr(&joined));
    json_object_set_new(group, "_subnets", subnets ? json_incref(subnets) : json_array());
}

static bool set_template(struct sim_make *make, json_t *group)
{
    json_t *wanted = json_object_get(make->properties, "LaunchTemplate");
    json_t *template = sim_find(sim_cloud_list(make->cloud, "launch_templates"), "launchTemplateId",
                                sim_text(wanted, "LaunchTemplateId"));
    hw_auto(hw_buf) version = HW_BUF(64);
    json_t *said = json_object_get(wanted, "Version");
    if (!template)
        return sim_make_fail(make,
                             "You must use a valid fully-formed launch template. The "
                             "specified launch template, with template ID %s, does not "
                             "exist.",
                             sim_text(wanted, "LaunchTemplateId"));
    if (!said || !sim_scalar(said, &version))
        hw_buf_text(&version, "$Default");
    json_object_set_new(group, "LaunchTemplate",
                        json_pack("{s:O, s:O, s:s}", "LaunchTemplateId",
                                  json_object_get(template, "launchTemplateId"),
                                  "LaunchTemplateName",
                                  json_object_get(template, "launchTemplateName"), "Version",
                                  hw_buf_cstr(&version)));
    return true;
}

static bool set_properties(struct sim_make *make, json_t *group)
{
    const json_t *properties = make->properties;
    if (!set_template(make, group))
        return false;
    sim_put_int(group, "MinSize", sim_int(properties, "MinSize"));
    sim_put_int(group, "MaxSize", sim_int(properties, "MaxSize"));
    sim_put_int(group, "DesiredCapacity",
                json_object_get(properties, "DesiredCapacity")
                    ? sim_int(properties, "DesiredCapacity")
                    : sim_int(properties, "MinSize"));
    set_zones(make, group);
    set_tags(make, group);
    if (sim_int(group, "DesiredCapacity") > sim_int(group, "MaxSize") ||
        sim_int(group, "DesiredCapacity") < sim_int(group, "MinSize"))
        return sim_make_fail(make,
                             "Desired capacity:%lld must be between the specified min size:"
                             "%lld and max size:%lld (Service: AutoScaling, Status Code: "
                             "400)",
                             (long long)sim_int(group, "DesiredCapacity"),
                             (long long)sim_int(group, "MinSize"),
                             (long long)sim_int(group, "MaxSize"));
    return true;
}

bool sim_group_create(struct sim_make *make)
{
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    hw_auto(hw_buf) name = HW_BUF(256);
    sim_make_name(make, "AutoScalingGroupName", 255, &name);
    json_t *group = json_pack(
        "{s:s, s:i, s:s, s:i, s:s, s:[], s:[], s:b, s:[s]}", "AutoScalingGroupName",
        hw_buf_cstr(&name), "DefaultCooldown", 300, "HealthCheckType", "EC2",
        "HealthCheckGracePeriod", 0, "CreatedTime", sim_now(now), "Instances", "SuspendedProcesses",
        "NewInstancesProtectedFromScaleIn", 0, "TerminationPolicies", "Default");
    sim_put(group, "AutoScalingGroupARN",
            "arn:aws:autoscaling:%s:%s:autoScalingGroup:%s:autoScalingGroupName/%s",
            sim_text(make->stack, "_region"), sim_cloud_account(make->cloud),
            sim_uuid(make->cloud, id), hw_buf_cstr(&name));
    json_object_set(group, "_stack_id", json_object_get(make->stack, "StackId"));
    json_object_set(group, "_stack_name", json_object_get(make->stack, "StackName"));
    json_object_set(group, "_logical_id", json_object_get(make->resource, "LogicalResourceId"));
    if (!set_properties(make, group)) {
        json_decref(group);
        return false;
    }
    json_array_append_new(sim_cloud_list(make->cloud, "asgs"), group);
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    sim_make_attribute(make, "AutoScalingGroupARN", "%s", sim_text(group, "AutoScalingGroupARN"));
    sim_cloud_wake(make->cloud);
    return true;
}

bool sim_group_update(struct sim_make *make)
{
    json_t *group = sim_group_find(make->cloud, sim_text(make->resource, "PhysicalResourceId"));
    sim_cloud_wake(make->cloud);
    if (group) /* what it is launched from may be right now */
        sim_put_int(group, "_failures", 0);
    return !group || set_properties(make, group);
}

void sim_group_remove(struct sim_make *make)
{
    json_t *group = sim_group_find(make->cloud, sim_text(make->resource, "PhysicalResourceId"));
    if (!group)
        return;
    sim_put_int(group, "DesiredCapacity", 0);
    sim_put_int(group, "MinSize", 0);
    sim_put(group, "Status", "Delete in progress");
    sim_cloud_wake(make->cloud);
}

/* Members. */

static size_t members(const json_t *group, const char *state)
{
    size_t count = 0, i;
    json_t *member;
    json_array_foreach(json_object_get(group, "Instances"), i, member)
    {
        count += !state || sim_is(member, "LifecycleState", state);
    }
    return count;
}

bool sim_group_ready(struct sim_cloud *cloud, const char *name)
{
    const json_t *group = sim_group_find(cloud, name);
    return (int64_t)members(group, "InService") >= sim_int(group, "DesiredCapacity");
}

const char *sim_group_trouble(struct sim_cloud *cloud, const char *name)
{
    const json_t *group = sim_group_find(cloud, name);
    bool given_up = sim_int(group, "_failures") >= TROUBLE_AFTER;
    return given_up ? sim_text(group, "_failure") : "";
}

bool sim_group_gone(struct sim_cloud *cloud, const char *name)
{
    json_t *group = sim_group_find(cloud, name);
    size_t i;
    json_t *instance;
    json_array_foreach(sim_cloud_list(cloud, "instances"), i, instance)
    {
        const char *state = sim_text(json_object_get(instance, "instanceState"), "name");
        if (sim_is(instance, "_group", name) && strcmp(state, "terminated") != 0)
            return false;
    }
    if (group && members(group, NULL) > 0)
        return false;
    json_t *all = sim_cloud_list(cloud, "asgs");
    if (group)
        json_array_remove(all, sim_index(all, group));
    return true;
}

void sim_group_terminate(struct sim_cloud *cloud, json_t *group, json_t *instance, bool smaller,
                         const char *cause)
{
    const char *id = sim_text(instance, "instanceId");
    hw_auto_text description = hw_format("Terminating EC2 instance: %s", id);
    if (smaller)
        sim_put_int(group, "DesiredCapacity", sim_int(group, "DesiredCapacity") - 1);
    sim_group_activity(cloud, group, description, cause, "Successful");
    sim_instance_terminate(cloud, instance,
                           "Client.UserInitiatedShutdown: terminated by Auto "
                           "Scaling");
}

json_t *sim_group_members(const json_t *group)
{
    json_t *ids = json_array();
    size_t i;
    json_t *member;
    json_array_foreach(json_object_get(group, "Instances"), i, member)
    {
        json_array_append(ids, json_object_get(member, "InstanceId"));
    }
    return ids;
}

json_t *sim_group_obsolete(const json_t *group)
{
    json_t *ids = json_array();
    size_t i;
    json_t *member;
    json_array_foreach(json_object_get(group, "Instances"), i, member)
    {
        if (!json_equal(json_object_get(member, "LaunchTemplate"),
                        json_object_get(group, "LaunchTemplate")))
            json_array_append(ids, json_object_get(member, "InstanceId"));
    }
    return ids;
}

void sim_group_resize(struct sim_cloud *cloud, json_t *group, int64_t min_size, int64_t desired)
{
    sim_put_int(group, "MinSize", min_size);
    sim_put_int(group, "DesiredCapacity", desired);
    sim_cloud_wake(cloud);
}

void sim_group_take_out(struct sim_cloud *cloud, json_t *group, const json_t *ids)
{
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        json_t *instance = sim_instance_find(cloud, json_string_value(id));
        if (instance)
            sim_group_terminate(cloud, group, instance, false,
                                "At the request of AWS CloudFormation an instance was taken out of "
                                "service in response to an update.");
    }
}

bool sim_group_is_terminated(struct sim_cloud *cloud, const char *instance_id)
{
    const json_t *instance = sim_instance_find(cloud, instance_id);
    return !instance || sim_is(json_object_get(instance, "instanceState"), "name", "terminated");
}

/* Stepping. */

static bool suspended(const json_t *group, const char *process)
{
    return sim_find(json_object_get(group, "SuspendedProcesses"), "ProcessName", process) != NULL;
}

/* A replacement takes the lowest place that is free. */
static unsigned free_number(struct sim_cloud *cloud, const json_t *group)
{
    size_t count = members(group, NULL), i;
    HW_CLEANUP(hw_free_at) bool *taken = hw_alloc((count + 1) * sizeof(*taken));
    json_t *member;
    json_array_foreach(json_object_get(group, "Instances"), i, member)
    {
        int64_t number = sim_int(instance_of(cloud, member), "_number");
        if (number >= 1 && (uint64_t)number <= count)
            taken[number] = true;
    }
    unsigned number = 1;
    while (number <= count && taken[number])
        number++;
    return number;
}

static json_t *template_data(struct sim_cloud *cloud, const json_t *group)
{
    const json_t *wanted = json_object_get(group, "LaunchTemplate");
    json_t *template = sim_find(sim_cloud_list(cloud, "launch_templates"), "launchTemplateId",
                                sim_text(wanted, "LaunchTemplateId"));
    json_t *versions = json_object_get(template, "_versions");
    const char *version = sim_text(wanted, "Version");
    size_t place = strcmp(version, "$Default") == 0  ? 1
                   : strcmp(version, "$Latest") == 0 ? json_array_size(versions)
                                                     : strtoul(version, NULL, 10);
    return json_array_get(versions, place ? place - 1 : 0);
}

/* The subnet with the fewest members, or any of the group's zones. */
static json_t *choose_subnet(struct sim_cloud *cloud, const json_t *group, unsigned number)
{
    const json_t *ids = json_object_get(group, "_subnets");
    size_t count = json_array_size(ids);
    json_t *subnets = sim_cloud_list(cloud, "subnets");
    if (count)
        return sim_find(subnets, "subnetId",
                        json_string_value(json_array_get(ids, (number - 1) % count)));
    const char *zone =
        json_string_value(json_array_get(json_object_get(group, "AvailabilityZones"), 0));
    return sim_find(subnets, "availabilityZone", zone ? zone : "");
}

static unsigned next_attempt(json_t *group, unsigned number)
{
    json_t *attempts = json_object_get(group, "_attempts");
    if (!attempts) {
        attempts = json_object();
        json_object_set_new(group, "_attempts", attempts);
    }
    char key[16];
    snprintf(key, sizeof key, "%u", number);
    sim_put_int(attempts, key, sim_int(attempts, key) + 1);
    return (unsigned)sim_int(attempts, key);
}

static const char *group_tag(const json_t *group, const char *key)
{
    return sim_tag(json_object_get(group, "Tags"), key);
}

/* What the scenario lets go wrong with a launch. */
static bool ordered_fault(struct sim_cloud *cloud, json_t *group, const struct sim_launch *launch,
                          struct hw_buf *why)
{
    enum sim_role role;
    unsigned attempt = next_attempt(group, launch->number);
    const char *zone = sim_text(launch->subnet, "availabilityZone");
    if (!cloud->scenario || !sim_role_parse(group_tag(group, "hpcwiz:role"), &role))
        return false;
    return sim_scenario_launch_fault(cloud->scenario, role, attempt,
                                     sim_text(launch->data, "InstanceType"), zone, why);
}

static void add_member(struct sim_cloud *cloud, json_t *group, const json_t *instance)
{
    const char *id = sim_text(instance, "instanceId");
    json_t *member =
        json_pack("{s:s, s:O, s:s, s:s, s:b, s:O, s:O}", "InstanceId", id, "AvailabilityZone",
                  json_object_get(json_object_get(instance, "placement"), "availabilityZone"),
                  "LifecycleState", "Pending", "HealthStatus", "Healthy", "ProtectedFromScaleIn", 0,
                  "InstanceType", json_object_get(instance, "instanceType"), "LaunchTemplate",
                  json_object_get(group, "LaunchTemplate"));
    json_array_append_new(sim_list(group, "Instances"), member);
    hw_auto_text description = hw_format("Launching a new EC2 instance: %s", id);
    json_t *activity = sim_group_activity(
        cloud, group, description,
        "An instance was started in response to a difference between desired and actual capacity.",
        "InProgress");
    json_object_set(member, "_activity", activity);
}

/* A member that goes holds its interface until it is gone; a launch that fails meanwhile is only
 * tried again. */
static bool has_one_going(struct sim_cloud *cloud, const json_t *group)
{
    size_t i;
    json_t *instance;
    json_array_foreach(sim_cloud_list(cloud, "instances"), i, instance)
    {
        if (sim_is(instance, "_group", sim_text(group, "AutoScalingGroupName")) &&
            sim_is(json_object_get(instance, "instanceState"), "name", "shutting-down"))
            return true;
    }
    return false;
}

/* The fields of failure, so that a stack can tell why its group never gets there. */
static void record_failure(struct sim_cloud *cloud, json_t *group, const char *why)
{
    json_t *activity = sim_group_activity(
        cloud, group, "Launching a new EC2 instance.  Status Reason: see StatusMessage",
        "An instance was started in response to a difference between desired and actual capacity.",
        "Failed");
    sim_put(activity, "Description", "Launching a new EC2 instance.  Status Reason: %s", why);
    sim_put(activity, "StatusMessage", "%s", why);
    if (!has_one_going(cloud, group))
        sim_put_int(group, "_failures", sim_int(group, "_failures") + 1);
    sim_put(group, "_failure", "%s", why);
    sim_put_int(group, "_retry", sim_cloud_after(cloud, RETRY_SECONDS));
}

static void launch_one(struct sim_cloud *cloud, json_t *group)
{
    hw_auto(hw_buf) why = HW_BUF(HW_MAX_VALUE);
    unsigned number = free_number(cloud, group);
    struct sim_launch launch = {.data = template_data(cloud, group),
                                .group = group,
                                .subnet = choose_subnet(cloud, group, number),
                                .number = number};
    json_t *instance = NULL;
    if (!ordered_fault(cloud, group, &launch, &why))
        instance = sim_instance_launch(cloud, &launch, &why);
    if (!instance) {
        record_failure(cloud, group, hw_buf_cstr(&why));
        return;
    }
    sim_put_int(group, "_failures", 0);
    add_member(cloud, group, instance);
}

static void follow_member(struct sim_cloud *cloud, json_t *group, size_t at)
{
    json_t *list = json_object_get(group, "Instances"), *member = json_array_get(list, at);
    const json_t *instance = instance_of(cloud, member);
    const char *state = sim_text(json_object_get(instance, "instanceState"), "name");
    char now[HW_TIME_SIZE];
    if (!instance || !sim_instance_lives(instance)) {
        json_array_remove(list, at);
    } else if (strcmp(state, "running") == 0 && sim_is(member, "LifecycleState", "Pending")) {
        json_t *activity = json_object_get(member, "_activity");
        sim_put(member, "LifecycleState", "InService");
        sim_put(activity, "StatusCode", "Successful");
        sim_put(activity, "EndTime", "%s", sim_now(now));
        sim_put_int(activity, "Progress", 100);
    }
}

static void shrink(struct sim_cloud *cloud, json_t *group)
{
    json_t *member = json_array_get(json_object_get(group, "Instances"), members(group, NULL) - 1);
    json_t *instance = instance_of(cloud, member);
    if (instance)
        sim_group_terminate(cloud, group, instance, false,
                            "An instance was taken out of service in response to a difference "
                            "between desired and actual capacity, shrinking the capacity.");
    json_array_remove(json_object_get(group, "Instances"), members(group, NULL) - 1);
}

static void step_group(struct sim_cloud *cloud, json_t *group, int64_t now_ms)
{
    for (size_t i = members(group, NULL); i-- > 0;)
        follow_member(cloud, group, i);
    int64_t wanted = sim_int(group, "DesiredCapacity"), have = (int64_t)members(group, NULL);
    for (; have > wanted && !suspended(group, "Terminate"); have--)
        shrink(cloud, group);
    while (have < wanted && !suspended(group, "Launch") &&
           sim_due(cloud, group, "_retry", now_ms)) {
        launch_one(cloud, group);
        have = (int64_t)members(group, NULL);
    }
}

void sim_groups_step(struct sim_cloud *cloud, int64_t now_ms)
{
    size_t i;
    json_t *group;
    json_array_foreach(sim_cloud_list(cloud, "asgs"), i, group)
    {
        step_group(cloud, group, now_ms);
    }
}

/* A member's activity is the very object of the group's list. */
void sim_groups_restored(struct sim_cloud *cloud)
{
    size_t i, k;
    json_t *group, *member;
    json_array_foreach(sim_cloud_list(cloud, "asgs"), i, group)
    {
        json_array_foreach(json_object_get(group, "Instances"), k, member)
        {
            const char *id = sim_text(json_object_get(member, "_activity"), "ActivityId");
            json_t *own = sim_find(json_object_get(group, "_activities"), "ActivityId", id);
            if (own)
                json_object_set(member, "_activity", own);
        }
    }
}

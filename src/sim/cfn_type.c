/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cfn_type.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/instance.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

void sim_make_id(struct sim_make *make, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sim_put(make->resource, "PhysicalResourceId", "%s", text);
}

void sim_make_attribute(struct sim_make *make, const char *name, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_t *attributes = json_object_get(make->resource, "_attributes");
    if (!attributes) {
        attributes = json_object();
        json_object_set_new(make->resource, "_attributes", attributes);
    }
    sim_put(attributes, name, "%s", text);
}

bool sim_make_fail(struct sim_make *make, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(make->why, sizeof make->why, fmt, args);
    va_end(args);
    return false;
}

void sim_make_name(struct sim_make *make, const char *property, size_t max, struct hw_buf *out)
{
    const char *own = sim_text(make->properties, property);
    char suffix[SIM_ID_SIZE];
    if (*own) {
        hw_buf_text(out, own);
        return;
    }
    size_t room = max - 14;
    hw_buf_print(out, "%.*s", (int)(room / 2), sim_text(make->stack, "StackName"));
    hw_buf_print(out, "-%.*s-%s", (int)(room - out->len),
                 sim_text(make->resource, "LogicalResourceId"), sim_suffix(make->cloud, suffix));
}

json_t *sim_make_tags(struct sim_make *make)
{
    json_t *tags = json_array();
    const json_t *lists[] = {json_object_get(make->stack, "Tags"),
                             json_object_get(make->properties, "Tags")};
    for (size_t k = 0; k < HW_COUNT(lists); k++) {
        size_t i;
        json_t *tag;
        json_array_foreach(lists[k], i, tag)
        {
            sim_tag_set(tags, sim_text(tag, "Key"), sim_text(tag, "Value"));
        }
    }
    sim_tag_set(tags, "aws:cloudformation:stack-name", sim_text(make->stack, "StackName"));
    sim_tag_set(tags, "aws:cloudformation:stack-id", sim_text(make->stack, "StackId"));
    sim_tag_set(tags, "aws:cloudformation:logical-id",
                sim_text(make->resource, "LogicalResourceId"));
    return tags;
}

static const char *physical(const struct sim_make *make)
{
    return sim_text(make->resource, "PhysicalResourceId");
}

static void drop(struct sim_make *make, const char *collection, const char *key)
{
    json_t *list = sim_cloud_list(make->cloud, collection);
    json_t *item = sim_find(list, key, physical(make));
    if (item)
        json_array_remove(list, sim_index(list, item));
}

/* Security groups. */

static json_t *permission(const json_t *rule)
{
    json_t *shown = json_pack("{s:s, s:[], s:[]}", "ipProtocol", sim_text(rule, "IpProtocol"),
                              "ipRanges", "groups");
    if (json_object_get(rule, "FromPort")) {
        sim_put_int(shown, "fromPort", sim_int(rule, "FromPort"));
        sim_put_int(shown, "toPort", sim_int(rule, "ToPort"));
    }
    if (*sim_text(rule, "CidrIp"))
        json_array_append_new(json_object_get(shown, "ipRanges"),
                              json_pack("{s:s, s:s}", "cidrIp", sim_text(rule, "CidrIp"),
                                        "description", sim_text(rule, "Description")));
    if (*sim_text(rule, "SourceSecurityGroupId"))
        json_array_append_new(
            json_object_get(shown, "groups"),
            json_pack("{s:s}", "groupId", sim_text(rule, "SourceSecurityGroupId")));
    return shown;
}

static void set_rules(struct sim_make *make, json_t *group)
{
    json_t *permissions = json_array();
    size_t i;
    json_t *rule;
    json_array_foreach(json_object_get(make->properties, "SecurityGroupIngress"), i, rule)
    {
        json_array_append_new(permissions, permission(rule));
    }
    json_object_set_new(group, "ipPermissions", permissions);
    json_object_set_new(group, "tagSet", sim_make_tags(make));
}

static bool create_security_group(struct sim_make *make)
{
    const char *vpc = sim_text(make->properties, "VpcId");
    if (!sim_find(sim_cloud_list(make->cloud, "vpcs"), "vpcId", vpc))
        return sim_make_fail(
            make, "The vpc ID '%s' does not exist (Service: Ec2, Status Code: 400)", vpc);
    if (!*sim_text(make->properties, "GroupDescription"))
        return sim_make_fail(make,
                             "Properties validation failed for resource %s with message: "
                             "#: required key [GroupDescription] not found",
                             sim_text(make->resource, "LogicalResourceId"));
    char id[SIM_ID_SIZE];
    hw_auto(hw_buf) name = HW_BUF(256);
    sim_make_name(make, "GroupName", 255, &name);
    json_t *group = json_pack(
        "{s:s, s:s, s:s, s:s, s:s}", "groupId", sim_id(make->cloud, "sg-", 17, id), "groupName",
        hw_buf_cstr(&name), "vpcId", vpc, "groupDescription",
        sim_text(make->properties, "GroupDescription"), "ownerId", sim_cloud_account(make->cloud));
    set_rules(make, group);
    json_array_append_new(sim_cloud_list(make->cloud, "groups"), group);
    sim_make_id(make, "%s", id);
    sim_make_attribute(make, "GroupId", "%s", id);
    sim_make_attribute(make, "VpcId", "%s", vpc);
    return true;
}

static bool update_security_group(struct sim_make *make)
{
    json_t *group = sim_find(sim_cloud_list(make->cloud, "groups"), "groupId", physical(make));
    if (group)
        set_rules(make, group);
    return true;
}

static void remove_security_group(struct sim_make *make)
{
    drop(make, "groups", "groupId");
}

static bool create_rule(struct sim_make *make)
{
    const char *id = sim_text(make->properties, "GroupId");
    json_t *group = sim_find(sim_cloud_list(make->cloud, "groups"), "groupId", id);
    if (!group)
        return sim_make_fail(make,
                             "The security group '%s' does not exist (Service: Ec2, Status "
                             "Code: 400)",
                             id);
    json_array_append_new(sim_list(group, "ipPermissions"), permission(make->properties));
    char rule[SIM_ID_SIZE];
    sim_make_id(make, "%s", sim_id(make->cloud, "sgr-", 17, rule));
    sim_make_attribute(make, "Id", "%s", rule);
    return true;
}

/* Network interfaces, volumes. */

static bool create_interface(struct sim_make *make)
{
    const char *subnet_id = sim_text(make->properties, "SubnetId");
    const char *wanted = sim_text(make->properties, "PrivateIpAddress");
    json_t *subnet = sim_find(sim_cloud_list(make->cloud, "subnets"), "subnetId", subnet_id);
    char id[SIM_ID_SIZE], address[16];
    if (!subnet)
        return sim_make_fail(make,
                             "The subnet ID '%s' does not exist (Service: Ec2, Status Code: "
                             "400)",
                             subnet_id);
    if (!sim_address_take(make->cloud, subnet, wanted, address))
        return *wanted ? sim_make_fail(make,
                                       "The address '%s' is not available in subnet %s, or "
                                       "is in use. (Service: Ec2, Status Code: 400)",
                                       wanted, subnet_id)
                       : sim_make_fail(make, "The specified subnet does not have enough free "
                                             "addresses to satisfy the request.");
    json_t *nic = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:[], s:s}", "networkInterfaceId",
        sim_id(make->cloud, "eni-", 17, id), "privateIpAddress", address, "status", "available",
        "interfaceType", "interface", "description", sim_text(make->properties, "Description"),
        "tagSet", sim_make_tags(make), "groupSet", "ownerId", sim_cloud_account(make->cloud));
    size_t i;
    json_t *group;
    json_array_foreach(json_object_get(make->properties, "GroupSet"), i, group)
    {
        json_array_append_new(json_object_get(nic, "groupSet"),
                              json_pack("{s:O}", "groupId", group));
    }
    sim_copy(nic, subnet, "subnetId");
    sim_copy(nic, subnet, "vpcId");
    sim_copy(nic, subnet, "availabilityZone");
    json_array_append_new(sim_cloud_list(make->cloud, "interfaces"), nic);
    sim_make_id(make, "%s", id);
    sim_make_attribute(make, "Id", "%s", id);
    sim_make_attribute(make, "PrimaryPrivateIpAddress", "%s", address);
    sim_make_attribute(make, "VpcId", "%s", sim_text(nic, "vpcId"));
    return true;
}

static void remove_interface(struct sim_make *make)
{
    json_t *nic =
        sim_find(sim_cloud_list(make->cloud, "interfaces"), "networkInterfaceId", physical(make));
    if (nic)
        sim_address_give(make->cloud, sim_text(nic, "subnetId"));
    drop(make, "interfaces", "networkInterfaceId");
}

static bool create_volume(struct sim_make *make)
{
    const json_t *properties = make->properties;
    const char *zone = sim_text(properties, "AvailabilityZone"),
               *type = sim_text(properties, "VolumeType");
    if (!sim_find(sim_cloud_list(make->cloud, "zones"), "zoneName", zone))
        return sim_make_fail(make, "The zone '%s' does not exist. (Service: Ec2, Status Code: 400)",
                             zone);
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    json_t *volume =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:[], s:o, s:i}", "volumeId",
                  sim_id(make->cloud, "vol-", 17, id), "availabilityZone", zone, "status",
                  "available", "createTime", sim_now(now), "volumeType", *type ? type : "gp2",
                  "encrypted", (int)sim_bool(properties, "Encrypted"), "attachmentSet", "tagSet",
                  sim_make_tags(make), "size", (int)sim_int(properties, "Size"));
    json_array_append_new(sim_cloud_list(make->cloud, "volumes"), volume);
    sim_make_id(make, "%s", id);
    sim_make_attribute(make, "VolumeId", "%s", id);
    return true;
}

static void remove_volume(struct sim_make *make)
{
    drop(make, "volumes", "volumeId");
}

static bool create_placement_group(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(256);
    const char *strategy = sim_text(make->properties, "Strategy");
    sim_make_name(make, "GroupName", 255, &name);
    json_array_append_new(
        sim_cloud_list(make->cloud, "placements"),
        json_pack("{s:s, s:s, s:s, s:o}", "groupName", hw_buf_cstr(&name), "state", "available",
                  "strategy", *strategy ? strategy : "cluster", "tagSet", sim_make_tags(make)));
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    sim_make_attribute(make, "GroupName", "%s", hw_buf_cstr(&name));
    return true;
}

static void remove_placement_group(struct sim_make *make)
{
    drop(make, "placements", "groupName");
}

/* Launch templates: every change is a new version. */

static bool add_version(struct sim_make *make, json_t *template)
{
    json_t *versions = sim_list(template, "_versions");
    json_array_append_new(versions,
                          json_deep_copy(json_object_get(make->properties, "LaunchTemplateData")));
    sim_put_int(template, "latestVersionNumber", (int64_t)json_array_size(versions));
    sim_make_attribute(make, "LatestVersionNumber", "%zu", json_array_size(versions));
    sim_make_attribute(make, "DefaultVersionNumber", "1");
    sim_make_attribute(make, "LaunchTemplateId", "%s", sim_text(template, "launchTemplateId"));
    return true;
}

static bool create_launch_template(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(256);
    sim_make_name(make, "LaunchTemplateName", 128, &name);
    json_t *all = sim_cloud_list(make->cloud, "launch_templates");
    if (!json_is_object(json_object_get(make->properties, "LaunchTemplateData")))
        return sim_make_fail(make,
                             "Properties validation failed for resource %s with message: "
                             "#: required key [LaunchTemplateData] not found",
                             sim_text(make->resource, "LogicalResourceId"));
    if (sim_find(all, "launchTemplateName", hw_buf_cstr(&name)))
        return sim_make_fail(make, "Launch template name already in use. (Service: Ec2, Status "
                                   "Code: 400)");
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    json_t *template = json_pack("{s:s, s:s, s:s, s:i, s:o}", "launchTemplateId",
                                 sim_id(make->cloud, "lt-", 17, id), "launchTemplateName",
                                 hw_buf_cstr(&name), "createTime", sim_now(now),
                                 "defaultVersionNumber", 1, "tagSet", sim_make_tags(make));
    json_array_append_new(all, template);
    sim_make_id(make, "%s", id);
    return add_version(make, template);
}

static bool update_launch_template(struct sim_make *make)
{
    json_t *template = sim_find(sim_cloud_list(make->cloud, "launch_templates"), "launchTemplateId",
                                physical(make));
    return !template || add_version(make, template);
}

static void remove_launch_template(struct sim_make *make)
{
    drop(make, "launch_templates", "launchTemplateId");
}

/* IAM. */

static bool create_role(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(128);
    char now[HW_TIME_SIZE], id[SIM_ID_SIZE];
    sim_make_name(make, "RoleName", 64, &name);
    json_t *roles = sim_cloud_list(make->cloud, "roles");
    if (sim_find(roles, "RoleName", hw_buf_cstr(&name)))
        return sim_make_fail(make,
                             "Role with name %s already exists. (Service: Iam, Status Code: "
                             "409)",
                             hw_buf_cstr(&name));
    json_t *role = json_pack("{s:s, s:s, s:s, s:i}", "Path", "/", "RoleName", hw_buf_cstr(&name),
                             "CreateDate", sim_now(now), "MaxSessionDuration", 3600);
    sim_put(role, "RoleId", "AROA%s", sim_suffix(make->cloud, id));
    sim_put(role, "Arn", "arn:aws:iam::%s:role/%s", sim_cloud_account(make->cloud),
            hw_buf_cstr(&name));
    json_array_append_new(roles, role);
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    sim_make_attribute(make, "Arn", "%s", sim_text(role, "Arn"));
    sim_make_attribute(make, "RoleId", "%s", sim_text(role, "RoleId"));
    return true;
}

static void remove_role(struct sim_make *make)
{
    drop(make, "roles", "RoleName");
}

static bool create_profile(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(160);
    sim_make_name(make, "InstanceProfileName", 128, &name);
    const char *role =
        json_string_value(json_array_get(json_object_get(make->properties, "Roles"), 0));
    json_array_append_new(sim_cloud_list(make->cloud, "profiles"),
                          json_pack("{s:s, s:s}", "InstanceProfileName", hw_buf_cstr(&name),
                                    "_role", role ? role : ""));
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    sim_make_attribute(make, "Arn", "arn:aws:iam::%s:instance-profile/%s",
                       sim_cloud_account(make->cloud), hw_buf_cstr(&name));
    return true;
}

static void remove_profile(struct sim_make *make)
{
    drop(make, "profiles", "InstanceProfileName");
}

static bool create_named(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(256);
    sim_make_name(make, "PolicyName", 128, &name);
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    return true;
}

/* Route 53. */

static int compare_records(const json_t *a, const json_t *b)
{
    int names = strcmp(sim_text(a, "Name"), sim_text(b, "Name"));
    return names ? names : strcmp(sim_text(a, "Type"), sim_text(b, "Type"));
}

static json_t *new_record(const json_t *set)
{
    const char *name = sim_text(set, "Name");
    json_t *record = json_pack("{s:s, s:s, s:i, s:[]}", "Name", "", "Type", sim_text(set, "Type"),
                               "TTL", (int)sim_int(set, "TTL"), "ResourceRecords/ResourceRecord");
    sim_put(record, "Name", "%s%s", name, hw_text_ends(name, ".") ? "" : ".");
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(set, "ResourceRecords"), i, value)
    {
        json_array_append_new(json_object_get(record, "ResourceRecords/ResourceRecord"),
                              json_pack("{s:O}", "Value", value));
    }
    return record;
}

static bool put_record(struct sim_make *make, const char *zone_id, const json_t *set, bool create)
{
    json_t *zone = sim_find(sim_cloud_list(make->cloud, "hosted_zones"), "Id", zone_id);
    if (!zone)
        return sim_make_fail(make,
                             "No hosted zone found with ID: %s (Service: Route53, Status "
                             "Code: 404)",
                             zone_id);
    json_t *record = new_record(set), *records = sim_list(zone, "_records");
    bool inside = hw_text_ends(sim_text(record, "Name"), sim_text(zone, "Name"));
    size_t at = 0;
    while (at < json_array_size(records) &&
           compare_records(json_array_get(records, at), record) < 0)
        at++;
    bool same =
        at < json_array_size(records) && compare_records(json_array_get(records, at), record) == 0;
    hw_auto_text name = hw_strdup(sim_text(record, "Name"));
    if (!inside || (same && create)) {
        hw_auto_text type = hw_strdup(sim_text(record, "Type"));
        json_decref(record);
        return inside ? sim_make_fail(make,
                                      "[Tried to create resource record set [name='%s', "
                                      "type='%s'] but it already exists]",
                                      name, type)
                      : sim_make_fail(make, "[RRSet with DNS name %s is not permitted in zone %s]",
                                      name, sim_text(zone, "Name"));
    }
    if (same)
        json_array_set_new(records, at, record);
    else
        json_array_insert_new(records, at, record);
    return true;
}

static bool put_records(struct sim_make *make, bool create)
{
    const json_t *properties = make->properties, *sets = json_object_get(properties, "RecordSets");
    const char *zone = sim_text(properties, "HostedZoneId");
    size_t i;
    json_t *set;
    if (!sets)
        return put_record(make, zone, properties, create);
    json_array_foreach(sets, i, set)
    {
        if (!put_record(make, zone, set, create))
            return false;
    }
    return true;
}

static bool create_records(struct sim_make *make)
{
    char suffix[SIM_ID_SIZE];
    const char *name = sim_text(make->properties, "Name");
    if (!put_records(make, true))
        return false;
    if (*name)
        sim_make_id(make, "%s", name);
    else
        sim_make_id(make, "%s-%s-%s", sim_text(make->stack, "StackName"),
                    sim_text(make->resource, "LogicalResourceId"), sim_suffix(make->cloud, suffix));
    return true;
}

static bool update_records(struct sim_make *make)
{
    return put_records(make, false);
}

static void remove_record(struct sim_make *make, const char *zone_id, const json_t *set)
{
    json_t *zone = sim_find(sim_cloud_list(make->cloud, "hosted_zones"), "Id", zone_id);
    if (!zone)
        return;
    json_t *records = sim_list(zone, "_records"), *record = new_record(set);
    for (size_t i = json_array_size(records); i-- > 0;) {
        if (compare_records(json_array_get(records, i), record) == 0)
            json_array_remove(records, i);
    }
    json_decref(record);
}

static void remove_records(struct sim_make *make)
{
    const json_t *sets = json_object_get(make->properties, "RecordSets");
    const char *zone = sim_text(make->properties, "HostedZoneId");
    size_t i;
    json_t *set;
    json_array_foreach(sets, i, set)
    {
        remove_record(make, zone, set);
    }
    if (!sets)
        remove_record(make, zone, make->properties);
}

/* The rest. */

static bool create_parameter(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(1024);
    sim_make_name(make, "Name", 512, &name);
    json_t *all = sim_cloud_list(make->cloud, "parameters");
    if (sim_find(all, "Name", hw_buf_cstr(&name)))
        return sim_make_fail(make, "%s already exists in stack or account", hw_buf_cstr(&name));
    json_array_append_new(all,
                          json_pack("{s:s, s:s, s:s, s:i, s:I}", "Name", hw_buf_cstr(&name), "Type",
                                    sim_text(make->properties, "Type"), "Value",
                                    sim_text(make->properties, "Value"), "Version", 1,
                                    "LastModifiedDate", (json_int_t)(hw_clock_wall_ms() / 1000)));
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    sim_make_attribute(make, "Type", "%s", sim_text(make->properties, "Type"));
    sim_make_attribute(make, "Value", "%s", sim_text(make->properties, "Value"));
    return true;
}

static bool update_parameter(struct sim_make *make)
{
    json_t *parameter = sim_find(sim_cloud_list(make->cloud, "parameters"), "Name", physical(make));
    if (parameter)
        sim_copy(parameter, make->properties, "Value");
    sim_make_attribute(make, "Value", "%s", sim_text(make->properties, "Value"));
    return true;
}

static void remove_parameter(struct sim_make *make)
{
    drop(make, "parameters", "Name");
}

static bool create_log_group(struct sim_make *make)
{
    hw_auto(hw_buf) name = HW_BUF(600);
    sim_make_name(make, "LogGroupName", 512, &name);
    sim_make_id(make, "%s", hw_buf_cstr(&name));
    sim_make_attribute(make, "Arn", "arn:aws:logs:%s:%s:log-group:%s:*",
                       sim_text(make->stack, "_region"), sim_cloud_account(make->cloud),
                       hw_buf_cstr(&name));
    json_array_append_new(sim_cloud_list(make->cloud, "log_groups"),
                          json_pack("{s:s, s:I, s:I}", "logGroupName", hw_buf_cstr(&name),
                                    "creationTime", (json_int_t)hw_clock_wall_ms(),
                                    "retentionInDays",
                                    (json_int_t)sim_int(make->properties, "RetentionInDays")));
    return true;
}

static void remove_log_group(struct sim_make *make)
{
    drop(make, "log_groups", "logGroupName");
}

static bool create_handle(struct sim_make *make)
{
    char id[SIM_ID_SIZE];
    sim_make_id(make, "https://cloudformation-waitcondition-%s.s3.amazonaws.com/%s",
                sim_text(make->stack, "_region"), sim_uuid(make->cloud, id));
    return true;
}

static const struct sim_type TYPES[] = {
    {"AWS::EC2::SecurityGroup", 5, LIST("GroupDescription", "GroupName", "VpcId"),
     create_security_group, update_security_group, remove_security_group, false},
    {"AWS::EC2::SecurityGroupIngress", 2,
     LIST("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "SourceSecurityGroupId"),
     create_rule, NULL, NULL, false},
    {"AWS::EC2::SecurityGroupEgress", 2,
     LIST("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "DestinationSecurityGroupId"),
     create_rule, NULL, NULL, false},
    {"AWS::EC2::NetworkInterface", 4, LIST("SubnetId", "PrivateIpAddress"), create_interface, NULL,
     remove_interface, false},
    {"AWS::EC2::Volume", 6, LIST("AvailabilityZone", "Encrypted", "SnapshotId"), create_volume,
     NULL, remove_volume, false},
    {"AWS::EC2::PlacementGroup", 3, LIST("Strategy", "GroupName"), create_placement_group, NULL,
     remove_placement_group, false},
    {"AWS::EC2::LaunchTemplate", 3, LIST("LaunchTemplateName"), create_launch_template,
     update_launch_template, remove_launch_template, false},
    {"AWS::AutoScaling::AutoScalingGroup", 8, LIST("AutoScalingGroupName"), sim_group_create,
     sim_group_update, sim_group_remove, true},
    {"AWS::IAM::Role", 18, LIST("RoleName", "Path"), create_role, NULL, remove_role, false},
    {"AWS::IAM::InstanceProfile", 60, LIST("InstanceProfileName", "Path"), create_profile, NULL,
     remove_profile, false},
    {"AWS::IAM::Policy", 16, NULL, create_named, NULL, NULL, false},
    {"AWS::IAM::ManagedPolicy", 16, NULL, create_named, NULL, NULL, false},
    {"AWS::Route53::RecordSet", 35, LIST("HostedZoneId", "Name", "Type"), create_records,
     update_records, remove_records, false},
    {"AWS::Route53::RecordSetGroup", 35, LIST("HostedZoneId"), create_records, update_records,
     remove_records, false},
    {"AWS::SSM::Parameter", 2, LIST("Name"), create_parameter, update_parameter, remove_parameter,
     false},
    {"AWS::Logs::LogGroup", 4, LIST("LogGroupName"), create_log_group, NULL, remove_log_group,
     false},
    {"AWS::CloudFormation::WaitConditionHandle", 1, NULL, create_handle, NULL, NULL, false},
};

const struct sim_type *sim_type_find(const char *name)
{
    for (size_t i = 0; i < HW_COUNT(TYPES); i++) {
        if (strcmp(TYPES[i].name, name) == 0)
            return &TYPES[i];
    }
    return NULL;
}

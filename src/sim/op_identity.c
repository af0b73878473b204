/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are: STS and IAM, and the service quotas. */
#include "sim/op_iam.h"

#include "base/mem.h"
#include "base/text.h"

static void get_caller_identity(struct sim_call *call)
{
    const json_t *state = call->cloud->state;
    sim_put(call->out, "Arn", "%s", sim_text(state, "arn"));
    sim_put(call->out, "UserId", "AIDACKCEVSQ6C2EXAMPLE");
    sim_put(call->out, "Account", "%s", sim_cloud_account(call->cloud));
}

/* A role of the account: made by a stack (list "roles") or of the instance profiles that were
 * there before. */
static json_t *describe_role(struct sim_call *call, const char *name)
{
    json_t *made = sim_find(sim_cloud_list(call->cloud, "roles"), "RoleName", name);
    if (made)
        return json_incref(made);
    json_t *role = json_pack("{s:s, s:s, s:s, s:s, s:i}", "Path", "/", "RoleName", name,
                             "CreateDate", "2025-03-01T09:00:00Z", "AssumeRolePolicyDocument", "",
                             "MaxSessionDuration", 3600);
    sim_put(role, "RoleId", "AROA%.12sEXAMPLE", "CACKCEVSQ6C2");
    sim_put(role, "Arn", "arn:aws:iam::%s:role/%s", sim_cloud_account(call->cloud), name);
    return role;
}

static bool role_exists(struct sim_call *call, const char *name)
{
    if (sim_find(sim_cloud_list(call->cloud, "roles"), "RoleName", name))
        return true;
    const char *profile;
    json_t *role;
    json_object_foreach(json_object_get(call->cloud->state, "instance_profiles"), profile, role)
    {
        if (strcmp(json_string_value(role), name) == 0)
            return true;
    }
    return false;
}

static void get_role(struct sim_call *call)
{
    const char *name = sim_need(call, "RoleName");
    if (!name)
        return;
    if (!role_exists(call, name))
        sim_refuse(call, 404, "NoSuchEntity", "The role with name %s cannot be found.", name);
    else
        json_object_set_new(call->out, "Role", describe_role(call, name));
}

static json_t *describe_profile(struct sim_call *call, const char *name, const char *role)
{
    json_t *profile = json_pack("{s:s, s:s, s:s, s:s}", "Path", "/", "InstanceProfileName", name,
                                "InstanceProfileId", "AIPACKCEVSQ6C2EXAMPLE", "CreateDate",
                                "2025-03-01T09:00:00Z");
    sim_put(profile, "Arn", "arn:aws:iam::%s:instance-profile/%s", sim_cloud_account(call->cloud),
            name);
    json_t *roles = sim_list(profile, "Roles");
    if (*role)
        json_array_append_new(roles, describe_role(call, role));
    return profile;
}

static json_t *all_profiles(struct sim_call *call)
{
    json_t *list = json_array();
    const char *name;
    json_t *role;
    json_object_foreach(json_object_get(call->cloud->state, "instance_profiles"), name, role)
    {
        json_array_append_new(list, describe_profile(call, name, json_string_value(role)));
    }
    size_t i;
    json_t *made;
    json_array_foreach(sim_cloud_list(call->cloud, "profiles"), i, made)
    {
        json_array_append_new(list, describe_profile(call, sim_text(made, "InstanceProfileName"),
                                                     sim_text(made, "_role")));
    }
    return list;
}

static void list_instance_profiles(struct sim_call *call)
{
    static const struct sim_page page = {"InstanceProfiles", "MaxItems", "Marker",
                                         "Marker",           20,         1000};
    sim_page(call, all_profiles(call), &page);
    sim_put_bool(call->out, "IsTruncated", *sim_text(call->out, "Marker") != '\0');
}

static void get_instance_profile(struct sim_call *call)
{
    const char *name = sim_need(call, "InstanceProfileName");
    json_t *all = all_profiles(call);
    json_t *profile = name ? sim_find(all, "InstanceProfileName", name) : NULL;
    if (profile)
        json_object_set(call->out, "InstanceProfile", profile);
    else if (name)
        sim_refuse(call, 404, "NoSuchEntity", "Instance Profile %s cannot be found.", name);
    json_decref(all);
}

static const char *service_of(const json_t *row)
{
    const char *service = json_string_value(json_array_get(row, 2));
    return service ? service : "ec2";
}

static json_t *describe_quota(const struct sim_call *call, const char *code, const json_t *row)
{
    bool vpc = strcmp(service_of(row), "vpc") == 0;
    json_t *quota = json_pack(
        "{s:s, s:s, s:s, s:O, s:O, s:s, s:b, s:b}", "ServiceCode", service_of(row), "ServiceName",
        vpc ? "Amazon Virtual Private Cloud (Amazon VPC)"
            : "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaCode", code, "QuotaName", json_array_get(row, 0), "Value", json_array_get(row, 1),
        "Unit", "None", "Adjustable", 1, "GlobalQuota", 0);
    sim_put(quota, "QuotaArn", "arn:aws:servicequotas:%s:%s:%s/%s", call->region,
            sim_cloud_account(call->cloud), service_of(row), code);
    return quota;
}

static void get_service_quota(struct sim_call *call)
{
    const char *code = sim_need(call, "QuotaCode");
    json_t *row = json_object_get(json_object_get(call->cloud->state, "quotas"), code ? code : "");
    if (code && (!row || !sim_is(call->in, "ServiceCode", service_of(row))))
        sim_refuse(call, 400, "NoSuchResourceException",
                   "The request failed because the specified quota does not exist.");
    else if (code)
        json_object_set_new(call->out, "Quota", describe_quota(call, code, row));
}

static void list_service_quotas(struct sim_call *call)
{
    static const struct sim_page page = {"Quotas", "MaxResults", "NextToken", "NextToken", 2, 100};
    json_t *list = json_array();
    const char *code;
    json_t *row;
    json_object_foreach(json_object_get(call->cloud->state, "quotas"), code, row)
    {
        if (sim_is(call->in, "ServiceCode", service_of(row)))
            json_array_append_new(list, describe_quota(call, code, row));
    }
    sim_page(call, list, &page);
}

static const struct sim_op STS[] = {
    {"GetCallerIdentity", NULL, get_caller_identity, NULL},
    {NULL, NULL, NULL, NULL},
};
static const struct sim_op IAM[] = {
    {"GetRole", NULL, get_role, NULL},
    {"GetInstanceProfile", NULL, get_instance_profile, NULL},
    {"ListInstanceProfiles", NULL, list_instance_profiles, NULL},
    {NULL, NULL, NULL, NULL},
};
static const struct sim_op QUOTAS[] = {
    {"GetServiceQuota", NULL, get_service_quota, NULL},
    {"ListServiceQuotas", NULL, list_service_quotas, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_sts = {"sts", SIM_QUERY, "https://sts.amazonaws.com/doc/2011-06-15/",
                                    STS, NULL};
const struct sim_service sim_iam = {"iam", SIM_QUERY, "https://iam.amazonaws.com/doc/2010-05-08/",
                                    IAM, sim_iam_simulations};
const struct sim_service sim_quotas = {"servicequotas", SIM_JSON, "ServiceQuotasV20190624", QUOTAS,
                                       NULL};

/* SPDX-License-Identifier: Apache-2.0 */
/* What the account is asked for, and in which order. Names of parameters and members are those of
 * the API references of the services. */
#include "check/account.h"

#define CLUSTER_TAG  "tag:hpcwiz:cluster"
#define NAMES_A_CALL 10u /* SSM GetParameters, "Names" */

static void filter(struct hw_aws_request *request, unsigned number, const char *name,
                   const char *value)
{
    hw_aws_paramf(request, name, "Filter.%u.Name", number);
    hw_aws_paramf(request, value, "Filter.%u.Value.1", number);
}

/* The texts once each. False: there are none. */
static bool filter_all(struct hw_aws_request *request, unsigned number, const char *name,
                       const struct hw_strv *values)
{
    size_t count = 0;
    hw_aws_paramf(request, name, "Filter.%u.Name", number);
    for (size_t i = 0; i < values->count; i++) {
        bool seen = !*values->items[i];
        for (size_t j = 0; j < i; j++)
            seen = seen || strcmp(values->items[i], values->items[j]) == 0;
        if (!seen)
            hw_aws_paramf(request, values->items[i], "Filter.%u.Value.%zu", number, ++count);
    }
    return count > 0;
}

/* What is not there is an answer: nothing is told. */
static bool is_absent(struct hw_check_run *run HW_UNUSED, size_t at HW_UNUSED,
                      const struct hw_err *err)
{
    return err->code == HW_ERR_NOT_FOUND;
}

/* Told, so that the check of the credentials can say it; refused, for all that hangs on it. */
static bool identity_refused(struct hw_check_run *run, size_t at, const struct hw_err *err)
{
    hw_topic_add(run, HW_TOPIC_IDENTITY, at,
                 json_pack("{s:s, s:s}", "error", err->what, "next", err->next));
    return false;
}

/* ---- Network ---- */

/* Asked where the account is at home: a Region that is not enabled answers nobody. */
static bool fill_regions(struct hw_check_run *run, size_t at HW_UNUSED,
                         struct hw_aws_request *request)
{
    const char *region = hw_check_get(run, "region");
    hw_aws_request_region(request, hw_text_starts(region, "cn-")       ? "cn-north-1"
                                   : hw_text_starts(region, "us-gov-") ? "us-gov-west-1"
                                                                       : "us-east-1");
    hw_aws_param(request, "AllRegions", "true");
    return true;
}

static bool fill_vpc(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    hw_aws_param(request, "VpcId.1", hw_check_get(run, "network.vpc"));
    return true;
}

static bool fill_dns(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_aws_param(request, "VpcId", hw_check_get(run, "network.vpc"));
    hw_aws_param(request, "Attribute", at == 0 ? "enableDnsSupport" : "enableDnsHostnames");
    return true;
}

static bool fill_dhcp(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    const char *id = hw_told_text(json_array_get(hw_told(run, HW_TOPIC_VPC), 0), "dhcpOptionsId");
    hw_aws_param(request, "DhcpOptionsId.1", id);
    return hw_text_starts(id, "dopt-");
}

static bool fill_subnets(struct hw_check_run *run, size_t at HW_UNUSED,
                         struct hw_aws_request *request)
{
    return filter_all(request, 1, "subnet-id", hw_check_list(run, "network.subnets"));
}

static bool fill_in_vpc(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    filter(request, 1, "vpc-id", hw_check_get(run, "network.vpc"));
    return true;
}

static bool fill_addresses(struct hw_check_run *run, size_t at HW_UNUSED,
                           struct hw_aws_request *request)
{
    hw_auto(hw_strv) addresses = {0};
    hw_strv_add(&addresses, hw_check_get(run, "network.head_address"));
    if (hw_check_sql_own(run))
        hw_strv_add(&addresses, hw_check_get(run, "network.sql_address"));
    filter(request, 1, "vpc-id", hw_check_get(run, "network.vpc"));
    return filter_all(request, 2, "addresses.private-ip-address", &addresses);
}

static bool fill_kept(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    filter(request, 1, CLUSTER_TAG, hw_check_get(run, "cluster"));
    return true;
}

static bool fill_zone(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    hw_auto_text path =
        hw_format("/2013-04-01/hostedzone/%s", hw_check_get(run, "network.hosted_zone"));
    hw_aws_rest(request, "GET", path);
    return true;
}

static bool fill_record(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_auto_text path =
        hw_format("/2013-04-01/hostedzone/%s/rrset", hw_check_get(run, "network.hosted_zone"));
    hw_auto_text name =
        hw_format("%s.%s.", at == 0 ? "headnode" : "mssql", hw_check_get(run, "network.zone_name"));
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "name", name);
    hw_aws_param(request, "type", "A");
    hw_aws_param(request, "maxitems", "1");
    return true;
}

static bool fill_key_pair(struct hw_check_run *run, size_t at HW_UNUSED,
                          struct hw_aws_request *request)
{
    filter(request, 1, "key-name", hw_check_get(run, "access.key_pair"));
    return true;
}

static bool fill_rules_quota(struct hw_check_run *run HW_UNUSED, size_t at HW_UNUSED,
                             struct hw_aws_request *request)
{
    hw_aws_param(request, "ServiceCode", "vpc");
    hw_aws_param(request, "QuotaCode", "L-0EA8095F");
    return true;
}

/* ---- Images, types, quotas ---- */

static bool fill_image_paths(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_auto(hw_strv) paths = {0};
    json_t *names = json_array();
    for (size_t i = 0; i < run->place_count; i++) {
        const char *path = run->places[i].image + strlen("ssm:");
        if (hw_text_starts(run->places[i].image, "ssm:") && !hw_strv_has(&paths, path))
            hw_strv_add(&paths, path);
    }
    for (size_t i = at * NAMES_A_CALL; i < paths.count && i < (at + 1) * NAMES_A_CALL; i++)
        json_array_append_new(names, json_string(paths.items[i]));
    bool any = json_array_size(names) > 0;
    hw_aws_body_json(request, json_pack("{s:o}", "Names", names));
    return any;
}

static bool fill_images(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    hw_auto(hw_strv) ids = {0};
    for (size_t i = 0; i < run->place_count; i++)
        hw_strv_add(&ids, run->places[i].image_id);
    hw_aws_param(request, "IncludeDeprecated", "true");
    return filter_all(request, 1, "image-id", &ids);
}

/* Of images that this account owns, the encrypted snapshot of the first disk. */
static const char *snapshot_of(const json_t *image)
{
    const json_t *ebs = hw_told_at(image, "blockDeviceMapping.0.ebs");
    return hw_told_is(ebs, "encrypted", "true") ? hw_told_text(ebs, "snapshotId") : "";
}

static bool fill_snapshots(struct hw_check_run *run, size_t at HW_UNUSED,
                           struct hw_aws_request *request)
{
    hw_auto(hw_strv) ids = {0};
    size_t i;
    json_t *image;
    json_array_foreach(hw_told(run, HW_TOPIC_IMAGES), i, image)
    {
        hw_strv_add(&ids, snapshot_of(image));
    }
    return filter_all(request, 1, "snapshot-id", &ids);
}

static bool fill_snapshot_key(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const json_t *snapshot = json_array_get(hw_told(run, HW_TOPIC_SNAPSHOTS), at);
    const char *key = hw_told_text(snapshot, "kmsKeyId");
    hw_aws_param(request, "KeyId", key);
    return *key != '\0';
}

static bool fill_snapshot_policy(struct hw_check_run *run, size_t at,
                                 struct hw_aws_request *request)
{
    hw_aws_param(request, "PolicyName", "default");
    return fill_snapshot_key(run, at, request);
}

static bool fill_types(struct hw_check_run *run, size_t at HW_UNUSED,
                       struct hw_aws_request *request)
{
    hw_auto(hw_strv) types = {0};
    for (size_t i = 0; i < run->place_count; i++)
        hw_strv_add(&types, run->places[i].type);
    return filter_all(request, 1, "instance-type", &types);
}

static bool fill_offerings(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_aws_param(request, "LocationType", "availability-zone");
    return fill_types(run, at, request);
}

static bool fill_running(struct hw_check_run *run HW_UNUSED, size_t at HW_UNUSED,
                         struct hw_aws_request *request)
{
    hw_aws_param(request, "Filter.1.Name", "instance-state-name");
    hw_aws_param(request, "Filter.1.Value.1", "pending");
    hw_aws_param(request, "Filter.1.Value.2", "running");
    hw_aws_param(request, "MaxResults", "1000");
    return true;
}

/* An account may run thousands: only what counts is kept. */
static bool keep_running(json_t *reservation)
{
    static const char *const kept[] = {"instanceType", "instanceLifecycle", "cpuOptions", "tagSet"};
    json_t *instances = json_array();
    size_t i;
    json_t *instance;
    json_array_foreach(json_object_get(reservation, "instancesSet"), i, instance)
    {
        json_t *small = json_object();
        for (size_t k = 0; k < HW_COUNT(kept); k++)
            json_object_set(small, kept[k], json_object_get(instance, kept[k]));
        json_array_append_new(instances, small);
    }
    json_object_clear(reservation);
    json_object_set_new(reservation, "instancesSet", instances);
    return true;
}

/* Quotas count vCPUs by families of types (EC2 user guide, "On-Demand Instance quotas" and "Spot
 * Instance quotas"; codes: Service Quotas). */
static const struct hw_quota quotas[] = {
    {"a c d h i m r t z", "L-1216C47A", "L-34B43A08"},
    {"g gr vt", "L-DB2E81BA", "L-3819A6DF"},
    {"p", "L-417A185B", "L-7212CCBC"},
    {"f", "L-74FC7D96", "L-88CF9481"},
    {"x", "L-7295265B", "L-E3A00192"},
    {"inf", "L-1945791B", "L-B5D1601B"},
    {"dl", "L-6E869C2A", "L-85EED4F7"},
    {"trn", "L-2C3B7624", "L-6B0D517C"},
    {"u", "L-43DA4232", NULL},
    {"hpc", "L-F7808C92", NULL},
};

static bool has_family(const char *families, const char *family, size_t length)
{
    for (const char *at = families; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == length && strncmp(at, family, n) == 0)
            return true;
        at += n;
    }
    return false;
}

/* "c6i.4xlarge" is of family c, "mac2.metal", "im4gn" and "is4gen" begin with the letter that
 * counts. */
const struct hw_quota *hw_quota_of(const char *type)
{
    size_t letters = strcspn(type, "0123456789-.");
    for (size_t i = 0; i < HW_COUNT(quotas); i++) {
        if (has_family(quotas[i].letters, type, letters))
            return &quotas[i];
    }
    bool standard =
        letters > 0 && strncmp(type, "mac", letters) != 0 && strchr("cdimrtxz", type[0]);
    return standard ? type[0] == 'x' ? &quotas[4] : &quotas[0] : NULL;
}

const char *hw_quota_code(const char *type, bool spot)
{
    const struct hw_quota *quota = hw_quota_of(type);
    return quota ? spot ? quota->spot : quota->on_demand : NULL;
}

/* Each quota is asked for once, for the first place that counts against it. */
static bool fill_quota(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const char *code = hw_quota_code(run->places[at].type, run->places[at].spot);
    for (size_t i = 0; i < at && code; i++) {
        const char *before = hw_quota_code(run->places[i].type, run->places[i].spot);
        if (before && strcmp(before, code) == 0)
            code = NULL;
    }
    hw_aws_param(request, "ServiceCode", "ec2");
    hw_aws_param(request, "QuotaCode", code ? code : "");
    return code != NULL;
}

static void add_interface(struct hw_check_run *run, struct hw_aws_request *request)
{
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    hw_aws_param(request, "SubnetId", subnets->count ? subnets->items[0] : "");
}

static bool fill_launch(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const struct hw_place *place = &run->places[at];
    hw_aws_param(request, "DryRun", "true");
    hw_aws_param(request, "ImageId", place->image_id);
    hw_aws_param(request, "InstanceType", place->type);
    hw_aws_param(request, "KeyName", hw_check_get(run, "access.key_pair"));
    hw_aws_param(request, "MinCount", "1");
    hw_aws_param(request, "MaxCount", "1");
    hw_aws_param(request, "MetadataOptions.HttpTokens", "required");
    if (place->spot)
        hw_aws_param(request, "InstanceMarketOptions.MarketType", "spot");
    add_interface(run, request);
    return *place->image_id != '\0';
}

/* A dry run always ends with an error; which one is the answer. That the caller himself may not
 * launch says nothing about the launch. */
static bool launch_refused(struct hw_check_run *run, size_t at, const struct hw_err *err)
{
    if (!err->service_code[0] || err->code == HW_ERR_AUTH || err->code == HW_ERR_THROTTLED)
        return false;
    hw_topic_add(run, HW_TOPIC_LAUNCHES, at,
                 json_pack("{s:s, s:s}", "code", err->service_code, "message", err->what));
    return true;
}

/* ---- S3, SSM and KMS ---- */

static bool fill_media(struct hw_check_run *run, size_t at HW_UNUSED,
                       struct hw_aws_request *request)
{
    hw_auto_text bucket = hw_check_media_bucket(run);
    hw_auto_text folder = hw_check_media_folder(run);
    hw_auto_text path = hw_format("/%s", bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "list-type", "2");
    hw_aws_param(request, "max-keys", "1000");
    hw_aws_param(request, "prefix", folder);
    return *bucket != '\0';
}

/* A bucket that is not there, or that another Region answers for, is an answer. */
static bool bucket_refused(struct hw_check_run *run, enum hw_topic topic, const struct hw_err *err)
{
    if (err->code == HW_ERR_AUTH || !err->service_code[0])
        return false;
    hw_topic_add(run, topic, 0, json_pack("{s:s}", "error", err->service_code));
    return true;
}

static bool media_refused(struct hw_check_run *run, size_t at HW_UNUSED, const struct hw_err *err)
{
    return bucket_refused(run, HW_TOPIC_MEDIA, err);
}

static bool media_place_refused(struct hw_check_run *run, size_t at HW_UNUSED,
                                const struct hw_err *err)
{
    return bucket_refused(run, HW_TOPIC_MEDIA_PLACE, err);
}

static bool upload_refused(struct hw_check_run *run, size_t at HW_UNUSED, const struct hw_err *err)
{
    return bucket_refused(run, HW_TOPIC_BUCKET, err);
}

static bool fill_media_place(struct hw_check_run *run, size_t at HW_UNUSED,
                             struct hw_aws_request *request)
{
    hw_auto_text bucket = hw_check_media_bucket(run);
    hw_auto_text path = hw_format("/%s", bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "location", "");
    return *bucket != '\0';
}

static bool fill_bucket(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    const char *bucket = hw_check_get(run, "deploy.bucket");
    hw_auto_text path = hw_format("/%s", bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "location", "");
    return *bucket != '\0';
}

struct named {
    struct hw_check_run *run;
    struct hw_strv *names;
};

static void add_name(void *data, const char *key, const struct hw_field *field)
{
    struct named *named = data;
    const char *name = hw_check_get(named->run, key);
    if (field->type == HW_TYPE_NAME_OF_SECRET && *name && !hw_strv_has(named->names, name))
        hw_strv_add(named->names, name);
}

static bool fill_parameters(struct hw_check_run *run, size_t at HW_UNUSED,
                            struct hw_aws_request *request)
{
    hw_auto(hw_strv) names = {0};
    hw_cluster_each(run->cluster, add_name, &(struct named){run, &names});
    hw_aws_body_json(request, hw_parameters_body(&names));
    return names.count > 0;
}

static bool fill_key(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const json_t *all = hw_told(run, HW_TOPIC_PARAMETERS);
    const char *key = hw_told_text(json_array_get(all, at), "KeyId");
    bool asked = hw_text_starts(key, "alias/aws/"); /* keys of AWS itself are always usable */
    for (size_t i = 0; i < at && !asked; i++)
        asked = hw_told_is(json_array_get(all, i), "KeyId", key);
    hw_aws_param(request, "KeyId", key);
    return *key && !asked;
}

static bool key_refused(struct hw_check_run *run, size_t at, const struct hw_err *err)
{
    if (err->code != HW_ERR_NOT_FOUND)
        return false;
    hw_topic_add(run, HW_TOPIC_KEYS, at, json_pack("{s:s}", "KeyState", "NotFound"));
    return true;
}

/* ---- Stacks and permissions ---- */

static bool fill_stack(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_aws_param(request, "StackName", run->stacks.items[at].name);
    return true;
}

static bool fill_body(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const struct hw_file *file = hw_fileset_find(&run->files, run->stacks.items[at].file);
    if (!file || file->size > HW_CFN_BODY_INLINE)
        return false;
    hw_aws_param(request, "TemplateBody", file->bytes);
    return true;
}

static bool body_refused(struct hw_check_run *run, size_t at, const struct hw_err *err)
{
    if (err->code == HW_ERR_AUTH || strcmp(err->service_code, "ValidationError") != 0)
        return false;
    hw_topic_add(run, HW_TOPIC_BODIES, at, json_pack("{s:s}", "message", err->what));
    return true;
}

/* The name of an assumed role: "arn:aws:sts::123456789012:assumed-role/NAME/SESSION". */
static char *role_name(const char *arn)
{
    const char *role = strstr(arn, ":assumed-role/");
    role = role ? role + strlen(":assumed-role/") : "";
    return hw_strndup(role, strcspn(role, "/"));
}

static bool fill_caller_role(struct hw_check_run *run, size_t at HW_UNUSED,
                             struct hw_aws_request *request)
{
    hw_auto_text name = role_name(run->arn);
    hw_aws_param(request, "RoleName", name);
    return *name != '\0';
}

/* What a deployment calls, itself or through CloudFormation. */
static const char *const caller_actions[] = {
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DeleteStack",
    "ec2:CreateSecurityGroup",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateNetworkInterface",
    "ec2:CreateVolume",
    "ec2:CreateLaunchTemplate",
    "ec2:RunInstances",
    "ec2:CreateTags",
    "ec2:DescribeInstances",
    "ec2:GetPasswordData",
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:UpdateAutoScalingGroup",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:AddRoleToInstanceProfile",
    "iam:PassRole",
    "route53:ChangeResourceRecordSets",
    "ssm:GetParameters",
};

static bool fill_caller(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    const json_t *role = json_array_get(hw_told(run, HW_TOPIC_CALLER_ROLE), 0);
    const char *source = strstr(run->arn, ":user/") ? run->arn : hw_told_text(role, "Role.Arn");
    hw_aws_param(request, "PolicySourceArn", source);
    for (size_t i = 0; i < HW_COUNT(caller_actions); i++)
        hw_aws_paramf(request, caller_actions[i], "ActionNames.member.%zu", i + 1);
    return *source != '\0';
}

static void add_context(struct hw_aws_request *request, unsigned number, const char *key,
                        const char *value)
{
    hw_aws_paramf(request, key, "ContextEntries.member.%u.ContextKeyName", number);
    hw_aws_paramf(request, "string", "ContextEntries.member.%u.ContextKeyType", number);
    hw_aws_paramf(request, value, "ContextEntries.member.%u.ContextKeyValues.member.1", number);
}

/* Questions about a role: hw_node_need says which action on which resource. */
static bool fill_node(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    size_t role = at / HW_NODE_NEEDS * 2;
    hw_auto(hw_strv) resources = {0};
    const char *action =
        hw_node_need(run, run->policies.items[role], at % HW_NODE_NEEDS, &resources);
    if (!action || !resources.count)
        return false;
    hw_auto_text via = hw_format("ssm.%s.amazonaws.com", hw_check_get(run, "region"));
    hw_aws_param(request, "PolicyInputList.member.1", run->policies.items[role + 1]);
    hw_aws_param(request, "ActionNames.member.1", action);
    for (size_t i = 0; i < resources.count; i++)
        hw_aws_paramf(request, resources.items[i], "ResourceArns.member.%zu", i + 1);
    add_context(request, 1, "kms:ViaService", via);
    return true;
}

/* ---- The table ---- */

#define EC2(topic_, operation_, ...)                                                               \
    {                                                                                              \
        .topic = topic_, .service = HW_AWS_EC2, .operation = operation_,                           \
        .action = "ec2:" operation_, __VA_ARGS__                                                   \
    }
#define PAGES .token_in = "NextToken", .token_out = "nextToken"

static const struct hw_question identity = {.topic = HW_TOPIC_IDENTITY,
                                            .service = HW_AWS_STS,
                                            .operation = "GetCallerIdentity",
                                            .action = "sts:GetCallerIdentity",
                                            .set = "",
                                            .refused = identity_refused};

/* Asked at once; times: how many questions of the kind there may be. */
enum times { ONCE, TWICE, FOR_PLACES, FOR_STACKS, FOR_PATHS };
static const struct {
    enum times times;
    struct hw_question question;
} firsts[] = {
    {ONCE,
     EC2(HW_TOPIC_REGIONS, "DescribeRegions", .fill = fill_regions, .set = "regionInfo/item")},
    {ONCE, EC2(HW_TOPIC_VPC, "DescribeVpcs", .fill = fill_vpc, .set = "vpcSet/item",
               .refused = is_absent)},
    {TWICE,
     EC2(HW_TOPIC_DNS, "DescribeVpcAttribute", .fill = fill_dns, .set = "", .refused = is_absent)},
    {ONCE, EC2(HW_TOPIC_SUBNETS, "DescribeSubnets", .fill = fill_subnets, .set = "subnetSet/item")},
    {ONCE, EC2(HW_TOPIC_ROUTES, "DescribeRouteTables", .fill = fill_in_vpc,
               .set = "routeTableSet/item", PAGES)},
    {ONCE, EC2(HW_TOPIC_ENDPOINTS, "DescribeVpcEndpoints", .fill = fill_in_vpc,
               .set = "vpcEndpointSet/item", PAGES)},
    {ONCE, EC2(HW_TOPIC_ADDRESSES, "DescribeNetworkInterfaces", .fill = fill_addresses,
               .set = "networkInterfaceSet/item")},
    {ONCE, EC2(HW_TOPIC_KEPT, "DescribeNetworkInterfaces", .fill = fill_kept,
               .set = "networkInterfaceSet/item")},
    {ONCE,
     EC2(HW_TOPIC_KEPT, "DescribeVolumes", .fill = fill_kept, .set = "volumeSet/item", PAGES)},
    {ONCE,
     {.topic = HW_TOPIC_ZONE,
      .service = HW_AWS_ROUTE53,
      .operation = "GetHostedZone",
      .action = "route53:GetHostedZone",
      .fill = fill_zone,
      .set = "",
      .refused = is_absent}},
    {TWICE,
     {.topic = HW_TOPIC_RECORDS,
      .service = HW_AWS_ROUTE53,
      .operation = "ListResourceRecordSets",
      .action = "route53:ListResourceRecordSets",
      .fill = fill_record,
      .set = "ResourceRecordSets/ResourceRecordSet",
      .refused = is_absent}},
    {ONCE, EC2(HW_TOPIC_KEY_PAIR, "DescribeKeyPairs", .fill = fill_key_pair, .set = "keySet/item")},
    {ONCE,
     {.topic = HW_TOPIC_RULES_QUOTA,
      .service = HW_AWS_SERVICE_QUOTAS,
      .operation = "GetServiceQuota",
      .action = "servicequotas:GetServiceQuota",
      .fill = fill_rules_quota,
      .set = "Quota",
      .refused = is_absent}},
    {FOR_PATHS,
     {.topic = HW_TOPIC_IMAGE_PATHS,
      .service = HW_AWS_SSM,
      .operation = "GetParameters",
      .action = "ssm:GetParameters",
      .fill = fill_image_paths,
      .set = "Parameters"}},
    {ONCE, EC2(HW_TOPIC_TYPES, "DescribeInstanceTypes", .fill = fill_types,
               .set = "instanceTypeSet/item", PAGES)},
    {ONCE, EC2(HW_TOPIC_OFFERINGS, "DescribeInstanceTypeOfferings", .fill = fill_offerings,
               .set = "instanceTypeOfferingSet/item", PAGES)},
    {ONCE, EC2(HW_TOPIC_RUNNING, "DescribeInstances", .fill = fill_running,
               .set = "reservationSet/item", .keep = keep_running, PAGES)},
    {FOR_PLACES,
     {.topic = HW_TOPIC_QUOTAS,
      .service = HW_AWS_SERVICE_QUOTAS,
      .operation = "GetServiceQuota",
      .action = "servicequotas:GetServiceQuota",
      .fill = fill_quota,
      .set = "Quota",
      .refused = is_absent}},
    {ONCE,
     {.topic = HW_TOPIC_MEDIA,
      .service = HW_AWS_S3,
      .operation = "ListObjectsV2",
      .action = "s3:ListBucket",
      .fill = fill_media,
      .set = "Contents",
      .refused = media_refused}},
    {ONCE,
     {.topic = HW_TOPIC_MEDIA_PLACE,
      .service = HW_AWS_S3,
      .operation = "GetBucketLocation",
      .action = "s3:GetBucketLocation",
      .fill = fill_media_place,
      .set = "",
      .refused = media_place_refused}},
    {ONCE,
     {.topic = HW_TOPIC_BUCKET,
      .service = HW_AWS_S3,
      .operation = "GetBucketLocation",
      .action = "s3:GetBucketLocation",
      .fill = fill_bucket,
      .set = "",
      .refused = upload_refused}},
    {ONCE,
     {.topic = HW_TOPIC_PARAMETERS,
      .service = HW_AWS_SSM,
      .operation = "DescribeParameters",
      .action = "ssm:DescribeParameters",
      .fill = fill_parameters,
      .set = "Parameters",
      .token_in = "NextToken",
      .token_out = "NextToken"}},
    {FOR_STACKS,
     {.topic = HW_TOPIC_STACKS,
      .service = HW_AWS_CLOUDFORMATION,
      .operation = "DescribeStacks",
      .action = "cloudformation:DescribeStacks",
      .fill = fill_stack,
      .set = "Stacks/member",
      .refused = is_absent}},
    {ONCE,
     {.topic = HW_TOPIC_EXPORTS,
      .service = HW_AWS_CLOUDFORMATION,
      .operation = "ListExports",
      .action = "cloudformation:ListExports",
      .set = "Exports/member",
      .token_in = "NextToken",
      .token_out = "NextToken"}},
    {FOR_STACKS,
     {.topic = HW_TOPIC_BODIES,
      .service = HW_AWS_CLOUDFORMATION,
      .operation = "ValidateTemplate",
      .action = "cloudformation:ValidateTemplate",
      .fill = fill_body,
      .set = "",
      .refused = body_refused}},
};

static const struct hw_question dhcp = EC2(HW_TOPIC_DHCP, "DescribeDhcpOptions", .fill = fill_dhcp,
                                           .set = "dhcpOptionsSet/item", .refused = is_absent);
static const struct hw_question images =
    EC2(HW_TOPIC_IMAGES, "DescribeImages", .fill = fill_images, .set = "imagesSet/item");
static const struct hw_question snapshots =
    EC2(HW_TOPIC_SNAPSHOTS, "DescribeSnapshots", .fill = fill_snapshots, .set = "snapshotSet/item");
static const struct hw_question launch = EC2(HW_TOPIC_LAUNCHES, "RunInstances", .fill = fill_launch,
                                             .set = "", .refused = launch_refused);
static const struct hw_question snapshot_key = {.topic = HW_TOPIC_SNAPSHOT_KEYS,
                                                .service = HW_AWS_KMS,
                                                .operation = "DescribeKey",
                                                .action = "kms:DescribeKey",
                                                .fill = fill_snapshot_key,
                                                .set = "KeyMetadata",
                                                .refused = is_absent};
static const struct hw_question snapshot_grants = {.topic = HW_TOPIC_SNAPSHOT_KEYS,
                                                   .service = HW_AWS_KMS,
                                                   .operation = "ListGrants",
                                                   .action = "kms:ListGrants",
                                                   .fill = fill_snapshot_key,
                                                   .set = "Grants",
                                                   .refused = is_absent};
static const struct hw_question snapshot_policy = {.topic = HW_TOPIC_SNAPSHOT_KEYS,
                                                   .service = HW_AWS_KMS,
                                                   .operation = "GetKeyPolicy",
                                                   .action = "kms:GetKeyPolicy",
                                                   .fill = fill_snapshot_policy,
                                                   .set = "",
                                                   .refused = is_absent};
static const struct hw_question key = {.topic = HW_TOPIC_KEYS,
                                       .service = HW_AWS_KMS,
                                       .operation = "DescribeKey",
                                       .action = "kms:DescribeKey",
                                       .fill = fill_key,
                                       .set = "KeyMetadata",
                                       .refused = key_refused};
static const struct hw_question caller_role = {.topic = HW_TOPIC_CALLER_ROLE,
                                               .service = HW_AWS_IAM,
                                               .operation = "GetRole",
                                               .action = "iam:GetRole",
                                               .fill = fill_caller_role,
                                               .set = ""};
static const struct hw_question caller = {.topic = HW_TOPIC_CALLER,
                                          .service = HW_AWS_IAM,
                                          .operation = "SimulatePrincipalPolicy",
                                          .action = "iam:SimulatePrincipalPolicy",
                                          .fill = fill_caller,
                                          .set = "EvaluationResults/member",
                                          .token_in = "Marker",
                                          .token_out = "Marker"};
static const struct hw_question node = {.topic = HW_TOPIC_NODES,
                                        .service = HW_AWS_IAM,
                                        .operation = "SimulateCustomPolicy",
                                        .action = "iam:SimulateCustomPolicy",
                                        .fill = fill_node,
                                        .set = "EvaluationResults/member",
                                        .token_in = "Marker",
                                        .token_out = "Marker"};

static size_t count_of(const struct hw_check_run *run, enum times times)
{
    switch (times) {
    case ONCE:
        return 1;
    case TWICE:
        return 2;
    case FOR_PLACES:
        return run->place_count;
    case FOR_STACKS:
        return run->stacks.count;
    case FOR_PATHS:
        return run->place_count / NAMES_A_CALL + 1;
    }
    return 0;
}

static void ask_each(struct hw_check_run *run, const struct hw_question *question, size_t count)
{
    hw_topic_open(run, question->topic);
    for (size_t i = 0; i < count; i++)
        hw_ask(run, question, i);
}

void hw_questions_first(struct hw_check_run *run)
{
    ask_each(run, &identity, 1);
    for (size_t i = 0; i < HW_COUNT(firsts); i++)
        ask_each(run, &firsts[i].question, count_of(run, firsts[i].times));
}

/* What a question needs was refused: then so is it. */
static bool inherits(struct hw_check_run *run, enum hw_topic from, enum hw_topic to)
{
    if (run->topics[from].refused)
        hw_topic_refuse(run, to, run->topics[from].why);
    return run->topics[from].refused;
}

static void after(struct hw_check_run *run, enum hw_topic from, const struct hw_question *question,
                  size_t count)
{
    if (!inherits(run, from, question->topic))
        ask_each(run, question, count);
}

static bool is_over(const struct hw_check_run *run, enum hw_topic topic)
{
    return run->topics[topic].asked && run->topics[topic].open == 0;
}

/* Needs the account's number and, where they are known, the keys of the parameters. */
static void ask_nodes(struct hw_check_run *run)
{
    if (is_over(run, HW_TOPIC_IDENTITY) && is_over(run, HW_TOPIC_PARAMETERS) &&
        !run->topics[HW_TOPIC_NODES].asked)
        after(run, HW_TOPIC_IDENTITY, &node, run->policies.count / 2 * HW_NODE_NEEDS);
}

void hw_questions_more(struct hw_check_run *run, enum hw_topic settled)
{
    size_t told = json_array_size(hw_told(run, settled));
    switch (settled) {
    case HW_TOPIC_VPC:
        after(run, settled, &dhcp, 1);
        break;
    case HW_TOPIC_IMAGE_PATHS:
        hw_places_resolve(run);
        after(run, settled, &images, 1);
        after(run, settled, &launch, run->place_count);
        break;
    case HW_TOPIC_IMAGES:
        after(run, settled, &snapshots, 1);
        break;
    case HW_TOPIC_SNAPSHOTS:
        after(run, settled, &snapshot_key, told);
        after(run, settled, &snapshot_grants, told);
        after(run, settled, &snapshot_policy, told);
        break;
    case HW_TOPIC_PARAMETERS:
        after(run, settled, &key, told);
        ask_nodes(run);
        break;
    case HW_TOPIC_IDENTITY:
        hw_identity_resolve(run);
        after(run, settled, &caller_role, 1);
        ask_nodes(run);
        break;
    case HW_TOPIC_CALLER_ROLE:
        after(run, settled, &caller, 1);
        break;
    default:
        break;
    }
}

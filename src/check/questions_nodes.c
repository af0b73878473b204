/* SPDX-License-Identifier: Apache-2.0 */
/* What the account is asked of images, instance types, quotas and launches. Names of parameters
 * and members are those of the API references of the services. */
#include "check/questions.h"

static bool fill_image_paths(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_auto(hw_strv) paths = {0};
    json_t *names = json_array();
    for (size_t i = 0; i < run->place_count; i++) {
        const char *path = run->places[i].image + strlen("ssm:");
        if (hw_text_starts(run->places[i].image, "ssm:") && !hw_strv_has(&paths, path))
            hw_strv_add(&paths, path);
    }
    for (size_t i = at * HW_NAMES_A_CALL; i < paths.count && i < (at + 1) * HW_NAMES_A_CALL; i++)
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
    return hw_ask_filter_all(request, 1, "image-id", &ids);
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
    return hw_ask_filter_all(request, 1, "snapshot-id", &ids);
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
    return hw_ask_filter_all(request, 1, "instance-type", &types);
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

const struct hw_first_question hw_first_nodes[] = {
    {HW_FOR_PATHS,
     {.topic = HW_TOPIC_IMAGE_PATHS,
      .service = HW_AWS_SSM,
      .operation = "GetParameters",
      .action = "ssm:GetParameters",
      .fill = fill_image_paths,
      .set = "Parameters"}},
    {HW_ONCE, EC2(HW_TOPIC_TYPES, "DescribeInstanceTypes", .fill = fill_types,
                  .set = "instanceTypeSet/item", PAGES)},
    {HW_ONCE, EC2(HW_TOPIC_OFFERINGS, "DescribeInstanceTypeOfferings", .fill = fill_offerings,
                  .set = "instanceTypeOfferingSet/item", PAGES)},
    {HW_ONCE, EC2(HW_TOPIC_RUNNING, "DescribeInstances", .fill = fill_running,
                  .set = "reservationSet/item", .keep = keep_running, PAGES)},
    {HW_FOR_PLACES,
     {.topic = HW_TOPIC_QUOTAS,
      .service = HW_AWS_SERVICE_QUOTAS,
      .operation = "GetServiceQuota",
      .action = "servicequotas:GetServiceQuota",
      .fill = fill_quota,
      .set = "Quota",
      .refused = hw_ask_absent}},
    {.question = {.operation = NULL}},
};

const struct hw_check_question hw_question_images =
    EC2(HW_TOPIC_IMAGES, "DescribeImages", .fill = fill_images, .set = "imagesSet/item");
const struct hw_check_question hw_question_snapshots =
    EC2(HW_TOPIC_SNAPSHOTS, "DescribeSnapshots", .fill = fill_snapshots, .set = "snapshotSet/item");
const struct hw_check_question hw_question_launch = EC2(
    HW_TOPIC_LAUNCHES, "RunInstances", .fill = fill_launch, .set = "", .refused = launch_refused);
const struct hw_check_question hw_question_snapshot_key = {.topic = HW_TOPIC_SNAPSHOT_KEYS,
                                                           .service = HW_AWS_KMS,
                                                           .operation = "DescribeKey",
                                                           .action = "kms:DescribeKey",
                                                           .fill = fill_snapshot_key,
                                                           .set = "KeyMetadata",
                                                           .refused = hw_ask_absent};
const struct hw_check_question hw_question_snapshot_grants = {.topic = HW_TOPIC_SNAPSHOT_KEYS,
                                                              .service = HW_AWS_KMS,
                                                              .operation = "ListGrants",
                                                              .action = "kms:ListGrants",
                                                              .fill = fill_snapshot_key,
                                                              .set = "Grants",
                                                              .refused = hw_ask_absent};
const struct hw_check_question hw_question_snapshot_policy = {.topic = HW_TOPIC_SNAPSHOT_KEYS,
                                                              .service = HW_AWS_KMS,
                                                              .operation = "GetKeyPolicy",
                                                              .action = "kms:GetKeyPolicy",
                                                              .fill = fill_snapshot_policy,
                                                              .set = "",
                                                              .refused = hw_ask_absent};

/* SPDX-License-Identifier: Apache-2.0 */
/* What the account says of images, instance types, quotas and launches. */
#include "base/clock.h"
#include "check/account.h"

static const json_t *image_told(const struct hw_check_run *run, const struct hw_place *place)
{
    return *place->image_id ? hw_told_find(run, HW_TOPIC_IMAGES, "imageId", place->image_id) : NULL;
}

static const json_t *type_told(const struct hw_check_run *run, const struct hw_place *place)
{
    return hw_told_find(run, HW_TOPIC_TYPES, "instanceType", place->type);
}

static const char *zone_of(const struct hw_check_run *run, const char *subnet)
{
    return hw_told_text(hw_told_find(run, HW_TOPIC_SUBNETS, "subnetId", subnet),
                        "availabilityZone");
}

static bool is_compute(const struct hw_place *place)
{
    return strcmp(place->role, "compute") == 0;
}

/* Calls fn for each place whose image is known. */
static void each_image(struct hw_check_run *run, const char *id,
                       void (*fn)(struct hw_check_run *run, const char *id,
                                  const struct hw_place *place, const json_t *image))
{
    for (size_t i = 0; i < run->place_count; i++) {
        const json_t *image = image_told(run, &run->places[i]);
        if (image)
            fn(run, id, &run->places[i], image);
    }
}

/* ---- Images ---- */

static void judge_available(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        const json_t *image = image_told(run, place);
        const char *remedy = _("Choose one that the list offers.");
        if (!*place->image)
            continue;
        if (!*place->image_id)
            hw_found(run, id, place->image_key, remedy, _("%s: there is no parameter %s in %s"),
                     place->image_key, place->image + strlen("ssm:"), hw_check_get(run, "region"));
        else if (!image)
            hw_found(run, id, place->image_key, remedy,
                     _("%s: there is no image %s in %s that you may use"), place->image_key,
                     place->image_id, hw_check_get(run, "region"));
        else if (!hw_told_is(image, "imageState", "available"))
            hw_found(run, id, place->image_key, remedy, _("%s: image %s is %s"), place->image_key,
                     place->image_id, hw_told_text(image, "imageState"));
    }
}

static void judge_platform(struct hw_check_run *run, const char *id, const struct hw_place *place,
                           const json_t *image)
{
    const char *remedy = _("Choose a Windows Server image for x86-64.");
    if (!hw_told_is(image, "platform", "windows"))
        hw_found(run, id, place->image_key, remedy, _("%s: image %s (%s) is not Windows"),
                 place->image_key, place->image_id, hw_told_text(image, "name"));
    else if (!hw_told_is(image, "architecture", "x86_64"))
        hw_found(run, id, place->image_key, remedy, _("%s: image %s is for %s, not x86-64"),
                 place->image_key, place->image_id, hw_told_text(image, "architecture"));
}

static void judge_platforms(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_platform);
}

static void judge_deprecated_one(struct hw_check_run *run, const char *id,
                                 const struct hw_place *place, const json_t *image)
{
    const char *when = hw_told_text(image, "deprecationTime");
    char now[HW_TIME_SIZE];
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    if (*when && strcmp(when, now) < 0)
        hw_found(run, id, place->image_key, _("Choose a newer one."),
                 _("%s: image %s is deprecated since %.10s, and may go away"), place->image_key,
                 place->image_id, when);
}

static void judge_deprecated(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_deprecated_one);
}

/* "SQL_2019_Standard", "SQL Server 2022": the year behind the words, 0 if there is none. */
static int year_behind(const char *text, const char *words)
{
    const char *at = text ? strcasestr(text, words) : NULL;
    at = at ? at + strlen(words) : "";
    at += strcspn(at, "0123456789");
    return strspn(at, "0123456789") >= 4
               ? (int)strtol((char[]){at[0], at[1], at[2], at[3], 0}, NULL, 10)
               : 0;
}

/* Of images that say so in name or description; one's own images may say nothing. */
static int year_of(const json_t *image, const char *words, const char *joined)
{
    int year = year_behind(hw_told_text(image, "name"), joined);
    return year ? year : year_behind(hw_told_text(image, "description"), words);
}

static int windows_of(const json_t *image)
{
    return year_of(image, "Windows Server ", "Windows_Server-");
}

/* Windows: HPC Pack 2016 knows nothing later than Server 2019 and 2019 nothing before 2016; SQL
 * Server: 2014 or later for both ("System requirements" of HPC Pack, "Database capacity
 * planning"). Server 2025 is named by neither. */
static void judge_version(struct hw_check_run *run, const char *id, const struct hw_place *place,
                          const json_t *image)
{
    const char *pack = hw_check_get(run, "hpc_pack.version");
    int windows = windows_of(image), sql = year_of(image, "SQL Server ", "SQL_");
    bool too_new = strcmp(pack, "2016") == 0 && windows >= 2022;
    bool too_old =
        strcmp(pack, "2019") == 0 && windows && windows < (is_compute(place) ? 2012 : 2016);
    bool is_sql = strcmp(place->role, "sql") == 0;
    if (!is_sql && (too_new || too_old))
        hw_found(run, id, place->image_key,
                 _("Choose an image of another Windows, or another "
                   "release of HPC Pack."),
                 _("%s: HPC Pack %s does not run on Windows Server %d"), place->image_key, pack,
                 windows);
    if (is_sql && sql && sql < 2014)
        hw_found(run, id, place->image_key, _("Choose SQL Server 2014 or later."),
                 _("%s: HPC Pack %s does not support SQL Server %d"), place->image_key, pack, sql);
}

static void judge_versions(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_version);
}

static void judge_untested_one(struct hw_check_run *run, const char *id,
                               const struct hw_place *place, const json_t *image)
{
    if (windows_of(image) >= 2025)
        hw_found(run, id, place->image_key, _("Windows Server 2022 is the latest that is."),
                 _("%s: Windows Server %d is not named among the systems of HPC Pack"),
                 place->image_key, windows_of(image));
}

static void judge_untested(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_untested_one);
}

static void judge_edition_one(struct hw_check_run *run, const char *id,
                              const struct hw_place *place, const json_t *image)
{
    bool aws = hw_told_is(image, "imageOwnerAlias", "amazon");
    if (strcmp(place->role, "sql") == 0 && aws && !strcasestr(hw_told_text(image, "name"), "SQL"))
        hw_found(run, id, place->image_key, _("Choose an image with SQL Server."),
                 _("%s: image %s (%s) has no SQL Server"), place->image_key, place->image_id,
                 hw_told_text(image, "name"));
}

static void judge_edition(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_edition_one);
}

#define ROOT_DEVICE "/dev/sda1" /* of the launch templates, with a disk of so many GiB */
#define ROOT_GIB    100

static void judge_root_one(struct hw_check_run *run, const char *id, const struct hw_place *place,
                           const json_t *image)
{
    long gib = hw_told_number(image, "blockDeviceMapping.0.ebs.volumeSize");
    const char *device = hw_told_text(image, "rootDeviceName");
    if (gib > ROOT_GIB)
        hw_found(run, id, place->image_key, _("Choose or bake an image with a smaller disk."),
                 _("%s: the first disk of image %s has %ld GiB, nodes get %d"), place->image_key,
                 place->image_id, gib, ROOT_GIB);
    else if (*device && strcmp(device, ROOT_DEVICE) != 0)
        hw_found(run, id, place->image_key, _("Choose an image made from one of AWS's."),
                 _("%s: the first disk of image %s is %s, not %s"), place->image_key,
                 place->image_id, device, ROOT_DEVICE);
}

static void judge_root(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_root_one);
}

static bool lists(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

static void judge_boot(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        const json_t *image = image_told(run, place), *type = type_told(run, place);
        const json_t *modes = json_object_get(type, "supportedBootModes");
        const char *mode = hw_told_text(image, "bootMode");
        bool fits = !*mode || strcmp(mode, "uefi-preferred") == 0 || lists(modes, mode);
        if (image && json_is_array(modes) && !fits)
            hw_found(run, id, place->image_key, _("Choose another image or another type."),
                     _("%s: image %s boots by %s, which %s does not do"), place->image_key,
                     place->image_id, mode, place->type);
    }
}

/* IMDSv2 came in November 2019; launch agents from before ask the old way. */
static void judge_imds_one(struct hw_check_run *run, const char *id, const struct hw_place *place,
                           const json_t *image)
{
    const char *made = hw_told_text(image, "creationDate");
    if (*made && strcmp(made, "2019-12") < 0)
        hw_found(run, id, place->image_key, _("Choose or bake a newer image."),
                 _("%s: image %s is of %.10s; its launch agent may not know IMDSv2, which nodes "
                   "require"),
                 place->image_key, place->image_id, made);
}

static void judge_imds(struct hw_check_run *run, const char *id)
{
    each_image(run, id, judge_imds_one);
}

/* The key of an encrypted image has to let the service-linked role of Auto Scaling use it
 * ("Required AWS KMS key policy for use with encrypted volumes", EC2 Auto Scaling user guide). */
#define SCALING_ROLE "AWSServiceRoleForAutoScaling"

static void judge_snapshot_key(struct hw_check_run *run, const char *id)
{
    bool customers = false, allowed = false;
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, HW_TOPIC_SNAPSHOT_KEYS), i, told)
    {
        customers = customers || hw_told_is(told, "KeyManager", "CUSTOMER");
        allowed = allowed || strstr(hw_told_text(told, "Policy"), SCALING_ROLE) ||
                  strstr(hw_told_text(told, "GranteePrincipal"), SCALING_ROLE);
    }
    if (customers && !allowed)
        hw_found(run, id, "nodes.head.image",
                 _("Add the role to the key policy, or give it a grant."),
                 _("the key of an encrypted image does not name %s: groups could not start it"),
                 SCALING_ROLE);
}

/* ---- Types ---- */

static bool is_offered(const struct hw_check_run *run, const char *type, const char *zone)
{
    size_t i;
    json_t *item;
    json_array_foreach(hw_told(run, HW_TOPIC_OFFERINGS), i, item)
    {
        if (hw_told_is(item, "instanceType", type) && hw_told_is(item, "location", zone))
            return true;
    }
    return false;
}

static bool architecture_fits(const json_t *type)
{
    const json_t *list = hw_told_at(type, "processorInfo.supportedArchitectures");
    return !json_is_array(list) || lists(list, "x86_64");
}

/* Zones of the subnets that a place uses; of them those that offer its type. */
static void count_zones(const struct hw_check_run *run, const struct hw_place *place,
                        struct hw_strv *ret_without, size_t *ret_with)
{
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    size_t count = is_compute(place) ? subnets->count : subnets->count > 0;
    *ret_with = 0;
    for (size_t i = 0; i < count; i++) {
        const char *zone = zone_of(run, subnets->items[i]);
        if (!*zone)
            continue;
        if (is_offered(run, place->type, zone))
            (*ret_with)++;
        else if (!hw_strv_has(ret_without, zone))
            hw_strv_add(ret_without, zone);
    }
}

static void judge_types(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        const json_t *type = type_told(run, place);
        hw_auto(hw_strv) without = {0};
        size_t with;
        const char *remedy = _("Choose one that the list offers.");
        count_zones(run, place, &without, &with);
        if (!*place->type)
            continue;
        if (!type)
            hw_found(run, id, place->type_key, remedy, _("%s: there is no type %s in %s"),
                     place->type_key, place->type, hw_check_get(run, "region"));
        else if (!architecture_fits(type))
            hw_found(run, id, place->type_key, remedy,
                     _("%s: %s has no x86-64 processors, which Windows needs"), place->type_key,
                     place->type);
        else if (!with && without.count)
            hw_found(run, id, place->type_key, remedy, _("%s: %s is not offered in %s"),
                     place->type_key, place->type, without.items[0]);
    }
}

static void judge_offered(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        hw_auto(hw_strv) without = {0};
        size_t with;
        count_zones(run, place, &without, &with);
        for (size_t z = 0; with && z < without.count; z++)
            hw_found(run, id, place->type_key,
                     _("Leave out the subnet of that zone, or choose another type."),
                     _("%s: %s is not offered in %s; its nodes start in the other zones only"),
                     place->type_key, place->type, without.items[z]);
    }
}

#define SERVER_CPUS 4
#define SERVER_GIB  16

static void judge_memory(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        const json_t *type = type_told(run, place);
        long cpus = hw_told_number(type, "vCpuInfo.defaultVCpus");
        long mib = hw_told_number(type, "memoryInfo.sizeInMiB");
        if (!is_compute(place) && type && (cpus < SERVER_CPUS || mib < SERVER_GIB * 1024))
            hw_found(run, id, place->type_key, _("Choose a larger size."),
                     _("%s: %s has %ld vCPU and %ld GiB; at least %d and %d are advised"),
                     place->type_key, place->type, cpus, mib / 1024, SERVER_CPUS, SERVER_GIB);
    }
}

static void judge_generation(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        if (hw_told_is(type_told(run, place), "currentGeneration", "false"))
            hw_found(run, id, place->type_key, _("A current type does more for the same money."),
                     _("%s: %s is of a previous generation"), place->type_key, place->type);
    }
}

static void judge_market(struct hw_check_run *run, const char *id)
{
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        const json_t *type = type_told(run, place);
        const json_t *classes = json_object_get(type, "supportedUsageClasses");
        const json_t *strategies = hw_told_at(type, "placementGroupInfo.supportedStrategies");
        hw_auto_text key = hw_key_of_group("nodes.compute.*.placement", place->group);
        const char *strategy = is_compute(place) ? hw_check_get(run, key) : "none";
        if (place->spot && json_is_array(classes) && !lists(classes, "spot"))
            hw_found(run, id, place->type_key, _("Choose another type, or no Spot Instances."),
                     _("%s: %s does not come as Spot Instance"), place->type_key, place->type);
        if (strcmp(strategy, "none") != 0 && json_is_array(strategies) &&
            !lists(strategies, strategy))
            hw_found(run, id, key, _("Choose another type or another placement."),
                     _("%s: %s does not go into a placement group of strategy %s"), key,
                     place->type, strategy);
    }
}

/* ---- Quotas ---- */

static bool is_ours(const struct hw_check_run *run, const json_t *instance)
{
    return strcmp(hw_told_tag(instance, HW_CLUSTER_TAG), hw_check_get(run, "cluster")) == 0;
}

static long cpus_of(const json_t *instance)
{
    long cores = hw_told_number(instance, "cpuOptions.coreCount");
    long threads = hw_told_number(instance, "cpuOptions.threadsPerCore");
    return cores > 0 && threads > 0 ? cores * threads : 0;
}

/* vCPUs of what others run against the quota; this cluster's own are counted at full size. */
static long in_use(const struct hw_check_run *run, const char *code)
{
    long sum = 0;
    size_t i, k;
    json_t *reservation, *instance;
    json_array_foreach(hw_told(run, HW_TOPIC_RUNNING), i, reservation)
    {
        json_array_foreach(json_object_get(reservation, "instancesSet"), k, instance)
        {
            bool spot = hw_told_is(instance, "instanceLifecycle", "spot");
            const char *counts = hw_quota_code(hw_told_text(instance, "instanceType"), spot);
            if (counts && strcmp(counts, code) == 0 && !is_ours(run, instance))
                sum += cpus_of(instance);
        }
    }
    return sum;
}

/* What the cluster needs of the quota: now, or at full size with one node of each group that is
 * being replaced. 0: it does not count against this one. *ret_key: the largest part. */
static long needed(const struct hw_check_run *run, const char *code, bool full,
                   const char **ret_key)
{
    long sum = 0, largest = -1;
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        const char *counts = hw_quota_code(place->type, place->spot);
        long cpus = hw_told_number(type_told(run, place), "vCpuInfo.defaultVCpus");
        long nodes = full ? (long)place->most + is_compute(place) : (long)place->now;
        if (!counts || strcmp(counts, code) != 0 || cpus <= 0)
            continue;
        sum += cpus * nodes;
        if (cpus * nodes > largest) {
            largest = cpus * nodes;
            *ret_key = place->type_key;
        }
    }
    return sum;
}

static void judge_one_quota(struct hw_check_run *run, const char *id, const json_t *quota,
                            bool full)
{
    const char *code = hw_told_text(quota, "QuotaCode"), *key = NULL;
    long limit = hw_told_number(quota, "Value"), used = in_use(run, code);
    long sum = needed(run, code, full, &key);
    if (sum == 0 || limit < 0 || used + sum <= limit)
        return;
    hw_auto_text remedy =
        hw_format(_("Ask for more: aws service-quotas request-service-quota-increase --region %s "
                    "--service-code ec2 --quota-code %s --desired-value %ld"),
                  hw_check_get(run, "region"), code, used + sum);
    hw_found(run, id, key, remedy,
             full ? _("%s: %ld vCPU needed at full size, %ld left of %ld (%s)")
                  : _("%s: %ld vCPU needed to start, %ld left of %ld (%s)"),
             key, sum, limit > used ? limit - used : 0, limit, hw_told_text(quota, "QuotaName"));
}

static void judge_quotas(struct hw_check_run *run, const char *id, bool full)
{
    size_t i;
    json_t *quota;
    json_array_foreach(hw_told(run, HW_TOPIC_QUOTAS), i, quota)
    {
        judge_one_quota(run, id, quota, full);
    }
}

static void judge_quota_now(struct hw_check_run *run, const char *id)
{
    judge_quotas(run, id, false);
}

static void judge_quota_full(struct hw_check_run *run, const char *id)
{
    judge_quotas(run, id, true);
}

/* ---- Launches ---- */

static const struct {
    const char *code;
    bool zone;            /* it is the first subnet's zone that does not do */
    const char *sentence; /* N_() */
} refusals[] = {
    {"Unsupported", true, N_("the zone does not offer this type")},
    {"InsufficientInstanceCapacity", true, N_("the zone has no capacity for this type now")},
    {"InsufficientFreeAddressesInSubnet", false, N_("the first subnet has no free address")},
    {"InstanceLimitExceeded", false, N_("the quota of running instances is used up")},
    {"VcpuLimitExceeded", false, N_("the quota of vCPUs is used up")},
    {"MaxSpotInstanceCountExceeded", false, N_("the quota of Spot Instances is used up")},
    {"PendingVerification", false, N_("AWS is still verifying this account for the Region")},
    {"OptInRequired", false, N_("the image needs a subscription in AWS Marketplace")},
};

static void judge_launches(struct hw_check_run *run, const char *id)
{
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, HW_TOPIC_LAUNCHES), i, told)
    {
        const struct hw_place *place =
            &run->places[json_integer_value(json_object_get(told, "_at"))];
        const char *code = hw_told_text(told, "code"), *sentence = NULL;
        if (!*code || strcmp(code, "DryRunOperation") == 0)
            continue;
        for (size_t r = 0; r < HW_COUNT(refusals); r++) {
            if (strcmp(refusals[r].code, code) == 0)
                sentence = _(refusals[r].sentence);
        }
        hw_found(run, id, place->type_key, _("Correct what it names; nothing was started."),
                 _("%s: EC2 would not start this node: %s"), place->type_key,
                 sentence ? sentence : hw_told_text(told, "message"));
    }
}

#define ON(topic) HW_TOPIC_BIT(HW_TOPIC_##topic)
#define IMAGES    (ON(IMAGE_PATHS) | ON(IMAGES))

const struct hw_judgement hw_judge_nodes[] = {
    {"images.available", IMAGES, judge_available},
    {"images.platform", IMAGES, judge_platforms},
    {"images.deprecated", IMAGES, judge_deprecated},
    {"images.versions", IMAGES, judge_versions},
    {"images.untested", IMAGES, judge_untested},
    {"images.edition", IMAGES, judge_edition},
    {"images.root-disk", IMAGES, judge_root},
    {"images.boot-mode", IMAGES | ON(TYPES), judge_boot},
    {"images.imds", IMAGES, judge_imds},
    {"images.key", IMAGES | ON(SNAPSHOTS) | ON(SNAPSHOT_KEYS), judge_snapshot_key},
    {"nodes.types", ON(TYPES) | ON(OFFERINGS) | ON(SUBNETS), judge_types},
    {"nodes.offered", ON(TYPES) | ON(OFFERINGS) | ON(SUBNETS), judge_offered},
    {"nodes.memory", ON(TYPES), judge_memory},
    {"nodes.generation", ON(TYPES), judge_generation},
    {"nodes.market", ON(TYPES), judge_market},
    {"nodes.quota-now", ON(TYPES) | ON(RUNNING) | ON(QUOTAS), judge_quota_now},
    {"nodes.quota", ON(TYPES) | ON(RUNNING) | ON(QUOTAS), judge_quota_full},
    {"nodes.launch", IMAGES | ON(LAUNCHES), judge_launches},
    {NULL, 0, NULL},
};

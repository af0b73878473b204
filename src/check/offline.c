/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that need no network. */
#include "base/text.h"
#include "check/report.h"
#include "template/lint.h"

struct checked {
    const struct hw_cluster *cluster;
    struct hw_report *report;
};

static void on_rule(void *data, const char *rule_id, const char *key, const char *message,
                    const char *remedy)
{
    struct checked *c = data;
    hw_report_fail(c->report, rule_id, key, remedy, "%s", message);
}

static const char *get(const struct checked *c, const char *key)
{
    return hw_cluster_get(c->cluster, key);
}

static void zone_shadows_domain(const struct checked *c)
{
    const char *zone = get(c, "network.zone_name"), *domain = get(c, "directory.domain");
    if (*zone && hw_text_equal_nocase(zone, domain))
        hw_report_fail(c->report, "network.zone-shadows-domain", "network.hosted_zone",
                       _("Use a zone of another name, such as hpc.<domain>."),
                       _("the private zone %s has the name of the domain"), zone);
}

static void one_subnet(const struct checked *c)
{
    if (hw_cluster_list(c->cluster, "network.subnets")->count == 1)
        hw_report_fail(c->report, "network.one-subnet", "network.subnets",
                       _("Add a subnet in another zone if you can."),
                       _("all compute nodes start in one subnet"));
}

#define WIDE_BITS 8 /* a /8 or larger is most of an address space */

static void access_open(const struct checked *c)
{
    const struct hw_strv *from = hw_cluster_list(c->cluster, "access.from");
    for (size_t i = 0; i < from->count; i++) {
        uint32_t net;
        unsigned bits;
        if (hw_parse_cidr(from->items[i], &net, &bits) && bits < WIDE_BITS)
            hw_report_fail(c->report, "access.open", "access.from",
                           _("Name the network that you administer from."),
                           _("the nodes can be reached from %s"), from->items[i]);
    }
}

static void sql_image(const struct checked *c)
{
    const char *image = get(c, "nodes.sql.image");
    if (hw_cluster_sql_local(c->cluster) || !hw_text_starts(image, "ssm:/aws/"))
        return;
    if (!strstr(image, "SQL"))
        hw_report_fail(c->report, "images.sql", "nodes.sql.image",
                       _("Choose an image whose name has SQL in it."), _("%s has no SQL Server"),
                       image);
}

static void windows_of(const struct checked *c, const char *key)
{
    const char *image = get(c, key), *version = get(c, "hpc_pack.version");
    bool old_pack = strcmp(version, "2016") == 0;
    if (old_pack && (strstr(image, "Server-2022") || strstr(image, "Server-2025")))
        hw_report_fail(c->report, "images.windows", key,
                       _("Choose Windows Server 2019 or 2016, or HPC Pack 2019."),
                       _("HPC Pack 2016 does not run on the Windows of %s"), image);
}

/* The letter g behind the generation number stands for AWS Graviton: m7g, c6gn, t4g (EC2 user
 * guide, "Instance type naming conventions"). */
static bool is_arm(const char *type)
{
    size_t family = strcspn(type, "0123456789");
    size_t generation = strspn(type + family, "0123456789");
    return strcspn(type + family + generation, "g.") < strcspn(type + family + generation, ".") ||
           hw_text_starts(type, "a1.");
}

static bool is_small(const char *type)
{
    static const char *const sizes[] = {".nano", ".micro", ".small", ".medium"};
    for (size_t i = 0; i < HW_COUNT(sizes); i++) {
        if (hw_text_ends(type, sizes[i]))
            return true;
    }
    return false;
}

static void type_of(const struct checked *c, const char *key)
{
    const char *type = get(c, key);
    if (is_arm(type))
        hw_report_fail(c->report, "nodes.architecture", key,
                       _("Choose a type with Intel or AMD processors, such as m6i.xlarge."),
                       _("%s is an Arm type, which Windows does not run on"), type);
    bool head_is_large = strcmp(key, "nodes.head.type") == 0 && hw_text_ends(type, ".large");
    if (is_small(type) || head_is_large)
        hw_report_fail(c->report, "nodes.small", key,
                       _("Choose a larger size: at least 4 vCPU and 16 GiB for SQL and head."),
                       _("%s is small for this role"), type);
}

static void images_and_types(const struct checked *c)
{
    sql_image(c);
    windows_of(c, "nodes.head.image");
    type_of(c, "nodes.head.type");
    if (!hw_cluster_sql_local(c->cluster)) {
        windows_of(c, "nodes.sql.image");
        type_of(c, "nodes.sql.type");
    }
    for (size_t group = 0; group < hw_cluster_groups(c->cluster); group++) {
        hw_auto_text image = hw_key_of_group("nodes.compute.*.image", group);
        hw_auto_text type = hw_key_of_group("nodes.compute.*.type", group);
        windows_of(c, image);
        type_of(c, type);
    }
}

/* About what an installation takes, in seconds: Microsoft's and AWS's own templates allow 30
 * minutes for a node and more for the head node. */
static const struct {
    const char *key;
    unsigned least;
} durations[] = {
    {"timeouts.sql", 15 * 60}, {"timeouts.head", 45 * 60}, {"timeouts.compute", 30 * 60}};

static void timeouts(const struct checked *c)
{
    for (size_t i = 0; i < HW_COUNT(durations); i++) {
        bool absent = i == 0 && hw_cluster_sql_local(c->cluster);
        if (!absent && hw_cluster_seconds(c->cluster, durations[i].key) < durations[i].least)
            hw_report_fail(c->report, "nodes.timeouts", durations[i].key,
                           _("Allow more time; a node that fails is reported at once anyway."),
                           _("%s: an installation takes about %u minutes"), durations[i].key,
                           durations[i].least / 60);
    }
}

static void secrets_distinct(const struct checked *c)
{
    static const char *const keys[] = {"secrets.sql_username", "secrets.sql_password",
                                       "secrets.service_username", "secrets.service_password",
                                       "secrets.certificate_password"};
    for (size_t i = 0; i < HW_COUNT(keys); i++) {
        for (size_t j = 0; j < i; j++) {
            /* One account may serve both; a name must never double as a password. */
            bool both_names =
                hw_text_ends(keys[i], "username") && hw_text_ends(keys[j], "username");
            bool both_words =
                hw_text_ends(keys[i], "password") && hw_text_ends(keys[j], "password");
            if (!both_names && !both_words && strcmp(get(c, keys[i]), get(c, keys[j])) == 0)
                hw_report_fail(c->report, "secrets.distinct", keys[i],
                               _("Name another parameter for one of them."),
                               _("%s and %s name the same parameter %s"), keys[j], keys[i],
                               get(c, keys[i]));
        }
    }
}

static void on_failure(const struct checked *c)
{
    const char *choice = get(c, "deploy.on_failure");
    if (strcmp(choice, "keep") == 0)
        hw_report_fail(c->report, "deploy.on-failure", "deploy.on_failure",
                       _("Choose rollback when you do not need to look inside."),
                       _("failed stacks are kept, and cost money until you remove them"));
    else
        hw_report_fail(c->report, "deploy.on-failure", "deploy.on_failure",
                       _("Choose keep to look inside a failed node."),
                       _("failed nodes are removed; hpcwiz keeps the log lines that it saw"));
}

static void on_lint(void *data, const char *id, enum hw_severity severity, const char *file,
                    const char *message)
{
    const struct checked *c = data;
    if (severity == HW_ERROR)
        hw_report_fail(c->report, id, NULL, NULL, "%s: %s", file, message);
}

static void large_bodies(const struct checked *c, const struct hw_fileset *files)
{
    if (*get(c, "deploy.bucket"))
        return;
    for (size_t i = 0; i < files->count; i++) {
        const struct hw_file *file = &files->items[i];
        if (file->resources && file->size > HW_CFN_BODY_INLINE)
            hw_report_fail(c->report, "deploy.bucket", "deploy.bucket",
                           _("Name a bucket in this Region that you may write to."),
                           _("%s has %zu bytes; over %u it needs an upload bucket"), file->path,
                           file->size, HW_CFN_BODY_INLINE);
    }
}

static void templates(const struct checked *c)
{
    hw_auto(hw_fileset) files = {0};
    struct hw_err err = {0};
    if (hw_generate(c->cluster, &files, &err)) {
        hw_lint_fileset(&files, on_lint, (void *)c);
        large_bodies(c, &files);
        return;
    }
    for (size_t i = 0; i < hw_check_count(); i++) {
        if (hw_text_starts(hw_check_at(i)->id, "template."))
            hw_report_unknown(c->report, hw_check_at(i)->id, err.what);
    }
}

void hw_check_offline(const struct hw_cluster *cluster, const struct hw_strv *skip,
                      const struct hw_sink *sink, struct hw_check_result *ret)
{
    struct hw_report report = {.sink = sink, .skip = skip};
    struct checked c = {cluster, &report};
    hw_cluster_rules(cluster, on_rule, &c);
    zone_shadows_domain(&c);
    one_subnet(&c);
    access_open(&c);
    images_and_types(&c);
    timeouts(&c);
    secrets_distinct(&c);
    on_failure(&c);
    templates(&c);
    hw_report_rest(&report, false);
    *ret = report.result;
}

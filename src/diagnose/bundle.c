/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/bundle.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "diagnose/alias.h"
#include "diagnose/archive.h"
#include "logs/names.h"
#include "logs/redact.h"

#define NAME_MAX_BYTES 128u
#define ROOT           "hpcwiz-bundle"
#define EVENTS         "events.jsonl"

struct part {
    struct hw_buf text;
    size_t left_out;
    unsigned pem; /* lines of a PEM block still expected */
    bool whole;
};

struct hw_bundle {
    size_t max_log, total;
    struct hw_redact *redact;
    struct hw_alias *alias; /* NULL: nothing is replaced */
    struct hw_names names;  /* of the parts, by their number */
    struct part *parts;
    size_t count, capacity;
    struct hw_buf line, safe;
    char *cluster;
};

/* What the cluster calls its own. */

static void learn_account(struct hw_alias *alias, const char *account)
{
    const char *slash = strrchr(account, '\\');
    hw_alias_name(alias, "account-name", slash ? slash + 1 : account);
}

static void learn_bucket(struct hw_alias *alias, const char *url)
{
    static const char scheme[] = "s3://";
    const char *name = hw_text_starts(url, scheme) ? url + strlen(scheme) : url;
    hw_auto_text bucket = hw_strndup(name, strcspn(name, "/"));
    hw_alias_name(alias, "bucket", bucket);
}

static void learn_cluster(struct hw_alias *alias, const struct hw_cluster *cluster)
{
    static const char *const lists[] = {"hpc_pack.administrators", "hpc_pack.users"};
    hw_auto_text head = hw_format("%s-HN", hw_cluster_get(cluster, "cluster"));
    hw_alias_name(alias, "host", head);
    hw_alias_name(alias, "domain", hw_cluster_get(cluster, "directory.domain"));
    hw_alias_name(alias, "domain", hw_cluster_get(cluster, "network.zone_name"));
    hw_alias_name(alias, "netbios", hw_cluster_get(cluster, "directory.netbios"));
    hw_alias_name(alias, "ou", hw_cluster_get(cluster, "directory.ou"));
    learn_bucket(alias, hw_cluster_get(cluster, "hpc_pack.media"));
    learn_bucket(alias, hw_cluster_get(cluster, "deploy.bucket"));
    for (size_t i = 0; i < HW_COUNT(lists); i++) {
        const struct hw_strv *accounts = hw_cluster_list(cluster, lists[i]);
        for (size_t k = 0; accounts && k < accounts->count; k++)
            learn_account(alias, accounts->items[k]);
    }
}

/* A compute node is called "N-" and the last 13 digits of its instance id (the generated scripts
 * name it so). */
static void learn_node(struct hw_alias *alias, const struct hw_ev_node *node)
{
    size_t n = node->instance ? strlen(node->instance) : 0;
    if (n <= 13)
        return;
    hw_auto_text host = hw_format("N-%s", node->instance + n - 13);
    hw_alias_name(alias, "host", host);
}

struct hw_bundle *hw_bundle_new(const struct hw_bundle_options *options,
                                const struct hw_cluster *cluster)
{
    struct hw_bundle *bundle = HW_NEW(struct hw_bundle);
    bundle->max_log = options->max_log ? options->max_log : HW_BUNDLE_LOG;
    bundle->redact = hw_redact_new();
    bundle->alias = options->anonymous ? hw_alias_new() : NULL;
    bundle->line.max = bundle->safe.max = HW_MAX_TEXT;
    bundle->cluster = hw_strdup(hw_cluster_get(cluster, "cluster"));
    if (bundle->alias)
        learn_cluster(bundle->alias, cluster);
    return bundle;
}

void hw_bundle_free(struct hw_bundle *bundle)
{
    if (!bundle)
        return;
    for (size_t i = 0; i < bundle->count; i++)
        hw_buf_done(&bundle->parts[i].text);
    free(bundle->parts);
    hw_names_done(&bundle->names);
    hw_redact_free(bundle->redact);
    hw_alias_free(bundle->alias);
    hw_buf_done(&bundle->line);
    hw_buf_done(&bundle->safe);
    free(bundle->cluster);
    free(bundle);
}

/* Adding. */

static bool is_log(const char *name)
{
    return hw_text_starts(name, "logs/");
}

/* A name from outside becomes one part of a path. */
static char *safe_name(const char *name)
{
    hw_auto(hw_buf) clean = HW_BUF(4 * NAME_MAX_BYTES);
    hw_text_clean(&clean, name, hw_text_cut(name, NAME_MAX_BYTES), false);
    char *text = hw_buf_take(&clean);
    for (char *p = text; *p; p++) {
        if (*p == '/' || *p == '\\' || *p == ':')
            *p = '_';
    }
    if (*text == '.' || *text == '\0')
        hw_replace(&text, "_");
    return text;
}

static struct part *part_of(struct hw_bundle *bundle, const char *name)
{
    uint32_t number = hw_names_find(&bundle->names, name);
    if (number != HW_NAMES_NONE)
        return &bundle->parts[number];
    if (bundle->count >= HW_MAX_BUNDLE_FILES)
        return NULL;
    hw_names_add(&bundle->names, name);
    hw_grow(&bundle->parts, &bundle->capacity, bundle->count, sizeof *bundle->parts);
    bundle->parts[bundle->count] = (struct part){.text = HW_BUF(HW_MAX_BUNDLE)};
    return &bundle->parts[bundle->count++];
}

/* Whole lines from the beginning, so that twice the limit is never held. */
static void trim(struct hw_bundle *bundle, struct part *part, size_t limit)
{
    if (part->text.len <= limit)
        return;
    size_t cut = part->text.len - limit;
    const char *end = memchr(part->text.data + cut, '\n', part->text.len - cut);
    if (end)
        cut = (size_t)(end - part->text.data) + 1;
    hw_buf_drop(&part->text, cut);
    part->left_out += cut;
    bundle->total -= cut;
}

static void add_line(struct hw_bundle *bundle, struct part *part, const char *text, size_t n)
{
    const struct hw_buf *line = &bundle->safe;
    hw_buf_clear(&bundle->safe);
    hw_redact_line(bundle->redact, &part->pem, text, n, &bundle->safe);
    if (bundle->alias) {
        hw_buf_clear(&bundle->line);
        hw_alias_apply(bundle->alias, hw_buf_cstr(&bundle->safe), bundle->safe.len, &bundle->line);
        line = &bundle->line;
    }
    if (bundle->total + line->len >= HW_MAX_BUNDLE) {
        part->left_out += line->len + 1;
        return;
    }
    hw_buf_add(&part->text, line->data, line->len);
    hw_buf_char(&part->text, '\n');
    bundle->total += line->len + 1;
}

void hw_bundle_add(struct hw_bundle *bundle, const char *name, const char *bytes, size_t n)
{
    struct part *part = part_of(bundle, name);
    size_t at = 0;
    while (part && at < n) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t length = end ? (size_t)(end - bytes) - at : n - at;
        add_line(bundle, part, bytes + at, length);
        at += length + 1;
    }
}

static void feed_log(struct hw_bundle *bundle, const struct hw_ev_log *log)
{
    hw_auto_text node = safe_name(log->node ? log->node : "");
    hw_auto_text source = safe_name(log->source ? log->source : "");
    hw_auto_text instance = safe_name(log->instance ? log->instance : "");
    hw_auto_text name = log->instance && *log->instance
                            ? hw_format("logs/%s_%s/%s", node, instance, source)
                            : hw_format("logs/%s/%s", node, source);
    struct part *part = part_of(bundle, name);
    if (!part || part->whole)
        return;
    add_line(bundle, part, log->text, strlen(log->text));
    if (part->text.len > 2 * bundle->max_log)
        trim(bundle, part, bundle->max_log);
}

void hw_bundle_logs_are_whole(struct hw_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        bundle->parts[i].whole = is_log(bundle->names.texts.items[i]);
}

static void feed_json(struct hw_bundle *bundle, const char *name, const struct hw_event *event)
{
    hw_auto(hw_buf) json = HW_BUF(HW_MAX_TEXT);
    struct part *part = part_of(bundle, name);
    if (part && hw_event_json(event, &json))
        add_line(bundle, part, json.data, json.len);
}

void hw_bundle_feed(struct hw_bundle *bundle, const struct hw_event *event)
{
    if (event->type == HW_EV_NODE && bundle->alias)
        learn_node(bundle->alias, &event->u.node);
    if (event->type == HW_EV_LOG)
        feed_log(bundle, &event->u.log);
    else if (event->type != HW_EV_FINDING && event->type != HW_EV_RESULT)
        feed_json(bundle, EVENTS, event);
}

static void print_finding(const struct hw_ev_finding *finding, bool is_root, struct hw_buf *out)
{
    hw_buf_print(out, "%s%s  %s%s%u %%\n", is_root ? "" : "  ", finding->title,
                 finding->ref ? finding->ref : "", finding->ref ? "  " : "", finding->confidence);
    hw_buf_print(out, "%s\n", finding->cause);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct hw_evidence *evidence = &finding->evidence[i];
        hw_buf_print(out, "  %s", evidence->source);
        if (evidence->line)
            hw_buf_print(out, ":%llu", (unsigned long long)evidence->line);
        hw_buf_print(out, "  %s\n", evidence->text);
    }
    if (finding->remedy && is_root)
        hw_text_number(out, finding->remedy, 3);
    hw_buf_char(out, '\n');
}

/* Commands among the steps name the cluster file, and its folder may name a person. */
static void learn_folder(struct hw_alias *alias, const struct hw_diagnose *diagnose)
{
    const char *file = hw_diagnose_known(diagnose, HW_FACT_FILE);
    const char *slash = file ? strrchr(file, '/') : NULL;
    hw_auto_text folder = slash ? hw_strndup(file, (size_t)(slash - file)) : NULL;
    if (folder)
        hw_alias_name(alias, "folder", folder);
}

void hw_bundle_findings(struct hw_bundle *bundle, const struct hw_diagnose *diagnose)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    if (bundle->alias)
        learn_folder(bundle->alias, diagnose);
    for (size_t i = 0; i < hw_diagnose_count(diagnose); i++) {
        const struct hw_ev_finding *finding = hw_diagnose_at(diagnose, i);
        struct hw_event event = {.type = HW_EV_FINDING, .u.finding = *finding};
        feed_json(bundle, "findings.jsonl", &event);
        print_finding(finding, hw_diagnose_cause_of(diagnose, i) == SIZE_MAX, &text);
    }
    if (text.len)
        hw_bundle_add(bundle, "findings.txt", text.data, text.len);
}

/* Looking and writing. */

size_t hw_bundle_count(const struct hw_bundle *bundle)
{
    return bundle->count;
}

struct hw_bundle_entry hw_bundle_at(const struct hw_bundle *bundle, size_t index)
{
    const struct part *part = &bundle->parts[index];
    const char *name = bundle->names.texts.items[index];
    size_t limit = is_log(name) ? bundle->max_log : part->text.len;
    size_t over = part->text.len > limit ? part->text.len - limit : 0;
    return (struct hw_bundle_entry){
        .name = name, .bytes = part->text.len - over, .left_out = part->left_out + over};
}

static void add_about(struct hw_bundle *bundle)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    struct utsname host = {0};
    char now[HW_TIME_SIZE];
    uname(&host);
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_buf_print(&text, "hpcwiz " PACKAGE_VERSION ", %s %s %s\n", host.sysname, host.release,
                 host.machine);
    hw_buf_print(&text, _("Cluster: %s\nWritten: %s\n"), bundle->cluster, now);
    hw_buf_text(&text, bundle->alias
                           ? _("Names, addresses and account numbers are replaced; the map stayed\n"
                               "with whoever wrote this.\n")
                           : _("Names, addresses and account numbers are as they were.\n"));
    hw_buf_print(&text, _("What looks like a secret is replaced by %s.\n\n"), HW_REDACTED);
    for (size_t i = 0; i < bundle->count; i++) {
        struct hw_bundle_entry entry = hw_bundle_at(bundle, i);
        hw_buf_print(&text, "%10zu  %s", entry.bytes, entry.name);
        if (entry.left_out)
            hw_buf_print(&text, _("  (its end; %zu bytes left out)"), entry.left_out);
        hw_buf_char(&text, '\n');
    }
    hw_bundle_add(bundle, "README", text.data, text.len);
}

static bool write_map(const struct hw_bundle *bundle, const char *path, struct hw_err *err)
{
    hw_auto(hw_buf) map = HW_BUF(HW_MAX_FILE);
    hw_auto_text beside = hw_format("%s.map.json", path);
    if (!hw_alias_map(bundle->alias, &map))
        return hw_fail(err, HW_ERR_LIMIT, _("the map of the bundle is too long"));
    return hw_file_write(beside, map.data, map.len, 0600, err);
}

bool hw_bundle_write(struct hw_bundle *bundle, const char *path, struct hw_err *err)
{
    for (size_t i = 0; i < bundle->count; i++) {
        if (is_log(bundle->names.texts.items[i]))
            trim(bundle, &bundle->parts[i], bundle->max_log);
    }
    add_about(bundle);
    /* The map first: a bundle that nobody can read back is worth less than none. */
    if (bundle->alias && !write_map(bundle, path, err))
        return false;
    struct hw_archive_item *items = hw_alloc(bundle->count * sizeof *items);
    for (size_t i = 0; i < bundle->count; i++)
        items[i] = (struct hw_archive_item){bundle->names.texts.items[i],
                                            hw_buf_cstr(&bundle->parts[i].text),
                                            bundle->parts[i].text.len};
    bool ok = hw_archive_write(path, ROOT, items, bundle->count, err);
    free(items);
    return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/mem.h"
#include "base/text.h"
#include "fake_choices.h"
#include "fake_event.h"
#include "fake_findings.h"
#include "template/generate.h"

enum { LOG_LINES = 1000 };

struct fake_host {
    struct ui_host table;
    struct hw_choices lists[HW_SOURCE_COUNT];
    bool wanted[HW_SOURCE_COUNT];
    bool hold, identify, check;
    char *question, *answered, *profile;
    bool node_asks, certificate;
    struct hw_choices profiles;
    char *fail, *saved;
    char *checked, *generated; /* names of clusters */
    bool known;
    long off_s;               /* of the services' clock */
    struct hw_cluster *found; /* that only the account knows */
    struct hw_fileset files;
    struct hw_logs *logs;
    struct fake_findings findings;
    struct hw_prices *prices; /* NULL: there is no estimate */
    struct hw_cost cost;
    bool more_prices;                  /* are on their way */
    struct hw_parameter parameters[8]; /* those that were asked for */
    size_t parameter_count;
    struct hw_choices keys;
    char *put; /* what is being made */
};

static void want(void *data, const struct hw_cluster *cluster, enum hw_source source)
{
    struct fake_host *fake = data;
    (void)cluster;
    if (fake->lists[source].state == HW_CHOICES_READY || fake->wanted[source])
        return;
    fake->wanted[source] = true;
    fake->lists[source].state = HW_CHOICES_LOADING;
    fake->lists[source].generation++;
}

static const struct hw_choices *choices(void *data, enum hw_source source)
{
    return &((struct fake_host *)data)->lists[source];
}

static void again(void *data, const struct hw_cluster *cluster, enum hw_source source)
{
    struct fake_host *fake = data;
    unsigned long generation = fake->lists[source].generation;
    hw_choices_done(&fake->lists[source]);
    fake->lists[source].generation = generation + 1;
    fake->wanted[source] = false;
    want(data, cluster, source);
}

static long vcpus(void *data, const char *type)
{
    (void)data;
    return strstr(type, ".4xlarge") ? 16 : 4;
}

static const struct hw_cost *cost(void *data, const struct hw_cluster *cluster, bool *ret_over)
{
    struct fake_host *fake = data;
    struct hw_cost_facts facts = {.vcpus = vcpus};
    *ret_over = !fake->more_prices;
    hw_cost_done(&fake->cost);
    hw_cost_estimate(cluster, fake->prices, &facts, &fake->cost);
    return &fake->cost;
}

static unsigned long cost_generation(void *data)
{
    return hw_prices_generation(((struct fake_host *)data)->prices);
}

static void put_price(struct fake_host *fake, enum hw_price_kind kind, const char *name,
                      int64_t nano)
{
    struct hw_price price = {nano, "made up", "2026-11-20"};
    hw_prices_put(fake->prices, kind, HW_PRICE_ANYWHERE, name, &price);
}

/* "asked": none has come yet; "some": not of every type; "all". */
void fake_host_prices(struct fake_host *fake, const char *which)
{
    if (!fake->prices)
        fake->prices = hw_prices_new();
    fake->table.cost = cost;
    fake->table.cost_generation = cost_generation;
    fake->more_prices = strcmp(which, "asked") == 0;
    if (fake->more_prices)
        return;
    put_price(fake, HW_PRICE_WINDOWS, "", 46000000);
    put_price(fake, HW_PRICE_SQL_STANDARD, "", 120000000);
    put_price(fake, HW_PRICE_VOLUME, "gp3", 73000000);
    put_price(fake, HW_PRICE_LINUX, "r6i.xlarge", 300000000);
    if (strcmp(which, "all") == 0) {
        put_price(fake, HW_PRICE_LINUX, "m6i.xlarge", 200000000);
        put_price(fake, HW_PRICE_LINUX, "c6i.4xlarge", 700000000);
    }
}

static bool fill_one(struct hw_cluster *cluster, const char *key, const char *value)
{
    bool wanted = !hw_cluster_is_set(cluster, key) && !hw_cluster_is_left_empty(cluster, key);
    return wanted && hw_cluster_set(cluster, key, value, NULL);
}

static bool fill(void *data, struct hw_cluster *cluster)
{
    struct fake_host *fake = data;
    bool changed = false;
    if (hw_cluster_is_set(cluster, "network.hosted_zone"))
        changed |= fill_one(cluster, "network.zone_name", "hpc.example.internal");
    if (hw_cluster_is_set(cluster, "directory.domain"))
        changed |= fill_one(cluster, "directory.netbios", "CORP");
    if (hw_cluster_is_set(cluster, "network.subnets") &&
        fake->lists[HW_SOURCE_ADDRESSES].state == HW_CHOICES_READY) {
        changed |= fill_one(cluster, "network.sql_address", "10.20.1.5");
        changed |= fill_one(cluster, "network.head_address", "10.20.1.6");
    }
    return changed;
}

static void identify(void *data)
{
    ((struct fake_host *)data)->identify = true;
}

static const struct hw_choices *profiles(void *data)
{
    struct fake_host *fake = data;
    if (!fake->profiles.count) {
        hw_choices_add(&fake->profiles, "default", "default", "keys  eu-central-1");
        hw_choices_add(&fake->profiles, "ops", "ops", "sso  eu-west-1");
        hw_choices_add(&fake->profiles, "broken", "broken", "assume-role  ");
    }
    fake->profiles.state = HW_CHOICES_READY;
    return &fake->profiles;
}

static bool use_profile(void *data, const char *name, struct hw_err *err)
{
    struct fake_host *fake = data;
    if (strcmp(name, "broken") == 0)
        return hw_fail(err, HW_ERR_INPUT, "~/.aws/config:7: expected 'name = value'");
    hw_replace(&fake->profile, name);
    fake->identify = true;
    return true;
}

static const struct ui_asked *node_asks(void *data)
{
    const struct fake_host *fake = data;
    return fake->node_asks ? fake_event_asked(fake->certificate) : NULL;
}

static void node_answer(void *data, const char *text)
{
    struct fake_host *fake = data;
    hw_replace(&fake->answered, text ? text : "(none)");
    fake->node_asks = false;
}

void fake_host_ask_node(struct fake_host *fake, bool wants, bool certificate)
{
    fake->node_asks = wants;
    fake->certificate = certificate;
}

static const char *asks(void *data)
{
    return ((struct fake_host *)data)->question;
}

static void answer(void *data, const char *text)
{
    struct fake_host *fake = data;
    hw_replace(&fake->answered, text ? text : "(none)");
    hw_replace(&fake->question, NULL);
}

void fake_host_ask(struct fake_host *fake, const char *question)
{
    hw_replace(&fake->question, question);
}

const char *fake_host_answered(const struct fake_host *fake)
{
    return fake->answered;
}

static void check(void *data, const struct hw_cluster *cluster)
{
    struct fake_host *fake = data;
    hw_replace(&fake->checked, hw_cluster_get(cluster, "cluster"));
    fake->check = true;
}

static bool save_cluster(void *data, const struct hw_cluster *cluster, const char *path,
                         struct hw_err *err)
{
    struct fake_host *fake = data;
    (void)cluster;
    if (hw_text_starts(path, "/full/"))
        return hw_fail(err, HW_ERR_IO, "cannot write %s: no space left on device", path);
    hw_replace(&fake->saved, path);
    return true;
}

static void add_file(struct hw_fileset *files, const char *path, const char *bytes)
{
    hw_grow(&files->items, &files->capacity, files->count, sizeof(*files->items));
    files->items[files->count++] = (struct hw_file){
        .path = hw_strdup(path), .bytes = hw_strdup(bytes), .size = strlen(bytes), .mode = 0644};
}

static const struct hw_fileset *generate(void *data, const struct hw_cluster *cluster,
                                         struct hw_err *err)
{
    struct fake_host *fake = data;
    (void)err;
    hw_replace(&fake->generated, hw_cluster_get(cluster, "cluster"));
    if (fake->files.count > 0)
        return &fake->files;
    add_file(&fake->files, "head.yaml",
             "Resources:\n  HeadGroup:\n    Type: AWS::AutoScaling::AutoScalingGroup\n"
             "    CreationPolicy:\n      ResourceSignal: {Count: 1, Timeout: PT90M}\n");
    add_file(&fake->files, "scripts/lib.ps1",
             "# Reports a stage.\nfunction Write-Stage([string] $Name) {\n"
             "    Write-Output \"HPCWIZ stage=$Name\"\n}\n");
    add_file(&fake->files, "sql.yaml", "Resources:\n  SqlGroup: {Type: x}\n");
    return &fake->files;
}

static bool save_files(void *data, const struct hw_cluster *cluster, const char *folder,
                       struct hw_err *err)
{
    return save_cluster(data, cluster, folder, err);
}

static bool deploy(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    (void)data;
    (void)cluster;
    (void)err;
    return true;
}

static void put_list(struct hw_buf *out, const char *what, const struct hw_strv *list)
{
    hw_buf_print(out, "%s:", what);
    for (size_t i = 0; list && i < list->count; i++)
        hw_buf_print(out, " %s", list->items[i]);
}

/* What it was called with stands where answers do. */
static bool roll_back(void *data, const struct hw_cluster *cluster, const struct hw_strv *only,
                      const struct hw_strv *skip, struct hw_err *err)
{
    struct fake_host *fake = data;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    (void)cluster;
    (void)err;
    put_list(&text, "only", only);
    put_list(&text, " skip", skip);
    hw_replace(&fake->answered, hw_buf_cstr(&text));
    return true;
}

static void leave(void *data)
{
    (void)data;
}

static void node_act(void *data, enum hw_node_action action, const char *instance)
{
    (void)data;
    (void)action;
    (void)instance;
}

static const struct hw_logs *logs(void *data)
{
    return ((struct fake_host *)data)->logs;
}

static bool save_logs(void *data, const struct hw_log_view *view, const char *path,
                      struct hw_err *err)
{
    (void)view;
    return save_cluster(data, NULL, path, err);
}

static size_t findings(void *data)
{
    return ((struct fake_host *)data)->findings.count;
}

static const struct hw_ev_finding *finding(void *data, size_t index)
{
    return fake_findings_at(&((struct fake_host *)data)->findings, index);
}

static size_t finding_cause(void *data, size_t index)
{
    return fake_findings_cause(&((struct fake_host *)data)->findings, index);
}

static void rate(void *data, double *ret_per_second, double *ret_budget)
{
    (void)data;
    *ret_per_second = 1.4;
    *ret_budget = 2;
}

static size_t known(void *data, const struct ui_known_deployment **ret)
{
    struct fake_host *fake = data;
    static struct ui_known_deployment deployments[] = {
        {"riskgrid", "eu-central-1", "riskgrid.yaml", "running", (int64_t)FAKE_START_S * 1000,
         NULL},
        {"oldgrid", "eu-west-1", "", "failed", (int64_t)FAKE_START_S * 1000, NULL},
        {"farm", "eu-central-1", "", "complete", (int64_t)FAKE_START_S * 1000, NULL}};
    deployments[2].answers = fake->found;
    *ret = deployments;
    return fake->known ? HW_COUNT(deployments) : 0;
}

static const char *known_more(void *data)
{
    return ((struct fake_host *)data)->known ? "Looking for clusters in eu-central-1…" : NULL;
}

/* ---- Secrets: the names of the list exist; the value "Refused-1" is refused ------------ */

static const struct hw_parameter *secret_known(void *data, const char *name)
{
    const struct fake_host *fake = data;
    for (size_t i = 0; i < fake->parameter_count; i++) {
        if (strcmp(fake->parameters[i].name, name) == 0)
            return &fake->parameters[i];
    }
    return NULL;
}

static void secret_want(void *data, const struct hw_cluster *cluster, const char *name)
{
    struct fake_host *fake = data;
    (void)cluster;
    if (secret_known(data, name) || fake->parameter_count == HW_COUNT(fake->parameters))
        return;
    fake->parameters[fake->parameter_count++] =
        (struct hw_parameter){.name = hw_strdup(name), .state = HW_PARAMETER_ASKED};
}

static void answer_secrets(struct fake_host *fake)
{
    for (size_t i = 0; i < fake->parameter_count; i++) {
        struct hw_parameter *parameter = &fake->parameters[i];
        const char *kind = fake_choices_detail(HW_SOURCE_SECRET_NAMES, parameter->name);
        if (kind && parameter->state == HW_PARAMETER_ASKED)
            parameter->state =
                strcmp(kind, "String") == 0 ? HW_PARAMETER_PLAIN : HW_PARAMETER_SECURE;
        if (parameter->state == HW_PARAMETER_ASKED)
            parameter->state = HW_PARAMETER_MISSING;
    }
}

static const struct hw_choices *secret_keys(void *data)
{
    struct fake_host *fake = data;
    if (fake->keys.count == 0) {
        hw_choices_add(&fake->keys, "alias/aws/ssm", "alias/aws/ssm", "")->best = true;
        hw_choices_add(&fake->keys, "alias/hpc-secrets", "alias/hpc-secrets", "");
        fake->keys.state = HW_CHOICES_READY;
    }
    return &fake->keys;
}

static struct hw_secret *secret_generate(void *data, struct hw_err *err)
{
    (void)data;
    (void)err;
    return hw_secret_new("Generated-of-24-chars-01", 24);
}

static void secret_put(void *data, const char *name, enum hw_secret_kind kind,
                       struct hw_secret *value_take, const char *key_id)
{
    struct fake_host *fake = data;
    (void)kind;
    bool refused = strcmp(hw_secret_bytes(value_take), "Refused-1") == 0;
    free(fake->put);
    fake->put = refused ? hw_strdup("") : hw_format("%s with %s", name, key_id);
    for (size_t i = 0; !refused && i < fake->parameter_count; i++) {
        if (strcmp(fake->parameters[i].name, name) == 0)
            fake->parameters[i].state = HW_PARAMETER_SECURE;
    }
    hw_secret_free(value_take);
}

static void answer_put(struct fake_host *fake, const struct hw_sink *sink)
{
    struct hw_err err = {0};
    if (!fake->put)
        return;
    bool ok = *fake->put || hw_fail(&err, HW_ERR_AUTH, "not made: AccessDeniedException");
    hw_replace(&fake->put, NULL);
    hw_tell(sink, &(struct hw_event){
                      .type = HW_EV_RESULT,
                      .u.result = {.ok = ok, .command = "secret", .err = ok ? NULL : &err}});
}

void fake_host_secrets(struct fake_host *fake)
{
    fake->table.secret_want = secret_want;
    fake->table.secret_known = secret_known;
    fake->table.secret_keys = secret_keys;
    fake->table.secret_generate = secret_generate;
    fake->table.secret_put = secret_put;
}

static int64_t clock_off(void *data)
{
    return ((struct fake_host *)data)->off_s * 1000;
}

void fake_host_clock(struct fake_host *fake, long off_s)
{
    fake->off_s = off_s;
}

struct fake_host *fake_host_new(void)
{
    struct fake_host *fake = HW_NEW(struct fake_host);
    fake->logs = hw_logs_new(LOG_LINES, 0);
    fake->table = (struct ui_host){.data = fake,
                                   .known = known,
                                   .known_more = known_more,
                                   .identify = identify,
                                   .profiles = profiles,
                                   .use_profile = use_profile,
                                   .asks = asks,
                                   .answer = answer,
                                   .node_asks = node_asks,
                                   .node_answer = node_answer,
                                   .want = want,
                                   .choices = choices,
                                   .again = again,
                                   .fill = fill,
                                   .check = check,
                                   .generate = generate,
                                   .save_files = save_files,
                                   .save_cluster = save_cluster,
                                   .deploy = deploy,
                                   .follow = deploy,
                                   .roll_back = roll_back,
                                   .clock_off = clock_off,
                                   .leave = leave,
                                   .node_act = node_act,
                                   .logs = logs,
                                   .save_logs = save_logs,
                                   .findings = findings,
                                   .finding = finding,
                                   .finding_cause = finding_cause,
                                   .rate = rate};
    return fake;
}

void fake_host_free(struct fake_host *fake)
{
    for (size_t i = 0; i < HW_SOURCE_COUNT; i++)
        hw_choices_done(&fake->lists[i]);
    hw_fileset_done(&fake->files);
    hw_logs_free(fake->logs);
    fake_findings_done(&fake->findings);
    hw_choices_done(&fake->profiles);
    free(fake->question);
    free(fake->answered);
    free(fake->profile);
    hw_cost_done(&fake->cost);
    hw_prices_free(fake->prices);
    for (size_t i = 0; i < fake->parameter_count; i++)
        free(fake->parameters[i].name);
    hw_choices_done(&fake->keys);
    free(fake->put);
    free(fake->fail);
    free(fake->saved);
    free(fake->checked);
    free(fake->generated);
    hw_cluster_free(fake->found);
    free(fake);
}

const struct ui_host *fake_host_table(struct fake_host *fake)
{
    return &fake->table;
}

void fake_host_hold(struct fake_host *fake, bool hold)
{
    fake->hold = hold;
}

void fake_host_fail(struct fake_host *fake, const char *why)
{
    hw_replace(&fake->fail, why);
}

void fake_host_demo(struct fake_host *fake, bool demo)
{
    fake->table.demo = demo;
}

void fake_host_known(struct fake_host *fake, bool is_known)
{
    fake->known = is_known;
    hw_cluster_free(fake->found);
    fake->found = hw_cluster_new();
    hw_cluster_set(fake->found, "cluster", "farm", NULL);
    hw_cluster_set(fake->found, "region", "eu-central-1", NULL);
    hw_cluster_set(fake->found, "nodes.sql", "local", NULL);
    hw_cluster_set(fake->found, "nodes.compute.0.name", "render", NULL);
}

const char *fake_host_saved(const struct fake_host *fake)
{
    return fake->saved;
}

const char *fake_host_checked(const struct fake_host *fake)
{
    return fake->checked;
}

const char *fake_host_generated(const struct fake_host *fake)
{
    return fake->generated;
}

static void load(struct fake_host *fake, enum hw_source source)
{
    struct hw_choices *list = &fake->lists[source];
    list->state = fake->fail ? HW_CHOICES_FAILED : HW_CHOICES_READY;
    if (fake->fail)
        hw_fail(&list->err, HW_ERR_AUTH, "%s", fake->fail);
    else
        fake_choices_add(source, list);
    list->generation++;
}

static void tell_identity(const struct fake_host *fake, const struct hw_sink *sink)
{
    bool ops = fake->profile && strcmp(fake->profile, "ops") == 0;
    hw_tell(sink,
            &(struct hw_event){
                .type = HW_EV_IDENTITY,
                .u.identity = {.account = "123456789012",
                               .arn = "arn:aws:sts::123456789012:assumed-role/Admin/ops",
                               .region = "eu-central-1",
                               .profile = ops ? "ops" : "default",
                               .source = ops ? "SSO corp, role Admin of account 123456789012"
                                             : "environment",
                               .expires_ms = ops ? (int64_t)(FAKE_START_S + 7 * 3600) * 1000 : 0}});
}

void fake_host_turn(struct fake_host *fake, const struct hw_sink *sink)
{
    if (!fake->hold) {
        answer_secrets(fake);
        answer_put(fake, sink);
    }
    for (enum hw_source source = HW_SOURCE_NONE; source < HW_SOURCE_COUNT; source++) {
        if (!fake->wanted[source] || fake->hold)
            continue;
        fake->wanted[source] = false;
        load(fake, source);
    }
    if (fake->identify)
        tell_identity(fake, sink);
    fake->identify = false;
    if (fake->check && !fake->hold) {
        fake->check = false;
        fake_event_checks(sink);
    }
}

bool fake_host_tell(struct fake_host *fake, const char *line, const struct hw_sink *sink)
{
    return fake_event_tell(line, &fake->findings, fake->logs, sink);
}

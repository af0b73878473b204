/* SPDX-License-Identifier: Apache-2.0 */
/* Walks discovery as the wizard does when only Enter is pressed, and prints a line for each
 * source: name, state, number of choices, the best one. Then what follows from the answers, what
 * the cluster costs, and its facts. The environment says whom to ask.
 *
 *     discover-one REGION [list] [time] [log=FILE]
 *
 * list: every choice too. time: ends with the milliseconds that the walk took. log: as hpcwiz
 * --log-file. */
#include "base/clock.h"
#include "discover/discover.h"

#define WATCHDOG_MS 60000

struct walk {
    struct hw_loop *loop;
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_cluster *cluster;
    size_t at;
    bool failed, list, time, known, finished;
    int64_t begun_ms;
};

struct stop {
    enum hw_source source;
    const char *name, *key;
};

static const struct stop stops[] = {
    {HW_SOURCE_REGIONS, "regions", "region"},
    {HW_SOURCE_VPCS, "vpcs", "network.vpc"},
    {HW_SOURCE_SUBNETS, "subnets", "network.subnets"},
    {HW_SOURCE_ZONES, "zones", "network.hosted_zone"},
    {HW_SOURCE_ADDRESSES, "addresses", NULL},
    {HW_SOURCE_DOMAINS, "domains", "directory.domain"},
    {HW_SOURCE_KEY_PAIRS, "key pairs", "access.key_pair"},
    {HW_SOURCE_NETWORKS, "networks", "access.from"},
    {HW_SOURCE_MEDIA, "media", "hpc_pack.media"},
    {HW_SOURCE_SECRET_NAMES, "secret names", NULL},
    {HW_SOURCE_IMAGES_SQL, "sql images", "nodes.sql.image"},
    {HW_SOURCE_IMAGES_WINDOWS, "windows images", "nodes.head.image"},
    {HW_SOURCE_TYPES_SQL, "sql types", "nodes.sql.type"},
    {HW_SOURCE_TYPES_HEAD, "head types", "nodes.head.type"},
    {HW_SOURCE_TYPES_COMPUTE, "compute types", "nodes.compute.0.type"},
};

static void go(struct walk *walk);

static void print_error(const struct hw_err *err)
{
    char text[2048];
    printf("error: %s\n", hw_err_text(err, text, sizeof text));
}

static void on_facts(void *data, const struct hw_facts *facts, const struct hw_err *err)
{
    struct walk *walk = data;
    if (err)
        print_error(err);
    for (size_t i = 0; facts && i < facts->names.count; i++)
        printf("fact %s=%s\n", facts->names.items[i], facts->values.items[i]);
    hw_loop_stop(walk->loop);
}

static void on_identity(void *data, const struct hw_ev_identity *identity, const struct hw_err *err)
{
    struct walk *walk = data;
    if (err) {
        print_error(err);
        walk->failed = true;
        hw_loop_stop(walk->loop);
        return;
    }
    printf("identity %s %s\n", identity->account, identity->source);
    walk->known = true;
    go(walk);
}

static void take_best(struct walk *walk, const struct stop *stop, const struct hw_choices *choices)
{
    struct hw_strv values = {0};
    struct hw_err err = {0};
    const struct hw_choice *best = hw_choices_best(choices);
    for (size_t i = 0; i < choices->count; i++) {
        if (choices->items[i].best && !choices->items[i].unfit)
            hw_strv_add(&values, choices->items[i].value);
    }
    if (!values.count && best)
        hw_strv_add(&values, best->value);
    if (stop->key && values.count && stop->source != HW_SOURCE_SUBNETS &&
        !hw_cluster_set(walk->cluster, stop->key, values.items[0], &err))
        print_error(&err);
    if (stop->source == HW_SOURCE_SUBNETS)
        hw_cluster_set_list(walk->cluster, stop->key, &values, NULL);
    if (strcmp(stop->name, "windows images") == 0 && values.count)
        hw_cluster_set(walk->cluster, "nodes.compute.0.image", values.items[0], NULL);
    hw_strv_done(&values);
}

static void print_stop(struct walk *walk, const struct stop *stop, const struct hw_choices *choices)
{
    const struct hw_choice *best = hw_choices_best(choices);
    if (choices->state == HW_CHOICES_FAILED) {
        printf("%s failed\n", stop->name);
        print_error(&choices->err);
        walk->failed = true;
        return;
    }
    printf("%s %zu best=%s (%s)\n", stop->name, choices->count, best ? best->value : "-",
           best ? best->detail : "");
    for (size_t i = 0; walk->list && i < choices->count; i++)
        printf("    %s | %s | %s | %s%s\n", choices->items[i].value, choices->items[i].label,
               choices->items[i].detail, choices->items[i].unfit ? choices->items[i].unfit : "",
               choices->items[i].best ? "*" : "");
}

static void print_cost(struct walk *walk)
{
    struct hw_cost cost;
    hw_discover_cost(walk->discover, walk->cluster, &cost);
    hw_auto_text text = hw_cost_say(&cost, 79);
    printf("cost %s\n", text);
    for (size_t i = 0; walk->list && i < cost.count; i++) {
        const struct hw_cost_line *line = &cost.lines[i];
        char each[32];
        printf("    %s %s %s %ld %s %s\n", line->role, hw_cost_part_word(line->part), line->what,
               line->nodes, line->known ? hw_amount_text(line->each_nano, 4, each) : "unknown",
               line->known ? line->source : line->unknown);
    }
    hw_cost_done(&cost);
}

static void on_poll(void *data);

static void finish(struct walk *walk)
{
    static const char *const keys[] = {"network.zone_name", "network.sql_address",
                                       "network.head_address", "directory.netbios"};
    hw_discover_fill(walk->discover, walk->cluster);
    for (size_t i = 0; i < HW_COUNT(keys); i++)
        printf("fill %s=%s\n", keys[i], hw_cluster_get(walk->cluster, keys[i]));
    if (walk->time) {
        printf("elapsed %lld ms\n", (long long)(hw_clock_monotonic_ms() - walk->begun_ms));
        hw_loop_stop(walk->loop);
        return;
    }
    on_poll(walk);
}

static void on_poll(void *data)
{
    struct walk *walk = data;
    if (!hw_discover_want_cost(walk->discover, walk->cluster)) {
        hw_loop_timer(walk->loop, 10, on_poll, walk);
        return;
    }
    print_cost(walk);
    hw_discover_facts(walk->discover, walk->cluster, on_facts, walk);
}

static void go(struct walk *walk)
{
    while (walk->at < HW_COUNT(stops)) {
        const struct stop *stop = &stops[walk->at];
        hw_discover_want(walk->discover, walk->cluster, stop->source);
        const struct hw_choices *choices = hw_discover_choices(walk->discover, stop->source);
        if (choices->state == HW_CHOICES_LOADING)
            return;
        if (walk->time)
            fprintf(stderr, "%s after %lld ms\n", stop->name,
                    (long long)(hw_clock_monotonic_ms() - walk->begun_ms));
        print_stop(walk, stop, choices);
        take_best(walk, stop, choices);
        walk->at++;
    }
    if (walk->known && !walk->finished) {
        walk->finished = true;
        finish(walk);
    }
}

static void on_changed(void *data, enum hw_source source)
{
    struct walk *walk = data;
    if (walk->at < HW_COUNT(stops) && stops[walk->at].source == source)
        go(walk);
}

static void too_long(void *data)
{
    struct walk *walk = data;
    puts("error: no answer in time");
    walk->failed = true;
    hw_loop_stop(walk->loop);
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    struct hw_aws_options options = {.region = argc > 1 ? argv[1] : NULL};
    struct walk walk = {.loop = hw_loop_new(&err), .begun_ms = hw_clock_monotonic_ms()};
    for (int i = 2; i < argc; i++) {
        walk.list = walk.list || strcmp(argv[i], "list") == 0;
        walk.time = walk.time || strcmp(argv[i], "time") == 0;
        if (strncmp(argv[i], "log=", 4) == 0)
            options.log_file = argv[i] + 4;
    }
    if (walk.loop)
        walk.aws = hw_aws_new(walk.loop, NULL, &options, &err);
    if (!walk.aws) {
        print_error(&err);
        return 1;
    }
    walk.cluster = hw_cluster_new();
    walk.discover = hw_discover_new(walk.aws, on_changed, &walk);
    hw_loop_timer(walk.loop, WATCHDOG_MS, too_long, &walk);
    hw_cluster_set(walk.cluster, "region", hw_aws_region(walk.aws), NULL);
    hw_discover_identity(walk.discover, on_identity, &walk);
    hw_discover_ahead(walk.discover, walk.cluster);
    go(&walk);
    hw_loop_run(walk.loop);
    hw_discover_free(walk.discover);
    hw_cluster_free(walk.cluster);
    hw_aws_free(walk.aws);
    hw_loop_free(walk.loop);
    return walk.failed ? 1 : 0;
}

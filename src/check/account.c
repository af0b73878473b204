/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that ask the account: what the cluster file names must be among what discovery
 * finds. */
#include "base/clock.h"
#include "base/text.h"
#include "check/cost.h"
#include "discover/discover.h"

#define LOOK_EVERY_MS 50
#define GIVE_UP_MS    60000

struct hw_check_run {
    struct hw_discover *discover;
    struct hw_cluster *cluster;
    struct hw_strv skip;
    struct hw_loop *loop;
    struct hw_report report;
    struct hw_timer *timer;
    int64_t started_ms;
    bool identity_known, cancelled;
    hw_check_fn *fn;
    void *data;
};

/* Which check looks at which field, and in which choices. */
static const struct {
    const char *id, *key;
    enum hw_source source;
} looks[] = {
    {"account.region", "region", HW_SOURCE_REGIONS},
    {"network.vpc", "network.vpc", HW_SOURCE_VPCS},
    {"network.subnets", "network.subnets", HW_SOURCE_SUBNETS},
    {"network.zone", "network.hosted_zone", HW_SOURCE_ZONES},
    {"access.key-pair", "access.key_pair", HW_SOURCE_KEY_PAIRS},
    {"images.available", "nodes.sql.image", HW_SOURCE_IMAGES_SQL},
    {"images.available", "nodes.head.image", HW_SOURCE_IMAGES_WINDOWS},
    {"images.available", "nodes.compute.*.image", HW_SOURCE_IMAGES_WINDOWS},
    {"nodes.types", "nodes.sql.type", HW_SOURCE_TYPES_SQL},
    {"nodes.types", "nodes.head.type", HW_SOURCE_TYPES_HEAD},
    {"nodes.types", "nodes.compute.*.type", HW_SOURCE_TYPES_COMPUTE},
    {"secrets.exist", "secrets.sql_username", HW_SOURCE_SECRET_NAMES},
    {"secrets.exist", "secrets.sql_password", HW_SOURCE_SECRET_NAMES},
    {"secrets.exist", "secrets.service_username", HW_SOURCE_SECRET_NAMES},
    {"secrets.exist", "secrets.service_password", HW_SOURCE_SECRET_NAMES},
    {"secrets.exist", "secrets.certificate_password", HW_SOURCE_SECRET_NAMES},
};

static bool applies(const struct hw_cluster *cluster, const char *key)
{
    const struct hw_field *field = hw_schema_find(key);
    return !field->applies || field->applies(cluster);
}

static void look_at_value(struct hw_check_run *run, const char *id, const char *key,
                          const struct hw_choices *choices, const char *value)
{
    const struct hw_choice *found = hw_choices_find(choices, value);
    if (!found)
        hw_report_fail(&run->report, id, key, _("Choose one that the account has."),
                       _("%s: the account has no '%s'"), key, value);
    else if (found->unfit)
        hw_report_fail(&run->report, id, key, _("Choose another one."), _("%s: %s: %s"), key, value,
                       found->unfit);
}

static void look_at_key(struct hw_check_run *run, const char *id, const char *key,
                        const struct hw_choices *choices)
{
    const struct hw_strv *values = hw_cluster_list(run->cluster, key);
    if (choices->state != HW_CHOICES_READY) {
        bool failed = choices->state == HW_CHOICES_FAILED;
        hw_report_unknown(&run->report, id,
                          failed ? choices->err.what : _("the account did not answer in time"));
        return;
    }
    for (size_t i = 0; i < values->count; i++)
        look_at_value(run, id, key, choices, values->items[i]);
    const char *value = hw_cluster_get(run->cluster, key);
    if (values->count == 0 && *value) /* the default */
        look_at_value(run, id, key, choices, value);
}

static void look(struct hw_check_run *run, size_t i)
{
    const struct hw_choices *choices = hw_discover_choices(run->discover, looks[i].source);
    if (!applies(run->cluster, looks[i].key))
        return;
    if (!strchr(looks[i].key, '*')) {
        look_at_key(run, looks[i].id, looks[i].key, choices);
        return;
    }
    for (size_t group = 0; group < hw_cluster_groups(run->cluster); group++) {
        hw_auto_text key = hw_key_of_group(looks[i].key, group);
        look_at_key(run, looks[i].id, key, choices);
    }
}

static void run_free(struct hw_check_run *run)
{
    hw_timer_cancel(run->timer);
    hw_cluster_free(run->cluster);
    hw_strv_done(&run->skip);
    free(run);
}

static void finish(struct hw_check_run *run)
{
    for (size_t i = 0; i < HW_COUNT(looks); i++)
        look(run, i);
    hw_check_cost(&run->report, run->discover, run->cluster);
    hw_report_rest(&run->report, true);
    run->fn(run->data, &run->report.result);
    run_free(run);
}

static void on_identity(void *data, const struct hw_ev_identity *identity HW_UNUSED,
                        const struct hw_err *err)
{
    struct hw_check_run *run = data;
    run->identity_known = true;
    if (run->cancelled) {
        run_free(run);
        return;
    }
    if (err)
        hw_report_fail(&run->report, "account.credentials", NULL, err->next, "%s", err->what);
}

static bool all_loaded(const struct hw_check_run *run)
{
    for (size_t i = 0; i < HW_COUNT(looks); i++) {
        enum hw_choices_state state = hw_discover_choices(run->discover, looks[i].source)->state;
        if (applies(run->cluster, looks[i].key) && state != HW_CHOICES_READY &&
            state != HW_CHOICES_FAILED)
            return false;
    }
    return run->identity_known && hw_check_cost_over(run->discover, run->cluster);
}

static void on_look(void *data)
{
    struct hw_check_run *run = data;
    run->timer = NULL;
    for (size_t i = 0; i < HW_COUNT(looks); i++) {
        if (applies(run->cluster, looks[i].key))
            hw_discover_want(run->discover, run->cluster, looks[i].source);
    }
    bool late = hw_clock_monotonic_ms() - run->started_ms > GIVE_UP_MS;
    if (run->identity_known && (all_loaded(run) || late))
        finish(run);
    else
        run->timer = hw_loop_timer(run->loop, LOOK_EVERY_MS, on_look, run);
}

struct hw_check_run *hw_check_start(struct hw_loop *loop, struct hw_discover *discover,
                                    const struct hw_cluster *cluster, const struct hw_strv *skip,
                                    const struct hw_sink *sink, hw_check_fn *fn, void *data)
{
    struct hw_check_run *run = HW_NEW(struct hw_check_run);
    run->discover = discover;
    run->cluster = hw_cluster_copy(cluster);
    if (skip)
        hw_strv_copy(&run->skip, skip);
    run->loop = loop;
    run->fn = fn;
    run->data = data;
    run->started_ms = hw_clock_monotonic_ms();
    hw_check_offline(run->cluster, &run->skip, sink, &run->report.result);
    run->report.sink = sink;
    run->report.skip = &run->skip;
    hw_discover_identity(discover, on_identity, run);
    run->timer = hw_loop_timer(run->loop, 0, on_look, run);
    return run;
}

void hw_check_cancel(struct hw_check_run *run)
{
    if (!run)
        return;
    run->cancelled = true;
    hw_timer_cancel(run->timer);
    run->timer = NULL;
    if (run->identity_known)
        run_free(run);
}

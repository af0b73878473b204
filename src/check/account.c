/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a run of the checks that ask the account. */
#include "check/account.h"

#include "check/cost.h"

#define GIVE_UP_MS    60000
#define LOOK_EVERY_MS 50 /* at prices */

static const struct hw_judgement *const tables[] = {hw_judge_network, hw_judge_nodes,
                                                    hw_judge_account};

/* ---- What judgements and questions ask of the cluster ---- */

const char *hw_check_get(const struct hw_check_run *run, const char *key)
{
    return hw_cluster_get(run->cluster, key);
}

const struct hw_strv *hw_check_list(const struct hw_check_run *run, const char *key)
{
    return hw_cluster_list(run->cluster, key);
}

bool hw_check_sql_own(const struct hw_check_run *run)
{
    return !hw_cluster_sql_local(run->cluster);
}

char *hw_check_media_bucket(const struct hw_check_run *run)
{
    const char *media = hw_check_get(run, "hpc_pack.media");
    const char *bucket = hw_text_starts(media, "s3://") ? media + strlen("s3://") : "";
    return hw_strndup(bucket, strcspn(bucket, "/"));
}

char *hw_check_media_folder(const struct hw_check_run *run)
{
    const char *media = hw_check_get(run, "hpc_pack.media");
    const char *bucket = hw_text_starts(media, "s3://") ? media + strlen("s3://") : "";
    const char *slash = strchr(bucket, '/');
    return hw_strdup(slash ? slash + 1 : "");
}

/* ---- Places ---- */

static void add_place(struct hw_check_run *run, const char *role, const char *image_key,
                      const char *type_key)
{
    struct hw_place *place = &run->places[run->place_count++];
    *place = (struct hw_place){.image_key = hw_strdup(image_key),
                               .type_key = hw_strdup(type_key),
                               .image = hw_check_get(run, image_key),
                               .type = hw_check_get(run, type_key),
                               .image_id = hw_strdup(""),
                               .role = role,
                               .now = 1,
                               .most = 1};
    if (hw_text_starts(place->image, "ami-"))
        hw_replace(&place->image_id, place->image);
}

static void add_group(struct hw_check_run *run, size_t group)
{
    hw_auto_text image = hw_key_of_group("nodes.compute.*.image", group);
    hw_auto_text type = hw_key_of_group("nodes.compute.*.type", group);
    hw_auto_text now = hw_key_of_group("nodes.compute.*.desired", group);
    hw_auto_text most = hw_key_of_group("nodes.compute.*.max", group);
    hw_auto_text spot = hw_key_of_group("nodes.compute.*.spot", group);
    add_place(run, "compute", image, type);
    struct hw_place *place = &run->places[run->place_count - 1];
    place->group = group;
    place->now = (unsigned)hw_cluster_int(run->cluster, now);
    place->most = (unsigned)hw_cluster_int(run->cluster, most);
    place->spot = hw_cluster_bool(run->cluster, spot);
}

static void list_places(struct hw_check_run *run)
{
    size_t groups = hw_cluster_groups(run->cluster);
    run->places = hw_alloc((groups + 2) * sizeof *run->places);
    if (hw_check_sql_own(run))
        add_place(run, "sql", "nodes.sql.image", "nodes.sql.type");
    add_place(run, "head", "nodes.head.image", "nodes.head.type");
    for (size_t group = 0; group < groups; group++)
        add_group(run, group);
}

void hw_places_resolve(struct hw_check_run *run)
{
    for (size_t i = 0; i < run->place_count; i++) {
        struct hw_place *place = &run->places[i];
        if (!hw_text_starts(place->image, "ssm:"))
            continue;
        const json_t *found =
            hw_told_find(run, HW_TOPIC_IMAGE_PATHS, "Name", place->image + strlen("ssm:"));
        hw_replace(&place->image_id, hw_told_text(found, "Value"));
    }
}

/* "arn:aws-cn:sts::..." has the partition in its second part. */
void hw_identity_resolve(struct hw_check_run *run)
{
    const json_t *who = json_array_get(hw_told(run, HW_TOPIC_IDENTITY), 0);
    hw_replace(&run->account, hw_told_text(who, "Account"));
    hw_replace(&run->arn, hw_told_text(who, "Arn"));
    const char *colon = strchr(run->arn, ':');
    free(run->partition);
    run->partition = colon ? hw_strndup(colon + 1, strcspn(colon + 1, ":")) : hw_strdup("aws");
    hw_node_policies(run, &run->policies);
    hw_judge_credentials(run);
    hw_report_done(&run->report, "account.credentials");
}

/* ---- Judging ---- */

static bool is_settled(const struct hw_check_run *run, enum hw_topic topic)
{
    return run->topics[topic].asked && run->topics[topic].open == 0;
}

/* Whether all topics of the set are settled; *ret_why: why one of them was refused, or NULL. */
static bool all_settled(const struct hw_check_run *run, uint64_t topics, const char **ret_why)
{
    *ret_why = NULL;
    for (size_t i = 0; i < HW_TOPIC_COUNT; i++) {
        if (!(topics & HW_TOPIC_BIT(i)))
            continue;
        if (!is_settled(run, (enum hw_topic)i))
            return false;
        if (run->topics[i].refused && !*ret_why)
            *ret_why = run->topics[i].why;
    }
    return true;
}

static void judge(struct hw_check_run *run, const struct hw_judgement *judgement, size_t place)
{
    const char *why;
    if (run->judged & UINT64_C(1) << place || !all_settled(run, judgement->topics, &why))
        return;
    run->judged |= UINT64_C(1) << place;
    if (why)
        hw_report_unknown(&run->report, judgement->id, why);
    else
        judgement->judge(run, judgement->id);
    hw_report_done(&run->report, judgement->id);
}

static bool judge_all(struct hw_check_run *run)
{
    size_t place = 0;
    for (size_t t = 0; t < HW_COUNT(tables); t++) {
        for (const struct hw_judgement *judgement = tables[t]; judgement->id; judgement++)
            judge(run, judgement, place++);
    }
    return run->judged == (UINT64_C(1) << place) - 1;
}

static void run_free(struct hw_check_run *run)
{
    hw_ask_stop(run);
    hw_timer_cancel(run->timer);
    hw_timer_cancel(run->cost_timer);
    for (size_t i = 0; i < HW_TOPIC_COUNT; i++) {
        json_decref(run->topics[i].told);
        free(run->topics[i].why);
    }
    for (size_t i = 0; i < run->place_count; i++) {
        free(run->places[i].image_key);
        free(run->places[i].type_key);
        free(run->places[i].image_id);
    }
    free(run->places);
    hw_stacks_done(&run->stacks);
    hw_fileset_done(&run->files);
    hw_strv_done(&run->policies);
    free(run->account);
    free(run->arn);
    free(run->partition);
    hw_cluster_free(run->cluster);
    hw_strv_done(&run->skip);
    free(run);
}

static void finish(void *data)
{
    struct hw_check_run *run = data;
    run->timer = NULL;
    hw_report_rest(&run->report, true);
    run->fn(run->data, &run->report.result);
    run_free(run);
}

/* What the cluster costs is reckoned from prices that discovery brings. */
static void judge_cost(struct hw_check_run *run)
{
    hw_timer_cancel(run->cost_timer);
    run->cost_timer = NULL;
    run->cost_judged = true;
    hw_check_cost(&run->report, run->discover, run->cluster);
    hw_report_done(&run->report, "cost.limit");
}

static void finish_soon(struct hw_check_run *run)
{
    hw_timer_cancel(run->timer);
    run->timer = hw_loop_timer(hw_aws_loop(run->aws), 0, finish, run);
}

void hw_topic_settled(struct hw_check_run *run, enum hw_topic topic)
{
    hw_questions_more(run, topic);
    for (size_t i = 0; i < HW_TOPIC_COUNT; i++) { /* those that had nothing to ask */
        bool fresh = is_settled(run, (enum hw_topic)i) && !(run->followed & HW_TOPIC_BIT(i));
        if (!fresh)
            continue;
        run->followed |= HW_TOPIC_BIT(i);
        if (i != topic)
            hw_topic_settled(run, (enum hw_topic)i);
    }
    if (judge_all(run) && run->cost_judged)
        finish_soon(run);
}

static void on_cost(void *data)
{
    struct hw_check_run *run = data;
    run->cost_timer = NULL;
    if (!hw_check_cost_over(run->discover, run->cluster)) {
        run->cost_timer = hw_loop_timer(hw_aws_loop(run->aws), LOOK_EVERY_MS, on_cost, run);
        return;
    }
    judge_cost(run);
    if (judge_all(run))
        finish_soon(run);
}

static void on_late(void *data)
{
    struct hw_check_run *run = data;
    run->timer = NULL;
    hw_ask_give_up(run, _("not looked at: the account did not answer in time"));
    judge_all(run);
    if (!run->cost_judged)
        judge_cost(run);
    finish_soon(run);
}

static void on_begin(void *data)
{
    struct hw_check_run *run = data;
    run->timer = hw_loop_timer(hw_aws_loop(run->aws), GIVE_UP_MS, on_late, run);
    hw_check_offline(run->cluster, &run->skip, run->report.sink, &run->report.result);
    run->cost_timer = hw_loop_timer(hw_aws_loop(run->aws), 0, on_cost, run);
    hw_questions_first(run);
    for (size_t i = 0; i < HW_TOPIC_COUNT; i++) {
        if (is_settled(run, (enum hw_topic)i) && !(run->followed & HW_TOPIC_BIT(i))) {
            run->followed |= HW_TOPIC_BIT(i);
            hw_topic_settled(run, (enum hw_topic)i);
        }
    }
}

struct hw_check_run *hw_check_start(struct hw_aws *aws, struct hw_discover *discover,
                                    const struct hw_cluster *cluster, const struct hw_strv *skip,
                                    const struct hw_sink *sink, hw_check_fn *fn, void *data)
{
    struct hw_check_run *run = HW_NEW(struct hw_check_run);
    run->aws = aws;
    run->discover = discover;
    run->cluster = hw_cluster_copy(cluster);
    if (skip)
        hw_strv_copy(&run->skip, skip);
    run->fn = fn;
    run->data = data;
    for (size_t i = 0; i < HW_TOPIC_COUNT; i++)
        run->topics[i].told = json_array();
    run->report.sink = sink;
    run->report.skip = &run->skip;
    list_places(run);
    if (!hw_generate(run->cluster, &run->files, NULL) ||
        !hw_template_stacks(run->cluster, &run->stacks, NULL))
        hw_fileset_done(&run->files); /* the offline checks have said why */
    run->timer = hw_loop_timer(hw_aws_loop(aws), 0, on_begin, run);
    return run;
}

void hw_check_cancel(struct hw_check_run *run)
{
    if (run)
        run_free(run);
}

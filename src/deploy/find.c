/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/find.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "deploy/read.h"

/* What is gathered of one cluster while its stacks come in. */
struct seen {
    char *name;
    struct hw_strv groups; /* of its compute stacks */
    bool sql, head, changing, failed;
    char *key_pair, *access;
    int64_t first_ms, last_ms;
};

struct hw_deploy_find {
    struct hw_aws *aws;
    char *region; /* the client's may change while pages are asked for */
    hw_deploy_find_fn *fn;
    void *data;
    struct hw_aws_call *call;
    unsigned pages;
    struct seen *seen;
    size_t count, capacity;
};

/* Cleaned; "": there is none. The caller's. */
static char *parameter_of(const struct hw_xml *stack, const char *name)
{
    const struct hw_xml *list = hw_xml_child(stack, "Parameters");
    return hw_read_text(hw_read_member(list, "ParameterKey", name), "ParameterValue", 256);
}

static struct seen *seen_of(struct hw_deploy_find *find, const char *cluster)
{
    for (size_t i = 0; i < find->count; i++) {
        if (strcmp(find->seen[i].name, cluster) == 0)
            return &find->seen[i];
    }
    if (find->count >= HW_MAX_LIST)
        return NULL;
    hw_grow(&find->seen, &find->capacity, find->count, sizeof *find->seen);
    struct seen *seen = &find->seen[find->count++];
    *seen = (struct seen){.name = hw_strdup(cluster)};
    return seen;
}

/* A stack that only a plan has made is none yet. */
static void learn_status(struct seen *seen, const char *status)
{
    bool good = strcmp(status, "CREATE_COMPLETE") == 0 || strcmp(status, "UPDATE_COMPLETE") == 0 ||
                strcmp(status, "UPDATE_ROLLBACK_COMPLETE") == 0;
    bool changing = hw_text_ends(status, "_IN_PROGRESS");
    seen->changing = seen->changing || changing;
    seen->failed = seen->failed || (!changing && !good);
}

static void learn_times(struct seen *seen, const struct hw_xml *stack)
{
    static const char *const MEMBERS[] = {"CreationTime", "LastUpdatedTime"};
    for (size_t i = 0; i < HW_COUNT(MEMBERS); i++) {
        hw_auto_text text = hw_xml_text(stack, MEMBERS[i]);
        int64_t time_ms = 0;
        if (!hw_time_parse(text, strlen(text), &time_ms))
            continue;
        if (seen->first_ms == 0 || time_ms < seen->first_ms)
            seen->first_ms = time_ms;
        if (time_ms > seen->last_ms)
            seen->last_ms = time_ms;
    }
}

/* Which of the cluster's stacks it is: "<cluster>-head" and its kind (contract of the templates).
 */
static void learn_stack(struct seen *seen, const struct hw_xml *stack, const char *name)
{
    static const char COMPUTE[] = "-compute-";
    const char *rest = hw_text_starts(name, seen->name) ? name + strlen(seen->name) : "";
    if (strcmp(rest, "-sql") == 0)
        seen->sql = true;
    else if (strcmp(rest, "-head") == 0)
        seen->head = true;
    else if (hw_text_starts(rest, COMPUTE) && seen->groups.count < HW_MAX_GROUPS)
        hw_strv_add(&seen->groups, rest + strlen(COMPUTE));
    hw_auto_text key_pair = parameter_of(stack, "KeyPair");
    hw_auto_text access = parameter_of(stack, "AccessMethod");
    if (key_pair[0])
        hw_replace(&seen->key_pair, key_pair);
    if (access[0])
        hw_replace(&seen->access, access);
}

static void learn(struct hw_deploy_find *find, const struct hw_xml *stack)
{
    const struct hw_xml *tags = hw_xml_child(stack, "Tags");
    hw_auto_text cluster = hw_read_text(hw_read_member(tags, "Key", HW_CLUSTER_TAG), "Value", 256);
    hw_auto_text name = hw_xml_text(stack, "StackName");
    hw_auto_text status = hw_xml_text(stack, "StackStatus");
    bool is_there = status[0] && strcmp(status, "REVIEW_IN_PROGRESS") != 0 &&
                    strcmp(status, "DELETE_COMPLETE") != 0;
    struct seen *seen = cluster[0] && is_there ? seen_of(find, cluster) : NULL;
    if (!seen)
        return;
    learn_status(seen, status);
    learn_times(seen, stack);
    learn_stack(seen, stack, name);
}

/* Only what following needs: everything else stays open, so that nobody deploys from a guess. NULL:
 * the names are none that hpcwiz gives. */
static struct hw_cluster *answers_of(const struct hw_deploy_find *find, const struct seen *seen)
{
    struct hw_cluster *cluster = hw_cluster_new();
    bool ok = hw_cluster_set(cluster, "cluster", seen->name, NULL) &&
              hw_cluster_set(cluster, "region", find->region, NULL) &&
              (seen->sql || hw_cluster_set(cluster, "nodes.sql", "local", NULL));
    for (size_t i = 0; ok && i < seen->groups.count; i++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.name", i);
        ok = (i == 0 || hw_cluster_group_add(cluster, NULL)) &&
             hw_cluster_set(cluster, key, seen->groups.items[i], NULL);
    }
    if (seen->key_pair)
        hw_cluster_set(cluster, "access.key_pair", seen->key_pair, NULL);
    if (seen->access)
        hw_cluster_set(cluster, "access.method", seen->access, NULL);
    if (ok)
        return cluster;
    hw_cluster_free(cluster);
    return NULL;
}

static const char *state_of(const struct seen *seen)
{
    if (seen->changing)
        return "running";
    if (seen->failed)
        return "failed";
    return seen->head && seen->groups.count ? "complete" : "interrupted";
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct hw_deploy_known *)a)->cluster,
                  ((const struct hw_deploy_known *)b)->cluster);
}

static void finish(struct hw_deploy_find *find, const struct hw_err *err)
{
    struct hw_deploy_known *list = hw_alloc((find->count + 1) * sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < find->count; i++) {
        const struct seen *seen = &find->seen[i];
        struct hw_cluster *answers = answers_of(find, seen);
        if (answers)
            list[count++] = (struct hw_deploy_known){.cluster = hw_strdup(seen->name),
                                                     .region = hw_strdup(find->region),
                                                     .file = hw_strdup(""),
                                                     .state = hw_strdup(state_of(seen)),
                                                     .answers = answers,
                                                     .started_ms = seen->first_ms,
                                                     .last_ms = seen->last_ms};
    }
    qsort(list, count, sizeof *list, by_name);
    find->fn(find->data, list, count, err); /* last: it may free find */
}

static void ask(struct hw_deploy_find *find, const char *token);

static void on_page(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy_find *find = data;
    find->call = NULL;
    struct hw_xml *list = err || !reply->xml ? NULL : hw_xml_child(reply->xml, "Stacks");
    struct hw_xml *stack = list ? hw_xml_first(list, "member") : NULL;
    for (; stack; stack = hw_xml_next(stack))
        learn(find, stack);
    hw_auto_text token = list ? hw_xml_text(reply->xml, "NextToken") : hw_strdup("");
    bool same = strcmp(find->region, hw_aws_region(find->aws)) == 0;
    if (token[0] && same && ++find->pages < HW_MAX_PAGES)
        ask(find, token);
    else
        finish(find, err);
}

static void ask(struct hw_deploy_find *find, const char *token)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStacks");
    if (token[0])
        hw_aws_param(request, "NextToken", token);
    find->call = hw_aws_send(find->aws, request, on_page, find);
}

struct hw_deploy_find *hw_deploy_find(struct hw_aws *aws, hw_deploy_find_fn *fn, void *data)
{
    struct hw_deploy_find *find = HW_NEW(struct hw_deploy_find);
    *find = (struct hw_deploy_find){
        .aws = aws, .region = hw_strdup(hw_aws_region(aws)), .fn = fn, .data = data};
    ask(find, "");
    return find;
}

void hw_deploy_find_free(struct hw_deploy_find *find)
{
    if (!find)
        return;
    hw_aws_cancel(find->call);
    for (size_t i = 0; i < find->count; i++) {
        struct seen *seen = &find->seen[i];
        free(seen->name);
        hw_strv_done(&seen->groups);
        free(seen->key_pair);
        free(seen->access);
    }
    free(find->seen);
    free(find->region);
    free(find);
}

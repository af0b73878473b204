/* SPDX-License-Identifier: Apache-2.0 */
/* In which order the account is asked. */
#include "check/questions.h"

void hw_ask_filter(struct hw_aws_request *request, unsigned number, const char *name,
                   const char *value)
{
    hw_aws_paramf(request, name, "Filter.%u.Name", number);
    hw_aws_paramf(request, value, "Filter.%u.Value.1", number);
}

bool hw_ask_filter_all(struct hw_aws_request *request, unsigned number, const char *name,
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

bool hw_ask_absent(struct hw_check_run *run HW_UNUSED, size_t at HW_UNUSED,
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

static const struct hw_check_question identity = {.topic = HW_TOPIC_IDENTITY,
                                                  .service = HW_AWS_STS,
                                                  .operation = "GetCallerIdentity",
                                                  .action = "sts:GetCallerIdentity",
                                                  .set = "",
                                                  .refused = identity_refused};

static const struct hw_first_question *const firsts[] = {hw_first_network, hw_first_nodes,
                                                         hw_first_account};

static size_t count_of(const struct hw_check_run *run, enum hw_times times)
{
    switch (times) {
    case HW_ONCE:
        return 1;
    case HW_TWICE:
        return 2;
    case HW_FOR_PLACES:
        return run->place_count;
    case HW_FOR_STACKS:
        return run->stacks.count;
    case HW_FOR_PATHS:
        return run->place_count / HW_NAMES_A_CALL + 1;
    }
    return 0;
}

static void ask_each(struct hw_check_run *run, const struct hw_check_question *question,
                     size_t count)
{
    hw_topic_open(run, question->topic);
    for (size_t i = 0; i < count; i++)
        hw_ask(run, question, i);
}

void hw_questions_first(struct hw_check_run *run)
{
    ask_each(run, &identity, 1);
    for (size_t i = 0; i < HW_COUNT(firsts); i++) {
        for (const struct hw_first_question *first = firsts[i]; first->question.operation; first++)
            ask_each(run, &first->question, count_of(run, first->times));
    }
}

/* What a question needs was refused: then so is it. */
static bool inherits(struct hw_check_run *run, enum hw_topic from, enum hw_topic to)
{
    if (run->topics[from].refused)
        hw_topic_refuse(run, to, run->topics[from].why);
    return run->topics[from].refused;
}

static void after(struct hw_check_run *run, enum hw_topic from,
                  const struct hw_check_question *question, size_t count)
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
        after(run, HW_TOPIC_IDENTITY, &hw_question_node, run->policies.count / 2 * HW_NODE_NEEDS);
}

void hw_questions_more(struct hw_check_run *run, enum hw_topic settled)
{
    size_t told = json_array_size(hw_told(run, settled));
    switch (settled) {
    case HW_TOPIC_VPC:
        after(run, settled, &hw_question_dhcp, 1);
        break;
    case HW_TOPIC_IMAGE_PATHS:
        hw_places_resolve(run);
        after(run, settled, &hw_question_images, 1);
        after(run, settled, &hw_question_launch, run->place_count);
        break;
    case HW_TOPIC_IMAGES:
        after(run, settled, &hw_question_snapshots, 1);
        break;
    case HW_TOPIC_SNAPSHOTS:
        after(run, settled, &hw_question_snapshot_key, told);
        after(run, settled, &hw_question_snapshot_grants, told);
        after(run, settled, &hw_question_snapshot_policy, told);
        break;
    case HW_TOPIC_PARAMETERS:
        after(run, settled, &hw_question_key, told);
        ask_nodes(run);
        break;
    case HW_TOPIC_IDENTITY:
        hw_identity_resolve(run);
        after(run, settled, &hw_question_caller_role, 1);
        ask_nodes(run);
        break;
    case HW_TOPIC_CALLER_ROLE:
        after(run, settled, &hw_question_caller, 1);
        break;
    default:
        break;
    }
}

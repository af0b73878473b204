/* SPDX-License-Identifier: Apache-2.0 */
/* How far a deployment is and how long it may still take: each stack has a weight, the sum of
 * what the stages of its nodes took in earlier runs, or usually take; the pace of this run so far
 * scales the rest. */
#include "ui/deploy_view.h"

#include "base/text.h"

enum {
    FOUNDATION_SECONDS = 120,
    GROUP_SECONDS = 45, /* until an Auto Scaling group has its instance, and its own end */
    SURE_SECONDS = 60,  /* of weight that must be done before the pace says anything */
};

static const char *role_of(const struct ui_deploy_view *view, const struct ui_stack *stack)
{
    size_t prefix = view->cluster ? strlen(view->cluster) : 0;
    const char *rest = stack->name;
    if (prefix && hw_text_starts(rest, view->cluster) && rest[prefix] == '-')
        rest += prefix + 1;
    if (hw_text_starts(rest, "compute"))
        return "compute";
    return strcmp(rest, "sql") == 0 || strcmp(rest, "head") == 0 ? rest : "foundation";
}

size_t ui_deploy_view_stack_of(const struct ui_deploy_view *view, const struct ui_node *node)
{
    hw_auto(hw_buf) name = HW_BUF(HW_MAX_VALUE);
    const char *role = node->role ? node->role : "";
    hw_buf_print(&name, "%s-%s", view->cluster ? view->cluster : "", role);
    if (strcmp(role, "compute") == 0)
        hw_buf_print(&name, "-%s", node->group ? node->group : "");
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(view->stacks[i].name, hw_buf_cstr(&name)) == 0)
            return i;
    }
    return SIZE_MAX;
}

static double stage_part(const struct ui_stage *stage, unsigned seconds, int64_t now_ms)
{
    if (stage->status == HW_STAGE_DONE || stage->status == HW_STAGE_SKIPPED)
        return seconds;
    double part = (double)ui_span_ms(stage->start_ms, stage->end_ms, now_ms) / 1000.0;
    return part < 0.9 * seconds ? part : 0.9 * seconds;
}

/* Seconds of weight that a node has behind it: all before the furthest stage that it began. */
static double node_done(const struct hw_pace *pace, const struct ui_node *node, int64_t now_ms)
{
    size_t count;
    const struct hw_pace_stage *plan = hw_pace_stages(node->role, &count);
    double before = 0, done = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned seconds = hw_pace_seconds(pace, node->role, plan[i].name);
        for (size_t j = 0; j < node->stage_count; j++) {
            if (strcmp(node->stages[j].name, plan[i].name) == 0)
                done = before + stage_part(&node->stages[j], seconds, now_ms);
        }
        before += seconds;
    }
    return done;
}

static double stack_weight(const struct hw_pace *pace, const char *role)
{
    size_t count;
    const struct hw_pace_stage *plan = hw_pace_stages(role, &count);
    double weight = plan ? GROUP_SECONDS : FOUNDATION_SECONDS;
    for (size_t i = 0; i < count; i++)
        weight += hw_pace_seconds(pace, role, plan[i].name);
    return weight;
}

static double stack_part(const struct ui_deploy_view *view, size_t index, double weight,
                         int64_t now_ms)
{
    const struct ui_stack *stack = &view->stacks[index];
    if (stack->progress == UI_DONE)
        return weight;
    if (stack->progress == UI_WAITS)
        return 0;
    double slowest = -1;
    for (size_t i = 0; i < view->nodes.count; i++) {
        const struct ui_node *node = &view->nodes.items[i];
        if (node->state == HW_NODE_GONE || ui_deploy_view_stack_of(view, node) != index)
            continue;
        double done = node_done(&view->pace, node, now_ms);
        if (slowest < 0 || done < slowest)
            slowest = done;
    }
    if (slowest >= 0)
        return slowest + GROUP_SECONDS / 2.0;
    double part = (double)ui_span_ms(stack->start_ms, stack->end_ms, now_ms) / 1000.0;
    double most = weight > FOUNDATION_SECONDS ? GROUP_SECONDS / 2.0 : 0.9 * FOUNDATION_SECONDS;
    return part < most ? part : most;
}

/* Compute groups run beside each other: the one that has most to do stands for all of them. */
static void measure(const struct ui_deploy_view *view, int64_t now_ms, double *ret_done,
                    double *ret_whole)
{
    double compute_whole = 0, compute_done = 0;
    *ret_done = *ret_whole = 0;
    for (size_t i = 0; i < view->count; i++) {
        const char *role = role_of(view, &view->stacks[i]);
        double weight = stack_weight(&view->pace, role);
        double done = stack_part(view, i, weight, now_ms);
        if (strcmp(role, "compute") != 0) {
            *ret_whole += weight;
            *ret_done += done;
        } else if (compute_whole == 0 || done < compute_done) {
            compute_whole = weight;
            compute_done = done;
        }
    }
    *ret_whole += compute_whole;
    *ret_done += compute_done;
}

unsigned ui_deploy_view_permille(const struct ui_deploy_view *view, int64_t now_ms,
                                 int64_t *ret_left_ms)
{
    double done, whole, pace = 1;
    *ret_left_ms = -1;
    measure(view, now_ms, &done, &whole);
    if (view->end_ms != 0 && view->ok)
        return 1000;
    if (whole <= 0 || view->start_ms == 0)
        return 0;
    if (done >= SURE_SECONDS)
        pace = (double)ui_span_ms(view->start_ms, view->end_ms, now_ms) / 1000.0 / done;
    if (view->end_ms == 0)
        *ret_left_ms = (int64_t)((whole - done) * pace * 1000.0);
    return (unsigned)(1000.0 * done / whole);
}

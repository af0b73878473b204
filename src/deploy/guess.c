/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/guess.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "template/generate.h"

enum {
    FOUNDATION_SECONDS = 120,
    GROUP_SECONDS = 45, /* until an Auto Scaling group has its instance, and its own end */
    SURE_SECONDS = 60,  /* of weight that must be done before the pace says anything */
    NODES_MOST = 4096,  /* more are passed over */
};

enum progress { WAITS, WORKS, DONE, OTHER };

struct stack {
    char *name;
    enum progress progress;
    int64_t start_ms, end_ms;
};

struct stage {
    bool begun, over;
    int64_t start_ms, end_ms;
};

struct node {
    char *name, *instance, *role, *group;
    bool gone;
    struct stage stages[HW_PACE_STAGES]; /* by their place in the role's plan */
};

struct hw_guess {
    char *cluster;
    struct stack *stacks;
    size_t stack_count, stack_capacity;
    struct node *nodes;
    size_t node_count, node_capacity;
    int64_t start_ms;
};

struct hw_guess *hw_guess_new(const char *cluster)
{
    struct hw_guess *guess = HW_NEW(struct hw_guess);
    guess->cluster = hw_strdup(cluster);
    return guess;
}

void hw_guess_free(struct hw_guess *guess)
{
    if (!guess)
        return;
    for (size_t i = 0; i < guess->stack_count; i++)
        free(guess->stacks[i].name);
    for (size_t i = 0; i < guess->node_count; i++) {
        free(guess->nodes[i].name);
        free(guess->nodes[i].instance);
        free(guess->nodes[i].role);
        free(guess->nodes[i].group);
    }
    free(guess->stacks);
    free(guess->nodes);
    free(guess->cluster);
    free(guess);
}

/* ---- What is known --------------------------------------------------------------------- */

static struct stack *stack_of(struct hw_guess *guess, const char *name)
{
    for (size_t i = 0; i < guess->stack_count; i++) {
        if (strcmp(guess->stacks[i].name, name) == 0)
            return &guess->stacks[i];
    }
    if (!name[0] || guess->stack_count >= HW_MAX_LIST)
        return NULL;
    hw_grow(&guess->stacks, &guess->stack_capacity, guess->stack_count, sizeof *guess->stacks);
    struct stack *stack = &guess->stacks[guess->stack_count++];
    *stack = (struct stack){.name = hw_strdup(name)};
    return stack;
}

void hw_guess_stack(struct hw_guess *guess, const char *stack)
{
    stack_of(guess, stack);
}

static struct node *node_of(struct hw_guess *guess, const char *name)
{
    for (size_t i = 0; i < guess->node_count; i++) {
        if (strcmp(guess->nodes[i].name, name) == 0)
            return &guess->nodes[i];
    }
    if (!name[0] || guess->node_count >= NODES_MOST)
        return NULL;
    hw_grow(&guess->nodes, &guess->node_capacity, guess->node_count, sizeof *guess->nodes);
    struct node *node = &guess->nodes[guess->node_count++];
    *node = (struct node){.name = hw_strdup(name),
                          .instance = hw_strdup(""),
                          .role = hw_strdup(""),
                          .group = hw_strdup("")};
    return node;
}

static enum progress progress_of_step(enum hw_step step)
{
    switch (step) {
    case HW_STEP_WAITING:
        return WAITS;
    case HW_STEP_PLANNING:
    case HW_STEP_PLANNED:
    case HW_STEP_EXECUTING:
        return WORKS;
    case HW_STEP_UNCHANGED:
    case HW_STEP_DONE:
        return DONE;
    default:
        return OTHER;
    }
}

static enum progress progress_of_status(const char *status)
{
    if (strstr(status, "ROLLBACK") || hw_text_starts(status, "DELETE_") ||
        hw_text_ends(status, "_FAILED"))
        return OTHER;
    return hw_text_ends(status, "_COMPLETE") ? DONE : WORKS;
}

static void move(struct stack *stack, enum progress progress, int64_t time_ms)
{
    stack->progress = progress;
    if (stack->start_ms == 0 && progress != WAITS)
        stack->start_ms = time_ms;
    if (progress != DONE)
        stack->end_ms = 0;
    else if (stack->end_ms == 0)
        stack->end_ms = time_ms;
}

static void begin(struct hw_guess *guess, int64_t time_ms)
{
    if (guess->start_ms == 0 || time_ms < guess->start_ms)
        guess->start_ms = time_ms;
}

static void feed_step(struct hw_guess *guess, const struct hw_ev_step *step, int64_t now_ms)
{
    int64_t time_ms = step->time_ms ? step->time_ms : now_ms;
    struct stack *stack = stack_of(guess, step->stack ? step->stack : "");
    if (stack)
        move(stack, progress_of_step(step->step), time_ms);
    begin(guess, time_ms);
}

static void feed_stack(struct hw_guess *guess, const struct hw_ev_stack *event, int64_t now_ms)
{
    int64_t time_ms = event->time_ms ? event->time_ms : now_ms;
    struct stack *stack = stack_of(guess, event->stack ? event->stack : "");
    bool itself = stack && event->resource && strcmp(event->resource, event->stack) == 0;
    if (itself && event->status)
        move(stack, progress_of_status(event->status), time_ms);
    begin(guess, time_ms);
}

static void feed_node(struct hw_guess *guess, const struct hw_ev_node *event)
{
    struct node *node = node_of(guess, event->node ? event->node : "");
    if (!node)
        return;
    if (event->instance && strcmp(event->instance, node->instance) != 0) {
        memset(node->stages, 0, sizeof node->stages); /* another machine under the same name */
        hw_replace(&node->instance, event->instance);
    }
    hw_replace(&node->role, event->role ? event->role : "");
    hw_replace(&node->group, event->group ? event->group : "");
    node->gone = event->state == HW_NODE_GONE;
}

static void feed_stage(struct hw_guess *guess, const struct hw_ev_stage *event, int64_t now_ms)
{
    size_t count;
    struct node *node = node_of(guess, event->node ? event->node : "");
    if (!node || !event->stage)
        return;
    if (event->role && event->role[0])
        hw_replace(&node->role, event->role);
    const struct hw_pace_stage *plan = hw_pace_stages(node->role, &count);
    int64_t time_ms = event->time_ms ? event->time_ms : now_ms;
    for (size_t i = 0; i < count; i++) {
        struct stage *stage = &node->stages[i];
        if (strcmp(plan[i].name, event->stage) != 0)
            continue;
        bool starts = event->status == HW_STAGE_STARTED;
        if (starts || !stage->begun)
            stage->start_ms = time_ms;
        stage->begun = true;
        stage->over = event->status == HW_STAGE_DONE || event->status == HW_STAGE_SKIPPED;
        stage->end_ms = starts ? 0 : time_ms;
    }
}

void hw_guess_feed(struct hw_guess *guess, const struct hw_event *event, int64_t now_ms)
{
    if (event->type == HW_EV_STEP)
        feed_step(guess, &event->u.step, now_ms);
    else if (event->type == HW_EV_STACK)
        feed_stack(guess, &event->u.stack, now_ms);
    else if (event->type == HW_EV_NODE)
        feed_node(guess, &event->u.node);
    else if (event->type == HW_EV_STAGE)
        feed_stage(guess, &event->u.stage, now_ms);
}

/* ---- The guess ------------------------------------------------------------------------- */

static double seconds_since(int64_t start_ms, int64_t end_ms, int64_t now_ms)
{
    int64_t until_ms = end_ms ? end_ms : now_ms;
    return start_ms == 0 || until_ms < start_ms ? 0 : (double)(until_ms - start_ms) / 1000.0;
}

static const char *role_of(const struct hw_guess *guess, const struct stack *stack)
{
    size_t prefix = strlen(guess->cluster);
    const char *rest = stack->name;
    if (prefix && hw_text_starts(rest, guess->cluster) && rest[prefix] == '-')
        rest += prefix + 1;
    if (hw_text_starts(rest, "compute"))
        return "compute";
    return strcmp(rest, "sql") == 0 || strcmp(rest, "head") == 0 ? rest : "foundation";
}

static bool belongs(const struct hw_guess *guess, const struct node *node,
                    const struct stack *stack)
{
    hw_auto_text name = hw_stack_name(guess->cluster, node->role, node->group);
    return strcmp(name, stack->name) == 0;
}

static double stage_part(const struct stage *stage, unsigned seconds, int64_t now_ms)
{
    if (stage->over)
        return seconds;
    double part = seconds_since(stage->start_ms, stage->end_ms, now_ms);
    return part < 0.9 * seconds ? part : 0.9 * seconds;
}

/* Seconds of weight that a node has behind it: all before the furthest stage that it began. */
static double node_done(const struct hw_pace *pace, const struct node *node, int64_t now_ms)
{
    size_t count;
    const struct hw_pace_stage *plan = hw_pace_stages(node->role, &count);
    double before = 0, done = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned seconds = hw_pace_seconds(pace, node->role, plan[i].name);
        if (node->stages[i].begun)
            done = before + stage_part(&node->stages[i], seconds, now_ms);
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

static double stack_part(const struct hw_guess *guess, const struct hw_pace *pace,
                         const struct stack *stack, double weight, int64_t now_ms)
{
    if (stack->progress == DONE)
        return weight;
    if (stack->progress == WAITS)
        return 0;
    double slowest = -1;
    for (size_t i = 0; i < guess->node_count; i++) {
        const struct node *node = &guess->nodes[i];
        if (node->gone || !belongs(guess, node, stack))
            continue;
        double done = node_done(pace, node, now_ms);
        if (slowest < 0 || done < slowest)
            slowest = done;
    }
    if (slowest >= 0)
        return slowest + GROUP_SECONDS / 2.0;
    double part = seconds_since(stack->start_ms, stack->end_ms, now_ms);
    double most = weight > FOUNDATION_SECONDS ? GROUP_SECONDS / 2.0 : 0.9 * FOUNDATION_SECONDS;
    return part < most ? part : most;
}

/* Compute groups run beside each other: the one that has most to do stands for all of them. */
static void measure(const struct hw_guess *guess, const struct hw_pace *pace, int64_t now_ms,
                    double *ret_done, double *ret_whole)
{
    double compute_whole = 0, compute_done = 0;
    *ret_done = *ret_whole = 0;
    for (size_t i = 0; i < guess->stack_count; i++) {
        const char *role = role_of(guess, &guess->stacks[i]);
        double weight = stack_weight(pace, role);
        double done = stack_part(guess, pace, &guess->stacks[i], weight, now_ms);
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

unsigned hw_guess_permille(const struct hw_guess *guess, const struct hw_pace *pace, int64_t now_ms,
                           int64_t *ret_left_ms)
{
    double done, whole, slowness = 1;
    *ret_left_ms = -1;
    measure(guess, pace, now_ms, &done, &whole);
    if (whole <= 0 || guess->start_ms == 0)
        return 0;
    if (done >= SURE_SECONDS)
        slowness = seconds_since(guess->start_ms, 0, now_ms) / done;
    *ret_left_ms = (int64_t)((whole - done) * slowness * 1000.0);
    return (unsigned)(1000.0 * done / whole);
}

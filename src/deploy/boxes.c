/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/boxes.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "template/generate.h"

#define GROUP_TYPE "AWS::AutoScaling::AutoScalingGroup"
#define LAST_STAGE "signal" /* contract section 4: CloudFormation is told */

/* A node as it was heard of last. */
struct known {
    char *name, *instance, *stack;
    bool ready, gone;
};

struct item {
    struct hw_blackbox *box;
    bool stale; /* its lines are to be saved */
};

struct hw_boxes {
    struct hw_loop *loop;
    struct hw_timer *timer; /* saves lines, those of one box a turn: that may be millions */
    struct hw_aws *aws;
    const struct hw_logs *logs;
    const struct hw_sink *sink;
    char *cluster;
    int64_t since_ms;
    struct known *nodes;
    size_t node_count, capacity;
    struct item items[HW_MAX_BLACKBOXES];
    size_t count;
};

struct hw_boxes *hw_boxes_new(struct hw_loop *loop, struct hw_aws *aws, const struct hw_logs *logs,
                              const struct hw_sink *sink, const char *cluster)
{
    struct hw_boxes *boxes = HW_NEW(struct hw_boxes);
    *boxes = (struct hw_boxes){.loop = loop,
                               .aws = aws,
                               .logs = logs,
                               .sink = sink,
                               .cluster = hw_strdup(cluster),
                               .since_ms = hw_aws_now_ms(aws)};
    return boxes;
}

static bool save_next(struct hw_boxes *boxes)
{
    for (size_t i = 0; i < boxes->count; i++) {
        if (!boxes->items[i].stale)
            continue;
        boxes->items[i].stale = false;
        hw_blackbox_save_logs(boxes->items[i].box);
        return true;
    }
    return false;
}

static void on_timer(void *data)
{
    struct hw_boxes *boxes = data;
    boxes->timer = save_next(boxes) ? hw_loop_timer(boxes->loop, 0, on_timer, boxes) : NULL;
}

static void save_soon(struct hw_boxes *boxes, struct item *item)
{
    item->stale = true;
    if (!boxes->timer)
        boxes->timer = hw_loop_timer(boxes->loop, 0, on_timer, boxes);
}

bool hw_boxes_are_busy(const struct hw_boxes *boxes)
{
    bool busy = boxes->timer != NULL;
    for (size_t i = 0; !busy && i < boxes->count; i++)
        busy = hw_blackbox_is_asking(boxes->items[i].box);
    return busy;
}

void hw_boxes_free(struct hw_boxes *boxes)
{
    if (!boxes)
        return;
    hw_timer_cancel(boxes->timer);
    while (save_next(boxes))
        ;
    for (size_t i = 0; i < boxes->count; i++)
        hw_blackbox_free(boxes->items[i].box);
    for (size_t i = 0; i < boxes->node_count; i++) {
        free(boxes->nodes[i].name);
        free(boxes->nodes[i].instance);
        free(boxes->nodes[i].stack);
    }
    free(boxes->nodes);
    free(boxes->cluster);
    free(boxes);
}

static struct item *item_of(struct hw_boxes *boxes, const char *instance)
{
    for (size_t i = 0; instance && i < boxes->count; i++) {
        if (!strcmp(hw_blackbox_instance(boxes->items[i].box), instance))
            return &boxes->items[i];
    }
    return NULL;
}

static struct hw_blackbox *open_box(struct hw_boxes *boxes, const char *node, const char *instance)
{
    struct item *item = item_of(boxes, instance);
    if (item)
        return item->box;
    struct hw_blackbox *box =
        boxes->count == HW_MAX_BLACKBOXES
            ? NULL
            : hw_blackbox_new(boxes->aws, boxes->logs, boxes->sink, boxes->cluster, node, instance);
    if (!box)
        return NULL;
    item = &boxes->items[boxes->count++];
    *item = (struct item){.box = box};
    save_soon(boxes, item);
    return box;
}

static struct known *known_node(struct hw_boxes *boxes, const char *name)
{
    for (size_t i = 0; i < boxes->node_count; i++) {
        if (!strcmp(boxes->nodes[i].name, name))
            return &boxes->nodes[i];
    }
    return NULL;
}

static void learn_node(struct hw_boxes *boxes, const struct hw_ev_node *node)
{
    struct known *known = known_node(boxes, node->node);
    if (!known && boxes->node_count < HW_MAX_NODES) {
        hw_grow(&boxes->nodes, &boxes->capacity, boxes->node_count, sizeof *boxes->nodes);
        known = &boxes->nodes[boxes->node_count++];
        const char *group = node->group ? node->group : "";
        *known = (struct known){.name = hw_strdup(node->node),
                                .stack = hw_stack_name(boxes->cluster, node->role, group)};
    }
    if (!known)
        return;
    known->gone = node->state == HW_NODE_GONE;
    if (known->instance && !strcmp(known->instance, node->instance))
        return;
    hw_replace(&known->instance, node->instance);
    known->ready = false;
}

static void on_node(struct hw_boxes *boxes, const struct hw_ev_node *node)
{
    struct item *item = item_of(boxes, node->instance);
    learn_node(boxes, node);
    if (item && item->stale && node->state != HW_NODE_LIVE)
        save_soon(boxes, item);
}

static void on_stage(struct hw_boxes *boxes, const struct hw_ev_stage *stage)
{
    struct known *known = known_node(boxes, stage->node);
    if (known && stage->status == HW_STAGE_DONE && !strcmp(stage->stage, LAST_STAGE))
        known->ready = true;
    struct hw_blackbox *box =
        stage->status == HW_STAGE_FAILED ? open_box(boxes, stage->node, stage->instance) : NULL;
    if (box)
        hw_blackbox_save_stage(box, stage);
}

static bool is_failed_group(const struct hw_boxes *boxes, const struct hw_ev_stack *event)
{
    bool failed =
        !strcmp(event->status, "CREATE_FAILED") || !strcmp(event->status, "UPDATE_FAILED");
    return failed && event->time_ms >= boxes->since_ms && event->resource_type &&
           !strcmp(event->resource_type, GROUP_TYPE) &&
           !(event->reason && strstr(event->reason, "cancelled"));
}

/* "Received FAILURE signal with UniqueId i-..." names one of its nodes; "Failed to receive 1
 * resource signal(s) within the specified duration" means those that are not ready. */
static void on_group_failed(struct hw_boxes *boxes, const struct hw_ev_stack *event)
{
    const char *reason = event->reason ? event->reason : "";
    bool named = strstr(reason, " i-") != NULL;
    for (size_t i = 0; i < boxes->node_count; i++) {
        const struct known *node = &boxes->nodes[i];
        bool meant = named ? strstr(reason, node->instance) != NULL : !node->ready;
        if (meant && !node->gone && !strcmp(node->stack, event->stack))
            open_box(boxes, node->name, node->instance);
    }
}

void hw_boxes_feed(struct hw_boxes *boxes, const struct hw_event *event)
{
    const struct hw_ev_stack *stack = event->type == HW_EV_STACK ? &event->u.stack : NULL;
    const struct hw_ev_node *node = event->type == HW_EV_NODE ? &event->u.node : NULL;
    const struct hw_ev_stage *stage = event->type == HW_EV_STAGE ? &event->u.stage : NULL;
    if (node && node->node && node->instance && *node->instance && node->role)
        on_node(boxes, node);
    if (stage && stage->node && stage->instance && *stage->instance && stage->stage)
        on_stage(boxes, stage);
    if (stack && is_failed_group(boxes, stack))
        on_group_failed(boxes, stack);
    struct item *item = event->type == HW_EV_LOG ? item_of(boxes, event->u.log.instance) : NULL;
    if (item)
        item->stale = true; /* saved when the node leaves, or at the end */
}

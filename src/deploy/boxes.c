/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/boxes.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define GROUP_TYPE "AWS::AutoScaling::AutoScalingGroup"
#define LAST_STAGE "signal" /* contract section 4: it tells CloudFormation that the node is ready  \
                             */

/* A node as it was heard of last. */
struct known {
    char *name, *instance, *stack;
    bool ready;
};

struct hw_boxes {
    struct hw_aws *aws;
    const struct hw_logs *logs;
    const struct hw_sink *sink;
    char *cluster;
    struct known *nodes;
    size_t node_count, capacity;
    struct hw_blackbox *items[HW_MAX_BLACKBOXES];
    size_t count;
};

struct hw_boxes *hw_boxes_new(struct hw_aws *aws, const struct hw_logs *logs,
                              const struct hw_sink *sink, const char *cluster)
{
    struct hw_boxes *boxes = HW_NEW(struct hw_boxes);
    *boxes =
        (struct hw_boxes){.aws = aws, .logs = logs, .sink = sink, .cluster = hw_strdup(cluster)};
    return boxes;
}

void hw_boxes_free(struct hw_boxes *boxes)
{
    if (!boxes)
        return;
    for (size_t i = 0; i < boxes->count; i++)
        hw_blackbox_free(boxes->items[i]);
    for (size_t i = 0; i < boxes->node_count; i++) {
        free(boxes->nodes[i].name);
        free(boxes->nodes[i].instance);
        free(boxes->nodes[i].stack);
    }
    free(boxes->nodes);
    free(boxes->cluster);
    free(boxes);
}

static struct hw_blackbox *box_of(const struct hw_boxes *boxes, const char *instance)
{
    for (size_t i = 0; i < boxes->count; i++) {
        if (!strcmp(hw_blackbox_instance(boxes->items[i]), instance))
            return boxes->items[i];
    }
    return NULL;
}

static struct hw_blackbox *open_box(struct hw_boxes *boxes, const char *node, const char *instance)
{
    struct hw_blackbox *box = box_of(boxes, instance);
    if (box || boxes->count == HW_MAX_BLACKBOXES)
        return box;
    box = hw_blackbox_new(boxes->aws, boxes->logs, boxes->sink, boxes->cluster, node, instance);
    if (box)
        boxes->items[boxes->count++] = box;
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
        *known = (struct known){
            .name = hw_strdup(node->node),
            .stack = hw_format("%s-%s%s%s", boxes->cluster, node->role, *group ? "-" : "", group)};
    }
    if (!known || (known->instance && !strcmp(known->instance, node->instance)))
        return;
    hw_replace(&known->instance, node->instance);
    known->ready = false;
}

static void on_node(struct hw_boxes *boxes, const struct hw_ev_node *node)
{
    struct hw_blackbox *box = box_of(boxes, node->instance);
    learn_node(boxes, node);
    if (box && node->state != HW_NODE_LIVE)
        hw_blackbox_save_logs(box);
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

/* "Received FAILURE signal with UniqueId i-..." names one of its nodes; "Failed to receive 1
 * resource signal(s) within the specified duration" means those that are not ready. */
static void on_group_failed(struct hw_boxes *boxes, const struct hw_ev_stack *event)
{
    const char *reason = event->reason ? event->reason : "";
    bool named = strstr(reason, " i-") != NULL;
    for (size_t i = 0; i < boxes->node_count; i++) {
        const struct known *node = &boxes->nodes[i];
        bool meant = named ? strstr(reason, node->instance) != NULL : !node->ready;
        if (meant && !strcmp(node->stack, event->stack))
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
    if (stack && stack->resource_type && !strcmp(stack->resource_type, GROUP_TYPE) &&
        (!strcmp(stack->status, "CREATE_FAILED") || !strcmp(stack->status, "UPDATE_FAILED")))
        on_group_failed(boxes, stack);
}

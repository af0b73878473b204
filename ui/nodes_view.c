/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/nodes_view.h"

#include "base/clock.h"
#include "base/text.h"
#include "logs/linetime.h"

enum {
    LATE_MS = 5000,  /* a file is looked at several times a second; the rest is on its way */
    COMES_MS = 3000, /* a node that has sent nothing for so long has nothing more to send */
};

static void stage_done(struct ui_stage *stage)
{
    free(stage->name);
    free(stage->message);
}

static void node_clear_stages(struct ui_node *node)
{
    for (size_t i = 0; i < node->stage_count; i++)
        stage_done(&node->stages[i]);
    node->stage_count = 0;
}

static void node_done(struct ui_node *node)
{
    node_clear_stages(node);
    free(node->stages);
    free(node->name);
    free(node->instance);
    free(node->role);
    free(node->group);
    free(node->via);
    free(node->address);
    free(node->detail);
    free(node->line);
    free(node->line_source);
    hw_strv_done(&node->sources);
}

static void list_done(struct ui_node *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        node_done(&items[i]);
    free(items);
}

void ui_nodes_begin(struct ui_nodes *nodes)
{
    list_done(nodes->past, nodes->past_count);
    *nodes = (struct ui_nodes){.past = nodes->items, .past_count = nodes->count};
}

void ui_nodes_done(struct ui_nodes *nodes)
{
    list_done(nodes->items, nodes->count);
    list_done(nodes->past, nodes->past_count);
    *nodes = (struct ui_nodes){0};
}

static int rank(const char *role)
{
    if (!role || strcmp(role, "compute") == 0)
        return 2;
    return strcmp(role, "head") == 0 ? 1 : strcmp(role, "sql") == 0 ? 0 : 2;
}

static size_t find(const struct ui_nodes *nodes, const char *name)
{
    if (nodes->last < nodes->count && strcmp(nodes->items[nodes->last].name, name) == 0)
        return nodes->last;
    for (size_t i = 0; i < nodes->count; i++) {
        if (strcmp(nodes->items[i].name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

struct ui_node *ui_nodes_find(const struct ui_nodes *nodes, const char *name)
{
    size_t i = find(nodes, name);
    return i == SIZE_MAX ? NULL : &nodes->items[i];
}

static bool before(const struct ui_node *a, const struct ui_node *b)
{
    int left = rank(a->role), right = rank(b->role);
    return left != right ? left < right : hw_text_compare_natural(a->name, b->name) < 0;
}

/* Moves the node at i to where its role and name belong; returns its new place. */
static size_t settle(struct ui_nodes *nodes, size_t i)
{
    struct ui_node node = nodes->items[i];
    for (; i > 0 && before(&node, &nodes->items[i - 1]); i--)
        nodes->items[i] = nodes->items[i - 1];
    for (; i + 1 < nodes->count && before(&nodes->items[i + 1], &node); i++)
        nodes->items[i] = nodes->items[i + 1];
    nodes->items[i] = node;
    return i;
}

static struct ui_node *get(struct ui_nodes *nodes, const char *name, const char *role)
{
    if (!name || name[0] == '\0')
        return NULL;
    size_t i = find(nodes, name);
    if (i == SIZE_MAX) {
        if (nodes->count >= UI_MAX_NODES)
            return NULL;
        hw_grow(&nodes->items, &nodes->capacity, nodes->count, sizeof *nodes->items);
        i = nodes->count++;
        nodes->items[i] =
            (struct ui_node){.name = hw_strdup(name), .number = i, .state = HW_NODE_LIVE};
    }
    if (role && role[0] != '\0' && !nodes->items[i].role) {
        nodes->items[i].role = hw_strdup(role);
        i = settle(nodes, i);
    }
    nodes->last = i;
    return &nodes->items[i];
}

static void set(char **slot, const char *text)
{
    if (text && text[0] != '\0')
        hw_replace(slot, text);
}

/* The newest line of the run before, if it is the same instance. */
static void remember_line(const struct ui_nodes *nodes, struct ui_node *node)
{
    for (size_t i = 0; i < nodes->past_count && node->instance; i++) {
        struct ui_node *past = &nodes->past[i];
        if (!past->line || !past->instance || strcmp(past->name, node->name) != 0 ||
            strcmp(past->instance, node->instance) != 0)
            continue;
        node->line = past->line;
        node->line_source = past->line_source;
        node->line_ms = past->line_ms;
        past->line = past->line_source = NULL;
        hw_strv_copy(&node->sources, &past->sources);
    }
}

/* A group replaced the node: what the old instance did is over. */
static void take_instance(const struct ui_nodes *nodes, struct ui_node *node, const char *instance)
{
    if (!instance || instance[0] == '\0')
        return;
    if (node->instance && strcmp(node->instance, instance) != 0)
        node_clear_stages(node);
    bool first = !node->instance;
    set(&node->instance, instance);
    if (first && !node->line)
        remember_line(nodes, node);
}

static bool apply_node(struct ui_nodes *nodes, const struct hw_ev_node *event, int64_t now_ms)
{
    struct ui_node *node = get(nodes, event->node, event->role);
    if (!node)
        return false;
    bool other = node->instance && event->instance && event->instance[0] != '\0' &&
                 strcmp(node->instance, event->instance) != 0;
    if (other && event->state == HW_NODE_GONE)
        return false; /* of the instance before this one */
    take_instance(nodes, node, event->instance);
    if (node->state != event->state || node->since_ms == 0)
        node->since_ms = event->time_ms ? event->time_ms : now_ms;
    node->state = event->state;
    set(&node->group, event->group);
    set(&node->via, event->via);
    set(&node->address, event->address);
    hw_replace(&node->detail, event->detail);
    return true;
}

static struct ui_stage *stage_of(struct ui_node *node, const char *name, int64_t time_ms)
{
    for (size_t i = node->stage_count; i-- > 0;) {
        if (strcmp(node->stages[i].name, name) == 0)
            return &node->stages[i];
    }
    if (node->stage_count >= UI_MAX_STAGES)
        return NULL;
    hw_grow(&node->stages, &node->stage_capacity, node->stage_count, sizeof *node->stages);
    struct ui_stage *stage = &node->stages[node->stage_count++];
    *stage = (struct ui_stage){.name = hw_strdup(name), .start_ms = time_ms};
    return stage;
}

static bool apply_stage(struct ui_nodes *nodes, const struct hw_ev_stage *event)
{
    struct ui_node *node = get(nodes, event->node, event->role);
    if (!node || !event->stage || event->stage[0] == '\0')
        return false;
    take_instance(nodes, node, event->instance);
    struct ui_stage *stage = stage_of(node, event->stage, event->time_ms);
    if (!stage)
        return false;
    if (event->status == HW_STAGE_STARTED) {
        /* Begun again after a reboot or a retry: it becomes the newest one. */
        struct ui_stage again = *stage;
        again.start_ms = event->time_ms;
        again.end_ms = 0;
        size_t behind = (size_t)(node->stages + node->stage_count - stage) - 1;
        memmove(stage, stage + 1, behind * sizeof *stage);
        stage += behind;
        *stage = again;
    } else {
        stage->end_ms = event->time_ms;
    }
    stage->status = event->status;
    stage->exit_code = event->exit_code;
    hw_replace(&stage->message, event->message);
    return true;
}

static void add_source(struct ui_node *node, const char *source)
{
    bool known = !source || source[0] == '\0' ||
                 (node->line_source && strcmp(node->line_source, source) == 0);
    if (!known && node->sources.count < UI_MAX_SOURCES && !hw_strv_has(&node->sources, source))
        hw_strv_add(&node->sources, source);
}

static bool apply_log(struct ui_nodes *nodes, const struct hw_ev_log *event, int64_t now_ms)
{
    struct ui_node *node = get(nodes, event->node, NULL);
    if (!node)
        return false;
    int64_t time_ms = event->time_ms ? event->time_ms : now_ms;
    int64_t own_ms;
    add_source(node, event->source);
    /* Only a time of the line itself tells how old it is. */
    bool dated = event->time_ms && event->text &&
                 hw_linetime_read(event->text, strlen(event->text), &own_ms);
    if (dated || now_ms - node->came_ms <= COMES_MS)
        node->came_ms = now_ms;
    if (time_ms < node->line_ms)
        return false;
    node->line_ms = time_ms;
    if (dated)
        node->late_ms = now_ms > time_ms ? now_ms - time_ms : 0;
    hw_replace(&node->line, event->text);
    set(&node->line_source, event->source);
    return true;
}

bool ui_nodes_apply(struct ui_nodes *nodes, const struct hw_event *event, int64_t now_ms)
{
    switch (event->type) {
    case HW_EV_NODE:
        return apply_node(nodes, &event->u.node, now_ms);
    case HW_EV_STAGE:
        return apply_stage(nodes, &event->u.stage);
    case HW_EV_LOG:
        return apply_log(nodes, &event->u.log, now_ms);
    default:
        return false;
    }
}

const struct ui_stage *ui_node_stage(const struct ui_node *node)
{
    return node->stage_count ? &node->stages[node->stage_count - 1] : NULL;
}

const struct ui_stage *ui_node_failure(const struct ui_node *node)
{
    for (size_t i = node->stage_count; i-- > 0;) {
        if (node->stages[i].status == HW_STAGE_FAILED)
            return &node->stages[i];
    }
    return NULL;
}

enum ui_health ui_node_health(const struct ui_node *node)
{
    const struct ui_stage *stage = ui_node_stage(node);
    if (node->state == HW_NODE_GONE)
        return UI_NODE_ENDED;
    if (ui_node_failure(node) || node->state == HW_NODE_REFUSED)
        return UI_NODE_BROKEN;
    if (stage && strcmp(stage->name, "signal") == 0 && stage->status == HW_STAGE_DONE)
        return UI_NODE_READY;
    if (node->state == HW_NODE_LOST || node->state == HW_NODE_REBOOTING)
        return UI_NODE_AWAY;
    return UI_NODE_WORKS;
}

static const char *state_word(const struct ui_node *node)
{
    switch (node->state) {
    case HW_NODE_PENDING:
        return _("instance is starting");
    case HW_NODE_CONNECTING:
        return _("connecting");
    case HW_NODE_LIVE:
        return ui_node_health(node) == UI_NODE_READY ? _("ready") : _("live");
    case HW_NODE_REBOOTING:
        return _("rebooting");
    case HW_NODE_LOST:
        return _("connection lost, trying again");
    case HW_NODE_REFUSED:
        return _("refused");
    case HW_NODE_GONE:
        return _("terminated");
    }
    return "";
}

int64_t ui_node_behind(const struct ui_node *node, int64_t now_ms)
{
    bool comes = node->state == HW_NODE_LIVE && now_ms - node->came_ms <= COMES_MS;
    return comes && node->late_ms >= LATE_MS ? node->late_ms : 0;
}

static void add_behind(int64_t ms, struct hw_buf *out)
{
    char elapsed[HW_TIME_SIZE];
    hw_time_elapsed(ms, elapsed);
    if (ms < 2 * 60 * 1000)
        hw_buf_print(out, _(", %d s behind"), (int)(ms / 1000));
    else
        hw_buf_print(out, _(", %s behind"), elapsed);
}

/* The exit code of a set-up with which it asked for the restart (MsiExec error codes 1641, 3010);
 * 0: none did. */
static int restart_code(const struct ui_node *node)
{
    for (size_t i = node->stage_count; i-- > 0;) {
        int code = node->stages[i].exit_code;
        if (code == 3010 || code == 1641)
            return code;
    }
    return 0;
}

static void add_away(const struct ui_node *node, int64_t now_ms, struct hw_buf *out)
{
    char elapsed[HW_TIME_SIZE];
    int code = node->state == HW_NODE_REBOOTING ? restart_code(node) : 0;
    if (code)
        hw_buf_print(out, " (%d)", code);
    if (node->since_ms > 0 && now_ms > node->since_ms) {
        hw_time_elapsed(now_ms - node->since_ms, elapsed);
        hw_buf_print(out, _(", %s so far"), elapsed);
    }
}

void ui_node_words(const struct ui_node *node, int64_t now_ms, struct hw_buf *out)
{
    const struct ui_stage *failure = ui_node_failure(node);
    const char *detail = node->detail ? node->detail : "";
    if (failure && node->state != HW_NODE_GONE) {
        hw_buf_print(out, _("%s failed with %d"), failure->name, failure->exit_code);
        if (failure->message && failure->message[0] != '\0')
            hw_buf_print(out, ": %s", failure->message);
        return;
    }
    hw_buf_text(out, state_word(node));
    int64_t behind = ui_node_behind(node, now_ms);
    if (behind > 0)
        add_behind(behind, out);
    if (node->state == HW_NODE_REBOOTING || node->state == HW_NODE_LOST)
        add_away(node, now_ms, out);
    if (node->state != HW_NODE_LIVE && detail[0] != '\0')
        hw_buf_print(out, ": %s", detail);
}

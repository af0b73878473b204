/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each node, put together from events: state, stages, newest line, failure. A
 * model without drawing; the deploy page and the log page each keep one. Event texts are copied. */
#ifndef UI_NODES_VIEW_H
#define UI_NODES_VIEW_H

#include "base/event.h"
#include "base/mem.h"

struct ui_stage {
    char *name;
    enum hw_stage_status status;
    int64_t start_ms, end_ms; /* 0 = not known */
    int exit_code;
    char *message;
};

struct ui_node {
    char *name, *instance, *role, *group, *via, *address, *detail;
    size_t number; /* of appearance; stays the same while others come */
    enum hw_node_state state;
    int64_t since_ms;        /* of this state */
    struct ui_stage *stages; /* in the order they began */
    size_t stage_count, stage_capacity;
    int64_t line_ms; /* of the newest line; 0 = none yet */
    int64_t came_ms; /* when a line came last, and by how much the newest one was late then */
    int64_t late_ms;
    char *line, *line_source;
    struct hw_strv sources; /* of its lines, in the order they were first seen */
};

struct ui_nodes {
    struct ui_node *items; /* in natural order of names: sql, head, then compute */
    size_t count, capacity;
    size_t last;          /* found last; lines come in runs */
    struct ui_node *past; /* of the run before: what their logs have said */
    size_t past_count;
};

/* What a node is doing, in the order of what a person should look at first. */
enum ui_health {
    UI_NODE_BROKEN, /* a stage failed, or it refused us */
    UI_NODE_AWAY,   /* lost or rebooting */
    UI_NODE_WORKS,  /* installing */
    UI_NODE_READY,  /* signalled success */
    UI_NODE_ENDED,  /* terminated */
};

#define UI_MAX_NODES   4096u /* more are passed over */
#define UI_MAX_STAGES  64u   /* of one node */
#define UI_MAX_SOURCES 64u   /* of one node */

void ui_nodes_done(struct ui_nodes *nodes);
/* Another run begins: nodes are there once they are told again. The log of one that goes on is not
 * told again: its lines so far are remembered for it. */
void ui_nodes_begin(struct ui_nodes *nodes);
/* NODE, STAGE and LOG; now_ms stands in for a line without a time. True if something changed
 * that a person sees (a new line alone does, too). */
bool ui_nodes_apply(struct ui_nodes *nodes, const struct hw_event *event, int64_t now_ms);

struct ui_node *ui_nodes_find(const struct ui_nodes *nodes, const char *name); /* or NULL */
/* The stage it is in: the newest that began; NULL before the first. */
const struct ui_stage *ui_node_stage(const struct ui_node *node);
/* The stage that failed and was not begun again since, or NULL. */
const struct ui_stage *ui_node_failure(const struct ui_node *node);
enum ui_health ui_node_health(const struct ui_node *node);
/* Milliseconds that what comes of its logs is behind what it writes; 0: nothing to speak of. While
 * nothing comes this cannot be told from a node that writes nothing. */
int64_t ui_node_behind(const struct ui_node *node, int64_t now_ms);
/* "rebooting (3010), 1:10 so far: ...", "ready", "live, 42 s behind", "refused: ..."; translated.
 */
void ui_node_words(const struct ui_node *node, int64_t now_ms, struct hw_buf *out);

#endif

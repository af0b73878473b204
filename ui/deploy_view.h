/* SPDX-License-Identifier: Apache-2.0 */
/* A deployment as a person follows it: stacks with their resources, nodes with their stages, one
 * timeline of what happened, what failed and why, how far it is and how long it may still take.
 * A model without drawing and without a clock of its own. Event texts are copied. */
#ifndef UI_DEPLOY_VIEW_H
#define UI_DEPLOY_VIEW_H

#include "deploy/guess.h"
#include "ui/nodes_view.h"

enum ui_progress { UI_WAITS, UI_WORKS, UI_DONE, UI_FAILED, UI_UNDOES, UI_GONE };

struct ui_resource {
    char *name, *type, *physical_id, *status, *reason;
    enum ui_progress progress;
    int64_t start_ms, end_ms;
    unsigned signals; /* received */
};

/* What a plan would do with one resource. */
struct ui_change {
    enum hw_change_action action;
    bool loses_data;
    char *resource, *type, *properties, *words; /* words: what it means for the cluster */
};

struct ui_stack {
    char *name;
    enum hw_step step;
    enum ui_progress progress;
    char *message; /* of the step, in words */
    bool kept;     /* it failed, and what it holds stays for a look */
    bool undone;   /* CloudFormation has rolled it back: there is nothing to go back from */
    int64_t start_ms, end_ms;
    struct ui_resource *resources; /* in the order they began */
    size_t count, capacity;
    struct ui_change *changes; /* of the newest plan */
    size_t change_count, change_capacity;
};

/* One thing that happened. */
struct ui_moment {
    int64_t time_ms;
    char *who, *what, *text; /* "head", "setup", "Installing HPC Pack" */
    enum hw_severity severity;
};

struct ui_failure {
    int64_t time_ms;
    char *who, *what, *reason; /* stack and resource, or node and stage */
    bool node;                 /* of a node: its log says more */
};

struct ui_deploy_view {
    char *cluster;
    struct ui_stack *stacks;
    size_t count, capacity;
    struct ui_nodes nodes;
    struct ui_moment *moments; /* by time */
    size_t moment_count, moment_capacity;
    size_t dropped; /* moments that were let go */
    struct ui_failure *failures;
    size_t failure_count, failure_capacity;
    int64_t start_ms, end_ms; /* end 0: it goes on */
    int64_t heard_ms;         /* of the newest event */
    struct hw_guess *guess;   /* of the rest; NULL before the beginning */
    struct hw_pace pace;      /* of earlier runs; outlives ui_deploy_view_begin */
    struct hw_strv stuck;     /* "STACK/RESOURCE" that an update left and that could not go back;
                                 outlives ui_deploy_view_begin of the same cluster */
    bool plan;                /* once ended: that was a plan */
    bool rollback;            /* once ended: that was a rollback */
    bool ok;                  /* once ended */
    bool stands;              /* once ended: nobody deploys, and stacks are not made */
    char *outcome, *next;     /* once ended with an error: its sentence, what to do next */
    char *place;              /* the question that it comes from; NULL: none */
};

#define UI_MAX_STACKS    64u
#define UI_MAX_RESOURCES 512u  /* of one stack; CloudFormation allows 500 */
#define UI_MAX_MOMENTS   2000u /* the oldest go first */
#define UI_MAX_FAILURES  64u
#define UI_GAP_MS        120000 /* a pause that is worth a line */

void ui_deploy_view_done(struct ui_deploy_view *view);
/* Forgets all but what is remembered of nodes (ui_nodes_begin). stacks: names in their order, so
 * that those to come are seen at once. */
void ui_deploy_view_begin(struct ui_deploy_view *view, const char *cluster,
                          const struct hw_strv *stacks);
/* STEP, CHANGE, STACK, NODE, STAGE, LOG, NOTICE and the RESULT of "deploy", "plan" or
 * "rollback". True if what
 * is seen has changed. now_ms stands in for an event without a time. */
bool ui_deploy_view_apply(struct ui_deploy_view *view, const struct hw_event *event,
                          int64_t now_ms);

const char *ui_step_words(enum hw_step step);              /* "is being made"; translated */
const char *ui_change_words(enum hw_change_action action); /* "modify"; translated */
bool ui_deploy_view_running(const struct ui_deploy_view *view);
/* Its plan does more than add: somebody should read it. */
bool ui_stack_alters(const struct ui_stack *stack);
/* It has ended well, with stacks that were deleted. */
bool ui_deploy_view_deleted(const struct ui_deploy_view *view);
/* Place of the stack that a node belongs to, or SIZE_MAX. */
size_t ui_deploy_view_stack_of(const struct ui_deploy_view *view, const struct ui_node *node);
/* Resources of a stack that are done, and how many are known of it. */
size_t ui_stack_resources_done(const struct ui_stack *stack);
/* Its stack was deleted or rolled back and let go of it: it is still in the account. */
bool ui_resource_stays(const struct ui_resource *resource);
/* Time it took, or takes so far; 0 before it began. */
int64_t ui_span_ms(int64_t start_ms, int64_t end_ms, int64_t now_ms);

/* How far: 0 to 1000. *ret_left_ms: a rough guess of the rest from what stages usually take and
 * how fast this run has been; -1 while there is nothing to guess from. */
unsigned ui_deploy_view_permille(const struct ui_deploy_view *view, int64_t now_ms,
                                 int64_t *ret_left_ms);
/* Pause before the moment at index (or, at moment_count, until now), if it is worth a line: 0
 * otherwise. */
int64_t ui_deploy_view_gap(const struct ui_deploy_view *view, size_t index, int64_t now_ms);

/* "CREATE_IN_PROGRESS" and the like. */
enum ui_progress ui_progress_of_status(const char *status);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What page_deploy.c, page_deploy_draw.c and page_deploy_detail.c share; nobody else. */
#ifndef UI_PAGE_DEPLOY_H
#define UI_PAGE_DEPLOY_H

#include "ui/app.h"
#include "ui/bundle.h"
#include "ui/deploy_view.h"
#include "ui/widget_tree.h"

/* Keys of ui_app_goto: what was asked for, until the first event tells how it goes. */
#define UI_DEPLOY_BEGIN  "begin"
#define UI_DEPLOY_PLAN   "plan"
#define UI_DEPLOY_FOLLOW "follow"

enum ui_deploy_asked { UI_ASKED_NOTHING, UI_ASKED_BEGIN, UI_ASKED_PLAN, UI_ASKED_FOLLOW };

struct ui_deploy {
    struct ui_page page;
    struct ui_deploy_view view;
    struct ui_tree tree;
    bool stale;                           /* the tree is older than the view */
    enum ui_progress seen[UI_MAX_STACKS]; /* of each stack when the tree was built */
    bool details;                         /* of the focus, in place of the events */
    bool in_events;
    size_t back;  /* rows that the events are scrolled back from the newest */
    bool left;    /* the person stopped watching */
    char *held;   /* instance of the node that is held; NULL: none */
    char *chosen; /* instance that a question is about */
    enum ui_deploy_asked asked;
    struct ui_bundle bundle;
    struct ui_offers offers;
    struct hw_buf words; /* of an offer */
};

/* What a row of the tree stands for. */
struct ui_deploy_row {
    const struct ui_stack *stack;       /* always */
    const struct ui_resource *resource; /* or NULL */
    const struct ui_node *node;         /* or NULL */
    const struct ui_change *change;     /* or NULL */
    bool fold;                          /* the resources of the stack that are done */
};

/* false: the tree is empty or the row is gone. */
bool ui_deploy_row_of(const struct ui_deploy *deploy, size_t tag, struct ui_deploy_row *ret);
bool ui_deploy_focus(const struct ui_deploy *deploy, struct ui_deploy_row *ret);
/* Now, by the clock that the events carry. */
int64_t ui_deploy_now_ms(const struct ui_deploy *deploy);
void ui_deploy_refresh(struct ui_deploy *deploy); /* the tree from the view */

void ui_deploy_draw(struct ui_deploy *deploy, struct ui_area area);
void ui_deploy_draw_details(const struct ui_deploy *deploy, struct ui_area area);

/* page_deploy_detail.c: a label and its text, which wraps; nothing for NULL or "". The row below.
 */
int ui_deploy_put_pair(struct ui_area area, int row, const char *label, enum ui_style style,
                       const char *text);

/* page_deploy_plan.c: one change of a plan, as a row and in full. */
void ui_deploy_draw_change(struct ui_area row, const struct ui_change *change, bool focused);
void ui_deploy_draw_change_details(const struct ui_change *change, struct ui_area area);

/* page_deploy_choices.c: what a person can do when something went wrong. */
bool ui_deploy_choose(struct ui_deploy *deploy, enum ui_action action); /* false: not one of them */
void ui_deploy_offer_choices(struct ui_deploy *deploy, struct ui_offers *offers);

/* A person has asked that nothing takes it away, and has not released it. */
bool ui_deploy_is_held(const struct ui_deploy *deploy, const struct ui_node *node);

/* page_deploy_stuck.c: asks what the rollbacks that are stuck leave out, and has them go on. */
void ui_deploy_ask_stuck(struct ui_deploy *deploy);

const char *ui_deploy_sign(enum ui_progress progress, enum ui_style *ret_style);
const char *ui_deploy_node_sign(const struct ui_node *node, enum ui_style *ret_style);
const char *ui_deploy_stage_sign(enum hw_stage_status status, enum ui_style *ret_style);
/* "Stack riskgrid-head" is known to everyone here as "head". */
const char *ui_deploy_short(const struct ui_deploy *deploy, const char *stack);

#endif

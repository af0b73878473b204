/* SPDX-License-Identifier: Apache-2.0 */
/* What page_review.c and page_review_draw.c share; nobody else. */
#ifndef UI_PAGE_REVIEW_H
#define UI_PAGE_REVIEW_H

#include "template/generate.h"
#include "ui/app.h"
#include "ui/checks_view.h"
#include "ui/highlight.h"
#include "ui/widget_text.h"
#include "ui/widget_tree.h"

enum ui_review_group {
    UI_REVIEW_TEMPLATES,
    UI_REVIEW_PARAMETERS,
    UI_REVIEW_SCRIPTS,
    UI_REVIEW_PACKER,
    UI_REVIEW_OTHERS, /* deploy.sh, destroy.sh, MANIFEST.json: no branch of their own */
    UI_REVIEW_GROUPS,
};

/* Tags of the tree: places in the set of files, and behind them the groups. */
enum { UI_REVIEW_TAG_GROUP = 1 << 20 };

#define UI_REVIEW_DEPLOY "deploy" /* key of ui_app_goto: the question before Deploy at once */

struct ui_review {
    struct ui_page page;
    const struct hw_fileset *files; /* the host's; NULL: they could not be generated */
    struct hw_err err;              /* why not */
    unsigned long revision;         /* of the cluster that they were made from */
    bool generated;
    struct ui_tree tree;
    struct ui_text text;
    size_t open;                 /* place of the file in the right pane; SIZE_MAX: none */
    bool in_text;                /* the right pane has the focus */
    struct ui_highlight *states; /* at the start of each line of the open file */
    enum ui_language language;
    struct ui_checks checks;
    bool deploy_agreed;      /* while they were running, and no key came after it */
    size_t finding;          /* the first one shown below */
    bool costs;              /* the right pane shows what costs how much */
    struct hw_buf cost_text; /* with this generation and revision */
    unsigned long cost_generation, cost_revision;
    struct ui_offers offers;
};

enum ui_review_group ui_review_group_of(const char *path);
const struct hw_file *ui_review_file(const struct ui_review *review); /* the open one, or NULL */
/* The estimate; NULL: the host has none. */
const struct hw_cost *ui_review_cost(const struct ui_review *review, bool *ret_over);
/* What becomes of a stack that fails, in words. */
const char *ui_review_on_failure(const struct ui_review *review);
void ui_review_draw(struct ui_review *review, struct ui_area area);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What page_findings.c and page_findings_draw.c share; nobody else. */
#ifndef UI_PAGE_FINDINGS_H
#define UI_PAGE_FINDINGS_H

#include "base/mem.h"
#include "ui/app.h"
#include "ui/bundle.h"

/* What the focus may stand on. */
enum ui_finding_kind {
    UI_FINDING_CAUSE,
    UI_FINDING_EVIDENCE,
    UI_FINDING_QUESTION,
    UI_FINDING_EXPLAINS, /* the folded consequences of a cause */
};

struct ui_finding_item {
    enum ui_finding_kind kind;
    size_t finding;  /* place of the cause among the host's findings */
    size_t evidence; /* place of the evidence or of the question */
    size_t row;      /* first row of it in the sheet */
};

/* One row of the sheet. */
struct ui_finding_row {
    char *text;
    const char *sign;
    int col;
    enum ui_style style, sign_style;
    char *right;  /* at the right end; or NULL */
    size_t place; /* bytes at the beginning that say where, in a quieter style */
    size_t item;  /* it belongs to; SIZE_MAX: none */
};

struct ui_findings {
    struct ui_page page;
    struct ui_finding_row *rows; /* the whole sheet, wrapped for `cols` */
    size_t row_count, row_capacity;
    struct ui_finding_item *items;
    size_t item_count, item_capacity;
    char *focus_id; /* of the finding that has the focus */
    struct ui_finding_item focus;
    struct hw_strv open; /* ids of causes whose consequences are unfolded */
    size_t first;        /* row in view */
    int cols, height;
    bool deploying, failed;
    bool failed_before;   /* the run that deploying is about */
    bool testing;         /* a test is under way */
    struct hw_buf asking; /* the question that a dialog asks about: node, test and arguments */
    struct ui_bundle bundle;
    struct hw_buf words;
    struct ui_offers offers;
};

const char *ui_findings_id(const struct ui_findings *page, size_t index);
const struct hw_ev_finding *ui_findings_at(const struct ui_findings *page, size_t index);
size_t ui_findings_count(const struct ui_findings *page);
bool ui_findings_is_cause(const struct ui_findings *page, size_t index);
/* Is it the same as the cause, on another node? */
bool ui_findings_is_alike(const struct ui_findings *page, size_t index, size_t cause);
/* How many other findings the one at index explains, through others too. */
size_t ui_findings_explains(const struct ui_findings *page, size_t index);
bool ui_findings_explained_by(const struct ui_findings *page, size_t index, size_t cause);
/* The question of an item; NULL: it is none. */
const struct hw_ev_question *ui_findings_question(const struct ui_findings *page,
                                                  const struct ui_finding_item *item);
/* The deployment has failed and is over: what was mended can be deployed. */
bool ui_findings_again(const struct ui_findings *page);
const char *ui_findings_answer(enum hw_answer answer); /* translated */
/* The place of the focus among items; 0 if it is not there any more. */
size_t ui_findings_focus(const struct ui_findings *page);

void ui_findings_clear(struct ui_findings *page);
void ui_findings_build(struct ui_findings *page, int cols);
void ui_findings_draw(struct ui_findings *page, struct ui_area area);

#endif

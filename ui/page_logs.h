/* SPDX-License-Identifier: Apache-2.0 */
/* What page_logs.c, page_logs_view.c and page_logs_draw.c share; nobody else. */
#ifndef UI_PAGE_LOGS_H
#define UI_PAGE_LOGS_H

#include "ui/app.h"
#include "ui/nodes_view.h"
#include "ui/widget_list.h"

struct ui_logs {
    struct ui_page page;
    struct ui_nodes nodes;
    struct ui_list list;      /* of the nodes */
    char *node;               /* the one that has the focus; NULL: none yet */
    bool chosen;              /* the person has chosen it */
    bool in_log;              /* the log has the focus */
    struct hw_log_view *view; /* NULL until the host has lines */
    const struct hw_logs *logs;
    bool merged;  /* all nodes */
    char *source; /* only this file; NULL: all */
    char *filter, *search;
    bool inverted;
    bool follow, caught_up;
    size_t top;     /* first row in view when not following */
    size_t current; /* row of the match or error that was gone to; SIZE_MAX: none */
    bool at_match;  /* current is a match of the search */
    int seek;       /* a match is still looked for in this direction; 0: no */
    size_t seek_from;
    int left, rows;     /* columns scrolled to the right; rows in view at the last draw */
    struct hw_buf cell; /* text of a table cell */
    struct ui_offers offers;
};

/* page_logs_view.c: which lines, and where in them. */
void ui_logs_open(struct ui_logs *logs); /* the view, as soon as the host has lines */
bool ui_logs_refilter(struct ui_logs *logs, struct hw_err *err);
void ui_logs_update(struct ui_logs *logs); /* the next slice */
size_t ui_logs_top(const struct ui_logs *logs);
void ui_logs_show(struct ui_logs *logs, size_t row); /* goes there and holds */
bool ui_logs_scroll(struct ui_logs *logs, const struct ui_input *input);
void ui_logs_next_match(struct ui_logs *logs, int direction);
void ui_logs_next_error(struct ui_logs *logs, int direction);
bool ui_logs_search(struct ui_logs *logs, const char *pattern, struct hw_err *err);

/* The node in whose log the view is, or NULL. */
const struct ui_node *ui_logs_node(const struct ui_logs *logs);
void ui_logs_draw(struct ui_logs *logs, struct ui_area area);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files page_logs*.c share; nobody else. */
#ifndef UI_PAGE_LOGS_H
#define UI_PAGE_LOGS_H

#include "ui/app.h"
#include "ui/nodes_view.h"
#include "ui/widget_list.h"

/* What stands before a line. */
enum ui_logs_column { UI_LOGS_TIME, UI_LOGS_NODE, UI_LOGS_SOURCE, UI_LOGS_COLUMNS };
/* AUTO: where it helps: the node among many, the file where there is room. */
enum ui_logs_width { UI_LOGS_AUTO, UI_LOGS_HIDDEN, UI_LOGS_SHORT, UI_LOGS_WIDE };

/* A row of the screen: a row of the view, and which of the pieces it wraps into. */
struct ui_logs_place {
    size_t row;
    int piece;
};

/* What is still looked for while lines are taken in. */
struct ui_logs_seek {
    int direction; /* 0: nothing */
    enum hw_log_mark mark;
    char *stage; /* of this stage alone; NULL: any */
    size_t from; /* as hw_log_view_next */
    bool round;  /* goes on at the other end */
    bool quoted; /* for the line that a finding quotes; the person's own search comes back */
};

/* Where a held log goes back to once the lines of another filter are there. */
struct ui_logs_stay {
    bool on;
    bool pointed; /* that line was gone to, not only the first on the screen */
    int64_t order_ms;
    struct hw_log_line line; /* which one; its text is not kept */
};

struct ui_logs {
    struct ui_page page;
    struct ui_nodes nodes;
    struct ui_list list;      /* of the nodes */
    char *node;               /* the one that has the focus; NULL: none yet */
    bool chosen;              /* the person has chosen it */
    bool in_log;              /* the log has the focus */
    struct hw_log_view *view; /* NULL until the host has lines */
    const struct hw_logs *logs;
    bool merged;         /* all nodes, or those of `some` */
    struct hw_strv some; /* names; none: all */
    char *source;        /* only this file; NULL: all */
    char *filter, *search;
    bool inverted;
    bool follow, caught_up;
    struct ui_logs_place top; /* under the upper edge when not following */
    size_t current;           /* row that was gone to; SIZE_MAX: none */
    bool at_match;            /* current is a match of the search */
    struct ui_logs_seek seek;
    struct ui_logs_stay stay;
    enum ui_logs_width widths[UI_LOGS_COLUMNS];
    bool wrap;
    int left, rows, cols; /* columns scrolled to the right; size of the log at the last draw */
    struct hw_buf cell;   /* text of a table cell */
    struct ui_offers offers;
};

/* The node in whose log the view is, or NULL. */
const struct ui_node *ui_logs_node(const struct ui_logs *logs);

/* page_logs_ask.c: the questions. */
void ui_logs_ask_search(struct ui_logs *logs);
void ui_logs_ask_filter(struct ui_logs *logs);
void ui_logs_ask_save(struct ui_logs *logs);
void ui_logs_ask_place(struct ui_logs *logs);

/* page_logs_view.c: which lines, and where in them. */
void ui_logs_open(struct ui_logs *logs); /* the view, as soon as the host has lines */
bool ui_logs_refilter(struct ui_logs *logs, struct hw_err *err);
/* The same, but a log that is held stays held, at the line that it shows. */
bool ui_logs_refilter_held(struct ui_logs *logs, struct hw_err *err);
void ui_logs_update(struct ui_logs *logs); /* the next slice */
struct ui_logs_place ui_logs_top(const struct ui_logs *logs);
size_t ui_logs_bottom(const struct ui_logs *logs);   /* the first row below the screen */
void ui_logs_show(struct ui_logs *logs, size_t row); /* goes there and holds */
void ui_logs_follow(struct ui_logs *logs, bool on);
void ui_logs_resize(struct ui_logs *logs, int rows, int cols); /* of the lines on the screen */
bool ui_logs_scroll(struct ui_logs *logs, const struct ui_input *input);

/* page_logs_go.c: to a line of a kind, a time, a stage. */
bool ui_logs_search(struct ui_logs *logs, const char *pattern, struct hw_err *err);
/* To the newest line that holds text, wrapped if it is long. No search is left behind. */
void ui_logs_quoted(struct ui_logs *logs, const char *text, size_t length);
void ui_logs_next(struct ui_logs *logs, enum hw_log_mark mark, int direction);
void ui_logs_seek_on(struct ui_logs *logs); /* after lines were taken in */
/* "14:03", "14:03:22", a date before them, or the name of a stage. */
bool ui_logs_go(struct ui_logs *logs, const char *place, struct hw_err *err);
/* The row that a key is about: the one gone to, else the newest while following, else the first on
 * the screen. */
size_t ui_logs_pointed(const struct ui_logs *logs);
void ui_logs_bookmark(struct ui_logs *logs);

/* page_logs_copy.c: to the terminal's clipboard. */
void ui_logs_copy_line(struct ui_logs *logs); /* or the marked ones, if any is */
void ui_logs_copy_screen(struct ui_logs *logs);

/* page_logs_lines.c: the picture of the lines. */
int ui_logs_height(const struct ui_logs *logs, size_t row); /* rows of the screen, at least 1 */
void ui_logs_widen(struct ui_logs *logs, enum ui_logs_column column); /* short, wide, hidden */
void ui_logs_draw_lines(const struct ui_logs *logs, struct ui_area area);

void ui_logs_draw(struct ui_logs *logs, struct ui_area area);

#endif

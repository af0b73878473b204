/* SPDX-License-Identifier: Apache-2.0 */
/* What view.c and view_scan.c share; nobody else. */
#ifndef HW_LOGS_VIEW_PARTS_H
#define HW_LOGS_VIEW_PARTS_H

#include "logs/literals.h"
#include "logs/marks.h"
#include "logs/order.h"
#include "logs/pattern.h"
#include "logs/rows.h"

#define HW_MARK_BIT(mark) (1u << (mark))
#define HW_MARK_ROW       HW_MARK_BIT(HW_LOG_MARKS) /* the line stands in the rows */

/* What a line looks like to a person. */
struct hw_looks {
    struct hw_literals *words;
    struct hw_pattern *wrong, *warning;
};

struct hw_log_view {
    const struct hw_logs *logs;
    struct hw_logs *held; /* the same, to let go of */
    char *node, *source;
    struct hw_strv only; /* names of nodes; none: all */
    struct hw_pattern *filter, *search;
    struct hw_looks looks;
    bool inverted;
    struct hw_rows rows; /* by time, then number */
    struct hw_marks marks;
    uint64_t first;    /* of the store, when it was last looked at */
    uint64_t next;     /* the first line not taken in yet */
    uint64_t searched; /* the first line not searched yet */
    uint64_t judged;   /* the first line not judged yet */
    size_t found;      /* rows that match the search */
    size_t literal;    /* bytes of a search without any special character; 0: it has one */
};

static inline bool hw_view_has(const struct hw_log_view *view, uint64_t number, unsigned bits)
{
    return (hw_marks_get(&view->marks, number) & bits) == bits;
}

static inline bool hw_view_matches(const struct hw_pattern *pattern, const struct hw_log_line *line)
{
    return hw_pattern_find(pattern, line->text, line->size, 0, 0, NULL, NULL);
}

/* view_scan.c. Each works on at most `budget` lines and returns what is left of it. */
void hw_looks_init(struct hw_looks *looks);
void hw_looks_done(struct hw_looks *looks);
size_t hw_view_search_on(struct hw_log_view *view, size_t budget);
size_t hw_view_judge(struct hw_log_view *view, size_t budget);

#endif

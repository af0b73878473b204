/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines are shown and where in them. A redraw costs the same with a thousand lines as with
 * a million: new lines, filters and searches are worked off in slices, one with each draw. */
#include "ui/page_logs.h"

#include "base/clock.h"

enum {
    SIDE_STEP = 16,
    SIDE_MOST = 8192,
    SLICE_MS = 4,      /* for new lines in one draw: a key waits no longer */
    SLICE_LINES = 64,  /* between two looks at the clock; a slow expression needs 1 ms a line */
    HELD_AWAY = 20000, /* rows in which the line held under the upper edge is looked for */
};

void ui_logs_open(struct ui_logs *logs)
{
    const struct ui_host *host = ui_app_host(logs->page.app);
    const struct hw_logs *lines = host->logs ? host->logs(host->data) : NULL;
    if (!lines || lines == logs->logs)
        return;
    hw_log_view_free(logs->view);
    logs->view = hw_log_view_new(lines);
    logs->logs = lines;
    ui_logs_refilter(logs, NULL);
    hw_log_view_search(logs->view, logs->search, NULL);
}

bool ui_logs_refilter(struct ui_logs *logs, struct hw_err *err)
{
    const char *node = logs->merged ? NULL : logs->node;
    if (!logs->view)
        return true;
    if (!hw_log_view_filter(logs->view, node, logs->merged ? NULL : logs->source, logs->filter,
                            logs->inverted, err))
        return false;
    logs->current = SIZE_MAX;
    logs->follow = true;
    logs->caught_up = false;
    ui_app_dirty(logs->page.app);
    return true;
}

static size_t last_top(const struct ui_logs *logs)
{
    size_t count = logs->view ? hw_log_view_count(logs->view) : 0;
    size_t rows = logs->rows > 0 ? (size_t)logs->rows : 1;
    return count > rows ? count - rows : 0;
}

size_t ui_logs_top(const struct ui_logs *logs)
{
    size_t last = last_top(logs);
    return logs->follow || logs->top > last ? last : logs->top;
}

void ui_logs_show(struct ui_logs *logs, size_t row)
{
    size_t third = logs->rows > 3 ? (size_t)logs->rows / 3 : 0, top = ui_logs_top(logs);
    logs->current = row;
    logs->at_match = false;
    if (row < top || row >= top + (size_t)(logs->rows > 0 ? logs->rows : 1))
        top = row > third ? row - third : 0;
    logs->top = top;
    logs->follow = false;
}

/* Where a search goes on: behind the match that was gone to, else at the view's edge. */
static size_t origin(const struct ui_logs *logs, int direction)
{
    if (logs->current != SIZE_MAX)
        return logs->current;
    size_t top = ui_logs_top(logs);
    return direction > 0 ? top - 1 : top + (size_t)logs->rows;
}

static void seek_on(struct ui_logs *logs)
{
    if (logs->seek == 0 || !logs->search)
        return;
    size_t row = hw_log_view_next(logs->view, logs->seek_from, logs->seek);
    if (row == SIZE_MAX && logs->caught_up) /* round the end */
        row = hw_log_view_next(
            logs->view, logs->seek > 0 ? SIZE_MAX : hw_log_view_count(logs->view), logs->seek);
    if (row != SIZE_MAX) {
        ui_logs_show(logs, row);
        logs->at_match = true;
    } else if (logs->caught_up) {
        ui_app_notice(logs->page.app, HW_INFO, _("Nothing matches %s in these lines."),
                      logs->search);
    }
    if (row != SIZE_MAX || logs->caught_up)
        logs->seek = 0;
}

/* The line under the upper edge, to find it again when rows moved. */
static bool top_line(const struct ui_logs *logs, struct hw_log_line *ret)
{
    return !logs->follow && hw_log_view_get(logs->view, logs->top, ret);
}

static bool same(const struct hw_log_line *a, const struct hw_log_line *b)
{
    return a->node == b->node && a->source == b->source && a->offset == b->offset;
}

/* Old lines went or late ones came in between: what is read stays where it is. */
static void hold_still(struct ui_logs *logs, const struct hw_log_line *line)
{
    struct hw_log_line other;
    for (size_t away = 0; away <= HELD_AWAY; away++) {
        bool above = logs->top >= away && hw_log_view_get(logs->view, logs->top - away, &other) &&
                     same(line, &other);
        bool below =
            !above && hw_log_view_get(logs->view, logs->top + away, &other) && same(line, &other);
        if (!above && !below)
            continue;
        if (logs->current != SIZE_MAX)
            logs->current = above ? logs->current - away : logs->current + away;
        logs->top = above ? logs->top - away : logs->top + away;
        return;
    }
}

/* True: all lines are taken in. */
static bool take_in_slice(struct hw_log_view *view)
{
    int64_t stop_ms = hw_clock_monotonic_ms() + SLICE_MS;
    bool all;
    do {
        all = hw_log_view_update(view, SLICE_LINES);
    } while (!all && hw_clock_monotonic_ms() < stop_ms);
    return all;
}

void ui_logs_update(struct ui_logs *logs)
{
    struct hw_log_line line;
    ui_logs_open(logs);
    if (!logs->view)
        return;
    bool held = top_line(logs, &line);
    logs->caught_up = take_in_slice(logs->view);
    if (held)
        hold_still(logs, &line);
    seek_on(logs);
    if (!logs->caught_up || logs->seek != 0)
        ui_app_dirty(logs->page.app);
}

static void move(struct ui_logs *logs, long steps)
{
    size_t top = ui_logs_top(logs), last = last_top(logs);
    long to = (long)top + steps;
    logs->top = to < 0 ? 0 : (size_t)to > last ? last : (size_t)to;
    logs->follow = steps > 0 && logs->top == last;
    logs->current = SIZE_MAX;
}

bool ui_logs_scroll(struct ui_logs *logs, const struct ui_input *input)
{
    long screen = logs->rows > 1 ? logs->rows - 1 : 1;
    bool up = input->action == UI_ACT_PAGE_UP || input->code == UI_KEY_PGUP;
    if (up || input->action == UI_ACT_PAGE_DOWN || input->code == UI_KEY_PGDN)
        move(logs, up ? -screen : screen);
    else if (input->action == UI_ACT_UP || input->action == UI_ACT_DOWN)
        move(logs, input->action == UI_ACT_UP ? -1 : 1);
    else if (input->action == UI_ACT_HOME)
        move(logs, -(long)ui_logs_top(logs) - 1);
    else if (input->action == UI_ACT_LEFT)
        logs->left = logs->left > SIDE_STEP ? logs->left - SIDE_STEP : 0;
    else if (input->action == UI_ACT_RIGHT)
        logs->left = logs->left < SIDE_MOST ? logs->left + SIDE_STEP : logs->left;
    else
        return false;
    return true;
}

void ui_logs_next_match(struct ui_logs *logs, int direction)
{
    if (!logs->view || !logs->search)
        return;
    logs->seek = direction;
    logs->seek_from = origin(logs, direction);
    seek_on(logs);
    ui_app_dirty(logs->page.app);
}

void ui_logs_next_error(struct ui_logs *logs, int direction)
{
    if (!logs->view)
        return;
    size_t row = hw_log_view_next_error(logs->view, origin(logs, direction), direction);
    if (row != SIZE_MAX)
        ui_logs_show(logs, row);
    else
        ui_app_notice(logs->page.app, HW_INFO, "%s",
                      direction > 0 ? _("No line below looks like an error.")
                                    : _("No line above looks like an error."));
}

bool ui_logs_search(struct ui_logs *logs, const char *pattern, struct hw_err *err)
{
    if (logs->view && !hw_log_view_search(logs->view, pattern, err))
        return false;
    hw_replace(&logs->search, pattern[0] != '\0' ? pattern : NULL);
    logs->caught_up = false;
    logs->current = SIZE_MAX;
    logs->seek = 0;
    if (logs->search && logs->view) {
        /* The newest match is what a person wants of a log that is being followed. */
        logs->seek = logs->follow ? -1 : 1;
        logs->seek_from = logs->follow ? SIZE_MAX - 1 : origin(logs, 1);
    }
    ui_app_dirty(logs->page.app);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines are shown and where in them. A redraw costs the same with a thousand lines as with
 * a million: new lines, filters and searches are worked off in slices, one with each draw. */
#include "ui/page_logs.h"

#include "base/clock.h"

enum {
    SIDE_STEP = 16,
    SIDE_MOST = 8192,
    SLICE_MS = 4,     /* for new lines in one draw: a key waits no longer */
    SLICE_LINES = 64, /* before the first look at the clock: a slow expression needs 1 ms a line */
    SLICE_MOST = 16384,
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
    hw_log_view_only(logs->view, logs->merged ? &logs->some : NULL);
    if (!hw_log_view_filter(logs->view, node, logs->merged ? NULL : logs->source, logs->filter,
                            logs->inverted, err))
        return false;
    logs->current = SIZE_MAX;
    logs->follow = true;
    logs->caught_up = logs->stay.on = false;
    ui_app_dirty(logs->page.app);
    return true;
}

bool ui_logs_refilter_held(struct ui_logs *logs, struct hw_err *err)
{
    bool pointed = logs->current != SIZE_MAX;
    size_t row = pointed ? logs->current : ui_logs_top(logs).row;
    struct ui_logs_stay stay = {.pointed = pointed};
    stay.on = logs->view && !logs->follow && hw_log_view_get(logs->view, row, &stay.line);
    if (stay.on)
        stay.order_ms = hw_log_view_order_ms(logs->view, row);
    if (!ui_logs_refilter(logs, err))
        return false;
    logs->stay = stay;
    logs->follow = !stay.on;
    logs->top = (struct ui_logs_place){0, 0};
    return true;
}

/* ---- Places ---------------------------------------------------------------------------- */

static int screen_rows(const struct ui_logs *logs)
{
    return logs->rows > 0 ? logs->rows : 1;
}

static size_t row_count(const struct ui_logs *logs)
{
    return logs->view ? hw_log_view_count(logs->view) : 0;
}

static struct ui_logs_place up(const struct ui_logs *logs, struct ui_logs_place place, int rows)
{
    while (rows > place.piece) {
        rows -= place.piece + 1;
        if (place.row == 0)
            return (struct ui_logs_place){0, 0};
        place.row--;
        place.piece = ui_logs_height(logs, place.row) - 1;
    }
    place.piece -= rows;
    return place;
}

static struct ui_logs_place down(const struct ui_logs *logs, struct ui_logs_place place, int rows)
{
    place.piece += rows;
    while (place.row < row_count(logs)) {
        int height = ui_logs_height(logs, place.row);
        if (place.piece < height)
            break;
        place.piece -= height;
        place.row++;
    }
    return place;
}

static bool is_before(struct ui_logs_place a, struct ui_logs_place b)
{
    return a.row < b.row || (a.row == b.row && a.piece < b.piece);
}

static struct ui_logs_place last_top(const struct ui_logs *logs)
{
    return up(logs, (struct ui_logs_place){row_count(logs), 0}, screen_rows(logs));
}

struct ui_logs_place ui_logs_top(const struct ui_logs *logs)
{
    struct ui_logs_place last = last_top(logs), top = logs->top;
    if (logs->follow || is_before(last, top))
        return last;
    int height = top.piece > 0 ? ui_logs_height(logs, top.row) : 1; /* less in a wider window */
    return (struct ui_logs_place){top.row, top.piece < height ? top.piece : height - 1};
}

size_t ui_logs_bottom(const struct ui_logs *logs)
{
    struct ui_logs_place below = down(logs, ui_logs_top(logs), screen_rows(logs));
    return below.row + (below.piece > 0 ? 1 : 0);
}

void ui_logs_show(struct ui_logs *logs, size_t row)
{
    struct ui_logs_place place = {row, 0}, top = ui_logs_top(logs);
    logs->current = row;
    logs->at_match = false;
    if (is_before(place, top) || !is_before(place, down(logs, top, screen_rows(logs))))
        top = up(logs, place, logs->rows / 3);
    logs->top = top;
    logs->stay.on = false;
    logs->follow = false;
}

/* The line that was gone to stays on the screen. */
void ui_logs_resize(struct ui_logs *logs, int rows, int cols)
{
    bool same = logs->rows == rows && logs->cols == cols, at_match = logs->at_match;
    logs->rows = rows;
    logs->cols = cols;
    if (same || logs->follow || logs->current == SIZE_MAX)
        return;
    ui_logs_show(logs, logs->current);
    logs->at_match = at_match;
}

void ui_logs_follow(struct ui_logs *logs, bool on)
{
    logs->top = ui_logs_top(logs);
    logs->stay.on = false;
    logs->follow = on;
    logs->current = SIZE_MAX;
    logs->seek.direction = 0;
}

/* ---- Taking in ------------------------------------------------------------------------- */

/* The line under the upper edge, to find it again when rows moved. */
static bool top_line(const struct ui_logs *logs, struct hw_log_line *ret)
{
    return !logs->follow && hw_log_view_get(logs->view, logs->top.row, ret);
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
        size_t top = logs->top.row;
        bool above =
            top >= away && hw_log_view_get(logs->view, top - away, &other) && same(line, &other);
        bool below =
            !above && hw_log_view_get(logs->view, top + away, &other) && same(line, &other);
        if (!above && !below)
            continue;
        if (logs->current != SIZE_MAX)
            logs->current = above ? logs->current - away : logs->current + away;
        logs->top.row = above ? top - away : top + away;
        return;
    }
}

/* To the line that was shown before the filter, else to the next one that passed it. */
static void go_back(struct ui_logs *logs)
{
    size_t count = row_count(logs), first = hw_log_view_at(logs->view, logs->stay.order_ms);
    struct hw_log_line line;
    bool found = false;
    size_t row = first;
    for (; !found && row < count && row - first < HELD_AWAY &&
           hw_log_view_order_ms(logs->view, row) == logs->stay.order_ms;
         row += found ? 0 : 1)
        found = hw_log_view_get(logs->view, row, &line) && same(&line, &logs->stay.line);
    logs->stay.on = false;
    if (!found)
        row = first < count ? first : count ? count - 1 : 0;
    if (found && logs->stay.pointed)
        ui_logs_show(logs, row);
    else
        logs->top = (struct ui_logs_place){row, 0};
}

/* True: all lines are taken in. */
static bool take_in_slice(struct hw_log_view *view)
{
    int64_t begin_ms = hw_clock_monotonic_ms(), now_ms = begin_ms;
    bool all = false;
    for (size_t lines = SLICE_LINES; !all && now_ms < begin_ms + SLICE_MS;) {
        int64_t before_ms = now_ms;
        all = hw_log_view_update(view, lines);
        now_ms = hw_clock_monotonic_ms();
        if (now_ms == before_ms && lines < SLICE_MOST) /* that took less than a millisecond */
            lines *= 2;
    }
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
    if (logs->stay.on && logs->caught_up)
        go_back(logs);
    ui_logs_seek_on(logs);
    if (!logs->caught_up || logs->seek.direction != 0)
        ui_app_dirty(logs->page.app);
}

/* ---- Scrolling ------------------------------------------------------------------------- */

static void move_to(struct ui_logs *logs, struct ui_logs_place place, bool follow)
{
    logs->top = place;
    logs->stay.on = false;
    logs->follow = follow;
    logs->current = SIZE_MAX;
    logs->seek.direction = 0;
}

static void move(struct ui_logs *logs, int rows)
{
    struct ui_logs_place top = ui_logs_top(logs), last = last_top(logs);
    struct ui_logs_place to = rows < 0 ? up(logs, top, -rows) : down(logs, top, rows);
    bool at_end = rows > 0 && !is_before(to, last);
    move_to(logs, at_end ? last : to, at_end);
}

static void move_aside(struct ui_logs *logs, int columns)
{
    int left = logs->left + columns;
    logs->left = left < 0 || logs->wrap ? 0 : left > SIDE_MOST ? SIDE_MOST : left;
}

bool ui_logs_scroll(struct ui_logs *logs, const struct ui_input *input)
{
    int screen = logs->rows > 1 ? logs->rows - 1 : 1;
    bool page_up = input->action == UI_ACT_PAGE_UP || input->code == UI_KEY_PGUP;
    if (page_up || input->action == UI_ACT_PAGE_DOWN || input->code == UI_KEY_PGDN)
        move(logs, page_up ? -screen : screen);
    else if (input->action == UI_ACT_UP || input->action == UI_ACT_DOWN)
        move(logs, input->action == UI_ACT_UP ? -1 : 1);
    else if (input->action == UI_ACT_HOME)
        move_to(logs, (struct ui_logs_place){0, 0}, false);
    else if (input->action == UI_ACT_LEFT || input->action == UI_ACT_RIGHT)
        move_aside(logs, input->action == UI_ACT_LEFT ? -SIDE_STEP : SIDE_STEP);
    else
        return false;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* To a line of a kind, to a time, to a stage. What cannot be found yet, since lines are still being
 * looked through, is gone to as soon as it turns up. */
#include "base/clock.h"
#include "base/text.h"
#include "logs/stage.h"
#include "ui/page_logs.h"

#include <time.h>

static bool is_of_stage(const struct ui_logs *logs, size_t row)
{
    struct hw_log_line line;
    struct hw_stage_line stage;
    return hw_log_view_get(logs->view, row, &line) && hw_stage_find(line.text, &stage) &&
           strcmp(stage.stage, logs->seek.stage) == 0;
}

static size_t find(const struct ui_logs *logs, size_t from)
{
    const struct ui_logs_seek *seek = &logs->seek;
    size_t row = hw_log_view_next(logs->view, from, seek->direction, seek->mark);
    while (seek->stage && row != SIZE_MAX && !is_of_stage(logs, row))
        row = hw_log_view_next(logs->view, row, seek->direction, seek->mark);
    return row;
}

/* Whose lines there are, in the order they were met. */
static void list_stages(const struct ui_logs *logs, struct hw_strv *out)
{
    size_t row = SIZE_MAX;
    while (out->count < UI_MAX_STAGES &&
           (row = hw_log_view_next(logs->view, row, 1, HW_LOG_STAGE)) != SIZE_MAX) {
        struct hw_log_line line;
        struct hw_stage_line stage;
        if (hw_log_view_get(logs->view, row, &line) && hw_stage_find(line.text, &stage) &&
            !hw_strv_has(out, stage.stage))
            hw_strv_add(out, stage.stage);
    }
}

static char *no_stage(const struct ui_logs *logs)
{
    hw_auto(hw_strv) stages = {0};
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    list_stages(logs, &stages);
    for (size_t i = 0; i < stages.count; i++)
        hw_buf_print(&names, "%s%s", i ? ", " : "", stages.items[i]);
    if (!stages.count)
        return hw_format(_("None of these lines is of a stage, thus none of '%s'"),
                         logs->seek.stage);
    return hw_format(_("There is no stage '%s' in these lines, but: %s"), logs->seek.stage,
                     hw_buf_cstr(&names));
}

static void tell_none(struct ui_logs *logs)
{
    static const struct {
        const char *below, *above;
    } words[HW_LOG_MARKS] = {
        [HW_LOG_ERROR] = {N_("No line below looks like an error; E looks above."),
                          N_("No line above looks like an error; e looks below.")},
        [HW_LOG_WARNING] = {N_("No line below looks like a warning; W looks above."),
                            N_("No line above looks like a warning; w looks below.")},
        [HW_LOG_BOOKMARK] = {N_("No line is marked here; b marks one."),
                             N_("No line is marked here; b marks one.")},
    };
    struct ui_app *app = logs->page.app;
    const struct ui_logs_seek *seek = &logs->seek;
    hw_auto_text none = seek->mark == HW_LOG_STAGE ? no_stage(logs) : NULL;
    if (seek->quoted)
        ui_app_notice(app, HW_INFO, "%s", _("The line that is quoted is not here any more."));
    else if (seek->mark == HW_LOG_MATCH)
        ui_app_notice(app, HW_INFO, _("Nothing matches %s in these lines."), logs->search);
    else if (seek->mark == HW_LOG_STAGE)
        ui_app_notice(app, HW_INFO, "%s", none);
    else
        ui_app_notice(app, HW_INFO, "%s",
                      _(seek->direction > 0 ? words[seek->mark].below : words[seek->mark].above));
}

/* The quoted line is found, is not there, or the person has gone elsewhere meanwhile. */
static void end_quoted(struct ui_logs *logs)
{
    logs->seek.quoted = false;
    hw_log_view_search(logs->view, logs->search, NULL);
    logs->caught_up = false;
    ui_app_dirty(logs->page.app);
}

static void show_found(struct ui_logs *logs, size_t row)
{
    bool wrap = logs->wrap;
    if (logs->seek.quoted) { /* all of it is wanted */
        logs->wrap = true;
        logs->wrap = wrap || ui_logs_height(logs, row) > 1;
    }
    ui_logs_show(logs, row);
    logs->at_match = logs->seek.mark == HW_LOG_MATCH && !logs->seek.quoted;
}

void ui_logs_seek_on(struct ui_logs *logs)
{
    struct ui_logs_seek *seek = &logs->seek;
    if (seek->direction == 0 && seek->quoted)
        end_quoted(logs);
    /* Lines are looked through from the oldest on: which one is the newest is known at the end. */
    if (seek->direction == 0 || (seek->direction < 0 && !logs->caught_up))
        return;
    size_t row = find(logs, seek->from);
    if (row == SIZE_MAX && logs->caught_up && seek->round)
        row = find(logs, seek->direction > 0 ? SIZE_MAX : hw_log_view_count(logs->view));
    if (row != SIZE_MAX) {
        show_found(logs, row);
    } else if (logs->caught_up) {
        tell_none(logs);
    }
    if (row != SIZE_MAX || logs->caught_up)
        seek->direction = 0;
    if (seek->direction == 0 && seek->quoted)
        end_quoted(logs);
}

/* Where it goes on: behind the line that was gone to, else at the edge of the screen. */
static size_t origin(const struct ui_logs *logs, int direction)
{
    if (logs->current != SIZE_MAX)
        return logs->current;
    return direction > 0 ? ui_logs_top(logs).row - 1 : ui_logs_bottom(logs);
}

static void seek(struct ui_logs *logs, enum hw_log_mark mark, int direction, size_t from)
{
    logs->seek.direction = direction;
    logs->seek.mark = mark;
    logs->seek.from = from;
    logs->seek.round = mark != HW_LOG_ERROR && mark != HW_LOG_WARNING;
    ui_app_dirty(logs->page.app);
}

void ui_logs_next(struct ui_logs *logs, enum hw_log_mark mark, int direction)
{
    if (!logs->view || (mark == HW_LOG_MATCH && !logs->search))
        return;
    hw_replace(&logs->seek.stage, NULL);
    seek(logs, mark, direction, origin(logs, direction));
    ui_logs_seek_on(logs);
}

bool ui_logs_search(struct ui_logs *logs, const char *pattern, struct hw_err *err)
{
    if (logs->view && !hw_log_view_search(logs->view, pattern, err))
        return false;
    hw_replace(&logs->search, pattern[0] != '\0' ? pattern : NULL);
    hw_replace(&logs->seek.stage, NULL);
    logs->seek.quoted = logs->caught_up = logs->at_match = false;
    if (logs->search)
        logs->current = SIZE_MAX;
    logs->seek.direction = 0;
    /* The newest match is what a person wants of a log that is being followed. */
    if (logs->search && logs->view)
        seek(logs, HW_LOG_MATCH, logs->follow ? -1 : 1,
             logs->follow ? SIZE_MAX - 1 : origin(logs, 1));
    ui_app_dirty(logs->page.app);
    return true;
}

void ui_logs_quoted(struct ui_logs *logs, const char *text, size_t length)
{
    hw_auto_text pattern = hw_format("\\Q%.*s\\E", (int)length, text);
    if (!logs->view || !hw_log_view_search(logs->view, pattern, NULL))
        return;
    hw_replace(&logs->seek.stage, NULL);
    logs->caught_up = false;
    logs->current = SIZE_MAX;
    seek(logs, HW_LOG_MATCH, -1, SIZE_MAX - 1);
    logs->seek.quoted = true;
}

/* ---- Times and stages ------------------------------------------------------------------ */

/* A time of day is one of the day of day_ms. Local, as the column of times is. */
static bool read_time(const char *text, int64_t day_ms, int64_t *ret_ms, bool *ret_dated)
{
    static const char *const forms[] = {"%H:%M", "%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
                                        "%Y-%m-%dT%H:%M:%S"};
    for (size_t i = 0; i < HW_COUNT(forms); i++) {
        time_t day = (time_t)(day_ms / 1000);
        struct tm tm;
        localtime_r(&day, &tm);
        tm.tm_sec = 0;
        tm.tm_isdst = -1;
        const char *end = strptime(text, forms[i], &tm);
        if (!end || *end != '\0')
            continue;
        *ret_ms = (int64_t)mktime(&tm) * 1000;
        *ret_dated = forms[i][1] == 'Y';
        return true;
    }
    return hw_time_parse(text, strlen(text), ret_ms);
}

static int64_t day_of(const struct ui_logs *logs, size_t row)
{
    int64_t ms = hw_log_view_order_ms(logs->view, row);
    return ms > 0 ? ms : ui_app_now_ms(logs->page.app);
}

/* Without a date: of the day of the line pointed at, else of the newest or the oldest line,
 * whichever falls among the lines. */
static bool find_time(const struct ui_logs *logs, const char *text, int64_t *ret_ms)
{
    size_t last = hw_log_view_count(logs->view) - 1;
    size_t days[] = {ui_logs_pointed(logs), last, 0};
    bool dated = false;
    for (size_t i = 0; i < HW_COUNT(days); i++) {
        if (!read_time(text, day_of(logs, days[i]), ret_ms, &dated))
            return false;
        if (dated || (*ret_ms >= day_of(logs, 0) && *ret_ms <= day_of(logs, last)))
            return true;
    }
    return read_time(text, day_of(logs, days[0]), ret_ms, &dated);
}

static void go_time(struct ui_logs *logs, int64_t ms)
{
    size_t count = hw_log_view_count(logs->view), row = hw_log_view_at(logs->view, ms);
    bool outside = row == count || (row == 0 && ms < day_of(logs, 0) - 1000);
    logs->seek.direction = 0;
    ui_logs_show(logs, row < count ? row : count - 1);
    if (outside)
        ui_app_notice(logs->page.app, HW_INFO, "%s",
                      row == count ? _("All lines are older; this is the newest.")
                                   : _("All lines are newer; this is the oldest."));
}

bool ui_logs_go(struct ui_logs *logs, const char *place, struct hw_err *err)
{
    struct hw_span word = hw_text_trim(place, strlen(place));
    hw_auto_text text = hw_strndup(word.p, word.n);
    int64_t ms;
    if (!logs->view || hw_log_view_count(logs->view) == 0)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("there are no lines here yet"));
    if (find_time(logs, text, &ms)) {
        go_time(logs, ms);
        return true;
    }
    if (!word.n || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != word.n)
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is neither a time nor the name of a stage"),
                       text);
    hw_replace(&logs->seek.stage, text);
    seek(logs, HW_LOG_STAGE, 1, logs->current != SIZE_MAX ? logs->current : SIZE_MAX);
    if (logs->caught_up && find(logs, SIZE_MAX) == SIZE_MAX) {
        hw_auto_text none = no_stage(logs);
        logs->seek.direction = 0;
        return hw_fail(err, HW_ERR_INPUT, "%s", none);
    }
    ui_logs_seek_on(logs);
    return true;
}

/* ---- Marks ----------------------------------------------------------------------------- */

size_t ui_logs_pointed(const struct ui_logs *logs)
{
    size_t count = logs->view ? hw_log_view_count(logs->view) : 0;
    if (logs->current < count)
        return logs->current;
    return logs->follow && count > 0 ? count - 1 : ui_logs_top(logs).row;
}

void ui_logs_bookmark(struct ui_logs *logs)
{
    size_t row = ui_logs_pointed(logs);
    if (logs->view)
        hw_log_view_bookmark(logs->view, row, !hw_log_view_is(logs->view, row, HW_LOG_BOOKMARK));
    ui_app_dirty(logs->page.app);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "model/logon.h"
#include "ui/draw.h"
#include "ui/known.h"
#include "ui/page_deploy.h"

enum {
    EVENT_ROWS = 5, /* at least */
    FAILURE_ROWS = 3,
    OUTCOME_ROWS = 4,
    TIME_COLS = 8,
    WHO_COLS = 8,
    STACK_COLS = 22,
    STACK_WIDE_COLS = 35,
    WHAT_COLS = 18,
    GAUGE_COLS = 24,
    WIDE = 110,
};

const char *ui_deploy_sign(enum ui_progress progress, enum ui_style *ret_style)
{
    static const struct {
        const char *sign;
        enum ui_style style;
    } signs[] = {
        [UI_WAITS] = {"·", UI_DIM},  [UI_WORKS] = {"●", UI_WAIT},  [UI_DONE] = {"✓", UI_GOOD},
        [UI_FAILED] = {"✗", UI_BAD}, [UI_UNDOES] = {"↻", UI_WAIT}, [UI_GONE] = {"-", UI_DIM},
    };
    *ret_style = signs[progress].style;
    return signs[progress].sign;
}

const char *ui_deploy_node_sign(const struct ui_node *node, enum ui_style *ret_style)
{
    switch (ui_node_health(node)) {
    case UI_NODE_BROKEN:
        return ui_deploy_sign(UI_FAILED, ret_style);
    case UI_NODE_AWAY:
        return ui_deploy_sign(UI_UNDOES, ret_style);
    case UI_NODE_WORKS:
        return ui_deploy_sign(UI_WORKS, ret_style);
    case UI_NODE_READY:
        return ui_deploy_sign(UI_DONE, ret_style);
    case UI_NODE_ENDED:
        break;
    }
    return ui_deploy_sign(UI_GONE, ret_style);
}

const char *ui_deploy_stage_sign(enum hw_stage_status status, enum ui_style *ret_style)
{
    static const enum ui_progress progress[] = {
        [HW_STAGE_STARTED] = UI_WORKS,
        [HW_STAGE_DONE] = UI_DONE,
        [HW_STAGE_FAILED] = UI_FAILED,
        [HW_STAGE_SKIPPED] = UI_GONE,
    };
    return ui_deploy_sign(progress[status], ret_style);
}

/* ---- The tree -------------------------------------------------------------------------- */

static int put_elapsed(struct ui_area row, int col, int64_t start_ms, int64_t end_ms,
                       int64_t now_ms)
{
    char text[HW_TIME_SIZE];
    if (start_ms != 0) {
        hw_time_elapsed(ui_span_ms(start_ms, end_ms, now_ms), text);
        ui_put_right(row, 0, col + 7, UI_NORMAL, text);
    }
    return col + 9;
}

static void stack_words(const struct ui_stack *stack, struct hw_buf *out)
{
    const char *message = stack->message ? stack->message : "";
    if (message[0] != '\0')
        hw_buf_text(out, message);
    else if (stack->progress == UI_DONE && stack->step != HW_STEP_UNCHANGED && stack->count > 0)
        hw_buf_print(out, P_("%zu resource", "%zu resources", stack->count), stack->count);
    else if (stack->progress == UI_WORKS && stack->count > 0)
        hw_buf_print(out, _("%zu of %zu resources so far"), ui_stack_resources_done(stack),
                     stack->count);
    else if (stack->progress == UI_FAILED)
        hw_buf_text(out, _("failed"));
    else if (stack->progress == UI_UNDOES && stack->step != HW_STEP_DELETING)
        hw_buf_text(out, _("is being rolled back"));
    else
        hw_buf_text(out, ui_step_words(stack->step));
}

static void draw_stack(struct ui_area row, const struct ui_stack *stack, bool focused,
                       int64_t now_ms)
{
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_TEXT);
    enum ui_style style;
    int width = row.cols >= WIDE ? STACK_WIDE_COLS : STACK_COLS;
    const char *sign = ui_deploy_sign(stack->progress, &style);
    ui_put(row, 0, 0, style, sign);
    bool waits = stack->progress == UI_WAITS;
    ui_put_cut(row, 0, 2, width, focused ? UI_FOCUS : waits ? UI_DIM : UI_NORMAL, stack->name);
    int col = put_elapsed(row, width + 3, stack->start_ms, stack->end_ms, now_ms);
    stack_words(stack, &words);
    bool failed = stack->progress == UI_FAILED;
    ui_put_cut(row, 0, col + 1, row.cols - col - 2,
               failed  ? UI_BAD
               : waits ? UI_DIM
                       : UI_NORMAL,
               hw_buf_cstr(&words));
}

/* AutoScalingGroup of AWS::AutoScaling::AutoScalingGroup. */
static const char *short_type(const char *type)
{
    const char *colon = strrchr(type, ':');
    return colon ? colon + 1 : type;
}

static void draw_resource(struct ui_area row, const struct ui_resource *resource, bool focused,
                          int64_t now_ms)
{
    enum ui_style style;
    int width = (row.cols >= WIDE ? STACK_WIDE_COLS : STACK_COLS) - 2; /* one level deeper */
    const char *sign = ui_deploy_sign(resource->progress, &style);
    bool failed = resource->progress == UI_FAILED;
    ui_put(row, 0, 0, style, sign);
    ui_put_cut(row, 0, 2, width, focused ? UI_FOCUS : UI_NORMAL, resource->name);
    int col = put_elapsed(row, width + 3, resource->start_ms, resource->end_ms, now_ms) + 1;
    if (failed && resource->reason && resource->reason[0] != '\0') {
        ui_put_cut(row, 0, col, row.cols - col - 1, UI_BAD, resource->reason);
        return;
    }
    if (ui_resource_stays(resource)) {
        ui_put_cut(row, 0, col, row.cols - col - 1, UI_WAIT,
                   _("stays in the account, and may cost money"));
        return;
    }
    col = ui_put(row, 0, col, UI_DIM, short_type(resource->type ? resource->type : "")) + 2;
    if (resource->signals > 0) {
        hw_auto_text text = hw_format(
            P_("%u signal received", "%u signals received", resource->signals), resource->signals);
        ui_put_cut(row, 0, col, row.cols - col - 1, UI_NORMAL, text);
    }
}

static int stage_cols(const struct ui_stage *stage)
{
    return (int)hw_text_width(stage->name) + 3;
}

/* The newest stages that fit, the older ones as an ellipsis: the eye goes to the right end. */
static void draw_stages(struct ui_area row, int col, const struct ui_node *node)
{
    size_t first = node->stage_count;
    int room = row.cols - col - 1;
    enum ui_style style;
    while (first > 0 && stage_cols(&node->stages[first - 1]) + (first > 1 ? 2 : 0) <= room)
        room -= stage_cols(&node->stages[--first]);
    if (first > 0)
        col = ui_put(row, 0, col, UI_DIM, "… ");
    for (size_t i = first; i < node->stage_count; i++) {
        const struct ui_stage *stage = &node->stages[i];
        const char *sign = ui_deploy_stage_sign(stage->status, &style);
        bool ended = stage->status == HW_STAGE_DONE || stage->status == HW_STAGE_SKIPPED;
        col = ui_put(row, 0, col, ended ? UI_DIM : style, stage->name);
        col = ui_put(row, 0, col + 1, style, sign) + 1;
    }
}

static void draw_node(struct ui_area row, const struct ui_node *node, bool held, bool focused,
                      int64_t now_ms)
{
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_TEXT);
    enum ui_style style;
    const char *sign = ui_deploy_node_sign(node, &style);
    ui_put(row, 0, 0, style, sign);
    ui_put_cut(row, 0, 2, 10, focused ? UI_FOCUS : UI_NORMAL, node->name);
    int width = row.cols >= WIDE ? 20 : 8;
    int col = ui_put_cut(row, 0, 13, width, UI_DIM, node->instance ? node->instance : "") + 2;
    bool broken = ui_node_health(node) == UI_NODE_BROKEN;
    if (held)
        col = ui_put(row, 0, col, UI_WAIT, _("on hold")) + 2;
    if (broken || node->state != HW_NODE_LIVE || node->stage_count == 0) {
        ui_node_words(node, now_ms, &words);
        ui_put_cut(row, 0, col, row.cols - col - 1, broken ? UI_BAD : UI_NORMAL,
                   hw_buf_cstr(&words));
        return;
    }
    draw_stages(row, col, node);
}

/* What of a stack needs no look any more: its resources that are done, or that were taken back. */
static void draw_fold(struct ui_area row, const struct ui_stack *stack, bool focused)
{
    size_t done = ui_stack_resources_done(stack), gone = 0;
    for (size_t i = 0; i < stack->count; i++)
        gone += stack->resources[i].progress == UI_GONE && !ui_resource_stays(&stack->resources[i]);
    hw_auto_text text =
        done || !gone ? hw_format(P_("%zu resource done", "%zu resources done", done), done)
                      : hw_format(P_("%zu resource deleted", "%zu resources deleted", gone), gone);
    ui_put(row, 0, 0, done || !gone ? UI_GOOD : UI_DIM, done || !gone ? "✓" : "-");
    ui_put(row, 0, 2, focused ? UI_FOCUS : UI_DIM, text);
}

static void draw_row(void *data, struct ui_area rest, size_t tag, bool focused)
{
    const struct ui_deploy *deploy = data;
    int64_t now_ms = ui_deploy_now_ms(deploy);
    struct ui_deploy_row row;
    if (!ui_deploy_row_of(deploy, tag, &row))
        return;
    if (row.node) {
        draw_node(rest, row.node, ui_deploy_is_held(deploy, row.node), focused, now_ms);
    } else if (row.change) {
        ui_deploy_draw_change(rest, row.change, focused);
    } else if (row.resource) {
        draw_resource(rest, row.resource, focused, now_ms);
    } else if (row.fold) {
        draw_fold(rest, row.stack, focused);
    } else {
        draw_stack(rest, row.stack, focused, now_ms);
    }
}

/* ---- Title and status ------------------------------------------------------------------ */

static void left_words(int64_t left_ms, struct hw_buf *out)
{
    int64_t minutes = (left_ms + 30000) / 60000;
    if (left_ms < 0)
        return;
    if (minutes < 1)
        hw_buf_text(out, _("less than a minute left"));
    else if (minutes < 90)
        hw_buf_print(out, P_("about %d min left", "about %d min left", (unsigned long)minutes),
                     (int)minutes);
    else
        hw_buf_print(out, _("about %d h %02d min left"), (int)(minutes / 60), (int)(minutes % 60));
}

static void draw_running(const struct ui_deploy *deploy, struct ui_area area, int64_t now_ms)
{
    char elapsed[HW_TIME_SIZE];
    hw_auto(hw_buf) left = HW_BUF(HW_MAX_VALUE);
    int64_t left_ms;
    unsigned permille = ui_deploy_view_permille(&deploy->view, now_ms, &left_ms);
    bool failed = deploy->view.failure_count > 0;
    hw_time_elapsed(ui_span_ms(deploy->view.start_ms, 0, now_ms), elapsed);
    bool plan = deploy->asked == UI_ASKED_PLAN;
    bool follows = deploy->asked == UI_ASKED_FOLLOW;
    const char *title = plan ? _("Planning") : follows ? _("Following") : _("Deploying");
    int col = ui_put(area, 0, 1, UI_TITLE, title) + 3;
    col = ui_print(area, 0, col, UI_NORMAL, _("%s elapsed"), elapsed) + 3;
    if (!failed && !plan)
        left_words(left_ms, &left);
    ui_put_cut(area, 0, col, area.cols - GAUGE_COLS - 2 - col, UI_NORMAL, hw_buf_cstr(&left));
    ui_draw_gauge(area, 0, area.cols - GAUGE_COLS - 1, GAUGE_COLS, permille, 1000);
}

static void draw_not_begun(const struct ui_deploy *deploy, struct ui_area area)
{
    const char *title = _("Deploy");
    const struct ui_known_deployment *known = ui_known_here(deploy->page.app);
    const char *text = known ? ui_known_sentence(known)
                             : _("Nothing is deployed yet. PgUp goes to the review, D begins.");
    if (deploy->asked == UI_ASKED_BEGIN || deploy->asked == UI_ASKED_PLAN) {
        title = deploy->asked == UI_ASKED_PLAN ? _("Planning") : _("Deploying");
        text = _("the change sets are being made…");
    } else if (deploy->asked == UI_ASKED_FOLLOW) {
        title = _("Following");
        text = _("AWS is being asked how far the deployment is…");
    }
    int col = ui_put(area, 0, 1, UI_TITLE, title) + 3;
    ui_put_cut(area, 0, col, area.cols - col - 1, UI_NORMAL, text);
}

/* How it ended has rows of its own below the tree: no resource and no node tells it. */
static bool has_outcome(const struct ui_deploy_view *view)
{
    return view->end_ms != 0 && !view->ok && !view->stands && view->failure_count == 0 &&
           view->outcome;
}

static void draw_bad_end(const struct ui_deploy_view *view, struct ui_area area,
                         const char *elapsed)
{
    hw_auto_text words = hw_format(view->plan       ? _("✗ Not planned, after %s")
                                   : view->rollback ? _("✗ Not rolled back, after %s")
                                                    : _("✗ Not deployed, after %s"),
                                   elapsed);
    hw_auto_text text =
        has_outcome(view)
            ? hw_strdup(words)
            : hw_format("%s: %s", words, view->outcome ? view->outcome : _("it failed"));
    ui_put_cut(area, 0, 1, area.cols - 2, UI_BAD, text);
}

static void draw_title(const struct ui_deploy *deploy, struct ui_area area, int64_t now_ms)
{
    const struct ui_deploy_view *view = &deploy->view;
    char elapsed[HW_TIME_SIZE];
    hw_time_elapsed(ui_span_ms(view->start_ms, view->end_ms, now_ms), elapsed);
    if (view->start_ms == 0 && view->end_ms == 0) {
        draw_not_begun(deploy, area);
    } else if (deploy->left) {
        ui_put_cut(area, 0, 1, area.cols - 2, UI_WAIT,
                   ui_app_host(deploy->page.app)->demo
                       ? _("Left. Stacks already begun go on; D takes it up again.")
                       : _("Left. Stacks already begun go on; `hpcwiz deploy FILE` takes it up "
                           "again."));
    } else if (view->end_ms == 0) {
        draw_running(deploy, area, now_ms);
    } else if (view->ok && view->rollback) {
        ui_put_cut(area, 0, 1, area.cols - 2, UI_GOOD,
                   _("✓ Rolled back; what was there before is there again. D deploys."));
    } else if (ui_deploy_view_deleted(view)) {
        ui_print(area, 0, 1, UI_GOOD, _("✓ Deleted in %s; D deploys."), elapsed);
    } else if (view->ok) {
        ui_print(area, 0, 1, UI_GOOD,
                 view->plan ? _("✓ Planned in %s; nothing was changed. D deploys.")
                            : _("✓ Deployed in %s"),
                 elapsed);
    } else if (view->stands) {
        hw_auto_text text = hw_format("! %s", view->outcome);
        ui_put_cut(area, 0, 1, area.cols - 2, UI_WAIT, text);
    } else {
        draw_bad_end(view, area, elapsed);
    }
}

static bool is_kept(const struct ui_deploy_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        if (view->stacks[i].kept)
            return true;
    }
    return false;
}

/* Below a bad end: what can be done from here. */
static const char *way_on(const struct ui_deploy_view *view)
{
    return view->plan ? _("Nothing was changed. Correct the cause and plan again.")
           : view->stuck.count
               ? _("Stuck: correct the cause, or choose what to leave out; r goes on undoing it.")
           : is_kept(view) ? _("What failed is kept for a look, and costs money: r takes it away, "
                               "D tries again.")
                           : _("What is complete stays: D deploys again from where it stands.");
}

static void draw_status(const struct ui_deploy *deploy, struct ui_area area, int row,
                        int64_t now_ms)
{
    const struct ui_host *host = ui_app_host(deploy->page.app);
    char ago[HW_TIME_SIZE];
    double per_second = 0, budget = 0;
    int col = 1;
    if (deploy->view.end_ms != 0 && !deploy->view.ok && !deploy->left)
        ui_put_cut(area, row, 1, area.cols - 2, UI_NORMAL, way_on(&deploy->view));
    if (!ui_deploy_view_running(&deploy->view) || deploy->left)
        return;
    if (host->rate)
        host->rate(host->data, &per_second, &budget);
    if (budget > 0)
        col = ui_print(area, row, col, UI_DIM,
                       per_second > budget ? _("requests %.1f/s of %.0f (a burst)")
                                           : _("requests %.1f/s of %.0f"),
                       per_second, budget) +
              4;
    hw_time_elapsed(ui_span_ms(deploy->view.heard_ms, 0, now_ms), ago);
    col = ui_print(area, row, col, UI_DIM, _("last news %s ago"), ago) + 4;
    ui_put_cut(area, row, col, area.cols - col - 1, UI_DIM, _("progress is saved"));
}

/* ---- The way to what was made ----------------------------------------------------------- */

/* Instance of the head node, as far as it was seen; or NULL. */
static const char *head_instance(const struct ui_deploy_view *view)
{
    for (size_t i = 0; i < view->nodes.count; i++) {
        const struct ui_node *node = &view->nodes.items[i];
        if (node->role && strcmp(node->role, "head") == 0 && node->state != HW_NODE_GONE)
            return node->instance;
    }
    return NULL;
}

/* "" unless a cluster is complete. */
static void logon_words(const struct ui_deploy *deploy, struct hw_buf *out)
{
    const struct ui_deploy_view *view = &deploy->view;
    bool complete = view->end_ms != 0 && view->ok && !view->plan && !view->rollback &&
                    !ui_deploy_view_deleted(view);
    if (!complete)
        return;
    if (ui_app_host(deploy->page.app)->demo)
        hw_buf_print(out, "%s\n", _("In a real account, where Windows runs on the nodes:"));
    size_t before = out->len;
    hw_logon_words(ui_app_cluster(deploy->page.app), head_instance(view), out);
    if (out->len == before)
        hw_buf_clear(out);
}

/* ---- Failures and events --------------------------------------------------------------- */

static int failure_rows(const struct ui_deploy_view *view, int cols)
{
    size_t count = view->failure_count;
    if (!has_outcome(view))
        return count < FAILURE_ROWS ? (int)count : FAILURE_ROWS;
    int rows = ui_draw_wrap_rows(view->outcome, cols - 4);
    if (view->next && view->next[0])
        rows += ui_draw_wrap_rows(view->next, cols - 4);
    return rows < OUTCOME_ROWS ? rows : OUTCOME_ROWS;
}

static void draw_outcome(const struct ui_deploy_view *view, struct ui_area area)
{
    struct ui_area text = ui_area_sub(area, 0, 3, area.rows, area.cols - 4);
    ui_put(area, 0, 1, UI_BAD, "✗");
    int row = ui_draw_wrap(text, 0, UI_BAD, view->outcome);
    if (view->next && view->next[0] && row < text.rows)
        ui_draw_wrap(text, row, UI_NORMAL, view->next);
}

/* The first ones stay: what failed first is nearest to the cause. */
static void draw_failures(const struct ui_deploy *deploy, struct ui_area area)
{
    const struct ui_deploy_view *view = &deploy->view;
    if (has_outcome(view)) {
        draw_outcome(view, area);
        return;
    }
    for (int row = 0; row < area.rows; row++) {
        const struct ui_failure *failure = &view->failures[row];
        bool last = row == area.rows - 1 && view->failure_count > (size_t)area.rows;
        hw_auto_text more =
            last ? hw_format(_("and %zu more  F9 why"), view->failure_count - (size_t)area.rows)
                 : hw_strdup(row == 0 ? _("F9 why") : "");
        int right = ui_put_right(area, row, area.cols - 1, UI_KEY, more);
        hw_auto_text text =
            hw_format("%s  %s  %s", ui_deploy_short(deploy, failure->who), failure->what,
                      failure->reason[0] ? failure->reason : _("failed without a reason"));
        ui_put(area, row, 1, UI_BAD, "✗");
        ui_put_cut(area, row, 3, right - 5, UI_BAD, text);
    }
}

static void draw_gap(struct ui_area area, int row, int64_t gap_ms)
{
    hw_auto_text text = hw_format(
        P_("┄┄ nothing for %d min ┄┄", "┄┄ nothing for %d min ┄┄", (unsigned long)(gap_ms / 60000)),
        (int)(gap_ms / 60000));
    ui_put(area, row, 1 + TIME_COLS + 2, UI_DIM, text);
}

static void draw_moment(const struct ui_deploy *deploy, struct ui_area area, int row,
                        const struct ui_moment *moment)
{
    char time[HW_TIME_SIZE];
    enum ui_style style = moment->severity == HW_ERROR     ? UI_BAD
                          : moment->severity == HW_WARNING ? UI_WAIT
                                                           : UI_NORMAL;
    int what = area.cols >= WIDE ? WHAT_COLS + 12 : WHAT_COLS;
    hw_time_of_day(moment->time_ms, time);
    ui_put(area, row, 1, UI_DIM, time);
    int col = ui_put_cut(area, row, 1 + TIME_COLS + 2, WHO_COLS, style, moment->who) + 1;
    if (moment->what[0] != '\0')
        col = ui_put_cut(area, row, col, what, style, ui_deploy_short(deploy, moment->what)) + 2;
    ui_put_cut(area, row, col, area.cols - col - 1, style, moment->text);
}

/* The node whose log spoke last, as the newest line: long stages have no other sign of life. NULL:
 * something has happened since. */
static const struct ui_node *speaker(const struct ui_deploy_view *view)
{
    const struct ui_node *newest = NULL;
    for (size_t i = 0; i < view->nodes.count; i++) {
        const struct ui_node *node = &view->nodes.items[i];
        if (node->line && (!newest || node->line_ms > newest->line_ms))
            newest = node;
    }
    size_t count = view->moment_count;
    bool last = newest && (count == 0 || newest->line_ms >= view->moments[count - 1].time_ms);
    return last ? newest : NULL;
}

static void draw_speaker(const struct ui_node *node, struct ui_area area, int row)
{
    char time[HW_TIME_SIZE];
    const char *source = node->line_source ? node->line_source : "";
    int what = area.cols >= WIDE ? WHAT_COLS + 12 : WHAT_COLS;
    hw_time_of_day(node->line_ms, time);
    ui_put(area, row, 1, UI_DIM, time);
    int col = ui_put_cut(area, row, 1 + TIME_COLS + 2, WHO_COLS, UI_DIM, node->name) + 1;
    col = ui_put_cut(area, row, col, what, UI_DIM, source) + 2;
    ui_put_cut(area, row, col, area.cols - col - 1, UI_DIM, node->line);
}

/* Rows that the moments before `next` take, as far as that is less than `most`. */
static int event_rows(const struct ui_deploy_view *view, size_t next, int most)
{
    int rows = 0;
    for (; next > 0 && rows < most; next--)
        rows += ui_deploy_view_gap(view, next - 1, 0) > 0 ? 2 : 1;
    return rows < most ? rows : most;
}

/* From the newest upwards, so that the end is always in view. */
static void draw_events(const struct ui_deploy *deploy, struct ui_area area, int64_t now_ms)
{
    const struct ui_deploy_view *view = &deploy->view;
    size_t back = deploy->back < view->moment_count ? deploy->back : view->moment_count;
    size_t next = view->moment_count - back;
    const struct ui_node *speaks = ui_deploy_view_running(view) && back == 0 ? speaker(view) : NULL;
    int64_t gap = speaks ? 0 : ui_deploy_view_gap(view, next, now_ms);
    int rows = event_rows(view, next, area.rows) + (speaks || gap > 0 ? 1 : 0);
    int row = (rows < area.rows ? rows : area.rows) - 1;
    if (speaks)
        draw_speaker(speaks, area, row--);
    while (row >= 0 && next > 0) {
        if (gap > 0)
            draw_gap(area, row--, gap);
        next--;
        if (row >= 0)
            draw_moment(deploy, area, row--, &view->moments[next]);
        gap = ui_deploy_view_gap(view, next, now_ms);
    }
}

void ui_deploy_draw(struct ui_deploy *deploy, struct ui_area area)
{
    int64_t now_ms = ui_deploy_now_ms(deploy);
    ui_deploy_refresh(deploy);
    draw_title(deploy, area, now_ms);
    draw_status(deploy, area, area.rows - 1, now_ms);
    hw_auto(hw_buf) logon = HW_BUF(HW_MAX_TEXT);
    logon_words(deploy, &logon);
    int failures = logon.len ? ui_draw_wrap_rows(hw_buf_cstr(&logon), area.cols - 2)
                             : failure_rows(&deploy->view, area.cols);
    int rest = area.rows - 2 - failures - (failures > 0 ? 1 : 0);
    int least = deploy->details ? rest / 2 : EVENT_ROWS + 1;
    int rows = deploy->tree.list.count < (size_t)(rest - least) ? (int)deploy->tree.list.count
                                                                : rest - least;
    ui_tree_draw(&deploy->tree, ui_area_sub(area, 1, 0, rows, area.cols), !deploy->in_events,
                 draw_row, deploy);
    struct ui_area middle = ui_area_sub(area, 2 + rows, 0, failures, area.cols);
    if (logon.len)
        ui_draw_wrap(ui_area_sub(middle, 0, 1, failures, area.cols - 2), 0, UI_NORMAL,
                     hw_buf_cstr(&logon));
    else
        draw_failures(deploy, middle);
    int top = 2 + rows + failures + (failures > 0 ? 1 : 0);
    struct ui_area lower = ui_area_sub(area, top, 0, area.rows - 1 - top, area.cols);
    if (deploy->details)
        ui_deploy_draw_details(deploy, lower);
    else
        draw_events(deploy, lower, now_ms);
}

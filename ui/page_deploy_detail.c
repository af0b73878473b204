/* SPDX-License-Identifier: Apache-2.0 */
/* All that is known of the stack, resource or node under the focus. */
#include "base/clock.h"
#include "ui/draw.h"
#include "ui/page_deploy.h"

enum { LABEL_COLS = 14 };

int ui_deploy_put_pair(struct ui_area area, int row, const char *label, enum ui_style style,
                       const char *text)
{
    if (!text || text[0] == '\0' || row >= area.rows)
        return row;
    ui_put(area, row, 1, UI_DIM, label);
    struct ui_area value =
        ui_area_sub(area, row, LABEL_COLS, area.rows - row, area.cols - LABEL_COLS - 1);
    return row + ui_draw_wrap(value, 0, style, text);
}

static int put_times(struct ui_area area, int row, int64_t start_ms, int64_t end_ms, int64_t now_ms)
{
    char from[HW_TIME_SIZE], until[HW_TIME_SIZE], took[HW_TIME_SIZE];
    if (start_ms == 0)
        return row;
    hw_time_of_day(start_ms, from);
    hw_time_elapsed(ui_span_ms(start_ms, end_ms, now_ms), took);
    if (end_ms != 0)
        hw_time_of_day(end_ms, until);
    hw_auto_text text = end_ms != 0 ? hw_format(_("%s to %s, %s"), from, until, took)
                                    : hw_format(_("since %s, %s so far"), from, took);
    return ui_deploy_put_pair(area, row, _("Time"), UI_NORMAL, text);
}

static void draw_stage(struct ui_area area, int row, const struct ui_stage *stage, int64_t now_ms)
{
    char took[HW_TIME_SIZE];
    enum ui_style style;
    const char *sign = ui_deploy_stage_sign(stage->status, &style);
    bool failed = stage->status == HW_STAGE_FAILED;
    ui_put(area, row, 1, style, sign);
    ui_put_cut(area, row, 3, 20, failed ? UI_BAD : UI_NORMAL, stage->name);
    if (stage->start_ms != 0) {
        hw_time_elapsed(ui_span_ms(stage->start_ms, stage->end_ms, now_ms), took);
        ui_put_right(area, row, 31, UI_NORMAL, took);
    }
    int col = 33;
    if (failed)
        col = ui_print(area, row, col, UI_BAD, _("exit %d"), stage->exit_code) + 2;
    ui_put_cut(area, row, col, area.cols - col - 1, failed ? UI_BAD : UI_DIM,
               stage->message ? stage->message : "");
}

static void draw_node(const struct ui_node *node, bool held, struct ui_area area, int64_t now_ms)
{
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_TEXT);
    hw_auto_text title =
        hw_format("%s  %s  %s  %s", node->name, node->instance ? node->instance : "",
                  node->address ? node->address : "", node->via ? node->via : "");
    ui_put_cut(area, 0, 1, area.cols - 2, UI_TITLE, title);
    ui_node_words(node, now_ms, &words);
    int row = ui_deploy_put_pair(area, 1, _("State"), UI_NORMAL, hw_buf_cstr(&words));
    if (held)
        row = ui_deploy_put_pair(area, row, _("Held"), UI_WAIT,
                                 _("nothing takes it away until H releases it"));
    if (node->state == HW_NODE_LIVE) /* elsewhere the state says it */
        row = ui_deploy_put_pair(area, row, _("Note"), UI_DIM, node->detail);
    row = ui_deploy_put_pair(area, row, _("Newest line"), UI_DIM, node->line);
    int room = area.rows - row;
    size_t first =
        room > 0 && node->stage_count > (size_t)room ? node->stage_count - (size_t)room : 0;
    for (size_t i = first; i < node->stage_count && row < area.rows; i++)
        draw_stage(area, row++, &node->stages[i], now_ms);
}

static void draw_resource(const struct ui_resource *resource, struct ui_area area, int64_t now_ms)
{
    bool failed = resource->progress == UI_FAILED;
    ui_put_cut(area, 0, 1, area.cols - 2, UI_TITLE, resource->name);
    int row = ui_deploy_put_pair(area, 1, _("Type"), UI_NORMAL, resource->type);
    row = ui_deploy_put_pair(area, row, _("Id"), UI_NORMAL, resource->physical_id);
    row = ui_deploy_put_pair(area, row, _("Status"), failed ? UI_BAD : UI_NORMAL, resource->status);
    row = put_times(area, row, resource->start_ms, resource->end_ms, now_ms);
    ui_deploy_put_pair(area, row, _("Reason"), failed ? UI_BAD : UI_NORMAL, resource->reason);
}

static void draw_stack(const struct ui_stack *stack, struct ui_area area, int64_t now_ms)
{
    hw_auto_text counts = hw_format(_("%zu of %zu known so far are done"),
                                    ui_stack_resources_done(stack), stack->count);
    ui_put_cut(area, 0, 1, area.cols - 2, UI_TITLE, stack->name);
    int row = ui_deploy_put_pair(area, 1, _("Step"), UI_NORMAL, ui_step_words(stack->step));
    row = ui_deploy_put_pair(area, row, _("Message"), UI_NORMAL, stack->message);
    row = put_times(area, row, stack->start_ms, stack->end_ms, now_ms);
    if (stack->count > 0)
        ui_deploy_put_pair(area, row, _("Resources"), UI_NORMAL, counts);
}

void ui_deploy_draw_details(const struct ui_deploy *deploy, struct ui_area area)
{
    int64_t now_ms = ui_deploy_now_ms(deploy);
    struct ui_deploy_row row;
    if (!ui_deploy_focus(deploy, &row))
        return;
    if (row.node)
        draw_node(row.node, ui_deploy_is_held(deploy, row.node), area, now_ms);
    else if (row.change)
        ui_deploy_draw_change_details(row.change, area);
    else if (row.resource)
        draw_resource(row.resource, area, now_ms);
    else
        draw_stack(row.stack, area, now_ms);
}

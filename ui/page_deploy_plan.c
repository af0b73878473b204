/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan would do to a stack, change by change. */
#include "base/text.h"
#include "ui/draw.h"
#include "ui/page_deploy.h"

enum { NAME_COLS = 20 };

static const struct {
    const char *sign;
    enum ui_style style;
} looks[] = {
    [HW_CHANGE_ADD] = {"+", UI_GOOD},     [HW_CHANGE_MODIFY] = {"~", UI_NORMAL},
    [HW_CHANGE_REPLACE] = {"!", UI_WAIT}, [HW_CHANGE_MAY_REPLACE] = {"?", UI_WAIT},
    [HW_CHANGE_REMOVE] = {"-", UI_BAD},
};

static enum ui_style style_of(const struct ui_change *change)
{
    return change->loses_data ? UI_BAD : looks[change->action].style;
}

void ui_deploy_draw_change(struct ui_area row, const struct ui_change *change, bool focused)
{
    enum ui_style style = style_of(change);
    ui_put(row, 0, 0, style, looks[change->action].sign);
    ui_put_cut(row, 0, 2, NAME_COLS, focused ? UI_FOCUS : UI_NORMAL, change->resource);
    int col = ui_put(row, 0, NAME_COLS + 3, style,
                     change->loses_data ? _("DATA IS LOST") : ui_change_words(change->action)) +
              2;
    ui_put_cut(row, 0, col, row.cols - col - 1, UI_NORMAL, change->words);
}

void ui_deploy_draw_change_details(const struct ui_change *change, struct ui_area area)
{
    int col = ui_put(area, 0, 1, UI_TITLE, change->resource) + 2;
    col = ui_put(area, 0, col, style_of(change), ui_change_words(change->action)) + 2;
    if (change->loses_data)
        ui_put(area, 0, col, UI_BAD, _("DATA IS LOST"));
    int row = ui_deploy_put_pair(area, 1, _("Type"), UI_NORMAL, change->type);
    row = ui_deploy_put_pair(area, row, _("Differs in"), UI_NORMAL, change->properties);
    ui_deploy_put_pair(area, row, _("Means"), UI_NORMAL, change->words);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan would do to a stack, change by change. */
#include "base/text.h"
#include "ui/draw.h"
#include "ui/page_deploy.h"

enum { NAME_COLS = 20, LABEL_COLS = 14 };

static const struct {
    const char *sign, *word;
    enum ui_style style;
} looks[] = {
    [HW_CHANGE_ADD] = {"+", N_("add"), UI_GOOD},
    [HW_CHANGE_MODIFY] = {"~", N_("modify"), UI_NORMAL},
    [HW_CHANGE_REPLACE] = {"!", N_("REPLACE"), UI_WAIT},
    [HW_CHANGE_MAY_REPLACE] = {"?", N_("may be replaced"), UI_WAIT},
    [HW_CHANGE_REMOVE] = {"-", N_("remove"), UI_BAD},
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
                     change->loses_data ? _("DATA IS LOST") : _(looks[change->action].word)) +
              2;
    ui_put_cut(row, 0, col, row.cols - col - 1, UI_NORMAL, change->words);
}

static int put_pair(struct ui_area area, int row, const char *label, const char *text)
{
    if (text[0] == '\0' || row >= area.rows)
        return row;
    ui_put(area, row, 1, UI_DIM, label);
    struct ui_area value =
        ui_area_sub(area, row, LABEL_COLS, area.rows - row, area.cols - LABEL_COLS - 1);
    return row + ui_draw_wrap(value, 0, UI_NORMAL, text);
}

void ui_deploy_draw_change_details(const struct ui_change *change, struct ui_area area)
{
    int col = ui_put(area, 0, 1, UI_TITLE, change->resource) + 2;
    col = ui_put(area, 0, col, style_of(change), _(looks[change->action].word)) + 2;
    if (change->loses_data)
        ui_put(area, 0, col, UI_BAD, _("DATA IS LOST"));
    int row = put_pair(area, 1, _("Type"), change->type);
    row = put_pair(area, row, _("Differs in"), change->properties);
    put_pair(area, row, _("Means"), change->words);
}

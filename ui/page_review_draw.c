/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/text.h"
#include "ui/draw.h"
#include "ui/page_review.h"

enum { TREE_COLS = 18, TREE_COLS_WIDE = 26, WIDE = 120, SHORT_COST = 30 };

static const char *group_name(size_t group)
{
    static const char *const names[] = {
        [UI_REVIEW_TEMPLATES] = N_("templates"),
        [UI_REVIEW_PARAMETERS] = N_("parameters"),
        [UI_REVIEW_SCRIPTS] = N_("scripts"),
        [UI_REVIEW_PACKER] = N_("packer"),
        [UI_REVIEW_OTHERS] = "",
    };
    return _(names[group]);
}

/* What its group says already is left out: "sql" of sql.yaml, "sql/logins.sql" of scripts. */
static void short_name(const char *path, struct hw_buf *out)
{
    static const char *const endings[] = {".parameters.json", ".yaml"};
    enum ui_review_group group = ui_review_group_of(path);
    const char *name = path;
    if (group == UI_REVIEW_SCRIPTS || group == UI_REVIEW_PACKER)
        name = strchr(path, '/') + 1;
    size_t length = strlen(name);
    for (size_t i = 0; i < HW_COUNT(endings) && group <= UI_REVIEW_PARAMETERS; i++) {
        if (hw_text_ends(name, endings[i])) {
            length -= strlen(endings[i]);
            break;
        }
    }
    hw_buf_add(out, name, length);
}

static void draw_item(void *data, struct ui_area rest, size_t tag, bool focused)
{
    const struct ui_review *review = data;
    hw_auto(hw_buf) name = HW_BUF(HW_MAX_VALUE);
    bool open = tag == review->open;
    enum ui_style style = focused ? UI_FOCUS : open ? UI_ACCENT : UI_NORMAL;
    if (tag >= UI_REVIEW_TAG_GROUP) {
        ui_put_cut(rest, 0, 0, rest.cols, focused ? UI_FOCUS : UI_DIM,
                   group_name(tag - UI_REVIEW_TAG_GROUP));
        return;
    }
    short_name(review->files->items[tag].path, &name);
    ui_put_cut(rest, 0, 0, rest.cols, style, hw_buf_cstr(&name));
}

static void draw_title(const struct ui_review *review, struct ui_area area)
{
    const struct hw_file *file = ui_review_file(review);
    hw_auto(hw_buf) right = HW_BUF(HW_MAX_VALUE);
    size_t place, count;
    if (review->costs)
        ui_put(area, 0, 0, review->in_text ? UI_FOCUS : UI_TITLE, _("What it costs"));
    if (!file)
        return;
    ui_text_matches(&review->text, &place, &count);
    if (review->text.pattern && place == 0) /* the text has changed since */
        hw_buf_print(&right, P_("%zu match  /%s   ", "%zu matches  /%s   ", count), count,
                     review->text.pattern);
    else if (review->text.pattern)
        hw_buf_print(&right, _("match %zu of %zu  /%s   "), place, count, review->text.pattern);
    hw_buf_print(&right, _("line %zu of %zu  %s"), review->text.first + 1, review->text.count,
                 ui_highlight_language_name(review->language));
    int col = ui_put_right(area, 0, area.cols - 1, UI_DIM, hw_buf_cstr(&right));
    ui_put_cut(area, 0, 0, col - 2, review->in_text ? UI_FOCUS : UI_TITLE, file->path);
}

/* A size against its limit; red beyond it. */
static int put_size(struct ui_area area, int col, const char *what, size_t size, size_t limit)
{
    enum ui_style style = size > limit ? UI_BAD : size > limit / 10 * 9 ? UI_WAIT : UI_NORMAL;
    hw_auto_text text =
        hw_format(_("%s %.1f of %.1f kB"), what, (double)size / 1000.0, (double)limit / 1000.0);
    int width = (int)hw_text_width(text), room = area.cols - col - 1;
    return ui_put_cut(area, 0, col, width < room ? width : room, style, text) + 2;
}

static int put_sizes(const struct ui_review *review, struct ui_area area, int col)
{
    const struct hw_file *file = ui_review_file(review);
    if (!file)
        return col;
    if (ui_review_group_of(file->path) != UI_REVIEW_TEMPLATES) {
        hw_auto_text text = hw_format(_("%.1f kB"), (double)file->size / 1000.0);
        return ui_put(area, 0, col, UI_NORMAL, text);
    }
    bool bucket = *hw_cluster_get(ui_app_cluster(review->page.app), "deploy.bucket") != '\0';
    if (file->size > HW_CFN_BODY_INLINE && bucket) {
        col = put_size(area, col, hw_path_base(file->path), file->size, HW_CFN_BODY_S3) - 1;
        col = ui_put(area, 0, col, UI_DIM, _("through the bucket")) + 3;
    } else {
        col = put_size(area, col, hw_path_base(file->path), file->size, HW_CFN_BODY_INLINE);
    }
    if (file->user_data > 0)
        col = put_size(area, col, _("user data"), file->user_data, HW_EC2_USER_DATA);
    if (file->resources > 0 && col + 16 < area.cols) {
        hw_auto_text text =
            hw_format(P_("%zu resource", "%zu resources", file->resources), file->resources);
        ui_put(area, 0, col, UI_NORMAL, text);
    }
    return col;
}

static void draw_finding(const struct ui_review *review, struct ui_area area, int row, size_t i)
{
    static const enum hw_severity severities[] = {HW_ERROR, HW_WARNING, HW_INFO};
    const struct ui_check *check = &review->checks.items[i];
    enum ui_style style;
    const char *sign = ui_draw_severity(severities[check->kind], &style);
    ui_put(area, row, 1, style, sign);
    hw_auto_text text = check->remedy[0] ? hw_format("%s  %s", check->message, check->remedy)
                                         : hw_strdup(check->message);
    ui_put_cut(area, row, 3, area.cols - 4, style == UI_BAD ? UI_BAD : UI_NORMAL, text);
}

/* What it costs, or that prices are still being asked for. */
static void draw_cost(const struct ui_review *review, struct ui_area area, int row)
{
    bool over;
    const struct hw_cost *cost = ui_review_cost(review, &over);
    int64_t limit = hw_cost_limit(ui_app_cluster(review->page.app));
    bool high = limit && cost->most.nano > limit;
    size_t room = high ? SHORT_COST : (size_t)area.cols - 2;
    hw_auto_text text = hw_cost_say(cost, room);
    const char *more = over ? "" : _("asking for prices…");
    int col = ui_put(area, row, 1, high ? UI_WAIT : UI_NORMAL, text) + 3;
    if (high && over) {
        char most[32], allowed[32];
        hw_auto_text warning =
            hw_format(_("%s at full size, limit %s"), hw_amount_text(cost->most.nano, 2, most),
                      hw_amount_text(limit, 2, allowed));
        ui_put_cut(area, row, col, area.cols - col - 1, UI_WAIT, warning);
    } else {
        ui_put_cut(area, row, col, area.cols - col - 1, UI_DIM, more);
    }
}

const char *ui_review_on_failure(const struct ui_review *review)
{
    const char *answer = hw_cluster_get(ui_app_cluster(review->page.app), "deploy.on_failure");
    if (strcmp(answer, "keep") == 0)
        return _("What fails is kept for inspection; it goes on costing money");
    if (strcmp(answer, "delete") == 0)
        return _("A new stack that fails is deleted; a failed update is undone");
    return _("What fails is rolled back; hpcwiz keeps the logs that it saw");
}

static void draw_on_failure(const struct ui_review *review, struct ui_area area, int row)
{
    bool may = !ui_app_deploying(review->page.app);
    int end = may ? ui_put_right(area, row, area.cols - 1, UI_DIM, _("o: otherwise")) : area.cols;
    ui_put_cut(area, row, 1, end - 3, UI_NORMAL, ui_review_on_failure(review));
}

static void draw_summary(const struct ui_review *review, struct ui_area area)
{
    int first = 1;
    const struct ui_checks *checks = &review->checks;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    size_t findings = ui_checks_findings(checks);
    bool errors = checks->of_kind[UI_CHECK_ERROR] > 0;
    if (checks->running)
        hw_buf_text(&text, _("checking…"));
    else if (checks->known)
        ui_checks_summary(checks, &text);
    else
        hw_buf_text(&text, _("not checked yet"));
    int col = ui_put(area, 0, 1, errors ? UI_BAD : UI_NORMAL, hw_buf_cstr(&text)) + 3;
    put_sizes(review, area, col);
    if (ui_app_host(review->page.app)->cost)
        draw_cost(review, area, first++);
    draw_on_failure(review, area, first++);
    for (int row = first; row < area.rows; row++) {
        size_t finding = review->finding + (size_t)(row - first);
        if (finding < findings)
            draw_finding(review, area, row, finding);
    }
}

static void draw_error(const struct ui_review *review, struct ui_area area)
{
    char text[1400];
    ui_put(area, 0, 1, UI_BAD, _("✗ The files cannot be generated yet"));
    ui_draw_wrap(ui_area_sub(area, 2, 3, area.rows - 2, area.cols - 4), 0, UI_NORMAL,
                 hw_err_text(&review->err, text, sizeof text));
}

void ui_review_draw(struct ui_review *review, struct ui_area area)
{
    size_t findings = ui_checks_findings(&review->checks);
    size_t most = area.rows > 30 ? 6 : 2;
    int summary = 2 + (ui_app_host(review->page.app)->cost != NULL) +
                  (int)(findings < most ? findings : most);
    int rows = area.rows - summary - 1;
    int left = review->costs ? 1 : area.cols >= WIDE ? TREE_COLS_WIDE : TREE_COLS;
    struct ui_area panes = ui_area_sub(area, 0, 0, rows, area.cols);
    ui_draw_rule(area, rows);
    draw_summary(review, ui_area_sub(area, rows + 1, 0, summary, area.cols));
    if (!review->files) {
        draw_error(review, panes);
        return;
    }
    if (!review->costs) {
        ui_put(panes, 0, 1, review->in_text ? UI_TITLE : UI_FOCUS, _("Review"));
        ui_tree_draw(&review->tree, ui_area_sub(panes, 1, 0, rows - 1, left - 1), !review->in_text,
                     draw_item, review);
    }
    struct ui_area right = ui_area_sub(panes, 0, left, rows, panes.cols - left);
    draw_title(review, right);
    ui_text_draw(&review->text, ui_area_sub(right, 1, 0, rows - 1, right.cols));
}

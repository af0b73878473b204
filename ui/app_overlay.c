/* SPDX-License-Identifier: Apache-2.0 */
/* What lies over a page: help, the list of steps, questions, and the way out. */
#include "base/file.h"
#include "base/text.h"
#include "ui/app_private.h"
#include "ui/draw.h"
#include "ui/rescue.h"

static void question_done(struct ui_question *question)
{
    free(question->title);
    free(question->text);
    free(question->label);
    free(question->expect);
    free(question->problem);
    ui_field_done(&question->field);
    hw_secret_free(question->secret);
    memset(question, 0, sizeof(*question));
}

void ui_overlay_close(struct ui_app *app)
{
    if (app->overlay == UI_OVERLAY_ASK)
        question_done(&app->question);
    if (app->overlay == UI_OVERLAY_SECRET)
        ui_secret_close(app);
    app->overlay = UI_OVERLAY_NONE;
}

static void list_start(struct ui_app *app, size_t count, size_t focus)
{
    app->overlay_list = (struct ui_list){0};
    ui_list_set_count(&app->overlay_list, count);
    ui_list_focus(&app->overlay_list, focus);
}

/* Nothing to lose: no need to ask. */
static bool may_quit_at_once(const struct ui_app *app)
{
    return !ui_app_unsaved(app) && !app->deploying;
}

void ui_overlay_open(struct ui_app *app, enum ui_overlay overlay)
{
    ui_overlay_close(app);
    if (overlay == UI_OVERLAY_QUIT && may_quit_at_once(app)) {
        app->ended = true;
        return;
    }
    app->overlay = overlay;
    if (overlay == UI_OVERLAY_STEPS)
        list_start(app, HW_PAGE_COUNT, app->current);
    else
        list_start(app, 0, 0);
}

bool ui_overlay_covers(const struct ui_app *app)
{
    return app->overlay == UI_OVERLAY_HELP || app->overlay == UI_OVERLAY_STEPS;
}

/* ---- Questions ------------------------------------------------------------------------- */

void ui_app_ask(struct ui_app *app, const struct ui_dialog *dialog)
{
    ui_overlay_close(app);
    app->overlay = UI_OVERLAY_ASK;
    app->question = (struct ui_question){.title = hw_strdup(dialog->title),
                                         .text = hw_strdup(dialog->text ? dialog->text : ""),
                                         .label = hw_strdup(dialog->label ? dialog->label : ""),
                                         .expect = hw_strdup(dialog->expect),
                                         .fn = dialog->fn,
                                         .secret_fn = dialog->secret_fn,
                                         .data = dialog->data};
    if (dialog->secret_fn)
        app->question.secret = hw_secret_begin();
    ui_field_init(&app->question.field, dialog->initial ? dialog->initial : "");
    if (dialog->expect && app->flush)
        app->flush(app->flush_data);
    app->dirty = true;
}

/* fn may ask the next question or leave the page, so the answered one is closed before. */
static void ask_end(struct ui_app *app, const char *answer)
{
    struct ui_question question = app->question;
    struct hw_err err = {0};
    memset(&app->question, 0, sizeof(app->question));
    app->overlay = UI_OVERLAY_NONE;
    bool done = question.fn(question.data, answer, &err) || !answer;
    if (done) {
        question_done(&question);
        return;
    }
    char text[sizeof(err.what) + sizeof(err.place) + sizeof(err.next)];
    hw_replace(&question.problem, hw_err_text(&err, text, sizeof(text)));
    ui_overlay_close(app);
    app->question = question;
    app->overlay = UI_OVERLAY_ASK;
}

static void ask_end_secret(struct ui_app *app, bool taken)
{
    struct ui_question question = app->question;
    struct hw_secret *value = taken ? question.secret : NULL;
    memset(&app->question, 0, sizeof(app->question));
    app->overlay = UI_OVERLAY_NONE;
    if (taken)
        question.secret = NULL;
    question.secret_fn(question.data, value);
    question_done(&question);
}

static void ask_enter(struct ui_app *app)
{
    struct ui_question *question = &app->question;
    hw_auto_text answer = hw_strdup(ui_field_text(&question->field));
    if (question->expect && strcmp(answer, question->expect) != 0) {
        hw_auto_text problem =
            hw_format(_("Type %s exactly, or Esc to go back."), question->expect);
        hw_replace(&question->problem, problem);
        return;
    }
    ask_end(app, answer);
}

/* Nothing is typed: Enter agrees. */
static bool is_plain(const struct ui_question *question)
{
    return !question->label[0] && !question->expect && !question->secret_fn;
}

static void ask_key(struct ui_app *app, uint32_t code)
{
    struct ui_input input = {UI_ACT_TEXT, code};
    if (app->question.secret_fn) {
        if (code == UI_KEY_ESC || code == UI_KEY_ENTER)
            ask_end_secret(app, code == UI_KEY_ENTER);
        else
            ui_secret_edit(app->question.secret, code);
        return;
    }
    if (code == UI_KEY_ESC) {
        ask_end(app, NULL);
        return;
    }
    if (code == UI_KEY_ENTER) {
        ask_enter(app);
        return;
    }
    hw_replace(&app->question.problem, NULL);
    if (is_plain(&app->question))
        return;
    ui_field_act(&app->question.field, &input);
}

struct ui_area ui_overlay_lower_part(struct ui_area content, int rows)
{
    if (rows + 2 > content.rows)
        rows = content.rows - 2;
    struct ui_area part = ui_area_sub(content, content.rows - rows - 2, 0, rows + 2, content.cols);
    ui_clear(part);
    ui_draw_rule(part, 0);
    return ui_area_sub(part, 1, 1, rows, part.cols - 2);
}

static void ask_draw(struct ui_app *app, struct ui_area content)
{
    struct ui_question *question = &app->question;
    int rows = ui_draw_wrap_rows(question->text, content.cols - 2);
    struct ui_area area = ui_overlay_lower_part(content, rows + (is_plain(question) ? 3 : 5));
    ui_put_cut(area, 0, 0, area.cols, UI_TITLE, question->title);
    int row = ui_draw_wrap(area, 1, UI_NORMAL, question->text) + (is_plain(question) ? 0 : 1);
    int col = ui_put(area, row, 0, UI_NORMAL, question->label);
    if (col > 0)
        col += 2;
    int width = area.cols - col < 60 ? area.cols - col : 60;
    if (question->secret_fn) {
        ui_secret_draw_words(area, row, col, width, ui_secret_words(question->secret));
        ui_cursor(area, row, col);
    } else if (!is_plain(question)) {
        ui_field_draw(&question->field, area, row, col, width);
    }
    if (question->problem) {
        ui_put(area, row + 1, 0, UI_BAD, "✗");
        ui_draw_wrap(ui_area_sub(area, row + 1, 2, area.rows - row - 1, area.cols - 2), 0, UI_BAD,
                     question->problem);
    }
}

/* ---- Saving and quitting --------------------------------------------------------------- */

/* Another file of that name may be somebody's work. */
static bool may_write(struct ui_app *app, const char *answer, struct hw_err *err)
{
    hw_auto_text path = hw_path_expand(answer);
    bool own = app->path && strcmp(path, app->path) == 0;
    bool again = app->overwrite && strcmp(path, app->overwrite) == 0;
    if (own || again || !hw_path_exists(path))
        return true;
    hw_replace(&app->overwrite, path);
    return hw_fail(err, HW_ERR_INPUT, _("%s is there already. Enter again writes over it."),
                   answer);
}

static bool save_to(void *data, const char *answer, struct hw_err *err)
{
    struct ui_app *app = data;
    if (!answer)
        return true;
    if (!*answer)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a file name is needed"));
    if (!may_write(app, answer, err))
        return false;
    if (!ui_app_save(app, answer, err))
        return false;
    ui_app_notice(app, HW_INFO, _("Saved to %s."), answer);
    return true;
}

static bool save_and_quit(void *data, const char *answer, struct hw_err *err)
{
    struct ui_app *app = data;
    if (!save_to(app, answer, err))
        return false;
    app->ended = answer != NULL;
    return true;
}

static void ask_where(struct ui_app *app, ui_dialog_fn *fn)
{
    const char *name = hw_cluster_get(app->cluster, "cluster");
    hw_auto_text path = app->path ? hw_strdup(app->path) : ui_free_path(*name ? name : "cluster");
    hw_replace(&app->overwrite, NULL);
    ui_app_ask(app,
               &(struct ui_dialog){.title = _("Save the cluster file"),
                                   .text = _("All answers so far, readable, never a secret value."),
                                   .label = _("File"),
                                   .initial = path,
                                   .fn = fn,
                                   .data = app});
}

void ui_overlay_save(struct ui_app *app)
{
    struct hw_err err = {0};
    if (!app->path)
        ask_where(app, save_to);
    else if (save_to(app, app->path, &err))
        ui_app_notice(app, HW_INFO, _("Saved to %s."), app->path);
    else
        ui_app_error(app, &err);
}

static void quit_save(struct ui_app *app)
{
    struct hw_err err = {0};
    if (!app->path)
        ask_where(app, save_and_quit);
    else if (ui_app_save(app, app->path, &err))
        app->ended = true;
    else
        ask_where(app, save_and_quit);
}

static void quit_key(struct ui_app *app, uint32_t code)
{
    bool unsaved = ui_app_unsaved(app);
    if (code == UI_KEY_ESC)
        ui_overlay_close(app);
    else if (unsaved && (code == 's' || code == UI_KEY_ENTER))
        quit_save(app);
    else if (code == 'd' || (!unsaved && code == UI_KEY_ENTER))
        app->ended = true;
}

static void quit_draw(const struct ui_app *app, struct ui_area content)
{
    bool unsaved = ui_app_unsaved(app);
    struct ui_area area = ui_overlay_lower_part(content, 6 + (app->deploying ? 3 : 0));
    int row = 0;
    ui_put(area, row++, 0, UI_TITLE, _("Quit hpcwiz?"));
    if (app->deploying)
        row = ui_draw_wrap(area, row, UI_NORMAL,
                           app->host->demo
                               ? _("The account of the demo, with all its stacks, ends too.")
                               : _("The stacks that AWS has begun go on, the rest waits: hpcwiz "
                                   "deploy FILE takes it up again."));
    row++;
    if (unsaved) {
        ui_put(area, row, 0, UI_KEY, "s");
        ui_put(area, row++, 5, UI_NORMAL, _("save the answers to a cluster file, then quit"));
        ui_put(area, row, 0, UI_KEY, "d");
        ui_put(area, row++, 5, UI_NORMAL, _("quit and discard what was not saved"));
    } else {
        ui_put(area, row, 0, UI_KEY, "d");
        ui_put(area, row++, 5, UI_NORMAL, _("quit"));
    }
    ui_put(area, row, 0, UI_KEY, "Esc");
    ui_put(area, row, 5, UI_NORMAL, _("stay"));
}

/* ---- Help and steps -------------------------------------------------------------------- */

static void help_row(struct ui_area area, int row, const struct ui_offer *offer)
{
    hw_auto(hw_buf) labels = HW_BUF(128);
    ui_keys_all_labels(offer->action, &labels);
    ui_put_cut(area, row, 1, 18, UI_KEY, hw_buf_cstr(&labels));
    ui_put_cut(area, row, 20, area.cols - 21, UI_NORMAL, ui_keys_help(offer->action));
}

static int by_table(const void *a, const void *b)
{
    const struct ui_offer *left = a, *right = b;
    return (int)left->action - (int)right->action;
}

static void help_draw(struct ui_app *app, struct ui_area content)
{
    struct ui_offer offers[UI_OFFERS_MAX];
    size_t count = ui_app_offers(app, offers);
    qsort(offers, count, sizeof *offers, by_table);
    struct ui_area area = ui_area_sub(content, 0, 0, content.rows, content.cols);
    hw_auto_text title = hw_format(_("Help: %s"), _(hw_page(app->current)->title));
    ui_put(area, 0, 1, UI_TITLE, title);
    int row = 2;
    const char *text = ui_app_class(app)->help;
    struct ui_area body = ui_area_sub(area, 0, 1, area.rows, area.cols - 2);
    if (text)
        row = ui_draw_wrap(body, row, UI_NORMAL, _(text)) + 1;
    struct ui_area keys = ui_area_sub(area, row, 0, area.rows - row, area.cols);
    size_t rows = keys.rows > 0 ? (size_t)keys.rows : 0;
    size_t last = count > rows ? count - rows : 0;
    if (app->overlay_list.first > last)
        app->overlay_list.first = last;
    for (size_t i = 0; i < rows && app->overlay_list.first + i < count; i++)
        help_row(keys, (int)i, &offers[app->overlay_list.first + i]);
    ui_draw_scroll(keys, app->overlay_list.first, rows, count);
}

static void help_key(struct ui_app *app, uint32_t code)
{
    size_t *first = &app->overlay_list.first;
    if (code == UI_KEY_DOWN || code == 'j' || code == UI_KEY_PGDN)
        *first += code == UI_KEY_PGDN ? 10 : 1;
    else if (code == UI_KEY_UP || code == 'k' || code == UI_KEY_PGUP)
        *first -=
            *first < (code == UI_KEY_PGUP ? 10u : 1u) ? *first : (code == UI_KEY_PGUP ? 10u : 1u);
    else
        ui_overlay_close(app);
}

static void step_item(void *data, struct ui_area row, size_t item, bool focused)
{
    static const char *const words[] = {
        [UI_PAGE_OPEN] = "",
        [UI_PAGE_DONE] = N_("✓ done"),
        [UI_PAGE_PROBLEM] = N_("! needs a look"),
        [UI_PAGE_BUSY] = N_("● running"),
        [UI_PAGE_FAILED] = N_("✗ failed"),
    };
    const struct ui_app *app = data;
    const struct hw_page *page = hw_page((enum hw_page_id)item);
    enum ui_style style = focused ? UI_FOCUS : app->reached[item] ? UI_NORMAL : UI_DIM;
    enum ui_page_state state = ui_app_state(app, (enum hw_page_id)item);
    if (focused)
        ui_put(row, 0, 1, UI_FOCUS, "▸");
    ui_put_cut(row, 0, 3, 20, style, _(page->title));
    if (app->reached[item] && *words[state])
        ui_put_cut(row, 0, 24, 18, style, _(words[state]));
    if (page->intro)
        ui_put_cut(row, 0, 43, row.cols - 44, UI_DIM, _(page->intro));
}

static void steps_draw(struct ui_app *app, struct ui_area content)
{
    ui_put(content, 0, 1, UI_TITLE, _("Steps"));
    ui_list_draw(&app->overlay_list, ui_area_sub(content, 2, 0, content.rows - 2, content.cols),
                 true, step_item, app);
}

static const struct ui_offer steps_offers[] = {{UI_ACT_UP, NULL},
                                               {UI_ACT_ENTER, N_("go there")},
                                               {UI_ACT_CANCEL, N_("close")},
                                               {UI_ACT_DOWN, ""},
                                               {UI_ACT_HOME, ""},
                                               {UI_ACT_END, ""}};
static const struct ui_offer help_offers[] = {{UI_ACT_UP, N_("scroll")},
                                              {UI_ACT_CANCEL, N_("close")}};
static const struct ui_offer ask_offers[] = {{UI_ACT_ENTER, N_("take it")},
                                             {UI_ACT_CANCEL, N_("close")}};
static const struct ui_offer plain_offers[] = {{UI_ACT_ENTER, N_("do it")},
                                               {UI_ACT_CANCEL, N_("close")}};
static const struct ui_offer quit_offers[] = {{UI_ACT_LEAVE, N_("quit")},
                                              {UI_ACT_CANCEL, N_("stay")}};
static const struct ui_offer unsaved_offers[] = {
    {UI_ACT_SAVE, NULL}, {UI_ACT_LEAVE, N_("quit")}, {UI_ACT_CANCEL, N_("stay")}};

static void steps_key(struct ui_app *app, uint32_t code)
{
    struct ui_input input = {ui_keys_find(steps_offers, HW_COUNT(steps_offers), code, false), code};
    if (input.action == UI_ACT_ENTER) {
        enum hw_page_id page = (enum hw_page_id)app->overlay_list.focus;
        ui_overlay_close(app);
        ui_app_show(app, page, NULL);
    } else if (!ui_list_act(&app->overlay_list, &input)) {
        ui_overlay_close(app);
    }
}

/* ---- All of them ----------------------------------------------------------------------- */

static const struct {
    void (*key)(struct ui_app *app, uint32_t code);
    const struct ui_offer *offers;
    size_t count;
} overlays[] = {
    [UI_OVERLAY_NONE] = {NULL, NULL, 0},
    [UI_OVERLAY_HELP] = {help_key, help_offers, HW_COUNT(help_offers)},
    [UI_OVERLAY_STEPS] = {steps_key, steps_offers, HW_COUNT(steps_offers)},
    [UI_OVERLAY_ASK] = {ask_key, ask_offers, HW_COUNT(ask_offers)},
    [UI_OVERLAY_QUIT] = {quit_key, quit_offers, HW_COUNT(quit_offers)},
    [UI_OVERLAY_SECRET] = {ui_secret_key, NULL, 0},
};

void ui_overlay_key(struct ui_app *app, uint32_t code)
{
    overlays[app->overlay].key(app, code);
}

size_t ui_overlay_offers(const struct ui_app *app, struct ui_offer offers[UI_OFFERS_MAX])
{
    if (app->overlay == UI_OVERLAY_SECRET)
        return ui_secret_offers(app, offers);
    bool unsaved = app->overlay == UI_OVERLAY_QUIT && ui_app_unsaved(app);
    const struct ui_offer *own = unsaved ? unsaved_offers : overlays[app->overlay].offers;
    if (app->overlay == UI_OVERLAY_ASK && is_plain(&app->question))
        own = plain_offers; /* as many */
    size_t count = unsaved ? HW_COUNT(unsaved_offers) : overlays[app->overlay].count;
    for (size_t i = 0; i < count; i++) {
        offers[i] = own[i];
        if (offers[i].word && *offers[i].word)
            offers[i].word = _(offers[i].word);
    }
    return count;
}

void ui_overlay_draw(struct ui_app *app, struct ui_area content)
{
    switch (app->overlay) {
    case UI_OVERLAY_NONE:
        break;
    case UI_OVERLAY_HELP:
        help_draw(app, content);
        break;
    case UI_OVERLAY_STEPS:
        steps_draw(app, content);
        break;
    case UI_OVERLAY_ASK:
        ask_draw(app, content);
        break;
    case UI_OVERLAY_QUIT:
        quit_draw(app, content);
        break;
    case UI_OVERLAY_SECRET:
        ui_secret_draw(app, content);
        break;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The making of a secret over a page. A value is never drawn, not even as stars, and never leaves
 * struct hw_secret; it is gone when the question closes. */
#include "base/text.h"
#include "ui/app_private.h"
#include "ui/draw.h"

enum { FOCUS_VALUE, FOCUS_AGAIN, FOCUS_KEY, FOCUS_COUNT };

static void drop_values(struct ui_secret *secret)
{
    for (size_t i = 0; i < HW_COUNT(secret->values); i++) {
        hw_secret_free(secret->values[i]);
        secret->values[i] = NULL;
    }
    secret->generated = false;
}

/* What was typed may still stand in the terminal's queue of keys. */
static void forget_keys(struct ui_app *app)
{
    if (app->flush)
        app->flush(app->flush_data);
}

void ui_secret_close(struct ui_app *app)
{
    drop_values(&app->secret);
    forget_keys(app);
    free(app->secret.name);
    free(app->secret.problem);
    app->secret = (struct ui_secret){0};
}

static bool begin_values(struct ui_secret *secret)
{
    drop_values(secret);
    for (size_t i = 0; i < HW_COUNT(secret->values); i++)
        secret->values[i] = hw_secret_begin();
    return secret->values[0] && secret->values[1];
}

void ui_app_make_secret(struct ui_app *app, const char *key)
{
    ui_overlay_close(app);
    struct ui_secret *secret = &app->secret;
    secret->name = hw_strdup(hw_cluster_get(app->cluster, key));
    secret->kind = hw_secret_kind_of(key);
    app->overlay = UI_OVERLAY_SECRET;
    if (!begin_values(secret))
        ui_overlay_close(app);
    app->dirty = true;
}

static const struct hw_choices *keys_of(const struct ui_app *app)
{
    return app->host->secret_keys ? app->host->secret_keys(app->host->data) : NULL;
}

static const struct hw_choice *key_of(const struct ui_app *app)
{
    const struct hw_choices *keys = keys_of(app);
    return keys && app->secret.key < keys->count ? &keys->items[app->secret.key] : NULL;
}

/* ---- Keys ------------------------------------------------------------------------------ */

static void say(struct ui_secret *secret, const struct hw_err *err)
{
    char text[sizeof err->what + sizeof err->place + sizeof err->next];
    hw_replace(&secret->problem, hw_err_text(err, text, sizeof text));
}

static void generate(struct ui_app *app)
{
    struct ui_secret *secret = &app->secret;
    struct hw_err err = {0};
    if (secret->kind != HW_SECRET_PASSWORD || !app->host->secret_generate)
        return;
    struct hw_secret *value = app->host->secret_generate(app->host->data, &err);
    if (!value) {
        say(secret, &err);
        return;
    }
    drop_values(secret);
    secret->values[0] = value;
    secret->generated = true;
    secret->focus = FOCUS_KEY;
}

static bool may_send(struct ui_secret *secret)
{
    struct hw_err err = {0};
    if (!secret->generated && !hw_secret_equal(secret->values[0], secret->values[1])) {
        hw_fail(&err, HW_ERR_INPUT, "%s", _("the two do not match; type both again"));
        begin_values(secret);
    } else if (hw_secret_check(secret->kind, secret->values[0], &err)) {
        return true;
    } else {
        begin_values(secret);
    }
    secret->focus = FOCUS_VALUE;
    say(secret, &err);
    return false;
}

static void send_it(struct ui_app *app)
{
    struct ui_secret *secret = &app->secret;
    const struct hw_choice *key = key_of(app);
    if (!app->host->secret_put || !may_send(secret))
        return;
    struct hw_secret *value = secret->values[0];
    secret->values[0] = NULL;
    drop_values(secret);
    forget_keys(app);
    secret->sending = true;
    app->host->secret_put(app->host->data, secret->name, secret->kind, value,
                          key && !key->best ? key->value : "");
}

static void enter(struct ui_app *app)
{
    struct ui_secret *secret = &app->secret;
    if (secret->focus == FOCUS_VALUE && !secret->generated)
        secret->focus = FOCUS_AGAIN;
    else
        send_it(app);
}

/* A character more, or one less with its continuation bytes. */
void ui_secret_edit(struct hw_secret *value, uint32_t code)
{
    char bytes[4];
    size_t length = value ? hw_secret_length(value) : 0;
    if (!value)
        return; /* there was no memory for it */
    if (code == UI_KEY_BACKSPACE) {
        while (length > 0 && (hw_secret_bytes(value)[--length] & 0xC0) == 0x80)
            ;
        hw_secret_cut(value, length);
    } else if (code == UI_KEY_CTRL('u')) {
        hw_secret_cut(value, 0);
    } else if (code >= ' ' && code < UI_KEY_UP) {
        hw_secret_add(value, bytes, hw_utf8_put(code, bytes));
        hw_wipe(bytes, sizeof bytes);
    }
}

static void edit(struct ui_secret *secret, uint32_t code)
{
    if (secret->generated) { /* typing takes its place */
        begin_values(secret);
        secret->focus = FOCUS_VALUE;
    }
    ui_secret_edit(secret->values[secret->focus], code);
}

static void move_key(struct ui_app *app, int step)
{
    const struct hw_choices *keys = keys_of(app);
    size_t count = keys ? keys->count : 0;
    if (count > 0)
        app->secret.key = (app->secret.key + count + (size_t)(step + (int)count)) % count;
}

static void move_focus(struct ui_secret *secret, unsigned step)
{
    secret->focus = (secret->focus + step) % FOCUS_COUNT;
    if (secret->generated)
        secret->focus = FOCUS_KEY;
}

void ui_secret_key(struct ui_app *app, uint32_t code)
{
    struct ui_secret *secret = &app->secret;
    if (code == UI_KEY_ESC) {
        ui_overlay_close(app);
        return;
    }
    if (secret->sending)
        return;
    hw_replace(&secret->problem, NULL);
    if (code == UI_KEY_ENTER)
        enter(app);
    else if (code == UI_KEY_F(8) || code == UI_KEY_CTRL('t'))
        generate(app);
    else if (code == UI_KEY_TAB || code == UI_KEY_DOWN)
        move_focus(secret, 1);
    else if (code == UI_KEY_BACKTAB || code == UI_KEY_UP)
        move_focus(secret, FOCUS_COUNT - 1);
    else if (secret->focus == FOCUS_KEY && (code == UI_KEY_LEFT || code == UI_KEY_RIGHT))
        move_key(app, code == UI_KEY_RIGHT ? 1 : -1);
    else if (secret->focus != FOCUS_KEY || secret->generated)
        edit(secret, code);
}

size_t ui_secret_offers(const struct ui_app *app, struct ui_offer offers[UI_OFFERS_MAX])
{
    const struct ui_secret *secret = &app->secret;
    bool last = secret->focus != FOCUS_VALUE || secret->generated;
    size_t count = 0;
    if (!secret->sending) {
        offers[count++] = (struct ui_offer){UI_ACT_ENTER, last ? _("make it") : _("again")};
        offers[count++] = (struct ui_offer){UI_ACT_TAB, _("field")};
        if (secret->focus == FOCUS_KEY)
            offers[count++] = (struct ui_offer){UI_ACT_LEFT, _("key")};
        if (secret->kind == HW_SECRET_PASSWORD)
            offers[count++] = (struct ui_offer){UI_ACT_GENERATE, NULL};
    }
    offers[count++] = (struct ui_offer){UI_ACT_CANCEL, _("close")};
    return count;
}

/* ---- The end and the picture ----------------------------------------------------------- */

void ui_secret_result(struct ui_app *app, const struct hw_ev_result *result)
{
    struct ui_secret *secret = &app->secret;
    if (strcmp(result->command, "secret") != 0)
        return;
    if (app->overlay != UI_OVERLAY_SECRET || !secret->sending) {
        if (result->err)
            ui_app_error(app, result->err);
        return;
    }
    if (result->ok) {
        hw_auto_text name = hw_strdup(secret->name);
        ui_overlay_close(app);
        ui_app_notice(app, HW_INFO, _("Made %s. Its value is nowhere else."), name);
        return;
    }
    secret->sending = false;
    secret->focus = FOCUS_VALUE;
    begin_values(secret);
    say(secret, result->err);
}

const char *ui_secret_words(const struct hw_secret *value)
{
    return value && hw_secret_length(value) > 0 ? _("typed, not shown") : "";
}

void ui_secret_draw_words(struct ui_area area, int row, int col, int width, const char *words)
{
    for (int i = 0; i < width; i++)
        ui_put(area, row, col + i, UI_EDIT, " ");
    ui_put_cut(area, row, col + 1, width - 2, UI_EDIT, words);
}

static const char *value_text(const struct ui_secret *secret, unsigned field)
{
    if (secret->generated)
        return field == FOCUS_VALUE ? _("generated, 24 characters") : "";
    return ui_secret_words(secret->values[field]);
}

static int label_width(void)
{
    const char *const labels[] = {_("Value"), _("Again"), _("KMS key")};
    size_t width = 0;
    for (size_t i = 0; i < HW_COUNT(labels); i++)
        width = hw_text_width(labels[i]) > width ? hw_text_width(labels[i]) : width;
    return (int)width + 4;
}

static void draw_value(const struct ui_secret *secret, struct ui_area area, int row, unsigned field)
{
    bool focused = secret->focus == field && !secret->sending;
    int col = label_width(), width = area.cols - col < 32 ? area.cols - col : 32;
    ui_put(area, row, 0, focused ? UI_FOCUS : UI_NORMAL, focused ? "▸" : " ");
    ui_put(area, row, 2, focused ? UI_FOCUS : UI_NORMAL,
           field == FOCUS_VALUE ? _("Value") : _("Again"));
    ui_secret_draw_words(area, row, col, width, value_text(secret, field));
    if (focused)
        ui_cursor(area, row, col);
}

static void draw_key(const struct ui_app *app, struct ui_area area, int row)
{
    const struct hw_choices *keys = keys_of(app);
    const struct hw_choice *key = key_of(app);
    bool focused = app->secret.focus == FOCUS_KEY && !app->secret.sending;
    int col = label_width();
    enum ui_style style = focused ? UI_FOCUS : UI_NORMAL;
    ui_put(area, row, 0, style, focused ? "▸" : " ");
    ui_put(area, row, 2, style, _("KMS key"));
    if (!key)
        return;
    int width = (int)hw_text_width(key->label), room = area.cols - col - 12;
    col = ui_put_cut(area, row, col, width < room ? width : room, style, key->label) + 2;
    if (keys->state == HW_CHOICES_LOADING)
        ui_put_cut(area, row, col, area.cols - col, UI_WAIT, _("loading…"));
    else if (keys->count > 1)
        ui_print(area, row, col, UI_DIM, _("%zu of %zu"), app->secret.key + 1, keys->count);
    else
        ui_put_cut(area, row, col, area.cols - col, UI_DIM, key->detail);
    if (focused)
        ui_cursor(area, row, label_width());
}

void ui_secret_draw(struct ui_app *app, struct ui_area content)
{
    const struct ui_secret *secret = &app->secret;
    const char *text =
        secret->kind == HW_SECRET_PASSWORD
            ? _("Typed twice, or generated. It goes to Systems Manager as a SecureString, and is "
                "kept and shown nowhere else: a generated one can only be read there.")
            : _("Typed twice. It goes to Systems Manager as a SecureString, and is kept and shown "
                "nowhere else.");
    hw_auto_text title = hw_format(_("Make %s"), secret->name);
    int rows = ui_draw_wrap_rows(text, content.cols - 2);
    struct ui_area area = ui_overlay_lower_part(content, rows + 7);
    ui_put_cut(area, 0, 0, area.cols, UI_TITLE, title);
    int row = ui_draw_wrap(area, 1, UI_DIM, text) + 1;
    draw_value(secret, area, row, FOCUS_VALUE);
    draw_value(secret, area, row + 1, FOCUS_AGAIN);
    draw_key(app, area, row + 2);
    struct ui_area below = ui_area_sub(area, row + 3, 0, area.rows - row - 3, area.cols);
    if (secret->sending)
        ui_put(below, 0, 2, UI_WAIT, _("● making it…"));
    else if (secret->problem) {
        ui_put(below, 0, 0, UI_BAD, "✗");
        ui_draw_wrap(ui_area_sub(below, 0, 2, below.rows, below.cols - 2), 0, UI_BAD,
                     secret->problem);
    }
}

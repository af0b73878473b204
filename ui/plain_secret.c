/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in --plain: whether the parameter that was named exists, and the making of one that does
 * not. A value is typed on a terminal alone, without echo, and goes from the descriptor straight
 * into struct hw_secret. */
#include <errno.h>
#include <unistd.h>

#include "base/text.h"
#include "ui/plain_private.h"

static const char *name_of(const struct ui_plain *plain)
{
    return hw_cluster_get(plain->cluster, ui_plain_key(plain));
}

static const struct hw_parameter *known_of(const struct ui_plain *plain)
{
    return plain->host->secret_known(plain->host->data, name_of(plain));
}

static enum hw_secret_kind kind_of(const struct ui_plain *plain)
{
    return hw_secret_kind_of(ui_plain_key(plain));
}

bool ui_plain_secret_begin(struct ui_plain *plain)
{
    if (!plain->host->secret_known || !plain->host->secret_want || !*name_of(plain))
        return false;
    plain->host->secret_want(plain->host->data, plain->cluster, name_of(plain));
    ui_plain_go(plain, UI_PLAIN_SECRET);
    return true;
}

static void drop_typed(struct ui_plain *plain)
{
    for (size_t i = 0; i < HW_COUNT(plain->typed); i++) {
        hw_secret_free(plain->typed[i]);
        plain->typed[i] = NULL;
    }
}

void ui_plain_secret_done(struct ui_plain *plain)
{
    drop_typed(plain);
    if (plain->silent)
        tcsetattr(plain->in, TCSAFLUSH, &plain->before);
    plain->silent = false;
}

/* ---- What is known --------------------------------------------------------------------- */

static void ask_how(const struct ui_plain *plain)
{
    ui_plain_say(plain, _("%s does not exist yet."), name_of(plain));
    ui_plain_prompt(plain, kind_of(plain) == HW_SECRET_PASSWORD
                               ? _("g generates it, t types it unseen, k chooses its key, Enter "
                                   "leaves it:")
                               : _("t types it unseen, k chooses its key, Enter leaves it:"));
}

static void say_known(const struct ui_plain *plain, const struct hw_parameter *known)
{
    bool password = kind_of(plain) == HW_SECRET_PASSWORD;
    if (known->state == HW_PARAMETER_FAILED)
        ui_plain_say_error(plain, &known->err);
    else if (known->state == HW_PARAMETER_LIST)
        ui_plain_say(plain, _("%s is a StringList, not one value."), known->name);
    else if (known->state == HW_PARAMETER_PLAIN && password)
        ui_plain_say(plain, _("%s is a String: not encrypted."), known->name);
    else
        ui_plain_say(plain, _("%s exists."), known->name);
}

bool ui_plain_secret_ask(struct ui_plain *plain)
{
    const struct hw_parameter *known = known_of(plain);
    if (!known || known->state == HW_PARAMETER_ASKED) {
        plain->loading = true;
        return true;
    }
    if (known->state == HW_PARAMETER_MISSING) {
        ask_how(plain);
        plain->shown = true;
        return true;
    }
    say_known(plain, known);
    return false;
}

/* ---- Making ---------------------------------------------------------------------------- */

static const struct hw_choices *keys_of(const struct ui_plain *plain)
{
    return plain->host->secret_keys ? plain->host->secret_keys(plain->host->data) : NULL;
}

static void list_keys(const struct ui_plain *plain)
{
    const struct hw_choices *keys = keys_of(plain);
    for (size_t i = 0; keys && i < keys->count; i++)
        ui_plain_say(plain, "  %zu  %s%s", i + 1, keys->items[i].label,
                     i == plain->kms_key ? _("  (chosen)") : "");
    ui_plain_say(plain, "%s", _("k and a number chooses one, such as k 1."));
}

static void choose_key(struct ui_plain *plain, const char *number)
{
    const struct hw_choices *keys = keys_of(plain);
    long value;
    if (keys && hw_parse_int(number, 1, (long)keys->count, &value))
        plain->kms_key = (size_t)value - 1;
    list_keys(plain);
}

static void send_it(struct ui_plain *plain, struct hw_secret *value_take)
{
    const struct hw_choices *keys = keys_of(plain);
    bool own = !keys || plain->kms_key >= keys->count || keys->items[plain->kms_key].best;
    ui_plain_go(plain, UI_PLAIN_SECRET_MAKE);
    plain->host->secret_put(plain->host->data, name_of(plain), kind_of(plain), value_take,
                            own ? "" : keys->items[plain->kms_key].value);
}

static void generate(struct ui_plain *plain)
{
    struct hw_err err = {0};
    struct hw_secret *value = plain->host->secret_generate(plain->host->data, &err);
    if (value)
        send_it(plain, value);
    else
        ui_plain_say_error(plain, &err);
}

static bool be_silent(struct ui_plain *plain)
{
    struct termios silent;
    if (!isatty(plain->in) || tcgetattr(plain->in, &plain->before) < 0)
        return false;
    silent = plain->before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    plain->silent = tcsetattr(plain->in, TCSAFLUSH, &silent) == 0;
    return plain->silent;
}

static void begin_typing(struct ui_plain *plain)
{
    if (!be_silent(plain)) {
        ui_plain_say(plain, "%s",
                     _("A value is typed on a terminal only; in a pipeline use: hpcwiz secret"));
        return;
    }
    for (size_t i = 0; i < HW_COUNT(plain->typed); i++)
        plain->typed[i] = hw_secret_begin();
    plain->typing = 0;
    hw_strv_done(&plain->queue);
    hw_buf_clear(&plain->rest);
    ui_plain_go(plain, UI_PLAIN_SECRET_TYPE);
    ui_plain_prompt(plain, _("Value (not shown):"));
    plain->shown = true;
}

void ui_plain_secret_answer(struct ui_plain *plain, const char *line)
{
    bool password = kind_of(plain) == HW_SECRET_PASSWORD;
    plain->shown = false;
    if (strcmp(line, "g") == 0 && password && plain->host->secret_generate)
        generate(plain);
    else if (strcmp(line, "t") == 0)
        begin_typing(plain);
    else if (*line == 'k')
        choose_key(plain, line + 1 + strspn(line + 1, " "));
    else if (!*line)
        ui_plain_next_question(plain);
}

static void typed_both(struct ui_plain *plain)
{
    struct hw_err err = {0};
    struct hw_secret *value = plain->typed[0];
    bool same = hw_secret_equal(value, plain->typed[1]);
    if (!same)
        hw_fail(&err, HW_ERR_INPUT, "%s", _("the two do not match; nothing was made"));
    bool ok = same && hw_secret_check(kind_of(plain), value, &err);
    if (ok)
        plain->typed[0] = NULL;
    ui_plain_secret_done(plain);
    if (ok) {
        send_it(plain, value);
        return;
    }
    ui_plain_say_error(plain, &err);
    ui_plain_go(plain, UI_PLAIN_SECRET);
}

static void typed_one(struct ui_plain *plain)
{
    ui_plain_say(plain, "%s", ""); /* the line end was not shown either */
    if (plain->typing++ == 0)
        ui_plain_prompt(plain, _("Again:"));
    else
        typed_both(plain);
}

/* A terminal gives one line at a time. */
bool ui_plain_secret_read(struct ui_plain *plain)
{
    char bytes[256];
    ssize_t n = read(plain->in, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n <= 0) {
        plain->input_ended = true;
        ui_plain_secret_done(plain);
        ui_plain_go(plain, UI_PLAIN_SECRET);
        return false;
    }
    bool end = bytes[n - 1] == '\n';
    hw_secret_add(plain->typed[plain->typing], bytes, (size_t)n - end);
    hw_wipe(bytes, sizeof bytes);
    if (end)
        typed_one(plain);
    return true;
}

void ui_plain_secret_result(struct ui_plain *plain, const struct hw_ev_result *result)
{
    if (result->err)
        ui_plain_say_error(plain, result->err);
    else
        ui_plain_say(plain, _("Made %s. Its value is nowhere else."), name_of(plain));
    if (result->ok)
        ui_plain_next_question(plain);
    else
        ui_plain_go(plain, UI_PLAIN_SECRET);
}

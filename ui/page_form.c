/* SPDX-License-Identifier: Apache-2.0 */
/* Every form page: the questions of the schema that stand on it. */
#include "base/text.h"
#include "ui/form.h"

static struct ui_form *form_of(struct ui_page *page)
{
    return (struct ui_form *)page;
}

/* ---- Answers --------------------------------------------------------------------------- */

/* The focus says already which question it is: its key in front would only take the room. */
static bool fail_row(struct ui_form *form, const struct hw_err *err)
{
    const struct ui_form_row *row = ui_form_row(form);
    hw_auto_text prefix = hw_format("%s: ", row ? row->key : "");
    bool named = hw_text_starts(err->what, prefix);
    hw_replace(&form->problem, err->what + (named ? strlen(prefix) : 0));
    return false;
}

/* Takes over the typed text. false: it is wrong, and the cursor stays. */
static bool commit(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    struct hw_err err = {0};
    hw_replace(&form->problem, NULL);
    if (!ui_form_typed(row))
        return true;
    struct hw_span typed = hw_text_trim(ui_field_text(&form->edit), form->edit.text.len);
    hw_auto_text text = hw_strndup(typed.p, typed.n);
    if (strcmp(text, form->original) == 0)
        return true;
    if (!ui_answer_set(ui_app_host(form->page.app), ui_form_cluster(form), row->key, text, &err))
        return fail_row(form, &err);
    ui_form_changed(form);
    return true;
}

static bool accept(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    struct hw_err err = {0};
    if (!commit(form))
        return false;
    row = ui_form_row(form);
    if (!row)
        return true;
    if (!ui_answer_accept(ui_app_host(form->page.app), ui_form_cluster(form), row->key, row->field,
                          &err)) {
        form->waiting = err.code == HW_ERR_BUSY;
        if (form->waiting)
            ui_app_notice(form->page.app, HW_INFO, _("Still loading; it goes on by itself."));
        else
            fail_row(form, &err);
        return false;
    }
    if (form->revision != hw_cluster_revision(ui_form_cluster(form)))
        ui_form_changed(form);
    return true;
}

/* All proposals of the page are taken; the first question without an answer gets the focus. */
static enum ui_result finish(struct ui_form *form)
{
    for (size_t i = form->focus; i < form->count; i++) {
        ui_form_focus(form, i);
        if (!accept(form))
            return UI_STAY;
    }
    for (size_t i = 0; i < form->count; i++) {
        const struct ui_form_row *row = &form->rows[i];
        if (row->field->required && !*hw_cluster_get(ui_form_cluster(form), row->key)) {
            ui_form_focus(form, i);
            if (!accept(form))
                return UI_STAY;
        }
    }
    form->visited = true;
    return UI_NEXT;
}

/* The answer as it stands, be it only proposed. */
static void list_chosen(const struct ui_form *form, const struct ui_form_row *row,
                        struct hw_strv *ret)
{
    hw_auto(ui_answer) answer = {0};
    ui_answer_get(ui_app_host(form->page.app), ui_form_cluster(form), row->key, row->field,
                  &answer);
    if (!row->field->list) {
        if (answer.state != UI_ANSWER_PROPOSED && *answer.value)
            hw_strv_add(ret, answer.value);
        return;
    }
    char *rest = answer.value, *item;
    while (*answer.value && (item = strsep(&rest, ",")))
        hw_strv_add(ret, item + strspn(item, " "));
}

static enum ui_result open_list(struct ui_form *form, bool filter)
{
    const struct ui_form_row *row = ui_form_row(form);
    if (!row)
        return UI_STAY;
    const struct hw_choices *choices =
        ui_answer_choices(ui_app_host(form->page.app), row->field, &form->options);
    if (!choices)
        return UI_PASS;
    hw_auto(hw_strv) chosen = {0};
    list_chosen(form, row, &chosen);
    ui_choice_init(&form->choice, choices, &chosen, row->field->list, !row->field->options);
    form->choice.slashed = row->field->type == HW_TYPE_NAME_OF_SECRET;
    if (filter)
        ui_choice_search(&form->choice);
    form->open = true;
    form->waiting = false;
    return UI_STAY;
}

static enum ui_result enter(struct ui_form *form)
{
    if (!accept(form)) {
        const struct ui_form_row *row = ui_form_row(form);
        if (row && ui_answer_is_list(row->field) && !form->waiting)
            return open_list(form, false);
        return UI_STAY;
    }
    if (ui_app_goto_origin(form->page.app) == UI_GOTO)
        return UI_GOTO;
    if (form->focus + 1 >= form->count)
        return finish(form);
    ui_form_focus(form, form->focus + 1);
    return UI_STAY;
}

static void close_list(struct ui_form *form)
{
    ui_choice_done(&form->choice);
    form->open = false;
}

static enum ui_result take_choice(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    struct hw_err err = {0};
    for (size_t i = 0; i < form->choice.chosen.count; i++)
        hw_buf_print(&text, "%s%s", i ? "," : "", form->choice.chosen.items[i]);
    close_list(form);
    if (!ui_answer_set(ui_app_host(form->page.app), ui_form_cluster(form), row->key,
                       hw_buf_cstr(&text), &err)) {
        fail_row(form, &err);
        return UI_STAY;
    }
    ui_form_changed(form);
    if (form->focus + 1 < form->count)
        ui_form_focus(form, form->focus + 1);
    return UI_STAY;
}

static enum ui_result refresh(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    const struct ui_host *host = ui_app_host(form->page.app);
    if (row && row->field->source != HW_SOURCE_NONE && host->again)
        host->again(host->data, ui_form_cluster(form), row->field->source);
    return UI_STAY;
}

/* What the frame does over an open list as anywhere. */
static bool is_frames(enum ui_action action)
{
    return action == UI_ACT_HELP || action == UI_ACT_QUIT || action == UI_ACT_STEPS ||
           action == UI_ACT_NONE;
}

static enum ui_result act_list(struct ui_form *form, const struct ui_input *input)
{
    if (input->action == UI_ACT_REFRESH)
        return refresh(form);
    switch (ui_choice_act(&form->choice, input)) {
    case UI_CHOICE_PASS:
        return is_frames(input->action) ? UI_PASS : UI_STAY;
    case UI_CHOICE_STAY:
        return UI_STAY;
    case UI_CHOICE_TAKEN:
        return take_choice(form);
    case UI_CHOICE_CLOSED:
        close_list(form);
        return UI_STAY;
    }
    return UI_STAY;
}

/* ---- Groups ---------------------------------------------------------------------------- */

/* The image is asked for on a page that was passed already, and a type that is missing would be
 * complained about at once: a new group starts with the first one's. */
static void copy_first(struct ui_form *form, size_t group)
{
    static const char *const KEYS[] = {"nodes.compute.*.image", "nodes.compute.*.type"};
    for (size_t i = 0; i < HW_COUNT(KEYS); i++) {
        hw_auto_text key = hw_key_of_group(KEYS[i], group);
        hw_auto_text first = hw_key_of_group(KEYS[i], 0);
        hw_auto_text value = hw_strdup(hw_cluster_get(ui_form_cluster(form), first));
        hw_cluster_set(ui_form_cluster(form), key, value, NULL);
    }
}

static enum ui_result add_group(struct ui_form *form)
{
    struct hw_err err = {0};
    if (!commit(form))
        return UI_STAY;
    if (!hw_cluster_group_add(ui_form_cluster(form), &err)) {
        ui_app_error(form->page.app, &err);
        return UI_STAY;
    }
    size_t group = hw_cluster_groups(ui_form_cluster(form)) - 1;
    hw_auto_text key = hw_key_of_group("nodes.compute.*.name", group);
    copy_first(form, group);
    ui_form_changed(form);
    ui_form_focus_key(form, key);
    return UI_STAY;
}

static enum ui_result remove_group(struct ui_form *form)
{
    struct hw_err err = {0};
    const struct ui_form_row *row = ui_form_row(form);
    size_t group;
    if (!row || !hw_key_group(row->key, &group)) {
        ui_app_notice(form->page.app, HW_INFO,
                      _("Put the focus on a question of the compute group to remove."));
        return UI_STAY;
    }
    if (!hw_cluster_group_remove(ui_form_cluster(form), group, &err))
        ui_app_error(form->page.app, &err);
    ui_form_changed(form);
    return UI_STAY;
}

/* ---- The page -------------------------------------------------------------------------- */

static enum ui_result move_focus(struct ui_form *form, int step)
{
    if (!commit(form))
        return UI_STAY;
    if (step < 0 && form->focus > 0)
        ui_form_focus(form, form->focus - 1);
    else if (step > 0 && form->focus + 1 < form->count)
        ui_form_focus(form, form->focus + 1);
    return UI_STAY;
}

static enum ui_result cancel(struct ui_form *form)
{
    if (ui_form_typed(ui_form_row(form)) &&
        strcmp(ui_field_text(&form->edit), form->original) != 0) {
        ui_form_load_edit(form);
        return UI_STAY;
    }
    return UI_PASS;
}

static enum ui_result clear_answer(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    if (!row)
        return UI_STAY;
    ui_answer_set(ui_app_host(form->page.app), ui_form_cluster(form), row->key, "", NULL);
    ui_form_changed(form);
    return UI_STAY;
}

static enum ui_result type(struct ui_form *form, const struct ui_input *input)
{
    hw_replace(&form->problem, NULL);
    if (!ui_field_act(&form->edit, input))
        return UI_PASS;
    ui_form_want_secrets(form);
    return UI_STAY;
}

/* A parameter that is there may be somebody else's: it is never written over. */
static enum ui_result make_secret(struct ui_form *form)
{
    const struct ui_host *host = ui_app_host(form->page.app);
    if (!ui_form_row(form) || !commit(form))
        return UI_STAY;
    const char *name = ui_form_secret_name(form, form->focus);
    const struct hw_parameter *known =
        host->secret_known ? host->secret_known(host->data, name) : NULL;
    if (!known || known->state == HW_PARAMETER_ASKED)
        ui_app_notice(form->page.app, HW_INFO, _("AWS is being asked whether it exists…"));
    else if (known->state == HW_PARAMETER_MISSING)
        ui_app_make_secret(form->page.app, ui_form_row(form)->key);
    else if (known->state == HW_PARAMETER_FAILED)
        ui_app_notice(form->page.app, HW_WARNING,
                      _("Whether it exists is not known; F5 asks again."));
    else
        ui_app_notice(form->page.app, HW_INFO,
                      _("It exists, and hpcwiz writes over none. Change it in AWS."));
    return UI_STAY;
}

static enum ui_result toggle_advanced(struct ui_form *form)
{
    if (!commit(form))
        return UI_STAY;
    form->advanced = !form->advanced;
    ui_form_rebuild(form);
    return UI_STAY;
}

/* Nobody is kept on a page by a wrong answer. */
static enum ui_result leave(struct ui_form *form)
{
    if (!commit(form)) {
        ui_app_notice(form->page.app, HW_WARNING, "%s",
                      _("What was typed was no valid answer and is not kept."));
        ui_form_load_edit(form);
    }
    return UI_PASS;
}

static enum ui_result act_row(struct ui_form *form, const struct ui_input *input)
{
    switch (input->action) {
    case UI_ACT_TEXT:
        return type(form, input);
    case UI_ACT_UP:
    case UI_ACT_BACKTAB:
        return move_focus(form, -1);
    case UI_ACT_DOWN:
    case UI_ACT_TAB:
        return move_focus(form, 1);
    case UI_ACT_HOME:
        return commit(form) ? (ui_form_focus(form, 0), UI_STAY) : UI_STAY;
    case UI_ACT_END:
        return commit(form) ? (ui_form_focus(form, form->count), UI_STAY) : UI_STAY;
    case UI_ACT_ENTER:
        return enter(form);
    case UI_ACT_LIST:
    case UI_ACT_SELECT:
    case UI_ACT_RIGHT:
    case UI_ACT_SEARCH:
        return commit(form) ? open_list(form, input->action == UI_ACT_SEARCH) : UI_STAY;
    case UI_ACT_REFRESH:
        return refresh(form);
    case UI_ACT_ADVANCED:
        return toggle_advanced(form);
    case UI_ACT_GROUP_ADD:
        return add_group(form);
    case UI_ACT_GROUP_REMOVE:
        return remove_group(form);
    case UI_ACT_MAKE:
        return make_secret(form);
    case UI_ACT_CLEAR:
        return clear_answer(form);
    case UI_ACT_CANCEL:
        return cancel(form);
    case UI_ACT_NEXT:
        return commit(form) ? finish(form) : UI_STAY;
    case UI_ACT_BACK:
    case UI_ACT_STEPS:
        return leave(form);
    case UI_ACT_QUIT:
        commit(form);
        return UI_PASS;
    case UI_ACT_FILE_SAVE:
        return commit(form) ? UI_PASS : UI_STAY;
    default:
        return UI_PASS;
    }
}

static enum ui_result form_act(struct ui_page *page, const struct ui_input *input)
{
    struct ui_form *form = form_of(page);
    if (form->open)
        return act_list(form, input);
    form->waiting = false;
    return act_row(form, input);
}

static struct ui_page *form_init(struct ui_app *app, enum hw_page_id id)
{
    struct ui_form *form = HW_NEW(struct ui_form);
    form->page = (struct ui_page){.app = app, .id = id};
    form->hint = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    ui_field_init(&form->edit, "");
    hw_replace(&form->original, "");
    return &form->page;
}

static void form_done(struct ui_page *page)
{
    struct ui_form *form = form_of(page);
    if (form->open)
        ui_choice_done(&form->choice);
    ui_form_clear(form);
    free(form->rows);
    hw_choices_done(&form->options);
    ui_field_done(&form->edit);
    hw_buf_done(&form->hint);
    free(form->original);
    free(form->problem);
    free(form);
}

static void form_enter(struct ui_page *page, const char *key)
{
    struct ui_form *form = form_of(page);
    if (form->open)
        close_list(form);
    form->focus = 0;
    form->first = 0;
    ui_answer_want(ui_app_host(page->app), ui_form_cluster(form), page->id);
    ui_form_rebuild(form);
    const struct hw_field *field = key ? hw_schema_find(key) : NULL;
    if (field && field->advanced && !form->advanced) {
        form->advanced = true;
        ui_form_rebuild(form);
    }
    ui_form_focus(form, 0);
    ui_form_focus_key(form, key);
}

/* The host may have filled in answers, and a proposal may have come that Enter waits for. */
static void form_choices(struct ui_page *page)
{
    struct ui_form *form = form_of(page);
    bool typing =
        ui_form_typed(ui_form_row(form)) && strcmp(ui_field_text(&form->edit), form->original) != 0;
    if (form->revision != hw_cluster_revision(ui_form_cluster(form)) && !typing && !form->open) {
        bool waiting = form->waiting;
        ui_form_changed(form);
        form->waiting = waiting;
    }
    if (form->waiting && enter(form) == UI_NEXT)
        ui_app_goto(page->app, page->id + 1, NULL);
}

static bool form_typing(const struct ui_page *page)
{
    const struct ui_form *form = (const struct ui_form *)page;
    return form->open ? ui_choice_typing(&form->choice) : ui_form_typed(ui_form_row(form));
}

struct standing {
    enum hw_page_id page;
    const struct hw_cluster *cluster;
    const struct ui_host *host;
    bool missing, violated;
};

static void note_rule(void *data, const char *rule_id, const char *key, const char *message,
                      const char *remedy)
{
    struct standing *standing = data;
    const struct hw_field *field = hw_schema_find(key);
    (void)rule_id;
    (void)message;
    (void)remedy;
    if (field && field->page == standing->page)
        standing->violated = true;
}

static void note_missing(void *data, const char *key, const struct hw_field *field)
{
    struct standing *standing = data;
    if (field->page == standing->page && field->required &&
        !*hw_cluster_get(standing->cluster, key))
        standing->missing = true;
    const struct hw_parameter *known =
        field->page == standing->page && field->type == HW_TYPE_NAME_OF_SECRET &&
                standing->host->secret_known
            ? standing->host->secret_known(standing->host->data,
                                           hw_cluster_get(standing->cluster, key))
            : NULL;
    standing->violated = standing->violated || (known && known->state == HW_PARAMETER_MISSING);
}

static enum ui_page_state form_state(const struct ui_page *page)
{
    const struct ui_form *form = (const struct ui_form *)page;
    struct standing standing = {
        .page = page->id, .cluster = ui_app_cluster(page->app), .host = ui_app_host(page->app)};
    hw_cluster_each(standing.cluster, note_missing, &standing);
    if (standing.missing)
        return form->visited ? UI_PAGE_PROBLEM : UI_PAGE_OPEN;
    hw_cluster_rules(standing.cluster, note_rule, &standing);
    return standing.violated ? UI_PAGE_PROBLEM : UI_PAGE_DONE;
}

const struct ui_page_class ui_page_form = {
    .init = form_init,
    .done = form_done,
    .enter = form_enter,
    .draw = ui_form_draw,
    .act = form_act,
    .choices = form_choices,
    .typing = form_typing,
    .offers = ui_form_offers,
    .state = form_state,
    .hint = ui_form_hint,
    .help = N_("One question a line. What stands there already is a default or a proposal from "
               "your account: Enter takes it and goes on. Nothing is changed in the account "
               "before you deploy; only a secret that you make is made at once."),
};

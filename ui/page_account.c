/* SPDX-License-Identifier: Apache-2.0 */
/* The account page: its questions as on every form page, and below them who we are there, from
 * where the keys came and how long they live. Another profile is chosen from a list. */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "ui/draw.h"
#include "ui/form.h"

enum { BLOCK_ROWS = 6, FORM_ROWS_MIN = 5, LABEL_COL = 2, VALUE_COL = 17 };

struct account {
    struct ui_page page;
    struct ui_page *form; /* the questions */
    bool picking;         /* the list of profiles is open */
    struct ui_choice choice;
    bool known; /* who we are */
    char *number, *arn, *source, *profile;
    int64_t expires_ms;
    char *problem; /* why it is not known; NULL: AWS is still being asked */
};

static struct account *account_of(struct ui_page *page)
{
    return (struct account *)page;
}

static struct ui_page *account_init(struct ui_app *app, enum hw_page_id id)
{
    struct account *account = HW_NEW(struct account);
    account->page = (struct ui_page){.app = app, .id = id};
    account->form = ui_page_form.init(app, id);
    account->form->class = &ui_page_form;
    return &account->page;
}

static void close_list(struct account *account)
{
    if (account->picking)
        ui_choice_done(&account->choice);
    account->picking = false;
}

static void account_done(struct ui_page *page)
{
    struct account *account = account_of(page);
    close_list(account);
    ui_page_form.done(account->form);
    free(account->number);
    free(account->arn);
    free(account->source);
    free(account->profile);
    free(account->problem);
    free(account);
}

static void account_enter(struct ui_page *page, const char *key)
{
    close_list(account_of(page));
    ui_page_form.enter(account_of(page)->form, key);
}

/* ---- Who we are ------------------------------------------------------------------------ */

static void account_event(struct ui_page *page, const struct hw_event *event)
{
    struct account *account = account_of(page);
    if (event->type == HW_EV_NOTICE && event->u.notice.severity == HW_ERROR && !account->known)
        hw_replace(&account->problem, event->u.notice.text);
    if (event->type != HW_EV_IDENTITY)
        return;
    const struct hw_ev_identity *identity = &event->u.identity;
    hw_replace(&account->number, identity->account);
    hw_replace(&account->arn, identity->arn);
    hw_replace(&account->source, identity->source);
    hw_replace(&account->profile, identity->profile);
    hw_replace(&account->problem, NULL);
    account->expires_ms = identity->expires_ms;
    account->known = true;
}

static void draw_line(struct ui_area area, int row, const char *label, const char *value)
{
    ui_put_cut(area, row, LABEL_COL, VALUE_COL - LABEL_COL - 1, UI_DIM, label);
    ui_put_cut(area, row, VALUE_COL, area.cols - VALUE_COL - 1, UI_NORMAL, value ? value : "");
}

static char *life_text(const struct account *account)
{
    char until[HW_TIME_SIZE];
    int64_t minutes = (account->expires_ms - ui_app_now_ms(account->page.app)) / 60000;
    if (!account->expires_ms)
        return hw_strdup(_("no end is known"));
    if (minutes < 0)
        return hw_strdup(_("they have ended"));
    hw_time_of_day(account->expires_ms, until);
    return hw_format(_("until %.5s, for %lld h %02lld min; renewed before"), until,
                     (long long)(minutes / 60), (long long)(minutes % 60));
}

/* Without what the line above says already: "arn:aws:sts::123456789012:user/anna". */
static const char *name_in(const char *arn)
{
    const char *p = arn ? arn : "";
    for (int colons = 0; *p && colons < 5; p++)
        colons += *p == ':';
    return *p ? p : arn;
}

static void draw_known(const struct account *account, struct ui_area area)
{
    hw_auto_text life = life_text(account);
    draw_line(area, 1, _("Account"), account->number);
    draw_line(area, 2, _("You are"), name_in(account->arn));
    draw_line(area, 3, _("Keys from"), account->source);
    draw_line(area, 4, _("They live"), life);
    draw_line(area, 5, _("Profile"), account->profile);
}

static void draw_block(const struct account *account, struct ui_area area)
{
    ui_draw_rule(area, 0);
    if (account->known) {
        draw_known(account, area);
    } else if (account->problem) {
        ui_put(area, 1, LABEL_COL, UI_BAD, "✗");
        ui_draw_wrap(ui_area_sub(area, 1, LABEL_COL + 2, area.rows - 1, area.cols - LABEL_COL - 3),
                     0, UI_BAD, account->problem);
    } else {
        ui_put(area, 1, LABEL_COL, UI_WAIT, _("Asking AWS who you are…"));
    }
}

/* ---- Another profile ------------------------------------------------------------------- */

static const struct hw_choices *profiles(const struct account *account)
{
    const struct ui_host *host = ui_app_host(account->page.app);
    return host->profiles ? host->profiles(host->data) : NULL;
}

static enum ui_result open_list(struct account *account)
{
    const struct hw_choices *choices = profiles(account);
    hw_auto(hw_strv) chosen = {0};
    if (!choices)
        return UI_STAY;
    if (choices->state == HW_CHOICES_FAILED) {
        ui_app_error(account->page.app, &choices->err);
        return UI_STAY;
    }
    if (!choices->count) {
        ui_app_notice(account->page.app, HW_INFO,
                      _("There are no profiles in ~/.aws/config and ~/.aws/credentials."));
        return UI_STAY;
    }
    if (account->profile)
        hw_strv_add(&chosen, account->profile);
    ui_choice_init(&account->choice, choices, &chosen, false, false);
    account->picking = true;
    return UI_STAY;
}

static enum ui_result take_profile(struct account *account)
{
    const struct ui_host *host = ui_app_host(account->page.app);
    const struct hw_strv *chosen = &account->choice.chosen;
    hw_auto_text name = chosen->count ? hw_strdup(chosen->items[0]) : NULL;
    struct hw_err err = {0};
    close_list(account);
    if (!name)
        return UI_STAY;
    if (!host->use_profile(host->data, name, &err)) { /* the one before is still used */
        ui_app_error(account->page.app, &err);
        return UI_STAY;
    }
    account->known = false;
    ui_app_forget_identity(account->page.app);
    hw_replace(&account->problem, NULL);
    hw_replace(&account->profile, name);
    ui_page_form.enter(account->form, NULL); /* its questions are asked again, of that account */
    return UI_STAY;
}

static enum ui_result act_list(struct account *account, const struct ui_input *input)
{
    switch (ui_choice_act(&account->choice, input)) {
    case UI_CHOICE_TAKEN:
        return take_profile(account);
    case UI_CHOICE_CLOSED:
        close_list(account);
        return UI_STAY;
    case UI_CHOICE_PASS:
        return input->action == UI_ACT_HELP || input->action == UI_ACT_QUIT ? UI_PASS : UI_STAY;
    case UI_CHOICE_STAY:
        break;
    }
    return UI_STAY;
}

static enum ui_result account_act(struct ui_page *page, const struct ui_input *input)
{
    struct account *account = account_of(page);
    if (account->picking)
        return act_list(account, input);
    if (input->action == UI_ACT_PROFILE)
        return open_list(account);
    return ui_page_form.act(account->form, input);
}

/* ---- The page -------------------------------------------------------------------------- */

static void draw_list(struct account *account, struct ui_area area)
{
    hw_auto_text title = hw_format("%s › %s", _(hw_page(account->page.id)->title), _("Profile"));
    ui_put_cut(area, 0, 0, area.cols, UI_TITLE, title);
    ui_choice_draw(&account->choice, ui_area_sub(area, 2, 0, area.rows - 2, area.cols));
}

static void account_draw(struct ui_page *page, struct ui_area area)
{
    struct account *account = account_of(page);
    bool open = ((const struct ui_form *)account->form)->open;
    int rows = area.rows - BLOCK_ROWS;
    if (account->picking) {
        draw_list(account, area);
        return;
    }
    if (open || rows < FORM_ROWS_MIN) {
        ui_page_form.draw(account->form, area);
        return;
    }
    ui_page_form.draw(account->form, ui_area_sub(area, 0, 0, rows, area.cols));
    draw_block(account, ui_area_sub(area, rows, 0, BLOCK_ROWS, area.cols));
}

static void account_choices(struct ui_page *page)
{
    ui_page_form.choices(account_of(page)->form);
}

static bool account_typing(const struct ui_page *page)
{
    const struct account *account = (const struct account *)page;
    if (account->picking)
        return ui_choice_typing(&account->choice);
    return ui_page_form.typing(account->form);
}

static void list_offers(struct ui_offers *out)
{
    ui_offers_add(out, UI_ACT_UP, NULL);
    ui_offers_add(out, UI_ACT_ENTER, _("take"));
    ui_offers_add(out, UI_ACT_SEARCH, NULL);
    ui_offers_add(out, UI_ACT_CANCEL, _("close"));
    UI_OFFERS_QUIET(out, UI_ACT_DOWN, UI_ACT_HOME, UI_ACT_END, UI_ACT_NEXT, UI_ACT_BACK);
}

/* Those of the questions, and one more; so that it fits into 80 columns the plain ones are not
 * named. */
static void form_offers(const struct account *account, struct ui_offers *out)
{
    const struct ui_offer *own;
    size_t count = ui_page_form.offers(account->form, &own);
    bool open = ((const struct ui_form *)account->form)->open;
    bool offered = !open && ui_app_host(account->page.app)->profiles;
    for (size_t i = 0; i < count; i++) {
        bool quiet = offered && (own[i].action == UI_ACT_UP || own[i].action == UI_ACT_SEARCH);
        ui_offers_add(out, own[i].action, quiet ? "" : own[i].word);
        if (offered && own[i].action == UI_ACT_ENTER)
            ui_offers_add(out, UI_ACT_PROFILE, NULL);
    }
}

static size_t account_offers(struct ui_page *page, const struct ui_offer **ret)
{
    static struct ui_offers offers;
    struct account *account = account_of(page);
    offers.count = 0;
    if (account->picking)
        list_offers(&offers);
    else
        form_offers(account, &offers);
    *ret = offers.items;
    return offers.count;
}

static enum ui_page_state account_state(const struct ui_page *page)
{
    return ui_page_form.state(((const struct account *)page)->form);
}

static const char *account_hint(struct ui_page *page)
{
    return account_of(page)->picking
               ? _("A profile of ~/.aws/config or ~/.aws/credentials: whose keys and which "
                   "account are used from now on.")
               : ui_page_form.hint(account_of(page)->form);
}

const struct ui_page_class ui_page_account = {
    .init = account_init,
    .done = account_done,
    .enter = account_enter,
    .draw = account_draw,
    .act = account_act,
    .event = account_event,
    .choices = account_choices,
    .typing = account_typing,
    .offers = account_offers,
    .state = account_state,
    .hint = account_hint,
    .help = N_("The name and the Region of the cluster, and below them who you are in the account, "
               "where the keys came from and how long they live. They are renewed before they "
               "end. Another profile of the AWS configuration is chosen from a list."),
    .ages = true,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The checks: what must be put right first, what should be known, and the rest folded. */
#include "base/text.h"
#include "ui/app.h"
#include "ui/checks_view.h"
#include "ui/draw.h"
#include "ui/widget_tree.h"

enum { TAG_SKIPPED = UI_MAX_CHECKS, TAG_PASSED };

struct checks_page {
    struct ui_page page;
    struct ui_checks checks;
    struct ui_tree tree;
    unsigned long shown_revision; /* of the results in the tree */
    struct ui_offers offers;
    struct hw_buf words, hint; /* of the Enter offer; of the focused check */
    bool told_to_wait;         /* and no key and no other notice came since */
};

static struct checks_page *self(struct ui_page *page)
{
    return (struct checks_page *)page;
}

static struct ui_page *init(struct ui_app *app, enum hw_page_id id)
{
    struct checks_page *p = HW_NEW(struct checks_page);
    (void)app;
    (void)id;
    p->words.max = p->hint.max = HW_MAX_TEXT;
    p->shown_revision = (unsigned long)-1;
    return &p->page;
}

static void done(struct ui_page *page)
{
    struct checks_page *p = self(page);
    ui_checks_done(&p->checks);
    ui_tree_done(&p->tree);
    hw_buf_done(&p->words);
    hw_buf_done(&p->hint);
    free(p);
}

static void run(struct checks_page *p)
{
    const struct ui_host *host = ui_app_host(p->page.app);
    const struct hw_cluster *cluster = ui_app_cluster(p->page.app);
    if (ui_checks_go_on(&p->checks, cluster) || !host->check)
        return;
    ui_checks_begin(&p->checks, cluster);
    host->check(host->data, cluster);
    ui_app_dirty(p->page.app);
}

static void enter(struct ui_page *page, const char *key)
{
    (void)key;
    run(self(page));
}

static void event(struct ui_page *page, const struct hw_event *e)
{
    struct checks_page *p = self(page);
    if (ui_checks_apply(&p->checks, ui_app_cluster(page->app), e))
        ui_app_dirty(page->app);
    if (p->told_to_wait && !p->checks.running)
        ui_app_notice_clear(page->app);
    if (e->type == HW_EV_NOTICE || !p->checks.running)
        p->told_to_wait = false;
}

static void add_kind(struct checks_page *p, enum ui_check_kind kind, size_t tag)
{
    if (p->checks.of_kind[kind] == 0)
        return;
    ui_tree_add(&p->tree, tag, 0, false);
    for (size_t i = 0; i < p->checks.count; i++) {
        if (p->checks.items[i].kind == kind)
            ui_tree_add(&p->tree, p->checks.items[i].number, 1, false);
    }
}

static void refresh(struct checks_page *p)
{
    if (p->shown_revision == p->checks.revision)
        return;
    p->shown_revision = p->checks.revision;
    bool on_top = p->tree.list.focus == 0;
    ui_tree_begin(&p->tree);
    for (size_t i = 0; i < ui_checks_findings(&p->checks); i++)
        ui_tree_add(&p->tree, p->checks.items[i].number, 0, false);
    add_kind(p, UI_CHECK_SKIPPED, TAG_SKIPPED);
    add_kind(p, UI_CHECK_PASSED, TAG_PASSED);
    ui_tree_end(&p->tree);
    if (on_top) /* nobody chose yet: the focus stays on the worst */
        ui_list_focus(&p->tree.list, 0);
}

static const struct ui_check *check_of(const struct checks_page *p, size_t number)
{
    for (size_t i = 0; i < p->checks.count; i++) {
        if (p->checks.items[i].number == number)
            return &p->checks.items[i];
    }
    return NULL;
}

static const struct ui_check *focused(struct checks_page *p)
{
    size_t tag;
    refresh(p);
    return ui_tree_focus(&p->tree, &tag) && tag < UI_MAX_CHECKS ? check_of(p, tag) : NULL;
}

static const char *look(enum ui_check_kind kind, const char **ret_word, enum ui_style *ret_style)
{
    static const struct {
        const char *sign, *word;
        enum ui_style style;
    } looks[UI_CHECK_KINDS] = {
        [UI_CHECK_ERROR] = {"✗", N_("error"), UI_BAD},
        [UI_CHECK_WARNING] = {"!", N_("warning"), UI_WAIT},
        [UI_CHECK_NOTE] = {"i", N_("note"), UI_ACCENT},
        [UI_CHECK_SKIPPED] = {"-", N_("skipped"), UI_DIM},
        [UI_CHECK_PASSED] = {"✓", N_("passed"), UI_GOOD},
    };
    *ret_word = _(looks[kind].word);
    *ret_style = looks[kind].style;
    return looks[kind].sign;
}

/* Where messages begin: behind the longest of the words, in any language. */
static int text_col(void)
{
    size_t width = 0;
    for (enum ui_check_kind kind = UI_CHECK_ERROR; kind < UI_CHECK_SKIPPED; kind++) {
        const char *word;
        enum ui_style style;
        look(kind, &word, &style);
        width = hw_text_width(word) > width ? hw_text_width(word) : width;
    }
    return (int)width + 4;
}

static void draw_fold(const struct checks_page *p, struct ui_area rest, size_t tag, bool is_focused)
{
    const char *word;
    enum ui_style style;
    enum ui_check_kind kind = tag == TAG_PASSED ? UI_CHECK_PASSED : UI_CHECK_SKIPPED;
    const char *sign = look(kind, &word, &style);
    ui_put(rest, 0, 0, style, sign);
    ui_print(rest, 0, 2, is_focused ? UI_FOCUS : UI_NORMAL, "%zu %s", p->checks.of_kind[kind],
             word);
}

static void draw_check(void *data, struct ui_area rest, size_t tag, bool is_focused)
{
    const struct checks_page *p = data;
    const struct ui_check *check = tag < UI_MAX_CHECKS ? check_of(p, tag) : NULL;
    const char *word;
    enum ui_style style;
    if (!check) {
        draw_fold(p, rest, tag, is_focused);
        return;
    }
    const char *sign = look(check->kind, &word, &style);
    bool folded = check->kind >= UI_CHECK_SKIPPED;
    ui_put(rest, 0, 0, style, sign);
    int col = folded ? 2 : text_col();
    if (!folded)
        ui_put(rest, 0, 2, style, word);
    enum ui_style text = is_focused ? UI_FOCUS : folded ? UI_DIM : UI_NORMAL;
    ui_put_cut(rest, 0, col, rest.cols - col, text, check->message);
}

static void draw_summary(const struct checks_page *p, struct ui_area area)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    const struct ui_checks *checks = &p->checks;
    bool errors = checks->of_kind[UI_CHECK_ERROR] > 0;
    int col = ui_put(area, 0, 0, UI_TITLE, _("Checks")) + 2, under = col;
    if (checks->running && checks->stale) {
        ui_put(area, 0, col, UI_WAIT, _("● checking…"));
        return;
    }
    ui_checks_summary(checks, &text);
    if (checks->running)
        col = ui_put(area, 0, col, UI_WAIT, "● ");
    if (checks->known || checks->running)
        ui_put_cut(area, 0, col, area.cols - col, errors ? UI_BAD : UI_NORMAL, hw_buf_cstr(&text));
    if (checks->failure)
        ui_put_cut(area, 1, under, area.cols - under, UI_BAD, checks->failure);
    else if (errors)
        ui_put_cut(area, 1, under, area.cols - under, UI_DIM,
                   _("You may read on; Deploy is refused while errors remain."));
    else if (checks->known && !checks->running)
        ui_put_cut(area, 1, under, area.cols - under, UI_DIM,
                   ui_checks_findings(checks) ? _("Nothing here keeps you from deploying.")
                                              : _("All is well. Enter goes on to the review."));
}

/* The whole message below the list, where the row had to cut it. Returns the rows it takes. */
static int draw_details(struct checks_page *p, struct ui_area area)
{
    const struct ui_check *check = focused(p);
    if (!check || (int)hw_text_width(check->message) + text_col() + 5 <= area.cols)
        return 0;
    int rows = ui_draw_wrap_rows(check->message, area.cols - 2);
    if (rows > area.rows / 3)
        rows = area.rows / 3;
    struct ui_area part = ui_area_sub(area, area.rows - rows, 1, rows, area.cols - 2);
    ui_draw_wrap(part, 0, UI_NORMAL, check->message);
    return rows + 1;
}

static void draw(struct ui_page *page, struct ui_area area)
{
    struct checks_page *p = self(page);
    refresh(p);
    draw_summary(p, area);
    int details = draw_details(p, area);
    struct ui_area list = ui_area_sub(area, 3, 0, area.rows - 3 - details, area.cols);
    ui_tree_draw(&p->tree, list, true, draw_check, p);
}

/* The field's label, or NULL if the check speaks of no field that a page asks for. */
static const struct hw_field *field_of(const struct ui_check *check)
{
    return check && check->field[0] != '\0' ? hw_schema_find(check->field) : NULL;
}

/* Enter alone must lead on where nothing is wrong enough to stop; → goes to the question. */
static bool leads_on(const struct checks_page *p)
{
    return p->checks.of_kind[UI_CHECK_ERROR] == 0 && !p->checks.running;
}

/* Nothing is wrong so far and more is to come: Enter waits for it, → goes to the question. */
static bool waits(const struct checks_page *p)
{
    return p->checks.of_kind[UI_CHECK_ERROR] == 0 && p->checks.running;
}

static enum ui_result open_focused(struct checks_page *p, const struct ui_input *input)
{
    const struct ui_check *check = focused(p);
    size_t tag;
    if (check && ui_app_goto_place(p->page.app, check->field))
        return UI_GOTO;
    if (!check && ui_tree_focus(&p->tree, &tag) && ui_checks_findings(&p->checks) > 0)
        return ui_tree_act(&p->tree, input) ? UI_STAY : UI_PASS;
    return UI_NEXT; /* there is no question to go to */
}

static enum ui_result act(struct ui_page *page, const struct ui_input *input)
{
    struct checks_page *p = self(page);
    refresh(p);
    p->told_to_wait = false;
    switch (input->action) {
    case UI_ACT_RERUN:
    case UI_ACT_REFRESH:
        run(p);
        return UI_STAY;
    case UI_ACT_ENTER:
        if (waits(p)) {
            ui_app_notice(page->app, HW_INFO, "%s", _("Still checking; Enter goes on after that."));
            p->told_to_wait = true;
            return UI_STAY;
        }
        return leads_on(p) ? UI_NEXT : open_focused(p, input);
    case UI_ACT_RIGHT:
        return (leads_on(p) || waits(p)) && focused(p) ? open_focused(p, input)
                                                       : (ui_tree_act(&p->tree, input), UI_STAY);
    case UI_ACT_NEXT:
    case UI_ACT_BACK:
        return UI_PASS;
    default:
        return ui_tree_act(&p->tree, input) ? UI_STAY : UI_PASS;
    }
}

static size_t offers(struct ui_page *page, const struct ui_offer **ret)
{
    struct checks_page *p = self(page);
    const struct ui_check *check = focused(p);
    const struct hw_field *field = field_of(check);
    struct ui_offers *o = &p->offers;
    size_t tag;
    o->count = 0;
    bool fold = !check && ui_tree_focus(&p->tree, &tag) && ui_checks_findings(&p->checks) > 0;
    hw_buf_clear(&p->words);
    if (field)
        hw_buf_print(&p->words, _("go to %s"), _(field->label));
    else
        hw_buf_text(&p->words, fold ? _("open") : check ? _("go there") : _("review"));
    bool nowhere = check && check->field[0] == '\0' && check->kind < UI_CHECK_SKIPPED;
    ui_offers_add(o, UI_ACT_UP, NULL);
    if (leads_on(p))
        ui_offers_add(o, UI_ACT_ENTER, _("review"));
    bool aside = leads_on(p) || waits(p);
    if (waits(p))
        ui_offers_add(o, UI_ACT_ENTER, "");
    if (!aside)
        ui_offers_add(o, UI_ACT_ENTER, nowhere ? _("review") : hw_buf_cstr(&p->words));
    else if (field)
        ui_offers_add(o, UI_ACT_RIGHT, hw_buf_cstr(&p->words));
    if (!p->checks.running)
        ui_offers_add(o, UI_ACT_RERUN, NULL);
    UI_OFFERS_QUIET(o, UI_ACT_DOWN, UI_ACT_LEFT, UI_ACT_RIGHT, UI_ACT_HOME, UI_ACT_END);
    *ret = o->items;
    return o->count;
}

static enum ui_page_state state(const struct ui_page *page)
{
    const struct ui_checks *checks = &((const struct checks_page *)page)->checks;
    if (checks->running)
        return UI_PAGE_BUSY;
    if (!checks->known)
        return UI_PAGE_OPEN;
    if (checks->of_kind[UI_CHECK_ERROR] || checks->failure)
        return UI_PAGE_FAILED;
    return checks->of_kind[UI_CHECK_WARNING] ? UI_PAGE_PROBLEM : UI_PAGE_DONE;
}

static const char *hint(struct ui_page *page)
{
    struct checks_page *p = self(page);
    const struct ui_check *check = focused(p);
    hw_buf_clear(&p->hint);
    if (check && check->remedy[0] != '\0')
        hw_buf_print(&p->hint, _("What to do: %s"), check->remedy);
    return hw_buf_cstr(&p->hint);
}

const struct ui_page_class ui_page_checks = {
    .init = init,
    .done = done,
    .enter = enter,
    .draw = draw,
    .act = act,
    .event = event,
    .offers = offers,
    .state = state,
    .hint = hint,
    .help = N_("Before anything is made, hpcwiz checks the answers against each other, against the "
               "account and against the generated templates. An error would make the deployment "
               "fail; a warning should be read. While there is an error, Enter goes to the "
               "question that the chosen result is about; without errors Enter goes on to the "
               "review, and → goes to the question. Nothing is changed in the account by these "
               "checks."),
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Why it failed: causes first, each with its evidence and what to do; what it explains below. */
#include "ui/page_findings.h"

#include "base/text.h"
#include "diagnose/tests.h"
#include "ui/known.h"
#include "ui/page_review.h"

enum { COLS_BEFORE_LAYOUT = 80 };

#define SEPARATOR " · " /* between node and file in a source of evidence */

static struct ui_findings *self(struct ui_page *page)
{
    return (struct ui_findings *)page;
}

static struct ui_page *init(struct ui_app *app, enum hw_page_id id)
{
    struct ui_findings *p = HW_NEW(struct ui_findings);
    (void)app;
    (void)id;
    p->cols = COLS_BEFORE_LAYOUT;
    p->words.max = p->asking.max = HW_MAX_TEXT;
    return &p->page;
}

void ui_findings_clear(struct ui_findings *p)
{
    for (size_t i = 0; i < p->row_count; i++) {
        free(p->rows[i].text);
        free(p->rows[i].right);
    }
    p->row_count = p->item_count = 0;
}

static void done(struct ui_page *page)
{
    struct ui_findings *p = self(page);
    ui_findings_clear(p);
    free(p->rows);
    free(p->items);
    free(p->focus_id);
    hw_strv_done(&p->open);
    hw_buf_done(&p->words);
    hw_buf_done(&p->asking);
    free(p);
}

/* ---- The host's findings --------------------------------------------------------------- */

size_t ui_findings_count(const struct ui_findings *p)
{
    const struct ui_host *host = ui_app_host(p->page.app);
    return host->findings ? host->findings(host->data) : 0;
}

const struct hw_ev_finding *ui_findings_at(const struct ui_findings *p, size_t index)
{
    const struct ui_host *host = ui_app_host(p->page.app);
    return host->finding(host->data, index);
}

const char *ui_findings_id(const struct ui_findings *p, size_t index)
{
    const char *id = ui_findings_at(p, index)->id;
    return id ? id : "";
}

static size_t cause_of(const struct ui_findings *p, size_t index)
{
    const struct ui_host *host = ui_app_host(p->page.app);
    return host->finding_cause ? host->finding_cause(host->data, index) : SIZE_MAX;
}

bool ui_findings_is_cause(const struct ui_findings *p, size_t index)
{
    return cause_of(p, index) >= ui_findings_count(p);
}

bool ui_findings_explained_by(const struct ui_findings *p, size_t index, size_t cause)
{
    size_t count = ui_findings_count(p);
    size_t up = cause_of(p, index);
    for (size_t steps = 0; up < count && steps < count; steps++) {
        if (up == cause)
            return true;
        up = cause_of(p, up);
    }
    return false;
}

size_t ui_findings_explains(const struct ui_findings *p, size_t index)
{
    size_t explains = 0;
    for (size_t i = 0; i < ui_findings_count(p); i++)
        explains += ui_findings_explained_by(p, i, index) && !ui_findings_is_alike(p, i, index);
    return explains;
}

bool ui_findings_is_alike(const struct ui_findings *p, size_t index, size_t cause)
{
    const char *node = ui_findings_at(p, index)->node;
    return index != cause && node && node[0] &&
           strcmp(ui_findings_id(p, index), ui_findings_id(p, cause)) == 0 &&
           ui_findings_explained_by(p, index, cause);
}

const struct hw_ev_question *ui_findings_question(const struct ui_findings *p,
                                                  const struct ui_finding_item *item)
{
    const struct hw_ev_finding *finding = ui_findings_at(p, item->finding);
    bool question = item->kind == UI_FINDING_QUESTION && item->evidence < finding->question_count;
    return question ? &finding->questions[item->evidence] : NULL;
}

bool ui_findings_again(const struct ui_findings *p)
{
    return p->failed && !p->deploying;
}

/* ---- The focus ------------------------------------------------------------------------- */

size_t ui_findings_focus(const struct ui_findings *p)
{
    size_t best = 0;
    for (size_t i = 0; i < p->item_count && p->focus_id; i++) {
        const struct ui_finding_item *item = &p->items[i];
        if (strcmp(ui_findings_id(p, item->finding), p->focus_id) != 0)
            continue;
        if (item->kind == p->focus.kind && item->evidence == p->focus.evidence)
            return i;
        if (best == 0)
            best = i;
    }
    return best;
}

static void focus_item(struct ui_findings *p, size_t place)
{
    if (place >= p->item_count)
        return;
    p->focus = p->items[place];
    hw_replace(&p->focus_id, ui_findings_id(p, p->focus.finding));
}

static const struct ui_finding_item *focused(struct ui_findings *p)
{
    ui_findings_build(p, p->cols);
    return p->item_count > 0 ? &p->items[ui_findings_focus(p)] : NULL;
}

/* The next cause, round the end. */
static void next_cause(struct ui_findings *p)
{
    size_t from = ui_findings_focus(p);
    for (size_t i = 1; i <= p->item_count; i++) {
        size_t place = (from + i) % p->item_count;
        if (p->items[place].kind == UI_FINDING_CAUSE) {
            focus_item(p, place);
            p->first = p->items[place].row;
            return;
        }
    }
}

static void move(struct ui_findings *p, int direction)
{
    size_t place = ui_findings_focus(p);
    if (direction < 0 && place == 0) {
        p->first = p->first > 0 ? p->first - 1 : 0;
        return;
    }
    if (direction > 0 && place + 1 >= p->item_count) {
        p->first++; /* drawing keeps it within */
        return;
    }
    focus_item(p, place + (direction > 0 ? 1 : (size_t)-1));
    size_t row = focused(p)->row;
    if (row < p->first)
        p->first = row;
    else if (row >= p->first + (size_t)p->height && p->height > 0)
        p->first = row - (size_t)p->height + 1;
}

/* ---- What can be done ------------------------------------------------------------------ */

static void toggle_explains(struct ui_findings *p)
{
    for (size_t i = 0; i < p->open.count; i++) {
        if (strcmp(p->open.items[i], p->focus_id) == 0) {
            free(p->open.items[i]);
            p->open.items[i] = p->open.items[--p->open.count];
            return;
        }
    }
    hw_strv_add(&p->open, p->focus_id);
}

/* ---- Tests ----------------------------------------------------------------------------- */

static void name_question(const struct hw_ev_question *question, struct hw_buf *out)
{
    hw_buf_clear(out);
    hw_buf_print(out, "%s %s ", question->node, question->test);
    hw_test_words(question->with, out);
}

/* The open question with this name; findings may have changed while the dialog was open. */
static const struct hw_ev_question *find_question(const struct ui_findings *p, const char *name)
{
    hw_auto(hw_buf) other = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i < ui_findings_count(p); i++) {
        const struct hw_ev_finding *finding = ui_findings_at(p, i);
        for (size_t k = 0; k < finding->question_count; k++) {
            name_question(&finding->questions[k], &other);
            if (strcmp(hw_buf_cstr(&other), name) == 0)
                return &finding->questions[k];
        }
    }
    return NULL;
}

static bool test_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_findings *p = data;
    const struct ui_host *host = ui_app_host(p->page.app);
    const struct hw_ev_question *question =
        answer ? find_question(p, hw_buf_cstr(&p->asking)) : NULL;
    if (!question)
        return true;
    if (!host->test(host->data, question, err))
        return false;
    p->testing = true;
    ui_app_notice(p->page.app, HW_INFO, _("The test runs on %s…"), question->node);
    return true;
}

/* The question that t answers: the one under the focus, else the open one of its cause. */
static const struct hw_ev_question *testable(struct ui_findings *p,
                                             const struct ui_finding_item *item)
{
    const struct hw_ev_finding *finding = ui_findings_at(p, item->finding);
    const struct hw_ev_question *question = ui_findings_question(p, item);
    if (!ui_app_host(p->page.app)->test || p->testing)
        return NULL;
    for (size_t i = 0; !question && i < finding->question_count; i++) {
        bool open = finding->questions[i].answer == HW_ANSWER_NONE;
        question = open ? &finding->questions[i] : NULL;
    }
    return question;
}

static enum ui_result ask_test(struct ui_findings *p)
{
    const struct ui_finding_item *item = focused(p);
    const struct hw_ev_question *question = item ? testable(p, item) : NULL;
    hw_auto(hw_buf) arguments = HW_BUF(HW_MAX_VALUE);
    if (!question)
        return UI_STAY;
    name_question(question, &p->asking);
    hw_test_words(question->with, &arguments);
    hw_auto_text text =
        hw_format(_("%s\n\nThe test \"%s\" (%s) runs on %s, over the connection that brings its "
                    "log. It reads "
                    "and changes nothing; hpcwiz(1) lists what it does."),
                  question->text, question->test, hw_buf_cstr(&arguments), question->node);
    ui_app_ask(p->page.app, &(struct ui_dialog){.title = _("Test on a node"),
                                                .text = text,
                                                .label = _("Type yes to run it"),
                                                .expect = _("yes"),
                                                .fn = test_answer,
                                                .data = p});
    return UI_STAY;
}

static enum ui_result act_enter(struct ui_findings *p)
{
    const struct ui_finding_item *item = focused(p);
    if (!item && ui_known_here(p->page.app))
        return ui_known_follow(p->page.app);
    if (!item)
        return UI_PASS;
    focus_item(p, (size_t)(item - p->items));
    if (item->kind == UI_FINDING_QUESTION)
        return ask_test(p);
    if (item->kind == UI_FINDING_EXPLAINS) {
        toggle_explains(p);
        return UI_STAY;
    }
    const char *action = ui_findings_at(p, item->finding)->action;
    if (!action || action[0] == '\0')
        return UI_STAY;
    if (ui_app_goto_place(p->page.app, action))
        return UI_GOTO;
    ui_app_notice(p->page.app, HW_INFO, _("Run in a shell: %s"), action);
    return UI_STAY;
}

static const struct hw_evidence *evidence_of(const struct ui_findings *p,
                                             const struct ui_finding_item *item)
{
    const struct hw_ev_finding *finding = ui_findings_at(p, item->finding);
    return item->evidence < finding->evidence_count ? &finding->evidence[item->evidence] : NULL;
}

/* "riskgrid-head · events" are no log of a node. */
static bool is_events(const struct hw_evidence *evidence)
{
    return evidence && evidence->source && hw_text_ends(evidence->source, SEPARATOR "events");
}

static enum ui_result open_log(struct ui_findings *p)
{
    const struct ui_finding_item *item = focused(p);
    if (!item)
        return UI_STAY;
    const char *node = ui_findings_at(p, item->finding)->node;
    const struct hw_evidence *evidence = evidence_of(p, item);
    const char *source = evidence && evidence->source ? evidence->source : "";
    const char *dot = strstr(source, SEPARATOR);
    if (is_events(evidence))
        return ui_app_goto(p->page.app, HW_PAGE_DEPLOY, NULL);
    if (!dot)
        return ui_app_goto(p->page.app, HW_PAGE_LOGS, node && node[0] ? node : NULL);
    hw_auto_text key = hw_format("%.*s\t%s\t%s", (int)(dot - source), source,
                                 dot + strlen(SEPARATOR), evidence->text ? evidence->text : "");
    return ui_app_goto(p->page.app, HW_PAGE_LOGS, key);
}

static enum ui_result turn_page(struct ui_findings *p, const struct ui_input *input)
{
    bool key = input->code == UI_KEY_PGUP || input->code == UI_KEY_PGDN;
    bool up = input->action == UI_ACT_PAGE_UP || input->code == UI_KEY_PGUP;
    bool paging = key || input->action == UI_ACT_PAGE_UP || input->action == UI_ACT_PAGE_DOWN;
    size_t height = (size_t)p->height;
    if (!paging || (up && p->first == 0))
        return UI_PASS;
    if (up)
        p->first = p->first > height ? p->first - height : 0;
    else
        p->first += height; /* drawing keeps it within */
    return UI_STAY;
}

static enum ui_result act(struct ui_page *page, const struct ui_input *input)
{
    struct ui_findings *p = self(page);
    ui_findings_build(p, p->cols);
    switch (input->action) {
    case UI_ACT_UP:
    case UI_ACT_DOWN:
        move(p, input->action == UI_ACT_UP ? -1 : 1);
        return UI_STAY;
    case UI_ACT_PAGE_UP:
    case UI_ACT_PAGE_DOWN:
    case UI_ACT_NEXT: /* the page keys scroll where there is more to see */
    case UI_ACT_BACK:
        return turn_page(p, input);
    case UI_ACT_HOME:
        p->first = 0;
        focus_item(p, 0);
        return UI_STAY;
    case UI_ACT_END:
        p->first = p->row_count; /* drawing keeps it within */
        focus_item(p, p->item_count - 1);
        return UI_STAY;
    case UI_ACT_NEXT_CAUSE:
        next_cause(p);
        return UI_STAY;
    case UI_ACT_OPEN_LOG:
        return open_log(p);
    case UI_ACT_ENTER:
        return act_enter(p);
    case UI_ACT_TEST:
        return ask_test(p);
    case UI_ACT_BUNDLE:
        return ui_bundle_begin(&p->bundle, page->app);
    case UI_ACT_DEPLOY:
        if (!p->deploying)
            return ui_app_goto(page->app, HW_PAGE_REVIEW, UI_REVIEW_DEPLOY);
        ui_app_notice(page->app, HW_INFO, "%s",
                      _("The deployment has not come to its end yet. Press D again when it has."));
        return UI_STAY;
    case UI_ACT_LOGS:
        return ui_app_goto(page->app, HW_PAGE_LOGS, NULL);
    default:
        return UI_PASS;
    }
}

static const char *enter_word(struct ui_findings *p, const struct ui_finding_item *item)
{
    const char *action = ui_findings_at(p, item->finding)->action;
    const struct hw_field *field;
    enum hw_page_id id;
    if (item->kind == UI_FINDING_QUESTION)
        return testable(p, item) ? _("test it…") : NULL;
    if (item->kind == UI_FINDING_EXPLAINS)
        return hw_strv_has(&p->open, ui_findings_id(p, item->finding)) ? _("fold") : _("open");
    if (!action || action[0] == '\0')
        return NULL;
    if (!hw_place_find(action, &id, &field))
        return _("show the command");
    hw_buf_clear(&p->words);
    hw_buf_print(&p->words, _("go to %s"), field ? _(field->label) : _(hw_page(id)->title));
    return hw_buf_cstr(&p->words);
}

static size_t offers(struct ui_page *page, const struct ui_offer **ret)
{
    struct ui_findings *p = self(page);
    const struct ui_finding_item *item = focused(p);
    struct ui_offers *o = &p->offers;
    o->count = 0;
    *ret = o->items;
    if (!item) {
        if (ui_known_here(page->app))
            ui_offers_add(o, UI_ACT_ENTER, _("show it"));
        ui_offers_add(o, UI_ACT_LOGS, NULL);
        if (ui_bundle_offered(page->app))
            ui_offers_add(o, UI_ACT_BUNDLE, NULL);
        return o->count;
    }
    const char *word = enter_word(p, item);
    ui_offers_add(o, UI_ACT_UP, NULL);
    if (word)
        ui_offers_add(o, UI_ACT_ENTER, word);
    if (item->kind != UI_FINDING_QUESTION && testable(p, item))
        ui_offers_add(o, UI_ACT_TEST, NULL);
    if (ui_findings_again(p))
        ui_offers_add(o, UI_ACT_DEPLOY, _("deploy again…"));
    else if (p->deploying)
        ui_offers_add(o, UI_ACT_DEPLOY, "");
    bool events = is_events(evidence_of(p, item));
    ui_offers_add(o, UI_ACT_OPEN_LOG, events ? _("open events") : NULL);
    if (ui_bundle_offered(page->app))
        ui_offers_add(o, UI_ACT_BUNDLE, NULL);
    ui_offers_add(o, UI_ACT_NEXT_CAUSE, NULL);
    ui_offers_add(o, UI_ACT_LOGS, NULL);
    UI_OFFERS_QUIET(o, UI_ACT_TEST, UI_ACT_DOWN, UI_ACT_PAGE_UP, UI_ACT_PAGE_DOWN, UI_ACT_HOME,
                    UI_ACT_END, UI_ACT_NEXT);
    if (p->first > 0)
        ui_offers_add(o, UI_ACT_BACK, "");
    return o->count;
}

const char *ui_findings_answer(enum hw_answer answer)
{
    return answer == HW_ANSWER_YES  ? _("yes")
           : answer == HW_ANSWER_NO ? _("no")
                                    : _("it cannot be told");
}

/* ---- The rest -------------------------------------------------------------------------- */

/* The answer has come: the focus goes on to the question that follows it. */
static void lead_on(struct ui_findings *p, const struct hw_ev_test *test)
{
    ui_app_notice(p->page.app, HW_INFO, _("%s: %s%s%s"), test->node,
                  ui_findings_answer(test->answer), test->detail[0] ? ", " : "", test->detail);
    ui_findings_build(p, p->cols);
    if (p->item_count == 0 || p->focus.kind != UI_FINDING_QUESTION)
        return;
    size_t place = ui_findings_focus(p);
    while (place + 1 < p->item_count && p->items[place + 1].kind == UI_FINDING_QUESTION)
        place++;
    focus_item(p, place);
}

/* Deploying, following, planning and rolling back all go in steps; what was rolled back is to be
 * deployed again, and a plan leaves things as they were. */
static void learn_run(struct ui_findings *p, const struct hw_event *e)
{
    if (e->type == HW_EV_STEP && !p->deploying) {
        p->deploying = true;
        p->failed_before = p->failed;
        p->failed = false;
    }
    if (e->type == HW_EV_STAGE)
        p->failed = p->failed || e->u.stage.status == HW_STAGE_FAILED;
    const char *command = e->type == HW_EV_RESULT ? e->u.result.command : NULL;
    if (!command)
        return;
    bool rolled_back = strcmp(command, "rollback") == 0, planned = strcmp(command, "plan") == 0;
    if (rolled_back || planned)
        p->failed = rolled_back || p->failed_before;
    else if (strcmp(command, "deploy") == 0 || strcmp(command, "follow") == 0)
        p->failed = !e->u.result.ok;
    else
        return;
    p->deploying = false;
}

static void event(struct ui_page *page, const struct hw_event *e)
{
    struct ui_findings *p = self(page);
    learn_run(p, e);
    ui_bundle_event(&p->bundle, e);
    if (e->type == HW_EV_TEST)
        lead_on(p, &e->u.test);
    if (e->type == HW_EV_RESULT && e->u.result.command && strcmp(e->u.result.command, "test") == 0)
        p->testing = false;
    if (e->type == HW_EV_FINDING || e->type == HW_EV_TEST)
        ui_app_dirty(page->app);
}

static void enter(struct ui_page *page, const char *key)
{
    (void)key;
    self(page)->first = 0;
}

static void layout(struct ui_page *page, int rows, int cols)
{
    struct ui_findings *p = self(page);
    p->cols = cols;
    p->height = rows - 2;
}

static void draw(struct ui_page *page, struct ui_area area)
{
    ui_findings_draw(self(page), area);
}

static enum ui_page_state state(const struct ui_page *page)
{
    const struct ui_findings *p = (const struct ui_findings *)page;
    return ui_findings_count(p) > 0 || p->failed ? UI_PAGE_FAILED : UI_PAGE_OPEN;
}

const struct ui_page_class ui_page_findings = {
    .init = init,
    .done = done,
    .enter = enter,
    .layout = layout,
    .draw = draw,
    .act = act,
    .event = event,
    .offers = offers,
    .state = state,
    .help = N_("hpcwiz compares every stack event and every log line with the failures that it "
               "knows. What it finds is shown here: the cause, the lines that prove it, and what "
               "to do. Failures that follow from a cause are folded below it; they need no remedy "
               "of their own."),
    .wide = true,
};

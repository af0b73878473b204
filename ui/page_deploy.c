/* SPDX-License-Identifier: Apache-2.0 */
/* The deployment as it goes on: stacks, nodes and their stages, what failed, what happened. */
#include "ui/page_deploy.h"

#include "base/text.h"
#include "ui/known.h"
#include "ui/page_review.h"

/* Tags: a stack's number, counted from 1, and below it the number of its resource, counted from
 * 1, or that of a change of its plan, from TAG_CHANGE on; nodes have numbers of their own. */
#define TAG_STACK ((size_t)1 << 20)
#define TAG_NODE  ((size_t)1 << 40)
enum { TAG_FOLD = (1 << 20) - 1, TAG_CHANGE = 1 << 19 };

static struct ui_deploy *self(struct ui_page *page)
{
    return (struct ui_deploy *)page;
}

static struct ui_page *init(struct ui_app *app, enum hw_page_id id)
{
    struct ui_deploy *deploy = HW_NEW(struct ui_deploy);
    deploy->words = (struct hw_buf)HW_BUF(HW_MAX_VALUE);
    (void)app;
    (void)id;
    return &deploy->page;
}

static void done(struct ui_page *page)
{
    struct ui_deploy *deploy = self(page);
    ui_deploy_view_done(&deploy->view);
    ui_tree_done(&deploy->tree);
    hw_buf_done(&deploy->words);
    free(deploy->held);
    free(deploy->chosen);
    free(deploy);
}

static void add_stack_name(struct hw_strv *names, const char *cluster, const char *rest)
{
    hw_strv_take(names, hw_format("%s-%s", cluster, rest));
}

/* Contract section 3: the names and the order of a cluster's stacks. */
static void begin(struct ui_deploy *deploy)
{
    const struct hw_cluster *cluster = ui_app_cluster(deploy->page.app);
    hw_auto_text name = hw_strdup(hw_cluster_get(cluster, "cluster"));
    hw_auto(hw_strv) names = {0};
    add_stack_name(&names, name, "foundation");
    if (!hw_cluster_sql_local(cluster))
        add_stack_name(&names, name, "sql");
    add_stack_name(&names, name, "head");
    for (size_t i = 0; i < hw_cluster_groups(cluster); i++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.name", i);
        hw_strv_take(&names, hw_format("%s-compute-%s", name, hw_cluster_get(cluster, key)));
    }
    ui_deploy_view_begin(&deploy->view, name, &names);
    const struct ui_host *host = ui_app_host(deploy->page.app);
    if (host->pace)
        host->pace(host->data, cluster, &deploy->view.pace);
    memset(deploy->seen, 0, sizeof deploy->seen);
    deploy->left = deploy->details = deploy->in_events = false;
    deploy->asked = UI_ASKED_NOTHING;
    deploy->back = 0;
    deploy->stale = true;
}

static void enter(struct ui_page *page, const char *key)
{
    struct ui_deploy *deploy = self(page);
    enum ui_deploy_asked asked = UI_ASKED_NOTHING;
    if (key && strcmp(key, UI_DEPLOY_BEGIN) == 0)
        asked = UI_ASKED_BEGIN;
    else if (key && strcmp(key, UI_DEPLOY_PLAN) == 0)
        asked = UI_ASKED_PLAN;
    else if (key && strcmp(key, UI_DEPLOY_FOLLOW) == 0)
        asked = UI_ASKED_FOLLOW;
    if (asked == UI_ASKED_NOTHING && (deploy->view.start_ms != 0 || deploy->asked))
        return;
    begin(deploy);
    deploy->asked = asked;
}

/* To the stack that was refused for an answer. */
static void focus_refused(struct ui_deploy *deploy)
{
    ui_deploy_refresh(deploy);
    for (size_t i = 0; i < deploy->view.count; i++) {
        if (deploy->view.stacks[i].progress == UI_FAILED)
            ui_tree_go(&deploy->tree, TAG_STACK * (i + 1));
    }
}

static void event(struct ui_page *page, const struct hw_event *e)
{
    struct ui_deploy *deploy = self(page);
    ui_bundle_event(&deploy->bundle, e);
    bool step = e->type == HW_EV_STEP;
    bool over = deploy->view.end_ms != 0 || deploy->left;
    if (step && (over || deploy->view.count == 0))
        begin(deploy);
    size_t moments = deploy->view.moment_count;
    if (!ui_deploy_view_apply(&deploy->view, e, ui_deploy_now_ms(deploy)))
        return;
    if (e->type != HW_EV_LOG)
        deploy->stale = true;
    if (e->type == HW_EV_RESULT && deploy->view.place)
        focus_refused(deploy);
    if (deploy->back > 0 && deploy->view.moment_count > moments)
        deploy->back++; /* what is read stays where it is */
    ui_app_dirty(page->app);
}

int64_t ui_deploy_now_ms(const struct ui_deploy *deploy)
{
    const struct ui_host *host = ui_app_host(deploy->page.app);
    return ui_app_now_ms(deploy->page.app) + (host->clock_off ? host->clock_off(host->data) : 0);
}

/* ---- The tree -------------------------------------------------------------------------- */

static bool is_quiet(const struct ui_resource *resource)
{
    return resource->progress == UI_DONE ||
           (resource->progress == UI_GONE && !ui_resource_stays(resource));
}

static void add_resources(struct ui_deploy *deploy, size_t i, bool quiet)
{
    const struct ui_stack *stack = &deploy->view.stacks[i];
    size_t tag = TAG_STACK * (i + 1);
    bool named = !quiet;
    for (size_t r = 0; r < stack->count; r++) {
        if (is_quiet(&stack->resources[r]) != quiet)
            continue;
        if (!named)
            ui_tree_add(&deploy->tree, tag + TAG_FOLD, 1, false);
        named = true;
        ui_tree_add(&deploy->tree, tag + r + 1, quiet ? 2 : 1, false);
    }
}

static void add_stack(struct ui_deploy *deploy, size_t i)
{
    const struct ui_stack *stack = &deploy->view.stacks[i];
    bool busy = stack->progress != UI_DONE && stack->progress != UI_WAITS;
    bool other = (deploy->seen[i] != UI_DONE && deploy->seen[i] != UI_WAITS) != busy;
    bool planned = stack->step == HW_STEP_PLANNED;
    bool open = planned ? ui_stack_alters(stack) : busy;
    size_t place = deploy->tree.count;
    ui_tree_add(&deploy->tree, TAG_STACK * (i + 1), 0, open);
    if (other) /* opens by itself when it begins, closes when it is done */
        deploy->tree.items[place].open = open;
    deploy->seen[i] = stack->progress;
    for (size_t c = 0; planned && c < stack->change_count; c++)
        ui_tree_add(&deploy->tree, TAG_STACK * (i + 1) + TAG_CHANGE + c, 1, false);
    add_resources(deploy, i, false);
    for (size_t n = 0; n < deploy->view.nodes.count; n++) {
        const struct ui_node *node = &deploy->view.nodes.items[n];
        if (ui_deploy_view_stack_of(&deploy->view, node) == i)
            ui_tree_add(&deploy->tree, TAG_NODE + node->number, 1, false);
    }
    add_resources(deploy, i, true);
}

void ui_deploy_refresh(struct ui_deploy *deploy)
{
    if (!deploy->stale)
        return;
    deploy->stale = false;
    ui_tree_begin(&deploy->tree);
    for (size_t i = 0; i < deploy->view.count; i++)
        add_stack(deploy, i);
    ui_tree_end(&deploy->tree);
}

static bool node_row(const struct ui_deploy *deploy, size_t number, struct ui_deploy_row *ret)
{
    for (size_t i = 0; i < deploy->view.nodes.count; i++) {
        const struct ui_node *node = &deploy->view.nodes.items[i];
        size_t stack = ui_deploy_view_stack_of(&deploy->view, node);
        if (node->number != number || stack == SIZE_MAX)
            continue;
        *ret = (struct ui_deploy_row){.stack = &deploy->view.stacks[stack], .node = node};
        return true;
    }
    return false;
}

bool ui_deploy_row_of(const struct ui_deploy *deploy, size_t tag, struct ui_deploy_row *ret)
{
    if (tag >= TAG_NODE)
        return node_row(deploy, tag - TAG_NODE, ret);
    size_t stack = tag / TAG_STACK, rest = tag % TAG_STACK;
    if (stack == 0 || stack > deploy->view.count)
        return false;
    *ret = (struct ui_deploy_row){.stack = &deploy->view.stacks[stack - 1]};
    ret->fold = rest == TAG_FOLD;
    if (rest >= TAG_CHANGE && rest - TAG_CHANGE < ret->stack->change_count)
        ret->change = &ret->stack->changes[rest - TAG_CHANGE];
    if (rest > 0 && !ret->fold && rest <= ret->stack->count)
        ret->resource = &ret->stack->resources[rest - 1];
    return true;
}

bool ui_deploy_focus(const struct ui_deploy *deploy, struct ui_deploy_row *ret)
{
    size_t tag;
    return ui_tree_focus(&deploy->tree, &tag) && ui_deploy_row_of(deploy, tag, ret);
}

const char *ui_deploy_short(const struct ui_deploy *deploy, const char *stack)
{
    size_t length = deploy->view.cluster ? strlen(deploy->view.cluster) : 0;
    bool own = length > 0 && hw_text_starts(stack, deploy->view.cluster) && stack[length] == '-';
    return own ? stack + length + 1 : stack;
}

/* ---- Keys ------------------------------------------------------------------------------ */

static bool leave_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_deploy *deploy = data;
    const struct ui_host *host = ui_app_host(deploy->page.app);
    (void)err;
    if (!answer)
        return true;
    host->leave(host->data);
    deploy->left = true;
    ui_app_executes(deploy->page.app, false);
    return true;
}

static void ask_leave(struct ui_deploy *deploy)
{
    ui_app_ask(
        deploy->page.app,
        &(struct ui_dialog){.title = _("Leave it running"),
                            .text = ui_app_host(deploy->page.app)->demo
                                        ? _("hpcwiz stops watching. CloudFormation goes on with "
                                            "the stacks that it has begun; D takes up the rest "
                                            "while this demo lasts.\n"
                                            "Enter leaves it running, Esc goes on watching.")
                                        : _("hpcwiz stops watching. CloudFormation goes on with "
                                            "the stacks that it has begun; `hpcwiz deploy FILE` "
                                            "takes up the rest at any time.\n"
                                            "Enter leaves it running, Esc goes on watching."),
                            .fn = leave_answer,
                            .data = deploy});
}

static enum ui_result go_logs(struct ui_deploy *deploy)
{
    struct ui_deploy_row row;
    bool node = ui_deploy_focus(deploy, &row) && row.node;
    return ui_app_goto(deploy->page.app, HW_PAGE_LOGS, node ? row.node->name : NULL);
}

/* The events are shown from the newest on; back counts upwards. */
static bool scroll_events(struct ui_deploy *deploy, enum ui_action action)
{
    size_t most = deploy->view.moment_count;
    size_t steps = action == UI_ACT_PAGE_UP || action == UI_ACT_PAGE_DOWN ? 10 : 1;
    if (action == UI_ACT_UP || action == UI_ACT_PAGE_UP)
        deploy->back = deploy->back + steps < most ? deploy->back + steps : most;
    else if (action == UI_ACT_DOWN || action == UI_ACT_PAGE_DOWN)
        deploy->back = deploy->back > steps ? deploy->back - steps : 0;
    else if (action == UI_ACT_HOME || action == UI_ACT_END)
        deploy->back = action == UI_ACT_HOME ? most : 0;
    else
        return false;
    return true;
}

static enum ui_result cancel(struct ui_deploy *deploy)
{
    if (!deploy->details && !deploy->in_events)
        return UI_PASS;
    deploy->details = deploy->in_events = false;
    return UI_STAY;
}

/* Where the stack under the focus was refused for an answer: its question. */
static const struct hw_field *question(const struct ui_deploy *deploy)
{
    struct ui_deploy_row row;
    enum hw_page_id page;
    const struct hw_field *field = NULL;
    bool here = deploy->view.place && ui_deploy_focus(deploy, &row) && !row.resource && !row.node &&
                !row.fold && !row.change && row.stack->progress == UI_FAILED;
    return here && hw_place_find(deploy->view.place, &page, &field) ? field : NULL;
}

/* What is there may be shown instead of nothing. */
static bool is_known(const struct ui_deploy *deploy)
{
    return deploy->asked == UI_ASKED_NOTHING && ui_known_here(deploy->page.app);
}

static enum ui_result act(struct ui_page *page, const struct ui_input *input)
{
    struct ui_deploy *deploy = self(page);
    ui_deploy_refresh(deploy);
    switch (input->action) {
    case UI_ACT_ENTER:
        if (is_known(deploy))
            return ui_known_follow(page->app);
        if (question(deploy) && ui_app_goto_place(page->app, deploy->view.place))
            return UI_GOTO;
        deploy->details = !deploy->details;
        deploy->in_events = false;
        return UI_STAY;
    case UI_ACT_CANCEL:
        return cancel(deploy);
    case UI_ACT_TAB:
    case UI_ACT_BACKTAB:
        deploy->in_events = !deploy->in_events && !deploy->details;
        return UI_STAY;
    case UI_ACT_LOGS:
        return go_logs(deploy);
    case UI_ACT_WHY:
        return ui_app_goto(page->app, HW_PAGE_FINDINGS, NULL);
    case UI_ACT_BUNDLE:
        return ui_bundle_begin(&deploy->bundle, page->app);
    case UI_ACT_DEPLOY:
        return ui_app_goto(page->app, HW_PAGE_REVIEW, UI_REVIEW_DEPLOY);
    case UI_ACT_LEAVE:
        ask_leave(deploy);
        return UI_STAY;
    case UI_ACT_NEXT:
    case UI_ACT_BACK:
        return UI_PASS;
    default:
        if (ui_deploy_choose(deploy, input->action))
            return UI_STAY;
        if (deploy->in_events && scroll_events(deploy, input->action))
            return UI_STAY;
        return ui_tree_act(&deploy->tree, input) ? UI_STAY : UI_PASS;
    }
}

static size_t offers(struct ui_page *page, const struct ui_offer **ret)
{
    struct ui_deploy *deploy = self(page);
    struct ui_offers *o = &deploy->offers;
    bool running = ui_deploy_view_running(&deploy->view) && !deploy->left;
    bool failed = deploy->view.failure_count > 0;
    bool over = deploy->view.end_ms != 0 || deploy->left;
    bool deploys = !running && (over || deploy->asked == UI_ASKED_NOTHING);
    o->count = 0;
    hw_buf_clear(&deploy->words);
    if (question(deploy))
        hw_buf_print(&deploy->words, _("go to %s"), _(question(deploy)->label));
    else
        hw_buf_text(&deploy->words, is_known(deploy)  ? _("show it")
                                    : deploy->details ? _("events")
                                                      : _("details"));
    ui_offers_add(o, UI_ACT_ENTER, hw_buf_cstr(&deploy->words));
    if (deploys && deploy->view.stands)
        ui_offers_add(o, UI_ACT_DEPLOY, NULL);
    if (failed)
        ui_offers_add(o, UI_ACT_WHY, NULL);
    ui_deploy_offer_choices(deploy, o);
    ui_offers_add(o, UI_ACT_LOGS, NULL);
    if (!failed)
        ui_offers_add(o, UI_ACT_WHY, _("findings"));
    bool again = deploy->view.plan || deploy->view.rollback ||
                 ui_deploy_view_deleted(&deploy->view); /* nothing is deployed yet */
    if (deploys && !deploy->view.stands)
        ui_offers_add(o, UI_ACT_DEPLOY, deploy->view.ok && !again ? "" : NULL);
    if (running && ui_app_host(page->app)->leave)
        ui_offers_add(o, UI_ACT_LEAVE, _("leave it"));
    if (failed && ui_bundle_offered(page->app))
        ui_offers_add(o, UI_ACT_BUNDLE, NULL);
    ui_offers_add(o, UI_ACT_UP, deploy->in_events ? _("scroll") : NULL);
    UI_OFFERS_QUIET(o, UI_ACT_TAB, UI_ACT_DOWN, UI_ACT_LEFT, UI_ACT_RIGHT, UI_ACT_HOME, UI_ACT_END,
                    UI_ACT_PAGE_UP, UI_ACT_PAGE_DOWN);
    *ret = o->items;
    return o->count;
}

static void draw(struct ui_page *page, struct ui_area area)
{
    ui_deploy_draw(self(page), area);
}

static enum ui_page_state state(const struct ui_page *page)
{
    const struct ui_deploy *deploy = (const struct ui_deploy *)page;
    const struct ui_deploy_view *view = &deploy->view;
    if (view->stands && view->failure_count == 0)
        return UI_PAGE_PROBLEM;
    if (view->failure_count > 0 || (view->end_ms != 0 && !view->ok))
        return view->end_ms != 0 && view->ok ? UI_PAGE_PROBLEM : UI_PAGE_FAILED;
    if (view->end_ms != 0 && (view->plan || view->rollback || ui_deploy_view_deleted(view)))
        return UI_PAGE_OPEN; /* nothing is deployed by that */
    if (view->end_ms != 0)
        return UI_PAGE_DONE;
    return view->start_ms != 0 && !deploy->left ? UI_PAGE_BUSY : UI_PAGE_OPEN;
}

const struct ui_page_class ui_page_deploy = {
    .init = init,
    .done = done,
    .enter = enter,
    .draw = draw,
    .act = act,
    .event = event,
    .offers = offers,
    .state = state,
    .help = N_("Each stack with its resources and nodes, the stages that a node has behind it, and "
               "below it what happened last. What fails is shown at once and stays in view with "
               "its reason. The time left is a rough guess from what the stages usually take. "
               "Nothing is lost when this program ends: CloudFormation goes on, and hpcwiz takes "
               "it up again."),
    .wide = true,
    .ages = true,
};

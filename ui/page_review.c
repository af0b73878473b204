/* SPDX-License-Identifier: Apache-2.0 */
/* The review: everything that would be given to AWS, readable before anything is made, and the
 * one place from which a deployment starts. */
#include "ui/page_review.h"

#include "base/file.h"
#include "base/text.h"
#include "ui/page_deploy.h"

static struct ui_review *self(struct ui_page *page)
{
    return (struct ui_review *)page;
}

static struct ui_page *init(struct ui_app *app, enum hw_page_id id)
{
    struct ui_review *review = HW_NEW(struct ui_review);
    (void)app;
    (void)id;
    review->open = SIZE_MAX;
    review->text.numbers = true;
    review->cost_text.max = HW_MAX_TEXT;
    return &review->page;
}

static void done(struct ui_page *page)
{
    struct ui_review *review = self(page);
    ui_tree_done(&review->tree);
    ui_text_done(&review->text);
    ui_checks_done(&review->checks);
    hw_buf_done(&review->cost_text);
    free(review->states);
    free(review);
}

enum ui_review_group ui_review_group_of(const char *path)
{
    if (hw_text_starts(path, "scripts/"))
        return UI_REVIEW_SCRIPTS;
    if (hw_text_starts(path, "packer/"))
        return UI_REVIEW_PACKER;
    if (hw_text_ends(path, ".parameters.json"))
        return UI_REVIEW_PARAMETERS;
    return hw_text_ends(path, ".yaml") ? UI_REVIEW_TEMPLATES : UI_REVIEW_OTHERS;
}

const struct hw_file *ui_review_file(const struct ui_review *review)
{
    bool known = review->files && review->open < review->files->count;
    return known ? &review->files->items[review->open] : NULL;
}

static void style_line(void *data, size_t line, const char *text, size_t n, uint8_t *styles)
{
    static const uint8_t looks[] = {
        [UI_TOKEN_TEXT] = UI_NORMAL,           [UI_TOKEN_KEY] = UI_SYN_KEY,
        [UI_TOKEN_STRING] = UI_SYN_STRING,     [UI_TOKEN_COMMENT] = UI_SYN_COMMENT,
        [UI_TOKEN_KEYWORD] = UI_SYN_WORD,      [UI_TOKEN_NUMBER] = UI_SYN_NUMBER,
        [UI_TOKEN_VARIABLE] = UI_SYN_VARIABLE,
    };
    struct ui_review *review = data;
    struct ui_span spans[UI_HIGHLIGHT_SPANS];
    struct ui_highlight state = review->states[line];
    size_t count = ui_highlight_line(review->language, &state, text, n, spans);
    for (size_t i = 0; i < count; i++)
        memset(styles + spans[i].start, looks[spans[i].token], spans[i].length);
}

/* The state at the start of each line, so that any part of the file is drawn at once. */
static void colour(struct ui_review *review)
{
    struct ui_span spans[UI_HIGHLIGHT_SPANS];
    struct ui_highlight state = {0};
    const struct ui_text *text = &review->text;
    free(review->states);
    review->states = hw_alloc((text->count + 1) * sizeof *review->states);
    for (size_t i = 0; i < text->count; i++) {
        size_t start = text->starts[i];
        size_t end = i + 1 < text->count ? text->starts[i + 1] - 1 : text->length;
        if (end > start && text->bytes[end - 1] == '\r')
            end--;
        review->states[i] = state;
        ui_highlight_line(review->language, &state, text->bytes + start, end - start, spans);
    }
}

static void open_file(struct ui_review *review, size_t place)
{
    if (place == review->open || !review->files || place >= review->files->count)
        return;
    const struct hw_file *file = &review->files->items[place];
    review->open = place;
    review->costs = false;
    review->text.numbers = true;
    review->language = ui_highlight_language(file->path);
    ui_text_set(&review->text, file->bytes, file->size);
    colour(review);
    review->text.style = style_line;
    review->text.style_data = review;
}

/* The file under the focus is the one that is shown; a group shows nothing new. */
static void open_focused(struct ui_review *review)
{
    size_t tag;
    if (ui_tree_focus(&review->tree, &tag) && tag < UI_REVIEW_TAG_GROUP)
        open_file(review, tag);
}

const struct hw_cost *ui_review_cost(const struct ui_review *review, bool *ret_over)
{
    const struct ui_host *host = ui_app_host(review->page.app);
    *ret_over = true;
    return host->cost ? host->cost(host->data, ui_app_cluster(review->page.app), ret_over) : NULL;
}

/* Puts the table of what costs how much into the pane, which it has alone, anew when prices came.
 */
static void show_costs(struct ui_review *review)
{
    const struct ui_host *host = ui_app_host(review->page.app);
    unsigned long now = host->cost_generation ? host->cost_generation(host->data) : 0;
    unsigned long revision = hw_cluster_revision(ui_app_cluster(review->page.app));
    bool over;
    const struct hw_cost *cost = ui_review_cost(review, &over);
    if (!cost ||
        (review->costs && now == review->cost_generation && revision == review->cost_revision))
        return;
    size_t line = review->costs ? review->text.first : 0;
    hw_buf_clear(&review->cost_text);
    hw_cost_table(cost, &review->cost_text);
    review->costs = true;
    review->cost_generation = now;
    review->cost_revision = revision;
    review->open = SIZE_MAX;
    ui_text_set(&review->text, hw_buf_cstr(&review->cost_text), review->cost_text.len);
    review->text.style = NULL;
    review->text.numbers = false;
    review->text.first = line < review->text.count ? line : 0;
}

static void toggle_costs(struct ui_review *review)
{
    if (review->costs) {
        open_focused(review);
        review->costs = false;
    } else {
        show_costs(review);
    }
    review->in_text = review->costs;
}

static void add_group(struct ui_review *review, enum ui_review_group group)
{
    int depth = group == UI_REVIEW_OTHERS ? 0 : 1;
    bool named = group == UI_REVIEW_OTHERS;
    for (size_t i = 0; i < review->files->count; i++) {
        if (ui_review_group_of(review->files->items[i].path) != group)
            continue;
        if (!named)
            ui_tree_add(&review->tree, UI_REVIEW_TAG_GROUP + group, 0,
                        group == UI_REVIEW_TEMPLATES);
        named = true;
        ui_tree_add(&review->tree, i, depth, false);
    }
}

/* The host lends the files until they are generated again, so all that points into them goes. */
static void generate(struct ui_review *review)
{
    struct hw_cluster *cluster = ui_app_cluster(review->page.app);
    const struct ui_host *host = ui_app_host(review->page.app);
    size_t line = review->text.first;
    hw_auto_text path = NULL;
    if (ui_review_file(review))
        path = hw_strdup(ui_review_file(review)->path);
    review->err = (struct hw_err){0};
    review->files = host->generate ? host->generate(host->data, cluster, &review->err) : NULL;
    review->revision = hw_cluster_revision(cluster);
    review->generated = true;
    review->open = SIZE_MAX;
    review->costs = false;
    ui_text_set(&review->text, "", 0);
    ui_tree_begin(&review->tree);
    for (enum ui_review_group g = UI_REVIEW_TEMPLATES; review->files && g < UI_REVIEW_GROUPS; g++)
        add_group(review, g);
    ui_tree_end(&review->tree);
    if (!review->files || review->files->count == 0)
        return;
    for (size_t i = 0; path && i < review->files->count; i++) {
        if (strcmp(review->files->items[i].path, path) == 0)
            ui_tree_go(&review->tree, i);
    }
    if (!path)
        ui_list_focus(&review->tree.list, 1); /* the first template */
    open_focused(review);
    review->text.first = line < review->text.count ? line : 0;
}

/* Whoever comes here without the page of the checks, or after an answer or the account was changed,
 * is checked too. */
static void run_checks(struct ui_review *review)
{
    const struct ui_host *host = ui_app_host(review->page.app);
    const struct hw_cluster *cluster = ui_app_cluster(review->page.app);
    struct ui_checks *checks = &review->checks;
    bool known = checks->known && !checks->outdated && !checks->running;
    bool current = known && checks->of == hw_cluster_revision(cluster);
    if (current || ui_checks_go_on(checks, cluster) || !host->check)
        return;
    ui_checks_begin(checks, cluster);
    host->check(host->data, cluster);
}

/* The next of the answers to deploy.on_failure; it goes into the cluster file like any other. */
static void next_on_failure(struct ui_review *review)
{
    const struct ui_host *host = ui_app_host(review->page.app);
    struct hw_cluster *cluster = ui_app_cluster(review->page.app);
    const char *const *options = hw_schema_find("deploy.on_failure")->options;
    const char *now = hw_cluster_get(cluster, "deploy.on_failure");
    size_t i = 0;
    while (options[i] && strcmp(options[i], now) != 0)
        i++;
    const char *next = options[i] && options[i + 1] ? options[i + 1] : options[0];
    struct hw_err err = {0};
    if (!hw_cluster_set(cluster, "deploy.on_failure", next, &err)) {
        ui_app_error(review->page.app, &err);
        return;
    }
    generate(review); /* deploy.sh says it too */
    if (!host->check)
        return;
    ui_checks_begin(&review->checks, cluster); /* those under way speak of the answer before */
    host->check(host->data, cluster);
}

/* ---- Questions ------------------------------------------------------------------------- */

static bool search_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_review *review = data;
    if (!answer)
        return true;
    if (answer[0] != '\0' && ui_text_search(&review->text, answer) == 0)
        return hw_fail(err, HW_ERR_NOT_FOUND, _("%s has no \"%s\""), ui_review_file(review)->path,
                       answer);
    if (answer[0] == '\0')
        ui_text_search(&review->text, "");
    review->in_text = true;
    return true;
}

static void ask_search(struct ui_review *review)
{
    if (!ui_review_file(review))
        return;
    ui_app_ask(review->page.app,
               &(struct ui_dialog){.title = _("Search in this file"),
                                   .text = _("Plain text. A capital letter makes case count; "
                                             "nothing ends the search."),
                                   .label = _("Search"),
                                   .initial = review->text.pattern,
                                   .fn = search_answer,
                                   .data = review});
}

static bool save_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_review *review = data;
    const struct ui_host *host = ui_app_host(review->page.app);
    if (!answer)
        return true;
    if (answer[0] == '\0')
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a folder is needed"));
    hw_auto_text folder = hw_path_expand(answer);
    if (!host->save_files(host->data, ui_app_cluster(review->page.app), folder, err))
        return false;
    ui_app_notice(review->page.app, HW_INFO,
                  _("Saved %zu files to %s. deploy.sh there needs only the AWS CLI."),
                  review->files->count, folder);
    return true;
}

static void ask_save(struct ui_review *review)
{
    const char *name = hw_cluster_get(ui_app_cluster(review->page.app), "cluster");
    hw_auto_text folder = hw_format("%s-files", name[0] ? name : "cluster");
    ui_app_ask(review->page.app,
               &(struct ui_dialog){.title = _("Save the generated files"),
                                   .text = _("The folder is written whole or not at all."),
                                   .label = _("Folder"),
                                   .initial = folder,
                                   .fn = save_answer,
                                   .data = review});
}

static void refuse_deploy(struct ui_review *review)
{
    size_t errors = review->checks.of_kind[UI_CHECK_ERROR];
    if (review->costs)
        toggle_costs(review);
    review->in_text = false; /* where PgUp goes back */
    ui_app_notice(review->page.app, HW_ERROR,
                  P_("Not deployed: %zu check found an error. PgUp shows it and its remedy.",
                     "Not deployed: %zu checks found an error. PgUp shows them.", errors),
                  errors);
}

static bool begin_deploy(struct ui_review *review, struct hw_err *err)
{
    struct ui_app *app = review->page.app;
    const struct ui_host *host = ui_app_host(app);
    if (!host->deploy(host->data, ui_app_cluster(app), err))
        return false;
    ui_app_executes(app, true);
    ui_app_goto(app, HW_PAGE_DEPLOY, UI_DEPLOY_BEGIN);
    return true;
}

/* What the checks find until the name is typed, and after it, still counts. */
static bool deploy_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_review *review = data;
    if (!answer)
        return true;
    if (review->checks.running) {
        review->deploy_agreed = true;
        ui_app_notice(review->page.app, HW_WARNING, "%s",
                      _("It is deployed as soon as the checks are done. Any key stops that."));
        return true;
    }
    if (review->checks.of_kind[UI_CHECK_ERROR] == 0)
        return begin_deploy(review, err);
    refuse_deploy(review);
    return true;
}

/* Deploy is refused while it is known to fail; everything else may be decided by the person. */
static void ask_deploy(struct ui_review *review)
{
    struct ui_app *app = review->page.app;
    const char *name = hw_cluster_get(ui_app_cluster(app), "cluster");
    if (ui_app_deploying(app)) { /* a second one would drop what the first has under way */
        ui_app_goto(app, HW_PAGE_DEPLOY, NULL);
        ui_app_notice(app, HW_INFO, "%s",
                      _("A deployment is running. When it has ended, deploy again."));
        return;
    }
    if (!review->files) {
        ui_app_error(app, &review->err);
        return;
    }
    run_checks(review);
    if (!review->checks.running && review->checks.of_kind[UI_CHECK_ERROR] > 0) {
        refuse_deploy(review);
        return;
    }
    hw_auto_text text = hw_format(
        _("This creates or updates the stacks of %s in %s. From now on the account is "
          "changed and resources cost money. %s. A stack whose making failed before is deleted "
          "and made anew, also one that was kept for inspection. Type the cluster's name to "
          "deploy."),
        name, hw_cluster_get(ui_app_cluster(app), "region"), ui_review_on_failure(review));
    ui_app_ask(app, &(struct ui_dialog){.title = _("Deploy"),
                                        .text = text,
                                        .label = _("Cluster name"),
                                        .expect = name,
                                        .fn = deploy_answer,
                                        .data = review});
}

/* A key, or a question of somebody else, came between. */
static void stop_agreed(struct ui_review *review)
{
    if (review->deploy_agreed)
        ui_app_notice(review->page.app, HW_INFO, "%s",
                      _("Stopped: nothing was deployed. D asks again."));
    review->deploy_agreed = false;
}

static void event(struct ui_page *page, const struct hw_event *e)
{
    struct ui_review *review = self(page);
    if (!ui_checks_apply(&review->checks, ui_app_cluster(page->app), e))
        return;
    if (review->finding >= ui_checks_findings(&review->checks))
        review->finding = 0;
    ui_app_dirty(page->app);
    if (review->checks.running || !review->deploy_agreed)
        return;
    if (!ui_app_on_top(page->app, page)) {
        stop_agreed(review);
        return;
    }
    struct hw_err err = {0};
    review->deploy_agreed = false;
    ui_app_notice_clear(page->app);
    if (review->checks.of_kind[UI_CHECK_ERROR] > 0)
        refuse_deploy(review);
    else if (!begin_deploy(review, &err))
        ui_app_error(page->app, &err);
}

static void enter(struct ui_page *page, const char *key)
{
    struct ui_review *review = self(page);
    unsigned long revision = hw_cluster_revision(ui_app_cluster(page->app));
    if (!review->generated || !review->files || revision != review->revision)
        generate(review);
    run_checks(review);
    if (key && strcmp(key, UI_REVIEW_DEPLOY) == 0)
        ask_deploy(review);
}

/* ---- Keys ------------------------------------------------------------------------------ */

static void next_finding(struct ui_review *review)
{
    size_t count = ui_checks_findings(&review->checks);
    if (count == 0)
        ui_app_notice(review->page.app, HW_INFO, "%s", _("The checks found nothing to read."));
    else
        review->finding = (review->finding + 1) % count;
}

static enum ui_result act_pane(struct ui_review *review, const struct ui_input *input)
{
    bool search = input->action == UI_ACT_SEARCH_NEXT || input->action == UI_ACT_SEARCH_PREVIOUS;
    if (search || (review->in_text && input->action != UI_ACT_ENTER))
        return ui_text_act(&review->text, input) ? UI_STAY : UI_PASS;
    if (input->action == UI_ACT_ENTER) {
        size_t tag;
        if (review->in_text) { /* read; what comes next is the question, which nothing answers */
            ask_deploy(review);
            return UI_STAY;
        }
        if (ui_tree_focus(&review->tree, &tag) && tag < UI_REVIEW_TAG_GROUP) {
            review->in_text = true;
            return UI_STAY;
        }
    }
    if (!ui_tree_act(&review->tree, input))
        return UI_PASS;
    open_focused(review);
    return UI_STAY;
}

/* The deploy page shows it as it comes. */
static enum ui_result plan(struct ui_review *review)
{
    struct ui_app *app = review->page.app;
    const struct ui_host *host = ui_app_host(app);
    struct hw_err err = {0};
    if (!host->plan || ui_app_deploying(app)) /* it would end the deployment's watching */
        return UI_STAY;
    if (host->plan(host->data, ui_app_cluster(app), &err))
        return ui_app_goto(app, HW_PAGE_DEPLOY, UI_DEPLOY_PLAN);
    ui_app_error(app, &err);
    return UI_STAY;
}

static enum ui_result act(struct ui_page *page, const struct ui_input *input)
{
    struct ui_review *review = self(page);
    stop_agreed(review);
    switch (input->action) {
    case UI_ACT_TAB:
    case UI_ACT_BACKTAB:
        if (review->costs) {
            toggle_costs(review);
            return UI_STAY;
        }
        review->in_text = !review->in_text;
        return UI_STAY;
    case UI_ACT_CANCEL:
        if (review->text.pattern) {
            ui_text_search(&review->text, "");
            return UI_STAY;
        }
        if (!review->in_text)
            return UI_PASS;
        if (review->costs)
            toggle_costs(review);
        review->in_text = false;
        return UI_STAY;
    case UI_ACT_SEARCH:
        ask_search(review);
        return UI_STAY;
    case UI_ACT_WARNINGS:
        next_finding(review);
        return UI_STAY;
    case UI_ACT_SAVE:
        if (review->files && ui_app_host(page->app)->save_files)
            ask_save(review);
        return UI_STAY;
    case UI_ACT_DEPLOY:
        ask_deploy(review);
        return UI_STAY;
    case UI_ACT_COST:
        toggle_costs(review);
        return UI_STAY;
    case UI_ACT_ON_FAILURE:
        next_on_failure(review);
        return UI_STAY;
    case UI_ACT_PLAN:
        return plan(review);
    case UI_ACT_NEXT:
    case UI_ACT_BACK: /* the page keys scroll where there is a text to scroll */
        if (!review->in_text || (input->code != UI_KEY_PGUP && input->code != UI_KEY_PGDN))
            return UI_PASS;
        return ui_text_act(&review->text, input) ? UI_STAY : UI_PASS;
    default:
        return act_pane(review, input);
    }
}

static size_t offers(struct ui_page *page, const struct ui_offer **ret)
{
    struct ui_review *review = self(page);
    struct ui_offers *o = &review->offers;
    o->count = 0;
    const char *next = ui_app_deploying(page->app) ? _("deployment") : _("deploy…");
    ui_offers_add(o, UI_ACT_ENTER, review->in_text ? next : _("read"));
    ui_offers_add(o, UI_ACT_DEPLOY, review->in_text ? "" : next);
    if (ui_app_host(page->app)->plan && !ui_app_deploying(page->app))
        ui_offers_add(o, UI_ACT_PLAN, NULL);
    ui_offers_add(o, UI_ACT_SAVE, _("save files"));
    if (ui_app_host(page->app)->cost)
        ui_offers_add(o, UI_ACT_COST, review->costs ? _("files") : NULL);
    ui_offers_add(o, UI_ACT_SEARCH, NULL);
    if (review->text.pattern) {
        ui_offers_add(o, UI_ACT_SEARCH_NEXT, NULL);
        ui_offers_add(o, UI_ACT_SEARCH_PREVIOUS, "");
        ui_offers_add(o, UI_ACT_CANCEL, _("end search"));
    }
    ui_offers_add(o, UI_ACT_TAB, NULL);
    if (!ui_app_deploying(page->app)) /* one that runs has taken its answer along */
        ui_offers_add(o, UI_ACT_ON_FAILURE, NULL);
    if (ui_checks_findings(&review->checks) > 1)
        ui_offers_add(o, UI_ACT_WARNINGS, NULL);
    ui_offers_add(o, UI_ACT_UP, review->in_text ? _("scroll") : NULL);
    UI_OFFERS_QUIET(o, UI_ACT_DOWN, UI_ACT_LEFT, UI_ACT_RIGHT, UI_ACT_HOME, UI_ACT_END,
                    UI_ACT_PAGE_UP, UI_ACT_PAGE_DOWN);
    if (review->in_text) {
        ui_offers_add(o, UI_ACT_NEXT, "");
        ui_offers_add(o, UI_ACT_BACK, "");
    }
    *ret = o->items;
    return o->count;
}

static void draw(struct ui_page *page, struct ui_area area)
{
    if (self(page)->costs)
        show_costs(self(page));
    ui_review_draw(self(page), area);
}

static enum ui_page_state state(const struct ui_page *page)
{
    const struct ui_review *review = (const struct ui_review *)page;
    if (!review->generated)
        return UI_PAGE_OPEN;
    return review->files ? UI_PAGE_DONE : UI_PAGE_FAILED;
}

const struct ui_page_class ui_page_review = {
    .init = init,
    .done = done,
    .enter = enter,
    .draw = draw,
    .act = act,
    .event = event,
    .offers = offers,
    .state = state,
    .help = N_("These are the very files that the deployment uses: templates, their parameters, "
               "the scripts that they carry, Packer files for images, and a deploy.sh that does "
               "the same with the AWS CLI alone. Nothing has been changed in the account so far. "
               "D asks for the cluster's name and then deploys; o chooses what becomes of a stack "
               "that fails."),
    .wide = true,
};

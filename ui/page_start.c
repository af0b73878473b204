/* SPDX-License-Identifier: Apache-2.0 */
/* Where it begins: a new cluster, a cluster file, a deployment that runs, or the demo. */
#include "base/clock.h"
#include "base/file.h"
#include "model/cluster_yaml.h"
#include "ui/app.h"
#include "ui/draw.h"
#include "ui/known.h"
#include "ui/page_deploy.h"
#include "ui/widget_list.h"

enum choice { CHOICE_NEW, CHOICE_OPEN, CHOICE_DEMO, CHOICE_KNOWN };

struct start {
    struct ui_page page;
    struct ui_list list;
    struct hw_buf hint;
};

static size_t known_count(const struct ui_page *page, const struct ui_known_deployment **ret)
{
    const struct ui_host *host = ui_app_host(page->app);
    *ret = NULL;
    return host->known ? host->known(host->data, ret) : 0;
}

static struct ui_page *start_init(struct ui_app *app, enum hw_page_id id)
{
    struct start *start = HW_NEW(struct start);
    start->page = (struct ui_page){.app = app, .id = id};
    start->hint = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    return &start->page;
}

static void start_done(struct ui_page *page)
{
    struct start *start = (struct start *)page;
    hw_buf_done(&start->hint);
    free(start);
}

static void start_enter(struct ui_page *page, const char *key)
{
    const struct ui_known_deployment *known;
    (void)key;
    ui_list_set_count(&((struct start *)page)->list, CHOICE_KNOWN + known_count(page, &known));
}

/* ---- Picture --------------------------------------------------------------------------- */

static void draw_known(struct ui_area row, const struct ui_known_deployment *known,
                       enum ui_style style)
{
    enum ui_style sign_style;
    const char *sign = ui_known_sign(known, &sign_style);
    int col = ui_put(row, 0, 2, style, _("Follow")) + 1;
    if (sign)
        ui_put(row, 0, col, sign_style, sign);
    col = ui_put_cut(row, 0, col + 2, 14, style, known->cluster);
    col = ui_put_cut(row, 0, col + 2, 14, style, known->region);
    const char *word = ui_known_word(known);
    hw_auto_text found = known->answers ? hw_format(_("%s, by its tags"), word) : hw_strdup(word);
    ui_put_cut(row, 0, col + 2, row.cols - col - 2, UI_DIM, found);
}

static void draw_item(void *data, struct ui_area row, size_t item, bool focused)
{
    struct ui_page *page = data;
    const struct ui_known_deployment *known;
    enum ui_style style = focused ? UI_FOCUS : UI_NORMAL;
    if (focused)
        ui_put(row, 0, 0, UI_FOCUS, "▸");
    if (item >= CHOICE_KNOWN) {
        size_t count = known_count(page, &known);
        if (item - CHOICE_KNOWN < count)
            draw_known(row, &known[item - CHOICE_KNOWN], style);
        return;
    }
    const char *const words[] = {_("New cluster"), _("Open a cluster file"),
                                 ui_app_host(page->app)->demo ? _("About this demo")
                                                              : _("Try the demo")};
    ui_put_cut(row, 0, 2, row.cols - 2, style, words[item]);
}

static void start_draw(struct ui_page *page, struct ui_area area)
{
    struct start *start = (struct start *)page;
    const struct ui_known_deployment *known;
    ui_list_set_count(&start->list, CHOICE_KNOWN + known_count(page, &known));
    ui_put(area, 0, 0, UI_TITLE, _("Microsoft HPC Pack clusters on AWS"));
    ui_put_cut(area, 1, 0, area.cols - 1, UI_DIM,
               _("Nothing in the account is changed before you deploy."));
    const struct ui_host *host = ui_app_host(page->app);
    const char *more = host->known_more ? host->known_more(host->data) : NULL;
    int rows = area.rows - 3 - (more ? 2 : 0);
    struct ui_area list = ui_area_sub(area, 3, 0, rows, area.cols);
    ui_list_draw(&start->list, list, true, draw_item, page);
    int below = (int)start->list.count < rows ? (int)start->list.count : rows;
    if (more)
        ui_put_cut(area, 4 + below, 2, area.cols - 3, UI_DIM, more);
}

static const char *found_hint(struct start *start, const struct ui_known_deployment *known)
{
    hw_buf_print(&start->hint,
                 _("%s (%s) was found in the account, %s; no journal here knows it. Enter follows "
                   "it without changing anything. To deploy it from here, open its cluster file."),
                 known->cluster, ui_known_word(known), known->region);
    return hw_buf_cstr(&start->hint);
}

static const char *known_hint(struct start *start, const struct ui_known_deployment *known)
{
    char moment[HW_TIME_SIZE], time[HW_TIME_SIZE];
    if (known->answers)
        return found_hint(start, known);
    hw_time_rfc3339(known->last_ms, moment);
    hw_time_in_words(moment, time);
    const char *file = *known->file ? known->file : "-";
    if (strcmp(known->state, "interrupted") == 0)
        hw_buf_print(&start->hint,
                     _("Deployment of %s, interrupted, last seen %s. Enter follows it: how far it "
                       "is, without changing anything; D there takes it up again. Cluster file: "
                       "%s"),
                     known->cluster, time, file);
    else
        hw_buf_print(&start->hint,
                     _("Deployment of %s (%s), last seen %s. Enter follows it: its stacks, nodes "
                       "and logs, without changing anything. Cluster file: %s"),
                     known->cluster, ui_known_word(known), time, file);
    return hw_buf_cstr(&start->hint);
}

static const char *start_hint(struct ui_page *page)
{
    struct start *start = (struct start *)page;
    const struct ui_known_deployment *known;
    size_t count = known_count(page, &known);
    hw_buf_clear(&start->hint);
    if (start->list.focus >= CHOICE_KNOWN)
        return start->list.focus - CHOICE_KNOWN < count
                   ? known_hint(start, &known[start->list.focus - CHOICE_KNOWN])
                   : "";
    switch ((enum choice)start->list.focus) {
    case CHOICE_NEW:
        return _("Answer a page of questions at a time; most have an answer already. Then checks, "
                 "a look at everything that would be made, and the deployment.");
    case CHOICE_OPEN:
        return _("Go on with the answers of a cluster file, at the first question that is still "
                 "open.");
    case CHOICE_DEMO:
        return ui_app_host(page->app)->demo
                   ? _("You are in it: the account is played by hpcwiz-sim on this machine. No "
                       "AWS account is used and nothing costs anything. It ends with this "
                       "wizard: commands that are named would go to a real account.")
                   : _("The whole way with a simulated account on this machine: no AWS account, "
                       "no cost.");
    case CHOICE_KNOWN:
        break;
    }
    return "";
}

/* ---- Choices --------------------------------------------------------------------------- */

static bool take_name(void *data, const char *answer, struct hw_err *err)
{
    struct ui_page *page = data;
    if (!answer)
        return true;
    if (!hw_cluster_set(ui_app_cluster(page->app), "cluster", answer, err))
        return false;
    if (!*answer)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a name is needed"));
    ui_app_goto(page->app, HW_PAGE_ACCOUNT, "region");
    return true;
}

static bool take_file(void *data, const char *answer, struct hw_err *err)
{
    struct ui_page *page = data;
    struct hw_cluster *cluster;
    if (!answer)
        return true;
    if (!*answer)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a file name is needed"));
    hw_auto_text path = hw_path_expand(answer);
    if (!hw_cluster_read(path, true, &cluster, err))
        return false;
    ui_app_open(page->app, cluster, path);
    return true;
}

static void ask_name(struct ui_page *page)
{
    const struct hw_field *field = hw_schema_find("cluster");
    const char *name = hw_cluster_get(ui_app_cluster(page->app), "cluster");
    ui_app_ask(page->app, &(struct ui_dialog){.title = _("New cluster"),
                                              .text = _(field->help),
                                              .label = _(field->label),
                                              .initial = *name ? name : field->example,
                                              .fn = take_name,
                                              .data = page});
}

static void ask_file(struct ui_page *page)
{
    const char *path = ui_app_path(page->app);
    ui_app_ask(page->app, &(struct ui_dialog){.title = _("Open a cluster file"),
                                              .text = _("The file that hpcwiz saved, or that "
                                                        "hpcwiz new wrote."),
                                              .label = _("File"),
                                              .initial = path ? path : "",
                                              .fn = take_file,
                                              .data = page});
}

/* The answers that following needs, from the cluster file or from the account. */
static struct hw_cluster *answers_of(const struct ui_known_deployment *known, struct hw_err *err)
{
    struct hw_cluster *cluster = NULL;
    if (known->answers)
        return hw_cluster_copy(known->answers);
    if (!*known->file)
        hw_fail(err, HW_ERR_NOT_FOUND, _("the cluster file of %s is not known"), known->cluster);
    else
        hw_cluster_read(known->file, false, &cluster, err);
    return cluster;
}

/* Following would end what is deployed from here: that one is shown, every other has to wait. */
static enum ui_result stay_with_deployment(struct ui_page *page,
                                           const struct ui_known_deployment *known)
{
    if (ui_known_is_open(known, page->app))
        return ui_app_goto(page->app, HW_PAGE_DEPLOY, NULL);
    ui_app_notice(page->app, HW_INFO, _("A deployment is running. When it has ended, follow %s."),
                  known->cluster);
    return UI_STAY;
}

static enum ui_result follow(struct ui_page *page, const struct ui_known_deployment *known)
{
    const struct ui_host *host = ui_app_host(page->app);
    struct hw_err err = {0};
    if (ui_app_deploying(page->app))
        return stay_with_deployment(page, known);
    hw_auto_text file = known->answers ? NULL : hw_strdup(known->file);
    struct hw_cluster *cluster = answers_of(known, &err);
    if (!cluster) {
        ui_app_error(page->app, &err);
        return UI_STAY;
    }
    ui_app_open(page->app, cluster, file);
    if (!host->follow || !host->follow(host->data, ui_app_cluster(page->app), &err)) {
        ui_app_error(page->app, &err);
        return UI_STAY;
    }
    return ui_app_goto(page->app, HW_PAGE_DEPLOY, UI_DEPLOY_FOLLOW);
}

static enum ui_result choose(struct ui_page *page)
{
    const struct ui_known_deployment *known;
    size_t count = known_count(page, &known);
    size_t item = ((struct start *)page)->list.focus;
    if (item >= CHOICE_KNOWN)
        return item - CHOICE_KNOWN < count ? follow(page, &known[item - CHOICE_KNOWN]) : UI_STAY;
    if (item == CHOICE_NEW)
        ask_name(page);
    else if (item == CHOICE_OPEN)
        ask_file(page);
    else if (ui_app_host(page->app)->demo)
        ui_app_notice(page->app, HW_INFO, _("This is the demo: take New cluster and go on."));
    else
        ui_app_notice(page->app, HW_INFO, _("Quit with F10 and start: hpcwiz --demo"));
    return UI_STAY;
}

static enum ui_result start_act(struct ui_page *page, const struct ui_input *input)
{
    struct start *start = (struct start *)page;
    if (input->action == UI_ACT_ENTER)
        return choose(page);
    return ui_list_act(&start->list, input) ? UI_STAY : UI_PASS;
}

static size_t start_offers(struct ui_page *page, const struct ui_offer **ret)
{
    static const struct ui_offer offers[] = {
        {UI_ACT_UP, NULL}, {UI_ACT_ENTER, NULL}, {UI_ACT_DOWN, ""},
        {UI_ACT_HOME, ""}, {UI_ACT_END, ""},
    };
    (void)page;
    *ret = offers;
    return HW_COUNT(offers);
}

const struct ui_page_class ui_page_start = {
    .init = start_init,
    .done = start_done,
    .enter = start_enter,
    .draw = start_draw,
    .act = start_act,
    .offers = start_offers,
    .hint = start_hint,
    .help = N_("hpcwiz leads from a few questions to a running HPC Pack cluster, and shows what "
               "happens on every node. Answers can be saved at any time (F3) and opened again."),
};

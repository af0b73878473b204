/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and logs: every node with its stage, and the log of one or of all. */
#include "ui/page_logs.h"

#include "base/text.h"
#include "ui/known.h"

static struct ui_logs *self(struct ui_page *page)
{
    return (struct ui_logs *)page;
}

static struct ui_page *init(struct ui_app *app, enum hw_page_id id)
{
    struct ui_logs *logs = HW_NEW(struct ui_logs);
    (void)app;
    (void)id;
    logs->follow = true;
    logs->current = SIZE_MAX;
    logs->cell.max = HW_MAX_TEXT;
    return &logs->page;
}

static void done(struct ui_page *page)
{
    struct ui_logs *logs = self(page);
    hw_log_view_free(logs->view);
    ui_nodes_done(&logs->nodes);
    hw_buf_done(&logs->cell);
    free(logs->node);
    hw_strv_done(&logs->some);
    free(logs->source);
    free(logs->filter);
    free(logs->search);
    free(logs->seek.stage);
    free(logs);
}

const struct ui_node *ui_logs_node(const struct ui_logs *logs)
{
    return logs->node ? ui_nodes_find(&logs->nodes, logs->node) : NULL;
}

/* ---- The node that has the focus ------------------------------------------------------- */

static void focus_node(struct ui_logs *logs, const char *name)
{
    bool other = !logs->node || strcmp(logs->node, name) != 0;
    for (size_t i = 0; i < logs->nodes.count; i++) {
        if (strcmp(logs->nodes.items[i].name, name) == 0)
            ui_list_focus(&logs->list, i);
    }
    if (!other)
        return;
    hw_replace(&logs->node, name);
    hw_replace(&logs->source, NULL);
    if (!logs->merged)
        ui_logs_refilter(logs, NULL);
}

/* A failed stage, then what works, then what is away; a node that refused us has no lines. */
static int interest(const struct ui_node *node)
{
    static const int ranks[] = {[UI_NODE_BROKEN] = 3,
                                [UI_NODE_AWAY] = 2,
                                [UI_NODE_WORKS] = 1,
                                [UI_NODE_READY] = 4,
                                [UI_NODE_ENDED] = 5};
    return ui_node_failure(node) && node->state != HW_NODE_GONE ? 0 : ranks[ui_node_health(node)];
}

/* Until a person chooses, the log of the node that needs a look most is shown: one that failed,
 * else the one that works. */
static void choose_node(struct ui_logs *logs)
{
    const struct ui_node *best = NULL;
    ui_list_set_count(&logs->list, logs->nodes.count);
    if (logs->chosen && ui_logs_node(logs)) {
        focus_node(logs, logs->node);
        return;
    }
    for (size_t i = 0; i < logs->nodes.count; i++) {
        const struct ui_node *node = &logs->nodes.items[i];
        if (!best || interest(node) < interest(best))
            best = node;
    }
    if (best)
        focus_node(logs, best->name);
}

static void event(struct ui_page *page, const struct hw_event *e)
{
    struct ui_logs *logs = self(page);
    if (!ui_nodes_apply(&logs->nodes, e, ui_app_now_ms(page->app)))
        return;
    if (e->type != HW_EV_LOG || logs->list.count != logs->nodes.count)
        choose_node(logs);
    ui_app_dirty(page->app);
}

/* key: a node's name, or with tabs between them node, file and a text to search: the place that a
 * finding quotes. */
static void go_evidence(struct ui_logs *logs, const char *key)
{
    const char *file = strchr(key, '\t');
    const char *text = file ? strchr(file + 1, '\t') : NULL;
    hw_auto_text node = hw_strndup(key, file ? (size_t)(file - key) : strlen(key));
    logs->merged = false;
    logs->chosen = true;
    logs->left = 0;
    hw_replace(&logs->filter, NULL);
    focus_node(logs, node);
    if (!text)
        return;
    hw_auto_text source = hw_strndup(file + 1, (size_t)(text - file - 1));
    hw_replace(&logs->source, source[0] != '\0' ? source : NULL);
    ui_logs_open(logs);
    ui_logs_refilter(logs, NULL);
    size_t length = hw_text_cut(text + 1, 120);
    const char *stop = strstr(text + 1, "\\E");
    if (stop && (size_t)(stop - text - 1) < length)
        length = (size_t)(stop - text - 1);
    if (length > 0)
        ui_logs_quoted(logs, text + 1, length);
    logs->in_log = true;
}

static void enter(struct ui_page *page, const char *key)
{
    struct ui_logs *logs = self(page);
    ui_logs_open(logs);
    choose_node(logs);
    if (key)
        go_evidence(logs, key);
}

/* ---- Keys ------------------------------------------------------------------------------ */

static void next_source(struct ui_logs *logs)
{
    const struct ui_node *node = ui_logs_node(logs);
    size_t next = 0;
    if (!node || logs->merged || node->sources.count == 0)
        return;
    for (size_t i = 0; logs->source && i < node->sources.count; i++) {
        if (strcmp(node->sources.items[i], logs->source) == 0)
            next = i + 1;
    }
    hw_replace(&logs->source, next < node->sources.count ? node->sources.items[next] : NULL);
    ui_logs_refilter(logs, NULL);
}

static bool act_go(struct ui_logs *logs, enum ui_action action)
{
    static const struct {
        enum ui_action next, previous;
        enum hw_log_mark mark;
    } kinds[] = {{UI_ACT_SEARCH_NEXT, UI_ACT_SEARCH_PREVIOUS, HW_LOG_MATCH},
                 {UI_ACT_NEXT_ERROR, UI_ACT_PREVIOUS_ERROR, HW_LOG_ERROR},
                 {UI_ACT_NEXT_WARNING, UI_ACT_PREVIOUS_WARNING, HW_LOG_WARNING},
                 {UI_ACT_NEXT_MARK, UI_ACT_PREVIOUS_MARK, HW_LOG_BOOKMARK}};
    for (size_t i = 0; i < HW_COUNT(kinds); i++) {
        if (action == kinds[i].next || action == kinds[i].previous) {
            ui_logs_next(logs, kinds[i].mark, action == kinds[i].next ? 1 : -1);
            return true;
        }
    }
    return false;
}

/* What stands on the screen, and how. */
static bool act_look(struct ui_logs *logs, enum ui_action action)
{
    switch (action) {
    case UI_ACT_MERGE:
        logs->merged = !logs->merged;
        hw_strv_done(&logs->some);
        ui_logs_refilter(logs, NULL);
        return true;
    case UI_ACT_SOURCE:
        next_source(logs);
        return true;
    case UI_ACT_WRAP:
        logs->top = (struct ui_logs_place){ui_logs_top(logs).row, 0};
        logs->wrap = !logs->wrap;
        logs->left = 0;
        return true;
    case UI_ACT_COLUMN_TIME:
    case UI_ACT_COLUMN_NODE:
    case UI_ACT_COLUMN_FILE:
        ui_logs_widen(logs, (enum ui_logs_column)(action - UI_ACT_COLUMN_TIME));
        return true;
    default:
        return false;
    }
}

static bool act_log(struct ui_logs *logs, enum ui_action action)
{
    switch (action) {
    case UI_ACT_SEARCH:
        ui_logs_ask_search(logs);
        return true;
    case UI_ACT_FILTER:
        ui_logs_ask_filter(logs);
        return true;
    case UI_ACT_SAVE:
        ui_logs_ask_save(logs);
        return true;
    case UI_ACT_GO:
        ui_logs_ask_place(logs);
        return true;
    case UI_ACT_MARK:
        ui_logs_bookmark(logs);
        return true;
    case UI_ACT_COPY:
        ui_logs_copy_line(logs);
        return true;
    case UI_ACT_COPY_SCREEN:
        ui_logs_copy_screen(logs);
        return true;
    case UI_ACT_HOLD:
    case UI_ACT_FOLLOW:
        ui_logs_follow(logs, action == UI_ACT_FOLLOW || !logs->follow);
        return true;
    default:
        return act_go(logs, action) || act_look(logs, action);
    }
}

/* Of the merged logs only those of some nodes; the last one that is taken away leaves all. */
static void select_node(struct ui_logs *logs)
{
    if (logs->list.focus >= logs->nodes.count)
        return;
    const char *name = logs->nodes.items[logs->list.focus].name;
    struct hw_strv rest = {0};
    for (size_t i = 0; i < logs->some.count; i++) {
        if (strcmp(logs->some.items[i], name) != 0)
            hw_strv_add(&rest, logs->some.items[i]);
    }
    if (rest.count == logs->some.count)
        hw_strv_add(&rest, name);
    hw_strv_done(&logs->some);
    logs->some = rest;
    ui_logs_refilter(logs, NULL);
}

static enum ui_result act_table(struct ui_logs *logs, const struct ui_input *input)
{
    if (input->action == UI_ACT_SELECT) {
        select_node(logs);
        return UI_STAY;
    }
    if (input->action == UI_ACT_ENTER) {
        if (logs->nodes.count == 0 && ui_known_here(logs->page.app))
            return ui_known_follow(logs->page.app);
        logs->in_log = true;
        return UI_STAY;
    }
    if (!ui_list_act(&logs->list, input))
        return UI_PASS;
    logs->chosen = true;
    if (logs->list.focus < logs->nodes.count)
        focus_node(logs, logs->nodes.items[logs->list.focus].name);
    return UI_STAY;
}

static bool is_page_key(const struct ui_input *input)
{
    return input->code == UI_KEY_PGUP || input->code == UI_KEY_PGDN;
}

static enum ui_result act(struct ui_page *page, const struct ui_input *input)
{
    struct ui_logs *logs = self(page);
    enum ui_action action = input->action;
    if (action == UI_ACT_CANCEL && logs->search) {
        ui_logs_search(logs, "", NULL);
        return UI_STAY;
    }
    if (action == UI_ACT_TAB || action == UI_ACT_BACKTAB ||
        (action == UI_ACT_CANCEL && logs->in_log)) {
        logs->in_log = action != UI_ACT_CANCEL && !logs->in_log;
        return UI_STAY;
    }
    if (action == UI_ACT_WHY)
        return ui_app_goto(page->app, HW_PAGE_FINDINGS, NULL);
    if ((action == UI_ACT_NEXT || action == UI_ACT_BACK) && !(logs->in_log && is_page_key(input)))
        return UI_PASS;
    if (act_log(logs, action))
        return UI_STAY;
    if (!logs->in_log)
        return act_table(logs, input);
    if (action == UI_ACT_END) {
        ui_logs_follow(logs, true);
        return UI_STAY;
    }
    return ui_logs_scroll(logs, input) ? UI_STAY : UI_PASS;
}

static bool any_broken(const struct ui_logs *logs)
{
    for (size_t i = 0; i < logs->nodes.count; i++) {
        if (ui_node_health(&logs->nodes.items[i]) == UI_NODE_BROKEN)
            return true;
    }
    return false;
}

static const char *select_word(const struct ui_logs *logs)
{
    bool there = logs->list.focus < logs->nodes.count;
    const char *name = there ? logs->nodes.items[logs->list.focus].name : "";
    return !logs->some.count                ? _("only this")
           : hw_strv_has(&logs->some, name) ? _("without it")
                                            : _("this too");
}

static size_t offers(struct ui_page *page, const struct ui_offer **ret)
{
    struct ui_logs *logs = self(page);
    struct ui_offers *o = &logs->offers;
    o->count = 0;
    if (logs->nodes.count == 0 && ui_known_here(page->app))
        ui_offers_add(o, UI_ACT_ENTER, _("show it"));
    ui_offers_add(o, UI_ACT_UP, logs->in_log ? _("scroll") : _("node"));
    ui_offers_add(o, UI_ACT_TAB, logs->in_log ? _("nodes") : _("log"));
    if (any_broken(logs))
        ui_offers_add(o, UI_ACT_WHY, NULL);
    ui_offers_add(o, UI_ACT_SEARCH, NULL);
    if (logs->search) {
        ui_offers_add(o, UI_ACT_SEARCH_NEXT, NULL);
        ui_offers_add(o, UI_ACT_SEARCH_PREVIOUS, "");
        ui_offers_add(o, UI_ACT_CANCEL, _("end search"));
    }
    if (logs->merged && !logs->in_log)
        ui_offers_add(o, UI_ACT_SELECT, select_word(logs));
    else
        ui_offers_add(o, UI_ACT_HOLD, logs->follow ? NULL : _("follow"));
    ui_offers_add(o, UI_ACT_NEXT_ERROR, NULL);
    ui_offers_add(o, UI_ACT_MERGE, logs->merged ? _("one node") : NULL);
    if (!any_broken(logs))
        ui_offers_add(o, UI_ACT_WHY, ""); /* F9 leads to the findings from everywhere */
    ui_offers_add(o, UI_ACT_FILTER, NULL);
    ui_offers_add(o, UI_ACT_SAVE, NULL);
    if (!logs->merged)
        ui_offers_add(o, UI_ACT_SOURCE, NULL);
    if (logs->in_log) { /* the page keys scroll here */
        ui_offers_add(o, UI_ACT_NEXT, "");
        ui_offers_add(o, UI_ACT_BACK, "");
    }
    UI_OFFERS_QUIET(o, UI_ACT_PREVIOUS_ERROR, UI_ACT_NEXT_WARNING, UI_ACT_PREVIOUS_WARNING,
                    UI_ACT_GO, UI_ACT_MARK, UI_ACT_NEXT_MARK, UI_ACT_PREVIOUS_MARK, UI_ACT_WRAP,
                    UI_ACT_COLUMN_TIME, UI_ACT_COLUMN_NODE, UI_ACT_COLUMN_FILE, UI_ACT_COPY,
                    UI_ACT_COPY_SCREEN, UI_ACT_FOLLOW, UI_ACT_DOWN, UI_ACT_LEFT, UI_ACT_RIGHT,
                    UI_ACT_HOME, UI_ACT_END, UI_ACT_PAGE_UP, UI_ACT_PAGE_DOWN, UI_ACT_ENTER);
    *ret = o->items;
    return o->count;
}

static void draw(struct ui_page *page, struct ui_area area)
{
    ui_logs_draw(self(page), area);
}

static enum ui_page_state state(const struct ui_page *page)
{
    const struct ui_logs *logs = (const struct ui_logs *)page;
    bool all_ready = logs->nodes.count > 0;
    if (any_broken(logs))
        return UI_PAGE_FAILED;
    for (size_t i = 0; i < logs->nodes.count; i++)
        all_ready = all_ready && ui_node_health(&logs->nodes.items[i]) >= UI_NODE_READY;
    if (all_ready)
        return UI_PAGE_DONE;
    return logs->nodes.count > 0 ? UI_PAGE_BUSY : UI_PAGE_OPEN;
}

const struct ui_page_class ui_page_logs = {
    .init = init,
    .done = done,
    .enter = enter,
    .draw = draw,
    .act = act,
    .event = event,
    .offers = offers,
    .state = state,
    .help = N_("Above, every node with the stage it is in and how old its newest line is; below, "
               "its log, or with m the logs of all nodes in the order of time; there Space picks "
               "the nodes, where some will do. The log follows "
               "the newest line until it is scrolled; End or f follows again. Search and filter "
               "are regular expressions; without a capital letter they ignore case."),
    .wide = true,
    .ages = true,
};

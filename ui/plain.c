/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/plain.h"

#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "model/cluster_yaml.h"
#include "ui/plain_private.h"
#include "ui/rescue.h"

static void ask(struct ui_plain *plain);

void ui_plain_go(struct ui_plain *plain, enum ui_plain_state state)
{
    plain->state = state;
    plain->shown = plain->loading = plain->all = false;
}

bool ui_plain_unsaved(const struct ui_plain *plain)
{
    return hw_cluster_revision(plain->cluster) != plain->saved_revision;
}

/* ---- Answers --------------------------------------------------------------------------- */

/* "2" or "1,3" among the choices becomes their values; anything else is taken as it is. */
static void resolve(const struct hw_choices *choices, const char *line, struct hw_buf *out)
{
    hw_auto_text copy = hw_strdup(line);
    char *rest = copy, *part;
    while ((part = strsep(&rest, ","))) {
        struct hw_span item = hw_text_trim(part, strlen(part));
        hw_auto_text text = hw_strndup(item.p, item.n);
        long number;
        bool chosen =
            choices && choices->count > 0 && hw_parse_int(text, 1, (long)choices->count, &number);
        hw_buf_print(out, "%s%s", out->len ? "," : "",
                     chosen ? choices->items[number - 1].value : text);
    }
}

static const struct hw_choices *current_choices(struct ui_plain *plain,
                                                const struct hw_field *field)
{
    return ui_answer_choices(plain->host, field, &plain->options);
}

static void answer_question(struct ui_plain *plain, const char *line)
{
    const char *key = ui_plain_key(plain);
    const struct hw_field *field = hw_schema_find(key);
    const struct hw_choices *choices = current_choices(plain, field);
    struct hw_err err = {0};
    bool number = field->options || field->type != HW_TYPE_INT;
    hw_auto(hw_buf) value = HW_BUF(HW_MAX_TEXT);
    if (*line == '=')
        hw_buf_text(&value, line + 1);
    else
        resolve(number ? choices : NULL, line, &value);
    bool ok = *line ? ui_answer_set(plain->host, plain->cluster, key, hw_buf_cstr(&value), &err)
                    : ui_answer_accept(plain->host, plain->cluster, key, field, &err);
    if (!ok) {
        ui_plain_say_error(plain, &err);
        plain->shown = false;
        return;
    }
    ui_answer_want(plain->host, plain->cluster, plain->page);
    if (field->type != HW_TYPE_NAME_OF_SECRET || !ui_plain_secret_begin(plain))
        ui_plain_next_question(plain);
}

static void open_cluster(struct ui_plain *plain, struct hw_cluster *cluster, const char *path)
{
    hw_cluster_free(plain->cluster);
    plain->cluster = cluster;
    plain->saved_revision = hw_cluster_revision(cluster);
    hw_replace(&plain->path, path);
    ui_answer_settle(cluster);
}

static void open_file(struct ui_plain *plain, const char *path)
{
    struct hw_cluster *cluster;
    struct hw_err err = {0};
    if (!*path || !hw_cluster_read(path, true, &cluster, &err)) {
        if (*path)
            ui_plain_say_error(plain, &err);
        ui_plain_go(plain, UI_PLAIN_START);
        return;
    }
    open_cluster(plain, cluster, path);
    ui_plain_open_first_missing(plain);
}

static void follow(struct ui_plain *plain, const struct ui_known_deployment *known)
{
    struct hw_cluster *cluster;
    struct hw_err err = {0};
    hw_auto_text file = hw_strdup(known->file);
    if (!hw_cluster_read(file, false, &cluster, &err)) {
        ui_plain_say_error(plain, &err);
        ui_plain_go(plain, UI_PLAIN_START);
        return;
    }
    open_cluster(plain, cluster, file);
    ui_plain_go(plain, UI_PLAIN_DEPLOY);
    if (!plain->host->follow || !plain->host->follow(plain->host->data, cluster, &err)) {
        ui_plain_say_error(plain, &err);
        ui_plain_go(plain, UI_PLAIN_START);
    }
}

static void answer_start(struct ui_plain *plain, const char *line)
{
    const struct ui_known_deployment *known = NULL;
    size_t count = plain->host->known ? plain->host->known(plain->host->data, &known) : 0;
    long number = 1;
    if (*line && !hw_parse_int(line, 1, (long)count + 2, &number)) {
        ui_plain_say(plain, _("Type a number from 1 to %zu."), count + 2);
        plain->shown = false;
    } else if (number > 2) {
        follow(plain, &known[number - 3]);
    } else {
        ui_plain_go(plain, number == 1 ? UI_PLAIN_NAME : UI_PLAIN_FILE);
    }
}

static void answer_name(struct ui_plain *plain, const char *line)
{
    const struct hw_field *field = hw_schema_find("cluster");
    struct hw_err err = {0};
    if (!hw_cluster_set(plain->cluster, "cluster", *line ? line : field->example, &err)) {
        ui_plain_say_error(plain, &err);
        plain->shown = false;
        return;
    }
    ui_plain_open_page(plain, HW_PAGE_ACCOUNT);
    ui_plain_next_question(plain); /* the name is the page's first question */
}

static void answer_review(struct ui_plain *plain, const char *line)
{
    struct hw_err err = {0};
    if (hw_text_starts(line, "w ")) {
        bool ok = plain->host->save_files(plain->host->data, plain->cluster, line + 2, &err);
        if (ok)
            ui_plain_say(plain, _("Written to %s."), line + 2);
        else
            ui_plain_say_error(plain, &err);
        plain->shown = false;
    } else if (strcmp(line, "r") == 0) {
        ui_plain_start_checks(plain);
    } else if (!*line && plain->errors > 0) { /* as on the review page: it is known to fail */
        ui_plain_say(plain,
                     P_("Not deployed: %u check found an error. Correct it, or r checks again.",
                        "Not deployed: %u checks found an error. Correct them, or r checks again.",
                        plain->errors),
                     plain->errors);
        plain->shown = false;
    } else {
        ui_plain_go(plain, *line ? UI_PLAIN_REVIEW : UI_PLAIN_CONFIRM);
    }
}

static void answer_confirm(struct ui_plain *plain, const char *line)
{
    struct hw_err err = {0};
    if (strcmp(line, hw_cluster_get(plain->cluster, "cluster")) != 0) {
        ui_plain_say(plain, "%s", _("Not deployed: that is not the cluster's name."));
        ui_plain_go(plain, UI_PLAIN_REVIEW);
        return;
    }
    ui_plain_go(plain, UI_PLAIN_DEPLOY);
    ui_plain_say(plain, "%s", _("Deploying. l shows or hides the log lines, d leaves it running."));
    if (!plain->host->deploy(plain->host->data, plain->cluster, &err)) {
        ui_plain_say_error(plain, &err);
        ui_plain_go(plain, UI_PLAIN_REVIEW);
    }
}

/* ---- Saving and the end ---------------------------------------------------------------- */

bool ui_plain_save(struct ui_plain *plain, const char *path)
{
    struct hw_err err = {0};
    if (!plain->host->save_cluster ||
        !plain->host->save_cluster(plain->host->data, plain->cluster, path, &err)) {
        ui_plain_say_error(plain, &err);
        return false;
    }
    hw_auto_text copy = hw_strdup(path);
    hw_replace(&plain->path, copy);
    plain->saved_revision = hw_cluster_revision(plain->cluster);
    ui_plain_say(plain, _("Saved to %s."), plain->path);
    return true;
}

char *ui_plain_default_path(const struct ui_plain *plain)
{
    const char *name = hw_cluster_get(plain->cluster, "cluster");
    return plain->path ? hw_strdup(plain->path) : ui_free_path(*name ? name : "cluster");
}

static void answer_save(struct ui_plain *plain, const char *line)
{
    hw_auto_text path = *line ? hw_path_expand(line) : ui_plain_default_path(plain);
    bool dropped = strcmp(line, "n") == 0;
    bool own = plain->path && strcmp(path, plain->path) == 0;
    bool others = !dropped && !own && hw_path_exists(path);
    if (others)
        ui_plain_say(plain, _("%s is there already; name another file."), path);
    if (dropped || (!others && ui_plain_save(plain, path)))
        ui_plain_go(plain, UI_PLAIN_END);
    else
        plain->shown = false;
}

static void quit(struct ui_plain *plain)
{
    if (plain->state == UI_PLAIN_DEPLOY && plain->host->leave) {
        plain->host->leave(plain->host->data);
        ui_plain_say(plain, "%s",
                     plain->host->demo
                         ? _("The account of the demo, with all its stacks, ends too.")
                         : _("The stacks that AWS has begun go on, the rest waits: hpcwiz deploy "
                             "FILE takes it up again."));
    }
    ui_plain_go(plain, ui_plain_unsaved(plain) ? UI_PLAIN_SAVE : UI_PLAIN_END);
}

/* ---- Lines ----------------------------------------------------------------------------- */

static void explain(struct ui_plain *plain)
{
    const char *key = plain->state == UI_PLAIN_QUESTION ? ui_plain_key(plain) : NULL;
    const struct hw_field *field = key ? hw_schema_find(key) : NULL;
    if (field)
        ui_plain_say(plain, "%s", _(field->help));
    ui_plain_say(plain, "%s",
                 _("Enter takes what stands in brackets. A number takes that choice, "
                   "several with commas. b back, s save, q quit, ? this help. =b is "
                   "the value b itself, = alone empties the answer. + asks or leaves out the "
                   "questions that few people need."));
    if (field && plain->page == HW_PAGE_NODES)
        ui_plain_say(plain, "%s",
                     _("g adds a compute group and asks about it, x removes the group of this "
                       "question."));
    plain->shown = false;
}

/* What only a question takes. */
static bool question_command(struct ui_plain *plain, const char *line)
{
    if (plain->state != UI_PLAIN_QUESTION || !ui_plain_key(plain))
        return false;
    if (strcmp(line, "+") == 0) {
        ui_plain_show_advanced(plain);
        return true;
    }
    if (strcmp(line, "g") == 0 || strcmp(line, "x") == 0)
        return ui_plain_change_groups(plain, *line == 'g');
    return false;
}

static bool command(struct ui_plain *plain, const char *line)
{
    hw_auto_text path = NULL;
    if (plain->state == UI_PLAIN_SAVE || plain->state == UI_PLAIN_CONFIRM)
        return false;
    if (strcmp(line, "?") == 0) {
        explain(plain);
    } else if (strcmp(line, "*") == 0) {
        plain->all = true;
        plain->shown = false;
    } else if (strcmp(line, "q") == 0) {
        quit(plain);
    } else if (strcmp(line, "b") == 0 && plain->state != UI_PLAIN_DEPLOY) {
        ui_plain_back(plain);
    } else if (strcmp(line, "s") == 0) {
        path = ui_plain_default_path(plain);
        ui_plain_save(plain, path);
        plain->shown = false;
    } else {
        return question_command(plain, line);
    }
    return true;
}

static void answer(struct ui_plain *plain, const char *line)
{
    switch (plain->state) {
    case UI_PLAIN_START:
        answer_start(plain, line);
        break;
    case UI_PLAIN_NAME:
        answer_name(plain, line);
        break;
    case UI_PLAIN_FILE:
        open_file(plain, line);
        break;
    case UI_PLAIN_QUESTION:
        answer_question(plain, line);
        break;
    case UI_PLAIN_SECRET:
        ui_plain_secret_answer(plain, line);
        break;
    case UI_PLAIN_REVIEW:
        answer_review(plain, line);
        break;
    case UI_PLAIN_CONFIRM:
        answer_confirm(plain, line);
        break;
    case UI_PLAIN_DEPLOY:
        plain->show_logs = strcmp(line, "l") == 0 ? !plain->show_logs : plain->show_logs;
        if (strcmp(line, "d") == 0)
            quit(plain);
        break;
    case UI_PLAIN_SAVE:
        answer_save(plain, line);
        break;
    case UI_PLAIN_SECRET_TYPE:
    case UI_PLAIN_SECRET_MAKE:
    case UI_PLAIN_CHECKS:
    case UI_PLAIN_END:
        break;
    }
}

/* Whether a line is expected now; lines that come earlier wait in the queue. */
static bool is_ready(const struct ui_plain *plain)
{
    return plain->shown || plain->state == UI_PLAIN_DEPLOY;
}

static char *take_line(struct ui_plain *plain)
{
    char *line = plain->queue.items[0];
    plain->queue.count--;
    memmove(plain->queue.items, plain->queue.items + 1,
            plain->queue.count * sizeof(*plain->queue.items));
    return line;
}

/* True: the host waits for a line (the code of an MFA device), and nothing else is asked. */
static bool host_asks(struct ui_plain *plain)
{
    const struct ui_host *host = plain->host;
    const char *question = host->asks ? host->asks(host->data) : NULL;
    if (!question) {
        plain->asked = false;
        return false;
    }
    if (!plain->asked)
        ui_plain_say(plain, "%s%s:", plain->shown ? "\n" : "", question);
    plain->asked = true;
    plain->shown = false; /* what was asked before is asked again */
    if (plain->queue.count) {
        hw_auto_text line = take_line(plain);
        host->answer(host->data, line);
    } else if (plain->input_ended) {
        host->answer(host->data, NULL);
    }
    return true;
}

static void work_off(struct ui_plain *plain)
{
    for (;;) {
        if (host_asks(plain))
            return;
        ask(plain);
        if (plain->queue.count == 0 || !is_ready(plain) || plain->state == UI_PLAIN_END)
            return;
        hw_auto_text line = take_line(plain);
        if (!isatty(plain->in)) /* nobody saw it being typed: a transcript reads well with it */
            ui_plain_say(plain, "%s", line);
        if (!command(plain, line))
            answer(plain, line);
    }
}

void ui_plain_line(struct ui_plain *plain, const char *line)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    struct hw_span span = hw_text_trim(line, strlen(line));
    hw_text_clean(&clean, span.p, span.n, false);
    hw_strv_add(&plain->queue, hw_buf_cstr(&clean));
    work_off(plain);
}

void ui_plain_poll(struct ui_plain *plain)
{
    work_off(plain);
}

/* ---- Prompts --------------------------------------------------------------------------- */

static void ask_question(struct ui_plain *plain)
{
    const struct hw_field *field = hw_schema_find(ui_plain_key(plain));
    const struct hw_choices *choices = current_choices(plain, field);
    bool given = *hw_cluster_get(plain->cluster, ui_plain_key(plain));
    if (choices && choices->state == HW_CHOICES_LOADING && !given) {
        if (!plain->loading)
            ui_plain_say(plain, _("%s: loading…"), _(field->label));
        plain->loading = true;
        return;
    }
    ui_plain_ask_question(plain, field, choices);
    plain->shown = true;
}

static void ask_text(struct ui_plain *plain)
{
    hw_auto_text path = ui_plain_default_path(plain);
    hw_auto_text text = NULL;
    const struct hw_field *field = hw_schema_find("cluster");
    switch (plain->state) {
    case UI_PLAIN_NAME:
        text = hw_format("%s [%s]:", _(field->label), field->example);
        break;
    case UI_PLAIN_FILE:
        text = hw_strdup(_("File:"));
        break;
    case UI_PLAIN_SAVE:
        text = hw_format(_("Save the answers to [%s], or n to drop them:"), path);
        break;
    default:
        text = hw_format(_("Type %s to deploy, anything else to go back:"),
                         hw_cluster_get(plain->cluster, "cluster"));
        break;
    }
    ui_plain_prompt(plain, text);
}

/* Writes the prompt of the state, once. */
static void ask(struct ui_plain *plain)
{
    if (plain->state == UI_PLAIN_SECRET && !plain->shown && !ui_plain_secret_ask(plain))
        ui_plain_next_question(plain);
    if (plain->state == UI_PLAIN_SECRET)
        return;
    if (plain->shown || plain->state == UI_PLAIN_END || plain->state == UI_PLAIN_DEPLOY ||
        plain->state == UI_PLAIN_CHECKS || plain->state == UI_PLAIN_SECRET_MAKE)
        return;
    if (plain->state == UI_PLAIN_QUESTION) {
        ask_question(plain);
        return;
    }
    plain->shown = true;
    if (plain->state == UI_PLAIN_START)
        ui_plain_ask_start(plain);
    else if (plain->state == UI_PLAIN_REVIEW)
        ui_plain_show_review(plain);
    else
        ask_text(plain);
}

/* ---- Events ---------------------------------------------------------------------------- */

static void count_check(struct ui_plain *plain, const struct hw_ev_check *check)
{
    plain->passed += check->status == HW_PASS;
    plain->warnings += check->status == HW_CHECK_FAIL && check->severity == HW_WARNING;
    plain->errors += check->status == HW_CHECK_FAIL && check->severity == HW_ERROR;
}

static void take_result(struct ui_plain *plain, const struct hw_ev_result *result)
{
    if (plain->state == UI_PLAIN_SECRET_MAKE && strcmp(result->command, "secret") == 0) {
        ui_plain_secret_result(plain, result);
    } else if (strcmp(result->command, "check") == 0 && plain->state == UI_PLAIN_CHECKS) {
        ui_plain_say(plain, _("Checks: passed %u, warnings %u, errors %u."), plain->passed,
                     plain->warnings, plain->errors);
        ui_plain_go(plain, UI_PLAIN_REVIEW);
    } else if (plain->state == UI_PLAIN_DEPLOY && strcmp(result->command, "check") != 0) {
        plain->failed = !result->ok;
        if (result->err)
            plain->err = *result->err;
        ui_plain_show_findings(plain);
        ui_plain_say(plain, "%s",
                     result->ok ? _("Done: every stack is complete.")
                                : _("The deployment failed."));
        if (result->ok)
            ui_plain_show_logon(plain);
        ui_plain_go(plain, ui_plain_unsaved(plain) ? UI_PLAIN_SAVE : UI_PLAIN_END);
    }
}

void ui_plain_tell(struct ui_plain *plain, const struct hw_event *event)
{
    ui_plain_show_event(plain, event);
    const char *head = hw_event_head(event);
    if (head)
        hw_replace(&plain->head, head);
    if (event->type == HW_EV_CHECK)
        count_check(plain, &event->u.check);
    if (event->type == HW_EV_RESULT)
        take_result(plain, &event->u.result);
}

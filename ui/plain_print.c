/* SPDX-License-Identifier: Apache-2.0 */
/* What --plain writes: one thought a line, nothing that needs a cursor. */
#include <stdarg.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/logon.h"
#include "template/generate.h"
#include "ui/plain_private.h"

enum { CHOICES_MOST = 12 };

void ui_plain_say(const struct ui_plain *plain, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(plain->out, fmt, args);
    va_end(args);
    fputc('\n', plain->out);
}

void ui_plain_prompt(const struct ui_plain *plain, const char *text)
{
    fprintf(plain->out, "%s ", text);
    fflush(plain->out);
}

void ui_plain_say_error(const struct ui_plain *plain, const struct hw_err *err)
{
    char text[sizeof(err->what) + sizeof(err->place) + sizeof(err->next) + 8];
    ui_plain_say(plain, _("Error: %s"), hw_err_text(err, text, sizeof(text)));
}

void ui_plain_ask_start(const struct ui_plain *plain)
{
    const struct ui_known_deployment *known = NULL;
    size_t count = plain->host->known ? plain->host->known(plain->host->data, &known) : 0;
    ui_plain_say(plain, "%s", _("hpcwiz: Microsoft HPC Pack clusters on AWS."));
    ui_plain_say(plain, "%s", _("Type a number or a value; Enter takes what stands in brackets."));
    ui_plain_say(plain, "%s", _("b goes back, ? explains, s saves, q quits."));
    ui_plain_say(plain, "  1  %s", _("New cluster"));
    ui_plain_say(plain, "  2  %s", _("Open a cluster file"));
    for (size_t i = 0; i < count; i++)
        ui_plain_say(plain, _("  %zu  Follow %s, %s, %s"), i + 3, known[i].cluster, known[i].region,
                     known[i].state);
    ui_plain_prompt(plain, _("What to do [1]:"));
}

static void print_choice(const struct ui_plain *plain, size_t number,
                         const struct hw_choice *choice, bool chosen)
{
    fprintf(plain->out, "  %zu  %s", number, choice->label);
    if (*choice->detail)
        fprintf(plain->out, "  %s", choice->detail);
    if (*choice->group)
        fprintf(plain->out, "  %s", choice->group);
    if (choice->unfit)
        fprintf(plain->out, _("  (does not fit: %s)"), choice->unfit);
    else if (chosen)
        fprintf(plain->out, "%s", _("  (chosen)"));
    fputc('\n', plain->out);
}

void ui_plain_ask_question(struct ui_plain *plain, const struct hw_field *field,
                           const struct hw_choices *choices)
{
    const char *key = ui_plain_key(plain);
    hw_auto(ui_answer) answer = {0};
    size_t group;
    size_t count = choices ? choices->count : 0;
    size_t most = plain->all || count <= CHOICES_MOST ? count : CHOICES_MOST;
    for (size_t i = 0; i < most; i++)
        print_choice(plain, i + 1, &choices->items[i],
                     hw_strv_has(hw_cluster_list(plain->cluster, key), choices->items[i].value));
    if (most < count)
        ui_plain_say(plain, _("  and %zu more: * lists them all"), count - most);
    if (choices && choices->state == HW_CHOICES_FAILED)
        ui_plain_say_error(plain, &choices->err);
    ui_answer_get(plain->host, plain->cluster, key, field, &answer);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    if (hw_key_group(key, &group) && hw_cluster_groups(plain->cluster) > 1)
        hw_buf_print(&text, _("Group %zu, "), group + 1);
    hw_buf_text(&text, _(field->label));
    if (*answer.value)
        hw_buf_print(&text, " [%s]", answer.value);
    else if (!field->required)
        hw_buf_text(&text, _(" [none]"));
    else if (field->example)
        hw_buf_print(&text, _(" (such as %s)"), field->example);
    hw_buf_char(&text, ':');
    ui_plain_prompt(plain, hw_buf_cstr(&text));
}

static void show_cost(const struct ui_plain *plain)
{
    hw_auto(hw_buf) table = HW_BUF(HW_MAX_TEXT);
    bool over;
    const struct hw_cost *cost = plain->host->cost(plain->host->data, plain->cluster, &over);
    hw_cost_table(cost, &table);
    ui_plain_say(plain, "%s", _("What it costs:"));
    ui_plain_say(plain, "%s", hw_buf_cstr(&table));
    if (!over)
        ui_plain_say(plain, "%s", _("More prices are on their way; r shows them with the checks."));
}

void ui_plain_show_review(const struct ui_plain *plain)
{
    struct hw_err err = {0};
    const struct hw_fileset *files = NULL;
    if (plain->host->generate)
        files = plain->host->generate(plain->host->data, plain->cluster, &err);
    if (!files) {
        ui_plain_say_error(plain, &err);
    } else {
        ui_plain_say(plain, "%s", _("These files describe the deployment:"));
        for (size_t i = 0; i < files->count; i++)
            ui_plain_say(plain, _("  %s, %zu bytes"), files->items[i].path, files->items[i].size);
    }
    if (files && plain->host->cost)
        show_cost(plain);
    ui_plain_prompt(plain,
                    _("Enter to deploy, w FOLDER writes the files, r checks again, b back:"));
}

/* The first one that is open, as the command that asks it: here nothing is run on a node. */
static void show_question(const struct ui_plain *plain, const struct hw_ev_finding *finding)
{
    for (size_t i = 0; i < finding->question_count; i++) {
        const struct hw_ev_question *q = &finding->questions[i];
        if (q->answer == HW_ANSWER_NONE && q->command) {
            ui_plain_say(plain, _("To find out more: %s Run in a shell: %s"), q->text, q->command);
            return;
        }
    }
}

static void show_remedy(const struct ui_plain *plain, const char *steps)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    hw_text_number(&text, steps ? steps : "", 3);
    if (text.len > 0)
        ui_plain_say(plain, "%s\n%.*s", _("What to do"), (int)text.len - 1, text.data);
}

void ui_plain_show_logon(const struct ui_plain *plain)
{
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_TEXT);
    hw_logon_words(plain->cluster, plain->head, &words);
    if (words.len && plain->host->demo)
        ui_plain_say(plain, "%s", _("In a real account, where Windows runs on the nodes:"));
    fputs(hw_buf_cstr(&words), plain->out);
}

void ui_plain_show_findings(const struct ui_plain *plain)
{
    size_t count = plain->host->findings ? plain->host->findings(plain->host->data) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct hw_ev_finding *finding = plain->host->finding(plain->host->data, i);
        if (finding->explained)
            continue;
        ui_plain_say(plain, _("Cause %zu: %s (%u percent sure, node %s)"), i + 1, finding->title,
                     finding->confidence, finding->node && finding->node[0] ? finding->node : "-");
        ui_plain_say(plain, "%s", finding->cause ? finding->cause : "");
        for (size_t e = 0; e < finding->evidence_count; e++)
            ui_plain_say(plain, "  %s: %s", finding->evidence[e].source, finding->evidence[e].text);
        show_question(plain, finding);
        if (finding->verdict && finding->verdict[0])
            ui_plain_say(plain, "%s", finding->verdict);
        show_remedy(plain, finding->remedy);
    }
}

static void say_at(const struct ui_plain *plain, int64_t time_ms, const char *who, const char *what,
                   const char *more)
{
    char time[HW_TIME_SIZE];
    hw_time_of_day(time_ms, time);
    ui_plain_say(plain, "%s  %s  %s%s%s", time, who ? who : "", what ? what : "",
                 more && *more ? "  " : "", more ? more : "");
}

static void show_check(const struct ui_plain *plain, const struct hw_ev_check *check)
{
    if (check->status != HW_CHECK_FAIL)
        return;
    ui_plain_say(plain, "%s: %s", hw_severity_word(check->severity), check->message);
    if (check->remedy && *check->remedy)
        ui_plain_say(plain, "  %s", check->remedy);
}

static void show_stage(const struct ui_plain *plain, const struct hw_ev_stage *stage)
{
    hw_auto_text what = hw_format("%s %s", stage->stage, hw_stage_status_word(stage->status));
    say_at(plain, stage->time_ms, stage->node, what, stage->message);
}

void ui_plain_show_event(const struct ui_plain *plain, const struct hw_event *event)
{
    switch (event->type) {
    case HW_EV_CHECK:
        show_check(plain, &event->u.check);
        break;
    case HW_EV_STACK: {
        const struct hw_ev_stack *stack = &event->u.stack;
        hw_auto_text what = hw_format("%s %s", stack->resource, stack->status);
        say_at(plain, stack->time_ms, stack->stack, what, stack->reason);
        break;
    }
    case HW_EV_STEP:
        say_at(plain, event->u.step.time_ms, event->u.step.stack, hw_step_word(event->u.step.step),
               event->u.step.message);
        break;
    case HW_EV_CHANGE:
        ui_plain_say(plain, "  %s %s (%s) %s", hw_change_word(event->u.change.action),
                     event->u.change.resource, event->u.change.resource_type,
                     event->u.change.message);
        break;
    case HW_EV_NODE:
        say_at(plain, event->u.node.time_ms, event->u.node.node,
               hw_node_state_word(event->u.node.state), event->u.node.detail);
        break;
    case HW_EV_STAGE:
        show_stage(plain, &event->u.stage);
        break;
    case HW_EV_LOG:
        if (plain->show_logs)
            say_at(plain, event->u.log.time_ms, event->u.log.node, event->u.log.text, NULL);
        break;
    case HW_EV_IDENTITY:
        ui_plain_say(plain, _("Account %s, %s (keys from: %s)"), event->u.identity.account,
                     event->u.identity.arn, event->u.identity.source);
        break;
    case HW_EV_NOTICE:
        ui_plain_say(plain, "%s: %s", hw_severity_word(event->u.notice.severity),
                     event->u.notice.text);
        break;
    case HW_EV_TEST: /* --plain runs none */
    case HW_EV_COST:
    case HW_EV_PROGRESS:
    case HW_EV_FINDING:
    case HW_EV_RESULT:
        break;
    }
    fflush(plain->out);
}

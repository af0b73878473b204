/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "diagnose/tests.h"

enum tone { PLAIN, GOOD, WAITING, BAD, DIM };

static const char *const sgr[] = {"", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};

static void toned(struct hw_buf *out, bool color, enum tone tone, const char *fmt, ...)
    HW_PRINTF(4, 5);

static void toned(struct hw_buf *out, bool color, enum tone tone, const char *fmt, ...)
{
    va_list args;
    if (color && tone != PLAIN)
        hw_buf_text(out, sgr[tone]);
    va_start(args, fmt);
    hw_buf_vprint(out, fmt, args);
    va_end(args);
    if (color && tone != PLAIN)
        hw_buf_text(out, "\033[0m");
}

/* In a column, whatever the language of the text. */
static void toned_column(struct hw_buf *out, bool color, enum tone tone, const char *text,
                         size_t columns)
{
    hw_auto(hw_buf) padded = HW_BUF(HW_MAX_TEXT);
    hw_text_pad(&padded, text, columns);
    toned(out, color, tone, "%s", hw_buf_cstr(&padded));
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool has(const char *text)
{
    return text && *text;
}

static void clock_column(struct hw_buf *out, bool color, int64_t time_ms)
{
    char now[HW_TIME_SIZE];
    hw_time_of_day(time_ms ? time_ms : hw_clock_wall_ms(), now);
    toned(out, color, DIM, "%s", now);
    hw_buf_text(out, "  ");
}

static void print_check(const struct hw_ev_check *check, bool color, struct hw_buf *out)
{
    if (check->status == HW_PASS)
        toned_column(out, color, GOOD, _("pass"), 8);
    else if (check->status == HW_SKIPPED)
        toned_column(out, color, DIM, _("skipped"), 8);
    else if (check->severity == HW_ERROR)
        toned_column(out, color, BAD, _("ERROR"), 8);
    else if (check->severity == HW_WARNING)
        toned_column(out, color, WAITING, _("warning"), 8);
    else
        hw_text_pad(out, _("note"), 8);
    hw_buf_print(out, "%-30s %s\n", check->id, or_empty(check->message));
    if (check->status == HW_CHECK_FAIL && has(check->remedy))
        hw_buf_print(out, "        %s%s%s\n", or_empty(check->field), has(check->field) ? ": " : "",
                     check->remedy);
}

static enum tone status_tone(const char *status)
{
    if (strstr(status, "FAILED") || strstr(status, "ROLLBACK"))
        return BAD;
    return hw_text_ends(status, "_COMPLETE") ? GOOD : PLAIN;
}

static void print_stack(const struct hw_ev_stack *stack, bool color, struct hw_buf *out)
{
    clock_column(out, color, stack->time_ms);
    hw_buf_print(out, "%-22s %-26s ", or_empty(stack->stack), or_empty(stack->resource));
    toned(out, color, status_tone(or_empty(stack->status)), "%s", or_empty(stack->status));
    if (has(stack->reason))
        hw_buf_print(out, "  %s", stack->reason);
    hw_buf_char(out, '\n');
}

static void print_step(const struct hw_ev_step *step, bool color, struct hw_buf *out)
{
    enum tone tone = step->step == HW_STEP_FAILED || step->step == HW_STEP_ROLLING_BACK ? BAD
                     : step->step == HW_STEP_DONE                                       ? GOOD
                                                                                        : PLAIN;
    clock_column(out, color, step->time_ms);
    hw_buf_print(out, "%-22s ", or_empty(step->stack));
    const char *word = hw_step_word(step->step);
    toned(out, color, tone, "%s", word);
    if (has(step->message) && strcmp(step->message, word) != 0)
        hw_buf_print(out, ": %s", step->message);
    hw_buf_char(out, '\n');
}

#define WRAP_INDENT 12u
#define WRAP_WIDTH  79u

/* Words in lines of a terminal's width. */
static void wrapped(struct hw_buf *out, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        hw_auto_text copy = hw_strndup(text, word);
        size_t width = hw_text_width(copy);
        if (column > 0 && column + 1 + width > WRAP_WIDTH) {
            hw_buf_char(out, '\n');
            column = 0;
        }
        hw_buf_fill(out, ' ', column ? 1 : WRAP_INDENT);
        hw_buf_text(out, copy);
        column += width + (column ? 1 : WRAP_INDENT);
        text += word;
        text += strspn(text, " ");
    }
    hw_buf_char(out, '\n');
}

/* "+ add", "~ modify" ...: a tree below the line of its stack. */
static void print_change(const struct hw_ev_change *change, bool color, struct hw_buf *out)
{
    static const struct {
        const char *sign, *word;
        enum tone tone;
    } LOOKS[] = {
        [HW_CHANGE_ADD] = {"+", N_("add"), GOOD},
        [HW_CHANGE_MODIFY] = {"~", N_("modify"), PLAIN},
        [HW_CHANGE_REPLACE] = {"!", N_("REPLACE"), WAITING},
        [HW_CHANGE_MAY_REPLACE] = {"?", N_("may be replaced"), WAITING},
        [HW_CHANGE_REMOVE] = {"-", N_("remove"), BAD},
    };
    hw_buf_text(out, "          ");
    enum tone tone = change->loses_data ? BAD : LOOKS[change->action].tone;
    toned(out, color, tone, "%s ", LOOKS[change->action].sign);
    toned_column(out, color, tone, _(LOOKS[change->action].word), 16);
    hw_buf_print(out, " %-22s %s\n", or_empty(change->resource), or_empty(change->resource_type));
    if (change->loses_data)
        toned(out, color, BAD, "            %s\n", _("DATA IS LOST"));
    if (has(change->message))
        wrapped(out, change->message);
}

static void print_node(const struct hw_ev_node *node, bool color, struct hw_buf *out)
{
    clock_column(out, color, node->time_ms);
    hw_text_pad(out, or_empty(node->node), 22);
    hw_buf_char(out, ' ');
    toned(out, color, node->state == HW_NODE_REFUSED ? BAD : PLAIN, "%s",
          hw_node_state_word(node->state));
    hw_buf_print(out, "  %s %s", or_empty(node->instance), or_empty(node->address));
    if (has(node->detail))
        hw_buf_print(out, "  %s", node->detail);
    hw_buf_char(out, '\n');
}

static void print_stage(const struct hw_ev_stage *stage, bool color, struct hw_buf *out)
{
    enum tone tone = stage->status == HW_STAGE_FAILED ? BAD
                     : stage->status == HW_STAGE_DONE ? GOOD
                                                      : PLAIN;
    clock_column(out, color, stage->time_ms);
    hw_text_pad(out, or_empty(stage->node), 22);
    hw_buf_print(out, " %-18s ", or_empty(stage->stage));
    toned(out, color, tone, "%s", hw_stage_status_word(stage->status));
    if (stage->exit_code)
        hw_buf_print(out, " (%d)", stage->exit_code);
    if (has(stage->message))
        hw_buf_print(out, "  %s", stage->message);
    hw_buf_char(out, '\n');
}

static void print_log(const struct hw_ev_log *log, bool color, struct hw_buf *out)
{
    char when[HW_TIME_SIZE] = "        ";
    if (log->time_ms)
        hw_time_of_day(log->time_ms, when);
    toned(out, color, DIM, "%s", when);
    hw_buf_char(out, ' ');
    hw_text_pad(out, or_empty(log->node), 8);
    hw_buf_char(out, ' ');
    toned_column(out, color, DIM, or_empty(log->source), 14);
    hw_buf_print(out, " %s\n", or_empty(log->text));
}

static void indented(struct hw_buf *out, const char *text)
{
    while (text && *text) {
        size_t line = strcspn(text, "\n");
        hw_buf_print(out, "    %.*s\n", (int)line, text);
        text += line;
        text += *text == '\n';
    }
}

static void print_test(const struct hw_ev_test *test, bool color, struct hw_buf *out)
{
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_VALUE);
    hw_test_words(test->with, &words);
    clock_column(out, color, test->time_ms);
    hw_buf_print(out, "%-22s %s %s: ", or_empty(test->node), test->test, hw_buf_cstr(&words));
    toned(out, color, PLAIN, "%s", hw_answer_word(test->answer));
    hw_buf_print(out, "%s%s\n", has(test->detail) ? ", " : "", or_empty(test->detail));
}

static void print_questions(const struct hw_ev_finding *finding, bool color, struct hw_buf *out)
{
    if (finding->question_count > 0)
        hw_buf_print(out, "  %s\n", _("To find out more, from the node"));
    for (size_t i = 0; i < finding->question_count; i++) {
        const struct hw_ev_question *question = &finding->questions[i];
        hw_buf_print(out, "    %s", question->text);
        if (question->answer != HW_ANSWER_NONE)
            hw_buf_print(out, "  %s%s%s", hw_answer_word(question->answer),
                         has(question->detail) ? ", " : "", question->detail);
        hw_buf_char(out, '\n');
        if (question->answer == HW_ANSWER_NONE && has(question->command))
            hw_buf_print(out, "      %s\n", question->command);
    }
    if (has(finding->verdict))
        toned(out, color, BAD, "    %s\n", finding->verdict);
}

static void print_finding(const struct hw_ev_finding *finding, bool color, struct hw_buf *out)
{
    hw_buf_char(out, '\n');
    toned(out, color, BAD, "%s", or_empty(finding->title));
    hw_buf_print(out, "  (%s%s%s, %u %%)\n", finding->id, has(finding->ref) ? ", " : "",
                 or_empty(finding->ref), finding->confidence);
    indented(out, finding->cause);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct hw_evidence *e = &finding->evidence[i];
        hw_buf_text(out, "    ");
        if (e->line)
            toned(out, color, DIM, "%s:%llu", e->source, (unsigned long long)e->line);
        else
            toned(out, color, DIM, "%s", e->source);
        hw_buf_print(out, "  %s\n", or_empty(e->text));
    }
    print_questions(finding, color, out);
    if (has(finding->remedy) && !finding->explained) {
        hw_buf_print(out, "  %s\n", _("What to do"));
        hw_text_number(out, finding->remedy, 5);
    }
}

static void print_progress(const struct hw_ev_progress *progress, bool color, struct hw_buf *out)
{
    int64_t minutes = (progress->left_ms + 59999) / 60000;
    if (progress->left_ms < 0)
        return;
    clock_column(out, color, progress->time_ms);
    toned(out, color, DIM, _("%u %% done, about %lld min left"), progress->permille / 10,
          (long long)minutes);
    hw_buf_char(out, '\n');
}

void hw_print_event(const struct hw_event *event, bool color, struct hw_buf *out)
{
    switch (event->type) {
    case HW_EV_CHECK:
        print_check(&event->u.check, color, out);
        break;
    case HW_EV_STACK:
        print_stack(&event->u.stack, color, out);
        break;
    case HW_EV_STEP:
        print_step(&event->u.step, color, out);
        break;
    case HW_EV_CHANGE:
        print_change(&event->u.change, color, out);
        break;
    case HW_EV_PROGRESS:
        print_progress(&event->u.progress, color, out);
        break;
    case HW_EV_NODE:
        print_node(&event->u.node, color, out);
        break;
    case HW_EV_STAGE:
        print_stage(&event->u.stage, color, out);
        break;
    case HW_EV_LOG:
        print_log(&event->u.log, color, out);
        break;
    case HW_EV_FINDING:
        print_finding(&event->u.finding, color, out);
        break;
    case HW_EV_TEST:
        print_test(&event->u.test, color, out);
        break;
    case HW_EV_IDENTITY:
        hw_buf_print(out, "%s  %s\n", event->u.identity.account, event->u.identity.arn);
        break;
    case HW_EV_NOTICE:
        clock_column(out, color, event->u.notice.time_ms);
        toned(out, color, event->u.notice.severity == HW_ERROR ? BAD : WAITING, "%s",
              or_empty(event->u.notice.text));
        hw_buf_char(out, '\n');
        break;
    case HW_EV_COST: /* the table says it */
    case HW_EV_RESULT:
        break;
    }
}

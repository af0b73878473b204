/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "base/text.h"
#include "logs/store.h"
#include "ui/draw.h"
#include "ui/known.h"
#include "ui/page_findings.h"

enum {
    TEXT_COL = 3,
    STEP_COLS = 3,
    EVIDENCE_ROWS = 4,
    SURE = 95,
    LIKELY = 70,
    ALIKE_NAMES = 5, /* nodes that are named */
    POSSIBLE = 30,   /* below it the cause is not known */
    TEXT_COLS_MAX = 110
};

static struct ui_finding_row *add_row(struct ui_findings *p, int col, enum ui_style style,
                                      const char *text, size_t n)
{
    hw_grow(&p->rows, &p->row_capacity, p->row_count, sizeof *p->rows);
    struct ui_finding_row *row = &p->rows[p->row_count++];
    *row = (struct ui_finding_row){
        .text = hw_strndup(text, n), .col = col, .style = style, .item = SIZE_MAX};
    return row;
}

static void add_blank(struct ui_findings *p)
{
    add_row(p, 0, UI_NORMAL, "", 0);
}

/* Wrapped text of at most `most` rows, behind a head that stands on the first one ("1"; may be
 * ""). Long rows are hard to read: they end at a fair width; the last one of `most` carries the
 * rest of the text, which is cut when it is drawn. */
static void add_text(struct ui_findings *p, int col, enum ui_style style, const char *head,
                     const char *text, size_t most)
{
    int indent = head[0] ? col + STEP_COLS : col, cols = p->cols - indent - 2;
    if (cols > TEXT_COLS_MAX)
        cols = TEXT_COLS_MAX;
    for (size_t i = 0; text && *text && i < most && cols > 0; i++) {
        size_t skip, n = ui_draw_wrap_next(text, cols, &skip);
        n = i + 1 == most && text[n + skip] ? strlen(text) : n;
        hw_auto_text first = head[0] ? hw_format("%-*s%.*s", STEP_COLS, head, (int)n, text) : NULL;
        if (first && i == 0)
            add_row(p, col, style, first, strlen(first));
        else
            add_row(p, indent, style, text, n);
        if (n + skip == 0 || text[n] == '\0')
            break;
        text += n + skip;
    }
}

static void add_item(struct ui_findings *p, enum ui_finding_kind kind, size_t finding,
                     size_t evidence)
{
    hw_grow(&p->items, &p->item_capacity, p->item_count, sizeof *p->items);
    p->items[p->item_count++] = (struct ui_finding_item){
        .kind = kind, .finding = finding, .evidence = evidence, .row = p->row_count};
}

/* The rows from the item's first one on are its own. */
static void own_rows(struct ui_findings *p, size_t place)
{
    size_t item = p->item_count - 1;
    for (size_t row = p->items[item].row; row < p->row_count; row++)
        p->rows[row].item = item;
    if (p->items[item].row < p->row_count)
        p->rows[p->items[item].row].place = place;
}

static const char *known(const char *text)
{
    return text ? text : "";
}

static const char *confidence(unsigned percent)
{
    return percent >= SURE       ? _("certain")
           : percent >= LIKELY   ? _("likely")
           : percent >= POSSIBLE ? _("possible")
                                 : _("not known");
}

static int by_name(const void *a, const void *b)
{
    return hw_text_compare_natural(*(char *const *)a, *(char *const *)b);
}

/* "Also on std-02, std-03 and 17 more nodes." */
static void add_alike(struct ui_findings *p, size_t index)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    hw_auto(hw_strv) nodes = {0};
    for (size_t i = 0; i < ui_findings_count(p); i++) {
        if (ui_findings_is_alike(p, i, index))
            hw_strv_add(&nodes, ui_findings_at(p, i)->node);
    }
    if (nodes.count == 0)
        return;
    qsort(nodes.items, nodes.count, sizeof *nodes.items, by_name);
    for (size_t i = 0; i < nodes.count && i < ALIKE_NAMES; i++)
        hw_buf_print(&text, i == 0 ? _("Also on %s") : ", %s", nodes.items[i]);
    if (nodes.count > ALIKE_NAMES)
        hw_buf_print(&text,
                     P_(" and %zu more node", " and %zu more nodes", nodes.count - ALIKE_NAMES),
                     nodes.count - ALIKE_NAMES);
    add_text(p, TEXT_COL, UI_DIM, "", hw_buf_cstr(&text), 2);
}

static void add_cause(struct ui_findings *p, size_t index)
{
    const struct hw_ev_finding *finding = ui_findings_at(p, index);
    add_item(p, UI_FINDING_CAUSE, index, 0);
    const char *title = known(finding->title);
    struct ui_finding_row *row = add_row(p, TEXT_COL, UI_BAD, title, strlen(title));
    row->sign = "✗";
    row->sign_style = UI_BAD;
    row->right = hw_strdup(confidence(finding->confidence));
    add_text(p, TEXT_COL, UI_NORMAL, "", finding->cause, SIZE_MAX);
    add_alike(p, index);
    add_blank(p);
}

/* The log has the time of its lines, ours and set-up's; here it would take the room of their words.
 * In a form 0 stands for any digit. */
static const char *without_time(const char *line)
{
    static const char *const forms[] = {"0000-00-00T00:00:00.000Z ", "[00/00/0000 00:00:00.000] ",
                                        "0000-00-00 00:00:00.00 ", "0000-00-00 00:00:00,000 ",
                                        "0000-00-00 00:00:00 "};
    for (size_t k = 0; k < HW_COUNT(forms); k++) {
        size_t i = 0;
        while (forms[k][i] &&
               (forms[k][i] == '0' ? isdigit((unsigned char)line[i]) : forms[k][i] == line[i]))
            i++;
        if (forms[k][i] == '\0')
            return line + i;
    }
    return line;
}

/* Columns that a log lines up with blanks are read here alone. */
static char *one_blank(const char *line)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    for (; *line; line++) {
        bool again = *line == ' ' && text.len > 0 && text.data[text.len - 1] == ' ';
        if (!again)
            hw_buf_char(&text, *line);
    }
    return hw_buf_take(&text);
}

static bool has_focus(const struct ui_findings *p, size_t index, size_t evidence)
{
    return p->focus_id && p->focus.kind == UI_FINDING_EVIDENCE && p->focus.evidence == evidence &&
           strcmp(ui_findings_id(p, index), p->focus_id) == 0;
}

/* A row for each line, so that what to do stays in view; the one under the focus in full. */
static void add_evidence(struct ui_findings *p, size_t index)
{
    const struct hw_ev_finding *finding = ui_findings_at(p, index);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct hw_evidence *evidence = &finding->evidence[i];
        hw_auto_text place = evidence->line ? hw_format("%s:%llu", known(evidence->source),
                                                        (unsigned long long)evidence->line)
                                            : hw_strdup(known(evidence->source));
        hw_auto_text words = one_blank(without_time(known(evidence->text)));
        hw_auto_text text = hw_format("%s   %s", place, words);
        add_item(p, UI_FINDING_EVIDENCE, index, i);
        add_text(p, TEXT_COL, UI_NORMAL, "", text, has_focus(p, index, i) ? EVIDENCE_ROWS : 1);
        own_rows(p, strlen(place));
    }
    if (finding->evidence_count > 0)
        add_blank(p);
}

/* Steps, one a line, become a numbered list with hanging lines. */
static void add_remedy(struct ui_findings *p, const struct hw_ev_finding *finding)
{
    const char *step = finding->remedy ? finding->remedy : "";
    const char *action = finding->action ? finding->action : "";
    if (step[0] == '\0')
        return;
    add_text(p, TEXT_COL, UI_TITLE, "", _("What to do"), 1);
    for (unsigned number = 1; *step; number++) {
        size_t length = strcspn(step, "\n");
        hw_auto_text text = hw_strndup(step, length);
        hw_auto_text head = hw_format("%u", number);
        add_text(p, TEXT_COL, UI_NORMAL, head, text, SIZE_MAX);
        step += length + (step[length] == '\n' ? 1 : 0);
    }
    if (strchr(action, ' '))
        add_text(p, TEXT_COL, UI_ACCENT, "$", action, SIZE_MAX);
    add_blank(p);
}

/* One row a question, its answer below it; then what they come to. */
static void add_questions(struct ui_findings *p, size_t index)
{
    const struct hw_ev_finding *finding = ui_findings_at(p, index);
    if (finding->question_count == 0)
        return;
    add_text(p, TEXT_COL, UI_TITLE, "", _("To find out more, from the node"), 1);
    for (size_t i = 0; i < finding->question_count; i++) {
        const struct hw_ev_question *question = &finding->questions[i];
        enum hw_answer answer = question->answer;
        size_t row = p->row_count;
        add_item(p, UI_FINDING_QUESTION, index, i);
        add_text(p, TEXT_COL, UI_NORMAL, "", question->text, 2);
        p->rows[row].sign = answer == HW_ANSWER_YES ? "✓" : answer == HW_ANSWER_NO ? "✗" : "?";
        p->rows[row].sign_style = answer == HW_ANSWER_YES  ? UI_GOOD
                                  : answer == HW_ANSWER_NO ? UI_BAD
                                                           : UI_WAIT;
        if (answer == HW_ANSWER_NONE)
            p->rows[row].right = hw_strdup(p->testing ? _("it runs…") : _("test it"));
        own_rows(p, 0);
        hw_auto_text words = hw_format("%s%s%s", ui_findings_answer(answer),
                                       question->detail[0] ? ": " : "", question->detail);
        if (answer != HW_ANSWER_NONE)
            add_text(p, TEXT_COL + STEP_COLS, UI_DIM, "", words, 2);
    }
    add_text(p, TEXT_COL, UI_BAD, "", finding->verdict, SIZE_MAX);
    add_blank(p);
}

static void add_explained(struct ui_findings *p, size_t index)
{
    size_t count = ui_findings_explains(p, index);
    const char *id = ui_findings_id(p, index);
    bool open = hw_strv_has(&p->open, id);
    if (count == 0)
        return;
    add_item(p, UI_FINDING_EXPLAINS, index, SIZE_MAX);
    hw_auto_text text =
        hw_format(P_("explains %zu more finding", "explains %zu more findings", count), count);
    struct ui_finding_row *row = add_row(p, TEXT_COL, UI_NORMAL, text, strlen(text));
    row->sign = open ? "▾" : "▹";
    row->sign_style = UI_DIM;
    row->item = p->item_count - 1;
    for (size_t i = 0; open && i < ui_findings_count(p); i++) {
        const struct hw_ev_finding *finding = ui_findings_at(p, i);
        if (!ui_findings_explained_by(p, i, index) || ui_findings_is_alike(p, i, index))
            continue;
        hw_auto_text line = finding->node && finding->node[0]
                                ? hw_format("%s: %s", finding->node, known(finding->title))
                                : hw_strdup(known(finding->title));
        add_text(p, TEXT_COL + STEP_COLS, UI_DIM, "", line, 2);
    }
    add_blank(p);
}

void ui_findings_build(struct ui_findings *p, int cols)
{
    ui_findings_clear(p);
    p->cols = cols;
    for (size_t i = 0; i < ui_findings_count(p); i++) {
        if (!ui_findings_is_cause(p, i))
            continue;
        add_cause(p, i);
        add_evidence(p, i);
        add_questions(p, i);
        add_remedy(p, ui_findings_at(p, i));
        add_explained(p, i);
    }
    if (ui_app_host(p->page.app)->demo && p->item_count)
        add_text(p, TEXT_COL, UI_DIM, "",
                 _("This is the demo: commands named here would go to a real account."), SIZE_MAX);
}

static void draw_title(struct ui_findings *p, struct ui_area area)
{
    size_t causes = 0, rest = 0;
    for (size_t i = 0; i < ui_findings_count(p); i++) {
        bool cause = ui_findings_is_cause(p, i);
        causes += cause;
        rest += cause ? ui_findings_explains(p, i) : 0;
    }
    int col = ui_print(area, 0, 1, UI_TITLE, P_("%zu cause", "%zu causes", causes), causes);
    if (rest > 0)
        ui_print(area, 0, col, UI_TITLE, P_(", %zu consequence", ", %zu consequences", rest), rest);
    const struct hw_ev_finding *finding = ui_findings_at(p, p->items[ui_findings_focus(p)].finding);
    if (!finding->node || finding->node[0] == '\0')
        return;
    hw_auto_text where = finding->stage && finding->stage[0]
                             ? hw_format(_("%s · stage %s"), finding->node, finding->stage)
                             : hw_strdup(finding->node);
    ui_put_right(area, 0, area.cols - 1, UI_DIM, where);
}

static void draw_row(const struct ui_finding_row *row, struct ui_area area, int i, bool focused)
{
    int right = area.cols - 1, col = row->col;
    size_t place = hw_text_cut(row->text, row->place);
    if (row->right)
        right = ui_put_right(area, i, right, UI_DIM, row->right) - 2;
    if (row->sign)
        ui_put(area, i, 1, row->sign_style, row->sign);
    if (place > 0)
        col = ui_put_n(area, i, col, UI_DIM, row->text, place);
    ui_put_cut(area, i, col, right - col, focused ? UI_FOCUS : row->style, row->text + place);
}

/* The mark leaves a row its sign. */
static void draw_mark(const struct ui_finding_row *row, struct ui_area area, int i)
{
    ui_put(area, i, row->sign ? 0 : 1, UI_FOCUS, "▸");
    ui_cursor(area, i, 1);
}

static void draw_rows(struct ui_findings *p, struct ui_area area)
{
    size_t last = p->row_count > (size_t)area.rows ? p->row_count - (size_t)area.rows : 0;
    size_t focus = ui_findings_focus(p);
    if (p->first > last)
        p->first = last;
    for (int i = 0; i < area.rows && p->first + (size_t)i < p->row_count; i++) {
        size_t at = p->first + (size_t)i;
        draw_row(&p->rows[at], area, i, p->rows[at].item == focus);
        if (at == p->items[focus].row)
            draw_mark(&p->rows[at], area, i);
    }
    ui_draw_scroll(area, p->first, (size_t)area.rows, p->row_count);
}

static void draw_nothing(const struct ui_findings *p, struct ui_area area)
{
    const struct ui_host *host = ui_app_host(p->page.app);
    const struct hw_logs *logs = host->logs ? host->logs(host->data) : NULL;
    unsigned long lines = logs ? (unsigned long)hw_logs_end(logs) : 0;
    unsigned long nodes = logs ? (unsigned long)hw_logs_node_count(logs) : 0;
    struct ui_area text = ui_area_sub(area, 2, 1, area.rows - 2, area.cols - 2);
    hw_auto_text read = hw_format(_("Log lines read so far: %lu. Nodes: %lu."), lines, nodes);
    if (p->failed) {
        ui_put(area, 0, 1, UI_WAIT, _("! It failed, and no known cause fits"));
        ui_draw_wrap(
            text, 0, UI_NORMAL,
            _("The log page has the lines: l goes there, e goes from error to error, s saves them "
              "to a file that somebody else can look at; known secrets are hidden in it."));
    } else if (!p->deploying && lines == 0) {
        ui_put(area, 0, 1, UI_TITLE, _("Nothing to explain"));
        const struct ui_known_deployment *known = ui_known_here(p->page.app);
        ui_draw_wrap(
            text, 0, UI_NORMAL,
            known ? ui_known_sentence(known)
                  : _("Nothing is deployed yet. Once it is, every stack event and every log line "
                      "is compared with the failures that are known; a cause is shown here with "
                      "its evidence and what to do."));
    } else {
        ui_put(area, 0, 1, UI_GOOD, _("✓ Nothing wrong has been found"));
        int row = ui_draw_wrap(text, 0, UI_NORMAL,
                               _("Every stack event and every log line is compared with the "
                                 "failures that are known, as it comes in. A cause is shown here "
                                 "at once, with its evidence and what to do."));
        ui_draw_wrap(text, row + 1, UI_DIM, read);
    }
}

void ui_findings_draw(struct ui_findings *p, struct ui_area area)
{
    ui_findings_build(p, area.cols);
    if (p->item_count == 0) {
        draw_nothing(p, area);
        return;
    }
    draw_title(p, area);
    draw_rows(p, ui_area_sub(area, 2, 0, area.rows - 2, area.cols));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Looks through lines that are in the view: for the search, and for what a person looks for first.
 */
#include "logs/stage.h"
#include "logs/view_parts.h"

#define BYTES_A_LINE 128u /* a line of usual length, for slices that are counted in bytes */

/* A failed command or stage, an exception, an installer's "Return value 3" (Windows Installer's
 * log of a failed action). "no error", "0 failed" and "0 warnings" are none. */
#define WRONG_FORM                                                                                 \
    "(?i)(?<!\\b0 )(?<!\\bno )(?<!\\bwithout )"                                                    \
    "(?:\\berror\\b|\\bfatal\\b|\\bfail(?:ed|ure)\\b)|"                                            \
    "exception\\b|return value 3\\b|\\baccess is denied\\b"
#define WARNING_FORM "(?i)(?<!\\b0 )(?<!\\bno )\\bwarn(?:ings?)?\\b(?!\\s*[:=]\\s*0\\b)"
#define STAGE_WORD   " HPCWIZ stage="

/* Without one of the words a form cannot match. */
static const struct {
    const char *word;
    enum hw_log_mark mark;
} words[] = {
    {"error", HW_LOG_ERROR},     {"fatal", HW_LOG_ERROR},     {"failed", HW_LOG_ERROR},
    {"failure", HW_LOG_ERROR},   {"exception", HW_LOG_ERROR}, {"return value 3", HW_LOG_ERROR},
    {"is denied", HW_LOG_ERROR}, {"warn", HW_LOG_WARNING},    {STAGE_WORD, HW_LOG_STAGE},
};

void hw_looks_init(struct hw_looks *looks)
{
    looks->wrong = hw_pattern_new(WRONG_FORM, NULL);
    looks->warning = hw_pattern_new(WARNING_FORM, NULL);
    looks->words = hw_literals_new();
    for (size_t i = 0; i < HW_COUNT(words); i++)
        hw_literals_add(looks->words, words[i].word, strlen(words[i].word), words[i].mark);
    hw_literals_seal(looks->words);
}

void hw_looks_done(struct hw_looks *looks)
{
    hw_pattern_free(looks->wrong);
    hw_pattern_free(looks->warning);
    hw_literals_free(looks->words);
}

/* ---- What lines look like -------------------------------------------------------------- */

static void on_word(void *data, uint32_t id)
{
    *(unsigned *)data |= HW_MARK_BIT(id);
}

static unsigned look(const struct hw_looks *looks, const struct hw_log_line *line)
{
    struct hw_stage_line stage;
    unsigned may = 0, marks = 0;
    hw_literals_find(looks->words, line->text, line->size, on_word, &may);
    if (may & HW_MARK_BIT(HW_LOG_STAGE) && hw_stage_find(line->text, &stage))
        marks |= HW_MARK_BIT(HW_LOG_STAGE);
    if (may & HW_MARK_BIT(HW_LOG_ERROR) && hw_view_matches(looks->wrong, line))
        return marks | HW_MARK_BIT(HW_LOG_ERROR);
    if (may & HW_MARK_BIT(HW_LOG_WARNING) && hw_view_matches(looks->warning, line))
        return marks | HW_MARK_BIT(HW_LOG_WARNING);
    return marks;
}

static void judge_line(void *data, uint64_t number, const struct hw_log_line *line)
{
    struct hw_log_view *view = data;
    unsigned marks = hw_view_has(view, number, HW_MARK_ROW) ? look(&view->looks, line) : 0;
    if (marks)
        hw_marks_set(&view->marks, number, marks);
}

/* The first line behind `budget` lines from `from` on, or behind the last one taken in. */
static uint64_t stop_at(const struct hw_log_view *view, uint64_t from, size_t budget)
{
    return view->next - from < budget ? view->next : from + budget;
}

size_t hw_view_judge(struct hw_log_view *view, size_t budget)
{
    uint64_t end = stop_at(view, view->judged, budget);
    budget -= (size_t)(end - view->judged);
    hw_logs_walk(view->logs, view->judged, end, judge_line, view);
    view->judged = end;
    return budget;
}

/* ---- The search ------------------------------------------------------------------------ */

static void search_line(void *data, uint64_t number, const struct hw_log_line *line)
{
    struct hw_log_view *view = data;
    if (!hw_view_has(view, number, HW_MARK_ROW) || !hw_view_matches(view->search, line))
        return;
    hw_marks_set(&view->marks, number, HW_MARK_BIT(HW_LOG_MATCH));
    view->found++;
}

/* A plain text is looked for in the bytes of many lines at once. */
static size_t search_literal(struct hw_log_view *view, size_t budget)
{
    size_t bytes = budget * BYTES_A_LINE;
    struct hw_log_line line;
    while (view->searched < view->next && bytes) {
        if (!hw_logs_seek(view->logs, view->search, view->literal, view->next, &view->searched,
                          &bytes))
            continue;
        if (hw_logs_get(view->logs, view->searched, &line))
            search_line(view, view->searched, &line);
        view->searched++;
    }
    return bytes / BYTES_A_LINE;
}

size_t hw_view_search_on(struct hw_log_view *view, size_t budget)
{
    if (view->literal)
        return search_literal(view, budget);
    uint64_t end = stop_at(view, view->searched, budget);
    budget -= (size_t)(end - view->searched);
    hw_logs_walk(view->logs, view->searched, end, search_line, view);
    view->searched = end;
    return budget;
}

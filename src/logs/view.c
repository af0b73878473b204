/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "logs/order.h"
#include "logs/pattern.h"
#include "logs/stage.h"

/* A failed command or stage, an exception, an installer's "Return value 3" (Windows Installer's
 * log of a failed action). "0 warnings" is none. */
#define WRONG_FORM                                                                                 \
    "(?i)\\berror\\b|\\bfatal\\b|\\bfail(?:ed|ure)\\b|exception\\b|return value 3\\b|"             \
    "\\baccess is denied\\b"
#define WARNING_FORM "(?i)(?<!\\b0 )\\bwarn(?:ings?)?\\b(?!\\s*[:=]\\s*0\\b)"

#define SPECIAL      "\\^$.[|()?*+{" /* in an expression (pcre2pattern(3)) */
#define BYTES_A_LINE 128u /* a line of usual length, for slices that are counted in bytes */

/* Of a line. ROW: it stands in the rows. */
#define BIT(mark) (1u << (mark))
enum { MARK_ROW = 1 << HW_LOG_MARKS };

struct hw_log_view {
    const struct hw_logs *logs;
    char *node, *source;
    struct hw_pattern *filter, *search, *wrong, *warning;
    bool inverted;
    uint32_t *rows; /* numbers of lines less row_base, by time, then number */
    uint64_t row_base;
    size_t found;    /* rows that match the search */
    size_t literal;  /* bytes of a search without any special character; 0: it has one */
    uint64_t judged; /* the first line not judged yet */
    size_t count, capacity;
    uint64_t next;        /* the first line not taken in yet */
    uint64_t searched;    /* the first line not searched yet */
    unsigned char *marks; /* of the lines from mark_base on */
    uint64_t mark_base;
    size_t mark_capacity;
};

/* A line on its way into the rows. */
struct entry {
    int64_t order_ms;
    uint64_t number;
};

struct hw_log_view *hw_log_view_new(const struct hw_logs *logs)
{
    struct hw_log_view *view = HW_NEW(struct hw_log_view);
    view->logs = logs;
    view->wrong = hw_pattern_new(WRONG_FORM, NULL);
    view->warning = hw_pattern_new(WARNING_FORM, NULL);
    view->next = view->searched = view->judged = view->mark_base = view->row_base =
        hw_logs_first(logs);
    return view;
}

void hw_log_view_free(struct hw_log_view *view)
{
    if (!view)
        return;
    hw_pattern_free(view->filter);
    hw_pattern_free(view->search);
    hw_pattern_free(view->wrong);
    hw_pattern_free(view->warning);
    free(view->node);
    free(view->source);
    free(view->rows);
    free(view->marks);
    free(view);
}

static bool compile(const char *pattern, struct hw_pattern **ret, struct hw_err *err)
{
    *ret = NULL;
    if (!pattern || !*pattern)
        return true;
    *ret = hw_pattern_new(pattern, err);
    return *ret != NULL;
}

static void keep_marks(struct hw_log_view *view, unsigned marks)
{
    for (size_t i = 0; i < view->mark_capacity; i++)
        view->marks[i] &= (unsigned char)marks;
}

bool hw_log_view_filter(struct hw_log_view *view, const char *node, const char *source,
                        const char *pattern, bool inverted, struct hw_err *err)
{
    struct hw_pattern *filter;
    if (!compile(pattern, &filter, err))
        return false;
    hw_pattern_free(view->filter);
    view->filter = filter;
    view->inverted = inverted;
    hw_replace(&view->node, node);
    hw_replace(&view->source, source);
    view->count = view->found = 0;
    view->next = view->searched = view->judged = view->row_base = hw_logs_first(view->logs);
    keep_marks(view, BIT(HW_LOG_BOOKMARK));
    return true;
}

bool hw_log_view_search(struct hw_log_view *view, const char *pattern, struct hw_err *err)
{
    struct hw_pattern *search;
    if (!compile(pattern, &search, err))
        return false;
    hw_pattern_free(view->search);
    view->search = search;
    view->literal = search && !strpbrk(pattern, SPECIAL) ? strlen(pattern) : 0;
    view->searched = hw_logs_first(view->logs);
    view->found = 0;
    keep_marks(view, ~BIT(HW_LOG_MATCH));
    return true;
}

static bool matches(const struct hw_pattern *pattern, const struct hw_log_line *line)
{
    return hw_pattern_find(pattern, line->text, line->size, 0, 0, NULL, NULL);
}

static bool is_marked(const struct hw_log_view *view, uint64_t number, unsigned mark)
{
    uint64_t at = number - view->mark_base;
    return at < view->mark_capacity && (view->marks[at] & mark) == mark;
}

static uint64_t row_number(const struct hw_log_view *view, size_t row)
{
    return view->row_base + view->rows[row];
}

/* Lines that the store dropped leave the rows and the marks. */
static void purge(struct hw_log_view *view)
{
    uint64_t first = hw_logs_first(view->logs);
    if (first == view->mark_base)
        return;
    size_t kept = 0, found = 0;
    for (size_t i = 0; i < view->count; i++) {
        uint64_t number = row_number(view, i);
        if (number < first)
            continue;
        view->rows[kept++] = (uint32_t)(number - first);
        found += is_marked(view, number, BIT(HW_LOG_MATCH) | MARK_ROW);
    }
    view->count = kept;
    view->found = found;
    view->row_base = first;
    size_t gone = first - view->mark_base < view->mark_capacity ? (size_t)(first - view->mark_base)
                                                                : view->mark_capacity;
    if (gone) {
        memmove(view->marks, view->marks + gone, view->mark_capacity - gone);
        memset(view->marks + view->mark_capacity - gone, 0, gone);
    }
    view->mark_base = first;
    view->next = view->next > first ? view->next : first;
    view->searched = view->searched > first ? view->searched : first;
    view->judged = view->judged > first ? view->judged : first;
}

static unsigned char *mark_of(struct hw_log_view *view, uint64_t number)
{
    size_t at = (size_t)(number - view->mark_base);
    if (at >= view->mark_capacity) {
        size_t capacity = view->mark_capacity ? view->mark_capacity : 1024;
        while (capacity <= at)
            capacity *= 2;
        view->marks = hw_realloc(view->marks, capacity, 1);
        memset(view->marks + view->mark_capacity, 0, capacity - view->mark_capacity);
        view->mark_capacity = capacity;
    }
    return &view->marks[at];
}

/* The numbers that a filter by name stands for; a name not seen yet admits no line. */
struct names {
    uint32_t node, source;
    bool any_node, any_source, none;
};

static struct names find_names(const struct hw_log_view *view)
{
    struct names names = {.any_node = !view->node, .any_source = !view->source};
    names.none = (view->node && !hw_logs_find_node(view->logs, view->node, &names.node)) ||
                 (view->source && !hw_logs_find_source(view->logs, view->source, &names.source));
    return names;
}

static bool admits(const struct hw_log_view *view, const struct names *names,
                   const struct hw_log_line *line)
{
    if (names->none || (!names->any_node && line->node != names->node) ||
        (!names->any_source && line->source != names->source))
        return false;
    return !view->filter || matches(view->filter, line) != view->inverted;
}

static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->order_ms != b->order_ms)
        return a->order_ms < b->order_ms ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Merges sorted entries into the rows from behind: what arrives late moves only what is later. */
static void merge(struct hw_log_view *view, const struct entry *entries, size_t count)
{
    size_t from = view->count, to = view->count + count;
    if (view->capacity < to) {
        view->capacity = view->capacity * 2 > to ? view->capacity * 2 : to;
        view->rows = hw_realloc(view->rows, view->capacity, sizeof *view->rows);
    }
    view->count = to;
    struct entry last = {0};
    bool known = false;
    while (count) {
        if (from && !known) {
            last.number = row_number(view, from - 1);
            last.order_ms = hw_logs_order_ms(view->logs, last.number);
            known = true;
        }
        if (from && compare(&last, &entries[count - 1]) > 0) {
            view->rows[--to] = view->rows[--from];
            known = false;
        } else {
            view->rows[--to] = (uint32_t)(entries[--count].number - view->row_base);
        }
    }
}

static size_t take_in(struct hw_log_view *view, size_t budget)
{
    uint64_t waiting = hw_logs_end(view->logs) - view->next;
    size_t batch = waiting < budget ? (size_t)waiting : budget, count = 0;
    if (!batch)
        return 0;
    struct names names = find_names(view);
    struct entry *entries = hw_realloc(NULL, batch, sizeof *entries);
    for (size_t i = 0; i < batch; i++) {
        uint64_t number = view->next++;
        struct hw_log_line line;
        if (!hw_logs_get(view->logs, number, &line) || !admits(view, &names, &line))
            continue;
        *mark_of(view, number) |= MARK_ROW;
        entries[count++] = (struct entry){hw_logs_order_ms(view->logs, number), number};
    }
    qsort(entries, count, sizeof *entries, compare);
    merge(view, entries, count);
    free(entries);
    return batch;
}

static void search_line(struct hw_log_view *view, uint64_t number)
{
    struct hw_log_line line;
    if (!is_marked(view, number, MARK_ROW) || !hw_logs_get(view->logs, number, &line) ||
        !matches(view->search, &line))
        return;
    *mark_of(view, number) |= BIT(HW_LOG_MATCH);
    view->found++;
}

/* A plain text is looked for in the bytes of many lines at once. Returns what is left. */
static size_t search_literal(struct hw_log_view *view, size_t budget)
{
    size_t bytes = budget * BYTES_A_LINE;
    while (view->searched < view->next && bytes) {
        if (hw_logs_seek(view->logs, view->search, view->literal, view->next, &view->searched,
                         &bytes))
            search_line(view, view->searched++);
    }
    return bytes / BYTES_A_LINE;
}

static size_t search_on(struct hw_log_view *view, size_t budget)
{
    if (view->literal)
        return search_literal(view, budget);
    for (; budget && view->searched < view->next; budget--)
        search_line(view, view->searched++);
    return budget;
}

static unsigned looks_like(const struct hw_log_view *view, const struct hw_log_line *line)
{
    struct hw_stage_line stage;
    unsigned marks = hw_stage_find(line->text, &stage) ? BIT(HW_LOG_STAGE) : 0;
    if (matches(view->wrong, line))
        return marks | BIT(HW_LOG_ERROR);
    return matches(view->warning, line) ? marks | BIT(HW_LOG_WARNING) : marks;
}

/* What the rows look like; the last thing that a person asks of a long log. */
static void judge(struct hw_log_view *view, size_t budget)
{
    for (; budget && view->judged < view->next; budget--, view->judged++) {
        struct hw_log_line line;
        if (is_marked(view, view->judged, MARK_ROW) && hw_logs_get(view->logs, view->judged, &line))
            *mark_of(view, view->judged) |= (unsigned char)looks_like(view, &line);
    }
}

bool hw_log_view_update(struct hw_log_view *view, size_t budget)
{
    purge(view);
    budget -= take_in(view, budget);
    if (view->search && budget)
        budget = search_on(view, budget);
    judge(view, budget);
    return view->next == hw_logs_end(view->logs) && view->judged == view->next &&
           (!view->search || view->searched >= view->next);
}

size_t hw_log_view_count(const struct hw_log_view *view)
{
    return view->count;
}

bool hw_log_view_get(const struct hw_log_view *view, size_t row, struct hw_log_line *ret)
{
    return row < view->count && hw_logs_get(view->logs, row_number(view, row), ret);
}

bool hw_log_view_is(const struct hw_log_view *view, size_t row, enum hw_log_mark mark)
{
    return row < view->count && is_marked(view, row_number(view, row), BIT(mark));
}

size_t hw_log_view_next(const struct hw_log_view *view, size_t row, int direction,
                        enum hw_log_mark mark)
{
    if (direction > 0) {
        for (size_t i = row + 1; i < view->count; i++) {
            if (hw_log_view_is(view, i, mark))
                return i;
        }
        return SIZE_MAX;
    }
    for (size_t i = row < view->count ? row : view->count; i-- > 0;) {
        if (hw_log_view_is(view, i, mark))
            return i;
    }
    return SIZE_MAX;
}

void hw_log_view_bookmark(struct hw_log_view *view, size_t row, bool on)
{
    if (row >= view->count)
        return;
    unsigned char *mark = mark_of(view, row_number(view, row));
    *mark = (unsigned char)(on ? *mark | BIT(HW_LOG_BOOKMARK) : *mark & ~BIT(HW_LOG_BOOKMARK));
}

int64_t hw_log_view_order_ms(const struct hw_log_view *view, size_t row)
{
    return row < view->count ? hw_logs_order_ms(view->logs, row_number(view, row)) : INT64_MIN;
}

size_t hw_log_view_at(const struct hw_log_view *view, int64_t wall_ms)
{
    size_t low = 0, high = view->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hw_log_view_order_ms(view, middle) < wall_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t hw_log_view_matches(const struct hw_log_view *view, size_t *ret_upto_row, size_t row)
{
    if (!ret_upto_row)
        return view->found;
    *ret_upto_row = 0;
    for (size_t i = 0; i < view->count && i <= row; i++)
        *ret_upto_row += hw_log_view_is(view, i, HW_LOG_MATCH);
    return view->found;
}

bool hw_log_view_match(const struct hw_log_view *view, const char *text, size_t from,
                       size_t *ret_start, size_t *ret_end)
{
    return view->search &&
           hw_pattern_find(view->search, text, strlen(text), from, 0, ret_start, ret_end);
}

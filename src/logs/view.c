/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "logs/order.h"
#include "logs/pattern.h"

/* A failed command or stage, an exception, an installer's "Return value 3" (Windows Installer's
 * log of a failed action). */
#define WRONG_FORM                                                                                 \
    "(?i)\\berror\\b|\\bfatal\\b|\\bfail(?:ed|ure)\\b|exception\\b|return value 3\\b|"             \
    "\\baccess is denied\\b"

#define SPECIAL      "\\^$.[|()?*+{" /* in an expression (pcre2pattern(3)) */
#define BYTES_A_LINE 128u /* a line of usual length, for slices that are counted in bytes */

enum { MARK_FOUND = 1, MARK_WRONG = 2, MARK_ROW = 4 }; /* ROW: the line stands in the rows */

struct hw_log_view {
    const struct hw_logs *logs;
    char *node, *source;
    struct hw_pattern *filter, *search, *wrong;
    bool inverted;
    uint32_t *rows; /* numbers of lines less row_base, by time, then number */
    uint64_t row_base;
    size_t found;    /* rows that match the search */
    size_t literal;  /* bytes of a search without any special character; 0: it has one */
    uint64_t judged; /* the first line not looked at for errors yet */
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
    if (view->mark_capacity)
        memset(view->marks, 0, view->mark_capacity);
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
    for (size_t i = 0; i < view->mark_capacity; i++)
        view->marks[i] &= (unsigned char)~MARK_FOUND;
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
        found += is_marked(view, number, MARK_FOUND | MARK_ROW);
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
    *mark_of(view, number) |= MARK_FOUND;
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

/* Which rows look like errors; the last thing that a person asks of a long log. */
static void judge(struct hw_log_view *view, size_t budget)
{
    for (; budget && view->judged < view->next; budget--, view->judged++) {
        struct hw_log_line line;
        if (is_marked(view, view->judged, MARK_ROW) &&
            hw_logs_get(view->logs, view->judged, &line) && matches(view->wrong, &line))
            *mark_of(view, view->judged) |= MARK_WRONG;
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

static bool marked(const struct hw_log_view *view, size_t row, unsigned mark)
{
    return is_marked(view, row_number(view, row), mark);
}

static size_t next_marked(const struct hw_log_view *view, size_t row, int direction, unsigned mark)
{
    if (direction > 0) {
        for (size_t i = row + 1; i < view->count; i++) {
            if (marked(view, i, mark))
                return i;
        }
        return SIZE_MAX;
    }
    for (size_t i = row < view->count ? row : view->count; i-- > 0;) {
        if (marked(view, i, mark))
            return i;
    }
    return SIZE_MAX;
}

size_t hw_log_view_next(const struct hw_log_view *view, size_t row, int direction)
{
    return next_marked(view, row, direction, MARK_FOUND);
}

bool hw_log_view_is_error(const struct hw_log_view *view, size_t row)
{
    return row < view->count && marked(view, row, MARK_WRONG);
}

size_t hw_log_view_next_error(const struct hw_log_view *view, size_t row, int direction)
{
    return next_marked(view, row, direction, MARK_WRONG);
}

size_t hw_log_view_matches(const struct hw_log_view *view, size_t *ret_upto_row, size_t row)
{
    if (!ret_upto_row)
        return view->found;
    *ret_upto_row = 0;
    for (size_t i = 0; i < view->count && i <= row; i++)
        *ret_upto_row += marked(view, i, MARK_FOUND);
    return view->found;
}

bool hw_log_view_match(const struct hw_log_view *view, const char *text, size_t *ret_start,
                       size_t *ret_end)
{
    return view->search &&
           hw_pattern_find(view->search, text, strlen(text), 0, 0, ret_start, ret_end);
}

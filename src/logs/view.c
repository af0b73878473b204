/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "logs/order.h"
#include "logs/pattern.h"

/* A failed command or stage, an exception, an installer's "Return value 3" (Windows Installer's
 * log of a failed action). */
#define WRONG_FORM                                                                                 \
    "(?i)\\berror\\b|\\bfatal\\b|\\bfail(?:ed|ure)\\b|exception\\b|return value 3\\b|"             \
    "\\baccess is denied\\b"

enum { MARK_FOUND = 1, MARK_WRONG = 2 };

struct hw_log_view {
    const struct hw_logs *logs;
    char *node, *source;
    struct hw_pattern *filter, *search, *wrong;
    bool inverted;
    uint64_t *rows; /* numbers of lines, by time, then number */
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
    view->next = view->searched = view->mark_base = hw_logs_first(logs);
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
    view->count = 0;
    view->next = hw_logs_first(view->logs);
    return true;
}

bool hw_log_view_search(struct hw_log_view *view, const char *pattern, struct hw_err *err)
{
    struct hw_pattern *search;
    if (!compile(pattern, &search, err))
        return false;
    hw_pattern_free(view->search);
    view->search = search;
    view->searched = hw_logs_first(view->logs);
    for (size_t i = 0; i < view->mark_capacity; i++)
        view->marks[i] &= (unsigned char)~MARK_FOUND;
    return true;
}

static bool matches(const struct hw_pattern *pattern, const char *text)
{
    return hw_pattern_find(pattern, text, strlen(text), 0, 0, NULL, NULL);
}

/* Lines that the store dropped leave the rows and the marks. */
static void purge(struct hw_log_view *view)
{
    uint64_t first = hw_logs_first(view->logs);
    if (first == view->mark_base)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < view->count; i++) {
        if (view->rows[i] >= first)
            view->rows[kept++] = view->rows[i];
    }
    view->count = kept;
    size_t gone = first - view->mark_base < view->mark_capacity ? (size_t)(first - view->mark_base)
                                                                : view->mark_capacity;
    if (gone) {
        memmove(view->marks, view->marks + gone, view->mark_capacity - gone);
        memset(view->marks + view->mark_capacity - gone, 0, gone);
    }
    view->mark_base = first;
    view->next = view->next > first ? view->next : first;
    view->searched = view->searched > first ? view->searched : first;
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
    return !view->filter || matches(view->filter, line->text) != view->inverted;
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
            last.number = view->rows[from - 1];
            last.order_ms = hw_logs_order_ms(view->logs, last.number);
            known = true;
        }
        if (from && compare(&last, &entries[count - 1]) > 0) {
            view->rows[--to] = view->rows[--from];
            known = false;
        } else {
            view->rows[--to] = entries[--count].number;
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
        if (matches(view->wrong, line.text))
            *mark_of(view, number) |= MARK_WRONG;
        entries[count++] = (struct entry){hw_logs_order_ms(view->logs, number), number};
    }
    qsort(entries, count, sizeof *entries, compare);
    merge(view, entries, count);
    free(entries);
    return batch;
}

bool hw_log_view_update(struct hw_log_view *view, size_t budget)
{
    purge(view);
    budget -= take_in(view, budget);
    if (!view->search)
        return view->next == hw_logs_end(view->logs);
    for (; budget && view->searched < view->next; budget--, view->searched++) {
        struct hw_log_line line;
        if (hw_logs_get(view->logs, view->searched, &line) && matches(view->search, line.text))
            *mark_of(view, view->searched) |= MARK_FOUND;
    }
    return view->next == hw_logs_end(view->logs) && view->searched >= view->next;
}

size_t hw_log_view_count(const struct hw_log_view *view)
{
    return view->count;
}

bool hw_log_view_get(const struct hw_log_view *view, size_t row, struct hw_log_line *ret)
{
    return row < view->count && hw_logs_get(view->logs, view->rows[row], ret);
}

static bool marked(const struct hw_log_view *view, size_t row, unsigned mark)
{
    uint64_t at = view->rows[row] - view->mark_base;
    return at < view->mark_capacity && (view->marks[at] & mark);
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
    size_t total = 0, upto = 0;
    for (size_t i = 0; i < view->count; i++) {
        bool found = marked(view, i, MARK_FOUND);
        total += found;
        upto += found && i <= row;
    }
    if (ret_upto_row)
        *ret_upto_row = upto;
    return total;
}

bool hw_log_view_match(const struct hw_log_view *view, const char *text, size_t *ret_start,
                       size_t *ret_end)
{
    return view->search &&
           hw_pattern_find(view->search, text, strlen(text), 0, 0, ret_start, ret_end);
}

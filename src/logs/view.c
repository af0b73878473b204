/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "logs/view_parts.h"

#define SPECIAL "\\^$.[|()?*+{" /* in an expression (pcre2pattern(3)) */

static void start_over(struct hw_log_view *view)
{
    uint64_t first = hw_logs_first(view->logs);
    hw_rows_clear(&view->rows, first);
    view->first = view->next = view->searched = view->judged = first;
    view->found = 0;
}

struct hw_log_view *hw_log_view_new(const struct hw_logs *logs)
{
    struct hw_log_view *view = HW_NEW(struct hw_log_view);
    view->logs = view->held = hw_logs_hold(logs);
    hw_looks_init(&view->looks);
    hw_marks_drop(&view->marks, hw_logs_first(logs));
    start_over(view);
    return view;
}

void hw_log_view_free(struct hw_log_view *view)
{
    if (!view)
        return;
    hw_pattern_free(view->filter);
    hw_pattern_free(view->search);
    hw_looks_done(&view->looks);
    hw_rows_done(&view->rows);
    hw_marks_done(&view->marks);
    free(view->node);
    hw_strv_done(&view->only);
    free(view->source);
    hw_logs_free(view->held);
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
    hw_marks_drop(&view->marks, hw_logs_first(view->logs));
    hw_marks_keep(&view->marks, HW_MARK_BIT(HW_LOG_BOOKMARK));
    start_over(view);
    return true;
}

void hw_log_view_only(struct hw_log_view *view, const struct hw_strv *nodes)
{
    hw_strv_done(&view->only);
    if (nodes)
        hw_strv_copy(&view->only, nodes);
}

bool hw_log_view_search(struct hw_log_view *view, const char *pattern, struct hw_err *err)
{
    struct hw_pattern *search;
    if (!compile(pattern, &search, err))
        return false;
    hw_pattern_free(view->search);
    view->search = search;
    view->literal = search && !strpbrk(pattern, SPECIAL) ? strlen(pattern) : 0;
    view->searched = view->first;
    view->found = 0;
    hw_marks_keep(&view->marks, ~HW_MARK_BIT(HW_LOG_MATCH));
    return true;
}

/* ---- Rows that go ---------------------------------------------------------------------- */

static size_t count_found(const struct hw_log_view *view, uint64_t from, uint64_t end)
{
    size_t found = 0;
    for (; from < end; from++)
        found += hw_view_has(view, from, HW_MARK_BIT(HW_LOG_MATCH) | HW_MARK_ROW);
    return found;
}

static void raise(uint64_t *number, uint64_t least)
{
    *number = *number > least ? *number : least;
}

/* Lines that the store dropped leave the rows and the marks. */
static void purge(struct hw_log_view *view)
{
    uint64_t first = hw_logs_first(view->logs);
    if (first == view->first)
        return;
    view->found -= count_found(view, view->first, first < view->searched ? first : view->searched);
    view->first = first;
    hw_rows_drop(&view->rows, first);
    hw_marks_drop(&view->marks, first);
    raise(&view->next, first);
    raise(&view->searched, first);
    raise(&view->judged, first);
}

/* ---- Rows that come -------------------------------------------------------------------- */

/* Lines on their way into the rows. */
struct entry {
    int64_t order_ms;
    uint64_t number;
};

struct batch {
    struct hw_log_view *view;
    struct entry *entries;
    size_t count;
    bool unsorted;
    /* The numbers that a filter by name stands for; a name not seen yet admits no line. */
    uint32_t node, source;
    bool any_node, any_source, none;
    bool *only; /* by number of a node, of the first `nodes`; NULL: any */
    size_t nodes;
};

static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->order_ms != b->order_ms)
        return a->order_ms < b->order_ms ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void find_names(struct batch *batch)
{
    const struct hw_log_view *view = batch->view;
    batch->any_node = !view->node;
    batch->any_source = !view->source;
    batch->none = (view->node && !hw_logs_find_node(view->logs, view->node, &batch->node)) ||
                  (view->source && !hw_logs_find_source(view->logs, view->source, &batch->source));
}

static void find_only(struct batch *batch)
{
    const struct hw_log_view *view = batch->view;
    uint32_t node;
    if (view->node || !view->only.count)
        return;
    batch->any_node = false;
    batch->nodes = hw_logs_node_count(view->logs);
    batch->only = hw_alloc((batch->nodes + 1) * sizeof *batch->only);
    for (size_t i = 0; i < view->only.count; i++) {
        if (hw_logs_find_node(view->logs, view->only.items[i], &node))
            batch->only[node] = true;
    }
}

static bool is_of_node(const struct batch *batch, uint32_t node)
{
    return batch->any_node ||
           (batch->only ? node < batch->nodes && batch->only[node] : node == batch->node);
}

static void admit(struct batch *batch, uint64_t number)
{
    struct entry entry = {hw_logs_order_ms(batch->view->logs, number), number};
    if (batch->count && compare(&batch->entries[batch->count - 1], &entry) > 0)
        batch->unsorted = true;
    batch->entries[batch->count++] = entry;
    hw_marks_set(&batch->view->marks, number, HW_MARK_ROW);
}

static void consider(void *data, uint64_t number, const struct hw_log_line *line)
{
    struct batch *batch = data;
    const struct hw_log_view *view = batch->view;
    if (!is_of_node(batch, line->node) || (!batch->any_source && line->source != batch->source))
        return;
    if (!view->filter || hw_view_matches(view->filter, line) != view->inverted)
        admit(batch, number);
}

static struct entry entry_at(const struct hw_log_view *view, size_t row)
{
    uint64_t number = hw_rows_at(&view->rows, row);
    return (struct entry){hw_logs_order_ms(view->logs, number), number};
}

/* The first row from low on that comes behind the entry. */
static size_t place_of(const struct hw_log_view *view, size_t low, const struct entry *entry)
{
    size_t high = view->rows.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct entry other = entry_at(view, middle);
        if (compare(&other, entry) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sorted entries; mostly they come behind all rows. */
static void merge(struct hw_log_view *view, const struct entry *entries, size_t count)
{
    size_t row = 0;
    for (size_t i = 0; i < count; i++) {
        size_t last = view->rows.count;
        if (row < last) {
            struct entry newest = entry_at(view, last - 1);
            row = compare(&newest, &entries[i]) < 0 ? last : place_of(view, row, &entries[i]);
        }
        hw_rows_insert(&view->rows, row++, entries[i].number);
    }
}

static size_t take_in(struct hw_log_view *view, size_t budget)
{
    uint64_t waiting = hw_logs_end(view->logs) - view->next, from = view->next;
    size_t most = waiting < budget ? (size_t)waiting : budget;
    struct batch batch = {.view = view};
    if (!most)
        return 0;
    find_names(&batch);
    find_only(&batch);
    view->next += most;
    if (batch.none) {
        free(batch.only);
        return most;
    }
    batch.entries = hw_realloc(NULL, most, sizeof *batch.entries);
    if (batch.any_node && batch.any_source && !view->filter) {
        for (uint64_t number = from; number < view->next; number++)
            admit(&batch, number);
    } else {
        hw_logs_walk(view->logs, from, view->next, consider, &batch);
    }
    if (batch.unsorted)
        qsort(batch.entries, batch.count, sizeof *batch.entries, compare);
    merge(view, batch.entries, batch.count);
    free(batch.entries);
    free(batch.only);
    return most;
}

bool hw_log_view_update(struct hw_log_view *view, size_t budget)
{
    purge(view);
    budget -= take_in(view, budget);
    if (view->search && budget)
        budget = hw_view_search_on(view, budget);
    if (budget)
        hw_view_judge(view, budget);
    return view->next == hw_logs_end(view->logs) && view->judged == view->next &&
           (!view->search || view->searched >= view->next);
}

/* ---- Questions ------------------------------------------------------------------------- */

size_t hw_log_view_count(const struct hw_log_view *view)
{
    return view->rows.count;
}

bool hw_log_view_get(const struct hw_log_view *view, size_t row, struct hw_log_line *ret)
{
    return row < view->rows.count && hw_logs_get(view->logs, hw_rows_at(&view->rows, row), ret);
}

bool hw_log_view_is(const struct hw_log_view *view, size_t row, enum hw_log_mark mark)
{
    return row < view->rows.count &&
           hw_view_has(view, hw_rows_at(&view->rows, row), HW_MARK_BIT(mark));
}

static size_t next_below(const struct hw_log_view *view, size_t row, unsigned bit)
{
    size_t first, n;
    for (; row < view->rows.count; row = first + n) {
        const uint32_t *numbers = hw_rows_span(&view->rows, row, &first, &n);
        for (size_t i = row - first; i < n; i++) {
            if (hw_view_has(view, view->rows.base + numbers[i], bit))
                return first + i;
        }
    }
    return SIZE_MAX;
}

static size_t next_above(const struct hw_log_view *view, size_t row, unsigned bit)
{
    size_t first, n;
    for (; row > 0; row = first) {
        const uint32_t *numbers = hw_rows_span(&view->rows, row - 1, &first, &n);
        for (size_t i = row - first; i-- > 0;) {
            if (hw_view_has(view, view->rows.base + numbers[i], bit))
                return first + i;
        }
    }
    return SIZE_MAX;
}

size_t hw_log_view_next(const struct hw_log_view *view, size_t row, int direction,
                        enum hw_log_mark mark)
{
    size_t count = view->rows.count;
    return direction > 0 ? next_below(view, row + 1, HW_MARK_BIT(mark))
                         : next_above(view, row < count ? row : count, HW_MARK_BIT(mark));
}

void hw_log_view_bookmark(struct hw_log_view *view, size_t row, bool on)
{
    if (row >= view->rows.count)
        return;
    uint64_t number = hw_rows_at(&view->rows, row);
    if (on)
        hw_marks_set(&view->marks, number, HW_MARK_BIT(HW_LOG_BOOKMARK));
    else
        hw_marks_take(&view->marks, number, HW_MARK_BIT(HW_LOG_BOOKMARK));
}

int64_t hw_log_view_order_ms(const struct hw_log_view *view, size_t row)
{
    return row < view->rows.count ? hw_logs_order_ms(view->logs, hw_rows_at(&view->rows, row))
                                  : INT64_MIN;
}

size_t hw_log_view_at(const struct hw_log_view *view, int64_t wall_ms)
{
    return place_of(view, 0, &(struct entry){.order_ms = wall_ms});
}

size_t hw_log_view_matches(const struct hw_log_view *view, size_t *ret_upto_row, size_t row)
{
    size_t first, n, upto = 0;
    if (!ret_upto_row)
        return view->found;
    for (size_t at = 0; at < view->rows.count && at <= row; at = first + n) {
        const uint32_t *numbers = hw_rows_span(&view->rows, at, &first, &n);
        for (size_t i = 0; i < n && first + i <= row; i++)
            upto += hw_view_has(view, view->rows.base + numbers[i], HW_MARK_BIT(HW_LOG_MATCH));
    }
    *ret_upto_row = upto;
    return view->found;
}

bool hw_log_view_match(const struct hw_log_view *view, const char *text, size_t from,
                       size_t *ret_start, size_t *ret_end)
{
    return view->search &&
           hw_pattern_find(view->search, text, strlen(text), from, 0, ret_start, ret_end);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lines by arrival, with an order by time over all nodes. The fleet fills it, the screen reads it.
 * Beyond `max_lines` or `max_bytes` the oldest go first, a share at a time, and are counted.
 *
 * What is kept is never the raw bytes of a log: they may hold passwords, which touch no file. Text
 * is decoded, cleaned and redacted before it comes here. Nothing is lost by that: the encoding is
 * judged at each line (logs/decode.h), so there is no other reading to go back to, and each line
 * keeps its node, its file and the offset of its first raw byte. All lines lie in one private file
 * (logs/spool.h), not in one for each log: ten logs of a thousand nodes would take ten thousand
 * descriptors, and what is written in a row is read in a row. Memory holds some 2 to 4 bytes a
 * line, a view 5 more. */
#ifndef HW_LOGS_STORE_H
#define HW_LOGS_STORE_H

#include "base/event.h"

struct hw_logs;

struct hw_log_line {
    int64_t time_ms;       /* 0 = none known */
    uint32_t node, source; /* numbers for hw_logs_node and hw_logs_source */
    uint64_t offset;
    const char *text; /* borrowed until the next line is got or added */
    size_t size;      /* of the text */
};

/* max_bytes: of text and its bookkeeping; 0: no limit. */
struct hw_logs *hw_logs_new(size_t max_lines, uint64_t max_bytes);
/* Every view holds the store that it shows: it is gone with the last of its holders. */
void hw_logs_free(struct hw_logs *logs);

void hw_logs_add(struct hw_logs *logs, const struct hw_ev_log *line);

/* Numbers: lines are numbered from 0 in the order of arrival and keep their number; the first
 * one still held is hw_logs_first. */
uint64_t hw_logs_first(const struct hw_logs *logs);
uint64_t hw_logs_end(const struct hw_logs *logs); /* one behind the last */
bool hw_logs_get(const struct hw_logs *logs, uint64_t number, struct hw_log_line *ret);
uint64_t hw_logs_dropped(const struct hw_logs *logs);
/* True: the disk takes no more lines; err says why. They stay in memory then, HW_MAX_LOG_TEXT of
 * them. */
bool hw_logs_is_broken(const struct hw_logs *logs, struct hw_err *err);

/* A line without a time of its own takes the time of the line before it in the same file; where
 * there is none it is put in order by the line that arrived before it. */
const char *hw_logs_node(const struct hw_logs *logs, uint32_t node);
const char *hw_logs_source(const struct hw_logs *logs, uint32_t source);
size_t hw_logs_node_count(const struct hw_logs *logs);
bool hw_logs_find_node(const struct hw_logs *logs, const char *name, uint32_t *ret);

/* A view: which lines, in which order, kept up to date as lines arrive. Filter and search are
 * regular expressions (PCRE2); work is done in slices by hw_log_view_update so that a key is
 * never kept waiting. */
struct hw_log_view;
struct hw_log_view *hw_log_view_new(const struct hw_logs *logs);
void hw_log_view_free(struct hw_log_view *view);
/* node == NULL: all nodes merged by time. source NULL: all files. pattern "" or NULL: no filter;
 * inverted: lines that do not match. false: the pattern is wrong, err says where. */
bool hw_log_view_filter(struct hw_log_view *view, const char *node, const char *source,
                        const char *pattern, bool inverted, struct hw_err *err);
/* Where the filter takes all nodes: only these (copied); NULL or empty: all. The filter that is set
 * next counts with it. */
void hw_log_view_only(struct hw_log_view *view, const struct hw_strv *nodes);
/* Takes in and searches at most `budget` lines; returns true when it has caught up. Rows change
 * here only; a row whose line the store dropped meanwhile cannot be got any more. */
bool hw_log_view_update(struct hw_log_view *view, size_t budget);
size_t hw_log_view_count(const struct hw_log_view *view);
bool hw_log_view_get(const struct hw_log_view *view, size_t row, struct hw_log_line *ret);

/* "" or NULL ends the search. Matches are found by hw_log_view_update. A pattern (of a filter too)
 * without an upper-case letter ignores case. */
bool hw_log_view_search(struct hw_log_view *view, const char *pattern, struct hw_err *err);
/* How many rows match; *ret_upto_row (may be NULL): how many of them up to row (inclusive). */
size_t hw_log_view_matches(const struct hw_log_view *view, size_t *ret_upto_row, size_t row);
/* Byte range of the first match in a text at or behind byte `from`, for highlighting. */
bool hw_log_view_match(const struct hw_log_view *view, const char *text, size_t from,
                       size_t *ret_start, size_t *ret_end);

/* What a row may be; found by hw_log_view_update, but for the bookmark. */
enum hw_log_mark {
    HW_LOG_MATCH,    /* of the search */
    HW_LOG_ERROR,    /* it looks like an error or a failed stage */
    HW_LOG_WARNING,  /* it looks like a warning, and not like an error */
    HW_LOG_STAGE,    /* a stage line (logs/stage.h) */
    HW_LOG_BOOKMARK, /* a person has set it; it stays through filters, with its line */
    HW_LOG_MARKS,
};
bool hw_log_view_is(const struct hw_log_view *view, size_t row, enum hw_log_mark mark);
/* The next such row from row (exclusive) in the direction (+1, -1), or SIZE_MAX. To begin with the
 * first row, row is SIZE_MAX; with the last, hw_log_view_count. */
size_t hw_log_view_next(const struct hw_log_view *view, size_t row, int direction,
                        enum hw_log_mark mark);
void hw_log_view_bookmark(struct hw_log_view *view, size_t row, bool on);

/* The time by which a row is put in order; INT64_MIN: it is gone. */
int64_t hw_log_view_order_ms(const struct hw_log_view *view, size_t row);
/* The first row of that time or later; hw_log_view_count: there is none. */
size_t hw_log_view_at(const struct hw_log_view *view, int64_t wall_ms);

#endif

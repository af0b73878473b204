/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/store.h"

#include "base/mem.h"
#include "logs/names.h"
#include "logs/order.h"
#include "logs/pattern.h"
#include "logs/spool.h"

#define LINES_A_SEGMENT 4096u
#define LINES_A_STEP    16u /* one place is remembered for so many lines; the rest is walked */
#define SCAN_BYTES      (1024u * 1024u)
#define DROP_SHARE      32u /* views look through all their rows when lines go: do it seldom */
#define TEXT_MAX        (HW_SPOOL_READ / 2)
#define STEPS           (LINES_A_SEGMENT / LINES_A_STEP)

/* A line as it lies in the spool, its text and a NUL behind it. */
struct record {
    int64_t time_ms;
    uint64_t offset;
    uint32_t node, source;
    uint32_t size; /* of the text, without the NUL */
};

/* What memory holds of 4,096 lines: 4 bytes a line for their order, 2 once all of them are there
 * and within a minute of each other, and 4 for every sixteenth's place. Lines come and go by whole
 * segments, so that adding one takes constant time. */
struct segment {
    uint64_t place;    /* of the first line */
    int64_t first_ms;  /* the order of the first line; the others are told from it */
    int32_t *later_ms; /* NULL: */
    uint16_t *near_ms; /* told from least_ms */
    int64_t least_ms;
    uint32_t steps[STEPS];
};

/* The last time known of a file: lines without one take it over. */
struct file_time {
    uint64_t file; /* node and source, + 1; 0 = free */
    int64_t time_ms;
};

/* A line whose place is known: lines are mostly read in their order. */
struct near {
    uint64_t number, place;
};

struct hw_logs {
    unsigned holders;
    size_t max_lines;
    uint64_t max_bytes;
    uint64_t first, end, base; /* base: number of the first line of segments[0] */
    struct segment **segments;
    size_t count, capacity;
    struct hw_spool *spool;
    struct near *near;
    int64_t newest_ms; /* of the line that arrived last */
    struct hw_names nodes, sources;
    struct file_time *times;
    size_t time_count, time_slots;
};

static struct segment *new_segment(uint64_t place)
{
    struct segment *segment = HW_NEW(struct segment);
    segment->place = place;
    segment->later_ms = hw_alloc(LINES_A_SEGMENT * sizeof *segment->later_ms);
    return segment;
}

static void free_segment(struct segment *segment)
{
    free(segment->later_ms);
    free(segment->near_ms);
    free(segment);
}

/* All its lines are there. */
static void seal(struct segment *segment)
{
    int32_t least = segment->later_ms[0], most = least;
    for (size_t i = 1; i < LINES_A_SEGMENT; i++) {
        least = segment->later_ms[i] < least ? segment->later_ms[i] : least;
        most = segment->later_ms[i] > most ? segment->later_ms[i] : most;
    }
    if ((int64_t)most - least > UINT16_MAX)
        return;
    segment->near_ms = hw_alloc(LINES_A_SEGMENT * sizeof *segment->near_ms);
    segment->least_ms = segment->first_ms + least;
    for (size_t i = 0; i < LINES_A_SEGMENT; i++)
        segment->near_ms[i] = (uint16_t)(segment->later_ms[i] - least);
    free(segment->later_ms);
    segment->later_ms = NULL;
}

struct hw_logs *hw_logs_new(size_t max_lines, uint64_t max_bytes)
{
    struct hw_logs *logs = HW_NEW(struct hw_logs);
    logs->holders = 1;
    logs->max_lines = max_lines ? max_lines : 1;
    logs->max_bytes = max_bytes ? max_bytes : UINT64_MAX;
    logs->spool = hw_spool_new();
    logs->near = HW_NEW(struct near);
    return logs;
}

struct hw_logs *hw_logs_hold(const struct hw_logs *logs)
{
    struct hw_logs *held = (struct hw_logs *)logs; /* hw_logs_new makes them all */
    held->holders++;
    return held;
}

void hw_logs_free(struct hw_logs *logs)
{
    if (!logs || --logs->holders > 0)
        return;
    for (size_t i = 0; i < logs->count; i++)
        free_segment(logs->segments[i]);
    free(logs->segments);
    hw_spool_free(logs->spool);
    free(logs->near);
    hw_names_done(&logs->nodes);
    hw_names_done(&logs->sources);
    free(logs->times);
    free(logs);
}

static struct file_time *find_time(struct file_time *slots, size_t count, uint64_t file)
{
    size_t at = (size_t)(file * 0x9E3779B97F4A7C15u >> 32) & (count - 1);
    while (slots[at].file && slots[at].file != file)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

static struct file_time *file_time(struct hw_logs *logs, uint32_t node, uint32_t source)
{
    if (logs->time_count * 2 >= logs->time_slots) {
        size_t slots = logs->time_slots ? logs->time_slots * 2 : 64;
        struct file_time *times = hw_alloc(slots * sizeof *times);
        for (size_t i = 0; i < logs->time_slots; i++) {
            if (logs->times[i].file)
                *find_time(times, slots, logs->times[i].file) = logs->times[i];
        }
        free(logs->times);
        logs->times = times;
        logs->time_slots = slots;
    }
    uint64_t file = ((uint64_t)node << 32 | source) + 1;
    struct file_time *time = find_time(logs->times, logs->time_slots, file);
    if (!time->file) {
        time->file = file;
        logs->time_count++;
    }
    return time;
}

static void drop_segment(struct hw_logs *logs)
{
    free_segment(logs->segments[0]);
    logs->count--;
    memmove(logs->segments, logs->segments + 1, logs->count * sizeof *logs->segments);
    logs->base += LINES_A_SEGMENT;
    if (logs->first < logs->base)
        logs->first = logs->base;
    hw_spool_drop(logs->spool, logs->segments[0]->place);
}

static bool is_too_much(const struct hw_logs *logs)
{
    return hw_spool_end(logs->spool) - logs->segments[0]->place > logs->max_bytes ||
           hw_spool_memory(logs->spool) > HW_MAX_LOG_TEXT;
}

static void make_room(struct hw_logs *logs)
{
    if (logs->end - logs->first >= logs->max_lines)
        logs->first += 1 + logs->max_lines / DROP_SHARE;
    while (logs->count > 1 && (logs->first >= logs->base + LINES_A_SEGMENT || is_too_much(logs)))
        drop_segment(logs);
    if (logs->end == logs->base + logs->count * LINES_A_SEGMENT) {
        hw_grow(&logs->segments, &logs->capacity, logs->count, sizeof(struct segment *));
        if (logs->count)
            seal(logs->segments[logs->count - 1]);
        logs->segments[logs->count++] = new_segment(hw_spool_end(logs->spool));
    }
}

/* The time by which the line is put in order. */
static int64_t order_of(struct hw_logs *logs, const struct hw_ev_log *line, struct record *record)
{
    struct file_time *last = file_time(logs, record->node, record->source);
    if (line->time_ms)
        last->time_ms = line->time_ms;
    record->time_ms = last->time_ms;
    if (record->time_ms)
        logs->newest_ms = record->time_ms;
    return logs->newest_ms;
}

/* Within 24 days of the segment's first line all is exact; what is further away keeps its side. */
static int32_t later_by(int64_t ms)
{
    return ms > INT32_MAX ? INT32_MAX : ms < INT32_MIN ? INT32_MIN : (int32_t)ms;
}

static uint64_t write_record(struct hw_logs *logs, const struct record *record, const char *text)
{
    uint64_t place;
    char *room = hw_spool_room(logs->spool, sizeof *record + record->size + 1, &place);
    memcpy(room, record, sizeof *record);
    memcpy(room + sizeof *record, text, record->size);
    room[sizeof *record + record->size] = '\0';
    return place;
}

void hw_logs_add(struct hw_logs *logs, const struct hw_ev_log *line)
{
    const char *text = line->text ? line->text : "";
    size_t size = strlen(text);
    make_room(logs);
    struct segment *segment = logs->segments[logs->count - 1];
    size_t at = (size_t)(logs->end - logs->base) % LINES_A_SEGMENT;
    struct record record = {
        .offset = line->offset,
        .node = hw_names_add(&logs->nodes, line->node ? line->node : ""),
        .source = hw_names_add(&logs->sources, line->source ? line->source : ""),
        .size = (uint32_t)(size < TEXT_MAX ? size : TEXT_MAX),
    };
    int64_t order_ms = order_of(logs, line, &record);
    uint64_t place = write_record(logs, &record, text);
    if (at == 0)
        segment->first_ms = order_ms;
    if (at % LINES_A_STEP == 0)
        segment->steps[at / LINES_A_STEP] = (uint32_t)(place - segment->place);
    segment->later_ms[at] = later_by(order_ms - segment->first_ms);
    logs->end++;
}

uint64_t hw_logs_first(const struct hw_logs *logs)
{
    return logs->first;
}

uint64_t hw_logs_end(const struct hw_logs *logs)
{
    return logs->end;
}

uint64_t hw_logs_dropped(const struct hw_logs *logs)
{
    return logs->first;
}

static bool read_record(const struct hw_logs *logs, uint64_t place, struct record *ret)
{
    const char *bytes = hw_spool_read(logs->spool, place, sizeof *ret);
    if (bytes)
        memcpy(ret, bytes, sizeof *ret);
    return bytes != NULL;
}

/* Where the line begins: from the last one that was read, or from the step before it. */
static bool find_place(const struct hw_logs *logs, uint64_t number, uint64_t *ret)
{
    size_t at = (size_t)(number - logs->base);
    const struct segment *segment = logs->segments[at / LINES_A_SEGMENT];
    size_t step = at % LINES_A_SEGMENT / LINES_A_STEP;
    uint64_t near = number - at % LINES_A_STEP, place = segment->place + segment->steps[step];
    if (logs->near->number > near && logs->near->number <= number) {
        near = logs->near->number;
        place = logs->near->place;
    }
    for (; near < number; near++) {
        struct record record;
        if (!read_record(logs, place, &record))
            return false;
        place += sizeof record + record.size + 1;
    }
    *logs->near = (struct near){number, place};
    *ret = place;
    return true;
}

bool hw_logs_get(const struct hw_logs *logs, uint64_t number, struct hw_log_line *ret)
{
    struct record record;
    uint64_t place;
    if (number < logs->first || number >= logs->end || !find_place(logs, number, &place) ||
        !read_record(logs, place, &record))
        return false;
    const char *text = hw_spool_read(logs->spool, place + sizeof record, (size_t)record.size + 1);
    if (!text)
        return false;
    *ret = (struct hw_log_line){.time_ms = record.time_ms,
                                .node = record.node,
                                .source = record.source,
                                .offset = record.offset,
                                .text = text,
                                .size = record.size};
    return true;
}

/* The record at *at of a stretch of n bytes, and *at behind it; false: it is not whole. */
static bool take_record(const char *bytes, size_t n, size_t *at, struct hw_log_line *ret)
{
    struct record record;
    if (!bytes || n - *at < sizeof record)
        return false;
    memcpy(&record, bytes + *at, sizeof record);
    if (n - *at - sizeof record < (size_t)record.size + 1)
        return false;
    *ret = (struct hw_log_line){.time_ms = record.time_ms,
                                .node = record.node,
                                .source = record.source,
                                .offset = record.offset,
                                .text = bytes + *at + sizeof record,
                                .size = record.size};
    *at += sizeof record + record.size + 1;
    return true;
}

void hw_logs_walk(const struct hw_logs *logs, uint64_t from, uint64_t end, hw_logs_walk_fn *fn,
                  void *data)
{
    uint64_t place;
    struct hw_log_line line;
    if (from < logs->first || from >= end || !find_place(logs, from, &place))
        return;
    while (from < end) {
        size_t n, at = 0;
        const char *bytes = hw_spool_scan(logs->spool, place, SCAN_BYTES, &n);
        if (!take_record(bytes, n, &at, &line)) /* the file cannot be read: a line fits always */
            return;
        do {
            fn(data, from++, &line);
        } while (from < end && take_record(bytes, n, &at, &line));
        place += at;
    }
    *logs->near = (struct near){from, place};
}

/* The line in whose record place lies; from: a line at or before it. */
static uint64_t number_at(const struct hw_logs *logs, uint64_t place, uint64_t from)
{
    size_t low = (size_t)(from - logs->base) / LINES_A_SEGMENT, high = logs->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (logs->segments[middle]->place <= place)
            low = middle;
        else
            high = middle;
    }
    const struct segment *segment = logs->segments[low];
    uint64_t first = logs->base + low * LINES_A_SEGMENT, held = logs->end - first;
    size_t steps =
        (size_t)(held < LINES_A_SEGMENT ? held + LINES_A_STEP - 1 : LINES_A_SEGMENT) / LINES_A_STEP;
    size_t step = steps;
    while (step > 1 && segment->place + segment->steps[step - 1] > place)
        step--;
    uint64_t number = first + (step - 1) * LINES_A_STEP;
    uint64_t at = segment->place + segment->steps[step - 1];
    for (;; number++) {
        struct record record;
        if (!read_record(logs, at, &record) || at + sizeof record + record.size + 1 > place)
            return number;
        at += sizeof record + record.size + 1;
    }
}

bool hw_logs_seek(const struct hw_logs *logs, const struct hw_pattern *literal, size_t length,
                  uint64_t end, uint64_t *number, size_t *budget)
{
    uint64_t place, stop = hw_spool_end(logs->spool);
    if (*number >= end)
        return false;
    if (!find_place(logs, *number, &place) || (end < logs->end && !find_place(logs, end, &stop))) {
        *number = end;
        return false;
    }
    while (place < stop && *budget) {
        size_t n, at;
        uint64_t left = stop - place;
        const char *bytes =
            hw_spool_scan(logs->spool, place, left < SCAN_BYTES ? (size_t)left : SCAN_BYTES, &n);
        if (!bytes) {
            place = stop; /* the file cannot be read */
            break;
        }
        bool hit = hw_pattern_find(literal, bytes, n, 0, 0, &at, NULL);
        size_t used = hit ? at + 1 : n == left || n < length ? n : n - length + 1;
        *budget -= used < *budget ? used : *budget;
        if (hit) {
            *number = number_at(logs, place + at, *number);
            return true;
        }
        place += used;
    }
    *number = place >= stop ? end : number_at(logs, place, *number);
    return false;
}

int64_t hw_logs_order_ms(const struct hw_logs *logs, uint64_t number)
{
    if (number < logs->first || number >= logs->end)
        return INT64_MIN;
    size_t at = (size_t)(number - logs->base);
    const struct segment *segment = logs->segments[at / LINES_A_SEGMENT];
    return segment->near_ms ? segment->least_ms + segment->near_ms[at % LINES_A_SEGMENT]
                            : segment->first_ms + segment->later_ms[at % LINES_A_SEGMENT];
}

bool hw_logs_is_broken(const struct hw_logs *logs, struct hw_err *err)
{
    return hw_spool_is_broken(logs->spool, err);
}

const char *hw_logs_node(const struct hw_logs *logs, uint32_t node)
{
    return node < logs->nodes.texts.count ? logs->nodes.texts.items[node] : "";
}

const char *hw_logs_source(const struct hw_logs *logs, uint32_t source)
{
    return source < logs->sources.texts.count ? logs->sources.texts.items[source] : "";
}

size_t hw_logs_node_count(const struct hw_logs *logs)
{
    return logs->nodes.texts.count;
}

bool hw_logs_find_node(const struct hw_logs *logs, const char *name, uint32_t *ret)
{
    uint32_t number = hw_names_find(&logs->nodes, name);
    if (number == HW_NAMES_NONE)
        return false;
    *ret = number;
    return true;
}

bool hw_logs_find_source(const struct hw_logs *logs, const char *name, uint32_t *ret)
{
    uint32_t number = hw_names_find(&logs->sources, name);
    if (number == HW_NAMES_NONE)
        return false;
    *ret = number;
    return true;
}

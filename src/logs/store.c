/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/store.h"

#include "base/mem.h"
#include "logs/names.h"
#include "logs/order.h"

#define LINES_A_SEGMENT 4096u
#define TEXT_BLOCK      (64u * 1024u)

struct line {
    int64_t time_ms, order_ms;
    uint64_t offset;
    uint32_t node, source;
    const char *text;
};

struct block {
    struct block *next;
    size_t used, size;
    char bytes[];
};

/* Lines come and go by whole segments, so that adding one takes constant time and dropping the
 * oldest gives its memory back. */
struct segment {
    struct line lines[LINES_A_SEGMENT];
    struct block *blocks;
    size_t text_bytes;
};

/* The last time known of a file: lines without one take it over. */
struct file_time {
    uint64_t file; /* node and source, + 1; 0 = free */
    int64_t time_ms;
};

struct hw_logs {
    size_t max_lines;
    uint64_t first, end, base; /* base: number of the first line of segments[0] */
    struct segment **segments;
    size_t count, capacity;
    size_t text_bytes;
    int64_t newest_ms; /* of the line that arrived last */
    struct hw_names nodes, sources;
    struct file_time *times;
    size_t time_count, time_slots;
};

struct hw_logs *hw_logs_new(size_t max_lines)
{
    struct hw_logs *logs = HW_NEW(struct hw_logs);
    logs->max_lines = max_lines ? max_lines : 1;
    return logs;
}

static void free_segment(struct segment *segment)
{
    while (segment->blocks) {
        struct block *block = segment->blocks;
        segment->blocks = block->next;
        free(block);
    }
    free(segment);
}

void hw_logs_free(struct hw_logs *logs)
{
    if (!logs)
        return;
    for (size_t i = 0; i < logs->count; i++)
        free_segment(logs->segments[i]);
    free(logs->segments);
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
    logs->text_bytes -= logs->segments[0]->text_bytes;
    free_segment(logs->segments[0]);
    logs->count--;
    memmove(logs->segments, logs->segments + 1, logs->count * sizeof *logs->segments);
    logs->base += LINES_A_SEGMENT;
    if (logs->first < logs->base)
        logs->first = logs->base;
}

static void make_room(struct hw_logs *logs)
{
    if (logs->end - logs->first >= logs->max_lines)
        logs->first++;
    while (logs->count > 1 &&
           (logs->first >= logs->base + LINES_A_SEGMENT || logs->text_bytes > HW_MAX_LOG_TEXT))
        drop_segment(logs);
    if (logs->end == logs->base + logs->count * LINES_A_SEGMENT) {
        hw_grow(&logs->segments, &logs->capacity, logs->count, sizeof(struct segment *));
        logs->segments[logs->count++] = HW_NEW(struct segment);
    }
}

static const char *keep_text(struct hw_logs *logs, struct segment *segment, const char *text)
{
    size_t size = strlen(text) + 1;
    struct block *block = segment->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > TEXT_BLOCK ? size : TEXT_BLOCK;
        block = hw_alloc(sizeof *block + room);
        block->size = room;
        block->next = segment->blocks;
        segment->blocks = block;
        segment->text_bytes += room;
        logs->text_bytes += room;
    }
    char *kept = block->bytes + block->used;
    memcpy(kept, text, size);
    block->used += size;
    return kept;
}

void hw_logs_add(struct hw_logs *logs, const struct hw_ev_log *line)
{
    make_room(logs);
    struct segment *segment = logs->segments[logs->count - 1];
    struct line *slot = &segment->lines[(logs->end - logs->base) % LINES_A_SEGMENT];
    slot->node = hw_names_add(&logs->nodes, line->node ? line->node : "");
    slot->source = hw_names_add(&logs->sources, line->source ? line->source : "");
    slot->offset = line->offset;
    slot->text = keep_text(logs, segment, line->text ? line->text : "");
    struct file_time *last = file_time(logs, slot->node, slot->source);
    if (line->time_ms)
        last->time_ms = line->time_ms;
    slot->time_ms = last->time_ms;
    if (slot->time_ms)
        logs->newest_ms = slot->time_ms;
    slot->order_ms = logs->newest_ms;
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

static const struct line *line_at(const struct hw_logs *logs, uint64_t number)
{
    if (number < logs->first || number >= logs->end)
        return NULL;
    size_t at = (size_t)(number - logs->base);
    return &logs->segments[at / LINES_A_SEGMENT]->lines[at % LINES_A_SEGMENT];
}

bool hw_logs_get(const struct hw_logs *logs, uint64_t number, struct hw_log_line *ret)
{
    const struct line *line = line_at(logs, number);
    if (!line)
        return false;
    *ret = (struct hw_log_line){.time_ms = line->time_ms,
                                .node = line->node,
                                .source = line->source,
                                .offset = line->offset,
                                .text = line->text};
    return true;
}

int64_t hw_logs_order_ms(const struct hw_logs *logs, uint64_t number)
{
    const struct line *line = line_at(logs, number);
    return line ? line->order_ms : INT64_MIN;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of the log follower (templates/powershell/follow.ps1 describes them). */
#include "crowd-parts.h"

#include <zlib.h>

#include "base/clock.h"

#define PATH             "C:\\ProgramData\\hpcwiz\\install.log"
#define BEAT_MS          10000
#define RAW_DEFLATE_BITS (-15)
#define WINDOW_MEMORY    8
#define TEXT_MAX         (64u * 1024u)

static void put_base64(struct hw_buf *out, const char *text)
{
    hw_buf_base64(out, text, strlen(text));
}

/* "yyyyMMddHHmmss" */
static void put_clock(struct hw_buf *out, int64_t now_ms)
{
    char now[HW_TIME_SIZE]; /* 20261122T201500Z */
    hw_time_compact(now_ms, now);
    hw_buf_print(out, "%.8s%.6s", now, now + strlen("20261122T"));
}

void crowd_log_begin(struct crowd_log *log, int64_t now_ms)
{
    hw_buf_text(&log->told, "@H 1 20261101000000 ");
    put_clock(&log->told, now_ms);
    hw_buf_text(&log->told, " 4711 ");
    put_base64(&log->told, "NODE|10.0.20348.0|5.1.20348.1");
    hw_buf_text(&log->told, "\n@F 0 0 0 ");
    put_base64(&log->told, PATH);
    hw_buf_char(&log->told, '\n');
    log->beat_ms = log->born_ms = now_ms;
}

/* Formatting a time takes longer than all else of a line; they come by the thousand a second. */
static const char *stamp(int64_t ms)
{
    static int64_t second = -1;
    static char text[HW_TIME_SIZE];
    if (ms / 1000 != second)
        hw_time_rfc3339(ms, text);
    second = ms / 1000;
    char *fraction = text + strlen("2026-11-22T20:15:00.");
    unsigned rest = (unsigned)(ms % 1000);
    fraction[0] = (char)('0' + rest / 100);
    fraction[1] = (char)('0' + rest / 10 % 10);
    fraction[2] = (char)('0' + rest % 10);
    return text;
}

static void put_line(struct hw_buf *out, const struct crowd_log *log, int64_t born_ms)
{
    unsigned mixed = (unsigned)(log->lines * 2654435761u + log->node);
    hw_buf_print(out,
                 "%s [compute-%04zu] Executing op %llu: RegistryWrite(Value={%08X-%04X-4111-8222-"
                 "%08X0000})\n",
                 stamp(born_ms), log->node + 1, (unsigned long long)log->lines, mixed,
                 mixed >> 16 & 0xFFFF, ~mixed);
}

/* One for all: its memory is large. */
static void deflate_text(struct hw_buf *out, const struct hw_buf *text)
{
    static z_stream stream;
    static bool ready;
    unsigned char packed[TEXT_MAX];
    if (!ready)
        deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_DEFLATE_BITS, WINDOW_MEMORY,
                     Z_DEFAULT_STRATEGY);
    else
        deflateReset(&stream);
    ready = true;
    stream.next_in = (unsigned char *)text->data;
    stream.avail_in = (uInt)text->len;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    deflate(&stream, Z_FINISH);
    hw_buf_base64(out, packed, sizeof packed - stream.avail_out);
}

void crowd_log_look(struct crowd_log *log, int64_t now_ms)
{
    static struct hw_buf text = HW_BUF(TEXT_MAX / 2);
    hw_buf_clear(&text);
    for (;;) {
        int64_t born_ms = log->born_ms + (int64_t)log->lines * CROWD_LINE_MS;
        if (born_ms > now_ms || text.len > TEXT_MAX / 4)
            break;
        put_line(&text, log, born_ms);
        log->lines++;
    }
    if (text.len) {
        hw_buf_print(&log->told, "@D 0 %llu %zu z ", (unsigned long long)log->offset, text.len);
        deflate_text(&log->told, &text);
        hw_buf_char(&log->told, '\n');
        log->offset += text.len;
    }
    if (now_ms - log->beat_ms >= BEAT_MS) {
        log->beat_ms = now_ms;
        hw_buf_text(&log->told, "@K ");
        put_clock(&log->told, now_ms);
        hw_buf_char(&log->told, '\n');
    }
}

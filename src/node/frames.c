/* SPDX-License-Identifier: Apache-2.0 */
#include "node/frames.h"

#include <zlib.h>

#include "base/clock.h"
#include "base/log.h"

#define WORDS            6
#define RAW_DEFLATE_BITS (-15)
#define TRACED_BYTES     200
#define KEPT_BYTES       4096u

void hw_frames_init(struct hw_frames *frames)
{
    *frames = (struct hw_frames){.line = HW_BUF(HW_MAX_FRAME),
                                 .packed = HW_BUF(HW_MAX_FRAME),
                                 .bytes = HW_BUF(HW_MAX_FRAME)};
}

void hw_frames_done(struct hw_frames *frames)
{
    hw_buf_done(&frames->line);
    hw_buf_done(&frames->packed);
    hw_buf_done(&frames->bytes);
}

void hw_frames_reset(struct hw_frames *frames)
{
    hw_buf_clear(&frames->line);
    frames->broken = false;
}

static bool number(const char *word, uint64_t *ret)
{
    uint64_t value = 0;
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 18 || word[digits])
        return false;
    for (const char *p = word; *p; p++)
        value = value * 10 + (uint64_t)(*p - '0');
    *ret = value;
    return true;
}

/* Cuts line into words at single blanks, in place. Returns their number, 0 when too many. */
static size_t split(char *line, char *words[WORDS])
{
    size_t count = 0;
    for (char *p = line; p; count++) {
        if (count == WORDS)
            return 0;
        words[count] = p;
        p = strchr(p, ' ');
        if (p)
            *p++ = '\0';
    }
    return count;
}

/* One for all frames: to make it takes longer than to unpack the few lines that most hold. It keeps
 * nothing of what has come out whole, and goes with what has not. */
static struct {
    z_stream stream;
    bool made;
} unpacker;

static bool unpack(struct hw_frames *frames, size_t length)
{
    z_stream *stream = &unpacker.stream;
    if (!hw_buf_fill(&frames->bytes, 0, length))
        return false;
    if (!unpacker.made && inflateInit2(stream, RAW_DEFLATE_BITS) != Z_OK)
        return false;
    unpacker.made = true;
    stream->next_in = (unsigned char *)frames->packed.data;
    stream->avail_in = (uInt)frames->packed.len;
    stream->next_out = (unsigned char *)frames->bytes.data;
    stream->avail_out = (uInt)length;
    bool whole = inflate(stream, Z_FINISH) == Z_STREAM_END && stream->total_out == length;
    if (!whole || inflateReset(stream) != Z_OK) {
        inflateEnd(stream);
        unpacker.made = false;
    }
    return whole;
}

static bool read_data(struct hw_frames *frames, char *const words[], struct hw_frame *ret)
{
    bool packed = !strcmp(words[4], "z");
    struct hw_buf *to = packed ? &frames->packed : &frames->bytes;
    ret->kind = HW_FRAME_DATA;
    hw_buf_clear(&frames->packed);
    hw_buf_clear(&frames->bytes);
    if (!number(words[1], &ret->id) || !number(words[2], &ret->offset) ||
        !number(words[3], &ret->length) || ret->length > HW_MAX_FRAME || ret->length == 0 ||
        (!packed && strcmp(words[4], "r") != 0) ||
        !hw_buf_unbase64(to, words[5], strlen(words[5])) ||
        (packed && !unpack(frames, (size_t)ret->length)) || frames->bytes.len != ret->length)
        return false;
    ret->bytes = (struct hw_span){frames->bytes.data, frames->bytes.len};
    return true;
}

/* Base64 of UTF-8 into frames->bytes; NULs would hide what follows them. */
static bool read_text(struct hw_frames *frames, const char *word, struct hw_frame *ret)
{
    hw_buf_clear(&frames->bytes);
    if (!hw_buf_unbase64(&frames->bytes, word, strlen(word)) ||
        (frames->bytes.len && memchr(frames->bytes.data, 0, frames->bytes.len)))
        return false;
    ret->text = hw_buf_cstr(&frames->bytes);
    return true;
}

/* "yyyyMMddHHmmss"; 0: it is no time. */
static int64_t read_clock(const char *word)
{
    char text[sizeof "yyyy-MM-ddTHH:mm:ssZ"];
    int64_t ms;
    if (strlen(word) != 14)
        return 0;
    int n = snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", word, word + 4, word + 6,
                     word + 8, word + 10, word + 12);
    return hw_time_parse(text, (size_t)n, &ms) ? ms : 0;
}

static bool read_hello(struct hw_frames *frames, char *const words[], struct hw_frame *ret)
{
    uint64_t version, boot;
    if (!number(words[1], &version) || version > 999 || !number(words[2], &boot))
        return false;
    ret->kind = HW_FRAME_HELLO;
    ret->version = (unsigned)version;
    ret->boot = words[2];
    ret->now_ms = read_clock(words[3]);
    return read_text(frames, words[5], ret);
}

static bool read_frame(struct hw_frames *frames, char *line, struct hw_frame *ret)
{
    char *words[WORDS] = {0};
    size_t count = split(line, words);
    char kind = count && words[0][1] && !words[0][2] ? words[0][1] : 0;
    switch (kind) {
    case 'H':
        return count == 6 && read_hello(frames, words, ret);
    case 'F':
        ret->kind = HW_FRAME_FILE;
        return count == 5 && number(words[1], &ret->id) && number(words[2], &ret->offset) &&
               number(words[3], &ret->length) && read_text(frames, words[4], ret);
    case 'D':
        return count == 6 && read_data(frames, words, ret);
    case 'T':
        ret->kind = HW_FRAME_REPLACED;
        return count == 3 && number(words[1], &ret->id) && number(words[2], &ret->length);
    case 'S':
        ret->kind = HW_FRAME_SKIPPED;
        return count == 3 && number(words[1], &ret->id) && number(words[2], &ret->offset);
    case 'E':
        ret->kind = HW_FRAME_ERROR;
        return count == 3 && number(words[1], &ret->id) && read_text(frames, words[2], ret);
    case 'K':
        ret->kind = HW_FRAME_BEAT;
        ret->now_ms = count == 2 ? read_clock(words[1]) : 0;
        return count == 2;
    default:
        return false;
    }
}

static void read_line(struct hw_frames *frames, hw_frame_fn *fn, void *data)
{
    struct hw_buf *line = &frames->line;
    struct hw_frame frame = {0};
    while (line->len && line->data[line->len - 1] == '\r')
        line->data[--line->len] = '\0';
    if (!line->full && (line->len == 0 || line->data[0] != '@')) {
        hw_trace("winrm", "noise: %.*s", TRACED_BYTES, hw_buf_cstr(line));
        return;
    }
    if (line->full || memchr(line->data, 0, line->len) || !read_frame(frames, line->data, &frame)) {
        frame = (struct hw_frame){.kind = HW_FRAME_BROKEN};
        frames->broken = true;
    }
    fn(data, &frame);
}

/* Memory of large frames goes back: there may be a thousand nodes. */
static void shrink(struct hw_buf *buf)
{
    if (buf->capacity > KEPT_BYTES)
        hw_buf_done(buf);
}

void hw_frames_add(struct hw_frames *frames, const char *bytes, size_t n, hw_frame_fn *fn,
                   void *data)
{
    while (n && !frames->broken) {
        const char *end = memchr(bytes, '\n', n);
        size_t length = end ? (size_t)(end - bytes) : n;
        hw_buf_add(&frames->line, bytes, length);
        if (end || frames->line.full) {
            read_line(frames, fn, data);
            hw_buf_clear(&frames->line);
        }
        length += end ? 1 : 0;
        bytes += length;
        n -= length;
    }
    shrink(&frames->packed);
    hw_buf_done(&frames->bytes); /* lines whose secrets are not hidden yet */
    if (frames->line.len == 0)
        shrink(&frames->line);
}

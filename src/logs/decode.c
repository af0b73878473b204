/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/decode.h"

#include "base/text.h"

#define JUDGED_BYTES 4096u /* a line without an end is judged by its first so many bytes */
#define CUT_BACK     1024u /* bytes before the end of a piece in which a blank is looked for */
#define RAW_MAX      (HW_DECODE_PIECE + JUDGED_BYTES)

/* Windows-1252, 0x80 to 0x9F (unicode.org, CP1252.TXT); 0 = undefined. */
static const uint16_t cp1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

void hw_decoder_init(struct hw_decoder *decoder, uint64_t offset)
{
    *decoder =
        (struct hw_decoder){.offset = offset, .raw = HW_BUF(RAW_MAX), .text = HW_BUF(HW_MAX_LINE)};
}

void hw_decoder_done(struct hw_decoder *decoder)
{
    hw_buf_done(&decoder->raw);
    hw_buf_done(&decoder->text);
}

static void put(struct hw_buf *out, uint32_t c)
{
    char bytes[4];
    hw_buf_add(out, bytes, hw_utf8_put(c, bytes));
}

void hw_decode_8bit(struct hw_buf *out, const char *raw, size_t n)
{
    if (hw_utf8_valid(raw, n)) {
        hw_buf_add(out, raw, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)raw[i];
        bool special = c >= 0x80 && c < 0xA0;
        put(out, !special ? c : cp1252[c - 0x80] ? cp1252[c - 0x80] : 0xFFFD);
    }
}

static uint32_t unit(const char *raw, bool big_endian)
{
    const unsigned char *p = (const unsigned char *)raw;
    return big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* Most of a log: takes units below 0x80 as long as they come; returns the bytes used. */
static size_t ascii_units(struct hw_buf *out, const char *raw, size_t n, bool big_endian)
{
    char text[256];
    size_t used = 0, length;
    do {
        const char *p = raw + used + big_endian, *zero = raw + used + !big_endian;
        size_t most = (n - used) / 2;
        most = most < sizeof text ? most : sizeof text;
        for (length = 0; length < most; length++) {
            if (zero[2 * length] || (unsigned char)p[2 * length] >= 0x80)
                break;
            text[length] = p[2 * length];
        }
        hw_buf_add(out, text, length);
        used += 2 * length;
    } while (length == sizeof text);
    return used;
}

static void decode_utf16(struct hw_buf *out, const char *raw, size_t n, bool big_endian)
{
    size_t i = 0;
    while (i + 2 <= n) {
        i += ascii_units(out, raw + i, n - i, big_endian);
        if (i + 2 > n)
            break;
        uint32_t c = unit(raw + i, big_endian);
        i += 2;
        bool high = c >= 0xD800 && c < 0xDC00;
        uint32_t low = high && i + 2 <= n ? unit(raw + i, big_endian) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10 | (low - 0xDC00));
            i += 2;
        }
        put(out, c); /* a lone surrogate becomes U+FFFD */
    }
    if (i < n)
        put(out, 0xFFFD);
}

static const char *rest(const struct hw_decoder *decoder, size_t *ret_n)
{
    *ret_n = decoder->raw.len - decoder->start;
    return decoder->raw.data + decoder->start;
}

static size_t mark_size(const char *raw, size_t n, enum hw_decode_mode *ret)
{
    if (n >= 3 && memcmp(raw, "\xEF\xBB\xBF", 3) == 0) {
        *ret = HW_DECODE_8BIT;
        return 3;
    }
    if (n >= 2 && memcmp(raw, "\xFF\xFE", 2) == 0) {
        *ret = HW_DECODE_UTF16LE;
        return 2;
    }
    if (n >= 2 && memcmp(raw, "\xFE\xFF", 2) == 0) {
        *ret = HW_DECODE_UTF16BE;
        return 2;
    }
    return 0;
}

/* Tells the next n bytes as one line and takes them and the line end off. */
static void tell(struct hw_decoder *decoder, size_t n, size_t end, hw_decoder_fn *fn, void *data)
{
    enum hw_decode_mode mode;
    const char *raw = decoder->raw.data + decoder->start;
    size_t skip = decoder->inside ? 0 : mark_size(raw, n, &mode);
    uint64_t offset = decoder->offset;
    hw_buf_clear(&decoder->text);
    hw_buf_text(&decoder->text, "");
    if (decoder->mode == HW_DECODE_8BIT)
        hw_decode_8bit(&decoder->text, raw + skip, n - skip);
    else
        decode_utf16(&decoder->text, raw + skip, n - skip, decoder->mode == HW_DECODE_UTF16BE);
    size_t length = decoder->text.len;
    while (end && length && decoder->text.data[length - 1] == '\r')
        length--;
    decoder->start += n + end;
    decoder->offset += n + end;
    decoder->scanned = 0;
    decoder->judged = decoder->inside = end == 0;
    fn(data, offset, decoder->text.data, length);
}

struct evidence {
    size_t odd, even; /* NULs at odd and even places */
    bool readable;    /* as 8-bit text: valid UTF-8 without control bytes */
};

static struct evidence weigh(const char *raw, size_t n)
{
    struct evidence evidence = {.readable = hw_utf8_valid(raw, n)};
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)raw[i];
        if (c == 0)
            *(i % 2 ? &evidence.odd : &evidence.even) += 1;
        if (c < 0x20 && c != '\t' && c != '\r')
            evidence.readable = false;
    }
    return evidence;
}

/* raw[n] is the first LF byte and `after` the byte behind it (-1: not known), or has_lf is false:
 * none within JUDGED_BYTES. The NULs alone are not enough: one stray NUL in 8-bit text must not
 * turn the rest of the file into UTF-16, so half of the pairs or a well-formed line end must agree.
 */
static enum hw_decode_mode judge(enum hw_decode_mode before, const char *raw, size_t n, bool has_lf,
                                 int after)
{
    enum hw_decode_mode mode;
    if (mark_size(raw, n, &mode))
        return mode;
    if (n == 0 && after == 0)
        return HW_DECODE_UTF16LE;
    if (n == 0)
        return before == HW_DECODE_UTF16LE ? before : HW_DECODE_8BIT;
    bool le_end = has_lf && n % 2 == 0 && after == 0;
    bool be_end = has_lf && n % 2 == 1 && raw[n - 1] == 0;
    if (le_end && before == HW_DECODE_UTF16LE)
        return before;
    struct evidence evidence = weigh(raw, n);
    if (evidence.odd > 2 * evidence.even && (le_end || evidence.odd * 4 >= n))
        return HW_DECODE_UTF16LE;
    if (evidence.even > 2 * evidence.odd && (be_end || evidence.even * 4 >= n))
        return HW_DECODE_UTF16BE;
    return evidence.readable ? HW_DECODE_8BIT : before;
}

/* False: more bytes are needed. */
static bool judge_line(struct hw_decoder *decoder, bool last)
{
    size_t n;
    const char *raw = rest(decoder, &n);
    size_t window = n < JUDGED_BYTES ? n : JUDGED_BYTES;
    const char *lf = memchr(raw + decoder->scanned, '\n', window - decoder->scanned);
    if (!lf && window < JUDGED_BYTES && !last) {
        decoder->scanned = window;
        return false;
    }
    size_t length = lf ? (size_t)(lf - raw) : window;
    bool known = lf && length + 1 < n;
    bool wide = decoder->mode == HW_DECODE_UTF16LE || memchr(raw, '\0', length);
    bool needed = length == 0 || (wide && length % 2 == 0);
    if (lf && needed && !known && !last) {
        decoder->scanned = length;
        return false;
    }
    int after = known ? (unsigned char)raw[length + 1] : -1;
    decoder->mode = judge(decoder->mode, raw, length, lf, after);
    decoder->judged = true;
    decoder->scanned = 0;
    return true;
}

/* Bytes before the line end in ret_length and of the line end itself; 0 = not there yet. */
static size_t find_end(struct hw_decoder *decoder, size_t *ret_length)
{
    size_t n, at = decoder->scanned;
    const char *raw = rest(decoder, &n);
    if (decoder->mode == HW_DECODE_8BIT) {
        const char *lf = memchr(raw + at, '\n', n - at);
        *ret_length = lf ? (size_t)(lf - raw) : 0;
        decoder->scanned = n;
        return lf ? 1 : 0;
    }
    while (at + 2 <= n) {
        const char *lf = memchr(raw + at, '\n', n - at);
        if (!lf)
            break;
        size_t pair = (size_t)(lf - raw) & ~(size_t)1;
        if (pair + 2 <= n && unit(raw + pair, decoder->mode == HW_DECODE_UTF16BE) == '\n') {
            *ret_length = pair;
            return 2;
        }
        at = pair + 2 <= n ? pair + 2 : pair;
        if (pair + 2 > n)
            break;
    }
    decoder->scanned = at < (n & ~(size_t)1) ? at : n & ~(size_t)1;
    return 0;
}

/* Behind the last of the separators in a piece, if it is near its end; else 0. */
static size_t cut_behind(const struct hw_decoder *decoder, const char *raw, const char *separators)
{
    size_t width = decoder->mode == HW_DECODE_8BIT ? 1 : 2;
    for (size_t at = HW_DECODE_PIECE - width; at >= HW_DECODE_PIECE - CUT_BACK; at -= width) {
        uint32_t c = width == 1 ? (unsigned char)raw[at]
                                : unit(raw + at, decoder->mode == HW_DECODE_UTF16BE);
        if (c && c < 0x80 && strchr(separators, (int)c))
            return at + width;
    }
    return 0;
}

/* Where a line that is too long is cut: between words where there are any, so that what is hidden
 * (logs/redact.h) is seen as a whole; never inside a character. */
static size_t cut_place(const struct hw_decoder *decoder)
{
    const char *raw = decoder->raw.data + decoder->start;
    size_t between = cut_behind(decoder, raw, " "), cut = HW_DECODE_PIECE;
    if (!between)
        between = cut_behind(decoder, raw, ";,&|<>{}[]()");
    if (between)
        return between;
    if (decoder->mode != HW_DECODE_8BIT) {
        uint32_t c = unit(raw + cut - 2, decoder->mode == HW_DECODE_UTF16BE);
        return c >= 0xD800 && c < 0xDC00 ? cut - 2 : cut;
    }
    for (size_t back = 0; back < 4; back++) {
        if (((unsigned char)raw[cut - back] & 0xC0) != 0x80)
            return cut - back;
    }
    return cut;
}

/* One line or piece; false: nothing more to tell from what is there. */
static bool step(struct hw_decoder *decoder, bool last, hw_decoder_fn *fn, void *data)
{
    size_t length, n;
    rest(decoder, &n);
    if (n == 0 || (!decoder->judged && !judge_line(decoder, last)))
        return false;
    size_t end = find_end(decoder, &length);
    /* A line that ends behind HW_DECODE_PIECE is cut as it would be in smaller chunks. Its end
     * takes two bytes at most. */
    if (n >= HW_DECODE_PIECE + 2 && (!end || length > HW_DECODE_PIECE))
        tell(decoder, cut_place(decoder), 0, fn, data);
    else if (end)
        tell(decoder, length, end, fn, data);
    else
        return false;
    return true;
}

/* Whole lines of plain ASCII, as almost all are, need no copy and no judgement. Returns the bytes
 * of those that were told. */
static size_t plain_lines(struct hw_decoder *decoder, const char *p, size_t count,
                          hw_decoder_fn *fn, void *data)
{
    size_t used = 0;
    while (decoder->mode == HW_DECODE_8BIT && !decoder->inside && !decoder->judged) {
        const char *line = p + used, *lf = memchr(line, '\n', count - used);
        size_t length = lf ? (size_t)(lf - line) : 0;
        /* An empty line may be half of a line end in UTF-16. */
        if (!length || length > HW_DECODE_PIECE)
            break;
        size_t n = length;
        while (n && line[n - 1] == '\r')
            n--;
        if (!hw_text_plain(line, n))
            break;
        uint64_t offset = decoder->offset;
        decoder->offset += length + 1;
        used += length + 1;
        fn(data, offset, line, n);
    }
    return used;
}

void hw_decoder_add(struct hw_decoder *decoder, const void *bytes, size_t count, hw_decoder_fn *fn,
                    void *data)
{
    const char *p = bytes;
    while (count) {
        if (decoder->raw.len == 0) {
            size_t told = plain_lines(decoder, p, count, fn, data);
            p += told;
            count -= told;
        }
        size_t room = RAW_MAX - decoder->raw.len;
        size_t n = count < room ? count : room;
        /* To the end of the line under way; behind it the short way is open again. */
        const char *lf =
            decoder->mode == HW_DECODE_8BIT && decoder->raw.len ? memchr(p, '\n', n) : NULL;
        n = lf ? (size_t)(lf - p) + 1 : n;
        hw_buf_add(&decoder->raw, p, n);
        p += n;
        count -= n;
        while (step(decoder, false, fn, data))
            ;
        hw_buf_drop(&decoder->raw, decoder->start);
        decoder->start = 0;
    }
    /* There may be many files: between two chunks only a line under way keeps its memory. */
    if (decoder->raw.len == 0)
        hw_buf_done(&decoder->raw);
    hw_buf_done(&decoder->text);
}

void hw_decoder_restart(struct hw_decoder *decoder, uint64_t offset, hw_decoder_fn *fn, void *data)
{
    size_t n;
    while (step(decoder, true, fn, data))
        ;
    rest(decoder, &n);
    if (n)
        tell(decoder, n, 0, fn, data);
    hw_buf_clear(&decoder->raw);
    decoder->start = decoder->scanned = 0;
    decoder->judged = decoder->inside = false;
    decoder->offset = offset;
}

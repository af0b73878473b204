/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "logs/decode.h"

static void collect(void *data, uint64_t offset, const char *text, size_t n)
{
    struct hw_buf *out = data;
    assert_true(hw_utf8_valid(text, n));
    hw_buf_print(out, "%llu:", (unsigned long long)offset);
    hw_buf_add(out, text, n);
    hw_buf_char(out, '|');
}

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* Decodes raw in chunks of at most `chunk` bytes of any size. */
static void decode(const struct hw_buf *raw, size_t chunk, struct hw_buf *out)
{
    struct hw_decoder decoder;
    hw_decoder_init(&decoder, 0);
    for (size_t at = 0; at < raw->len;) {
        size_t n = 1 + any((uint32_t)chunk);
        n = n < raw->len - at ? n : raw->len - at;
        hw_decoder_add(&decoder, raw->data + at, n, collect, out);
        at += n;
    }
    hw_decoder_restart(&decoder, 0, collect, out);
    hw_decoder_done(&decoder);
}

static void expect(const char *raw, size_t n, const char *lines)
{
    static const size_t chunks[] = {1, 2, 3, 7, 100000};
    hw_auto(hw_buf) in = HW_BUF(HW_MAX_FILE);
    hw_buf_add(&in, raw, n);
    for (size_t i = 0; i < HW_COUNT(chunks); i++) {
        hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
        decode(&in, chunks[i], &out);
        assert_string_equal(hw_buf_cstr(&out), lines);
    }
}

#define EXPECT(raw, lines) expect(raw, sizeof(raw) - 1, lines)

static void encodings_are_told_apart(void **state HW_UNUSED)
{
    EXPECT("", "");
    EXPECT("one\r\ntwo\n\nthree", "0:one|5:two|9:|10:three|");
    EXPECT("\xEF\xBB\xBF"
           "gr\xC3\xBC\xC3\x9F\r\n",
           "0:gr\xC3\xBC\xC3\x9F|");
    EXPECT("gr\xFC\xDF \x80 \x81\n", "0:gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xEF\xBF\xBD|");
    EXPECT("\xFF\xFE"
           "a\0\xFC\0\r\0\n\0\r\0\n\0\x4E\x4E\n\0",
           "0:a\xC3\xBC|10:|14:\xE4\xB9\x8E|");
    EXPECT("a\0b\0\n\0", "0:ab|");
    EXPECT("\xFE\xFF\0a\0\r\0\n\0b\0\n", "0:a|8:b|");
    EXPECT("\0a\0b\0\r\0\n", "0:ab|");
}

static void encodings_change_inside_a_file(void **state HW_UNUSED)
{
    EXPECT("plain\r\nw\0i\0d\0e\0\r\0\n\0plain\r\n", "0:plain|7:wide|19:plain|");
    EXPECT("\xFF\xFE"
           "w\0\r\0\n\0eight bits\r\n\xFF\xFEx\0\n\0",
           "0:w|8:eight bits|20:x|");
    EXPECT("plain\n\n\0a\0b\0\n\0", "0:plain|6:|8:ab|");
}

static void broken_text_is_shown_not_dropped(void **state HW_UNUSED)
{
    EXPECT("\xFF\xFE"
           "a\0\x00\xD8"
           "b\0\n\0c",
           "0:a\xEF\xBF\xBD"
           "b|10:c|");
    EXPECT("\xFF\xFE"
           "a\0\n\0b\0c",
           "0:a|6:b\xEF\xBF\xBD|");
    EXPECT("\xFF\xFE\x3D\xD8\x00\xDE\n\0", "0:\xF0\x9F\x98\x80|");
    /* One stray NUL does not turn 8-bit text into UTF-16. */
    hw_auto(hw_buf) out = HW_BUF(1000);
    hw_auto(hw_buf) raw = HW_BUF(1000);
    hw_buf_add(&raw, "abcdef\0gh\nnext\n", 15);
    decode(&raw, 4, &out);
    assert_int_equal(out.len, 2 + 9 + 1 + 3 + 4 + 1);
}

static void long_lines_are_cut_between_characters(void **state HW_UNUSED)
{
    hw_auto(hw_buf) raw = HW_BUF(HW_MAX_FILE);
    for (size_t i = 0; i < HW_DECODE_PIECE; i++)
        hw_buf_text(&raw, "\xE2\x82\xAC");
    hw_buf_text(&raw, "\nend\n");
    hw_auto(hw_buf) whole = HW_BUF(HW_MAX_FILE);
    decode(&raw, raw.len, &whole);
    for (size_t i = 0; i < 5; i++) {
        hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
        decode(&raw, 1 + any(3000), &out);
        assert_string_equal(hw_buf_cstr(&out), hw_buf_cstr(&whole));
    }
    assert_null(strstr(hw_buf_cstr(&whole), "\xEF\xBF\xBD"));
    assert_non_null(strstr(hw_buf_cstr(&whole), ":end|"));
}

static void add_words(struct hw_buf *raw, unsigned kind)
{
    static const char *const words[] = {
        "install",          " ", "gr\xC3\xBC\xC3\x9F", "\xE4\xB8\x8A\xE4\xB8\x8B",
        "\xF0\x9F\x98\x80", "x", "stage=boot",         "\t",
        "\xC8\x8A"};
    size_t count = any(12);
    for (size_t i = 0; i < count; i++) {
        const char *word = words[any(HW_COUNT(words))];
        if (kind == 0)
            hw_buf_utf16le(raw, word, strlen(word));
        else if (kind == 1)
            hw_buf_text(raw, word);
        else
            hw_buf_char(raw, (char)(1 + any(255)));
    }
    if (kind == 0)
        hw_buf_utf16le(raw, any(4) ? "\r\n" : "\n", any(4) ? 2 : 1);
    else
        hw_buf_text(raw, any(4) ? "\r\n" : "\n");
}

/* However the bytes are cut into chunks, the lines are the same. */
static void chunks_make_no_difference(void **state HW_UNUSED)
{
    for (unsigned round = 0; round < 300; round++) {
        hw_auto(hw_buf) raw = HW_BUF(HW_MAX_FILE);
        hw_auto(hw_buf) whole = HW_BUF(HW_MAX_FILE);
        unsigned lines = 1 + any(60);
        for (unsigned i = 0; i < lines; i++)
            add_words(&raw, round % 4 == 3 ? any(3) : round % 4);
        if (round % 50 == 0) {
            for (unsigned i = 0; i < 40000; i++)
                hw_buf_char(&raw, (char)any(256));
        }
        decode(&raw, raw.len + 1, &whole);
        for (unsigned i = 0; i < 4; i++) {
            hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
            decode(&raw, 1 + any(i == 0 ? 1 : 40), &out);
            assert_int_equal(out.len, whole.len);
            assert_memory_equal(out.data ? out.data : "", whole.data ? whole.data : "", out.len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings_are_told_apart),
        cmocka_unit_test(encodings_change_inside_a_file),
        cmocka_unit_test(broken_text_is_shown_not_dropped),
        cmocka_unit_test(long_lines_are_cut_between_characters),
        cmocka_unit_test(chunks_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

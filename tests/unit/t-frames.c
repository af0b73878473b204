/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <zlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "node/files.h"
#include "node/frames.h"
#include "logs/stage.h"
#include "base/text.h"

static uint32_t seed = 5;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* One letter a frame, with what it carries. */
static void note(void *data, const struct hw_frame *frame)
{
    struct hw_buf *out = data;
    hw_buf_char(out, "HFDTSEK!"[frame->kind]);
    hw_buf_print(out, "%llu,%llu,%llu", (unsigned long long)frame->id,
                 (unsigned long long)frame->offset, (unsigned long long)frame->length);
    if (frame->now_ms)
        hw_buf_print(out, "@%lld", (long long)frame->now_ms);
    if (frame->text)
        hw_buf_print(out, ",%s", frame->text);
    if (frame->bytes.n) {
        hw_buf_char(out, '=');
        hw_buf_add(out, frame->bytes.p, frame->bytes.n);
    }
    hw_buf_char(out, ';');
}

static void parse(const char *stream, size_t n, size_t chunk, struct hw_buf *out)
{
    struct hw_frames frames;
    hw_frames_init(&frames);
    for (size_t at = 0; at < n;) {
        size_t size = 1 + any((uint32_t)chunk);
        size = size < n - at ? size : n - at;
        hw_frames_add(&frames, stream + at, size, note, out);
        at += size;
    }
    hw_frames_done(&frames);
}

static void expect(const char *stream, const char *frames)
{
    static const size_t chunks[] = {1, 3, 100000};
    for (size_t i = 0; i < HW_COUNT(chunks); i++) {
        hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
        parse(stream, strlen(stream), chunks[i], &out);
        assert_string_equal(hw_buf_cstr(&out), frames);
    }
}

static void frames_are_read_however_cut(void **state HW_UNUSED)
{
    expect("@H 1 20261122201500 20261122202000 42 SEVBRHwxMHw1\n"
           "noise\r\n\n"
           "@F 0 0 5 YzpcYS5sb2c=\r\n"
           "@D 0 0 5 r aGVsbG8=\n"
           "@T 0 2\n@S 0 4\n@E 0 bG9ja2Vk\n@K 20261122202000\n@D 0 0",
           "H0,0,0@1795378800000,HEAD|10|5;F0,0,5,c:\\a.log;D0,0,5=hello;T0,0,2;S0,4,0;"
           "E0,0,0,locked;K0,0,0@1795378800000;");
    expect("@K x\n@K 20261322202000\n", "K0,0,0;K0,0,0;");
}

static void broken_frames_end_the_stream(void **state HW_UNUSED)
{
    static const char *const broken[] = {
        "@",
        "@X 1",
        "@DD 0 0 5 r aGVsbG8=",
        "@D 0 0 4 r aGVsbG8=",
        "@D 0 0 5 q aGVsbG8=",
        "@D 0 0 5 z aGVsbG8=",
        "@D 0 0 5 r aGVsbG8",
        "@D 0 0 5 r aG*sbG8=",
        "@D 0 -1 5 r aGVsbG8=",
        "@D 0 99999999999999999999 5 r aGVsbG8=",
        "@D 0 0 99999999 z aGVsbG8=",
        "@D 0 0 0 r ",
        "@D 0 0 5 r aGVsbG8= x",
        "@F 0 0 5 YQBi", /* a NUL in a path */
        "@K",
        "@T 1",
    };
    for (size_t i = 0; i < HW_COUNT(broken); i++) {
        hw_auto_text stream = hw_format("%s\n@K 1\n", broken[i]);
        if (!strcmp(broken[i], "@D 0 0 5 r aGVsbG8"))
            continue; /* padding may be missing (RFC 4648, 3.2) */
        expect(stream, "!0,0,0;");
    }
    hw_auto(hw_buf) huge = HW_BUF(2 * HW_MAX_FRAME), out = HW_BUF(100);
    hw_buf_text(&huge, "@D 0 0 5 r ");
    hw_buf_fill(&huge, 'A', HW_MAX_FRAME);
    parse(huge.data, huge.len, 4096, &out);
    assert_string_equal(hw_buf_cstr(&out), "!0,0,0;");
}

static void put_packed(struct hw_buf *out, const char *text, size_t told)
{
    unsigned char packed[256];
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)text;
    stream.avail_in = (uInt)strlen(text);
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    hw_buf_print(out, "@D 3 0 %zu z ", told);
    hw_buf_base64(out, packed, stream.total_out);
    hw_buf_char(out, '\n');
    deflateEnd(&stream);
}

static void deflated_data_has_exactly_its_length(void **state HW_UNUSED)
{
    static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    hw_auto(hw_buf) right = HW_BUF(1000), less = HW_BUF(1000), more = HW_BUF(1000);
    put_packed(&right, text, sizeof text - 1);
    put_packed(&less, text, sizeof text - 2);
    put_packed(&more, text, sizeof text);
    expect(hw_buf_cstr(&right), "D3,0,40=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;");
    expect(hw_buf_cstr(&less), "!0,0,0;");
    expect(hw_buf_cstr(&more), "!0,0,0;");
    expect(hw_buf_cstr(&right), "D3,0,40=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;");
}

static void random_bytes_do_no_harm(void **state HW_UNUSED)
{
    static const char letters[] = "@HFDTSEK 0123456789rzAB+/=\r\n";
    for (int round = 0; round < 2000; round++) {
        char stream[120];
        hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
        for (size_t i = 0; i < sizeof stream; i++)
            stream[i] = letters[any(sizeof letters - 1)];
        parse(stream, sizeof stream, 50, &out);
    }
}

/* Files: a small follower that reads `content` in pieces. */

static void keep_line(void *data, struct hw_file *file, uint64_t offset, const char *text, size_t n)
{
    hw_buf_print(data, "%s %llu %.*s|", file->path, (unsigned long long)offset, (int)n, text);
}

static bool name_file(struct hw_files *files, uint64_t id, uint64_t offset, uint64_t length)
{
    struct hw_frame frame = {
        .kind = HW_FRAME_FILE, .id = id, .offset = offset, .length = length, .text = "a"};
    return hw_files_take(files, &frame);
}

static bool send(struct hw_files *files, uint64_t id, uint64_t offset, const char *bytes)
{
    struct hw_frame frame = {
        .kind = HW_FRAME_DATA, .id = id, .offset = offset, .bytes = {bytes, strlen(bytes)}};
    return hw_files_take(files, &frame);
}

static void files_go_on_where_they_stood(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(1000);
    hw_auto(hw_files) files = {.line = keep_line, .data = &out};
    hw_files_begin(&files);
    assert_true(name_file(&files, 7, 0, 8));
    assert_true(send(&files, 7, 0, "one\ntw"));
    assert_false(hw_files_complete(&files));
    hw_files_begin(&files);
    json_t *resume = hw_files_resume(&files);
    json_t *first = json_array_get(resume, 0);
    assert_int_equal(json_array_size(resume), 1);
    assert_int_equal(json_integer_value(json_object_get(first, "o")), 6);
    assert_string_equal(json_string_value(json_object_get(first, "s")), "b25lCnR3");
    json_decref(resume);
    assert_true(send(&files, 7, 6, "not named in this session\n")); /* passed over */
    assert_true(name_file(&files, 0, 6, 8));
    assert_true(send(&files, 0, 6, "o\n"));
    assert_true(hw_files_complete(&files));
    assert_string_equal(hw_buf_cstr(&out), "a 0 one|a 4 two|");
}

static void gaps_and_overlaps_are_refused(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(1000);
    hw_auto(hw_files) files = {.line = keep_line, .data = &out};
    assert_true(name_file(&files, 0, 0, 8));
    assert_true(send(&files, 0, 0, "one\n"));
    assert_false(send(&files, 0, 5, "gap\n"));
    assert_false(send(&files, 0, 3, "overlap\n"));
    assert_false(name_file(&files, 0, 0, 8));
    assert_string_equal(hw_buf_cstr(&out), "a 0 one|");
}

static void a_replaced_file_begins_anew(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(1000);
    hw_auto(hw_files) files = {.line = keep_line, .data = &out};
    assert_true(name_file(&files, 0, 0, 8));
    assert_true(send(&files, 0, 0, "one\nhalf"));
    struct hw_frame replaced = {.kind = HW_FRAME_REPLACED, .length = 4};
    assert_true(hw_files_take(&files, &replaced));
    assert_true(send(&files, 0, 0, "new\n"));
    struct hw_frame skipped = {.kind = HW_FRAME_SKIPPED, .offset = 100};
    assert_true(hw_files_take(&files, &skipped));
    assert_true(send(&files, 0, 100, "far\n"));
    assert_string_equal(hw_buf_cstr(&out), "a 0 one|a 4 half|a 0 new|a 100 far|");
    assert_int_equal(files.items[0]->head_length, 0);
}

/* A node may call its files what it likes, but not at any length. */
static void a_path_without_end_is_not_followed(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(1000);
    hw_auto(hw_files) files = {.line = keep_line, .data = &out};
    hw_auto(hw_buf) path = HW_BUF(2 * HW_MAX_NODE_PATH);
    while (path.len <= HW_MAX_NODE_PATH)
        hw_buf_char(&path, 'p');
    struct hw_frame named = {.kind = HW_FRAME_FILE, .id = 1, .text = hw_buf_cstr(&path)};
    assert_true(hw_files_take(&files, &named));
    assert_true(send(&files, 1, 0, "of nobody\n"));
    assert_int_equal(files.count, 0);
    assert_true(name_file(&files, 0, 0, 8));
    struct hw_frame renamed = {.kind = HW_FRAME_RENAMED, .text = hw_buf_cstr(&path)};
    assert_true(hw_files_take(&files, &renamed));
    assert_true(send(&files, 0, 0, "one\n"));
    assert_string_equal(hw_buf_cstr(&out), "a 0 one|");
}

/* Stage lines. */

static void stage_lines_are_read_strictly(void **state HW_UNUSED)
{
    static const char good[] = "2026-11-22T20:15:00.000Z HPCWIZ stage=share-certificate "
                               "status=failed code=-1 msg=\"it \"said\" so\"";
    static const char *const bad[] = {
        "",
        "HPCWIZ stage=boot status=done code=0 msg=\"\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage= status=done code=0 msg=\"\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=Boot status=done code=0 msg=\"\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=boot status=fine code=0 msg=\"\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=boot status=done code=x msg=\"\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=boot status=done code=0 msg=\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=boot status=done code=0 msg=x",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=boot status=done code=0",
        "2026-11-22T20:15:00.000Z HPCWIZ  stage=boot status=done code=0 msg=\"\"",
        "x2026-11-22T20:15:00.000Z HPCWIZ stage=boot status=done code=0 msg=\"\"",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=a-name-that-is-much-too-long-for-a-stage "
        "status=done "
        "code=0 msg=\"\"",
    };
    struct hw_stage_line line;
    assert_true(hw_stage_parse(good, sizeof good - 1, &line));
    assert_string_equal(line.stage, "share-certificate");
    assert_int_equal(line.status, HW_STAGE_FAILED);
    assert_int_equal(line.code, -1);
    assert_true(hw_span_equal(line.message, "it \"said\" so"));
    assert_false(hw_stage_reboots(&line));
    for (size_t i = 0; i < HW_COUNT(bad); i++)
        assert_false(hw_stage_parse(bad[i], strlen(bad[i]), &line));
}

static void the_end_of_a_certificate_is_read(void **state HW_UNUSED)
{
    static const char *const bad[] = {"", "valid until", "valid until tomorrow", "0123ABCD",
                                      "valid until 2026-13-40T00:00:00Z"};
    int64_t until_ms, wanted_ms;
    assert_true(hw_time_parse("2031-11-28T20:15:00Z", 20, &wanted_ms));
    assert_true(hw_stage_valid_until("0123ABCD valid until 2031-11-28T20:15:00Z", &until_ms));
    assert_int_equal(until_ms, wanted_ms);
    assert_true(hw_stage_valid_until("valid until 2031-11-28T20:15:00Z, and more", &until_ms));
    for (size_t i = 0; i < HW_COUNT(bad); i++)
        assert_false(hw_stage_valid_until(bad[i], &until_ms));
    assert_false(hw_stage_valid_until(NULL, &until_ms));
}

static void reboots_are_announced(void **state HW_UNUSED)
{
    static const char setup[] =
        "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=done code=3010 msg=\"\"";
    static const char reboot[] =
        "2026-11-22T20:15:00.000Z HPCWIZ stage=reboot status=started code=0 msg=\"\"";
    struct hw_stage_line line;
    assert_true(hw_stage_parse(setup, sizeof setup - 1, &line));
    assert_true(hw_stage_reboots(&line));
    assert_true(hw_stage_parse(reboot, sizeof reboot - 1, &line));
    assert_true(hw_stage_reboots(&line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_read_however_cut),
        cmocka_unit_test(broken_frames_end_the_stream),
        cmocka_unit_test(deflated_data_has_exactly_its_length),
        cmocka_unit_test(random_bytes_do_no_harm),
        cmocka_unit_test(files_go_on_where_they_stood),
        cmocka_unit_test(gaps_and_overlaps_are_refused),
        cmocka_unit_test(a_replaced_file_begins_anew),
        cmocka_unit_test(a_path_without_end_is_not_followed),
        cmocka_unit_test(stage_lines_are_read_strictly),
        cmocka_unit_test(the_end_of_a_certificate_is_read),
        cmocka_unit_test(reboots_are_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

static void errors_wrap_and_keep_their_code(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    assert_false(hw_fail(&err, HW_ERR_AUTH, "no keys in '%s'", "ops"));
    hw_err_next(&err, "Run %s.", "aws configure");
    hw_err_at(&err, "config", 3, 7);
    assert_false(hw_wrap(&err, "profile '%s'", "ops"));
    assert_string_equal(err.what, "profile 'ops': no keys in 'ops'");
    char text[512];
    assert_string_equal(hw_err_text(&err, text, sizeof text),
                        "config:3:7: profile 'ops': no keys in 'ops'\nRun aws configure.");
    assert_int_equal(hw_err_exit_status(&err), 4);
    assert_false(hw_fail(NULL, HW_ERR_IO, "nobody listens"));
}

static void a_long_error_is_cut_between_characters(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char many[2001];
    for (size_t i = 0; i < 1000; i++)
        memcpy(many + 2 * i, "\u00fc", 2);
    many[2000] = '\0';
    hw_fail(&err, HW_ERR_IO, "%s", many);
    assert_true(hw_utf8_valid(err.what, strlen(err.what)));
    hw_wrap(&err, "x%s", many);
    assert_true(hw_utf8_valid(err.what, strlen(err.what)));
}

static void buffers_stop_at_their_maximum(void **state HW_UNUSED)
{
    hw_auto(hw_buf) buf = HW_BUF(4);
    assert_true(hw_buf_text(&buf, "abcd"));
    assert_false(hw_buf_char(&buf, 'e'));
    assert_true(buf.full);
    assert_string_equal(hw_buf_cstr(&buf), "abcd");
    hw_buf_drop(&buf, 3);
    assert_string_equal(hw_buf_cstr(&buf), "d");
}

static void base64_goes_both_ways(void **state HW_UNUSED)
{
    for (size_t n = 0; n < 70; n++) {
        unsigned char bytes[70] = {0};
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)(i * 37 + n);
        hw_auto(hw_buf) text = HW_BUF(1000);
        hw_auto(hw_buf) back = HW_BUF(1000);
        assert_true(hw_buf_base64(&text, bytes, n));
        assert_true(hw_buf_unbase64(&back, hw_buf_cstr(&text), text.len));
        assert_int_equal(back.len, n);
        if (n)
            assert_memory_equal(back.data, bytes, n);
    }
    hw_auto(hw_buf) lines = HW_BUF(2000);
    hw_auto(hw_buf) whole = HW_BUF(1000);
    hw_auto(hw_buf) less = HW_BUF(999);
    for (size_t i = 0; i < 1000 / 3 * 4; i += 4)
        hw_buf_text(&lines, i % 64 ? "QUJD" : "\r\n QUJD");
    hw_buf_text(&lines, "Wg==\n");
    assert_true(hw_buf_unbase64(&whole, lines.data, lines.len));
    assert_int_equal(whole.len, 1000);
    for (size_t i = 0; i < whole.len; i++)
        assert_int_equal(whole.data[i], i == 999 ? 'Z' : "ABC"[i % 3]);
    assert_false(hw_buf_unbase64(&less, lines.data, lines.len));
    assert_true(less.full);
    static const char *const bad[] = {"a", "ab=c", "abc===", "a*bc", "==", "QUJD\xC3QUJD"};
    for (size_t i = 0; i < HW_COUNT(bad); i++) {
        hw_auto(hw_buf) back = HW_BUF(100);
        assert_false(hw_buf_unbase64(&back, bad[i], strlen(bad[i])));
        assert_int_equal(back.len, 0);
    }
}

static void encodings(void **state HW_UNUSED)
{
    hw_auto(hw_buf) buf = HW_BUF(1000);
    hw_buf_uri(&buf, "a/b c~\u00fc", 8, false);
    assert_string_equal(buf.data, "a%2Fb%20c~%C3%BC");
    hw_buf_clear(&buf);
    hw_buf_xml(&buf, "<a b=\"c\">&'\x01");
    assert_string_equal(buf.data, "&lt;a b=&quot;c&quot;&gt;&amp;&apos;\xEF\xBF\xBD");
    hw_buf_clear(&buf);
    assert_true(hw_buf_quote(&buf, "it's ''"));
    assert_string_equal(buf.data, "'it''s '''''");
    hw_buf_clear(&buf);
    hw_buf_utf16le(&buf, "A\U0001F600", 5);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.data, "A\0\x3D\xD8\x00\xDE", 6);
}

static void malformed_utf8_becomes_a_sign(void **state HW_UNUSED)
{
    static const char *const bad[] = {"\xff",     "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                      "\xe2\x82", "\x80"};
    for (size_t i = 0; i < HW_COUNT(bad); i++) {
        uint32_t c;
        assert_int_equal(hw_utf8_next(bad[i], strlen(bad[i]), &c), 1);
        assert_int_equal(c, 0xFFFD);
        assert_false(hw_utf8_valid(bad[i], strlen(bad[i])));
    }
}

static void columns_of_text(void **state HW_UNUSED)
{
    assert_int_equal(hw_text_width("abc"), 3);
    assert_int_equal(hw_text_width("e\u0301"), 1);      /* combining acute */
    assert_int_equal(hw_text_width("\u4e16\u754c"), 4); /* wide */
    assert_int_equal(hw_text_width("\U0001F600"), 2);   /* emoji */
    size_t columns;
    assert_int_equal(hw_text_fit("\u4e16\u754c", 3, &columns), 3);
    assert_int_equal(columns, 2);
    assert_int_equal(hw_text_fit("e\u0301x", 1, &columns), 3);
    assert_int_equal(columns, 1);
}

static void outside_text_is_made_harmless(void **state HW_UNUSED)
{
    static const char hostile[] = "a\x1b[31m\0b\r\n\u202e\xc2\x9b\xff\t";
    hw_auto(hw_buf) out = HW_BUF(1000);
    hw_text_clean(&out, hostile, sizeof hostile - 1, false);
    for (size_t i = 0; i < out.len; i++)
        assert_true((unsigned char)out.data[i] >= 0x20);
    assert_non_null(strstr(out.data, "<202E>"));
    assert_non_null(strstr(out.data, "<009B>"));
    assert_non_null(strstr(out.data, "\u241b[31m"));
    hw_buf_clear(&out);
    hw_text_clean(&out, "a\tb\n", 4, true);
    assert_string_equal(out.data, "a\tb\n");
}

static void words_and_numbers(void **state HW_UNUSED)
{
    static const char *const keys[] = {"region", "cluster", "network"};
    assert_string_equal(hw_text_nearest("regoin", keys, 3), "region");
    assert_null(hw_text_nearest("completely", keys, 3));
    assert_true(hw_text_compare_natural("std-2", "std-10") < 0);
    assert_true(hw_text_compare_natural("std-10", "std-10") == 0);
    assert_true(hw_text_compare_natural("std-010", "std-10") != 0);
    unsigned seconds;
    assert_true(hw_parse_duration("1h30m", &seconds));
    assert_int_equal(seconds, 5400);
    static const char *const bad[] = {"", "30", "m", "13h", "1m1h", "-1m", "1h 30m", "0s"};
    for (size_t i = 0; i < HW_COUNT(bad); i++)
        assert_false(hw_parse_duration(bad[i], &seconds));
    uint32_t net;
    unsigned bits;
    assert_true(hw_parse_cidr("10.20.0.0/16", &net, &bits));
    assert_true(hw_cidr_has(net, bits, 0x0A14FFFF));
    assert_false(hw_cidr_has(net, bits, 0x0A150000));
    assert_true(hw_parse_cidr("0.0.0.0/0", &net, &bits));
    assert_false(hw_parse_cidr("10.20.0.1/16", &net, &bits));
    assert_false(hw_parse_ipv4("1.2.3", &net));
    assert_false(hw_parse_ipv4("01.2.3.4", &net));
}

static void columns_are_counted_on_the_screen(void **state HW_UNUSED)
{
    static const struct {
        const char *text, *padded, *left;
    } cases[] = {{"Prüfung", "Prüfung |", " Prüfung|"}, /* 9 bytes */
                 {"東京", "東京    |", "    東京|"},
                 {"e\u0301", "e\u0301       |", "       e\u0301|"},
                 {"", "        |", "        |"},
                 {"much too long", "much too long|", "much too long|"}};
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT), left = HW_BUF(HW_MAX_TEXT);
        assert_true(hw_text_pad(&out, cases[i].text, 8) && hw_buf_char(&out, '|'));
        assert_true(hw_text_pad_left(&left, cases[i].text, 8) && hw_buf_char(&left, '|'));
        assert_string_equal(hw_buf_cstr(&out), cases[i].padded);
        assert_string_equal(hw_buf_cstr(&left), cases[i].left);
    }
}

static void times_go_both_ways(void **state HW_UNUSED)
{
    char text[HW_TIME_SIZE];
    int64_t ms;
    assert_true(hw_time_parse("2026-11-22T20:15:00.123Z", 24, &ms));
    hw_time_rfc3339(ms, text);
    assert_string_equal(text, "2026-11-22T20:15:00.123Z");
    int64_t zoned;
    assert_true(hw_time_parse("2026-11-22T22:15:00.123+02:00", 29, &zoned));
    assert_int_equal(ms, zoned);
    assert_false(hw_time_parse("2026-13-22T20:15:00Z", 20, &ms));
    for (int64_t day = -400000; day < 2900000;
         day += 13) { /* years 875 to 9909, as the C library */
        time_t seconds = (time_t)(day * 86400 + 3661);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        assert_true(hw_time_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                               tm.tm_sec, &ms));
        assert_true(ms == (int64_t)seconds * 1000);
    }
    assert_true(hw_time_of(2024, 2, 29, 0, 0, 0, &ms));
    assert_true(hw_time_of(2000, 2, 29, 0, 0, 0, &ms));
    assert_false(hw_time_of(2100, 2, 29, 0, 0, 0, &ms));
    assert_false(hw_time_of(2026, 2, 31, 0, 0, 0, &ms));
    assert_false(hw_time_of(2026, 4, 31, 0, 0, 0, &ms));
    assert_false(hw_time_parse("yesterday", 9, &ms));
    hw_time_in_words("2026-11-22T22:15:59.123+02:00", text);
    assert_string_equal(text, "2026-11-22 20:15 UTC");
    hw_time_in_words("some time in the autumn of the year before", text);
    assert_string_equal(text, "some time in the autumn of the ");
    hw_time_elapsed(3723000, text);
    assert_string_equal(text, "1:02:03");
}

static void files_are_whole_or_as_before(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    assert_true(hw_dir_private("t-base-", &folder, &err));
    hw_auto_text path = hw_path_join(folder, "f");
    assert_true(hw_file_write(path, "old", 3, 0600, &err));
    /* A full disk: no file of this process may grow past a few bytes. */
    struct rlimit before, small = {1, RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    small.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    bool ok = hw_file_write(path, "new and longer", 14, 0600, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(ok);
    assert_int_equal(err.code, HW_ERR_IO);
    hw_auto(hw_buf) text = HW_BUF(100);
    assert_true(hw_file_read(path, &text, &err));
    assert_string_equal(hw_buf_cstr(&text), "old");
    hw_auto(hw_buf) tiny = HW_BUF(2);
    assert_false(hw_file_read(path, &tiny, &err));
    assert_int_equal(err.code, HW_ERR_LIMIT);
    assert_true(hw_dir_remove(folder, &err));
    assert_false(hw_path_exists(folder));
    assert_false(hw_file_write(path, "new", 3, 0600, &err));
    assert_non_null(strstr(err.what, "its folder does not exist"));
    assert_non_null(strstr(err.next, folder));
    free(folder);
}

static void only_regular_files_are_replaced(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    struct stat st;
    char *folder;
    assert_true(hw_dir_private("t-base-", &folder, &err));
    hw_auto_text file = hw_path_join(folder, "file");
    hw_auto_text link = hw_path_join(folder, "link");
    hw_auto_text pipe = hw_path_join(folder, "pipe");
    assert_true(hw_file_write(file, "old", 3, 0600, &err));
    assert_int_equal(symlink("file", link), 0);
    assert_true(hw_file_write(link, "new", 3, 0600, &err));
    assert_true(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
    hw_auto(hw_buf) text = HW_BUF(100);
    assert_true(hw_file_read(file, &text, &err));
    assert_string_equal(hw_buf_cstr(&text), "new");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_false(hw_file_write(pipe, "new", 3, 0600, &err));
    assert_true(stat(pipe, &st) == 0 && S_ISFIFO(st.st_mode));
    assert_true(hw_dir_remove(folder, &err));
    free(folder);
}

static void on_alarm(int signo HW_UNUSED)
{
}

static void a_signal_ends_the_wait_for_a_pipe(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    assert_true(hw_dir_private("t-base-", &folder, &err));
    hw_auto_text path = hw_path_join(folder, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    /* Restarted, as the loop's signals are: an open or a read that blocks would go on. */
    struct sigaction before, action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval soon = {{0, 10000}, {0, 10000}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &soon, NULL);
    hw_auto(hw_buf) text = HW_BUF(100);
    assert_false(hw_file_read(path, &text, &err));
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(err.code, HW_ERR_IO);
    assert_true(hw_dir_remove(folder, &err));
    free(folder);
}

static bool count_record(void *data, const json_t *record)
{
    int *count = data;
    ++*count;
    return json_integer_value(json_object_get(record, "n")) == *count;
}

static void a_torn_journal_goes_on(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    assert_true(hw_dir_private("t-base-", &folder, &err));
    hw_auto_text path = hw_path_join(folder, "j");
    struct hw_journal *journal = hw_journal_open(path, &err);
    assert_non_null(journal);
    json_t *one = json_pack("{s:i}", "n", 1), *two = json_pack("{s:i}", "n", 2);
    assert_true(hw_journal_append(journal, one, true, &err));
    assert_null(hw_journal_open(path, &err));
    assert_int_equal(err.code, HW_ERR_BUSY);
    hw_journal_close(journal);
    FILE *torn = fopen(path, "ae");
    fputs("{\"n\":9", torn);
    fclose(torn);
    journal = hw_journal_open(path, &err);
    assert_true(hw_journal_append(journal, two, false, &err));
    hw_journal_close(journal);
    int count = 0;
    assert_true(hw_journal_read(path, count_record, &count, &err));
    assert_int_equal(count, 2);
    assert_false(hw_journal_read(folder, count_record, &count, &err)); /* EISDIR */
    assert_int_equal(err.code, HW_ERR_IO);
    assert_int_equal(count, 2);
    json_decref(one);
    json_decref(two);
    hw_dir_remove(folder, NULL);
    free(folder);
}

static void events_are_json_lines(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(4096);
    struct hw_evidence evidence = {"head", 3, "text \"quoted\"\n"};
    struct hw_event finding = {
        .type = HW_EV_FINDING,
        .u.finding = {.id = "x", .confidence = 90, .evidence = &evidence, .evidence_count = 1}};
    assert_true(hw_event_json(&finding, &out));
    assert_null(strchr(out.data, '\n'));
    json_t *back = json_loads(out.data, 0, NULL);
    assert_true(json_is_null(json_object_get(back, "ref")));
    assert_int_equal(json_array_size(json_object_get(back, "evidence")), 1);
    json_decref(back);
    hw_buf_clear(&out);
    struct hw_event result = {
        .type = HW_EV_RESULT,
        .u.result = {.ok = true, .command = "check", .detail_json = "{\"passed\":3,\"ok\":false}"}};
    assert_true(hw_event_json(&result, &out));
    back = json_loads(out.data, 0, NULL);
    assert_true(json_is_true(json_object_get(back, "ok")));
    assert_int_equal(json_integer_value(json_object_get(back, "passed")), 3);
    json_decref(back);
}

static void secrets_have_a_limit(void **state HW_UNUSED)
{
    char large[HW_MAX_SECRET + 1] = {0};
    assert_null(hw_secret_new(large, sizeof large));
    struct hw_secret *secret = hw_secret_new("hunter2", 7);
    assert_int_equal(hw_secret_length(secret), 7);
    assert_string_equal(hw_secret_bytes(secret), "hunter2");
    hw_secret_free(secret);
    hw_secret_free(NULL);
}

#define MANY_SECRETS 200u

/* Short ones share pages, and a place that was left is empty for the next one. */
static void many_secrets_stay_apart(void **state HW_UNUSED)
{
    struct hw_secret *secrets[MANY_SECRETS];
    char text[80];
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = round; i < MANY_SECRETS; i += 1 + round) {
            int length = snprintf(text, sizeof text, "%zu %0*zu", round, (int)(i % 66), i);
            secrets[i] = hw_secret_new(text, (size_t)length);
        }
        for (size_t i = 0; i < MANY_SECRETS; i++) {
            size_t when = round && i % 2;
            snprintf(text, sizeof text, "%zu %0*zu", when, (int)(i % 66), i);
            assert_string_equal(hw_secret_bytes(secrets[i]), text);
        }
        for (size_t i = 1; i < MANY_SECRETS; i += 2)
            hw_secret_free(secrets[i]);
    }
    for (size_t i = 0; i < MANY_SECRETS; i += 2)
        hw_secret_free(secrets[i]);
}

/* It takes what its place holds with the zero behind it. */
static void a_short_secret_grows_to_its_place_only(void **state HW_UNUSED)
{
    struct hw_secret *one = hw_secret_new("1", 1), *two = hw_secret_new("2", 1);
    size_t added = 0;
    while (hw_secret_add(one, "x", 1))
        added++;
    assert_int_equal(strlen(hw_secret_bytes(one)), 1 + added);
    assert_string_equal(hw_secret_bytes(two), "2");
    hw_secret_free(one);
    struct hw_secret *three = hw_secret_new("", 0);
    assert_string_equal(hw_secret_bytes(three), "");
    assert_true(hw_secret_add(three, "3", 1));
    assert_string_equal(hw_secret_bytes(three), "3");
    hw_secret_free(two);
    hw_secret_free(three);
}

static void pairs_have_a_value_for_a_name(void **state)
{
    hw_auto(hw_strv) pairs = {0};
    (void)state;
    assert_null(hw_strv_value(&pairs, "zone"));
    hw_strv_put(&pairs, "zone", "");
    assert_null(hw_strv_value(&pairs, "zone")); /* nothing is no value */
    hw_strv_put(&pairs, "zone", "hpc.example");
    hw_strv_put(&pairs, "hpc.example", "zone");
    assert_int_equal(pairs.count, 4);
    assert_string_equal(hw_strv_value(&pairs, "zone"), "hpc.example");
    hw_strv_add(&pairs, "half"); /* a name without a value */
    assert_null(hw_strv_value(&pairs, "half"));
    hw_strv_put(&pairs, "zone", "hpc.other");
    assert_string_equal(hw_strv_value(&pairs, "zone"), "hpc.other");
    assert_string_equal(hw_strv_value(&pairs, "hpc.example"), "zone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_wrap_and_keep_their_code),
        cmocka_unit_test(a_long_error_is_cut_between_characters),
        cmocka_unit_test(buffers_stop_at_their_maximum),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(encodings),
        cmocka_unit_test(malformed_utf8_becomes_a_sign),
        cmocka_unit_test(columns_of_text),
        cmocka_unit_test(outside_text_is_made_harmless),
        cmocka_unit_test(words_and_numbers),
        cmocka_unit_test(columns_are_counted_on_the_screen),
        cmocka_unit_test(times_go_both_ways),
        cmocka_unit_test(files_are_whole_or_as_before),
        cmocka_unit_test(only_regular_files_are_replaced),
        cmocka_unit_test(a_signal_ends_the_wait_for_a_pipe),
        cmocka_unit_test(a_torn_journal_goes_on),
        cmocka_unit_test(events_are_json_lines),
        cmocka_unit_test(secrets_have_a_limit),
        cmocka_unit_test(many_secrets_stay_apart),
        cmocka_unit_test(a_short_secret_grows_to_its_place_only),
        cmocka_unit_test(pairs_have_a_value_for_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

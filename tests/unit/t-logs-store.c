/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/defs.h"
#include "logs/spool.h"
#include "logs/store.h"

static void add(struct hw_logs *logs, const char *node, const char *source, int64_t time_ms,
                const char *text)
{
    struct hw_ev_log line = {.node = node, .source = source, .time_ms = time_ms, .text = text};
    hw_logs_add(logs, &line);
}

static void expect_rows(const struct hw_log_view *view, const char *expected)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i < hw_log_view_count(view); i++) {
        struct hw_log_line line;
        assert_true(hw_log_view_get(view, i, &line));
        hw_buf_print(&out, "%s%s", i ? " " : "", line.text);
    }
    assert_string_equal(hw_buf_cstr(&out), expected);
}

static void nodes_are_merged_by_time(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    add(logs, "sql", "a", 1000, "s1");
    add(logs, "sql", "a", 3000, "s3");
    add(logs, "sql", "a", 0, "s3b");
    assert_true(hw_log_view_update(view, 10));
    add(logs, "head", "a", 2000, "h2");
    add(logs, "head", "a", 0, "h2b");
    add(logs, "head", "a", 4000, "h4");
    add(logs, "sql", "a", 3000, "s3c");
    assert_false(hw_log_view_update(view, 1));
    assert_true(hw_log_view_update(view, 10));
    expect_rows(view, "s1 h2 h2b s3 s3b s3c h4");
    struct hw_log_line line;
    assert_true(hw_logs_get(logs, 2, &line));
    assert_int_equal(line.time_ms, 3000);
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void a_view_holds_its_store(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    add(logs, "sql", "a", 1000, "s1");
    hw_logs_free(logs);
    assert_true(hw_log_view_update(view, 10));
    expect_rows(view, "s1");
    hw_log_view_free(view);
}

static void filters_narrow_the_view(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    struct hw_err err = {0};
    add(logs, "sql", "ERRORLOG", 1, "Alpha");
    add(logs, "head", "install.log", 2, "beta");
    add(logs, "sql", "install.log", 3, "alphabet");
    assert_true(hw_log_view_filter(view, "sql", NULL, "", false, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "Alpha alphabet");
    assert_true(hw_log_view_filter(view, NULL, "install.log", NULL, false, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "beta alphabet");
    struct hw_strv some = {0};
    hw_strv_add(&some, "head");
    hw_strv_add(&some, "std-01"); /* not seen yet */
    hw_log_view_only(view, &some);
    hw_strv_done(&some);
    assert_true(hw_log_view_filter(view, NULL, NULL, NULL, false, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "beta");
    assert_true(hw_log_view_filter(view, "sql", NULL, NULL, false, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "Alpha alphabet"); /* one that is asked for by name is that one */
    hw_log_view_only(view, NULL);
    assert_true(hw_log_view_filter(view, NULL, NULL, "^alpha", false, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "Alpha alphabet");
    assert_true(hw_log_view_filter(view, NULL, NULL, "Alpha", true, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "beta alphabet");
    assert_false(hw_log_view_filter(view, NULL, NULL, "a(b", false, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    expect_rows(view, "beta alphabet");
    assert_true(hw_log_view_filter(view, "std-01", NULL, NULL, false, &err));
    hw_log_view_update(view, 10);
    expect_rows(view, "");
    add(logs, "std-01", "x", 4, "joined");
    hw_log_view_update(view, 10);
    expect_rows(view, "joined");
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void search_finds_rows_both_ways(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    static const char *const texts[] = {"one", "two", "three", "Error: four", "two again"};
    for (size_t i = 0; i < HW_COUNT(texts); i++)
        add(logs, "sql", "a", (int64_t)i + 1, texts[i]);
    assert_true(hw_log_view_search(view, "two", NULL));
    while (!hw_log_view_update(view, 2))
        ;
    size_t upto = 0, start = 0, end = 0;
    assert_int_equal(hw_log_view_matches(view, &upto, 2), 2);
    assert_int_equal(upto, 1);
    assert_int_equal(hw_log_view_next(view, SIZE_MAX, 1, HW_LOG_MATCH), 1);
    assert_int_equal(hw_log_view_next(view, 1, 1, HW_LOG_MATCH), 4);
    assert_int_equal(hw_log_view_next(view, 4, 1, HW_LOG_MATCH), SIZE_MAX);
    assert_int_equal(hw_log_view_next(view, hw_log_view_count(view), -1, HW_LOG_MATCH), 4);
    assert_int_equal(hw_log_view_next(view, 1, -1, HW_LOG_MATCH), SIZE_MAX);
    assert_int_equal(hw_log_view_next(view, 0, 1, HW_LOG_ERROR), 3);
    assert_true(hw_log_view_match(view, "a two", 0, &start, &end));
    assert_int_equal(start, 2);
    assert_int_equal(end, 5);
    assert_true(hw_log_view_search(view, "", NULL));
    hw_log_view_update(view, 10);
    assert_int_equal(hw_log_view_matches(view, NULL, 0), 0);
    assert_false(hw_log_view_match(view, "a two", 0, &start, &end));
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void rows_are_of_kinds(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    static const struct {
        const char *text;
        bool error, warning, stage;
    } lines[] = {
        {"WARN: low on disk", false, true, false},
        {"3 warnings", false, true, false},
        {"Build: 0 warnings, 0 errors", false, false, false},
        {"Task startSsm completed with no error", false, false, false},
        {"12 done, 0 failed", false, false, false},
        {"Warnings: 0", false, false, false},
        {"forewarned is forearmed", false, false, false},
        {"warning: an error", true, false, false},
        {"2026-11-22T20:15:00.000Z HPCWIZ stage=join status=done code=0 msg=\"\"", false, false,
         true},
        {"2026-11-22T20:15:00.000Z HPCWIZ stage=join status=failed code=1 msg=\"\"", true, false,
         true},
        {"say HPCWIZ stage=join", false, false, false},
    };
    for (size_t i = 0; i < HW_COUNT(lines); i++)
        add(logs, "sql", "a", (int64_t)i + 1, lines[i].text);
    while (!hw_log_view_update(view, 2))
        ;
    for (size_t i = 0; i < HW_COUNT(lines); i++) {
        assert_int_equal(hw_log_view_is(view, i, HW_LOG_ERROR), lines[i].error);
        assert_int_equal(hw_log_view_is(view, i, HW_LOG_WARNING), lines[i].warning);
        assert_int_equal(hw_log_view_is(view, i, HW_LOG_STAGE), lines[i].stage);
    }
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void a_bookmark_stays_with_its_line(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    static const char *const texts[] = {"one", "two", "three", "two again"};
    for (size_t i = 0; i < HW_COUNT(texts); i++)
        add(logs, "sql", "a", (int64_t)(i + 1) * 1000, texts[i]);
    assert_true(hw_log_view_update(view, 100));
    hw_log_view_bookmark(view, 1, true);
    hw_log_view_bookmark(view, 2, true);
    hw_log_view_bookmark(view, 2, false);
    hw_log_view_bookmark(view, 99, true);
    assert_true(hw_log_view_filter(view, NULL, NULL, "two", false, NULL));
    assert_true(hw_log_view_search(view, "one", NULL));
    assert_true(hw_log_view_update(view, 100));
    expect_rows(view, "two two again");
    assert_int_equal(hw_log_view_next(view, SIZE_MAX, 1, HW_LOG_BOOKMARK), 0);
    assert_int_equal(hw_log_view_next(view, 0, 1, HW_LOG_BOOKMARK), SIZE_MAX);
    add(logs, "sql", "a", 500, "two before");
    assert_true(hw_log_view_update(view, 100));
    assert_true(hw_log_view_is(view, 1, HW_LOG_BOOKMARK));
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void a_time_leads_to_its_row(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(100, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    assert_int_equal(hw_log_view_at(view, 0), 0);
    add(logs, "sql", "a", 1000, "one");
    add(logs, "sql", "a", 2000, "two");
    add(logs, "sql", "a", 0, "still two");
    add(logs, "sql", "a", 4000, "four");
    assert_true(hw_log_view_update(view, 100));
    assert_int_equal(hw_log_view_at(view, 0), 0);
    assert_int_equal(hw_log_view_at(view, 1001), 1);
    assert_int_equal(hw_log_view_at(view, 2000), 1);
    assert_int_equal(hw_log_view_at(view, 2001), 3);
    assert_int_equal(hw_log_view_at(view, 4001), 4);
    assert_int_equal(hw_log_view_order_ms(view, 2), 2000);
    assert_true(hw_log_view_order_ms(view, 4) == INT64_MIN);
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static uint32_t chance = 7;

static uint32_t any(uint32_t below)
{
    chance = chance * 1664525u + 1013904223u;
    return (chance >> 8) % below;
}

/* Lines that come late in the thousands find their places among those that are there, whatever is
 * dropped meanwhile. */
static void late_lines_find_their_places(void **state HW_UNUSED)
{
    enum { LINES = 60000, HELD = 40000 };
    struct hw_logs *logs = hw_logs_new(HELD, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    struct hw_log_line line;
    char text[32];
    for (unsigned i = 0; i < LINES; i++) {
        bool late = i / 5000 % 3 == 1;
        int64_t time_ms = late ? 1 + any(i + 1) : 1 + i;
        snprintf(text, sizeof text, "%lld %u", (long long)time_ms, i);
        add(logs, late ? "late" : "live", "a", time_ms, text);
        if (any(700) == 0)
            hw_log_view_update(view, 1000);
    }
    while (!hw_log_view_update(view, 5000))
        ;
    assert_int_equal(hw_log_view_count(view), hw_logs_end(logs) - hw_logs_first(logs));
    int64_t before_ms = 0;
    unsigned long before = 0;
    for (size_t row = 0; row < hw_log_view_count(view); row++) {
        assert_true(hw_log_view_get(view, row, &line));
        char *rest;
        int64_t time_ms = strtoll(line.text, &rest, 10);
        unsigned long number = strtoul(rest, NULL, 10);
        assert_true(time_ms > before_ms || (time_ms == before_ms && number > before));
        assert_int_equal(hw_log_view_order_ms(view, row), time_ms);
        before_ms = time_ms;
        before = number;
    }
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void the_oldest_lines_go_first(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(10000, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    char text[32];
    for (int i = 0; i < 25000; i++) {
        snprintf(text, sizeof text, "line %d", i);
        add(logs, "sql", "a", i + 1, text);
        if (i % 3000 == 0)
            hw_log_view_update(view, 100000);
    }
    uint64_t first = hw_logs_first(logs);
    assert_in_range(first, 15000, 15000 + 10000 / 8);
    assert_int_equal(hw_logs_dropped(logs), first);
    assert_int_equal(hw_logs_end(logs), 25000);
    struct hw_log_line line;
    char expected[32];
    snprintf(expected, sizeof expected, "line %llu", (unsigned long long)first);
    assert_false(hw_logs_get(logs, first - 1, &line));
    assert_true(hw_logs_get(logs, first, &line));
    assert_string_equal(line.text, expected);
    assert_true(hw_log_view_update(view, 100000));
    assert_int_equal(hw_log_view_count(view), 25000 - first);
    assert_true(hw_log_view_get(view, 0, &line));
    assert_string_equal(line.text, expected);
    assert_true(hw_log_view_get(view, hw_log_view_count(view) - 1, &line));
    assert_string_equal(line.text, "line 24999");
    hw_log_view_free(view);
    hw_logs_free(logs);
}

/* Lines of many nodes in any order of arrival stand in the order of their times. */
static void any_order_of_arrival_gives_the_same_rows(void **state HW_UNUSED)
{
    uint32_t seed = 7;
    struct hw_logs *logs = hw_logs_new(100000, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525u + 1013904223u;
        char node[16];
        snprintf(node, sizeof node, "std-%02u", seed >> 28);
        add(logs, node, "a", 1 + (seed >> 8) % 100000, "x");
        if (seed % 97 == 0)
            hw_log_view_update(view, seed % 500);
    }
    while (!hw_log_view_update(view, 1000))
        ;
    int64_t before = 0;
    assert_int_equal(hw_log_view_count(view), 20000);
    for (size_t i = 0; i < hw_log_view_count(view); i++) {
        struct hw_log_line line;
        assert_true(hw_log_view_get(view, i, &line));
        assert_true(line.time_ms >= before);
        before = line.time_ms;
    }
    assert_int_equal(hw_logs_node_count(logs), 16);
    hw_log_view_free(view);
    hw_logs_free(logs);
}

static void the_spool_gives_back_what_it_took(void **state HW_UNUSED)
{
    enum { PIECES = 3000, LONGEST = 700 };
    struct hw_spool *spool = hw_spool_new();
    static uint64_t places[PIECES];
    char piece[LONGEST + 1];
    for (unsigned i = 0; i < PIECES; i++) {
        memset(piece, 'a' + (int)(i % 26), LONGEST);
        places[i] = hw_spool_append(spool, piece, 1 + i * 7 % LONGEST);
        unsigned back = i * 31 % (i + 1);
        const char *read = hw_spool_read(spool, places[back], 1 + back * 7 % LONGEST);
        assert_non_null(read);
        assert_int_equal(read[0], 'a' + (int)(back % 26));
        assert_int_equal(read[back * 7 % LONGEST], 'a' + (int)(back % 26));
    }
    assert_true(hw_spool_memory(spool) < hw_spool_end(spool)); /* most lies in the file */
    assert_false(hw_spool_is_broken(spool, NULL));
    assert_non_null(hw_spool_read(spool, places[10], 900 * 1024)); /* across windows and memory */
    assert_null(hw_spool_read(spool, places[10], HW_SPOOL_READ + 1));
    assert_null(hw_spool_read(spool, hw_spool_end(spool), 1));
    hw_spool_drop(spool, places[100]);
    assert_null(hw_spool_read(spool, places[99], 1));
    assert_non_null(hw_spool_read(spool, places[100], 1));
    hw_spool_free(spool);
}

/* A file that may not grow fails as a full disk does. */
static void a_full_disk_loses_no_line(void **state HW_UNUSED)
{
    struct rlimit was, tight;
    struct hw_logs *logs = hw_logs_new(1000000, 0);
    struct hw_log_line line;
    struct hw_err err = {0};
    char text[128];
    getrlimit(RLIMIT_FSIZE, &was);
    tight = (struct rlimit){.rlim_cur = 1024 * 1024, .rlim_max = was.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 40000; i++) {
        snprintf(text, sizeof text, "line %d of a log that fills the disk, a hundred bytes long",
                 i);
        add(logs, "sql", "a", i + 1, text);
    }
    assert_true(hw_logs_is_broken(logs, &err));
    assert_non_null(strstr(err.what, "only in memory"));
    for (uint64_t i = 0; i < 40000; i += 997) {
        snprintf(text, sizeof text, "line %d of a log that fills the disk, a hundred bytes long",
                 (int)i);
        assert_true(hw_logs_get(logs, i, &line));
        assert_string_equal(line.text, text);
    }
    setrlimit(RLIMIT_FSIZE, &was);
    hw_logs_free(logs);
}

/* File systems that cannot map files, and disks that fail. The linker puts these before. */
static bool unmappable, unreadable;

void *__real_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
ssize_t __real_pread(int fd, void *bytes, size_t n, off_t offset);
ssize_t __wrap_pread(int fd, void *bytes, size_t n, off_t offset);

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    errno = ENODEV;
    return unmappable ? MAP_FAILED : __real_mmap(at, n, protection, flags, fd, offset);
}

ssize_t __wrap_pread(int fd, void *bytes, size_t n, off_t offset)
{
    errno = EIO;
    return unreadable ? -1 : __real_pread(fd, bytes, n, offset);
}

/* The lines that hold "needle", looked for over the whole store; all but a few are in the file. */
static size_t search_file(const char *filter)
{
    struct hw_logs *logs = hw_logs_new(1000000, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    for (int i = 0; i < 40000; i++)
        add(logs, "sql", "a", i + 1,
            i % 1000 ? "hay of fifty bytes, as most lines have it" : "needle");
    assert_true(hw_log_view_filter(view, NULL, NULL, filter, false, NULL));
    assert_true(hw_log_view_search(view, "needle", NULL));
    while (!hw_log_view_update(view, 1000))
        ;
    size_t found = hw_log_view_matches(view, NULL, 0);
    hw_log_view_free(view);
    hw_logs_free(logs);
    return found;
}

static void a_file_that_cannot_be_mapped_is_searched(void **state HW_UNUSED)
{
    unmappable = true;
    assert_int_equal(search_file(NULL), 40);
    assert_int_equal(search_file("n[e]+dle"), 40);
    unmappable = false;
}

static void a_search_in_a_file_that_cannot_be_read_ends(void **state HW_UNUSED)
{
    unmappable = unreadable = true;
    assert_true(search_file(NULL) < 40);
    unmappable = unreadable = false;
}

static void a_cap_in_bytes_drops_the_oldest(void **state HW_UNUSED)
{
    struct hw_logs *logs = hw_logs_new(1000000, 2 * 1024 * 1024);
    struct hw_log_line line;
    for (int i = 0; i < 100000; i++)
        add(logs, "sql", "a", i + 1, "a hundred thousand times the same line of fifty bytes.");
    assert_true(hw_logs_dropped(logs) > 50000);
    assert_true(hw_logs_end(logs) - hw_logs_first(logs) > 10000);
    assert_true(hw_logs_get(logs, hw_logs_first(logs), &line));
    assert_int_equal(line.time_ms, (int64_t)hw_logs_first(logs) + 1);
    hw_logs_free(logs);
}

int main(void)
{
    alarm(120);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_merged_by_time),
        cmocka_unit_test(a_view_holds_its_store),
        cmocka_unit_test(filters_narrow_the_view),
        cmocka_unit_test(search_finds_rows_both_ways),
        cmocka_unit_test(rows_are_of_kinds),
        cmocka_unit_test(a_bookmark_stays_with_its_line),
        cmocka_unit_test(a_time_leads_to_its_row),
        cmocka_unit_test(late_lines_find_their_places),
        cmocka_unit_test(the_oldest_lines_go_first),
        cmocka_unit_test(the_spool_gives_back_what_it_took),
        cmocka_unit_test(a_full_disk_loses_no_line),
        cmocka_unit_test(a_file_that_cannot_be_mapped_is_searched),
        cmocka_unit_test(a_search_in_a_file_that_cannot_be_read_ends),
        cmocka_unit_test(a_cap_in_bytes_drops_the_oldest),
        cmocka_unit_test(any_order_of_arrival_gives_the_same_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

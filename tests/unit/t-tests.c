/* SPDX-License-Identifier: Apache-2.0 */
/* Tests on a node: what may be asked, and that no argument becomes a command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diagnose/tests.h"

static struct hw_tests *tests;

static int load(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    return hw_tests_load(&tests, &err) ? 0 : -1;
}

static int unload(void **state HW_UNUSED)
{
    hw_tests_free(tests);
    return 0;
}

static bool check(const char *test, const char *name, const char *value)
{
    hw_auto(hw_strv) with = {0};
    struct hw_err err = {0};
    hw_strv_add(&with, name);
    hw_strv_add(&with, value);
    bool ok = hw_test_check(tests, test, &with, &err);
    assert_true(ok == (err.code == HW_OK));
    return ok;
}

static void test_arguments(void **state HW_UNUSED)
{
    assert_true(check("name-resolves", "Name", "headnode.hpc.example.internal"));
    assert_true(check("sql", "Target", "10.20.1.5"));
    assert_true(check("share", "Share", "\\\\headnode\\REMINST"));
    assert_true(check("certificate", "Name", "HPC Pack Communication"));
    assert_true(check("service", "Name", "MSSQL$HPC"));
    assert_false(check("share", "Share", "C:\\Windows"));
    assert_false(check("share", "Share", "\\\\headnode"));
    assert_false(check("name-resolves", "Target", "a")); /* no such argument */
    assert_false(check("nothing", "Name", "a"));
    assert_false(check("port", "Target", "a")); /* one is missing */
}

static void test_hostile(void **state HW_UNUSED)
{
    static const char *const values[] = {
        "",
        "a'b",
        "a\"b",
        "a;b",
        "$(b)",
        "a\nb",
        "a\xE2\x80\x99; b",
        "a`b",
        "a}b",
        "@{b}",
        "-Force",
        "a|b",
        "a&b",
        "a\xE2\x80\x98",
        "a\xE2\x80\x9A",
        "a\xE2\x80\x9B",
        " ",
    };
    static const char *const places[][2] = {{"name-resolves", "Name"},
                                            {"share", "Share"},
                                            {"service", "Name"},
                                            {"certificate", "Name"}};
    for (size_t i = 0; i < HW_COUNT(values); i++) {
        for (size_t k = 0; k < HW_COUNT(places); k++) {
            hw_auto_text share = hw_format("\\\\a\\%s", values[i]);
            bool is_share = k == 1 && values[i][0] && values[i][0] != '-' && values[i][0] != ' ';
            assert_false(check(places[k][0], places[k][1], is_share ? share : values[i]));
        }
    }
    char endless[400];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_false(check("name-resolves", "Name", endless));
}

static void test_script(void **state HW_UNUSED)
{
    hw_auto(hw_strv) with = {0};
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    struct hw_err err = {0};
    const char *texts[] = {"Port", "445", "Target", "headnode"};
    for (size_t i = 0; i < HW_COUNT(texts); i++)
        hw_strv_add(&with, texts[i]);
    assert_true(hw_test_script(tests, "port", &with, &out, &err));
    assert_non_null(strstr(hw_buf_cstr(&out), "@{Target = 'headnode'; Port = '445'}"));
    hw_strv_add(&with, "Port");
    hw_strv_add(&with, "1; Remove-Item C:");
    hw_buf_clear(&out);
    assert_true(hw_test_script(tests, "port", &with, &out, &err)); /* the first one counts */
    assert_null(strstr(hw_buf_cstr(&out), "Remove-Item"));
}

static void expect(const char *output, bool ok, enum hw_answer answer, const char *detail)
{
    enum hw_answer got;
    struct hw_span words;
    assert_true(hw_test_answer(output, strlen(output), &got, &words) == ok);
    if (!ok)
        return;
    assert_int_equal(got, answer);
    assert_int_equal(words.n, strlen(detail));
    assert_memory_equal(words.p, detail, words.n);
}

static void test_answers(void **state HW_UNUSED)
{
    expect("yes it is open\r\n", true, HW_ANSWER_YES, "it is open");
    expect("WARNING: x\nno\n\n", true, HW_ANSWER_NO, "");
    expect("unknown port: what", true, HW_ANSWER_UNKNOWN, "port: what");
    expect("", false, HW_ANSWER_NONE, "");
    expect("yesterday", false, HW_ANSWER_NONE, "");
    expect("none", false, HW_ANSWER_NONE, "");
    expect("yes\nand more", false, HW_ANSWER_NONE, "");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(all, load, unload);
}

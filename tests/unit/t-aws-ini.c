/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/ini.h"

static struct hw_ini parse(const char *text)
{
    struct hw_ini ini = {0};
    struct hw_err err = {0};
    if (!hw_ini_parse("config", text, strlen(text), &ini, &err))
        fail_msg("%s: %s", err.place, err.what);
    return ini;
}

static const char *value(const struct hw_ini *ini, const char *kind, const char *section,
                         const char *name)
{
    const char *text = hw_ini_get(hw_ini_find(ini, kind, section), name);
    return text ? text : "(none)";
}

static void test_sections_and_values(void **state HW_UNUSED)
{
    struct hw_ini ini = parse("\xEF\xBB\xBF[default]\r\nRegion = eu-central-1\r\n\r\n"
                              "[ profile   ops ] # the second\noutput=json\n"
                              "[profile \"my p\"]\nregion=x\n[sso-session s]\na=b=c\n");
    assert_string_equal(value(&ini, NULL, "default", "region"), "eu-central-1");
    assert_string_equal(value(&ini, "profile", "ops", "output"), "json");
    assert_string_equal(value(&ini, "profile", "my p", "region"), "x");
    assert_string_equal(value(&ini, "sso-session", "s", "a"), "b=c");
    assert_null(hw_ini_find(&ini, "profile", "default"));
    assert_null(hw_ini_find(&ini, NULL, "ops"));
    hw_ini_done(&ini);
}

static void test_comments(void **state HW_UNUSED)
{
    struct hw_ini ini = parse("# first\n; second\n[a];no\nr = r1 # c\nk = v#kept\nl = v ; c\n");
    assert_string_equal(value(&ini, NULL, "a", "r"), "r1");
    assert_string_equal(value(&ini, NULL, "a", "k"), "v#kept");
    assert_string_equal(value(&ini, NULL, "a", "l"), "v");
    hw_ini_done(&ini);
}

static void test_indented(void **state HW_UNUSED)
{
    struct hw_ini ini = parse("[services s]\nssm =\n  endpoint_url = http://a\n  x = y\n"
                              "s3 =\n\tendpoint_url = http://b\nlong = one\n two # kept\n");
    assert_string_equal(value(&ini, "services", "s", "ssm.endpoint_url"), "http://a");
    assert_string_equal(value(&ini, "services", "s", "ssm.x"), "y");
    assert_string_equal(value(&ini, "services", "s", "s3.endpoint_url"), "http://b");
    assert_string_equal(value(&ini, "services", "s", "long"), "one\ntwo # kept");
    hw_ini_done(&ini);
}

static void test_merge_last_wins(void **state HW_UNUSED)
{
    struct hw_ini ini = parse("[a]\nx=1\ny=1\n[b]\nx=9\n[a]\nx=2\nx=3");
    assert_string_equal(value(&ini, NULL, "a", "x"), "3");
    assert_string_equal(value(&ini, NULL, "a", "y"), "1");
    assert_int_equal(ini.count, 2);
    hw_ini_done(&ini);
}

static void test_errors_have_a_place(void **state HW_UNUSED)
{
    static const struct {
        const char *text, *place;
    } cases[] = {
        {"x = 1\n", "config:1"},
        {"[a]\nnothing\n", "config:2"},
        {"[a\nx=1\n", "config:1"},
        {"\n[a]\n\n= 3\n", "config:4"},
        {"[]\n", "config:1"},
        {" x = 1\n", "config:1"},
        {"[a]\n  x = 1\n", "config:2"},
        {"[a]\ns3 =\n  bad\n", "config:3"},
        {"[a]\ns3 =\n  = v\n", "config:3"},
    };
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        struct hw_ini ini = {0};
        struct hw_err err = {0};
        assert_false(hw_ini_parse("config", cases[i].text, strlen(cases[i].text), &ini, &err));
        assert_int_equal(err.code, HW_ERR_INPUT);
        assert_string_equal(err.place, cases[i].place);
        assert_true(err.next[0]);
    }
}

static void test_hostile(void **state HW_UNUSED)
{
    struct hw_ini ini = {0};
    struct hw_err err = {0};
    assert_false(hw_ini_parse("config", "[a]\nx=\0y\n", 9, &ini, &err));
    assert_string_equal(err.place, "config:2");
    ini = parse("");
    assert_int_equal(ini.count, 0);
    hw_ini_done(&ini);
    ini = parse("[a]\nx=");
    assert_string_equal(value(&ini, NULL, "a", "x"), "");
    hw_ini_done(&ini);
}

static void test_missing_file_is_empty(void **state HW_UNUSED)
{
    struct hw_ini ini = {0};
    assert_true(hw_ini_read("/nonexistent/config", &ini, NULL));
    assert_int_equal(ini.count, 0);
    hw_ini_done(&ini);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_and_values),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_indented),
        cmocka_unit_test(test_merge_last_wins),
        cmocka_unit_test(test_errors_have_a_place),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_missing_file_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

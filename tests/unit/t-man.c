/* SPDX-License-Identifier: Apache-2.0 */
/* The manual pages say what the tables say. With UPDATE=1 in the environment the generated
 * parts are written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/options.h"
#include "diagnose/tests.h"
#include "model/schema.h"
#include "ui/keys.h"

static void compare(const char *page, const char *part, const struct hw_buf *wanted)
{
    const char *source = getenv("HPCWIZ_SOURCE");
    struct hw_err err = {0};
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_buf) whole = HW_BUF(HW_MAX_FILE);
    hw_auto_text name = hw_format("man/%s", page);
    hw_auto_text path = hw_path_join(source ? source : ".", name);
    hw_auto_text begin = hw_format(".\\\" begin generated: %s\n", part);
    hw_auto_text end = hw_format(".\\\" end generated: %s\n", part);
    if (!hw_file_read(path, &text, &err))
        fail_msg("%s", err.what);
    const char *from = strstr(text.data, begin), *to = strstr(text.data, end);
    assert_non_null(from);
    assert_non_null(to);
    from += strlen(begin);
    bool same = (size_t)(to - from) == wanted->len && !memcmp(from, wanted->data, wanted->len);
    if (!same && getenv("UPDATE")) {
        hw_buf_add(&whole, text.data, (size_t)(from - text.data));
        hw_buf_add(&whole, wanted->data, wanted->len);
        hw_buf_text(&whole, to);
        assert_true(hw_file_write(path, whole.data, whole.len, 0644, &err));
    } else if (!same) {
        fail_msg("%s: the part '%s' is not what the tables say; write it anew with UPDATE=1", path,
                 part);
    }
}

static void the_cluster_file_page_is_the_schema(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hw_schema_man(&out);
    compare("hpcwiz.yaml.5", "keys", &out);
}

static void the_program_page_has_every_option(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hw_options_man(&out);
    compare("hpcwiz.1", "commands and options", &out);
}

static void the_program_page_has_every_key(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    ui_key_man(&out);
    compare("hpcwiz.1", "keys", &out);
}

static void escape(const char *text, struct hw_buf *out)
{
    for (; *text; text++)
        hw_buf_print(out, *text == '-' ? "\\-" : "%c", *text);
}

static void the_program_page_has_every_test(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    struct hw_tests *tests;
    struct hw_err err = {0};
    assert_true(hw_tests_load(&tests, &err));
    for (size_t i = 0; i < hw_tests_count(tests); i++) {
        hw_buf_text(&out, ".TP\n.BI ");
        escape(hw_tests_name(tests, i), &out);
        hw_buf_text(&out, " \" ");
        hw_tests_arguments(tests, i, &out);
        hw_buf_text(&out, "\"\n");
        escape(hw_tests_title(tests, i), &out);
        hw_buf_char(&out, '\n');
    }
    hw_tests_free(tests);
    compare("hpcwiz.1", "tests", &out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cluster_file_page_is_the_schema),
        cmocka_unit_test(the_program_page_has_every_option),
        cmocka_unit_test(the_program_page_has_every_key),
        cmocka_unit_test(the_program_page_has_every_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

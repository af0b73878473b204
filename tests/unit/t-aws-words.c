/* SPDX-License-Identifier: Apache-2.0 */
/* A credential_process line into words; the expectations are shlex.split's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "aws/words.h"
#include "base/buf.h"

static const struct {
    const char *line, *words; /* parted by | */
} lines[] = {
    {"", ""},
    {"   ", ""},
    {"a b", "a|b"},
    {"  a\tb \n c ", "a|b|c"},
    {"'a b' c", "a b|c"},
    {"\"a b\"c", "a bc"},
    {"a''b", "ab"},
    {"'' \"\"", "|"},
    {"a\\ b", "a b"},
    {"'a\\b'", "a\\b"},
    {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
    {"a # b", "a|#|b"},
    {"$HOME `x` $(y) | z ; *", "$HOME|`x`|$(y)|||z|;|*"},
    {"\"it's\" 'say \"x\"'", "it's|say \"x\""},
};

static void test_lines(void **state HW_UNUSED)
{
    for (size_t i = 0; i < HW_COUNT(lines); i++) {
        HW_CLEANUP(hw_strv_done) struct hw_strv words = {0};
        hw_auto(hw_buf) joined = HW_BUF(1024);
        assert_true(hw_words_split(lines[i].line, &words, NULL));
        for (size_t k = 0; k < words.count; k++)
            hw_buf_print(&joined, "%s%s", k ? "|" : "", words.items[k]);
        assert_string_equal(hw_buf_cstr(&joined), lines[i].words);
    }
}

static void test_refused(void **state HW_UNUSED)
{
    static const char *const others[] = {"'a", "\"a", "a\\", "\"a\\", "a 'b' \"c"};
    for (size_t i = 0; i < HW_COUNT(others); i++) {
        struct hw_strv words = {0};
        struct hw_err err = {0};
        assert_false(hw_words_split(others[i], &words, &err));
        assert_int_equal(err.code, HW_ERR_INPUT);
        assert_int_equal(words.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/defs.h"
#include "node/skew.h"

#define NOW INT64_C(1795464900000)

static void a_clock_is_off_or_is_not(void **state HW_UNUSED)
{
    static const struct {
        int64_t node_ms, skew_ms;
    } heard[] = {{0, 0},         {-1000, 0},     {-3400, 0},          {2400, 0},
                 {60000, 60500}, {-3500, -3000}, {-7200000, -7199500}};
    for (size_t i = 0; i < HW_COUNT(heard); i++) {
        struct hw_skew skew = {0};
        assert_int_equal(hw_skew_hear(&skew, NOW + heard[i].node_ms, NOW, true),
                         heard[i].skew_ms != 0);
        assert_int_equal(skew.ms, heard[i].skew_ms);
    }
}

static void what_comes_late_tells_nothing(void **state HW_UNUSED)
{
    struct hw_skew skew = {0};
    assert_true(hw_skew_hear(&skew, NOW + 60000, NOW, true));
    assert_false(hw_skew_hear(&skew, NOW + 60000, NOW + 20000, false));
    assert_int_equal(skew.ms, 60500);
    assert_true(hw_skew_hear(&skew, NOW + 90000, NOW, false)); /* set forward meanwhile */
    assert_int_equal(skew.ms, 90500);
    assert_true(hw_skew_hear(&skew, NOW, NOW, true)); /* it came back, and was put right */
    assert_int_equal(skew.ms, 0);
    assert_false(hw_skew_hear(&skew, NOW + 2000, NOW, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_is_off_or_is_not),
        cmocka_unit_test(what_comes_late_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test-one NAME [ARGUMENT=VALUE]...: the PowerShell that runs on a node, for powershell.py. */
#include <stdio.h>

#include "diagnose/tests.h"

int main(int argc, char **argv)
{
    hw_auto(hw_strv) with = {0};
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    struct hw_tests *tests;
    struct hw_err err = {0};
    for (int i = 2; i < argc; i++) {
        char *equal = strchr(argv[i], '=');
        if (!equal)
            return 2;
        hw_strv_take(&with, hw_strndup(argv[i], (size_t)(equal - argv[i])));
        hw_strv_add(&with, equal + 1);
    }
    if (argc < 2 || !hw_tests_load(&tests, &err))
        return 2;
    bool ok = hw_test_script(tests, argv[1], &with, &out, &err);
    hw_tests_free(tests);
    if (ok)
        fputs(hw_buf_cstr(&out), stdout);
    else
        fprintf(stderr, "%s\n", err.what);
    return ok ? 0 : 1;
}

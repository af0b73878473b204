/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/ini.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_ini ini = {0};
    struct hw_err err = {0};
    if (hw_ini_parse("f", (const char *)bytes, size, &ini, &err))
        hw_ini_done(&ini);
    else if (!err.what[0])
        abort();
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/soap.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_soap_reply reply = {0};
    struct hw_err err = {0};
    if (hw_soap_read((const char *)bytes, size, &reply, &err))
        hw_soap_reply_done(&reply);
    else if (!err.what[0])
        abort();
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/sealed.h"
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
    struct hw_sealed sealed;
    err = (struct hw_err){0};
    if (hw_sealed_read((const char *)bytes, size, &sealed, &err)) {
        if (sealed.header.p < (const char *)bytes ||
            sealed.message.p + sealed.message.n > (const char *)bytes + size)
            abort();
    } else if (!err.what[0]) {
        abort();
    }
    return 0;
}

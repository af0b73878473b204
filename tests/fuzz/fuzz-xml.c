/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of AWS in XML: the reader, and what reads keys out of them. */
#include "aws/creds.h"
#include "tests/fuzz/fuzz.h"

static void touch(const struct hw_xml *root)
{
    size_t sum = 0;
    for (const struct hw_xml *at = root; at; at = hw_xml_following(root, at))
        sum += strlen(at->name) + strlen(at->namespace) + strlen(at->text) + at->attribute_count;
    if (sum == SIZE_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_xml_doc *doc = hw_xml_parse((const char *)bytes, size);
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    if (!doc)
        return 0;
    touch(hw_xml_root(doc));
    if (hw_creds_from_sts(hw_xml_root(doc), "fuzz", hw_strdup("fuzz"), &creds, &err))
        hw_creds_done(&creds);
    else if (!err.what[0])
        abort();
    hw_xml_free(doc);
    return 0;
}

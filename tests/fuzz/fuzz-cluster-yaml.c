/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a cluster file: an answer or an error with a place, and what was read can be
 * written and read again. */
#include "model/cluster_yaml.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_cluster *cluster = NULL, *again = NULL;
    struct hw_err err = {0};
    if (!hw_cluster_parse("f", (const char *)bytes, size, true, &cluster, &err)) {
        if (!err.what[0] || !err.place[0])
            abort();
        return 0;
    }
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_CLUSTER_FILE);
    if (hw_cluster_print(cluster, false, &out) &&
        !hw_cluster_parse("f", out.data, out.len, true, &again, &err))
        abort();
    hw_cluster_free(again);
    hw_cluster_free(cluster);
    return 0;
}

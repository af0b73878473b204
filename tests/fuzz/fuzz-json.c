/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that hands out keys: what a credential_process, a metadata service or SSO says, and the
 * SSO sign-in that is kept on disk. */
#include "aws/creds.h"
#include "aws/sso_cache.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct hw_creds_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                                "Expiration"};
    json_t *root = json_loadb((const char *)bytes, size, 0, NULL);
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    struct hw_sso_token token = {.root = json_incref(root)};
    if (root)
        hw_sso_token_renewable(&token, 0);
    if (hw_creds_from_json(root, &names, "fuzz", hw_strdup("fuzz"), &creds, &err))
        hw_creds_done(&creds);
    else if (!err.what[0])
        abort();
    hw_sso_token_done(&token);
    json_decref(root);
    return 0;
}

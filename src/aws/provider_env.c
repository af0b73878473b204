/* SPDX-License-Identifier: Apache-2.0 */
/* AWS_ACCESS_KEY_ID and its kin. */
#include "aws/provider.h"

static enum hw_outcome half(const char *missing, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH, _("the environment holds only half of a pair of keys: %s is missing"),
            missing);
    hw_err_next(err, _("Set both keys, or neither."));
    return HW_KEYS_BROKEN;
}

static enum hw_outcome start(struct hw_attempt *attempt HW_UNUSED, struct hw_creds *ret,
                             struct hw_err *err)
{
    const char *id = hw_aws_env("AWS_ACCESS_KEY_ID");
    const char *secret = hw_aws_env("AWS_SECRET_ACCESS_KEY");
    const char *expiration = hw_aws_env("AWS_CREDENTIAL_EXPIRATION");
    if (!id && !secret)
        return HW_KEYS_NONE;
    if (!id || !secret)
        return half(id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID", err);
    const char *token = hw_aws_env("AWS_SECURITY_TOKEN"); /* its older name, which comes first */
    if (!token)
        token = hw_aws_env("AWS_SESSION_TOKEN");
    if (!hw_creds_set(ret, "env", hw_strdup(_("environment")), id, secret, token, err))
        return HW_KEYS_BROKEN;
    if (expiration)
        hw_creds_time(expiration, &ret->expires_ms); /* a hint, nothing to fail for */
    ret->person_ms = ret->expires_ms;                /* nobody changes our environment */
    return HW_KEYS_FOUND;
}

const struct hw_provider hw_provider_env = {.method = "env", .start = start};

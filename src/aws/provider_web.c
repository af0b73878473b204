/* SPDX-License-Identifier: Apache-2.0 */
/* A role that is assumed with a token of an identity provider, which lies in a file (EKS, CI
 * systems; "Web identity credential provider"; sts:AssumeRoleWithWebIdentity, which is not
 * signed). */
#include "aws/parts.h"
#include "base/file.h"
#include "base/text.h"

struct assumption {
    struct hw_attempt *attempt;
    char *role;
    struct hw_aws_call *call;
};

static void assumption_free(struct assumption *it)
{
    hw_aws_cancel(it->call);
    free(it->role);
    free(it);
}

/* Variables count only where no profile was asked for by name. */
static const char *setting(const struct hw_lookup *lookup, const char *variable, const char *name)
{
    const char *value = lookup->environment ? hw_aws_env(variable) : NULL;
    return value ? value : hw_aws_files_get(lookup->files, lookup->profile, name);
}

static void on_assumed(void *data, const struct hw_aws_reply *reply, const struct hw_err *why)
{
    struct assumption *it = data;
    struct hw_attempt *attempt = it->attempt;
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    it->call = NULL;
    if (why)
        err = *why;
    bool ok =
        !why && hw_creds_from_sts(reply->xml, hw_provider_web.method,
                                  hw_format(_("role %s by web identity"), it->role), &creds, &err);
    assumption_free(it);
    hw_attempt_answer(attempt, ok ? HW_KEYS_FOUND : HW_KEYS_BROKEN, &creds, &err);
}

static bool read_token(const char *path, struct hw_aws_request *request, struct hw_err *err)
{
    struct hw_buf text = HW_BUF(HW_MAX_SECRET);
    hw_wipe_buf_reserve(&text, HW_MAX_SECRET);
    bool ok = hw_file_read(path, &text, err);
    struct hw_span token = hw_text_trim(hw_buf_cstr(&text), text.len);
    if (ok) {
        text.data[token.p - text.data + (ptrdiff_t)token.n] = '\0';
        hw_aws_param(request, "WebIdentityToken", token.p);
    } else
        hw_wrap(err, _("web identity token"));
    hw_wipe_buf(&text);
    if (ok || !err)
        return ok;
    err->code = HW_ERR_AUTH;
    return hw_err_next(err, _("Check AWS_WEB_IDENTITY_TOKEN_FILE or the profile's "
                              "web_identity_token_file."));
}

static enum hw_outcome no_role(const struct hw_lookup *lookup, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH, _("a web identity token is there, but no role to assume with it"));
    hw_err_next(err, _("Set AWS_ROLE_ARN, or role_arn of profile '%s'."), lookup->profile);
    return HW_KEYS_BROKEN;
}

static enum hw_outcome start(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                             struct hw_err *err)
{
    const struct hw_lookup *lookup = attempt->lookup;
    const char *path = setting(lookup, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    const char *role = setting(lookup, "AWS_ROLE_ARN", "role_arn");
    const char *session = setting(lookup, "AWS_ROLE_SESSION_NAME", "role_session_name");
    if (!path)
        return HW_KEYS_NONE;
    if (!role)
        return no_role(lookup, err);
    hw_auto_text name = session ? hw_strdup(session) : hw_creds_session_name();
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_STS, "AssumeRoleWithWebIdentity");
    hw_aws_request_unsigned(request);
    hw_aws_idempotent(request);
    hw_aws_param(request, "RoleArn", role);
    hw_aws_param(request, "RoleSessionName", name);
    if (!read_token(path, request, err)) {
        hw_aws_request_free(request);
        return HW_KEYS_BROKEN;
    }
    if (!*hw_aws_region(lookup->aws))
        hw_aws_request_region(request, HW_ANY_REGION);
    struct assumption *it = HW_NEW(struct assumption);
    it->attempt = attempt;
    it->role = hw_strdup(role);
    it->call = hw_aws_send(lookup->aws, request, on_assumed, it);
    attempt->state = it;
    return HW_KEYS_LATER;
}

static void stop(struct hw_attempt *attempt)
{
    assumption_free(attempt->state);
}

const struct hw_provider hw_provider_web = {
    .method = "assume-role-with-web-identity", .start = start, .stop = stop};

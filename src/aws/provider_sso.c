/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of IAM Identity Center: the sign-in that `aws sso login` keeps is renewed where it can be,
 * then changed for keys of a role ("IAM Identity Center credential provider", AWS SDKs and Tools
 * Reference Guide; sso-oidc CreateToken, sso GetRoleCredentials). */
#include "aws/parts.h"
#include "aws/sso_cache.h"
#include "base/clock.h"
#include "base/text.h"

#define RENEW_MS (15 * 60 * 1000) /* a sign-in that ends sooner is renewed */

struct visit {
    struct hw_attempt *attempt;
    char *session; /* "" for profiles without sso_session */
    char *url, *region, *account, *role;
    struct hw_sso_token token;
    struct hw_aws_call *call;
};

static void visit_free(struct visit *visit)
{
    hw_aws_cancel(visit->call);
    hw_sso_token_done(&visit->token);
    free(visit->session);
    free(visit->url);
    free(visit->region);
    free(visit->account);
    free(visit->role);
    free(visit);
}

static void answer(struct visit *visit, struct hw_creds *creds, struct hw_err *err)
{
    struct hw_attempt *attempt = visit->attempt;
    visit_free(visit);
    hw_attempt_answer(attempt, creds ? HW_KEYS_FOUND : HW_KEYS_BROKEN, creds, err);
}

static bool sign_in(const struct hw_lookup *lookup, struct hw_err *err)
{
    hw_wrap(err, _("profile '%s'"), lookup->profile);
    return hw_err_next(err, _("Sign in with `aws sso login --profile %s`, then repeat this."),
                       lookup->profile);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t now_ms(const struct visit *visit)
{
    return hw_clock_wall_ms() + visit->attempt->lookup->aws->skew_ms;
}

/* ---- Keys for the sign-in ---- */

static bool is_renewable(const struct visit *visit)
{
    return hw_sso_token_renewable(&visit->token, now_ms(visit));
}

static const struct hw_creds_names names = {"accessKeyId", "secretAccessKey", "sessionToken",
                                            "expiration"};

static void on_keys(void *data, const struct hw_aws_reply *reply, const struct hw_err *why)
{
    struct visit *visit = data;
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    visit->call = NULL;
    if (why) {
        err = *why;
        if (strcmp(err.service_code, "UnauthorizedException") == 0)
            sign_in(visit->attempt->lookup, &err);
        answer(visit, NULL, &err);
        return;
    }
    char *source =
        hw_format(_("SSO %s, role %s of account %s"), *visit->session ? visit->session : visit->url,
                  visit->role, visit->account);
    if (!hw_creds_from_json(json_object_get(reply->json, "roleCredentials"), &names,
                            hw_provider_sso.method, source, &creds, &err)) {
        answer(visit, NULL, &err);
        return;
    }
    if (!is_renewable(visit)) /* the last keys of a sign-in outlive it */
        creds.person_ms = later(creds.expires_ms, visit->token.expires_ms);
    answer(visit, &creds, NULL);
}

static void ask_keys(struct visit *visit)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSO, "GetRoleCredentials");
    hw_aws_request_unsigned(request);
    hw_aws_request_region(request, visit->region);
    hw_aws_rest(request, "GET", "/federation/credentials");
    hw_aws_param(request, "role_name", visit->role);
    hw_aws_param(request, "account_id", visit->account);
    hw_aws_header(request, "x-amz-sso_bearer_token",
                  hw_sso_token_get(&visit->token, "accessToken"));
    visit->call = hw_aws_send(visit->attempt->lookup->aws, request, on_keys, visit);
}

/* ---- The sign-in ---- */

static bool expired(const struct visit *visit, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH, _("the sign-in to SSO '%s' has expired"),
            *visit->session ? visit->session : visit->url);
    return sign_in(visit->attempt->lookup, err);
}

static void on_renewed(void *data, const struct hw_aws_reply *reply, const struct hw_err *why)
{
    struct visit *visit = data;
    struct hw_aws *aws = visit->attempt->lookup->aws;
    struct hw_err err = {0};
    visit->call = NULL;
    if (!why && !hw_sso_token_renew(&visit->token, reply->json, now_ms(visit), &err))
        hw_tell_notice(aws->sink, HW_WARNING, _("The renewed SSO sign-in is not kept: %s"),
                       err.what);
    if (visit->token.expires_ms > now_ms(visit)) {
        ask_keys(visit); /* the old one may still do */
        return;
    }
    expired(visit, &err);
    answer(visit, NULL, &err);
}

static void renew(struct visit *visit)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSO_OIDC, "CreateToken");
    hw_aws_request_unsigned(request);
    hw_aws_request_region(request, visit->region);
    hw_aws_rest(request, "POST", "/token");
    hw_aws_body_json(request,
                     json_pack("{s:s, s:s, s:s, s:s}", "grantType", "refresh_token", "clientId",
                               hw_sso_token_get(&visit->token, "clientId"), "clientSecret",
                               hw_sso_token_get(&visit->token, "clientSecret"), "refreshToken",
                               hw_sso_token_get(&visit->token, "refreshToken")));
    visit->call = hw_aws_send(visit->attempt->lookup->aws, request, on_renewed, visit);
}

/* ---- What the profile says ---- */

static bool wrong(const struct hw_lookup *lookup, struct hw_err *err)
{
    hw_wrap(err, _("profile '%s'"), lookup->profile);
    return hw_err_next(err, _("Correct the profile in %s, or run `aws configure sso`."),
                       lookup->files->config.path);
}

/* The session's value; a profile may repeat it, but not say something else. */
static bool setting(const struct hw_lookup *lookup, const struct hw_ini_section *session,
                    const char *name, char **ret, struct hw_err *err)
{
    const char *own = hw_aws_files_get(lookup->files, lookup->profile, name);
    const char *shared = hw_ini_get(session, name);
    if (own && shared && strcmp(own, shared) != 0) {
        hw_fail(err, HW_ERR_AUTH, _("it and its sso-session say different things of %s"), name);
        return wrong(lookup, err);
    }
    if (!own && !shared) {
        hw_fail(err, HW_ERR_AUTH, _("it uses SSO, but %s is missing"), name);
        return wrong(lookup, err);
    }
    *ret = hw_strdup(own ? own : shared);
    return true;
}

static bool read_settings(struct visit *visit, struct hw_err *err)
{
    const struct hw_lookup *lookup = visit->attempt->lookup;
    const struct hw_ini_section *session = NULL;
    const char *name = hw_aws_files_get(lookup->files, lookup->profile, "sso_session");
    if (name)
        session = hw_ini_find(&lookup->files->config, "sso-session", name);
    if (name && !session) {
        hw_fail(err, HW_ERR_AUTH, _("there is no [sso-session %s]"), name);
        return wrong(lookup, err);
    }
    visit->session = hw_strdup(name ? name : "");
    return setting(lookup, session, "sso_start_url", &visit->url, err) &&
           setting(lookup, session, "sso_region", &visit->region, err) &&
           setting(lookup, session, "sso_account_id", &visit->account, err) &&
           setting(lookup, session, "sso_role_name", &visit->role, err);
}

static bool prepare(struct visit *visit, struct hw_err *err)
{
    if (!read_settings(visit, err))
        return false;
    if (!hw_sso_token_read(*visit->session ? visit->session : visit->url, &visit->token, err))
        return sign_in(visit->attempt->lookup, err);
    if (visit->token.expires_ms > now_ms(visit) || is_renewable(visit))
        return true;
    return expired(visit, err);
}

static enum hw_outcome start(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                             struct hw_err *err)
{
    const struct hw_lookup *lookup = attempt->lookup;
    if (!hw_aws_files_get(lookup->files, lookup->profile, "sso_account_id") &&
        !hw_aws_files_get(lookup->files, lookup->profile, "sso_role_name"))
        return HW_KEYS_NONE;
    struct visit *visit = HW_NEW(struct visit);
    visit->attempt = attempt;
    if (!prepare(visit, err)) {
        visit_free(visit);
        return HW_KEYS_BROKEN;
    }
    attempt->state = visit;
    if (visit->token.expires_ms - now_ms(visit) < RENEW_MS && is_renewable(visit))
        renew(visit);
    else
        ask_keys(visit);
    return HW_KEYS_LATER;
}

static void stop(struct hw_attempt *attempt)
{
    visit_free(attempt->state);
}

const struct hw_provider hw_provider_sso = {.method = "sso", .start = start, .stop = stop};

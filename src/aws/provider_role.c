/* SPDX-License-Identifier: Apache-2.0 */
/* A role that is assumed with the keys of another profile or of a named source ("Assume role
 * credential provider", AWS SDKs and Tools Reference Guide; sts:AssumeRole). The source may
 * itself be a role. */
#include <openssl/evp.h>

#include "aws/parts.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define CACHE_FOLDER "~/.aws/cli/cache"
#define CACHE_LEFT   (15 * 60 * 1000) /* kept keys that end sooner are not used */

struct assumption {
    struct hw_attempt *attempt;
    char *role, *session, *external_id, *mfa, *duration;
    struct hw_chain *chain; /* the source's keys are being looked for */
    struct hw_creds source;
    bool asking;
    struct hw_aws_call *call;
};

static void assumption_free(struct assumption *it)
{
    hw_chain_stop(it->chain);
    hw_aws_cancel(it->call);
    if (it->asking)
        hw_keys_ask_no_more(it->attempt->lookup->aws);
    hw_creds_done(&it->source);
    free(it->role);
    free(it->session);
    free(it->external_id);
    free(it->mfa);
    free(it->duration);
    free(it);
}

static void answer(struct assumption *it, struct hw_creds *creds, struct hw_err *err)
{
    struct hw_attempt *attempt = it->attempt;
    if (!creds)
        hw_wrap(err, _("profile '%s'"), attempt->lookup->profile);
    assumption_free(it);
    hw_attempt_answer(attempt, creds ? HW_KEYS_FOUND : HW_KEYS_BROKEN, creds, err);
}

/* The name at the end of its ARN. */
static const char *role_name(const char *arn)
{
    const char *slash = strrchr(arn, '/');
    return slash && slash[1] ? slash + 1 : arn;
}

static const char *get(const struct hw_lookup *lookup, const char *name)
{
    return hw_aws_files_get(lookup->files, lookup->profile, name);
}

static bool has_keys(const struct hw_lookup *lookup, const char *profile)
{
    return hw_aws_files_get(lookup->files, profile, "aws_access_key_id") ||
           hw_aws_files_get(lookup->files, profile, "aws_secret_access_key");
}

/* ---- Assuming ---- */

/* With a code every renewal needs a person; otherwise as long as the source needs none. */
static int64_t person_ms(const struct assumption *it, const struct hw_creds *creds)
{
    return it->mfa ? creds->expires_ms : it->source.person_ms;
}

static void on_assumed(void *data, const struct hw_aws_reply *reply, const struct hw_err *why)
{
    struct assumption *it = data;
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    it->call = NULL;
    if (why) {
        err = *why;
        answer(it, NULL, &err);
        return;
    }
    char *source =
        hw_format(_("role %s of profile %s"), role_name(it->role), it->attempt->lookup->profile);
    if (!hw_creds_from_sts(reply->xml, hw_provider_role.method, source, &creds, &err)) {
        answer(it, NULL, &err);
        return;
    }
    creds.person_ms = person_ms(it, &creds);
    answer(it, &creds, NULL);
}

static void add(struct hw_aws_request *request, const char *name, const char *value)
{
    if (value)
        hw_aws_param(request, name, value);
}

static void assume(struct assumption *it, const char *code)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_STS, "AssumeRole");
    hw_auto_text session = it->session ? hw_strdup(it->session) : hw_creds_session_name();
    hw_aws_param(request, "RoleArn", it->role);
    hw_aws_param(request, "RoleSessionName", session);
    add(request, "ExternalId", it->external_id);
    add(request, "DurationSeconds", it->duration);
    add(request, "SerialNumber", it->mfa);
    add(request, "TokenCode", code);
    hw_aws_request_keys(request, &it->source);
    if (!*hw_aws_region(it->attempt->lookup->aws))
        hw_aws_request_region(request, HW_ANY_REGION);
    if (!code) /* a code is good for one time only */
        hw_aws_idempotent(request);
    it->call = hw_aws_send(it->attempt->lookup->aws, request, on_assumed, it);
}

static void on_code(void *data, const char *text)
{
    struct assumption *it = data;
    struct hw_err err = {0};
    it->asking = false;
    struct hw_span code = text ? hw_text_trim(text, strlen(text)) : (struct hw_span){"", 0};
    hw_auto_text digits = hw_strndup(code.p, code.n);
    if (code.n >= 6 && code.n < 16 && strspn(digits, "0123456789") == code.n) {
        assume(it, digits);
        return;
    }
    if (code.n)
        hw_fail(&err, HW_ERR_AUTH, _("the code of an MFA device has six digits"));
    else
        hw_fail(&err, HW_ERR_AUTH, _("the code of MFA device %s was not given"), it->mfa);
    hw_err_next(&err, _("Try again and type the code that the device shows."));
    answer(it, NULL, &err);
}

static void ask_code(struct assumption *it)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) clean = HW_BUF(512);
    hw_text_clean(&clean, it->mfa, strnlen(it->mfa, 200), false);
    hw_auto_text question = hw_format(_("Code of MFA device %s"), hw_buf_cstr(&clean));
    it->asking = true;
    if (hw_keys_ask(it->attempt->lookup->aws, question, on_code, it))
        return;
    it->asking = false;
    hw_fail(&err, HW_ERR_AUTH, _("it needs a code of MFA device %s, and nobody can be asked here"),
            hw_buf_cstr(&clean));
    hw_err_next(&err,
                _("Run hpcwiz on a terminal, or run `aws sts get-caller-identity --profile "
                  "%s` first: what the AWS CLI keeps is used."),
                it->attempt->lookup->profile);
    answer(it, NULL, &err);
}

static void on_source(void *data, struct hw_creds *creds, const struct hw_err *why)
{
    struct assumption *it = data;
    struct hw_err err = {0};
    it->chain = NULL;
    if (!creds) {
        err = *why;
        answer(it, NULL, &err);
        return;
    }
    it->source = *creds;
    if (it->mfa)
        ask_code(it);
    else
        assume(it, NULL);
}

/* ---- What the AWS CLI keeps ---- */

/* The name that botocore gives the file (AssumeRoleCredentialFetcher._create_cache_key): a hash
 * over the request's parameters, but for a session name that was made up. */
static bool cache_path(const struct assumption *it, char **ret)
{
    long seconds = 0;
    unsigned char digest[20];
    json_t *key =
        json_pack("{s:s, s:s*, s:s*, s:s*}", "RoleArn", it->role, "ExternalId", it->external_id,
                  "RoleSessionName", it->session, "SerialNumber", it->mfa);
    if (it->duration && hw_parse_int(it->duration, 0, 1000000, &seconds))
        json_object_set_new(key, "DurationSeconds", json_integer(seconds));
    char *text = key ? json_dumps(key, JSON_SORT_KEYS | JSON_ENSURE_ASCII) : NULL;
    bool ok = text && EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL);
    json_decref(key);
    free(text);
    if (!ok)
        return false;
    hw_auto(hw_buf) name = HW_BUF(256);
    hw_buf_text(&name, CACHE_FOLDER "/");
    hw_buf_hex(&name, digest, sizeof digest);
    hw_buf_text(&name, ".json");
    *ret = hw_path_expand(hw_buf_cstr(&name));
    return true;
}

/* Only read: so that a code that was typed for the AWS CLI is not asked for again. */
static bool from_cache(const struct assumption *it, struct hw_creds *ret)
{
    static const struct hw_creds_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                                "Expiration"};
    const struct hw_lookup *lookup = it->attempt->lookup;
    hw_auto_text path = NULL;
    struct hw_buf text = HW_BUF(HW_MAX_HANDED_KEYS);
    if (lookup->anew || !cache_path(it, &path) || !hw_path_exists(path))
        return false;
    hw_wipe_buf_reserve(&text, HW_MAX_HANDED_KEYS / 4);
    bool ok = hw_file_read(path, &text, NULL);
    json_t *root = ok ? json_loadb(hw_buf_cstr(&text), text.len, 0, NULL) : NULL;
    ok = hw_creds_from_json(json_object_get(root, "Credentials"), &names, hw_provider_role.method,
                            hw_format(_("role %s of profile %s, kept by the AWS CLI"),
                                      role_name(it->role), lookup->profile),
                            ret, NULL);
    hw_json_wipe(root);
    json_decref(root);
    hw_wipe_buf(&text);
    if (ok) /* what the source is good for is not looked at */
        ret->person_ms = person_ms(it, ret);
    if (ok && ret->expires_ms - hw_clock_wall_ms() > CACHE_LEFT)
        return true;
    if (ok)
        hw_creds_done(ret);
    return false;
}

/* ---- Where the source's keys come from ---- */

static bool named_source(const char *name, const struct hw_provider **ret)
{
    static const struct {
        const char *name;
        const struct hw_provider *provider;
    } sources[] = {{"Environment", &hw_provider_env},
                   {"Ec2InstanceMetadata", &hw_provider_imds},
                   {"EcsContainer", &hw_provider_container}};
    for (size_t i = 0; i < HW_COUNT(sources); i++) {
        if (strcmp(name, sources[i].name) == 0) {
            *ret = sources[i].provider;
            return true;
        }
    }
    return false;
}

static bool wrong(const struct hw_lookup *lookup, struct hw_err *err, const char *what)
{
    hw_fail(err, HW_ERR_AUTH, _("profile '%s': %s"), lookup->profile, what);
    return hw_err_next(err, _("Correct the profile in %s."), lookup->files->config.path);
}

/* A profile may be its own source, for the keys that stand in it; any other way back is a loop. */
static bool check_profile(const struct hw_lookup *lookup, const char *source, struct hw_err *err)
{
    hw_auto_text text = NULL;
    if (!hw_aws_files_has(lookup->files, source)) {
        text = hw_format(_("its source_profile '%s' does not exist"), source);
        return wrong(lookup, err, text);
    }
    if (lookup->visited->count > HW_MAX_ROLE_CHAIN)
        return wrong(lookup, err, _("too many roles are assumed one after the other"));
    bool itself = strcmp(source, lookup->profile) == 0;
    if (hw_strv_has(lookup->visited, source) && !(itself && has_keys(lookup, source))) {
        text = hw_format(_("its source_profile '%s' leads back to it"), source);
        return wrong(lookup, err, text);
    }
    return true;
}

static bool find_source(const struct hw_lookup *lookup, struct hw_chain_want *ret,
                        struct hw_err *err)
{
    const char *profile = get(lookup, "source_profile");
    const char *source = get(lookup, "credential_source");
    if (profile && source)
        return wrong(lookup, err, _("it has both source_profile and credential_source"));
    if (!profile && !source)
        return wrong(lookup, err,
                     _("it has role_arn, but neither source_profile nor credential_source"));
    *ret = (struct hw_chain_want){.profile = profile ? profile : lookup->profile,
                                  .source = true,
                                  .anew = lookup->anew,
                                  .visited = lookup->visited,
                                  .files = lookup->files};
    if (profile)
        return check_profile(lookup, profile, err);
    if (named_source(source, &ret->only))
        return true;
    return wrong(lookup, err,
                 _("credential_source must be Environment, Ec2InstanceMetadata or EcsContainer"));
}

static char *copy(const char *text)
{
    return text ? hw_strdup(text) : NULL;
}

static enum hw_outcome start(struct hw_attempt *attempt, struct hw_creds *ret, struct hw_err *err)
{
    const struct hw_lookup *lookup = attempt->lookup;
    struct hw_chain_want want;
    const char *role = get(lookup, "role_arn"), *duration = get(lookup, "duration_seconds");
    long seconds;
    if (!role || get(lookup, "web_identity_token_file"))
        return HW_KEYS_NONE;
    if (lookup->source && has_keys(lookup, lookup->profile))
        return HW_KEYS_NONE; /* of a source, keys come before a role */
    if (!find_source(lookup, &want, err))
        return HW_KEYS_BROKEN;
    struct assumption *it = HW_NEW(struct assumption);
    *it = (struct assumption){.attempt = attempt,
                              .role = hw_strdup(role),
                              .session = copy(get(lookup, "role_session_name")),
                              .external_id = copy(get(lookup, "external_id")),
                              .mfa = copy(get(lookup, "mfa_serial"))};
    if (duration && hw_parse_int(duration, 0, 1000000, &seconds))
        it->duration = hw_strdup(duration); /* what is no number is passed over, as botocore does */
    if (from_cache(it, ret)) {
        assumption_free(it);
        return HW_KEYS_FOUND;
    }
    attempt->state = it;
    it->chain = hw_chain_start(lookup->aws, &want, on_source, it);
    return HW_KEYS_LATER;
}

static void stop(struct hw_attempt *attempt)
{
    assumption_free(attempt->state);
}

const struct hw_provider hw_provider_role = {.method = "assume-role", .start = start, .stop = stop};

/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sso_cache.h"

#include <openssl/evp.h>

#include "aws/creds.h"
#include "base/clock.h"
#include "base/file.h"

#define FOLDER   "~/.aws/sso/cache"
#define LIFE_MAX (90LL * 24 * 3600) /* seconds; a token that claims to live longer is no token */

void hw_sso_token_done(struct hw_sso_token *token)
{
    hw_json_wipe(token->root);
    json_decref(token->root);
    free(token->path);
    *token = (struct hw_sso_token){0};
}

const char *hw_sso_token_get(const struct hw_sso_token *token, const char *member)
{
    const char *value = json_string_value(json_object_get(token->root, member));
    return value ? value : "";
}

static char *path_of(const char *name)
{
    unsigned char digest[20] = {0};
    hw_auto(hw_buf) path = HW_BUF(256);
    EVP_Digest(name, strlen(name), digest, NULL, EVP_sha1(), NULL);
    hw_buf_text(&path, FOLDER "/");
    hw_buf_hex(&path, digest, sizeof digest);
    hw_buf_text(&path, ".json");
    return hw_path_expand(hw_buf_cstr(&path));
}

static json_t *read_json(const char *path, struct hw_err *err)
{
    struct hw_buf text = HW_BUF(HW_MAX_HANDED_KEYS);
    hw_wipe_buf_reserve(&text, HW_MAX_HANDED_KEYS / 4);
    bool ok = hw_file_read(path, &text, err);
    json_t *root = ok ? json_loadb(hw_buf_cstr(&text), text.len, 0, NULL) : NULL;
    hw_wipe_buf(&text);
    return root;
}

bool hw_sso_token_read(const char *name, struct hw_sso_token *ret, struct hw_err *err)
{
    struct hw_sso_token token = {.path = path_of(name)};
    struct hw_err why = {0};
    if (hw_path_exists(token.path))
        token.root = read_json(token.path, &why);
    if (hw_sso_token_get(&token, "accessToken")[0] &&
        hw_creds_time(hw_sso_token_get(&token, "expiresAt"), &token.expires_ms)) {
        *ret = token;
        return true;
    }
    if (!hw_path_exists(token.path))
        hw_fail(err, HW_ERR_AUTH, _("nobody has signed in to SSO '%s' yet"), name);
    else
        hw_fail(err, HW_ERR_AUTH, _("the sign-in to SSO '%s' that is kept in %s cannot be read"),
                name, token.path);
    hw_sso_token_done(&token);
    return false;
}

bool hw_sso_token_renewable(const struct hw_sso_token *token, int64_t now_ms)
{
    int64_t registered_until_ms;
    return hw_sso_token_get(token, "refreshToken")[0] && hw_sso_token_get(token, "clientId")[0] &&
           hw_sso_token_get(token, "clientSecret")[0] &&
           hw_creds_time(hw_sso_token_get(token, "registrationExpiresAt"), &registered_until_ms) &&
           registered_until_ms > now_ms;
}

static void set(json_t *root, const char *member, const char *value)
{
    hw_json_wipe(json_object_get(root, member));
    json_object_set_new(root, member, json_string(value));
}

static bool save(const struct hw_sso_token *token, struct hw_err *err)
{
    char *text = json_dumps(token->root, 0);
    if (!text)
        return hw_fail(err, HW_ERR_IO, _("%s cannot be written"), token->path);
    bool ok = hw_file_write(token->path, text, strlen(text), 0600, err);
    hw_wipe(text, strlen(text));
    free(text);
    return ok;
}

bool hw_sso_token_renew(struct hw_sso_token *token, const json_t *answer, int64_t now_ms,
                        struct hw_err *err)
{
    const char *access = json_string_value(json_object_get(answer, "accessToken"));
    const char *refresh = json_string_value(json_object_get(answer, "refreshToken"));
    int64_t seconds = json_integer_value(json_object_get(answer, "expiresIn"));
    char until[HW_TIME_SIZE];
    if (!access || !*access || seconds <= 0 || seconds > LIFE_MAX)
        return hw_fail(err, HW_ERR_PROTOCOL, _("the renewed sign-in could not be understood"));
    token->expires_ms = now_ms + seconds * 1000;
    hw_time_rfc3339(token->expires_ms, until);
    hw_auto_text whole_seconds = hw_format("%.19sZ", until); /* as the AWS CLI reads it */
    set(token->root, "accessToken", access);
    set(token->root, "expiresAt", whole_seconds);
    if (refresh && *refresh)
        set(token->root, "refreshToken", refresh);
    else
        json_object_del(token->root, "refreshToken");
    return save(token, err);
}

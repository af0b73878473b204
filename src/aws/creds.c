/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/creds.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

void hw_creds_done(struct hw_creds *creds)
{
    free(creds->key_id);
    hw_secret_free(creds->secret);
    hw_secret_free(creds->token);
    free(creds->source);
    free(creds->region);
    *creds = (struct hw_creds){0};
}

static bool same_secret(const struct hw_secret *a, const struct hw_secret *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(hw_secret_bytes(a), hw_secret_bytes(b)) == 0;
}

bool hw_creds_same(const struct hw_creds *a, const struct hw_creds *b)
{
    return a->key_id && b->key_id && strcmp(a->key_id, b->key_id) == 0 &&
           same_secret(a->token, b->token);
}

/* It becomes part of a header line: visible ASCII only. */
static bool header_safe(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p <= ' ' || *p > '~')
            return false;
    }
    return true;
}

static struct hw_secret *secret_of(const char *text)
{
    return text && *text ? hw_secret_new(text, strlen(text)) : NULL;
}

bool hw_creds_set(struct hw_creds *ret, const char *method, char *source_take, const char *key_id,
                  const char *secret, const char *token, struct hw_err *err)
{
    struct hw_creds creds = {.key_id = hw_strdup(key_id),
                             .secret = secret_of(secret),
                             .token = secret_of(token),
                             .method = method,
                             .source = source_take,
                             .got_ms = hw_clock_wall_ms()};
    bool has_token = token && *token;
    bool fits = creds.secret && (!has_token || creds.token) && strlen(key_id) <= HW_MAX_KEY_ID;
    if (fits && header_safe(key_id) && header_safe(secret) && (!has_token || header_safe(token))) {
        *ret = creds;
        return true;
    }
    if (fits)
        hw_fail(err, HW_ERR_AUTH, _("the keys from %s hold characters that AWS keys never have"),
                creds.source);
    else
        hw_fail(err, HW_ERR_AUTH, _("the keys from %s are too long to be AWS keys"), creds.source);
    hw_err_next(err, _("Copy the keys anew from where they were made."));
    hw_creds_done(&creds);
    return false;
}

void hw_creds_copy(const struct hw_creds *from, struct hw_creds *ret)
{
    *ret = *from;
    ret->key_id = hw_strdup(from->key_id);
    ret->secret = secret_of(hw_secret_bytes(from->secret));
    ret->token = from->token ? secret_of(hw_secret_bytes(from->token)) : NULL;
    ret->source = hw_strdup(from->source);
    ret->region = hw_strdup(from->region);
}

void hw_json_wipe(json_t *value)
{
    const char *name;
    json_t *item;
    size_t i;
    if (json_is_string(value)) /* jansson keeps it in memory of its own, which is writable */
        hw_wipe((char *)json_string_value(value), json_string_length(value));
    json_object_foreach(value, name, item) hw_json_wipe(item);
    json_array_foreach(value, i, item) hw_json_wipe(item);
}

bool hw_creds_time(const char *text, int64_t *ret_ms)
{
    size_t n = strlen(text);
    if (!hw_text_ends(text, "UTC"))
        return hw_time_parse(text, n, ret_ms);
    hw_auto_text plain = hw_format("%.*sZ", (int)(n < 64 ? n - 3 : 0), text);
    return hw_time_parse(plain, strlen(plain), ret_ms);
}

static bool read_expiration(const json_t *value, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (json_is_integer(value))
        *ret_ms = json_integer_value(value);
    else if (json_is_string(value))
        return hw_creds_time(json_string_value(value), ret_ms);
    return true;
}

static bool missing(const char *source, const char *name, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH, _("the answer from %s has no usable '%s'"), source, name);
    return hw_err_next(err, _("Ask those who run it to correct what it hands out."));
}

static bool take(json_t *object, const struct hw_creds_names *names, const char *method,
                 const char *source, struct hw_creds *ret, struct hw_err *err)
{
    const char *key_id = json_string_value(json_object_get(object, names->key_id));
    const char *secret = json_string_value(json_object_get(object, names->secret));
    const char *token = json_string_value(json_object_get(object, names->token));
    int64_t expires_ms;
    if (!key_id || !*key_id)
        return missing(source, names->key_id, err);
    if (!secret || !*secret)
        return missing(source, names->secret, err);
    if (!read_expiration(json_object_get(object, names->expiration), &expires_ms))
        return missing(source, names->expiration, err);
    if (!hw_creds_set(ret, method, hw_strdup(source), key_id, secret, token, err))
        return false;
    ret->expires_ms = expires_ms;
    return true;
}

bool hw_creds_from_json(json_t *object, const struct hw_creds_names *names, const char *method,
                        char *source_take, struct hw_creds *ret, struct hw_err *err)
{
    bool ok = take(object, names, method, source_take, ret, err);
    hw_json_wipe(object);
    free(source_take);
    return ok;
}

static const char *below(const struct hw_xml *result, const char *path)
{
    const struct hw_xml *element = hw_xml_path(result, path);
    return element && element->text[0] ? element->text : NULL;
}

bool hw_creds_from_sts(const struct hw_xml *result, const char *method, char *source_take,
                       struct hw_creds *ret, struct hw_err *err)
{
    hw_auto_text source = source_take;
    const char *key_id = below(result, "Credentials/AccessKeyId");
    const char *secret = below(result, "Credentials/SecretAccessKey");
    const char *expiration = below(result, "Credentials/Expiration");
    int64_t expires_ms = 0;
    if (!key_id)
        return missing(source, "AccessKeyId", err);
    if (!secret)
        return missing(source, "SecretAccessKey", err);
    if (expiration && !hw_creds_time(expiration, &expires_ms))
        return missing(source, "Expiration", err);
    if (!hw_creds_set(ret, method, hw_strdup(source), key_id, secret,
                      below(result, "Credentials/SessionToken"), err))
        return false;
    ret->expires_ms = expires_ms;
    return true;
}

char *hw_creds_session_name(void)
{
    return hw_format("hpcwiz-%lld", (long long)(hw_clock_wall_ms() / 1000));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/creds.h"

#include "base/file.h"
#include "base/text.h"

/* What a provider may look at. */
struct sources {
    const struct hw_aws_profile *profile;
    const struct hw_ini_section *config;      /* NULL: the profile is not in the file */
    const struct hw_ini_section *credentials; /* likewise */
};

enum outcome { NOT_HERE, FOUND, BROKEN };

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static char *file_path(const char *variable, const char *fallback)
{
    const char *path = env(variable);
    return hw_path_expand(path ? path : fallback);
}

void hw_aws_profile_done(struct hw_aws_profile *profile)
{
    free(profile->name);
    free(profile->config_path);
    free(profile->credentials_path);
    free(profile->region);
    free(profile->endpoint_url);
    free(profile->ca_bundle);
    hw_strv_done(&profile->service_ids);
    hw_strv_done(&profile->service_urls);
    *profile = (struct hw_aws_profile){0};
}

/* [profile default] comes before [default]; no other name may go without "profile". */
static const struct hw_ini_section *config_section(const struct hw_ini *config, const char *name)
{
    const struct hw_ini_section *section = hw_ini_find(config, "profile", name);
    if (!section && strcmp(name, "default") == 0)
        section = hw_ini_find(config, NULL, name);
    return section;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    if (a)
        return a;
    return b ? b : c;
}

static void load_services(const struct hw_ini *config, const struct hw_ini_section *section,
                          struct hw_aws_profile *profile)
{
    static const char suffix[] = ".endpoint_url";
    const char *name = hw_ini_get(section, "services");
    const struct hw_ini_section *services = name ? hw_ini_find(config, "services", name) : NULL;
    for (size_t i = 0; services && i < services->count; i++) {
        const struct hw_ini_property *item = &services->items[i];
        if (!hw_text_ends(item->name, suffix))
            continue;
        hw_strv_take(&profile->service_ids,
                     hw_strndup(item->name, strlen(item->name) - strlen(suffix)));
        hw_strv_add(&profile->service_urls, item->value);
    }
}

static void load_settings(const struct hw_ini *config, const struct hw_ini *credentials,
                          struct hw_aws_profile *profile)
{
    const struct hw_ini_section *section = config_section(config, profile->name);
    const struct hw_ini_section *other = hw_ini_find(credentials, NULL, profile->name);
    const char *in_file = first_of(hw_ini_get(other, "region"), hw_ini_get(section, "region"), "");
    profile->region = hw_strdup(first_of(env("AWS_REGION"), env("AWS_DEFAULT_REGION"), in_file));
    profile->endpoint_url = hw_strdup(first_of(hw_ini_get(section, "endpoint_url"), NULL, ""));
    profile->ca_bundle =
        hw_strdup(first_of(env("AWS_CA_BUNDLE"), hw_ini_get(section, "ca_bundle"), ""));
    load_services(config, section, profile);
}

bool hw_aws_profile_load(const char *option_name, struct hw_aws_profile *ret, struct hw_err *err)
{
    HW_CLEANUP(hw_ini_done) struct hw_ini config = {0};
    HW_CLEANUP(hw_ini_done) struct hw_ini credentials = {0};
    struct hw_aws_profile profile = {.named_by_option = option_name && *option_name};
    profile.config_path = file_path("AWS_CONFIG_FILE", "~/.aws/config");
    profile.credentials_path = file_path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    const char *name = profile.named_by_option ? option_name : env("AWS_PROFILE");
    profile.name = hw_strdup(first_of(name, env("AWS_DEFAULT_PROFILE"), "default"));
    if (!hw_ini_read(profile.config_path, &config, err) ||
        !hw_ini_read(profile.credentials_path, &credentials, err)) {
        hw_aws_profile_done(&profile);
        return false;
    }
    load_settings(&config, &credentials, &profile);
    *ret = profile;
    return true;
}

void hw_creds_done(struct hw_creds *creds)
{
    free(creds->key_id);
    hw_secret_free(creds->secret);
    hw_secret_free(creds->token);
    free(creds->source);
    *creds = (struct hw_creds){0};
}

static enum outcome take(const char *key_id, const char *secret, const char *token, char *source,
                         struct hw_creds *ret, struct hw_err *err)
{
    struct hw_creds creds = {.key_id = hw_strdup(key_id), .source = source};
    creds.secret = hw_secret_new(secret, strlen(secret));
    if (token && *token)
        creds.token = hw_secret_new(token, strlen(token));
    if (!creds.secret || (token && *token && !creds.token)) {
        hw_fail(err, HW_ERR_AUTH, _("the keys from %s are too long to be AWS keys"), source);
        hw_creds_done(&creds);
        return BROKEN;
    }
    *ret = creds;
    return FOUND;
}

static enum outcome half(const char *where, const char *missing, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH, _("%s holds only half of a pair of keys: %s is missing"), where,
            missing);
    hw_err_next(err, _("Set both keys, or neither."));
    return BROKEN;
}

static enum outcome from_environment(const struct sources *sources, struct hw_creds *ret,
                                     struct hw_err *err)
{
    const char *id = env("AWS_ACCESS_KEY_ID"), *secret = env("AWS_SECRET_ACCESS_KEY");
    if (sources->profile->named_by_option || (!id && !secret))
        return NOT_HERE;
    if (!id || !secret)
        return half(_("the environment"), id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID", err);
    return take(id, secret, env("AWS_SESSION_TOKEN"), hw_strdup("environment"), ret, err);
}

static enum outcome from_section(const struct hw_ini_section *section, const char *path,
                                 struct hw_creds *ret, struct hw_err *err)
{
    const char *id = hw_ini_get(section, "aws_access_key_id");
    const char *secret = hw_ini_get(section, "aws_secret_access_key");
    if (!id && !secret)
        return NOT_HERE;
    hw_auto_text where = hw_format("%s [%s]", path, section->name);
    if (!id || !secret || !*id || !*secret)
        return half(where, id && *id ? "aws_secret_access_key" : "aws_access_key_id", err);
    return take(id, secret, hw_ini_get(section, "aws_session_token"), hw_strdup(where), ret, err);
}

static enum outcome from_credentials_file(const struct sources *sources, struct hw_creds *ret,
                                          struct hw_err *err)
{
    return from_section(sources->credentials, sources->profile->credentials_path, ret, err);
}

static enum outcome from_config_file(const struct sources *sources, struct hw_creds *ret,
                                     struct hw_err *err)
{
    return from_section(sources->config, sources->profile->config_path, ret, err);
}

static enum outcome unsupported(const struct sources *sources, const char *setting,
                                struct hw_err *err)
{
    const char *name = sources->profile->name;
    hw_fail(err, HW_ERR_AUTH, _("profile '%s' uses %s, which this version does not support yet"),
            name, setting);
    hw_err_next(err,
                _("Export its credentials first: eval \"$(aws configure export-credentials "
                  "--profile %s --format env)\" (and start without --profile)"),
                name);
    return BROKEN;
}

/* Each of these settings makes AWS's own tools ask a provider that is not here yet. */
static enum outcome needs_role(const struct sources *sources, struct hw_creds *ret HW_UNUSED,
                               struct hw_err *err)
{
    static const char *const settings[] = {"role_arn", "web_identity_token_file", "sso_session",
                                           "sso_start_url"};
    for (size_t i = 0; i < HW_COUNT(settings); i++) {
        if (hw_ini_get(sources->config, settings[i]) ||
            hw_ini_get(sources->credentials, settings[i]))
            return unsupported(sources, settings[i], err);
    }
    return NOT_HERE;
}

static enum outcome needs_process(const struct sources *sources, struct hw_creds *ret HW_UNUSED,
                                  struct hw_err *err)
{
    if (hw_ini_get(sources->config, "credential_process") ||
        hw_ini_get(sources->credentials, "credential_process"))
        return unsupported(sources, "credential_process", err);
    return NOT_HERE;
}

static enum outcome no_profile(const struct sources *sources, struct hw_creds *ret HW_UNUSED,
                               struct hw_err *err)
{
    const struct hw_aws_profile *profile = sources->profile;
    if (sources->config || sources->credentials || strcmp(profile->name, "default") == 0)
        return NOT_HERE;
    hw_fail(err, HW_ERR_AUTH, _("there is no profile '%s' in %s or %s"), profile->name,
            profile->config_path, profile->credentials_path);
    hw_err_next(err, _("Choose another profile with --profile or AWS_PROFILE; "
                       "`aws configure list-profiles` lists them."));
    return BROKEN;
}

/* In the order in which they are asked; the first that has keys, or is broken, ends it. */
static enum outcome (*const providers[])(const struct sources *, struct hw_creds *,
                                         struct hw_err *) = {
    from_environment,      no_profile,    needs_role,
    from_credentials_file, needs_process, from_config_file,
};

bool hw_creds_find(const struct hw_aws_profile *profile, struct hw_creds *ret, struct hw_err *err)
{
    HW_CLEANUP(hw_ini_done) struct hw_ini config = {0};
    HW_CLEANUP(hw_ini_done) struct hw_ini credentials = {0};
    if (!hw_ini_read(profile->config_path, &config, err) ||
        !hw_ini_read(profile->credentials_path, &credentials, err))
        return false;
    struct sources sources = {profile, config_section(&config, profile->name),
                              hw_ini_find(&credentials, NULL, profile->name)};
    for (size_t i = 0; i < HW_COUNT(providers); i++) {
        enum outcome outcome = providers[i](&sources, ret, err);
        if (outcome != NOT_HERE)
            return outcome == FOUND;
    }
    hw_fail(err, HW_ERR_AUTH, _("no AWS credentials were found for profile '%s'"), profile->name);
    return hw_err_next(err, _("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run "
                              "`aws configure`, or choose a profile with --profile."));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/profile.h"

#include "aws/retry.h"
#include "base/file.h"
#include "base/text.h"

const char *hw_aws_env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool hw_aws_is_true(const char *value)
{
    return value && hw_text_equal_nocase(value, "true");
}

static char *file_path(const char *variable, const char *fallback)
{
    const char *path = hw_aws_env(variable);
    return hw_path_expand(path ? path : fallback);
}

static char *config_path(void)
{
    return file_path("AWS_CONFIG_FILE", "~/.aws/config");
}

static char *credentials_path(void)
{
    return file_path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
}

void hw_aws_files_done(struct hw_aws_files *files)
{
    hw_ini_done(&files->config);
    hw_ini_done(&files->credentials);
}

bool hw_aws_files_read(struct hw_aws_files *ret, struct hw_err *err)
{
    struct hw_aws_files files = {0};
    hw_auto_text config = config_path();
    hw_auto_text credentials = credentials_path();
    if (!hw_ini_read(config, &files.config, err) ||
        !hw_ini_read(credentials, &files.credentials, err)) {
        hw_aws_files_done(&files);
        return false;
    }
    *ret = files;
    return true;
}

/* [profile default] comes before [default]; no other name may go without "profile". */
const struct hw_ini_section *hw_aws_files_config(const struct hw_aws_files *files,
                                                 const char *profile)
{
    const struct hw_ini_section *section = hw_ini_find(&files->config, "profile", profile);
    if (!section && strcmp(profile, "default") == 0)
        section = hw_ini_find(&files->config, NULL, profile);
    return section;
}

bool hw_aws_files_has(const struct hw_aws_files *files, const char *profile)
{
    return hw_aws_files_config(files, profile) || hw_ini_find(&files->credentials, NULL, profile);
}

const char *hw_aws_files_get(const struct hw_aws_files *files, const char *profile,
                             const char *name)
{
    const char *value = hw_ini_get(hw_ini_find(&files->credentials, NULL, profile), name);
    if (!value)
        value = hw_ini_get(hw_aws_files_config(files, profile), name);
    return value && *value ? value : NULL;
}

const char *hw_aws_files_setting(const struct hw_aws_files *files, const char *profile,
                                 const char *variable, const char *name)
{
    const char *value = hw_aws_env(variable);
    return value ? value : hw_aws_files_get(files, profile, name);
}

static void add_name(struct hw_strv *names, const char *name)
{
    if (*name && !hw_strv_has(names, name))
        hw_strv_add(names, name);
}

void hw_aws_files_profiles(const struct hw_aws_files *files, struct hw_strv *ret)
{
    if (hw_aws_files_has(files, "default"))
        add_name(ret, "default");
    for (size_t i = 0; i < files->config.count; i++) {
        hw_auto_text name = hw_ini_name_of(&files->config.sections[i], "profile");
        if (name)
            add_name(ret, name);
    }
    for (size_t i = 0; i < files->credentials.count; i++) {
        hw_auto_text name = hw_ini_name_of(&files->credentials.sections[i], NULL);
        add_name(ret, name);
    }
}

const char *hw_aws_files_method(const struct hw_aws_files *files, const char *profile)
{
    static const struct {
        const char *setting, *method;
    } methods[] = {{"web_identity_token_file", "assume-role-with-web-identity"},
                   {"role_arn", "assume-role"},
                   {"sso_account_id", "sso"},
                   {"aws_access_key_id", "keys"},
                   {"login_session", "login"},
                   {"credential_process", "custom-process"}};
    for (size_t i = 0; i < HW_COUNT(methods); i++) {
        if (hw_aws_files_get(files, profile, methods[i].setting))
            return methods[i].method;
    }
    return "-";
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

static void load_services(const struct hw_aws_files *files, struct hw_aws_profile *profile)
{
    static const char suffix[] = ".endpoint_url";
    const char *name = hw_aws_files_get(files, profile->name, "services");
    const struct hw_ini_section *services =
        name ? hw_ini_find(&files->config, "services", name) : NULL;
    for (size_t i = 0; services && i < services->count; i++) {
        const struct hw_ini_property *item = &services->items[i];
        if (!hw_text_ends(item->name, suffix))
            continue;
        hw_strv_take(&profile->service_ids,
                     hw_strndup(item->name, strlen(item->name) - strlen(suffix)));
        hw_strv_add(&profile->service_urls, item->value);
    }
}

static char *copy_or_empty(const char *text)
{
    return hw_strdup(text ? text : "");
}

/* Says what stands there, cleaned, and where. */
static void wrong_setting(const struct hw_aws_files *files, const char *profile,
                          const char *variable, const char *name, struct hw_err *err)
{
    const char *value = hw_aws_files_setting(files, profile, variable, name);
    hw_auto(hw_buf) clean = HW_BUF(256);
    hw_auto(hw_buf) clean_profile = HW_BUF(256);
    hw_text_clean(&clean, value, strnlen(value, 64), false);
    hw_text_clean(&clean_profile, profile, strnlen(profile, 64), false);
    if (hw_aws_env(variable))
        hw_fail(err, HW_ERR_INPUT, _("%s is '%s'"), variable, hw_buf_cstr(&clean));
    else
        hw_fail(err, HW_ERR_INPUT, _("%s of profile '%s' is '%s'"), name,
                hw_buf_cstr(&clean_profile), hw_buf_cstr(&clean));
}

/* "Retry behavior", AWS SDKs and Tools Reference Guide. */
static bool load_retries(const struct hw_aws_files *files, struct hw_aws_profile *profile,
                         struct hw_err *err)
{
    const char *mode = hw_aws_files_setting(files, profile->name, "AWS_RETRY_MODE", "retry_mode");
    const char *most =
        hw_aws_files_setting(files, profile->name, "AWS_MAX_ATTEMPTS", "max_attempts");
    long attempts = HW_RETRY_ATTEMPTS;
    if (mode && strcmp(mode, "standard") != 0 && strcmp(mode, "legacy") != 0 &&
        strcmp(mode, "adaptive") != 0) {
        wrong_setting(files, profile->name, "AWS_RETRY_MODE", "retry_mode", err);
        return hw_err_next(err, _("It can be standard, legacy or adaptive."));
    }
    if (most && !hw_parse_int(most, 1, HW_RETRY_ATTEMPTS_MAX, &attempts)) {
        wrong_setting(files, profile->name, "AWS_MAX_ATTEMPTS", "max_attempts", err);
        return hw_err_next(err, _("It is a whole number from 1 to %d."), HW_RETRY_ATTEMPTS_MAX);
    }
    profile->max_attempts = (unsigned)attempts;
    return true;
}

static void load_settings(const struct hw_aws_files *files, struct hw_aws_profile *profile)
{
    const char *name = profile->name;
    const char *region = hw_aws_env("AWS_REGION");
    if (!region)
        region = hw_aws_files_setting(files, name, "AWS_DEFAULT_REGION", "region");
    profile->region = copy_or_empty(region);
    profile->endpoint_url = copy_or_empty(hw_aws_files_get(files, name, "endpoint_url"));
    profile->ca_bundle =
        copy_or_empty(hw_aws_files_setting(files, name, "AWS_CA_BUNDLE", "ca_bundle"));
    profile->ignore_endpoints = hw_aws_is_true(hw_aws_files_setting(
        files, name, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"));
    profile->fips = hw_aws_is_true(
        hw_aws_files_setting(files, name, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
    profile->dual_stack = hw_aws_is_true(
        hw_aws_files_setting(files, name, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
    load_services(files, profile);
}

static char *profile_name(const char *option_name)
{
    const char *name = option_name && *option_name ? option_name : hw_aws_env("AWS_PROFILE");
    if (!name)
        name = hw_aws_env("AWS_DEFAULT_PROFILE");
    return hw_strdup(name ? name : "default");
}

bool hw_aws_profile_load(const char *option_name, struct hw_aws_profile *ret, struct hw_err *err)
{
    HW_CLEANUP(hw_aws_files_done) struct hw_aws_files files = {0};
    if (!hw_aws_files_read(&files, err))
        return false;
    struct hw_aws_profile profile = {.named_by_option = option_name && *option_name,
                                     .name = profile_name(option_name),
                                     .config_path = config_path(),
                                     .credentials_path = credentials_path()};
    if (!load_retries(&files, &profile, err)) {
        hw_aws_profile_done(&profile);
        return false;
    }
    load_settings(&files, &profile);
    *ret = profile;
    return true;
}

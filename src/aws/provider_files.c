/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stand in the credentials file or the config file. */
#include "aws/provider.h"

static enum hw_outcome half(const char *where, const char *missing, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH, _("%s holds only half of a pair of keys: %s is missing"), where,
            missing);
    hw_err_next(err, _("Set both keys, or neither."));
    return HW_KEYS_BROKEN;
}

static enum hw_outcome from_section(const struct hw_ini_section *section, const char *path,
                                    const char *method, struct hw_creds *ret, struct hw_err *err)
{
    const char *id = hw_ini_get(section, "aws_access_key_id");
    const char *secret = hw_ini_get(section, "aws_secret_access_key");
    if (!id && !secret)
        return HW_KEYS_NONE;
    hw_auto_text where = hw_format("%s [%s]", path, section->name);
    if (!id || !secret || !*id || !*secret)
        return half(where, id && *id ? "aws_secret_access_key" : "aws_access_key_id", err);
    const char *token = hw_ini_get(section, "aws_security_token"); /* its older name comes first */
    if (!token)
        token = hw_ini_get(section, "aws_session_token");
    return hw_creds_set(ret, method, hw_strdup(where), id, secret, token, err) ? HW_KEYS_FOUND
                                                                               : HW_KEYS_BROKEN;
}

static enum hw_outcome start_credentials(struct hw_attempt *attempt, struct hw_creds *ret,
                                         struct hw_err *err)
{
    const struct hw_ini *file = &attempt->lookup->files->credentials;
    return from_section(hw_ini_find(file, NULL, attempt->lookup->profile), file->path,
                        hw_provider_credentials_file.method, ret, err);
}

static enum hw_outcome start_config(struct hw_attempt *attempt, struct hw_creds *ret,
                                    struct hw_err *err)
{
    const struct hw_aws_files *files = attempt->lookup->files;
    return from_section(hw_aws_files_config(files, attempt->lookup->profile), files->config.path,
                        hw_provider_config_file.method, ret, err);
}

const struct hw_provider hw_provider_credentials_file = {.method = "shared-credentials-file",
                                                         .start = start_credentials};
const struct hw_provider hw_provider_config_file = {.method = "config-file", .start = start_config};

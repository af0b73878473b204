/* SPDX-License-Identifier: Apache-2.0 */
/* Settings from the environment and the AWS configuration files ("Settings reference", AWS SDKs
 * and Tools Reference Guide). */
#ifndef HW_AWS_PROFILE_H
#define HW_AWS_PROFILE_H

#include "aws/ini.h"

/* Both files as they are now. They may hold keys: keep them no longer than needed. */
struct hw_aws_files {
    struct hw_ini config, credentials;
};
/* HW_ERR_INPUT with file:line for a malformed file; a missing one is empty. */
bool hw_aws_files_read(struct hw_aws_files *ret, struct hw_err *err);
void hw_aws_files_done(struct hw_aws_files *files);

bool hw_aws_files_has(const struct hw_aws_files *files, const char *profile);
/* A setting of a profile, where the credentials file comes first; borrowed. NULL: absent or
 * empty. */
const char *hw_aws_files_get(const struct hw_aws_files *files, const char *profile,
                             const char *name);
/* The environment variable, else the profile's setting; NULL: neither, or empty. */
const char *hw_aws_files_setting(const struct hw_aws_files *files, const char *profile,
                                 const char *variable, const char *name);
/* The profile's section in the config file; NULL: none. */
const struct hw_ini_section *hw_aws_files_config(const struct hw_aws_files *files,
                                                 const char *profile);
/* The names of all profiles, "default" first, then as they stand in the files. */
void hw_aws_files_profiles(const struct hw_aws_files *files, struct hw_strv *ret);

/* How the profile gets its keys, in the AWS CLI's words ("assume-role"); "-": it does not say. */
const char *hw_aws_files_method(const struct hw_aws_files *files, const char *profile);

/* NULL for a variable that is not set or empty. */
const char *hw_aws_env(const char *name);
/* "true" in any case. */
bool hw_aws_is_true(const char *value);

/* What was asked for and what the files say of it. No keys. */
struct hw_aws_profile {
    char *name;
    bool named_by_option; /* --profile: keys of the environment do not count */
    char *config_path, *credentials_path;
    char *region;       /* of environment or profile; "" = none */
    char *endpoint_url; /* of the profile, "" = none; the environment is endpoint.h's matter */
    struct hw_strv service_ids, service_urls; /* of the profile's [services] section */
    bool ignore_endpoints;                    /* only --endpoint-url counts */
    bool fips, dual_stack;
    char *ca_bundle; /* "" = the system's */
    unsigned max_attempts;
};

/* option_name: --profile, or NULL. HW_ERR_INPUT with file:line for a malformed file, or where
 * max_attempts is no number or retry_mode no mode (standard is what is done for each). A profile
 * that does not exist is found out when its keys are looked for. */
bool hw_aws_profile_load(const char *option_name, struct hw_aws_profile *ret, struct hw_err *err);
void hw_aws_profile_done(struct hw_aws_profile *profile);

#endif

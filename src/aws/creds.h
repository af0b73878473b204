/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and credentials from the environment and the AWS configuration files ("Understand
 * the credential chain" and "Settings reference", AWS SDKs and Tools Reference Guide). */
#ifndef HW_AWS_CREDS_H
#define HW_AWS_CREDS_H

#include "aws/ini.h"
#include "base/secret.h"

/* What was asked for and what the files say of it. No keys. */
struct hw_aws_profile {
    char *name;
    bool named_by_option; /* --profile: keys of the environment do not count */
    char *config_path, *credentials_path;
    char *region;       /* of environment or profile; "" = none */
    char *endpoint_url; /* of the profile, "" = none; the environment is endpoint.h's matter */
    struct hw_strv service_ids, service_urls; /* of the profile's [services] section */
    char *ca_bundle;                          /* "" = the system's */
};

/* option_name: --profile, or NULL. HW_ERR_INPUT with file:line for a malformed file. A profile
 * that does not exist is found out by hw_creds_find. */
bool hw_aws_profile_load(const char *option_name, struct hw_aws_profile *ret, struct hw_err *err);
void hw_aws_profile_done(struct hw_aws_profile *profile);

struct hw_creds {
    char *key_id;
    struct hw_secret *secret;
    struct hw_secret *token; /* NULL: none */
    char *source;            /* "environment", "~/.aws/credentials [ops]" */
    int64_t expires_ms;      /* 0: never or unknown */
};
void hw_creds_done(struct hw_creds *creds);

/* The first provider that has keys. Reads small local files. HW_ERR_AUTH: none has, or the
 * profile needs a provider that this version lacks (the error names both). */
bool hw_creds_find(const struct hw_aws_profile *profile, struct hw_creds *ret, struct hw_err *err);

#endif

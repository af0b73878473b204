/* SPDX-License-Identifier: Apache-2.0 */
/* What a secret that hpcwiz makes must look like, and what is known of one without its value. Knows
 * no network. */
#ifndef HW_SECRETS_POLICY_H
#define HW_SECRETS_POLICY_H

#include "base/secret.h"

enum hw_secret_kind { HW_SECRET_USERNAME, HW_SECRET_PASSWORD };

/* Of the cluster file's key: "secrets.sql_password". */
enum hw_secret_kind hw_secret_kind_of(const char *key);

/* Whether the value fits where the nodes put it: connection strings, command lines and XML take it
 * as it is (no ; ' " { } = and the like), Active Directory finds it complex enough (three of: upper
 * case, lower case, digits, signs), 8 to 127 characters. The sentence never quotes the value. */
bool hw_secret_check(enum hw_secret_kind kind, const struct hw_secret *value, struct hw_err *err);

/* The same as a regular expression for SSM's AllowedPattern: SSM holds every later version of the
 * parameter to it and tells it without telling the value. */
const char *hw_secret_pattern(enum hw_secret_kind kind);
bool hw_secret_pattern_known(const char *pattern);

/* A new password by OpenSSL's generator for secrets (RAND_priv_bytes), 24 characters, more than 140
 * bits. NULL: err. */
struct hw_secret *hw_secret_generate(struct hw_err *err);

enum hw_parameter_state {
    HW_PARAMETER_ASKED, /* no answer yet */
    HW_PARAMETER_MISSING,
    HW_PARAMETER_SECURE, /* SecureString */
    HW_PARAMETER_PLAIN,  /* String: not encrypted */
    HW_PARAMETER_LIST,   /* StringList */
    HW_PARAMETER_FAILED, /* err */
};

struct hw_parameter {
    char *name;
    enum hw_parameter_state state;
    char *key_id; /* that encrypts it; "" */
    bool safe;    /* held to the pattern of a password */
    struct hw_err err;
};

#endif

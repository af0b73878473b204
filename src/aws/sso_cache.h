/* SPDX-License-Identifier: Apache-2.0 */
/* The sign-in that `aws sso login` keeps: ~/.aws/sso/cache/<sha1>.json (the AWS CLI's
 * SSOTokenLoader and SSOTokenProvider). A sign-in that was renewed is written back, whole and
 * private, since with the new one the AWS CLI needs the refresh token that came with it.
 * Nothing else that is secret is ever written. */
#ifndef HW_AWS_SSO_CACHE_H
#define HW_AWS_SSO_CACHE_H

#include <jansson.h>

#include "base/err.h"

struct hw_sso_token {
    char *path;
    json_t *root; /* all that stands in the file; hw_sso_token_done wipes it */
    int64_t expires_ms;
};

/* name: of the sso-session, or the start URL of older profiles. HW_ERR_AUTH: nobody signed in, or
 * the file is of no use. */
bool hw_sso_token_read(const char *name, struct hw_sso_token *ret, struct hw_err *err);
void hw_sso_token_done(struct hw_sso_token *token);
/* "" if it is absent; borrowed. */
const char *hw_sso_token_get(const struct hw_sso_token *token, const char *member);
/* It holds all that a renewal needs, and the registration of the client has not ended. */
bool hw_sso_token_renewable(const struct hw_sso_token *token, int64_t now_ms);
/* Takes the answer of sso-oidc CreateToken over into token and into the file. False: the answer
 * is of no use (token is as it was), or the file could not be written (token is renewed). */
bool hw_sso_token_renew(struct hw_sso_token *token, const json_t *answer, int64_t now_ms,
                        struct hw_err *err);

#endif

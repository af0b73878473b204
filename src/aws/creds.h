/* SPDX-License-Identifier: Apache-2.0 */
/* A pair of keys with what is known of it, and reading it from the answers of those who hand
 * keys out. */
#ifndef HW_AWS_CREDS_H
#define HW_AWS_CREDS_H

#include <jansson.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/xml.h"

#define HW_ANY_REGION                                                                              \
    "us-east-1" /* where none is known: every region can hand out a role's keys                    \
                 */

struct hw_creds {
    char *key_id;
    struct hw_secret *secret;
    struct hw_secret *token; /* NULL: none */
    const char *method;      /* the AWS CLI's word for the provider: "env", "assume-role"; static */
    char *source;            /* for people: "environment", "~/.aws/credentials [ops]" */
    int64_t got_ms;          /* when they were handed out */
    int64_t expires_ms;      /* 0: never or unknown */
    int64_t person_ms;       /* from then on there are newer ones only if somebody signs in or
                              * types a code; 0: as far as known never */
    char *region;            /* where the instance that they belong to runs; NULL: unknown */
};
void hw_creds_done(struct hw_creds *creds);
/* Whether AWS would see the same caller: key id and session token. */
bool hw_creds_same(const struct hw_creds *a, const struct hw_creds *b);

/* Copies the texts; token may be NULL or "". source is taken over, also on failure.
 * HW_ERR_AUTH: too long, or characters that could not stand in a header. */
bool hw_creds_set(struct hw_creds *ret, const char *method, char *source_take, const char *key_id,
                  const char *secret, const char *token, struct hw_err *err);
void hw_creds_copy(const struct hw_creds *from, struct hw_creds *ret);

/* How an answer calls the members of a pair of keys. */
struct hw_creds_names {
    const char *key_id, *secret, *token, *expiration;
};
/* Takes the keys out of object, whose texts it wipes. A time is RFC 3339, or milliseconds since
 * 1970. source as for hw_creds_set. HW_ERR_AUTH: a member is missing or no text; the
 * error never quotes a value. */
bool hw_creds_from_json(json_t *object, const struct hw_creds_names *names, const char *method,
                        char *source_take, struct hw_creds *ret, struct hw_err *err);
/* The same of an answer of STS (AssumeRoleResult and its kin: Credentials). */
bool hw_creds_from_sts(const struct hw_xml *result, const char *method, char *source_take,
                       struct hw_creds *ret, struct hw_err *err);
/* A role session name, where nobody chose one: "hpcwiz-1764322830". The caller's. */
char *hw_creds_session_name(void);
/* Overwrites every text below value: before a document that held secrets is freed. */
void hw_json_wipe(json_t *value);
/* "2026-11-22T20:15:00Z", and with "UTC" instead of "Z" as the AWS CLI's caches have it. */
bool hw_creds_time(const char *text, int64_t *ret_ms);

#endif

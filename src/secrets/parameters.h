/* SPDX-License-Identifier: Apache-2.0 */
/* The SSM parameters that hold the cluster's secrets: whether they exist and of which type, never
 * their values; and the making of missing ones. */
#ifndef HW_SECRETS_PARAMETERS_H
#define HW_SECRETS_PARAMETERS_H

#include "aws/client.h"
#include "model/choice.h"
#include "secrets/policy.h"

struct hw_parameters;

/* changed(data): something is known that was not; from the loop. NULL allowed. aws must outlive. */
struct hw_parameters *hw_parameters_new(struct hw_aws *aws, hw_timer_fn *changed, void *data);
/* Cancels without calling back. NULL allowed. */
void hw_parameters_free(struct hw_parameters *parameters);
/* Forgets what is known (another Region or profile); what is being made goes on. */
void hw_parameters_forget(struct hw_parameters *parameters);

/* Asks for the parameter if it was not asked for yet (ssm:DescribeParameters); names that are
 * wanted soon after each other go out in one request. */
void hw_parameters_want(struct hw_parameters *parameters, const char *name);
/* Borrowed; NULL before the first want. */
const struct hw_parameter *hw_parameters_find(const struct hw_parameters *parameters,
                                              const char *name);
/* The KMS keys that may encrypt a parameter (kms:ListAliases); loading begins with the first call.
 * Borrowed. */
const struct hw_choices *hw_parameters_keys(struct hw_parameters *parameters);

/* Makes the parameter as a SecureString (ssm:PutParameter). One that exists is never overwritten.
 * key_id: "" for the account's own key for SSM. The value is taken and wiped. fn comes once, from
 * the loop; err NULL: made. Not again before that. */
typedef void hw_put_fn(void *data, const struct hw_err *err);
void hw_parameters_put(struct hw_parameters *parameters, const char *name, enum hw_secret_kind kind,
                       struct hw_secret *value_take, const char *key_id, hw_put_fn *fn, void *data);

/* The body of ssm:DescribeParameters for exactly these names (at most 50). */
json_t *hw_parameters_body(const struct hw_strv *names);

#endif

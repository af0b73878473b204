/* SPDX-License-Identifier: Apache-2.0 */
/* The credential chain: providers are asked in the AWS CLI's order; the first that has keys, or
 * should have and fails, ends it ("Standardized credential providers", AWS SDKs and Tools
 * Reference Guide; botocore's create_credential_resolver). */
#ifndef HW_AWS_CHAIN_H
#define HW_AWS_CHAIN_H

#include "aws/provider.h"

struct hw_chain;

struct hw_chain_want {
    const char *profile;
    bool environment, source, anew;   /* as in struct hw_lookup */
    const struct hw_provider *only;   /* credential_source: nobody else is asked; NULL */
    const struct hw_strv *visited;    /* NULL: the chain begins here */
    const struct hw_aws_files *files; /* NULL: they are read; else must outlive the chain */
};

/* Exactly once, from the loop, unless stopped. creds_take: the receiver's, NULL on failure;
 * then err says why, HW_ERR_AUTH as a rule. */
typedef void hw_chain_fn(void *data, struct hw_creds *creds_take, const struct hw_err *err);

struct hw_chain *hw_chain_start(struct hw_aws *aws, const struct hw_chain_want *want,
                                hw_chain_fn *fn, void *data);
void hw_chain_stop(struct hw_chain *chain); /* NULL allowed */

#endif

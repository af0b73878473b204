/* SPDX-License-Identifier: Apache-2.0 */
/* What hands keys out: one provider, one file (provider_*.c). The chain (chain.h) asks them in
 * turn. For the files of this folder. */
#ifndef HW_AWS_PROVIDER_H
#define HW_AWS_PROVIDER_H

#include "aws/creds.h"
#include "aws/profile.h"

struct hw_aws;

/* What is looked for. Lives as long as the chain. */
struct hw_lookup {
    struct hw_aws *aws;               /* its loop and connections; calls to STS go through it */
    const struct hw_aws_files *files; /* as they are now */
    const char *profile;
    bool environment; /* variables that hold keys count: no profile was asked for by --profile */
    bool source;      /* the profile is the source of a role */
    bool anew;        /* AWS refused the last keys: nothing kept on disk will do */
    const struct hw_strv *visited; /* the profiles on the way here, this one included */
};

enum hw_outcome {
    HW_KEYS_NONE,   /* not this provider's matter; err may say a word for the last error */
    HW_KEYS_FOUND,  /* *ret */
    HW_KEYS_BROKEN, /* its matter, but it failed: the chain ends with *err */
    HW_KEYS_LATER,  /* hw_attempt_answer will come */
};

/* One provider being asked. */
struct hw_attempt {
    const struct hw_lookup *lookup;
    void *state; /* the provider's own, between LATER and its answer */
};

struct hw_provider {
    const char *method; /* the AWS CLI's word for it (`aws configure list`, column Type) */
    /* Does not block. */
    enum hw_outcome (*start)(struct hw_attempt *attempt, struct hw_creds *ret, struct hw_err *err);
    /* Ends what is under way and frees the state; only after LATER and before the answer. NULL
     * where LATER never comes. */
    void (*stop)(struct hw_attempt *attempt);
};

/* Exactly once after LATER, from the loop, with the state freed: the attempt ends in here.
 * creds_take for FOUND, err for BROKEN and (may be NULL) NONE. Not for LATER. */
void hw_attempt_answer(struct hw_attempt *attempt, enum hw_outcome outcome,
                       struct hw_creds *creds_take, const struct hw_err *err);

extern const struct hw_provider hw_provider_env, hw_provider_role, hw_provider_web, hw_provider_sso,
    hw_provider_credentials_file, hw_provider_process, hw_provider_config_file,
    hw_provider_container, hw_provider_imds;
/* The region of the EC2 instance that we run on: creds without keys. Asked only by name. */
extern const struct hw_provider hw_provider_imds_region;

#endif

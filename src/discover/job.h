/* SPDX-License-Identifier: Apache-2.0 */
/* Questions with one answer: who we are, and the facts of a finished cluster. */
#ifndef HW_DISCOVER_JOB_H
#define HW_DISCOVER_JOB_H

#include "discover/load.h"

struct hw_job {
    struct hw_discover *discover;
    struct hw_job *previous, *next;
    struct hw_aws_call *call;
    struct hw_timer *timer;
    hw_discover_identity_fn *identity_fn; /* one of the two */
    hw_facts_fn *facts_fn;
    void *data;
    char *subnet;
    struct hw_facts facts;
    struct hw_strv keys, paths; /* of images behind SSM parameters, not yet asked for */
};

struct hw_job *hw_job_new(struct hw_discover *discover, void *data);
/* Takes it off the list and frees it. */
void hw_job_free(struct hw_job *job);
/* True if the choices of the source are loaded whole for the cluster as it is now. */
bool hw_load_is_current(const struct hw_discover *discover, const struct hw_cluster *cluster,
                        enum hw_source source);
/* Cancels all without calling back. */
void hw_jobs_stop(struct hw_discover *discover);

#endif

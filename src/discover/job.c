/* SPDX-License-Identifier: Apache-2.0 */
#include "discover/job.h"

struct hw_job *hw_job_new(struct hw_discover *discover, void *data)
{
    struct hw_job *job = HW_NEW(struct hw_job);
    job->discover = discover;
    job->data = data;
    job->next = discover->jobs;
    if (job->next)
        job->next->previous = job;
    discover->jobs = job;
    return job;
}

void hw_job_free(struct hw_job *job)
{
    if (job->previous)
        job->previous->next = job->next;
    else
        job->discover->jobs = job->next;
    if (job->next)
        job->next->previous = job->previous;
    hw_aws_cancel(job->call);
    hw_timer_cancel(job->timer);
    free(job->subnet);
    hw_strv_done(&job->facts.names);
    hw_strv_done(&job->facts.values);
    hw_strv_done(&job->keys);
    hw_strv_done(&job->paths);
    free(job);
}

void hw_jobs_stop(struct hw_discover *discover)
{
    while (discover->jobs)
        hw_job_free(discover->jobs);
}

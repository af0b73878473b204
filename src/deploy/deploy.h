/* SPDX-License-Identifier: Apache-2.0 */
/* A deployment: change sets for every stack in dependency order, executed, followed to their
 * end, written to the journal as it happens so that it can be taken up again after any
 * interruption. Tells HW_EV_STEP for each stack's progress, HW_EV_STACK for each new stack
 * event, HW_EV_PROGRESS from time to time, HW_EV_NOTICE, and at the end calls fn. All times are the
 * services' (hw_aws_now_ms), so that what a machine with a wrong clock tells is in order. */
#ifndef HW_DEPLOY_DEPLOY_H
#define HW_DEPLOY_DEPLOY_H

#include "aws/client.h"
#include "discover/discover.h"
#include "model/cluster.h"

enum hw_deploy_mode {
    HW_DEPLOY_PLAN,    /* make and show the change sets, delete them again */
    HW_DEPLOY_EXECUTE, /* deploy or update, or go on where an earlier run stopped */
    HW_DEPLOY_FOLLOW,  /* only watch what is running */
    HW_DEPLOY_DESTROY, /* delete in reverse order; data volumes are kept */
    /* Back to what was before, last stacks first: an update under way or one that failed is undone,
     * a rollback that got stuck goes on, a stack that was never whole is deleted. */
    HW_DEPLOY_ROLLBACK,
};

struct hw_deploy_options {
    enum hw_deploy_mode mode;
    bool delete_data;    /* DESTROY: data volumes too */
    bool retry;          /* EXECUTE: stacks whose making failed are deleted and made again */
    bool refresh_images; /* EXECUTE, PLAN: the newest that the public parameters name */
    bool take_over;      /* from a run on another machine that seems to be alive */
    /* Each may be NULL. All are copied. */
    const struct hw_strv *allow_loss; /* EXECUTE: "STACK/RESOURCE" whose data may be lost */
    const struct hw_strv *only;       /* DESTROY, ROLLBACK: names of stacks; NULL or empty: all */
    const struct hw_strv
        *skip; /* ROLLBACK: "RESOURCE" or "STACK/RESOURCE" that stuck ones leave out */
    const char *journal_path; /* NULL: hw_deploy_journal_path(cluster) */
    const char *account;      /* NULL: unknown; a run of another account is not taken up */
    const char *file;         /* the cluster file's path, for hw_deploy_list; NULL: unknown */
    const struct hw_sink *sink;
};

enum hw_deploy_outcome {
    HW_DEPLOY_COMPLETE,   /* every stack is where it should be */
    HW_DEPLOY_NO_CHANGES, /* there was nothing to do */
    HW_DEPLOY_CHANGES,    /* PLAN: there is something to do */
    HW_DEPLOY_DELETED,    /* FOLLOW: stacks were deleted meanwhile, on purpose */
    /* err says which stack and why. Of FOLLOW, when nobody deploys any more: HW_ERR_INTERRUPTED:
     * some stacks are not made; HW_ERR_NOT_FOUND: none is. */
    HW_DEPLOY_FAILED,
    HW_DEPLOY_STOPPED, /* hw_deploy_stop: the stacks go on, we no longer watch */
};

struct hw_deploy;
typedef void hw_deploy_fn(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err);

/* Keeps no reference to cluster after it returned; aws, discover (may be NULL with FOLLOW and
 * DESTROY) and the sink must outlive it. err: another hpcwiz deploys this cluster (HW_ERR_BUSY: who
 * and since when), templates cannot be generated. $HPCWIZ_POLL_MS, when set, is the time between
 * two looks at a stack instead of 2 to 15 s, or longer where many move. */
struct hw_deploy *hw_deploy_start(struct hw_aws *aws, struct hw_discover *discover,
                                  struct hw_loop *loop, const struct hw_cluster *cluster,
                                  const struct hw_deploy_options *options, hw_deploy_fn *fn,
                                  void *data, struct hw_err *err);
/* Stops watching, leaves the stacks to CloudFormation; fn is called with STOPPED. */
void hw_deploy_stop(struct hw_deploy *deploy);
/* Frees; without a prior outcome fn is not called. NULL allowed. */
void hw_deploy_free(struct hw_deploy *deploy);

/* Keeps what was told in the journal of the run, for hw_deploy_replay: the run's own events, and
 * through its owner those of the nodes. Once the run has ended, or where it has no journal
 * (FOLLOW), nothing is kept; how long it may still take is learnt from it all the same. A journal
 * that cannot be written ends the run (HW_ERR_IO) before anything more is sent. */
void hw_deploy_note(struct hw_deploy *deploy, const struct hw_event *event);

/* "<state>/<cluster>-<region>.journal"; the caller's. NULL: err. */
char *hw_deploy_journal_path(const struct hw_cluster *cluster, struct hw_err *err);

/* Deployments that the journals know, newest first, for the start page. deploy/find.h finds those
 * that only the account knows. */
struct hw_deploy_known {
    char *cluster, *region, *file; /* file: the cluster file's path, "" if unknown */
    char *state;                   /* running complete failed interrupted rolled-back deleted */
    struct hw_cluster *answers;    /* of one that only the account knows: enough to follow it */
    int64_t started_ms, last_ms;
};
struct hw_deploy_known *hw_deploy_list(size_t *ret_count); /* the caller's */
void hw_deploy_list_free(struct hw_deploy_known *list, size_t count);

/* The events of an earlier run in their order, as they were told then (to redraw a deployment
 * that was left). */
bool hw_deploy_replay(const char *journal_path, const struct hw_sink *sink, struct hw_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a deployment, for the files of this folder alone. Each stack is a unit: a small state
 * machine with exactly one call or one timer under way. */
#ifndef HW_DEPLOY_RUN_H
#define HW_DEPLOY_RUN_H

#include "base/journal.h"
#include "deploy/deploy.h"
#include "deploy/guess.h"
#include "deploy/pace.h"
#include "deploy/read.h"
#include "template/generate.h"

enum hw_unit_state {
    HW_UNIT_WAITING, /* for the units before it */
    HW_UNIT_WORKING,
    HW_UNIT_DONE,
    HW_UNIT_UNCHANGED,
    HW_UNIT_PLANNED, /* PLAN: it would change */
    HW_UNIT_UNMADE,  /* FOLLOW: it is not there, and nobody deploys */
    HW_UNIT_FAILED,
};

struct hw_unit;
typedef void hw_unit_fn(struct hw_unit *unit);
/* The answer of the unit's call: exactly one of xml and err is NULL. */
typedef void hw_unit_reply_fn(struct hw_unit *unit, const struct hw_xml *xml,
                              const struct hw_err *err);

#define HW_IMAGE_TAG        "hpcwiz:image" /* of a stack: the public parameter that named its image */
#define HW_VOLUME_PARAMETER "DataVolumeSize" /* of a stack: GiB of its data volume */
#define HW_HPC_PARAMETER    "HpcVersion"     /* of a stack: 2016 or 2019 */

/* What the change set would do with a resource. */
struct hw_change {
    char *resource, *type, *physical_id, *properties; /* "ImageId, Tags" */
    enum hw_change_action action;
    bool loses_data;
};

struct hw_unit {
    struct hw_deploy *deploy;
    const struct hw_stack *stack;
    enum hw_unit_state state;
    enum hw_step step; /* told last */
    bool step_told;

    struct hw_aws_call *call;
    hw_unit_reply_fn *reply;
    void (*held)(struct hw_unit *unit, bool alive); /* the answer to hw_unit_ask_holder */
    struct hw_timer *timer;
    hw_unit_fn *next; /* what the timer starts */

    char *stack_id;   /* once known; then the stack is asked for by it */
    char *begun_id;   /* of the stack that the run before a break began to change */
    char *status;     /* StackStatus as last seen; "" = the stack does not exist */
    bool seen;        /* in the list of all stacks that the run began with */
    char *turn;       /* another status than that, of which its events tell since; NULL: none */
    unsigned unasked; /* looks at its events since it was asked for itself */
    char *change_set;
    char *stale_set; /* one that this run made before and did not execute; NULL: none */
    bool found_set;  /* the change set was there before it was asked for */
    char *image_source,
        *image;           /* as the stack was made: the public parameter, the image; or NULL */
    char *volume_gib;     /* of the data volume that the stack has; NULL: it has none */
    char *hpc_version;    /* of HPC Pack that the stack has; NULL: it has none */
    bool creates;         /* the change set makes the stack */
    bool made;            /* there was none before: an empty one that a plan leaves goes again */
    bool acted;           /* this run or the one it takes up has begun to change it, or watched */
    bool executed;        /* its change set, by this very process */
    bool missed;          /* what became of that is not told yet: the run broke off */
    unsigned looks_again; /* how often it began anew after a surprise */
    unsigned spent;       /* change sets of this run's name that were executed already */
    bool gone;            /* FOLLOW: it was there and was deleted meanwhile */
    bool released;        /* FOLLOW: since this was last looked at nobody has been at work */
    bool cleared;         /* EXECUTE: what an earlier failure left of it is being deleted */
    struct hw_change *changes;
    size_t change_count, change_capacity;
    unsigned added, changed, removed;

    int64_t pace_ms;
    unsigned failures;      /* of looks, in a row */
    unsigned deaf;          /* looks for events that failed, in a row */
    char *last_event_id;    /* the newest that was told */
    struct hw_heard *heard; /* not told yet */
    size_t heard_count, heard_capacity;
    char *token;               /* of the next page of events */
    bool last_look;            /* the stack has ended: only its last events are missing */
    char *group, *group_id;    /* its Auto Scaling group: logical id and name; NULL: not seen yet */
    unsigned looks;            /* while the group was known */
    struct hw_strv activities; /* ids of those that were told */
    struct hw_strv held_groups; /* security groups that are being deleted */
    unsigned held_looks;        /* while there were some */
    unsigned held_tries;        /* deletions after the first, once interfaces were released */
    int64_t held_since_ms;      /* since when it is waited for them; monotonic */
    char *held_told;            /* the interfaces that were told last */
    char *reason;               /* the first real cause of a failure */
    struct hw_err err;
};

struct hw_deploy {
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_loop *loop;
    const struct hw_sink *sink;
    hw_deploy_fn *fn;
    void *data;
    enum hw_deploy_mode mode;
    bool delete_data, retry;
    struct hw_strv allow_loss, only, skip;
    struct hw_pace pace;
    struct hw_guess *guess; /* NULL: this run tells of no progress */
    struct hw_timer *progress_timer;

    char *cluster, *region, *bucket, *on_failure, *run_id, *journal_path, *file;
    char *account;       /* NULL: unknown */
    struct hw_strv tags; /* "Key=Value" */
    struct hw_stacks stacks;
    struct hw_fileset files;
    struct hw_unit *units;
    size_t unit_count;
    struct hw_journal *journal;
    bool refresh_images;
    bool take_over, locked; /* locked: the parameter is ours */
    int64_t locked_ms;
    struct hw_aws_call *lock_call;
    struct hw_timer *lock_timer;
    bool resumed;            /* goes on with the run of an earlier process */
    struct hw_strv kept;     /* ids of data volumes that outlive their stack */
    struct hw_strv resolved; /* name of what was asked for, value, ... */
    struct facts_wait *facts;
    struct hw_aws_call *data_call; /* of the run itself, not of a stack */
    char *page_token;              /* of the list that it asks for */
    unsigned pages;                /* of it, so far */
    size_t volume;                 /* of kept, being deleted */
    bool volumes_done;
    unsigned left;     /* things that were told to be left */
    unsigned permille; /* told last */
    enum hw_deploy_outcome left_outcome;

    struct hw_timer *end_timer, *start_timer;
    bool ended;
    enum hw_deploy_outcome outcome;
    struct hw_err err;
    int64_t poll_ms; /* 0: adaptive */
};

/* deploy.c */
/* The stacks are known: all that may start starts. */
void hw_run_begin(struct hw_deploy *deploy);
bool hw_run_backwards(const struct hw_deploy *deploy); /* last stacks first */
/* The unit waits for its turn as if it had not begun. */
void hw_run_turn_back(struct hw_unit *unit);
void hw_run_advance(struct hw_deploy *deploy); /* starts what can start; ends when all is over */
void hw_run_end(struct hw_deploy *deploy, enum hw_deploy_outcome outcome, const struct hw_err *err);

/* stack.c */
void hw_unit_start(struct hw_unit *unit);
void hw_unit_see(struct hw_unit *unit, const struct hw_xml *stack); /* in the list of all stacks */
/* It moves already, by this run before a break or by somebody else: it is followed at once. */
bool hw_unit_is_under_way(const struct hw_unit *unit);
void hw_unit_stop(struct hw_unit *unit); /* cancels what is under way */
void hw_unit_done(struct hw_unit *unit); /* frees its parts */
/* Once the run has ended neither sends nor waits. */
void hw_unit_send(struct hw_unit *unit, struct hw_aws_request *request_take, hw_unit_reply_fn *fn);
void hw_unit_later(struct hw_unit *unit, int64_t delay_ms, hw_unit_fn *next);
void hw_unit_tell(struct hw_unit *unit, enum hw_step step, const char *fmt, ...) HW_PRINTF(3, 4);
void hw_unit_finish(struct hw_unit *unit, enum hw_unit_state state);
void hw_unit_fail(struct hw_unit *unit, const struct hw_err *err);
void hw_unit_look(struct hw_unit *unit); /* DescribeStacks, then what the status asks for */
/* A look failed: again a little later, or (after many) the unit has failed. */
void hw_unit_look_failed(struct hw_unit *unit, const struct hw_err *err, hw_unit_fn *again);
bool hw_unit_absent(const struct hw_err *err); /* "Stack with id X does not exist" */
void hw_unit_follow(struct hw_unit *unit);
int64_t hw_unit_pace(struct hw_unit *unit, bool moved); /* until the next look */

/* plan.c: from the change set on */
void hw_unit_plan(struct hw_unit *unit);
/* Takes the change set away, and the empty stack it made; then the unit fails with unit->err, or
 * ends as planned or unchanged. */
void hw_unit_drop_plan(struct hw_unit *unit);

/* changes.c */
void hw_unit_add_changes(struct hw_unit *unit, const struct hw_xml *xml); /* of one page */
void hw_unit_forget_changes(struct hw_unit *unit);
void hw_unit_tell_changes(struct hw_unit *unit);
/* false: it would lose data that nobody allowed to be lost. */
bool hw_unit_may_change(const struct hw_unit *unit, struct hw_err *err);

/* invalid.c: why CloudFormation refused a change set, at the question it comes from. */
void hw_unit_invalid(struct hw_unit *unit, const char *reason);
/* Puts the question that gives the parameter into err->place, if err names a parameter. */
void hw_unit_place(const struct hw_unit *unit, struct hw_err *err);

/* leftover.c: a stack that has ended badly, and the choices that are left. */
bool hw_unit_is_dead_end(const struct hw_unit *unit, struct hw_err *err);
/* What can be done about a run that ended here, into err->next. */
void hw_unit_choices(const struct hw_unit *unit, struct hw_err *err);
/* EXECUTE with retry: the stack was never whole, so it may be deleted and made again. */
bool hw_unit_can_retry(const struct hw_unit *unit);
void hw_unit_clear(struct hw_unit *unit);

/* rollback.c */
void hw_unit_roll_back(struct hw_unit *unit);

/* events.c: fetches new events, tells them, then goes on with hw_unit_heard_all. */
void hw_unit_listen(struct hw_unit *unit);
void hw_unit_forget_heard(struct hw_unit *unit);
void hw_unit_heard_all(struct hw_unit *unit, bool any); /* stack.c: what follows */

void hw_unit_conclude_badly(struct hw_unit *unit); /* stack.c: it has ended where nobody wants it */

/* interfaces.c: network interfaces that AWS keeps for a while, and what they hold up. */
void hw_unit_learn_held(struct hw_unit *unit, const struct hw_heard *heard);
bool hw_unit_ask_interfaces(struct hw_unit *unit); /* as hw_unit_ask_activities */
bool hw_unit_await_interfaces(
    struct hw_unit *unit); /* a deletion failed; true: it is tried again */

/* activities.c: false: not now; true: asked, and the unit goes on by itself. */
bool hw_unit_ask_activities(struct hw_unit *unit);

/* destroy.c */
void hw_unit_destroy(struct hw_unit *unit);
void hw_unit_delete(struct hw_unit *unit); /* the stack, whatever the run is for */
/* What outlives the stacks is deleted or told of; then the run ends. */
void hw_run_after_destroy(struct hw_deploy *deploy, enum hw_deploy_outcome outcome);

/* others.c: stacks that carry the cluster's tag and that the cluster file does not name (any
 * more); then hw_run_begin. */
void hw_run_find_others(struct hw_deploy *deploy);
/* lock.c: nobody else deploys the cluster; then hw_run_find_others. */
void hw_run_lock(struct hw_deploy *deploy);
void hw_run_unlock(struct hw_deploy *deploy); /* then hw_run_tell_end */
void hw_run_tell_end(struct hw_deploy *deploy);
/* alive: a run with another journal deploys the cluster and has given a sign of life lately. */
void hw_unit_ask_holder(struct hw_unit *unit, void (*fn)(struct hw_unit *unit, bool alive));

/* progress.c: HW_EV_PROGRESS from time to time, of what was fed. */
void hw_run_progress_begin(struct hw_deploy *deploy);
void hw_run_progress_feed(struct hw_deploy *deploy, const struct hw_event *event);
void hw_run_progress_end(struct hw_deploy *deploy);

/* left.c: tells what of the cluster is still there by its tag; then ends the run. */
void hw_run_tell_left(struct hw_deploy *deploy, enum hw_deploy_outcome outcome);

/* journal.c: a record that cannot be written ends the run. */
bool hw_run_journal_begin(struct hw_deploy *deploy, struct hw_err *err);
/* On disk before the account is changed. false: err, and the run has ended. */
bool hw_run_note_step(struct hw_unit *unit, const char *step, struct hw_err *err);
void hw_run_note_end(struct hw_deploy *deploy, const char *outcome);
struct hw_unit *hw_run_unit(struct hw_deploy *deploy, const char *stack); /* NULL: no such stack */
const char *hw_run_mode_word(enum hw_deploy_mode mode);

#endif

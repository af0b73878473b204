/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the scripted CloudFormation share; nobody else. */
#ifndef HW_TESTS_FAKE_CFN_PARTS_H
#define HW_TESTS_FAKE_CFN_PARTS_H

#include <microhttpd.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/mem.h"
#include "fake-cfn.h"

#define STACKS 16
#define EVENTS 64

struct event {
    char *id, *resource, *type, *status, *reason;
};

struct stack {
    char *name, *status, *body, *change_set, *new_body;
    struct hw_strv older_sets; /* not executed; "(deleted)" in place of those that are */
    bool no_change, obsolete;
    unsigned steps;
    struct event events[EVENTS];
    unsigned event_count;
};

struct fake_cfn {
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    struct stack stacks[STACKS];
    unsigned stack_count, throttle, slow, event_id, looks;
    char *fail_suffix, *fail_reason;
    char *refuse_suffix, *refuse_path, *refuse_why;
    struct hw_strv effects; /* actions that took effect */
    pid_t pid;
    unsigned kill_at;
    bool kill_after, killed;
    unsigned random, faults; /* chaos */
    long off_s;              /* of its clock */
    unsigned kept_asks;      /* while an interface is kept */
    bool kept_fails;
    struct hw_strv ids; /* of all events */
    char *lock_value;   /* of the parameter that tells who deploys; NULL: it is not there */
};

/* fake-cfn-stacks.c. name: of a stack, or its id. */
struct stack *fake_stack_find(struct fake_cfn *f, const char *name);
struct stack *fake_stack_make(struct fake_cfn *f, const char *name, const char *status);
void fake_stack_become(struct fake_cfn *f, struct stack *s, const char *status, const char *reason);
void fake_stack_step(struct fake_cfn *f, struct stack *s); /* what a look at it moves */

/* fake-cfn-answers.c. Both return the status of HTTP. */
int fake_answer(struct fake_cfn *f, const char *method, const char *target, const char *body,
                struct hw_buf *out);
int fake_refuse(struct hw_buf *out, const char *code, const char *message);

#endif

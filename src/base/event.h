/* SPDX-License-Identifier: Apache-2.0 */
/* How the core tells. Every room reports what it sees as one of these events to the sink that
 * it was given; the screen draws them, --json prints them (contract section 4), the journal
 * keeps them. All strings are borrowed for the length of the call, UTF-8, already cleaned
 * (hw_text_clean) and free of secrets; an absent text is "" or NULL, both mean absent. */
#ifndef HW_BASE_EVENT_H
#define HW_BASE_EVENT_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

enum hw_event_type {
    HW_EV_CHECK,    /* one pre-flight check */
    HW_EV_STACK,    /* one CloudFormation stack event */
    HW_EV_STEP,     /* a deployment moved to another step for one stack */
    HW_EV_CHANGE,   /* what a change set would do with one resource */
    HW_EV_PROGRESS, /* how far a deployment is, and how long it may still take */
    HW_EV_NODE,     /* a node appeared or changed its state */
    HW_EV_STAGE,    /* a stage line of a node */
    HW_EV_LOG,      /* one line of a node's log */
    HW_EV_FINDING,  /* a cause that was found */
    HW_EV_TEST,     /* what a test on a node has told */
    HW_EV_COST,     /* a part of what the cluster costs, or the sum */
    HW_EV_IDENTITY, /* who we are in the account */
    HW_EV_NOTICE,   /* something a person should know (throttled, clock is off, retrying) */
    HW_EV_RESULT,   /* the end of a command */
};

enum hw_severity { HW_INFO, HW_WARNING, HW_ERROR };
enum hw_check_status { HW_PASS, HW_CHECK_FAIL, HW_SKIPPED };
enum hw_stage_status { HW_STAGE_STARTED, HW_STAGE_DONE, HW_STAGE_FAILED, HW_STAGE_SKIPPED };

/* A step of a deployment, in order; a stack goes through them one by one. */
enum hw_step {
    HW_STEP_WAITING,   /* for the stack before it */
    HW_STEP_PLANNING,  /* the change set is being made */
    HW_STEP_PLANNED,   /* the change set is ready */
    HW_STEP_UNCHANGED, /* nothing to do */
    HW_STEP_EXECUTING, /* CloudFormation works on it */
    HW_STEP_DONE,
    HW_STEP_FAILED,
    HW_STEP_ROLLING_BACK,
    HW_STEP_DELETING,
    HW_STEP_DELETED,
};

/* What happens to a resource when its stack is deployed. */
enum hw_change_action {
    HW_CHANGE_ADD,
    HW_CHANGE_MODIFY,
    HW_CHANGE_REPLACE,
    HW_CHANGE_MAY_REPLACE, /* CloudFormation knows only when it comes to it */
    HW_CHANGE_REMOVE,
};

enum hw_node_state {
    HW_NODE_PENDING,    /* the instance is starting */
    HW_NODE_CONNECTING, /* hpcwiz is trying to reach it */
    HW_NODE_LIVE,       /* its logs are being followed */
    HW_NODE_REBOOTING,  /* it announced a reboot and is away */
    HW_NODE_LOST,       /* the connection broke; trying again */
    HW_NODE_REFUSED,    /* it refused us (401, certificate changed); not trying again */
    HW_NODE_GONE,       /* the instance was terminated */
};

struct hw_ev_check {
    const char *id;
    enum hw_severity severity;
    enum hw_check_status status;
    const char *message, *field, *remedy;
};

struct hw_ev_stack {
    int64_t time_ms;
    const char *stack, *resource, *resource_type, *physical_id, *status, *reason, *event_id;
};

struct hw_ev_step {
    int64_t time_ms;
    const char *stack;
    enum hw_step step;
    const char *message;
};

struct hw_ev_change {
    const char *stack, *resource, *resource_type, *physical_id;
    enum hw_change_action action;
    bool loses_data;        /* what lies on it is gone for the cluster */
    const char *properties; /* names of those that differ, "ImageId, Tags" */
    const char *message;    /* what that means for the cluster, in words */
};

struct hw_ev_progress {
    int64_t time_ms;
    unsigned permille; /* 0 to 1000 */
    int64_t left_ms;   /* a rough guess; -1: there is nothing to guess from yet */
};

struct hw_ev_node {
    int64_t time_ms;
    const char *node;     /* name within the cluster: "sql", "head", "std-01" */
    const char *instance; /* "i-..." */
    const char *role;     /* sql | head | compute */
    const char *group;    /* compute group, or "" */
    const char *address;
    enum hw_node_state state;
    const char *via;    /* winrm | ssh */
    const char *detail; /* why, in words */
};

struct hw_ev_stage {
    int64_t time_ms;
    const char *node, *instance, *role, *stage;
    enum hw_stage_status status;
    int exit_code;
    const char *message;
};

struct hw_ev_log {
    int64_t time_ms; /* of the line itself; 0 = the line carries none and none could be derived */
    const char *node, *instance;
    const char *source; /* the file on the node, short: "install.log", "chainer.txt" */
    uint64_t offset;    /* of the line's first raw byte in that file */
    const char *text;
};

struct hw_evidence {
    const char *source; /* "head · install.log" or "riskgrid-head · events" */
    uint64_t line;      /* counts from 1; 0 = does not apply */
    const char *text;
};

/* What a test on a node says to a question. */
enum hw_answer {
    HW_ANSWER_NONE, /* it was not asked yet */
    HW_ANSWER_YES,
    HW_ANSWER_NO,
    HW_ANSWER_UNKNOWN, /* asked, and it could not be told */
};

struct hw_ev_test {
    int64_t time_ms;
    const char *node, *instance;
    const char *test;           /* its name in the catalogue (diagnose/tests.h) */
    const struct hw_strv *with; /* names and values of its arguments, in turn */
    enum hw_answer answer;
    const char *detail; /* why, in words */
};

/* One question of a finding that is not sure yet; a test on the node answers it. */
struct hw_ev_question {
    const char *text, *node, *test;
    const struct hw_strv *with;
    enum hw_answer answer;
    const char *detail;
    const char *command; /* that asks it in a shell; "" = none */
};

struct hw_ev_finding {
    const char *id, *ref, *node, *stage;
    unsigned confidence; /* percent */
    const char *title, *cause;
    const struct hw_evidence *evidence;
    size_t evidence_count;
    const char *remedy; /* steps, one a line */
    bool explained;     /* another finding explains it: it needs no remedy of its own */
    const char *action; /* a command or "page:field" of the wizard; "" = none */
    const struct hw_ev_question *questions; /* in their order; the last one may be open */
    size_t question_count;
    const char *verdict; /* what their answers come to; "" = nothing yet */
};

struct hw_ev_cost {
    const char *role;                         /* "sql", "head", "compute std", "total" */
    const char *part;                         /* linux windows sql volumes; all: of the sum */
    const char *what;                         /* "r6i.xlarge" */
    long nodes, most;                         /* started at first; at the largest size */
    bool known;                               /* of the sum: nothing in it is unknown */
    int64_t hour_nano, month_nano, most_nano; /* 1e-9 USD: all nodes an hour, a month of 730 hours,
                                                 an hour at the largest size */
    bool at_most;                             /* Spot: never more than that */
    const char *source, *date, *unknown;      /* where the figure is from; why there is none */
};

struct hw_ev_identity {
    const char *account, *arn, *region, *profile, *source; /* source: where the keys came from */
    int64_t expires_ms;                                    /* 0 = never or unknown */
};

struct hw_ev_notice {
    int64_t time_ms;
    enum hw_severity severity;
    const char *text;
};

struct hw_ev_result {
    bool ok;
    const char *command;
    const struct hw_err *err; /* NULL when ok */
    const char *detail_json;  /* further members as a JSON object, or NULL */
};

struct hw_event {
    enum hw_event_type type;
    union {
        struct hw_ev_check check;
        struct hw_ev_stack stack;
        struct hw_ev_step step;
        struct hw_ev_change change;
        struct hw_ev_progress progress;
        struct hw_ev_node node;
        struct hw_ev_stage stage;
        struct hw_ev_log log;
        struct hw_ev_finding finding;
        struct hw_ev_test test;
        struct hw_ev_cost cost;
        struct hw_ev_identity identity;
        struct hw_ev_notice notice;
        struct hw_ev_result result;
    } u;
};

/* Where events go. tell must not block; it may not free the room that calls it. */
struct hw_sink {
    void (*tell)(void *data, const struct hw_event *event);
    void *data;
};

void hw_tell(const struct hw_sink *sink, const struct hw_event *event); /* sink may be NULL */
void hw_tell_notice(const struct hw_sink *sink, enum hw_severity severity, const char *fmt, ...)
    HW_PRINTF(3, 4);

/* One JSON object, without newline, in the form of contract section 4. */
bool hw_event_json(const struct hw_event *event, struct hw_buf *out);
json_t *hw_event_object(const struct hw_event *event); /* the same; the caller's */
/* Tells the event that such an object says; its texts are borrowed from the object, and as clean
 * and free of secrets as it is. False: it is none that a journal or a bundle keeps. */
bool hw_event_read(const json_t *object, const struct hw_sink *sink);

/* The instance of the head node, where the event is of one that is there; or NULL. */
const char *hw_event_head(const struct hw_event *event);

/* The words that JSON, the journal and the stage lines use. */
const char *hw_severity_word(enum hw_severity severity);       /* info warning error */
const char *hw_check_status_word(enum hw_check_status status); /* pass fail skipped */
const char *hw_stage_status_word(enum hw_stage_status status); /* started done failed skipped */
bool hw_stage_status_parse(const char *word, enum hw_stage_status *ret);
const char *hw_step_word(enum hw_step step); /* waiting planning ... */
bool hw_step_parse(const char *word, enum hw_step *ret);
const char *hw_change_word(enum hw_change_action action); /* add modify replace ... */
bool hw_change_parse(const char *word, enum hw_change_action *ret);
const char *hw_node_state_word(enum hw_node_state state); /* pending connecting ... */
bool hw_node_state_parse(const char *word, enum hw_node_state *ret);
const char *hw_answer_word(enum hw_answer answer); /* none yes no unknown */
bool hw_answer_parse(const char *word, enum hw_answer *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the client share. Nobody outside src/aws and its tests includes this. */
#ifndef HW_AWS_PARTS_H
#define HW_AWS_PARTS_H

#include "aws/budget.h"
#include "aws/client.h"
#include "aws/creds.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "net/multi.h"

struct hw_aws_request {
    enum hw_aws_service service;
    char *operation;
    struct hw_strv names, values; /* form fields, query or JSON members */
    struct hw_strv header_names, header_values;
    json_t *json;
    char *method, *path, *content_type, *region;
    struct hw_buf body;
    bool idempotent;
};

/* The request as it goes out, before it is signed. */
struct hw_aws_encoded {
    const char *method;
    struct hw_buf path, query, body; /* path: with the endpoint's prefix */
    const char *content_type;        /* NULL: none */
    char *target;                    /* X-Amz-Target, NULL: none */
};
bool hw_aws_request_encode(const struct hw_aws_request *request, const char *prefix,
                           struct hw_aws_encoded *ret, struct hw_err *err);
void hw_aws_encoded_done(struct hw_aws_encoded *encoded);

enum hw_call_state {
    HW_CALL_WAITING, /* for its timer, then it queues */
    HW_CALL_QUEUED,  /* for the budget */
    HW_CALL_FLYING,
    HW_CALL_FINISHED, /* its callback comes in the next round */
};

/* What came back for one attempt. */
struct hw_aws_answer {
    CURLcode curl;
    char curl_text[CURL_ERROR_SIZE];
    int status;
    struct hw_buf body;
    bool too_big;
    char request_id[128];
    char error_type[128]; /* header x-amzn-errortype */
    int64_t date_ms;      /* header Date, 0 = none */
};

struct hw_aws_call {
    struct hw_aws *aws;
    struct hw_aws_call *previous, *next;
    enum hw_call_state state;
    struct hw_aws_request *request;
    hw_aws_fn *fn;
    void *data;
    struct hw_timer *timer; /* WAITING, FINISHED */

    struct hw_endpoint endpoint;
    struct hw_aws_encoded encoded;
    CURL *easy; /* FLYING */
    struct curl_slist *headers;
    struct hw_aws_answer answer;
    unsigned attempts, throttles;
    bool re_signed;
    int64_t signed_ms, started_ms; /* wall as signed; monotonic */

    struct hw_aws_reply reply;
    struct hw_xml_doc *doc;
    struct hw_err err;
    bool failed;
};

struct hw_aws_tuning {
    long connect_ms, total_ms;
    size_t reply_max;
    double backoff; /* all waits before another attempt are multiplied by it */
};

struct hw_aws {
    struct hw_loop *loop;
    const struct hw_sink *sink;
    char *region, *endpoint_option;
    struct hw_aws_profile profile;
    struct hw_creds creds;
    bool have_creds;
    char *creds_source;
    struct hw_sigv4 *signer;
    struct hw_budget budget;
    int64_t skew_ms;          /* the services' clock minus ours */
    int64_t throttle_told_ms; /* when the last notice was given; 0 = never */
    bool plain_told;
    int log_fd;
    struct hw_aws_tuning tuning;

    struct hw_multi *multi;
    struct hw_timer *pump_timer;
    struct hw_aws_call *calls, *last_call;
    unsigned flying;
};

/* wire.c: one transfer on the loop. */
/* Signs and sends call->encoded; false: err. The end comes as hw_call_ended. */
bool hw_wire_send(struct hw_aws_call *call, struct hw_err *err);
/* Takes the transfer off the loop; nothing if there is none. */
void hw_wire_stop(struct hw_aws_call *call);
/* client.c: an attempt is over; call->answer holds what came. */
void hw_call_ended(struct hw_aws_call *call);

/* reply.c: reads call->answer into call->reply or *err and says how it failed. */
enum hw_failure hw_reply_read(struct hw_aws_call *call, struct hw_err *err);
void hw_reply_done(struct hw_aws_call *call);

/* calllog.c: one line an attempt into --log-file. */
bool hw_calllog_open(struct hw_aws *aws, const char *path, struct hw_err *err);
void hw_calllog_write(const struct hw_aws_call *call, const struct hw_err *err);
void hw_calllog_close(struct hw_aws *aws);

/* For tests of faults: other limits than the ones users get. */
void hw_aws_set_tuning(struct hw_aws *aws, const struct hw_aws_tuning *tuning);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the client share. Nobody outside src/aws and its tests includes this. */
#ifndef HW_AWS_PARTS_H
#define HW_AWS_PARTS_H

#include "aws/budget.h"
#include "aws/chain.h"
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
    bool idempotent, patient;
    enum { HW_SIGN_AS_CLIENT, HW_SIGN_AS_GIVEN, HW_SIGN_NOT } sign;
    struct hw_creds keys; /* HW_SIGN_AS_GIVEN */
    bool secret;          /* request and answer hold secrets: wiped */
    bool whole;           /* body is the JSON of the request as it stands */
};

/* Requests of the credential providers: signed with other keys than the client's (copied; the
 * request is the first thing that these keys are good for), or not at all. What they carry and
 * what comes back is wiped. */
void hw_aws_request_keys(struct hw_aws_request *request, const struct hw_creds *keys);
void hw_aws_request_unsigned(struct hw_aws_request *request);

/* The request as it goes out, before it is signed. */
struct hw_aws_encoded {
    const char *method;
    struct hw_buf path, query, body; /* path: with the endpoint's prefix */
    const char *content_type;        /* NULL: none */
    char *target;                    /* X-Amz-Target, NULL: none */
    bool secret;                     /* body is wiped */
};
bool hw_aws_request_encode(const struct hw_aws_request *request, const char *prefix,
                           struct hw_aws_encoded *ret, struct hw_err *err);
void hw_aws_encoded_done(struct hw_aws_encoded *encoded);

enum hw_call_state {
    HW_CALL_WAITING, /* for its timer, then it queues */
    HW_CALL_KEYLESS, /* for keys */
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
    bool renewed;                  /* it was refused for expired keys once */
    unsigned keys_number;          /* which keys signed it */
    int64_t signed_ms, started_ms; /* wall as signed; monotonic */
    int64_t skew_ms;               /* the client's, when it was signed */

    struct hw_aws_reply reply;
    struct hw_xml_doc *doc;
    struct hw_err err;
    bool failed;
};

struct hw_aws_tuning {
    long connect_ms, total_ms;
    size_t reply_max;
    double backoff; /* all waits before another attempt are multiplied by it */
    bool unpaced;   /* the request budget is not kept */
};

/* The client's keys: keys.c. */
struct hw_keys {
    struct hw_creds creds; /* key_id NULL: none yet */
    unsigned number;       /* counts the different keys there have been */
    bool refused;          /* AWS said that they have expired, in these words: */
    struct hw_err refusal;
    struct hw_chain *chain; /* they are being looked for: once at a time */
    bool region_asked;      /* of the instance, since nobody else knows one: once */
    struct hw_chain *region_chain;
    int64_t tried_ms; /* monotonic: when looking for newer ones ended last; 0: never */
    struct hw_timer *answer_timer;
    struct hw_secret *answer; /* of a person, on its way */
    void (*asked)(void *data, const char *answer);
    void *asked_data;
};

struct hw_aws {
    struct hw_loop *loop;
    const struct hw_sink *sink;
    char *region, *endpoint_option;
    struct hw_aws_profile profile;
    struct hw_keys keys;
    struct hw_aws_asker asker;
    struct hw_sigv4 *signer;
    struct hw_budget budget;
    unsigned hurried; /* requests that left since the last patient one */
    struct hw_retry_quota quota;
    int64_t skew_ms;          /* the services' clock minus ours */
    int64_t clock_off_ms;     /* the services' clock minus ours, as the last answer told it */
    int64_t throttle_told_ms; /* when the last notice was given; 0 = never */
    bool plain_told;
    int log_fd;
    struct hw_aws_tuning tuning;
    long process_ms; /* how long a credential_process may run */

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

/* keys.c */
enum hw_keys_state { HW_KEYS_READY, HW_KEYS_WAIT };
/* Whether a call may be signed now; starts looking for keys where there are none, or none that
 * live long enough. After WAIT hw_calls_keys_ready or hw_calls_keys_failed comes. */
enum hw_keys_state hw_keys_want(struct hw_aws *aws);
/* AWS refused a call that was signed with the keys of that number, since they have expired. */
void hw_keys_refused(struct hw_aws *aws, unsigned number, const struct hw_err *refusal);
void hw_keys_forget(struct hw_aws *aws);
/* For providers: false if nobody can be asked. answered comes once, from the loop, with NULL if
 * there will be no answer; hw_keys_ask_no_more ends the waiting. */
bool hw_keys_ask(struct hw_aws *aws, const char *question,
                 void (*answered)(void *data, const char *answer), void *data);
void hw_keys_ask_no_more(struct hw_aws *aws);
/* client.c: what waits for keys goes on, or fails. */
void hw_calls_keys_ready(struct hw_aws *aws);
void hw_calls_keys_failed(struct hw_aws *aws, const struct hw_err *err);

/* wire.c: header lines, which may hold secrets. */
void hw_headers_add(struct curl_slist **headers, const char *line);
void hw_headers_free(struct curl_slist *headers); /* wipes them */

/* reply.c: reads call->answer into call->reply or *err and says how it failed. */
enum hw_failure hw_reply_read(struct hw_aws_call *call, struct hw_err *err);
void hw_reply_done(struct hw_aws_call *call);

/* calllog.c: one line an attempt into --log-file. */
struct hw_calllog_entry {
    const char *service, *operation;
    int status; /* of HTTP; 0: no answer */
    int64_t ms;
    const char *request_id; /* NULL or "": none */
    unsigned attempt;
    const char *error; /* NULL or "": none */
};
void hw_calllog_line(const struct hw_aws *aws, const struct hw_calllog_entry *entry);
bool hw_calllog_open(struct hw_aws *aws, const char *path, struct hw_err *err);
void hw_calllog_write(const struct hw_aws_call *call, const struct hw_err *err);
void hw_calllog_close(struct hw_aws *aws);

/* For tests of faults: other limits than the ones users get. */
void hw_aws_set_tuning(struct hw_aws *aws, const struct hw_aws_tuning *tuning);

#endif

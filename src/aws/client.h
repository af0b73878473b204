/* SPDX-License-Identifier: Apache-2.0 */
/* One client for all services of one account and region: signs (sigv4.h), sends through one
 * curl_multi on the loop, retries, and hands over the answer. All calls share one request
 * budget. Nothing here blocks. */
#ifndef HW_AWS_CLIENT_H
#define HW_AWS_CLIENT_H

#include <jansson.h>

#include "base/event.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/work.h"
#include "base/xml.h"

struct hw_aws;

/* Asks a person (a code of an MFA device). The answer comes as hw_aws_answer; ask returns at
 * once. One question at a time; it is over when it was answered or done() was called. */
struct hw_aws_asker {
    void (*ask)(void *data, const char *question);
    void (*done)(void *data); /* nobody waits for the answer any more */
    void *data;
};

struct hw_aws_options {
    const char *region;         /* NULL: AWS_REGION, AWS_DEFAULT_REGION, the profile's region */
    const char *profile;        /* NULL: AWS_PROFILE, else "default" */
    const char *endpoint_url;   /* NULL: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL */
    const char *log_file;       /* one line a call, no secret; NULL: none */
    const struct hw_sink *sink; /* notices (throttled, clock off); NULL allowed; must outlive */
    const struct hw_aws_asker *asker; /* copied; NULL: nobody can be asked */
};

/* Reads environment and profile files (blocking reads of small local files only). Credentials
 * are looked for at the first call. NULL: err (HW_ERR_INPUT for a malformed profile file with
 * file:line). work may be NULL. */
struct hw_aws *hw_aws_new(struct hw_loop *loop, struct hw_work *work,
                          const struct hw_aws_options *options, struct hw_err *err);
/* Cancels what is under way without calling back. */
void hw_aws_free(struct hw_aws *aws);

const char *hw_aws_region(const struct hw_aws *aws); /* "" = none known */
const char *hw_aws_profile(const struct hw_aws *aws);
/* Changes the region for calls from now on (the wizard's account page). */
void hw_aws_set_region(struct hw_aws *aws, const char *region);
/* Another profile for calls from now on: its keys, its region where it names one, its settings.
 * The profile as if named by --profile: keys of the environment no longer count. false: err, and
 * nothing has changed. */
bool hw_aws_set_profile(struct hw_aws *aws, const char *name, struct hw_err *err);
/* The names of the profiles in the files, "default" first, and for each how it gets its keys and
 * its region ("sso  eu-central-1"), cleaned. Both lists are the caller's. */
bool hw_aws_profiles(struct hw_strv *ret_names, struct hw_strv *ret_details, struct hw_err *err);
/* The answer to what asker->ask asked; NULL: there will be none. Without a question nothing. */
void hw_aws_answer(struct hw_aws *aws, const char *text);
struct hw_loop *hw_aws_loop(const struct hw_aws *aws);
const struct hw_sink *hw_aws_sink(const struct hw_aws *aws); /* may be NULL */
/* Where the keys came from ("environment", "~/.aws/credentials [ops]"); "" before the first
 * call. */
const char *hw_aws_credentials_source(const struct hw_aws *aws);
/* When the keys end, as wall time; 0: never, unknown, or none yet. They are renewed before. */
int64_t hw_aws_credentials_expiry(const struct hw_aws *aws);
/* From when on there are newer keys only if somebody signs in or types a code; 0: they are renewed
 * by themselves as far as known, or never end. */
int64_t hw_aws_credentials_person(const struct hw_aws *aws);
/* The services' clock minus this machine's as the last answer told it, in milliseconds and to about
 * a second; 0 before the first answer. */
int64_t hw_aws_clock_off_ms(const struct hw_aws *aws);
/* Now by the services' clock, which their events carry, as wall time. Within HW_AWS_CLOCK_SLACK_MS
 * of this machine's clock the two cannot be told apart, and it is this machine's. */
#define HW_AWS_CLOCK_SLACK_MS 3000
int64_t hw_aws_now_ms(const struct hw_aws *aws);
/* Requests of the last second and the budget, for the screen. */
void hw_aws_rate(const struct hw_aws *aws, double *ret_per_second, double *ret_budget);

enum hw_aws_service {
    HW_AWS_STS,
    HW_AWS_EC2,
    HW_AWS_AUTOSCALING,
    HW_AWS_CLOUDFORMATION,
    HW_AWS_IAM,
    HW_AWS_ROUTE53,
    HW_AWS_SSM,
    HW_AWS_S3,
    HW_AWS_SERVICE_QUOTAS,
    HW_AWS_SSO,
    HW_AWS_SSO_OIDC,
    HW_AWS_PRICING, /* in few Regions only: hw_aws_request_region */
    HW_AWS_DS,
    HW_AWS_KMS,
    HW_AWS_LOGS,
    HW_AWS_SERVICE_COUNT,
};

/* Where the service answers, for another program that is to ask it, too; the caller's, or NULL. */
char *hw_aws_endpoint_url(const struct hw_aws *aws, enum hw_aws_service service);

/* A request. Parameters are added in wire form: for query and ec2 services as form fields
 * ("Filter.1.Name"), for json services top-level strings of the body object, for rest services
 * the query. All texts are copied and plain: encoding is the client's work. */
struct hw_aws_request;
struct hw_aws_request *hw_aws_request_new(enum hw_aws_service service, const char *operation);
void hw_aws_param(struct hw_aws_request *request, const char *name, const char *value);
void hw_aws_paramf(struct hw_aws_request *request, const char *value, const char *name_fmt, ...)
    HW_PRINTF(3, 4);
/* SHA-256 of all parameters added so far, in lower-case hex; the caller's. */
char *hw_aws_params_digest(const struct hw_aws_request *request);
void hw_aws_body_json(struct hw_aws_request *request, json_t *body_take);
/* The whole body of a JSON service's request, which holds a secret: kept in memory that is wiped
 * when the request is over, and told to no log. */
void hw_aws_body_secret(struct hw_aws_request *request, const struct hw_secret *body);
/* The answer holds a secret: what is kept of it is wiped when the call is over. */
void hw_aws_secret_reply(struct hw_aws_request *request);
/* path: "/bucket/key" for S3 (always path style), "/2013-04-01/..." for Route 53. */
void hw_aws_rest(struct hw_aws_request *request, const char *method, const char *path);
/* A header beyond those that the client sends itself (S3's "x-amz-..."); signed. */
void hw_aws_header(struct hw_aws_request *request, const char *name, const char *value);
void hw_aws_body(struct hw_aws_request *request, const char *content_type, const void *bytes,
                 size_t count); /* copied */
/* Safe to send twice (reads; writes with a client token): retried after a lost answer. Set by
 * default for Describe, Get, List, Validate and Simulate operations. */
void hw_aws_idempotent(struct hw_aws_request *request);
/* One of very many, that nobody waits for by itself: it leaves when no other request is queued, and
 * leaves half of a burst to those that come meanwhile. So that it leaves at all, one in nine does
 * whatever else is queued. */
void hw_aws_patient(struct hw_aws_request *request);
/* For this request another region than the client's (DescribeRegions when none is known yet). */
void hw_aws_request_region(struct hw_aws_request *request, const char *region);
void hw_aws_request_free(struct hw_aws_request *request); /* one that was never sent */

struct hw_aws_reply {
    int status;
    struct hw_xml *xml; /* the result element (ec2: the response element), or NULL */
    json_t *json;       /* the body of a json service, or NULL */
    const char *request_id;
};

/* Called from the loop exactly once, unless cancelled. Exactly one of reply and err is not NULL;
 * both are borrowed for the call. err->service_code has the service's code, err->what says
 * operation and message. */
typedef void hw_aws_fn(void *data, const struct hw_aws_reply *reply, const struct hw_err *err);

/* Takes the document over: reply->xml and what is below lives as long as it. NULL if there is none
 * (JSON, which has its own references). */
struct hw_xml_doc *hw_aws_reply_keep(const struct hw_aws_reply *reply);

struct hw_aws_call;
/* Takes the request over. The handle is good until the callback ran. */
struct hw_aws_call *hw_aws_send(struct hw_aws *aws, struct hw_aws_request *request_take,
                                hw_aws_fn *fn, void *data);
void hw_aws_cancel(struct hw_aws_call *call); /* NULL allowed; the callback will not come */

#endif

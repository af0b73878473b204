/* SPDX-License-Identifier: Apache-2.0 */
/* One call to one operation of one service: what the dispatcher hands to a handler. */
#ifndef HW_SIM_CALL_H
#define HW_SIM_CALL_H

#include "sim/cloud.h"

enum sim_protocol { SIM_QUERY, SIM_EC2, SIM_JSON, SIM_REST, SIM_S3 };

struct sim_request {
    char *method, *uri; /* the uri as it came: path and query, still encoded */
    json_t *headers;    /* names in lower case; values of repeated names joined by ',' */
    struct hw_buf body;
};

struct sim_call {
    struct sim_cloud *cloud;
    const struct sim_request *request;
    const struct sim_service *service;
    const char *operation, *region;
    const char *path;  /* decoded, without the query */
    const char *tail;  /* REST: what the route's '*' stands for */
    json_t *in;        /* parameters; lists are arrays, structures objects */
    json_t *out;       /* an object; the handler adds the answer's members */
    json_t *headers;   /* of the answer; an object */
    const char *root;  /* REST: name of the answer's root element; NULL: <Operation>Response */
    struct hw_buf raw; /* REST: when not empty the body, instead of out */
    const void *row;   /* the table row's own data */
    int status;        /* 200, or what an error set */
    char code[96];     /* error; "" = none */
    char message[1024];
};

typedef void sim_op_fn(struct sim_call *call);

/* Ends the call with an error: HTTP status, the service's code, a sentence. Returns false. */
bool sim_refuse(struct sim_call *call, int status, const char *code, const char *fmt, ...)
    HW_PRINTF(4, 5);

struct sim_op {
    const char *name;  /* REST: "GET /2013-04-01/hostedzone/" with '*' for one path element */
    const char *route; /* REST only */
    sim_op_fn *fn;
    const void *row;
};

struct sim_service {
    const char *name; /* as in the credential scope */
    enum sim_protocol protocol;
    const char *space;         /* XML name space, or prefix of X-Amz-Target */
    const struct sim_op *ops;  /* both end with a row of NULLs */
    const struct sim_op *more; /* or NULL */
};

extern const struct sim_service sim_sts, sim_iam, sim_ec2, sim_autoscaling, sim_cloudformation,
    sim_ssm, sim_quotas, sim_kms, sim_route53, sim_s3, sim_pricing, sim_ds, sim_logs;

/* The answer's page of a list: items from the caller's token on, at most as many as it asks for
 * in limit_key (or normal), in out[set]; sets out[token_key] when there are more. The list is
 * the caller's. false: the token is not one of ours; the call was refused. */
struct sim_page {
    const char *set, *limit_key, *token_in, *token_out;
    size_t normal, most;
};
bool sim_page(struct sim_call *call, json_t *list, const struct sim_page *page);

/* The text of a required parameter, or NULL after refusing the call as the service does. */
const char *sim_need(struct sim_call *call, const char *key);

#endif

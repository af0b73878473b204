/* SPDX-License-Identifier: Apache-2.0 */
/* Which host answers for a service, and for which region it wants to be signed. */
#ifndef HW_AWS_ENDPOINT_H
#define HW_AWS_ENDPOINT_H

#include "aws/client.h"
#include "aws/profile.h"

enum hw_aws_protocol {
    HW_AWS_QUERY,
    HW_AWS_EC2_QUERY,
    HW_AWS_JSON,
    HW_AWS_REST_XML,
    HW_AWS_REST_JSON
};

/* What the client must know of a service (the service models of the AWS SDKs). */
struct hw_aws_service_info {
    const char *id;      /* as in host names and in the log: "cloudformation" */
    const char *signing; /* as in the signature */
    const char *env;     /* as in AWS_ENDPOINT_URL_<...> and [services]: "CLOUDFORMATION" */
    const char *version; /* the API version of query services; NULL */
    const char *target;  /* the X-Amz-Target prefix of JSON services; NULL */
    enum hw_aws_protocol protocol;
    bool global;   /* one endpoint for the partition */
    bool own_fips; /* its FIPS hosts have names of their own even where the usual ones are FIPS */
};
const struct hw_aws_service_info *hw_aws_service_info(enum hw_aws_service service);

struct hw_endpoint {
    char *url;    /* "https://ec2.eu-central-1.amazonaws.com", without a slash at the end */
    char *host;   /* as the Host header says it: "127.0.0.1:5700" */
    char *prefix; /* path of an endpoint URL that has one, "" */
    char *sign_region;
    bool loopback; /* never through a proxy */
    bool plain;    /* http */
};
void hw_endpoint_done(struct hw_endpoint *endpoint);

/* Order: option, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services section,
 * the profile's endpoint_url, the partition's host (with FIPS and dual stack as the profile says;
 * a URL that was configured is taken as it is). AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true
 * leaves only the option. HW_ERR_INPUT: no region, a malformed region or URL. */
bool hw_endpoint_find(enum hw_aws_service service, const char *region, const char *option,
                      const struct hw_aws_profile *profile, struct hw_endpoint *ret,
                      struct hw_err *err);

/* Regions that an account must enable before it can use them ("Enable or disable AWS Regions",
 * AWS Account Management Guide). A newer one may be missing here. */
bool hw_region_is_opt_in(const char *region);

#endif

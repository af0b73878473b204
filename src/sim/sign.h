/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4 from the side of the service: was this request signed with that key?
 * AWS General Reference, "Signing AWS API requests"; header form only. */
#ifndef HW_SIM_SIGN_H
#define HW_SIM_SIGN_H

#include "sim/call.h"

enum sim_sign {
    SIM_SIGN_OK,
    SIM_SIGN_MISSING,    /* no Authorization */
    SIM_SIGN_INCOMPLETE, /* an Authorization that lacks a part */
    SIM_SIGN_KEY,        /* unknown access key, or a wrong session token */
    SIM_SIGN_MISMATCH,
    SIM_SIGN_EXPIRED, /* signed more than 15 minutes away from now */
    SIM_SIGN_PAYLOAD, /* x-amz-content-sha256 is not the body's hash */
    SIM_SIGN_COUNT,
};

/* "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=.., ..". */
struct sim_scope {
    char key[160], date[16], region[64], service[64];
    char signed_headers[1024], signature[80];
};

enum sim_sign sim_sign_scope(const struct sim_request *request, struct sim_scope *ret);
/* now_ms: wall time. detail: for SIM_SIGN_EXPIRED the sentence of the service. */
enum sim_sign sim_sign_check(const struct sim_cloud *cloud, const struct sim_request *request,
                             const struct sim_scope *scope, int64_t now_ms, struct hw_buf *detail);

#endif

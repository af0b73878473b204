/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to an answer: which service, is the signature right, which operation. */
#ifndef HW_SIM_DISPATCH_H
#define HW_SIM_DISPATCH_H

#include "sim/call.h"
#include "sim/fault.h"

struct sim_answer {
    int status;
    struct hw_buf body;
    json_t *headers;  /* text values */
    int64_t delay_ms; /* before it is sent */
    bool reset;       /* close the connection instead */
    char what[128];   /* "ec2 DescribeVpcs 200", for a trace */
};

void sim_dispatch(struct sim_cloud *cloud, struct sim_faults *faults,
                  const struct sim_request *request, struct sim_answer *ret);
void sim_answer_done(struct sim_answer *answer);
void sim_request_done(struct sim_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* For tests that play AWS themselves: they define the functions of aws/client.h that make a
 * request, this file those that send one, so those of the library are not linked. */
#ifndef HW_TESTS_PLAYED_AWS_H
#define HW_TESTS_PLAYED_AWS_H

#include "aws/client.h"

struct hw_aws_call {
    struct hw_aws_request *request;
    struct hw_timer *timer;
    hw_aws_fn *fn;
    void *data;
};

/* answer is called from the loop for each request that is sent, and tells call->fn; what was asked
 * is given to free_request after it, and when the call is cancelled. */
void played_aws(struct hw_loop *loop, void (*answer)(struct hw_aws_call *call),
                void (*free_request)(struct hw_aws_request *request));

#endif

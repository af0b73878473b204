/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the client: a client whose endpoint is a scripted server on the same loop, with
 * keys in the environment. */
#ifndef HW_TESTS_AWS_FIXTURE_H
#define HW_TESTS_AWS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/parts.h"
#include "tests/unit/scripted.h"

struct aws_fixture {
    struct hw_loop *loop;
    struct scripted server;
    struct hw_sink sink;
    struct hw_buf notices;
    char *folder, *log;
    struct hw_aws *aws;
    int replies, errors;
    struct hw_err err;
    char text[256]; /* what the last reply said */
};

int aws_setup(void **state);
int aws_teardown(void **state);
/* What the server answers from now on; the last scene again and again. */
void aws_script(struct aws_fixture *f, const struct scene *scenes, size_t count);
/* A hw_aws_fn that counts, and keeps the error or the reply's "Value". */
void aws_on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err);
/* Until so many answers have come. */
void aws_run(struct aws_fixture *f, int answers);
/* Sends a request without parameters and waits for its one answer. */
void aws_ask(struct aws_fixture *f, enum hw_aws_service service, const char *operation);

#define VPCS(value)                                                                                \
    "<?xml version=\"1.0\"?><DescribeVpcsResponse "                                                \
    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"                                          \
    "<requestId>r-1</requestId><Value>" value "</Value></DescribeVpcsResponse>"
#define ERROR_EC2(code, message)                                                                   \
    "<Response><Errors><Error><Code>" code "</Code><Message>" message                              \
    "</Message></Error></Errors><RequestID>r-9</RequestID></Response>"
#define ERROR_QUERY(code, message)                                                                 \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message              \
    "</Message></Error><RequestId>r-8</RequestId></ErrorResponse>"

extern const struct scene aws_good; /* DescribeVpcs: "fine" */

#define AWS_CASE(test) cmocka_unit_test_setup_teardown(test, aws_setup, aws_teardown)

#endif

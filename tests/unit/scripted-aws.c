/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/scripted-aws.h"

#include "base/mem.h"

struct hw_aws *scripted_aws(struct scripted *server, struct hw_loop *loop,
                            char *(*answer)(void *data, const char *request), void *data)
{
    struct hw_err err = {0};
    server->answer = answer;
    server->data = data;
    hw_auto_text url = hw_format("http://127.0.0.1:%u", scripted_open(server, loop));
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "x", 1);
    struct hw_aws_options options = {.region = "eu-central-1", .endpoint_url = url};
    struct hw_aws *aws = hw_aws_new(loop, NULL, &options, &err);
    hw_aws_set_tuning(aws, &(struct hw_aws_tuning){2000, 20000, HW_MAX_REPLY, 0.0, true});
    return aws;
}

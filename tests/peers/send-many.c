/* SPDX-License-Identifier: Apache-2.0 */
/* Sends each request of standard input, one JSON object a line, through the client and prints a
 * line for each answer; requests-botocore.py is the service. */
#include <stdio.h>
#include <string.h>

#include "aws/parts.h"

struct run {
    struct hw_aws *aws;
    unsigned sent, answered;
};

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static enum hw_aws_service service_named(const char *id)
{
    enum hw_aws_service service = 0;
    while (strcmp(hw_aws_service_info(service)->id, id) != 0)
        service++;
    return service;
}

static void on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct run *run = data;
    run->answered++;
    if (err)
        printf("error %s\n", err->what);
    else
        printf("ok %d\n", reply->status);
}

static void send_line(struct run *run, json_t *line)
{
    struct hw_aws_request *request =
        hw_aws_request_new(service_named(text(line, "service")), text(line, "operation"));
    json_t *pair;
    size_t i;
    json_array_foreach(json_object_get(line, "params"), i, pair)
        hw_aws_param(request, json_string_value(json_array_get(pair, 0)),
                     json_string_value(json_array_get(pair, 1)));
    json_array_foreach(json_object_get(line, "headers"), i, pair)
        hw_aws_header(request, json_string_value(json_array_get(pair, 0)),
                      json_string_value(json_array_get(pair, 1)));
    if (json_object_get(line, "json"))
        hw_aws_body_json(request, json_incref(json_object_get(line, "json")));
    if (text(line, "method"))
        hw_aws_rest(request, text(line, "method"), text(line, "path"));
    if (text(line, "body"))
        hw_aws_body(request, text(line, "type"), text(line, "body"), strlen(text(line, "body")));
    hw_aws_send(run->aws, request, on_reply, run);
    run->sent++;
}

int main(int argc, char **argv)
{
    struct hw_loop *loop = hw_loop_new(NULL);
    struct run run = {.sent = 0};
    struct hw_err err = {0};
    json_t *line;
    if (argc < 2)
        return 2;
    run.aws = hw_aws_new(
        loop, NULL, &(struct hw_aws_options){.region = "eu-central-1", .endpoint_url = argv[1]},
        &err);
    run.aws->budget.tokens = 1e6; /* how many may leave has a test of its own */
    while ((line = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL))) {
        send_line(&run, line);
        json_decref(line);
        while (run.answered < run.sent) {
            run.aws->budget.tokens = 1e6;
            hw_loop_step(loop, -1);
        }
    }
    hw_aws_free(run.aws);
    hw_loop_free(loop);
    return 0;
}

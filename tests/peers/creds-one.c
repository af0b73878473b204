/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for keys as the client does and prints what it found as one line of JSON, for
 * creds-botocore.py. The values are those of a test. Argument: the profile (--profile), if any;
 * standard input answers questions. */
#include <stdio.h>
#include <string.h>

#include "aws/parts.h"
#include "base/text.h"

struct found {
    bool over;
    json_t *json;
    struct hw_aws *aws;
};

static void set(json_t *json, const char *name, const char *value)
{
    json_object_set_new(json, name, value ? json_string(value) : json_null());
}

static void on_found(void *data, struct hw_creds *creds, const struct hw_err *err)
{
    struct found *found = data;
    found->over = true;
    found->json = json_object();
    if (err) {
        set(found->json, "error", err->what);
        set(found->json, "place", err->place);
        set(found->json, "next", err->next);
        json_object_set_new(found->json, "code", json_integer(err->code));
        return;
    }
    set(found->json, "method", creds->method);
    set(found->json, "source", creds->source);
    set(found->json, "key_id", creds->key_id);
    set(found->json, "secret", hw_secret_bytes(creds->secret));
    set(found->json, "token", creds->token ? hw_secret_bytes(creds->token) : NULL);
    set(found->json, "region", creds->region);
    json_object_set_new(found->json, "expires", json_integer(creds->expires_ms));
    json_object_set_new(found->json, "person", json_integer(creds->person_ms));
    hw_creds_done(creds);
}

static void ask(void *data, const char *question)
{
    struct found *found = data;
    char line[64];
    fprintf(stderr, "%s\n", question);
    if (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        hw_aws_answer(found->aws, line);
    } else {
        hw_aws_answer(found->aws, NULL);
    }
}

int main(int argc, char **argv)
{
    struct found found = {.over = false};
    struct hw_err err = {0};
    struct hw_loop *loop = hw_loop_new(NULL);
    struct hw_aws_asker asker = {.ask = ask, .data = &found};
    struct hw_aws_options options = {.profile = argc > 1 && argv[1][0] ? argv[1] : NULL,
                                     .log_file = getenv("CREDS_ONE_LOG"),
                                     .asker = getenv("CREDS_ONE_ASKS") ? &asker : NULL};
    struct hw_aws *aws = found.aws = hw_aws_new(loop, NULL, &options, &err);
    if (!aws) {
        on_found(&found, NULL, &err);
    } else {
        const char *limit = getenv("CREDS_ONE_PROCESS_MS");
        hw_parse_int(limit ? limit : "", 1, 60000, &aws->process_ms);
        aws->tuning.backoff = 0;
        hw_chain_start(aws,
                       &(struct hw_chain_want){.profile = hw_aws_profile(aws),
                                               .environment = !aws->profile.named_by_option},
                       on_found, &found);
        while (!found.over)
            hw_loop_step(loop, -1);
    }
    char *text = json_dumps(found.json, 0);
    puts(text);
    free(text);
    json_decref(found.json);
    hw_aws_free(aws);
    hw_loop_free(loop);
    return 0;
}

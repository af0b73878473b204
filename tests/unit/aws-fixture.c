/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/aws-fixture.h"

#include "base/clock.h"
#include "base/file.h"

static void on_event(void *data, const struct hw_event *event)
{
    struct aws_fixture *f = data;
    if (event->type == HW_EV_NOTICE)
        hw_buf_print(&f->notices, "%s\n", event->u.notice.text);
}

int aws_setup(void **state)
{
    struct aws_fixture *f = HW_NEW(struct aws_fixture);
    struct hw_err err = {0};
    f->notices = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    f->sink = (struct hw_sink){on_event, f};
    f->loop = hw_loop_new(&err);
    hw_auto_text url = hw_format("http://127.0.0.1:%u", scripted_open(&f->server, f->loop));
    assert_true(hw_dir_private("t-aws-client-", &f->folder, &err));
    f->log = hw_path_join(f->folder, "calls.log");
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("AWS_SESSION_TOKEN", "SESSIONTOKENEXAMPLE", 1);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* never for loopback */
    struct hw_aws_options options = {
        .region = "eu-central-1", .endpoint_url = url, .log_file = f->log, .sink = &f->sink};
    f->aws = hw_aws_new(f->loop, NULL, &options, &err);
    assert_non_null(f->aws);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 20000, 65536, 0.0, false});
    *state = f;
    return 0;
}

int aws_teardown(void **state)
{
    struct aws_fixture *f = *state;
    hw_aws_free(f->aws);
    scripted_close(&f->server);
    hw_loop_free(f->loop);
    hw_dir_remove(f->folder, NULL);
    hw_buf_done(&f->notices);
    free(f->folder);
    free(f->log);
    free(f);
    return 0;
}

void aws_script(struct aws_fixture *f, const struct scene *scenes, size_t count)
{
    f->server.scenes = scenes;
    f->server.scene_count = count;
}

void aws_on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct aws_fixture *f = data;
    assert_true(!reply != !err);
    if (err) {
        f->errors++;
        f->err = *err;
    } else {
        hw_auto_text text = reply->xml ? hw_xml_text(reply->xml, "Value") : hw_strdup("");
        const char *json = json_string_value(json_object_get(reply->json, "Value"));
        f->replies++;
        snprintf(f->text, sizeof f->text, "%s", json ? json : text);
    }
}

void aws_run(struct aws_fixture *f, int answers)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000; /* a watchdog, not a measure */
    while (f->replies + f->errors < answers && hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    assert_int_equal(f->replies + f->errors, answers);
}

void aws_ask(struct aws_fixture *f, enum hw_aws_service service, const char *operation)
{
    hw_aws_send(f->aws, hw_aws_request_new(service, operation), aws_on_reply, f);
    assert_int_equal(f->replies + f->errors, 0); /* never from inside the call */
    aws_run(f, 1);
}

const struct scene aws_good = {"200 OK", "", VPCS("fine"), KEEP};

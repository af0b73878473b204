/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the client's keys: found once for many calls, renewed before they end, looked for
 * anew when AWS says that they have ended, asked of a person, and dropped in the middle. The
 * container provider hands them out, from a server on the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <unistd.h>

#include "aws/parts.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/unit/scripted.h"

#define MINUTE_MS 60000
#define HOUR_MS   (60 * MINUTE_MS)

struct fixture {
    struct hw_loop *loop;
    struct scripted cloud, container;
    struct hw_aws *aws;
    struct hw_sink sink;
    struct hw_aws_asker asker;
    struct hw_buf notices;
    char *folder;
    int region_asked; /* how often the instance was asked for it */
    const char *region;
    int handed;          /* how often the container was asked for keys */
    bool always_same;    /* it hands out the same keys again and again */
    int64_t life_ms;     /* of the keys that it hands out; 0: they never end */
    const char *garbage; /* instead of keys */
    int replies, errors, questions, closed;
    char *question;
    struct hw_err err;
};

static void on_event(void *data, const struct hw_event *event)
{
    struct fixture *f = data;
    if (event->type == HW_EV_NOTICE)
        hw_buf_print(&f->notices, "%s\n", event->u.notice.text);
}

static char *hand_out(void *data, const char *request)
{
    struct fixture *f = data;
    char until[HW_TIME_SIZE] = "";
    if (hw_text_starts(request, "PUT /latest/api/token "))
        return hw_strdup("TOKEN");
    if (hw_text_starts(request, "GET /latest/meta-data/placement/region ")) {
        f->region_asked++;
        assert_non_null(strstr(request, "x-aws-ec2-metadata-token: TOKEN"));
        return hw_strdup(f->region);
    }
    assert_true(hw_text_starts(request, "GET /keys HTTP/1.1\r\n"));
    f->handed++;
    if (f->garbage)
        return hw_strdup(f->garbage);
    if (f->life_ms)
        hw_time_rfc3339(hw_clock_wall_ms() + f->life_ms, until);
    hw_auto_text life = f->life_ms ? hw_format(",\"Expiration\":\"%s\"", until) : hw_strdup("");
    return hw_format("{\"AccessKeyId\":\"ASIAKEYS%d\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"%s}",
                     f->always_same ? 1 : f->handed, life);
}

static void ask(void *data, const char *question)
{
    struct fixture *f = data;
    f->questions++;
    hw_replace(&f->question, question);
}

static void ask_done(void *data)
{
    ((struct fixture *)data)->closed++;
}

static void write_config(struct fixture *f, const char *text)
{
    hw_auto_text path = hw_path_join(f->folder, "config");
    assert_true(hw_file_write(path, text, strlen(text), 0600, NULL));
    setenv("AWS_CONFIG_FILE", path, 1);
}

static void open_client(struct fixture *f, const char *profile, bool can_ask)
{
    struct hw_err err = {0};
    hw_auto_text url = hw_strdup(getenv("AWS_ENDPOINT_URL"));
    hw_aws_free(f->aws);
    f->aws = hw_aws_new(f->loop, NULL,
                        &(struct hw_aws_options){.region = "eu-central-1",
                                                 .profile = profile,
                                                 .endpoint_url = url,
                                                 .sink = &f->sink,
                                                 .asker = can_ask ? &f->asker : NULL},
                        &err);
    assert_non_null(f->aws);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 20000, 65536, 0.0, false});
}

/* On an instance, and nobody says in which region. */
static void open_without_region(struct fixture *f)
{
    struct hw_err err = {0};
    hw_auto_text imds = hw_strdup(getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    *strstr(imds, "/keys") = '\0';
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("AWS_EC2_METADATA_DISABLED");
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds, 1);
    hw_aws_free(f->aws);
    f->aws = hw_aws_new(f->loop, NULL, &(struct hw_aws_options){.sink = &f->sink}, &err);
    assert_non_null(f->aws);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 20000, 65536, 0.0, false});
}

static const struct scene good = {
    "200 OK", "", "<DescribeVpcsResponse><Value>fine</Value></DescribeVpcsResponse>", KEEP};
static const struct scene expired = {
    "400 Bad Request", "",
    "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the "
    "request is expired</Message></Error></ErrorResponse>",
    KEEP};
static const struct scene assumed = {
    "200 OK", "",
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2039-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
    "</AssumeRoleResponse>",
    KEEP};

static void script(struct fixture *f, const struct scene *scenes, size_t count)
{
    f->cloud.scenes = scenes;
    f->cloud.scene_count = count;
    f->cloud.played = 0;
}

static int setup(void **state)
{
    struct fixture *f = HW_NEW(struct fixture);
    f->notices = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    f->sink = (struct hw_sink){on_event, f};
    f->asker = (struct hw_aws_asker){ask, ask_done, f};
    f->loop = hw_loop_new(NULL);
    f->life_ms = 6 * HOUR_MS;
    f->container.answer = hand_out;
    f->container.data = f;
    assert_true(hw_dir_private("t-aws-keys-", &f->folder, NULL));
    hw_auto_text url = hw_format("http://127.0.0.1:%u", scripted_open(&f->cloud, f->loop));
    hw_auto_text keys =
        hw_format("http://127.0.0.1:%u/keys", scripted_open(&f->container, f->loop));
    static const char *const unset[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN", "AWS_PROFILE"};
    for (size_t i = 0; i < HW_COUNT(unset); i++)
        unsetenv(unset[i]);
    setenv("HOME", f->folder, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", keys, 1);
    setenv("AWS_ENDPOINT_URL", url, 1);
    write_config(f, "");
    open_client(f, NULL, false);
    script(f, &good, 1);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hw_aws_free(f->aws);
    scripted_close(&f->cloud);
    scripted_close(&f->container);
    hw_loop_free(f->loop);
    hw_dir_remove(f->folder, NULL);
    hw_buf_done(&f->notices);
    free(f->folder);
    free(f->question);
    free(f);
    return 0;
}

static void on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct fixture *f = data;
    assert_true(!reply != !err);
    f->replies += reply != NULL;
    f->errors += err != NULL;
    if (err)
        f->err = *err;
}

static void send_out(struct fixture *f)
{
    hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply, f);
}

/* A watchdog, not a measure. */
static void run(struct fixture *f, const int *count, int until)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000;
    while (*count < until && hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    assert_int_equal(*count, until);
}

static void expect_signer(const struct fixture *f, size_t request, const char *key_id)
{
    hw_auto_text credential = hw_format("Credential=%s/", key_id);
    assert_true(request < f->cloud.seen_count);
    if (!strstr(f->cloud.seen[request], credential))
        fail_msg("request %zu is not signed by %s", request, key_id);
}

/* As if they had been handed out an hour ago. */
static void let_end_in(struct fixture *f, int64_t left_ms)
{
    struct hw_creds *creds = &f->aws->keys.creds;
    creds->got_ms = hw_clock_wall_ms() - HOUR_MS;
    creds->expires_ms = hw_clock_wall_ms() + left_ms;
    f->aws->keys.tried_ms = 0;
}

static void first_call(struct fixture *f)
{
    send_out(f);
    run(f, &f->replies, 1);
    expect_signer(f, 0, "ASIAKEYS1");
    assert_int_equal(f->handed, 1);
}

static void test_found_once_for_many(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 6; i++)
        send_out(f);
    run(f, &f->replies, 6);
    assert_int_equal(f->handed, 1);
    assert_string_equal(hw_aws_credentials_source(f->aws), "the container's role");
    int64_t left_ms = hw_aws_credentials_expiry(f->aws) - hw_clock_wall_ms();
    assert_true(left_ms > 5 * HOUR_MS && left_ms <= 6 * HOUR_MS);
    assert_int_equal(hw_aws_credentials_person(f->aws), 0);
}

static void test_region_of_the_instance(void **state)
{
    struct fixture *f = *state;
    f->region = "eu-west-3\n";
    open_without_region(f);
    send_out(f);
    send_out(f);
    run(f, &f->replies, 2);
    assert_string_equal(hw_aws_region(f->aws), "eu-west-3");
    assert_int_equal(f->region_asked, 1);
    assert_non_null(strstr(f->cloud.seen[0], "/eu-west-3/ec2/aws4_request"));
    expect_signer(f, 0, "ASIAKEYS1"); /* the container's keys */
}

static void test_no_region_anywhere(void **state)
{
    struct fixture *f = *state;
    f->region = "";
    open_without_region(f);
    send_out(f);
    run(f, &f->errors, 1);
    assert_non_null(strstr(f->err.what, "region"));
    send_out(f);
    run(f, &f->errors, 2);
    assert_int_equal(f->region_asked, 1); /* and not for every call */
    assert_int_equal(f->handed, 1);
}

static void test_renewed_by_the_way(void **state)
{
    struct fixture *f = *state;
    first_call(f);
    let_end_in(f, 12 * MINUTE_MS);
    send_out(f);
    run(f, &f->replies, 2);
    expect_signer(f, 1, "ASIAKEYS1"); /* nobody waits */
    run(f, &f->handed, 2);
    while (f->aws->keys.chain)
        hw_loop_step(f->loop, 1000);
    send_out(f);
    run(f, &f->replies, 3);
    expect_signer(f, 2, "ASIAKEYS2");
    assert_int_equal(f->handed, 2);
}

static void test_waited_for_at_the_end(void **state)
{
    struct fixture *f = *state;
    first_call(f);
    let_end_in(f, 5 * MINUTE_MS);
    send_out(f);
    send_out(f);
    run(f, &f->replies, 3);
    expect_signer(f, 1, "ASIAKEYS2");
    expect_signer(f, 2, "ASIAKEYS2");
    assert_int_equal(f->handed, 2);
}

static void test_old_ones_do_while_they_live(void **state)
{
    struct fixture *f = *state;
    first_call(f);
    let_end_in(f, 5 * MINUTE_MS);
    f->garbage = "<html>";
    send_out(f);
    send_out(f);
    run(f, &f->replies, 3);
    expect_signer(f, 1, "ASIAKEYS1");
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "could not be renewed"));
    assert_int_equal(f->handed, 2); /* and not again for a minute */
}

static void test_ended_and_no_new_ones(void **state)
{
    struct fixture *f = *state;
    first_call(f);
    let_end_in(f, -MINUTE_MS);
    f->garbage = "{}";
    send_out(f);
    run(f, &f->errors, 1);
    assert_int_equal(f->err.code, HW_ERR_AUTH);
    assert_int_equal(hw_err_exit_status(&f->err), 4);
}

static void test_short_lives(void **state)
{
    struct fixture *f = *state;
    f->life_ms = 4 * MINUTE_MS; /* always within the usual windows */
    for (int i = 1; i <= 5; i++) {
        send_out(f);
        run(f, &f->replies, i);
    }
    assert_int_equal(f->handed, 1);
}

static void test_refused_once_for_two(void **state)
{
    struct fixture *f = *state;
    const struct scene scenes[] = {expired, expired, good};
    script(f, scenes, 3);
    send_out(f);
    send_out(f);
    run(f, &f->replies, 2);
    assert_int_equal(f->handed, 2);
    expect_signer(f, 2, "ASIAKEYS2");
    expect_signer(f, 3, "ASIAKEYS2");
}

static void test_refused_and_no_newer(void **state)
{
    struct fixture *f = *state;
    f->always_same = true;
    script(f, &expired, 1);
    send_out(f);
    run(f, &f->errors, 1);
    assert_int_equal(f->err.code, HW_ERR_AUTH);
    assert_string_equal(f->err.service_code, "ExpiredToken");
    assert_int_equal(f->cloud.played, 1);
    f->always_same = false; /* somebody signed in: the next call finds out */
    script(f, &good, 1);
    send_out(f);
    run(f, &f->replies, 1);
    expect_signer(f, 1, "ASIAKEYS3");
}

static void test_refused_for_ever(void **state)
{
    struct fixture *f = *state;
    script(f, &expired, 1);
    send_out(f);
    run(f, &f->errors, 1);
    assert_int_equal(f->cloud.played, 2); /* new keys were tried once */
}

#define MFA_ROLE                                                                                   \
    "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a\n"               \
    "mfa_serial = arn:aws:iam::123456789012:mfa/anna\n"                                            \
    "[profile a]\naws_access_key_id = AKIASOURCE\naws_secret_access_key = s\n"

static void test_code_is_asked(void **state)
{
    struct fixture *f = *state;
    const struct scene scenes[] = {assumed, good};
    write_config(f, MFA_ROLE);
    open_client(f, "r", true);
    script(f, scenes, 2);
    send_out(f);
    send_out(f);
    run(f, &f->questions, 1);
    assert_non_null(strstr(f->question, "arn:aws:iam::123456789012:mfa/anna"));
    assert_int_equal(f->cloud.played, 0);
    hw_aws_answer(f->aws, " 123456 ");
    assert_int_equal(f->cloud.played, 0); /* never from inside the call */
    run(f, &f->replies, 2);
    assert_non_null(strstr(f->cloud.seen[0], "&TokenCode=123456"));
    assert_non_null(
        strstr(f->cloud.seen[0], "&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fanna"));
    expect_signer(f, 0, "AKIASOURCE");
    expect_signer(f, 1, "ASIAROLE");
    expect_signer(f, 2, "ASIAROLE");
    assert_int_equal(f->questions, 1);
    assert_true(hw_aws_credentials_person(f->aws) > 0);
    assert_int_equal(hw_aws_credentials_person(f->aws), hw_aws_credentials_expiry(f->aws));
}

static void test_no_code(void **state)
{
    struct fixture *f = *state;
    static const char *const answers[] = {NULL, "", "12345", "12345x", "1234567890123456"};
    write_config(f, MFA_ROLE);
    for (size_t i = 0; i < HW_COUNT(answers); i++) {
        open_client(f, "r", true);
        send_out(f);
        run(f, &f->questions, (int)i + 1);
        hw_aws_answer(f->aws, answers[i]);
        run(f, &f->errors, (int)i + 1);
        assert_int_equal(f->err.code, HW_ERR_AUTH);
        assert_true(f->err.next[0]);
        assert_int_equal(f->cloud.played, 0);
    }
}

static void test_nobody_to_ask(void **state)
{
    struct fixture *f = *state;
    write_config(f, MFA_ROLE);
    open_client(f, "r", false);
    send_out(f);
    run(f, &f->errors, 1);
    assert_int_equal(hw_err_exit_status(&f->err), 4);
    assert_non_null(strstr(f->err.what, "nobody can be asked"));
    assert_non_null(strstr(f->err.next, "--profile r"));
}

/* What stands in the files reaches a person, but never the terminal as it is. */
static void test_hostile_profile(void **state)
{
    struct fixture *f = *state;
    write_config(f, "[profile r]\nrole_arn = arn:x\nsource_profile = \x1b]0;gone\a\n"
                    "[profile m]\nrole_arn = arn:x\nsource_profile = a\nmfa_serial = a\x1b[31mb\n"
                    "[profile a]\naws_access_key_id = A\naws_secret_access_key = s\n");
    open_client(f, "r", true);
    send_out(f);
    run(f, &f->errors, 1);
    assert_non_null(strstr(f->err.what, "gone"));
    assert_null(strchr(f->err.what, '\x1b'));
    open_client(f, "m", true);
    send_out(f);
    run(f, &f->questions, 1);
    assert_null(strchr(f->question, '\x1b'));
    hw_aws_answer(f->aws, NULL);
    run(f, &f->errors, 2);
    assert_null(strchr(f->err.what, '\x1b'));
}

static void test_other_profile_while_asking(void **state)
{
    struct fixture *f = *state;
    write_config(f, MFA_ROLE);
    open_client(f, "r", true);
    send_out(f);
    run(f, &f->questions, 1);
    assert_true(hw_aws_set_profile(f->aws, "a", NULL));
    assert_int_equal(f->closed, 1);
    hw_aws_answer(f->aws, "123456"); /* too late: nobody waits for it */
    run(f, &f->replies, 1);
    expect_signer(f, 0, "AKIASOURCE");
    assert_string_equal(hw_aws_profile(f->aws), "a");
    struct hw_err err = {0};
    write_config(f, "[profile a]\nnonsense\n");
    assert_false(hw_aws_set_profile(f->aws, "r", &err));
    assert_non_null(strstr(err.place, "config:2"));
    assert_string_equal(hw_aws_profile(f->aws), "a");
}

static void write_program(struct fixture *f, const char *text)
{
    hw_auto_text path = hw_path_join(f->folder, "program");
    hw_auto_text config = hw_format("[default]\ncredential_process = %s\n", path);
    assert_true(hw_file_write(path, text, strlen(text), 0700, NULL));
    write_config(f, config);
    open_client(f, NULL, false);
    f->aws->process_ms = 300;
}

static void expect_refusal(struct fixture *f, const char *program, const char *part)
{
    write_program(f, program);
    int errors = f->errors;
    send_out(f);
    run(f, &f->errors, errors + 1);
    assert_int_equal(f->err.code == HW_ERR_LIMIT ? HW_ERR_AUTH : f->err.code, HW_ERR_AUTH);
    if (!strstr(f->err.what, part))
        fail_msg("'%s' is not in: %s", part, f->err.what);
    assert_null(strstr(f->err.what, "hunter2"));
    assert_true(f->err.next[0]);
}

static void test_programs(void **state)
{
    struct fixture *f = *state;
    expect_refusal(f, "#!/bin/sh\nsleep 1000\n", "within");
    expect_refusal(f, "#!/bin/sh\ntrap '' TERM HUP INT\nwhile :; do sleep 1; done\n", "within");
    expect_refusal(f, "#!/bin/sh\nexec cat /dev/zero\n", "more than 64 KiB");
    expect_refusal(f, "#!/bin/sh\necho hunter2\n", "no JSON");
    expect_refusal(f, "#!/bin/sh\necho hunter2 >&2; exit 7\n", "status 7");
    expect_refusal(f, "#!/bin/sh\nkill -9 $$\n", "signal 9");
    assert_int_equal(dup2(STDERR_FILENO, 57), 57); /* as a socket of libcurl: not closed on exec */
    expect_refusal(f, "#!/bin/sh\n[ -e /proc/self/fd/57 ] || exit 7\n", "status 7");
    close(57);
    expect_refusal(f, "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"hunter2\"}'\n",
                   "SecretAccessKey");
    expect_refusal(f,
                   "#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"a\\\\r\\\\nhunter2: x\","
                   "\"SecretAccessKey\":\"x\"}'\n",
                   "characters");
    assert_int_equal(f->cloud.played, 0);
}

/* It has ended, but what it started holds its output open. */
static void test_program_with_children(void **state)
{
    struct fixture *f = *state;
    write_program(
        f, "#!/bin/sh\nsleep 5 &\n"
           "echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROG\",\"SecretAccessKey\":\"x\"}'\n");
    f->aws->process_ms = 60000;
    send_out(f);
    run(f, &f->replies, 1);
    expect_signer(f, 0, "AKIAPROG");
}

/* Whatever is under way when the client goes: nothing calls back, nothing is left behind. */
static void test_freed_in_the_middle(void **state)
{
    struct fixture *f = *state;
    send_out(f);
    hw_aws_free(f->aws); /* the chain has not begun */
    f->aws = NULL;
    open_client(f, NULL, false);
    send_out(f);
    hw_loop_step(f->loop, 1000);
    hw_loop_step(f->loop, 1000);
    hw_aws_free(f->aws); /* the container is being asked */
    f->aws = NULL;
    write_program(f, "#!/bin/sh\nsleep 1000\n");
    send_out(f);
    while (!f->aws->keys.chain)
        hw_loop_step(f->loop, 1000);
    hw_loop_step(f->loop, 1000);
    hw_aws_free(f->aws); /* a program runs */
    f->aws = NULL;
    write_config(f, MFA_ROLE);
    open_client(f, "r", true);
    send_out(f);
    run(f, &f->questions, 1);
    hw_aws_answer(f->aws, "123456");
    hw_aws_free(f->aws); /* an answer is on its way */
    f->aws = NULL;
    static const struct scene silent = {"200 OK", "", "", HOLD};
    script(f, &silent, 1);
    open_client(f, "r", true);
    send_out(f);
    run(f, &f->questions, 2);
    hw_aws_answer(f->aws, "123456");
    while (!f->cloud.played)
        hw_loop_step(f->loop, 1000);
    hw_aws_free(f->aws); /* STS is being asked */
    f->aws = NULL;
    assert_int_equal(f->replies + f->errors, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_once_for_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_region_of_the_instance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_region_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_renewed_by_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waited_for_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_old_ones_do_while_they_live, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ended_and_no_new_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_lives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_once_for_two, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_and_no_newer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(test_code_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_code, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_to_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_profile_while_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_program_with_children, setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_in_the_middle, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

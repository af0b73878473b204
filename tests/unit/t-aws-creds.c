/* SPDX-License-Identifier: Apache-2.0 */
/* Who wins among the environment and the two files, and what the errors say; endpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/parts.h"
#include "base/file.h"
#include "base/text.h"

static char *folder;

static void write_file(const char *name, const char *variable, const char *text)
{
    hw_auto_text path = hw_path_join(folder, name);
    assert_true(hw_file_write(path, text, strlen(text), 0600, NULL));
    setenv(variable, path, 1);
}

static void files(const char *config, const char *credentials)
{
    write_file("config", "AWS_CONFIG_FILE", config);
    write_file("credentials", "AWS_SHARED_CREDENTIALS_FILE", credentials);
}

static int setup(void **state HW_UNUSED)
{
    static const char *const names[] = {
        "AWS_ACCESS_KEY_ID",    "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",    "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",  "AWS_REGION",
        "AWS_DEFAULT_REGION",   "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_SSM", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_CA_BUNDLE",        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_ROLE_ARN",         "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_MAX_ATTEMPTS",     "AWS_RETRY_MODE"};
    for (size_t i = 0; i < HW_COUNT(names); i++)
        unsetenv(names[i]);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    files("", "");
    return 0;
}

static int group_setup(void **state HW_UNUSED)
{
    return hw_dir_private("t-aws-creds-", &folder, NULL) ? 0 : -1;
}

static int group_teardown(void **state HW_UNUSED)
{
    hw_dir_remove(folder, NULL);
    free(folder);
    return 0;
}

struct found {
    bool over;
    struct hw_creds *creds;
    struct hw_err *err;
};

static void on_found(void *data, struct hw_creds *creds_take, const struct hw_err *err)
{
    struct found *found = data;
    assert_false(found->over);
    assert_true(!creds_take != !err);
    found->over = true;
    if (creds_take)
        *found->creds = *creds_take;
    else if (found->err)
        *found->err = *err;
}

/* Asks the chain as the client does. */
static bool find(const char *option, struct hw_creds *creds, struct hw_err *err)
{
    struct found found = {.creds = creds, .err = err};
    struct hw_loop *loop = hw_loop_new(NULL);
    struct hw_aws *aws = hw_aws_new(loop, NULL, &(struct hw_aws_options){.profile = option}, err);
    if (aws) {
        hw_chain_start(aws,
                       &(struct hw_chain_want){.profile = hw_aws_profile(aws),
                                               .environment = !aws->profile.named_by_option},
                       on_found, &found);
        assert_false(found.over); /* never from inside the call */
        while (!found.over)
            hw_loop_step(loop, 1000);
    }
    hw_aws_free(aws);
    hw_loop_free(loop);
    return creds->key_id != NULL;
}

static void expect_key(const char *option, const char *key_id)
{
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    if (!find(option, &creds, &err))
        fail_msg("%s", err.what);
    assert_string_equal(creds.key_id, key_id);
    hw_creds_done(&creds);
}

static void expect_error(const char *option, enum hw_code code, const char *part)
{
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    assert_false(find(option, &creds, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.what, part) && !strstr(err.place, part))
        fail_msg("'%s' is not in: %s: %s", part, err.place, err.what);
    if (code == HW_ERR_AUTH && !strstr(err.what, "too long"))
        assert_true(err.next[0]);
}

#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = s\n"

static void test_environment_first(void **state HW_UNUSED)
{
    struct hw_creds creds = {0};
    files("", "[default]\n" KEYS("FILE") "[ops]\n" KEYS("OPS"));
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "top", 1);
    setenv("AWS_SESSION_TOKEN", "tok", 1);
    setenv("AWS_PROFILE", "ops", 1);
    assert_true(find(NULL, &creds, NULL));
    assert_string_equal(creds.key_id, "ENV");
    assert_string_equal(hw_secret_bytes(creds.secret), "top");
    assert_string_equal(hw_secret_bytes(creds.token), "tok");
    assert_string_equal(creds.source, "environment");
    hw_creds_done(&creds);
    expect_key("ops", "OPS"); /* --profile leaves the environment's keys out */
}

static void test_half_a_pair(void **state HW_UNUSED)
{
    files("", "[default]\n" KEYS("FILE") "[half]\naws_access_key_id = X\n");
    expect_error("half", HW_ERR_AUTH, "aws_secret_access_key");
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    expect_error(NULL, HW_ERR_AUTH, "AWS_SECRET_ACCESS_KEY");
}

static void test_file_order(void **state HW_UNUSED)
{
    files("[default]\n" KEYS("CONFIG") "[profile only]\n" KEYS("ONLY") "[nope]\n" KEYS("NOPE"),
          "[default]\n" KEYS("CRED"));
    expect_key(NULL, "CRED");
    expect_key("only", "ONLY");
    expect_error("nope", HW_ERR_AUTH, "nope"); /* in config a profile is called so */
    files("[default]\n" KEYS("A") "[profile default]\n" KEYS("B"), "");
    expect_key(NULL, "B");
}

static void test_nothing_found(void **state HW_UNUSED)
{
    expect_error(NULL, HW_ERR_AUTH, "'default'");
    expect_error("gone", HW_ERR_AUTH, "'gone'");
    files("[default\n", "");
    expect_error(NULL, HW_ERR_INPUT, "config:1");
}

static void test_too_long(void **state HW_UNUSED)
{
    hw_auto_text long_text = hw_alloc(HW_MAX_SECRET + 2);
    memset(long_text, 'x', HW_MAX_SECRET + 1);
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", long_text, 1);
    expect_error(NULL, HW_ERR_AUTH, "too long");
}

static void expect_region(const char *option, const char *region)
{
    struct hw_aws_profile profile = {0};
    assert_true(hw_aws_profile_load(option, &profile, NULL));
    assert_string_equal(profile.region, region);
    hw_aws_profile_done(&profile);
}

static void test_region_order(void **state HW_UNUSED)
{
    files("[default]\nregion = eu-west-1 # note\n[profile b]\nregion = eu-west-2\n", "");
    expect_region(NULL, "eu-west-1");
    expect_region("b", "eu-west-2");
    setenv("AWS_DEFAULT_REGION", "us-east-2", 1);
    expect_region("b", "us-east-2");
    setenv("AWS_REGION", "us-west-2", 1);
    expect_region(NULL, "us-west-2");
}

static void expect_attempts(const char *option, unsigned attempts)
{
    struct hw_aws_profile profile = {0};
    assert_true(hw_aws_profile_load(option, &profile, NULL));
    assert_int_equal(profile.max_attempts, attempts);
    hw_aws_profile_done(&profile);
}

static void expect_no_profile(const char *option, const char *what)
{
    struct hw_aws_profile profile = {0};
    struct hw_err err = {0};
    assert_false(hw_aws_profile_load(option, &profile, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    assert_string_equal(err.what, what);
    assert_true(err.next[0]);
}

static void test_attempts(void **state HW_UNUSED)
{
    files("[default]\nregion = eu-west-1\n[profile b]\nmax_attempts = 7\nretry_mode = adaptive\n"
          "[profile c]\nmax_attempts = many\n[profile d]\nretry_mode = bold\x1b\n",
          "");
    expect_attempts(NULL, 3);
    expect_attempts("b", 7);
    expect_no_profile("c", "max_attempts of profile 'c' is 'many'");
    expect_no_profile("d", "retry_mode of profile 'd' is 'bold␛'");
    setenv("AWS_MAX_ATTEMPTS", "2", 1);
    expect_attempts("b", 2);
    expect_attempts("c", 2);
    setenv("AWS_MAX_ATTEMPTS", "0", 1);
    expect_no_profile("b", "AWS_MAX_ATTEMPTS is '0'");
}

static void expect_url(enum hw_aws_service service, const char *region, const char *option,
                       const char *url, const char *sign_region)
{
    struct hw_aws_profile profile = {0};
    struct hw_endpoint endpoint = {0};
    struct hw_err err = {0};
    assert_true(hw_aws_profile_load(NULL, &profile, NULL));
    if (!hw_endpoint_find(service, region, option, &profile, &endpoint, &err))
        fail_msg("%s", err.what);
    assert_string_equal(endpoint.url, url);
    assert_string_equal(endpoint.sign_region, sign_region);
    hw_endpoint_done(&endpoint);
    hw_aws_profile_done(&profile);
}

static void test_hosts(void **state HW_UNUSED)
{
    static const char r[] = "eu-central-1";
    expect_url(HW_AWS_EC2, r, NULL, "https://ec2.eu-central-1.amazonaws.com", r);
    expect_url(HW_AWS_STS, r, NULL, "https://sts.eu-central-1.amazonaws.com", r);
    expect_url(HW_AWS_S3, r, NULL, "https://s3.eu-central-1.amazonaws.com", r);
    expect_url(HW_AWS_IAM, r, NULL, "https://iam.amazonaws.com", "us-east-1");
    expect_url(HW_AWS_ROUTE53, "", NULL, "https://route53.amazonaws.com", "us-east-1");
    expect_url(HW_AWS_SSM, "cn-north-1", NULL, "https://ssm.cn-north-1.amazonaws.com.cn",
               "cn-north-1");
    expect_url(HW_AWS_IAM, "cn-north-1", NULL, "https://iam.cn-north-1.amazonaws.com.cn",
               "cn-north-1");
    expect_url(HW_AWS_ROUTE53, "cn-north-1", NULL, "https://route53.amazonaws.com.cn",
               "cn-northwest-1");
    expect_url(HW_AWS_IAM, "us-gov-east-1", NULL, "https://iam.us-gov.amazonaws.com",
               "us-gov-west-1");
}

static void test_url_order(void **state HW_UNUSED)
{
    static const char r[] = "eu-central-1";
    files("[default]\nendpoint_url = http://profile:1\nservices = s\n"
          "[services s]\nec2 =\n  endpoint_url = http://services:2/\n",
          "");
    expect_url(HW_AWS_SSM, r, NULL, "http://profile:1", r);
    expect_url(HW_AWS_EC2, r, NULL, "http://services:2", r);
    setenv("AWS_ENDPOINT_URL", "http://env:3", 1);
    expect_url(HW_AWS_EC2, r, NULL, "http://env:3", r);
    setenv("AWS_ENDPOINT_URL_SSM", "https://ssm.example:4/base/", 1);
    expect_url(HW_AWS_SSM, r, NULL, "https://ssm.example:4", r);
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
    expect_url(HW_AWS_SSM, r, NULL, "https://ssm.eu-central-1.amazonaws.com", r);
    expect_url(HW_AWS_SSM, r, "http://127.0.0.1:5", "http://127.0.0.1:5", r);
}

static void expect_bad_url(const char *region, const char *option, const char *part)
{
    struct hw_aws_profile profile = {0};
    struct hw_endpoint endpoint = {0};
    struct hw_err err = {0};
    assert_true(hw_aws_profile_load(NULL, &profile, NULL));
    assert_false(hw_endpoint_find(HW_AWS_EC2, region, option, &profile, &endpoint, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    assert_non_null(strstr(err.what, part));
    hw_aws_profile_done(&profile);
}

static void test_bad_endpoints(void **state HW_UNUSED)
{
    expect_bad_url("", NULL, "no AWS region");
    expect_bad_url("evil.example.com/", NULL, "evil.example.com/");
    expect_bad_url("-x", NULL, "-x");
    expect_bad_url("eu-central-1", "ftp://host", "ftp://host");
    expect_bad_url("eu-central-1", "not a url", "not a url");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_environment_first, setup),
        cmocka_unit_test_setup(test_half_a_pair, setup),
        cmocka_unit_test_setup(test_file_order, setup),
        cmocka_unit_test_setup(test_nothing_found, setup),
        cmocka_unit_test_setup(test_too_long, setup),
        cmocka_unit_test_setup(test_region_order, setup),
        cmocka_unit_test_setup(test_attempts, setup),
        cmocka_unit_test_setup(test_hosts, setup),
        cmocka_unit_test_setup(test_url_order, setup),
        cmocka_unit_test_setup(test_bad_endpoints, setup),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

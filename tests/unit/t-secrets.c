/* SPDX-License-Identifier: Apache-2.0 */
/* What a secret must look like, what is known of parameters, and the one request that carries a
 * value. tests/peers/secret-values.py looks for values where none may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <regex.h>

#include "aws/parts.h"
#include "base/clock.h"
#include "base/text.h"
#include "secrets/parameters.h"
#include "secrets/values.h"
#include "tests/unit/scripted-aws.h"

#define VALUE "Zebra-Quagga-4711"

/* ---- Policy ---- */

static struct hw_secret *secret(const char *text)
{
    struct hw_secret *value = hw_secret_new(text, strlen(text));
    assert_non_null(value);
    return value;
}

static bool fits(enum hw_secret_kind kind, const char *text)
{
    struct hw_err err = {0};
    struct hw_secret *value = secret(text);
    bool ok = hw_secret_check(kind, value, &err);
    hw_secret_free(value);
    assert_true(ok || err.what[0]);
    if (!ok && *text)
        assert_null(strstr(err.what, text));
    return ok;
}

static bool matches(enum hw_secret_kind kind, const char *text)
{
    regex_t expression;
    assert_int_equal(regcomp(&expression, hw_secret_pattern(kind), REG_EXTENDED | REG_NOSUB), 0);
    bool found = regexec(&expression, text, 0, NULL, 0) == 0;
    regfree(&expression);
    return found;
}

static void only_safe_values_fit(void **state HW_UNUSED)
{
    static const char *const good[] = {VALUE, "Aa345678", "aB!#*+,./:?@_~-9"};
    static const char *const bad[] = {
        "semi;colonA1", "quo'teA1xx",       "quo\"teA1xx", "br{aceA1xx", "br}aceA1xx",
        "equ=alsA1x",   "K\xC3\xA4seA1xxx", "bl ankA1xx",  "do$larA1xx", "per%centA1",
        "back`tickA1",  "am&persandA1",     "pi|peA1xxx",  "less<A1xxxx"};
    for (size_t i = 0; i < HW_COUNT(good); i++) {
        assert_true(fits(HW_SECRET_PASSWORD, good[i]));
        assert_true(matches(HW_SECRET_PASSWORD, good[i]));
    }
    for (size_t i = 0; i < HW_COUNT(bad); i++) {
        assert_false(fits(HW_SECRET_PASSWORD, bad[i]));
        assert_false(matches(HW_SECRET_PASSWORD, bad[i]));
    }
    assert_false(fits(HW_SECRET_PASSWORD, ""));
    assert_false(fits(HW_SECRET_PASSWORD, "Aa34567"));
    assert_false(fits(HW_SECRET_PASSWORD, "alllowercase"));
    assert_true(fits(HW_SECRET_USERNAME, "CORP\\svc-hpc"));
    assert_true(matches(HW_SECRET_USERNAME, "CORP\\svc-hpc"));
    assert_true(fits(HW_SECRET_USERNAME, "svc@corp.example.internal"));
    assert_false(fits(HW_SECRET_USERNAME, "svc hpc"));
    assert_int_equal(hw_secret_kind_of("secrets.sql_username"), HW_SECRET_USERNAME);
    assert_int_equal(hw_secret_kind_of("secrets.certificate_password"), HW_SECRET_PASSWORD);
}

static void a_nul_inside_does_not_pass(void **state HW_UNUSED)
{
    struct hw_secret *value = hw_secret_new("Aa345678\0x", 10);
    assert_false(hw_secret_check(HW_SECRET_PASSWORD, value, NULL));
    hw_secret_free(value);
}

static void generated_ones_fit_and_differ(void **state HW_UNUSED)
{
    struct hw_secret *before = NULL;
    for (int i = 0; i < 200; i++) {
        struct hw_secret *value = hw_secret_generate(NULL);
        assert_non_null(value);
        assert_int_equal(hw_secret_length(value), 24);
        assert_true(hw_secret_check(HW_SECRET_PASSWORD, value, NULL));
        assert_true(hw_secret_bytes(value)[0] >= 'A');
        if (before)
            assert_false(hw_secret_equal(before, value));
        hw_secret_free(before);
        before = value;
    }
    hw_secret_free(before);
}

static void a_growing_secret_is_bounded(void **state HW_UNUSED)
{
    struct hw_secret *value = hw_secret_begin();
    char block[256];
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < HW_MAX_SECRET / sizeof block; i++)
        assert_true(hw_secret_add(value, block, sizeof block));
    assert_false(hw_secret_add(value, "y", 1));
    hw_secret_cut(value, 3);
    assert_string_equal(hw_secret_bytes(value), "xxx");
    assert_true(hw_secret_add(value, "y", 1));
    assert_string_equal(hw_secret_bytes(value), "xxxy");
    hw_secret_free(value);
}

/* ---- Parameters ---- */

struct fixture {
    struct hw_loop *loop;
    struct scripted server;
    struct hw_aws *aws;
    struct hw_parameters *parameters;
    const char *put_answer;
    char *put;
    unsigned described, changed;
    bool done, failed;
    struct hw_err err;
};

static char *answer(void *data, const char *request)
{
    struct fixture *f = data;
    if (strstr(request, "PutParameter")) {
        hw_replace(&f->put, strstr(request, "\r\n\r\n") + 4);
        return hw_strdup(f->put_answer);
    }
    if (strstr(request, "ListAliases"))
        return hw_strdup(
            "{\"Aliases\":[{\"AliasName\":\"alias/aws/s3\"},{\"AliasName\":\"alias/aws/ssm\"},"
            "{\"AliasName\":\"alias/own\"},{\"AliasName\":7},null]}");
    if (strstr(request, "/v/known"))
        return hw_strdup("{\"Parameter\":{\"Name\":\"/v/known\",\"Value\":\"Numbat-77\"}}");
    if (strstr(request, "/v/denied"))
        return hw_strdup("!{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    if (strstr(request, "/v/missing"))
        return hw_strdup("!{\"__type\":\"ParameterNotFound\"}");
    f->described += strstr(request, "DescribeParameters") != NULL;
    return hw_strdup(
        "{\"Parameters\":[{\"Name\":\"/a\",\"Type\":\"SecureString\",\"KeyId\":\"alias/own\","
        "\"AllowedPattern\":\"^[A-Za-z0-9!#*+,./:?@_~-]{8,127}$\"},"
        "{\"Name\":\"/b\",\"Type\":\"String\"},{\"Name\":\"/c\",\"Type\":\"StringList\"},"
        "{\"Name\":\"/stranger\",\"Type\":\"String\"},{\"Name\":3},null]}");
}

static void on_changed(void *data)
{
    struct fixture *f = data;
    f->changed++;
}

static int setup(void **state)
{
    struct fixture *f = HW_NEW(struct fixture);
    struct hw_err err = {0};
    f->loop = hw_loop_new(&err);
    f->put_answer = "{\"Version\":1}";
    f->aws = scripted_aws(&f->server, f->loop, answer, f);
    f->parameters = hw_parameters_new(f->aws, on_changed, f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hw_parameters_free(f->parameters);
    hw_aws_free(f->aws);
    scripted_close(&f->server);
    hw_loop_free(f->loop);
    free(f->put);
    free(f);
    return 0;
}

static void step_until(struct fixture *f, const bool *done, unsigned changed)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000; /* a watchdog, not a measure */
    while (!(done && *done) && !(changed && f->changed >= changed) &&
           hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
}

static enum hw_parameter_state state_of(struct fixture *f, const char *name)
{
    const struct hw_parameter *known = hw_parameters_find(f->parameters, name);
    assert_non_null(known);
    return known->state;
}

static void names_are_looked_up_together(void **state)
{
    struct fixture *f = *state;
    assert_null(hw_parameters_find(f->parameters, "/a"));
    static const char *const names[] = {"/a", "/b", "/c", "/d", "/a", ""};
    for (size_t i = 0; i < HW_COUNT(names); i++)
        hw_parameters_want(f->parameters, names[i]);
    assert_int_equal(state_of(f, "/a"), HW_PARAMETER_ASKED);
    step_until(f, NULL, 1);
    assert_int_equal(f->described, 1);
    assert_int_equal(state_of(f, "/a"), HW_PARAMETER_SECURE);
    assert_int_equal(state_of(f, "/b"), HW_PARAMETER_PLAIN);
    assert_int_equal(state_of(f, "/c"), HW_PARAMETER_LIST);
    assert_int_equal(state_of(f, "/d"), HW_PARAMETER_MISSING);
    assert_true(hw_parameters_find(f->parameters, "/a")->safe);
    assert_false(hw_parameters_find(f->parameters, "/b")->safe);
    assert_null(hw_parameters_find(f->parameters, "/stranger"));
}

static void keys_are_offered(void **state)
{
    struct fixture *f = *state;
    const struct hw_choices *keys = hw_parameters_keys(f->parameters);
    assert_int_equal(keys->count, 1); /* the account's own is always there */
    step_until(f, NULL, 1);
    assert_int_equal(keys->count, 2);
    assert_true(keys->items[0].best);
    assert_string_equal(keys->items[1].value, "alias/own");
}

static void on_put(void *data, const struct hw_err *err)
{
    struct fixture *f = data;
    f->done = true;
    f->failed = err != NULL;
    if (err)
        f->err = *err;
}

static void put(struct fixture *f, enum hw_secret_kind kind, const char *value, const char *key)
{
    f->done = false;
    hw_parameters_put(f->parameters, "/d", kind, secret(value), key, on_put, f);
    assert_false(f->done);
    step_until(f, &f->done, 0);
    assert_true(f->done);
}

static void the_request_carries_the_value_once(void **state)
{
    struct fixture *f = *state;
    put(f, HW_SECRET_PASSWORD, VALUE, "alias/own");
    assert_false(f->failed);
    json_t *body = json_loads(f->put, 0, NULL);
    assert_non_null(body);
    static const char *const members[][2] = {
        {"Name", "/d"},
        {"Type", "SecureString"},
        {"Value", VALUE},
        {"KeyId", "alias/own"},
        {"AllowedPattern", "^[A-Za-z0-9!#*+,./:?@_~-]{8,127}$"}};
    for (size_t i = 0; i < HW_COUNT(members); i++)
        assert_string_equal(json_string_value(json_object_get(body, members[i][0])), members[i][1]);
    assert_null(json_object_get(body, "Overwrite"));
    json_decref(body);
    put(f, HW_SECRET_USERNAME, "CORP\\svc", "");
    body = json_loads(f->put, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(body, "Value")), "CORP\\svc");
    assert_null(json_object_get(body, "KeyId"));
    json_decref(body);
}

static void what_is_refused_is_not_sent(void **state)
{
    struct fixture *f = *state;
    put(f, HW_SECRET_PASSWORD, "semi;colon-A1", "");
    assert_true(f->failed);
    assert_null(f->put);
}

static void an_answer_does_not_repeat_the_value(void **state)
{
    struct fixture *f = *state;
    f->put_answer = "!{\"__type\":\"ValidationException\",\"message\":\"Value '" VALUE
                    "' failed to satisfy constraint\"}";
    put(f, HW_SECRET_PASSWORD, VALUE, "");
    assert_true(f->failed);
    assert_null(strstr(f->err.what, VALUE));
    assert_non_null(strstr(f->err.what, "ValidationException"));
    f->put_answer = "!{\"__type\":\"ParameterAlreadyExists\",\"message\":\"exists\"}";
    put(f, HW_SECRET_PASSWORD, VALUE, "");
    assert_int_equal(f->err.code, HW_ERR_BUSY);
    assert_non_null(strstr(f->err.what, "left as it is"));
}

static void freed_while_asked(void **state)
{
    struct fixture *f = *state;
    hw_parameters_want(f->parameters, "/a");
    hw_parameters_keys(f->parameters);
    hw_parameters_put(f->parameters, "/d", HW_SECRET_PASSWORD, secret(VALUE), "", on_put, f);
    hw_loop_step(f->loop, 10);
    hw_parameters_free(f->parameters);
    f->parameters = NULL;
    for (int i = 0; i < 5; i++)
        hw_loop_step(f->loop, 10);
    assert_false(f->done);
}

/* ---- Values ---- */

struct told {
    char value[64];
    bool done;
    struct hw_values_result result;
    char why[768];
};

static void on_value(void *data, const char *bytes, size_t n)
{
    struct told *told = data;
    memcpy(told->value, bytes, n < sizeof told->value ? n : sizeof told->value - 1);
}

static void on_values(void *data, const struct hw_values_result *result)
{
    struct told *told = data;
    told->done = true;
    told->result = *result;
    if (result->err)
        snprintf(told->why, sizeof told->why, "%s", result->err->what);
}

/* What may be read is known, what is not there is no loss, and a denial is told. */
static void values_are_read_where_they_may_be(void **state)
{
    struct fixture *f = *state;
    struct told told = {.done = false};
    hw_auto(hw_strv) names = {0};
    hw_strv_add(&names, "/v/known");
    hw_strv_add(&names, "/v/denied");
    hw_strv_add(&names, "/v/missing");
    struct hw_values_handler handler = {on_value, on_values, &told};
    struct hw_values *values = hw_values_read(f->aws, &names, &handler);
    for (int i = 0; i < 2000 && !told.done; i++)
        hw_loop_step(f->loop, 10);
    assert_true(told.done);
    assert_string_equal(told.value, "Numbat-77");
    assert_int_equal(told.result.known, 1);
    assert_int_equal(told.result.refused, 1);
    assert_non_null(strstr(told.why, "GetParameter"));
    hw_values_free(values);
    values = hw_values_read(f->aws, &names, &handler);
    hw_loop_step(f->loop, 10);
    hw_values_free(values); /* while it is asked */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_safe_values_fit),
        cmocka_unit_test(a_nul_inside_does_not_pass),
        cmocka_unit_test(generated_ones_fit_and_differ),
        cmocka_unit_test(a_growing_secret_is_bounded),
        cmocka_unit_test_setup_teardown(names_are_looked_up_together, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_are_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(the_request_carries_the_value_once, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_refused_is_not_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_does_not_repeat_the_value, setup, teardown),
        cmocka_unit_test_setup_teardown(freed_while_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(values_are_read_where_they_may_be, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

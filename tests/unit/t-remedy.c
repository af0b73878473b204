/* SPDX-License-Identifier: Apache-2.0 */
/* What is advised: questions and their answers, steps that can be done, where actions lead, and
 * what is told before anything has failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/unit/rule-examples.h"

static void log_line(struct hw_diagnose *d, const char *node, const char *text)
{
    rule_log(d, node, "install.log", text);
}

static void tell_node(struct hw_diagnose *d, const char *instance, enum hw_node_state state)
{
    hw_diagnose_feed(d, &(struct hw_event){.type = HW_EV_NODE,
                                           .u.node = {.time_ms = 1,
                                                      .node = "std-01",
                                                      .instance = instance,
                                                      .role = "compute",
                                                      .state = state}});
}

static bool tell_answer(struct hw_diagnose *d, const char *instance, const char *test,
                        enum hw_answer answer, const char *name, const char *value,
                        const char *name2, const char *value2)
{
    hw_auto(hw_strv) with = {0};
    const char *texts[] = {name2, value2, name, value}; /* not in the order of the rule */
    for (size_t i = name2 ? 0 : 2; i < HW_COUNT(texts); i++)
        hw_strv_add(&with, texts[i]);
    return hw_diagnose_feed(d, &(struct hw_event){.type = HW_EV_TEST,
                                                  .u.test = {.node = "std-01",
                                                             .instance = instance,
                                                             .test = test,
                                                             .with = &with,
                                                             .answer = answer,
                                                             .detail = "so it is"}});
}

#define HEAD "headnode.hpc.example.internal"

/* Each answer leads to the next question, the last one to cause, remedy and action. */
static void test_path(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    tell_node(d, "i-1", HW_NODE_LIVE);
    log_line(d, "std-01",
             "2026-11-22T20:50:00.000Z HPCWIZ stage=wait-head status=started code=0 msg=\"\"");
    log_line(d, "std-01", "Test-Path : \\\\headnode\\REMINST\\Setup.exe is not reachable");
    log_line(d, "std-01",
             "2026-11-22T21:50:00.000Z HPCWIZ stage=wait-head status=failed code=1 msg=\"\"");
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->id, "share-unreachable");
    assert_int_equal(f->question_count, 0); /* where the head node is, is not known */
    hw_diagnose_fact(d, "head_host", "old.example.internal");
    hw_diagnose_fact(d, "head_host", HEAD);
    f = hw_diagnose_at(d, 0);
    assert_int_equal(f->question_count, 1);
    assert_string_equal(f->questions[0].test, "name-resolves");
    assert_string_equal(f->questions[0].with->items[1], HEAD);
    assert_int_equal(f->questions[0].answer, HW_ANSWER_NONE);
    assert_string_equal(f->questions[0].command,
                        "hpcwiz diagnose FILE --test name-resolves --node std-01 --set 'Name=" HEAD
                        "'");
    assert_true(hw_text_starts(f->remedy, "Have the open question above answered"));
    assert_true(tell_answer(d, "i-1", "name-resolves", HW_ANSWER_YES, "Name", HEAD, NULL, NULL));
    f = hw_diagnose_at(d, 0);
    assert_int_equal(f->question_count, 2);
    assert_int_equal(f->questions[0].answer, HW_ANSWER_YES);
    assert_string_equal(f->questions[0].detail, "so it is");
    assert_null(f->verdict);
    tell_answer(d, "i-1", "port", HW_ANSWER_UNKNOWN, "Target", HEAD, "Port", "445");
    assert_null(hw_diagnose_at(d, 0)->verdict);
    tell_answer(d, "i-1", "port", HW_ANSWER_NO, "Target", HEAD, "Port", "445");
    f = hw_diagnose_at(d, 0);
    assert_int_equal(f->question_count, 2);
    assert_non_null(strstr(f->verdict, "blocks port 445"));
    assert_non_null(strstr(f->remedy, "drift"));
    assert_true(hw_text_starts(f->remedy, "See on the page Nodes & logs that the head node runs"));
    assert_null(strstr(f->remedy, "Test-NetConnection")); /* the test has told it */
    assert_null(strstr(f->remedy, "open question"));
    assert_string_equal(f->action, "page:logs");
    tell_node(d, "i-2", HW_NODE_LIVE); /* another machine has not been asked */
    f = hw_diagnose_at(d, 0);
    assert_int_equal(f->question_count, 1);
    assert_int_equal(f->questions[0].answer, HW_ANSWER_NONE);
    tell_node(d, "i-2", HW_NODE_GONE);
    f = hw_diagnose_at(d, 0);
    assert_int_equal(f->question_count, 0);
    assert_non_null(strstr(f->remedy, "deploy.on_failure"));
    hw_diagnose_free(d);
}

/* ---- What a person does ---------------------------------------------------------------- */

#define PARAMETER "Get-SSMParameter : ParameterNotFound: /certificate/hpc/password"

/* A node that lacks a parameter. */
static struct hw_diagnose *lacking_secret(void)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    tell_node(d, "i-1", HW_NODE_LIVE);
    rule_stack_event(d, "riskgrid-compute-std", "ComputeGroup",
                     "AWS::AutoScaling::AutoScalingGroup", "CREATE_IN_PROGRESS", "");
    log_line(d, "std-01", PARAMETER);
    rule_stage(d, "std-01", "compute", "fetch-certificate", HW_STAGE_FAILED, 1, "not found");
    return d;
}

static void stack_comes_to(struct hw_diagnose *d, const char *status)
{
    rule_stack_event(d, "riskgrid-compute-std", "riskgrid-compute-std",
                     "AWS::CloudFormation::Stack", status, "");
}

static const char *last_step(struct hw_diagnose *d)
{
    const char *remedy = hw_diagnose_at(d, 0)->remedy, *end = strrchr(remedy, '\n');
    return end ? end + 1 : remedy;
}

static void expect_step(struct hw_diagnose *d, const char *part)
{
    if (!strstr(last_step(d), part))
        fail_msg("the last step is '%s'", last_step(d));
}

/* The way back to a cluster is true of what is left: nothing, a node, a node in a whole stack. */
static void test_last_step(void **state HW_UNUSED)
{
    struct hw_diagnose *d = lacking_secret();
    expect_step(d, "press D in the wizard, or run hpcwiz deploy FILE --retry");
    stack_comes_to(d, "ROLLBACK_IN_PROGRESS");
    tell_node(d, "i-1", HW_NODE_GONE);
    stack_comes_to(d, "ROLLBACK_COMPLETE");
    hw_diagnose_fact(d, HW_FACT_FILE, "risk/grid.yaml");
    expect_step(d, "press D in the wizard, or run hpcwiz deploy risk/grid.yaml --retry;");
    hw_diagnose_fact(d, HW_FACT_FILE, "it's grid.yaml");
    expect_step(d, "hpcwiz deploy 'it'\\''s grid.yaml' --retry;");
    hw_diagnose_fact(d, HW_FACT_FOREIGN, "yes");
    expect_step(d, "hpcwiz did not deploy it");
    hw_diagnose_free(d);
    d = hw_diagnose_new(rules);
    hw_diagnose_fact(d, HW_FACT_FILE, "grid.yaml");
    stack_comes_to(d, "CREATE_COMPLETE"); /* deploying again would find nothing to do */
    tell_node(d, "i-7", HW_NODE_LIVE);
    log_line(d, "std-01", PARAMETER);
    rule_stage(d, "std-01", "compute", "fetch-certificate", HW_STAGE_FAILED, 1, "not found");
    expect_step(d, "press T on the page Deploy, or run hpcwiz retry grid.yaml std-01");
    rule_stack_event(d, "riskgrid-compute-gpu", "ComputeGroup",
                     "AWS::AutoScaling::AutoScalingGroup", "CREATE_FAILED", "");
    expect_step(d, "press D in the wizard"); /* there is something to deploy after all */
    rule_stack_event(d, "riskgrid-compute-gpu", "riskgrid-compute-gpu",
                     "AWS::CloudFormation::Stack", "CREATE_COMPLETE", "");
    expect_step(d, "press T on the page Deploy");
    tell_node(d, "i-7", HW_NODE_GONE);
    expect_step(d, "press D in the wizard");
    hw_diagnose_free(d);
}

/* What can only be done on the node is a step as long as there is one. */
static void test_steps_on_the_node(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    tell_node(d, "i-1", HW_NODE_LIVE);
    rule_stage(d, "std-01", "compute", "wait-head", HW_STAGE_FAILED, 1,
               "\\\\headnode\\REMINST is not reachable");
    assert_string_equal(hw_diagnose_at(d, 0)->id, "share-unreachable");
    assert_true(hw_text_starts(hw_diagnose_at(d, 0)->remedy, "On this node run"));
    assert_null(strstr(hw_diagnose_at(d, 0)->remedy, "on_failure"));
    tell_node(d, "i-1", HW_NODE_GONE);
    assert_null(strstr(hw_diagnose_at(d, 0)->remedy, "On this node run"));
    assert_non_null(strstr(hw_diagnose_at(d, 0)->remedy, "press o on the page Review"));
    hw_diagnose_free(d);
}

static void expect_action(struct hw_diagnose *d, const char *id, const char *action)
{
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->id, id);
    assert_string_equal(f->action, action);
    hw_diagnose_free(d);
}

static struct hw_diagnose *after_event(const char *stack, const char *resource, const char *reason)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    hw_diagnose_group(d, "std", 0);
    hw_diagnose_group(d, "gpu", 1);
    rule_stack_event(d, stack, resource, "AWS::AutoScaling::AutoScalingGroup", "CREATE_FAILED",
                     reason);
    return d;
}

/* The very question, of the very group; its page where that is not known. */
static void test_action_places(void **state HW_UNUSED)
{
    static const char full[] = "We currently do not have sufficient g5.xlarge capacity in the "
                               "Availability Zone you requested (eu-central-1a).";
    static const char held[] = "Address 10.20.1.6 is in use.";
    struct hw_diagnose *d;
    expect_action(after_event("riskgrid-compute-gpu", "ComputeGroup", full),
                  "insufficient-capacity", "page:nodes.compute.1.type");
    expect_action(after_event("riskgrid-compute-old", "ComputeGroup", full),
                  "insufficient-capacity", "page:nodes");
    expect_action(after_event("riskgrid-head", "HeadGroup", full), "insufficient-capacity",
                  "page:nodes.head.type");
    expect_action(
        after_event("riskgrid-sql", "SqlGroup", "The AMI ID 'ami-0abc1234' does not exist"),
        "image-missing", "page:nodes.sql.image");
    expect_action(after_event("riskgrid-foundation", "HeadNic", held), "address-in-use",
                  "page:network.head_address");
    expect_action(after_event("riskgrid-foundation", "SqlNic", held), "address-in-use",
                  "page:network.sql_address");
    expect_action(
        after_event("riskgrid-compute-std", "ComputeGroup",
                    "Failed to receive 2 resource signal(s) within the specified duration"),
        "no-signal", "page:timeouts.compute");
    expect_action(lacking_secret(), "secret-not-found", "page:secrets");
    d = lacking_secret();
    hw_diagnose_secret(d, "/certificate/hpc/password", "certificate_password");
    expect_action(d, "secret-not-found", "page:secrets.certificate_password");
    d = hw_diagnose_new(rules);
    hw_diagnose_secret(d, "/service-account/password", "service_password");
    log_line(d, "head",
             "Get-SSMParameter : User is not authorized to perform: ssm:GetParameter on "
             "resource: arn:aws:ssm:eu-central-1:123456789012:parameter/service-account/"
             "password");
    expect_action(d, "secret-denied", "page:secrets.service_password");
}

/* ---- While it waits -------------------------------------------------------------------- */

static void minutes_pass(struct hw_diagnose *d, int minutes)
{
    hw_diagnose_feed(d, &(struct hw_event){.type = HW_EV_PROGRESS,
                                           .u.progress = {.time_ms = 60000 * (int64_t)minutes + 1,
                                                          .permille = 700,
                                                          .left_ms = -1}});
}

/* What a node tries again and again is told before anything has failed, once its stage lasts far
 * too long; as possible, and as not failed yet. */
static void test_not_yet_failed(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    hw_diagnose_fact(d, HW_FACT_FILE, "grid.yaml");
    tell_node(d, "i-1", HW_NODE_LIVE);
    minutes_pass(d, 1);
    log_line(d, "std-01",
             "2026-11-22T20:50:00.000Z HPCWIZ stage=wait-head status=started code=0 msg=\"\"");
    for (int minute = 2; minute < 41; minute++) {
        log_line(d, "std-01", "Test-Path : \\\\headnode\\REMINST\\Setup.exe is not reachable");
        minutes_pass(d, minute);
        assert_int_equal(hw_diagnose_count(d), 0);
    }
    minutes_pass(d, 41);
    assert_int_equal(hw_diagnose_count(d), 1);
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->id, "share-unreachable");
    assert_true(f->confidence < 50);
    assert_non_null(strstr(f->cause, "has not failed yet: stage wait-head"));
    expect_step(d, "hpcwiz retry grid.yaml std-01");
    log_line(d, "std-01",
             "2026-11-22T21:32:00.000Z HPCWIZ stage=wait-head status=done code=0 msg=\"\"");
    assert_int_equal(hw_diagnose_count(d), 0);
    log_line(d, "std-01",
             "2026-11-22T21:32:01.000Z HPCWIZ stage=setup status=started code=0 msg=\"\"");
    minutes_pass(d, 61); /* another stage has its own time; nothing was written */
    assert_int_equal(hw_diagnose_count(d), 1);
    assert_string_equal(hw_diagnose_at(d, 0)->id, "node-silent");
    hw_diagnose_free(d);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_last_step),
        cmocka_unit_test(test_steps_on_the_node),
        cmocka_unit_test(test_action_places),
        cmocka_unit_test(test_not_yet_failed),
    };
    return cmocka_run_group_tests(tests, rule_load, rule_free);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator's CloudFormation: templates, functions, parameters, and stacks driven without a
 * clock: each round pretends that it is an hour later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sim/account.h"
#include "sim/cfn_template.h"
#include "sim/engine.h"
#include "sim/signal.h"
#include "sim/stack.h"
#include "sim/yaml.h"

struct fixture {
    struct hw_loop *loop;
    struct sim_cloud *cloud;
};

static int set_up(void **state)
{
    struct fixture *fixture = HW_NEW(struct fixture);
    struct hw_err err = {0};
    const char *source = getenv("HPCWIZ_SOURCE");
    hw_auto_text file =
        hw_format("%s/templates/scenarios/account.yaml", source             ? source
                                                         : getenv("srcdir") ? getenv("srcdir")
                                                                            : ".");
    fixture->loop = hw_loop_new(&err);
    struct sim_cloud_config config = {.loop = fixture->loop,
                                      .account_file = file,
                                      .speed = 1,
                                      .seed = 7,
                                      .access_key = "key",
                                      .secret_key = "secret"};
    fixture->cloud = sim_cloud_new(&config, &err);
    if (!fixture->cloud)
        print_error("%s\n", err.what);
    *state = fixture;
    return fixture->cloud ? 0 : 1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sim_cloud_free(fixture->cloud);
    hw_loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static json_t *parse(const char *text)
{
    struct hw_err err = {0};
    json_t *template = sim_template_parse(text, strlen(text), &err);
    if (!template)
        print_error("%s\n", err.what);
    assert_non_null(template);
    return template;
}

static void refuse(const char *text, const char *why)
{
    struct hw_err err = {0};
    assert_null(sim_template_parse(text, strlen(text), &err));
    if (!strstr(err.what, why))
        print_error("%s\n", err.what);
    assert_non_null(strstr(err.what, why));
}

static void test_short_forms(void **state HW_UNUSED)
{
    static const char text[] =
        "A: !GetAtt X.Y.Z\nB: !Sub '${V}'\nC: [!Ref D, 2010-09-09, 7, yes]\n";
    json_t *tree = sim_yaml_parse("t", text, strlen(text), NULL);
    json_t *want = json_pack("{s:{s:[s,s]}, s:{s:s}, s:[{s:s}, s, i, b]}", "A", "Fn::GetAtt", "X",
                             "Y.Z", "B", "Fn::Sub", "${V}", "C", "Ref", "D", "2010-09-09", 7, 1);
    assert_true(json_equal(tree, want));
    json_decref(tree);
    json_decref(want);
}

static void test_templates_that_are_wrong(void **state HW_UNUSED)
{
    refuse("Resources: [", "not well-formed");
    refuse("Resources: {}", "At least one Resources member");
    refuse("Transform: X\nResources: {A: {Type: AWS::Logs::LogGroup}}", "transforms");
    refuse("Resources: {A: {Type: AWS::Moon::Base}}",
           "Unrecognized resource types: [AWS::Moon::Base]");
    refuse("Resources: {A: {Type: AWS::Logs::LogGroup, Properties: {X: !Ref B}}}", "[B]");
    refuse("Resources: {A: {Type: AWS::Logs::LogGroup, Properties: {X: !Sub '${B.Arn}'}}}", "[B]");
    refuse("Resources:\n  A: {Type: AWS::Logs::LogGroup, DependsOn: B}\n"
           "  B: {Type: AWS::Logs::LogGroup, Properties: {X: !Ref A}}",
           "Circular dependency between resources: [A, B]");
    refuse("A: &a [*a]\nResources: {}", "");
}

static json_t *eval_one(struct fixture *fixture, const char *expression, struct sim_eval *eval)
{
    hw_auto_text text =
        hw_format("Mappings: {M: {k: {v: found}}}\n"
                  "Conditions: {Same: !Equals [a, a], Other: !Not [{Condition: Same}]}\n"
                  "Resources: {A: {Type: AWS::Logs::LogGroup}}\nX: %s\n",
                  expression);
    json_t *template = sim_yaml_parse("t", text, strlen(text), NULL);
    assert_non_null(template);
    json_t *values = json_pack("{s:s, s:[s, s]}", "P", "pee", "L", "one", "two");
    json_t *resources = json_pack("[{s:s, s:s, s:{s:s}}]", "LogicalResourceId", "A",
                                  "PhysicalResourceId", "a-1", "_attributes", "Arn", "arn:a");
    *eval = (struct sim_eval){.cloud = fixture->cloud,
                              .template = template,
                              .parameters = values,
                              .resources = resources,
                              .stack_name = "s",
                              .stack_id = "arn:s",
                              .region = "eu-central-1"};
    json_t *result = sim_eval(eval, json_object_get(template, "X"));
    json_decref(template);
    json_decref(values);
    json_decref(resources);
    return result;
}

static void expect(struct fixture *fixture, const char *expression, const char *json)
{
    struct sim_eval eval;
    json_t *got = eval_one(fixture, expression, &eval);
    json_t *want = json_loads(json, JSON_DECODE_ANY, NULL);
    if (!got || !json_equal(got, want))
        print_error("%s: %s\n", expression, eval.error);
    assert_true(got && json_equal(got, want));
    json_decref(got);
    json_decref(want);
}

static void test_functions(void **state)
{
    struct fixture *f = *state;
    expect(f, "!Ref P", "\"pee\"");
    expect(f, "!Ref A", "\"a-1\"");
    expect(f, "!GetAtt A.Arn", "\"arn:a\"");
    expect(f, "!Sub '${P}-${A.Arn}-${!keep}-$x-${AWS::Region}'",
           "\"pee-arn:a-${keep}-$x-eu-central-1\"");
    expect(f, "!Sub ['${V}', {V: !Select [1, !Ref L]}]", "\"two\"");
    expect(f, "!Join ['/', !Split [',', 'a,b,c']]", "\"a/b/c\"");
    expect(f, "!If [Other, 1, !Ref AWS::NoValue]", "null");
    expect(f, "[!If [Same, 1, 2], !Ref AWS::NoValue]", "[1]");
    expect(f, "!FindInMap [M, k, v]", "\"found\"");
    expect(f, "{'Fn::Base64': !Sub 'x${P}'}", "\"eHBlZQ==\"");
    expect(f, "!Cidr [10.0.0.0/16, 2, 8]", "[\"10.0.0.0/24\", \"10.0.1.0/24\"]");
    expect(f, "!GetAZs ''", "[\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\"]");
    expect(f, "{Condition: {StringEquals: {a: !Ref P}}}",
           "{\"Condition\": {\"StringEquals\": {\"a\": \"pee\"}}}");
    struct sim_eval eval;
    assert_null(eval_one(f, "!ImportValue none", &eval));
    assert_string_equal(eval.error, "No export named none found.");
    assert_null(eval_one(f, "!Select [9, !Ref L]", &eval));
}

static bool resolves(struct fixture *fixture, const char *declared, const char *value,
                     const char *why)
{
    hw_auto_text text =
        hw_format("Parameters: {P: %s}\nResources: {A: {Type: AWS::Logs::LogGroup}}", declared);
    json_t *template = parse(text), *given = json_array();
    struct sim_params params = {NULL, NULL};
    struct hw_err err = {0};
    if (value)
        json_array_append_new(
            given, json_pack("{s:s, s:s}", "ParameterKey", "P", "ParameterValue", value));
    bool ok = sim_params_resolve(fixture->cloud, template, given, NULL, &params, &err);
    if (!ok && !strstr(err.what, why))
        print_error("%s\n", err.what);
    assert_true(ok || strstr(err.what, why));
    sim_params_done(&params);
    json_decref(template);
    json_decref(given);
    return ok;
}

static void test_parameters(void **state)
{
    struct fixture *f = *state;
    assert_true(resolves(f, "{Type: String, AllowedPattern: '[a-z]+'}", "abc", ""));
    assert_false(
        resolves(f, "{Type: String, AllowedPattern: '[a-z]+'}", "abC", "must match pattern"));
    assert_false(resolves(f, "{Type: String}", NULL, "Parameters: [P] must have values"));
    assert_false(resolves(f, "{Type: Number, MaxValue: 5}", "6", "not greater than 5"));
    assert_false(resolves(f, "{Type: String, AllowedValues: [1, 2]}", "3", "AllowedValues"));
    assert_false(resolves(f, "{Type: AWS::EC2::VPC::Id}", "vpc-0", "does not exist"));
    assert_true(resolves(f, "{Type: 'List<AWS::EC2::Subnet::Id>'}",
                         "subnet-0aaa1111bbb22220a, subnet-0aaa1111bbb22220b", ""));
    assert_true(resolves(f, "{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>'}",
                         "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
                         ""));
    assert_false(
        resolves(f, "{Type: 'AWS::SSM::Parameter::Value<String>'}", "/none", "Unable to fetch"));
}

/* Stacks. */

static const char GROUP[] =
    "Parameters: {Wait: {Type: String, Default: PT10M}}\n"
    "Resources:\n"
    "  Template:\n"
    "    Type: AWS::EC2::LaunchTemplate\n"
    "    Properties:\n"
    "      LaunchTemplateData: {ImageId: ami-0a2022f0000000002, InstanceType: m6i.xlarge}\n"
    "  Group:\n"
    "    Type: AWS::AutoScaling::AutoScalingGroup\n"
    "    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: !Ref Wait}}\n"
    "    Properties:\n"
    "      VPCZoneIdentifier: [subnet-0aaa1111bbb22220a, subnet-0aaa1111bbb22220b]\n"
    "      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt "
    "Template.LatestVersionNumber}\n"
    "      MinSize: 0\n      MaxSize: 2\n      DesiredCapacity: 2\n";

/* Two instances that both stay in service while they are replaced. */
#define ROLLING(type)                                                                              \
    "Resources:\n"                                                                                 \
    "  Template:\n"                                                                                \
    "    Type: AWS::EC2::LaunchTemplate\n"                                                         \
    "    Properties:\n"                                                                            \
    "      LaunchTemplateData: {ImageId: ami-0a2022f0000000002, InstanceType: " type "}\n"         \
    "  Group:\n"                                                                                   \
    "    Type: AWS::AutoScaling::AutoScalingGroup\n"                                               \
    "    UpdatePolicy: {AutoScalingRollingUpdate: {MinInstancesInService: 2, MaxBatchSize: 5, "    \
    "WaitOnResourceSignals: true, PauseTime: PT10M}}\n"                                            \
    "    Properties:\n"                                                                            \
    "      VPCZoneIdentifier: [subnet-0aaa1111bbb22220a]\n"                                        \
    "      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt "                    \
    "Template.LatestVersionNumber}\n"                                                              \
    "      MinSize: 1\n      MaxSize: 3\n      DesiredCapacity: 2\n"

static json_t *start(struct fixture *fixture, const char *text, const char *on_failure)
{
    struct sim_stack_order order = {
        .template = parse(text), .body = text, .token = "t", .on_failure = on_failure};
    struct hw_err err = {0};
    json_t *stack = sim_stack_new(fixture->cloud, "eu-central-1", "s");
    assert_true(
        sim_params_resolve(fixture->cloud, order.template, NULL, NULL, &order.params, &err));
    sim_stack_create(fixture->cloud, stack, &order);
    return stack;
}

/* later_s seconds from now, some rounds long. */
static void rounds(struct fixture *fixture, int count, int64_t later_s)
{
    for (int i = 0; i < count; i++) {
        int64_t now_ms = hw_clock_wall_ms() + later_s * 1000;
        sim_instances_step(fixture->cloud, now_ms);
        sim_groups_step(fixture->cloud, now_ms);
        sim_stacks_step(fixture->cloud, now_ms);
    }
}

static size_t events(const json_t *stack, const char *id, const char *status)
{
    size_t count = 0, i;
    json_t *event;
    json_array_foreach(json_object_get(stack, "_events"), i, event)
    {
        count += sim_is(event, "LogicalResourceId", id) && sim_is(event, "ResourceStatus", status);
    }
    return count;
}

static void signal_all(struct fixture *fixture, json_t *stack, bool success)
{
    size_t i;
    json_t *instance;
    json_array_foreach(sim_cloud_list(fixture->cloud, "instances"), i, instance)
    {
        sim_signal_add(fixture->cloud, sim_text(stack, "StackId"), "Group",
                       sim_text(instance, "instanceId"), success, "");
    }
}

static void test_group_waits_for_signals(void **state)
{
    struct fixture *f = *state;
    json_t *stack = start(f, GROUP, "ROLLBACK");
    rounds(f, 12, 300);
    assert_int_equal(json_array_size(sim_cloud_list(f->cloud, "instances")), 2);
    assert_string_equal(sim_text(stack, "StackStatus"), "CREATE_IN_PROGRESS");
    signal_all(f, stack, true);
    signal_all(f, stack, true); /* a second one of the same instance does not count */
    rounds(f, 3, 300);
    assert_string_equal(sim_text(stack, "StackStatus"), "CREATE_COMPLETE");
    assert_int_equal(events(stack, "Group", "CREATE_IN_PROGRESS"), 4);
    assert_int_equal(events(stack, "Group", "CREATE_COMPLETE"), 1);
    sim_stack_delete(f->cloud, stack, NULL, "d");
    rounds(f, 30, 300);
    assert_string_equal(sim_text(stack, "StackStatus"), "DELETE_COMPLETE");
    assert_int_equal(json_array_size(sim_cloud_list(f->cloud, "asgs")), 0);
}

static void test_failure_rolls_back(void **state)
{
    struct fixture *f = *state;
    json_t *stack = start(f, GROUP, "ROLLBACK");
    rounds(f, 12, 300);
    signal_all(f, stack, false);
    rounds(f, 40, 300);
    assert_int_equal(events(stack, "Group", "CREATE_FAILED"), 1);
    assert_string_equal(sim_text(stack, "StackStatus"), "ROLLBACK_COMPLETE");
    assert_int_equal(json_array_size(sim_cloud_list(f->cloud, "launch_templates")), 0);
}

static void update(struct fixture *fixture, json_t *stack, const char *text)
{
    struct sim_stack_order order = {
        .template = parse(text), .body = text, .token = "u", .on_failure = "ROLLBACK"};
    struct hw_err err = {0};
    assert_true(
        sim_params_resolve(fixture->cloud, order.template, NULL, NULL, &order.params, &err));
    sim_stack_update(fixture->cloud, stack, &order);
}

static bool was_told(const json_t *stack, const char *words)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(stack, "_events"), i, event)
    {
        if (strstr(sim_text(event, "ResourceStatusReason"), words))
            return true;
    }
    return false;
}

/* Members of that type in service. */
static size_t in_service(struct fixture *fixture, const char *type)
{
    const json_t *group = json_array_get(sim_cloud_list(fixture->cloud, "asgs"), 0);
    size_t count = 0, i;
    json_t *member;
    json_array_foreach(json_object_get(group, "Instances"), i, member)
    {
        count +=
            sim_is(member, "InstanceType", type) && sim_is(member, "LifecycleState", "InService");
    }
    return count;
}

static void test_rolling_keeps_some_in_service(void **state)
{
    struct fixture *f = *state;
    json_t *stack = start(f, ROLLING("m6i.xlarge"), "ROLLBACK");
    rounds(f, 12, 300);
    assert_string_equal(sim_text(stack, "StackStatus"), "CREATE_COMPLETE");
    update(f, stack, ROLLING("m6i.2xlarge"));
    rounds(f, 20, 300);
    assert_true(was_told(stack, "Terminating 2 obsolete instance(s) in batches of 1, while keeping "
                                "at least 2 instance(s) in service. Waiting on resource signals "
                                "with a timeout of PT10M"));
    assert_true(was_told(stack, "Temporarily setting autoscaling group MinSize and DesiredCapacity "
                                "to 3."));
    assert_int_equal(in_service(f, "m6i.xlarge"), 2);
    assert_int_equal(in_service(f, "m6i.2xlarge"), 1);
    signal_all(f, stack, true); /* of the old ones too, which proves nothing */
    rounds(f, 20, 300);
    assert_true(was_told(stack, "(Progress 50%)"));
    assert_int_equal(in_service(f, "m6i.xlarge"), 1);
    assert_int_equal(in_service(f, "m6i.2xlarge"), 2);
    signal_all(f, stack, true);
    rounds(f, 20, 300);
    assert_true(was_told(stack, "; replacing with 0 new instance(s)."));
    assert_int_equal(in_service(f, "m6i.2xlarge"), 2);
    assert_string_equal(sim_text(stack, "StackStatus"), "UPDATE_COMPLETE");
    const json_t *group = json_array_get(sim_cloud_list(f->cloud, "asgs"), 0);
    assert_int_equal(sim_int(group, "MinSize"), 1);
}

static size_t count_changes(struct fixture *fixture, const json_t *stack, const char *text)
{
    struct hw_err err = {0};
    json_t *template = parse(text), *values = json_object();
    json_t *changes = sim_stack_changes(fixture->cloud, stack, template, values, &err);
    size_t count = json_array_size(changes);
    assert_non_null(changes);
    json_decref(changes);
    json_decref(template);
    json_decref(values);
    return count;
}

static void test_silence_stops_a_rolling_update(void **state)
{
    struct fixture *f = *state;
    json_t *stack = start(f, ROLLING("m6i.xlarge"), "ROLLBACK");
    rounds(f, 12, 300);
    update(f, stack, ROLLING("m6i.2xlarge"));
    rounds(f, 20, 300);
    assert_int_equal(events(stack, "Group", "UPDATE_FAILED"), 0);
    rounds(f, 2, 3600);
    assert_true(was_told(stack, "Failed to receive 1 resource signal(s) for the current batch."));
    assert_true(was_told(stack, "Received 0 SUCCESS signal(s) out of 2."));
    assert_int_equal(events(stack, "Group", "UPDATE_FAILED"), 1);
    rounds(f, 20, 300); /* back: the one new instance goes */
    assert_true(was_told(stack, "Terminating 1 obsolete instance(s)"));
    signal_all(f, stack, true);
    rounds(f, 20, 300);
    assert_int_equal(in_service(f, "m6i.xlarge"), 2);
    assert_int_equal(in_service(f, "m6i.2xlarge"), 0);
    assert_string_equal(sim_text(stack, "StackStatus"), "UPDATE_ROLLBACK_COMPLETE");
    /* The template has a third version by now, with the content of the first. */
    assert_int_equal(count_changes(f, stack, ROLLING("m6i.xlarge")), 0);
    assert_int_equal(count_changes(f, stack, ROLLING("m6i.2xlarge")), 2);
}

static void test_silence_fails_and_is_kept(void **state)
{
    struct fixture *f = *state;
    json_t *stack = start(f, GROUP, "DO_NOTHING");
    rounds(f, 12, 300);
    rounds(f, 2, 3600);
    assert_string_equal(sim_text(stack, "StackStatus"), "CREATE_FAILED");
    assert_string_equal(sim_text(sim_stack_resource(stack, "Group"), "ResourceStatusReason"),
                        "Failed to receive 2 resource signal(s) within the specified duration");
    assert_int_equal(json_array_size(sim_cloud_list(f->cloud, "asgs")), 1);
}

static void test_changes(void **state)
{
    struct fixture *f = *state;
    struct hw_err err = {0};
    static const char text[] = "Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n"
                               "    Properties: {LaunchTemplateData: {ImageId: a}}\n"
                               "  P: {Type: AWS::SSM::Parameter, Properties: {Name: /p, Type: "
                               "String, Value: !GetAtt T.LatestVersionNumber}}\n";
    json_t *stack = start(f, text, "ROLLBACK");
    rounds(f, 12, 300);
    assert_string_equal(sim_text(stack, "StackStatus"), "CREATE_COMPLETE");
    json_t *same = parse(text), *values = json_object();
    json_t *changes = sim_stack_changes(f->cloud, stack, same, values, &err);
    assert_int_equal(json_array_size(changes), 0);
    json_decref(changes);
    json_t *data =
        json_object_get(json_object_get(json_object_get(same, "Resources"), "T"), "Properties");
    sim_put(json_object_get(data, "LaunchTemplateData"), "ImageId", "b");
    changes = sim_stack_changes(f->cloud, stack, same, values, &err);
    assert_int_equal(json_array_size(changes), 2); /* the version number will be another one */
    json_decref(changes);
    json_decref(same);
    json_decref(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_forms),
        cmocka_unit_test(test_templates_that_are_wrong),
        cmocka_unit_test_setup_teardown(test_functions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_group_waits_for_signals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rolling_keeps_some_in_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_stops_a_rolling_update, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failure_rolls_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_fails_and_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

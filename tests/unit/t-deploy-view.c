/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/deploy_view.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };
static const int64_t start_ms = 1763842500000;

static const char *const names[] = {"riskgrid-foundation", "riskgrid-sql", "riskgrid-head",
                                    "riskgrid-compute-std"};

static int set_up(void **state)
{
    struct ui_deploy_view *view = HW_NEW(struct ui_deploy_view);
    hw_auto(hw_strv) stacks = {0};
    for (size_t i = 0; i < HW_COUNT(names); i++)
        hw_strv_add(&stacks, names[i]);
    ui_deploy_view_begin(view, "riskgrid", &stacks);
    *state = view;
    return 0;
}

static int tear_down(void **state)
{
    ui_deploy_view_done(*state);
    free(*state);
    return 0;
}

static void step(struct ui_deploy_view *view, int64_t at, const char *stack, enum hw_step to)
{
    struct hw_event event = {.type = HW_EV_STEP,
                             .u.step = {.time_ms = start_ms + at, .stack = stack, .step = to}};
    assert_true(ui_deploy_view_apply(view, &event, start_ms + at));
}

static void stack(struct ui_deploy_view *view, int64_t at, const char *name, const char *resource,
                  const char *type, const char *status, const char *reason)
{
    struct hw_event event = {.type = HW_EV_STACK,
                             .u.stack = {.time_ms = start_ms + at,
                                         .stack = name,
                                         .resource = resource,
                                         .resource_type = type,
                                         .status = status,
                                         .reason = reason}};
    assert_true(ui_deploy_view_apply(view, &event, start_ms + at));
}

static void stage(struct ui_deploy_view *view, int64_t at, const char *node, const char *role,
                  const char *name, enum hw_stage_status status, int code, const char *message)
{
    struct hw_event event = {.type = HW_EV_STAGE,
                             .u.stage = {.time_ms = start_ms + at,
                                         .node = node,
                                         .role = role,
                                         .stage = name,
                                         .status = status,
                                         .exit_code = code,
                                         .message = message}};
    assert_true(ui_deploy_view_apply(view, &event, start_ms + at));
}

static void node(struct ui_deploy_view *view, int64_t at, const char *name, const char *role,
                 const char *group, const char *instance, enum hw_node_state to)
{
    struct hw_event event = {.type = HW_EV_NODE,
                             .u.node = {.time_ms = start_ms + at,
                                        .node = name,
                                        .role = role,
                                        .group = group,
                                        .instance = instance,
                                        .state = to}};
    ui_deploy_view_apply(view, &event, start_ms + at);
}

static void stacks_are_seen_before_they_begin(void **state)
{
    struct ui_deploy_view *view = *state;
    int64_t left;
    assert_int_equal(view->count, 4);
    assert_int_equal(view->stacks[3].progress, UI_WAITS);
    assert_false(ui_deploy_view_running(view));
    assert_int_equal(ui_deploy_view_permille(view, start_ms, &left), 0);
    assert_int_equal(left, -1);
}

static void a_stack_goes_from_step_to_step(void **state)
{
    struct ui_deploy_view *view = *state;
    struct ui_stack *s = &view->stacks[0];
    step(view, 0, names[0], HW_STEP_PLANNING);
    step(view, 5 * SECOND, names[0], HW_STEP_EXECUTING);
    assert_true(ui_deploy_view_running(view));
    stack(view, 6 * SECOND, names[0], "Role", "AWS::IAM::Role", "CREATE_IN_PROGRESS", "");
    stack(view, 20 * SECOND, names[0], "Role", "AWS::IAM::Role", "CREATE_COMPLETE", "");
    assert_int_equal(s->progress, UI_WORKS);
    assert_int_equal(ui_stack_resources_done(s), 1);
    assert_int_equal(
        ui_span_ms(s->resources[0].start_ms, s->resources[0].end_ms, start_ms + MINUTE),
        14 * SECOND);
    step(view, 118 * SECOND, names[0], HW_STEP_DONE);
    assert_int_equal(s->progress, UI_DONE);
    assert_int_equal(ui_span_ms(s->start_ms, s->end_ms, start_ms + 10 * MINUTE), 118 * SECOND);
}

static void a_failed_stage_is_a_failure_with_its_reason(void **state)
{
    struct ui_deploy_view *view = *state;
    step(view, 0, names[2], HW_STEP_EXECUTING);
    node(view, 1, "head", "head", "", "i-0aaa", HW_NODE_LIVE);
    stage(view, 60, "head", "head", "setup", HW_STAGE_STARTED, 0, "");
    stage(view, 90, "head", "head", "setup", HW_STAGE_FAILED, 13818, "the certificate is wrong");
    assert_int_equal(view->failure_count, 1);
    assert_true(view->failures[0].node);
    assert_string_equal(view->failures[0].who, "head");
    assert_string_equal(view->failures[0].reason, "failed with 13818: the certificate is wrong");
    struct ui_node *head = ui_nodes_find(&view->nodes, "head");
    assert_int_equal(ui_node_health(head), UI_NODE_BROKEN);
    assert_string_equal(ui_node_failure(head)->name, "setup");
    assert_int_equal(view->moments[view->moment_count - 1].severity, HW_ERROR);
    assert_int_equal(ui_deploy_view_stack_of(view, head), 2);
}

static void a_node_that_tells_late_is_before_what_came_of_it(void **state)
{
    struct ui_deploy_view *view = *state;
    step(view, 0, names[2], HW_STEP_EXECUTING);
    stack(view, 95, names[2], "HeadGroup", "AWS::AutoScaling::AutoScalingGroup", "CREATE_FAILED",
          "Received FAILURE signal");
    stack(view, 96, names[2], names[2], "AWS::CloudFormation::Stack", "CREATE_FAILED", "");
    stage(view, 90, "head", "head", "setup", HW_STAGE_FAILED, 13818, "the certificate is wrong");
    assert_int_equal(view->failure_count, 2);
    assert_string_equal(view->failures[0].what, "setup");
    assert_string_equal(view->failures[1].what, "HeadGroup");
    assert_true(view->stacks[2].kept);
    assert_false(view->stacks[2].undone);
    stack(view, 120, names[2], names[2], "AWS::CloudFormation::Stack", "ROLLBACK_COMPLETE", "");
    assert_false(view->stacks[2].kept);
    assert_true(view->stacks[2].undone);
}

static void what_was_cancelled_is_no_failure(void **state)
{
    struct ui_deploy_view *view = *state;
    stack(view, 1, names[1], "Group", "AWS::AutoScaling::AutoScalingGroup", "CREATE_FAILED",
          "Received 1 FAILURE signal(s) out of 1");
    stack(view, 2, names[1], "Dns", "AWS::Route53::RecordSet", "CREATE_FAILED",
          "Resource creation cancelled");
    stack(view, 3, names[1], names[1], "AWS::CloudFormation::Stack", "ROLLBACK_IN_PROGRESS",
          "The following resource(s) failed to create: [Group].");
    assert_int_equal(view->failure_count, 1);
    assert_string_equal(view->failures[0].what, "Group");
    assert_int_equal(view->stacks[1].progress, UI_UNDOES);
    stack(view, 4, names[1], "Group", "AWS::AutoScaling::AutoScalingGroup", "DELETE_COMPLETE", "");
    assert_string_equal(view->stacks[1].resources[0].reason,
                        "Received 1 FAILURE signal(s) out of 1");
    stack(view, 5, names[1], names[1], "AWS::CloudFormation::Stack", "ROLLBACK_COMPLETE", "");
    assert_int_equal(view->stacks[1].progress, UI_FAILED);
}

static void a_replaced_node_begins_anew(void **state)
{
    struct ui_deploy_view *view = *state;
    node(view, 1, "std-01", "compute", "std", "i-0aaa", HW_NODE_LIVE);
    stage(view, 2, "std-01", "compute", "setup", HW_STAGE_FAILED, 1603, "no");
    node(view, 3, "std-01", "compute", "std", "i-0bbb", HW_NODE_PENDING);
    struct ui_node *std = ui_nodes_find(&view->nodes, "std-01");
    assert_null(ui_node_failure(std));
    assert_int_equal(std->stage_count, 0);
    node(view, 4, "std-01", "compute", "std", "i-0aaa", HW_NODE_GONE);
    assert_int_equal(std->state, HW_NODE_PENDING);
    assert_int_equal(view->failure_count, 1); /* what happened stays in view */
    assert_int_equal(ui_deploy_view_stack_of(view, std), 3);
}

static void nodes_stand_in_their_natural_order(void **state)
{
    struct ui_deploy_view *view = *state;
    node(view, 1, "std-10", "compute", "std", "i-1", HW_NODE_LIVE);
    node(view, 1, "std-02", "compute", "std", "i-2", HW_NODE_LIVE);
    node(view, 1, "head", "head", "", "i-3", HW_NODE_LIVE);
    node(view, 1, "sql", "sql", "", "i-4", HW_NODE_LIVE);
    static const char *const order[] = {"sql", "head", "std-02", "std-10"};
    for (size_t i = 0; i < HW_COUNT(order); i++)
        assert_string_equal(view->nodes.items[i].name, order[i]);
}

static void two_feeds_become_one_timeline(void **state)
{
    struct ui_deploy_view *view = *state;
    stage(view, 10 * SECOND, "sql", "sql", "boot", HW_STAGE_STARTED, 0, "");
    stage(view, 40 * SECOND, "sql", "sql", "boot", HW_STAGE_DONE, 0, "");
    stack(view, 20 * SECOND, names[1], "Nic", "AWS::EC2::NetworkInterface", "CREATE_COMPLETE", "");
    assert_string_equal(view->moments[0].what, "boot");
    assert_string_equal(view->moments[1].what, "Nic");
    assert_string_equal(view->moments[2].text, "done");
    stage(view, 5 * MINUTE, "sql", "sql", "domain", HW_STAGE_STARTED, 0, "");
    assert_int_equal(ui_deploy_view_gap(view, 2, start_ms), 0);
    assert_int_equal(ui_deploy_view_gap(view, 3, start_ms), 5 * MINUTE - 40 * SECOND);
    assert_int_equal(ui_deploy_view_gap(view, 4, start_ms + 9 * MINUTE), 4 * MINUTE);
}

static void old_moments_go_new_ones_stay(void **state)
{
    struct ui_deploy_view *view = *state;
    for (int i = 0; i < 5000; i++)
        stack(view, i, names[0], "Role", "AWS::IAM::Role", "CREATE_IN_PROGRESS", "");
    assert_true(view->moment_count <= UI_MAX_MOMENTS);
    assert_int_equal(view->moment_count + view->dropped, 5000);
    assert_int_equal(view->moments[view->moment_count - 1].time_ms, start_ms + 4999);
}

static void too_many_of_anything_is_passed_over(void **state)
{
    struct ui_deploy_view *view = *state;
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "x%d", i);
        struct hw_event more = {.type = HW_EV_STEP,
                                .u.step = {.time_ms = 1, .stack = name, .step = HW_STEP_DONE}};
        ui_deploy_view_apply(view, &more, 1);
        stack(view, i, names[0], name, "AWS::IAM::Role", "CREATE_FAILED", "no");
        stage(view, i, "sql", "sql", "boot", HW_STAGE_STARTED, 0, NULL);
    }
    assert_int_equal(view->count, UI_MAX_STACKS);
    assert_int_equal(view->stacks[0].count, UI_MAX_RESOURCES);
    assert_int_equal(view->failure_count, UI_MAX_FAILURES);
    assert_int_equal(ui_nodes_find(&view->nodes, "sql")->stage_count, 1);
}

/* Progress never goes back while a run goes well, and the guess shrinks with it. */
static void the_guess_gets_smaller_as_stages_end(void **state)
{
    struct ui_deploy_view *view = *state;
    int64_t at = 0, left = 0;
    unsigned last = 0, now;
    step(view, at, names[0], HW_STEP_EXECUTING);
    step(view, at += 2 * MINUTE, names[0], HW_STEP_DONE);
    static const char *const roles[] = {"sql", "head", "compute"};
    for (size_t r = 0; r < HW_COUNT(roles); r++) {
        size_t count;
        const struct hw_pace_stage *plan = hw_pace_stages(roles[r], &count);
        const char *name = r == 2 ? "std-01" : roles[r];
        step(view, at, names[r + 1], HW_STEP_EXECUTING);
        node(view, at, name, roles[r], r == 2 ? "std" : "", "i-0", HW_NODE_LIVE);
        for (size_t i = 0; i < count; i++) {
            stage(view, at, name, roles[r], plan[i].name, HW_STAGE_STARTED, 0, "");
            now = ui_deploy_view_permille(view, start_ms + at, &left);
            assert_true(now >= last && now < 1000);
            last = now;
            stage(view, at += plan[i].seconds * SECOND, name, roles[r], plan[i].name, HW_STAGE_DONE,
                  0, "");
        }
        step(view, at += 45 * SECOND, names[r + 1], HW_STEP_DONE);
        assert_true(left > 0);
    }
    assert_true(left < 5 * MINUTE);
    struct hw_event end = {.type = HW_EV_RESULT, .u.result = {.ok = true, .command = "deploy"}};
    assert_true(ui_deploy_view_apply(view, &end, start_ms + at));
    assert_int_equal(ui_deploy_view_permille(view, start_ms + at, &left), 1000);
    assert_int_equal(left, -1);
    assert_false(ui_deploy_view_running(view));
}

/* A run that is ten times as fast as usual has a tenth of the usual rest. */
static void the_pace_of_the_run_counts(void **state)
{
    struct ui_deploy_view *view = *state;
    int64_t usual, fast;
    step(view, 0, names[0], HW_STEP_EXECUTING);
    step(view, 2 * MINUTE, names[0], HW_STEP_DONE);
    ui_deploy_view_permille(view, start_ms + 2 * MINUTE, &usual);
    ui_deploy_view_begin(view, "riskgrid", NULL);
    step(view, 0, names[0], HW_STEP_EXECUTING);
    step(view, 12 * SECOND, names[0], HW_STEP_DONE);
    for (size_t i = 1; i < HW_COUNT(names); i++)
        step(view, 12 * SECOND, names[i], HW_STEP_WAITING);
    ui_deploy_view_permille(view, start_ms + 12 * SECOND, &fast);
    assert_int_equal(fast / SECOND, usual / 10 / SECOND);
}

static void a_failed_end_keeps_its_sentence(void **state)
{
    struct ui_deploy_view *view = *state;
    struct hw_err err = {0};
    step(view, 0, names[0], HW_STEP_EXECUTING);
    hw_fail(&err, HW_ERR_SERVICE, "riskgrid-sql was rolled back");
    struct hw_event check = {.type = HW_EV_RESULT, .u.result = {.ok = true, .command = "check"}};
    struct hw_event end = {.type = HW_EV_RESULT, .u.result = {.command = "deploy", .err = &err}};
    assert_false(ui_deploy_view_apply(view, &check, start_ms));
    assert_true(ui_deploy_view_apply(view, &end, start_ms + MINUTE));
    assert_false(view->ok);
    assert_string_equal(view->outcome, "riskgrid-sql was rolled back");
}

static void nodes_say_what_they_do(void **state)
{
    struct ui_deploy_view *view = *state;
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_VALUE);
    struct hw_event event = {.type = HW_EV_NODE,
                             .u.node = {.time_ms = start_ms,
                                        .node = "std-02",
                                        .role = "compute",
                                        .instance = "i-1",
                                        .state = HW_NODE_REBOOTING,
                                        .detail = "WinRM: timed out"}};
    stage(view, 0, "std-02", "compute", "setup", HW_STAGE_DONE, 3010, "");
    ui_deploy_view_apply(view, &event, start_ms);
    struct ui_node *std = ui_nodes_find(&view->nodes, "std-02");
    ui_node_words(std, start_ms + 70 * SECOND, &words);
    assert_string_equal(hw_buf_cstr(&words), "rebooting (3010), 1:10 so far: WinRM: timed out");
    stage(view, 71, "std-02", "compute", "signal", HW_STAGE_DONE, 0, "");
    event.u.node.state = HW_NODE_LIVE;
    ui_deploy_view_apply(view, &event, start_ms);
    hw_buf_clear(&words);
    ui_node_words(std, start_ms, &words);
    assert_string_equal(hw_buf_cstr(&words), "ready");
}

static void node_told(struct ui_deploy_view *view, const char *name, const char *instance)
{
    struct hw_event event = {.type = HW_EV_NODE,
                             .u.node = {.time_ms = start_ms,
                                        .node = name,
                                        .instance = instance,
                                        .role = "compute",
                                        .state = HW_NODE_LIVE,
                                        .detail = ""}};
    assert_true(ui_deploy_view_apply(view, &event, start_ms));
}

static void line_told(struct ui_deploy_view *view, const char *node, const char *text)
{
    struct hw_event event = {
        .type = HW_EV_LOG,
        .u.log = {.time_ms = start_ms, .node = node, .source = "install.log", .text = text}};
    assert_true(ui_deploy_view_apply(view, &event, start_ms));
}

/* Its log is not told again when the cluster is deployed again. */
static void a_node_that_goes_on_keeps_its_newest_line(void **state)
{
    struct ui_deploy_view *view = *state;
    node_told(view, "std-01", "i-1");
    node_told(view, "std-02", "i-2");
    line_told(view, "std-01", "of the one that stays");
    line_told(view, "std-02", "of the one that is replaced");
    line_told(view, "std-03", "of an instance that nobody knows");
    for (int run = 0; run < 2; run++) {
        ui_deploy_view_begin(view, "riskgrid", NULL);
        assert_int_equal(view->nodes.count, 0);
        node_told(view, "std-01", "i-1");
        node_told(view, "std-02", "i-3");
        node_told(view, "std-03", "i-4");
        const struct ui_node *stays = ui_nodes_find(&view->nodes, "std-01");
        assert_string_equal(stays->line, "of the one that stays");
        assert_string_equal(stays->line_source, "install.log");
        assert_null(ui_nodes_find(&view->nodes, "std-02")->line);
        assert_null(ui_nodes_find(&view->nodes, "std-03")->line);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(stacks_are_seen_before_they_begin),
        TEST(a_stack_goes_from_step_to_step),
        TEST(a_failed_stage_is_a_failure_with_its_reason),
        TEST(a_node_that_tells_late_is_before_what_came_of_it),
        TEST(what_was_cancelled_is_no_failure),
        TEST(a_replaced_node_begins_anew),
        TEST(nodes_stand_in_their_natural_order),
        TEST(two_feeds_become_one_timeline),
        TEST(old_moments_go_new_ones_stay),
        TEST(too_many_of_anything_is_passed_over),
        TEST(the_guess_gets_smaller_as_stages_end),
        TEST(the_pace_of_the_run_counts),
        TEST(a_failed_end_keeps_its_sentence),
        TEST(nodes_say_what_they_do),
        TEST(a_node_that_goes_on_keeps_its_newest_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

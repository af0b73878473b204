/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: what later succeeded is no finding; causes come before consequences; what no rule
 * knows is said so. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/unit/rule-examples.h"

static struct hw_rules *rules;

static int load_rules(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    if (hw_rules_load(HW_RULES_INSTALLED, NULL, &rules, &err))
        return 0;
    char text[1400];
    print_error("%s\n", hw_err_text(&err, text, sizeof text));
    return -1;
}

static int free_rules(void **state HW_UNUSED)
{
    hw_rules_free(rules);
    return 0;
}

static void log_line(struct hw_diagnose *d, const char *node, const char *text)
{
    rule_log(d, node, "install.log", text);
}

static void test_healthy(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_noise(d, "head", 2000);
    log_line(d, "head",
             "2026-11-22T20:20:00.000Z HPCWIZ stage=wait-sql status=started code=0 msg=\"\"");
    for (int i = 0; i < 5; i++)
        log_line(d, "head",
                 "A network-related or instance-specific error occurred while "
                 "establishing a connection to SQL Server.");
    log_line(d, "head", "Login failed for user 'hpcsetup'.");
    assert_int_equal(hw_diagnose_count(d), 0); /* still trying */
    log_line(d, "head",
             "2026-11-22T20:25:00.000Z HPCWIZ stage=wait-sql status=done code=0 msg=\"\"");
    log_line(d, "head",
             "2026-11-22T20:26:00.000Z HPCWIZ stage=setup status=started code=0 msg=\"\"");
    log_line(d, "head", "setup.exe exited with code 3010");
    log_line(d, "head",
             "2026-11-22T20:36:00.000Z HPCWIZ stage=setup status=done code=3010 msg=\"\"");
    log_line(d, "head",
             "2026-11-22T20:36:01.000Z HPCWIZ stage=reboot status=started code=0 msg=\"\"");
    log_line(d, "head", "2026-11-22T20:39:00.000Z HPCWIZ stage=reboot status=done code=0 msg=\"\"");
    rule_noise(d, "head", 2000);
    log_line(d, "head",
             "2026-11-22T20:40:00.000Z HPCWIZ stage=configure status=failed code=7 msg=\"\"");
    log_line(d, "head",
             "2026-11-22T20:41:00.000Z HPCWIZ stage=configure status=done code=0 msg=\"\"");
    log_line(d, "head", "2026-11-22T20:50:00.000Z HPCWIZ stage=signal status=done code=0 msg=\"\"");
    hw_diagnose_end(d, "head");
    assert_int_equal(hw_diagnose_count(d), 0);
    hw_diagnose_free(d);
}

/* A failed login on the head node explains its set-up, the compute nodes' wait and what
 * CloudFormation says of both stacks. */
static void test_consequences(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_stack_event(d, "riskgrid-head", "riskgrid-head", "AWS::CloudFormation::Stack",
                "CREATE_IN_PROGRESS", "User Initiated");
    rule_stage(d, "std-01", "compute", "wait-head", HW_STAGE_STARTED, 0, "");
    log_line(d, "std-01", "\\\\headnode.hpc.example.internal\\REMINST is not reachable");
    rule_stage(d, "head", "head", "setup", HW_STAGE_STARTED, 0, "");
    log_line(d, "head", "Login failed for user 'hpcsetup'.");
    rule_stage(d, "head", "head", "setup", HW_STAGE_FAILED, 1603, "setup.exe ended with 1603");
    rule_stack_event(d, "riskgrid-head", "HeadGroup", "AWS::AutoScaling::AutoScalingGroup",
                "CREATE_FAILED", "Received FAILURE signal with UniqueId i-0f3c1a2b4d5e6f708");
    rule_stage(d, "std-01", "compute", "wait-head", HW_STAGE_FAILED, 1, "the head node is not ready");
    assert_int_equal(hw_diagnose_count(d), 4);
    assert_string_equal(hw_diagnose_at(d, 0)->id, "sql-login-failed");
    assert_string_equal(hw_diagnose_at(d, 0)->node, "head");
    assert_string_equal(hw_diagnose_at(d, 0)->stage, "setup");
    assert_non_null(strstr(hw_diagnose_at(d, 0)->title, "hpcsetup"));
    assert_true(hw_diagnose_cause_of(d, 0) == SIZE_MAX);
    for (size_t i = 1; i < 4; i++) {
        assert_true(hw_diagnose_cause_of(d, i) < i);
        assert_non_null(strstr(hw_diagnose_at(d, i)->cause, "consequence of"));
    }
    hw_diagnose_free(d);
}

static void test_unknown(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_stage(d, "head", "head", "configure", HW_STAGE_STARTED, 0, "");
    log_line(d, "head", "Set-HpcNetwork : The frobnicator could not be engaged");
    rule_noise(d, "head", 2000);
    rule_stage(d, "head", "head", "configure", HW_STAGE_FAILED, 42, "42");
    assert_int_equal(hw_diagnose_count(d), 1);
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->id, "stage-failed");
    assert_true(f->confidence <= 25);
    assert_non_null(strstr(f->evidence[0].text, "frobnicator"));
    hw_diagnose_free(d);
}

/* The same fact told as a stage event and as a log line is one finding with line numbers. */
static void test_line_numbers(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    struct hw_event e = {.type = HW_EV_LOG,
                         .u.log = {.node = "head", .source = "chainer.txt", .text = "first"}};
    hw_diagnose_feed(d, &e);
    e.u.log.offset = 6;
    e.u.log.text = "the certificate doesn't meet the requirements";
    assert_true(hw_diagnose_feed(d, &e));
    assert_int_equal(hw_diagnose_count(d), 1);
    assert_int_equal(hw_diagnose_at(d, 0)->evidence[0].line, 2);
    assert_string_equal(hw_diagnose_at(d, 0)->evidence[0].source, "head · chainer.txt");
    e.u.log.text = "nothing of interest";
    assert_false(hw_diagnose_feed(d, &e));
    hw_diagnose_free(d);
}

static void test_hostile(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    char *long_line = hw_alloc(HW_MAX_LINE);
    memset(long_line, 'e', HW_MAX_LINE - 1);
    memcpy(long_line, "Login failed for user '", 23);
    log_line(d, "head", long_line);
    memset(long_line, ' ', HW_MAX_LINE - 1);
    log_line(d, "head", long_line);
    log_line(d, NULL, "HPCWIZ stage=");
    log_line(d, "head", "HPCWIZ stage=setup status=failed code=99999999999999999999 msg=\"");
    log_line(d, "head", "HPCWIZ stage=se%ntup status=failed code=1 msg=\"%s%n{code}\"");
    for (int i = 0; i < 100; i++)
        log_line(d, "head", "Some error number that cannot be %s%n");
    rule_stack_event(d, NULL, NULL, NULL, NULL, NULL);
    for (int i = 0; i < 5000; i++) { /* more nodes than any cluster has */
        hw_auto_text name = hw_format("node-%d", i);
        rule_stage(d, name, "compute", "setup", HW_STAGE_FAILED, 13818, "x");
    }
    assert_true(d->place_count <= HW_MAX_PLACES);
    assert_true(hw_diagnose_count(d) >= 4000);
    free(long_line);
    hw_diagnose_free(d);
}

static void expect_bad(const char *yaml, const char *place, const char *what)
{
    struct hw_err err = {0};
    struct hw_rules *bad = NULL;
    char *folder;
    assert_true(hw_dir_private("rules", &folder, &err));
    hw_auto_text path = hw_path_join(folder, "bad.yaml");
    assert_true(hw_file_write(path, yaml, strlen(yaml), 0600, &err));
    assert_false(hw_rules_load(HW_RULES_INSTALLED, folder, &bad, &err));
    if (!hw_text_ends(err.place, place) || !strstr(err.what, what))
        print_error("place '%s' what '%s' next '%s'\n", err.place, err.what, err.next);
    assert_true(hw_text_ends(err.place, place));
    assert_non_null(strstr(err.what, what));
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

static void test_bad_rules(void **state HW_UNUSED)
{
    expect_bad("- id: [a\n", "bad.yaml:2:1", "");
    expect_bad("id: a\n", "bad.yaml:1:1", "list of rules");
    expect_bad("- id: a\n  tilte: b\n", "bad.yaml:2:3", "unknown key 'tilte'");
    expect_bad("- id: a\n  id: b\n", "bad.yaml:2:3", "twice");
    expect_bad("- id: a\n  match:\n    - log: 'a(b'\n", "bad.yaml:3:12", "regular expression");
    expect_bad("- id: a\n  match:\n    - stage: broken\n", "bad.yaml:3:14", "started");
    expect_bad("- id: a\n  confidence: 101\n", "bad.yaml:2:15", "1 to 100");
    expect_bad("- id: a\n  confidence: [1]\n", "bad.yaml:2:15", "a text");
    expect_bad("- id: a\n  title: t\n", "bad.yaml:1:3", "lacks 'cause'");
    expect_bad("- {id: a, title: 't {oops}', cause: c, match: [{log: x}], remedy: r, "
               "confidence: 5, examples: [a, b]}\n",
               "bad.yaml:1:3", "'{oops}' is not captured");
    expect_bad("- {id: a, title: t, cause: c, match: [{log: x}], remedy: r, confidence: 5, "
               "examples: [a, b], consequence_of: [nobody]}\n",
               "bad.yaml:1", "nobody");
    expect_bad("- {id: a, title: t, cause: c, match: [{log: x}], remedy: r, confidence: 5, "
               "examples: [a, b], roles: [boss]}\n",
               "bad.yaml:1:3", "boss");
    expect_bad("# nothing\n", "", "no diagnosis rules");
}

static void test_file(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    assert_true(hw_dir_private("log", &folder, &err));
    hw_auto_text path = hw_path_join(folder, "head.log");
    hw_auto(hw_buf) bytes = HW_BUF(65536);
    hw_buf_add(&bytes, "\xFF\xFE", 2);
    static const char text[] = "one\r\nError: 18456, Severity: 14, State: 8.\r\n"
                               "Password=hunter2; Login failed for user 'hpcsetup'.";
    hw_buf_utf16le(&bytes, text, strlen(text));
    assert_true(hw_file_write(path, bytes.data, bytes.len, 0600, &err));
    struct hw_diagnose *d = hw_diagnose_new(rules);
    assert_true(hw_diagnose_file(d, path, &err));
    assert_int_equal(hw_diagnose_count(d), 2);
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->id, "sql-login-refused");
    assert_string_equal(f->node, "head");
    assert_int_equal(f->evidence[0].line, 2);
    f = hw_diagnose_at(d, 1);
    assert_string_equal(f->id, "sql-login-failed");
    assert_null(strstr(f->evidence[1].text, "hunter2"));
    assert_false(hw_diagnose_file(d, "/nonexistent/x.log", &err));
    hw_diagnose_free(d);
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),  cmocka_unit_test(test_consequences),
        cmocka_unit_test(test_unknown),  cmocka_unit_test(test_line_numbers),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_bad_rules),
        cmocka_unit_test(test_file),
    };
    alarm(120);
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}

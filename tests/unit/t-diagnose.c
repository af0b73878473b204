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
    hw_diagnose_end(d);
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
    rule_stage(d, "std-01", "compute", "wait-head", HW_STAGE_FAILED, 1,
               "the head node is not ready");
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
    hw_auto(hw_strv) paths = {0};
    hw_strv_add(&paths, path);
    assert_true(hw_diagnose_files(d, &paths, &err));
    assert_int_equal(hw_diagnose_count(d), 2);
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->id, "sql-login-refused");
    assert_string_equal(f->node, "head");
    assert_int_equal(f->evidence[0].line, 2);
    f = hw_diagnose_at(d, 1);
    assert_string_equal(f->id, "sql-login-failed");
    assert_null(strstr(f->evidence[1].text, "hunter2"));
    hw_strv_add(&paths, "/nonexistent/x.log");
    assert_false(hw_diagnose_files(d, &paths, &err));
    hw_diagnose_free(d);
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

/* What was written into a file of the folder, by its name there. */
static char *put_file(const char *folder, const char *name, const char *text)
{
    struct hw_err err = {0};
    char *path = hw_path_join(folder, name);
    hw_auto_text below = hw_strndup(path, strlen(path) - strlen(hw_path_base(path)) - 1);
    assert_true(hw_dir_make(below, 0700, &err));
    assert_true(hw_file_write(path, text, strlen(text), 0600, &err));
    return path;
}

/* Two logs of one node: what set-up wrote into its own belongs to the stage of that time. */
static void test_files_of_a_node(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    hw_auto(hw_strv) paths = {0};
    assert_true(hw_dir_private("log", &folder, &err));
    hw_strv_take(&paths, put_file(folder, "head/install.log",
                                  "2026-11-22T20:30:00.000Z HPCWIZ stage=setup status=started "
                                  "code=0 msg=\"\"\n"
                                  "2026-11-22T20:33:00.000Z HPCWIZ stage=setup status=failed "
                                  "code=1603 msg=\"set-up failed\"\n"
                                  "2026-11-22T20:34:00.000Z HPCWIZ stage=configure status=started "
                                  "code=0 msg=\"\"\n"));
    hw_strv_take(&paths,
                 put_file(folder, "head/chainer.txt",
                          "[11/22/2026 20:32:00.000] [Error] Login failed for user 'x'.\n"));
    struct hw_diagnose *d = hw_diagnose_new(rules);
    assert_true(hw_diagnose_files(d, &paths, &err));
    assert_int_equal(hw_diagnose_count(d), 1);
    assert_string_equal(hw_diagnose_at(d, 0)->id, "sql-login-failed");
    assert_string_equal(hw_diagnose_at(d, 0)->node, "head");
    assert_string_equal(hw_diagnose_at(d, 0)->stage, "setup");
    assert_int_equal(hw_diagnose_at(d, 0)->confidence, 93); /* it brought the stage down */
    hw_diagnose_free(d);
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

static void expect_saved(const char *text, const char *node)
{
    struct hw_err err = {0};
    char *folder;
    hw_auto(hw_strv) paths = {0};
    assert_true(hw_dir_private("log", &folder, &err));
    hw_strv_take(&paths, put_file(folder, "saved", text));
    struct hw_diagnose *d = hw_diagnose_new(rules);
    assert_true(hw_diagnose_files(d, &paths, &err));
    assert_true(hw_diagnose_count(d) >= 1);
    assert_string_equal(hw_diagnose_at(d, 0)->id, "sql-login-failed");
    assert_string_equal(hw_diagnose_at(d, 0)->node, node);
    assert_null(strstr(hw_diagnose_at(d, 0)->evidence[0].text, "hunter2"));
    hw_diagnose_free(d);
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

/* What hpcwiz saved itself: the log page, `hpcwiz logs`, --json; and a raw log. */
static void test_saved_forms(void **state HW_UNUSED)
{
    expect_saved(
        "2026-11-22T20:30:00.000Z sql install.log 2026-11-22T20:30:00.000Z HPCWIZ stage=boot "
        "status=done code=0 msg=\"\"\n"
        "2026-11-22T20:32:00.000Z head chainer.txt Password=hunter2 Login failed for user "
        "'x'.\n",
        "head");
    expect_saved("20:30:00 sql      install.log    all is well\n"
                 "         head     chainer.txt    Login failed for user 'x'.\n",
                 "head");
    expect_saved("{\"type\":\"stage\",\"time\":\"2026-11-22T20:30:00.000Z\",\"node\":\"head\","
                 "\"role\":\"head\",\"stage\":\"setup\",\"status\":\"started\",\"exit_code\":0,"
                 "\"message\":\"\"}\n"
                 "{\"type\":\"log\",\"time\":null,\"node\":\"head\",\"source\":\"chainer.txt\","
                 "\"offset\":7,\"text\":\"Password=hunter2; Login failed for user 'x'.\"}\n"
                 "{\"type\":\"stage\",\"node\":\"head\",\"role\":\"head\",\"stage\":\"setup\","
                 "\"status\":\"failed\",\"exit_code\":1603,\"message\":\"\"}\n"
                 "{\"type\":\"log\",\"broken\n",
                 "head");
    expect_saved(
        "2026-11-22T20:30:00.000Z running setup.exe -unattend\nLogin failed for user 'x'.\n",
        "saved");
}

/* A condition that must stand near, before or behind; in the same file only. */
static void test_near(void **state HW_UNUSED)
{
    static const char yaml[] =
        "- {id: a, title: '{what} {why|-}', cause: c, match: [{log: 'broken (?<what>\\w+)'}], "
        "near: 'because of (?<why>\\w+)', remedy: r, confidence: 50, examples: [a, b]}\n";
    struct hw_err err = {0};
    struct hw_rules *own = hw_rules_new();
    assert_true(hw_rules_parse("own", yaml, sizeof yaml - 1, own, &err));
    assert_true(hw_rules_finish(own, &err));
    struct hw_diagnose *d = hw_diagnose_new(own);
    log_line(d, "head", "broken disk");
    assert_int_equal(hw_diagnose_count(d), 0);
    rule_log(d, "head", "other.log", "because of heat");
    assert_int_equal(hw_diagnose_count(d), 0);
    rule_noise(d, "head", 9);
    log_line(d, "head", "because of dust");
    assert_int_equal(hw_diagnose_count(d), 0);
    rule_noise(d, "head", 7);
    log_line(d, "head", "broken fan");
    assert_int_equal(hw_diagnose_count(d), 1);
    assert_string_equal(hw_diagnose_at(d, 0)->title, "fan dust");
    log_line(d, "sql", "broken fan");
    log_line(d, "sql", "because of age");
    assert_int_equal(hw_diagnose_count(d), 2);
    assert_int_equal(hw_diagnose_at(d, 0)->evidence_count, 2);
    hw_diagnose_free(d);
    hw_rules_free(own);
}

/* An expression of several lines, with captures in different ones, in one file only. */
static void test_lines(void **state HW_UNUSED)
{
    static const char yaml[] = "- {id: a, title: '{what} {why} {same}', cause: c, match: [{log: "
                               "'task (?<what>\\w+) begins\\n(?:.*\\n){0,3}.*it fails: "
                               "(?<why>\\w+)\\n(?<same>\\k{what})$'}],"
                               " remedy: r, confidence: 50, examples: [a, b]}\n";
    struct hw_err err = {0};
    struct hw_rules *own = hw_rules_new();
    assert_true(hw_rules_parse("own", yaml, sizeof yaml - 1, own, &err));
    assert_true(hw_rules_finish(own, &err));
    struct hw_diagnose *d = hw_diagnose_new(own);
    rule_noise(d, "head", 3);
    log_line(d, "head", "task copy begins");
    rule_log(d, "head", "other.log", "it fails: heat");
    rule_log(d, "head", "other.log", "copy");
    log_line(d, "head", "and goes on");
    log_line(d, "head", "it fails: dust");
    assert_int_equal(hw_diagnose_count(d), 0);
    log_line(d, "head", "copy");
    assert_int_equal(hw_diagnose_count(d), 1);
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    assert_string_equal(f->title, "copy dust copy");
    assert_string_equal(f->evidence[0].text, "task copy begins and goes on it fails: dust copy");
    log_line(d, "sql", "task move begins");
    rule_noise(d, "sql", 7); /* too far away */
    log_line(d, "sql", "it fails: age");
    log_line(d, "sql", "move");
    for (int i = 0; i < 100; i++) /* more first lines than are kept */
        log_line(d, "std-01", "task endless begins");
    assert_int_equal(hw_diagnose_count(d), 1);
    hw_diagnose_free(d);
    hw_rules_free(own);
    static const char wrong[] =
        "- {id: a, title: t, cause: c, match: [{log: '(?:x\\n)y'}], remedy: r, "
        "confidence: 50, examples: [a, b]}\n";
    own = hw_rules_new();
    assert_false(hw_rules_parse("own", wrong, sizeof wrong - 1, own, &err));
    assert_non_null(strstr(err.what, "group"));
    hw_rules_free(own);
}

/* What comes near is told when nothing fits. */
static void test_nearest(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_stage(d, "head", "head", "setup", HW_STAGE_STARTED, 0, "");
    log_line(d, "head", "Error: the initialization of a keyword is unsupported");
    rule_stage(d, "head", "head", "setup", HW_STAGE_FAILED, 42, "42");
    assert_int_equal(hw_diagnose_count(d), 1);
    assert_string_equal(hw_diagnose_at(d, 0)->id, "stage-failed");
    assert_non_null(strstr(hw_diagnose_at(d, 0)->cause, "none of them fits"));
    assert_non_null(strstr(hw_diagnose_at(d, 0)->cause, "connection string"));
    hw_diagnose_free(d);
}

/* The reason that a node signalled tells its cause when its log cannot be read; beside the log it
 * is told once. */
static void test_signalled_reason(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_stack_event(d, "riskgrid-head", "HeadGroup", "AWS::AutoScaling::AutoScalingGroup",
                     "CREATE_FAILED",
                     "stage setup failed with exit code 13818: set-up refused the certificate: it "
                     "does not meet the requirements");
    assert_string_equal(hw_diagnose_at(d, 0)->id, "certificate-unfit");
    assert_true(hw_diagnose_at(d, 1)->explained);
    rule_stage(d, "head", "head", "setup", HW_STAGE_FAILED, 13818,
               "set-up refused the certificate");
    assert_int_equal(hw_diagnose_count(d), 2);
    assert_string_equal(hw_diagnose_at(d, 0)->node, "head");
    hw_diagnose_free(d);
}

/* ERRORLOG of the SQL node says why the head node was refused; by itself it is no finding. */
static void test_quiet_cause(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_node_event(d, "sql", "sql", HW_NODE_LIVE, 1000, "");
    rule_log(d, "sql", "ERRORLOG", "Logon       Error: 18456, Severity: 14, State: 8.");
    assert_int_equal(hw_diagnose_count(d), 0);
    rule_stage(d, "head", "head", "setup", HW_STAGE_STARTED, 0, "");
    log_line(d, "head", "Login failed for user 'x'.");
    rule_stage(d, "head", "head", "setup", HW_STAGE_FAILED, 1603, "");
    assert_int_equal(hw_diagnose_count(d), 2);
    assert_string_equal(hw_diagnose_at(d, 0)->id, "sql-login-refused");
    assert_string_equal(hw_diagnose_at(d, 0)->node, "sql");
    assert_int_equal(hw_diagnose_cause_of(d, 1), 0);
    hw_diagnose_free(d);
}

/* Twenty nodes that fail alike are one cause. */
static void test_alike(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    for (int i = 1; i <= 20; i++) {
        hw_auto_text node = hw_format("std-%02d", i);
        rule_stage(d, node, "compute", "wait-head", HW_STAGE_STARTED, 0, "");
        log_line(d, node, "head node not available");
        rule_stage(d, node, "compute", "wait-head", HW_STAGE_FAILED, 1, "");
    }
    size_t roots = 0;
    for (size_t i = 0; i < hw_diagnose_count(d); i++)
        roots += !hw_diagnose_at(d, i)->explained;
    assert_int_equal(roots, 1);
    hw_diagnose_free(d);
}

/* A folder of one's own adds rules and replaces them; a folder without any is said. */
static void test_own_rules(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    struct hw_rules *own = NULL;
    char *folder;
    assert_true(hw_dir_private("rules", &folder, &err));
    assert_false(hw_rules_load(HW_RULES_INSTALLED, folder, &own, &err));
    hw_auto_text path =
        put_file(folder, "hpcwiz/rules/own.yaml",
                 "- {id: sql-login-failed, title: mine, cause: c, match: [{log: "
                 "'Login failed'}], remedy: r, confidence: 5, examples: [a, b]}\n"
                 "- {id: new-one, title: new, cause: c, match: [{log: 'brand new'}], "
                 "remedy: r, confidence: 5, examples: [a, b]}\n");
    assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
    assert_true(hw_rules_load(HW_RULES_OWN, NULL, &own, &err));
    assert_int_equal(hw_rules_count(own), hw_rules_count(rules) + 1);
    struct hw_diagnose *d = hw_diagnose_new(own);
    log_line(d, "head", "Login failed for user 'x'.");
    assert_string_equal(hw_diagnose_at(d, 0)->title, "mine");
    hw_diagnose_free(d);
    hw_rules_free(own);
    assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),     cmocka_unit_test(test_consequences),
        cmocka_unit_test(test_unknown),     cmocka_unit_test(test_line_numbers),
        cmocka_unit_test(test_hostile),     cmocka_unit_test(test_bad_rules),
        cmocka_unit_test(test_file),        cmocka_unit_test(test_files_of_a_node),
        cmocka_unit_test(test_saved_forms), cmocka_unit_test(test_near),
        cmocka_unit_test(test_nearest),     cmocka_unit_test(test_signalled_reason),
        cmocka_unit_test(test_quiet_cause), cmocka_unit_test(test_alike),
        cmocka_unit_test(test_lines),       cmocka_unit_test(test_own_rules),
    };
    alarm(120);
    return cmocka_run_group_tests(tests, rule_load, rule_free);
}

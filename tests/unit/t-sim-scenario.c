/* SPDX-License-Identifier: Apache-2.0 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "sim/guest.h"
#include "sim/scenario.h"

/* contract: the stages of each role in their order. */
static const char *const contract[SIM_ROLES][12] = {
    {"boot", "volumes", "network", "domain", "sql-config", "databases", "logins", "signal"},
    {"boot", "network", "domain", "wait-sql", "certificate", "setup", "reboot", "configure",
     "share-certificate", "online", "signal"},
    {"boot", "domain", "wait-head", "fetch-certificate", "setup", "reboot", "configure", "online",
     "signal"},
};

static struct sim_scenario *load(const char *name)
{
    struct hw_err err = {0};
    struct sim_scenario *scenario = sim_scenario_load(name, &err);
    if (!scenario)
        print_error("%s: %s\n", err.place, err.what);
    assert_non_null(scenario);
    return scenario;
}

static void every_scenario_has_the_stages_of_the_contract(void **state HW_UNUSED)
{
    static const char *const names[] = {
        "ok",           "sql-login-failed",  "certificate-13818",     "no-signal",
        "flood",        "setup-3010-reboot", "insufficient-capacity", "domain-unreachable",
        "media-denied", "secret-missing"};
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        struct sim_scenario *scenario = load(names[i]);
        assert_string_equal(scenario->name, names[i]);
        assert_true(*scenario->summary);
        assert_int_equal(scenario->hidden, !strcmp(names[i], "flood"));
        for (unsigned role = 0; role < SIM_ROLES; role++) {
            const struct sim_role_plan *plan = &scenario->roles[role];
            for (size_t k = 0; k < plan->count; k++)
                assert_string_equal(plan->stages[k].name, contract[role][k]);
            assert_null(contract[role][plan->count]);
        }
        sim_scenario_free(scenario);
    }
}

static void ok_takes_about_as_long_as_the_real_thing(void **state HW_UNUSED)
{
    struct sim_scenario *scenario = load("ok");
    assert_in_range(sim_scenario_seconds(scenario, SIM_SQL), 8 * 60, 10 * 60);
    assert_in_range(sim_scenario_seconds(scenario, SIM_HEAD), 23 * 60, 27 * 60);
    assert_in_range(sim_scenario_seconds(scenario, SIM_COMPUTE), 9 * 60, 11 * 60);
    sim_scenario_free(scenario);
}

static void an_override_keeps_what_it_does_not_name(void **state HW_UNUSED)
{
    struct sim_scenario *ok = load("ok"), *other = load("setup-3010-reboot");
    const struct sim_stage *before = sim_scenario_stage(ok, SIM_COMPUTE, "setup");
    const struct sim_stage *after = sim_scenario_stage(other, SIM_COMPUTE, "setup");
    assert_int_equal(before->code, 0);
    assert_int_equal(after->code, 3010);
    assert_int_equal(before->seconds, after->seconds);
    assert_string_equal(before->started, after->started);
    assert_true(sim_scenario_stage(ok, SIM_COMPUTE, "reboot")->absent);
    assert_false(sim_scenario_stage(other, SIM_COMPUTE, "reboot")->absent);
    assert_null(sim_scenario_stage(ok, SIM_SQL, "setup"));
    sim_scenario_free(ok);
    sim_scenario_free(other);
}

static void launch_failure_names_type_and_zone(void **state HW_UNUSED)
{
    struct sim_scenario *scenario = load("insufficient-capacity");
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    assert_false(sim_scenario_launch_fault(scenario, SIM_HEAD, 1, "m6i.xlarge", "z", &text));
    assert_int_equal(text.len, 0);
    assert_true(
        sim_scenario_launch_fault(scenario, SIM_COMPUTE, 2, "c6i.4xlarge", "eu-central-1a", &text));
    assert_non_null(strstr(text.data, "do not have sufficient c6i.4xlarge capacity in the "
                                      "Availability Zone you requested (eu-central-1a)."));
    sim_scenario_free(scenario);
}

static void wrong_files_are_refused_with_their_place(void **state HW_UNUSED)
{
    static const struct {
        const char *yaml, *place, *what;
    } cases[] = {
        {"name: x\ncolour: red\n", ":2:1", "unknown key 'colour'"},
        {"name: [a]\n", ":1:7", "single value"},
        {"roles: {sql: {}}\n", ":1:14", "list"},
        {"roles: {sql: [{seconds: 5}]}\n", ":1:15", "needs a 'name'"},
        {"roles: {sql: [{name: boot, seconds: -5}]}\n", ":1:37", "whole number"},
        {"roles: {sql: [{name: boot, jitter: 101}]}\n", ":1:15", "percentage"},
        {"roles: {sql: [{name: boot, lines: [{to: nowhere, text: a}]}]}\n", ":1:41", "nowhere"},
        {"roles: {sql: [{name: boot, wait: {role: head}}]}\n", ":1:34", "'stage'"},
        {"files: [{key: a, path: b, encoding: ebcdic}]\n", ":1:37", "ebcdic"},
        {"name: 'open\n", ":", "end of stream"},
        {"", "", "empty"},
        {"extends: missing\n", "", "missing.yaml"},
        {"extends: self\n", "", "deeply"},
    };
    char *folder;
    assert_true(hw_dir_private("t-sim-scenario", &folder, NULL));
    hw_auto_text path = hw_path_join(folder, "self.yaml");
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        struct hw_err err = {0};
        assert_true(hw_file_write(path, cases[i].yaml, strlen(cases[i].yaml), 0600, NULL));
        assert_null(sim_scenario_load(path, &err));
        if (!strstr(err.place, cases[i].place) || !strstr(err.what, cases[i].what))
            fail_msg("%s: %s: %s", cases[i].yaml, err.place, err.what);
    }
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

static void too_many_lines_are_refused(void **state HW_UNUSED)
{
    static const char yaml[] = "files: [{key: a, path: b}]\n"
                               "roles: {sql: [{name: boot, lines: [{to: a, repeat: 86400}]}]}\n";
    char *folder;
    struct hw_err err = {0};
    assert_true(hw_dir_private("t-sim-scenario", &folder, NULL));
    hw_auto_text path = hw_path_join(folder, "many.yaml");
    assert_true(hw_file_write(path, yaml, strlen(yaml), 0600, NULL));
    assert_null(sim_scenario_load(path, &err));
    assert_non_null(strstr(err.what, "too many lines"));
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

static size_t count_fits(const struct sim_guest *guest, const char *glob)
{
    size_t count = 0;
    const struct sim_guest_file *file = NULL;
    while ((file = sim_guest_next(guest, glob, file)))
        count++;
    return count;
}

static void the_disk_finds_by_wildcard(void **state HW_UNUSED)
{
    struct sim_guest *guest = sim_guest_new();
    sim_guest_write(guest, "C:\\Windows\\Temp\\HPCSetupLogs\\HPCSetupLogs-1\\chainer.txt", SIM_UTF8,
                    true, "a");
    sim_guest_write(guest, "C:\\Windows\\Temp\\HPCSetupLogs\\HPCSetupLogs-2\\chainer.txt", SIM_UTF8,
                    true, "a");
    sim_guest_write(guest, "C:\\cfn\\log\\cfn-init.log", SIM_UTF8, true, "a");
    assert_int_equal(count_fits(guest, "c:\\windows\\temp\\hpcsetuplogs\\*\\*.txt"), 2);
    assert_int_equal(count_fits(guest, "C:\\Windows\\Temp\\HPCSetupLogs*\\*.txt"), 0);
    assert_int_equal(count_fits(guest, "C:\\Windows\\Temp\\HPCSetupLogs\\*-?\\chainer.*"), 2);
    assert_int_equal(count_fits(guest, "C:\\*.log"), 0);
    assert_int_equal(count_fits(guest, "C:\\*\\*\\*.log"), 1);
    assert_int_equal(count_fits(guest, ""), 0);
    assert_int_equal(count_fits(guest, "*"), 0);
    assert_true(sim_guest_remove(guest, "C:\\CFN\\LOG\\CFN-INIT.LOG"));
    assert_false(sim_guest_remove(guest, "C:\\CFN\\LOG\\CFN-INIT.LOG"));
    sim_guest_free(guest);
}

static void the_disk_writes_real_encodings(void **state HW_UNUSED)
{
    static const struct {
        enum sim_encoding encoding;
        bool crlf;
        const char *bytes;
        size_t count;
    } cases[] = {
        {SIM_UTF8, false, "\xC3\xBC\n", 3},
        {SIM_UTF8_BOM, true, "\xEF\xBB\xBF\xC3\xBC\r\n", 7},
        {SIM_UTF16LE, true, "\xFC\0\r\0\n\0", 6},
        {SIM_UTF16LE_BOM, true, "\xFF\xFE\xFC\0\r\0\n\0", 8},
    };
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        struct sim_guest *guest = sim_guest_new();
        assert_true(sim_guest_write(guest, "C:\\a", cases[i].encoding, cases[i].crlf, "ü"));
        const struct sim_guest_file *file = sim_guest_find(guest, "c:\\A");
        assert_int_equal(file->bytes.len, cases[i].count);
        assert_memory_equal(file->bytes.data, cases[i].bytes, cases[i].count);
        sim_guest_free(guest);
    }
}

/* Every file of the folder but the account's, and what is for measuring. */
static void the_list_is_whole_and_fits_a_terminal(void **state HW_UNUSED)
{
    hw_auto(hw_strv) list = {0};
    hw_auto_text pattern = hw_data_path("scenarios/*.yaml");
    glob_t files = {0};
    size_t left_out = 0;
    sim_scenario_list(&list);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *base = hw_path_base(files.gl_pathv[i]);
        hw_auto_text name = hw_strndup(base, strlen(base) - strlen(".yaml"));
        left_out += !hw_strv_has(&list, name);
    }
    assert_int_equal(left_out, 2);
    assert_int_equal(list.count / 2 + left_out, files.gl_pathc);
    for (size_t i = 0; i + 1 < list.count; i += 2)
        assert_true(strlen(list.items[i]) <= 22 && strlen(list.items[i + 1]) <= 55);
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_has_the_stages_of_the_contract),
        cmocka_unit_test(the_list_is_whole_and_fits_a_terminal),
        cmocka_unit_test(ok_takes_about_as_long_as_the_real_thing),
        cmocka_unit_test(an_override_keeps_what_it_does_not_name),
        cmocka_unit_test(launch_failure_names_type_and_zone),
        cmocka_unit_test(wrong_files_are_refused_with_their_place),
        cmocka_unit_test(too_many_lines_are_refused),
        cmocka_unit_test(the_disk_finds_by_wildcard),
        cmocka_unit_test(the_disk_writes_real_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "check/check.h"
#include "tests/unit/whole-cluster.h"

struct seen {
    const char *id;
    unsigned failed, skipped, passed, all;
};

static void note(void *data, const struct hw_event *event)
{
    struct seen *seen = data;
    assert_int_equal(event->type, HW_EV_CHECK);
    assert_true(hw_check_known(event->u.check.id));
    seen->all++;
    if (!seen->id || strcmp(event->u.check.id, seen->id) != 0)
        return;
    seen->failed += event->u.check.status == HW_CHECK_FAIL;
    seen->skipped += event->u.check.status == HW_SKIPPED;
    seen->passed += event->u.check.status == HW_PASS;
}

static struct hw_check_result run(const struct hw_cluster *cluster, struct seen *seen,
                                  const char *skip)
{
    hw_auto(hw_strv) skips = {0};
    struct hw_check_result result;
    if (skip)
        hw_strv_add(&skips, skip);
    hw_check_offline(cluster, &skips, &(struct hw_sink){note, seen}, &result);
    return result;
}

static void a_sound_cluster_passes(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = whole_cluster();
    struct seen seen = {0};
    struct hw_check_result result = run(cluster, &seen, NULL);
    assert_int_equal(result.errors, 0);
    assert_int_equal(result.warnings, 0);
    assert_true(result.passed >= 15);
    assert_true(seen.all >= 15);
    hw_cluster_free(cluster);
}

static void each_fault_is_found(void **state HW_UNUSED)
{
    static const struct {
        const char *id, *key, *value;
    } faults[] = {
        {"cluster.required", "directory.netbios", ""},
        {"cluster.duplicate", "network.subnets", "subnet-0aaa1111,subnet-0aaa1111"},
        {"cluster.tags", "tags", "A=1,A=2"},
        {"network.addresses-differ", "network.head_address", "10.20.1.5"},
        {"network.zone-shadows-domain", "directory.domain", "hpc.example.internal"},
        {"network.one-subnet", "network.subnets", "subnet-0aaa1111"},
        {"access.open", "access.from", "0.0.0.0/0"},
        {"images.sql", "nodes.sql.image",
         "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"},
        {"nodes.architecture", "nodes.head.type", "m7g.xlarge"},
        {"nodes.architecture", "nodes.compute.0.type", "c6gn.large"},
        {"nodes.small", "nodes.head.type", "t3.small"},
        {"nodes.group-size", "nodes.compute.0.max", "1"},
        {"nodes.group-names", "nodes.compute.0.name", "sql"},
        {"nodes.placement", "nodes.compute.0.placement", "spread"},
        {"nodes.timeouts", "timeouts.head", "10m"},
        {"secrets.distinct", "secrets.sql_password", "/service-account/username"},
        {"deploy.on-failure", "deploy.on_failure", "keep"},
    };
    for (size_t i = 0; i < HW_COUNT(faults); i++) {
        struct hw_cluster *cluster = whole_cluster();
        struct hw_err err = {0};
        if (!hw_cluster_set(cluster, faults[i].key, faults[i].value, &err))
            fail_msg("%s", err.what);
        struct seen seen = {.id = faults[i].id};
        run(cluster, &seen, NULL);
        if (!seen.failed || seen.passed)
            fail_msg("%s was not found", faults[i].id);
        seen = (struct seen){.id = faults[i].id};
        run(cluster, &seen, faults[i].id);
        assert_int_equal(seen.failed, 0);
        assert_int_equal(seen.skipped, 1);
        hw_cluster_free(cluster);
    }
}

static void sound_types_are_not_taken_for_arm(void **state HW_UNUSED)
{
    static const char *const types[] = {"g5.xlarge",     "m6i.xlarge",     "c6in.large",
                                        "z1d.large",     "x2iezn.2xlarge", "g6.2xlarge",
                                        "hpc6a.48xlarge"};
    for (size_t i = 0; i < HW_COUNT(types); i++) {
        struct hw_cluster *cluster = whole_cluster();
        struct seen seen = {.id = "nodes.architecture"};
        assert_true(hw_cluster_set(cluster, "nodes.compute.0.type", types[i], NULL));
        run(cluster, &seen, NULL);
        assert_int_equal(seen.failed, 0);
        hw_cluster_free(cluster);
    }
}

static void old_hpc_pack_needs_old_windows(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = whole_cluster();
    struct seen seen = {.id = "images.windows"};
    hw_cluster_set(cluster, "hpc_pack.version", "2016", NULL);
    hw_cluster_set(cluster, "nodes.head.image",
                   "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
                   NULL);
    run(cluster, &seen, NULL);
    assert_int_equal(seen.failed, 1);
    hw_cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_cluster_passes),
        cmocka_unit_test(each_fault_is_found),
        cmocka_unit_test(sound_types_are_not_taken_for_arm),
        cmocka_unit_test(old_hpc_pack_needs_old_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "model/cluster.h"
#include "model/logon.h"

static void every_row_is_complete(void **state HW_UNUSED)
{
    for (size_t i = 0; i < hw_schema_count(); i++) {
        const struct hw_field *field = hw_schema_at(i);
        struct hw_err err = {0};
        assert_non_null(field->label);
        assert_non_null(field->help);
        assert_true(hw_text_width(field->label) <= 17);
        assert_ptr_equal(hw_schema_find(field->key), field);
        assert_true(field->def || field->example || !field->required);
        if (field->def)
            assert_true(hw_field_check(field, NULL, field->def, &err));
        if (field->example && !field->list)
            assert_true(hw_field_check(field, NULL, field->example, &err));
    }
}

static void pages_have_words(void **state HW_UNUSED)
{
    enum hw_page_id id;
    assert_true(hw_page_find("network", &id));
    assert_int_equal(id, HW_PAGE_NETWORK);
    assert_false(hw_page_find("nowhere", &id));
}

static void defaults_and_answers(void **state HW_UNUSED)
{
    struct hw_cluster *c = hw_cluster_new();
    struct hw_err err = {0};
    assert_string_equal(hw_cluster_get(c, "timeouts.head"), "90m");
    assert_int_equal(hw_cluster_seconds(c, "timeouts.head"), 5400);
    assert_false(hw_cluster_is_set(c, "timeouts.head"));
    assert_true(hw_cluster_set(c, "network.subnets", "subnet-0aaa1111, subnet-0bbb2222", &err));
    assert_int_equal(hw_cluster_list(c, "network.subnets")->count, 2);
    assert_string_equal(hw_cluster_list(c, "network.subnets")->items[1], "subnet-0bbb2222");
    unsigned long before = hw_cluster_revision(c);
    assert_false(hw_cluster_set(c, "network.vpc", "subnet-0aaa1111", &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    assert_int_equal(hw_cluster_revision(c), before);
    assert_string_equal(hw_cluster_get(c, "network.vpc"), "");
    hw_cluster_free(c);
}

/* What is kept of one cluster must not be taken for another's. */
static void a_revision_belongs_to_one_cluster(void **state HW_UNUSED)
{
    struct hw_cluster *first = hw_cluster_new(), *second = hw_cluster_new();
    assert_true(hw_cluster_set(first, "cluster", "riskgrid", NULL));
    assert_true(hw_cluster_set(second, "cluster", "oldgrid", NULL));
    assert_int_not_equal(hw_cluster_revision(first), hw_cluster_revision(second));
    struct hw_cluster *copy = hw_cluster_copy(first);
    assert_int_equal(hw_cluster_revision(copy), hw_cluster_revision(first));
    assert_true(hw_cluster_set(copy, "cluster", "farm", NULL));
    assert_true(hw_cluster_set(first, "cluster", "oldgrid", NULL));
    assert_int_not_equal(hw_cluster_revision(copy), hw_cluster_revision(first));
    hw_cluster_free(copy);
    hw_cluster_free(second);
    hw_cluster_free(first);
}

static void unknown_keys_name_the_nearest(void **state HW_UNUSED)
{
    struct hw_cluster *c = hw_cluster_new();
    struct hw_err err = {0};
    assert_false(hw_cluster_set(c, "network.subnet", "x", &err));
    assert_non_null(strstr(err.next, "network.subnets"));
    assert_false(hw_cluster_set(c, "nodes.compute.7.name", "x", &err));
    hw_cluster_free(c);
}

static void groups_come_and_go(void **state HW_UNUSED)
{
    struct hw_cluster *c = hw_cluster_new();
    struct hw_err err = {0};
    assert_true(hw_cluster_group_add(c, &err));
    assert_true(hw_cluster_group_add(c, &err));
    assert_true(hw_cluster_set(c, "nodes.compute.2.type", "c6i.large", &err));
    assert_true(hw_cluster_group_remove(c, 1, &err));
    assert_int_equal(hw_cluster_groups(c), 2);
    assert_string_equal(hw_cluster_get(c, "nodes.compute.1.type"), "c6i.large");
    assert_string_equal(hw_cluster_get(c, "nodes.compute.1.name"), "group3");
    assert_true(hw_cluster_group_remove(c, 0, &err));
    assert_false(hw_cluster_group_remove(c, 0, &err));
    hw_cluster_free(c);
}

static void count_rule(void *data, const char *rule, const char *key HW_UNUSED,
                       const char *message HW_UNUSED, const char *remedy HW_UNUSED)
{
    const char **wanted = data;
    if (strcmp(rule, wanted[0]) == 0)
        wanted[1] = "seen";
}

static bool breaks(const struct hw_cluster *c, const char *rule)
{
    const char *wanted[2] = {rule, NULL};
    hw_cluster_rules(c, count_rule, wanted);
    return wanted[1] != NULL;
}

static void rules_look_at_several_answers(void **state HW_UNUSED)
{
    struct hw_cluster *c = hw_cluster_new();
    assert_true(breaks(c, "cluster.required"));
    assert_false(breaks(c, "nodes.group-size"));
    hw_cluster_set(c, "nodes.compute.0.max", "3", NULL);
    assert_true(breaks(c, "nodes.group-size"));
    hw_cluster_set(c, "network.sql_address", "10.0.0.5", NULL);
    hw_cluster_set(c, "network.head_address", "10.0.0.5", NULL);
    assert_true(breaks(c, "network.addresses-differ"));
    hw_cluster_set(c, "nodes.sql", "local", NULL);
    assert_false(breaks(c, "network.addresses-differ"));
    hw_cluster_set(c, "network.subnets", "subnet-0aaa1111,subnet-0aaa1111", NULL);
    assert_true(breaks(c, "cluster.duplicate"));
    hw_cluster_set(c, "nodes.compute.0.name", "head", NULL);
    assert_true(breaks(c, "nodes.group-names"));
    hw_cluster_free(c);
}

static void values_are_refused_with_a_sentence(void **state HW_UNUSED)
{
    static const char *const bad[][2] = {
        {"cluster", "9lives"},
        {"cluster", "toolonganame1"},
        {"cluster", "ends-"},
        {"region", "Europe"},
        {"directory.netbios", "SIXTEENCHARACTER"},
        {"directory.domain", "nodots"},
        {"directory.domain", "a..b"},
        {"access.from", "10.0.0.1/24"},
        {"access.from", "0.0.0.0/33"},
        {"network.head_address", "256.1.1.1"},
        {"timeouts.sql", "13h"},
        {"timeouts.sql", "30"},
        {"secrets.sql_password", " /leading/blank"},
        {"secrets.sql_password", "no/slash"},
        {"secrets.sql_password", "/aws/reserved"},
        {"hpc_pack.media", "http://x/y"},
        {"hpc_pack.users", "nobackslash"},
        {"nodes.sql.data_volume_gib", "5"},
        {"nodes.head.image", "ami-XYZ"},
        {"cost.limit_per_hour", "-1"},
        {"tags", "aws:x=1"},
        {"hpc_pack.certificate_name", "a\x1b[31m"},
    };
    struct hw_cluster *c = hw_cluster_new();
    for (size_t i = 0; i < HW_COUNT(bad); i++) {
        struct hw_err err = {0};
        assert_false(hw_cluster_set(c, bad[i][0], bad[i][1], &err));
        assert_int_equal(err.code, HW_ERR_INPUT);
        assert_true(strlen(err.what) > 10);
    }
    hw_cluster_free(c);
}

static void first_missing_follows_the_pages(void **state HW_UNUSED)
{
    struct hw_cluster *c = hw_cluster_new();
    char *key = hw_cluster_first_missing(c);
    assert_string_equal(key, "cluster");
    free(key);
    hw_cluster_set(c, "cluster", "riskgrid", NULL);
    hw_cluster_set(c, "region", "eu-central-1", NULL);
    key = hw_cluster_first_missing(c);
    assert_string_equal(key, "network.vpc");
    free(key);
    hw_cluster_free(c);
}

static void the_way_to_the_head_node(void **state HW_UNUSED)
{
    struct hw_cluster *c = hw_cluster_new();
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_TEXT);
    hw_cluster_set(c, "region", "eu-central-1", NULL);
    hw_cluster_set(c, "network.zone_name", "hpc.example.internal", NULL);
    hw_cluster_set(c, "access.key_pair", "hpc-admin", NULL);
    hw_logon_words(c, NULL, &words);
    assert_int_equal(words.len, 0); /* from where it can be reached is not known */
    hw_cluster_set(c, "access.from", "10.20.0.0/24, 10.30.0.0/24", NULL);
    hw_cluster_set(c, "network.head_address", "10.20.1.6", NULL);
    hw_cluster_set(c, "hpc_pack.administrators", "CORP\\hpcadmins", NULL);
    hw_logon_words(c, "i-0a1b2c3d4e5f67890", &words);
    assert_string_equal(
        hw_buf_cstr(&words),
        "Head node: Remote Desktop to headnode.hpc.example.internal (10.20.1.6), open to "
        "10.20.0.0/24, 10.30.0.0/24\n"
        "Password of its Administrator: aws ec2 get-password-data --region eu-central-1 "
        "--instance-id i-0a1b2c3d4e5f67890 --priv-launch-key hpc-admin.pem\n"
        "HPC Cluster Manager, there: as CORP\\hpcadmins, or the account of "
        "/service-account/username\n");
    hw_cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(pages_have_words),
        cmocka_unit_test(defaults_and_answers),
        cmocka_unit_test(a_revision_belongs_to_one_cluster),
        cmocka_unit_test(unknown_keys_name_the_nearest),
        cmocka_unit_test(groups_come_and_go),
        cmocka_unit_test(rules_look_at_several_answers),
        cmocka_unit_test(values_are_refused_with_a_sentence),
        cmocka_unit_test(first_missing_follows_the_pages),
        cmocka_unit_test(the_way_to_the_head_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "model/cluster_yaml.h"

static const char whole[] = "hpcwiz: 1\n"
                            "cluster: riskgrid\n"
                            "region: eu-central-1\n"
                            "network:\n"
                            "  vpc: vpc-0a1b2c3d4e5f67890\n"
                            "  subnets: [subnet-0aaa1111, subnet-0bbb2222]\n"
                            "  hosted_zone: Z0123456789ABCDEFGHIJ\n"
                            "  zone_name: hpc.example.internal\n"
                            "directory: {domain: corp.example.internal, netbios: CORP}\n"
                            "access: {key_pair: hpc-admin, from: [10.20.0.0/24]}\n"
                            "hpc_pack:\n"
                            "  version: 2019\n"
                            "  media: s3://my-bucket/hpcpack/\n"
                            "  administrators: ['CORP\\hpcadmins']\n"
                            "nodes:\n"
                            "  sql: {image: ami-0123456789abcdef0, type: r6i.xlarge}\n"
                            "  head: {image: 'ssm:/aws/service/x', type: m6i.xlarge}\n"
                            "  compute:\n"
                            "    - {name: std, image: ami-0123456789abcdef0, type: c6i.4xlarge}\n"
                            "    - name: big\n"
                            "      image: ami-0123456789abcdef0\n"
                            "      type: c6i.8xlarge\n"
                            "      max: 8\n"
                            "tags: {CostCenter: '4711', Note: 'a: b, c'}\n";

static struct hw_cluster *parse(const char *text)
{
    struct hw_cluster *c = NULL;
    struct hw_err err = {0};
    if (!hw_cluster_parse("x.yaml", text, strlen(text), false, &c, &err)) {
        char shown[2048];
        print_error("%s\n%s\n", hw_err_text(&err, shown, sizeof shown), text);
    }
    return c;
}

static void reads_what_the_contract_shows(void **state HW_UNUSED)
{
    struct hw_cluster *c = parse(whole);
    assert_non_null(c);
    assert_int_equal(hw_cluster_groups(c), 2);
    assert_string_equal(hw_cluster_get(c, "nodes.compute.1.name"), "big");
    assert_int_equal(hw_cluster_int(c, "nodes.compute.1.max"), 8);
    assert_string_equal(hw_cluster_list(c, "hpc_pack.administrators")->items[0], "CORP\\hpcadmins");
    assert_string_equal(hw_cluster_list(c, "tags")->items[1], "Note=a: b, c");
    hw_cluster_free(c);
}

static void same_answers(void *data, const char *key, const struct hw_field *field HW_UNUSED)
{
    struct hw_cluster **both = data;
    assert_true(hw_strv_equal(hw_cluster_list(both[0], key), hw_cluster_list(both[1], key)));
}

static void round_trip(struct hw_cluster *c, bool comments)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_CLUSTER_FILE);
    assert_true(hw_cluster_print(c, comments, &text));
    struct hw_cluster *again = parse(text.data);
    assert_non_null(again);
    struct hw_cluster *both[2] = {c, again};
    if (!comments)
        hw_cluster_each(c, same_answers, both);
    hw_cluster_free(again);
}

static void writes_what_it_reads(void **state HW_UNUSED)
{
    struct hw_cluster *c = parse(whole);
    assert_non_null(c);
    round_trip(c, false);
    round_trip(c, true);
    assert_true(hw_cluster_set(c, "hpc_pack.users", "CORP\\it's, CORP\\no # one", NULL));
    assert_true(hw_cluster_set(c, "tags",
                               "no=yes, Date=2026-11-22, Q='\"{}[]&*!|>%@`, U=\u00fc\u4e16", NULL));
    round_trip(c, false);
    hw_cluster_set(c, "nodes.sql", "local", NULL);
    round_trip(c, false);
    hw_cluster_free(c);
}

static void replace(const char *from, const char *to, char *out, size_t size)
{
    const char *at = strstr(whole, from);
    assert_non_null(at);
    snprintf(out, size, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
}

static void errors_say_where_and_what(void **state HW_UNUSED)
{
    static const struct {
        const char *from, *to, *place, *says, *next;
    } cases[] = {
        {"region: eu-central-1", "regoin: eu-central-1", "x.yaml:3:1", "unknown key 'regoin'",
         "Did you mean 'region'?"},
        {"  vpc: vpc-0a1b2c3d4e5f67890", "  vcp: vpc-0a1b2c3d4e5f67890", "x.yaml:5:3",
         "unknown key 'vcp' in network", "'vpc'"},
        {"cluster: riskgrid", "cluster: [riskgrid]", "x.yaml:2:10", "expected a single value", ""},
        {"subnets: [subnet-0aaa1111, subnet-0bbb2222]", "subnets: subnet-0aaa1111", "x.yaml:6:12",
         "expected a list", ""},
        {"region: eu-central-1", "region: eu-central-1\nregion: eu-west-1", "x.yaml:4:1", "twice",
         ""},
        {"hpcwiz: 1", "hpcwiz: 2", "x.yaml:1:9", "format '2'", ""},
        {"hpcwiz: 1\n", "", "x.yaml:1:1", "'hpcwiz' is missing", ""},
        {"cluster: riskgrid", "cluster: ''", "x.yaml:2:10", "'cluster' has no value", "riskgrid"},
        {"  media: s3://my-bucket/hpcpack/\n", "  media:\n", "x.yaml:13:9",
         "'hpc_pack.media' has no", "s3://"},
        {"  media: s3://my-bucket/hpcpack/\n", "", "x.yaml:12:3", "'hpc_pack.media' is missing",
         "s3://"},
        {"10.20.0.0/24", "10.20.0.1/24", "x.yaml:10:", "CIDR", ""},
        {"tags: {CostCenter: '4711', ", "tags: {Note: x, ", "x.yaml:24:17", "twice", ""},
        {"region: eu-central-1", "region: *a", "x.yaml:3:9", "alias", ""},
        {"region: eu-central-1", "region: \"eu\\0-1\"", "x.yaml:3:9", "control character", ""},
        {"region: eu-central-1", "region: ]eu", "x.yaml:", "not valid YAML", ""},
        {"tags:", "--- {}\ntags:", "x.yaml:24:1", "second document", ""},
        {"  compute:\n", "  compute: []\n  other:\n", "x.yaml:18:12", "at least one", ""},
    };
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        char text[4096];
        struct hw_cluster *c = NULL;
        struct hw_err err = {0};
        replace(cases[i].from, cases[i].to, text, sizeof text);
        bool ok = hw_cluster_parse("x.yaml", text, strlen(text), false, &c, &err);
        if (ok || !hw_text_starts(err.place, cases[i].place) || !strstr(err.what, cases[i].says) ||
            !strstr(err.next, cases[i].next))
            fail_msg("case %zu: %s: %s | %s", i, err.place, err.what, err.next);
        assert_null(c);
        assert_int_equal(err.code, HW_ERR_INPUT);
    }
}

static void raw_control_bytes_are_refused(void **state HW_UNUSED)
{
    static const char *const bad[] = {"cluster: a\x01", "cluster: \xff\xfe", "", "- a\n",
                                      "just text"};
    for (size_t i = 0; i < HW_COUNT(bad); i++) {
        struct hw_cluster *c = NULL;
        struct hw_err err = {0};
        assert_false(hw_cluster_parse("x.yaml", bad[i], strlen(bad[i]), false, &c, &err));
        assert_int_equal(err.code, HW_ERR_INPUT);
        assert_true(hw_text_starts(err.place, "x.yaml:"));
    }
    static const char late[] = "hpcwiz: 1\ncluster: a\nregion: \x1b[31m\n";
    struct hw_cluster *c = NULL;
    struct hw_err err = {0};
    assert_false(hw_cluster_parse("x.yaml", late, strlen(late), false, &c, &err));
    assert_string_equal(err.place, "x.yaml:3:9");
}

static void the_file_is_private(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    assert_true(hw_dir_private("t-cluster-", &folder, &err));
    hw_auto_text path = hw_path_join(folder, "c.yaml");
    struct hw_cluster *c = parse(whole), *again = NULL;
    assert_true(hw_cluster_write(c, path, false, &err));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(hw_cluster_read(path, false, &again, &err));
    hw_cluster_free(again);
    assert_false(hw_cluster_read("/nowhere/c.yaml", false, &again, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    hw_cluster_free(c);
    hw_dir_remove(folder, NULL);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_contract_shows),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(raw_control_bytes_are_refused),
        cmocka_unit_test(the_file_is_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

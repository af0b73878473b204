/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "base/file.h"
#include "base/text.h"
#include "model/cluster_yaml.h"
#include "template/generate.h"
#include "template/lint.h"
#include "template/quote.h"
#include "template/tpl.h"

static const char basic[] = "hpcwiz: 1\n"
                            "cluster: riskgrid\n"
                            "region: eu-central-1\n"
                            "network:\n"
                            "  vpc: vpc-0a1b2c3d4e5f67890\n"
                            "  subnets: [subnet-0aaa1111bbb22222c, subnet-0bbb1111ccc22222d]\n"
                            "  hosted_zone: Z0123456789ABCDEFGHIJ\n"
                            "  zone_name: hpc.example.internal\n"
                            "directory: {domain: corp.example.internal, netbios: CORP}\n"
                            "access: {key_pair: hpc-admin, from: [10.20.0.0/24, 10.30.0.0/24]}\n"
                            "hpc_pack: {version: 2019, media: 's3://my-bucket/hpcpack'}\n"
                            "nodes:\n"
                            "  sql: {image: ami-0123456789abcdef0, type: r6i.xlarge}\n"
                            "  head: {image: 'ssm:/aws/service/x', type: m6i.xlarge}\n"
                            "  compute:\n"
                            "    - {name: std, image: ami-0123456789abcdef0, type: c6i.xlarge}\n";

static struct hw_cluster *read_cluster(const char *text)
{
    struct hw_cluster *cluster = NULL;
    struct hw_err err = {0};
    if (!hw_cluster_parse("test.yaml", text, strlen(text), false, &cluster, &err))
        fail_msg("%s: %s", err.place, err.what);
    return cluster;
}

static void set(struct hw_cluster *cluster, const char *key, const char *value)
{
    struct hw_err err = {0};
    if (!hw_cluster_set(cluster, key, value, &err))
        fail_msg("%s", err.what);
}

static struct hw_fileset generate(const struct hw_cluster *cluster)
{
    struct hw_fileset files = {0};
    struct hw_err err = {0};
    if (!hw_generate(cluster, &files, &err))
        fail_msg("%s: %s", err.place, err.what);
    return files;
}

static const char *bytes_of(const struct hw_fileset *files, const char *path)
{
    const struct hw_file *file = hw_fileset_find(files, path);
    if (!file)
        fail_msg("no file %s", path);
    return file->bytes;
}

static void assert_holds(const struct hw_fileset *files, const char *path, const char *text)
{
    if (!strstr(bytes_of(files, path), text))
        fail_msg("%s does not hold: %s", path, text);
}

static void assert_lacks(const struct hw_fileset *files, const char *path, const char *text)
{
    if (strstr(bytes_of(files, path), text))
        fail_msg("%s holds: %s", path, text);
}

/* The value that a parameter file gives to a parameter; the caller's. */
static char *parameter(const struct hw_fileset *files, const char *path, const char *name)
{
    json_t *root = json_loads(bytes_of(files, path), 0, NULL);
    char *found = NULL;
    size_t i;
    json_t *item;
    assert_true(json_is_array(root));
    json_array_foreach(root, i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "ParameterKey")), name) == 0)
            found = hw_strdup(json_string_value(json_object_get(item, "ParameterValue")));
    }
    json_decref(root);
    return found;
}

static void assert_parameter(const struct hw_fileset *files, const char *path, const char *name,
                             const char *value)
{
    hw_auto_text found = parameter(files, path, name);
    assert_non_null(found);
    assert_string_equal(found, value);
}

static void no_finding(void *data HW_UNUSED, const char *id, enum hw_severity severity HW_UNUSED,
                       const char *file, const char *message)
{
    fail_msg("%s: %s: %s", id, file, message);
}

/* --- What is written ------------------------------------------------------------------------- */

static void whole_set(void **state HW_UNUSED)
{
    static const char *const paths[] = {
        "MANIFEST.json",
        "compute-std.parameters.json",
        "compute-std.yaml",
        "deploy.sh",
        "destroy.sh",
        "foundation.parameters.json",
        "foundation.yaml",
        "head.parameters.json",
        "head.yaml",
        "packer/head.pkr.hcl",
        "packer/scripts/tools.ps1",
        "scripts/head.ps1",
        "scripts/lib.ps1",
        "scripts/sql.ps1",
        "scripts/sql/databases.sql",
        "sql.parameters.json",
        "sql.yaml",
        "tags.json",
    };
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = generate(cluster);
    for (size_t i = 0; i < HW_COUNT(paths); i++)
        assert_non_null(hw_fileset_find(&files, paths[i]));
    assert_int_equal(hw_fileset_find(&files, "deploy.sh")->mode, 0755);
    for (size_t i = 1; i < files.count; i++)
        assert_true(strcmp(files.items[i - 1].path, files.items[i].path) < 0);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void same_input_same_bytes(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset a = generate(cluster), b = generate(cluster);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_string_equal(a.items[i].path, b.items[i].path);
        assert_int_equal(a.items[i].size, b.items[i].size);
        assert_memory_equal(a.items[i].bytes, b.items[i].bytes, a.items[i].size);
    }
    hw_fileset_done(&a);
    hw_fileset_done(&b);
    hw_cluster_free(cluster);
}

static void templates_carry_the_scripts(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = generate(cluster);
    struct hw_tpl tpl = {0};
    struct hw_err err = {0};
    const struct hw_file *file = hw_fileset_find(&files, "sql.yaml");
    assert_true(hw_tpl_parse("sql.yaml", file->bytes, file->size, &tpl, &err));
    yaml_node_t *init = hw_tpl_path(
        &tpl, "Resources/SqlLaunchTemplate/Metadata/AWS::CloudFormation::Init/run/files");
    yaml_node_t *script = hw_tpl_get(&tpl, init, "C:\\hpcwiz\\install.ps1");
    assert_string_equal(hw_tpl_scalar(hw_tpl_get(&tpl, script, "content")),
                        bytes_of(&files, "scripts/sql.ps1"));
    hw_tpl_done(&tpl);
    for (size_t i = 0; i < files.count; i++) {
        assert_null(strstr(files.items[i].bytes, "Apache-2.0"));
        assert_null(strchr(files.items[i].bytes, '\r'));
        if (hw_text_ends(files.items[i].path, ".yaml"))
            assert_null(strstr(files.items[i].bytes, "  hpcwiz:\n"));
    }
    assert_int_equal(hw_lint_fileset(&files, no_finding, NULL), 0);
    assert_true(file->user_data > 300 && file->user_data < HW_EC2_USER_DATA);
    assert_int_equal(file->resources, 5);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void one_rule_an_address_range(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = generate(cluster);
    assert_holds(&files, "foundation.yaml", "  AccessIngress1:\n");
    assert_holds(&files, "foundation.yaml", "  DesktopIngress2:\n");
    assert_holds(&files, "foundation.yaml", "CidrIp: !Select [1, !Ref AccessFrom]");
    assert_lacks(&files, "foundation.yaml", "AccessIngress3");
    assert_lacks(&files, "foundation.yaml", "AccessIngress:");
    assert_parameter(&files, "foundation.parameters.json", "AccessFrom",
                     "10.20.0.0/24,10.30.0.0/24");
    assert_parameter(&files, "foundation.parameters.json", "AccessPort", "5986");
    assert_parameter(&files, "foundation.parameters.json", "Media", "s3://my-bucket/hpcpack/");
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void what_the_account_knows_is_marked(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = generate(cluster);
    assert_parameter(&files, "sql.parameters.json", "AvailabilityZone",
                     "zone-of:subnet-0aaa1111bbb22222c");
    assert_parameter(&files, "head.parameters.json", "ImageId", "ssm:/aws/service/x");
    assert_lacks(&files, "head.yaml", "/aws/service/x");
    assert_parameter(&files, "head.parameters.json", "Timeout", "PT1H30M");
    assert_parameter(&files, "head.parameters.json", "UpdatePause", "PT1H");
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void local_sql_has_no_stack(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    set(cluster, "nodes.sql", "local");
    struct hw_fileset files = generate(cluster);
    assert_null(hw_fileset_find(&files, "sql.yaml"));
    assert_null(hw_fileset_find(&files, "scripts/sql.ps1"));
    assert_lacks(&files, "foundation.yaml", "SqlRole");
    assert_lacks(&files, "foundation.yaml", "SqlUsernameName");
    assert_lacks(&files, "foundation.yaml", "SqlSecurityGroup");
    assert_lacks(&files, "deploy.sh", "riskgrid-sql");
    assert_parameter(&files, "head.parameters.json", "Sql", "local");
    hw_auto_text secret = parameter(&files, "foundation.parameters.json", "SqlUsernameName");
    assert_null(secret);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void managers_and_ssh(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    set(cluster, "network.attach", "manager");
    set(cluster, "access.method", "ssh");
    struct hw_fileset files = generate(cluster);
    assert_parameter(&files, "sql.parameters.json", "Attach", "manager");
    assert_parameter(&files, "head.parameters.json", "Attach", "manager");
    assert_parameter(&files, "foundation.parameters.json", "AccessPort", "22");
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void twelve_groups(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    for (size_t g = 1; g < 12; g++) {
        struct hw_err err = {0};
        assert_true(hw_cluster_group_add(cluster, &err));
        hw_auto_text name = hw_key_of_group("nodes.compute.*.name", g);
        hw_auto_text image = hw_key_of_group("nodes.compute.*.image", g);
        hw_auto_text type = hw_key_of_group("nodes.compute.*.type", g);
        hw_auto_text value = hw_format("g%zu", g);
        set(cluster, name, value);
        set(cluster, image, "ami-0123456789abcdef0");
        set(cluster, type, "c6i.xlarge");
    }
    struct hw_fileset files = generate(cluster);
    assert_parameter(&files, "compute-g11.parameters.json", "GroupName", "g11");
    assert_holds(&files, "compute-g11.yaml", "Default: 'g11'");
    assert_int_equal(hw_lint_fileset(&files, no_finding, NULL), 0);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

/* --- Stacks ---------------------------------------------------------------------------------- */

static void stacks_in_order(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_stacks stacks = {0};
    struct hw_err err = {0};
    assert_true(hw_template_stacks(cluster, &stacks, &err));
    assert_int_equal(stacks.count, 4);
    assert_string_equal(stacks.items[0].name, "riskgrid-foundation");
    assert_true(stacks.items[0].capability_iam);
    assert_string_equal(stacks.items[1].file, "sql.yaml");
    assert_string_equal(stacks.items[2].after.items[0], "riskgrid-sql");
    assert_string_equal(stacks.items[3].after.items[0], "riskgrid-head");
    assert_string_equal(stacks.items[3].group, "std");
    const struct hw_stack *sql = &stacks.items[1];
    bool zone = false;
    for (size_t i = 0; i < sql->count; i++) {
        if (sql->parameters[i].resolve != HW_RESOLVE_SUBNET_ZONE)
            continue;
        zone = true;
        assert_string_equal(sql->parameters[i].value, "subnet-0aaa1111bbb22222c");
    }
    assert_true(zone);
    hw_stacks_done(&stacks);
    hw_cluster_free(cluster);
}

/* --- Hostile but legal strings --------------------------------------------------------------- */

static void assert_yaml_round_trip(const char *value)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    struct hw_tpl tpl = {0};
    struct hw_err err = {0};
    hw_buf_text(&text, "key: ");
    hw_quote_yaml(&text, value);
    hw_buf_text(&text, "\n");
    assert_true(hw_tpl_parse("t", text.data, text.len, &tpl, &err));
    yaml_node_t *node = hw_tpl_get(&tpl, NULL, "key");
    assert_string_equal(hw_tpl_scalar(node), value);
    assert_int_not_equal(node->data.scalar.style, YAML_PLAIN_SCALAR_STYLE);
    hw_tpl_done(&tpl);
}

static void values_survive_yaml(void **state HW_UNUSED)
{
    static const char *const values[] = {
        "",
        "no",
        "0o17",
        "2026-11-22",
        "1:30",
        "~",
        "it's",
        "a\"b\\c",
        "${AWS::StackId}",
        "$(x)",
        "# no comment",
        " lead",
        "trail ",
        "O\xc3\x9c=B\xc3\xbcro",
        "\xf0\x9f\x98\x80",
        "a\tb",
        "\xe2\x80\xa8line",
        "&anchor",
        "*alias",
        "!Ref X",
        "- item",
        "{a: b}",
        "|",
        "%directive",
    };
    for (size_t i = 0; i < HW_COUNT(values); i++)
        assert_yaml_round_trip(values[i]);
}

static void blocks_refuse_what_they_cannot_carry(void **state HW_UNUSED)
{
    static const char *const refused[] = {"",         "a",    "a \n",  "a\tb\n",
                                          "a\r\nb\n", " a\n", "a\n\n", "\na\n"};
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i < HW_COUNT(refused); i++) {
        assert_false(hw_quote_yaml_block(&out, refused[i], 2));
        assert_int_equal(out.len, 0);
    }
    assert_true(hw_quote_yaml_block(&out, "a\n\n  b\n", 2));
    assert_string_equal(out.data, "|\n  a\n\n    b");
}

static void values_survive_the_shell(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hw_quote_shell(&out, "it's $(rm) `x` \"q\" \\");
    assert_string_equal(out.data, "'it'\\''s $(rm) `x` \"q\" \\'");
}

static void hostile_cluster(void **state HW_UNUSED)
{
    static const char ou[] = "OU=\"q\" 'a' ${x} $(y),DC=B\xc3\xbcro";
    struct hw_cluster *cluster = read_cluster(basic);
    set(cluster, "directory.ou", ou);
    set(cluster, "hpc_pack.certificate_name", "no");
    struct hw_fileset files = generate(cluster);
    assert_parameter(&files, "head.parameters.json", "OrganizationalUnit", ou);
    struct hw_tpl tpl = {0};
    struct hw_err err = {0};
    const struct hw_file *file = hw_fileset_find(&files, "head.yaml");
    assert_true(hw_tpl_parse("head.yaml", file->bytes, file->size, &tpl, &err));
    assert_string_equal(hw_tpl_scalar(hw_tpl_path(&tpl, "Parameters/OrganizationalUnit/Default")),
                        ou);
    assert_string_equal(hw_tpl_scalar(hw_tpl_path(&tpl, "Parameters/CertificateName/Default")),
                        "no");
    hw_tpl_done(&tpl);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void incomplete_cluster(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = {0};
    struct hw_err err = {0};
    hw_cluster_clear(cluster, "directory.domain");
    assert_false(hw_generate(cluster, &files, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    assert_string_equal(err.place, "directory.domain");
    assert_int_equal(files.count, 0);
    hw_cluster_free(cluster);
}

/* --- The lint -------------------------------------------------------------------------------- */

static void note_id(void *data, const char *id, enum hw_severity severity HW_UNUSED,
                    const char *file HW_UNUSED, const char *message HW_UNUSED)
{
    hw_strv_add(data, id);
}

static void assert_lint(const char *text, const char *id)
{
    struct hw_strv ids = {0};
    hw_lint_template("t.yaml", text, strlen(text), note_id, &ids);
    if (!hw_strv_has(&ids, id))
        fail_msg("not found: %s", id);
    hw_strv_done(&ids);
}

static void lint_finds_what_validation_misses(void **state HW_UNUSED)
{
    static const char group[] = "Resources:\n"
                                "  T:\n"
                                "    Type: AWS::EC2::LaunchTemplate\n"
                                "    Properties:\n"
                                "      LaunchTemplateData:\n"
                                "        NetworkInterfaces: [{NetworkInterfaceId: !Ref N}]\n"
                                "  G:\n"
                                "    Type: AWS::AutoScaling::AutoScalingGroup\n"
                                "    CreationPolicy: {ResourceSignal: {Timeout: PT13H}}\n"
                                "    UpdatePolicy:\n"
                                "      AutoScalingRollingUpdate: {PauseTime: PT2H}\n"
                                "    Properties:\n"
                                "      VPCZoneIdentifier: [a]\n"
                                "      LaunchTemplate: {LaunchTemplateId: !Ref T}\n";
    assert_lint(group, "template.timeout");
    assert_lint(group, "template.pause-time");
    assert_lint(group, "template.interface-and-subnets");
    assert_lint("a: [", "template.syntax");
    assert_lint("Resources:\n  T: {Type: AWS::AutoScaling::AutoScalingGroup, CreationPolicy: "
                "{ResourceSignal: {Timeout: soon}}}\n",
                "template.timeout");
}

/* Parameters P (one subnet) and L (a list); text is the user data of the nodes of group G, which
 * waits for signals or not. */
static void assert_lint_of_nodes(const char *text, bool waits, const char *id)
{
    hw_auto_text template = hw_format(
        "Parameters:\n  P: {Type: AWS::EC2::Subnet::Id}\n  L: {Type: CommaDelimitedList}\n"
        "Resources:\n"
        "  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n"
        "      LaunchTemplateData:\n        UserData:\n          Fn::Base64: !Sub |\n"
        "            <powershell>\n            %s\n            </powershell>\n"
        "  G:\n    Type: AWS::AutoScaling::AutoScalingGroup\n%s"
        "    Properties:\n      LaunchTemplate: {LaunchTemplateId: !Ref T}\n",
        text, waits ? "    CreationPolicy: {ResourceSignal: {Timeout: PT1H}}\n" : "");
    struct hw_strv ids = {0};
    hw_lint_template("t.yaml", template, strlen(template), note_id, &ids);
    if (ids.count != (id ? 1 : 0) || (id && strcmp(ids.items[0], id) != 0))
        fail_msg("%s: %s, not %s", text, ids.count ? ids.items[0] : "nothing", id ? id : "nothing");
    hw_strv_done(&ids);
}

static void lint_reads_user_data(void **state HW_UNUSED)
{
    assert_lint_of_nodes("cfn-signal.exe -e 0 --resource G --region ${AWS::Region}", true, NULL);
    assert_lint_of_nodes("$x = ${!env:Path}; '${P} ${G.Arn}'", true, NULL);
    assert_lint_of_nodes("echo e-mail-1 pre-eu-west-x ab-cd-1", true, NULL);
    assert_lint_of_nodes("cfn-signal.exe -e 0 --resource G --region ${AWS::Region}", false,
                         "template.creation-policy");
    assert_lint_of_nodes("cfn-signal.exe -e 0 --resource Other --region ${AWS::Region}", true,
                         "template.signal");
    assert_lint_of_nodes("$x = ${env:Path}", true, "template.substitution");
    assert_lint_of_nodes("aws s3 ls --region eu-central-1", true, "template.region");
    assert_lint_of_nodes("aws s3 ls --region 'us-gov-west-1'", true, "template.region");
    assert_lint_of_nodes("<persist>true</persist>", true, "template.persist");
    assert_lint_of_nodes("cfn-signal.exe -e 0 --resource G", true, "template.helper-region");
    assert_lint_of_nodes("cfn-init.exe --resource G --region ${AWS::Region}", true,
                         "template.init");
    assert_lint_of_nodes("cfn-signal.exe -e %ERRORLEVEL% --region ${AWS::Region}", true,
                         "template.errorlevel");
    assert_lint("Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n"
                "      LaunchTemplateData: {UserData: {Fn::Base64: '<POWERSHELL>x'}}\n",
                "template.user-data-tags");
}

static void lint_follows_references(void **state HW_UNUSED)
{
    static const char parameters[] = "Parameters:\n  P: {Type: AWS::EC2::Subnet::Id}\n"
                                     "  L: {Type: CommaDelimitedList}\n  S: {Type: String}\n";
    static const struct {
        const char *value, *id;
    } cases[] = {
        {"!Split [',', !Ref P]", "template.split"},
        {"!Split [',', !Ref L]", "template.split"},
        {"!Split [',', !Ref S]", NULL},
        {"!Sub '${S}-${Q}'", "template.substitution"},
        {"!Sub ['${S}-${Q}', {Q: 1}]", NULL},
    };
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        struct hw_strv ids = {0};
        hw_auto_text text = hw_format("%sResources:\n  R: {Type: X, Properties: {V: %s}}\n",
                                      parameters, cases[i].value);
        hw_lint_template("t.yaml", text, strlen(text), note_id, &ids);
        assert_int_equal(ids.count, cases[i].id ? 1 : 0);
        if (cases[i].id)
            assert_string_equal(ids.items[0], cases[i].id);
        hw_strv_done(&ids);
    }
}

static void lint_measures(void **state HW_UNUSED)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    hw_buf_text(&text, "Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n"
                       "      LaunchTemplateData:\n        UserData: {Fn::Base64: '");
    hw_buf_fill(&text, 'x', HW_EC2_USER_DATA - 200);
    hw_buf_text(&text, "${AWS::StackId}'}\n#");
    hw_buf_fill(&text, 'x', HW_CFN_BODY_INLINE);
    assert_lint(text.data, "template.user-data-size");
    assert_lint(text.data, "template.body-size");
}

/* --- The folder ------------------------------------------------------------------------------ */

static void folder_whole_or_not_at_all(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = generate(cluster);
    struct hw_err err = {0};
    hw_auto_text base = NULL;
    assert_true(hw_dir_private("t-generate-", &base, &err));
    hw_auto_text out = hw_path_join(base, "out/");
    hw_auto_text stale = hw_path_join(base, "out/stale.txt");
    hw_auto_text script = hw_path_join(base, "out/deploy.sh");
    struct stat st;
    assert_true(hw_generate_write(&files, out, &err));
    assert_int_equal(stat(script, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    assert_int_equal((size_t)st.st_size, hw_fileset_find(&files, "deploy.sh")->size);
    assert_true(hw_file_write(stale, "x", 1, 0644, &err));
    assert_true(hw_generate_write(&files, out, &err));
    assert_false(hw_path_exists(stale));
    hw_dir_remove(base, NULL);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

static void foreign_folder_is_left_alone(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = read_cluster(basic);
    struct hw_fileset files = generate(cluster);
    struct hw_err err = {0};
    hw_auto_text base = NULL;
    assert_true(hw_dir_private("t-generate-", &base, &err));
    hw_auto_text theirs = hw_path_join(base, "letter.txt");
    assert_true(hw_file_write(theirs, "x", 1, 0644, &err));
    assert_false(hw_generate_write(&files, base, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    assert_true(hw_path_exists(theirs));
    assert_false(hw_generate_write(&files, theirs, &err));
    hw_auto_text manifest = hw_path_join(base, "MANIFEST.json");
    assert_true(hw_file_write(manifest, "{\"other\": 1}", 12, 0644, &err));
    assert_false(hw_generate_write(&files, base, &err));
    hw_auto_text nowhere = hw_path_join(base, "no/such/folder");
    assert_false(hw_generate_write(&files, nowhere, &err));
    assert_int_equal(err.code, HW_ERR_IO);
    hw_dir_remove(base, NULL);
    hw_fileset_done(&files);
    hw_cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_set),
        cmocka_unit_test(same_input_same_bytes),
        cmocka_unit_test(templates_carry_the_scripts),
        cmocka_unit_test(one_rule_an_address_range),
        cmocka_unit_test(what_the_account_knows_is_marked),
        cmocka_unit_test(local_sql_has_no_stack),
        cmocka_unit_test(managers_and_ssh),
        cmocka_unit_test(twelve_groups),
        cmocka_unit_test(stacks_in_order),
        cmocka_unit_test(values_survive_yaml),
        cmocka_unit_test(blocks_refuse_what_they_cannot_carry),
        cmocka_unit_test(values_survive_the_shell),
        cmocka_unit_test(hostile_cluster),
        cmocka_unit_test(incomplete_cluster),
        cmocka_unit_test(lint_finds_what_validation_misses),
        cmocka_unit_test(lint_reads_user_data),
        cmocka_unit_test(lint_follows_references),
        cmocka_unit_test(lint_measures),
        cmocka_unit_test(folder_whole_or_not_at_all),
        cmocka_unit_test(foreign_folder_is_left_alone),
    };
    setenv("HPCWIZ_DATADIR", DATADIR, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: what is replaced and what is not, limits, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "diagnose/alias.h"
#include "diagnose/archive.h"
#include "diagnose/bundle.h"

static void replaced(struct hw_alias *alias, const char *text, const char *expected)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    assert_true(hw_alias_apply(alias, text, strlen(text), &out));
    assert_string_equal(hw_buf_cstr(&out), expected);
}

static void names_are_words_of_their_own(void **state HW_UNUSED)
{
    struct hw_alias *alias = hw_alias_new();
    hw_alias_name(alias, "netbios", "CORP");
    hw_alias_name(alias, "domain", "corp.example.internal");
    hw_alias_name(alias, "domain", "Corp.Example.Internal"); /* known already */
    hw_alias_name(alias, "host", "ab");                      /* too short to be told from words */
    replaced(alias, "join corp.EXAMPLE.internal as CORP\\admin",
             "join domain-1 as netbios-1\\admin");
    replaced(alias, "corporate xcorp corp_1 grab", "corporate xcorp corp_1 grab");
    replaced(alias, "corp", "netbios-1");
    replaced(alias, "", "");
    hw_alias_free(alias);
}

static void addresses_and_accounts_are_found(void **state HW_UNUSED)
{
    struct hw_alias *alias = hw_alias_new();
    replaced(alias, "10.20.1.5:1433 and 10.20.1.6, again 10.20.1.5.",
             "address-1:1433 and address-2, again address-1.");
    replaced(alias, "127.0.0.1 0.0.0.0 255.255.255.0", "127.0.0.1 0.0.0.0 255.255.255.0");
    replaced(alias, "version 10.0.20348.2031, 1.2.3.4.5 and v1.2.3.4",
             "version 10.0.20348.2031, 1.2.3.4.5 and v1.2.3.4");
    replaced(alias, "10.20.0.0/16", "address-3/16");
    replaced(alias, "arn:aws:iam::123456789012:role/x", "arn:aws:iam::account-1:role/x");
    replaced(alias, "20261128094731 1234567890123 x123456789012",
             "20261128094731 1234567890123 x123456789012");
    hw_alias_free(alias);
}

static void the_map_leads_back(void **state HW_UNUSED)
{
    static const char text[] = "host-1 (address-1) is not host-10";
    struct hw_alias *alias = hw_alias_new();
    hw_auto(hw_buf) map = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    struct hw_err err = {0};
    hw_alias_name(alias, "host", "HEAD");
    replaced(alias, "HEAD (10.20.1.6)", "host-1 (address-1)");
    assert_true(hw_alias_map(alias, &map));
    assert_true(hw_alias_reveal(map.data, map.len, text, strlen(text), &out, &err));
    assert_string_equal(hw_buf_cstr(&out), "HEAD (10.20.1.6) is not host-10");
    assert_false(hw_alias_reveal("[]", 2, text, strlen(text), &out, &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    hw_alias_free(alias);
}

static void feed_log(struct hw_bundle *bundle, const char *node, const char *source,
                     const char *text)
{
    hw_bundle_feed(bundle, &(struct hw_event){.type = HW_EV_LOG,
                                              .u.log = {.node = node,
                                                        .instance = "i-0abc1234567890def",
                                                        .source = source,
                                                        .text = text}});
}

static void logs_keep_their_end(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = hw_cluster_new();
    struct hw_bundle_options options = {.max_log = 1000};
    struct hw_bundle *bundle = hw_bundle_new(&options, cluster);
    for (int i = 0; i < 1000; i++)
        feed_log(bundle, "head", "chainer.txt", "one of a thousand lines");
    assert_int_equal(hw_bundle_count(bundle), 1);
    struct hw_bundle_entry entry = hw_bundle_at(bundle, 0);
    assert_string_equal(entry.name, "logs/head_i-0abc1234567890def/chainer.txt");
    assert_true(entry.bytes <= 1000);
    assert_int_equal(entry.bytes + entry.left_out, 24000);
    hw_bundle_free(bundle);
    hw_cluster_free(cluster);
}

static void hostile_names_stay_inside(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = hw_cluster_new();
    struct hw_bundle *bundle = hw_bundle_new(&(struct hw_bundle_options){0}, cluster);
    feed_log(bundle, "../../etc", "..\\..\\x\x1b[2J", "text");
    struct hw_bundle_entry entry = hw_bundle_at(bundle, 0);
    assert_null(strstr(entry.name, ".."));
    assert_null(strchr(entry.name, '\x1b'));
    assert_null(strchr(entry.name, '\\'));
    hw_bundle_free(bundle);
    hw_cluster_free(cluster);
}

struct heard {
    unsigned logs, stages;
    bool secret, node;
};

static void on_event(void *data, const struct hw_event *event)
{
    struct heard *heard = data;
    heard->stages += event->type == HW_EV_STAGE;
    if (event->type != HW_EV_LOG)
        return;
    heard->logs++;
    heard->secret = heard->secret || strstr(event->u.log.text, "Geheim1") != NULL;
    heard->node = !strcmp(event->u.log.node, "head");
}

static void what_was_written_is_told_again(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = hw_cluster_new();
    struct hw_bundle *bundle = hw_bundle_new(&(struct hw_bundle_options){0}, cluster);
    struct heard heard = {0};
    struct hw_sink sink = {on_event, &heard};
    char *folder;
    assert_true(hw_dir_private("hpcwiz-test-", &folder, NULL));
    hw_auto_text path = hw_path_join(folder, "x.tar.gz");
    feed_log(bundle, "head", "install.log", "Data Source=x;User ID=sa;Password=Geheim1;");
    hw_bundle_logs_are_whole(bundle);
    feed_log(bundle, "head", "install.log", "from the journal, once more");
    feed_log(bundle, "head", "other.log", "from the journal alone");
    hw_bundle_feed(bundle, &(struct hw_event){.type = HW_EV_STAGE,
                                              .u.stage = {.node = "head",
                                                          .role = "head",
                                                          .stage = "setup",
                                                          .status = HW_STAGE_FAILED,
                                                          .exit_code = 1603,
                                                          .message = "x"}});
    assert_true(hw_bundle_write(bundle, path, NULL));
    assert_true(hw_bundle_is(path));
    assert_true(hw_bundle_read(path, &sink, NULL));
    assert_int_equal(heard.logs, 2);
    assert_int_equal(heard.stages, 1);
    assert_false(heard.secret);
    assert_true(heard.node);
    hw_dir_remove(folder, NULL);
    free(folder);
    hw_bundle_free(bundle);
    hw_cluster_free(cluster);
}

static void keep_findings(void *data, const struct hw_archive_item *item)
{
    struct hw_buf *out = data;
    if (hw_text_ends(item->name, "findings.txt") || hw_text_ends(item->name, "findings.jsonl"))
        hw_buf_add(out, item->bytes, item->size);
}

/* As people read them: no number of a line where there is none; the folder of the cluster file,
 * which names a person, is replaced. */
static void findings_are_told(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = hw_cluster_new();
    struct hw_bundle *bundle =
        hw_bundle_new(&(struct hw_bundle_options){.anonymous = true}, cluster);
    struct hw_rules *rules = NULL;
    struct hw_err err = {0};
    hw_auto(hw_buf) found = HW_BUF(HW_MAX_FILE);
    char *folder;
    assert_true(hw_dir_private("hpcwiz-test-", &folder, NULL));
    assert_true(hw_rules_load(HW_RULES_INSTALLED, NULL, &rules, &err));
    hw_auto_text path = hw_path_join(folder, "x.tar.gz");
    struct hw_diagnose *diagnose = hw_diagnose_new(rules);
    hw_diagnose_fact(diagnose, HW_FACT_FILE, "/home/jdoe/grid.yaml");
    hw_diagnose_feed(diagnose,
                     &(struct hw_event){.type = HW_EV_STACK,
                                        .u.stack = {.stack = "riskgrid-head",
                                                    .resource = "HeadGroup",
                                                    .status = "CREATE_FAILED",
                                                    .reason = "Address 10.20.1.6 is in use."}});
    hw_bundle_findings(bundle, diagnose);
    assert_true(hw_bundle_write(bundle, path, &err));
    assert_true(hw_archive_read(path, HW_MAX_FILE, keep_findings, &found, &err));
    const char *text = hw_buf_cstr(&found);
    assert_non_null(strstr(text, "\n  riskgrid-head · events  HeadGroup CREATE_FAILED"));
    assert_null(strstr(text, ":0 "));
    assert_non_null(strstr(text, "  1. Look in EC2"));
    assert_non_null(strstr(text, "  3. When that is mended, deploy again"));
    assert_non_null(strstr(text, "hpcwiz deploy folder-1/grid.yaml --retry"));
    assert_null(strstr(text, "jdoe"));
    hw_dir_remove(folder, NULL);
    free(folder);
    hw_diagnose_free(diagnose);
    hw_rules_free(rules);
    hw_bundle_free(bundle);
    hw_cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words_of_their_own),
        cmocka_unit_test(addresses_and_accounts_are_found),
        cmocka_unit_test(the_map_leads_back),
        cmocka_unit_test(logs_keep_their_end),
        cmocka_unit_test(hostile_names_stay_inside),
        cmocka_unit_test(what_was_written_is_told_again),
        cmocka_unit_test(findings_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules say to people is known to gettext: po/rules.h holds their texts, since xgettext
 * reads no YAML. With UPDATE=1 in the environment it is written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "diagnose/rules.h"
#include "diagnose/tests.h"
#include "model/schema.h"

static void put_text(struct hw_buf *out, struct hw_strv *seen, const char *text)
{
    if (!*text || hw_strv_has(seen, text))
        return;
    hw_strv_add(seen, text);
    hw_buf_text(out, "/* xgettext:no-c-format */\nN_(\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            hw_buf_char(out, '\\');
        hw_buf_print(out, *text == '\n' ? "\\n" : "%c", *text);
    }
    hw_buf_text(out, "\")\n");
}

static void put_all(struct hw_buf *out, struct hw_strv *seen, const struct hw_strv *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        put_text(out, seen, texts->items[i]);
}

static void put_verdict(struct hw_buf *out, struct hw_strv *seen, const struct hw_verdict *verdict)
{
    put_text(out, seen, verdict->cause ? verdict->cause : "");
    put_all(out, seen, &verdict->remedy);
}

static void put_rule(struct hw_buf *out, struct hw_strv *seen, const struct hw_rule *rule)
{
    put_text(out, seen, rule->title);
    put_text(out, seen, rule->cause);
    put_all(out, seen, &rule->on_node);
    put_all(out, seen, &rule->remedy);
    for (size_t i = 0; i < rule->question_count; i++) {
        put_text(out, seen, rule->questions[i].text);
        put_verdict(out, seen, &rule->questions[i].yes);
        put_verdict(out, seen, &rule->questions[i].no);
    }
}

static void put_tests(struct hw_buf *out, struct hw_strv *seen, const struct hw_tests *tests)
{
    for (size_t i = 0; i < hw_tests_count(tests); i++)
        put_text(out, seen, hw_tests_title(tests, i));
}

static void test_texts_are_known_to_gettext(void **state HW_UNUSED)
{
    const char *source = getenv("HPCWIZ_SOURCE");
    hw_auto_text path = hw_path_join(source ? source : ".", "po/rules.h");
    hw_auto(hw_buf) wanted = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_buf) found = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_strv) seen = {0};
    struct hw_rules *rules = NULL;
    struct hw_tests *node_tests = NULL;
    struct hw_err err = {0};
    assert_true(hw_rules_load(HW_RULES_INSTALLED, NULL, &rules, &err));
    hw_buf_text(&wanted,
                "/* SPDX-License-Identifier: Apache-2.0 */\n"
                "/* Made of templates/rules and templates/tests for xgettext; not compiled. */\n");
    for (size_t i = 0; i < rules->count; i++)
        put_rule(&wanted, &seen, &rules->items[i]);
    hw_rules_free(rules);
    assert_true(hw_tests_load(&node_tests, &err));
    put_tests(&wanted, &seen, node_tests);
    hw_tests_free(node_tests);
    if (getenv("UPDATE"))
        assert_true(hw_file_write(path, wanted.data, wanted.len, 0644, &err));
    assert_true(hw_file_read(path, &found, &err));
    if (found.len != wanted.len || memcmp(found.data, wanted.data, wanted.len) != 0)
        fail_msg("%s is not what the rules say; write it anew with UPDATE=1", path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts_are_known_to_gettext)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The rules: every example is found with its own rule first, alone, in a long log that is otherwise
 * healthy, in every encoding, between the lines of another node; healthy logs have no finding;
 * no failure mode is forgotten. `t-rules matrix` prints what was found for what. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "diagnose/needle.h"
#include "model/schema.h"
#include "tests/unit/rule-examples.h"

#define NOISE         2000u
#define FAILURE_MODES 99u

static const char *first_id(const struct hw_diagnose *d)
{
    return hw_diagnose_count(d) ? hw_diagnose_at(d, 0)->id : "-";
}

/* The id of the first finding for an example. */
static const char *found_for(const struct hw_rule *rule, const char *example, size_t noise)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    const char *role = rule_role(rule);
    rule_noise(d, role, noise);
    assert_true(rule_example(d, role, example));
    if (!strstr(example, "@silence"))
        rule_noise(d, role, noise);
    hw_diagnose_end(d);
    const char *id = first_id(d);
    for (size_t i = 0; i < rules->count; i++) /* borrowed from the rules, which stay */
        id = strcmp(rules->items[i].id, id) == 0 ? rules->items[i].id : id;
    const struct hw_ev_finding *f = hw_diagnose_at(d, 0);
    if (f && (f->evidence_count == 0 || strpbrk(f->cause, "{}") || strchr(f->title, '{')))
        fail_msg("rule %s: title '%s', cause '%s', %zu lines of evidence", f->id, f->title,
                 f->cause, f->evidence_count);
    if (!f || strcmp(id, f->id) != 0)
        id = "-";
    hw_diagnose_free(d);
    return id;
}

static void examples_are_found(size_t noise)
{
    size_t wrong = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        for (size_t k = 0; k < rule->examples.count; k++) {
            const char *id = found_for(rule, rule->examples.items[k], noise);
            if (strcmp(id, rule->id) == 0)
                continue;
            print_error("example %zu of %s: first is %s\n%s\n", k + 1, rule->id, id,
                        rule->examples.items[k]);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_examples(void **state HW_UNUSED)
{
    assert_true(hw_rules_count(rules) >= 95);
    examples_are_found(0);
}

static void test_examples_in_noise(void **state HW_UNUSED)
{
    examples_are_found(NOISE);
}

/* ---- What stands in a file ------------------------------------------------------------- */

enum encoding { UTF8, UTF8_MARK, UTF16LE_MARK, UTF16LE, UTF16BE_MARK, CP1252, ENCODINGS };

static void put_cp1252(struct hw_buf *out, const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint32_t c;
        at += hw_utf8_next(text + at, n - at, &c);
        hw_buf_char(out, c < 0x100 ? (char)c : '?');
    }
}

static void put_encoded(struct hw_buf *out, const char *text, size_t n, enum encoding encoding)
{
    size_t start = out->len;
    switch (encoding) {
    case UTF8:
    case UTF8_MARK:
        hw_buf_add(out, text, n);
        break;
    case CP1252:
        put_cp1252(out, text, n);
        break;
    default:
        hw_buf_utf16le(out, text, n);
    }
    for (size_t i = start; encoding == UTF16BE_MARK && i + 1 < out->len; i += 2) {
        char low = out->data[i];
        out->data[i] = out->data[i + 1];
        out->data[i + 1] = low;
    }
}

static void write_log(const char *path, const char *text, enum encoding encoding)
{
    static const char *const marks[ENCODINGS] = {
        [UTF8_MARK] = "\xEF\xBB\xBF", [UTF16LE_MARK] = "\xFF\xFE", [UTF16BE_MARK] = "\xFE\xFF"};
    hw_auto(hw_buf) bytes = HW_BUF(HW_MAX_FILE);
    struct hw_err err = {0};
    if (marks[encoding])
        hw_buf_text(&bytes, marks[encoding]);
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        put_encoded(&bytes, line, n, encoding);
        put_encoded(&bytes, "\r\n", 2, encoding);
        line += n + (line[n] == '\n');
    }
    assert_true(hw_file_write(path, bytes.data, bytes.len, 0600, &err));
}

static bool feed_file(struct hw_diagnose *d, const char *path)
{
    struct hw_err err = {0};
    hw_auto(hw_strv) paths = {0};
    hw_strv_add(&paths, path);
    return hw_diagnose_files(d, &paths, &err);
}

static void test_encodings(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char *folder;
    assert_true(hw_dir_private("rules", &folder, &err));
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        for (size_t k = 0; k < rule->examples.count; k++) {
            if (!rule_example_is_log(rule->examples.items[k]))
                continue;
            enum encoding encoding = (enum encoding)((i + k) % ENCODINGS);
            hw_auto_text name = hw_format("%s/%s.log", folder, rule_role(rule));
            hw_auto_text text = hw_format("%s\n%s\n%s", rule_noise_line(i), rule->examples.items[k],
                                          rule_noise_line(i + 1));
            write_log(name, text, encoding);
            struct hw_diagnose *d = hw_diagnose_new(rules);
            assert_true(feed_file(d, name));
            if (strcmp(first_id(d), rule->id) != 0)
                fail_msg("%s, encoding %d: first is %s\n%s", rule->id, (int)encoding, first_id(d),
                         text);
            hw_diagnose_free(d);
        }
    }
    assert_true(hw_dir_remove(folder, NULL));
    free(folder);
}

/* A log that ends in the middle of a line says nothing that the whole does not say. */
static void test_truncated(void **state HW_UNUSED)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        const char *example = rule->examples.items[i % rule->examples.count];
        if (!rule_example_is_log(example))
            continue;
        struct hw_diagnose *whole = hw_diagnose_new(rules);
        rule_example(whole, rule_role(rule), example);
        hw_diagnose_end(whole);
        for (size_t n = strlen(example); n > 20; n -= 7) {
            struct hw_diagnose *d = hw_diagnose_new(rules);
            hw_auto_text cut = hw_strndup(example, n);
            rule_example(d, rule_role(rule), cut);
            hw_diagnose_end(d);
            for (size_t f = 0; f < hw_diagnose_count(d); f++) {
                const char *id = hw_diagnose_at(d, f)->id;
                bool known = strcmp(id, "reboot-not-resumed") == 0; /* it tells of an early end */
                for (size_t w = 0; w < hw_diagnose_count(whole); w++)
                    known = known || strcmp(hw_diagnose_at(whole, w)->id, id) == 0;
                if (!known)
                    fail_msg("%s, cut: %s\n%s", rule->id, id, cut);
            }
            hw_diagnose_free(d);
        }
        hw_diagnose_free(whole);
    }
}

static bool has_finding(const struct hw_diagnose *d, const char *id)
{
    for (size_t i = 0; i < hw_diagnose_count(d); i++) {
        if (strcmp(hw_diagnose_at(d, i)->id, id) == 0)
            return true;
    }
    return false;
}

/* Lines of two nodes come in turns: each keeps its own. */
static void test_interleaved(void **state HW_UNUSED)
{
    for (size_t i = 0; i + 1 < rules->count; i++) {
        const struct hw_rule *pair[2] = {&rules->items[i], &rules->items[i + 1]};
        struct hw_diagnose *d = hw_diagnose_new(rules);
        char *copy[2], *next[2] = {NULL, NULL}, *line[2];
        const char *names[2] = {"node-a", "node-b"};
        for (size_t k = 0; k < 2; k++) {
            copy[k] = hw_strdup(pair[k]->examples.items[0]);
            line[k] = rule_example_is_log(copy[k]) ? strtok_r(copy[k], "\n", &next[k]) : NULL;
        }
        bool logs[2] = {line[0] != NULL, line[1] != NULL};
        while (line[0] || line[1]) {
            for (size_t k = 0; k < 2; k++) {
                if (!line[k])
                    continue;
                rule_log(d, names[k], "install.log", line[k]);
                line[k] = strtok_r(NULL, "\n", &next[k]);
            }
        }
        for (size_t k = 0; k < 2; k++) {
            hw_diagnose_end(d);
            free(copy[k]);
        }
        for (size_t k = 0; k < 2; k++) {
            if (logs[k] && !has_finding(d, pair[k]->id))
                fail_msg("%s is lost beside %s", pair[k]->id, pair[1 - k]->id);
        }
        hw_diagnose_free(d);
    }
}

/* ---- What is no finding ---------------------------------------------------------------- */

static const char *const healthy[] = {
    "2026-11-22T20:20:00.000Z HPCWIZ stage=wait-sql status=started code=0 msg=\"\"",
    "waiting for SQL Server at mssql.hpc.example.internal: A network-related or instance-specific "
    "error occurred while establishing a connection to SQL Server.",
    "waiting for SQL Server at mssql.hpc.example.internal: Cannot open database \"HPCManagement\" "
    "requested by the login. The login failed.",
    "2026-11-22T20:25:00.000Z HPCWIZ stage=wait-sql status=done code=0 msg=\"SQL Server answers\"",
    "2026-11-22T20:26:00.000Z HPCWIZ stage=setup status=started code=0 msg=\"\"",
    "set-up ended with exit code 5 (try 1 of 3)",
    "set-up ended with exit code 3010 (try 2 of 3)",
    "2026-11-22T20:36:00.000Z HPCWIZ stage=setup status=done code=3010 msg=\"exit code 3010\"",
    "2026-11-22T20:36:01.000Z HPCWIZ stage=reboot status=started code=0 msg=\"\"",
    "2026-11-22T20:39:00.000Z HPCWIZ stage=reboot status=done code=0 msg=\"restarted\"",
    "2026-11-22T20:39:01.000Z HPCWIZ stage=configure status=started code=0 msg=\"\"",
    "waiting for the HPC Pack services: The remote certificate was rejected by the provided "
    "RemoteCertificateValidationCallback.",
    "waiting for the HPC Pack services: No such host is known.",
    "Get-HpcNode : Access is denied.",
    "2026-11-22T20:45:00.000Z HPCWIZ stage=configure status=done code=0 msg=\"\"",
    "0 failed, 0 errors, 12 succeeded; -ErrorAction Stop; $ErrorActionPreference",
    "WARNING: The certificate expires in 1800 days",
    "HpcCompute_x64.msi: 0 failed",
    "catch { Write-Log \"set-up failed: $_\" }",
    "Der Vorgang wurde erfolgreich beendet. 0 Fehler, 0 Warnungen, nichts verweigert",
    "2026-11-22T20:50:00.000Z HPCWIZ stage=signal status=done code=0 msg=\"\"",
};

static void test_healthy(void **state HW_UNUSED)
{
    struct hw_diagnose *d = hw_diagnose_new(rules);
    rule_node_event(d, "head", "head", HW_NODE_LIVE, 60000, "");
    for (size_t i = 0; i < HW_COUNT(healthy); i++) {
        rule_log(d, "head", "install.log", healthy[i]);
        rule_noise(d, "head", 100);
        if (hw_diagnose_count(d))
            fail_msg("after '%s': %s", healthy[i], first_id(d));
    }
    hw_diagnose_end(d);
    if (hw_diagnose_count(d))
        fail_msg("at the end: %s", first_id(d));
    hw_diagnose_free(d);
}

/* Every line of health by itself, as if the log ended there. */
static void test_noise_lines(void **state HW_UNUSED)
{
    for (size_t i = 0; i < 64; i++) {
        struct hw_diagnose *d = hw_diagnose_new(rules);
        rule_log(d, "head", "install.log", rule_noise_line(i));
        hw_diagnose_end(d);
        if (hw_diagnose_count(d))
            fail_msg("'%s': %s", rule_noise_line(i), first_id(d));
        hw_diagnose_free(d);
    }
}

/* ---- The rules as a whole -------------------------------------------------------------- */

/* Enter on a finding goes where the action says: that place must be there. */
static void test_actions(void **state HW_UNUSED)
{
    enum hw_page_id page;
    for (size_t i = 0; i < rules->count; i++) {
        const char *action = rules->items[i].action;
        if (action && hw_text_starts(action, HW_PAGE_ACTION) && !hw_rule_place(action, &page))
            fail_msg("rule %s leads to %s", rules->items[i].id, action);
    }
}

/* How what was mended comes to count depends on what is left of the cluster: the engine says it, no
 * rule may. */
static void expect_possible(const struct hw_rule *rule, const struct hw_strv *steps)
{
    static const char *const words[] = {"erminate the", "erminate this", "eploy again",
                                        "ress T",       "ress D",        "new one;"};
    for (size_t i = 0; i < steps->count; i++) {
        for (size_t k = 0; k < HW_COUNT(words); k++) {
            if (strstr(steps->items[i], words[k]))
                fail_msg("rule %s: \"%s\"", rule->id, steps->items[i]);
        }
    }
}

static void test_steps_are_possible(void **state HW_UNUSED)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        expect_possible(rule, &rule->on_node);
        expect_possible(rule, &rule->remedy);
        for (size_t k = 0; k < rule->question_count; k++) {
            expect_possible(rule, &rule->questions[k].yes.remedy);
            expect_possible(rule, &rule->questions[k].no.remedy);
        }
    }
}

static size_t follow(const struct hw_rule *rule, const struct hw_verdict *verdict, bool *seen,
                     size_t depth);

/* Every way from a question ends at a cause; returns how many do. */
static size_t ask(const struct hw_rule *rule, size_t question, bool *seen, size_t depth)
{
    if (depth > rule->question_count)
        fail_msg("rule %s asks in a circle", rule->id);
    seen[question] = true;
    return follow(rule, &rule->questions[question].yes, seen, depth) +
           follow(rule, &rule->questions[question].no, seen, depth);
}

static size_t follow(const struct hw_rule *rule, const struct hw_verdict *verdict, bool *seen,
                     size_t depth)
{
    enum hw_page_id page;
    if (verdict->cause) {
        if (verdict->remedy.count == 0 || !verdict->action ||
            !hw_rule_place(verdict->action, &page))
            fail_msg("rule %s: \"%s\" leads nowhere", rule->id, verdict->cause);
        return 1;
    }
    size_t next = 0;
    while (strcmp(rule->questions[next].id, verdict->next) != 0)
        next++;
    return ask(rule, next, seen, depth + 1);
}

static void test_questions(void **state HW_UNUSED)
{
    size_t ends = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        bool seen[HW_MAX_QUESTIONS] = {false};
        if (rule->question_count == 0)
            continue;
        ends += ask(rule, 0, seen, 1);
        for (size_t k = 0; k < rule->question_count; k++) {
            if (!seen[k])
                fail_msg("rule %s never asks %s", rule->id, rule->questions[k].id);
        }
    }
    assert_true(ends > 30);
}

/* Each failure mode has a rule, or stands in the list of those that nothing shows. */
static void test_failure_modes(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) list = HW_BUF(HW_MAX_FILE);
    hw_auto_text path = hw_data_path("rules/not-shown.txt");
    assert_true(hw_file_read(path, &list, &err));
    for (unsigned mode = 1; mode <= FAILURE_MODES; mode++) {
        hw_auto_text ref = hw_format("F%u", mode);
        hw_auto_text row = hw_format("\n%-5s", ref);
        size_t rule_count = 0;
        for (size_t i = 0; i < rules->count; i++)
            rule_count += rules->items[i].ref && strcmp(rules->items[i].ref, ref) == 0;
        const char *listed = strstr(hw_buf_cstr(&list), row);
        if (listed && strcspn(listed + 1, "\n") < 40)
            fail_msg("%s: the reason is too short", ref);
        if ((rule_count == 1) == (listed != NULL))
            fail_msg("%s has %zu rules%s", ref, rule_count, listed ? " and is listed" : "");
    }
}

static bool holds(const char *line, const char *word)
{
    size_t n = strlen(word);
    for (; *line; line++) {
        if (strncasecmp(line, word, n) == 0)
            return true;
    }
    return false;
}

static bool holds_one(const char *line, const struct hw_strv *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (holds(line, words->items[i]))
            return true;
    }
    return words->count == 0;
}

/* A line that an expression matches holds one of its words: else the rule would be passed over. */
static void test_needles(void **state HW_UNUSED)
{
    assert_int_equal(rules->always_count, 0);
    for (size_t i = 0; i < rules->probe_count; i++) {
        const struct hw_probe *probe = &rules->probes[i];
        struct hw_needles needles = hw_needles(probe->pattern->text);
        for (size_t w = 0; w < needles.sets[0].count; w++) {
            if (strlen(needles.sets[0].items[w]) < 4) /* three bytes would slow down all of them */
                fail_msg("/%s/: '%s' is too short", probe->pattern->text, needles.sets[0].items[w]);
        }
        for (size_t r = 0; r < rules->count; r++) {
            const struct hw_strv *examples = &rules->items[r].examples;
            for (size_t k = 0; k < examples->count; k++) {
                const char *text = examples->items[k];
                bool matches = hw_expr_match(rules, probe->pattern, text, strlen(text));
                if (matches &&
                    (!holds_one(text, &needles.sets[0]) || !holds_one(text, &needles.sets[1])))
                    fail_msg("none of the words of /%s/ in\n%s", probe->pattern->text, text);
            }
        }
        hw_needles_done(&needles);
    }
}

static void expect_needles(const char *expression, const char *expected)
{
    struct hw_needles needles = hw_needles(expression);
    hw_auto(hw_buf) text = HW_BUF(1000);
    for (size_t set = 0; set < HW_NEEDLE_SETS; set++) {
        const struct hw_strv *words = &needles.sets[set];
        for (size_t i = 0; i < words->count; i++)
            hw_buf_print(&text, "%s%s", i ? "|" : set ? " & " : "", words->items[i]);
    }
    assert_string_equal(hw_buf_cstr(&text), expected);
    hw_needles_done(&needles);
}

static void test_needle_forms(void **state HW_UNUSED)
{
    expect_needles("Keyset does not exist", "Keyset does not exist");
    expect_needles("(?:abcd|efgh)\\d+", "abcd|efgh");
    expect_needles("(?:abcd|\\d+)x?", "");
    expect_needles("abcd?", "abc");
    expect_needles("abcde*fgh", "abcd");
    expect_needles("abcde*fghijk", "fghijk");
    expect_needles("abcde.{0,9}(?:efghij|jklmno)", "efghij|jklmno & abcde");
    expect_needles("(?:abcd.*efgh|ijkl.*mnop)", "abcd|ijkl");
    expect_needles("a{0,3}bcd", "bcd");
    expect_needles("abc{2,3}defg", "defg");
    expect_needles("abcd{2", "abcd{2");
    expect_needles("abcd{2x}e", "abcd{2x}e");
    expect_needles("abcd{,3}efghi", "efghi");
    expect_needles("(?<name>[\\w.]+)\\.msi failed", ".msi failed");
    expect_needles("(?<!\\b0 )failed", "failed");
    expect_needles("(?:optional)?needed", "needed");
    expect_needles("x\\Qabc\\Edef", "");
    expect_needles("(?x) a b c d", "");
    expect_needles("(?(1)abcd|efgh)", "");
    expect_needles("[]abc]defg", "defg");
    expect_needles("[[:alpha:]]]defg", "]defg");
    expect_needles("\\\\REMINST", "\\REMINST");
    expect_needles("abcd|", "");
    expect_needles("(abcd", "");
    expect_needles("(?=abcd)efg", "efg");
}

/* ---- The matrix ------------------------------------------------------------------------ */

/* The file of a rule without folder and ending: a row of the matrix. */
static void family(const struct hw_rule *rule, char out[24])
{
    const char *name = hw_path_base(rule->file);
    snprintf(out, 24, "%.*s", (int)strcspn(name, "."), name);
}

static size_t family_of(struct hw_strv *families, const struct hw_rule *rule)
{
    char name[24];
    size_t i = 0;
    family(rule, name);
    while (i < families->count && strcmp(families->items[i], name) != 0)
        i++;
    if (i == families->count)
        hw_strv_add(families, name);
    return i;
}

#define FAMILIES 16u

static int print_matrix(void)
{
    size_t hits[FAMILIES][FAMILIES + 1] = {{0}}, exact[FAMILIES] = {0}, all = 0, right = 0;
    hw_auto(hw_strv) families = {0};
    if (rule_load(NULL) != 0)
        return 1;
    for (size_t i = 0; i < rules->count; i++)
        family_of(&families, &rules->items[i]);
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        size_t row = family_of(&families, rule);
        for (size_t k = 0; k < rule->examples.count; k++, all++) {
            const char *id = found_for(rule, rule->examples.items[k], NOISE);
            size_t column = families.count;
            for (size_t r = 0; r < rules->count; r++)
                column = strcmp(rules->items[r].id, id) == 0
                             ? family_of(&families, &rules->items[r])
                             : column;
            bool same = strcmp(id, rule->id) == 0;
            hits[row][column]++;
            exact[row] += same;
            right += same;
            if (!same)
                printf("  confused: example %zu of %s is told as %s\n", k + 1, rule->id, id);
        }
    }
    printf("%-14s", "examples of");
    for (size_t c = 0; c < families.count; c++)
        printf(" %11s", families.items[c]);
    printf(" %7s %9s\n", "none", "its rule");
    for (size_t r = 0; r < families.count; r++) {
        printf("%-14s", families.items[r]);
        for (size_t c = 0; c <= families.count; c++)
            printf(c < families.count ? " %11zu" : " %7zu", hits[r][c]);
        printf(" %9zu\n", exact[r]);
    }
    printf("%zu of %zu examples of %zu rules, each in %u healthy lines, have their rule first\n",
           right, all, rules->count, 2 * NOISE);
    rule_free(NULL);
    return right == all ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),           cmocka_unit_test(test_examples_in_noise),
        cmocka_unit_test(test_encodings),          cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_interleaved),        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_noise_lines),        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_steps_are_possible), cmocka_unit_test(test_failure_modes),
        cmocka_unit_test(test_questions),          cmocka_unit_test(test_needles),
        cmocka_unit_test(test_needle_forms),
    };
    alarm(600);
    if (argc > 1 && strcmp(argv[1], "matrix") == 0)
        return print_matrix();
    return cmocka_run_group_tests(tests, rule_load, rule_free);
}

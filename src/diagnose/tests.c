/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/tests.h"

#include <ctype.h>

#include "base/file.h"
#include "base/text.h"
#include "diagnose/yaml.h"

#define CATALOGUE "tests/tests.yaml"

struct test {
    char *name, *title, *script;
    struct hw_strv arguments; /* names and kinds, in turn */
};

struct hw_tests {
    struct test *items;
    size_t count, capacity;
};

/* ---- The kinds of arguments ------------------------------------------------------------ */

/* None of them lets a quote, a brace, a line end or a letter beyond ASCII through: PowerShell takes
 * four more characters than ' for one (about_Quoting_Rules). */
static const struct kind {
    const char *name, *signs; /* beside letters and digits */
    size_t most;
    const char *example;
} kinds[] = {
    {"host", ".-", 253, "headnode.hpc.example.internal"},
    {"share", ".-_$\\ ", 260, "\\\\headnode\\REMINST"},
    {"name", ".-_$ ", 128, "MSSQLSERVER"},
    {"drive", ":", 2, "D:"},
    {"number", "", 6, "1433"},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < HW_COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

static bool has_form(const struct kind *kind, const char *value)
{
    if (strcmp(kind->name, "share") == 0)
        return strncmp(value, "\\\\", 2) == 0 && strchr(value + 2, '\\') && value[2] != '\\';
    if (strcmp(kind->name, "drive") == 0)
        return isalpha((unsigned char)value[0]) && value[1] == ':';
    long number;
    if (strcmp(kind->name, "number") == 0)
        return hw_parse_int(value, 0, 999999, &number);
    return value[0] != '-' && value[0] != ' ';
}

static bool fits(const struct kind *kind, const char *value)
{
    size_t n = strlen(value);
    if (n == 0 || n > kind->most)
        return false;
    for (const char *p = value; *p; p++) {
        if ((unsigned char)*p >= 0x80 || (!isalnum((unsigned char)*p) && !strchr(kind->signs, *p)))
            return false;
    }
    return has_form(kind, value);
}

/* ---- The catalogue --------------------------------------------------------------------- */

static void test_done(struct test *test)
{
    free(test->name);
    free(test->title);
    free(test->script);
    hw_strv_done(&test->arguments);
}

void hw_tests_free(struct hw_tests *tests)
{
    if (!tests)
        return;
    for (size_t i = 0; i < tests->count; i++)
        test_done(&tests->items[i]);
    free(tests->items);
    free(tests);
}

static const struct hw_yaml_key test_keys[] = {
    {"name", hw_yaml_text, offsetof(struct test, name)},
    {"title", hw_yaml_text, offsetof(struct test, title)},
    {"arguments", hw_yaml_pairs, offsetof(struct test, arguments)},
};

static bool read_script(struct test *test, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    hw_auto_text name = hw_format("tests/%s.ps1", test->name);
    hw_auto_text path = hw_data_path(name);
    if (!hw_file_read(path, &text, err))
        return false;
    test->script = hw_buf_take(&text);
    return true;
}

static bool read_test(struct hw_yaml *yaml, yaml_node_t *node, void *target)
{
    struct hw_tests *tests = target;
    hw_grow(&tests->items, &tests->capacity, tests->count, sizeof *tests->items);
    struct test *test = &tests->items[tests->count++];
    *test = (struct test){0};
    if (!hw_yaml_mapping(yaml, node, test_keys, HW_COUNT(test_keys), test))
        return false;
    if (!test->name || !test->title || strchr(test->name, '/'))
        return hw_yaml_expected(yaml, node, _("a test with 'name' and 'title'"));
    for (size_t i = 1; i < test->arguments.count; i += 2) {
        if (!find_kind(test->arguments.items[i]))
            return hw_yaml_expected(yaml, node, _("arguments of a known kind"));
    }
    return read_script(test, yaml->err);
}

bool hw_tests_load(struct hw_tests **ret, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_RULE_FILE);
    hw_auto_text path = hw_data_path(CATALOGUE);
    struct hw_tests *tests = HW_NEW(struct hw_tests);
    if (hw_file_read(path, &text, err) &&
        hw_yaml_list(path, hw_buf_cstr(&text), text.len, _("a list of tests"), read_test, tests,
                     err)) {
        *ret = tests;
        return true;
    }
    hw_tests_free(tests);
    return false;
}

size_t hw_tests_count(const struct hw_tests *tests)
{
    return tests->count;
}

const char *hw_tests_name(const struct hw_tests *tests, size_t index)
{
    return tests->items[index].name;
}

const char *hw_tests_title(const struct hw_tests *tests, size_t index)
{
    return tests->items[index].title;
}

void hw_tests_arguments(const struct hw_tests *tests, size_t index, struct hw_buf *out)
{
    const struct hw_strv *arguments = &tests->items[index].arguments;
    for (size_t i = 0; i + 1 < arguments->count; i += 2)
        hw_buf_print(out, "%s%s", i ? " " : "", arguments->items[i]);
}

/* ---- What is asked --------------------------------------------------------------------- */

static const struct test *find(const struct hw_tests *tests, const char *name, struct hw_err *err)
{
    for (size_t i = 0; i < tests->count; i++) {
        if (strcmp(tests->items[i].name, name) == 0)
            return &tests->items[i];
    }
    hw_fail(err, HW_ERR_USAGE, _("there is no test '%.60s'"), name);
    hw_err_next(err, "%s", _("List them with: hpcwiz diagnose --list"));
    return NULL;
}

static bool takes(const struct test *test, const struct hw_strv *with, struct hw_err *err)
{
    for (size_t i = 0; i + 1 < with->count; i += 2) {
        if (!hw_strv_value(&test->arguments, with->items[i]))
            return hw_fail(err, HW_ERR_USAGE, _("the test '%s' takes no argument '%.60s'"),
                           test->name, with->items[i]);
    }
    for (size_t i = 0; i + 1 < test->arguments.count; i += 2) {
        if (!hw_strv_value(with, test->arguments.items[i]))
            return hw_fail(err, HW_ERR_USAGE, _("the test '%s' needs the argument '%s'"),
                           test->name, test->arguments.items[i]);
    }
    return true;
}

bool hw_test_takes(const struct hw_tests *tests, const char *name, const struct hw_strv *with,
                   struct hw_err *err)
{
    const struct test *test = find(tests, name, err);
    return test && takes(test, with, err);
}

static bool check(const struct test *test, const struct hw_strv *with, struct hw_err *err)
{
    for (size_t i = 0; i + 1 < test->arguments.count; i += 2) {
        const struct kind *kind = find_kind(test->arguments.items[i + 1]);
        if (fits(kind, hw_strv_value(with, test->arguments.items[i])))
            continue;
        hw_fail(err, HW_ERR_USAGE, _("the argument %s of the test '%s' is not of the kind '%s'"),
                test->arguments.items[i], test->name, kind->name);
        return hw_err_next(err, _("It looks like this: %s"), kind->example);
    }
    return true;
}

bool hw_test_check(const struct hw_tests *tests, const char *name, const struct hw_strv *with,
                   struct hw_err *err)
{
    const struct test *test = find(tests, name, err);
    return test && takes(test, with, err) && check(test, with, err);
}

bool hw_test_script(const struct hw_tests *tests, const char *name, const struct hw_strv *with,
                    struct hw_buf *out, struct hw_err *err)
{
    const struct test *test = find(tests, name, err);
    if (!test || !takes(test, with, err) || !check(test, with, err))
        return false;
    hw_buf_print(out, "$test = '%s'\n$with = @{", test->name);
    for (size_t i = 0; i + 1 < test->arguments.count; i += 2)
        hw_buf_print(out, "%s%s = '%s'", i ? "; " : "", test->arguments.items[i],
                     hw_strv_value(with, test->arguments.items[i]));
    hw_buf_print(out,
                 "}\n$ProgressPreference = 'SilentlyContinue'\n"
                 "try { & {\n%s\n} @with }\n"
                 "catch { \"unknown ${test}: \" + $_.Exception.GetBaseException().Message }\n",
                 test->script);
    return !out->full || hw_fail(err, HW_ERR_LIMIT, _("the test '%s' is too long"), test->name);
}

bool hw_test_answer(const char *output, size_t n, enum hw_answer *ret, struct hw_span *ret_detail)
{
    static const enum hw_answer answers[] = {HW_ANSWER_YES, HW_ANSWER_NO, HW_ANSWER_UNKNOWN};
    struct hw_span all = hw_text_trim(output, n);
    size_t start = all.n;
    while (start > 0 && all.p[start - 1] != '\n')
        start--;
    struct hw_span line = {all.p + start, all.n - start};
    for (size_t i = 0; i < HW_COUNT(answers); i++) {
        const char *word = hw_answer_word(answers[i]);
        size_t length = strlen(word);
        if (line.n < length || memcmp(line.p, word, length) != 0 ||
            (line.n > length && line.p[length] != ' '))
            continue;
        *ret = answers[i];
        *ret_detail = hw_text_trim(line.p + length, line.n - length);
        return true;
    }
    return false;
}

void hw_test_words(const struct hw_strv *with, struct hw_buf *out)
{
    for (size_t i = 0; i + 1 < with->count; i += 2)
        hw_buf_print(out, "%s%s=%s", i ? " " : "", with->items[i], with->items[i + 1]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a folder of rule files and makes the one expression that tells at once that a line is
 * of no interest to any rule. */
#include "diagnose/rules.h"

#include <dirent.h>
#include <errno.h>

#include "base/file.h"
#include "base/text.h"

#define ANY_MAX (1024u * 1024u)

static void add_probe(struct hw_rules *rules, enum hw_probe_kind kind, size_t rule,
                      const struct hw_match *match, const struct hw_expr *pattern)
{
    if (!pattern->code)
        return;
    hw_grow(&rules->probes, &rules->probe_capacity, rules->probe_count, sizeof *rules->probes);
    rules->probes[rules->probe_count++] = (struct hw_probe){kind, rule, match, pattern};
}

static void collect_probes(struct hw_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct hw_rule *rule = &rules->items[i];
        /* A line that both clears and matches stands for the match: the clear comes first. */
        for (size_t k = 0; k < rule->unless_count; k++)
            add_probe(rules, HW_PROBE_CLEAR, i, NULL, &rule->unless[k].log);
        add_probe(rules, HW_PROBE_NOT_NEAR, i, NULL, &rule->not_near);
        for (size_t k = 0; k < rule->match_count; k++) {
            if (rule->matches[k].kind == HW_MATCH_LOG)
                add_probe(rules, HW_PROBE_HIT, i, &rule->matches[k], &rule->matches[k].pattern);
        }
        add_probe(rules, HW_PROBE_DECISIVE, i, NULL, &rule->decisive);
    }
}

static bool compile_any(struct hw_rules *rules, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(ANY_MAX);
    size_t column;
    hw_buf_text(&text, "HPCWIZ stage=");
    for (size_t i = 0; i < rules->probe_count; i++)
        hw_buf_print(&text, "|(?:%s)", rules->probes[i].pattern->text);
    if (text.full)
        return hw_fail(err, HW_ERR_LIMIT, _("the expressions of all rules exceed %u bytes"),
                       ANY_MAX);
    return hw_expr_compile(&rules->any, hw_buf_cstr(&text), err, &column);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_files(const char *folder, struct hw_strv *ret, struct hw_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return hw_fail_errno(err, _("cannot open the folder of diagnosis rules '%s'"), folder);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (hw_text_ends(entry->d_name, ".yaml") && entry->d_name[0] != '.')
            hw_strv_take(ret, hw_path_join(folder, entry->d_name));
    }
    closedir(dir);
    if (ret->count > 1)
        qsort(ret->items, ret->count, sizeof *ret->items, by_name);
    return true;
}

static bool load(struct hw_rules *rules, const char *folder, struct hw_err *err)
{
    hw_auto(hw_strv) files = {0};
    if (!list_files(folder, &files, err))
        return false;
    for (size_t i = 0; i < files.count; i++) {
        if (!hw_rules_read(files.items[i], rules, err))
            return false;
    }
    if (rules->count == 0)
        return hw_fail(err, HW_ERR_INPUT, _("no diagnosis rules in '%s'"), folder);
    if (!hw_rules_check_links(rules, err))
        return false;
    collect_probes(rules);
    return compile_any(rules, err);
}

bool hw_rules_load(const char *folder, struct hw_rules **ret, struct hw_err *err)
{
    hw_auto_text installed = folder ? NULL : hw_data_path("rules");
    struct hw_rules *rules = HW_NEW(struct hw_rules);
    rules->match_data = pcre2_match_data_create(32, NULL);
    rules->match_context = pcre2_match_context_create(NULL);
    /* An expression that backtracks for ever gives up instead: no match. */
    pcre2_set_match_limit(rules->match_context, 1000000);
    if (!load(rules, folder ? folder : installed, err)) {
        hw_rules_free(rules);
        return false;
    }
    *ret = rules;
    return true;
}

void hw_rules_free(struct hw_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++)
        hw_rule_done(&rules->items[i]);
    hw_expr_done(&rules->any);
    pcre2_match_data_free(rules->match_data);
    pcre2_match_context_free(rules->match_context);
    free(rules->items);
    free(rules->probes);
    free(rules);
}

size_t hw_rules_count(const struct hw_rules *rules)
{
    return rules->count;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the folders of rule files and collects the words that tell at once that a line is of no
 * interest to any rule. */
#include "diagnose/rules.h"

#include <dirent.h>
#include <errno.h>

#include "base/file.h"
#include "base/text.h"
#include "diagnose/needle.h"

#define STAGE_MARK "HPCWIZ stage="

static void add_probe(struct hw_rules *rules, enum hw_probe_kind kind, size_t rule,
                      const struct hw_match *match, const struct hw_expr *pattern)
{
    if (!pattern->code)
        return;
    struct hw_needles needles = hw_needles(pattern->text);
    uint32_t number = (uint32_t)rules->probe_count;
    bool single = needles.sets[1].count == 0;
    hw_grow(&rules->probes, &rules->probe_capacity, rules->probe_count, sizeof *rules->probes);
    rules->probes[rules->probe_count++] = (struct hw_probe){kind, rule, match, pattern};
    for (uint32_t set = 0; set < HW_NEEDLE_SETS; set++) {
        const struct hw_strv *words = &needles.sets[set];
        uint32_t id = HW_PROBE_WORD(number, single ? HW_PROBE_BOTH : 1u << set);
        for (size_t i = 0; i < words->count; i++)
            hw_literals_add(rules->words, words->items[i], strlen(words->items[i]), id);
    }
    if (needles.sets[0].count == 0) {
        hw_grow(&rules->always, &rules->always_capacity, rules->always_count,
                sizeof *rules->always);
        rules->always[rules->always_count++] = HW_PROBE_WORD(number, HW_PROBE_BOTH);
    }
    hw_needles_done(&needles);
}

static void add_probes(struct hw_rules *rules, size_t i)
{
    const struct hw_rule *rule = &rules->items[i];
    /* A line that both clears and matches stands for the match: the clear comes first. */
    for (size_t k = 0; k < rule->unless_count; k++)
        add_probe(rules, HW_PROBE_CLEAR, i, NULL, &rule->unless[k].log);
    add_probe(rules, HW_PROBE_NOT_NEAR, i, NULL, &rule->not_near);
    add_probe(rules, HW_PROBE_NEAR, i, NULL, &rule->near);
    for (size_t k = 0; k < rule->match_count; k++) {
        const struct hw_match *match = &rule->matches[k];
        if (match->kind == HW_MATCH_LOG && match->first.code)
            add_probe(rules, HW_PROBE_FIRST, i, match, &match->first);
        else if (match->kind == HW_MATCH_LOG)
            add_probe(rules, HW_PROBE_HIT, i, match, &match->pattern);
    }
    add_probe(rules, HW_PROBE_DECISIVE, i, NULL, &rule->decisive);
}

bool hw_rules_finish(struct hw_rules *rules, struct hw_err *err)
{
    if (!hw_rules_check_links(rules, err))
        return false;
    for (size_t i = 0; i < rules->count; i++)
        add_probes(rules, i);
    hw_literals_add(rules->words, STAGE_MARK, strlen(STAGE_MARK), HW_PROBE_STAGE);
    hw_literals_seal(rules->words);
    return true;
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

/* The rules of one folder; one that has the id of a rule from a folder before replaces it. */
static bool load_folder(struct hw_rules *rules, const char *folder, struct hw_err *err)
{
    hw_auto(hw_strv) files = {0};
    if (!list_files(folder, &files, err))
        return false;
    rules->replaceable = rules->count;
    rules->read = 0;
    for (size_t i = 0; i < files.count; i++) {
        if (!hw_rules_read(files.items[i], rules, err))
            return false;
    }
    return rules->read > 0 || hw_fail(err, HW_ERR_INPUT, _("no diagnosis rules in '%s'"), folder);
}

/* The user's own folder may be missing or empty. */
static bool load_own(struct hw_rules *rules, struct hw_err *err)
{
    hw_auto_text own = hw_rules_own_folder();
    hw_auto(hw_strv) files = {0};
    if (!hw_path_exists(own))
        return true;
    if (!list_files(own, &files, err))
        return false;
    return files.count == 0 || load_folder(rules, own, err);
}

char *hw_rules_own_folder(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    hw_auto_text home =
        config && config[0] == '/' ? hw_strdup(config) : hw_path_expand("~/.config");
    return hw_path_join(home, "hpcwiz/rules");
}

struct hw_rules *hw_rules_new(void)
{
    struct hw_rules *rules = HW_NEW(struct hw_rules);
    rules->words = hw_literals_new();
    rules->match_data = pcre2_match_data_create(32, NULL);
    rules->match_context = pcre2_match_context_create(NULL);
    /* An expression that backtracks for ever gives up instead: no match. */
    pcre2_set_match_limit(rules->match_context, 1000000);
    return rules;
}

bool hw_rules_load(enum hw_rules_from from, const char *folder, struct hw_rules **ret,
                   struct hw_err *err)
{
    hw_auto_text installed = hw_data_path("rules");
    struct hw_rules *rules = hw_rules_new();
    if (hw_tests_load(&rules->tests, err) && load_folder(rules, installed, err) &&
        (from == HW_RULES_INSTALLED || load_own(rules, err)) &&
        (!folder || load_folder(rules, folder, err)) && hw_rules_finish(rules, err)) {
        *ret = rules;
        return true;
    }
    hw_rules_free(rules);
    return false;
}

void hw_rules_free(struct hw_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++)
        hw_rule_done(&rules->items[i]);
    hw_tests_free(rules->tests);
    hw_literals_free(rules->words);
    free(rules->always);
    pcre2_match_data_free(rules->match_data);
    pcre2_match_context_free(rules->match_context);
    free(rules->items);
    free(rules->probes);
    free(rules);
}

const struct hw_tests *hw_rules_tests(const struct hw_rules *rules)
{
    return rules->tests;
}

size_t hw_rules_count(const struct hw_rules *rules)
{
    return rules->count;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A rule in memory, for the files of this folder alone. The form of a rule file is described in
 * hpcwiz-rules(5); rules_yaml.c reads it, expr.c compiles what it says, engine.c holds
 * events against it. Immutable once loaded. */
#ifndef HW_DIAGNOSE_RULES_H
#define HW_DIAGNOSE_RULES_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/event.h"
#include "base/mem.h"
#include "diagnose/diagnose.h"
#include "diagnose/tests.h"
#include "logs/literals.h"
#include "model/schema.h"

/* A compiled expression; code NULL: absent, matches everything. */
struct hw_expr {
    pcre2_code *code;
    char *text;
};

enum hw_match_kind {
    HW_MATCH_LOG,
    HW_MATCH_STAGE,
    HW_MATCH_EVENT,
    HW_MATCH_NODE,
    HW_MATCH_SILENCE
};

/* One of the alternatives of `match`. */
struct hw_match {
    enum hw_match_kind kind;
    struct hw_expr pattern;       /* line, message, reason or detail */
    struct hw_expr first;         /* LOG: of its first line, when the pattern spans several */
    struct hw_expr event_status;  /* EVENT */
    struct hw_expr resource_type; /* EVENT */
    enum hw_stage_status status;  /* STAGE */
    struct hw_strv codes;         /* STAGE: exit codes in decimal; empty: any */
    enum hw_node_state state;     /* NODE */
    unsigned silence_s;           /* SILENCE */
};

/* One of the alternatives of `unless_later`. */
struct hw_unless {
    struct hw_expr log; /* a later line of the same node; or */
    char *stage;        /* this stage came to the status */
    enum hw_stage_status status;
};

/* Where an answer leads: to another question, or to the cause. */
struct hw_verdict {
    char *next;           /* id of the question; or */
    char *cause, *action; /* action NULL: the rule's own */
    struct hw_strv remedy;
};

/* One question of a rule's decision path, answered by a test on the node. */
struct hw_question {
    char *id, *text, *test;
    struct hw_strv with; /* names and values of the test's arguments, in turn; values are texts
                            like the rule's */
    struct hw_verdict yes, no;
};

#define HW_MAX_QUESTIONS 16u /* of one rule */

struct hw_rule {
    char *id, *ref, *title, *cause, *action;
    struct hw_strv roles, stages, on_node, remedy, consequence_of;
    struct hw_match *matches;
    size_t match_count, match_capacity;
    struct hw_unless *unless;
    size_t unless_count, unless_capacity;
    struct hw_expr near;     /* a match counts only within HW_NEAR_LINES lines of such a line */
    struct hw_expr not_near; /* and not within as many of such a one */
    struct hw_expr decisive; /* lines kept as evidence although they prove nothing alone */
    bool retried;  /* the node tries again by itself: nothing to say before its stage failed */
    bool fallback; /* only where nothing else was found */
    bool again;    /* what was mended counts once it is deployed again */
    unsigned confidence;
    struct hw_question *questions; /* the first one is asked first */
    size_t question_count, question_capacity;
    struct hw_strv examples;
    char *file; /* where it stands, for errors */
    size_t line;
};

#define HW_NEAR_LINES 8u
#define HW_SPAN_LINES 8u /* of one match of several lines */

/* What a pattern of a rule means for the log line that it matches. */
enum hw_probe_kind {
    HW_PROBE_CLEAR,
    HW_PROBE_NOT_NEAR,
    HW_PROBE_NEAR,
    HW_PROBE_HIT,
    HW_PROBE_FIRST, /* the first line of a match of several lines */
    HW_PROBE_DECISIVE
};

/* The id of a word: the number of its probe, and which of the probe's two sets of words it stands
 * for (1, 2), or both. */
#define HW_PROBE_BOTH             3u
#define HW_PROBE_WORD(probe, set) ((uint32_t)(probe) << 2 | (set))
#define HW_PROBE_STAGE            UINT32_MAX /* instead: the mark of a stage line */

struct hw_probe {
    enum hw_probe_kind kind;
    size_t rule;
    const struct hw_match *match; /* HIT, FIRST */
    const struct hw_expr *pattern;
};

struct hw_rules {
    struct hw_rule *items;
    size_t count, capacity;
    size_t replaceable; /* while loading: rules that came before the folder being read */
    size_t read;        /* rules read from that folder so far */
    struct hw_probe *probes;
    size_t probe_count, probe_capacity;
    struct hw_literals *words; /* a probe is tried only on a line that holds its words */
    uint32_t *always;          /* ids of the probes of which no word is known */
    size_t always_count, always_capacity;
    struct hw_tests *tests; /* NULL: what is asked is not checked */
    pcre2_match_data *match_data;
    pcre2_match_context *match_context;
};

/* rules_yaml.c: appends the rules of one file; parse: of its text, path for errors only. */
bool hw_rules_read(const char *path, struct hw_rules *rules, struct hw_err *err);
bool hw_rules_parse(const char *path, const char *text, size_t n, struct hw_rules *rules,
                    struct hw_err *err);
/* rules.c: an empty set; and after the last rule: what makes it ready for use. */
struct hw_rules *hw_rules_new(void);
bool hw_rules_finish(struct hw_rules *rules, struct hw_err *err);
/* rules_check.c: what one rule needs, and what only holds between rules. */
bool hw_rule_check(const struct hw_rules *rules, const struct hw_rule *rule, struct hw_err *err);
bool hw_rules_check_links(const struct hw_rules *rules, struct hw_err *err);
void hw_rule_done(struct hw_rule *rule);

/* A line of 64 KiB of blanks must not hold up the loop (pcre2api(3), "match limit"). */
#define HW_EXPR_SUBJECT 8192u

/* expr.c. The part before the first \n of an expression of several lines: *ret_first has no code
 * where there is none. HW_ERR_INPUT: that \n stands within a group. */
bool hw_expr_first_line(const char *text, struct hw_expr *ret_first, struct hw_err *err);
/* column: of the error within the expression, from 1. */
bool hw_expr_compile(struct hw_expr *pattern, const char *text, struct hw_err *err,
                     size_t *ret_column);
void hw_expr_done(struct hw_expr *pattern);
bool hw_expr_match(const struct hw_rules *rules, const struct hw_expr *pattern, const char *text,
                   size_t n);
/* Is name a named group of the expression? */
bool hw_expr_has(const struct hw_expr *pattern, const char *name);
/* Appends "name", "value" pairs of the last match. */
void hw_expr_captures(const struct hw_rules *rules, const struct hw_expr *pattern, const char *text,
                      struct hw_strv *ret);

/* text.c: appends text with each {name} or {name|otherwise} filled from name-value pairs. */
bool hw_rule_fill(struct hw_buf *out, const char *text, const struct hw_strv *values);
#define HW_PAGE_ACTION "page:"
/* remedy.c: the page of the wizard to which an action leads, whatever "{part}" and its like stand
 * for. False: there is no such page or question. */
bool hw_rule_place(const char *action, enum hw_page_id *ret);
/* Calls known(data, name, length) for each name; false as soon as one is not known or a brace
 * is open; *ret_name is its place in text. */
typedef bool hw_name_fn(void *data, const char *name, size_t length);
bool hw_rule_names(const char *text, hw_name_fn *known, void *data, const char **ret_name);

#endif

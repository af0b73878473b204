/* SPDX-License-Identifier: Apache-2.0 */
/* Why did it fail. Feed it every event of a run (stages, log lines, stack events, nodes); rules
 * (templates/rules, YAML) turn them into findings, root causes before consequences. Works live,
 * from a journal and from saved logs. */
#ifndef HW_DIAGNOSE_DIAGNOSE_H
#define HW_DIAGNOSE_DIAGNOSE_H

#include "base/event.h"
#include "base/mem.h"

struct hw_rules;
struct hw_tests;
struct hw_diagnose;

enum hw_rules_from {
    HW_RULES_INSTALLED, /* the rules that belong to hpcwiz */
    HW_RULES_OWN        /* and those of the user's own folder */
};

/* Loads every *.yaml of the folders, those of one more (NULL: none) last. A rule that has the id
 * of one from a folder before replaces it. file:line:column in errors. */
bool hw_rules_load(enum hw_rules_from from, const char *folder, struct hw_rules **ret,
                   struct hw_err *err);
char *hw_rules_own_folder(void); /* $XDG_CONFIG_HOME/hpcwiz/rules; the caller's */
void hw_rules_free(struct hw_rules *rules);
size_t hw_rules_count(const struct hw_rules *rules);
const struct hw_tests *hw_rules_tests(const struct hw_rules *rules); /* diagnose/tests.h */

struct hw_diagnose *hw_diagnose_new(const struct hw_rules *rules); /* rules must outlive it */
void hw_diagnose_free(struct hw_diagnose *diagnose);

/* What is known of the cluster beyond its logs, for the questions of rules: domain, zone, region,
 * head_host, sql_host, aws_domain, certificate, file. Copied. */
void hw_diagnose_fact(struct hw_diagnose *diagnose, const char *name, const char *value);
const char *hw_diagnose_known(const struct hw_diagnose *diagnose, const char *name); /* or NULL */
#define HW_FACT_FILE    "file"    /* the cluster file as a person named it, for commands */
#define HW_FACT_FOREIGN "foreign" /* "yes": hpcwiz did not deploy the cluster */
/* The place of a compute group among the cluster file's, and which of its keys (behind "secrets.")
 * names an SSM parameter: so that the action of a finding leads to the very question. Copied. */
void hw_diagnose_group(struct hw_diagnose *diagnose, const char *name, size_t index);
void hw_diagnose_secret(struct hw_diagnose *diagnose, const char *parameter, const char *key);

/* Any event; those that say nothing are passed over. Returns true if the findings changed. */
bool hw_diagnose_feed(struct hw_diagnose *diagnose, const struct hw_event *event);

/* The findings as they are now, likeliest root cause first; consequences carry
 * "consequence of <id>" in confidence order behind their cause. Borrowed until the next feed. */
size_t hw_diagnose_count(const struct hw_diagnose *diagnose);
const struct hw_ev_finding *hw_diagnose_at(const struct hw_diagnose *diagnose, size_t index);
/* Place of the finding that explains the one at index, or SIZE_MAX: it is a root cause. */
size_t hw_diagnose_cause_of(const struct hw_diagnose *diagnose, size_t index);

/* Feeds saved logs, merged by the times of their lines: logs as they were on a node (any encoding),
 * and what hpcwiz saved itself (diagnose/saved.h). A raw log belongs to the node that its name
 * tells, or its folder's if it is called as on every node; "NODE=PATH" names the node. */
bool hw_diagnose_files(struct hw_diagnose *diagnose, const struct hw_strv *paths,
                       struct hw_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of rules and engine share: events made by hand, the examples of the rules, and the
 * lines of a log in which nothing is wrong. */
#ifndef TESTS_UNIT_RULE_EXAMPLES_H
#define TESTS_UNIT_RULE_EXAMPLES_H

#include "diagnose/engine.h"

/* The installed rules, from rule_load to rule_free: the set-up and the end of a group of tests. */
extern struct hw_rules *rules;
int rule_load(void **state);
int rule_free(void **state);

void rule_log(struct hw_diagnose *d, const char *node, const char *source, const char *text);
void rule_stack_event(struct hw_diagnose *d, const char *stack, const char *resource,
                      const char *type, const char *status, const char *reason);
void rule_node_event(struct hw_diagnose *d, const char *node, const char *role,
                     enum hw_node_state state, int64_t time_ms, const char *detail);
void rule_stage(struct hw_diagnose *d, const char *node, const char *role, const char *name,
                enum hw_stage_status status, int code, const char *message);

/* The role of which the examples of a rule tell. */
const char *rule_role(const struct hw_rule *rule);
/* Feeds one line of an example, which may be an "@event", "@node" or "@silence"; false: it is of an
 * unknown form. The line is changed. */
bool rule_example_line(struct hw_diagnose *d, const char *role, char *line, int64_t *now_ms);
/* Feeds a whole example as the log of the node that has the name of the role. */
bool rule_example(struct hw_diagnose *d, const char *role, const char *example);
/* An example that consists of lines of a log alone. */
bool rule_example_is_log(const char *example);

/* Feeds so many lines of a log in which nothing is wrong. */
void rule_noise(struct hw_diagnose *d, const char *node, size_t lines);
const char *rule_noise_line(size_t i);

#endif

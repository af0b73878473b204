/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the lint share. */
#ifndef HW_TEMPLATE_LINT_PARTS_H
#define HW_TEMPLATE_LINT_PARTS_H

#include "template/lint.h"
#include "template/tpl.h"

struct hw_lint {
    const char *file;
    struct hw_tpl *tpl;
    hw_lint_fn *fn;
    void *data;
    size_t errors;
};

void hw_lint_say(struct hw_lint *lint, const char *id, enum hw_severity severity, const char *fmt,
                 ...) HW_PRINTF(4, 5);

/* node's entry a, and of that the entry b; NULL where one is missing. */
yaml_node_t *hw_lint_under(struct hw_lint *lint, yaml_node_t *node, const char *a, const char *b);

/* The text of a launch template's user data, "" if it has none. */
const char *hw_lint_user_data(struct hw_lint *lint, yaml_node_t *launch_template);

/* References of the whole template: substitutions and splits (lint_text.c). */
void hw_lint_references(struct hw_lint *lint);
/* What the user data of a launch template does: restarts, Regions. */
void hw_lint_start(struct hw_lint *lint, const char *name, yaml_node_t *launch_template);
/* Imports of the whole set (lint_imports.c). Returns the number of errors. */
size_t hw_lint_imports(const struct hw_fileset *set, hw_lint_fn *fn, void *data);
/* Whether what the nodes of a group signal is waited for. */
void hw_lint_signals(struct hw_lint *lint, const char *name, yaml_node_t *group);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A template source: its text and, by libyaml, its tree, so that generation can change single
 * places of the text and leave every other byte, comments included, as a person wrote it.
 * Sources are ASCII, block style; a comment directly above an entry belongs to it. */
#ifndef HW_TEMPLATE_TPL_H
#define HW_TEMPLATE_TPL_H

#include <yaml.h>

#include "base/buf.h"
#include "base/err.h"

struct hw_tpl {
    struct hw_buf text;
    yaml_document_t doc;
    bool parsed;
};

/* name: below the data folder, "cloudformation/sql.yaml". */
bool hw_tpl_load(const char *name, struct hw_tpl *ret, struct hw_err *err);
/* From text (copied). name is for errors. */
bool hw_tpl_parse(const char *name, const char *text, size_t size, struct hw_tpl *ret,
                  struct hw_err *err);
void hw_tpl_done(struct hw_tpl *tpl);

/* Nodes are borrowed. node NULL: the root. NULL where there is no such entry. */
yaml_node_t *hw_tpl_get(struct hw_tpl *tpl, yaml_node_t *node, const char *key);
yaml_node_t *hw_tpl_key(struct hw_tpl *tpl, yaml_node_t *node, const char *key);
yaml_node_t *hw_tpl_node(struct hw_tpl *tpl, int id);
/* Several steps: "Metadata/hpcwiz/parameters". */
yaml_node_t *hw_tpl_path(struct hw_tpl *tpl, const char *path);
const char *hw_tpl_scalar(const yaml_node_t *node); /* "" unless a scalar */

/* Visits the pairs of a mapping; none if node is NULL or no mapping. */
#define hw_tpl_each(node, pair)                                                                    \
    for (yaml_node_pair_t *pair = (node) && (node)->type == YAML_MAPPING_NODE                      \
                                      ? (node)->data.mapping.pairs.start                           \
                                      : NULL;                                                      \
         pair && pair < (node)->data.mapping.pairs.top; pair++)

/* Bytes [start, end) of the text. */
struct hw_range {
    size_t start, end;
};
/* All lines of an entry, with the comment above it and the blank lines below it. */
struct hw_range hw_tpl_entry(const struct hw_tpl *tpl, const yaml_node_t *key);

/* Changes to the text, applied in one go. A change inside a range that another one replaces is
 * dropped. */
struct hw_edit {
    struct hw_range range;
    char *text;
};
struct hw_edits {
    struct hw_edit *items;
    size_t count, capacity;
};
void hw_edits_done(struct hw_edits *edits);
void hw_edits_take(struct hw_edits *edits, struct hw_range range, char *text);
/* Appends text[within] with the edits that lie in it. Sorts edits. */
void hw_edits_apply(struct hw_edits *edits, const struct hw_buf *text, struct hw_range within,
                    struct hw_buf *out);

#endif

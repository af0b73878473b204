/* SPDX-License-Identifier: Apache-2.0 */
/* Reading YAML files by tables: every level is a mapping with a table of its keys; a reader gets
 * the node and the address of what it fills. For the files of this folder alone. */
#ifndef HW_DIAGNOSE_YAML_H
#define HW_DIAGNOSE_YAML_H

#include <yaml.h>

#include "base/err.h"
#include "base/mem.h"

struct hw_yaml {
    yaml_document_t *document;
    const char *path;
    void *data; /* of whoever reads */
    struct hw_err *err;
};

/* Fills target from node. False: err says what is wrong, with its place. */
typedef bool hw_yaml_fn(struct hw_yaml *yaml, yaml_node_t *node, void *target);

struct hw_yaml_key {
    const char *name;
    hw_yaml_fn *read;
    size_t offset; /* of the field in what the mapping fills */
};

/* A text of YAML 1.1; path only for errors. each is called for every item of the list at the top;
 * what: "a list of rules". A file of comments alone is an empty list. */
bool hw_yaml_list(const char *path, const char *text, size_t n, const char *what, hw_yaml_fn *each,
                  void *data, struct hw_err *err);

/* Errors at a node; all return false. */
bool hw_yaml_at(struct hw_yaml *yaml, const yaml_node_t *node);
bool hw_yaml_expected(struct hw_yaml *yaml, const yaml_node_t *node, const char *what);

yaml_node_t *hw_yaml_node(struct hw_yaml *yaml, int id);
/* A mapping whose keys the table has; each at most once. At most 32 keys. */
bool hw_yaml_mapping(struct hw_yaml *yaml, yaml_node_t *node, const struct hw_yaml_key *keys,
                     size_t count, void *target);
/* Calls each(yaml, item, target) for the items of a list. */
bool hw_yaml_items(struct hw_yaml *yaml, yaml_node_t *node, const char *what, hw_yaml_fn *each,
                   void *target);

/* The text of a scalar without the newline that a block scalar ends with; the caller's, or NULL. */
char *hw_yaml_scalar(struct hw_yaml *yaml, const yaml_node_t *node);

/* For tables: char *, struct hw_strv (one text or a list), struct hw_strv (names and values of a
 * mapping, in turn), bool, unsigned. */
hw_yaml_fn hw_yaml_text, hw_yaml_texts, hw_yaml_pairs, hw_yaml_bool, hw_yaml_percent,
    hw_yaml_duration;

#endif

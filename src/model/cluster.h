/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster is: the answers, by key. Values are texts; lists are several texts. An answer
 * that was never given has its default (hw_cluster_get) but is not `set`. */
#ifndef HW_MODEL_CLUSTER_H
#define HW_MODEL_CLUSTER_H

#include "base/mem.h"
#include "model/schema.h"

#define HW_CLUSTER_TAG "hpcwiz:cluster" /* of all that belongs to a cluster: its name */

struct hw_cluster;

struct hw_cluster *hw_cluster_new(void); /* one compute group "std", nothing else set */
struct hw_cluster *hw_cluster_copy(const struct hw_cluster *cluster);
void hw_cluster_free(struct hw_cluster *cluster); /* NULL allowed */

/* Borrowed until the next change. The value that was set, else the default, else "". */
const char *hw_cluster_get(const struct hw_cluster *cluster, const char *key);
long hw_cluster_int(const struct hw_cluster *cluster, const char *key);
bool hw_cluster_bool(const struct hw_cluster *cluster, const char *key);
unsigned hw_cluster_seconds(const struct hw_cluster *cluster, const char *key); /* a DURATION */
/* All values of a list field (borrowed); a scalar field gives its one value. */
const struct hw_strv *hw_cluster_list(const struct hw_cluster *cluster, const char *key);
bool hw_cluster_is_set(const struct hw_cluster *cluster, const char *key);

/* Checked by hw_field_check first; on failure nothing changes. "" clears. For a list field,
 * hw_cluster_set splits text at commas. HW_ERR_INPUT with the nearest known key for an
 * unknown one. */
bool hw_cluster_set(struct hw_cluster *cluster, const char *key, const char *value,
                    struct hw_err *err);
bool hw_cluster_set_list(struct hw_cluster *cluster, const char *key, const struct hw_strv *values,
                         struct hw_err *err);
void hw_cluster_clear(struct hw_cluster *cluster, const char *key);
/* Clears it, and remembers that it is to stay so: what fills in answers from other answers passes
 * it over. The next hw_cluster_set ends that. The cluster file does not hold it. */
void hw_cluster_leave_empty(struct hw_cluster *cluster, const char *key);
bool hw_cluster_is_left_empty(const struct hw_cluster *cluster, const char *key);

size_t hw_cluster_groups(const struct hw_cluster *cluster);
/* Adds a group with a free name; false at HW_MAX_GROUPS. The last group cannot be removed. */
bool hw_cluster_group_add(struct hw_cluster *cluster, struct hw_err *err);
bool hw_cluster_group_remove(struct hw_cluster *cluster, size_t group, struct hw_err *err);

/* Shortcuts that many rooms need. */
bool hw_cluster_sql_local(const struct hw_cluster *cluster); /* nodes.sql: local */

/* A cheap "is it still what I looked at": new at each change, and in this process no other
 * cluster's but that of its copies. Clusters are changed by the loop's thread alone. */
unsigned long hw_cluster_revision(const struct hw_cluster *cluster);

/* The first field, in page order, that is required, applies and has no value; NULL if complete. */
char *hw_cluster_first_missing(const struct hw_cluster *cluster); /* concrete key; the caller's */

/* Whole-cluster rules (subnets distinct, min <= desired <= max, group names unique, addresses
 * differ ...) beyond single fields: calls fn for each violation. */
typedef void hw_rule_fn(void *data, const char *rule_id, const char *key, const char *message,
                        const char *remedy);
void hw_cluster_rules(const struct hw_cluster *cluster, hw_rule_fn *fn, void *data);

/* Visits every concrete key in file order, groups expanded; only fields that apply. */
typedef void hw_key_fn(void *data, const char *key, const struct hw_field *field);
void hw_cluster_each(const struct hw_cluster *cluster, hw_key_fn *fn, void *data);

#endif

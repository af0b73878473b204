/* SPDX-License-Identifier: Apache-2.0 */
/* What a template source asks of the cluster file. A question is a key of the cluster file, or one
 * of these, and may be followed by a blank and "zone" or "pause":
 *   network.subnets.0 zone    the availability zone of the first subnet (to be asked for)
 *   timeouts.sql pause        the time-out, at most an hour (UpdatePolicy's PauseTime)
 *   access.port               5986 or 22, by access.method
 *   nodes.sql.own             "true" unless the databases are on the head node
 * nodes.compute.* means the group at hand. A list becomes one text with commas, a duration an ISO
 * 8601 period. */
#ifndef HW_TEMPLATE_VALUE_H
#define HW_TEMPLATE_VALUE_H

#include "model/cluster.h"
#include "template/generate.h"

/* *ret is the caller's. err: a question that nothing answers (HW_ERR_IO: the source is wrong). */
bool hw_value_get(const struct hw_cluster *cluster, size_t group, const char *question, char **ret,
                  enum hw_resolve *ret_resolve, struct hw_err *err);

/* A yes-or-no question; unknown ones are errors too. */
bool hw_value_is(const struct hw_cluster *cluster, const char *question, bool *ret,
                 struct hw_err *err);

#endif

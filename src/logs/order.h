/* SPDX-License-Identifier: Apache-2.0 */
/* What views need of the store beyond its public face. */
#ifndef HW_LOGS_ORDER_H
#define HW_LOGS_ORDER_H

#include "logs/store.h"

/* A further holder of the store: let go of with hw_logs_free. */
struct hw_logs *hw_logs_hold(const struct hw_logs *logs);

/* The time by which a line is put in order: its own, else that of the line before it in its
 * file, else that of the line that arrived before it. INT64_MIN for a line that is gone. */
int64_t hw_logs_order_ms(const struct hw_logs *logs, uint64_t number);

/* The first line from *number on and before `end` that holds a literal text of `length` bytes:
 * true, and *number is that line. Looks through about *budget bytes and takes them off; false: no
 * line before *number holds it that can be read. *number or *budget has moved then. */
struct hw_pattern;
bool hw_logs_seek(const struct hw_logs *logs, const struct hw_pattern *literal, size_t length,
                  uint64_t end, uint64_t *number, size_t *budget);

/* Tells the lines from `from` on, before `end`: faster than getting each. fn may get or walk no
 * lines. */
typedef void hw_logs_walk_fn(void *data, uint64_t number, const struct hw_log_line *line);
void hw_logs_walk(const struct hw_logs *logs, uint64_t from, uint64_t end, hw_logs_walk_fn *fn,
                  void *data);

bool hw_logs_find_source(const struct hw_logs *logs, const char *name, uint32_t *ret);

#endif

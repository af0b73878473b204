/* SPDX-License-Identifier: Apache-2.0 */
/* What views need of the store beyond its public face. */
#ifndef HW_LOGS_ORDER_H
#define HW_LOGS_ORDER_H

#include "logs/store.h"

/* The time by which a line is put in order: its own, else that of the line before it in its
 * file, else that of the line that arrived before it. INT64_MIN for a line that is gone. */
int64_t hw_logs_order_ms(const struct hw_logs *logs, uint64_t number);

bool hw_logs_find_source(const struct hw_logs *logs, const char *name, uint32_t *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Texts numbered from 0 in the order in which they were first seen. */
#ifndef HW_LOGS_NAMES_H
#define HW_LOGS_NAMES_H

#include "base/mem.h"

struct hw_names {
    struct hw_strv texts;
    uint32_t *slots; /* number + 1; 0 = free */
    size_t slot_count;
    uint32_t last; /* added or met last: mostly it is the next one, too */
};

#define HW_NAMES_NONE UINT32_MAX

void hw_names_done(struct hw_names *names);
uint32_t hw_names_find(const struct hw_names *names, const char *text); /* or HW_NAMES_NONE */
/* The number of text, which is added when new. Beyond HW_MAX_LOG_NAMES everything new is the
 * last one. */
uint32_t hw_names_add(struct hw_names *names, const char *text);

#endif

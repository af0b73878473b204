/* SPDX-License-Identifier: Apache-2.0 */
/* Reading CloudFormation's answers. */
#ifndef HW_DEPLOY_READ_H
#define HW_DEPLOY_READ_H

#include "base/event.h"
#include "base/xml.h"

/* The text at path below element (NULL allowed), cleaned, of at most `most` bytes of it; "" if it
 * is missing. The caller's. */
char *hw_read_text(const struct hw_xml *element, const char *path, size_t most);

/* The member of list whose text at `key` is name ("Key" of Tags, "ParameterKey" of Parameters);
 * NULL: there is none. list may be NULL. */
const struct hw_xml *hw_read_member(const struct hw_xml *list, const char *key, const char *name);

/* An event of a stack, as DescribeStackEvents tells it, cleaned. */
struct hw_heard {
    char *resource, *type, *physical_id, *status, *reason, *event_id;
    int64_t time_ms; /* this machine's where the event has none */
};
void hw_heard_read(struct hw_heard *ret, const struct hw_xml *member);
void hw_heard_done(struct hw_heard *heard);
/* Borrows from both. */
struct hw_event hw_heard_event(const struct hw_heard *heard, const char *stack);

#endif

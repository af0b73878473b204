/* SPDX-License-Identifier: Apache-2.0 */
/* The results of the checks in the order in which a person wants them: errors, warnings, notes,
 * then what was skipped and what passed. A model without drawing. Event texts are copied. */
#ifndef UI_CHECKS_VIEW_H
#define UI_CHECKS_VIEW_H

#include "base/event.h"
#include "base/mem.h"
#include "model/cluster.h"

enum ui_check_kind {
    UI_CHECK_ERROR,
    UI_CHECK_WARNING,
    UI_CHECK_NOTE,
    UI_CHECK_SKIPPED,
    UI_CHECK_PASSED,
    UI_CHECK_KINDS,
};

struct ui_check {
    char *id, *message, *field, *remedy;
    enum ui_check_kind kind;
    size_t number; /* of arrival; stays the same while others come */
};

struct ui_checks {
    struct ui_check *items;
    size_t count, capacity;
    size_t of_kind[UI_CHECK_KINDS];
    bool running;           /* a run was begun and has not ended */
    bool known;             /* at least one run has ended */
    bool stale;             /* the next result begins a new list */
    bool outdated;          /* a deployment or a rollback has changed the account since */
    unsigned long of;       /* revision of the cluster that they speak of */
    char *failure;          /* why the run itself could not be finished; NULL: it was */
    unsigned long revision; /* counts up at each change */
};

#define UI_MAX_CHECKS 1000u

void ui_checks_done(struct ui_checks *checks);
/* A run for cluster begins: the old results stay until the first new one comes. */
void ui_checks_begin(struct ui_checks *checks, const struct hw_cluster *cluster);
/* A run for cluster as it is now goes on: nothing is to be begun. */
bool ui_checks_go_on(const struct ui_checks *checks, const struct hw_cluster *cluster);
/* CHECK and the RESULT of "check", "deploy" and "rollback"; true if something changed. A message
 * that begins with the key of its question gets the words of the form instead, with the names that
 * the groups of cluster have now. */
bool ui_checks_apply(struct ui_checks *checks, const struct hw_cluster *cluster,
                     const struct hw_event *event);

/* "2 errors, 1 warning, 51 passed"; translated. */
void ui_checks_summary(const struct ui_checks *checks, struct hw_buf *out);
/* Results that a person should read: errors, warnings and notes come first in items. */
size_t ui_checks_findings(const struct ui_checks *checks);

#endif

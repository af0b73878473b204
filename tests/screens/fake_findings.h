/* SPDX-License-Identifier: Apache-2.0 */
/* Findings that a case makes up. */
#ifndef FAKE_FINDINGS_H
#define FAKE_FINDINGS_H

#include "base/event.h"
#include "base/mem.h"

enum { FAKE_EVIDENCE_MAX = 4 };

struct fake_finding {
    struct hw_ev_finding finding;
    struct hw_evidence evidence[FAKE_EVIDENCE_MAX];
    char *texts[16]; /* owned */
    size_t text_count;
    char *because; /* id of the finding that explains it, or "" */
};

struct fake_findings {
    struct fake_finding *items;
    size_t count, capacity;
};

void fake_findings_done(struct fake_findings *findings);
/* value(data, "title") and the like. evidence is "source;line;text" with "//" between several;
 * steps of the remedy have "//" between them. Returns the finding, borrowed. */
const struct hw_ev_finding *fake_findings_add(struct fake_findings *findings,
                                              const char *(*value)(const void *data,
                                                                   const char *name),
                                              const void *data);
const struct hw_ev_finding *fake_findings_at(const struct fake_findings *findings, size_t index);
size_t fake_findings_cause(const struct fake_findings *findings, size_t index);

#endif

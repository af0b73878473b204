/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines of text, as the cases write them. */
#ifndef FAKE_EVENT_H
#define FAKE_EVENT_H

#include "fake_findings.h"
#include "logs/store.h"
#include "ui/host.h"

#define FAKE_START_S 1795464900 /* when the events begin, in seconds since 1970 */

/* "check id=a.b|severity=error|status=fail|message=..." told as an event; log lines go into logs
 * and findings into findings as well. False: not understood. */
bool fake_event_tell(const char *line, struct fake_findings *findings, struct hw_logs *logs,
                     const struct hw_sink *sink);

/* A run of checks: one passed, one warning, one skipped. */
void fake_event_checks(const struct hw_sink *sink);
/* What is asked of a node that nobody vouches for, by its host key or its certificate. */
const struct ui_asked *fake_event_asked(bool certificate);

#endif

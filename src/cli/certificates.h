/* SPDX-License-Identifier: Apache-2.0 */
/* When the certificates of a cluster end, as its nodes said when they were made or taken over: in
 * the messages of their stages, which a journal keeps too. No certificate is opened for it. */
#ifndef HW_CLI_CERTIFICATES_H
#define HW_CLI_CERTIFICATES_H

#include "base/event.h"

struct hw_certificate {
    char *node, *instance;
    bool winrm; /* of the node's WinRM listener; else that of HPC Pack */
    int64_t until_ms;
};

struct hw_certificates {
    struct hw_certificate *items;
    size_t count, capacity;
};

void hw_certificates_done(struct hw_certificates *certificates);
/* Looks at STAGE. What the same instance says later counts. */
void hw_certificates_feed(struct hw_certificates *certificates, const struct hw_event *event);
/* What a journal knows; one that is missing knows nothing. */
void hw_certificates_recall(struct hw_certificates *certificates, const char *journal_path);

/* Days that are left, rounded down; negative: it has ended. */
long hw_certificate_days(const struct hw_certificate *certificate, int64_t now_ms);
/* "the certificate of head ends on 2026-12-10, in 12 days" */
void hw_certificate_say(const struct hw_certificate *certificate, int64_t now_ms,
                        struct hw_buf *out);

#endif

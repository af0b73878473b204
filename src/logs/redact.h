/* SPDX-License-Identifier: Apache-2.0 */
/* Hides secrets in log lines, where a line enters memory, so that nothing behind can leak them:
 * values that are known to be secret, and what looks like a secret (passwords in connection
 * strings, on command lines, in JSON and XML; AWS keys, tokens and signatures; PEM and PFX
 * material). A hidden value becomes HW_REDACTED. Lines come decoded (logs/decode.h), so the
 * encoding of a file and the cut between two reads make no difference. */
#ifndef HW_LOGS_REDACT_H
#define HW_LOGS_REDACT_H

#include "base/buf.h"

#define HW_REDACTED "\xE2\x80\xB9hidden\xE2\x80\xBA" /* ‹hidden› */

struct hw_redact;

struct hw_redact *hw_redact_new(void);
void hw_redact_free(struct hw_redact *redact); /* NULL allowed */

/* A value to hide wherever it stands: as it is, as XML, JSON, a URL, a quoted text or base64 has
 * it, and as a log in an OEM code page shows it. The value is not kept (logs/windows.h); the caller
 * wipes it. Values below 4 bytes are not taken: hiding them would hide half of the log. */
void hw_redact_value(struct hw_redact *redact, const char *bytes, size_t n);

/* Appends the line to out without its secrets; text is UTF-8. pem: lines of a PEM or PFX block
 * still expected, or that the line before was cut in a secret; begins as 0 and belongs to the file
 * that the line comes from. */
void hw_redact_line(const struct hw_redact *redact, unsigned *pem, const char *text, size_t n,
                    struct hw_buf *out);

#endif

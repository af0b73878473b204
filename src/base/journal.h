/* SPDX-License-Identifier: Apache-2.0 */
/* An append-only file of JSON objects, one a line, each on disk (fdatasync) before the append
 * returns when `durable`. After a crash the last line may be torn: reading passes over it
 * and the next append starts on a fresh line. One writer at a time (flock). Never holds a secret.
 */
#ifndef HW_BASE_JOURNAL_H
#define HW_BASE_JOURNAL_H

#include <jansson.h>

#include "base/err.h"

struct hw_journal;

/* Opens or makes the file (mode 0600). HW_ERR_BUSY when another process has it open. */
struct hw_journal *hw_journal_open(const char *path, struct hw_err *err);
void hw_journal_close(struct hw_journal *journal); /* NULL allowed */

/* `record` stays the caller's. */
bool hw_journal_append(struct hw_journal *journal, const json_t *record, bool durable,
                       struct hw_err *err);

/* Calls fn for each whole record from the beginning, in order; a line that is no JSON object is
 * passed over. fn returns false to end early. Does not need the lock. False: the file cannot be
 * opened or read to its end; fn may have had the records before. */
typedef bool hw_journal_fn(void *data, const json_t *record);
bool hw_journal_read(const char *path, hw_journal_fn *fn, void *data, struct hw_err *err);

#endif

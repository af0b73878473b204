/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are only ever appended and are read back by their place. The newest are in memory, all
 * others in a private file without a name, which is gone when the program is, however it ends.
 * Where the file cannot be written (a full disk) everything from then on stays in memory. */
#ifndef HW_LOGS_SPOOL_H
#define HW_LOGS_SPOOL_H

#include "base/err.h"

struct hw_spool;

struct hw_spool *hw_spool_new(void);
void hw_spool_free(struct hw_spool *spool); /* NULL allowed */

/* The place of the first byte. */
uint64_t hw_spool_append(struct hw_spool *spool, const void *bytes, size_t n);
/* The same for bytes that are put together in place: n of them, to be written before the next call.
 */
char *hw_spool_room(struct hw_spool *spool, size_t n, uint64_t *ret_place);
uint64_t hw_spool_end(const struct hw_spool *spool);

/* n bytes from place on, at most HW_SPOOL_READ; borrowed until the next call. NULL: they were
 * dropped, never appended, or the file cannot be read. */
#define HW_SPOOL_READ (1024u * 1024u)
const char *hw_spool_read(struct hw_spool *spool, uint64_t place, size_t n);

/* As many bytes as lie in a row from place on, at most `most`, without copying them where that can
 * be done. Borrowed until the next call. *ret_n 0 and NULL: as for hw_spool_read. */
const char *hw_spool_scan(struct hw_spool *spool, uint64_t place, size_t most, size_t *ret_n);

/* What lies before place is not needed any more; its space is given back. */
void hw_spool_drop(struct hw_spool *spool, uint64_t place);

size_t hw_spool_memory(const struct hw_spool *spool); /* bytes not in the file */
/* True: the file could not be written; err says why. */
bool hw_spool_is_broken(const struct hw_spool *spool, struct hw_err *err);

#endif

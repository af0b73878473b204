/* SPDX-License-Identifier: Apache-2.0 */
/* The disk of a simulated Windows machine: log files in memory that only grow, addressed by
 * their Windows path (letter case does not matter), found by wildcard. */
#ifndef HW_SIM_GUEST_H
#define HW_SIM_GUEST_H

#include "base/buf.h"
#include "sim/scenario.h"

/* What the machine says to a test of hpcwiz ("port"), as its script would write it; with: its
 * arguments as the script has them. */
typedef void sim_answer_fn(void *data, const char *test, const char *with, struct hw_buf *out);

struct sim_guest;

struct sim_guest_file {
    char *path;
    struct hw_buf bytes; /* as on disk: encoded, with byte order mark where there is one */
};

struct sim_guest *sim_guest_new(void);
void sim_guest_free(struct sim_guest *guest); /* NULL allowed */

/* Appends one line (UTF-8, without its end) in the file's encoding. Makes the file, with its byte
 * order mark, when it is missing. False: the disk is full (HW_MAX_SIM_FILE, HW_MAX_SIM_FILES). */
bool sim_guest_write(struct sim_guest *guest, const char *path, enum sim_encoding encoding,
                     bool crlf, const char *line);

/* Borrowed until the next write or removal; NULL when there is none. */
const struct sim_guest_file *sim_guest_find(const struct sim_guest *guest, const char *path);

/* The next file behind `after` (NULL: the first), in order of creation, whose path fits the glob:
 * '*' and '?' stand for characters other than '\'. NULL: no more. */
const struct sim_guest_file *sim_guest_next(const struct sim_guest *guest, const char *glob,
                                            const struct sim_guest_file *after);

bool sim_guest_remove(struct sim_guest *guest, const char *path); /* false: there was none */

#endif

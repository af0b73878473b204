/* SPDX-License-Identifier: Apache-2.0 */
/* The log files of one node and how far each has been read. */
#ifndef HW_NODE_FILES_H
#define HW_NODE_FILES_H

#include <jansson.h>

#include "logs/decode.h"
#include "node/frames.h"

#define HW_FILE_HEAD 64u /* bytes by which a file is known again */

/* What reading a line of a file leaves for the next one; zero at the beginning of the file. */
struct hw_line_state {
    unsigned pem;    /* hw_redact_line */
    int64_t time_ms; /* of the last line that had one */
};

struct hw_file {
    char *path;
    char *name;         /* the path it had when it was first seen: what its lines are told under */
    uint64_t id;        /* in the session under way */
    bool known;         /* the session under way has named it */
    uint64_t offset;    /* bytes received */
    uint64_t announced; /* its length when the session named it */
    /* Masked: they are kept as long as the file, and may hold what is hidden in its lines. */
    unsigned char head[HW_FILE_HEAD];
    size_t head_length;
    unsigned char tail[HW_FILE_HEAD]; /* the last bytes received */
    size_t tail_length;
    bool failed; /* cannot be read at the moment */
    struct hw_line_state state;
    struct hw_decoder decoder;
};

struct hw_files {
    struct hw_file **items;
    size_t count, capacity;
    void (*line)(void *data, struct hw_file *file, uint64_t offset, const char *text, size_t n);
    void *data;
    struct hw_file *telling; /* whose decoder runs */
};

void hw_files_done(struct hw_files *files);
struct hw_file *hw_files_find(const struct hw_files *files, const char *path); /* or NULL */
/* Are the first n bytes of the file, or the last n that were received, these? n: at most as many as
 * are kept. */
bool hw_file_begins(const struct hw_file *file, const void *bytes, size_t n);
bool hw_file_ended(const struct hw_file *file, const void *bytes, size_t n);
/* Another session begins: each file is asked for by its place in the list. */
void hw_files_begin(struct hw_files *files);
/* What the follower is to be told: [{"id","p","o","s"}]. */
json_t *hw_files_resume(const struct hw_files *files);
/* A frame about a file, which hw_files_begin or a HW_FRAME_FILE has given its id. False: it does
 * not fit what was received before (a gap, an overlap), so the session cannot be trusted any more.
 */
bool hw_files_take(struct hw_files *files, const struct hw_frame *frame);
/* All files that the session named have been read up to the length they had then. */
bool hw_files_complete(const struct hw_files *files);
/* Tells what is there of last lines without an end. */
void hw_files_flush(struct hw_files *files);

#endif

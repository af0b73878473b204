/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by winrm_follow.c and winrm_snapshot.c. */
#ifndef HW_SIM_WINRM_FOLLOW_PARTS_H
#define HW_SIM_WINRM_FOLLOW_PARTS_H

#include <jansson.h>

#include "base/mem.h"
#include "sim/winrm_follow.h"

#define CHUNK           16384u
#define SIGNATURE_BYTES 64u
#define FOLLOWED_FILES  256u

struct followed {
    char *path;
    char *signature; /* base64 of the first bytes; "" at first */
    long long id;
    uint64_t offset;
    int64_t length; /* when last read to its end; -1: read on */
    bool fresh, failed;
    char *held; /* seen behind offset and not sent yet; NULL: nothing */
    size_t held_length;
    bool cut; /* what was sent last ends inside a line */
};

struct sim_follow {
    const struct sim_machine *machine;
    struct hw_buf *out;
    struct sim_follow_hooks hooks;
    struct hw_buf input; /* the first line, as it comes */
    bool configured, input_ended, full;
    int exit_code; /* with input_ended or when the timer ends it */
    struct hw_strv globs, paths;
    struct followed *files;
    size_t count, capacity;
    long long next_id;
    int64_t poll_ms, scan_ms, beat_ms, quiet_ms, end_ms, pace_ms, max;
    int64_t seen_ms, scanned_ms, beaten_ms, sent_ms;
    bool go;  /* nothing is held back in this round */
    bool all; /* nor in the next one */
    struct hw_timer *timer;
};

/* globs, resume, max */
void sim_follow_take_files(struct sim_follow *follow, const json_t *config);
void sim_follow_scan(struct sim_follow *follow); /* fills paths */
struct followed *sim_follow_need_file(struct sim_follow *follow, const char *path);

void sim_follow_put_time(struct hw_buf *out, int64_t wall_ms);
void sim_follow_put_base64(struct sim_follow *follow, const char *text); /* and the line's end */
void sim_follow_put_hello(struct sim_follow *follow);
/* At most CHUNK bytes. */
void sim_follow_put_data(struct sim_follow *follow, const struct followed *file, const char *bytes,
                         size_t count);
/* @T when the file is another one, or shorter; @S when it is too long to be read from its
 * beginning.
 */
void sim_follow_check_place(struct sim_follow *follow, struct followed *file,
                            const struct hw_buf *bytes);

#endif

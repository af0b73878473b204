/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SFTP follower share; nobody else. */
#ifndef HW_NODE_TAIL_PARTS_H
#define HW_NODE_TAIL_PARTS_H

#include "node/tail.h"

#include "base/mem.h"

/* A file that has much to tell is asked for in steps of so many reads of HW_SFTP_READ_MAX bytes.
 * While one is told further ones are under way, one more with each that came back full, as long as
 * all nodes together stay below what memory allows (8 MiB): the way to a node may be long. */
#define HW_TAIL_READS     4u
#define HW_TAIL_STEPS     4u   /* under way, the one that is told among them */
#define HW_TAIL_AHEAD_ALL 256u /* reads of the steps behind the first, of all nodes */
#define HW_TAIL_ROOM      32u  /* of the channel's requests, left to other files and folders */

enum hw_visit_mode {
    HW_VISIT_FOLLOW,  /* what does not fit is looked for elsewhere */
    HW_VISIT_ACCEPT,  /* what does not fit is a new file */
    HW_VISIT_COMPARE, /* only: does it fit? */
};

enum hw_visit_end {
    HW_VISIT_READ,    /* all that was there has been told, or it fits (HW_VISIT_COMPARE) */
    HW_VISIT_OTHER,   /* it does not fit */
    HW_VISIT_MISSING, /* there is none, or it cannot be opened now */
};

struct hw_visit;

struct hw_part {
    struct hw_step *step;
    struct hw_buf bytes; /* fewer than HW_SFTP_READ_MAX: the server had no more */
};

/* What is asked for at once: what may be new, the length, the first bytes. */
struct hw_step {
    struct hw_visit *visit;
    struct hw_part parts[HW_TAIL_READS];
    unsigned reads;
    unsigned outstanding; /* answers still to come */
    uint64_t begin;       /* where the first part was read */
    size_t overlap;       /* bytes of it that were known */
    struct hw_buf head;
    uint64_t size;
    bool failed; /* an answer is missing */
};

/* One file, from OPEN to CLOSE. */
struct hw_visit {
    struct hw_tail *tail;
    enum hw_visit_mode mode;
    char *path;
    struct hw_file *file; /* borrowed: whose state must fit; NULL: not seen before */
    struct hw_buf handle;
    struct hw_step steps[HW_TAIL_STEPS]; /* a ring */
    unsigned first, count;               /* under way; the first is the one that is told */
    unsigned most;                       /* may be, if there is room */
    unsigned outstanding;                /* answers to all of them */
    unsigned ahead;                      /* reads that are counted in *read_ahead */
    uint64_t asked;                      /* up to here */
    uint64_t at;                         /* what is told next */
    size_t part, handed;                 /* of the first step */
    /* Called when no answer is outstanding any more; what is under way counts for nothing. */
    void (*after)(struct hw_visit *visit);
    enum hw_visit_end how;
    struct hw_timer *timer;
};

struct hw_search;
struct hw_scan;

struct hw_path {
    char *text;
    bool found;      /* by the last scan */
    unsigned rounds; /* so many more to look at it, found or not */
    unsigned idle;   /* visits that found nothing new, in a row */
    unsigned wait;   /* rounds until the next one */
    uint64_t offset; /* of its file when it was last visited */
    bool urgent;     /* before all others: the rest of a file under its new name */
    bool missing;    /* it was not there; where it went was looked for */
    bool accept;     /* what is there now was found nowhere else: it is a new file */
};

#define HW_TAIL_VISITS 4u /* at one time */

struct hw_tail {
    struct hw_tail_options options;
    struct hw_timer *timer;
    struct hw_path *paths;
    size_t path_count, path_capacity;
    size_t next;   /* in this round */
    size_t urgent; /* paths that are */
    bool news;     /* this round has come to files that were not seen before */
    bool deferred; /* where a file went could not be looked for in this round */
    struct hw_visit *visits[HW_TAIL_VISITS];
    struct hw_scan *scan;
    struct hw_search *search; /* one at a time */
    uint64_t next_id;
    int64_t scan_due_ms; /* monotonic */
};

/* tail_visit.c */
struct hw_visit *hw_visit_start(struct hw_tail *tail, enum hw_visit_mode mode, const char *path,
                                struct hw_file *file);
void hw_visit_free(struct hw_visit *visit); /* NULL allowed */

/* tail.c: the visit is over and is freed there. */
void hw_tail_visited(struct hw_visit *visit, enum hw_visit_end how);
/* The search for where a file went is over. found: its path now, or NULL. */
void hw_tail_searched(struct hw_tail *tail, struct hw_file *file, const char *found);
void hw_tail_tell(struct hw_tail *tail, const struct hw_frame *frame);

/* tail_search.c: where did the file go? Looks at files beside it whose names begin alike. */
struct hw_search *hw_search_start(struct hw_tail *tail, struct hw_file *file);
void hw_search_visited(struct hw_search *search, enum hw_visit_end how);
void hw_search_free(struct hw_search *search); /* NULL allowed */

/* tail_scan.c: all paths that match the patterns now. */
typedef void hw_scan_fn(struct hw_tail *tail, struct hw_strv *paths);
struct hw_scan *hw_scan_start(struct hw_tail *tail, hw_scan_fn *fn);
void hw_scan_free(struct hw_scan *scan); /* NULL allowed */

/* One folder, for both. fn is called once, from the loop or hw_sftp_take; names that are no sane
 * part of a path are left out. */
struct hw_listing;
struct hw_name {
    char *text;
    bool is_folder;
};
typedef void hw_listing_fn(void *data, const struct hw_name *names, size_t count);
struct hw_listing *hw_listing_start(struct hw_tail *tail, const char *folder, size_t n,
                                    hw_listing_fn *fn, void *data);
void hw_listing_free(struct hw_listing *listing); /* NULL allowed */

#endif

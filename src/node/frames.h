/* SPDX-License-Identifier: Apache-2.0 */
/* What the follower on a node (templates/powershell/follow.ps1 describes it) writes to its standard
 * output: ASCII lines that begin with '@'. Anything else there is noise, for the trace only. */
#ifndef HW_NODE_FRAMES_H
#define HW_NODE_FRAMES_H

#include "base/buf.h"

enum hw_frame_kind {
    HW_FRAME_HELLO,    /* version, boot, now_ms, text: host|system|PowerShell */
    HW_FRAME_FILE,     /* id, offset, length, text: path */
    HW_FRAME_DATA,     /* id, offset, bytes */
    HW_FRAME_REPLACED, /* id, length: the file begins anew */
    HW_FRAME_SKIPPED,  /* id, offset: goes on there */
    HW_FRAME_ERROR,    /* id, text */
    HW_FRAME_BEAT,     /* now_ms */
    HW_FRAME_BROKEN,   /* malformed: what follows cannot be trusted */
    /* Over SFTP alone, never from the script: id, text: goes on under that path. */
    HW_FRAME_RENAMED,
};

struct hw_frame {
    enum hw_frame_kind kind;
    unsigned version;
    uint64_t id, offset, length;
    const char *boot;     /* "yyyyMMddHHmmss", borrowed */
    int64_t now_ms;       /* by the node's clock; 0: not told */
    struct hw_span bytes; /* borrowed */
    const char *text;     /* borrowed; not cleaned */
};

struct hw_frames {
    struct hw_buf line, packed, bytes;
    bool broken; /* the rest is passed over */
};

void hw_frames_init(struct hw_frames *frames);
void hw_frames_done(struct hw_frames *frames);
/* Forgets a line under way: another stream begins. */
void hw_frames_reset(struct hw_frames *frames);

typedef void hw_frame_fn(void *data, const struct hw_frame *frame);
/* fn must not touch frames. After HW_FRAME_BROKEN it is not called until hw_frames_reset. */
void hw_frames_add(struct hw_frames *frames, const char *bytes, size_t n, hw_frame_fn *fn,
                   void *data);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Follows log files over SFTP and tells what they gain in frames, as the follower script does over
 * WinRM, so that the one can go on where the other stood. Nothing runs on the node but the SFTP
 * server. A file is open only while it is read: Windows' SFTP server opens it without
 * FILE_SHARE_DELETE (Win32-OpenSSH, contrib/win32/win32compat/fileio.c), so a held handle would
 * keep an installer from deleting or renaming its log.
 *
 * Each round looks at every file: its length, its first bytes and the last ones known before it
 * gained any must fit what was read before; what fits is told, and nothing else. A file that does
 * not fit was replaced; the one that fits is then looked for beside it (a rotated log), read to its
 * end under its new name, and only then is the new one begun. */
#ifndef HW_NODE_TAIL_H
#define HW_NODE_TAIL_H

#include "base/loop.h"
#include "node/files.h"
#include "node/sftp.h"

#define HW_TAIL_LONG (16u * 1024u * 1024u)

struct hw_tail;

struct hw_tail_options {
    struct hw_loop *loop;
    struct hw_sftp *sftp; /* ready; outlives the tail */
    const char *const *patterns;
    size_t pattern_count;
    const struct hw_files *files; /* how far each has been read: hw_files_take changes it */
    unsigned poll_ms, scan_ms;    /* between two looks at files, and at folders */
    uint64_t backlog_max;         /* of a file that is longer when first seen, only its end */
    /* There is more than HW_TAIL_LONG to read of a file; called at each step while it is so, from
     * hw_sftp_take or the loop. Must not free the tail. NULL: nobody wants to know. */
    void (*is_long)(void *data);
    unsigned *read_ahead; /* under way beyond the usual reads, of all nodes; NULL: there are none */
    hw_frame_fn *frame;   /* from the loop or hw_sftp_take; must not free the tail */
    void *data;
};

struct hw_tail *hw_tail_new(const struct hw_tail_options *options);
/* Then no answer may be taken any more, unless hw_sftp_forget has been called. NULL allowed. */
void hw_tail_free(struct hw_tail *tail);

#endif

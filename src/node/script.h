/* SPDX-License-Identifier: Apache-2.0 */
/* What runs on a node: the log follower (templates/powershell/follow.ps1), and the reader that
 * looks once (snapshot.ps1); and which logs are read there by whatever way. */
#ifndef HW_NODE_SCRIPT_H
#define HW_NODE_SCRIPT_H

#include "base/err.h"
#include "node/files.h"

#define HW_SCRIPT_VERSION 1u                   /* what its first frame must say */
#define HW_BACKLOG_MAX    (8u * 1024u * 1024u) /* of a file that is long when first seen */
#define HW_POLL_MS        250u                 /* between two looks at a file */
#define HW_SCAN_S         3u                   /* between two looks at the folders */

/* Patterns of paths (node/glob.h). */
const char *const *hw_log_patterns(size_t *ret_count);

/* Appends the command line that runs a script: without comments and indentation, encoded as
 * powershell.exe's -EncodedCommand wants it. False: longer than HW_WINRM_LINE_MAX bytes. */
bool hw_script_encode(struct hw_buf *out, const char *script);
/* The command line that starts the follower. */
bool hw_script_command(struct hw_buf *out, struct hw_err *err);

/* The line of ASCII that it reads first: the node's input code page is unknown. quiet: it ends when
 * it has heard nothing more for so many seconds; 0: never. pace_ms: at most so often it tells what
 * files gain, stage lines apart, unless it is to look once; 0: as it sees it. The caller's. */
char *hw_script_input(const struct hw_files *files, bool once, unsigned quiet, unsigned pace_ms);

/* The reader, without comments and indentation. */
bool hw_script_snapshot(struct hw_buf *out, struct hw_err *err);

#define HW_SNAPSHOT_ROOM 23000u          /* characters that it may write */
#define HW_SNAPSHOT_MAX  (1024u * 1024u) /* of a file that is long when first seen */

/* The line of PowerShell that it needs before it. ids: of files that were not seen before; more
 * than HW_MAX_NODE_FILES apart in the runs of one session. The caller's. */
char *hw_snapshot_input(const struct hw_files *files, uint64_t ids);

#endif

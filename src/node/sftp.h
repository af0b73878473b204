/* SPDX-License-Identifier: Apache-2.0 */
/* The few requests of SFTP that reading logs takes (draft-ietf-secsh-filexfer-02, version 3, which
 * every OpenSSH speaks, Windows' own included), over any stream of bytes: a channel of libssh2 or a
 * pipe to the system's ssh program. Requests may be sent ahead of answers. */
#ifndef HW_NODE_SFTP_H
#define HW_NODE_SFTP_H

#include "base/err.h"
#include "base/limits.h"
#include "node/ssh_wire.h"

struct hw_sftp;

enum hw_sftp_status { /* section 7 */
                      HW_SFTP_OK = 0,
                      HW_SFTP_EOF = 1,
                      HW_SFTP_NO_FILE = 2,
                      HW_SFTP_DENIED = 3,
                      HW_SFTP_FAILURE = 4,
};

struct hw_sftp_reply {
    uint32_t status;      /* HW_SFTP_OK when one of the others is set */
    const char *message;  /* of a status, not cleaned */
    struct hw_span bytes; /* handle, or data that was read; borrowed */
    uint64_t size;        /* of hw_sftp_size; UINT64_MAX: not told */
    struct hw_wire names; /* of hw_sftp_list: for hw_sftp_next_name */
    uint32_t name_count;
};

typedef void hw_sftp_fn(void *data, const struct hw_sftp_reply *reply);

/* write: takes all bytes (it keeps what cannot go out yet). ready: the server speaks SFTP. */
struct hw_sftp_handler {
    void (*write)(void *data, const char *bytes, size_t n);
    void (*ready)(void *data);
    void *data;
};

#define HW_SFTP_READ_MAX 32768u /* bytes of one read that every server allows */

/* Sends the greeting at once. */
struct hw_sftp *hw_sftp_new(const struct hw_sftp_handler *handler);
/* Drops what is under way without calling back. NULL allowed. */
void hw_sftp_free(struct hw_sftp *sftp);

/* What came from the server. False: it is no SFTP, and nothing more may be read or sent. A callback
 * may send requests, but not free. */
bool hw_sftp_take(struct hw_sftp *sftp, const char *bytes, size_t n, struct hw_err *err);

/* How many more requests may be sent now. */
size_t hw_sftp_room(const struct hw_sftp *sftp);
/* path: as SFTP writes it. fn comes once, from hw_sftp_take, unless freed before. Not without room.
 */
void hw_sftp_open(struct hw_sftp *sftp, const char *path, hw_sftp_fn *fn, void *data);
void hw_sftp_open_folder(struct hw_sftp *sftp, const char *path, hw_sftp_fn *fn, void *data);
void hw_sftp_list(struct hw_sftp *sftp, struct hw_span handle, hw_sftp_fn *fn, void *data);
/* What is read is appended to into, as it comes and not copied again; into has room for length
 * bytes and must live until fn, or hw_sftp_free. The reply's bytes lie in it. */
void hw_sftp_read(struct hw_sftp *sftp, struct hw_span handle, uint64_t offset, uint32_t length,
                  struct hw_buf *into, hw_sftp_fn *fn, void *data);
void hw_sftp_size(struct hw_sftp *sftp, struct hw_span handle, hw_sftp_fn *fn, void *data);
/* Nobody waits for its answer. Without room nothing is sent. */
void hw_sftp_close(struct hw_sftp *sftp, struct hw_span handle);

/* Answers to what was asked for go nowhere; what they open is closed. */
void hw_sftp_forget(struct hw_sftp *sftp);

/* The next name of a listing; false: no more. ret_folder: the server says that it is one. */
bool hw_sftp_next_name(struct hw_sftp_reply *reply, struct hw_span *ret_name, bool *ret_folder);

#endif

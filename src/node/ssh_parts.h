/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SSH client share; nobody else. */
#ifndef HW_NODE_SSH_PARTS_H
#define HW_NODE_SSH_PARTS_H

#include "base/mem.h"
#include "node/ssh.h"

struct hw_ssh {
    struct hw_loop *loop;
    struct hw_work *work;
    struct hw_ssh_config *config;
    struct hw_ssh_hosts *hosts;
    struct hw_ssh_ring *ring;
    char *key_file, *config_file;
    void (*unknown)(void *data, const struct hw_ssh_unknown *unknown);
    void *unknown_data;
    struct hw_ssh_jump **jumps;
    size_t jump_count, jump_capacity;
};

/* ssh_jump.c */
void hw_ssh_jumps_free(struct hw_ssh *ssh);
void hw_ssh_jumps_forgive(struct hw_ssh *ssh); /* those that failed are tried again at once */

#ifdef HAVE_LIBSSH2
#include <libssh2.h>

/* A jump host and the connection to it, shared by all nodes behind it. */
struct hw_ssh_jump {
    struct hw_ssh *ssh;
    char *route;                    /* as ProxyJump writes it */
    struct hw_ssh_session *session; /* NULL: failed */
    struct hw_ssh_session **inner;  /* what goes through it */
    size_t count, capacity;
    /* libssh2 opens one channel of a connection at a time, and whoever asks meanwhile would get
     * what another one asked for. */
    bool opening;
    struct hw_ssh_session *opener; /* for whom; NULL: it has left */
    struct hw_ssh_left *left;      /* tunnels that nobody uses any more, until they are closed */
    size_t left_count, left_capacity;
    enum hw_ssh_end how; /* it failed */
    struct hw_err err;
    int64_t failed_until_ms; /* monotonic: so long nobody tries again; 0: not failed */
    struct hw_timer *timer;  /* tells those inside */
};

struct hw_ssh_left {
    LIBSSH2_CHANNEL *channel;
    size_t unsent;
};

/* Of several that share a connection one alone may send while its packet is half out: the others
 * are told LIBSSH2_ERROR_BAD_USE (libssh2 1.10, transport.c, send_existing), and may try again. */
#define HW_SSH_WAITS(code) ((code) == LIBSSH2_ERROR_EAGAIN || (code) == LIBSSH2_ERROR_BAD_USE)

enum hw_ssh_stage {
    HW_AT_RESOLVE,
    HW_AT_CONNECT,
    HW_AT_TUNNEL, /* through the jump host */
    HW_AT_HANDSHAKE,
    HW_AT_METHODS, /* what the server would take */
    HW_AT_KEYS,    /* until ours are read */
    HW_AT_LOGIN,
    HW_AT_CHANNEL,
    HW_AT_REQUEST,
    HW_AT_OPEN,
    HW_AT_OVER,
};

enum hw_ssh_step {
    HW_SSH_ON,      /* the stage is done */
    HW_SSH_AGAIN,   /* when something has come or gone out */
    HW_SSH_STOPPED, /* the session has ended and may be gone */
};

enum hw_credential_kind { HW_BY_KEY, HW_BY_AGENT, HW_BY_PASSWORD, HW_BY_PROMPT };

struct hw_credential {
    enum hw_credential_kind kind;
    struct hw_ssh_key *key;
    struct hw_agent_key agent; /* own copies */
    struct hw_buf blob;        /* as the server is offered it */
    char *label;               /* for a person */
};

struct hw_sign_job;

struct hw_ssh_session {
    struct hw_ssh *ssh;
    const struct hw_target *target; /* NULL: a jump host */
    struct hw_ssh_host host;        /* what the configuration says */
    char *asked, *user;             /* the name that was asked for */
    unsigned port;
    char *command; /* NULL: SFTP */
    struct hw_ssh_handler handler;
    enum hw_ssh_stage stage;
    LIBSSH2_SESSION *raw;
    LIBSSH2_CHANNEL *channel;
    int fd;
    struct hw_watch *watch;
    struct hw_timer *kick, *alive, *connecting;
    int64_t heard_ms; /* monotonic */
    bool closing, stirred, heard_channel;
    bool end_input, input_ended;
    struct hw_buf out;
    size_t sent;
    struct hw_ssh_jump *outer; /* it goes through this one */
    LIBSSH2_CHANNEL *tunnel;   /* in outer->session */
    size_t unsent;             /* it took so much, but the packet is not out yet */
    enum hw_ssh_end route_how; /* outer cannot be had */
    struct hw_err route_err;
    struct hw_ssh_jump *jump; /* it is the connection to this one */
    struct hw_resolve *resolve;
    /* Logging in. */
    char *methods;
    struct hw_ssh_wait *keys;
    struct hw_credential *credentials;
    size_t credential_count, credential_capacity, trying;
    struct hw_sign_job *signing;
    struct hw_buf signature;
    bool signed_, sign_failed;
    bool plain_key;      /* it was let in by one that the ssh program has, too */
    struct hw_buf notes; /* keys that could not be used and why */
};

/* The connection to the last stop of a route, which may lead through the others; NULL: err and how.
 * depth: stops so far. */
struct hw_ssh_jump *hw_ssh_jump_get(struct hw_ssh *ssh, const char *route, unsigned depth,
                                    enum hw_ssh_end *ret_how, struct hw_err *err);
void hw_ssh_jump_join(struct hw_ssh_jump *jump, struct hw_ssh_session *session);
/* Closes its tunnel. */
void hw_ssh_jump_leave(struct hw_ssh_jump *jump, struct hw_ssh_session *session);
/* A channel to where the session goes, of a jump host that has let us in. NULL: libssh2's code;
 * HW_SSH_WAITS(code): it is asked again when something has come or gone out. */
LIBSSH2_CHANNEL *hw_ssh_jump_open(struct hw_ssh_jump *jump, struct hw_ssh_session *session,
                                  int *ret_code);
/* Goes on with what those that have left have begun. */
void hw_ssh_jump_tidy(struct hw_ssh_jump *jump);
/* Nobody uses its connection any more: it ends, until somebody asks for it again. */
void hw_ssh_jump_drop(struct hw_ssh_jump *jump);
/* Something came over the connection to the jump host: it may be for any of those inside. */
void hw_ssh_jump_stir(struct hw_ssh_jump *jump);

/* ssh_session.c */
struct hw_ssh_session *hw_ssh_jump_session(struct hw_ssh_jump *jump, const char *user,
                                           const char *host, unsigned port, const char *route,
                                           unsigned depth);
void hw_ssh_session_drive(struct hw_ssh_session *session);
void hw_ssh_session_kick(struct hw_ssh_session *session); /* drives it in the next round */
/* A packet of it has gone out in part: libssh2 can send nothing else before the rest. */
bool hw_ssh_session_is_half_out(const struct hw_ssh_session *session);
/* Tells the end. The session may be gone after it. */
enum hw_ssh_step hw_ssh_session_finish(struct hw_ssh_session *session, enum hw_ssh_end how,
                                       const struct hw_err *err);
/* The same with libssh2's error code and its text behind what was under way. */
enum hw_ssh_step hw_ssh_session_fail(struct hw_ssh_session *session, const char *doing, int code);

/* ssh_connect.c */
enum hw_ssh_step hw_ssh_resolve(struct hw_ssh_session *session);
void hw_ssh_resolve_drop(struct hw_ssh_session *session);
enum hw_ssh_step hw_ssh_connected(struct hw_ssh_session *session);
enum hw_ssh_step hw_ssh_open_tunnel(struct hw_ssh_session *session);
void hw_ssh_carry(struct hw_ssh_session *session); /* tells libssh2 */
enum hw_ssh_step hw_ssh_session_fail_errno(struct hw_ssh_session *session, int code);

/* ssh_methods.c: tells libssh2 which ciphers and MACs to offer. False: it has none of them. */
bool hw_ssh_prefer_methods(struct hw_ssh_session *session);

/* ssh_auth.c */
enum hw_ssh_step hw_ssh_auth_methods(struct hw_ssh_session *session);
void hw_ssh_auth_begin(struct hw_ssh_session *session); /* asks for the keys */
enum hw_ssh_step hw_ssh_auth_login(struct hw_ssh_session *session);
void hw_ssh_auth_done(struct hw_ssh_session *session);

#endif

#endif

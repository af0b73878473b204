/* SPDX-License-Identifier: Apache-2.0 */
/* How the bytes of a session travel: over a socket of its own, or through a channel of the
 * connection to its jump host. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "node/ssh_parts.h"

/* A host name that must be looked up, which may take long. */
struct hw_resolve {
    struct hw_ssh_session *session; /* NULL: it is gone */
    char *name;
    struct sockaddr_storage address;
    socklen_t size;
    int code;
};

enum hw_ssh_step hw_ssh_session_fail_errno(struct hw_ssh_session *session, int code)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_NETWORK, _("no connection to %s, port %u: %s"), session->host.name,
            session->port, strerror(code));
    return hw_ssh_session_finish(session, HW_SSH_LOST, &err);
}

/* Bytes in and out: the socket, or a channel of the connection to the jump host. */

static ssize_t from_tunnel(struct hw_ssh_session *session, void *buffer, size_t n)
{
    if (!session->tunnel)
        return -ECONNRESET;
    ssize_t got = libssh2_channel_read(session->tunnel, buffer, n);
    if (HW_SSH_WAITS(got) || (got == 0 && !libssh2_channel_eof(session->tunnel)))
        return -EAGAIN;
    return got < 0 ? -ECONNRESET : got;
}

static ssize_t to_tunnel(struct hw_ssh_session *session, const void *buffer, size_t n)
{
    if (!session->tunnel)
        return -EPIPE;
    const struct hw_ssh_session *outer = session->outer->session;
    bool of_another = hw_ssh_session_is_half_out(outer) && !session->unsent;
    ssize_t put = libssh2_channel_write(session->tunnel, buffer, n);
    bool half_out = put == LIBSSH2_ERROR_EAGAIN && hw_ssh_session_is_half_out(outer);
    session->unsent = half_out && !of_another ? n : 0;
    if (HW_SSH_WAITS(put) || put == 0)
        return -EAGAIN;
    return put < 0 ? -EPIPE : put;
}

static LIBSSH2_RECV_FUNC(receive)
{
    struct hw_ssh_session *session = *abstract;
    (void)socket;
    if (session->closing)
        return -ECONNRESET;
    ssize_t got = session->outer ? from_tunnel(session, buffer, length)
                                 : recv(session->fd, buffer, length, flags | MSG_DONTWAIT);
    if (!session->outer && got < 0)
        got = -errno;
    if (got > 0) {
        session->heard_ms = hw_clock_monotonic_ms();
        session->stirred = true;
    }
    return got;
}

static LIBSSH2_SEND_FUNC(send_out)
{
    struct hw_ssh_session *session = *abstract;
    (void)socket;
    if (session->closing)
        return -EPIPE;
    if (session->outer)
        return to_tunnel(session, buffer, length);
    ssize_t put = send(session->fd, buffer, length, flags | MSG_NOSIGNAL | MSG_DONTWAIT);
    return put < 0 ? -errno : put;
}

void hw_ssh_carry(struct hw_ssh_session *session)
{
    /* libssh2 takes pointers to functions as void *, as its manual shows. */
    union {
        LIBSSH2_RECV_FUNC((*receive));
        LIBSSH2_SEND_FUNC((*send));
        void *any;
    } callback = {.receive = receive};
    libssh2_session_callback_set(session->raw, LIBSSH2_CALLBACK_RECV, callback.any);
    callback.send = send_out;
    libssh2_session_callback_set(session->raw, LIBSSH2_CALLBACK_SEND, callback.any);
}

/* Connecting. */

static void run_resolve(void *data)
{
    struct hw_resolve *resolve = data;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    resolve->code = getaddrinfo(resolve->name, NULL, &hints, &found);
    if (resolve->code)
        return;
    memcpy(&resolve->address, found->ai_addr, found->ai_addrlen);
    resolve->size = found->ai_addrlen;
    freeaddrinfo(found);
}

static void free_resolve(void *data)
{
    struct hw_resolve *resolve = data;
    free(resolve->name);
    free(resolve);
}

static enum hw_ssh_step connect_socket(struct hw_ssh_session *session,
                                       struct sockaddr_storage *address, socklen_t size)
{
    int one = 1;
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)session->port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)session->port);
    session->fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (session->fd < 0)
        return hw_ssh_session_fail_errno(session, errno);
    setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(session->fd, (struct sockaddr *)address, size) < 0 && errno != EINPROGRESS)
        return hw_ssh_session_fail_errno(session, errno);
    session->stage = HW_AT_CONNECT;
    return HW_SSH_AGAIN;
}

static void on_resolved(void *data)
{
    struct hw_resolve *resolve = data;
    struct hw_ssh_session *session = resolve->session;
    struct hw_err err = {0};
    if (session && resolve->code) {
        session->resolve = NULL;
        hw_fail(&err, HW_ERR_NETWORK, _("%s is not known: %s"), resolve->name,
                gai_strerror(resolve->code));
        hw_ssh_session_finish(session, HW_SSH_LOST, &err);
    } else if (session) {
        session->resolve = NULL;
        if (connect_socket(session, &resolve->address, resolve->size) != HW_SSH_STOPPED)
            hw_ssh_session_drive(session);
    }
    free_resolve(resolve);
}

enum hw_ssh_step hw_ssh_resolve(struct hw_ssh_session *session)
{
    struct sockaddr_storage address = {.ss_family = AF_INET};
    struct hw_resolve *job = session->resolve;
    if (inet_pton(AF_INET, session->host.name, &((struct sockaddr_in *)&address)->sin_addr) == 1)
        return connect_socket(session, &address, sizeof(struct sockaddr_in));
    if (!job) {
        job = session->resolve = HW_NEW(struct hw_resolve);
        job->session = session;
        job->name = hw_strdup(session->host.name);
        hw_work_add(session->ssh->work, run_resolve, on_resolved, free_resolve, job);
    }
    return HW_SSH_AGAIN;
}

enum hw_ssh_step hw_ssh_connected(struct hw_ssh_session *session)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer, code_size = sizeof(int);
    int code = 0;
    getsockopt(session->fd, SOL_SOCKET, SO_ERROR, &code, &code_size);
    if (code)
        return hw_ssh_session_fail_errno(session, code);
    if (getpeername(session->fd, (struct sockaddr *)&peer, &size) < 0)
        return HW_SSH_AGAIN;
    session->stage = HW_AT_HANDSHAKE;
    return HW_SSH_ON;
}

/* Waits until the jump host has let us in; sockets of those inside are its own. */
enum hw_ssh_step hw_ssh_open_tunnel(struct hw_ssh_session *session)
{
    if (!session->outer)
        return hw_ssh_session_finish(session, session->route_how, &session->route_err);
    struct hw_ssh_session *outer = session->outer->session;
    if (!outer)
        return hw_ssh_session_finish(session, session->outer->how, &session->outer->err);
    if (outer->stage != HW_AT_OPEN)
        return HW_SSH_AGAIN;
    int code;
    session->tunnel = hw_ssh_jump_open(session->outer, session, &code);
    if (session->tunnel) {
        session->fd = outer->fd;
        session->stage = HW_AT_HANDSHAKE;
        return HW_SSH_ON;
    }
    if (HW_SSH_WAITS(code))
        return HW_SSH_AGAIN;
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_NETWORK, _("jump host %s cannot reach %s, port %u"), session->outer->route,
            session->host.name, session->port);
    return hw_ssh_session_finish(session, HW_SSH_LOST, &err);
}

void hw_ssh_resolve_drop(struct hw_ssh_session *session)
{
    if (session->resolve)
        session->resolve->session = NULL;
    session->resolve = NULL;
}

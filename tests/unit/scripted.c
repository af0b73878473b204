/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/scripted.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

struct scripted_peer {
    struct scripted *server;
    struct hw_watch *watch;
    int fd;
    struct hw_buf in, out;
    enum scripted_ending ending;
    struct scripted_peer *next;
};

static void close_peer(struct scripted_peer *peer, bool reset)
{
    struct linger now = {1, 0};
    if (reset)
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hw_watch_remove(peer->watch);
    close(peer->fd);
    peer->watch = NULL;
    peer->fd = -1;
}

static void compose(struct scripted_peer *peer, const struct scene *scene)
{
    if (scene->status) {
        hw_buf_print(&peer->out, "HTTP/1.1 %s\r\n%s", scene->status, scene->headers);
        if (!strstr(scene->headers, "Content-Length"))
            hw_buf_print(&peer->out, "Content-Length: %zu\r\n", strlen(scene->body));
        hw_buf_text(&peer->out, "\r\n");
    }
    hw_buf_text(&peer->out, scene->body);
    peer->ending = scene->ending;
}

static void play(struct scripted_peer *peer, const char *request)
{
    struct scripted *server = peer->server;
    server->played++;
    if (server->answer) {
        hw_auto_text body = server->answer(server->data, request);
        bool refused = *body == '!';
        compose(peer,
                &(struct scene){refused ? "400 Bad Request" : "200 OK", "", body + refused, KEEP});
    } else {
        size_t at = server->played <= server->scene_count ? server->played : server->scene_count;
        const struct scene *scene =
            &server->scenes[server->choose ? server->choose(server->data, request) : at - 1];
        if (scene->ending == HOLD)
            return;
        compose(peer, scene);
    }
    hw_watch_change(peer->watch, HW_WRITE);
}

static bool whole(const struct hw_buf *in)
{
    const char *end = in->data ? strstr(in->data, "\r\n\r\n") : NULL;
    const char *length = end ? strcasestr(in->data, "\nContent-Length:") : NULL;
    size_t body = length ? strtoul(length + strlen("\nContent-Length:"), NULL, 10) : 0;
    return end && in->len >= (size_t)(end - in->data) + 4 + body;
}

static void write_some(struct scripted_peer *peer)
{
    ssize_t n = send(peer->fd, hw_buf_cstr(&peer->out), peer->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
        close_peer(peer, false); /* the client went away: that is its right */
        return;
    }
    hw_buf_drop(&peer->out, (size_t)n);
    if (peer->out.len)
        return;
    if (peer->ending == KEEP)
        hw_watch_change(peer->watch, HW_READ);
    else
        close_peer(peer, peer->ending == RESET);
}

static void read_some(struct scripted_peer *peer)
{
    char bytes[65536];
    ssize_t n = recv(peer->fd, bytes, sizeof bytes, 0);
    if (n <= 0) {
        close_peer(peer, false);
        return;
    }
    hw_buf_add(&peer->in, bytes, (size_t)n);
    if (!whole(&peer->in))
        return;
    struct scripted *server = peer->server;
    if (server->seen_count < SCRIPTED_REQUESTS)
        server->seen[server->seen_count++] = hw_strdup(peer->in.data);
    hw_auto_text request = hw_buf_take(&peer->in);
    play(peer, request);
}

static void on_ready(void *data, int fd HW_UNUSED, unsigned events)
{
    struct scripted_peer *peer = data;
    if (peer->out.len || (events & HW_READ) == 0)
        write_some(peer);
    else
        read_some(peer);
}

static void on_connect(void *data, int fd, unsigned events HW_UNUSED)
{
    struct scripted *server = data;
    struct scripted_peer *peer = HW_NEW(struct scripted_peer);
    peer->server = server;
    peer->in = (struct hw_buf)HW_BUF(HW_MAX_FILE);
    peer->out = (struct hw_buf)HW_BUF(HW_MAX_FILE);
    peer->fd = accept(fd, NULL, NULL);
    peer->watch = hw_loop_watch(server->loop, peer->fd, HW_READ, on_ready, peer);
    peer->next = server->peers;
    server->peers = peer;
}

unsigned scripted_open(struct scripted *server, struct hw_loop *loop)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->loop = loop;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->fd, (struct sockaddr *)&address, size) < 0 || listen(server->fd, 16) < 0)
        abort();
    getsockname(server->fd, (struct sockaddr *)&address, &size);
    server->watch = hw_loop_watch(loop, server->fd, HW_READ, on_connect, server);
    return ntohs(address.sin_port);
}

void scripted_close(struct scripted *server)
{
    while (server->peers) {
        struct scripted_peer *peer = server->peers;
        server->peers = peer->next;
        if (peer->fd >= 0)
            close_peer(peer, false);
        hw_buf_done(&peer->in);
        hw_buf_done(&peer->out);
        free(peer);
    }
    for (size_t i = 0; i < server->seen_count; i++)
        free(server->seen[i]);
    hw_watch_remove(server->watch);
    close(server->fd);
}

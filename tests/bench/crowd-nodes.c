/* SPDX-License-Identifier: Apache-2.0 */
/* crowd-nodes COUNT FIRST: so many Windows nodes at 127.FIRST.0.1 and on, each with WinRM over
 * HTTPS and a log that gains ten lines a second, and the ec2:DescribeInstances that tells of them;
 * all at the least cost, so that what is measured beside it is its client. It takes no other
 * command than the log follower.
 * Prints "http://127.0.0.1:PORT" when it is ready and ends when its standard input does.
 *
 * A node looks at its log as often as its client asked for ("poll" in the follower's input) and
 * LATE_MS later: by so much Windows may oversleep, and a look takes time. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crowd-parts.h"

#define WINRM_PORT  5986
#define LOGIN       "Administrator:Crowd!Crowd"
#define LATE_MS     25
#define USUAL_POLL  500
#define EVENTS      256
#define READ_SIZE   (32 * 1024)
#define REQUEST_MAX (256u * 1024u)
#define TOLD_MAX    (4u * 1024u * 1024u)
#define BACKLOG     16
#define NAP_MS      1000

enum role { INPUT, DOOR, WIRE };

struct source { /* what epoll tells of */
    enum role role;
    int fd;
    size_t node;
};

struct node {
    struct source door, wire; /* wire.fd -1: nobody is connected */
    SSL *ssl;
    struct hw_buf in, out;
    size_t sent; /* of out */
    struct crowd_log log;
    bool receives; /* an answer is awaited */
    int64_t look_ms;
};

static struct {
    int epoll;
    struct node *nodes;
    size_t count;
    unsigned first;
    SSL_CTX *tls;
    char pin[CROWD_PIN_SIZE];
    char login[128]; /* the header line that is right */
    struct source input;
    int account_fd;
    unsigned poll_ms;
    struct node **order; /* by look_ms: all wait equally long, so who looked goes to the end */
    size_t waiting, next;
} all;

static void watch(struct source *source, uint32_t events, bool anew)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    epoll_ctl(all.epoll, anew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, source->fd, &event);
}

static int listen_at(uint32_t address, uint16_t port, int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), yes = 1;
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, BACKLOG) < 0) {
        perror("crowd-nodes");
        exit(1);
    }
    return fd;
}

/* Connections of nodes. */

static void hang_up(struct node *node)
{
    SSL_free(node->ssl);
    close(node->wire.fd);
    node->ssl = NULL;
    node->wire.fd = -1;
    node->receives = false;
    hw_buf_clear(&node->in);
    hw_buf_clear(&node->out);
    node->sent = 0;
}

static void let_in(struct node *node)
{
    int yes = 1;
    int fd = accept4(node->door.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (node->ssl)
        hang_up(node);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    node->wire.fd = fd;
    node->ssl = SSL_new(all.tls);
    SSL_set_fd(node->ssl, fd);
    SSL_set_accept_state(node->ssl);
    watch(&node->wire, EPOLLIN, true);
}

static void send_rest(struct node *node)
{
    if (!node->ssl || node->sent == node->out.len)
        return;
    int n = SSL_write(node->ssl, node->out.data + node->sent, (int)(node->out.len - node->sent));
    if (n > 0)
        node->sent += (size_t)n;
    else if (SSL_get_error(node->ssl, n) != SSL_ERROR_WANT_WRITE)
        hang_up(node);
    if (node->sent < node->out.len) {
        watch(&node->wire, EPOLLIN | EPOLLOUT, false);
        return;
    }
    hw_buf_clear(&node->out);
    node->sent = 0;
}

static void answer_receive(struct node *node)
{
    if (!node->receives || !node->log.told.len)
        return;
    node->receives = false;
    crowd_answer(&node->out, CROWD_RECEIVE, (size_t)(node - all.nodes), &node->log.told);
    send_rest(node);
}

/* The nodes look at their logs one after the other, each from a moment of its own on. */
static void begin_looking(struct node *node, const char *request)
{
    const char *stream = strstr(request, "CommandId=");
    stream = stream ? strchr(stream, '>') : NULL;
    hw_auto(hw_buf) input = HW_BUF(REQUEST_MAX);
    if (node->log.born_ms || !stream ||
        !hw_buf_unbase64(&input, stream + 1, strcspn(stream + 1, "<")))
        return;
    const char *poll = strstr(hw_buf_cstr(&input), "\"poll\":");
    all.poll_ms = poll ? (unsigned)strtoul(poll + strlen("\"poll\":"), NULL, 10) : USUAL_POLL;
    crowd_log_begin(&node->log, hw_clock_wall_ms());
    node->look_ms = hw_clock_monotonic_ms() + all.poll_ms + LATE_MS;
    all.order[(all.next + all.waiting++) % all.count] = node;
}

static void take_request(struct node *node, const char *request)
{
    enum crowd_op op = crowd_op_of(request);
    size_t number = (size_t)(node - all.nodes);
    if (!strstr(request, all.login)) {
        crowd_refuse(&node->out, 401);
    } else if (op == CROWD_NO_OP) {
        crowd_refuse(&node->out, 400);
    } else if (op == CROWD_RECEIVE) {
        node->receives = true;
        answer_receive(node);
        return;
    } else {
        if (op == CROWD_SEND)
            begin_looking(node, request);
        crowd_answer(&node->out, op, number, NULL);
    }
    send_rest(node);
}

/* Bytes of a whole request at the beginning of in; 0: not yet. */
static size_t request_size(const struct hw_buf *in)
{
    static const char name[] = "Content-Length: ";
    const char *text = hw_buf_cstr(in), *end = strstr(text, "\r\n\r\n");
    const char *length = end ? strstr(text, name) : NULL;
    if (!end)
        return 0;
    size_t size = (size_t)(end - text) + 4;
    if (length && length < end)
        size += strtoul(length + strlen(name), NULL, 10);
    return size <= in->len ? size : 0;
}

static void read_wire(struct node *node)
{
    char bytes[READ_SIZE];
    int n = 0;
    while (node->ssl && (n = SSL_read(node->ssl, bytes, sizeof bytes)) > 0) {
        hw_buf_add(&node->in, bytes, (size_t)n);
        if (n < (int)sizeof bytes && !SSL_has_pending(node->ssl))
            break;
    }
    if (node->ssl && n <= 0 && SSL_get_error(node->ssl, n) != SSL_ERROR_WANT_READ)
        hang_up(node);
    size_t size;
    while (node->ssl && (size = request_size(&node->in)) > 0) {
        take_request(node, hw_buf_cstr(&node->in));
        if (node->ssl)
            hw_buf_drop(&node->in, size);
    }
}

/* The account, on a thread of its own: no node waits for who reads a long list slowly. */

static void tell_instances(int fd)
{
    struct timeval patience = {.tv_sec = 5};
    hw_auto(hw_buf) in = HW_BUF(REQUEST_MAX);
    hw_auto(hw_buf) out = HW_BUF(TOLD_MAX);
    char bytes[READ_SIZE];
    ssize_t n = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (!request_size(&in) && (n = read(fd, bytes, sizeof bytes)) > 0)
        hw_buf_add(&in, bytes, (size_t)n);
    if (strstr(hw_buf_cstr(&in), "Action=DescribeInstances"))
        crowd_instances(&out, hw_buf_cstr(&in), all.count, all.first, all.pin);
    else
        crowd_refuse(&out, 400);
    for (size_t sent = 0; sent < out.len && n > 0; sent += n > 0 ? (size_t)n : 0)
        n = send(fd, out.data + sent, out.len - sent, MSG_NOSIGNAL);
}

static void *serve_account(void *data HW_UNUSED)
{
    for (;;) {
        int fd = accept4(all.account_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        tell_instances(fd);
        close(fd);
    }
    return NULL;
}

/* Life. */

/* Milliseconds until the next one looks. */
static int look(void)
{
    int64_t now_ms = hw_clock_monotonic_ms(), wall_ms = hw_clock_wall_ms();
    while (all.waiting) {
        struct node *node = all.order[all.next];
        if (node->look_ms > now_ms)
            return (int)(node->look_ms - now_ms);
        node->look_ms += all.poll_ms + LATE_MS;
        all.next = (all.next + 1) % all.count;
        all.order[(all.next + all.waiting - 1) % all.count] = node;
        crowd_log_look(&node->log, wall_ms);
        answer_receive(node);
    }
    return NAP_MS;
}

/* False: the end. */
static bool serve(const struct epoll_event *event)
{
    struct source *source = event->data.ptr;
    struct node *node = &all.nodes[source->node];
    switch (source->role) {
    case INPUT:
        return false;
    case DOOR:
        let_in(node);
        break;
    case WIRE:
        if (event->events & EPOLLOUT && node->ssl) {
            watch(source, EPOLLIN, false);
            send_rest(node);
        }
        if (node->ssl)
            read_wire(node);
        break;
    }
    return true;
}

static void open_doors(void)
{
    all.nodes = hw_alloc(all.count * sizeof *all.nodes);
    all.order = hw_alloc(all.count * sizeof(struct node *));
    for (size_t i = 0; i < all.count; i++) {
        int fd = listen_at(crowd_address(all.first, i), WINRM_PORT, SOCK_NONBLOCK);
        all.nodes[i] = (struct node){.door = {DOOR, fd, i},
                                     .wire = {WIRE, -1, i},
                                     .in = HW_BUF(REQUEST_MAX),
                                     .out = HW_BUF(TOLD_MAX),
                                     .log = {.node = i, .told = HW_BUF(TOLD_MAX)}};
        watch(&all.nodes[i].door, EPOLLIN, true);
    }
}

static void prepare(void)
{
    struct rlimit files;
    hw_auto(hw_buf) login = HW_BUF(sizeof all.login);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    hw_buf_text(&login, "Authorization: Basic ");
    hw_buf_base64(&login, LOGIN, strlen(LOGIN));
    snprintf(all.login, sizeof all.login, "%s\r\n", hw_buf_cstr(&login));
    all.tls = crowd_tls(all.pin);
    all.epoll = epoll_create1(EPOLL_CLOEXEC);
    all.input = (struct source){INPUT, STDIN_FILENO, 0};
    all.account_fd = listen_at(INADDR_LOOPBACK, 0, 0);
}

static void tell_ready(void)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    getsockname(all.account_fd, (struct sockaddr *)&at, &size);
    printf("http://127.0.0.1:%u\n", ntohs(at.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    pthread_t account;
    if (argc != 3)
        return 2;
    all.count = strtoul(argv[1], NULL, 10);
    all.first = (unsigned)strtoul(argv[2], NULL, 10);
    prepare();
    if (!all.tls || all.count == 0)
        return 1;
    open_doors();
    watch(&all.input, EPOLLIN, true);
    if (pthread_create(&account, NULL, serve_account, NULL) != 0)
        return 1;
    tell_ready();
    for (bool goes_on = true; goes_on;) {
        int n = epoll_wait(all.epoll, events, EVENTS, look());
        for (int i = 0; i < n && goes_on; i++)
            goes_on = serve(&events[i]);
    }
    for (size_t i = 0; i < all.count; i++) {
        if (all.nodes[i].ssl)
            hang_up(&all.nodes[i]);
    }
    return 0;
}

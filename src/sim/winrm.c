/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTPS side: listening sockets, one libmicrohttpd daemon pumped by the loop, Basic
 * authentication, and requests that are suspended while a Receive waits. */
#include "sim/winrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "sim/winrm_cert.h"
#include "sim/winrm_shell.h"

#define BACKLOG                  128
#define CONNECTION_LIMIT         4096u
#define IDLE_S                   120u /* HTTP.sys closes an idle connection then */
#define PATH                     "/wsman"
#define SOAP_TYPE                "application/soap+xml;charset=UTF-8"
#define HTTP_UNAUTHORIZED_HEADER "Basic realm=\"WSMAN\""

struct request;

/* One TCP connection. */
struct link {
    struct link *previous, *next;
    struct sim_winrm *winrm;
    struct sim_endpoint *endpoint; /* NULL: the machine went away */
    struct request *request;       /* under way, or NULL */
    int fd;
};

/* One HTTP request on it. */
struct request {
    struct link *link;
    struct MHD_Connection *connection;
    struct hw_buf body;
    struct sim_reply reply;
    bool called, suspended, cut;
};

struct sim_endpoint {
    struct sim_winrm *winrm;
    struct sim_endpoint *previous, *next;
    struct hw_watch *watch;
    int fd;
    struct sockaddr_in at;
    char *address, *host;
    struct hw_secret *password;
    struct sim_machine machine;
    struct sim_shells *shells;
};

struct sim_winrm {
    struct hw_loop *loop;
    uint64_t seed;
    struct sim_cert cert;
    struct MHD_Daemon *daemon;
    struct hw_watch *watch;
    struct hw_timer *timer;
    struct sim_endpoint *endpoints;
    struct link *links;
    sim_cut_fn *cut;
    void *cut_data;
};

/* The pump. */

static void pump(struct sim_winrm *winrm);

static void on_pump_timer(void *data)
{
    struct sim_winrm *winrm = data;
    winrm->timer = NULL;
    pump(winrm);
}

static void pump_after(struct sim_winrm *winrm, int64_t delay_ms)
{
    hw_timer_cancel(winrm->timer);
    winrm->timer = hw_loop_timer(winrm->loop, delay_ms, on_pump_timer, winrm);
}

static void pump(struct sim_winrm *winrm)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    MHD_run(winrm->daemon);
    if (MHD_get_timeout(winrm->daemon, &timeout_ms) == MHD_YES)
        pump_after(winrm, timeout_ms > IDLE_S * 1000 ? IDLE_S * 1000 : (int64_t)timeout_ms);
}

static void on_daemon_ready(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    pump(data);
}

/* Connections. */

static struct sim_endpoint *endpoint_of(struct sim_winrm *winrm, int fd)
{
    struct sockaddr_in local = {0};
    socklen_t length = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &length) < 0)
        return NULL;
    for (struct sim_endpoint *e = winrm->endpoints; e; e = e->next) {
        if (e->at.sin_addr.s_addr == local.sin_addr.s_addr && e->at.sin_port == local.sin_port)
            return e;
    }
    return NULL;
}

static void add_link(struct sim_winrm *winrm, int fd, void **ret_context)
{
    struct link *link = HW_NEW(struct link);
    link->winrm = winrm;
    link->fd = fd;
    link->endpoint = endpoint_of(winrm, fd);
    link->next = winrm->links;
    if (link->next)
        link->next->previous = link;
    winrm->links = link;
    *ret_context = link;
}

static void remove_link(struct link *link)
{
    if (link->previous)
        link->previous->next = link->next;
    else
        link->winrm->links = link->next;
    if (link->next)
        link->next->previous = link->previous;
    free(link);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        add_link(data, info->connect_fd, context);
    } else if (*context) {
        remove_link(*context);
        *context = NULL;
    }
}

static void on_accept(void *data, int fd, unsigned events HW_UNUSED)
{
    struct sim_endpoint *endpoint = data;
    struct sim_winrm *winrm = endpoint->winrm;
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    int client;
    while ((client = accept4(fd, (struct sockaddr *)&from, &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int one = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        MHD_add_connection(winrm->daemon, client, (struct sockaddr *)&from, length);
        length = sizeof from;
    }
    pump_after(winrm, 0);
}

/* Requests. */

static void on_reply_ready(void *data)
{
    struct request *request = data;
    request->suspended = false;
    MHD_resume_connection(request->connection);
    pump_after(request->link->winrm, 0);
}

static enum MHD_Result respond(struct request *request, unsigned status, const char *type)
{
    if (request->cut)
        return MHD_NO;
    size_t count = request->reply.body.len;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        count, (void *)hw_buf_cstr(&request->reply.body), MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Server", "Microsoft-HTTPAPI/2.0");
    if (type)
        MHD_add_response_header(response, "Content-Type", type);
    if (status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, "WWW-Authenticate", "Negotiate");
        MHD_add_response_header(response, "WWW-Authenticate", HTTP_UNAUTHORIZED_HEADER);
    }
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static bool is_allowed(const struct request *request)
{
    static const char scheme[] = "Basic ";
    const char *header = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                     MHD_HTTP_HEADER_AUTHORIZATION);
    if (!header || !hw_text_starts(header, scheme))
        return false;
    hw_auto(hw_buf) given = HW_BUF(HW_MAX_SECRET);
    header += strlen(scheme);
    if (!hw_buf_unbase64(&given, header, strlen(header)))
        return false;
    const char *text = hw_buf_cstr(&given), *colon = strchr(text, ':');
    if (!colon)
        return false;
    hw_auto_text user = hw_strndup(text, (size_t)(colon - text));
    const char *bare = hw_text_starts(user, ".\\") ? user + 2 : user;
    return hw_text_equal_nocase(bare, "Administrator") &&
           !strcmp(colon + 1, hw_secret_bytes(request->link->endpoint->password));
}

static enum MHD_Result call(struct request *request)
{
    struct sim_endpoint *endpoint = request->link->endpoint;
    request->called = true;
    sim_cut_fn *ask = endpoint->winrm->cut;
    enum sim_cut cut = ask ? ask(endpoint->winrm->cut_data) : SIM_CUT_NONE;
    if (cut == SIM_CUT_BEFORE)
        return MHD_NO;
    request->cut = cut == SIM_CUT_AFTER;
    if (!is_allowed(request))
        return respond(request, MHD_HTTP_UNAUTHORIZED, NULL);
    sim_shells_call(endpoint->shells, hw_buf_cstr(&request->body), request->body.len,
                    &request->reply);
    if (request->reply.ready)
        return respond(request, request->reply.http_status, SOAP_TYPE);
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static struct link *link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static enum MHD_Result begin_request(struct MHD_Connection *connection, void **context)
{
    struct link *link = link_of(connection);
    if (!link || !link->endpoint)
        return MHD_NO;
    struct request *request = HW_NEW(struct request);
    request->link = link;
    request->connection = connection;
    request->body.max = HW_MAX_SOAP;
    request->reply.woken = on_reply_ready;
    request->reply.data = request;
    link->request = request;
    *context = request;
    return MHD_YES;
}

static enum MHD_Result on_request(void *data HW_UNUSED, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version HW_UNUSED, const char *upload,
                                  size_t *upload_count, void **context)
{
    struct request *request = *context;
    if (!request)
        return begin_request(connection, context);
    if (*upload_count) {
        hw_buf_add(&request->body, upload, *upload_count);
        *upload_count = 0;
        return MHD_YES;
    }
    if (!request->link->endpoint)
        return MHD_NO;
    if (request->reply.ready)
        return respond(request, request->reply.http_status, SOAP_TYPE);
    if (request->called)
        return MHD_NO;
    if (strcmp(url, PATH) != 0)
        return respond(request, MHD_HTTP_NOT_FOUND, NULL);
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return respond(request, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
    if (request->body.full)
        return respond(request, MHD_HTTP_CONTENT_TOO_LARGE, NULL);
    return call(request);
}

static void on_completed(void *data HW_UNUSED, struct MHD_Connection *connection HW_UNUSED,
                         void **context, enum MHD_RequestTerminationCode code HW_UNUSED)
{
    struct request *request = *context;
    if (!request)
        return;
    *context = NULL;
    if (request->link->endpoint)
        sim_shells_forget(request->link->endpoint->shells, &request->reply);
    request->link->request = NULL;
    hw_buf_done(&request->body);
    hw_buf_done(&request->reply.body);
    free(request);
}

/* The server. */

static bool start_daemon(struct sim_winrm *winrm, struct hw_err *err)
{
    winrm->daemon = MHD_start_daemon(
        MHD_USE_TLS | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
        NULL, on_request, winrm, MHD_OPTION_HTTPS_MEM_KEY, winrm->cert.key_pem.data,
        MHD_OPTION_HTTPS_MEM_CERT, winrm->cert.cert_pem.data, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, winrm,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTION_LIMIT, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
        MHD_OPTION_END);
    if (!winrm->daemon)
        return hw_fail(err, HW_ERR_IO, _("cannot start the WinRM server of the simulated nodes"));
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(winrm->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    winrm->watch = hw_loop_watch(winrm->loop, info->epoll_fd, HW_READ, on_daemon_ready, winrm);
    return true;
}

/* Hundreds of nodes, each with a socket that listens and some that talk. */
static void allow_many_sockets(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

struct sim_winrm *sim_winrm_new(struct hw_loop *loop, uint64_t seed, struct hw_err *err)
{
    struct sim_winrm *winrm = HW_NEW(struct sim_winrm);
    winrm->loop = loop;
    winrm->seed = seed;
    allow_many_sockets();
    if (!sim_cert_make(&winrm->cert, err) || !start_daemon(winrm, err)) {
        sim_cert_done(&winrm->cert);
        free(winrm);
        return NULL;
    }
    return winrm;
}

void sim_winrm_on_request(struct sim_winrm *winrm, sim_cut_fn *fn, void *data)
{
    winrm->cut = fn;
    winrm->cut_data = data;
}

void sim_winrm_free(struct sim_winrm *winrm)
{
    if (!winrm)
        return;
    while (winrm->endpoints)
        sim_endpoint_close(winrm->endpoints);
    MHD_run(winrm->daemon); /* takes up what close has resumed: none may be suspended at the stop */
    hw_watch_remove(winrm->watch);
    hw_timer_cancel(winrm->timer);
    MHD_stop_daemon(winrm->daemon);
    sim_cert_done(&winrm->cert);
    free(winrm);
}

const char *sim_winrm_fingerprint(const struct sim_winrm *winrm)
{
    return winrm->cert.fingerprint;
}

/* Endpoints. */

static bool open_socket(struct sim_endpoint *endpoint, const struct sim_endpoint_spec *spec,
                        struct hw_err *err)
{
    int one = 1;
    socklen_t length = sizeof endpoint->at;
    endpoint->at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(spec->port)};
    if (inet_pton(AF_INET, spec->address, &endpoint->at.sin_addr) != 1)
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is no IPv4 address"), spec->address);
    endpoint->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (endpoint->fd >= 0)
        setsockopt(endpoint->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr *at = (struct sockaddr *)&endpoint->at;
    if (endpoint->fd < 0 || bind(endpoint->fd, at, length) < 0 ||
        listen(endpoint->fd, BACKLOG) < 0 || getsockname(endpoint->fd, at, &length) < 0) {
        hw_fail_errno(err, _("cannot listen on %s port %u"), spec->address, spec->port);
        return hw_err_next(err, _("End the other simulator that uses this address."));
    }
    return true;
}

struct sim_endpoint *sim_winrm_listen(struct sim_winrm *winrm, const struct sim_endpoint_spec *spec,
                                      struct hw_err *err)
{
    struct sim_endpoint *endpoint = HW_NEW(struct sim_endpoint);
    endpoint->fd = -1;
    if (!open_socket(endpoint, spec, err)) {
        if (endpoint->fd >= 0)
            close(endpoint->fd);
        free(endpoint);
        return NULL;
    }
    endpoint->winrm = winrm;
    endpoint->address = hw_strdup(spec->address);
    endpoint->host = hw_strdup(spec->host);
    endpoint->password = hw_secret_new(spec->password, strlen(spec->password));
    endpoint->machine = (struct sim_machine){.loop = winrm->loop,
                                             .guest = spec->guest,
                                             .host = endpoint->host,
                                             .address = endpoint->address,
                                             .boot_ms = spec->boot_ms,
                                             .answer = spec->answer,
                                             .answer_data = spec->answer_data};
    endpoint->shells = sim_shells_new(&endpoint->machine, winrm->seed ^ (uint64_t)spec->boot_ms);
    endpoint->watch = hw_loop_watch(winrm->loop, endpoint->fd, HW_READ, on_accept, endpoint);
    endpoint->next = winrm->endpoints;
    if (endpoint->next)
        endpoint->next->previous = endpoint;
    winrm->endpoints = endpoint;
    return endpoint;
}

unsigned sim_endpoint_port(const struct sim_endpoint *endpoint)
{
    return ntohs(endpoint->at.sin_port);
}

/* The peer sees a reset, not an orderly end: connecting to no address dissolves a connection so on
 * Linux (connect(2)). The daemon closes the socket when it finds it so. */
static void reset_link(struct link *link)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    int result = connect(link->fd, &nowhere, sizeof nowhere);
    (void)result; /* a connection that is over already needs no reset */
    link->endpoint = NULL;
    if (link->request && link->request->suspended) {
        link->request->suspended = false;
        MHD_resume_connection(link->request->connection);
    }
}

static void unlist(struct sim_endpoint *endpoint)
{
    if (endpoint->previous)
        endpoint->previous->next = endpoint->next;
    else
        endpoint->winrm->endpoints = endpoint->next;
    if (endpoint->next)
        endpoint->next->previous = endpoint->previous;
}

void sim_endpoint_close(struct sim_endpoint *endpoint)
{
    if (!endpoint)
        return;
    struct sim_winrm *winrm = endpoint->winrm;
    hw_watch_remove(endpoint->watch);
    close(endpoint->fd);
    sim_shells_free(endpoint->shells);
    for (struct link *link = winrm->links; link; link = link->next) {
        if (link->endpoint == endpoint)
            reset_link(link);
    }
    unlist(endpoint);
    free(endpoint->address);
    free(endpoint->host);
    hw_secret_free(endpoint->password);
    free(endpoint);
    pump_after(winrm, 0);
}

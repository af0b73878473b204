/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define IDLE_SECONDS 120u /* longer than the 30 s between two polls of a client that waits */
#define CONNECTIONS  256u

struct sim_server {
    struct sim_cloud *cloud;
    struct sim_faults *faults;
    struct MHD_Daemon *daemon;
    struct hw_watch *watch;
    struct hw_timer *timer;
    struct exchange *waiting; /* suspended until their delay is over */
    unsigned port;
    bool verbose;
};

/* One request and its answer; lives as long as the HTTP server's own record of it. */
struct exchange {
    struct sim_server *server;
    struct exchange *previous, *next;
    struct MHD_Connection *connection;
    struct sim_request request;
    struct sim_answer answer;
    struct hw_timer *timer; /* until the answer may go */
    bool begun, answered;
};

static void pump(struct sim_server *server);

static void on_timer(void *data)
{
    struct sim_server *server = data;
    server->timer = NULL;
    pump(server);
}

/* Lets the HTTP server do what is ready, and comes back when it wants to. */
static void pump(struct sim_server *server)
{
    MHD_run(server->daemon);
    hw_timer_cancel(server->timer);
    server->timer = NULL;
    MHD_UNSIGNED_LONG_LONG timeout;
    if (MHD_get_timeout(server->daemon, &timeout) == MHD_YES)
        server->timer = hw_loop_timer(server->cloud->loop, (int64_t)timeout, on_timer, server);
}

static void on_ready(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    pump(data);
}

static void *begin(void *data, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = HW_NEW(struct exchange);
    exchange->server = data;
    exchange->connection = connection;
    exchange->request.uri = hw_strdup(uri);
    exchange->request.headers = json_object();
    exchange->request.body.max = HW_SIM_MAX_BODY;
    return exchange;
}

static void unlink_waiting(struct exchange *exchange)
{
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        exchange->server->waiting = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    exchange->timer = NULL;
}

static void end(void *data HW_UNUSED, struct MHD_Connection *connection HW_UNUSED, void **state,
                enum MHD_RequestTerminationCode why HW_UNUSED)
{
    struct exchange *exchange = *state;
    if (!exchange)
        return;
    if (exchange->timer) {
        hw_timer_cancel(exchange->timer);
        unlink_waiting(exchange);
    }
    sim_request_done(&exchange->request);
    sim_answer_done(&exchange->answer);
    free(exchange);
    *state = NULL;
}

static enum MHD_Result add_header(void *data, enum MHD_ValueKind kind HW_UNUSED, const char *name,
                                  const char *value)
{
    json_t *headers = data;
    hw_auto_text key = hw_strdup(name);
    for (char *p = key; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    const char *before = sim_text(headers, key);
    hw_auto_text joined =
        *before ? hw_format("%s,%s", before, value) : hw_strdup(value ? value : "");
    json_object_set_new(headers, key, json_string(joined));
    return MHD_YES;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    struct sim_answer *answer = &exchange->answer;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.len, answer->body.len ? answer->body.data : (char *)"", MHD_RESPMEM_MUST_COPY);
    const char *name;
    json_t *value;
    json_object_foreach(answer->headers, name, value)
    {
        MHD_add_response_header(response, name, json_string_value(value));
    }
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static void on_delay_over(void *data)
{
    struct exchange *exchange = data;
    struct sim_server *server = exchange->server;
    unlink_waiting(exchange);
    MHD_resume_connection(exchange->connection);
    pump(server);
}

static void wait(struct exchange *exchange)
{
    struct sim_server *server = exchange->server;
    MHD_suspend_connection(exchange->connection);
    exchange->previous = NULL;
    exchange->next = server->waiting;
    if (exchange->next)
        exchange->next->previous = exchange;
    server->waiting = exchange;
    exchange->timer =
        hw_loop_timer(server->cloud->loop, exchange->answer.delay_ms, on_delay_over, exchange);
}

static enum MHD_Result answer(struct exchange *exchange)
{
    struct sim_server *server = exchange->server;
    if (!exchange->answered) {
        exchange->answered = true;
        sim_dispatch(server->cloud, server->faults, &exchange->request, &exchange->answer);
        hw_trace("sim", "%s", exchange->answer.what);
        if (server->verbose)
            fprintf(stderr, "%s\n", exchange->answer.what);
        if (exchange->answer.delay_ms > 0) {
            wait(exchange);
            return MHD_YES;
        }
    }
    return exchange->answer.reset ? MHD_NO : send_answer(exchange);
}

static enum MHD_Result serve(void *data HW_UNUSED, struct MHD_Connection *connection,
                             const char *url HW_UNUSED, const char *method,
                             const char *version HW_UNUSED, const char *upload, size_t *upload_size,
                             void **state)
{
    struct exchange *exchange = *state;
    if (!exchange->begun) {
        exchange->begun = true;
        exchange->request.method = hw_strdup(method);
        MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header,
                                  exchange->request.headers);
        return MHD_YES;
    }
    if (*upload_size) {
        if (!hw_buf_add(&exchange->request.body, upload, *upload_size))
            return MHD_NO;
        *upload_size = 0;
        return MHD_YES;
    }
    return answer(exchange);
}

static int listen_on(unsigned port, unsigned *ret_port, struct hw_err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
        hw_fail_errno(err, _("cannot listen on 127.0.0.1:%u"), port);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* Faults of the service "winrm". */
static enum sim_cut on_winrm_request(void *data)
{
    struct sim_server *server = data;
    enum sim_fault_kind fault = sim_fault_take(server->faults, server->cloud, SIM_WINRM);
    return fault == SIM_FAULT_NONE   ? SIM_CUT_NONE
           : fault == SIM_FAULT_LOST ? SIM_CUT_AFTER
                                     : SIM_CUT_BEFORE;
}

struct sim_server *sim_server_new(struct sim_cloud *cloud, struct sim_faults *faults, unsigned port,
                                  bool verbose, struct hw_err *err)
{
    struct sim_server *server = HW_NEW(struct sim_server);
    *server = (struct sim_server){.cloud = cloud, .faults = faults, .verbose = verbose};
    int fd = listen_on(port, &server->port, err);
    if (fd < 0) {
        free(server);
        return NULL;
    }
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, serve, server,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd, MHD_OPTION_URI_LOG_CALLBACK, begin, server,
        MHD_OPTION_NOTIFY_COMPLETED, end, server, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info) {
        hw_fail(err, HW_ERR_IO, _("cannot start the HTTP server"));
        if (!server->daemon)
            close(fd);
        sim_server_free(server);
        return NULL;
    }
    server->watch = hw_loop_watch(cloud->loop, info->epoll_fd, HW_READ, on_ready, server);
    if (cloud->nodes)
        sim_nodes_on_request(cloud->nodes, on_winrm_request, server);
    pump(server);
    return server;
}

void sim_server_free(struct sim_server *server)
{
    if (!server)
        return;
    while (server->waiting) {
        struct exchange *exchange = server->waiting;
        hw_timer_cancel(exchange->timer);
        unlink_waiting(exchange);
        MHD_resume_connection(exchange->connection);
    }
    if (server->cloud->nodes)
        sim_nodes_on_request(server->cloud->nodes, NULL, NULL);
    hw_watch_remove(server->watch);
    hw_timer_cancel(server->timer);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    free(server);
}

unsigned sim_server_port(const struct sim_server *server)
{
    return server->port;
}

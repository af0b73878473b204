/* SPDX-License-Identifier: Apache-2.0 */
#include "node/plugin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/child.h"

#define PROGRAM     "session-manager-plugin"
#define DOCUMENT    "AWS-StartPortForwardingSession"
#define HANDED_OVER "AWS_SSM_START_SESSION_RESPONSE"
#define READY       "Waiting for connections"
#define SAID_MAX    8192u /* of what it says */
#define REAP_MS     50

extern char **environ;

struct hw_plugin {
    struct hw_aws *aws;
    struct hw_plugin_handler handler;
    struct hw_aws_call *call;
    char *instance, *session;
    json_t *parameters; /* of StartSession, which the plugin wants to know, too */
    unsigned port, local_port;
    pid_t pid;
    int fd; /* of what it says */
    struct hw_watch *watch;
    struct hw_timer *timer;
    struct hw_buf said;
    bool knows_version, ready;
    void (*closed)(void *data);
    void *closed_data;
};

/* Ends. */

static void end(struct hw_plugin *plugin, enum hw_way_end how, const struct hw_err *err)
{
    plugin->handler.ended(plugin->handler.data, how, err);
}

static void close_output(struct hw_plugin *plugin)
{
    hw_watch_remove(plugin->watch);
    plugin->watch = NULL;
    if (plugin->fd >= 0)
        close(plugin->fd);
    plugin->fd = -1;
}

static void judge_end(struct hw_plugin *plugin)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) line = HW_BUF(SAID_MAX);
    struct hw_span text = hw_text_trim(hw_buf_cstr(&plugin->said), plugin->said.len);
    size_t begin = text.n;
    while (begin && text.p[begin - 1] != '\n')
        begin--;
    hw_text_clean(&line, text.p + begin, text.n - begin, false);
    hw_fail(&err, HW_ERR_NETWORK, "%s: %s", PROGRAM, line.len ? hw_buf_cstr(&line) : _("ended"));
    end(plugin, HW_WAY_LOST, &err);
}

/* The child. */

static void say_version(struct hw_plugin *plugin);

/* Its output has ended, so that it ends, too. */
static void reap(void *data)
{
    struct hw_plugin *plugin = data;
    plugin->timer = NULL;
    if (waitpid(plugin->pid, NULL, WNOHANG) == 0) {
        kill(plugin->pid, SIGTERM);
        plugin->timer = hw_loop_timer(hw_aws_loop(plugin->aws), REAP_MS, reap, plugin);
        return;
    }
    plugin->pid = 0;
    if (plugin->knows_version)
        judge_end(plugin);
    else
        say_version(plugin);
}

static void on_said(void *data, int fd, unsigned events HW_UNUSED)
{
    struct hw_plugin *plugin = data;
    char piece[1024];
    ssize_t n = read(fd, piece, sizeof piece);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        close_output(plugin);
        plugin->timer = hw_loop_timer(hw_aws_loop(plugin->aws), 0, reap, plugin);
        return;
    }
    if (plugin->said.len + (size_t)n > SAID_MAX) /* the end matters */
        hw_buf_clear(&plugin->said);
    hw_buf_add(&plugin->said, piece, (size_t)n);
    if (plugin->knows_version && !plugin->ready && strstr(hw_buf_cstr(&plugin->said), READY)) {
        plugin->ready = true;
        plugin->handler.ready(plugin->handler.data, plugin->local_port);
    }
}

static void start_child(struct hw_plugin *plugin, char *const *arguments, char *const *environment)
{
    int said[2] = {-1, -1}, none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct hw_err err = {0};
    int code = none < 0 || pipe2(said, O_CLOEXEC) < 0 ? errno : 0;
    if (!code)
        code = hw_child_start(arguments, environment, none, said[1], said[1], &plugin->pid);
    if (none >= 0)
        close(none);
    if (said[1] >= 0)
        close(said[1]);
    plugin->fd = said[0];
    hw_buf_clear(&plugin->said);
    if (!code) {
        fcntl(plugin->fd, F_SETFL, O_NONBLOCK);
        plugin->watch =
            hw_loop_watch(hw_aws_loop(plugin->aws), plugin->fd, HW_READ, on_said, plugin);
        return;
    }
    plugin->pid = 0;
    hw_fail(&err, HW_ERR_IO, _("%s cannot be started: %s"), PROGRAM, strerror(code));
    end(plugin, HW_WAY_REFUSED, &err);
}

/* The session. */

/* A port that nobody has now. Somebody else may take it before the plugin does: then the plugin
 * ends, or it is not the node's certificate that we are shown. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && !bind(fd, (struct sockaddr *)&address, size) &&
              !getsockname(fd, (struct sockaddr *)&address, &size);
    if (fd >= 0)
        close(fd);
    return ok ? ntohs(address.sin_port) : 0;
}

/* Our environment and one variable more. */
static char **list_environment(char *handed_over)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **list = hw_alloc((count + 2) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        if (!hw_text_starts(environ[i], HANDED_OVER "="))
            list[kept++] = environ[i];
    }
    list[kept++] = handed_over;
    list[kept] = NULL;
    return list;
}

static void run_session(struct hw_plugin *plugin, const json_t *answer)
{
    hw_auto_text endpoint = hw_aws_endpoint_url(plugin->aws, HW_AWS_SSM);
    char *parameters = json_dumps(plugin->parameters, JSON_COMPACT);
    char *text = json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII);
    hw_auto(hw_buf) handed_over = HW_BUF(HW_MAX_SECRET);
    hw_wipe_buf_reserve(&handed_over, HW_MAX_SECRET);
    hw_buf_print(&handed_over, "%s=%s", HANDED_OVER, text ? text : "");
    char **environment = list_environment(handed_over.data);
    const char *profile = hw_aws_profile(plugin->aws);
    const char *const arguments[] = {PROGRAM,
                                     HANDED_OVER,
                                     hw_aws_region(plugin->aws),
                                     "StartSession",
                                     strcmp(profile, "default") ? profile : "",
                                     parameters,
                                     endpoint ? endpoint : "",
                                     NULL};
    start_child(plugin, (char *const *)arguments, environment);
    hw_wipe_buf(&handed_over);
    if (text)
        hw_wipe(text, strlen(text));
    free(text);
    free(parameters);
    free(environment);
}

static void on_session(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_plugin *plugin = data;
    plugin->call = NULL;
    if (err) {
        end(plugin, err->code == HW_ERR_AUTH ? HW_WAY_REFUSED : HW_WAY_LOST, err);
        return;
    }
    hw_replace(&plugin->session, json_string_value(json_object_get(reply->json, "SessionId")));
    json_t *answer = json_object();
    static const char *const members[] = {"SessionId", "TokenValue", "StreamUrl"};
    for (size_t i = 0; i < HW_COUNT(members); i++)
        json_object_set(answer, members[i], json_object_get(reply->json, members[i]));
    run_session(plugin, answer);
    json_decref(answer);
}

static void start_session(struct hw_plugin *plugin)
{
    hw_auto_text port = hw_format("%u", plugin->port);
    plugin->local_port = free_port();
    hw_auto_text local = hw_format("%u", plugin->local_port);
    plugin->parameters =
        json_pack("{s:s,s:s,s:{s:[s],s:[s]}}", "Target", plugin->instance, "DocumentName", DOCUMENT,
                  "Parameters", "portNumber", port, "localPortNumber", local);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "StartSession");
    hw_aws_secret_reply(request);
    hw_aws_body_json(request, json_incref(plugin->parameters));
    plugin->call = hw_aws_send(plugin->aws, request, on_session, plugin);
}

/* The version. */

static bool is_recent(const char *text)
{
    static const int last_without[4] = {1, 2, 497, 0};
    int parts[4] = {0};
    if (sscanf(text, "%9d.%9d.%9d.%9d", &parts[0], &parts[1], &parts[2], &parts[3]) < 3)
        return false;
    for (size_t i = 0; i < HW_COUNT(parts); i++) {
        if (parts[i] != last_without[i])
            return parts[i] > last_without[i];
    }
    return false;
}

static void say_version(struct hw_plugin *plugin)
{
    struct hw_err err = {0};
    plugin->knows_version = true;
    if (is_recent(hw_buf_cstr(&plugin->said))) {
        start_session(plugin);
        return;
    }
    /* It would want the session's token on its command line, where everybody can read it. */
    hw_fail(&err, HW_ERR_IO, _("%s is older than version 1.2.498"), PROGRAM);
    end(plugin, HW_WAY_REFUSED, &err);
}

static void ask_version(void *data)
{
    struct hw_plugin *plugin = data;
    static const char *const arguments[] = {PROGRAM, "--version", NULL};
    plugin->timer = NULL;
    start_child(plugin, (char *const *)arguments, NULL);
}

/* Life. */

bool hw_plugin_is_installed(void)
{
    const char *path = getenv("PATH");
    for (const char *p = path ? path : ""; *p;) {
        size_t n = strcspn(p, ":");
        hw_auto_text folder = hw_strndup(p, n);
        hw_auto_text file = hw_format("%s/%s", n ? folder : ".", PROGRAM);
        if (access(file, X_OK) == 0)
            return true;
        p += n + (p[n] == ':');
    }
    return false;
}

struct hw_plugin *hw_plugin_start(struct hw_aws *aws, const char *instance, unsigned port,
                                  const struct hw_plugin_handler *handler)
{
    struct hw_plugin *plugin = HW_NEW(struct hw_plugin);
    plugin->aws = aws;
    plugin->instance = hw_strdup(instance);
    plugin->port = port;
    plugin->handler = *handler;
    plugin->fd = -1;
    plugin->said.max = SAID_MAX;
    plugin->timer = hw_loop_timer(hw_aws_loop(aws), 0, ask_version, plugin);
    return plugin;
}

static void on_terminated(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                          const struct hw_err *err HW_UNUSED)
{
    struct hw_plugin *plugin = data;
    if (!plugin)
        return;
    void (*closed)(void *data) = plugin->closed;
    void *closed_data = plugin->closed_data;
    plugin->call = NULL;
    hw_replace(&plugin->session, NULL);
    hw_plugin_free(plugin);
    closed(closed_data);
}

static struct hw_aws_call *terminate(struct hw_plugin *plugin, void *data)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "TerminateSession");
    hw_aws_param(request, "SessionId", plugin->session);
    return hw_aws_send(plugin->aws, request, on_terminated, data);
}

static void stop(struct hw_plugin *plugin)
{
    hw_aws_cancel(plugin->call);
    hw_timer_cancel(plugin->timer);
    close_output(plugin);
    if (plugin->pid > 0) {
        kill(plugin->pid, SIGKILL); /* AWS is told, too */
        waitpid(plugin->pid, NULL, 0);
    }
    plugin->call = NULL;
    plugin->timer = NULL;
    plugin->pid = 0;
}

static void on_nothing_open(void *data)
{
    struct hw_plugin *plugin = data;
    plugin->timer = NULL;
    on_terminated(plugin, NULL, NULL);
}

void hw_plugin_close(struct hw_plugin *plugin, void (*closed)(void *data), void *data)
{
    plugin->closed = closed;
    plugin->closed_data = data;
    stop(plugin);
    if (plugin->session)
        plugin->call = terminate(plugin, plugin);
    else
        plugin->timer = hw_loop_timer(hw_aws_loop(plugin->aws), 0, on_nothing_open, plugin);
}

void hw_plugin_free(struct hw_plugin *plugin)
{
    if (!plugin)
        return;
    stop(plugin);
    if (plugin->session)
        terminate(plugin, NULL);
    hw_buf_done(&plugin->said);
    json_decref(plugin->parameters);
    free(plugin->instance);
    free(plugin->session);
    free(plugin);
}

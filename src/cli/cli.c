/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/print.h"
#include "model/cluster_yaml.h"
#include "template/quote.h"

#define ERROR_TEXT  2048
#define PROGRESS_MS 60000 /* between two lines for a person */

static bool use_color(const struct hw_options *options)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return !options->no_color && !(no_color && *no_color) && isatty(STDOUT_FILENO) && term &&
           strcmp(term, "dumb") != 0;
}

static void put(struct hw_cli *cli, const struct hw_buf *line)
{
    if (cli->output_closed)
        return;
    bool ok = fwrite(hw_buf_cstr(line), 1, line->len, stdout) == line->len && fflush(stdout) == 0;
    if (ok)
        return;
    if (errno != EPIPE) /* a reader that has seen enough is no failure to speak of */
        fprintf(stderr, _("hpcwiz: cannot write to standard output: %s\n"), strerror(errno));
    cli->output_closed = true;
    hw_loop_stop(cli->loop);
}

void hw_cli_print(struct hw_cli *cli, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    put(cli, &text);
}

static bool is_held_back(const struct hw_cli *cli, const struct hw_event *event)
{
    if (event->type == HW_EV_STAGE)
        return cli->quiet_nodes && !cli->options->json;
    if (event->type == HW_EV_NODE && cli->quiet_nodes && !cli->options->json) {
        if (event->u.node.state == HW_NODE_REFUSED || event->u.node.state == HW_NODE_LOST)
            fprintf(stderr, "hpcwiz: %s: %s\n", event->u.node.node, event->u.node.detail);
        return true;
    }
    if (event->type == HW_EV_PROGRESS)
        return !cli->options->json && cli->progress_ms &&
               hw_clock_monotonic_ms() - cli->progress_ms < PROGRESS_MS;
    if (event->type != HW_EV_LOG)
        return false;
    if (cli->hold_logs || (cli->quiet_logs && !cli->options->json))
        return true;
    return cli->keep_log && !cli->keep_log(cli->keep_data, &event->u.log);
}

void hw_cli_tell(struct hw_cli *cli, const struct hw_event *event)
{
    if (is_held_back(cli, event))
        return;
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_TEXT);
    if (cli->options->json) {
        hw_event_json(event, &line);
        hw_buf_char(&line, '\n');
    } else {
        hw_print_event(event, use_color(cli->options), &line);
    }
    *(event->type == HW_EV_PROGRESS ? &cli->progress_ms : &cli->told_ms) = hw_clock_monotonic_ms();
    if (line.len)
        put(cli, &line);
}

static void on_event(void *data, const struct hw_event *event)
{
    struct hw_cli *cli = data;
    if (cli->listen.tell)
        hw_tell(&cli->listen, event);
    else
        hw_cli_tell(cli, event);
}

static void on_signal(void *data, int signo HW_UNUSED)
{
    struct hw_cli *cli = data;
    if (cli->interrupted) /* the second time: at once */
        _exit(5);
    cli->interrupted = true;
    hw_loop_stop(cli->loop);
}

/* Also while nothing is written: a follower must not outlive its reader. */
static void on_output_gone(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    struct hw_cli *cli = data;
    hw_watch_remove(cli->output);
    cli->output = NULL;
    cli->output_closed = true;
    hw_loop_stop(cli->loop);
}

bool hw_cli_init(struct hw_cli *cli, const struct hw_options *options, struct hw_err *err)
{
    *cli = (struct hw_cli){.options = options};
    cli->sink = (struct hw_sink){on_event, cli};
    cli->loop = hw_loop_new(err);
    if (!cli->loop)
        return false;
    signal(SIGPIPE, SIG_IGN);
    cli->output = hw_loop_watch(cli->loop, STDOUT_FILENO, 0, on_output_gone, cli);
    return hw_loop_signal(cli->loop, SIGINT, on_signal, cli, err) &&
           hw_loop_signal(cli->loop, SIGTERM, on_signal, cli, err) &&
           hw_loop_signal(cli->loop, SIGHUP, on_signal, cli, err);
}

void hw_cli_done(struct hw_cli *cli)
{
    hw_session_free(cli->session);
    hw_cli_ask_done(cli);
    hw_loop_free(cli->loop);
}

struct hw_cluster *hw_cli_cluster(struct hw_cli *cli)
{
    struct hw_cluster *cluster = NULL;
    struct hw_err err = {0};
    if (hw_cluster_read(cli->options->args.items[0], false, &cluster, &err))
        cli->file = cli->options->args.items[0];
    else
        hw_cli_result(cli, &err, NULL);
    return cluster;
}

/* The others only look for the node. */
static bool reads_logs(const struct hw_options *options)
{
    enum hw_command_id id = options->command;
    return id != HW_CMD_RETRY && id != HW_CMD_HOLD && id != HW_CMD_RELEASE;
}

bool hw_cli_online(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    const struct hw_options *o = cli->options;
    const char *region = o->region ? o->region : cluster ? hw_cluster_get(cluster, "region") : NULL;
    struct hw_err err = {0};
    struct hw_aws_asker asker;
    uint64_t log_space;
    if (!hw_options_log_space(o, &log_space, &err)) {
        hw_cli_result(cli, &err, NULL);
        return false;
    }
    struct hw_login login;
    const char *key_pair = cluster ? hw_cluster_get(cluster, "access.key_pair") : NULL;
    if (!hw_login_ask(cli->loop, o, key_pair, &cli->interrupted, &login, &err)) {
        hw_cli_result(cli, &err, NULL);
        return false;
    }
    bool can_ask = hw_cli_ask_init(cli, &asker);
    cli->session = hw_session_new(
        cli->loop,
        &(struct hw_session_options){.region = region,
                                     .profile = o->profile,
                                     .endpoint_url = o->endpoint_url,
                                     .log_file = o->log_file,
                                     .log_space = log_space,
                                     .key_file = o->key_file,
                                     .user = o->user,
                                     .password_take = login.password,
                                     .ticket = login.ticket,
                                     .passphrase_take = login.passphrase,
                                     .rules = o->rules,
                                     .no_secret_lookup = o->no_secret_lookup || !reads_logs(o),
                                     .undiagnosed = o->command == HW_CMD_STATUS,
                                     .asker = can_ask ? &asker : NULL},
        &cli->sink, &err);
    if (!cli->session)
        hw_cli_result(cli, &err, NULL);
    return cli->session != NULL;
}

void hw_cli_wait(struct hw_cli *cli, const bool *finished)
{
    while (!*finished && !cli->interrupted && !cli->output_closed)
        hw_loop_step(cli->loop, -1);
}

void hw_cli_on_end(void *data, const struct hw_err *err)
{
    struct hw_cli_end *end = data;
    end->finished = true;
    end->failed = err != NULL;
    if (err)
        end->err = *err;
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

void hw_cli_close_nodes(struct hw_cli *cli)
{
    bool closed = false;
    hw_session_close_nodes(cli->session, on_closed, &closed);
    while (!closed)
        hw_loop_step(cli->loop, -1);
}

static void print_result(struct hw_cli *cli, const struct hw_err *err, const char *detail_json)
{
    hw_tell(&cli->sink,
            &(struct hw_event){.type = HW_EV_RESULT,
                               .u.result = {.ok = !err,
                                            .command = hw_command_word(cli->options->command),
                                            .err = err,
                                            .detail_json = detail_json}});
}

/* The advice "hpcwiz deploy FILE" with the file of the command line, so that it can be pasted. */
static void name_file(const struct hw_cli *cli, struct hw_err *err)
{
    static const char program[] = "hpcwiz ";
    hw_auto_text advice = hw_strdup(err->next);
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    const char *const words[] = {_("FILE"), "FILE"}; /* not each translation has its own */
    const char *rest = advice, *at;
    while ((at = strstr(rest, program))) {
        const char *name = at + strlen(program);
        name += strspn(name, "abcdefghijklmnopqrstuvwxyz");
        hw_buf_add(&out, rest, (size_t)(name - rest));
        rest = name;
        for (size_t i = 0; i < HW_COUNT(words) && *rest == ' '; i++) {
            if (!hw_text_starts(name + 1, words[i]))
                continue;
            hw_buf_char(&out, ' ');
            hw_quote_word(&out, cli->file);
            rest = name + 1 + strlen(words[i]);
            break;
        }
    }
    hw_buf_text(&out, rest);
    hw_err_next(err, "%s", hw_buf_cstr(&out));
}

int hw_cli_result(struct hw_cli *cli, const struct hw_err *err, const char *detail_json)
{
    struct hw_err told = err ? *err : (struct hw_err){0};
    if (err && cli->file)
        name_file(cli, &told);
    print_result(cli, err ? &told : NULL, detail_json);
    if (!err)
        return cli->status = cli->output_closed ? 1 : 0;
    char text[ERROR_TEXT];
    fprintf(stderr, "hpcwiz: %s\n", hw_err_text(&told, text, sizeof text));
    return cli->status = hw_err_exit_status(err);
}

int hw_cli_interrupted(struct hw_cli *cli, const char *what, const char *again)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_INTERRUPTED, "%s", what);
    hw_err_next(&err, "%s", again);
    return hw_cli_result(cli, &err, NULL);
}

int hw_cli_ok(struct hw_cli *cli, const char *detail_json, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    hw_buf_char(&text, '\n');
    if (cli->options->json)
        fputs(hw_buf_cstr(&text), stderr);
    else
        put(cli, &text);
    return hw_cli_result(cli, NULL, detail_json);
}

size_t hw_cli_findings(struct hw_cli *cli, const struct hw_diagnose *diagnose)
{
    size_t count = diagnose ? hw_diagnose_count(diagnose) : 0;
    for (size_t i = 0; i < count; i++)
        hw_tell(&cli->sink, &(struct hw_event){.type = HW_EV_FINDING,
                                               .u.finding = *hw_diagnose_at(diagnose, i)});
    return count;
}

void hw_cli_tell_found(struct hw_cli *cli, struct hw_strv *told)
{
    const struct hw_diagnose *diagnose = hw_session_diagnose(cli->session);
    size_t count = diagnose ? hw_diagnose_count(diagnose) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct hw_ev_finding *finding = hw_diagnose_at(diagnose, i);
        hw_auto_text name = hw_format("%s %s", finding->id, finding->node ? finding->node : "");
        if (finding->explained || hw_strv_has(told, name))
            continue;
        hw_strv_add(told, name);
        hw_cli_tell(cli, &(struct hw_event){.type = HW_EV_FINDING, .u.finding = *finding});
    }
}

static void on_typed(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    *(bool *)data = true;
}

/* False: a signal came before the line. */
static bool read_line(struct hw_cli *cli, char *line, size_t size)
{
    bool typed = false;
    struct hw_watch *watch = hw_loop_watch(cli->loop, STDIN_FILENO, HW_READ, on_typed, &typed);
    hw_cli_wait(cli, &typed);
    hw_watch_remove(watch);
    if (!typed)
        return false;
    if (!fgets(line, (int)size, stdin))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* Only the word goes on. */
static bool confirm(struct hw_cli *cli, const char *question, const char *prompt, const char *word,
                    struct hw_err *err)
{
    char line[256];
    if (!isatty(STDIN_FILENO)) {
        hw_fail(err, HW_ERR_USAGE, "%s", _("there is no terminal to confirm on"));
        return hw_err_next(err, "%s", _("Add --yes to go on without being asked."));
    }
    tcflush(STDIN_FILENO, TCIFLUSH); /* keys typed ahead must not answer */
    fprintf(stderr, "%s\n%s ", question, prompt);
    fflush(stderr);
    if (!read_line(cli, line, sizeof line))
        return hw_fail(err, HW_ERR_INTERRUPTED, "%s", _("interrupted; nothing was changed"));
    if (strcmp(line, word) == 0)
        return true;
    return hw_fail(err, HW_ERR_CANCELLED, "%s", _("not confirmed; nothing was changed"));
}

bool hw_cli_confirm(struct hw_cli *cli, const struct hw_cluster *cluster, const char *question,
                    struct hw_err *err)
{
    return confirm(cli, question, _("Type the cluster's name to go on:"),
                   hw_cluster_get(cluster, "cluster"), err);
}

bool hw_cli_agree(struct hw_cli *cli, const char *question, struct hw_err *err)
{
    return cli->options->yes || confirm(cli, question, _("Type yes to go on:"), _("yes"), err);
}

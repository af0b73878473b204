/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a person on the terminal, whatever standard input and output are, while the loop runs. */
#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/cli.h"
#include "node/negotiate.h"
#include "node/ssh_key.h"

#define LINE_MAX_BYTES 1024 /* OpenSSL's and OpenSSH's passphrases are no longer */

/* One question at a time, its answer unseen. */
struct prompt {
    int terminal; /* -1: nothing is asked */
    struct hw_watch *watch;
    struct termios before;
    bool quiet; /* the echo is off: `before` puts it back */
    /* line: without its end, wiped afterwards; NULL: the terminal has none. */
    void (*fn)(void *data, const char *line);
    void *data;
};

struct hw_cli_ask {
    struct hw_cli *cli;
    struct prompt prompt;
};

static void stop(struct prompt *prompt)
{
    hw_watch_remove(prompt->watch);
    prompt->watch = NULL;
    if (prompt->quiet)
        tcsetattr(prompt->terminal, TCSAFLUSH, &prompt->before);
    prompt->quiet = false;
    if (prompt->terminal >= 0)
        close(prompt->terminal);
    prompt->terminal = -1;
}

static void on_line(void *data, int fd, unsigned events HW_UNUSED)
{
    struct prompt *prompt = data;
    char line[LINE_MAX_BYTES];
    ssize_t n = read(fd, line, sizeof line - 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    stop(prompt);
    fputc('\n', stderr);
    prompt->fn(prompt->data, n > 0 ? line : NULL);
    hw_wipe(line, sizeof line);
}

static void be_quiet(struct prompt *prompt)
{
    struct termios now;
    if (tcgetattr(prompt->terminal, &prompt->before))
        return;
    now = prompt->before;
    now.c_lflag &= ~(tcflag_t)ECHO;
    prompt->quiet = tcsetattr(prompt->terminal, TCSAFLUSH, &now) == 0;
}

/* false: there is no terminal. */
static bool begin(struct prompt *prompt, struct hw_loop *loop, const char *question)
{
    stop(prompt);
    prompt->terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (prompt->terminal < 0)
        return false;
    be_quiet(prompt);
    fprintf(stderr, "%s: ", question);
    fflush(stderr);
    prompt->watch = hw_loop_watch(loop, prompt->terminal, HW_READ, on_line, prompt);
    return true;
}

/* What AWS asks. */

static void on_code(void *data, const char *line)
{
    struct hw_cli_ask *ask = data;
    hw_aws_answer(hw_session_aws(ask->cli->session), line);
}

static void on_ask(void *data, const char *question)
{
    struct hw_cli_ask *ask = data;
    if (!begin(&ask->prompt, ask->cli->loop, question))
        hw_aws_answer(hw_session_aws(ask->cli->session), NULL);
}

static void on_done(void *data)
{
    struct hw_cli_ask *ask = data;
    stop(&ask->prompt);
}

bool hw_cli_ask_init(struct hw_cli *cli, struct hw_aws_asker *ret)
{
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    bool usable = terminal >= 0 && isatty(STDERR_FILENO);
    if (terminal >= 0)
        close(terminal);
    if (!usable)
        return false;
    cli->ask = HW_NEW(struct hw_cli_ask);
    *cli->ask = (struct hw_cli_ask){.cli = cli};
    cli->ask->prompt = (struct prompt){.terminal = -1, .fn = on_code, .data = cli->ask};
    *ret = (struct hw_aws_asker){on_ask, on_done, cli->ask};
    return true;
}

void hw_cli_ask_done(struct hw_cli *cli)
{
    if (!cli->ask)
        return;
    stop(&cli->ask->prompt);
    free(cli->ask);
    cli->ask = NULL;
}

/* Passwords. */

struct password {
    struct hw_secret *secret;
    bool answered;
};

static void on_password(void *data, const char *line)
{
    struct password *password = data;
    password->answered = true;
    if (line && *line)
        password->secret = hw_secret_new(line, strlen(line));
}

/* False: there is no terminal. *ret stays NULL where nothing was typed. */
static bool ask_secret(struct hw_loop *loop, const char *question, const bool *interrupted,
                       struct hw_secret **ret)
{
    struct password password = {0};
    struct prompt prompt = {.terminal = -1, .fn = on_password, .data = &password};
    *ret = NULL;
    if (!isatty(STDERR_FILENO) || !begin(&prompt, loop, question))
        return false;
    while (!password.answered && !*interrupted)
        hw_loop_step(loop, -1);
    stop(&prompt);
    *ret = password.secret;
    return true;
}

static bool fail_interrupted(struct hw_err *err)
{
    return hw_fail(err, HW_ERR_INTERRUPTED, "%s", _("interrupted; nothing was changed"));
}

struct hw_secret *hw_ask_secret(struct hw_loop *loop, const char *question, const bool *interrupted,
                                struct hw_err *err)
{
    struct hw_secret *secret;
    if (!ask_secret(loop, question, interrupted, &secret))
        hw_fail(err, HW_ERR_AUTH, "%s",
                _("a password is needed, and there is no terminal to ask on"));
    else if (*interrupted)
        fail_interrupted(err);
    else if (!secret)
        hw_fail(err, HW_ERR_AUTH, "%s", _("no password was typed"));
    return secret;
}

static bool ask_password(struct hw_loop *loop, const struct hw_options *options,
                         const bool *interrupted, struct hw_login *ret, struct hw_err *err)
{
    ret->ticket = options->user && hw_negotiate_has_ticket(options->user);
    if (!options->user || ret->ticket)
        return true;
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&clean, options->user, strlen(options->user), false);
    hw_auto_text question = hw_format(_("Password of %s on the nodes"), hw_buf_cstr(&clean));
    ret->password = hw_ask_secret(loop, question, interrupted, err);
    if (!ret->password && strchr(options->user, '@') && err->code == HW_ERR_AUTH)
        hw_err_next(err, _("Or get a Kerberos ticket first: kinit %s"), hw_buf_cstr(&clean));
    return ret->password != NULL;
}

/* Passphrases. */

#define TRIES 3

static bool fail_no_terminal(const char *path, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH,
            _("%s is protected by a passphrase, and there is no terminal to ask for it on"), path);
    return hw_err_next(err,
                       _("Name a copy without a passphrase; or, for SSH alone, leave out "
                         "--key-file and load it into the agent: ssh-add %s"),
                       path);
}

/* A key that was only found may not be needed: without a terminal, or with Enter alone, nodes are
 * reached without it, or say why not. */
static bool ask_passphrase(struct hw_loop *loop, const char *path, bool named,
                           const bool *interrupted, struct hw_secret **ret, struct hw_err *err)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&clean, path, strlen(path), false);
    hw_auto_text question =
        hw_format(_("Passphrase of %s (Enter: go on without)"), hw_buf_cstr(&clean));
    for (int i = 0; i < TRIES; i++) {
        if (!ask_secret(loop, question, interrupted, ret))
            return !named || fail_no_terminal(hw_buf_cstr(&clean), err);
        if (*interrupted)
            return fail_interrupted(err);
        if (!*ret || !hw_ssh_key_lacks_passphrase(path, *ret))
            return true;
        hw_secret_free(*ret);
        *ret = NULL;
        fprintf(stderr, "%s\n", _("That passphrase does not fit."));
    }
    hw_fail(err, HW_ERR_AUTH, _("the passphrase does not fit %s"), hw_buf_cstr(&clean));
    return hw_err_next(err, _("Change it, or take it off a copy: ssh-keygen -p -f %s"),
                       hw_buf_cstr(&clean));
}

bool hw_login_ask(struct hw_loop *loop, const struct hw_options *options, const char *key_pair,
                  const bool *interrupted, struct hw_login *ret, struct hw_err *err)
{
    *ret = (struct hw_login){0};
    if (!ask_password(loop, options, interrupted, ret, err))
        return false;
    hw_auto_text path =
        hw_options_reach_nodes(options) ? hw_session_key_file(options->key_file, key_pair) : NULL;
    if (!path || !hw_ssh_key_lacks_passphrase(path, NULL) ||
        ask_passphrase(loop, path, options->key_file, interrupted, &ret->passphrase, err))
        return true;
    hw_secret_free(ret->password);
    hw_secret_free(ret->passphrase);
    *ret = (struct hw_login){0};
    return false;
}

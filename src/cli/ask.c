/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a person on the terminal, whatever standard input and output are, while the loop runs. */
#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "cli/cli.h"

#define LINE_MAX_BYTES 256

struct hw_cli_ask {
    struct hw_cli *cli;
    int terminal;
    struct hw_watch *watch;
    struct termios before;
    bool quiet; /* the echo is off: `before` puts it back */
};

static void stop(struct hw_cli_ask *ask)
{
    hw_watch_remove(ask->watch);
    ask->watch = NULL;
    if (ask->quiet)
        tcsetattr(ask->terminal, TCSAFLUSH, &ask->before);
    ask->quiet = false;
    if (ask->terminal >= 0)
        close(ask->terminal);
    ask->terminal = -1;
}

static void on_line(void *data, int fd, unsigned events HW_UNUSED)
{
    struct hw_cli_ask *ask = data;
    char line[LINE_MAX_BYTES];
    ssize_t n = read(fd, line, sizeof line - 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    stop(ask);
    fputc('\n', stderr);
    hw_aws_answer(hw_session_aws(ask->cli->session), n > 0 ? line : NULL);
    hw_wipe(line, sizeof line);
}

static void be_quiet(struct hw_cli_ask *ask)
{
    struct termios now;
    if (tcgetattr(ask->terminal, &ask->before))
        return;
    now = ask->before;
    now.c_lflag &= ~(tcflag_t)ECHO;
    ask->quiet = tcsetattr(ask->terminal, TCSAFLUSH, &now) == 0;
}

static void on_ask(void *data, const char *question)
{
    struct hw_cli_ask *ask = data;
    stop(ask);
    ask->terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (ask->terminal < 0) {
        hw_aws_answer(hw_session_aws(ask->cli->session), NULL);
        return;
    }
    be_quiet(ask);
    fprintf(stderr, "%s: ", question);
    fflush(stderr);
    ask->watch = hw_loop_watch(ask->cli->loop, ask->terminal, HW_READ, on_line, ask);
}

static void on_done(void *data)
{
    stop(data);
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
    *cli->ask = (struct hw_cli_ask){.cli = cli, .terminal = -1};
    *ret = (struct hw_aws_asker){on_ask, on_done, cli->ask};
    return true;
}

void hw_cli_ask_done(struct hw_cli *cli)
{
    if (!cli->ask)
        return;
    stop(cli->ask);
    free(cli->ask);
    cli->ask = NULL;
}

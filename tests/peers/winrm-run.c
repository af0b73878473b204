/* SPDX-License-Identifier: Apache-2.0 */
/* One command on a machine through WinRM, for servers that are no part of the project.
 * winrm-run basic|negotiate PORT [plain] [asks] [user=U] [pin=HEX] [host=NAME] [again] COMMAND
 * The password is the first line of standard input. Prints the output; status 3: refused, 4: lost.
 * asks: without a pin the system's authorities may vouch, and a certificate that they do not know
 * is told. again: the command runs twice, so that a second shell follows the first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/winrm.h"

struct run {
    struct hw_loop *loop;
    struct hw_multi *multi;
    struct hw_winrm *winrm;
    struct hw_wsman_target target;
    struct hw_winrm_command command;
    unsigned times;
    int status;
};

static void start(void *data);

static void on_output(void *data HW_UNUSED, bool is_error, const char *bytes, size_t n)
{
    fwrite(bytes, 1, n, is_error ? stderr : stdout);
}

static void on_closed(void *data)
{
    struct run *run = data;
    run->winrm = NULL;
    if (run->status == 0 && --run->times > 0)
        hw_loop_timer(run->loop, 0, start, run);
    else
        hw_loop_stop(run->loop);
}

static void on_ended(void *data, enum hw_winrm_end how, int exit_code, const struct hw_err *err)
{
    struct run *run = data;
    char text[2048];
    run->status = how == HW_WINRM_ENDED ? exit_code : how == HW_WINRM_REFUSED ? 3 : 4;
    if (err)
        fprintf(stderr, "%s\n", hw_err_text(err, text, sizeof text));
    hw_winrm_close(run->winrm, on_closed, run);
}

static void start(void *data)
{
    struct run *run = data;
    struct hw_winrm_handler handler = {.output = on_output, .ended = on_ended, .data = run};
    run->winrm = hw_winrm_start(run->multi, run->loop, &run->target, &run->command, &handler);
}

static struct hw_secret *read_password(void)
{
    char line[256] = "";
    if (!fgets(line, sizeof line, stdin))
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return hw_secret_new(line, strlen(line));
}

static const char *value_of(const char *argument, const char *name)
{
    return hw_text_starts(argument, name) ? argument + strlen(name) : NULL;
}

static void on_unknown(void *data HW_UNUSED, const struct hw_wsman_certificate *shown)
{
    fprintf(stderr, "unknown %s\n", shown->sha256);
}

static void take(struct run *run, const char *argument)
{
    const char *value;
    if (!strcmp(argument, "plain"))
        run->target.plain = true;
    else if (!strcmp(argument, "asks"))
        run->target.unknown = on_unknown;
    else if (!strcmp(argument, "again"))
        run->times = 2;
    else if ((value = value_of(argument, "user=")))
        run->target.user = value;
    else if ((value = value_of(argument, "pin=")))
        run->target.pin = value;
    else if ((value = value_of(argument, "host=")))
        run->target.host = value;
    else if ((value = value_of(argument, "ca=")))
        run->target.ca_file = value;
    else
        run->command.line = argument;
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    struct run run = {.times = 1, .loop = hw_loop_new(&err)};
    if (argc < 4 || !run.loop)
        return 2;
    struct hw_work *work = hw_work_new(run.loop, 1);
    struct hw_secret *password = read_password();
    run.multi = hw_multi_new(run.loop, 4);
    run.target = (struct hw_wsman_target){
        .address = "127.0.0.1",
        .port = (unsigned)strtoul(argv[2], NULL, 10),
        .auth = strcmp(argv[1], "basic") ? HW_WSMAN_NEGOTIATE : HW_WSMAN_BASIC,
        .user = "Administrator",
        .password = password,
        .work = work,
    };
    for (int i = 3; i < argc; i++)
        take(&run, argv[i]);
    start(&run);
    hw_loop_run(run.loop);
    hw_multi_free(run.multi);
    hw_work_free(work);
    hw_secret_free(password);
    hw_loop_free(run.loop);
    return run.status;
}

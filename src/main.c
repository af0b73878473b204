/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments, locale, and which room does the work. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "wizard.h"

static int (*const commands[HW_CMD_COUNT])(struct hw_cli *cli) = {
    [HW_CMD_NEW] = hw_cmd_new,           [HW_CMD_CHECK] = hw_cmd_check,
    [HW_CMD_SECRET] = hw_cmd_secret,     [HW_CMD_GENERATE] = hw_cmd_generate,
    [HW_CMD_PLAN] = hw_cmd_plan,         [HW_CMD_DEPLOY] = hw_cmd_deploy,
    [HW_CMD_STATUS] = hw_cmd_status,     [HW_CMD_LOGS] = hw_cmd_logs,
    [HW_CMD_DIAGNOSE] = hw_cmd_diagnose, [HW_CMD_FOLLOW] = hw_cmd_follow,
    [HW_CMD_BUNDLE] = hw_cmd_bundle,     [HW_CMD_RETRY] = hw_cmd_node,
    [HW_CMD_HOLD] = hw_cmd_node,         [HW_CMD_RELEASE] = hw_cmd_node,
    [HW_CMD_ROLLBACK] = hw_cmd_rollback, [HW_CMD_DESTROY] = hw_cmd_destroy,
};

/* A locale that the machine lacks must not cost us UTF-8. */
static void set_locale(const char *lang)
{
    if (lang)
        setenv("LANGUAGE", lang, 1);
    const char *set = setlocale(LC_ALL, "");
    if (!set || (lang && (strcmp(set, "C") == 0 || strcmp(set, "POSIX") == 0)))
        setlocale(LC_ALL, "C.UTF-8");
    setlocale(LC_NUMERIC, "C"); /* numbers in JSON and YAML */
    const char *folder = getenv("HPCWIZ_LOCALEDIR");
    bindtextdomain(PACKAGE, folder && *folder ? folder : LOCALEDIR);
    bind_textdomain_codeset(PACKAGE, "UTF-8");
    textdomain(PACKAGE);
}

/* Before the options are read: a wrong option is complained about in the right language. */
static const char *early_lang(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            return argv[i + 1];
        if (strncmp(argv[i], "--lang=", 7) == 0)
            return argv[i] + 7;
    }
    return NULL;
}

static int print_help(const struct hw_options *options)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    if (options->version)
        hw_buf_print(&text, "%s\n", PACKAGE_STRING);
    else
        hw_options_help(options->command, &text);
    fputs(hw_buf_cstr(&text), stdout);
    if (fflush(stdout) == 0)
        return 0;
    if (errno != EPIPE)
        fprintf(stderr, _("hpcwiz: cannot write to standard output: %s\n"), strerror(errno));
    return 1;
}

static int run_command(const struct hw_options *options)
{
    struct hw_cli cli;
    struct hw_err err = {0};
    if (!hw_cli_init(&cli, options, &err)) {
        char text[2048];
        fprintf(stderr, "hpcwiz: %s\n", hw_err_text(&err, text, sizeof text));
        return hw_err_exit_status(&err);
    }
    int status = commands[options->command](&cli);
    hw_cli_done(&cli);
    return status;
}

/* A program that reads our lines reads its own mistakes too. */
static void tell_wrong_usage(int argc, char **argv, const struct hw_err *err)
{
    bool json = false;
    for (int i = 1; i < argc; i++)
        json = json || strcmp(argv[i], "--json") == 0;
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_TEXT);
    if (json && hw_event_json(&(struct hw_event){.type = HW_EV_RESULT,
                                                 .u.result = {.command = "", .err = err}},
                              &line))
        printf("%s\n", hw_buf_cstr(&line));
}

/* A descriptor that was closed would be given to the first file or socket that is opened, and
 * output would go there. Standard output stays unwritable, so that a lost line is noticed. */
static void fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
            _exit(1);
    }
}

static int run(int argc, char **argv)
{
    struct hw_options options;
    struct hw_err err = {0};
    if (!hw_options_parse(argc, argv, &options, &err)) {
        char text[2048];
        tell_wrong_usage(argc, argv, &err);
        fprintf(stderr, "hpcwiz: %s\n", hw_err_text(&err, text, sizeof text));
        return hw_err_exit_status(&err);
    }
    int status;
    if (options.help || options.version)
        status = print_help(&options);
    else if (options.command == HW_CMD_WIZARD)
        status = hw_wizard_run(&options);
    else
        status = run_command(&options);
    hw_options_done(&options);
    return status;
}

int main(int argc, char **argv)
{
#ifndef HPCWIZ_ASAN /* the leak check looks into its own process */
    hw_secret_protect_process();
#endif
    fill_standard_files();
    set_locale(early_lang(argc, argv));
    hw_trace_open();
    int status = run(argc, argv);
    hw_trace_close();
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "sim/scenario.h"
#include "sim/server.h"

struct options {
    struct sim_cloud_config cloud;
    struct sim_faults faults;
    const char *ready_file;
    unsigned port;
    bool verbose, until_eof;
};

enum option_id {
    OPT_ACCOUNT = 256,
    OPT_FAULT,
    OPT_HELP,
    OPT_KEY_FILE,
    OPT_PORT,
    OPT_READY,
    OPT_SCENARIO,
    OPT_SEED,
    OPT_SPEED,
    OPT_STATE,
    OPT_UNMANAGED,
    OPT_UNTIL_EOF,
    OPT_VERSION,
    OPT_VPC_CIDR,
    OPT_WINRM_PORT,
};

static const struct option LONG_OPTIONS[] = {
    {"account", required_argument, NULL, OPT_ACCOUNT},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"help", no_argument, NULL, OPT_HELP},
    {"key-file", required_argument, NULL, OPT_KEY_FILE},
    {"port", required_argument, NULL, OPT_PORT},
    {"ready-file", required_argument, NULL, OPT_READY},
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"seed", required_argument, NULL, OPT_SEED},
    {"speed", required_argument, NULL, OPT_SPEED},
    {"state", required_argument, NULL, OPT_STATE},
    {"unmanaged", no_argument, NULL, OPT_UNMANAGED},
    {"until-eof", no_argument, NULL, OPT_UNTIL_EOF},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, OPT_VERSION},
    {"vpc-cidr", required_argument, NULL, OPT_VPC_CIDR},
    {"winrm-port", required_argument, NULL, OPT_WINRM_PORT},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts(_("Usage: hpcwiz-sim [OPTION]...\n"
           "A simulated AWS account on this machine's loopback interface, for demonstrations\n"
           "and tests. Point an AWS client at it with --endpoint-url.\n"));
    puts(_("  --port N           listen on 127.0.0.1:N (default: a free port)\n"
           "  --scenario NAME    what the nodes play: a name or a YAML file (default: ok)\n"
           "  --account FILE     what the account holds (default: account.yaml)\n"
           "  --speed X          durations are divided by X (default: 1)\n"
           "  --seed N           the same seed gives the same names and durations\n"
           "  --state FILE       keep the account in FILE over restarts"));
    puts(_("  --key-file FILE    write the private key of key pair hpc-admin to FILE\n"
           "  --vpc-cidr CIDR    network of the main VPC, a /16 of 127.0.0.0/8\n"
           "  --winrm-port N     port of the nodes (default: 5986)\n"
           "  --ready-file FILE  write the address to FILE once it is reachable\n"
           "  --unmanaged        Systems Manager has no agent on the nodes\n"
           "  --until-eof        end when standard input is closed\n"
           "  --fault SPEC       KIND[:SERVICE[:AMOUNT]], may be repeated; KIND is throttle,\n"
           "                     500, 503, reset, lost, malformed, expired, denied or\n"
           "                     delay"));
    puts(_("  -v, --verbose      one line an answer on standard error\n"
           "  --help, --version\n"));
    puts(_("Keys: HPCWIZ_SIM_ACCESS_KEY_ID, HPCWIZ_SIM_SECRET_ACCESS_KEY and\n"
           "HPCWIZ_SIM_SESSION_TOKEN; without them AWS's documentation key is accepted.\n"));
    hw_auto(hw_strv) scenarios = {0};
    sim_scenario_list(&scenarios);
    puts(scenarios.count ? _("Scenarios:") : _("No scenarios are installed."));
    for (size_t i = 0; i + 1 < scenarios.count; i += 2)
        printf("  %-22s %s\n", scenarios.items[i], scenarios.items[i + 1]);
}

static bool parse_number(const char *name, const char *text, long max, long *ret,
                         struct hw_err *err)
{
    if (hw_parse_int(text, 0, max, ret))
        return true;
    hw_fail(err, HW_ERR_USAGE, _("--%s: '%s' is no number from 0 to %ld"), name, text, max);
    return false;
}

static bool parse_speed(const char *text, double *ret, struct hw_err *err)
{
    char *end;
    *ret = strtod(text, &end);
    if (end != text && *end == '\0' && *ret >= 0.01 && *ret <= 100000)
        return true;
    return hw_fail(err, HW_ERR_USAGE, _("--speed: '%s' is no number from 0.01 to 100000"), text);
}

static bool set_number(struct options *options, int id, struct hw_err *err)
{
    long value = 0;
    const char *name = id == OPT_PORT ? "port" : id == OPT_SEED ? "seed" : "winrm-port";
    if (!parse_number(name, optarg, id == OPT_SEED ? 2147483647L : 65535L, &value, err))
        return false;
    if (id == OPT_PORT)
        options->port = (unsigned)value;
    else if (id == OPT_SEED)
        options->cloud.seed = (uint64_t)value;
    else
        options->cloud.winrm_port = (unsigned)value;
    return true;
}

static bool set_text(struct options *options, int id)
{
    const struct {
        int id;
        const char **slot;
    } slots[] = {
        {OPT_ACCOUNT, &options->cloud.account_file}, {OPT_KEY_FILE, &options->cloud.key_file},
        {OPT_SCENARIO, &options->cloud.scenario},    {OPT_STATE, &options->cloud.state_file},
        {OPT_VPC_CIDR, &options->cloud.vpc_cidr},    {OPT_READY, &options->ready_file},
    };
    for (size_t i = 0; i < HW_COUNT(slots); i++) {
        if (slots[i].id == id) {
            *slots[i].slot = optarg;
            return true;
        }
    }
    return false;
}

static bool set_option(struct options *options, int id, struct hw_err *err)
{
    switch (id) {
    case OPT_PORT:
    case OPT_SEED:
    case OPT_WINRM_PORT:
        return set_number(options, id, err);
    case OPT_SPEED:
        return parse_speed(optarg, &options->cloud.speed, err);
    case OPT_FAULT:
        return sim_fault_add(&options->faults, optarg, err);
    case OPT_UNMANAGED:
        options->cloud.unmanaged = true;
        return true;
    case OPT_UNTIL_EOF:
        options->until_eof = true;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    default:
        return set_text(options, id) || hw_fail(err, HW_ERR_USAGE, _("see hpcwiz-sim --help"));
    }
}

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* AWS's own documentation key: every client's examples use it. */
static void choose_key(struct sim_cloud_config *config)
{
    config->access_key = environment("HPCWIZ_SIM_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    config->secret_key =
        environment("HPCWIZ_SIM_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    config->session_token = environment("HPCWIZ_SIM_SESSION_TOKEN", "");
}

/* 0: go on; otherwise 1 + the exit status. */
static int read_options(int argc, char **argv, struct options *options, struct hw_err *err)
{
    int id;
    while ((id = getopt_long(argc, argv, "v", LONG_OPTIONS, NULL)) >= 0) {
        if (id == OPT_HELP || id == OPT_VERSION) {
            if (id == OPT_HELP)
                print_help();
            else
                puts("hpcwiz-sim (" PACKAGE_NAME ") " PACKAGE_VERSION);
            return 1;
        }
        if (!set_option(options, id, err))
            return 1 + hw_err_exit_status(err);
    }
    if (optind < argc) {
        hw_fail(err, HW_ERR_USAGE, _("'%s' is not expected here"), argv[optind]);
        return 1 + hw_err_exit_status(err);
    }
    return 0;
}

static void on_signal(void *data, int signo HW_UNUSED)
{
    hw_loop_stop(data);
}

/* Whoever started us is gone when the other end of standard input closes. */
static void on_input(void *data, int fd, unsigned events HW_UNUSED)
{
    char bytes[256];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        hw_loop_stop(data);
}

static bool announce(const struct options *options, unsigned port, struct hw_err *err)
{
    hw_auto_text line = hw_format("http://127.0.0.1:%u\n", port);
    printf("hpcwiz-sim: listening on %s", line);
    fflush(stdout);
    return !options->ready_file ||
           hw_file_write(options->ready_file, line, strlen(line), 0600, err);
}

static bool serve(struct options *options, struct hw_loop *loop, struct hw_err *err)
{
    options->cloud.loop = loop;
    struct sim_cloud *cloud = sim_cloud_new(&options->cloud, err);
    struct sim_server *server =
        cloud ? sim_server_new(cloud, &options->faults, options->port, options->verbose, err)
              : NULL;
    bool ok = server && announce(options, sim_server_port(server), err);
    if (ok && options->until_eof)
        hw_loop_watch(loop, STDIN_FILENO, HW_READ, on_input, loop);
    if (ok)
        hw_loop_run(loop);
    sim_server_free(server);
    sim_cloud_free(cloud);
    return ok;
}

static bool run(struct options *options, struct hw_err *err)
{
    struct hw_loop *loop = hw_loop_new(err);
    if (!loop)
        return false;
    signal(SIGPIPE, SIG_IGN);
    bool ok = hw_loop_signal(loop, SIGTERM, on_signal, loop, err) &&
              hw_loop_signal(loop, SIGINT, on_signal, loop, err) &&
              hw_loop_signal(loop, SIGHUP, on_signal, loop, err) && serve(options, loop, err);
    hw_loop_free(loop);
    return ok;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    bindtextdomain(PACKAGE_NAME, LOCALEDIR);
    textdomain(PACKAGE_NAME);
    hw_trace_open();
    struct options options = {.cloud = {.speed = 1, .play_nodes = true}};
    struct hw_err err = {0};
    choose_key(&options.cloud);
    int status = read_options(argc, argv, &options, &err);
    if (status)
        status--;
    else if (!run(&options, &err))
        status = hw_err_exit_status(&err);
    if (err.code) {
        char text[2048];
        fprintf(stderr, "hpcwiz-sim: %s\n", hw_err_text(&err, text, sizeof text));
    }
    hw_trace_close();
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <getopt.h>

#include "base/text.h"

#define LOG_SPACE_MAX 1048576L /* MiB */
#define BIT(command)  (1u << (command))
#define EVERY_COMMAND (~0u)
#define ONLINE                                                                                     \
    (BIT(HW_CMD_WIZARD) | BIT(HW_CMD_CHECK) | BIT(HW_CMD_SECRET) | BIT(HW_CMD_PLAN) |              \
     BIT(HW_CMD_DEPLOY) | BIT(HW_CMD_STATUS) | BIT(HW_CMD_LOGS) | BIT(HW_CMD_DIAGNOSE) |           \
     BIT(HW_CMD_FOLLOW) | BIT(HW_CMD_BUNDLE) | BIT(HW_CMD_RETRY) | BIT(HW_CMD_HOLD) |              \
     BIT(HW_CMD_RELEASE) | BIT(HW_CMD_ROLLBACK) | BIT(HW_CMD_DESTROY))
#define NODES                                                                                      \
    (BIT(HW_CMD_WIZARD) | BIT(HW_CMD_DEPLOY) | BIT(HW_CMD_STATUS) | BIT(HW_CMD_LOGS) |             \
     BIT(HW_CMD_DIAGNOSE) | BIT(HW_CMD_FOLLOW) | BIT(HW_CMD_BUNDLE))

struct command {
    const char *word, *arguments, *summary;
    size_t min_args, max_args;
};

static const struct command commands[HW_CMD_COUNT] = {
    [HW_CMD_WIZARD] = {"", "[CLUSTER.yaml]", N_("the full-screen wizard"), 0, 1},
    [HW_CMD_NEW] = {"new", "FILE", N_("write a cluster file with every key explained"), 1, 1},
    [HW_CMD_CHECK] = {"check", "FILE", N_("run the pre-flight checks"), 0, 1},
    [HW_CMD_SECRET] = {"secret", "FILE KEY", N_("make a missing secret in Systems Manager"), 2, 2},
    [HW_CMD_GENERATE] = {"generate", "FILE -o DIR", N_("write templates, scripts and deploy.sh"), 1,
                         1},
    [HW_CMD_PLAN] = {"plan", "FILE", N_("show what a deployment would change and cost"), 1, 1},
    [HW_CMD_DEPLOY] = {"deploy", "FILE", N_("deploy or update, or take up where it stopped"), 1, 1},
    [HW_CMD_STATUS] = {"status", "FILE", N_("stacks and nodes with their install stage"), 1, 1},
    [HW_CMD_LOGS] = {"logs", "FILE [NODE...]", N_("install logs of all or some nodes"), 1, 64},
    [HW_CMD_DIAGNOSE] = {"diagnose", "FILE", N_("say why an installation failed"), 0, 1},
    [HW_CMD_FOLLOW] = {"follow", "FILE|STACK...",
                       N_("a deployment as it runs, or nodes of any stacks"), 0, 64},
    [HW_CMD_BUNDLE] = {"bundle", "FILE -o OUT.tar.gz",
                       N_("pack events, logs and findings for somebody else"), 0, 1},
    [HW_CMD_RETRY] = {"retry", "FILE NODE", N_("terminate a node; its group starts a new one"), 2,
                      2},
    [HW_CMD_HOLD] = {"hold", "FILE NODE", N_("let nothing take a node's group apart"), 2, 2},
    [HW_CMD_RELEASE] = {"release", "FILE NODE", N_("end a hold"), 2, 2},
    [HW_CMD_ROLLBACK] = {"rollback", "FILE", N_("undo an update that runs, failed or got stuck"), 1,
                         1},
    [HW_CMD_DESTROY] = {"destroy", "FILE", N_("delete the stacks; data volumes are kept"), 1, 1},
};

enum kind { FLAG, TEXT, LIST };

struct option_row {
    const char *name;
    char letter;
    const char *argument; /* in --help; NULL for a flag */
    enum kind kind;
    size_t offset;
    unsigned commands;
    const char *help;
};

#define AT(member) offsetof(struct hw_options, member)

static const struct option_row rows[] = {
    {"demo", 0, NULL, FLAG, AT(demo), BIT(HW_CMD_WIZARD),
     N_("use the bundled simulator; no AWS account is needed")},
    {"scenario", 0, "NAME", TEXT, AT(scenario), BIT(HW_CMD_WIZARD),
     N_("what the simulator plays: ok, no-signal ...")},
    {"speed", 0, "X", TEXT, AT(speed), BIT(HW_CMD_WIZARD),
     N_("how much faster than life the simulator runs")},
    {"seed", 0, "N", TEXT, AT(seed), BIT(HW_CMD_WIZARD), N_("makes a simulator run repeatable")},
    {"plain", 0, NULL, FLAG, AT(plain), BIT(HW_CMD_WIZARD),
     N_("numbered questions, one line at a time")},
    {"set", 0, "KEY=VALUE", LIST, AT(set), BIT(HW_CMD_NEW) | BIT(HW_CMD_DIAGNOSE),
     N_("set a key, or an argument of the test; repeatable")},
    {"list", 0, NULL, FLAG, AT(list), BIT(HW_CMD_CHECK) | BIT(HW_CMD_BUNDLE) | BIT(HW_CMD_DIAGNOSE),
     N_("only print the checks, the tests, or what goes in")},
    {"offline", 0, NULL, FLAG, AT(offline), BIT(HW_CMD_CHECK) | BIT(HW_CMD_BUNDLE),
     N_("only what needs no network")},
    {"anonymous", 0, NULL, FLAG, AT(anonymous), BIT(HW_CMD_BUNDLE),
     N_("replace names, addresses, account numbers")},
    {"max-log", 0, "MIB", TEXT, AT(max_log), BIT(HW_CMD_BUNDLE),
     N_("of each log its last MIB (25)")},
    {"reveal", 0, "MAP", TEXT, AT(reveal), BIT(HW_CMD_BUNDLE),
     N_("turn the words of a bundle back in standard input")},
    {"skip", 0, "ID", LIST, AT(skip), BIT(HW_CMD_CHECK) | BIT(HW_CMD_DEPLOY),
     N_("leave a check out; may be repeated")},
    {"generate", 0, NULL, FLAG, AT(generate), BIT(HW_CMD_SECRET),
     N_("by OpenSSL's generator, instead of standard input")},
    {"kms-key", 0, "KEY", TEXT, AT(kms_key), BIT(HW_CMD_SECRET),
     N_("id, ARN or alias of the key that encrypts it")},
    {"output", 'o', "PATH", TEXT, AT(output), BIT(HW_CMD_GENERATE) | BIT(HW_CMD_BUNDLE),
     N_("where to write")},
    {"yes", 0, NULL, FLAG, AT(yes),
     BIT(HW_CMD_DEPLOY) | BIT(HW_CMD_DIAGNOSE) | BIT(HW_CMD_RETRY) | BIT(HW_CMD_ROLLBACK) |
         BIT(HW_CMD_DESTROY),
     N_("do not ask before")},
    {"detach", 0, NULL, FLAG, AT(detach), BIT(HW_CMD_DEPLOY),
     N_("start, then leave it to CloudFormation")},
    {"drift", 0, NULL, FLAG, AT(drift), BIT(HW_CMD_STATUS),
     N_("look for what was changed outside CloudFormation")},
    {"refresh-images", 0, NULL, FLAG, AT(refresh_images), BIT(HW_CMD_PLAN) | BIT(HW_CMD_DEPLOY),
     N_("take newer images of the public parameters")},
    {"take-over", 0, NULL, FLAG, AT(take_over),
     BIT(HW_CMD_DEPLOY) | BIT(HW_CMD_ROLLBACK) | BIT(HW_CMD_DESTROY),
     N_("go on for a run on another machine that is gone")},
    {"retry", 0, NULL, FLAG, AT(retry), BIT(HW_CMD_DEPLOY),
     N_("delete stacks whose making failed, and make them again")},
    {"allow-data-loss", 0, "STACK/RESOURCE", LIST, AT(allow_loss), BIT(HW_CMD_DEPLOY),
     N_("let an update lose the data on it; may be repeated")},
    {"stack", 0, "NAME", LIST, AT(stacks), BIT(HW_CMD_ROLLBACK) | BIT(HW_CMD_DESTROY),
     N_("only this stack; may be repeated")},
    {"skip-resource", 0, "[STACK/]ID", LIST, AT(skip_resources), BIT(HW_CMD_ROLLBACK),
     N_("leave it out of a stuck rollback; may be repeated")},
    {"delete-data", 0, NULL, FLAG, AT(delete_data), BIT(HW_CMD_DESTROY),
     N_("delete the data volumes too")},
    {"follow", 'f', NULL, FLAG, AT(follow), BIT(HW_CMD_LOGS), N_("go on as lines arrive")},
    {"since", 0, "TIME", TEXT, AT(since), BIT(HW_CMD_LOGS),
     N_("lines since then: 15m, 2h or 2026-11-22T20:15:00Z")},
    {"grep", 0, "RE", TEXT, AT(grep), BIT(HW_CMD_LOGS), N_("lines that match")},
    {"tail", 'n', "N", TEXT, AT(tail), BIT(HW_CMD_LOGS), N_("the last N lines")},
    {"log", 0, "FILE", LIST, AT(logs), BIT(HW_CMD_DIAGNOSE),
     N_("a saved log; NODE=FILE names its node; repeatable")},
    {"test", 0, "NAME", TEXT, AT(test), BIT(HW_CMD_DIAGNOSE),
     N_("run a test that only reads, on a node")},
    {"node", 0, "NAME", TEXT, AT(node), BIT(HW_CMD_DIAGNOSE), N_("the node of the test")},
    {"rules", 0, "DIR", TEXT, AT(rules),
     BIT(HW_CMD_WIZARD) | BIT(HW_CMD_DEPLOY) | BIT(HW_CMD_DIAGNOSE),
     N_("diagnosis rules of your own, beside the others")},
    {"instances", 0, "ID,...", TEXT, AT(instances), BIT(HW_CMD_FOLLOW),
     N_("instance ids of a cluster that hpcwiz did not deploy")},
    {"key-file", 'i', "FILE", TEXT, AT(key_file), NODES,
     N_("private key of the key pair: Windows password, SSH")},
    {"user", 'u', "NAME", TEXT, AT(user), NODES,
     N_("log in to the nodes as DOMAIN\\name or name@REALM")},
    {"no-secret-lookup", 0, NULL, FLAG, AT(no_secret_lookup), NODES,
     N_("hide secrets in logs by their looks alone")},
    {"log-space", 0, "MIB", TEXT, AT(log_space), NODES,
     N_("disk for log lines while it runs (2048)")},
    {"region", 0, "REGION", TEXT, AT(region), ONLINE, N_("AWS Region")},
    {"profile", 0, "NAME", TEXT, AT(profile), ONLINE, N_("profile of the AWS configuration")},
    {"endpoint-url", 0, "URL", TEXT, AT(endpoint_url), ONLINE, N_("another AWS endpoint")},
    {"log-file", 0, "FILE", TEXT, AT(log_file), ONLINE, N_("write every API call to FILE")},
    {"json", 0, NULL, FLAG, AT(json), EVERY_COMMAND, N_("one JSON object a line")},
    {"no-color", 0, NULL, FLAG, AT(no_color), EVERY_COMMAND, N_("no colours (also NO_COLOR)")},
    {"ascii", 0, NULL, FLAG, AT(ascii), EVERY_COMMAND, N_("plain signs instead of line drawing")},
    {"lang", 0, "LANG", TEXT, AT(lang), EVERY_COMMAND, N_("language of the messages: en, nl, de")},
    {"verbose", 'v', NULL, FLAG, AT(verbose), EVERY_COMMAND, N_("say more")},
    {"version", 'V', NULL, FLAG, AT(version), EVERY_COMMAND, N_("print the version")},
    {"help", 'h', NULL, FLAG, AT(help), EVERY_COMMAND, N_("print this help")},
};

bool hw_options_log_space(const struct hw_options *options, uint64_t *ret, struct hw_err *err)
{
    long mib = 0;
    if (options->log_space && !hw_parse_int(options->log_space, 1, LOG_SPACE_MAX, &mib))
        return hw_fail(err, HW_ERR_USAGE, _("--log-space takes 1 to %ld MiB, not '%s'"),
                       LOG_SPACE_MAX, options->log_space);
    *ret = (uint64_t)mib << 20;
    return true;
}

bool hw_options_reach_nodes(const struct hw_options *options)
{
    bool stays_away = options->demo || options->detach || options->offline || options->list;
    return (BIT(options->command) & NODES) && !stays_away;
}

const char *hw_command_word(enum hw_command_id id)
{
    return commands[id].word;
}

static bool find_command(const char *word, enum hw_command_id *ret)
{
    for (size_t i = HW_CMD_WIZARD + 1; i < HW_CMD_COUNT; i++) {
        if (strcmp(commands[i].word, word) == 0) {
            *ret = (enum hw_command_id)i;
            return true;
        }
    }
    return false;
}

static void take(struct hw_options *options, const struct option_row *row, char *argument)
{
    char *at = (char *)options + row->offset;
    switch (row->kind) {
    case FLAG:
        *(bool *)at = true;
        break;
    case TEXT:
        *(const char **)at = argument;
        break;
    case LIST:
        hw_strv_add((struct hw_strv *)at, argument);
        break;
    }
}

/* The tables of getopt_long(3), made from ours. */
static void getopt_tables(struct option long_options[], char letters[])
{
    size_t used = 0;
    letters[used++] = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < HW_COUNT(rows); i++) {
        int has = rows[i].argument ? required_argument : no_argument;
        long_options[i] = (struct option){rows[i].name, has, NULL, 256 + (int)i};
        if (rows[i].letter) {
            letters[used++] = rows[i].letter;
            if (rows[i].argument)
                letters[used++] = ':';
        }
    }
    long_options[HW_COUNT(rows)] = (struct option){0};
    letters[used] = '\0';
}

static const struct option_row *row_of(int value)
{
    if (value >= 256)
        return &rows[value - 256];
    for (size_t i = 0; i < HW_COUNT(rows); i++) {
        if (rows[i].letter == value && value)
            return &rows[i];
    }
    return NULL;
}

static bool usage_error(struct hw_err *err, enum hw_command_id command)
{
    const char *word = commands[command].word;
    return hw_err_next(err, _("Try: hpcwiz %s%s--help"), word, *word ? " " : "");
}

/* Too short a word is near to everything. */
#define SUGGEST_FROM 4u

static bool unknown_option(struct hw_err *err, enum hw_command_id command, const char *given)
{
    const char *names[HW_COUNT(rows)];
    size_t count = 0;
    for (size_t i = 0; i < HW_COUNT(rows); i++) {
        if (rows[i].commands & BIT(command))
            names[count++] = rows[i].name;
    }
    hw_auto_text word = hw_strndup(given, strcspn(given, "="));
    const char *name = word + strspn(word, "-");
    const char *near = strlen(name) >= SUGGEST_FROM ? hw_text_nearest(name, names, count) : NULL;
    hw_fail(err, HW_ERR_USAGE, _("unknown option '%s'"), word);
    if (near)
        return hw_err_next(err, _("Did you mean '--%s'?"), near);
    return usage_error(err, command);
}

/* What getopt_long(3) refused; optopt says which. */
static bool option_error(struct hw_err *err, enum hw_command_id command, int value,
                         const char *given)
{
    const struct option_row *row = optopt ? row_of(optopt) : NULL;
    if (value == ':' && row) {
        hw_fail(err, HW_ERR_USAGE, _("--%s needs a value: %s"), row->name, row->argument);
        return usage_error(err, command);
    }
    if (row) {
        hw_fail(err, HW_ERR_USAGE, _("--%s takes no value"), row->name);
        return usage_error(err, command);
    }
    if (optopt) {
        hw_fail(err, HW_ERR_USAGE, _("unknown option '-%c'"), optopt);
        return usage_error(err, command);
    }
    return unknown_option(err, command, given);
}

/* Of a command line that could not be read to its end, for hints alone. */
static enum hw_command_id meant_command(int argc, char **argv)
{
    enum hw_command_id command = HW_CMD_WIZARD;
    for (int i = 1; i < argc && !find_command(argv[i], &command); i++)
        ;
    return command;
}

static bool take_command(struct hw_options *options, struct hw_err *err)
{
    if (options->args.count == 0)
        return true;
    const char *word = options->args.items[0];
    if (find_command(word, &options->command)) {
        free(options->args.items[0]);
        options->args.count--;
        memmove(options->args.items, options->args.items + 1,
                options->args.count * sizeof *options->args.items);
        return true;
    }
    /* A word without dot or slash that names no file is a mistyped command. */
    if (strpbrk(word, "./"))
        return true;
    const char *names[HW_CMD_COUNT];
    for (size_t i = 0; i < HW_CMD_COUNT; i++)
        names[i] = commands[i].word;
    const char *near = hw_text_nearest(word, names, HW_CMD_COUNT);
    hw_fail(err, HW_ERR_USAGE, _("'%s' is neither a command nor a cluster file"), word);
    if (near && *near)
        return hw_err_next(err, _("Did you mean 'hpcwiz %s'?"), near);
    return usage_error(err, HW_CMD_WIZARD);
}

static bool check_use(const struct hw_options *options, const bool used[], struct hw_err *err)
{
    const struct command *command = &commands[options->command];
    for (size_t i = 0; i < HW_COUNT(rows); i++) {
        if (used[i] && !(rows[i].commands & BIT(options->command))) {
            hw_fail(err, HW_ERR_USAGE, _("--%s does not go with 'hpcwiz %s'"), rows[i].name,
                    command->word);
            return usage_error(err, options->command);
        }
    }
    if (options->help || options->version)
        return true;
    if (!options->demo && (options->scenario || options->speed || options->seed)) {
        hw_fail(err, HW_ERR_USAGE, _("--%s belongs to the demo"),
                options->scenario ? "scenario"
                : options->speed  ? "speed"
                                  : "seed");
        return hw_err_next(err, "%s", _("Add --demo, or leave it out."));
    }
    if (options->args.count < command->min_args || options->args.count > command->max_args) {
        hw_fail(err, HW_ERR_USAGE,
                options->args.count < command->min_args
                    ? _("'hpcwiz %s' needs more: hpcwiz %s%s%s")
                    : _("'hpcwiz %s' takes no further argument: hpcwiz %s%s%s"),
                command->word, command->word, *command->word ? " " : "", command->arguments);
        return usage_error(err, options->command);
    }
    return true;
}

bool hw_options_parse(int argc, char **argv, struct hw_options *ret, struct hw_err *err)
{
    struct option long_options[HW_COUNT(rows) + 1];
    char letters[2 * HW_COUNT(rows) + 2];
    bool used[HW_COUNT(rows)] = {false};
    struct hw_options options = {.command = HW_CMD_WIZARD};
    getopt_tables(long_options, letters);
    optind = 0;
    opterr = 0;
    for (;;) {
        int value = getopt_long(argc, argv, letters, long_options, NULL);
        if (value == -1)
            break;
        if (value == '?' || value == ':') {
            hw_options_done(&options);
            return option_error(err, meant_command(argc, argv), value, argv[optind - 1]);
        }
        const struct option_row *row = row_of(value);
        used[row - rows] = true;
        take(&options, row, optarg);
    }
    for (int i = optind; i < argc; i++)
        hw_strv_add(&options.args, argv[i]);
    if (!take_command(&options, err) || !check_use(&options, used, err)) {
        hw_options_done(&options);
        return false;
    }
    *ret = options;
    return true;
}

void hw_options_done(struct hw_options *options)
{
    hw_strv_done(&options->set);
    hw_strv_done(&options->skip);
    hw_strv_done(&options->logs);
    hw_strv_done(&options->allow_loss);
    hw_strv_done(&options->stacks);
    hw_strv_done(&options->skip_resources);
    hw_strv_done(&options->args);
}

#define HELP_COLUMN 26u

static void help_row(const struct option_row *row, struct hw_buf *out)
{
    size_t before = out->len;
    hw_buf_text(out, "  ");
    if (row->letter)
        hw_buf_print(out, "-%c, ", row->letter);
    else
        hw_buf_text(out, "    ");
    hw_buf_print(out, "--%s%s%s", row->name, row->argument ? " " : "",
                 row->argument ? row->argument : "");
    size_t used = out->len - before;
    if (used >= HELP_COLUMN) { /* no room beside it */
        hw_buf_char(out, '\n');
        used = 0;
    }
    hw_buf_fill(out, ' ', HELP_COLUMN - used);
    hw_buf_print(out, "%s\n", _(row->help));
}

static void help_options(enum hw_command_id id, bool common, struct hw_buf *out)
{
    for (size_t i = 0; i < HW_COUNT(rows); i++) {
        bool is_common = rows[i].commands == EVERY_COMMAND || rows[i].commands == ONLINE;
        if (is_common == common && rows[i].commands & BIT(id))
            help_row(&rows[i], out);
    }
}

void hw_options_help(enum hw_command_id id, struct hw_buf *out)
{
    const struct command *command = &commands[id];
    hw_buf_print(out, _("usage: hpcwiz %s%s%s [OPTION]...\n"), command->word,
                 *command->word ? " " : "", command->arguments);
    hw_buf_print(out, "%s\n\n", _(command->summary));
    if (id == HW_CMD_WIZARD) {
        hw_buf_print(out, "%s\n", _("Commands, for pipelines:"));
        for (size_t i = HW_CMD_WIZARD + 1; i < HW_CMD_COUNT; i++)
            hw_buf_print(out, "  %-10s%-20s%s\n", commands[i].word, commands[i].arguments,
                         _(commands[i].summary));
        hw_buf_char(out, '\n');
    }
    hw_buf_print(out, "%s\n", _("Options:"));
    help_options(id, false, out);
    help_options(id, true, out);
    hw_buf_print(out, "\n%s\n",
                 _("Exit status: 0 done; 1 failed; 2 wrong usage or cluster file; 3 a check found\n"
                   "an error; 4 no usable credentials; 5 interrupted, `hpcwiz deploy` goes on."));
}

static void man_text(const char *text, struct hw_buf *out)
{
    for (const char *p = text; *p; p++) {
        if (*p == '-' || *p == '\\')
            hw_buf_char(out, '\\');
        hw_buf_text(out, *p == '\\' ? "e" : (char[]){*p, '\0'});
    }
}

static void man_row(const struct option_row *row, struct hw_buf *out)
{
    hw_buf_text(out, ".TP\n.B ");
    if (row->letter)
        hw_buf_print(out, "\\-%c, ", row->letter);
    hw_buf_text(out, "\\-\\-");
    man_text(row->name, out);
    if (row->argument)
        hw_buf_print(out, " \\fI%s\\fR", row->argument);
    hw_buf_char(out, '\n');
    man_text(row->help, out);
    hw_buf_text(out, ".\n");
}

void hw_options_man(struct hw_buf *out)
{
    hw_buf_text(out, ".SH COMMANDS\n");
    for (size_t i = HW_CMD_WIZARD + 1; i < HW_CMD_COUNT; i++) {
        hw_buf_print(out, ".TP\n.B hpcwiz %s ", commands[i].word);
        man_text(commands[i].arguments, out);
        hw_buf_char(out, '\n');
        man_text(commands[i].summary, out);
        hw_buf_text(out, ".\n");
    }
    hw_buf_text(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < HW_COUNT(rows); i++)
        man_row(&rows[i], out);
}

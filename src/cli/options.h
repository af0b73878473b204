/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table of options, each with the commands that take it; from it come
 * the parser, --help and the errors. */
#ifndef HW_CLI_OPTIONS_H
#define HW_CLI_OPTIONS_H

#include "base/err.h"
#include "base/mem.h"

enum hw_command_id {
    HW_CMD_WIZARD,
    HW_CMD_NEW,
    HW_CMD_CHECK,
    HW_CMD_SECRET,
    HW_CMD_GENERATE,
    HW_CMD_PLAN,
    HW_CMD_DEPLOY,
    HW_CMD_STATUS,
    HW_CMD_LOGS,
    HW_CMD_DIAGNOSE,
    HW_CMD_FOLLOW,
    HW_CMD_BUNDLE,
    HW_CMD_RETRY,
    HW_CMD_HOLD,
    HW_CMD_RELEASE,
    HW_CMD_ROLLBACK,
    HW_CMD_DESTROY,
    HW_CMD_COUNT,
};

/* Texts are borrowed from argv. */
struct hw_options {
    enum hw_command_id command;
    const char *region, *profile, *endpoint_url, *log_file, *key_file, *user, *lang;
    bool json, no_color, ascii, verbose;
    bool demo, plain;
    const char *scenario, *speed, *seed; /* of the demo */
    struct hw_strv set, skip, logs, allow_loss, stacks, skip_resources;
    bool list, offline, yes, detach, follow, delete_data, anonymous, generate;
    bool retry, take_over, drift, refresh_images, no_secret_lookup;
    const char *output, *since, *grep, *tail, *instances, *rules, *max_log, *reveal, *log_space;
    const char *kms_key, *test, *node;
    struct hw_strv args; /* what is no option, behind the command's name */
    bool help, version;
};

/* HW_ERR_USAGE with a sentence and what to try. */
bool hw_options_parse(int argc, char **argv, struct hw_options *ret, struct hw_err *err);
void hw_options_done(struct hw_options *options);
/* Whether the command logs in to nodes. */
bool hw_options_reach_nodes(const struct hw_options *options);
/* --log-space in bytes; 0: not given. HW_ERR_USAGE. */
bool hw_options_log_space(const struct hw_options *options, uint64_t *ret, struct hw_err *err);
const char *hw_command_word(enum hw_command_id id);
/* --help of the program (HW_CMD_WIZARD) or of one command. */
struct hw_buf;
void hw_options_help(enum hw_command_id id, struct hw_buf *out);
/* The commands and options of hpcwiz(1) as man(7) source. */
void hw_options_man(struct hw_buf *out);

#endif

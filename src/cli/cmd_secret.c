/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the SSM parameter that a key of the cluster file names. The value comes from standard
 * input, or twice from the terminal without echo, or from OpenSSL's generator; never from the
 * command line. */
#include <errno.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "model/cluster_yaml.h"

#define PREFIX "secrets."

/* "secrets.sql_password" or "sql_password". NULL: err. */
static const struct hw_field *find_key(const char *word, struct hw_err *err)
{
    const char *names[16];
    size_t count = 0;
    hw_auto_text full =
        hw_text_starts(word, PREFIX) ? hw_strdup(word) : hw_format(PREFIX "%s", word);
    for (size_t i = 0; i < hw_schema_count(); i++) {
        const struct hw_field *field = hw_schema_at(i);
        if (field->type != HW_TYPE_NAME_OF_SECRET)
            continue;
        if (strcmp(field->key, full) == 0)
            return field;
        if (count < HW_COUNT(names))
            names[count++] = field->key;
    }
    const char *near = hw_text_nearest(full, names, count);
    hw_fail(err, HW_ERR_USAGE, _("'%s' is no key of a secret"), word);
    if (near)
        hw_err_next(err, _("Did you mean '%s'?"), near);
    else
        hw_err_next(err, "%s", _("The keys stand under secrets: in the cluster file."));
    return NULL;
}

/* ---- Reading ---- */

static void on_ready(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    *(bool *)data = true;
}

/* False: a signal came before anything could be read. */
static bool wait_for_input(struct hw_cli *cli)
{
    struct stat status;
    bool ready = false;
    if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode))
        return true;
    struct hw_watch *watch = hw_loop_watch(cli->loop, STDIN_FILENO, HW_READ, on_ready, &ready);
    hw_cli_wait(cli, &ready);
    hw_watch_remove(watch);
    return ready;
}

/* Bytes up to a line's end or the input's; *ret_end: it was reached. */
static bool take_bytes(struct hw_secret *secret, bool *ret_end, struct hw_err *err)
{
    char bytes[256];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ||
               hw_fail_errno(err, "%s", _("standard input cannot be read"));
    const char *end = n > 0 ? memchr(bytes, '\n', (size_t)n) : bytes;
    size_t count = end ? (size_t)(end - bytes) : (size_t)n;
    if (end && count > 0 && bytes[count - 1] == '\r')
        count--;
    bool fits = hw_secret_add(secret, bytes, count);
    hw_wipe(bytes, sizeof bytes);
    *ret_end = end != NULL;
    return fits || hw_fail(err, HW_ERR_INPUT, "%s", _("the value is too long"));
}

static struct hw_secret *read_value(struct hw_cli *cli, struct hw_err *err)
{
    struct hw_secret *secret = hw_secret_begin();
    bool end = false, ok = secret != NULL;
    while (ok && !end) {
        ok = wait_for_input(cli) ||
             hw_fail(err, HW_ERR_INTERRUPTED, "%s", _("interrupted; nothing was made"));
        ok = ok && take_bytes(secret, &end, err);
    }
    if (ok)
        return secret;
    hw_secret_free(secret);
    return NULL;
}

static struct hw_secret *ask_once(struct hw_cli *cli, const char *prompt, struct hw_err *err)
{
    fprintf(stderr, "%s ", prompt);
    fflush(stderr);
    struct hw_secret *secret = read_value(cli, err);
    fputc('\n', stderr);
    return secret;
}

static struct hw_secret *ask_twice(struct hw_cli *cli, const char *name, struct hw_err *err)
{
    hw_auto_text prompt = hw_format(_("Value of %s (not shown):"), name);
    struct hw_secret *first = ask_once(cli, prompt, err);
    struct hw_secret *again = first ? ask_once(cli, _("Again:"), err) : NULL;
    bool same = again && hw_secret_equal(first, again);
    hw_secret_free(again);
    if (same)
        return first;
    if (again)
        hw_fail(err, HW_ERR_INPUT, "%s", _("the two do not match; nothing was made"));
    hw_secret_free(first);
    return NULL;
}

/* Without echo, whatever ends the asking. */
static struct hw_secret *ask_unseen(struct hw_cli *cli, const char *name, struct hw_err *err)
{
    struct termios before, silent;
    if (tcgetattr(STDIN_FILENO, &before) < 0) {
        hw_fail_errno(err, "%s", _("the terminal cannot be kept from showing what is typed"));
        return NULL;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) < 0) {
        hw_fail_errno(err, "%s", _("the terminal cannot be kept from showing what is typed"));
        return NULL;
    }
    struct hw_secret *secret = ask_twice(cli, name, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return secret;
}

static struct hw_secret *get_value(struct hw_cli *cli, const char *name, enum hw_secret_kind kind,
                                   struct hw_err *err)
{
    if (cli->options->generate && kind == HW_SECRET_PASSWORD)
        return hw_secret_generate(err);
    if (cli->options->generate) {
        hw_fail(err, HW_ERR_USAGE, "%s", _("a user name cannot be generated"));
        return NULL;
    }
    return isatty(STDIN_FILENO) ? ask_unseen(cli, name, err) : read_value(cli, err);
}

/* ---- Sending ---- */

static int conclude(struct hw_cli *cli, const char *key, const char *name, struct hw_cli_end *made)
{
    json_t *detail = json_pack("{s:s, s:s, s:s}", "key", key, "name", name, "kind", "SecureString");
    char *text = json_dumps(detail, JSON_COMPACT);
    json_decref(detail);
    if (!made->finished)
        hw_fail(&made->err, HW_ERR_INTERRUPTED, _("interrupted; %s may have been made"), name);
    int status = made->finished && !made->failed
                     ? hw_cli_ok(cli, text, _("Made %s as SecureString."), name)
                     : hw_cli_result(cli, &made->err, NULL);
    free(text);
    return status;
}

static int make(struct hw_cli *cli, const struct hw_cluster *cluster, const struct hw_field *field)
{
    const char *name = hw_cluster_get(cluster, field->key), *key_id = cli->options->kms_key;
    enum hw_secret_kind kind = hw_secret_kind_of(field->key);
    struct hw_cli_end made = {0};
    struct hw_secret *value = get_value(cli, name, kind, &made.err);
    if (!value || !hw_secret_check(kind, value, &made.err)) {
        hw_secret_free(value);
        return hw_cli_result(cli, &made.err, NULL);
    }
    if (!hw_cli_online(cli, cluster)) {
        hw_secret_free(value);
        return cli->status;
    }
    hw_parameters_put(hw_session_parameters(cli->session), name, kind, value, key_id ? key_id : "",
                      hw_cli_on_end, &made);
    hw_cli_wait(cli, &made.finished);
    return conclude(cli, field->key, name, &made);
}

int hw_cmd_secret(struct hw_cli *cli)
{
    struct hw_err err = {0};
    const struct hw_field *field = find_key(cli->options->args.items[1], &err);
    if (!field)
        return hw_cli_result(cli, &err, NULL);
    struct hw_cluster *cluster = NULL; /* secrets may come before the other answers */
    if (!hw_cluster_read(cli->options->args.items[0], true, &cluster, &err))
        return hw_cli_result(cli, &err, NULL);
    int status = make(cli, cluster, field);
    hw_cluster_free(cluster);
    return status;
}

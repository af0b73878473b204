/* SPDX-License-Identifier: Apache-2.0 */
/* Follows logs of machines over SSH, for ssh-openssh.py and the benchmark. Its one argument is a
 * JSON file:
 *   {"config","own","agent","key","passphrase","later","once","trust","count","retry_ms","patterns":[],
 *    "targets":[{"address","port","instance","pins","user","password"}]}
 * It prints, a line each:
 *   state NUMBER STATE VIA DETAIL
 *   line NUMBER PATH OFFSET TEXT
 *   complete NUMBER                        (with count: and how many lines of how many bytes,
 *                                          in place of the lines but those that begin "mark")
 *   unknown INSTANCE FINGERPRINT           (with trust: it is trusted, and tried again)
 * A line on its standard input is the NUMBER of a machine that is left at once, or "login": the
 * passphrase is what `later` says, and those that were refused are tried again. With the end of
 * the input it closes everything and ends. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/work.h"
#include "node/follow.h"
#include "node/ssh.h"

struct machine {
    size_t number;
    struct hw_target target;
    struct hw_secret *password;
    struct hw_follow *follow;
    unsigned long long lines, bytes;
};

static struct {
    struct hw_loop *loop;
    struct hw_work *work;
    struct hw_ssh *ssh;
    struct hw_way_room room;
    struct machine *machines;
    size_t count, open, complete;
    unsigned logins, ahead, seconds;
    bool trusts, counts;
    const char *key, *later;
} all;

#define TRUST_MS 50

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void on_state(void *data, enum hw_node_state state, const char *via, const char *detail)
{
    const struct machine *machine = data;
    printf("state %zu %s %s %s\n", machine->number, hw_node_state_word(state), via, detail);
    fflush(stdout);
}

static void on_line(void *data, const char *path, struct hw_line_state *state HW_UNUSED,
                    uint64_t offset, const char *text, size_t n)
{
    struct machine *machine = data;
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    machine->lines++;
    machine->bytes += n;
    if (all.counts && !hw_text_starts(text, "mark"))
        return;
    hw_text_clean(&clean, text, n, false);
    printf("line %zu %s %llu %s\n", machine->number, path, (unsigned long long)offset,
           hw_buf_cstr(&clean));
    fflush(stdout);
}

static void on_complete(void *data)
{
    const struct machine *machine = data;
    if (all.counts)
        printf("complete %zu %llu %llu\n", machine->number, machine->lines, machine->bytes);
    else
        printf("complete %zu\n", machine->number);
    fflush(stdout);
}

static void on_closed(void *data HW_UNUSED)
{
    if (--all.open == 0)
        hw_loop_stop(all.loop);
}

static void try_again(void *data HW_UNUSED)
{
    for (size_t i = 0; i < all.count; i++) {
        if (all.machines[i].follow)
            hw_follow_forgive(all.machines[i].follow, &hw_way_ssh);
    }
}

static void log_in(void)
{
    struct hw_secret *secret = hw_secret_new(all.later, strlen(all.later));
    hw_ssh_use_key(all.ssh, all.key, secret);
    hw_secret_free(secret);
    try_again(NULL);
}

static void leave(size_t number)
{
    if (number >= all.count)
        return;
    hw_follow_free(all.machines[number].follow);
    all.machines[number].follow = NULL;
}

static void on_input(void *data HW_UNUSED, int fd, unsigned events HW_UNUSED)
{
    char bytes[256];
    ssize_t n = read(fd, bytes, sizeof bytes - 1);
    if (all.open)
        return;
    if (n > 0) {
        bytes[n] = '\0';
        if (hw_text_starts(bytes, "login"))
            log_in();
        else
            leave(strtoul(bytes, NULL, 10));
        return;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (!all.machines[i].follow)
            continue;
        all.open++;
        hw_follow_close(all.machines[i].follow, on_closed, &all.machines[i]);
    }
    if (all.open == 0)
        hw_loop_stop(all.loop);
}

static void start_machine(size_t number, const json_t *spec, const json_t *root)
{
    struct machine *machine = &all.machines[number];
    const char *password = text_at(spec, "password");
    machine->number = number;
    if (password)
        machine->password = hw_secret_new(password, strlen(password));
    machine->target = (struct hw_target){
        .instance = text_at(spec, "instance"),
        .address = text_at(spec, "address"),
        .user = text_at(spec, "user"),
        .password = machine->password,
        .no_password = "",
        .winrm_pin = "",
        .ssh_pins = text_at(spec, "pins"),
        .ssh_port = (unsigned)json_integer_value(json_object_get(spec, "port")),
    };
    struct hw_follow_options options = {
        .room = &all.room,
        .target = &machine->target,
        .ways = {&hw_way_ssh},
        .once = json_is_true(json_object_get(root, "once")),
        .logins = &all.logins,
        .retry_ms = (unsigned)json_integer_value(json_object_get(root, "retry_ms")),
        .handler = {.state = on_state, .line = on_line, .complete = on_complete, .data = machine},
    };
    machine->follow = hw_follow_start(&options);
}

/* As a person who says yes: later, when the session has ended. */
static void on_unknown(void *data, const struct hw_ssh_unknown *unknown)
{
    const bool *trusts = data;
    printf("unknown %s %s\n", unknown->instance, unknown->fingerprint);
    fflush(stdout);
    if (!*trusts)
        return;
    hw_ssh_trust(all.ssh, unknown->instance, unknown->blob);
    hw_loop_timer(all.loop, TRUST_MS, try_again, NULL);
}

static bool start_ssh(const json_t *root, struct hw_err *err)
{
    const char *passphrase = text_at(root, "passphrase");
    struct hw_secret *secret = passphrase ? hw_secret_new(passphrase, strlen(passphrase)) : NULL;
    struct hw_ssh_options options = {.key_file = text_at(root, "key"),
                                     .passphrase = secret,
                                     .config_file = text_at(root, "config"),
                                     .known_hosts_file = text_at(root, "own"),
                                     .agent = text_at(root, "agent"),
                                     .unknown = on_unknown,
                                     .unknown_data = &all.trusts};
    all.key = options.key_file;
    all.later = text_at(root, "later");
    all.trusts = json_is_true(json_object_get(root, "trust"));
    all.counts = json_is_true(json_object_get(root, "count"));
    all.ssh = hw_ssh_new(all.loop, all.work, &options, err);
    hw_secret_free(secret);
    return all.ssh != NULL;
}

static void set_room(const json_t *root, struct hw_buf *command, const char ***ret_patterns)
{
    const json_t *list = json_object_get(root, "patterns");
    size_t count = json_array_size(list);
    const char **patterns = hw_realloc(NULL, count + 1, sizeof *patterns);
    for (size_t i = 0; i < count; i++)
        patterns[i] = json_string_value(json_array_get(list, i));
    const char *line = text_at(root, "command");
    hw_buf_text(command, line ? line : "");
    all.room = (struct hw_way_room){.loop = all.loop,
                                    .command = hw_buf_cstr(command),
                                    .ssh = all.ssh,
                                    .read_ahead = &all.ahead,
                                    .seconds = &all.seconds,
                                    .patterns = patterns,
                                    .pattern_count = count};
    *ret_patterns = patterns;
}

static void tidy(void)
{
    for (size_t i = 0; i < all.count; i++)
        hw_secret_free(all.machines[i].password);
    free(all.machines);
    hw_ssh_free(all.ssh);
    hw_work_free(all.work);
    hw_loop_free(all.loop);
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    json_error_t where;
    char text[2048];
    hw_trace_open();
    json_t *root = argc == 2 ? json_load_file(argv[1], 0, &where) : NULL;
    if (!root)
        return 2;
    all.loop = hw_loop_new(NULL);
    all.work = hw_work_new(all.loop, 2);
    if (!start_ssh(root, &err)) {
        printf("error %s\n", hw_err_text(&err, text, sizeof text));
        json_decref(root);
        tidy();
        return 1;
    }
    hw_auto(hw_buf) command = HW_BUF(HW_MAX_TEXT);
    const char **patterns;
    set_room(root, &command, &patterns);
    const json_t *targets = json_object_get(root, "targets");
    all.count = json_array_size(targets);
    all.machines = hw_realloc(NULL, all.count + 1, sizeof *all.machines);
    memset(all.machines, 0, (all.count + 1) * sizeof *all.machines);
    for (size_t i = 0; i < all.count; i++)
        start_machine(i, json_array_get(targets, i), root);
    hw_loop_watch(all.loop, STDIN_FILENO, HW_READ, on_input, NULL);
    hw_loop_run(all.loop);
    tidy();
    free(patterns);
    json_decref(root);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A program that prints keys ("Process credential provider", AWS SDKs and Tools Reference
 * Guide). It runs without a shell, in a session of its own, so that it cannot reach the terminal
 * under the wizard; what it writes on its standard error is dropped, since nobody knows what
 * secret stands there. Time and output are bounded. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/parts.h"
#include "aws/provider.h"
#include "aws/words.h"
#include "base/spawn.h"

extern char **environ;

struct run {
    struct hw_attempt *attempt;
    pid_t pid; /* also of its group */
    int out;   /* its standard output, -1 when it ended */
    int ended; /* a pidfd, readable when it ended */
    struct hw_watch *out_watch, *ended_watch;
    struct hw_timer *timer;
    struct hw_buf text;
    bool reaped;
    int status;
};

static void close_output(struct run *run)
{
    hw_watch_remove(run->out_watch);
    run->out_watch = NULL;
    if (run->out >= 0)
        close(run->out);
    run->out = -1;
}

static void run_free(struct run *run)
{
    hw_timer_cancel(run->timer);
    hw_watch_remove(run->ended_watch);
    close_output(run);
    if (run->ended >= 0)
        close(run->ended);
    if (run->pid > 0 && !run->reaped) {
        kill(-run->pid, SIGKILL);
        waitpid(run->pid, NULL, 0); /* it was killed: this does not block */
    }
    hw_wipe_buf(&run->text);
    free(run);
}

static void answer(struct run *run, enum hw_outcome outcome, struct hw_creds *creds,
                   const struct hw_err *err)
{
    struct hw_attempt *attempt = run->attempt;
    run_free(run);
    hw_attempt_answer(attempt, outcome, creds, err);
}

static const char *profile_of(const struct run *run)
{
    return run->attempt->lookup->profile;
}

static void broken(struct run *run, struct hw_err *err)
{
    hw_wrap(err, _("credential_process of profile '%s'"), profile_of(run));
    hw_err_next(err, _("Run that command by hand: it must print the keys as JSON and end."));
    answer(run, HW_KEYS_BROKEN, NULL, err);
}

static bool read_keys(struct run *run, struct hw_creds *ret, struct hw_err *err)
{
    static const struct hw_creds_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                                "Expiration"};
    json_t *object = json_loadb(hw_buf_cstr(&run->text), run->text.len, 0, NULL);
    bool ok = false;
    if (!json_is_object(object))
        hw_fail(err, HW_ERR_AUTH, _("what it printed is no JSON object"));
    else if (json_integer_value(json_object_get(object, "Version")) != 1)
        hw_fail(err, HW_ERR_AUTH, _("what it printed does not say \"Version\": 1"));
    else
        ok = hw_creds_from_json(object, &names, hw_provider_process.method,
                                hw_format(_("credential_process of profile %s"), profile_of(run)),
                                ret, err);
    hw_json_wipe(object);
    json_decref(object);
    return ok;
}

static void finish(struct run *run)
{
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    if (WIFSIGNALED(run->status)) {
        hw_fail(&err, HW_ERR_AUTH, _("it was ended by signal %d"), WTERMSIG(run->status));
        broken(run, &err);
    } else if (WEXITSTATUS(run->status)) {
        hw_fail(&err, HW_ERR_AUTH, _("it ended with status %d"), WEXITSTATUS(run->status));
        broken(run, &err);
    } else if (!read_keys(run, &creds, &err)) {
        broken(run, &err);
    } else {
        answer(run, HW_KEYS_FOUND, &creds, NULL);
    }
}

/* All that lies in the pipe; false: the run is over. */
static bool drain(struct run *run)
{
    char bytes[4096];
    struct hw_err err = {0};
    ssize_t n;
    while ((n = read(run->out, bytes, sizeof bytes)) > 0) {
        bool fits = hw_buf_add(&run->text, bytes, (size_t)n);
        hw_wipe(bytes, (size_t)n);
        if (!fits) {
            hw_fail(&err, HW_ERR_LIMIT, _("it prints more than %u KiB"), HW_MAX_HANDED_KEYS / 1024);
            broken(run, &err);
            return false;
        }
    }
    if (n == 0)
        close_output(run);
    return true;
}

static void on_output(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    drain(data);
}

/* Its end is what counts: something it left behind may hold the pipe open for ever. */
static void on_end(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    struct run *run = data;
    if (waitpid(run->pid, &run->status, WNOHANG) != run->pid)
        return;
    run->reaped = true;
    if (run->out < 0 || drain(run))
        finish(run);
}

static void on_late(void *data)
{
    struct run *run = data;
    struct hw_err err = {0};
    run->timer = NULL;
    hw_fail(&err, HW_ERR_AUTH, _("it did not end within %ld seconds"),
            run->attempt->lookup->aws->process_ms / 1000);
    broken(run, &err);
}

/* errno of the failure, 0: it runs. */
static int spawn(const struct hw_strv *words, int out, pid_t *ret)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    hw_spawn_close_others(&files);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    char **argv = hw_alloc((words->count + 1) * sizeof *argv);
    for (size_t i = 0; i < words->count; i++)
        argv[i] = words->items[i];
    int failure = posix_spawnp(ret, argv[0], &files, &attributes, argv, environ);
    free(argv);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failure;
}

static bool launch(struct run *run, const struct hw_strv *words, struct hw_err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return hw_fail_errno(err, _("no pipe can be made"));
    int failure = spawn(words, ends[1], &run->pid);
    close(ends[1]);
    run->out = ends[0];
    fcntl(run->out, F_SETFL, O_NONBLOCK);
    if (failure) {
        run->pid = 0;
        return hw_fail(err, HW_ERR_AUTH, _("'%s' cannot be run: %s"), words->items[0],
                       strerror(failure));
    }
    run->ended = (int)syscall(SYS_pidfd_open, run->pid, 0);
    if (run->ended < 0)
        return hw_fail_errno(err, _("the program cannot be watched"));
    return true;
}

static bool begin(struct run *run, const char *command, struct hw_err *err)
{
    HW_CLEANUP(hw_strv_done) struct hw_strv words = {0};
    if (!hw_words_split(command, &words, err))
        return false;
    if (!words.count)
        return hw_fail(err, HW_ERR_INPUT, _("it names no program"));
    return launch(run, &words, err);
}

static enum hw_outcome start(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                             struct hw_err *err)
{
    const struct hw_lookup *lookup = attempt->lookup;
    const char *command = hw_aws_files_get(lookup->files, lookup->profile, "credential_process");
    if (!command)
        return HW_KEYS_NONE;
    struct run *run = HW_NEW(struct run);
    *run = (struct run){
        .attempt = attempt, .out = -1, .ended = -1, .text = HW_BUF(HW_MAX_HANDED_KEYS)};
    hw_wipe_buf_reserve(&run->text, HW_MAX_HANDED_KEYS / 4);
    if (!begin(run, command, err)) {
        hw_wrap(err, _("credential_process of profile '%s'"), lookup->profile);
        hw_err_next(err, _("Correct `credential_process` in %s."), lookup->files->config.path);
        run_free(run);
        return HW_KEYS_BROKEN;
    }
    attempt->state = run;
    run->out_watch = hw_loop_watch(lookup->aws->loop, run->out, HW_READ, on_output, run);
    run->ended_watch = hw_loop_watch(lookup->aws->loop, run->ended, HW_READ, on_end, run);
    run->timer = hw_loop_timer(lookup->aws->loop, lookup->aws->process_ms, on_late, run);
    return HW_KEYS_LATER;
}

static void stop(struct hw_attempt *attempt)
{
    run_free(attempt->state);
}

const struct hw_provider hw_provider_process = {
    .method = "custom-process", .start = start, .stop = stop};

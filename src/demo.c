/* SPDX-License-Identifier: Apache-2.0 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define DEFAULT_SPEED "30"
#define POLL_MS       "500"
#define READY_MS      10000
#define LOOK_MS       5

struct hw_demo {
    pid_t pid;
    int lifeline; /* the simulator ends when this is closed, even by a crash */
    char *folder, *ready_file, *key_file, *log_file, *endpoint;
};

/* Beside this program (a build tree), else where it was installed. */
static char *find_simulator(void)
{
    const char *named = getenv("HPCWIZ_SIM");
    if (named && *named)
        return hw_strdup(named);
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        *slash = '\0';
        char *beside = hw_path_join(self, "hpcwiz-sim");
        if (access(beside, X_OK) == 0)
            return beside;
        free(beside);
    }
    return hw_path_join(BINDIR, "hpcwiz-sim");
}

static void run_simulator(const struct hw_demo *demo, int stdin_fd, const char *program,
                          const char *scenario, const char *speed, const char *seed)
{
    int log = open(demo->log_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(stdin_fd, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    setsid(); /* keys of the terminal are not for it */
    const char *argv[16] = {
        program,   "--until-eof", "--ready-file", demo->ready_file, "--key-file", demo->key_file,
        "--speed", speed,         "--scenario",   scenario,         NULL};
    if (seed) {
        argv[10] = "--seed";
        argv[11] = seed;
    }
    execv(program, (char *const *)argv);
    dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
    _exit(127);
}

static void last_words(const struct hw_demo *demo, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_FILE);
    if (hw_file_read(demo->log_file, &text, NULL) && text.len) {
        struct hw_span said = hw_text_trim(text.data, text.len);
        const char *next = memchr(said.p, '\n', said.n); /* its advice names another program */
        hw_text_clean(&clean, said.p, next ? (size_t)(next - said.p) : said.n, false);
    }
    hw_fail(err, HW_ERR_IO, _("the simulator did not start: %s"), hw_buf_cstr(&clean));
    hw_err_next(err, "%s", _("`hpcwiz-sim --help` lists the scenarios."));
}

static bool wait_until_ready(struct hw_demo *demo, struct hw_err *err)
{
    int64_t deadline = hw_clock_monotonic_ms() + READY_MS;
    while (!hw_path_exists(demo->ready_file)) {
        bool gone = waitpid(demo->pid, NULL, WNOHANG) == demo->pid;
        if (gone)
            demo->pid = 0;
        if (gone || hw_clock_monotonic_ms() > deadline) {
            last_words(demo, err);
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    }
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    if (!hw_file_read(demo->ready_file, &text, err))
        return false;
    const char *url = strstr(hw_buf_cstr(&text), "http://");
    if (!url)
        return hw_fail(err, HW_ERR_IO, "%s", _("the simulator did not say where it listens"));
    demo->endpoint = hw_strndup(url, strcspn(url, " \r\n"));
    return true;
}

/* The published example keys of AWS's documentation; the simulator knows them. */
static void point_here(const struct hw_demo *demo)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_PROFILE");
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("XDG_STATE_HOME", demo->folder, 1);
    setenv("HPCWIZ_POLL_MS", POLL_MS, 0); /* a simulated installation is over in minutes */
}

static bool launch(struct hw_demo *demo, const char *scenario, const char *speed, const char *seed,
                   struct hw_err *err)
{
    int lifeline[2];
    hw_auto_text program = find_simulator();
    if (access(program, X_OK) < 0)
        return hw_fail_errno(err, _("cannot run the simulator '%s'"), program);
    if (pipe2(lifeline, O_CLOEXEC) < 0)
        return hw_fail_errno(err, _("cannot start the simulator"));
    demo->lifeline = lifeline[1];
    demo->pid = fork();
    if (demo->pid == 0)
        run_simulator(demo, lifeline[0], program, scenario ? scenario : "ok",
                      speed ? speed : DEFAULT_SPEED, seed);
    close(lifeline[0]);
    if (demo->pid < 0)
        return hw_fail_errno(err, _("cannot start the simulator"));
    return wait_until_ready(demo, err);
}

struct hw_demo *hw_demo_start(const char *scenario, const char *speed, const char *seed,
                              struct hw_err *err)
{
    struct hw_demo *demo = HW_NEW(struct hw_demo);
    demo->lifeline = -1;
    bool ok = hw_dir_private("hpcwiz-demo-", &demo->folder, err);
    if (ok) {
        demo->ready_file = hw_path_join(demo->folder, "ready");
        demo->key_file = hw_path_join(demo->folder, "hpc-admin.pem");
        demo->log_file = hw_path_join(demo->folder, "simulator.log");
        ok = launch(demo, scenario, speed, seed, err);
    }
    if (!ok) {
        hw_demo_stop(demo);
        return NULL;
    }
    point_here(demo);
    return demo;
}

static void end_process(struct hw_demo *demo)
{
    if (demo->lifeline >= 0)
        close(demo->lifeline);
    if (demo->pid <= 0)
        return;
    kill(demo->pid, SIGTERM);
    while (waitpid(demo->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void hw_demo_stop(struct hw_demo *demo)
{
    if (!demo)
        return;
    end_process(demo);
    if (demo->folder)
        hw_dir_remove(demo->folder, NULL);
    free(demo->folder);
    free(demo->ready_file);
    free(demo->key_file);
    free(demo->log_file);
    free(demo->endpoint);
    free(demo);
}

const char *hw_demo_endpoint(const struct hw_demo *demo)
{
    return demo->endpoint;
}

const char *hw_demo_key_file(const struct hw_demo *demo)
{
    return demo->key_file;
}

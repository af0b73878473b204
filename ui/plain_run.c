/* SPDX-License-Identifier: Apache-2.0 */
/* The life of --plain: its lines come from a descriptor, everything else from the loop. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/plain_private.h"
#include "ui/rescue.h"

enum { READ_SIZE = 4096, WAIT_MS = 200 };

struct ui_plain *ui_plain_new(const struct ui_host *host, struct hw_cluster *cluster,
                              const char *path, int in, FILE *out)
{
    struct ui_plain *plain = HW_NEW(struct ui_plain);
    plain->host = host;
    plain->cluster = cluster;
    plain->path = hw_strdup(path);
    plain->in = in;
    plain->out = out;
    plain->rest = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    plain->saved_revision = hw_cluster_revision(cluster);
    if (path)
        ui_plain_open_first_missing(plain);
    return plain;
}

void ui_plain_free(struct ui_plain *plain)
{
    if (!plain)
        return;
    ui_plain_secret_done(plain);
    hw_cluster_free(plain->cluster);
    hw_strv_done(&plain->keys);
    hw_strv_done(&plain->queue);
    hw_choices_done(&plain->options);
    hw_buf_done(&plain->rest);
    free(plain->path);
    free(plain->head);
    free(plain);
}

bool ui_plain_ended(const struct ui_plain *plain)
{
    return plain->state == UI_PLAIN_END;
}

static void split_lines(struct ui_plain *plain)
{
    const char *end;
    while (plain->rest.len && (end = memchr(plain->rest.data, '\n', plain->rest.len))) {
        size_t n = (size_t)(end - plain->rest.data);
        hw_auto_text line = hw_strndup(plain->rest.data, n);
        hw_buf_drop(&plain->rest, n + 1);
        ui_plain_line(plain, line);
    }
}

/* false: the input has ended, or nothing is there yet. */
static bool read_some(struct ui_plain *plain)
{
    char bytes[READ_SIZE];
    if (plain->state == UI_PLAIN_SECRET_TYPE)
        return ui_plain_secret_read(plain);
    ssize_t n = read(plain->in, bytes, sizeof(bytes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n > 0 && !hw_buf_add(&plain->rest, bytes, (size_t)n))
        hw_buf_clear(&plain->rest); /* a line without end: nothing that a person typed */
    if (n <= 0)
        plain->input_ended = true;
    split_lines(plain);
    return n > 0;
}

static void on_input(void *data, int fd, unsigned events)
{
    (void)fd;
    (void)events;
    read_some(data);
}

static void wake(void *data)
{
    struct hw_timer **timer = data;
    *timer = NULL;
}

/* Nobody can answer any more; a deployment is still followed to its end. */
static bool is_over(struct ui_plain *plain)
{
    if (plain->state == UI_PLAIN_END)
        return true;
    if (!plain->input_ended || !plain->shown || plain->queue.count > 0)
        return false;
    hw_auto_text path = ui_plain_default_path(plain);
    if (ui_plain_unsaved(plain))
        ui_plain_save(plain, path);
    return true;
}

static void read_file(struct ui_plain *plain)
{
    while (read_some(plain))
        ;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(void *data, int signo)
{
    struct ui_plain *plain = data;
    plain->signo = signo;
}

static bool watch_signals(struct ui_plain *plain, struct hw_loop *loop, bool on, struct hw_err *err)
{
    for (size_t i = 0; i < HW_COUNT(signals); i++) {
        if (!hw_loop_signal(loop, signals[i], on ? on_signal : NULL, plain, err))
            return false;
    }
    return true;
}

static bool interrupted(struct ui_plain *plain, struct hw_err *err)
{
    hw_auto_text path = ui_rescue_path(plain->cluster, plain->path);
    bool rescued = ui_plain_unsaved(plain) && ui_plain_save(plain, path);
    return ui_rescue_error(plain->signo, rescued ? path : NULL, err);
}

bool ui_plain_run(struct ui_plain *plain, struct hw_loop *loop, struct hw_err *err)
{
    struct stat status;
    struct hw_watch *watch = NULL;
    struct hw_timer *timer = NULL;
    if (plain->host->identify)
        plain->host->identify(plain->host->data);
    ui_plain_poll(plain);
    if (fstat(plain->in, &status) == 0 && S_ISREG(status.st_mode))
        read_file(plain);
    else
        watch = hw_loop_watch(loop, plain->in, HW_READ, on_input, plain);
    if (!watch_signals(plain, loop, true, err))
        return false;
    while (!plain->signo && !is_over(plain)) {
        if (!timer) /* lists may change without an event */
            timer = hw_loop_timer(loop, WAIT_MS, wake, &timer);
        if (!hw_loop_step(loop, -1))
            break;
        if (watch && plain->input_ended) {
            hw_watch_remove(watch);
            watch = NULL;
        }
        ui_plain_poll(plain);
    }
    hw_watch_remove(watch);
    hw_timer_cancel(timer);
    bool ok = !plain->signo || interrupted(plain, err); /* while a second signal does no harm */
    if (!watch_signals(plain, loop, false, ok ? err : NULL) || !ok)
        return false;
    if (plain->failed && err)
        *err = plain->err;
    return !plain->failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* crowd-view URL COUNT SECONDS: follows the nodes of crowd-nodes as the wizard does, on one thread:
 * they are found, reached over WinRM, their lines decoded, redacted, cleaned, stored, diagnosed and
 * taken into a view of all nodes, as often as the wizard draws. Once all are reached and have been
 * followed for a while, it measures for so many seconds, and prints JSON:
 *   {"nodes","lines","seconds",
 *    "gaps"                           how often a line was not the one behind the last of its node
 *    "median_ms","most99_ms","worst_ms"   from the birth of a line (its own time) to the view
 *    "core","kib"                     of one, and resident at most
 *    "key_median_ms","key_worst_ms"   from a key to its turn on the loop, 50 a second
 *    "machine_ms"}                    the longest that a thread which only sleeps overslept */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "session/session.h"

#define USER        "Administrator"
#define PASSWORD    "Crowd!Crowd"
#define FRAME_MS    16 /* as ui/run.c */
#define SLICE_MS    4  /* as ui/page_logs_view.c */
#define SLICE_LINES 256u
#define WARM_MS     10000
#define PATIENCE_MS 120000
#define KEY_NS      20000000
#define LATE_MAX    20000 /* later ones count as so late */

struct counts {
    size_t of[LATE_MAX + 1], all;
};

static struct {
    struct hw_loop *loop;
    struct hw_session *session;
    struct hw_log_view *view;
    uint64_t shown; /* the first line that is not in the view yet */
    int64_t drawn_ms;
    struct hw_timer *frame;
    size_t count, live;
    int64_t *last; /* of each node: the number of its line that came last; -1: none yet */
    size_t gaps;
    bool measures;
    struct counts late, keys;
    int keys_pipe[2];
    _Atomic int64_t overslept_ns;
} all;

static void count(struct counts *counts, int64_t ms)
{
    counts->of[ms < 0 ? 0 : ms > LATE_MAX ? LATE_MAX : ms]++;
    counts->all++;
}

/* What so many of a hundred do not exceed. */
static int within(const struct counts *counts, double percent)
{
    size_t wanted = (size_t)((double)counts->all * percent / 100), seen = 0;
    for (int ms = 0; ms <= LATE_MAX; ms++) {
        seen += counts->of[ms];
        if (seen && seen >= wanted)
            return ms;
    }
    return LATE_MAX;
}

/* Lines. */

static void see_line(const struct hw_log_line *line, int64_t now_ms)
{
    static const char op[] = "Executing op ";
    const char *name = strchr(line->text, '['), *number = strstr(line->text, op);
    unsigned node = name ? (unsigned)strtoul(name + strlen("[compute-"), NULL, 10) : 0;
    int64_t born_ms, n = number ? strtoll(number + strlen(op), NULL, 10) : -1;
    if (!node || node > all.count || n < 0 ||
        !hw_time_parse(line->text, strcspn(line->text, " "), &born_ms)) {
        all.gaps++;
        return;
    }
    all.gaps += n != all.last[node - 1] + 1;
    all.last[node - 1] = n;
    if (all.measures)
        count(&all.late, now_ms - born_ms);
}

static void see_lines(void)
{
    const struct hw_logs *logs = hw_session_logs(all.session);
    uint64_t end = hw_logs_end(logs);
    int64_t now_ms = hw_clock_wall_ms();
    struct hw_log_line line;
    for (; all.shown < end; all.shown++) {
        if (hw_logs_get(logs, all.shown, &line))
            see_line(&line, now_ms);
        else
            all.gaps++;
    }
}

/* As the wizard's page takes lines in before it draws. */
static void draw(void)
{
    int64_t end_ms = hw_clock_monotonic_ms() + SLICE_MS;
    bool caught_up;
    do
        caught_up = hw_log_view_update(all.view, SLICE_LINES);
    while (!caught_up && hw_clock_monotonic_ms() < end_ms);
    if (caught_up)
        see_lines();
    all.drawn_ms = hw_clock_monotonic_ms();
}

static void on_frame(void *data HW_UNUSED)
{
    all.frame = NULL;
    draw();
}

static void turn(void)
{
    if (hw_logs_end(hw_session_logs(all.session)) == all.shown || all.frame)
        return;
    int64_t due = all.drawn_ms + FRAME_MS - hw_clock_monotonic_ms();
    if (due <= 0)
        draw();
    else
        all.frame = hw_loop_timer(all.loop, due, on_frame, NULL);
}

static void on_event(void *data HW_UNUSED, const struct hw_event *event)
{
    if (event->type == HW_EV_NODE && event->u.node.state == HW_NODE_LIVE)
        all.live++;
    else if (event->type == HW_EV_NODE && *event->u.node.detail)
        fprintf(stderr, "%s: %s\n", event->u.node.node, event->u.node.detail);
    else if (event->type == HW_EV_NOTICE)
        fprintf(stderr, "%s\n", event->u.notice.text);
}

/* Keys. */

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *press_keys(void *data HW_UNUSED)
{
    struct timespec pause = {.tv_nsec = KEY_NS};
    int64_t ns = now_ns(), slept;
    do {
        slept = ns;
        nanosleep(&pause, NULL);
        ns = now_ns();
        if (ns - slept - KEY_NS > all.overslept_ns)
            all.overslept_ns = ns - slept - KEY_NS;
    } while (write(all.keys_pipe[1], &ns, sizeof ns) == sizeof ns);
    return NULL;
}

static void on_key(void *data HW_UNUSED, int fd, unsigned events HW_UNUSED)
{
    int64_t pressed_ns;
    if (read(fd, &pressed_ns, sizeof pressed_ns) == sizeof pressed_ns && all.measures)
        count(&all.keys, (now_ns() - pressed_ns) / 1000000);
}

/* Life. */

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static long most_kib(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

static void run_until(int64_t end_ms, size_t live)
{
    while (hw_clock_monotonic_ms() < end_ms && (!live || all.live < live)) {
        hw_loop_step(all.loop, 100);
        turn();
    }
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

static void close_nodes(void)
{
    bool closed = false;
    hw_session_close_nodes(all.session, on_closed, &closed);
    while (!closed)
        hw_loop_step(all.loop, 100);
}

static bool start(const char *url, struct hw_err *err)
{
    struct hw_sink sink = {on_event, NULL};
    struct hw_session_options options = {.endpoint_url = url,
                                         .user = USER,
                                         .password_take =
                                             hw_secret_new(PASSWORD, strlen(PASSWORD))};
    struct hw_session_nodes nodes = {.cluster = "crowd", .follow = true};
    all.loop = hw_loop_new(err);
    all.session = all.loop ? hw_session_new(all.loop, &options, &sink, err) : NULL;
    if (!all.session || !hw_session_nodes(all.session, &nodes, NULL, NULL, err))
        return false;
    all.view = hw_log_view_new(hw_session_logs(all.session));
    all.last = hw_alloc(all.count * sizeof *all.last);
    for (size_t i = 0; i < all.count; i++)
        all.last[i] = -1;
    return pipe(all.keys_pipe) == 0 || hw_fail_errno(err, "pipe");
}

static void start_keys(void)
{
    pthread_t thread;
    hw_watch_urgent(hw_loop_watch(all.loop, all.keys_pipe[0], HW_READ, on_key, NULL));
    if (pthread_create(&thread, NULL, press_keys, NULL) == 0)
        pthread_detach(thread);
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    char text[2048];
    if (argc != 4)
        return 2;
    all.count = strtoul(argv[2], NULL, 10);
    if (!start(argv[1], &err)) {
        fprintf(stderr, "%s\n", hw_err_text(&err, text, sizeof text));
        return 1;
    }
    start_keys();
    run_until(hw_clock_monotonic_ms() + PATIENCE_MS, all.count);
    run_until(hw_clock_monotonic_ms() + WARM_MS, 0);
    all.measures = true;
    all.overslept_ns = 0;
    double seconds = strtod(argv[3], NULL), cpu = cpu_seconds();
    int64_t begin_ns = now_ns();
    run_until(hw_clock_monotonic_ms() + (int64_t)(seconds * 1000), 0);
    cpu = cpu_seconds() - cpu;
    seconds = (double)(now_ns() - begin_ns) / 1e9;
    all.measures = false;
    printf("{\"nodes\":%zu,\"lines\":%zu,\"gaps\":%zu,\"seconds\":%.2f,\"median_ms\":%d,"
           "\"most99_ms\":%d,\"worst_ms\":%d,\"core\":%.3f,\"kib\":%ld,\"key_median_ms\":%d,"
           "\"key_worst_ms\":%d,\"machine_ms\":%d}\n",
           all.live, all.late.all, all.gaps, seconds, within(&all.late, 50), within(&all.late, 99),
           within(&all.late, 100), cpu / seconds, most_kib(), within(&all.keys, 50),
           within(&all.keys, 100), (int)(all.overslept_ns / 1000000));
    fflush(stdout);
    close_nodes();
    hw_log_view_free(all.view);
    hw_session_free(all.session);
    hw_loop_free(all.loop);
    free(all.last);
    return 0;
}

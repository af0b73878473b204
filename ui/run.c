/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/run.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "ui/rescue.h"

enum {
    FRAME_MS = 16,   /* at most one picture in this time */
    TICK_MS = 1000,  /* ages and elapsed times */
    EMPTY_READS = 8, /* a terminal that is ready and has no key so often has hung up */
};

struct run {
    struct ui_app *app;
    struct hw_loop *loop;
    struct ui_terminal *terminal;
    struct ui_surface surface;
    struct hw_timer *frame, *tick;
    int64_t drawn_ms;
    bool pressed; /* keys came that are not yet shown */
    int empty_reads;
    int signo; /* that ended it; 0: none */
    bool rescued;
    char rescue[256];
};

static void draw(struct run *run)
{
    ui_app_draw(run->app, &run->surface);
    ui_terminal_show(run->terminal, &run->surface);
    run->drawn_ms = hw_clock_monotonic_ms();
    run->pressed = false;
}

static void on_frame(void *data)
{
    struct run *run = data;
    run->frame = NULL;
    draw(run);
}

/* After each round of the loop: a new picture if there is something new, but not too often. The
 * answer to a key does not wait: lines that stream in would else delay it by a whole frame. */
static void turn(struct run *run)
{
    if (!ui_app_poll(run->app))
        return;
    int64_t due = run->drawn_ms + FRAME_MS - hw_clock_monotonic_ms();
    if (run->pressed || (due <= 0 && !run->frame))
        draw(run);
    else if (!run->frame)
        run->frame = hw_loop_timer(run->loop, due, on_frame, run);
}

static void on_tick(void *data)
{
    struct run *run = data;
    run->tick = hw_loop_timer(run->loop, TICK_MS, on_tick, run);
}

static void end(struct run *run, int signo)
{
    run->signo = signo;
    hw_loop_stop(run->loop);
}

static void on_keys(void *data, int fd, unsigned events)
{
    struct run *run = data;
    uint32_t code = ui_terminal_key(run->terminal);
    (void)fd;
    (void)events;
    run->empty_reads = code == UI_KEY_NONE ? run->empty_reads + 1 : 0;
    if (run->empty_reads > EMPTY_READS)
        end(run, SIGHUP);
    for (; code != UI_KEY_NONE; code = ui_terminal_key(run->terminal)) {
        run->pressed = true;
        if (ui_terminal_pasting(run->terminal))
            ui_app_paste(run->app, code);
        else
            ui_app_key(run->app, code);
        if (code == UI_KEY_CTRL('l'))
            ui_terminal_redraw(run->terminal);
        if (ui_app_ended(run->app)) {
            hw_loop_stop(run->loop);
            return;
        }
    }
}

static void measure(struct run *run)
{
    int rows, cols;
    ui_terminal_size(run->terminal, &rows, &cols);
    ui_app_resize(run->app, rows, cols);
}

static void on_signal(void *data, int signo)
{
    struct run *run = data;
    switch (signo) {
    case SIGWINCH:
        ui_terminal_resized(run->terminal);
        measure(run);
        break;
    case SIGTSTP:
        ui_terminal_suspend(run->terminal);
        measure(run);
        break;
    case SIGINT:
        ui_app_key(run->app, UI_KEY_F(10));
        if (ui_app_ended(run->app))
            hw_loop_stop(run->loop);
        break;
    default:
        end(run, signo);
        break;
    }
}

static const int signals[] = {SIGWINCH, SIGTSTP, SIGINT, SIGTERM, SIGHUP};

static bool watch_signals(struct run *run, bool on, struct hw_err *err)
{
    for (size_t i = 0; i < HW_COUNT(signals); i++) {
        if (!hw_loop_signal(run->loop, signals[i], on ? on_signal : NULL, run, err))
            return false;
    }
    return true;
}

static void flush_keys(void *data)
{
    ui_terminal_flush(data);
}

static bool copy_text(void *data, const char *text, size_t n)
{
    return ui_terminal_copy(data, text, n);
}

/* Before the signals are given back: a terminal that goes away is told of twice, by the kernel and
 * by the shell, and the second time must not end the program while it writes or cleans up. */
static bool end_signals(struct run *run, struct hw_err *err)
{
    sigset_t hang_up;
    if (!run->signo)
        return watch_signals(run, false, err);
    run->rescued = ui_app_rescue(run->app, run->rescue, sizeof run->rescue);
    /* Not for a moment may it have the effect that it has by default. */
    sigemptyset(&hang_up);
    sigaddset(&hang_up, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hang_up, NULL);
    bool ok = watch_signals(run, false, err);
    signal(SIGHUP, SIG_IGN);
    pthread_sigmask(SIG_UNBLOCK, &hang_up, NULL);
    return ok;
}

static bool run_loop(struct run *run, struct hw_err *err)
{
    ui_surface_init(&run->surface, 1, 1);
    run->surface.ascii = ui_terminal_ascii(run->terminal);
    ui_app_on_flush(run->app, flush_keys, run->terminal);
    ui_app_on_copy(run->app, copy_text, run->terminal);
    measure(run);
    draw(run);
    if (!watch_signals(run, true, err))
        return false;
    struct hw_watch *keys = hw_loop_watch(run->loop, STDIN_FILENO, HW_READ, on_keys, run);
    hw_watch_urgent(keys);
    run->tick = hw_loop_timer(run->loop, TICK_MS, on_tick, run);
    turn(run);
    while (hw_loop_step(run->loop, -1))
        turn(run);
    hw_watch_remove(keys);
    hw_timer_cancel(run->tick);
    hw_timer_cancel(run->frame);
    ui_app_on_flush(run->app, NULL, NULL);
    ui_app_on_copy(run->app, NULL, NULL);
    return end_signals(run, err);
}

bool ui_run(struct ui_app *app, struct hw_loop *loop, const struct ui_terminal_options *options,
            struct hw_err *err)
{
    struct run run = {.app = app, .loop = loop};
    run.terminal = ui_terminal_new(options, err);
    if (!run.terminal)
        return false;
    bool ok = run_loop(&run, err);
    ui_terminal_free(run.terminal);
    ui_surface_done(&run.surface);
    if (ok && run.signo)
        return ui_rescue_error(run.signo, run.rescued ? run.rescue : NULL, err);
    return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/beside.h"

#include "base/mem.h"

struct look {
    const struct hw_way_class *way;
    bool tried, refused;
    char *why;       /* it failed, or what it brings; "" */
    char *left_over; /* for the next session */
};

struct hw_beside {
    struct hw_beside_options options;
    struct look looks[HW_WAYS_BESIDE];
    size_t count, current;
    void *session;
    struct hw_timer *timer; /* the next look, or the deadline of this one */
    struct hw_files files;
    bool running;
};

static void next(void *data);

static void set_why(struct hw_beside *beside, struct look *look, const char *why)
{
    if (!strcmp(look->why, why))
        return;
    hw_replace(&look->why, why);
    beside->options.changed(beside->options.data);
}

static void set_timer(struct hw_beside *beside, int64_t delay_ms, hw_timer_fn *fn)
{
    hw_timer_cancel(beside->timer);
    beside->timer = fn ? hw_loop_timer(beside->options.room->loop, delay_ms, fn, beside) : NULL;
}

static void end_session(struct hw_beside *beside)
{
    struct look *look = &beside->looks[beside->current];
    set_timer(beside, 0, NULL);
    if (!beside->session)
        return;
    char *left_over = look->way->left_over(beside->session);
    if (left_over) {
        free(look->left_over);
        look->left_over = left_over;
    }
    look->way->free(beside->session);
    beside->session = NULL;
}

static void fail(struct hw_beside *beside, bool refused, const struct hw_err *err)
{
    struct look *look = &beside->looks[beside->current];
    look->refused = refused;
    end_session(beside);
    set_timer(beside, 0, next);
    set_why(beside, look, err->what);
}

static void on_ended(void *data, enum hw_way_end how, const struct hw_err *err)
{
    fail(data, how == HW_WAY_REFUSED, err);
}

static void on_deadline(void *data)
{
    struct hw_beside *beside = data;
    const struct hw_way_class *way = beside->looks[beside->current].way;
    struct hw_err err = {0};
    beside->timer = NULL;
    hw_fail(&err, HW_ERR_NETWORK, _("no answer within %u seconds"), way->deadline_ms / 1000);
    fail(beside, false, &err);
}

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct hw_beside *beside = data;
    struct look *look = &beside->looks[beside->current];
    const char *manner;
    switch (frame->kind) {
    case HW_FRAME_HELLO:
        set_timer(beside, 0, NULL);
        manner = look->way->manner(beside->session);
        set_why(beside, look, manner ? manner : "");
        break;
    case HW_FRAME_BEAT:
        if (beside->options.once)
            beside->options.over(beside->options.data);
        break;
    default:
        hw_files_take(&beside->files, frame);
        break;
    }
}

static void start_session(struct hw_beside *beside, size_t at)
{
    struct look *look = &beside->looks[at];
    struct hw_way_start start = {.room = beside->options.room,
                                 .target = beside->options.target,
                                 .files = &beside->files,
                                 .once = beside->options.once,
                                 .left_over = look->left_over};
    struct hw_way_handler handler = {.frame = on_frame, .ended = on_ended, .data = beside};
    look->tried = true;
    beside->current = at;
    hw_files_begin(&beside->files);
    set_timer(beside, look->way->deadline_ms, on_deadline);
    beside->session = look->way->start(&start, &handler);
}

/* The next way that has not been tried; behind the last one a pause. */
static void next(void *data)
{
    struct hw_beside *beside = data;
    beside->timer = NULL;
    for (size_t i = 0; i < beside->count; i++) {
        struct look *look = &beside->looks[i];
        if (look->tried || look->refused)
            continue;
        const char *missing =
            look->way->missing(beside->options.room, beside->options.target, &look->refused);
        if (!missing) {
            start_session(beside, i);
            return;
        }
        look->tried = true;
        set_why(beside, look, missing);
    }
    for (size_t i = 0; i < beside->count; i++)
        beside->looks[i].tried = false;
    if (beside->options.once)
        beside->options.over(beside->options.data);
    else if (beside->count)
        set_timer(beside, beside->options.room->slow_ms, next);
}

struct hw_beside *hw_beside_new(const struct hw_beside_options *options)
{
    struct hw_beside *beside = HW_NEW(struct hw_beside);
    beside->options = *options;
    for (; beside->count < HW_WAYS_BESIDE && options->ways[beside->count]; beside->count++)
        beside->looks[beside->count] =
            (struct look){.way = options->ways[beside->count], .why = hw_strdup("")};
    beside->files.line = options->line;
    beside->files.data = options->data;
    return beside;
}

void hw_beside_free(struct hw_beside *beside)
{
    if (!beside)
        return;
    end_session(beside);
    for (size_t i = 0; i < beside->count; i++) {
        free(beside->looks[i].why);
        free(beside->looks[i].left_over);
    }
    hw_files_done(&beside->files);
    free(beside);
}

void hw_beside_begin(struct hw_beside *beside)
{
    if (beside->running)
        return;
    beside->running = true;
    for (size_t i = 0; i < beside->count; i++)
        beside->looks[i].tried = false;
    set_timer(beside, 0, next);
}

void hw_beside_rest(struct hw_beside *beside)
{
    beside->running = false;
    end_session(beside);
    for (size_t i = 0; i < beside->count; i++)
        hw_replace(&beside->looks[i].why, "");
}

void hw_beside_tell(const struct hw_beside *beside, struct hw_buf *out)
{
    for (size_t i = 0; i < beside->count; i++) {
        const struct look *look = &beside->looks[i];
        if (*look->why)
            hw_buf_print(out, "%s%s: %s", out->len ? "; " : "", look->way->title, look->why);
    }
}

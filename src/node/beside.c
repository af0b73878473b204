/* SPDX-License-Identifier: Apache-2.0 */
#include "node/beside.h"

#include "base/mem.h"

/* One way, on its own. */
struct look {
    struct hw_beside *beside;
    const struct hw_way_class *way;
    void *session;
    struct hw_timer *timer; /* the next session, or the deadline of this one */
    struct hw_files files;
    bool refused, over;
    char *why;       /* it failed, or what it brings; "" */
    char *left_over; /* for the next session */
};

struct hw_beside {
    struct hw_beside_options options;
    struct look looks[HW_WAYS_BESIDE];
    size_t count;
    struct hw_timer *over_timer;
    bool running;
};

static void begin_look(void *data);

static void set_why(struct look *look, const char *why)
{
    if (!strcmp(look->why, why))
        return;
    hw_replace(&look->why, why);
    look->beside->options.changed(look->beside->options.data);
}

static void set_timer(struct look *look, int64_t delay_ms, hw_timer_fn *fn)
{
    hw_timer_cancel(look->timer);
    look->timer = fn ? hw_loop_timer(look->beside->options.room->loop, delay_ms, fn, look) : NULL;
}

static void on_over(void *data)
{
    struct hw_beside *beside = data;
    beside->over_timer = NULL;
    beside->options.over(beside->options.data);
}

/* With `once`: this way has told all that it can. */
static void finish(struct look *look)
{
    struct hw_beside *beside = look->beside;
    bool all = beside->options.once && !beside->over_timer;
    look->over = true;
    for (size_t i = 0; i < beside->count; i++)
        all = all && beside->looks[i].over;
    if (all)
        beside->over_timer = hw_loop_timer(beside->options.room->loop, 0, on_over, beside);
}

static void end_session(struct look *look)
{
    set_timer(look, 0, NULL);
    if (!look->session)
        return;
    char *left_over = look->way->left_over(look->session);
    if (left_over) {
        free(look->left_over);
        look->left_over = left_over;
    }
    look->way->free(look->session);
    look->session = NULL;
}

static void fail(struct look *look, bool refused, const char *why)
{
    const struct hw_beside_options *options = &look->beside->options;
    end_session(look);
    look->refused = refused;
    if (!refused && !options->once)
        set_timer(look, options->room->slow_ms, begin_look);
    set_why(look, why);
    finish(look);
}

static void on_ended(void *data, enum hw_way_end how, const struct hw_err *err)
{
    struct hw_err copy = *err; /* it may live in what is freed now */
    fail(data, how == HW_WAY_REFUSED, copy.what);
}

static void on_deadline(void *data)
{
    struct look *look = data;
    struct hw_err err = {0};
    look->timer = NULL;
    hw_fail(&err, HW_ERR_NETWORK, _("no answer within %u seconds"), look->way->deadline_ms / 1000);
    fail(look, false, err.what);
}

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct look *look = data;
    const char *manner;
    switch (frame->kind) {
    case HW_FRAME_HELLO:
        set_timer(look, 0, NULL);
        manner = look->way->manner(look->session);
        set_why(look, manner ? manner : "");
        break;
    case HW_FRAME_BEAT:
        finish(look);
        break;
    default:
        hw_files_take(&look->files, frame);
        break;
    }
}

static void begin_look(void *data)
{
    struct look *look = data;
    const struct hw_beside_options *options = &look->beside->options;
    struct hw_way_start start = {.room = options->room,
                                 .target = options->target,
                                 .files = &look->files,
                                 .once = options->once,
                                 .left_over = look->left_over};
    struct hw_way_handler handler = {.frame = on_frame, .ended = on_ended, .data = look};
    bool final = false;
    look->timer = NULL;
    const char *missing = look->way->missing(options->room, options->target, &final);
    if (missing) {
        fail(look, final, missing);
        return;
    }
    hw_files_begin(&look->files);
    set_timer(look, look->way->deadline_ms, on_deadline);
    look->session = look->way->start(&start, &handler);
}

/* Life. */

struct hw_beside *hw_beside_new(const struct hw_beside_options *options)
{
    struct hw_beside *beside = HW_NEW(struct hw_beside);
    beside->options = *options;
    for (; beside->count < HW_WAYS_BESIDE && options->ways[beside->count]; beside->count++) {
        struct look *look = &beside->looks[beside->count];
        *look = (struct look){
            .beside = beside, .way = options->ways[beside->count], .why = hw_strdup("")};
        look->files.line = options->line;
        look->files.data = options->data;
    }
    return beside;
}

void hw_beside_free(struct hw_beside *beside)
{
    if (!beside)
        return;
    hw_timer_cancel(beside->over_timer);
    for (size_t i = 0; i < beside->count; i++) {
        struct look *look = &beside->looks[i];
        end_session(look);
        hw_files_done(&look->files);
        free(look->why);
        free(look->left_over);
    }
    free(beside);
}

void hw_beside_begin(struct hw_beside *beside)
{
    if (beside->running)
        return;
    beside->running = true;
    for (size_t i = 0; i < beside->count; i++) {
        if (beside->looks[i].refused)
            finish(&beside->looks[i]);
        else
            set_timer(&beside->looks[i], 0, begin_look);
    }
    if (!beside->count && beside->options.once)
        beside->over_timer = hw_loop_timer(beside->options.room->loop, 0, on_over, beside);
}

void hw_beside_rest(struct hw_beside *beside)
{
    beside->running = false;
    for (size_t i = 0; i < beside->count; i++) {
        end_session(&beside->looks[i]);
        if (!beside->looks[i].refused)
            hw_replace(&beside->looks[i].why, "");
    }
}

void hw_beside_tell(const struct hw_beside *beside, struct hw_buf *out)
{
    for (size_t i = 0; i < beside->count; i++) {
        const struct look *look = &beside->looks[i];
        if (beside->running && *look->why)
            hw_buf_print(out, "%s%s: %s", out->len ? "; " : "", _(look->way->title), look->why);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/follow.h"

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "node/beside.h"
#include "node/script.h"

#define ONCE_TRIES    3
#define LONGEST_RETRY 15 /* times the first */
#define REBOOT_MS     (15 * 60 * 1000)
#define LOGIN_WAIT_MS 50
#define BOOT_SIZE     24
#define NO_WAY        SIZE_MAX
#define BESIDE_ROUNDS 2 /* without success before the node is looked at from outside */
#define BETTER_MOST   3 /* doublings of the pause before direct ways are tried again */

struct attempt {
    const struct hw_way_class *way;
    bool tried;   /* in this round */
    bool refused; /* not to be tried again */
    char *why;    /* it failed or cannot be tried; "" */
    char *left_over;
};

struct hw_follow {
    struct hw_follow_options options;
    struct attempt attempts[HW_FOLLOW_WAYS];
    size_t count;
    size_t current; /* whose session is open, or was the last one */
    size_t liked;   /* was live last: first in each round; NO_WAY: none */
    struct hw_beside *beside;
    void *session; /* NULL: none */
    struct hw_timer *timer, *deadline;
    struct hw_timer *better; /* a makeshift way is live: then the direct ones are tried again */
    struct hw_files files;
    char boot[BOOT_SIZE];
    bool was_live, completed;
    bool live;                 /* the session has said hello */
    bool logging_in;           /* counted in *options.logins */
    bool distrusted;           /* the session under way sent what cannot be */
    bool away;                 /* since the reboot was announced */
    bool attempted;            /* something was tried in this round */
    bool trying;               /* direct ways, while a makeshift one counts as live */
    unsigned failures, rounds; /* since a way was live; rounds: also those that tried nothing */
    unsigned betters;
    int64_t reboot_until_ms; /* monotonic; 0: none expected */
    int64_t hold_until_ms;
    void (*closed)(void *data);
    void *closed_data;
};

static void connect_node(void *data);

/* Telling. */

static void tell_state(struct hw_follow *follow, enum hw_node_state state, const char *detail)
{
    follow->options.handler.state(follow->options.handler.data, state,
                                  follow->attempts[follow->current].way->name, detail);
}

static void tell_complete(void *data)
{
    struct hw_follow *follow = data;
    if (!follow->options.once || follow->completed)
        return;
    follow->completed = true;
    hw_files_flush(&follow->files);
    follow->options.handler.complete(follow->options.handler.data);
}

/* The logs cannot be had: what is seen from outside is the rest of what there is to tell. */
static void give_up(struct hw_follow *follow)
{
    if (follow->options.once && !follow->completed)
        hw_beside_begin(follow->beside);
}

static void on_line(void *data, struct hw_file *file, uint64_t offset, const char *text, size_t n)
{
    struct hw_follow *follow = data;
    follow->options.handler.line(follow->options.handler.data, file->name, &file->state, offset,
                                 text, n);
}

static void add_troubles(const struct hw_follow *follow, struct hw_buf *text)
{
    for (size_t i = 0; i < follow->count; i++) {
        const struct attempt *attempt = &follow->attempts[i];
        if (!*attempt->why)
            continue;
        if (follow->count > 1)
            hw_buf_print(text, "%s%s: ", text->len ? "; " : "", _(attempt->way->title));
        hw_buf_text(text, attempt->why);
    }
    hw_beside_tell(follow->beside, text);
}

/* No direct way is left. */
static bool is_refused(const struct hw_follow *follow)
{
    for (size_t i = 0; i < follow->count; i++) {
        const struct attempt *attempt = &follow->attempts[i];
        if (attempt->way->rank == HW_WAY_DIRECT && !attempt->refused)
            return false;
    }
    return true;
}

static bool is_rebooting(const struct hw_follow *follow)
{
    return follow->reboot_until_ms > hw_clock_monotonic_ms();
}

static enum hw_node_state state_without_connection(const struct hw_follow *follow)
{
    if (is_refused(follow))
        return HW_NODE_REFUSED;
    if (is_rebooting(follow))
        return HW_NODE_REBOOTING;
    return follow->was_live ? HW_NODE_LOST : HW_NODE_CONNECTING;
}

/* Why it cannot be reached: per way where there are several. */
static void tell_trouble(void *data)
{
    struct hw_follow *follow = data;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    if (follow->trying || follow->live)
        return;
    add_troubles(follow, &text);
    tell_state(follow, state_without_connection(follow), hw_buf_cstr(&text));
}

/* Sessions. */

static void leave_login(struct hw_follow *follow)
{
    if (follow->logging_in)
        --*follow->options.logins;
    follow->logging_in = false;
}

static void stop_timer(struct hw_timer **timer)
{
    hw_timer_cancel(*timer);
    *timer = NULL;
}

static void end_session(struct hw_follow *follow)
{
    struct attempt *attempt = &follow->attempts[follow->current];
    leave_login(follow);
    stop_timer(&follow->deadline);
    stop_timer(&follow->better);
    stop_timer(&follow->timer);
    follow->live = false;
    if (!follow->session)
        return;
    char *left_over = attempt->way->left_over(follow->session);
    if (left_over) {
        free(attempt->left_over);
        attempt->left_over = left_over;
    }
    attempt->way->free(follow->session);
    follow->session = NULL;
}

static void connect_later(struct hw_follow *follow, int64_t delay_ms)
{
    stop_timer(&follow->timer);
    follow->timer = hw_loop_timer(follow->options.room->loop, delay_ms, connect_node, follow);
}

/* 1, 2, 4 ... times the first wait, a fifth more or less, so that many nodes that were lost at once
 * do not come back at once. */
static unsigned retry_delay(const struct hw_follow *follow)
{
    uint32_t random = 0;
    unsigned factor = follow->failures < 4 ? 1u << follow->failures : LONGEST_RETRY;
    unsigned delay = follow->options.retry_ms * factor;
    RAND_bytes((unsigned char *)&random, sizeof random);
    return delay - delay / 5 + random % (delay / 5 * 2 + 1);
}

static void begin_round(struct hw_follow *follow)
{
    follow->attempted = false;
    for (size_t i = 0; i < follow->count; i++)
        follow->attempts[i].tried = false;
}

static bool all_refused(const struct hw_follow *follow)
{
    for (size_t i = 0; i < follow->count; i++) {
        if (!follow->attempts[i].refused)
            return false;
    }
    return true;
}

/* The first way is not ready, and the others wait for it. A thousand passwords come one after the
 * other, and until its own is there a node is not tried over ways that cost more requests. */
static bool holds(const struct hw_follow *follow)
{
    return follow->options.once || follow->options.target->password_pending ||
           hw_clock_monotonic_ms() < follow->hold_until_ms;
}

/* No way is left to be tried now. */
static void end_round(struct hw_follow *follow)
{
    bool attempted = follow->attempted, refused = is_refused(follow);
    begin_round(follow);
    follow->trying = false;
    follow->rounds += attempted || !holds(follow);
    if (!follow->options.once && !is_rebooting(follow) &&
        (refused || follow->rounds >= BESIDE_ROUNDS))
        hw_beside_begin(follow->beside);
    tell_trouble(follow);
    if (all_refused(follow)) {
        give_up(follow);
        return;
    }
    connect_later(follow, retry_delay(follow));
    follow->failures += attempted;
    if (refused || follow->failures >= ONCE_TRIES ||
        (!attempted && !follow->options.target->password_pending))
        give_up(follow);
}

/* The session ended by itself or by its deadline. */
static void take_end(struct hw_follow *follow, enum hw_way_end how, const struct hw_err *err)
{
    struct attempt *attempt = &follow->attempts[follow->current];
    hw_auto(hw_buf) why = HW_BUF(sizeof err->what + sizeof err->next + 8);
    bool was_live = follow->live, refused = how == HW_WAY_REFUSED;
    bool more = refused && *err->next;
    hw_buf_print(&why, "%s%s%s", err->what, more ? ". " : "", more ? err->next : "");
    hw_replace(&attempt->why, hw_buf_cstr(&why));
    attempt->refused = refused;
    follow->away = true;
    end_session(follow);
    if (attempt->way->rank == HW_WAY_MAKESHIFT)
        follow->trying = false;
    if (was_live || all_refused(follow)) {
        end_round(follow);
    } else {
        tell_trouble(follow);
        connect_later(follow, 0);
    }
}

static void on_ended(void *data, enum hw_way_end how, const struct hw_err *err)
{
    take_end(data, how, err);
}

static void on_deadline(void *data)
{
    struct hw_follow *follow = data;
    struct hw_err err = {0};
    follow->deadline = NULL;
    hw_fail(&err, HW_ERR_NETWORK, _("no answer within %u seconds"),
            follow->attempts[follow->current].way->deadline_ms / 1000);
    take_end(follow, HW_WAY_LOST, &err);
}

static void on_distrust(void *data)
{
    struct hw_follow *follow = data;
    struct hw_err err = {0};
    follow->timer = NULL;
    hw_fail(&err, HW_ERR_PROTOCOL, _("the log follower on the node sent what does not fit"));
    take_end(follow, HW_WAY_LOST, &err);
}

static void distrust(struct hw_follow *follow)
{
    if (follow->distrusted)
        return;
    follow->distrusted = true;
    follow->timer = hw_loop_timer(follow->options.room->loop, 0, on_distrust, follow);
}

/* Over SSH no boot time is told: a node that came back after it announced a reboot has rebooted. */
static bool has_rebooted(const struct hw_follow *follow, const char *boot)
{
    if (*boot && *follow->boot)
        return strcmp(follow->boot, boot) != 0;
    return follow->reboot_until_ms && follow->away;
}

/* In place of the makeshift way that is live the direct ones are tried again. */
static void try_better(struct hw_follow *follow)
{
    follow->betters++;
    end_session(follow);
    begin_round(follow);
    follow->trying = true;
    connect_later(follow, 0);
}

/* Comes at growing intervals. */
static void on_better(void *data)
{
    struct hw_follow *follow = data;
    follow->better = NULL;
    try_better(follow);
}

static void go_live_for_now(struct hw_follow *follow, const char *manner)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    unsigned doublings = follow->betters < BETTER_MOST ? follow->betters : BETTER_MOST;
    int64_t delay = (int64_t)follow->options.room->slow_ms << doublings;
    if (!is_refused(follow) && !follow->options.once)
        follow->better = hw_loop_timer(follow->options.room->loop, delay, on_better, follow);
    follow->trying = false;
    hw_buf_text(&text, manner ? manner : "");
    add_troubles(follow, &text);
    tell_state(follow, HW_NODE_LIVE, hw_buf_cstr(&text));
}

static void go_live(struct hw_follow *follow, const char *manner)
{
    follow->failures = follow->rounds = follow->betters = 0;
    follow->trying = false;
    follow->liked = follow->current;
    for (size_t i = 0; i < follow->count; i++) {
        if (!follow->attempts[i].refused)
            hw_replace(&follow->attempts[i].why, "");
    }
    tell_state(follow, HW_NODE_LIVE, manner ? manner : "");
}

static void on_hello(struct hw_follow *follow, const struct hw_frame *frame)
{
    struct attempt *attempt = &follow->attempts[follow->current];
    const char *boot = frame->boot ? frame->boot : "";
    bool rebooted = has_rebooted(follow, boot);
    if (frame->version != HW_SCRIPT_VERSION) {
        distrust(follow);
        return;
    }
    if (*boot)
        snprintf(follow->boot, sizeof follow->boot, "%s", boot);
    if (rebooted)
        follow->reboot_until_ms = 0;
    leave_login(follow);
    stop_timer(&follow->deadline);
    follow->live = follow->was_live = true;
    hw_replace(&attempt->left_over, NULL);
    hw_replace(&attempt->why, "");
    hw_beside_rest(follow->beside);
    const char *manner = attempt->way->manner(follow->session);
    if (attempt->way->rank == HW_WAY_MAKESHIFT)
        go_live_for_now(follow, manner);
    else
        go_live(follow, rebooted ? _("rebooted") : manner);
}

static void tell_clock(struct hw_follow *follow, const struct hw_frame *frame)
{
    const struct hw_follow_handler *handler = &follow->options.handler;
    if (frame->now_ms && handler->clock)
        handler->clock(handler->data, frame->now_ms, frame->kind == HW_FRAME_HELLO);
}

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct hw_follow *follow = data;
    bool again = follow->live && frame->kind == HW_FRAME_HELLO;
    if (again) /* a follower greets once */
        distrust(follow);
    if (follow->distrusted)
        return;
    tell_clock(follow, frame);
    switch (frame->kind) {
    case HW_FRAME_HELLO:
        on_hello(follow, frame);
        break;
    case HW_FRAME_BEAT:
        if (hw_files_complete(&follow->files))
            tell_complete(follow);
        break;
    case HW_FRAME_BROKEN:
        distrust(follow);
        break;
    default:
        if (!hw_files_take(&follow->files, frame))
            distrust(follow);
        break;
    }
}

/* Which way next. */

/* The i-th of a round: the one that was live last, then the others in their order. */
static size_t in_order(const struct hw_follow *follow, size_t i)
{
    if (follow->liked == NO_WAY)
        return i;
    if (i == 0)
        return follow->liked;
    return i <= follow->liked ? i - 1 : i;
}

/* Snapshots are for a node that does not come back by itself. */
static bool may_make_shift(const struct hw_follow *follow)
{
    if (follow->options.once)
        return !follow->options.target->password_pending;
    return !is_rebooting(follow) && (is_refused(follow) || follow->rounds > 0);
}

/* NO_WAY: none. */
static size_t choose(struct hw_follow *follow)
{
    bool waits = false;
    for (size_t i = 0; i < follow->count; i++) {
        size_t at = in_order(follow, i);
        struct attempt *attempt = &follow->attempts[at];
        bool direct = attempt->way->rank == HW_WAY_DIRECT;
        if (attempt->tried || attempt->refused || (direct ? waits : !may_make_shift(follow)))
            continue;
        bool final = false;
        const struct hw_target *target = follow->options.target;
        const char *missing = attempt->way->missing(follow->options.room, target, &final);
        if (!missing)
            return at;
        hw_replace(&attempt->why, missing);
        attempt->refused = final;
        waits |= !final && at == 0 && holds(follow);
    }
    return NO_WAY;
}

static void start_session(struct hw_follow *follow, size_t at)
{
    struct attempt *attempt = &follow->attempts[at];
    struct hw_way_start start = {.room = follow->options.room,
                                 .target = follow->options.target,
                                 .files = &follow->files,
                                 .once = follow->options.once,
                                 .left_over = attempt->left_over};
    struct hw_way_handler handler = {.frame = on_frame, .ended = on_ended, .data = follow};
    ++*follow->options.logins;
    follow->logging_in = true;
    follow->distrusted = false;
    follow->current = at;
    follow->attempted = attempt->tried = true;
    hw_files_begin(&follow->files);
    follow->deadline =
        hw_loop_timer(follow->options.room->loop, attempt->way->deadline_ms, on_deadline, follow);
    follow->session = attempt->way->start(&start, &handler);
    hw_replace(&attempt->left_over, NULL);
}

static void connect_node(void *data)
{
    struct hw_follow *follow = data;
    follow->timer = NULL;
    size_t at = choose(follow);
    if (at == NO_WAY)
        end_round(follow);
    else if (*follow->options.logins >= HW_FOLLOW_LOGINS)
        connect_later(follow, LOGIN_WAIT_MS);
    else
        start_session(follow, at);
}

/* Life. */

struct hw_follow *hw_follow_start(const struct hw_follow_options *options)
{
    struct hw_follow *follow = HW_NEW(struct hw_follow);
    follow->options = *options;
    follow->liked = NO_WAY;
    while (follow->count < HW_FOLLOW_WAYS && options->ways[follow->count]) {
        follow->attempts[follow->count] =
            (struct attempt){.way = options->ways[follow->count], .why = hw_strdup("")};
        follow->count++;
    }
    static const struct hw_way_class *const none[] = {NULL};
    follow->beside =
        hw_beside_new(&(struct hw_beside_options){.room = options->room,
                                                  .target = options->target,
                                                  .ways = options->beside ? options->beside : none,
                                                  .once = options->once,
                                                  .line = on_line,
                                                  .changed = tell_trouble,
                                                  .over = tell_complete,
                                                  .data = follow});
    follow->hold_until_ms = hw_clock_monotonic_ms() + options->hold_ms;
    follow->files.line = on_line;
    follow->files.data = follow;
    connect_later(follow, 0);
    return follow;
}

void hw_follow_expect_reboot(struct hw_follow *follow, bool expected)
{
    follow->reboot_until_ms = expected ? hw_clock_monotonic_ms() + REBOOT_MS : 0;
    follow->away = false;
}

void hw_follow_look_again(struct hw_follow *follow)
{
    if (!follow->session && !follow->closed && !follow->attempted && follow->timer)
        connect_later(follow, 0);
}

/* Where what stood at `index` stands when what is at `from` goes to the front. */
static size_t behind_first(size_t index, size_t from)
{
    if (index == from)
        return 0;
    return index < from ? index + 1 : index; /* NO_WAY stays */
}

void hw_follow_prefer(struct hw_follow *follow, const struct hw_way_class *way)
{
    size_t at = 0;
    while (at < follow->count && follow->attempts[at].way != way)
        at++;
    if (at == follow->count)
        return;
    struct attempt first = follow->attempts[at];
    memmove(&follow->attempts[1], &follow->attempts[0], at * sizeof first);
    follow->attempts[0] = first;
    follow->current = behind_first(follow->current, at);
    follow->liked = behind_first(follow->liked, at);
}

void hw_follow_forgive(struct hw_follow *follow, const struct hw_way_class *way)
{
    bool forgiven = false;
    for (size_t i = 0; i < follow->count; i++) {
        struct attempt *attempt = &follow->attempts[i];
        if ((way && attempt->way != way) || !attempt->refused)
            continue;
        attempt->refused = attempt->tried = false;
        hw_replace(&attempt->why, "");
        forgiven = true;
    }
    if (!forgiven)
        return;
    bool makeshift = follow->attempts[follow->current].way->rank == HW_WAY_MAKESHIFT;
    if (follow->session && follow->live && makeshift)
        try_better(follow);
    else if (!follow->session)
        connect_later(follow, 0);
}

void hw_follow_free(struct hw_follow *follow)
{
    if (!follow)
        return;
    end_session(follow);
    hw_beside_free(follow->beside);
    for (size_t i = 0; i < follow->count; i++) {
        free(follow->attempts[i].why);
        free(follow->attempts[i].left_over);
    }
    hw_files_done(&follow->files);
    free(follow);
}

static void on_closed(void *data)
{
    struct hw_follow *follow = data;
    void (*closed)(void *data) = follow->closed;
    void *closed_data = follow->closed_data;
    follow->session = NULL;
    follow->timer = NULL;
    hw_follow_free(follow);
    if (closed)
        closed(closed_data);
}

void hw_follow_close(struct hw_follow *follow, void (*closed)(void *data), void *data)
{
    follow->closed = closed;
    follow->closed_data = data;
    leave_login(follow);
    stop_timer(&follow->deadline);
    stop_timer(&follow->better);
    stop_timer(&follow->timer);
    hw_beside_rest(follow->beside);
    if (follow->session)
        follow->attempts[follow->current].way->close(follow->session, on_closed, follow);
    else
        follow->timer = hw_loop_timer(follow->options.room->loop, 0, on_closed, follow);
}

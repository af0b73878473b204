/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define EVENTS_A_ROUND 64
#define SIGNALS        32

struct hw_watch {
    struct hw_loop *loop;
    struct hw_watch *previous, *next;
    int fd;
    bool removed; /* freed at the end of the round: a ready event may still point here */
    hw_watch_fn *fn;
    void *data;
};

struct hw_timer {
    struct hw_loop *loop;
    size_t place; /* index in the heap */
    int64_t due_ms;
    uint64_t order; /* equal times fire in the order they were asked for */
    hw_timer_fn *fn;
    void *data;
};

struct post {
    hw_timer_fn *fn;
    void *data;
};

struct signal_handler {
    hw_signal_fn *fn;
    void *data;
};

struct hw_loop {
    int epoll_fd, wake_fd, signal_pipe[2];
    bool stop;
    struct hw_watch *watches, *removed;
    struct hw_watch *urgent; /* one of watches, or NULL */
    bool cut_short;          /* the last round: its posts and timers are still owed their turn */
    struct hw_timer **heap;
    size_t timer_count, timer_capacity;
    uint64_t next_order;
    pthread_mutex_t post_lock;
    struct post *posts;
    size_t post_count, post_capacity;
    struct signal_handler signals[SIGNALS];
};

/* The write end of the pipe of the loop that handles signals; a signal handler can reach
 * nothing else. */
static volatile int signal_write_fd = -1;

static void on_signal(int signo)
{
    int saved = errno;
    unsigned char byte = (unsigned char)signo;
    ssize_t n = write(signal_write_fd, &byte, 1);
    (void)n; /* a full pipe already holds a wake-up */
    errno = saved;
}

static void drain_wake(void *data HW_UNUSED, int fd, unsigned events HW_UNUSED)
{
    uint64_t value;
    ssize_t n = read(fd, &value, sizeof value);
    (void)n;
}

static void drain_signals(void *data, int fd, unsigned events HW_UNUSED)
{
    struct hw_loop *loop = data;
    unsigned char bytes[64];
    ssize_t n = read(fd, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++) {
        struct signal_handler handler = loop->signals[bytes[i] % SIGNALS];
        if (handler.fn)
            handler.fn(handler.data, bytes[i]);
    }
}

struct hw_loop *hw_loop_new(struct hw_err *err)
{
    struct hw_loop *loop = HW_NEW(struct hw_loop);
    pthread_mutex_init(&loop->post_lock, NULL);
    loop->signal_pipe[0] = loop->signal_pipe[1] = -1;
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->wake_fd < 0 || loop->epoll_fd < 0) {
        hw_fail_errno(err, _("cannot set up the event loop"));
        hw_loop_free(loop);
        return NULL;
    }
    hw_loop_watch(loop, loop->wake_fd, HW_READ, drain_wake, loop);
    return loop;
}

static void free_removed(struct hw_loop *loop)
{
    while (loop->removed) {
        struct hw_watch *watch = loop->removed;
        loop->removed = watch->next;
        free(watch);
    }
}

static void close_signals(struct hw_loop *loop)
{
    for (int signo = 1; signo < SIGNALS; signo++) {
        if (loop->signals[signo].fn)
            signal(signo, SIG_DFL);
    }
    if (loop->signal_pipe[1] >= 0) {
        signal_write_fd = -1;
        close(loop->signal_pipe[0]);
        close(loop->signal_pipe[1]);
    }
}

void hw_loop_free(struct hw_loop *loop)
{
    if (!loop)
        return;
    close_signals(loop);
    while (loop->watches)
        hw_watch_remove(loop->watches);
    free_removed(loop);
    for (size_t i = 0; i < loop->timer_count; i++)
        free(loop->heap[i]);
    free(loop->heap);
    free(loop->posts);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    pthread_mutex_destroy(&loop->post_lock);
    free(loop);
}

/* Timers: a binary heap, earliest first. */

static bool earlier(const struct hw_timer *a, const struct hw_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct hw_loop *loop, struct hw_timer *timer, size_t at)
{
    loop->heap[at] = timer;
    timer->place = at;
}

static void sift(struct hw_loop *loop, size_t at)
{
    struct hw_timer *timer = loop->heap[at];
    while (at > 0 && earlier(timer, loop->heap[(at - 1) / 2])) {
        place(loop, loop->heap[(at - 1) / 2], at);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= loop->timer_count)
            break;
        if (child + 1 < loop->timer_count && earlier(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!earlier(loop->heap[child], timer))
            break;
        place(loop, loop->heap[child], at);
        at = child;
    }
    place(loop, timer, at);
}

static void unplace(struct hw_timer *timer)
{
    struct hw_loop *loop = timer->loop;
    size_t at = timer->place;
    struct hw_timer *last = loop->heap[--loop->timer_count];
    if (last != timer) {
        place(loop, last, at);
        sift(loop, at);
    }
}

struct hw_timer *hw_loop_timer(struct hw_loop *loop, int64_t delay_ms, hw_timer_fn *fn, void *data)
{
    struct hw_timer *timer = HW_NEW(struct hw_timer);
    timer->loop = loop;
    timer->due_ms = hw_clock_monotonic_ms() + (delay_ms > 0 ? delay_ms : 0);
    timer->order = loop->next_order++;
    timer->fn = fn;
    timer->data = data;
    hw_grow(&loop->heap, &loop->timer_capacity, loop->timer_count, sizeof *loop->heap);
    place(loop, timer, loop->timer_count++);
    sift(loop, timer->place);
    return timer;
}

void hw_timer_cancel(struct hw_timer *timer)
{
    if (!timer)
        return;
    unplace(timer);
    free(timer);
}

static bool gave_way(struct hw_loop *loop);

static void fire_timers(struct hw_loop *loop)
{
    int64_t now = hw_clock_monotonic_ms();
    uint64_t newest = loop->next_order; /* one asked for by a callback waits for the next round */
    while (loop->timer_count && loop->heap[0]->due_ms <= now && loop->heap[0]->order < newest) {
        struct hw_timer *timer = loop->heap[0];
        hw_timer_fn *fn = timer->fn;
        void *data = timer->data;
        unplace(timer);
        free(timer);
        fn(data);
        if (gave_way(loop))
            return;
    }
}

/* Watches. */

static uint32_t epoll_events(unsigned events)
{
    return (events & HW_READ ? (uint32_t)EPOLLIN : 0) |
           (events & HW_WRITE ? (uint32_t)EPOLLOUT : 0);
}

struct hw_watch *hw_loop_watch(struct hw_loop *loop, int fd, unsigned events, hw_watch_fn *fn,
                               void *data)
{
    struct hw_watch *watch = HW_NEW(struct hw_watch);
    *watch = (struct hw_watch){.loop = loop, .fd = fd, .fn = fn, .data = data};
    watch->next = loop->watches;
    if (watch->next)
        watch->next->previous = watch;
    loop->watches = watch;
    struct epoll_event event = {.events = epoll_events(events), .data.ptr = watch};
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    return watch;
}

void hw_watch_change(struct hw_watch *watch, unsigned events)
{
    struct epoll_event event = {.events = epoll_events(events), .data.ptr = watch};
    epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void hw_watch_remove(struct hw_watch *watch)
{
    if (!watch || watch->removed)
        return;
    struct hw_loop *loop = watch->loop;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    if (watch->previous)
        watch->previous->next = watch->next;
    else
        loop->watches = watch->next;
    if (watch->next)
        watch->next->previous = watch->previous;
    if (loop->urgent == watch)
        loop->urgent = NULL;
    watch->removed = true;
    watch->next = loop->removed;
    loop->removed = watch;
}

void hw_watch_urgent(struct hw_watch *watch)
{
    watch->loop->urgent = watch;
}

/* True: the urgent watch was ready and had its turn. What else is ready waits for the next round.
 */
static bool gave_way(struct hw_loop *loop)
{
    struct hw_watch *watch = loop->urgent;
    struct pollfd ready = {.events = POLLIN};
    if (!watch)
        return false;
    ready.fd = watch->fd;
    if (poll(&ready, 1, 0) <= 0)
        return false;
    watch->fn(watch->data, watch->fd, HW_READ);
    return true;
}

/* Posts from other threads. */

void hw_loop_post(struct hw_loop *loop, hw_timer_fn *fn, void *data)
{
    pthread_mutex_lock(&loop->post_lock);
    hw_grow(&loop->posts, &loop->post_capacity, loop->post_count, sizeof *loop->posts);
    loop->posts[loop->post_count++] = (struct post){fn, data};
    pthread_mutex_unlock(&loop->post_lock);
    uint64_t one = 1;
    ssize_t n = write(loop->wake_fd, &one, sizeof one);
    (void)n; /* a full counter already wakes */
}

static void run_posts(struct hw_loop *loop)
{
    pthread_mutex_lock(&loop->post_lock);
    struct post *posts = loop->posts;
    size_t count = loop->post_count;
    loop->posts = NULL;
    loop->post_count = loop->post_capacity = 0;
    pthread_mutex_unlock(&loop->post_lock);
    for (size_t i = 0; i < count; i++)
        posts[i].fn(posts[i].data);
    free(posts);
}

/* Running. */

static int wait_ms(struct hw_loop *loop, int timeout_ms)
{
    if (loop->cut_short) /* a post's wake-up has been read already, its turn is still owed */
        return 0;
    if (!loop->timer_count)
        return timeout_ms;
    int64_t left = loop->heap[0]->due_ms - hw_clock_monotonic_ms();
    if (left < 0)
        left = 0;
    if (timeout_ms >= 0 && timeout_ms < left)
        return timeout_ms;
    return left > INT32_MAX ? INT32_MAX : (int)left;
}

static unsigned ready_events(uint32_t events)
{
    /* An error or hang-up wakes both sides: the next read or write tells which it is. */
    unsigned ready = events & (EPOLLERR | EPOLLHUP) ? HW_READ | HW_WRITE : 0;
    if (events & EPOLLIN)
        ready |= HW_READ;
    if (events & EPOLLOUT)
        ready |= HW_WRITE;
    return ready;
}

/* A stop ends one run; the loop can be run again, to close what is open. */
static bool take_stop(struct hw_loop *loop)
{
    bool stop = loop->stop;
    loop->stop = false;
    return stop;
}

bool hw_loop_step(struct hw_loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS_A_ROUND];
    if (take_stop(loop))
        return false;
    bool gives_way = false;
    int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_ROUND, wait_ms(loop, timeout_ms));
    for (int i = 0; i < n && !gives_way; i++) {
        struct hw_watch *watch = events[i].data.ptr;
        if (watch->removed)
            continue;
        watch->fn(watch->data, watch->fd, ready_events(events[i].events));
        gives_way = watch == loop->urgent || gave_way(loop);
    }
    /* Twice in a row would be for ever while keys stream in. */
    loop->cut_short = gives_way && !loop->cut_short;
    if (!loop->cut_short) {
        run_posts(loop);
        fire_timers(loop);
    }
    free_removed(loop);
    return !take_stop(loop);
}

void hw_loop_run(struct hw_loop *loop)
{
    while (hw_loop_step(loop, -1))
        ;
}

void hw_loop_stop(struct hw_loop *loop)
{
    loop->stop = true;
}

static bool open_signal_pipe(struct hw_loop *loop, struct hw_err *err)
{
    if (loop->signal_pipe[1] >= 0)
        return true;
    if (pipe2(loop->signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return hw_fail_errno(err, _("cannot watch signals"));
    signal_write_fd = loop->signal_pipe[1];
    hw_loop_watch(loop, loop->signal_pipe[0], HW_READ, drain_signals, loop);
    return true;
}

bool hw_loop_signal(struct hw_loop *loop, int signo, hw_signal_fn *fn, void *data,
                    struct hw_err *err)
{
    if (signo <= 0 || signo >= SIGNALS)
        return hw_fail(err, HW_ERR_USAGE, "signal %d", signo);
    if (fn && !open_signal_pipe(loop, err))
        return false;
    loop->signals[signo] = (struct signal_handler){fn, data};
    struct sigaction action = {.sa_handler = fn ? on_signal : SIG_DFL, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, NULL);
    return true;
}

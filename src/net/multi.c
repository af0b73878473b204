/* SPDX-License-Identifier: Apache-2.0 */
#include "net/multi.h"

#include <signal.h>

#include "base/log.h"
#include "base/mem.h"

#define HAND_CONNECTIONS 64

struct transfer {
    struct transfer *previous, *next;
    CURL *easy;
    struct hand *hand;
    hw_multi_fn *fn;
    void *data;
    struct hw_timer *refused; /* libcurl did not take it: that is told when it fires */
};

/* libcurl looks through all connections that it keeps at each end of a transfer. With a thousand of
 * them that is most of what it does; so many connections are divided among several hands. */
struct hand {
    struct hw_multi *multi;
    CURLM *curl; /* NULL until its first transfer */
    struct hw_timer *timer;
};

struct hw_multi {
    struct hw_loop *loop;
    long max_connections; /* of each hand */
    struct hand *hands;
    size_t hand_count;
    struct transfer *transfers;
    bool telling; /* callbacks run: a free by one of them leaves the struct to finish_done */
    bool gone;
};

static void free_struct(struct hw_multi *multi)
{
    free(multi->hands);
    free(multi);
}

static void unlink_transfer(struct hw_multi *multi, struct transfer *transfer)
{
    if (transfer->previous)
        transfer->previous->next = transfer->next;
    else
        multi->transfers = transfer->next;
    if (transfer->next)
        transfer->next->previous = transfer->previous;
    hw_timer_cancel(transfer->refused);
    curl_multi_remove_handle(transfer->hand->curl, transfer->easy);
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, NULL);
    free(transfer);
}

static void finish_done(struct hand *hand)
{
    struct hw_multi *multi = hand->multi;
    CURLMsg *message;
    int left;
    multi->telling = true;
    while (!multi->gone && (message = curl_multi_info_read(hand->curl, &left))) {
        struct transfer *transfer = NULL;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        if (message->msg != CURLMSG_DONE || !transfer)
            continue;
        hw_multi_fn *fn = transfer->fn;
        void *data = transfer->data;
        unlink_transfer(multi, transfer);
        fn(data, easy, code);
    }
    multi->telling = false;
    if (multi->gone)
        free_struct(multi);
}

static void on_timer(void *data)
{
    struct hand *hand = data;
    int running;
    hand->timer = NULL;
    curl_multi_socket_action(hand->curl, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(hand);
}

static int set_timer(CURLM *curl HW_UNUSED, long timeout_ms, void *data)
{
    struct hand *hand = data;
    hw_timer_cancel(hand->timer);
    hand->timer = NULL;
    if (timeout_ms >= 0)
        hand->timer = hw_loop_timer(hand->multi->loop, timeout_ms, on_timer, hand);
    return 0;
}

static void on_socket(void *data, int fd, unsigned events)
{
    struct hand *hand = data;
    int running, flags = 0;
    flags |= events & HW_READ ? CURL_CSELECT_IN : 0;
    flags |= events & HW_WRITE ? CURL_CSELECT_OUT : 0;
    curl_multi_socket_action(hand->curl, fd, flags, &running);
    finish_done(hand);
}

static int set_socket(CURL *easy HW_UNUSED, curl_socket_t fd, int what, void *data, void *assigned)
{
    struct hand *hand = data;
    struct hw_watch *watch = assigned;
    if (what == CURL_POLL_REMOVE) {
        hw_watch_remove(watch);
        curl_multi_assign(hand->curl, fd, NULL);
        return 0;
    }
    unsigned events = (what & CURL_POLL_IN ? HW_READ : 0) | (what & CURL_POLL_OUT ? HW_WRITE : 0);
    if (watch)
        hw_watch_change(watch, events);
    else
        curl_multi_assign(hand->curl, fd,
                          hw_loop_watch(hand->multi->loop, fd, events, on_socket, hand));
    return 0;
}

struct hw_multi *hw_multi_new(struct hw_loop *loop, long max_connections)
{
    struct hw_multi *multi = HW_NEW(struct hw_multi);
    /* Else libcurl does so, and undoes it, around each of its steps, in all threads. */
    signal(SIGPIPE, SIG_IGN);
    multi->loop = loop;
    multi->max_connections = max_connections;
    multi->hand_count = 1 + (size_t)(max_connections / HAND_CONNECTIONS);
    multi->hands = hw_alloc(multi->hand_count * sizeof *multi->hands);
    for (size_t i = 0; i < multi->hand_count; i++)
        multi->hands[i] = (struct hand){.multi = multi};
    return multi;
}

static void start_curl(struct hand *hand)
{
    hand->curl = curl_multi_init();
    curl_multi_setopt(hand->curl, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(hand->curl, CURLMOPT_SOCKETDATA, hand);
    curl_multi_setopt(hand->curl, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(hand->curl, CURLMOPT_TIMERDATA, hand);
    curl_multi_setopt(hand->curl, CURLMOPT_MAXCONNECTS, hand->multi->max_connections);
}

/* The same one for an easy handle at each of its transfers: its connection is kept there. */
static struct hand *hand_of(const struct hw_multi *multi, const CURL *easy)
{
    uint64_t mixed = (uint64_t)(uintptr_t)easy * UINT64_C(0x9E3779B97F4A7C15);
    return &multi->hands[(mixed >> 32) % multi->hand_count];
}

void hw_multi_free(struct hw_multi *multi)
{
    if (!multi)
        return;
    while (multi->transfers)
        unlink_transfer(multi, multi->transfers);
    for (size_t i = 0; i < multi->hand_count; i++) {
        struct hand *hand = &multi->hands[i];
        if (hand->curl)
            curl_multi_cleanup(hand->curl);
        hw_timer_cancel(hand->timer);
        hand->timer = NULL;
    }
    multi->gone = true;
    if (!multi->telling)
        free_struct(multi);
}

static void on_refused(void *data)
{
    struct transfer *transfer = data;
    CURL *easy = transfer->easy;
    hw_multi_fn *fn = transfer->fn;
    void *fn_data = transfer->data;
    transfer->refused = NULL;
    unlink_transfer(transfer->hand->multi, transfer);
    fn(fn_data, easy, CURLE_FAILED_INIT);
}

void hw_multi_add(struct hw_multi *multi, CURL *easy, hw_multi_fn *fn, void *data)
{
    struct hand *hand = hand_of(multi, easy);
    if (!hand->curl)
        start_curl(hand);
    struct transfer *transfer = HW_NEW(struct transfer);
    *transfer = (struct transfer){.easy = easy, .hand = hand, .fn = fn, .data = data};
    transfer->next = multi->transfers;
    if (transfer->next)
        transfer->next->previous = transfer;
    multi->transfers = transfer;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    CURLMcode code = curl_multi_add_handle(hand->curl, easy);
    if (code == CURLM_OK)
        return;
    hw_trace("net", "add: %s", curl_multi_strerror(code));
    transfer->refused = hw_loop_timer(multi->loop, 0, on_refused, transfer);
}

void hw_multi_remove(struct hw_multi *multi, CURL *easy)
{
    struct transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    if (transfer)
        unlink_transfer(multi, transfer);
}

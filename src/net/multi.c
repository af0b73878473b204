/* SPDX-License-Identifier: Apache-2.0 */
#include "net/multi.h"

#include "base/log.h"
#include "base/mem.h"

struct transfer {
    struct transfer *previous, *next;
    CURL *easy;
    hw_multi_fn *fn;
    void *data;
};

struct hw_multi {
    struct hw_loop *loop;
    CURLM *curl; /* NULL until the first transfer */
    long max_connections;
    struct hw_timer *timer;
    struct transfer *transfers;
    bool telling; /* callbacks run: a free by one of them leaves the struct to finish_done */
    bool gone;
};

static void unlink_transfer(struct hw_multi *multi, struct transfer *transfer)
{
    if (transfer->previous)
        transfer->previous->next = transfer->next;
    else
        multi->transfers = transfer->next;
    if (transfer->next)
        transfer->next->previous = transfer->previous;
    curl_multi_remove_handle(multi->curl, transfer->easy);
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, NULL);
    free(transfer);
}

static void finish_done(struct hw_multi *multi)
{
    CURLMsg *message;
    int left;
    multi->telling = true;
    while (!multi->gone && (message = curl_multi_info_read(multi->curl, &left))) {
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
        free(multi);
}

static void on_timer(void *data)
{
    struct hw_multi *multi = data;
    int running;
    multi->timer = NULL;
    curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(multi);
}

static int set_timer(CURLM *curl HW_UNUSED, long timeout_ms, void *data)
{
    struct hw_multi *multi = data;
    hw_timer_cancel(multi->timer);
    multi->timer = NULL;
    if (timeout_ms >= 0)
        multi->timer = hw_loop_timer(multi->loop, timeout_ms, on_timer, multi);
    return 0;
}

static void on_socket(void *data, int fd, unsigned events)
{
    struct hw_multi *multi = data;
    int running, flags = 0;
    flags |= events & HW_READ ? CURL_CSELECT_IN : 0;
    flags |= events & HW_WRITE ? CURL_CSELECT_OUT : 0;
    curl_multi_socket_action(multi->curl, fd, flags, &running);
    finish_done(multi);
}

static int set_socket(CURL *easy HW_UNUSED, curl_socket_t fd, int what, void *data, void *assigned)
{
    struct hw_multi *multi = data;
    struct hw_watch *watch = assigned;
    if (what == CURL_POLL_REMOVE) {
        hw_watch_remove(watch);
        curl_multi_assign(multi->curl, fd, NULL);
        return 0;
    }
    unsigned events = (what & CURL_POLL_IN ? HW_READ : 0) | (what & CURL_POLL_OUT ? HW_WRITE : 0);
    if (watch)
        hw_watch_change(watch, events);
    else
        curl_multi_assign(multi->curl, fd,
                          hw_loop_watch(multi->loop, fd, events, on_socket, multi));
    return 0;
}

struct hw_multi *hw_multi_new(struct hw_loop *loop, long max_connections)
{
    struct hw_multi *multi = HW_NEW(struct hw_multi);
    multi->loop = loop;
    multi->max_connections = max_connections;
    return multi;
}

static void start_curl(struct hw_multi *multi)
{
    multi->curl = curl_multi_init();
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, multi->max_connections);
}

void hw_multi_free(struct hw_multi *multi)
{
    if (!multi)
        return;
    while (multi->transfers)
        unlink_transfer(multi, multi->transfers);
    if (multi->curl)
        curl_multi_cleanup(multi->curl);
    hw_timer_cancel(multi->timer);
    multi->gone = true;
    if (!multi->telling)
        free(multi);
}

void hw_multi_add(struct hw_multi *multi, CURL *easy, hw_multi_fn *fn, void *data)
{
    if (!multi->curl)
        start_curl(multi);
    struct transfer *transfer = HW_NEW(struct transfer);
    *transfer = (struct transfer){.easy = easy, .fn = fn, .data = data};
    transfer->next = multi->transfers;
    if (transfer->next)
        transfer->next->previous = transfer;
    multi->transfers = transfer;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    CURLMcode code = curl_multi_add_handle(multi->curl, easy);
    if (code != CURLM_OK)
        hw_trace("net", "add: %s", curl_multi_strerror(code));
}

void hw_multi_remove(struct hw_multi *multi, CURL *easy)
{
    struct transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    if (transfer)
        unlink_transfer(multi, transfer);
}

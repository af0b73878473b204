/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/defs.h"
#include "net/multi.h"

/* A server of one canned answer on loopback, on the same loop. */
struct server {
    struct hw_loop *loop;
    int fd;
    struct hw_watch *watch;
    unsigned port, visitors;
};

struct visitor {
    struct server *server;
    struct hw_watch *watch;
};

static void answer(void *data, int fd, unsigned events HW_UNUSED)
{
    static const char reply[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    struct visitor *visitor = data;
    char request_text[1024];
    if (read(fd, request_text, sizeof request_text) > 0) {
        ssize_t n = send(fd, reply, sizeof reply - 1, MSG_NOSIGNAL);
        (void)n; /* a client that went away is part of the test */
    }
    visitor->server->visitors--;
    hw_watch_remove(visitor->watch);
    close(fd);
    free(visitor);
}

static void greet(void *data, int fd, unsigned events HW_UNUSED)
{
    struct server *server = data;
    int client = accept(fd, NULL, NULL);
    if (client < 0)
        return;
    struct visitor *visitor = calloc(1, sizeof *visitor);
    visitor->server = server;
    server->visitors++;
    visitor->watch = hw_loop_watch(server->loop, client, HW_READ, answer, visitor);
}

static void serve(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F000001)};
    socklen_t size = sizeof address;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_return_code(bind(server->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_return_code(listen(server->fd, 16), 0);
    assert_return_code(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    server->watch = hw_loop_watch(server->loop, server->fd, HW_READ, greet, server);
}

struct outcome {
    struct hw_loop *loop;
    struct hw_multi *multi;
    unsigned done, wanted;
    CURLcode code;
    bool free_inside;
};

static void on_done(void *data, CURL *easy HW_UNUSED, CURLcode code)
{
    struct outcome *outcome = data;
    outcome->code = code;
    if (outcome->free_inside) {
        hw_multi_free(outcome->multi);
        outcome->multi = NULL;
    }
    outcome->done++;
}

static size_t swallow(char *bytes HW_UNUSED, size_t size, size_t count, void *data HW_UNUSED)
{
    return size * count;
}

static CURL *request(unsigned port)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    return easy;
}

static void wait_all(const struct outcome *outcome)
{
    while (outcome->done < outcome->wanted)
        hw_loop_step(outcome->loop, 1000);
}

static void setup(struct server *server, struct outcome *outcome, unsigned wanted)
{
    struct hw_loop *loop = hw_loop_new(NULL);
    *server = (struct server){.loop = loop};
    serve(server);
    *outcome = (struct outcome){
        .loop = loop, .multi = hw_multi_new(loop, 8), .wanted = wanted, .code = CURLE_GOT_NOTHING};
}

static void teardown(struct server *server, struct outcome *outcome)
{
    hw_multi_free(outcome->multi);
    while (server->visitors) /* they see the end of their connection */
        hw_loop_step(outcome->loop, 100);
    hw_watch_remove(server->watch);
    close(server->fd);
    hw_loop_free(server->loop);
}

static void answers_come_from_the_loop(void **state HW_UNUSED)
{
    struct server server;
    struct outcome outcome;
    setup(&server, &outcome, 5);
    CURL *easy[5];
    for (size_t i = 0; i < 5; i++) {
        easy[i] = request(server.port);
        hw_multi_add(outcome.multi, easy[i], on_done, &outcome);
    }
    assert_int_equal(outcome.done, 0);
    wait_all(&outcome);
    assert_int_equal(outcome.done, 5);
    assert_int_equal(outcome.code, CURLE_OK);
    for (size_t i = 0; i < 5; i++)
        curl_easy_cleanup(easy[i]);
    teardown(&server, &outcome);
}

static void a_refused_connection_is_told(void **state HW_UNUSED)
{
    struct server server;
    struct outcome outcome;
    setup(&server, &outcome, 1);
    hw_watch_remove(server.watch);
    server.watch = NULL;
    close(server.fd);
    CURL *easy = request(server.port);
    hw_multi_add(outcome.multi, easy, on_done, &outcome);
    wait_all(&outcome);
    assert_int_equal(outcome.code, CURLE_COULDNT_CONNECT);
    curl_easy_cleanup(easy);
    server.fd = dup(0);
    teardown(&server, &outcome);
}

/* libcurl does not take a handle that another multi has. */
static void a_transfer_that_cannot_begin_is_told(void **state HW_UNUSED)
{
    struct server server;
    struct outcome outcome;
    setup(&server, &outcome, 1);
    CURLM *other = curl_multi_init();
    CURL *easy = request(server.port), *removed = request(server.port);
    curl_multi_add_handle(other, easy);
    curl_multi_add_handle(other, removed);
    hw_multi_add(outcome.multi, easy, on_done, &outcome);
    hw_multi_add(outcome.multi, removed, on_done, &outcome);
    hw_multi_remove(outcome.multi, removed);
    assert_int_equal(outcome.done, 0);
    hw_loop_step(outcome.loop, 0);
    assert_int_equal(outcome.done, 1);
    assert_int_equal(outcome.code, CURLE_FAILED_INIT);
    curl_multi_remove_handle(other, easy);
    curl_multi_remove_handle(other, removed);
    curl_multi_cleanup(other);
    curl_easy_cleanup(easy);
    curl_easy_cleanup(removed);
    teardown(&server, &outcome);
}

static void a_removed_transfer_is_silent(void **state HW_UNUSED)
{
    struct server server;
    struct outcome outcome;
    setup(&server, &outcome, 1);
    CURL *removed = request(server.port), *kept = request(server.port);
    hw_multi_add(outcome.multi, removed, on_done, &outcome);
    hw_multi_add(outcome.multi, kept, on_done, &outcome);
    hw_multi_remove(outcome.multi, removed);
    hw_multi_remove(outcome.multi, removed);
    wait_all(&outcome);
    assert_int_equal(outcome.done, 1);
    curl_easy_cleanup(removed);
    curl_easy_cleanup(kept);
    teardown(&server, &outcome);
}

static void a_callback_may_free_the_multi(void **state HW_UNUSED)
{
    struct server server;
    struct outcome outcome;
    setup(&server, &outcome, 1);
    outcome.free_inside = true;
    CURL *easy[3];
    for (size_t i = 0; i < 3; i++) {
        easy[i] = request(server.port);
        hw_multi_add(outcome.multi, easy[i], on_done, &outcome);
    }
    wait_all(&outcome);
    assert_int_equal(outcome.done, 1);
    for (size_t i = 0; i < 3; i++)
        curl_easy_cleanup(easy[i]);
    teardown(&server, &outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_from_the_loop),
        cmocka_unit_test(a_refused_connection_is_told),
        cmocka_unit_test(a_transfer_that_cannot_begin_is_told),
        cmocka_unit_test(a_removed_transfer_is_silent),
        cmocka_unit_test(a_callback_may_free_the_multi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

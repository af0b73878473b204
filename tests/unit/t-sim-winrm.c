/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "sim/winrm.h"
#include "wsman-client.h"

#define LOG_PATH   "C:\\ProgramData\\hpcwiz\\install.log"
#define OTHER_PATH "C:\\ProgramData\\hpcwiz\\other.log"

struct world {
    struct hw_loop *loop;
    struct sim_winrm *winrm;
    struct sim_guest *guest;
    struct sim_endpoint *endpoint;
    struct wsman_client client;
    struct wsman_reply reply;
};

static void open_endpoint(struct world *w, unsigned port)
{
    struct sim_endpoint_spec spec = {.address = "127.0.0.1",
                                     .port = port,
                                     .host = "HEAD",
                                     .password = "Geheim:1",
                                     .boot_ms = hw_clock_wall_ms(),
                                     .guest = w->guest};
    w->endpoint = sim_winrm_listen(w->winrm, &spec, NULL);
    assert_non_null(w->endpoint);
}

static int set_up(void **state)
{
    struct world *w = HW_NEW(struct world);
    w->loop = hw_loop_new(NULL);
    w->winrm = sim_winrm_new(w->loop, 7, NULL);
    w->guest = sim_guest_new();
    open_endpoint(w, 0);
    wsman_client_init(&w->client, w->loop, "127.0.0.1", sim_endpoint_port(w->endpoint),
                      "Administrator:Geheim:1");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    wsman_reply_done(&w->reply);
    sim_winrm_free(w->winrm);
    sim_guest_free(w->guest);
    hw_loop_free(w->loop);
    free(w);
    return 0;
}

static struct wsman_reply *fresh(struct world *w)
{
    wsman_reply_done(&w->reply);
    return &w->reply;
}

/* Receives until the command is done; out: its standard output, err: its standard error. */
static int drain(struct world *w, struct hw_buf *out, struct hw_buf *err)
{
    int code = -1;
    do {
        assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
        wsman_stream(&w->reply, "stdout", out);
        wsman_stream(&w->reply, "stderr", err);
    } while (!wsman_is_done(&w->reply, &code));
    return code;
}

static int run(struct world *w, const char *line, struct hw_buf *out, struct hw_buf *err)
{
    assert_true(wsman_create(&w->client, fresh(w)));
    assert_true(wsman_command(&w->client, line, fresh(w)));
    return drain(w, out, err);
}

static void whole_conversation(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(4096), err = HW_BUF(4096);
    assert_int_equal(run(w, "hostname", &out, &err), 0);
    assert_string_equal(hw_buf_cstr(&out), "HEAD\r\n");
    assert_int_equal(err.len, 0);
    assert_non_null(strstr(hw_buf_cstr(&w->reply.body), "<a:RelatesTo>uuid:"));
    assert_true(wsman_signal(&w->client, "terminate", fresh(w)));
    assert_false(wsman_receive(&w->client, "PT20S", fresh(w)));
    assert_int_equal(wsman_fault(&w->reply), 2150858843ul);
    assert_true(wsman_delete(&w->client, fresh(w)));
    assert_false(wsman_delete(&w->client, fresh(w)));
    assert_int_equal(w->reply.status, 500);
    assert_int_equal(wsman_fault(&w->reply), 2150858843ul);
}

static void unknown_command(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(4096), err = HW_BUF(4096);
    assert_int_equal(run(w, "ls -l", &out, &err), 1);
    assert_int_equal(out.len, 0);
    assert_string_equal(hw_buf_cstr(&err),
                        "'ls' is not recognized as an internal or external command,\r\n"
                        "operable program or batch file.\r\n");
}

static void too_long_a_command(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(4096), err = HW_BUF(4096), line = HW_BUF(16384);
    hw_buf_text(&line, "echo ");
    hw_buf_fill(&line, 'x', 8191 - line.len);
    assert_int_equal(run(w, hw_buf_cstr(&line), &out, &err), 0);
    hw_buf_char(&line, 'x');
    hw_buf_clear(&out);
    assert_int_equal(run(w, hw_buf_cstr(&line), &out, &err), 1);
    assert_string_equal(hw_buf_cstr(&err), "The command line is too long.\r\n");
}

static void type_is_binary_safe_and_bounded(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE), err = HW_BUF(4096);
    for (int i = 0; i < 5000; i++)
        sim_guest_write(w->guest, LOG_PATH, SIM_UTF16LE_BOM, true, "Größe der Datenbank: 128 MB");
    const struct sim_guest_file *file = sim_guest_find(w->guest, LOG_PATH);
    assert_true(wsman_create(&w->client, fresh(w)));
    assert_true(wsman_command(&w->client, "type \"" LOG_PATH "\"", fresh(w)));
    int code, replies = 0;
    do {
        assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
        assert_true(w->reply.body.len <= 153600);
        wsman_stream(&w->reply, "stdout", &out);
        replies++;
    } while (!wsman_is_done(&w->reply, &code));
    assert_true(replies > 2);
    assert_int_equal(out.len, file->bytes.len);
    assert_memory_equal(out.data, file->bytes.data, out.len);
}

static void wrong_password(void **state)
{
    struct world *w = *state;
    static const char *const wrong[] = {"Administrator:geheim:1", "Administrator:", "root:Geheim:1",
                                        "Administrator:Geheim:12"};
    for (size_t i = 0; i < HW_COUNT(wrong); i++) {
        w->client.user_password = wrong[i];
        assert_false(wsman_create(&w->client, fresh(w)));
        assert_int_equal(w->reply.status, 401);
        assert_non_null(strstr(hw_buf_cstr(&w->reply.headers), "Basic realm=\"WSMAN\""));
        assert_non_null(strstr(hw_buf_cstr(&w->reply.headers), "WWW-Authenticate: Negotiate"));
    }
}

static void long_poll_times_out_and_goes_on(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) line = HW_BUF(8192), out = HW_BUF(4096);
    wsman_follower(&line);
    assert_true(wsman_create(&w->client, fresh(w)));
    assert_true(wsman_command(&w->client, hw_buf_cstr(&line), fresh(w)));
    assert_true(wsman_receive(&w->client, "PT20S", fresh(w))); /* the noise on stderr */
    wsman_stream(&w->reply, "stderr", &out);
    while (!strstr(hw_buf_cstr(&out), "</Objs>")) {
        assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
        wsman_stream(&w->reply, "stderr", &out);
    }
    assert_false(wsman_receive(&w->client, "PT0.2S", fresh(w)));
    assert_int_equal(w->reply.status, 500);
    assert_int_equal(wsman_fault(&w->reply), 2150858793ul);
    assert_non_null(strstr(hw_buf_cstr(&w->reply.body), "w:TimedOut"));
    struct wsman_call *waiting = wsman_begin_receive(&w->client, "PT20S");
    assert_true(wsman_input(&w->client, "{\"globs\":[]}\n", false, fresh(w)));
    wsman_end(waiting, fresh(w));
    hw_buf_clear(&out);
    wsman_stream(&w->reply, "stdout", &out);
    assert_int_equal(w->reply.status, 200);
    assert_true(out.len > 0);
    int code;
    assert_true(wsman_input(&w->client, "", true, fresh(w)));
    assert_int_equal(drain(w, &out, &out), 0);
    assert_true(wsman_is_done(&w->reply, &code));
}

static void faults(void **state)
{
    struct world *w = *state;
    snprintf(w->client.shell, sizeof w->client.shell, "00000000-0000-4000-A000-000000000000");
    assert_false(wsman_command(&w->client, "hostname", fresh(w)));
    assert_int_equal(wsman_fault(&w->reply), 2150858843ul);
    static const struct {
        const char *action, *body;
        unsigned long fault;
    } cases[] = {
        {"http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
         "<rsp:Shell><rsp:IdleTimeOut>180</rsp:IdleTimeOut></rsp:Shell>", 2150858817ul},
        {"http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "", 2150858817ul},
        {"http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", "", 2150858753ul},
    };
    for (size_t i = 0; i < HW_COUNT(cases); i++) {
        hw_auto(hw_buf) envelope = HW_BUF(8192);
        wsman_put(&w->client, &envelope, cases[i].action, "PT20S", cases[i].body);
        wsman_send(&w->client, hw_buf_cstr(&envelope), fresh(w));
        assert_int_equal(w->reply.status, 500);
        assert_int_equal(wsman_fault(&w->reply), cases[i].fault);
    }
    static const char *const hostile[] = {
        "",
        "<",
        "not xml",
        "<a/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"/>"};
    for (size_t i = 0; i < HW_COUNT(hostile); i++) {
        wsman_send(&w->client, hostile[i], fresh(w));
        assert_int_equal(w->reply.status, 500);
        assert_int_equal(wsman_fault(&w->reply), 2150858817ul);
    }
}

static void shell_quota(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < HW_MAX_SIM_SHELLS; i++)
        assert_true(wsman_create(&w->client, fresh(w)));
    assert_false(wsman_create(&w->client, fresh(w)));
    assert_int_equal(wsman_fault(&w->reply), 2150859173ul);
}

static void one_command_a_shell(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) line = HW_BUF(8192);
    wsman_follower(&line);
    assert_true(wsman_create(&w->client, fresh(w)));
    assert_true(wsman_command(&w->client, hw_buf_cstr(&line), fresh(w)));
    assert_false(wsman_command(&w->client, "hostname", fresh(w)));
    assert_int_equal(wsman_fault(&w->reply), 2150859174ul);
    assert_true(wsman_signal(&w->client, "ctrl_c", fresh(w)));
    hw_auto(hw_buf) out = HW_BUF(4096);
    assert_int_equal(drain(w, &out, &out), (int)0xC000013A);
}

/* A shell with a follower in it, whose first words on standard error are read. */
static void start_follower(struct world *w)
{
    hw_auto(hw_buf) line = HW_BUF(8192), out = HW_BUF(4096);
    wsman_follower(&line);
    assert_true(wsman_create(&w->client, fresh(w)));
    assert_true(wsman_command(&w->client, hw_buf_cstr(&line), fresh(w)));
    while (!strstr(hw_buf_cstr(&out), "</Objs>")) {
        assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
        wsman_stream(&w->reply, "stderr", &out);
    }
}

/* Sends the follower its input and receives until it has sent a first sign of life. */
static void follow_paced(struct world *w, struct hw_buf *out)
{
    start_follower(w);
    assert_true(wsman_input(&w->client,
                            "{\"globs\":[\"C:\\\\ProgramData\\\\hpcwiz\\\\*.log\"],\"poll\":10,"
                            "\"scan\":0,\"beat\":600,\"pace\":600000}\n",
                            false, fresh(w)));
    do {
        assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
        wsman_stream(&w->reply, "stdout", out);
    } while (!strstr(hw_buf_cstr(out), "@K "));
    hw_buf_clear(out);
}

static void write_line(struct world *w, const char *path, const char *text)
{
    sim_guest_write(w->guest, path, SIM_UTF8, false, text);
}

/* A second line that the follower has read and not told. */
static void hold_a_line(struct world *w, struct hw_buf *out)
{
    write_line(w, LOG_PATH, "first");
    follow_paced(w, out);
    write_line(w, LOG_PATH, "waits");
    assert_false(wsman_receive(&w->client, "PT0.2S", fresh(w)));
}

/* Appends what comes until `text` does. */
static void receive_until(struct world *w, struct hw_buf *out, const char *text)
{
    do {
        assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
        wsman_stream(&w->reply, "stdout", out);
    } while (!strstr(hw_buf_cstr(out), text));
}

#define STAGE_LINE                                                                                 \
    "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=failed code=1 msg=\"it failed\""

/* What a follower with a pace has read and not told comes with the next stage line, and a file
 * that it sees for the first time goes at once. */
static void a_paced_follower_holds_back(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hold_a_line(w, &out);
    assert_int_equal(wsman_fault(&w->reply), 2150858793ul);
    write_line(w, OTHER_PATH, "new");
    receive_until(w, &out, "@D 1 0 ");
    assert_null(strstr(hw_buf_cstr(&out), "@D 0 "));
    write_line(w, OTHER_PATH, STAGE_LINE);
    receive_until(w, &out, "@D 0 ");
    assert_non_null(strstr(hw_buf_cstr(&out), "@D 1 4 "));
    assert_non_null(strstr(hw_buf_cstr(&out), "@D 0 6 6 r d2FpdHMK\n"));
}

/* What is held before a stage line of the same file goes with it, once. */
static void what_is_held_of_the_file_of_a_stage_line(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT), begin = HW_BUF(64);
    write_line(w, LOG_PATH, "first");
    follow_paced(w, &out);
    for (size_t at = strlen("first\n"); at < 400; at += strlen("waits\n" STAGE_LINE "\n")) {
        write_line(w, LOG_PATH, "waits");
        assert_false(wsman_receive(&w->client, "PT0.2S", fresh(w)));
        write_line(w, LOG_PATH, STAGE_LINE);
        hw_buf_clear(&begin);
        hw_buf_print(&begin, "@D 0 %zu %zu ", at, strlen("waits\n" STAGE_LINE "\n"));
        hw_buf_clear(&out);
        receive_until(w, &out, hw_buf_cstr(&begin));
        assert_true(hw_text_starts(hw_buf_cstr(&out), hw_buf_cstr(&begin)));
        assert_false(wsman_receive(&w->client, "PT0.2S", fresh(w)));
    }
}

/* It is told although the file is another one by then. */
static void what_is_held_of_a_file_that_is_replaced(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hold_a_line(w, &out);
    sim_guest_remove(w->guest, LOG_PATH);
    write_line(w, LOG_PATH, "2nd");
    receive_until(w, &out, "@D 0 0 ");
    assert_string_equal(hw_buf_cstr(&out), "@D 0 6 6 r d2FpdHMK\n@T 0 4\n@D 0 0 4 r Mm5kCg==\n");
}

static void terminate_aborts_a_pending_receive(void **state)
{
    struct world *w = *state;
    start_follower(w);
    struct wsman_call *waiting = wsman_begin_receive(&w->client, "PT60S");
    /* Whichever of the two the server takes first, the Receive ends at once. */
    assert_true(wsman_signal(&w->client, "terminate", fresh(w)));
    wsman_end(waiting, fresh(w));
    assert_int_equal(w->reply.status, 500);
    assert_true(wsman_fault(&w->reply) == 995 || wsman_fault(&w->reply) == 2150858843ul);
}

static void close_refuses_and_comes_back(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) line = HW_BUF(8192);
    unsigned port = sim_endpoint_port(w->endpoint);
    wsman_follower(&line);
    assert_true(wsman_create(&w->client, fresh(w)));
    assert_true(wsman_command(&w->client, hw_buf_cstr(&line), fresh(w)));
    assert_true(wsman_receive(&w->client, "PT20S", fresh(w)));
    struct wsman_call *waiting = wsman_begin_receive(&w->client, "PT60S");
    for (int i = 0; i < 20; i++)
        hw_loop_step(w->loop, 10);
    sim_endpoint_close(w->endpoint);
    wsman_end(waiting, fresh(w));
    /* The rest of the noise may have been answered before the end. */
    assert_true(!w->reply.answered || w->reply.status == 200);
    assert_false(wsman_create(&w->client, fresh(w)));
    assert_false(w->reply.answered);
    open_endpoint(w, port);
    assert_false(wsman_receive(&w->client, "PT20S", fresh(w)));
    assert_true(w->reply.answered);
    assert_true(wsman_create(&w->client, fresh(w)));
}

static void on_time(void *data)
{
    *(bool *)data = true;
}

static void an_idle_shell_is_reaped(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) envelope = HW_BUF(8192);
    bool over = false;
    wsman_put(&w->client, &envelope, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
              "PT20S", "<rsp:Shell><rsp:IdleTimeOut>PT0.05S</rsp:IdleTimeOut></rsp:Shell>");
    wsman_send(&w->client, hw_buf_cstr(&envelope), fresh(w));
    assert_int_equal(w->reply.status, 200);
    const char *id = strstr(w->reply.body.data, "Name=\"ShellId\">");
    assert_non_null(id);
    snprintf(w->client.shell, sizeof w->client.shell, "%.36s", id + strlen("Name=\"ShellId\">"));
    hw_loop_timer(w->loop, 100, on_time, &over); /* asked for later and due later */
    while (!over)
        hw_loop_step(w->loop, -1);
    assert_false(wsman_command(&w->client, "hostname", fresh(w)));
    assert_int_equal(wsman_fault(&w->reply), 2150858843ul);
}

/* The simulator ends while somebody still waits for output. */
static void the_end_with_a_pending_receive(void **state)
{
    struct world *w = *state;
    start_follower(w);
    bool over = false;
    struct wsman_call *waiting = wsman_begin_receive(&w->client, "PT60S");
    hw_loop_timer(w->loop, 100, on_time, &over);
    while (!over)
        hw_loop_step(w->loop, -1);
    sim_winrm_free(w->winrm);
    w->winrm = NULL;
    wsman_end(waiting, fresh(w));
    assert_false(w->reply.answered);
}

static void too_large_a_request(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) large = HW_BUF(2 * HW_MAX_SOAP);
    hw_buf_fill(&large, 'x', HW_MAX_SOAP + 1);
    wsman_send(&w->client, hw_buf_cstr(&large), fresh(w));
    assert_int_equal(w->reply.status, 413);
    assert_true(wsman_create(&w->client, fresh(w)));
}

static void http_errors(void **state)
{
    struct world *w = *state;
    snprintf(w->client.url + strlen(w->client.url), 4, "x");
    wsman_send(&w->client, "<a/>", fresh(w));
    assert_int_equal(w->reply.status, 404);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_conversation),
        TEST(unknown_command),
        TEST(too_long_a_command),
        TEST(type_is_binary_safe_and_bounded),
        TEST(wrong_password),
        TEST(long_poll_times_out_and_goes_on),
        TEST(faults),
        TEST(shell_quota),
        TEST(one_command_a_shell),
        TEST(a_paced_follower_holds_back),
        TEST(what_is_held_of_the_file_of_a_stage_line),
        TEST(what_is_held_of_a_file_that_is_replaced),
        TEST(terminate_aborts_a_pending_receive),
        TEST(close_refuses_and_comes_back),
        TEST(an_idle_shell_is_reaped),
        TEST(the_end_with_a_pending_receive),
        TEST(too_large_a_request),
        TEST(http_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The WinRM client against the simulator's WinRM server, and its envelopes against broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/sealed.h"
#include "node/soap.h"
#include "node/winrm.h"
#include "sim/winrm.h"

#define ADDRESS  "127.0.0.1"
#define PASSWORD "Geheim:1 \xC3\xBC"

struct world {
    struct hw_loop *loop;
    struct sim_winrm *sim;
    struct sim_guest *guest;
    struct sim_endpoint *endpoint;
    struct hw_multi *multi;
    struct hw_secret *password;
    struct hw_winrm *winrm;
    unsigned port;
    struct hw_buf out, errors;
    bool opened, ended, closed;
    enum hw_winrm_end how;
    int exit_code;
    struct hw_err err;
};

static void listen_again(struct world *w)
{
    struct sim_endpoint_spec spec = {.address = ADDRESS,
                                     .port = w->port,
                                     .host = "HEAD",
                                     .password = PASSWORD,
                                     .boot_ms = hw_clock_wall_ms(),
                                     .guest = w->guest};
    w->endpoint = sim_winrm_listen(w->sim, &spec, NULL);
    assert_non_null(w->endpoint);
    w->port = sim_endpoint_port(w->endpoint);
}

static int set_up(void **state)
{
    struct world *w = HW_NEW(struct world);
    w->loop = hw_loop_new(NULL);
    w->sim = sim_winrm_new(w->loop, 7, NULL);
    w->guest = sim_guest_new();
    listen_again(w);
    w->multi = hw_multi_new(w->loop, 8);
    w->password = hw_secret_new(PASSWORD, strlen(PASSWORD));
    w->out.max = w->errors.max = HW_MAX_FILE;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    hw_winrm_free(w->winrm);
    hw_multi_free(w->multi);
    sim_winrm_free(w->sim);
    sim_guest_free(w->guest);
    hw_secret_free(w->password);
    hw_buf_done(&w->out);
    hw_buf_done(&w->errors);
    hw_loop_free(w->loop);
    free(w);
    return 0;
}

static void on_opened(void *data)
{
    ((struct world *)data)->opened = true;
}

static void on_output(void *data, bool is_error, const char *bytes, size_t n)
{
    struct world *w = data;
    hw_buf_add(is_error ? &w->errors : &w->out, bytes, n);
}

static void on_ended(void *data, enum hw_winrm_end how, int exit_code, const struct hw_err *err)
{
    struct world *w = data;
    w->ended = true;
    w->how = how;
    w->exit_code = exit_code;
    w->err = err ? *err : (struct hw_err){0};
}

static void on_closed(void *data)
{
    ((struct world *)data)->closed = true;
}

static void start(struct world *w, const char *line, const char *pin)
{
    struct hw_wsman_target target = {
        .address = ADDRESS,
        .port = w->port,
        .user = "Administrator",
        .password = w->password,
        .pin = pin ? pin : sim_winrm_fingerprint(w->sim),
    };
    struct hw_winrm_command command = {.line = line};
    struct hw_winrm_handler handler = {on_opened, on_output, on_ended, w};
    w->winrm = hw_winrm_start(w->multi, w->loop, &target, &command, &handler);
    assert_false(w->ended);
}

static void wait_for(struct world *w, const bool *flag)
{
    for (int rounds = 0; !*flag; rounds++) {
        assert_true(rounds < 100000);
        hw_loop_step(w->loop, 1000);
    }
}

static void a_command_runs_to_its_end(void **state)
{
    struct world *w = *state;
    start(w, "hostname", NULL);
    wait_for(w, &w->ended);
    assert_true(w->opened);
    assert_int_equal(w->how, HW_WINRM_ENDED);
    assert_int_equal(w->exit_code, 0);
    assert_string_equal(hw_buf_cstr(&w->out), "HEAD\r\n");
    hw_winrm_close(w->winrm, on_closed, w);
    w->winrm = NULL;
    wait_for(w, &w->closed);
}

static void errors_and_exit_codes_come_through(void **state)
{
    struct world *w = *state;
    start(w, "ls -l \"a & b\"", NULL);
    wait_for(w, &w->ended);
    assert_int_equal(w->how, HW_WINRM_ENDED);
    assert_int_equal(w->exit_code, 1);
    assert_non_null(strstr(hw_buf_cstr(&w->errors), "'ls' is not recognized"));
}

static void large_output_comes_whole(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 20000; i++)
        sim_guest_write(w->guest, "C:\\a.log", SIM_UTF16LE_BOM, true,
                        "Gr\xC3\xB6\xC3\x9F"
                        "e");
    start(w, "type C:\\a.log", NULL);
    wait_for(w, &w->ended);
    const struct hw_buf *bytes = &sim_guest_find(w->guest, "C:\\a.log")->bytes;
    assert_int_equal(w->out.len, bytes->len);
    assert_memory_equal(w->out.data, bytes->data, bytes->len);
}

static void a_wrong_pin_is_refused_before_the_password_leaves(void **state)
{
    struct world *w = *state;
    char pin[HW_WSMAN_PIN_SIZE];
    memset(pin, 'a', sizeof pin - 1);
    pin[sizeof pin - 1] = '\0';
    start(w, "hostname", pin);
    wait_for(w, &w->ended);
    assert_int_equal(w->how, HW_WINRM_REFUSED);
    assert_int_equal(w->err.code, HW_ERR_AUTH);
    assert_non_null(strstr(w->err.what, pin));
    assert_non_null(strstr(w->err.what, sim_winrm_fingerprint(w->sim)));
    assert_true(*w->err.next);
    assert_false(w->opened);
}

static void a_wrong_password_is_refused(void **state)
{
    struct world *w = *state;
    hw_secret_free(w->password);
    w->password = hw_secret_new("wrong", 5);
    start(w, "hostname", NULL);
    wait_for(w, &w->ended);
    assert_int_equal(w->how, HW_WINRM_REFUSED);
    assert_non_null(strstr(w->err.what, "401"));
    assert_null(strstr(w->err.what, "wrong\""));
}

static void a_closed_port_is_worth_another_try(void **state)
{
    struct world *w = *state;
    sim_endpoint_close(w->endpoint);
    start(w, "hostname", NULL);
    wait_for(w, &w->ended);
    assert_int_equal(w->how, HW_WINRM_LOST);
    assert_int_equal(w->err.code, HW_ERR_NETWORK);
}

static void too_long_a_line_is_the_nodes_error(void **state)
{
    struct world *w = *state;
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_TEXT);
    hw_buf_text(&line, "echo ");
    hw_buf_fill(&line, 'x', HW_WINRM_LINE_MAX);
    start(w, hw_buf_cstr(&line), NULL);
    wait_for(w, &w->ended);
    assert_int_equal(w->exit_code, 1);
}

static void closing_and_freeing_at_any_moment_is_safe(void **state)
{
    struct world *w = *state;
    for (int steps = 0; steps < 12; steps++) {
        w->ended = w->closed = false;
        start(w, "type C:\\none", NULL);
        for (int i = 0; i < steps; i++)
            hw_loop_step(w->loop, 2);
        if (steps % 2) {
            hw_winrm_free(w->winrm);
        } else {
            hw_winrm_close(w->winrm, on_closed, w);
            wait_for(w, &w->closed);
        }
        w->winrm = NULL;
    }
}

/* Envelopes. */

static void requests_are_well_formed(void **state HW_UNUSED)
{
    for (int op = HW_SOAP_CREATE; op <= HW_SOAP_DELETE; op++) {
        hw_auto(hw_buf) out = HW_BUF(HW_MAX_SOAP);
        struct hw_soap_request request = {.op = (enum hw_soap_op)op,
                                          .url = "https://127.0.0.1:5986/wsman",
                                          .shell = op == HW_SOAP_CREATE ? NULL : "A<B>&\"C",
                                          .command = "D'E",
                                          .text = "echo <&>\"\n"};
        struct hw_soap_reply reply;
        struct hw_err err = {0};
        assert_true(hw_soap_write(&out, &request));
        assert_true(hw_soap_read(hw_buf_cstr(&out), out.len, &reply, &err));
        if (request.shell)
            assert_string_equal(reply.shell, "A<B>&\"C");
        hw_soap_reply_done(&reply);
    }
}

static void a_request_once_more_has_a_new_id(void **state HW_UNUSED)
{
    static const char mark[] = "uuid:";
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_SOAP);
    struct hw_soap_request request = {
        .op = HW_SOAP_RECEIVE, .url = "https://127.0.0.1/wsman", .shell = "A", .command = "B"};
    assert_true(hw_soap_write(&out, &request));
    hw_auto_text first = hw_strdup(hw_buf_cstr(&out));
    const char *before = strstr(first, mark), *after = strstr(hw_buf_cstr(&out), mark);
    for (int i = 0; i < 200; i++) { /* more than are made ahead */
        hw_soap_renew(&out);
        assert_memory_not_equal(before, after, strlen(mark) + 36);
        assert_int_equal(after[strlen(mark) + 14], '4'); /* RFC 4122: the version */
    }
    assert_int_equal(out.len, strlen(first));
    assert_memory_equal(first, out.data, (size_t)(before - first));
    assert_string_equal(before + strlen(mark) + 36, after + strlen(mark) + 36);
}

#define ENVELOPE(body)                                                                             \
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:r=\"x\"><s:Body>" body  \
    "</s:Body></s:Envelope>"

static void faults_are_told(void **state HW_UNUSED)
{
    static const char xml[] =
        ENVELOPE("<s:Fault><s:Reason><s:Text> \x1B bad\n</s:Text></s:Reason><s:Detail>"
                 "<f:WSManFault xmlns:f=\"y\" Code=\"2150858793\"/></s:Detail></s:Fault>");
    static const char sane[] =
        ENVELOPE("<s:Fault><s:Reason><s:Text> it\nis bad </s:Text></s:Reason><s:Detail>"
                 "<f:WSManFault xmlns:f=\"y\" Code=\"2150858793\"/></s:Detail></s:Fault>");
    struct hw_soap_reply reply;
    assert_false(hw_soap_read(xml, sizeof xml - 1, &reply, NULL)); /* ESC is no XML */
    hw_soap_reply_done(&reply);
    assert_true(hw_soap_read(sane, sizeof sane - 1, &reply, NULL));
    assert_true(reply.fault);
    assert_true(reply.fault_code == HW_SOAP_TIMED_OUT);
    assert_null(strchr(reply.fault_text, '\n'));
    hw_soap_reply_done(&reply);
}

static void broken_answers_are_refused(void **state HW_UNUSED)
{
    static const char *const broken[] = {
        "",
        "<html><body>It works!</body></html>",
        "<s:Envelope xmlns:s=\"x\"><s:Body>",
        ENVELOPE("<r:Stream Name=\"stdout\">aGV*bG8=</r:Stream>"),
        "<!DOCTYPE e [<!ENTITY a \"aaaaaaaaaa\">]>" ENVELOPE("<r:Stream>&a;</r:Stream>"),
        "<!DOCTYPE e [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>" ENVELOPE("&a;"),
    };
    for (size_t i = 0; i < HW_COUNT(broken); i++) {
        struct hw_soap_reply reply;
        struct hw_err err = {0};
        assert_false(hw_soap_read(broken[i], strlen(broken[i]), &reply, &err));
        assert_int_equal(err.code, HW_ERR_PROTOCOL);
        hw_soap_reply_done(&reply);
    }
}

static void huge_answers_are_bounded(void **state HW_UNUSED)
{
    hw_auto(hw_buf) xml = HW_BUF(2 * HW_MAX_SOAP);
    struct hw_soap_reply reply;
    hw_buf_text(&xml, "<s:Envelope xmlns:s=\"x\">");
    hw_buf_fill(&xml, 'A', HW_MAX_SOAP);
    hw_buf_text(&xml, "</s:Envelope>");
    assert_false(hw_soap_read(xml.data, xml.len, &reply, NULL));
    hw_soap_reply_done(&reply);
    hw_buf_clear(&xml);
    for (int i = 0; i < 100000; i++)
        hw_buf_text(&xml, "<a>");
    assert_false(hw_soap_read(xml.data, xml.len, &reply, NULL));
    hw_soap_reply_done(&reply);
}

static void sealed_messages_keep_their_parts(void **state HW_UNUSED)
{
    hw_auto(hw_buf) body = HW_BUF(4096);
    struct hw_sealed in = {.plain_length = 7,
                           .header = {"0123456789abcdef", 16},
                           .message = {"--Encrypted Boundary--\r\n\0x", 26}};
    struct hw_sealed out;
    assert_true(hw_sealed_write(&body, &in));
    assert_true(hw_sealed_read(hw_buf_cstr(&body), body.len, &out, NULL));
    assert_int_equal(out.plain_length, 7);
    assert_int_equal(out.header.n, 16);
    assert_memory_equal(out.header.p, in.header.p, 16);
    assert_int_equal(out.message.n, 26);
    assert_memory_equal(out.message.p, in.message.p, 26);
}

static void what_is_not_sealed_is_refused(void **state HW_UNUSED)
{
    static const char *const bodies[] = {
        "",
        "<s:Envelope/>",
        "--Encrypted Boundary--",
        "Length=1\r\napplication/octet-stream\r\n\x04\0\0\0abcd",
        "application/octet-stream\r\n--Encrypted Boundary--\r\n",
        "Length=\r\napplication/octet-stream\r\nAAAA--Encrypted Boundary--\r\n",
        "Length=99999999999999999999\r\napplication/octet-stream\r\n--Encrypted Boundary--",
        "Length=4\r\napplication/octet-stream\r\nAAAA--Encrypted Boundary--", /* a huge signature */
    };
    for (size_t i = 0; i < HW_COUNT(bodies); i++) {
        struct hw_sealed out;
        struct hw_err err = {0};
        assert_false(hw_sealed_read(bodies[i], strlen(bodies[i]), &out, &err));
        assert_int_equal(err.code, HW_ERR_PROTOCOL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_well_formed),
        cmocka_unit_test(a_request_once_more_has_a_new_id),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(broken_answers_are_refused),
        cmocka_unit_test(huge_answers_are_bounded),
        cmocka_unit_test(sealed_messages_keep_their_parts),
        cmocka_unit_test(what_is_not_sealed_is_refused),
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        WORLD_TEST(a_command_runs_to_its_end),
        WORLD_TEST(errors_and_exit_codes_come_through),
        WORLD_TEST(large_output_comes_whole),
        WORLD_TEST(a_wrong_pin_is_refused_before_the_password_leaves),
        WORLD_TEST(a_wrong_password_is_refused),
        WORLD_TEST(a_closed_port_is_worth_another_try),
        WORLD_TEST(too_long_a_line_is_the_nodes_error),
        WORLD_TEST(closing_and_freeing_at_any_moment_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

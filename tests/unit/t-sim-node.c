/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "sim/node_impl.h"
#include "wsman-client.h"

#define INSTALL_LOG "C:\\ProgramData\\hpcwiz\\install.log"
#define WATCHDOG_MS 60000
#define MOST_NODES  8

struct outcome {
    char instance[32];
    bool success;
    char reason[512];
};

struct world {
    struct hw_loop *loop;
    struct hw_timer *watchdog;
    struct sim_scenario *scenario;
    struct sim_nodes *nodes;
    struct outcome outcomes[MOST_NODES];
    size_t outcome_count;
    char pin[128];
    bool stop_on_signal; /* the cloud terminates a node from inside its signal */
    char addresses[MOST_NODES][16];
    size_t node_count;
};

static void on_watchdog(void *data HW_UNUSED)
{
    fail_msg("the nodes did not come to their end");
}

static void on_signal(void *data, const char *instance_id, const char *stack_id,
                      const char *logical_id, bool success, const char *reason)
{
    struct world *w = data;
    assert_string_equal(stack_id, "arn:stack");
    assert_string_equal(logical_id, "Group");
    assert_true(w->outcome_count < MOST_NODES);
    struct outcome *outcome = &w->outcomes[w->outcome_count++];
    outcome->success = success;
    snprintf(outcome->instance, sizeof outcome->instance, "%s", instance_id);
    snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
    if (w->stop_on_signal)
        sim_node_stop(sim_node_find(w->nodes, instance_id));
}

static void on_tag(void *data, const char *instance_id HW_UNUSED, const char *key,
                   const char *value)
{
    struct world *w = data;
    assert_string_equal(key, "hpcwiz:winrm-sha256");
    snprintf(w->pin, sizeof w->pin, "%s", value);
}

static void on_problem(void *data HW_UNUSED, const char *instance_id, const char *text)
{
    fail_msg("%s: %s", instance_id, text);
}

static struct world *new_world(const char *scenario, double speed)
{
    struct world *w = HW_NEW(struct world);
    w->loop = hw_loop_new(NULL);
    w->watchdog = hw_loop_timer(w->loop, WATCHDOG_MS, on_watchdog, w);
    w->scenario = sim_scenario_load(scenario, NULL);
    assert_non_null(w->scenario);
    struct sim_nodes_config config = {.loop = w->loop,
                                      .scenario = w->scenario,
                                      .speed = speed,
                                      .seed = 1,
                                      .hooks = {on_signal, on_tag, NULL, on_problem, w}};
    w->nodes = sim_nodes_new(&config, NULL);
    assert_non_null(w->nodes);
    return w;
}

static void free_world(struct world *w)
{
    sim_nodes_free(w->nodes);
    sim_scenario_free(w->scenario);
    hw_loop_free(w->loop);
    free(w);
}

/* Addresses of this process alone, so that tests may run side by side. */
static const char *address_of(struct world *w, size_t i)
{
    unsigned pid = (unsigned)getpid();
    snprintf(w->addresses[i], sizeof w->addresses[i], "127.%u.%u.%zu", 64 + pid / 250 % 128,
             pid % 250, i + 1);
    return w->addresses[i];
}

static struct sim_node *boot(struct world *w, enum sim_role role, unsigned number)
{
    char instance[32];
    snprintf(instance, sizeof instance, "i-%zu", w->node_count);
    struct sim_node_spec spec = {.instance_id = instance,
                                 .address = address_of(w, w->node_count++),
                                 .role = role,
                                 .group = role == SIM_COMPUTE ? "std" : "",
                                 .cluster = "riskgrid",
                                 .number = number,
                                 .stack_name = "riskgrid-x",
                                 .stack_id = "arn:stack",
                                 .logical_id = "Group"};
    return sim_node_boot(w->nodes, &spec);
}

static void run_until_outcomes(struct world *w, size_t count)
{
    while (w->outcome_count < count)
        hw_loop_step(w->loop, -1);
}

static const struct outcome *outcome_of(const struct world *w, const char *instance)
{
    for (size_t i = 0; i < w->outcome_count; i++) {
        if (!strcmp(w->outcomes[i].instance, instance))
            return &w->outcomes[i];
    }
    return NULL;
}

/* The bytes of a file as narrow text: UTF-16 loses its zero bytes. */
static void narrow(const struct sim_node *node, const char *glob, struct hw_buf *out)
{
    const struct sim_guest_file *file = NULL;
    while ((file = sim_guest_next(node->guest, glob, file))) {
        for (size_t i = 0; i < file->bytes.len; i++) {
            if (file->bytes.data[i])
                hw_buf_char(out, file->bytes.data[i]);
        }
    }
}

static bool log_has(const struct sim_node *node, const char *glob, const char *text)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
    narrow(node, glob, &out);
    return strstr(hw_buf_cstr(&out), text) != NULL;
}

static void ok_ends_well(void **state HW_UNUSED)
{
    struct world *w = new_world("ok", 4000);
    struct sim_node *compute = boot(w, SIM_COMPUTE, 1), *other = boot(w, SIM_COMPUTE, 2);
    struct sim_node *head = boot(w, SIM_HEAD, 1), *sql = boot(w, SIM_SQL, 1);
    assert_null(sim_node_password(sql));
    assert_string_equal(sim_node_name(compute), "N-I-0");
    run_until_outcomes(w, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(w->outcomes[i].success);
    /* Each waited for the one before. */
    assert_string_equal(w->outcomes[0].instance, "i-3");
    assert_string_equal(w->outcomes[1].instance, "i-2");
    assert_string_equal(sim_node_stage(other), "");
    assert_string_equal(w->pin, sim_nodes_fingerprint(w->nodes));
    assert_int_equal(strlen(w->pin), 64);
    assert_true(log_has(head, INSTALL_LOG, "HPCWIZ stage=setup status=done code=3010 msg=\""));
    assert_true(log_has(head, INSTALL_LOG, "HPCWIZ stage=reboot status=done code=0 msg=\""));
    assert_false(log_has(compute, INSTALL_LOG, "HPCWIZ stage=reboot"));
    assert_true(log_has(head, "C:\\Windows\\Temp\\HPCSetupLogs\\HPCSetupLogs-*\\chainer.txt",
                        "Setup finished with exit code 3010"));
    assert_true(log_has(sql, "C:\\Program Files\\*\\*\\MSSQL\\Log\\ERRORLOG",
                        "Starting up database 'HPCHAWitness'"));
    assert_non_null(strstr(sim_node_console(sql), "Ready to use"));
    free_world(w);
}

static void a_stage_line_has_the_form_of_the_contract(void **state HW_UNUSED)
{
    struct world *w = new_world("ok", 4000);
    struct sim_node *sql = boot(w, SIM_SQL, 1);
    run_until_outcomes(w, 1);
    hw_auto(hw_buf) log = HW_BUF(HW_MAX_FILE);
    narrow(sql, INSTALL_LOG, &log);
    size_t lines = 0;
    for (const char *at = log.data; (at = strstr(at, " HPCWIZ stage=")); at++, lines++) {
        int64_t ms;
        const char *line = at - 24;
        assert_true(line == log.data || line[-1] == '\n');
        assert_true(hw_time_parse(line, 24, &ms));
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        assert_int_equal(end[-1], '"');
    }
    assert_int_equal(lines, 16);
    free_world(w);
}

static void the_same_seed_gives_the_same_password(void **state HW_UNUSED)
{
    char passwords[2][64];
    for (int i = 0; i < 2; i++) {
        struct world *w = new_world("ok", 4000);
        struct sim_node *sql = boot(w, SIM_SQL, 1);
        run_until_outcomes(w, 1);
        snprintf(passwords[i], sizeof passwords[i], "%s", sim_node_password(sql));
        free_world(w);
    }
    assert_string_equal(passwords[0], passwords[1]);
    assert_int_equal(strlen(passwords[0]), 20);
}

static void run_failing(const char *scenario, int code, const char *reason, const char *evidence)
{
    struct world *w = new_world(scenario, 4000);
    struct sim_node *sql = boot(w, SIM_SQL, 1), *head = boot(w, SIM_HEAD, 1);
    struct sim_node *compute = boot(w, SIM_COMPUTE, 1);
    run_until_outcomes(w, 2);
    assert_true(outcome_of(w, "i-0")->success);
    assert_false(outcome_of(w, "i-1")->success);
    assert_non_null(strstr(outcome_of(w, "i-1")->reason, reason));
    assert_true(sim_node_failed(head));
    assert_string_equal(sim_node_stage(head), "setup");
    hw_auto_text line = hw_format("HPCWIZ stage=setup status=failed code=%d msg=\"", code);
    assert_true(log_has(head, INSTALL_LOG, line));
    assert_true(log_has(head, "C:\\Windows\\Temp\\HPCSetupLogs\\*\\chainer.txt", evidence));
    assert_string_equal(sim_node_stage(compute), "wait-head");
    if (code == 1603)
        assert_true(log_has(sql, "C:\\*\\*\\*\\MSSQL\\Log\\ERRORLOG",
                            "Login failed for user 'hpc_service'. Reason: Password did not match"));
    free_world(w);
}

static void sql_login_failed(void **state HW_UNUSED)
{
    run_failing("sql-login-failed", 1603,
                "stage setup failed with exit code 1603: ", "Login failed for user 'hpc_service'");
}

static void certificate_13818(void **state HW_UNUSED)
{
    run_failing("certificate-13818", 13818,
                "stage setup failed with exit code 13818: ", "doesn't meet the requirements");
}

static void setup_3010_reboot(void **state HW_UNUSED)
{
    struct world *w = new_world("setup-3010-reboot", 4000);
    boot(w, SIM_SQL, 1);
    boot(w, SIM_HEAD, 1);
    struct sim_node *compute = boot(w, SIM_COMPUTE, 1);
    run_until_outcomes(w, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(w->outcomes[i].success);
    assert_true(log_has(compute, INSTALL_LOG, "stage=setup status=done code=3010"));
    assert_true(log_has(compute, INSTALL_LOG, "stage=reboot status=done code=0"));
    free_world(w);
}

static void no_signal_never_signals(void **state HW_UNUSED)
{
    struct world *w = new_world("no-signal", 4000);
    boot(w, SIM_SQL, 1);
    boot(w, SIM_HEAD, 1);
    struct sim_node *compute = boot(w, SIM_COMPUTE, 1);
    run_until_outcomes(w, 2);
    hw_auto(hw_buf) log = HW_BUF(HW_MAX_FILE);
    while (!strstr(hw_buf_cstr(&log), " is refused, next try in 20 s\n2")) {
        hw_loop_step(w->loop, -1);
        hw_buf_clear(&log);
        narrow(compute, INSTALL_LOG, &log);
    }
    assert_string_equal(sim_node_stage(compute), "wait-head");
    assert_false(sim_node_failed(compute));
    assert_int_equal(w->outcome_count, 2);
    free_world(w);
}

/* A cluster whose SQL Server is on the head node has no such peer. */
static void a_head_without_sql_node_does_not_wait(void **state HW_UNUSED)
{
    struct world *w = new_world("ok", 4000);
    boot(w, SIM_HEAD, 1);
    run_until_outcomes(w, 1);
    assert_true(w->outcomes[0].success);
    free_world(w);
}

static void first_attempt_only(void **state HW_UNUSED)
{
    struct world *w = new_world("certificate-13818", 4000);
    struct sim_stage *setup =
        (struct sim_stage *)sim_scenario_stage(w->scenario, SIM_HEAD, "setup");
    setup->twist.first_only = true;
    w->stop_on_signal = true;
    boot(w, SIM_HEAD, 1);
    run_until_outcomes(w, 1);
    assert_false(w->outcomes[0].success);
    assert_null(sim_node_find(w->nodes, "i-0"));
    boot(w, SIM_HEAD, 1);
    run_until_outcomes(w, 2);
    assert_true(w->outcomes[1].success);
    free_world(w);
}

static void stop_at_any_moment(void **state HW_UNUSED)
{
    struct world *w = new_world("ok", 2000);
    for (int turn = 0; turn < 60; turn++) {
        struct sim_node *node = boot(w, SIM_HEAD, 1);
        for (int i = 0; i < turn * 2; i++)
            hw_loop_step(w->loop, 5);
        sim_node_stop(node);
        w->node_count = 0;
        w->outcome_count = 0;
    }
    free_world(w);
}

/* What the follower's frames say of one file: its bytes from an offset on. */
struct copy {
    long long id;
    struct hw_buf bytes; /* from `from` on */
    size_t from;
    struct hw_buf text; /* frames not yet read */
    char boot[32];
    unsigned truncations;
};

static void inflate_raw(const struct hw_buf *packed, struct hw_buf *out, size_t count)
{
    unsigned char plain[65536];
    z_stream stream = {.next_in = (unsigned char *)packed->data,
                       .avail_in = (uInt)packed->len,
                       .next_out = plain,
                       .avail_out = sizeof plain};
    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, count);
    hw_buf_add(out, plain, count);
    inflateEnd(&stream);
}

static void read_data(struct copy *copy, const char *frame)
{
    char kind;
    long long id, offset;
    int text_at;
    size_t count;
    assert_int_equal(sscanf(frame, "@D %lld %lld %zu %c %n", &id, &offset, &count, &kind, &text_at),
                     4);
    if (id != copy->id)
        return;
    assert_int_equal((size_t)offset, copy->from + copy->bytes.len);
    hw_auto(hw_buf) packed = HW_BUF(HW_MAX_FILE);
    assert_true(hw_buf_unbase64(&packed, frame + text_at, strlen(frame + text_at)));
    if (kind == 'z')
        inflate_raw(&packed, &copy->bytes, count);
    else
        hw_buf_add(&copy->bytes, packed.data, packed.len);
}

static void read_frames(struct copy *copy)
{
    char *end;
    while (copy->text.len && (end = memchr(copy->text.data, '\n', copy->text.len))) {
        hw_auto_text frame = hw_strndup(copy->text.data, (size_t)(end - copy->text.data));
        hw_buf_drop(&copy->text, (size_t)(end - copy->text.data) + 1);
        assert_int_equal(frame[0], '@');
        if (frame[1] == 'D')
            read_data(copy, frame);
        else if (frame[1] == 'T')
            copy->truncations++;
        else if (frame[1] == 'H')
            snprintf(copy->boot, sizeof copy->boot, "%.14s", frame + 5);
    }
}

/* A shell whose follower got `json`. */
static void begin_follow(struct wsman_client *client, const char *json)
{
    struct wsman_reply reply = {0};
    hw_auto(hw_buf) line = HW_BUF(8192);
    wsman_follower(&line);
    assert_true(wsman_create(client, &reply));
    wsman_reply_done(&reply);
    assert_true(wsman_command(client, hw_buf_cstr(&line), &reply));
    wsman_reply_done(&reply);
    hw_auto_text with_end = hw_format("%s\n", json);
    assert_true(wsman_input(client, with_end, false, &reply));
    wsman_reply_done(&reply);
}

/* One Receive; false when the connection broke. */
static bool follow_on(struct wsman_client *client, struct copy *copy)
{
    struct wsman_reply reply = {0};
    bool ok = wsman_receive(client, "PT10S", &reply);
    wsman_stream(&reply, "stdout", &copy->text);
    read_frames(copy);
    bool answered = reply.answered;
    assert_true(ok || !answered || wsman_fault(&reply) == 2150858793ul ||
                wsman_fault(&reply) == 2150858843ul);
    bool alive = ok || wsman_fault(&reply) == 2150858793ul;
    wsman_reply_done(&reply);
    return alive;
}

static void resumed_json(const struct copy *copy, struct hw_buf *out)
{
    hw_buf_text(out, "{\"globs\":[\"C:\\\\ProgramData\\\\hpcwiz\\\\*.log\"],\"poll\":20,\"scan\":1,"
                     "\"beat\":1,\"quiet\":0,\"ttl\":1,\"max\":8388608,\"resume\":[");
    if (copy->bytes.len) {
        hw_buf_print(out,
                     "{\"id\":5,\"p\":\"c:\\\\programdata\\\\HPCWIZ\\\\install.log\",\"o\":%zu,"
                     "\"s\":\"",
                     copy->bytes.len);
        hw_buf_base64(out, copy->bytes.data, copy->bytes.len < 64 ? copy->bytes.len : 64);
        hw_buf_text(out, "\"}");
    }
    hw_buf_text(out, "]}");
}

static void open_client(struct world *w, struct sim_node *node, struct wsman_client *client,
                        char *user_password, size_t size)
{
    while (!node->endpoint)
        hw_loop_step(w->loop, -1);
    snprintf(user_password, size, "Administrator:%s", sim_node_password(node));
    wsman_client_init(client, w->loop, node->address, 5986, user_password);
}

/* The log is followed, the node restarts in the middle, the copy goes on where it was. */
static void follow_across_a_reboot(void **state HW_UNUSED)
{
    struct world *w = new_world("setup-3010-reboot", 300);
    struct sim_node *sql = boot(w, SIM_SQL, 1);
    struct wsman_client client;
    char user_password[64];
    struct copy copy = {.bytes.max = HW_MAX_FILE, .text.max = HW_MAX_FILE};
    hw_auto(hw_buf) json = HW_BUF(4096);
    open_client(w, sql, &client, user_password, sizeof user_password);
    resumed_json(&copy, &json);
    begin_follow(&client, hw_buf_cstr(&json));
    while (!copy.bytes.len)
        assert_true(follow_on(&client, &copy));
    sim_node_reboot(sql);
    assert_null(sql->endpoint);
    assert_false(follow_on(&client, &copy));
    open_client(w, sql, &client, user_password, sizeof user_password);
    hw_buf_clear(&json);
    resumed_json(&copy, &json);
    copy.id = 5;
    copy.text.len = 0;
    begin_follow(&client, hw_buf_cstr(&json));
    const struct sim_guest_file *file = sim_guest_find(sql->guest, INSTALL_LOG);
    while (!w->outcome_count || copy.bytes.len < file->bytes.len)
        assert_true(follow_on(&client, &copy));
    assert_int_equal(copy.bytes.len, file->bytes.len);
    assert_memory_equal(copy.bytes.data, file->bytes.data, copy.bytes.len);
    assert_int_equal(copy.truncations, 0);
    assert_int_equal(strlen(copy.boot), 14);
    hw_buf_done(&copy.bytes);
    hw_buf_done(&copy.text);
    free_world(w);
}

static void a_wrong_signature_starts_over(void **state HW_UNUSED)
{
    struct world *w = new_world("ok", 4000);
    struct sim_node *sql = boot(w, SIM_SQL, 1);
    struct wsman_client client;
    char user_password[64];
    run_until_outcomes(w, 1);
    open_client(w, sql, &client, user_password, sizeof user_password);
    struct copy copy = {.id = 7, .bytes.max = HW_MAX_FILE, .text.max = HW_MAX_FILE};
    begin_follow(&client,
                 "{\"globs\":[\"C:\\\\ProgramData\\\\hpcwiz\\\\install.log\"],\"resume\":"
                 "[{\"id\":7,\"p\":\"C:\\\\ProgramData\\\\hpcwiz\\\\install.log\",\"o\":10,"
                 "\"s\":\"AAAA\"}],\"poll\":20,\"scan\":1,\"beat\":1}");
    const struct sim_guest_file *file = sim_guest_find(sql->guest, INSTALL_LOG);
    while (copy.bytes.len < file->bytes.len)
        assert_true(follow_on(&client, &copy));
    assert_int_equal(copy.truncations, 1);
    assert_memory_equal(copy.bytes.data, file->bytes.data, copy.bytes.len);
    hw_buf_done(&copy.bytes);
    hw_buf_done(&copy.text);
    free_world(w);
}

static void the_flood_writes_on(void **state HW_UNUSED)
{
    struct world *w = new_world("flood", 4000);
    struct sim_node *sql = boot(w, SIM_SQL, 1);
    while (sql->flood_line < 500)
        hw_loop_step(w->loop, -1);
    assert_true(log_has(sql, INSTALL_LOG, "Executing op 500: "));
    free_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_ends_well),
        cmocka_unit_test(a_stage_line_has_the_form_of_the_contract),
        cmocka_unit_test(the_same_seed_gives_the_same_password),
        cmocka_unit_test(sql_login_failed),
        cmocka_unit_test(certificate_13818),
        cmocka_unit_test(setup_3010_reboot),
        cmocka_unit_test(no_signal_never_signals),
        cmocka_unit_test(a_head_without_sql_node_does_not_wait),
        cmocka_unit_test(first_attempt_only),
        cmocka_unit_test(stop_at_any_moment),
        cmocka_unit_test(follow_across_a_reboot),
        cmocka_unit_test(a_wrong_signature_starts_over),
        cmocka_unit_test(the_flood_writes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet against simulated WinRM servers. The AWS side is played here: this program defines the
 * few functions of aws/client.h that the fleet calls, so those of the library are not linked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/fleet.h"
#include "node/password.h"
#include "sim/node.h"
#include "sim/winrm.h"

#define MACHINES 4
#define INSTALL  "C:\\ProgramData\\hpcwiz\\install.log"
#define ERRORLOG "C:\\Program Files\\Microsoft SQL Server\\MSSQL15.X\\MSSQL\\Log\\ERRORLOG"
#define PASSWORD "Start:123 geheim"

struct machine {
    const char *id, *address, *role, *group, *launch;
    const char *state; /* NULL: not listed */
    bool published;
    int64_t boot_ms;
    struct sim_guest *guest;
    struct sim_endpoint *endpoint;
};

struct world {
    struct hw_loop *loop;
    struct hw_work *work;
    struct sim_winrm *sim;
    struct machine machines[MACHINES];
    struct hw_fleet *fleet;
    char *folder, *key_file, *other_key_file;
    EVP_PKEY *key;
    unsigned port;
    bool password_set, list_fails, closed, done;
    const char *pin; /* published; NULL: the right one */
    enum hw_code done_code;
    struct hw_buf written[MACHINES], received[MACHINES];     /* install.log; one line each */
    struct hw_buf other[MACHINES], other_received[MACHINES]; /* ERRORLOG */
    struct hw_buf events;                                    /* states and stages */
    unsigned describes;
    int64_t aws_off_ms, first_ms; /* first_ms: of the line that came first */
    struct hw_buf questions;      /* asked and over */
    struct hw_strv trusted;
    bool nobody_asks;
    struct sim_nodes *played; /* nodes of a scenario, in place of the machines */
};

static struct world *world;

/* The AWS side. */

struct hw_aws_request {
    char *operation, *instance;
};

struct hw_aws_call {
    struct hw_aws_request *request;
    struct hw_timer *timer;
    hw_aws_fn *fn;
    void *data;
};

struct hw_aws_request *hw_aws_request_new(enum hw_aws_service service, const char *operation)
{
    struct hw_aws_request *request = HW_NEW(struct hw_aws_request);
    assert_int_equal(service, HW_AWS_EC2);
    request->operation = hw_strdup(operation);
    return request;
}

void hw_aws_param(struct hw_aws_request *request, const char *name, const char *value)
{
    if (!strcmp(name, "InstanceId"))
        hw_replace(&request->instance, value);
    if (!strcmp(name, "Filter.1.Value.1"))
        assert_string_equal(value, "riskgrid");
}

void hw_aws_paramf(struct hw_aws_request *request HW_UNUSED, const char *value HW_UNUSED,
                   const char *name_fmt HW_UNUSED, ...)
{
}

/* Of ways that no machine here has, and for values of secrets, which no fleet here is told of. */
void hw_aws_body_json(struct hw_aws_request *request HW_UNUSED, json_t *body_take)
{
    json_decref(body_take);
}

char *hw_aws_endpoint_url(const struct hw_aws *aws HW_UNUSED, enum hw_aws_service service HW_UNUSED)
{
    return NULL;
}

const char *hw_aws_profile(const struct hw_aws *aws HW_UNUSED)
{
    return "";
}

const char *hw_aws_region(const struct hw_aws *aws HW_UNUSED)
{
    return "";
}

void hw_aws_patient(struct hw_aws_request *request HW_UNUSED)
{
}

void hw_aws_secret_reply(struct hw_aws_request *request HW_UNUSED)
{
}

struct hw_loop *hw_aws_loop(const struct hw_aws *aws HW_UNUSED)
{
    return world->loop;
}

static void free_call(struct hw_aws_call *call)
{
    free(call->request->operation);
    free(call->request->instance);
    free(call->request);
    free(call);
}

static void describe_machine(struct hw_buf *xml, const struct machine *machine)
{
    hw_buf_print(xml,
                 "<item><instancesSet><item><instanceId>%s</instanceId><instanceState><name>%s"
                 "</name></instanceState><privateIpAddress>%s</privateIpAddress><launchTime>%s"
                 "</launchTime><tagSet><item><key>hpcwiz:role</key><value>%s</value></item>"
                 "<item><key>hpcwiz:group</key><value>%s</value></item>",
                 machine->id, machine->state, machine->address, machine->launch, machine->role,
                 machine->group);
    if (machine->published)
        hw_buf_print(xml, "<item><key>hpcwiz:winrm-sha256</key><value>%s</value></item>",
                     world->pin ? world->pin : sim_winrm_fingerprint(world->sim));
    hw_buf_text(xml, "</tagSet></item></instancesSet></item>");
}

static void describe(struct hw_buf *xml)
{
    world->describes++;
    hw_buf_text(xml, "<DescribeInstancesResponse><reservationSet>");
    for (size_t i = 0; i < MACHINES; i++) {
        if (world->machines[i].state)
            describe_machine(xml, &world->machines[i]);
    }
    hw_buf_text(xml, "</reservationSet></DescribeInstancesResponse>");
}

static void encrypt_password(const char *password, struct hw_buf *out)
{
    unsigned char sealed[1024];
    size_t size = sizeof sealed;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(world->key, NULL);
    assert_true(EVP_PKEY_encrypt_init(context) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0);
    assert_true(EVP_PKEY_encrypt(context, sealed, &size, (const unsigned char *)password,
                                 strlen(password)) > 0);
    EVP_PKEY_CTX_free(context);
    hw_buf_base64(out, sealed, size);
}

static const char *password_of(const char *instance)
{
    if (world->played)
        return sim_node_password(sim_node_find(world->played, instance));
    return world->password_set ? PASSWORD : NULL;
}

static void answer(void *data)
{
    struct hw_aws_call *call = data;
    hw_auto(hw_buf) xml = HW_BUF(HW_MAX_TEXT);
    struct hw_err err = {0};
    bool list = !strcmp(call->request->operation, "DescribeInstances");
    if (list && world->list_fails) {
        hw_fail(&err, HW_ERR_NETWORK, "no way there");
        call->fn(call->data, NULL, &err);
        free_call(call);
        return;
    }
    if (list)
        describe(&xml);
    else
        hw_buf_text(&xml, "<GetPasswordDataResponse><passwordData>\r\n");
    const char *password = list ? NULL : password_of(call->request->instance);
    if (password)
        encrypt_password(password, &xml);
    if (!list)
        hw_buf_text(&xml, "\r\n</passwordData></GetPasswordDataResponse>");
    struct hw_xml_doc *doc = hw_xml_parse(xml.data, xml.len);
    struct hw_aws_reply reply = {.status = 200, .xml = hw_xml_root(doc)};
    call->fn(call->data, &reply, NULL);
    hw_xml_free(doc);
    free_call(call);
}

struct hw_aws_call *hw_aws_send(struct hw_aws *aws HW_UNUSED, struct hw_aws_request *request_take,
                                hw_aws_fn *fn, void *data)
{
    struct hw_aws_call *call = HW_NEW(struct hw_aws_call);
    *call = (struct hw_aws_call){.request = request_take, .fn = fn, .data = data};
    call->timer = hw_loop_timer(world->loop, 0, answer, call);
    return call;
}

void hw_aws_cancel(struct hw_aws_call *call)
{
    if (!call)
        return;
    hw_timer_cancel(call->timer);
    free_call(call);
}

int64_t hw_aws_clock_off_ms(const struct hw_aws *aws HW_UNUSED)
{
    return world->aws_off_ms;
}

/* The machines. */

static void power_on(struct machine *machine, bool rebooted)
{
    if (rebooted)
        machine->boot_ms += 60000;
    struct sim_endpoint_spec spec = {.address = machine->address,
                                     .port = world->port,
                                     .host = "NODE",
                                     .password = PASSWORD,
                                     .boot_ms = machine->boot_ms,
                                     .guest = machine->guest};
    machine->endpoint = sim_winrm_listen(world->sim, &spec, NULL);
    assert_non_null(machine->endpoint);
    world->port = sim_endpoint_port(machine->endpoint);
}

static void power_off(struct machine *machine)
{
    sim_endpoint_close(machine->endpoint);
    machine->endpoint = NULL;
}

static void write_line(size_t machine, const char *text)
{
    hw_buf_print(&world->written[machine], "%s\n", text);
    assert_true(sim_guest_write(world->machines[machine].guest, INSTALL, SIM_UTF8, true, text));
}

static void write_other(size_t machine, const char *text)
{
    hw_buf_print(&world->other[machine], "%s\n", text);
    assert_true(
        sim_guest_write(world->machines[machine].guest, ERRORLOG, SIM_UTF16LE_BOM, true, text));
}

static char *write_key(const char *name, EVP_PKEY *key)
{
    char *path = hw_path_join(world->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    fclose(file);
    return path;
}

static void make_keys(void)
{
    EVP_PKEY *other = EVP_RSA_gen(2048);
    assert_true(hw_dir_private("hpcwiz-t-fleet-", &world->folder, NULL));
    world->key = EVP_RSA_gen(2048);
    world->key_file = write_key("key.pem", world->key);
    world->other_key_file = write_key("other.pem", other);
    EVP_PKEY_free(other);
}

static int set_up(void **state HW_UNUSED)
{
    static const struct machine fresh[MACHINES] = {
        {.id = "i-sql", .address = "127.44.1.1", .role = "sql", .group = "sql"},
        {.id = "i-head", .address = "127.44.1.2", .role = "head", .group = "head"},
        {.id = "i-b", .address = "127.44.1.3", .role = "compute", .group = "std"},
        {.id = "i-a", .address = "127.44.1.4", .role = "compute", .group = "std"},
    };
    static const char *const launched[] = {"2026-11-22T20:00:00Z", "2026-11-22T20:01:00Z",
                                           "2026-11-22T20:02:00Z", "2026-11-22T20:03:00Z"};
    world = HW_NEW(struct world);
    world->loop = hw_loop_new(NULL);
    world->work = hw_work_new(world->loop, 1);
    world->sim = sim_winrm_new(world->loop, 11, NULL);
    world->password_set = true;
    world->events.max = world->questions.max = HW_MAX_FILE;
    make_keys();
    for (size_t i = 0; i < MACHINES; i++) {
        struct machine *machine = &world->machines[i];
        *machine = fresh[i];
        machine->launch = launched[i];
        machine->published = true;
        machine->boot_ms = 1795000000000;
        machine->guest = sim_guest_new();
        power_on(machine, false);
        world->written[i].max = world->received[i].max = HW_MAX_FILE;
        world->other[i].max = world->other_received[i].max = HW_MAX_FILE;
    }
    return 0;
}

static int tear_down(void **state HW_UNUSED)
{
    hw_fleet_free(world->fleet);
    hw_work_free(world->work);
    sim_winrm_free(world->sim);
    for (size_t i = 0; i < MACHINES; i++) {
        sim_guest_free(world->machines[i].guest);
        hw_buf_done(&world->written[i]);
        hw_buf_done(&world->received[i]);
        hw_buf_done(&world->other[i]);
        hw_buf_done(&world->other_received[i]);
    }
    hw_buf_done(&world->events);
    hw_buf_done(&world->questions);
    hw_strv_done(&world->trusted);
    hw_dir_remove(world->folder, NULL);
    free(world->folder);
    free(world->key_file);
    free(world->other_key_file);
    EVP_PKEY_free(world->key);
    hw_loop_free(world->loop);
    free(world);
    return 0;
}

/* The fleet. */

static size_t machine_of(const char *instance)
{
    size_t i = 0;
    while (strcmp(world->machines[i].id, instance) != 0)
        assert_true(++i < MACHINES);
    return i;
}

static void tell(void *data HW_UNUSED, const struct hw_event *event)
{
    if (event->type == HW_EV_LOG) {
        size_t machine = machine_of(event->u.log.instance);
        bool other = !strcmp(event->u.log.source, "ERRORLOG");
        if (!world->first_ms)
            world->first_ms = event->u.log.time_ms;
        hw_buf_print(other ? &world->other_received[machine] : &world->received[machine], "%s\n",
                     event->u.log.text);
    } else if (event->type == HW_EV_NODE) {
        hw_buf_print(&world->events, "%s %s %s;", event->u.node.node,
                     hw_node_state_word(event->u.node.state), event->u.node.detail);
    } else if (event->type == HW_EV_STAGE) {
        hw_buf_print(&world->events, "%s stage %s %s %d %s;", event->u.stage.node,
                     event->u.stage.stage, hw_stage_status_word(event->u.stage.status),
                     event->u.stage.exit_code, event->u.stage.message);
    } else if (event->type == HW_EV_NOTICE) {
        hw_buf_print(&world->events, "notice %s;", event->u.notice.text);
    }
}

static const struct hw_sink sink = {tell, NULL};

static void on_done(void *data HW_UNUSED, const struct hw_err *err)
{
    assert_false(world->done);
    world->done = true;
    world->done_code = err ? err->code : HW_OK;
}

static void on_closed(void *data HW_UNUSED)
{
    world->closed = true;
}

static void on_ask(void *data HW_UNUSED, const struct hw_fleet_question *question)
{
    assert_null(question->fingerprint);
    assert_string_equal(question->sha256, sim_winrm_fingerprint(world->sim));
    assert_int_equal(strlen(question->sha1), 40);
    assert_non_null(strstr(question->subject, "CN="));
    assert_int_equal(strlen(question->until), strlen("2027-11-28"));
    hw_buf_print(&world->questions, "ask %s %s;", question->instance, question->address);
}

static void on_ask_done(void *data HW_UNUSED)
{
    hw_buf_text(&world->questions, "over;");
}

static void start(bool follow, const struct hw_strv *nodes, const char *key_file)
{
    struct hw_fleet_asker asker = {on_ask, on_ask_done, NULL};
    struct hw_fleet_options options = {.cluster = "riskgrid",
                                       .nodes = nodes,
                                       .key_file = key_file,
                                       .follow = follow,
                                       .sink = &sink,
                                       .asker = world->nobody_asks ? NULL : &asker,
                                       .trusted = &world->trusted,
                                       .winrm_only = true,
                                       .port = world->port,
                                       .retry_ms = 20,
                                       .list_ms = 50};
    struct hw_err err = {0};
    world->fleet = hw_fleet_start(NULL, world->loop, world->work, &options, on_done, NULL, &err);
    if (!world->fleet)
        fail_msg("%s", err.what);
}

#define ROUNDS_MAX 200000

static void wait_event(const char *text)
{
    for (int i = 0; !strstr(hw_buf_cstr(&world->events), text); i++) {
        if (i > ROUNDS_MAX)
            fail_msg("no '%s' in: %s", text, hw_buf_cstr(&world->events));
        hw_loop_step(world->loop, 100);
    }
}

static void wait_flag(const bool *flag)
{
    for (int i = 0; !*flag; i++) {
        assert_true(i < ROUNDS_MAX);
        hw_loop_step(world->loop, 100);
    }
}

static void wait_lines(size_t machine)
{
    for (int i = 0; world->received[machine].len < world->written[machine].len ||
                    world->other_received[machine].len < world->other[machine].len;
         i++) {
        assert_true(i < ROUNDS_MAX);
        hw_loop_step(world->loop, 100);
    }
    assert_string_equal(hw_buf_cstr(&world->received[machine]),
                        hw_buf_cstr(&world->written[machine]));
    assert_string_equal(hw_buf_cstr(&world->other_received[machine]),
                        hw_buf_cstr(&world->other[machine]));
}

static void close_fleet(void)
{
    hw_fleet_close(world->fleet, on_closed, NULL);
    world->fleet = NULL;
    wait_flag(&world->closed);
}

/* Tests. */

/* The machines have our clock, and AWS says that it is an hour fast. */
static void a_wrong_clock_is_set_right(void **state HW_UNUSED)
{
    static const int64_t hour = 3600 * 1000;
    int64_t written_ms;
    world->aws_off_ms = -hour;
    world->machines[0].state = "running";
    write_line(0, "2026-11-22T20:15:00.000Z HPCWIZ stage=join status=started code=0 msg=\"\"");
    start(true, NULL, world->key_file);
    wait_lines(0);
    wait_event("notice The clock of sql is ");
    wait_event("ahead: the times of its lines are set right.");
    assert_true(hw_time_parse("2026-11-22T20:15:00.000Z", 24, &written_ms));
    assert_in_range(written_ms - world->first_ms, hour - 2000, hour + 2000);
    close_fleet();
}

static uint32_t seed = 3;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* Each round writes some lines, then runs the loop a little; machines lose their connections or
 * restart at any moment. */
static void every_line_comes_exactly_once(void **state HW_UNUSED)
{
    unsigned number = 0, kills = 0;
    for (size_t i = 0; i < 3; i++)
        world->machines[i].state = "running";
    start(true, NULL, world->key_file);
    for (unsigned round = 0; round < 400; round++) {
        for (unsigned lines = any(40); lines; lines--) {
            char text[160];
            snprintf(text, sizeof text, "2026-11-22 20:15:00 line %06u gr\xC3\xBC\xC3\x9F %0*u",
                     number, (int)any(80), number);
            number++;
            any(2) ? write_line(any(3), text) : write_other(any(3), text);
        }
        struct machine *machine = &world->machines[any(3)];
        if (!machine->endpoint) {
            power_on(machine, any(2));
        } else if (any(12) == 0) {
            power_off(machine);
            kills++;
        }
        hw_loop_step(world->loop, 20);
        hw_loop_step(world->loop, 20);
    }
    assert_true(kills > 10);
    for (size_t i = 0; i < 3; i++) {
        if (!world->machines[i].endpoint)
            power_on(&world->machines[i], true);
    }
    for (size_t i = 0; i < 3; i++)
        wait_lines(i);
    close_fleet();
}

static void nodes_go_through_their_states(void **state HW_UNUSED)
{
    struct machine *sql = &world->machines[0], *b = &world->machines[2], *a = &world->machines[3];
    world->password_set = false;
    sql->published = false;
    sql->state = "pending";
    start(true, NULL, world->key_file);
    wait_event("sql pending ;");
    sql->state = "running";
    wait_event("sql connecting waiting for the node to publish its certificate;");
    sql->published = true;
    wait_event("sql connecting waiting for Windows to set the Administrator's password;");
    world->password_set = true;
    wait_event("sql live ;");
    a->state = b->state = "running";
    wait_event("std-01 live ;");
    wait_event("std-02 live ;");
    b->state = "shutting-down"; /* its last lines are still read */
    for (int i = 0; i < 20; i++)
        hw_loop_step(world->loop, 100);
    assert_null(strstr(hw_buf_cstr(&world->events), "std-01 gone"));
    b->state = "terminated";
    wait_event("std-01 gone the instance was terminated;");
    b->state = NULL;
    a->state = NULL;
    wait_event("std-02 gone the instance was terminated;");
    close_fleet();
}

static void a_reboot_is_no_alarm(void **state HW_UNUSED)
{
    struct machine *head = &world->machines[1];
    head->state = "running";
    write_line(1, "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=done code=3010 "
                  "msg=\"restart needed\"");
    start(true, NULL, world->key_file);
    wait_event("head stage setup done 3010 restart needed;");
    power_off(head);
    wait_event("head rebooting ");
    power_on(head, true);
    wait_event("head live rebooted;");
    assert_null(strstr(hw_buf_cstr(&world->events), "lost"));
    power_off(head);
    wait_event("head lost ");
    wait_lines(1);
    close_fleet();
}

static void on_tag(void *data HW_UNUSED, const char *instance_id, const char *key,
                   const char *value HW_UNUSED)
{
    if (!strcmp(key, "hpcwiz:winrm-sha256"))
        world->machines[machine_of(instance_id)].published = true;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part))) {
        count++;
        text++;
    }
    return count;
}

static void boot(size_t machine, enum sim_role role)
{
    struct machine *m = &world->machines[machine];
    struct sim_node_spec spec = {.instance_id = m->id,
                                 .address = m->address,
                                 .role = role,
                                 .group = role == SIM_COMPUTE ? m->group : "",
                                 .cluster = "riskgrid",
                                 .number = 1};
    m->state = "running";
    m->published = false;
    sim_node_boot(world->played, &spec);
}

/* A whole cluster installs itself, with a restart in the middle; each stage is told once. */
static void a_scenario_is_told_to_its_end(void **state HW_UNUSED)
{
    struct sim_scenario *scenario = sim_scenario_load("setup-3010-reboot", NULL);
    struct sim_nodes_config config = {.loop = world->loop,
                                      .scenario = scenario,
                                      .speed = 2000,
                                      .seed = 1,
                                      .winrm_port = world->port,
                                      .hooks = {.tag = on_tag}};
    for (size_t i = 0; i < MACHINES; i++)
        power_off(&world->machines[i]);
    world->played = sim_nodes_new(&config, NULL);
    assert_non_null(world->played);
    world->pin = sim_nodes_fingerprint(world->played);
    boot(0, SIM_SQL);
    boot(1, SIM_HEAD);
    boot(2, SIM_COMPUTE);
    start(true, NULL, world->key_file);
    wait_event("sql stage signal done");
    wait_event("head stage signal done");
    wait_event("std-01 stage signal done");
    static const char *const once[] = {"sql stage domain done",   "head stage setup done",
                                       "head stage online done",  "std-01 stage boot done",
                                       "std-01 stage setup done", "std-01 stage configure done"};
    for (size_t i = 0; i < HW_COUNT(once); i++)
        assert_int_equal(count_of(hw_buf_cstr(&world->events), once[i]), 1);
    assert_null(strstr(hw_buf_cstr(&world->events), " refused "));
    close_fleet();
    sim_nodes_free(world->played);
    sim_scenario_free(scenario);
}

static void what_is_there_is_told_then_it_ends(void **state HW_UNUSED)
{
    world->machines[0].state = world->machines[1].state = "running";
    world->machines[2].state = "pending";
    power_off(&world->machines[1]);
    for (int i = 0; i < 3000; i++)
        write_line(0, "one of many lines that were written before");
    start(false, NULL, world->key_file);
    wait_flag(&world->done);
    assert_int_equal(world->done_code, HW_OK);
    wait_lines(0);
    close_fleet();
}

static void only_wanted_nodes_are_followed(void **state HW_UNUSED)
{
    hw_auto(hw_strv) nodes = {0};
    hw_strv_add(&nodes, "std-02");
    for (size_t i = 0; i < MACHINES; i++)
        world->machines[i].state = "running";
    write_line(3, "mine");
    sim_guest_write(world->machines[2].guest, INSTALL, SIM_UTF8, true, "not mine");
    start(false, &nodes, world->key_file);
    wait_flag(&world->done);
    wait_lines(3);
    assert_int_equal(world->received[2].len, 0);
    assert_null(strstr(hw_buf_cstr(&world->events), "sql"));
    close_fleet();
}

static void refusals_are_final_and_say_why(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world->pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    start(true, NULL, world->key_file);
    wait_event("sql refused the certificate is not the one the node published: expected 0011");
    size_t events = world->events.len;
    unsigned described = world->describes;
    while (world->describes < described + 5)
        hw_loop_step(world->loop, 100);
    assert_int_equal(world->events.len, events);
    world->pin = NULL; /* published anew */
    wait_event("sql live ;");
    close_fleet();
}

static void a_key_that_does_not_fit_is_named(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    start(false, NULL, world->other_key_file);
    wait_flag(&world->done);
    wait_event("sql refused ");
    assert_non_null(strstr(hw_buf_cstr(&world->events), "other.pem"));
    close_fleet();
}

static void secrets_and_escapes_do_not_come_through(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    sim_guest_write(world->machines[0].guest, INSTALL, SIM_UTF8, true,
                    "the password " PASSWORD " and Pwd=abc; \x1B[2J");
    hw_buf_text(&world->written[0],
                "the password \xE2\x80\xB9hidden\xE2\x80\xBA and Pwd=\xE2\x80\xB9hidden\xE2\x80\xBA"
                "; \xE2\x90\x9B[2J\n");
    start(false, NULL, world->key_file);
    wait_flag(&world->done);
    wait_lines(0);
    close_fleet();
}

static void a_list_that_cannot_be_read_is_told_once(void **state HW_UNUSED)
{
    world->list_fails = true;
    start(false, NULL, world->key_file);
    wait_flag(&world->done);
    assert_int_equal(world->done_code, HW_ERR_NETWORK);
    close_fleet();
    world->closed = false;
    start(true, NULL, world->key_file);
    wait_event("notice the list of nodes cannot be read: no way there;");
    for (int i = 0; i < 10; i++)
        hw_loop_step(world->loop, 100);
    const char *first = strstr(hw_buf_cstr(&world->events), "notice");
    assert_null(strstr(first + 1, "notice"));
    world->list_fails = false;
    world->machines[0].state = "running";
    wait_event("sql live ;");
    hw_fleet_free(world->fleet); /* at once, with everything under way */
    world->fleet = NULL;
}

static void keys_that_cannot_be_used_are_told(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    hw_auto_text none = hw_path_join(world->folder, "none.pem");
    hw_auto_text noise = hw_path_join(world->folder, "noise.pem");
    hw_auto_text sealed = hw_path_join(world->folder, "sealed.pem");
    assert_true(hw_file_write(noise, "noise", 5, 0600, NULL));
    FILE *file = fopen(sealed, "w");
    assert_true(PEM_write_PrivateKey(file, world->key, EVP_aes_256_cbc(),
                                     (const unsigned char *)"pass", 4, NULL, NULL));
    fclose(file);
    assert_null(hw_password_decrypt(none, NULL, "AAAA", &err));
    assert_int_equal(err.code, HW_ERR_IO);
    assert_null(hw_password_decrypt(noise, NULL, "AAAA", &err));
    assert_int_equal(err.code, HW_ERR_INPUT);
    assert_null(hw_password_decrypt(sealed, NULL, "AAAA", &err));
    assert_non_null(strstr(err.what, "passphrase"));
    assert_null(hw_password_decrypt(world->key_file, NULL, "no base64!", &err));
    assert_int_equal(err.code, HW_ERR_PROTOCOL);
    assert_null(hw_password_decrypt(world->key_file, NULL, "AAAA", &err));
    assert_int_equal(err.code, HW_ERR_AUTH);
}

/* Machines that hpcwiz did not make: no role, and no pin. */
static void make_strangers(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        world->machines[i].state = "running";
        world->machines[i].role = world->machines[i].group = "";
        world->machines[i].published = false;
    }
}

static void wait_questions(const char *text)
{
    for (int i = 0; strcmp(hw_buf_cstr(&world->questions), text) != 0; i++) {
        if (i > ROUNDS_MAX || world->questions.len > strlen(text))
            fail_msg("not '%s' but: %s", text, hw_buf_cstr(&world->questions));
        hw_loop_step(world->loop, 100);
    }
}

static void wait_refused(const char *instance)
{
    hw_auto_text refused = hw_format("%s refused nobody vouches for the certificate", instance);
    wait_event(refused);
}

/* So long that a question too many would have come. */
static void let_time_pass(void)
{
    for (unsigned described = world->describes; world->describes < described + 5;)
        hw_loop_step(world->loop, 100);
}

static void questions_wait_in_a_queue(void **state HW_UNUSED)
{
    make_strangers(4);
    write_line(0, "of a node that is trusted");
    start(true, NULL, world->key_file);
    for (size_t i = 0; i < MACHINES; i++)
        wait_refused(world->machines[i].id);
    let_time_pass();
    wait_questions("ask i-sql 127.44.1.1;"); /* one at a time */
    hw_fleet_answer(world->fleet, true);
    wait_questions("ask i-sql 127.44.1.1;ask i-head 127.44.1.2;");
    wait_event("i-sql live ;");
    wait_lines(0);
    hw_buf_clear(&world->questions);
    hw_fleet_answer(world->fleet, false);
    wait_questions("ask i-b 127.44.1.3;");
    let_time_pass(); /* a no is not asked again */
    world->machines[2].state = NULL;
    wait_questions("ask i-b 127.44.1.3;over;ask i-a 127.44.1.4;");
    hw_buf_clear(&world->questions);
    world->machines[3].published = true; /* the account vouches now */
    wait_questions("over;");
    wait_event("i-a live ;");
    assert_null(strstr(hw_buf_cstr(&world->events), "i-head live"));
    hw_fleet_answer(world->fleet, true); /* nobody has asked */
    close_fleet();
    wait_questions("over;");
}

static void an_answer_is_remembered_for_the_instance(void **state HW_UNUSED)
{
    make_strangers(2);
    start(true, NULL, world->key_file);
    wait_refused("i-head");
    hw_fleet_answer(world->fleet, true);
    wait_event("i-sql live ;");
    close_fleet(); /* with a question open */
    wait_questions("ask i-sql 127.44.1.1;ask i-head 127.44.1.2;over;");
    hw_buf_clear(&world->events);
    hw_buf_clear(&world->questions);
    world->closed = false;
    start(true, NULL, world->key_file);
    wait_event("i-sql live ;");
    wait_questions("ask i-head 127.44.1.2;");
    close_fleet();
}

static void what_was_trusted_and_changed_is_refused(void **state HW_UNUSED)
{
    make_strangers(1);
    hw_strv_add(&world->trusted, "i-sql");
    hw_strv_add(&world->trusted, "00");
    start(true, NULL, world->key_file);
    wait_event("i-sql refused the certificate is not the one");
    let_time_pass();
    close_fleet();
    wait_questions("");
}

static void where_nobody_can_be_asked_it_is_said(void **state HW_UNUSED)
{
    make_strangers(1);
    world->nobody_asks = true;
    start(false, NULL, world->key_file);
    wait_flag(&world->done);
    wait_event("i-sql refused the node has no tag hpcwiz:winrm-sha256");
    close_fleet();
    wait_questions("");
}

int main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(every_line_comes_exactly_once),
        WORLD_TEST(a_wrong_clock_is_set_right),
        WORLD_TEST(nodes_go_through_their_states),
        WORLD_TEST(a_reboot_is_no_alarm),
        WORLD_TEST(a_scenario_is_told_to_its_end),
        WORLD_TEST(what_is_there_is_told_then_it_ends),
        WORLD_TEST(only_wanted_nodes_are_followed),
        WORLD_TEST(refusals_are_final_and_say_why),
        WORLD_TEST(a_key_that_does_not_fit_is_named),
        WORLD_TEST(secrets_and_escapes_do_not_come_through),
        WORLD_TEST(a_list_that_cannot_be_read_is_told_once),
        WORLD_TEST(keys_that_cannot_be_used_are_told),
        WORLD_TEST(questions_wait_in_a_queue),
        WORLD_TEST(an_answer_is_remembered_for_the_instance),
        WORLD_TEST(what_was_trusted_and_changed_is_refused),
        WORLD_TEST(where_nobody_can_be_asked_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

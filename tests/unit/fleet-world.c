/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet-world.h"

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

struct world *world;

/* The AWS side. */

struct hw_aws_request {
    char *operation, *instance;
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

static void free_request(struct hw_aws_request *request)
{
    free(request->operation);
    free(request->instance);
    free(request);
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

static void describe_others(struct hw_buf *xml)
{
    char id[32];
    struct machine other = {.id = id,
                            .address = "",
                            .role = "compute",
                            .group = "gpu",
                            .launch = "2026-11-22T19:00:00Z",
                            .state = world->others_state};
    for (size_t i = 0; i < world->others; i++) {
        snprintf(id, sizeof id, "i-%zu", i);
        describe_machine(xml, &other);
    }
}

static void describe(struct hw_buf *xml)
{
    world->describes++;
    hw_buf_text(xml, "<DescribeInstancesResponse><reservationSet>");
    describe_others(xml);
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

static void answer(struct hw_aws_call *call)
{
    hw_auto(hw_buf) xml = HW_BUF(HW_MAX_REPLY);
    struct hw_err err = {0};
    bool list = !strcmp(call->request->operation, "DescribeInstances");
    if (list && world->list_fails) {
        hw_fail(&err, HW_ERR_NETWORK, "no way there");
        call->fn(call->data, NULL, &err);
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
}

int64_t hw_aws_now_ms(const struct hw_aws *aws HW_UNUSED)
{
    return hw_clock_wall_ms() + world->aws_off_ms;
}

/* The machines. */

static void answer_test(void *data HW_UNUSED, const char *test HW_UNUSED,
                        const char *with HW_UNUSED, struct hw_buf *out)
{
    hw_buf_text(out, world->answer);
}

void world_power_on(struct machine *machine, bool rebooted)
{
    if (rebooted)
        machine->boot_ms += 60000;
    struct sim_endpoint_spec spec = {.address = machine->address,
                                     .port = world->port,
                                     .host = "NODE",
                                     .password = PASSWORD,
                                     .boot_ms = machine->boot_ms,
                                     .guest = machine->guest,
                                     .answer = answer_test};
    machine->endpoint = sim_winrm_listen(world->sim, &spec, NULL);
    assert_non_null(machine->endpoint);
    world->port = sim_endpoint_port(machine->endpoint);
}

void world_power_off(struct machine *machine)
{
    sim_endpoint_close(machine->endpoint);
    machine->endpoint = NULL;
}

void world_write(size_t machine, const char *text)
{
    hw_buf_print(&world->written[machine], "%s\n", text);
    assert_true(sim_guest_write(world->machines[machine].guest, INSTALL, SIM_UTF8, true, text));
}

void world_write_other(size_t machine, const char *text)
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

int world_set_up(void **state HW_UNUSED)
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
    played_aws(world->loop, answer, free_request);
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
        world_power_on(machine, false);
        world->written[i].max = world->received[i].max = HW_MAX_FILE;
        world->other[i].max = world->other_received[i].max = HW_MAX_FILE;
    }
    return 0;
}

int world_tear_down(void **state HW_UNUSED)
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

size_t world_machine_of(const char *instance)
{
    size_t i = 0;
    while (strcmp(world->machines[i].id, instance) != 0)
        assert_true(++i < MACHINES);
    return i;
}

static void tell(void *data HW_UNUSED, const struct hw_event *event)
{
    if (event->type == HW_EV_LOG) {
        size_t machine = world_machine_of(event->u.log.instance);
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
    if (question->login) {
        hw_buf_print(&world->questions, "login %s %s;", question->instance, question->login);
        return;
    }
    if (question->fingerprint) {
        hw_buf_print(&world->questions, "key %s %s;", question->instance, question->fingerprint);
        return;
    }
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

struct hw_fleet_options world_options(bool follow, const struct hw_strv *nodes,
                                      const char *key_file)
{
    static const struct hw_fleet_asker asker = {on_ask, on_ask_done, NULL, .logs_in = true};
    return (struct hw_fleet_options){.cluster = "riskgrid",
                                     .nodes = nodes,
                                     .key_file = key_file,
                                     .follow = follow,
                                     .crowd = world->crowd,
                                     .sink = &sink,
                                     .asker = world->nobody_asks ? NULL : &asker,
                                     .trusted = &world->trusted,
                                     .winrm_only = !world->with_ssh,
                                     .port = world->port,
                                     .retry_ms = 20,
                                     .list_ms = 50};
}

void world_start(bool follow, const struct hw_strv *nodes, const char *key_file)
{
    struct hw_fleet_options options = world_options(follow, nodes, key_file);
    struct hw_err err = {0};
    world->fleet = hw_fleet_start(NULL, world->loop, world->work, &options, on_done, NULL, &err);
    if (!world->fleet)
        fail_msg("%s", err.what);
}

void world_wait_event(const char *text)
{
    wait_text(world->loop, &world->events, text);
}

void world_wait_lines(size_t machine)
{
    for (int i = 0; world->received[machine].len < world->written[machine].len ||
                    world->other_received[machine].len < world->other[machine].len;
         i++) {
        assert_true(i < WAITING_ROUNDS);
        hw_loop_step(world->loop, 100);
    }
    assert_string_equal(hw_buf_cstr(&world->received[machine]),
                        hw_buf_cstr(&world->written[machine]));
    assert_string_equal(hw_buf_cstr(&world->other_received[machine]),
                        hw_buf_cstr(&world->other[machine]));
}

void world_close(void)
{
    hw_fleet_close(world->fleet, on_closed, NULL);
    world->fleet = NULL;
    wait_flag(world->loop, &world->closed);
}

/* So long that a question too many would have come. */
void world_let_pass(void)
{
    for (unsigned described = world->describes; world->describes < described + 5;)
        hw_loop_step(world->loop, 100);
}

void world_wait_questions(const char *text)
{
    for (int i = 0; strcmp(hw_buf_cstr(&world->questions), text) != 0; i++) {
        if (i > WAITING_ROUNDS || world->questions.len > strlen(text))
            fail_msg("not '%s' but: %s", text, hw_buf_cstr(&world->questions));
        hw_loop_step(world->loop, 100);
    }
}

size_t world_count(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part))) {
        count++;
        text++;
    }
    return count;
}

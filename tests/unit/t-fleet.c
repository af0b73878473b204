/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet against simulated WinRM servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "fleet-world.h"
#include "node/exec.h"
#include "node/nodes.h"
#include "node/password.h"
#include "node/ssh_parts.h"

/* The machines have our clock, and AWS says that it is an hour fast. */
static void a_wrong_clock_is_set_right(void **state HW_UNUSED)
{
    static const int64_t hour = 3600 * 1000;
    int64_t written_ms;
    world->aws_off_ms = -hour;
    world->machines[0].state = "running";
    world_write(0, "2026-11-22T20:15:00.000Z HPCWIZ stage=join status=started code=0 msg=\"\"");
    world_start(true, NULL, world->key_file);
    world_wait_lines(0);
    world_wait_event("notice The clock of sql is ");
    world_wait_event("ahead: the times of its lines are set right.");
    assert_true(hw_time_parse("2026-11-22T20:15:00.000Z", 24, &written_ms));
    assert_in_range(written_ms - world->first_ms, hour - 2000, hour + 2000);
    world_close();
}

static uint32_t seed = 3;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* Each round writes some lines, then runs the loop a little; machines lose their connections or
 * restart at any moment. */
static void write_through_losses(void)
{
    unsigned number = 0, kills = 0;
    for (size_t i = 0; i < 3; i++)
        world->machines[i].state = "running";
    world_start(true, NULL, world->key_file);
    for (unsigned round = 0; round < 400; round++) {
        for (unsigned lines = any(40); lines; lines--) {
            char text[160];
            snprintf(text, sizeof text, "2026-11-22 20:15:00 line %06u gr\xC3\xBC\xC3\x9F %0*u",
                     number, (int)any(80), number);
            number++;
            any(2) ? world_write(any(3), text) : world_write_other(any(3), text);
        }
        struct machine *machine = &world->machines[any(3)];
        if (!machine->endpoint) {
            world_power_on(machine, any(2));
        } else if (any(12) == 0) {
            world_power_off(machine);
            kills++;
        }
        hw_loop_step(world->loop, 20);
        hw_loop_step(world->loop, 20);
    }
    assert_true(kills > 10);
    for (size_t i = 0; i < 3; i++) {
        if (!world->machines[i].endpoint)
            world_power_on(&world->machines[i], true);
    }
    for (size_t i = 0; i < 3; i++)
        world_wait_lines(i);
    world_close();
}

static void every_line_comes_exactly_once(void **state HW_UNUSED)
{
    write_through_losses();
}

static void be_paced(const char *ms)
{
    setenv("HPCWIZ_PACE_MS", ms, 1);
    world->crowd = MACHINES;
}

static void and_so_it_does_when_they_are_gathered(void **state HW_UNUSED)
{
    be_paced("700");
    write_through_losses();
    unsetenv("HPCWIZ_PACE_MS");
}

/* The lines of a crowd wait for each other, a stage line takes them along; those of nodes that
 * somebody reads do not wait. */
static void a_crowd_is_paced(void **state HW_UNUSED)
{
    static const char line[] = "2026-11-22 20:15:00 this one waits";
    be_paced("60000");
    world->machines[0].state = "running";
    world_write(0, "2026-11-22 20:15:00 the first");
    world_write_other(0, "2026-11-22 20:15:00 the first");
    world_start(true, NULL, world->key_file);
    assert_int_equal(hw_fleet_late_ms(world->fleet), 60000);
    world_wait_lines(0);
    for (int i = 0; i < 5; i++)
        world_let_pass(); /* the first round holds nothing back */
    size_t told = world->other_received[0].len;
    world_write_other(0, line);
    for (int i = 0; i < 5; i++)
        world_let_pass();
    assert_int_equal(world->other_received[0].len, told);
    world_write(0, "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=failed code=1 msg=\"no\"");
    world_wait_lines(0);
    world_close();
    unsetenv("HPCWIZ_PACE_MS");
}

static void how_long_lines_are_gathered(void **state HW_UNUSED)
{
    assert_int_equal(hw_fleet_pace_ms(99), 0);
    assert_int_equal(hw_fleet_pace_ms(100), 1500);
    assert_int_equal(hw_fleet_pace_ms(HW_MAX_NODES), 15000);
    setenv("HPCWIZ_PACE_MS", "60000", 1);
    world->machines[0].state = "running";
    world_start(true, NULL, world->key_file); /* no crowd: somebody reads along */
    assert_int_equal(hw_fleet_late_ms(world->fleet), 0);
    world_write(0, "2026-11-22 20:15:00 the first");
    world_wait_lines(0);
    world_write(0, "2026-11-22 20:15:00 the second");
    world_wait_lines(0);
    world_close();
    unsetenv("HPCWIZ_PACE_MS");
}

static void nodes_go_through_their_states(void **state HW_UNUSED)
{
    struct machine *sql = &world->machines[0], *b = &world->machines[2], *a = &world->machines[3];
    world->password_set = false;
    sql->published = false;
    sql->state = "pending";
    world_start(true, NULL, world->key_file);
    world_wait_event("sql pending ;");
    sql->state = "running";
    world_wait_event("sql connecting waiting for the node to publish its certificate;");
    sql->published = true;
    world_wait_event("sql connecting waiting for Windows to set the Administrator's password;");
    world->password_set = true;
    world_wait_event("sql live ;");
    a->state = b->state = "running";
    world_wait_event("std-01 live ;");
    world_wait_event("std-02 live ;");
    b->state = "shutting-down"; /* its last lines are still read */
    for (int i = 0; i < 20; i++)
        hw_loop_step(world->loop, 100);
    assert_null(strstr(hw_buf_cstr(&world->events), "std-01 gone"));
    b->state = "terminated";
    world_wait_event("std-01 gone the instance was terminated;");
    b->state = NULL;
    a->state = NULL;
    world_wait_event("std-02 gone the instance was terminated;");
    world_close();
}

/* EC2 lists them for an hour more. */
static void terminated_instances_take_no_place(void **state HW_UNUSED)
{
    world->others = HW_MAX_NODES;
    world->others_state = "terminated";
    world->machines[0].state = "running";
    world_start(true, NULL, world->key_file);
    world_wait_event("sql live ;");
    world_close();
    assert_null(strstr(hw_buf_cstr(&world->events), "gpu"));
}

static void who_is_behind_a_full_list_is_not_gone(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world_start(true, NULL, world->key_file);
    world_wait_event("sql live ;");
    world->others = HW_MAX_NODES;
    world->others_state = "pending";
    world_wait_event("gpu-01 pending ;");
    world_let_pass();
    assert_null(strstr(hw_buf_cstr(&world->events), "sql gone"));
    world_close();
}

static void nodes_that_are_gone_take_no_place(void **state HW_UNUSED)
{
    world->others = HW_MAX_NODES;
    world->others_state = "pending";
    world_start(true, NULL, world->key_file);
    world_wait_event("gpu-1000 pending ;");
    world->others = 0;
    world->machines[0].state = "running";
    world_wait_event("gpu-1000 gone the instance was terminated;");
    world_wait_event("sql live ;");
    world_close();
}

static void a_reboot_is_no_alarm(void **state HW_UNUSED)
{
    struct machine *head = &world->machines[1];
    head->state = "running";
    world_write(1, "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=done code=3010 "
                   "msg=\"restart needed\"");
    world_start(true, NULL, world->key_file);
    world_wait_event("head stage setup done 3010 restart needed;");
    world_power_off(head);
    world_wait_event("head rebooting ");
    world_power_on(head, true);
    world_wait_event("head live rebooted;");
    assert_null(strstr(hw_buf_cstr(&world->events), "lost"));
    world_power_off(head);
    world_wait_event("head lost ");
    world_wait_lines(1);
    world_close();
}

/* A whole log that is read at once tells of a restart that is over. */
static void a_reboot_of_long_ago_is_none(void **state HW_UNUSED)
{
    struct machine *head = &world->machines[1];
    head->state = "running";
    world_write(1, "2026-11-22T20:15:00.000Z HPCWIZ stage=reboot status=started code=0 msg=\"\"");
    world_write(1, "2026-11-22T20:19:00.000Z HPCWIZ stage=reboot status=done code=0 msg=\"\"");
    world_write(1, "2026-11-22T20:40:00.000Z HPCWIZ stage=signal status=started code=0 msg=\"\"");
    world_write(1, "2026-11-22T20:40:00.000Z HPCWIZ stage=signal status=done code=0 msg=\"told\"");
    world_start(true, NULL, world->key_file);
    world_wait_event("head stage signal done 0 told;");
    world_power_off(head);
    world_wait_event("head lost ");
    assert_null(strstr(hw_buf_cstr(&world->events), "rebooting"));
    world_close();
}

static void on_tag(void *data HW_UNUSED, const char *instance_id, const char *key,
                   const char *value HW_UNUSED)
{
    if (!strcmp(key, "hpcwiz:winrm-sha256"))
        world->machines[world_machine_of(instance_id)].published = true;
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
        world_power_off(&world->machines[i]);
    world->played = sim_nodes_new(&config, NULL);
    assert_non_null(world->played);
    world->pin = sim_nodes_fingerprint(world->played);
    boot(0, SIM_SQL);
    boot(1, SIM_HEAD);
    boot(2, SIM_COMPUTE);
    world_start(true, NULL, world->key_file);
    world_wait_event("sql stage signal done");
    world_wait_event("head stage signal done");
    world_wait_event("std-01 stage signal done");
    static const char *const once[] = {"sql stage domain done",   "head stage setup done",
                                       "head stage online done",  "std-01 stage boot done",
                                       "std-01 stage setup done", "std-01 stage configure done"};
    for (size_t i = 0; i < HW_COUNT(once); i++)
        assert_int_equal(world_count(hw_buf_cstr(&world->events), once[i]), 1);
    assert_null(strstr(hw_buf_cstr(&world->events), " refused "));
    world_close();
    sim_nodes_free(world->played);
    sim_scenario_free(scenario);
}

static void what_is_there_is_told_then_it_ends(void **state HW_UNUSED)
{
    world->machines[0].state = world->machines[1].state = "running";
    world->machines[2].state = "pending";
    world_power_off(&world->machines[1]);
    for (int i = 0; i < 3000; i++)
        world_write(0, "one of many lines that were written before");
    world_start(false, NULL, world->key_file);
    wait_flag(world->loop, &world->done);
    assert_int_equal(world->done_code, HW_OK);
    world_wait_lines(0);
    world_close();
}

static void only_wanted_nodes_are_followed(void **state HW_UNUSED)
{
    hw_auto(hw_strv) nodes = {0};
    hw_strv_add(&nodes, "std-02");
    for (size_t i = 0; i < MACHINES; i++)
        world->machines[i].state = "running";
    world_write(3, "mine");
    sim_guest_write(world->machines[2].guest, INSTALL, SIM_UTF8, true, "not mine");
    world_start(false, &nodes, world->key_file);
    wait_flag(world->loop, &world->done);
    world_wait_lines(3);
    assert_int_equal(world->received[2].len, 0);
    assert_null(strstr(hw_buf_cstr(&world->events), "sql"));
    world_close();
}

static void refusals_are_final_and_say_why(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world->pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    world_start(true, NULL, world->key_file);
    world_wait_event(
        "sql refused the certificate is not the one the node published: expected 0011");
    size_t events = world->events.len;
    unsigned described = world->describes;
    while (world->describes < described + 5)
        hw_loop_step(world->loop, 100);
    assert_int_equal(world->events.len, events);
    world->pin = NULL; /* published anew */
    world_wait_event("sql live ;");
    world_close();
}

static void a_key_that_does_not_fit_is_named(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world_start(false, NULL, world->other_key_file);
    wait_flag(world->loop, &world->done);
    world_wait_event("sql refused ");
    assert_non_null(strstr(hw_buf_cstr(&world->events), "other.pem"));
    world_close();
}

static void write_secret_line(void)
{
    sim_guest_write(world->machines[0].guest, INSTALL, SIM_UTF8, true,
                    "the password " PASSWORD " and Pwd=abc; \x1B[2J");
    hw_buf_text(&world->written[0],
                "the password \xE2\x80\xB9hidden\xE2\x80\xBA and Pwd=\xE2\x80\xB9hidden\xE2\x80\xBA"
                "; \xE2\x90\x9B[2J\n");
}

static void secrets_and_escapes_do_not_come_through(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    write_secret_line();
    world_start(false, NULL, world->key_file);
    wait_flag(world->loop, &world->done);
    world_wait_lines(0);
    world_close();
}

static void keep_output(void *data, const char *output, size_t n, const struct hw_err *err)
{
    assert_null(err);
    hw_buf_add(data, output, n);
}

/* As they stand on a command line, with any blank before them. */
static void secrets_that_a_command_writes_do_not_come_through(void **state HW_UNUSED)
{
    static const char script[] = "$test = 'any'\n$with = @{}\n";
    hw_auto(hw_buf) output = HW_BUF(HW_MAX_TEXT);
    world->answer = "-Password\tHunter22\r\n-Password\vHunter23\r\n\x1B[31mred \xFF";
    world->machines[0].state = "running";
    world_start(true, NULL, world->key_file);
    world_wait_event("sql live ;");
    struct hw_exec *exec = hw_exec_start(world->fleet, "sql", script, keep_output, &output, NULL);
    assert_non_null(exec);
    wait_text(world->loop, &output, "red");
    assert_null(strstr(hw_buf_cstr(&output), "Hunter"));
    assert_string_equal(hw_buf_cstr(&output),
                        "-Password\xE2\x90\x89" HW_REDACTED "\n-Password\xE2\x90\x8B" HW_REDACTED
                        "\n\xE2\x90\x9B[31mred \xEF\xBF\xBD\n");
    hw_exec_free(exec);
    world_close();
}

static void a_list_that_cannot_be_read_is_told_once(void **state HW_UNUSED)
{
    world->list_fails = true;
    world_start(false, NULL, world->key_file);
    wait_flag(world->loop, &world->done);
    assert_int_equal(world->done_code, HW_ERR_NETWORK);
    world_close();
    world->closed = false;
    world_start(true, NULL, world->key_file);
    world_wait_event("notice the list of nodes cannot be read: no way there;");
    for (int i = 0; i < 10; i++)
        hw_loop_step(world->loop, 100);
    const char *first = strstr(hw_buf_cstr(&world->events), "notice");
    assert_null(strstr(first + 1, "notice"));
    world->list_fails = false;
    world->machines[0].state = "running";
    world_wait_event("sql live ;");
    hw_fleet_free(world->fleet); /* at once, with everything under way */
    world->fleet = NULL;
}

static void write_sealed(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(PEM_write_PrivateKey(file, world->key, EVP_aes_256_cbc(),
                                     (const unsigned char *)"pass", 4, NULL, NULL));
    fclose(file);
}

static void keys_that_cannot_be_used_are_told(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    hw_auto_text none = hw_path_join(world->folder, "none.pem");
    hw_auto_text noise = hw_path_join(world->folder, "noise.pem");
    hw_auto_text sealed = hw_path_join(world->folder, "sealed.pem");
    assert_true(hw_file_write(noise, "noise", 5, 0600, NULL));
    write_sealed(sealed);
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

static void wait_refused(const char *instance)
{
    hw_auto_text refused = hw_format("%s refused nobody vouches for the certificate", instance);
    world_wait_event(refused);
}

static void questions_wait_in_a_queue(void **state HW_UNUSED)
{
    make_strangers(4);
    world_write(0, "of a node that is trusted");
    world_start(true, NULL, world->key_file);
    for (size_t i = 0; i < MACHINES; i++)
        wait_refused(world->machines[i].id);
    world_let_pass();
    world_wait_questions("ask i-sql 127.44.1.1;"); /* one at a time */
    hw_fleet_answer(world->fleet, true);
    world_wait_questions("ask i-sql 127.44.1.1;ask i-head 127.44.1.2;");
    world_wait_event("i-sql live ;");
    world_wait_lines(0);
    hw_buf_clear(&world->questions);
    hw_fleet_answer(world->fleet, false);
    world_wait_questions("ask i-b 127.44.1.3;");
    world_let_pass(); /* a no is not asked again */
    world->machines[2].state = NULL;
    world_wait_questions("ask i-b 127.44.1.3;over;ask i-a 127.44.1.4;");
    hw_buf_clear(&world->questions);
    world->machines[3].published = true; /* the account vouches now */
    world_wait_questions("over;");
    world_wait_event("i-a live ;");
    assert_null(strstr(hw_buf_cstr(&world->events), "i-head live"));
    hw_fleet_answer(world->fleet, true); /* nobody has asked */
    world_close();
    world_wait_questions("over;");
}

static void an_answer_is_remembered_for_the_instance(void **state HW_UNUSED)
{
    make_strangers(2);
    world_start(true, NULL, world->key_file);
    wait_refused("i-head");
    hw_fleet_answer(world->fleet, true);
    world_wait_event("i-sql live ;");
    world_close(); /* with a question open */
    world_wait_questions("ask i-sql 127.44.1.1;ask i-head 127.44.1.2;over;");
    hw_buf_clear(&world->events);
    hw_buf_clear(&world->questions);
    world->closed = false;
    world_start(true, NULL, world->key_file);
    world_wait_event("i-sql live ;");
    world_wait_questions("ask i-head 127.44.1.2;");
    world_close();
}

/* As an SSH session tells it; nothing listens on the machines' port 22. */
static void show_host_key(const char *instance, const char *blob)
{
    struct hw_ssh *ssh = world->fleet->ssh;
    hw_auto_text fingerprint = hw_format("SHA256:of-%s", blob);
    ssh->unknown(ssh->unknown_data, &(struct hw_ssh_unknown){.instance = instance,
                                                             .blob = {blob, strlen(blob)},
                                                             .fingerprint = fingerprint});
}

static void host_keys_wait_in_the_queue_too(void **state HW_UNUSED)
{
    hw_auto_text before = hw_strdup(getenv("XDG_STATE_HOME"));
    setenv("XDG_STATE_HOME", world->folder, 1);
    world->with_ssh = true;
    world->machines[0].state = world->machines[1].state = "running";
    world_start(true, NULL, world->key_file);
    world_wait_event("sql live ;");
    world_wait_event("head live ;");
    show_host_key("i-sql", "one"); /* two at once, and one of them again */
    show_host_key("i-head", "two");
    show_host_key("i-sql", "one");
    world_wait_questions("key i-sql SHA256:of-one;");
    hw_fleet_answer(world->fleet, true);
    world_wait_questions("key i-sql SHA256:of-one;key i-head SHA256:of-two;");
    hw_buf_clear(&world->questions);
    show_host_key("i-sql", "another");
    hw_fleet_answer(world->fleet, false);
    world_wait_questions("key i-sql SHA256:of-another;");
    show_host_key("i-head", "two");
    world->machines[0].state = NULL; /* gone, and its question with it */
    world_wait_questions("key i-sql SHA256:of-another;over;key i-head SHA256:of-two;");
    world_close();
    before ? setenv("XDG_STATE_HOME", before, 1) : unsetenv("XDG_STATE_HOME");
}

#define NO_KEY "login i-sql the private key of the EC2 key pair is needed for the node's password;"

static void a_login_is_asked_for_once(void **state HW_UNUSED)
{
    struct hw_secret *password = hw_secret_new(PASSWORD, strlen(PASSWORD));
    world->machines[0].state = world->machines[1].state = "running";
    write_secret_line();
    world_start(true, NULL, NULL);
    world_wait_event("sql refused ");
    world_wait_event("head refused ");
    world_let_pass();
    world_wait_questions(NO_KEY);
    hw_fleet_login(world->fleet,
                   &(struct hw_fleet_login){.user = "Administrator", .password = password});
    hw_secret_free(password);
    world_wait_questions(NO_KEY "over;");
    world_wait_event("sql live ;");
    world_wait_event("head live ;");
    world_wait_lines(0);
    world_close();
}

static void tell_passphrase(const char *text)
{
    struct hw_secret *passphrase = hw_secret_new(text, strlen(text));
    hw_buf_clear(&world->questions);
    hw_fleet_login(world->fleet, &(struct hw_fleet_login){.passphrase = passphrase});
    hw_secret_free(passphrase);
}

static void a_wrong_passphrase_is_asked_for_again(void **state HW_UNUSED)
{
    hw_auto_text sealed = hw_path_join(world->folder, "sealed.pem");
    write_sealed(sealed);
    world->machines[0].state = world->machines[1].state = "running";
    world_start(true, NULL, sealed);
    wait_text(world->loop, &world->questions, "sealed.pem is protected by a passphrase");
    world_wait_event("head refused ");
    tell_passphrase("no");
    wait_text(world->loop, &world->questions, "the passphrase does not fit");
    assert_null(strstr(hw_buf_cstr(&world->questions), "is protected"));
    tell_passphrase("pass");
    world_wait_event("sql live ;");
    world_wait_event("head live ;");
    world_let_pass();
    world_wait_questions("over;");
    world_close();
}

static void a_no_to_the_login_counts_until_it_is_deployed_again(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world_start(true, NULL, NULL);
    world_wait_questions(NO_KEY);
    hw_fleet_answer(world->fleet, false);
    world->machines[1].state = "running";
    world_wait_event("head refused ");
    world_let_pass();
    world_wait_questions(NO_KEY);
    hw_buf_clear(&world->questions);
    struct hw_fleet_options options = world_options(true, NULL, NULL);
    assert_true(hw_fleet_again(world->fleet, &options));
    world_wait_questions(NO_KEY);
    world_close();
}

static void what_was_trusted_and_changed_is_refused(void **state HW_UNUSED)
{
    make_strangers(1);
    hw_strv_add(&world->trusted, "i-sql");
    hw_strv_add(&world->trusted, "00");
    world_start(true, NULL, world->key_file);
    world_wait_event("i-sql refused the certificate is not the one");
    world_let_pass();
    world_close();
    world_wait_questions("");
}

static void where_nobody_can_be_asked_it_is_said(void **state HW_UNUSED)
{
    make_strangers(1);
    world->nobody_asks = true;
    world_start(false, NULL, world->key_file);
    wait_flag(world->loop, &world->done);
    world_wait_event("i-sql refused the node has no tag hpcwiz:winrm-sha256");
    world_close();
    world_wait_questions("");
}

/* A login has 1,024 by custom, and may have more. */
static void a_thousand_nodes_have_descriptors(void **state HW_UNUSED)
{
    struct rlimit before, now;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = 512, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    world_start(true, NULL, world->key_file);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
    assert_true(now.rlim_cur > 2 * HW_MAX_NODES || now.rlim_cur == before.rlim_max);
    assert_true(now.rlim_max == before.rlim_max);
    world_close();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void numbers_of_nodes_are_the_lowest_free_ones(void **state HW_UNUSED)
{
    static const char *const there[] = {"compute-01", "compute-02", "compute-4",  "compute-004",
                                        "compute-05", "compute-",   "compute-6x", "computer-03",
                                        "head",       "head-2",     "head-04"};
    static const struct {
        const char *role, *group, *name;
    } comes[] = {{"compute", "compute", "compute-03"},
                 {"head", "", "head-3"},
                 {"compute", "gpu", "gpu-01"},
                 {"sql", "", "sql"},
                 {"compute", "compute", "compute-04"},
                 {"compute", "compute", "compute-06"},
                 {"head", "", "head-4"},
                 {"compute", "compute", "compute-07"}};
    struct hw_node nodes[HW_COUNT(there) + HW_COUNT(comes)] = {0};
    struct hw_node *all[HW_COUNT(nodes)];
    struct hw_fleet fleet = {.nodes = all};
    for (; fleet.count < HW_COUNT(there); fleet.count++) {
        nodes[fleet.count].name = hw_strdup(there[fleet.count]);
        all[fleet.count] = &nodes[fleet.count];
    }
    for (size_t i = 0; i < HW_COUNT(comes); i++, fleet.count++) {
        struct hw_instance instance = {.role = hw_strdup(comes[i].role),
                                       .group = hw_strdup(comes[i].group)};
        all[fleet.count] = &nodes[fleet.count];
        nodes[fleet.count].name = hw_node_name(&fleet, &instance);
        assert_string_equal(nodes[fleet.count].name, comes[i].name);
        free(instance.role);
        free(instance.group);
    }
    nodes[0].state = HW_NODE_GONE; /* its name may be had again */
    struct hw_instance again = {.role = hw_strdup("compute"), .group = hw_strdup("compute")};
    hw_auto_text name = hw_node_name(&fleet, &again);
    assert_string_equal(name, "compute-01");
    free(again.role);
    free(again.group);
    for (size_t i = 0; i < fleet.count; i++)
        free(nodes[i].name);
}

int main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(every_line_comes_exactly_once),
        WORLD_TEST(and_so_it_does_when_they_are_gathered),
        WORLD_TEST(a_crowd_is_paced),
        WORLD_TEST(how_long_lines_are_gathered),
        WORLD_TEST(a_wrong_clock_is_set_right),
        WORLD_TEST(nodes_go_through_their_states),
        WORLD_TEST(terminated_instances_take_no_place),
        WORLD_TEST(who_is_behind_a_full_list_is_not_gone),
        WORLD_TEST(nodes_that_are_gone_take_no_place),
        WORLD_TEST(a_reboot_is_no_alarm),
        WORLD_TEST(a_reboot_of_long_ago_is_none),
        WORLD_TEST(a_scenario_is_told_to_its_end),
        WORLD_TEST(what_is_there_is_told_then_it_ends),
        WORLD_TEST(only_wanted_nodes_are_followed),
        WORLD_TEST(refusals_are_final_and_say_why),
        WORLD_TEST(a_key_that_does_not_fit_is_named),
        WORLD_TEST(secrets_and_escapes_do_not_come_through),
        WORLD_TEST(secrets_that_a_command_writes_do_not_come_through),
        WORLD_TEST(a_list_that_cannot_be_read_is_told_once),
        WORLD_TEST(keys_that_cannot_be_used_are_told),
        WORLD_TEST(questions_wait_in_a_queue),
        WORLD_TEST(host_keys_wait_in_the_queue_too),
        WORLD_TEST(a_login_is_asked_for_once),
        WORLD_TEST(a_wrong_passphrase_is_asked_for_again),
        WORLD_TEST(a_no_to_the_login_counts_until_it_is_deployed_again),
        WORLD_TEST(an_answer_is_remembered_for_the_instance),
        WORLD_TEST(what_was_trusted_and_changed_is_refused),
        WORLD_TEST(where_nobody_can_be_asked_it_is_said),
        WORLD_TEST(a_thousand_nodes_have_descriptors),
        cmocka_unit_test(numbers_of_nodes_are_the_lowest_free_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What of SSH needs no server: ssh_config, patterns of paths, known hosts, a published vector of
 * bcrypt_pbkdf, malformed keys and SFTP answers. tests/peers/ssh-openssh.py has the server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/text.h"
#include "node/child.h"
#include "node/glob.h"
#include "node/sftp.h"
#include "node/ssh_config.h"
#include "node/ssh_hosts.h"
#include "node/ssh_key.h"
#include "node/tail.h"

static struct hw_ssh_config *parse(const char *text)
{
    struct hw_err err = {0};
    struct hw_ssh_config *config = hw_ssh_config_parse(text, strlen(text), "config", &err);
    if (!config)
        fail_msg("%s", err.what);
    return config;
}

static void the_first_value_counts(void **state HW_UNUSED)
{
    struct hw_ssh_config *config = parse("User early\n"
                                         "Host 10.20.* !10.20.9.*\n"
                                         "  User late\n"
                                         "\tPort=2222\n"
                                         "  IdentityFile \"/keys/with blank\"\n"
                                         "  ProxyJump admin@bastion:22,inner # two\n"
                                         "HOST *\n"
                                         "  port 22\n"
                                         "  IdentityFile /keys/%h-%r\n"
                                         "  IdentityFile none\n"
                                         "  StrictHostKeyChecking accept-new\n"
                                         "  IdentitiesOnly yes\n");
    struct hw_ssh_host host;
    hw_ssh_config_host(config, "10.20.1.5", &host);
    assert_string_equal(host.name, "10.20.1.5");
    assert_string_equal(host.user, "early");
    assert_int_equal(host.port, 2222);
    assert_string_equal(host.jump, "admin@bastion:22,inner");
    assert_int_equal(host.identities.count, 2);
    assert_string_equal(host.identities.items[0], "/keys/with blank");
    assert_string_equal(host.identities.items[1], "/keys/10.20.1.5-early");
    assert_true(host.accept_new && host.identities_only);
    hw_ssh_host_done(&host);
    hw_ssh_config_host(config, "10.20.9.7", &host);
    assert_int_equal(host.port, 22);
    assert_string_equal(host.jump, "");
    hw_ssh_host_done(&host);
    hw_ssh_config_free(config);
}

static void what_is_beyond_is_named(void **state HW_UNUSED)
{
    struct hw_ssh_config *config = parse("Host a\n ProxyCommand nc %h %p\n ProxyJump b\n"
                                         "Host b\n ProxyJump none\n ProxyCommand nc %h %p\n"
                                         "Host c\n ProxyCommand none\n HostName %h.example.com\n"
                                         "Match host d exec \"true\"\n ProxyCommand nc %h %p\n"
                                         "Match all\n HostKeyAlias of-all\n");
    static const char *const expected[][3] = {
        {"a", "proxycommand", "a"}, {"b", "", "b"}, {"c", "", "c.example.com"}, {"d", "", "d"}};
    for (size_t i = 0; i < HW_COUNT(expected); i++) {
        struct hw_ssh_host host;
        hw_ssh_config_host(config, expected[i][0], &host);
        assert_string_equal(host.foreign, expected[i][1]);
        assert_string_equal(host.name, expected[i][2]);
        assert_string_equal(host.alias, "of-all");
        hw_ssh_host_done(&host);
    }
    hw_ssh_config_free(config);
}

static void wrong_lines_are_placed(void **state HW_UNUSED)
{
    static const char *const wrong[][2] = {{"Host a\n User \"open\n", "config:2"},
                                           {"\n\nPort\n", "config:3"},
                                           {"User =\n", "config:1"}};
    for (size_t i = 0; i < HW_COUNT(wrong); i++) {
        struct hw_err err = {0};
        assert_null(hw_ssh_config_parse(wrong[i][0], strlen(wrong[i][0]), "config", &err));
        assert_true(hw_text_starts(err.place, wrong[i][1]));
    }
}

static void included_files_belong_to_their_block(void **state HW_UNUSED)
{
    char *folder;
    assert_true(hw_dir_private("hpcwiz-t-ssh-", &folder, NULL));
    hw_auto_text inner = hw_path_join(folder, "inner.conf");
    hw_auto_text outer = hw_path_join(folder, "outer");
    const char *text = "User of-a\nHost b\n User of-b\n";
    assert_true(hw_file_write(inner, text, strlen(text), 0600, NULL));
    hw_auto_text including = hw_format("Host a\n Include %s/*.conf\n Port 7\nHost *\n User of-all\n"
                                       "Include /nowhere/*\n",
                                       folder);
    assert_true(hw_file_write(outer, including, strlen(including), 0600, NULL));
    struct hw_err err = {0};
    const char *path = outer;
    struct hw_ssh_config *config = hw_ssh_config_read(&path, 1, &err);
    assert_non_null(config);
    struct hw_ssh_host host;
    hw_ssh_config_host(config, "a", &host);
    assert_string_equal(host.user, "of-a");
    assert_int_equal(host.port, 7);
    hw_ssh_host_done(&host);
    hw_ssh_config_host(config, "c", &host);
    assert_string_equal(host.user, "of-all");
    assert_int_equal(host.port, 0);
    hw_ssh_host_done(&host);
    hw_ssh_config_free(config);
    hw_dir_remove(folder, NULL);
    free(folder);
}

static void jumps_are_read(void **state HW_UNUSED)
{
    static const struct {
        const char *text, *user, *host;
        unsigned port;
    } good[] = {{"bastion", NULL, "bastion", 0},
                {"me@bastion:2200", "me", "bastion", 2200},
                {"ssh://me@corp@bastion", "me@corp", "bastion", 0}};
    static const char *const bad[] = {"", "@host", "-oProxyCommand=x", "host:0", "host:x", "me@-x"};
    for (size_t i = 0; i < HW_COUNT(good); i++) {
        char *user = NULL, *host = NULL;
        unsigned port;
        assert_true(hw_ssh_jump_parse(good[i].text, strlen(good[i].text), &user, &host, &port));
        assert_string_equal(host, good[i].host);
        assert_int_equal(port, good[i].port);
        assert_true(user ? !strcmp(user, good[i].user) : !good[i].user);
        free(user);
        free(host);
    }
    for (size_t i = 0; i < HW_COUNT(bad); i++) {
        char *user, *host;
        unsigned port;
        assert_false(hw_ssh_jump_parse(bad[i], strlen(bad[i]), &user, &host, &port));
    }
}

static void patterns_match_as_on_windows(void **state HW_UNUSED)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"C:\\Windows\\Temp\\HPCSetupLogs*\\*.txt",
         "C:\\windows\\TEMP\\hpcsetuplogs-1\\Chainer.TXT", true},
        {"C:\\Windows\\Temp\\HPCSetupLogs*\\*.txt", "C:\\Windows\\Temp\\HPCSetupLogs\\a\\b.txt",
         false},
        {"C:\\a\\*", "C:\\a", false},
        {"C:\\a\\*.*.log", "C:\\a\\b.log", false},
        {"C:\\a\\*b*b*c", "C:\\a\\abbbbbc", true},
        {"C:\\a\\?", "C:\\a\\\xC3\xBC", true},
        {"/var/log/*.log", "/var/log/a.log", true},
    };
    for (size_t i = 0; i < HW_COUNT(cases); i++)
        assert_int_equal(hw_glob_path(cases[i].pattern, cases[i].path), cases[i].matches);
    hw_auto(hw_buf) out = HW_BUF(64);
    assert_true(hw_glob_sftp_path(&out, "C:\\a b\\c.log", strlen("C:\\a b\\c.log")));
    assert_string_equal(hw_buf_cstr(&out), "/C:/a b/c.log");
    static const char *const insane[] = {"", ".", "..", "a/b", "a\\b", "a\x1B", "\xFF", "a*"};
    for (size_t i = 0; i < HW_COUNT(insane); i++)
        assert_false(hw_glob_name_is_sane(insane[i], strlen(insane[i])));
    assert_true(hw_glob_name_is_sane("..a", 3));
}

static void what_a_person_forgets_is_forgotten(void **state HW_UNUSED)
{
    static const struct hw_span one = {"\0\0\0\3one\0\0\0\1x", 12},
                                two = {"\0\0\0\3two\0\0\0\1y", 12};
    struct hw_ssh_who who = {.instance = "i-0123456789abcdef0", .pins = "", .name = "127.0.0.1"};
    struct hw_ssh_who other = {.instance = "i-0123456789abcdef1", .pins = "", .name = "127.0.0.2"};
    char *folder;
    assert_true(hw_dir_private("hpcwiz-t-ssh-", &folder, NULL));
    hw_auto_text own = hw_path_join(folder, "known_hosts");
    struct hw_loop *loop = hw_loop_new(NULL);
    struct hw_work *work = hw_work_new(loop, 1);
    struct hw_ssh_hosts *hosts = hw_ssh_hosts_new(loop, work, own, NULL);
    hw_ssh_hosts_add(hosts, &who, one);
    hw_ssh_hosts_flush(hosts);
    assert_int_equal(hw_ssh_hosts_check(hosts, &who, one, NULL), HW_SSH_KNOWN);
    assert_int_equal(remove(own), 0);
    assert_int_equal(hw_ssh_hosts_check(hosts, &who, one, NULL), HW_SSH_UNKNOWN);
    hw_ssh_hosts_add(hosts, &other, two);
    hw_ssh_hosts_flush(hosts);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    assert_true(hw_file_read(own, &text, NULL));
    assert_non_null(strstr(hw_buf_cstr(&text), other.instance));
    assert_null(strstr(hw_buf_cstr(&text), who.instance));
    hw_ssh_hosts_free(hosts);
    hw_work_free(work);
    hw_loop_free(loop);
    hw_dir_remove(folder, NULL);
    free(folder);
}

/* The vector that OpenBSD's and Go's implementations are tested with. */
static void bcrypt_gives_the_published_bytes(void **state HW_UNUSED)
{
    static const unsigned char wanted[32] = {0x5b, 0xbf, 0x0c, 0xc2, 0x93, 0x58, 0x7f, 0x1c,
                                             0x36, 0x35, 0x55, 0x5c, 0x27, 0x79, 0x65, 0x98,
                                             0xd4, 0x7e, 0x57, 0x90, 0x71, 0xbf, 0x42, 0x7e,
                                             0x9d, 0x8f, 0xbe, 0x84, 0x2a, 0xba, 0x34, 0xd9};
    unsigned char got[sizeof wanted];
    assert_true(hw_bcrypt_pbkdf("password", 8, "salt", 4, 4, got, sizeof got));
    assert_memory_equal(got, wanted, sizeof wanted);
    assert_false(hw_bcrypt_pbkdf("password", 8, "salt", 4, 0, got, sizeof got));
}

static void damaged_keys_are_told(void **state HW_UNUSED)
{
    static const char *const damaged[] = {
        "",
        "noise",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n", /* no end */
        "-----BEGIN OPENSSH PRIVATE KEY-----\n!!!\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE "
        "KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"};
    for (size_t i = 0; i < HW_COUNT(damaged); i++) {
        struct hw_err err = {0};
        assert_null(hw_ssh_key_parse(damaged[i], strlen(damaged[i]), "id", NULL, &err));
        assert_int_equal(err.code, HW_ERR_INPUT);
    }
}

/* As libcurl's sockets are: not closed on exec. */
static void a_program_gets_its_three_descriptors_alone(void **state HW_UNUSED)
{
    char shell[] = "sh", option[] = "-c";
    char script[] = "[ -e /proc/self/fd/57 ] && echo open || echo closed";
    char *arguments[] = {shell, option, script, NULL};
    char said[16] = "";
    int ends[2], status = -1;
    pid_t child = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(STDERR_FILENO, 57), 57);
    assert_int_equal(hw_child_start(arguments, NULL, STDIN_FILENO, ends[1], STDERR_FILENO, &child),
                     0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    assert_string_equal(said, "closed\n");
    close(57);
    close(ends[0]);
    close(ends[1]);
}

/* SFTP. */

struct talk {
    unsigned ready, statuses;
    uint32_t status;
};

static void on_write(void *data HW_UNUSED, const char *bytes HW_UNUSED, size_t n HW_UNUSED)
{
}

static void on_ready(void *data)
{
    struct talk *talk = data;
    talk->ready++;
}

static void on_reply(void *data, const struct hw_sftp_reply *reply)
{
    struct talk *talk = data;
    talk->statuses++;
    talk->status = reply->status;
}

static void sftp_answers_are_read_strictly(void **state HW_UNUSED)
{
    static const char version[] = "\0\0\0\5\2\0\0\0\3";
    static const char missing[] = "\0\0\0\x11\x65\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0";
    static const struct {
        const char *bytes;
        size_t n;
    } wrong[] = {
        {"\0\0\0\0", 4},                                        /* no kind */
        {"\xFF\0\0\0", 4},                                      /* 4 GiB */
        {"\0\0\0\5\x65\0\0\0\7", 9},                            /* nobody asked */
        {"\0\0\0\5\x68\0\0\0\0", 9},                            /* names for a handle */
        {"\0\0\0\5\x2A\0\0\0\0", 9},                            /* of no kind */
        {"\0\0\0\x11\x65\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21}, /* "OK" is no handle */
        {"\0\0\0\xD\x66\0\0\0\0\x7F\0\0\0", 13},                /* a handle that is not there */
    };
    struct talk talk = {0};
    struct hw_sftp_handler handler = {.write = on_write, .ready = on_ready, .data = &talk};
    for (size_t i = 0; i <= HW_COUNT(wrong); i++) {
        struct hw_err err = {0};
        struct hw_sftp *sftp = hw_sftp_new(&handler);
        for (size_t at = 0; at < sizeof version - 1; at++)
            assert_true(hw_sftp_take(sftp, version + at, 1, &err));
        hw_sftp_open(sftp, "/x", on_reply, &talk);
        if (i < HW_COUNT(wrong))
            assert_false(hw_sftp_take(sftp, wrong[i].bytes, wrong[i].n, &err) &&
                         hw_sftp_take(sftp, "\0\0\0\0", 4, &err));
        else
            assert_true(hw_sftp_take(sftp, missing, sizeof missing - 1, &err));
        hw_sftp_free(sftp);
    }
    assert_int_equal(talk.ready, HW_COUNT(wrong) + 1);
    assert_int_equal(talk.statuses, 1);
    assert_int_equal(talk.status, HW_SFTP_NO_FILE);
}

static struct hw_sftp *greeted(const struct hw_sftp_handler *handler)
{
    static const char version[] = "\0\0\0\5\2\0\0\0\3";
    struct hw_sftp *sftp = hw_sftp_new(handler);
    assert_true(hw_sftp_take(sftp, version, sizeof version - 1, NULL));
    return sftp;
}

/* Two answers in the other order, and the end of the file; in pieces of every size. */
static void what_is_read_lies_where_it_is_wanted(void **state HW_UNUSED)
{
    static const char answers[] = "\0\0\0\xC\x67\0\0\0\1\0\0\0\3two"
                                  "\0\0\0\x11\x65\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\0"
                                  "\0\0\0\x9\x67\0\0\0\3\0\0\0\0"
                                  "\0\0\0\xC\x67\0\0\0\0\0\0\0\3one";
    for (size_t piece = 1; piece < sizeof answers; piece++) {
        struct talk talk = {0};
        struct hw_sftp_handler handler = {.write = on_write, .data = &talk};
        struct hw_sftp *sftp = greeted(&handler);
        struct hw_buf buffers[4] = {HW_BUF(8), HW_BUF(8), HW_BUF(8), HW_BUF(8)};
        hw_buf_text(&buffers[0], "here ");
        size_t room = hw_sftp_room(sftp);
        for (size_t i = 0; i < HW_COUNT(buffers); i++)
            hw_sftp_read(sftp, (struct hw_span){"h", 1}, 0, 3, &buffers[i], on_reply, &talk);
        for (size_t at = 0; at < sizeof answers - 1; at += piece) {
            size_t left = sizeof answers - 1 - at;
            assert_true(hw_sftp_take(sftp, answers + at, left < piece ? left : piece, NULL));
        }
        assert_string_equal(hw_buf_cstr(&buffers[0]), "here one");
        assert_string_equal(hw_buf_cstr(&buffers[1]), "two");
        assert_int_equal(buffers[2].len + buffers[3].len, 0);
        assert_int_equal(talk.statuses, 4);
        assert_int_equal(talk.status, HW_SFTP_OK);
        assert_int_equal(hw_sftp_room(sftp), room);
        hw_sftp_free(sftp);
        for (size_t i = 0; i < HW_COUNT(buffers); i++)
            hw_buf_done(&buffers[i]);
    }
}

static void more_than_was_asked_for_is_not_read(void **state HW_UNUSED)
{
    static const struct {
        const char *bytes;
        size_t n;
    } wrong[] = {
        {"\0\0\0\xD\x67\0\0\0\0\0\0\0\4", 13},         /* four bytes for three */
        {"\0\0\0\xC\x67\0\0\0\0\xFF\xFF\xFF\xFF", 13}, /* 4 GiB in a short packet */
        {"\0\0\0\xD\x67\0\0\0\0\0\0\0\3", 13},         /* a packet that goes on */
        {"\0\0\0\x8\x67", 5},                          /* one that is too short */
        {"\0\0\0\xC\x67\0\0\0\1\0\0\0\3", 13},         /* for a handle */
        {"\0\0\0\xC\x67\0\0\0\2\0\0\0\3", 13},         /* nobody asked */
    };
    for (size_t i = 0; i < HW_COUNT(wrong); i++) {
        struct talk talk = {0};
        struct hw_err err = {0};
        struct hw_sftp_handler handler = {.write = on_write, .data = &talk};
        struct hw_sftp *sftp = greeted(&handler);
        hw_auto(hw_buf) into = HW_BUF(3);
        hw_sftp_read(sftp, (struct hw_span){"h", 1}, 0, 3, &into, on_reply, &talk);
        hw_sftp_open(sftp, "/x", on_reply, &talk);
        assert_false(hw_sftp_take(sftp, wrong[i].bytes, wrong[i].n, &err));
        assert_int_equal(talk.statuses, 0);
        assert_int_equal(into.len, 0);
        hw_sftp_free(sftp);
    }
}

/* A server whose folders hold folders without end. */
struct endless {
    struct hw_sftp *sftp;
    struct hw_buf requests;
    size_t first, others;  /* names in the first folder, and in each other one */
    size_t folders, files; /* that were opened */
    bool listed;           /* the folder that is open */
};

static void keep_request(void *data, const char *bytes, size_t n)
{
    struct endless *server = data;
    hw_buf_add(&server->requests, bytes, n);
}

static void add_status(struct hw_buf *out, uint32_t id, uint32_t code)
{
    hw_buf_char(out, 101);
    hw_put_u32(out, id);
    hw_put_u32(out, code);
    hw_put_string(out, "", 0);
    hw_put_string(out, "", 0);
}

static void add_handle(struct hw_buf *out, uint32_t id)
{
    hw_buf_char(out, 102);
    hw_put_u32(out, id);
    hw_put_string(out, "h", 1);
}

static void add_folders(struct hw_buf *out, uint32_t id, size_t count)
{
    hw_buf_char(out, 104);
    hw_put_u32(out, id);
    hw_put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i);
        hw_put_string(out, name, strlen(name));
        hw_put_string(out, "", 0);
        hw_put_u32(out, 4);       /* permissions follow */
        hw_put_u32(out, 0040755); /* a folder */
    }
}

static void answer_request(struct endless *server, uint8_t kind, uint32_t id)
{
    hw_auto(hw_buf) body = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) packet = HW_BUF(HW_MAX_TEXT);
    switch (kind) {
    case 3: /* OPEN */
        server->files++;
        add_status(&body, id, HW_SFTP_NO_FILE);
        break;
    case 11: /* OPENDIR */
        server->folders++;
        server->listed = false;
        add_handle(&body, id);
        break;
    case 12: /* READDIR */
        if (server->listed)
            add_status(&body, id, HW_SFTP_EOF);
        else
            add_folders(&body, id, server->folders == 1 ? server->first : server->others);
        server->listed = true;
        break;
    default:
        add_status(&body, id, HW_SFTP_OK);
        break;
    }
    hw_put_string(&packet, body.data, body.len);
    assert_true(hw_sftp_take(server->sftp, packet.data, packet.len, NULL));
}

static void answer_requests(struct endless *server)
{
    struct hw_buf requests = server->requests;
    struct hw_wire wire = {requests.data, requests.len, false};
    server->requests = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    while (wire.n) {
        struct hw_span packet = hw_wire_string(&wire);
        struct hw_wire request = {packet.p, packet.n, false};
        uint8_t kind = hw_wire_byte(&request);
        uint32_t id = hw_wire_u32(&request);
        if (kind != 1) /* the greeting has its answer */
            answer_request(server, kind, id);
    }
    hw_buf_done(&requests);
}

static void ignore_frame(void *data HW_UNUSED, const struct hw_frame *frame HW_UNUSED)
{
}

static void look_into(size_t first, size_t others, size_t most)
{
    static const char *const patterns[] = {"C:\\logs\\*\\*\\*.log", "C:\\one.log"};
    struct hw_loop *loop = hw_loop_new(NULL);
    struct hw_files files = {0};
    struct endless server = {.requests = HW_BUF(HW_MAX_TEXT), .first = first, .others = others};
    struct hw_sftp_handler handler = {.write = keep_request, .data = &server};
    server.sftp = greeted(&handler);
    struct hw_tail_options options = {.loop = loop,
                                      .sftp = server.sftp,
                                      .patterns = patterns,
                                      .pattern_count = HW_COUNT(patterns),
                                      .files = &files,
                                      .frame = ignore_frame};
    struct hw_tail *tail = hw_tail_new(&options);
    while (!server.files && server.folders <= most) {
        hw_loop_step(loop, 0);
        answer_requests(&server);
    }
    assert_int_equal(server.folders, most);
    hw_tail_free(tail);
    hw_sftp_free(server.sftp);
    hw_buf_done(&server.requests);
    hw_files_done(&files);
    hw_loop_free(loop);
}

static void folders_without_end_are_not_all_read(void **state HW_UNUSED)
{
    look_into(4000, 4000, HW_MAX_SCAN_NAMES / 4000 + 1);
    look_into(2000, 0, HW_MAX_SCAN_DIRS);
}

int main(void)
{
    alarm(60);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_value_counts),
        cmocka_unit_test(what_is_beyond_is_named),
        cmocka_unit_test(wrong_lines_are_placed),
        cmocka_unit_test(included_files_belong_to_their_block),
        cmocka_unit_test(jumps_are_read),
        cmocka_unit_test(patterns_match_as_on_windows),
        cmocka_unit_test(what_a_person_forgets_is_forgotten),
        cmocka_unit_test(bcrypt_gives_the_published_bytes),
        cmocka_unit_test(damaged_keys_are_told),
        cmocka_unit_test(a_program_gets_its_three_descriptors_alone),
        cmocka_unit_test(sftp_answers_are_read_strictly),
        cmocka_unit_test(what_is_read_lies_where_it_is_wanted),
        cmocka_unit_test(more_than_was_asked_for_is_not_read),
        cmocka_unit_test(folders_without_end_are_not_all_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <iconv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "logs/decode.h"
#include "logs/linetime.h"
#include "logs/redact.h"

#define H HW_REDACTED

struct sample {
    const char *in, *out;
};

static void check(const struct hw_redact *redact, const char *in, const char *expected)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    unsigned pem = 0;
    hw_redact_line(redact, &pem, in, strlen(in), &out);
    assert_string_equal(hw_buf_cstr(&out), expected);
}

static void secrets_are_hidden(void **state HW_UNUSED)
{
    static const struct sample samples[] = {
        {"Data Source=SQL;User ID=hpc;Password=Tr0ub4dor;Encrypt=yes",
         "Data Source=SQL;User ID=hpc;Password=" H ";Encrypt=yes"},
        {"Server=sql;uid=sa;pwd=x;", "Server=sql;uid=sa;pwd=" H ";"},
        {"setup.exe /SQLSVCPASSWORD=\"a b c\" /Q", "setup.exe /SQLSVCPASSWORD=" H " /Q"},
        {"setup.exe -SSLPfxFilePath:c:\\x.pfx -SSLPfxFilePassword:hunter2 -unattend",
         "setup.exe -SSLPfxFilePath:c:\\x.pfx -SSLPfxFilePassword:" H " -unattend"},
        {"schtasks /Create /RU CORP\\hpc /RP s3cr3t! /TN boot",
         "schtasks /Create /RU CORP\\hpc /RP " H " /TN boot"},
        {"cmdkey /add:fs /user:hpc /pass:abc", "cmdkey /add:fs /user:hpc /pass:" H},
        {"New-Thing -Password geheim -Force", "New-Thing -Password " H " -Force"},
        {"net user hpcadmin P@ss /add", "net user hpcadmin " H " /add"},
        {"sqlcmd -S sql -U sa -P letmein -Q x", "sqlcmd -S sql -U sa -P " H " -Q x"},
        {"$p = ConvertTo-SecureString 'pa ss' -AsPlainText",
         "$p = ConvertTo-SecureString " H " -AsPlainText"},
        {"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
         "aws_secret_access_key = " H},
        {"key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY in the open", "key " H " in the open"},
        {"{\"SecretAccessKey\": \"abc\", \"x\": 1}", "{\"SecretAccessKey\": " H ", \"x\": 1}"},
        {"GET https://b.example/k?X-Amz-Signature=00ff&x=1",
         "GET https://b.example/k?X-Amz-Signature=" H "&x=1"},
        {"proxy http://user:word@proxy.example:3128/",
         "proxy http://user:" H "@proxy.example:3128/"},
        {"two: password=a, password=b", "two: password=" H ", password=" H},
    };
    struct hw_redact *redact = hw_redact_new();
    for (size_t i = 0; i < HW_COUNT(samples); i++)
        check(redact, samples[i].in, samples[i].out);
    hw_redact_free(redact);
}

static void odd_forms_are_hidden(void **state HW_UNUSED)
{
    static const struct sample samples[] = {
        {"Password=ab,cd&e;x", "Password=" H ";x"},
        {"Password=\"a\"\"b\";x", "Password=" H ";x"},
        {"Password=\"never closed", "Password=" H},
        {"Password='it''s';x", "Password=" H ";x"},
        {"{\\\"password\\\": \\\"abc\\\", 1}", "{\\\"password\\\": " H ", 1}"},
        {"<AdminPassword>abc</AdminPassword>", "<AdminPassword>" H "</AdminPassword>"},
        {"netdom join x /PasswordD:abc /y", "netdom join x /PasswordD:" H " /y"},
        {"Kennwort: geheim", "Kennwort: " H},
        {"\"SecretString\":\"abc\"", "\"SecretString\":" H},
        {"psexec \\\\sql -u x -p abc cmd", "psexec \\\\sql -u x -p " H " cmd"},
        {"curl -u me:abc https://x.example/", "curl -u me:" H " https://x.example/"},
        {"powershell -enc QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaA== -x",
         "powershell -enc " H " -x"},
        {"key id AKIAIOSFODNN7EXAMPLE ends", "key id " H " ends"},
        {"x 308209E10201033082099706092A864886F70D010701A08209880482098430820980 y", "x " H " y"},
    };
    struct hw_redact *redact = hw_redact_new();
    for (size_t i = 0; i < HW_COUNT(samples); i++)
        check(redact, samples[i].in, samples[i].out);
    hw_redact_free(redact);
}

static void what_is_no_secret_stays(void **state HW_UNUSED)
{
    static const char *const samples[] = {
        "Login failed for user 'CORP\\sqlsvc'. Reason: Password did not match that for the login.",
        "thumbprint A94A8FE5CCB19BA61C4C0873D391E987982FBBD3 found",
        "Set-Thing -Password $secret -Force",
        "the SSM parameter /service-account/password is empty",
        "Import-PfxCertificate : The specified network password is not correct.",
        "the primary key is in table x; keyspec 1",
        "C:\\Program Files\\Microsoft SQL Server\\MSSQL15.MSSQLSERVER\\MSSQL\\Log\\ERRORLOG",
        "ComponentRegister(ComponentId={A1B2C3D4-0000-4111-8222-000000000001},KeyPath=C:\\x.dll)",
        "MSI (s) (A4:10): Return value 3.",
        "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=done code=3010 msg=\"reboot\"",
        "",
    };
    struct hw_redact *redact = hw_redact_new();
    for (size_t i = 0; i < HW_COUNT(samples); i++)
        check(redact, samples[i], samples[i]);
    hw_redact_free(redact);
}

static void registered_values_are_hidden_everywhere(void **state HW_UNUSED)
{
    struct hw_redact *redact = hw_redact_new();
    hw_redact_value(redact, "correct horse", 13);
    hw_redact_value(redact, "correct", 7);
    hw_redact_value(redact, "abc", 3); /* too short to be taken */
    check(redact, "a correct horse, acorrect horseb, correct abc", "a " H ", a" H "b, " H " abc");
    hw_redact_free(redact);
}

static void pem_blocks_are_hidden_to_their_end(void **state HW_UNUSED)
{
    static const struct sample lines[] = {
        {"key: -----BEGIN RSA PRIVATE KEY-----", H},
        {"Proc-Type: 4,ENCRYPTED", H},
        {"MIIEowIBAAKCAQEA", H},
        {"-----END RSA PRIVATE KEY-----", H},
        {"MIIEowIBAAKCAQEA", "MIIEowIBAAKCAQEA"},
        {"-----BEGIN CERTIFICATE-----", H},
        {"this is no base64, is it?", "this is no base64, is it?"},
    };
    struct hw_redact *redact = hw_redact_new();
    unsigned pem = 0;
    for (size_t i = 0; i < HW_COUNT(lines); i++) {
        hw_auto(hw_buf) out = HW_BUF(1000);
        hw_redact_line(redact, &pem, lines[i].in, strlen(lines[i].in), &out);
        assert_string_equal(hw_buf_cstr(&out), lines[i].out);
    }
    hw_redact_free(redact);
}

static void times_of_lines_are_read(void **state HW_UNUSED)
{
    static const struct sample samples[] = {
        {"2026-11-22T20:15:00.123Z HPCWIZ stage=boot", "2026-11-22T20:15:00.123Z"},
        {"2026-11-22T20:15:00+01:00 x", "2026-11-22T19:15:00.000Z"},
        {"2026-11-22 20:15:00 Info: started", "2026-11-22T20:15:00.000Z"},
        {"2026-11-22 20:15:00.12 spid5s      Starting up", "2026-11-22T20:15:00.120Z"},
        {"2026-11-22 20:15:00,007 [INFO] Command", "2026-11-22T20:15:00.007Z"},
        {"[11/22/2026 8:15:00 PM][Information] Chainer", "2026-11-22T20:15:00.000Z"},
        {"11/22/2026 20:15:00:250 NetpDoDomainJoin", "2026-11-22T20:15:00.250Z"},
        {"11/22/2026 12:00:01 AM x", "2026-11-22T00:00:01.000Z"},
    };
    static const char *const none[] = {"",
                                       "[",
                                       "2026",
                                       "2026-11-22",
                                       "2026-13-40 20:15:00",
                                       "11/22/26 20:15:00",
                                       "x 2026-11-22T20:15:00Z"};
    char text[HW_TIME_SIZE];
    int64_t ms;
    for (size_t i = 0; i < HW_COUNT(samples); i++) {
        assert_true(hw_linetime_read(samples[i].in, strlen(samples[i].in), &ms));
        hw_time_rfc3339(ms, text);
        assert_string_equal(text, samples[i].out);
    }
    for (size_t i = 0; i < HW_COUNT(none); i++)
        assert_false(hw_linetime_read(none[i], strlen(none[i]), &ms));
}

/* ---- Known values, however a log has them ----------------------------------------------- */

static const char value[] = "Gr\xC3\xBC\xC3\x9F'e&\"77<Tr0ub4dor";

static void expect_hidden(const struct hw_redact *redact, const char *text)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hw_auto_text line = hw_format("before %s after", text);
    unsigned pem = 0;
    hw_redact_line(redact, &pem, line, strlen(line), &out);
    if (strstr(hw_buf_cstr(&out), "0ub4") || !strstr(hw_buf_cstr(&out), H) ||
        !strstr(hw_buf_cstr(&out), "before ") || !strstr(hw_buf_cstr(&out), " after"))
        fail_msg("'%s' became '%s'", line, hw_buf_cstr(&out));
}

static void known_values_are_hidden_in_every_form(void **state HW_UNUSED)
{
    struct hw_redact *redact = hw_redact_new();
    hw_redact_value(redact, value, strlen(value));
    expect_hidden(redact, value);
    hw_auto(hw_buf) form = HW_BUF(1000);
    hw_buf_xml(&form, value);
    expect_hidden(redact, hw_buf_cstr(&form));
    hw_buf_clear(&form);
    hw_buf_uri(&form, value, strlen(value), false);
    expect_hidden(redact, hw_buf_cstr(&form));
    expect_hidden(redact, "Gr\xC3\xBC\xC3\x9F''e&\"77<Tr0ub4dor");  /* 'quoted' */
    expect_hidden(redact, "Gr\xC3\xBC\xC3\x9F'e&\"\"77<Tr0ub4dor"); /* "quoted" */
    expect_hidden(redact, "Gr\xC3\xBC\xC3\x9F'e&\\\"77<Tr0ub4dor"); /* JSON */
    hw_redact_free(redact);
}

/* Wherever the value begins within base64 text, and as UTF-16 too: all of the text is hidden. */
static void known_values_are_hidden_in_base64(void **state HW_UNUSED)
{
    struct hw_redact *redact = hw_redact_new();
    hw_redact_value(redact, value, strlen(value));
    for (size_t before = 0; before < 6; before++) {
        for (int wide = 0; wide < 2; wide++) {
            hw_auto(hw_buf) bytes = HW_BUF(1000);
            hw_auto(hw_buf) text = HW_BUF(1000);
            hw_buf_add(&bytes, "user: ", before);
            if (wide)
                hw_buf_utf16le(&bytes, value, strlen(value));
            else
                hw_buf_text(&bytes, value);
            hw_buf_text(&bytes, "tail");
            hw_buf_base64(&text, bytes.data, bytes.len);
            hw_auto(hw_buf) out = HW_BUF(1000);
            unsigned pem = 0;
            hw_redact_line(redact, &pem, text.data, text.len, &out);
            assert_string_equal(hw_buf_cstr(&out), H);
        }
    }
    hw_redact_free(redact);
}

struct collector {
    struct hw_redact *redact;
    unsigned pem;
    struct hw_buf out;
};

static void collect(void *data, uint64_t offset HW_UNUSED, const char *text, size_t n)
{
    struct collector *c = data;
    hw_redact_line(c->redact, &c->pem, text, n, &c->out);
    hw_buf_char(&c->out, '\n');
}

static void read_in_two(struct collector *c, const struct hw_buf *bytes, size_t cut)
{
    struct hw_decoder decoder;
    c->pem = 0;
    hw_buf_clear(&c->out);
    hw_decoder_init(&decoder, 0);
    hw_decoder_add(&decoder, bytes->data, cut, collect, c);
    hw_decoder_add(&decoder, bytes->data + cut, bytes->len - cut, collect, c);
    hw_decoder_restart(&decoder, 0, collect, c);
    hw_decoder_done(&decoder);
}

/* A log with secrets of every kind, in each encoding, cut between two reads at every byte. */
static void no_secret_slips_through_two_reads(void **state HW_UNUSED)
{
    static const char log[] =
        "2026-11-22 starting\r\n"
        "Data Source=SQL;User ID=u;Password=hunter2;x\r\n"
        "the value is Gr\xC3\xBC\xC3\x9F'e&\"77<Tr0ub4dor here\r\n"
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\r\n"
        "-----BEGIN PRIVATE KEY-----\r\nMIIEowIBAAKCAQEAhunter2\r\n-----END PRIVATE KEY-----\r\n"
        "MIIJ4QIBAzCCCacGCSqGSIb3DQEHAaCCCZgEggmUMIIJkDCCBhEGCSqGSIb3hunter2A\r\n"
        "AAAAhunter2AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
        "hunter2=\r\n"
        "done, nothing hidden here\r\n";
    static const char *const secrets[] = {"hunter2", "0ub4", "bPxRfi"};
    struct collector c = {.redact = hw_redact_new(), .out = HW_BUF(HW_MAX_TEXT)};
    hw_redact_value(c.redact, value, strlen(value));
    for (int encoding = 0; encoding < 3; encoding++) {
        hw_auto(hw_buf) bytes = HW_BUF(HW_MAX_TEXT);
        if (encoding == 1)
            hw_buf_add(&bytes, "\xFF\xFE", 2);
        if (encoding == 0)
            hw_buf_text(&bytes, log);
        else
            hw_buf_utf16le(&bytes, log, strlen(log));
        for (size_t cut = 0; cut <= bytes.len; cut++) {
            read_in_two(&c, &bytes, cut);
            for (size_t i = 0; i < HW_COUNT(secrets); i++) {
                if (strstr(hw_buf_cstr(&c.out), secrets[i]))
                    fail_msg("cut at %zu: %s in\n%s", cut, secrets[i], hw_buf_cstr(&c.out));
            }
            assert_non_null(strstr(hw_buf_cstr(&c.out), "done, nothing hidden here"));
        }
    }
    hw_buf_done(&c.out);
    hw_redact_free(c.redact);
}

/* A line that is told in pieces: the secret lies where they meet. */
static void no_secret_slips_between_pieces(void **state HW_UNUSED)
{
    struct collector c = {.redact = hw_redact_new(), .out = HW_BUF(1024 * 1024)};
    for (size_t before = HW_DECODE_PIECE - 40; before < HW_DECODE_PIECE + 10; before++) {
        for (int blanks = 0; blanks < 2; blanks++) {
            hw_auto(hw_buf) bytes = HW_BUF(1024 * 1024);
            hw_buf_fill(&bytes, 'x', before);
            hw_buf_text(&bytes, blanks ? " Password: hunter2 " : ";Password=hunter2;");
            hw_buf_fill(&bytes, 'y', 5000);
            read_in_two(&c, &bytes, bytes.len / 2);
            assert_null(strstr(hw_buf_cstr(&c.out), "hunter2"));
            assert_null(strstr(hw_buf_cstr(&c.out), "unter2"));
            assert_null(strstr(hw_buf_cstr(&c.out), "nter2"));
        }
    }
    hw_buf_done(&c.out);
    hw_redact_free(c.redact);
}

/* What a program in a console wrote in the OEM code page 850. */
static void known_values_are_hidden_in_oem(void **state HW_UNUSED)
{
    struct collector c = {.redact = hw_redact_new(), .out = HW_BUF(HW_MAX_TEXT)};
    hw_auto(hw_buf) bytes = HW_BUF(1000);
    iconv_t conversion = iconv_open("CP850", "UTF-8");
    if (conversion == (iconv_t)-1)
        skip();
    iconv_close(conversion);
    hw_redact_value(c.redact,
                    "Gr\xC3\xBC\xC3\x9F"
                    "e-hunter2",
                    15);
    hw_buf_text(&bytes, "net use: Gr\x81\xE1"
                        "e-hunter2 \x84\n");
    read_in_two(&c, &bytes, 5);
    assert_null(strstr(hw_buf_cstr(&c.out), "hunter2"));
    hw_buf_done(&c.out);
    hw_redact_free(c.redact);
}

/* ---- What is learnt is not kept ---------------------------------------------------------- */

#define MASK 0x5A

/* Does the text, of which only the masked form is given, stand anywhere in the writable memory of
 * this process? */
static bool in_memory(const unsigned char *masked, size_t n)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    char line[512];
    bool found = false;
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (!found && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w' ||
            to - from > 64ul * 1024 * 1024)
            continue;
        unsigned char *copy =
            mmap(NULL, to - from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ssize_t got = pread(memory, copy, to - from, (off_t)from);
        for (size_t at = 0; got > 0 && at + n <= (size_t)got && !found; at++) {
            size_t i = 0;
            while (i < n && (copy[at + i] ^ MASK) == masked[i])
                i++;
            found = i == n;
        }
        munmap(copy, to - from);
    }
    fclose(maps);
    close(memory);
    return found;
}

/* Each of a thousand nodes has a password of its own. */
static void thousands_of_values_are_hidden(void **state HW_UNUSED)
{
    enum { VALUES = 3000 };
    struct hw_redact *redact = hw_redact_new();
    char one[32], line[64];
    for (unsigned i = 0; i < VALUES; i++) {
        snprintf(one, sizeof one, "Qx%u.%08xZk", i % 7, i * 2654435761u);
        hw_redact_value(redact, one, strlen(one));
    }
    for (unsigned i = 0; i < VALUES; i++) {
        snprintf(line, sizeof line, "it is Qx%u.%08xZk.", i % 7, i * 2654435761u);
        check(redact, line, "it is " H ".");
    }
    check(redact, "it is Qx1.12345678Zk.", "it is Qx1.12345678Zk.");
    hw_redact_free(redact);
}

static void known_values_are_not_kept(void **state HW_UNUSED)
{
    unsigned char masked[24];
    struct hw_redact *redact = hw_redact_new();
    char *secret = hw_alloc(sizeof masked + 1);
    for (size_t i = 0; i < sizeof masked; i++)
        secret[i] = (char)('a' + (i * 7 + (size_t)getpid()) % 26);
    for (size_t i = 0; i < sizeof masked; i++)
        masked[i] = (unsigned char)secret[i] ^ MASK;
    assert_true(in_memory(masked, sizeof masked)); /* the search itself works */
    hw_redact_value(redact, secret, sizeof masked);
    hw_wipe(secret, sizeof masked);
    assert_false(in_memory(masked, sizeof masked));
    for (size_t i = 0; i < sizeof masked; i++)
        secret[i] = (char)(masked[i] ^ MASK);
    check(redact, secret, H); /* and it is known all the same */
    free(secret);
    hw_redact_free(redact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(odd_forms_are_hidden),
        cmocka_unit_test(known_values_are_hidden_in_every_form),
        cmocka_unit_test(known_values_are_hidden_in_base64),
        cmocka_unit_test(known_values_are_hidden_in_oem),
        cmocka_unit_test(thousands_of_values_are_hidden),
        cmocka_unit_test(known_values_are_not_kept),
        cmocka_unit_test(no_secret_slips_through_two_reads),
        cmocka_unit_test(no_secret_slips_between_pieces),
        cmocka_unit_test(what_is_no_secret_stays),
        cmocka_unit_test(registered_values_are_hidden_everywhere),
        cmocka_unit_test(pem_blocks_are_hidden_to_their_end),
        cmocka_unit_test(times_of_lines_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

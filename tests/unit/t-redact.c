/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
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

static void what_is_no_secret_stays(void **state HW_UNUSED)
{
    static const char *const samples[] = {
        "Login failed for user 'CORP\\sqlsvc'. Reason: Password did not match that for the login.",
        "thumbprint A94A8FE5CCB19BA61C4C0873D391E987982FBBD3 found",
        "Set-Thing -Password $secret -Force",
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(what_is_no_secret_stays),
        cmocka_unit_test(registered_values_are_hidden_everywhere),
        cmocka_unit_test(pem_blocks_are_hidden_to_their_end),
        cmocka_unit_test(times_of_lines_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

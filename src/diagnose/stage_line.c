/* SPDX-License-Identifier: Apache-2.0 */
/* "2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=failed code=13818 msg=\"one line\"" */
#include "diagnose/engine.h"

#include "base/text.h"

/* Copies the word behind key; false: absent or too long. */
static bool word_of(const char *text, const char *key, char *out, size_t size)
{
    const char *p = strstr(text, key);
    if (!p)
        return false;
    p += strlen(key);
    size_t n = strcspn(p, " \t\r\n");
    if (n == 0 || n >= size)
        return false;
    memcpy(out, p, n);
    out[n] = '\0';
    return true;
}

bool hw_stage_line_parse(const char *text, struct hw_stage_line *ret)
{
    char status[16], code[16];
    long number = 0;
    const char *start = strstr(text, "HPCWIZ stage=");
    if (!start || !word_of(start, "stage=", ret->stage, sizeof ret->stage) ||
        !word_of(start, "status=", status, sizeof status) ||
        !hw_stage_status_parse(status, &ret->status))
        return false;
    if (word_of(start, "code=", code, sizeof code) &&
        !hw_parse_int(code, -2147483647L - 1, 2147483647L, &number))
        return false;
    ret->code = (int)number;
    ret->message[0] = '\0';
    const char *message = strstr(start, "msg=\"");
    if (message) {
        message += 5;
        size_t n = strlen(message);
        if (n > 0 && message[n - 1] == '"')
            n--;
        n = n < sizeof ret->message ? n : hw_text_cut(message, sizeof ret->message - 1);
        memcpy(ret->message, message, n);
        ret->message[n] = '\0';
    }
    return true;
}

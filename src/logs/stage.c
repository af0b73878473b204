/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/stage.h"

#include "base/clock.h"
#include "base/text.h"

#define MARK            "HPCWIZ"
#define STATUS_SIZE     16
#define CODE_SIZE       16
#define REBOOT_REQUIRED 3010
#define REBOOT_BEGUN    1641

/* Takes `prefix` and then up to `end` off the front; the word between is copied to out. */
static bool take_word(struct hw_span *rest, const char *prefix, char end, char *out, size_t size)
{
    size_t skip = strlen(prefix);
    if (rest->n < skip || memcmp(rest->p, prefix, skip) != 0)
        return false;
    const char *word = rest->p + skip;
    const char *stop = memchr(word, end, rest->n - skip);
    size_t length = stop ? (size_t)(stop - word) : 0;
    if (!length || length >= size)
        return false;
    memcpy(out, word, length);
    out[length] = '\0';
    rest->n -= skip + length + 1;
    rest->p = stop + 1;
    return true;
}

bool hw_stage_parse(const char *text, size_t n, struct hw_stage_line *ret)
{
    static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    struct hw_span rest = {text, n};
    struct hw_stage_line line = {0};
    char time[HW_TIME_SIZE], mark[8], status[STATUS_SIZE], code[CODE_SIZE];
    long value;
    if (!take_word(&rest, "", ' ', time, sizeof time) ||
        !hw_time_parse(time, strlen(time), &line.time_ms) ||
        !take_word(&rest, "", ' ', mark, sizeof mark) || strcmp(mark, MARK) != 0 ||
        !take_word(&rest, "stage=", ' ', line.stage, sizeof line.stage) ||
        line.stage[strspn(line.stage, name_bytes)] != '\0' ||
        !take_word(&rest, "status=", ' ', status, sizeof status) ||
        !hw_stage_status_parse(status, &line.status) ||
        !take_word(&rest, "code=", ' ', code, sizeof code) ||
        !hw_parse_int(code, INT32_MIN, INT32_MAX, &value))
        return false;
    if (rest.n < 6 || memcmp(rest.p, "msg=\"", 5) != 0 || rest.p[rest.n - 1] != '"')
        return false;
    line.code = (int)value;
    line.message = (struct hw_span){rest.p + 5, rest.n - 6};
    *ret = line;
    return true;
}

bool hw_stage_find(const char *text, struct hw_stage_line *ret)
{
    const char *start = strstr(text, " " MARK " stage=");
    if (!start)
        return false;
    while (start > text && start[-1] != ' ')
        start--;
    return hw_stage_parse(start, strlen(start), ret);
}

bool hw_stage_valid_until(const char *message, int64_t *ret_ms)
{
    static const char words[] = "valid until ";
    const char *at = message ? strstr(message, words) : NULL;
    if (!at)
        return false;
    at += strlen(words);
    return hw_time_parse(at, strcspn(at, " ,"), ret_ms);
}

bool hw_stage_reboots(const struct hw_stage_line *line)
{
    if (!strcmp(line->stage, "reboot"))
        return line->status == HW_STAGE_STARTED;
    return !strcmp(line->stage, "setup") && line->status == HW_STAGE_DONE &&
           (line->code == REBOOT_REQUIRED || line->code == REBOOT_BEGUN);
}

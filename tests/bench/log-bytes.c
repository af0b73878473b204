/* SPDX-License-Identifier: Apache-2.0 */
/* log-bytes FILE: the raw bytes of a log as they come from a node, decoded; then decoded, redacted,
 * cleaned, their times read and stored, as the fleet does it. Prints milliseconds as JSON, for the
 * table of `make bench`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "logs/decode.h"
#include "logs/linetime.h"
#include "logs/redact.h"
#include "logs/store.h"

#define BLOCK_SIZE 16384u /* as the follower sends them */

struct taker {
    struct hw_logs *logs;
    struct hw_redact *redact;
    struct hw_buf redacted, cleaned;
    unsigned pem;
    int64_t time_ms;
    size_t lines;
};

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void count(void *data, uint64_t offset HW_UNUSED, const char *text HW_UNUSED,
                  size_t n HW_UNUSED)
{
    ((struct taker *)data)->lines++;
}

static void take(void *data, uint64_t offset, const char *text, size_t n)
{
    struct taker *taker = data;
    hw_buf_clear(&taker->redacted);
    hw_buf_clear(&taker->cleaned);
    hw_redact_line(taker->redact, &taker->pem, text, n, &taker->redacted);
    hw_text_clean(&taker->cleaned, hw_buf_cstr(&taker->redacted), taker->redacted.len, true);
    hw_linetime_read(hw_buf_cstr(&taker->cleaned), taker->cleaned.len, &taker->time_ms);
    hw_logs_add(taker->logs, &(struct hw_ev_log){.time_ms = taker->time_ms,
                                                 .node = "head",
                                                 .source = "install.log",
                                                 .offset = offset,
                                                 .text = hw_buf_cstr(&taker->cleaned)});
    taker->lines++;
}

static double read_all(FILE *file, struct taker *taker, hw_decoder_fn *fn)
{
    char block[BLOCK_SIZE];
    size_t n;
    struct hw_decoder decoder;
    double start = now_ms();
    rewind(file);
    hw_decoder_init(&decoder, 0);
    taker->lines = 0;
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        hw_decoder_add(&decoder, block, n, fn, taker);
    hw_decoder_restart(&decoder, 0, fn, taker);
    hw_decoder_done(&decoder);
    return now_ms() - start;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
    if (!file)
        return 2;
    struct taker taker = {.logs = hw_logs_new(100000000, 0),
                          .redact = hw_redact_new(),
                          .redacted = HW_BUF(HW_MAX_LINE),
                          .cleaned = HW_BUF(HW_MAX_LINE)};
    hw_redact_value(taker.redact, "Start:123 geheim", 16);
    double decoded = read_all(file, &taker, count);
    double taken = read_all(file, &taker, take);
    printf("{\"lines\":%zu,\"decode_ms\":%.1f,\"take_ms\":%.1f}\n", taker.lines, decoded, taken);
    hw_redact_free(taker.redact);
    hw_logs_free(taker.logs);
    hw_buf_done(&taker.redacted);
    hw_buf_done(&taker.cleaned);
    fclose(file);
    return 0;
}

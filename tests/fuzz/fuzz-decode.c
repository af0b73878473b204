/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "logs/decode.h"
#include "tests/fuzz/fuzz.h"

static void take(void *data, uint64_t offset, const char *text, size_t n)
{
    (void)data;
    (void)offset;
    if (!hw_utf8_valid(text, n) || n > HW_MAX_LINE)
        abort();
}

/* However the bytes are cut, every line is UTF-8 and within its limit. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_decoder decoder;
    hw_decoder_init(&decoder, 0);
    for (size_t at = 0; at < size;) {
        size_t piece = 1 + bytes[at] % 7;
        if (piece > size - at)
            piece = size - at;
        hw_decoder_add(&decoder, bytes + at, piece, take, NULL);
        at += piece;
    }
    hw_decoder_restart(&decoder, 0, take, NULL);
    hw_decoder_done(&decoder);
    return 0;
}

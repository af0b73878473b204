/* SPDX-License-Identifier: Apache-2.0 */
#include "node/frames.h"
#include "tests/fuzz/fuzz.h"

static void take(void *data, const struct hw_frame *frame)
{
    (void)data;
    (void)frame;
}

/* The same bytes in one piece and cut anywhere. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_frames frames;
    hw_frames_init(&frames);
    hw_frames_add(&frames, (const char *)bytes, size, take, NULL);
    hw_frames_reset(&frames);
    size_t cut = size ? bytes[0] % size : 0;
    hw_frames_add(&frames, (const char *)bytes, cut, take, NULL);
    hw_frames_add(&frames, (const char *)bytes + cut, size - cut, take, NULL);
    hw_frames_done(&frames);
    return 0;
}

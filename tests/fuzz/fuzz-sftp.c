/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile SFTP server against the follower: its answers are the input, in pieces, with a round of
 * the loop between them. What it names must stay below the folders of the patterns. */
#include "node/glob.h"
#include "node/tail.h"
#include "tests/fuzz/fuzz.h"

static const char *const patterns[] = {"C:\\logs\\*.log", "C:\\logs\\HPC*\\?\\*", "C:\\one.log"};

struct world {
    struct hw_loop *loop;
    struct hw_sftp *sftp;
    struct hw_tail *tail;
    struct hw_files files;
};

static void ignore_bytes(void *data, const char *bytes, size_t n)
{
    (void)data, (void)bytes, (void)n;
}

static void ignore_line(void *data, struct hw_file *file, uint64_t offset, const char *text,
                        size_t n)
{
    (void)data, (void)file, (void)offset, (void)text, (void)n;
}

static void take(void *data, const struct hw_frame *frame)
{
    struct world *world = data;
    if (frame->kind == HW_FRAME_FILE && strncmp(frame->text, "C:\\", 3) != 0)
        abort();
    if (!hw_files_take(&world->files, frame) && frame->kind != HW_FRAME_BEAT)
        abort();
}

static void start_tail(void *data)
{
    struct world *world = data;
    struct hw_tail_options options = {.loop = world->loop,
                                      .sftp = world->sftp,
                                      .patterns = patterns,
                                      .pattern_count = HW_COUNT(patterns),
                                      .files = &world->files,
                                      .poll_ms = 0,
                                      .scan_ms = 0,
                                      .backlog_max = 1000,
                                      .frame = take,
                                      .data = world};
    if (!world->tail)
        world->tail = hw_tail_new(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char version[] = "\0\0\0\5\2\0\0\0\3";
    struct world world = {.loop = hw_loop_new(NULL)};
    struct hw_err err = {0};
    struct hw_sftp_handler handler = {.write = ignore_bytes, .ready = start_tail, .data = &world};
    world.files.line = ignore_line;
    world.sftp = hw_sftp_new(&handler);
    bool ok = hw_sftp_take(world.sftp, version, sizeof version - 1, &err);
    for (size_t at = 0; ok && at < size;) {
        size_t left = size - at, n = 1u + bytes[at] % 64u;
        n = n < left ? n : left;
        for (int i = 0; i < 3; i++)
            hw_loop_step(world.loop, 0);
        ok = hw_sftp_take(world.sftp, (const char *)bytes + at, n, &err);
        at += n;
    }
    hw_tail_free(world.tail);
    hw_sftp_free(world.sftp);
    hw_files_done(&world.files);
    hw_loop_free(world.loop);
    return 0;
}

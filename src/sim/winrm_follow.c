/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/winrm_follow_parts.h"

#include <inttypes.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define CHUNKS_A_ROUND   8
#define PIPE_FULL        (1024u * 1024u) /* a writer waits for its reader from here on */
#define RAW_DEFLATE_BITS (-15)
#define PROCESS_ID       4242

enum exit_code { EXIT_END_OF_INPUT = 0, EXIT_BAD_INPUT = 1, EXIT_NO_INPUT = 3, EXIT_QUIET = 4 };

static void on_round(void *data);

static void schedule(struct sim_follow *follow, int64_t delay_ms)
{
    hw_timer_cancel(follow->timer);
    follow->timer = hw_loop_timer(follow->machine->loop, delay_ms, on_round, follow);
}

struct sim_follow *sim_follow_new(const struct sim_machine *machine, struct hw_buf *out,
                                  const struct sim_follow_hooks *hooks)
{
    struct sim_follow *follow = HW_NEW(struct sim_follow);
    follow->machine = machine;
    follow->out = out;
    follow->hooks = *hooks;
    follow->input.max = HW_MAX_SIM_STDIN;
    follow->scanned_ms = follow->beaten_ms = follow->sent_ms = INT64_MIN / 2;
    return follow;
}

void sim_follow_free(struct sim_follow *follow)
{
    if (!follow)
        return;
    hw_timer_cancel(follow->timer);
    for (size_t i = 0; i < follow->count; i++) {
        free(follow->files[i].path);
        free(follow->files[i].signature);
        free(follow->files[i].held);
    }
    free(follow->files);
    hw_strv_done(&follow->globs);
    hw_strv_done(&follow->paths);
    hw_buf_done(&follow->input);
    free(follow);
}

/* Frames. */

void sim_follow_put_time(struct hw_buf *out, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    char text[16];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm);
    hw_buf_text(out, text);
}

void sim_follow_put_base64(struct sim_follow *follow, const char *text)
{
    hw_buf_base64(follow->out, text, strlen(text));
    hw_buf_char(follow->out, '\n');
}

void sim_follow_put_hello(struct sim_follow *follow)
{
    hw_buf_text(follow->out, "@H 1 ");
    sim_follow_put_time(follow->out, follow->machine->boot_ms);
    hw_buf_char(follow->out, ' ');
    sim_follow_put_time(follow->out, hw_clock_wall_ms());
    hw_buf_print(follow->out, " %d ", PROCESS_ID);
    hw_auto_text who = hw_format("%s|10.0.17763.0|5.1.17763.5830", follow->machine->host);
    sim_follow_put_base64(follow, who);
}

/* Raw deflate of bytes, appended to ret; false when that is no shorter. */
static bool deflate_raw(const char *bytes, size_t count, struct hw_buf *ret)
{
    z_stream stream = {0};
    unsigned char packed[CHUNK];
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_DEFLATE_BITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = (uInt)count;
    stream.next_out = packed;
    stream.avail_out = (uInt)(count < CHUNK ? count : CHUNK);
    bool shorter = deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < count;
    if (shorter)
        hw_buf_add(ret, packed, stream.total_out);
    deflateEnd(&stream);
    return shorter;
}

void sim_follow_put_data(struct sim_follow *follow, const struct followed *file, const char *bytes,
                         size_t count)
{
    hw_auto(hw_buf) packed = HW_BUF(CHUNK);
    bool is_packed = deflate_raw(bytes, count, &packed);
    hw_buf_print(follow->out, "@D %lld %" PRIu64 " %zu %c ", file->id, file->offset, count,
                 is_packed ? 'z' : 'r');
    hw_buf_base64(follow->out, is_packed ? packed.data : bytes, is_packed ? packed.len : count);
    hw_buf_char(follow->out, '\n');
}

/* One file. */

static char *signature_of(const struct hw_buf *bytes)
{
    hw_auto(hw_buf) text = HW_BUF(2 * SIGNATURE_BYTES);
    hw_buf_base64(&text, hw_buf_cstr(bytes),
                  bytes->len < SIGNATURE_BYTES ? bytes->len : SIGNATURE_BYTES);
    return hw_buf_take(&text);
}

/* A file that grew keeps its first bytes: the whole base64 groups of the old signature. */
static bool same_beginning(const char *old, const char *now)
{
    size_t length = strlen(old);
    while (length && old[length - 1] == '=')
        length--;
    length -= length % 4;
    return !strncmp(old, now, length);
}

static void drop_held(struct followed *file)
{
    free(file->held);
    file->held = NULL;
    file->held_length = 0;
}

static void send_data(struct sim_follow *follow, struct followed *file, const char *bytes,
                      size_t count)
{
    sim_follow_put_data(follow, file, bytes, count);
    file->offset += count;
    file->cut = bytes[count - 1] != '\n' && bytes[count - 1] != '\0';
    drop_held(file);
}

/* True when it wrote data. */
static bool send_held(struct sim_follow *follow, struct followed *file)
{
    bool holds = file->held != NULL;
    if (holds)
        send_data(follow, file, file->held, file->held_length);
    return holds;
}

static void hold(struct followed *file, const char *bytes, size_t count)
{
    drop_held(file);
    file->held = hw_alloc(count);
    memcpy(file->held, bytes, count);
    file->held_length = count;
}

static bool has_stage_line(const char *bytes, size_t count)
{
    static const char mark[] = "HPCWIZ stage=";
    const char *at = memmem(bytes, count, mark, sizeof mark - 1);
    return at && memchr(at, '\n', count - (size_t)(at - bytes));
}

/* Whether what a file has gained is held back. */
static bool may_wait(struct sim_follow *follow, const struct followed *file, const char *bytes,
                     size_t count)
{
    if (!follow->pace_ms)
        return false;
    if (has_stage_line(bytes, count)) {
        follow->all = true;
        return false;
    }
    return !follow->go && file->offset > 0 && !file->cut && count < CHUNK;
}

static void check_replaced(struct sim_follow *follow, struct followed *file,
                           const struct hw_buf *bytes)
{
    char *signature = signature_of(bytes);
    if (bytes->len < file->offset + file->held_length ||
        !same_beginning(file->signature, signature)) {
        send_held(follow, file);
        hw_buf_print(follow->out, "@T %lld %zu\n", file->id, bytes->len);
        file->offset = 0;
    }
    free(file->signature);
    file->signature = signature;
}

void sim_follow_check_place(struct sim_follow *follow, struct followed *file,
                            const struct hw_buf *bytes)
{
    check_replaced(follow, file, bytes);
    if (file->offset == 0 && (int64_t)bytes->len > follow->max) {
        file->offset = (uint64_t)(((int64_t)bytes->len - follow->max) / 2 * 2);
        hw_buf_print(follow->out, "@S %lld %" PRIu64 "\n", file->id, file->offset);
    }
}

/* True when it wrote data. */
static bool read_file(struct sim_follow *follow, struct followed *file, const struct hw_buf *bytes)
{
    if (!file->fresh && (int64_t)bytes->len == file->length)
        return false;
    if (file->fresh) {
        file->fresh = false;
        hw_buf_print(follow->out, "@F %lld %" PRIu64 " %zu ", file->id, file->offset, bytes->len);
        sim_follow_put_base64(follow, file->path);
    }
    sim_follow_check_place(follow, file, bytes);
    bool wrote = false;
    for (int i = 0; i < CHUNKS_A_ROUND && file->offset < bytes->len; i++) {
        size_t left = bytes->len - (size_t)file->offset;
        size_t count = left < CHUNK ? left : CHUNK;
        const char *from = bytes->data + file->offset;
        if (may_wait(follow, file, from, count)) {
            hold(file, from, count);
            file->length = (int64_t)bytes->len;
            return wrote;
        }
        send_data(follow, file, from, count);
        wrote = true;
    }
    file->length = file->offset >= bytes->len ? (int64_t)bytes->len : -1;
    return wrote;
}

static struct followed *add_file(struct sim_follow *follow, const char *path)
{
    hw_grow(&follow->files, &follow->capacity, follow->count, sizeof(*follow->files));
    struct followed *file = &follow->files[follow->count++];
    *file = (struct followed){.path = hw_strdup(path), .id = follow->next_id++, .fresh = true};
    file->signature = hw_strdup("");
    return file;
}

struct followed *sim_follow_need_file(struct sim_follow *follow, const char *path)
{
    for (size_t i = 0; i < follow->count; i++) {
        if (hw_text_equal_nocase(follow->files[i].path, path))
            return &follow->files[i];
    }
    return add_file(follow, path);
}

static bool visit(struct sim_follow *follow, const char *path)
{
    struct followed *file = sim_follow_need_file(follow, path);
    const struct sim_guest_file *on_disk = sim_guest_find(follow->machine->guest, path);
    if (on_disk) {
        file->failed = false;
        return read_file(follow, file, &on_disk->bytes);
    }
    if (!file->failed) {
        file->failed = true;
        hw_auto_text message = hw_format("Could not find file '%s'.", path);
        hw_buf_print(follow->out, "@E %lld ", file->id);
        sim_follow_put_base64(follow, message);
    }
    return false;
}

/* One round over all files. */

void sim_follow_scan(struct sim_follow *follow)
{
    hw_strv_done(&follow->paths);
    for (size_t i = 0; i < follow->globs.count; i++) {
        const struct sim_guest_file *file = NULL;
        while ((file = sim_guest_next(follow->machine->guest, follow->globs.items[i], file)) &&
               follow->paths.count < FOLLOWED_FILES)
            hw_strv_add(&follow->paths, file->path);
    }
}

static void end(struct sim_follow *follow, int exit_code)
{
    follow->hooks.ended(follow->hooks.data, exit_code);
}

static bool must_end(struct sim_follow *follow, int64_t now_ms)
{
    if (follow->input_ended)
        return true;
    follow->exit_code = now_ms >= follow->end_ms ? EXIT_END_OF_INPUT : EXIT_QUIET;
    return now_ms >= follow->end_ms ||
           (follow->quiet_ms && now_ms - follow->seen_ms > follow->quiet_ms);
}

/* True when it wrote data. */
static bool begin_round(struct sim_follow *follow, int64_t now_ms, bool due)
{
    bool wrote = false;
    follow->go = due || follow->all || now_ms - follow->sent_ms >= follow->pace_ms;
    follow->all = false;
    for (size_t i = 0; follow->go && i < follow->count; i++)
        wrote |= send_held(follow, &follow->files[i]);
    return wrote;
}

static void round_of_files(struct sim_follow *follow, int64_t now_ms)
{
    size_t before = follow->out->len;
    bool due = now_ms - follow->beaten_ms >= follow->beat_ms;
    bool busy = begin_round(follow, now_ms, due);
    if (now_ms - follow->scanned_ms >= follow->scan_ms) {
        follow->scanned_ms = now_ms;
        sim_follow_scan(follow);
    }
    for (size_t i = 0; i < follow->paths.count; i++) {
        if (follow->out->len >= PIPE_FULL)
            busy = true;
        else
            busy |= visit(follow, follow->paths.items[i]);
    }
    if (busy)
        follow->sent_ms = now_ms;
    if (due) {
        follow->beaten_ms = now_ms;
        hw_buf_text(follow->out, "@K ");
        sim_follow_put_time(follow->out, hw_clock_wall_ms());
        hw_buf_char(follow->out, '\n');
    }
    schedule(follow, busy ? 0 : follow->poll_ms);
    if (follow->out->len != before)
        follow->hooks.changed(follow->hooks.data);
}

static void on_round(void *data)
{
    struct sim_follow *follow = data;
    follow->timer = NULL;
    int64_t now_ms = hw_clock_monotonic_ms();
    if (must_end(follow, now_ms))
        end(follow, follow->exit_code);
    else if (follow->out->len >= PIPE_FULL)
        follow->full = true;
    else
        round_of_files(follow, now_ms);
}

void sim_follow_fetched(struct sim_follow *follow)
{
    if (follow->full && follow->out->len < PIPE_FULL) {
        follow->full = false;
        schedule(follow, 0);
    }
}

/* The JSON line. */

static int64_t number_of(const json_t *config, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(config, key);
    return json_is_number(value) ? (int64_t)json_number_value(value) : otherwise;
}

static void resume_file(struct sim_follow *follow, const json_t *entry)
{
    const char *path = json_string_value(json_object_get(entry, "p"));
    const char *signature = json_string_value(json_object_get(entry, "s"));
    if (!path)
        return;
    struct followed *file = sim_follow_need_file(follow, path);
    file->id = number_of(entry, "id", 0);
    file->offset = (uint64_t)number_of(entry, "o", 0);
    if (signature)
        hw_replace(&file->signature, signature);
    if (file->id >= follow->next_id)
        follow->next_id = file->id + 1;
}

/* The members that follow.ps1 and snapshot.ps1 share. */
void sim_follow_take_files(struct sim_follow *follow, const json_t *config)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(config, "globs"), i, item)
    {
        if (json_is_string(item) && follow->globs.count < FOLLOWED_FILES)
            hw_strv_add(&follow->globs, json_string_value(item));
    }
    json_array_foreach(json_object_get(config, "resume"), i, item)
    {
        if (follow->count < FOLLOWED_FILES)
            resume_file(follow, item);
    }
    follow->max = number_of(config, "max", 8388608);
}

static bool configure(struct sim_follow *follow)
{
    json_t *config = json_loads(hw_buf_cstr(&follow->input), JSON_DISABLE_EOF_CHECK, NULL);
    if (!json_is_object(config)) {
        json_decref(config);
        return false;
    }
    sim_follow_take_files(follow, config);
    follow->poll_ms = number_of(config, "poll", 500);
    follow->scan_ms = number_of(config, "scan", 3) * 1000;
    follow->beat_ms = number_of(config, "beat", 10) * 1000;
    follow->quiet_ms = number_of(config, "quiet", 0) * 1000;
    follow->pace_ms = number_of(config, "pace", 0);
    follow->end_ms = hw_clock_monotonic_ms() + number_of(config, "ttl", 12) * 3600 * 1000;
    json_decref(config);
    return true;
}

void sim_follow_input(struct sim_follow *follow, const char *bytes, size_t count, bool end_of_input)
{
    follow->seen_ms = hw_clock_monotonic_ms();
    if (!follow->configured) {
        hw_buf_add(&follow->input, bytes, count);
        bool whole = memchr(hw_buf_cstr(&follow->input), '\n', follow->input.len) != NULL;
        follow->configured = whole && configure(follow);
        if (follow->configured)
            sim_follow_put_hello(follow);
        if (follow->configured || whole || end_of_input || follow->input.full)
            schedule(follow, 0);
        if (!follow->configured && (whole || end_of_input || follow->input.full)) {
            follow->input_ended = true;
            follow->exit_code = whole ? EXIT_BAD_INPUT : EXIT_NO_INPUT;
            return;
        }
    }
    if (end_of_input && follow->configured) {
        follow->input_ended = true;
        follow->exit_code = EXIT_END_OF_INPUT;
    }
}

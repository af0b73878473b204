/* SPDX-License-Identifier: Apache-2.0 */
/* What templates/powershell/snapshot.ps1 does on a real machine, done for a simulated one. */
#include "sim/winrm_follow_parts.h"

#include <inttypes.h>

#include "base/clock.h"

#define LEAST_ROOM 1024u /* characters; less is kept for names and errors */
#define FRAME_ROOM 64u   /* of a frame, around its base64 */

static size_t room_left(const struct sim_follow *follow, size_t room)
{
    return follow->out->len < room ? room - follow->out->len : 0;
}

/* In pieces that fit even where they cannot be packed. Returns whether all fitted. */
static bool put_rest(struct sim_follow *follow, struct followed *file, const struct hw_buf *bytes,
                     size_t room)
{
    while (file->offset < bytes->len) {
        size_t left = room_left(follow, room), size = bytes->len - (size_t)file->offset;
        size_t most = left > FRAME_ROOM ? (left - FRAME_ROOM) / 4 * 3 : 0;
        if (size > CHUNK)
            size = CHUNK;
        if (size > most && most < LEAST_ROOM)
            return false;
        if (size > most)
            size = most;
        sim_follow_put_data(follow, file, bytes->data + file->offset, size);
        file->offset += size;
    }
    return true;
}

static bool put_news(struct sim_follow *follow, const struct sim_guest_file *on_disk, size_t room)
{
    struct followed *file = sim_follow_need_file(follow, on_disk->path);
    const struct hw_buf *bytes = &on_disk->bytes;
    if (bytes->len == file->offset)
        return true;
    if (room_left(follow, room) < LEAST_ROOM)
        return false;
    hw_buf_print(follow->out, "@F %lld %" PRIu64 " %zu ", file->id, file->offset, bytes->len);
    sim_follow_put_base64(follow, file->path);
    sim_follow_check_place(follow, file, bytes);
    return put_rest(follow, file, bytes, room);
}

static int by_length(const void *a, const void *b)
{
    const struct sim_guest_file *const *x = a, *const *y = b;
    return ((*x)->bytes.len > (*y)->bytes.len) - ((*x)->bytes.len < (*y)->bytes.len);
}

static void put_files(struct sim_follow *follow, size_t room)
{
    const struct sim_guest_file *files[FOLLOWED_FILES];
    bool whole = true;
    sim_follow_scan(follow);
    for (size_t i = 0; i < follow->paths.count; i++)
        files[i] = sim_guest_find(follow->machine->guest, follow->paths.items[i]);
    qsort(files, follow->paths.count, sizeof *files, by_length);
    for (size_t i = 0; i < follow->paths.count; i++)
        whole &= put_news(follow, files[i], room);
    if (!whole)
        return;
    hw_buf_text(follow->out, "@K ");
    sim_follow_put_time(follow->out, hw_clock_wall_ms());
    hw_buf_char(follow->out, '\n');
}

bool sim_follow_snapshot(const struct sim_machine *machine, const char *config, struct hw_buf *out)
{
    json_t *json = json_loads(config, 0, NULL);
    bool ok = json_is_object(json) && json_is_integer(json_object_get(json, "room"));
    if (ok) {
        struct sim_follow *follow = sim_follow_new(machine, out, &(struct sim_follow_hooks){0});
        sim_follow_take_files(follow, json);
        follow->next_id = json_integer_value(json_object_get(json, "ids"));
        sim_follow_put_hello(follow);
        put_files(follow, (size_t)json_integer_value(json_object_get(json, "room")));
        sim_follow_free(follow);
    }
    json_decref(json);
    return ok;
}

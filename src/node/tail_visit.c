/* SPDX-License-Identifier: Apache-2.0 */
/* One look at one file. A step asks at once for what may be new, the length and the first bytes;
 * only when all are there and fit is anything told, so that a file that is replaced in between
 * leaves no trace of the wrong one. */
#include "base/clock.h"
#include "node/glob.h"
#include "node/tail_parts.h"

#define PIECE_BYTES 8192u /* handed on in one round of the loop */
#define HANDLE_ROOM 256u

static void step(struct hw_visit *visit);

static void leave_ahead(struct hw_visit *visit)
{
    if (visit->ahead)
        *visit->tail->options.read_ahead -= visit->ahead;
    visit->ahead = 0;
}

void hw_visit_free(struct hw_visit *visit)
{
    if (!visit)
        return;
    leave_ahead(visit);
    hw_timer_cancel(visit->timer);
    for (size_t i = 0; i < HW_TAIL_READS_MOST; i++)
        hw_buf_done(&visit->parts[i].bytes);
    hw_buf_done(&visit->handle);
    free(visit->path);
    free(visit);
}

static struct hw_span handle_of(const struct hw_visit *visit)
{
    return (struct hw_span){visit->handle.data, visit->handle.len};
}

static void end(struct hw_visit *visit, enum hw_visit_end how)
{
    if (visit->handle.len)
        hw_sftp_close(visit->tail->options.sftp, handle_of(visit));
    hw_tail_visited(visit, how);
}

/* Does it fit? */

static bool head_fits(const struct hw_visit *visit)
{
    const struct hw_file *file = visit->file;
    return visit->head_length >= file->head_length &&
           hw_file_begins(file, visit->head, file->head_length);
}

static bool overlap_fits(const struct hw_visit *visit)
{
    const struct hw_buf *first = &visit->parts[0].bytes;
    const struct hw_file *file = visit->file;
    return first->len >= visit->overlap &&
           (!visit->overlap || hw_file_ended(file, first->data, visit->overlap));
}

static bool fits(const struct hw_visit *visit)
{
    return !visit->file ||
           (visit->size >= visit->file->offset && head_fits(visit) && overlap_fits(visit));
}

/* Telling. */

static void tell_file(struct hw_visit *visit)
{
    struct hw_tail *tail = visit->tail;
    struct hw_file *file = visit->file;
    struct hw_frame frame = {.kind = HW_FRAME_FILE,
                             .id = file ? file->id : tail->next_id++,
                             .offset = file ? file->offset : 0,
                             .length = visit->size,
                             .text = visit->path};
    hw_tail_tell(tail, &frame);
    visit->file = hw_files_find(tail->options.files, visit->path);
}

static void tell_replaced(struct hw_visit *visit)
{
    struct hw_frame frame = {
        .kind = HW_FRAME_REPLACED, .id = visit->file->id, .length = visit->size};
    hw_tail_tell(visit->tail, &frame);
}

/* An even offset, so that UTF-16 stays whole. */
static void tell_skipped(struct hw_visit *visit)
{
    uint64_t max = visit->tail->options.backlog_max;
    struct hw_frame frame = {
        .kind = HW_FRAME_SKIPPED, .id = visit->file->id, .offset = (visit->size - max) / 2 * 2};
    hw_tail_tell(visit->tail, &frame);
}

static void hand_on(void *data);

static void hand_on_later(struct hw_visit *visit)
{
    visit->timer = hw_loop_timer(visit->tail->options.loop, 0, hand_on, visit);
}

static void step_again(void *data)
{
    struct hw_visit *visit = data;
    visit->timer = NULL;
    step(visit);
}

/* The step is told: another one if it came back full. Parts behind one that is short are dropped,
 * since they would leave a gap. */
static void finish_step(struct hw_visit *visit)
{
    bool full = !visit->parts[visit->reads - 1].at_end && visit->part == visit->reads;
    bool gained = visit->at > visit->begin + visit->overlap;
    if (gained && (full || visit->size > visit->file->offset))
        visit->timer = hw_loop_timer(visit->tail->options.loop, 0, step_again, visit);
    else
        end(visit, HW_VISIT_READ);
}

static void hand_on(void *data)
{
    struct hw_visit *visit = data;
    visit->timer = NULL;
    struct hw_buf *bytes = &visit->parts[visit->part].bytes;
    size_t left = bytes->len - visit->handed;
    size_t n = left < PIECE_BYTES ? left : PIECE_BYTES;
    if (n) {
        struct hw_frame frame = {.kind = HW_FRAME_DATA,
                                 .id = visit->file->id,
                                 .offset = visit->at,
                                 .bytes = {bytes->data + visit->handed, n}};
        visit->handed += n;
        visit->at += n;
        hw_tail_tell(visit->tail, &frame);
    }
    if (visit->handed < bytes->len) {
        hand_on_later(visit);
        return;
    }
    bool is_short = bytes->len < HW_SFTP_READ_MAX;
    hw_buf_done(bytes);
    visit->part++;
    visit->handed = 0;
    if (is_short || visit->part == visit->reads)
        finish_step(visit);
    else
        hand_on_later(visit);
}

/* A step. */

static void judge(struct hw_visit *visit)
{
    struct hw_file *file = visit->file;
    uint64_t max = visit->tail->options.backlog_max;
    bool right = fits(visit);
    if (visit->failed) {
        end(visit, HW_VISIT_MISSING);
    } else if (visit->mode == HW_VISIT_COMPARE || (!right && visit->mode == HW_VISIT_FOLLOW)) {
        end(visit, right ? HW_VISIT_READ : HW_VISIT_OTHER);
    } else {
        if (!file || !file->known)
            tell_file(visit);
        if (!right) {
            tell_replaced(visit);
            step(visit);
        } else if (!visit->file) { /* one more than are followed on a node */
            end(visit, HW_VISIT_READ);
        } else if (visit->file->offset == 0 && max && visit->size > max) {
            tell_skipped(visit);
            step(visit);
        } else {
            visit->handed = visit->overlap;
            visit->at = visit->begin + visit->overlap;
            hand_on(visit);
        }
    }
}

static void answered(struct hw_visit *visit)
{
    if (--visit->outstanding == 0)
        judge(visit);
}

static void on_part(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_part *part = data;
    part->at_end = reply->status == HW_SFTP_EOF || reply->bytes.n < HW_SFTP_READ_MAX;
    if (reply->status == HW_SFTP_OK)
        hw_buf_add(&part->bytes, reply->bytes.p, reply->bytes.n);
    else if (reply->status != HW_SFTP_EOF)
        part->visit->failed = true;
    if (part->bytes.full)
        part->visit->failed = true;
    answered(part->visit);
}

static void on_size(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_visit *visit = data;
    visit->size = reply->size;
    if (reply->status != HW_SFTP_OK || reply->size == UINT64_MAX)
        visit->failed = true;
    answered(visit);
}

static void on_head(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_visit *visit = data;
    size_t n = reply->bytes.n < sizeof visit->head ? reply->bytes.n : sizeof visit->head;
    if (reply->status == HW_SFTP_OK)
        memcpy(visit->head, reply->bytes.p, n);
    else if (reply->status != HW_SFTP_EOF)
        visit->failed = true;
    visit->head_length = n;
    answered(visit);
}

/* How many reads beyond the usual this step may have. */
static unsigned take_ahead(struct hw_visit *visit)
{
    unsigned *all = visit->tail->options.read_ahead;
    size_t room = hw_sftp_room(visit->tail->options.sftp);
    unsigned most = all && *all < HW_TAIL_AHEAD_ALL ? HW_TAIL_AHEAD_ALL - *all : 0;
    leave_ahead(visit);
    most = most < HW_TAIL_READS_MOST - HW_TAIL_READS ? most : HW_TAIL_READS_MOST - HW_TAIL_READS;
    if (room < HW_TAIL_ROOM + most)
        most = room > HW_TAIL_ROOM ? (unsigned)room - HW_TAIL_ROOM : 0;
    visit->ahead = visit->wanted < most ? visit->wanted : most;
    if (visit->ahead)
        *all += visit->ahead;
    return visit->ahead;
}

/* The first step of a visit asks for one part, since most visits find nothing; those after a full
 * one for more. */
static void step(struct hw_visit *visit)
{
    struct hw_sftp *sftp = visit->tail->options.sftp;
    struct hw_file *file = visit->file;
    visit->overlap = file ? file->tail_length : 0;
    visit->begin = (file ? file->offset : 0) - visit->overlap;
    bool more = visit->reads && visit->mode != HW_VISIT_COMPARE;
    visit->reads = more ? HW_TAIL_READS + take_ahead(visit) : 1;
    visit->wanted += more;
    visit->failed = false;
    visit->part = visit->handed = visit->head_length = 0;
    visit->outstanding = visit->reads + 2;
    for (unsigned i = 0; i < visit->reads; i++) {
        struct hw_part *part = &visit->parts[i];
        hw_buf_done(&part->bytes);
        *part = (struct hw_part){.visit = visit, .bytes = HW_BUF(HW_SFTP_READ_MAX)};
        hw_sftp_read(sftp, handle_of(visit), visit->begin + (uint64_t)i * HW_SFTP_READ_MAX,
                     HW_SFTP_READ_MAX, on_part, part);
    }
    hw_sftp_size(sftp, handle_of(visit), on_size, visit);
    hw_sftp_read(sftp, handle_of(visit), 0, HW_FILE_HEAD, on_head, visit);
}

static void on_open(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_visit *visit = data;
    if (reply->status == HW_SFTP_OK) {
        hw_buf_add(&visit->handle, reply->bytes.p, reply->bytes.n);
        step(visit);
        return;
    }
    if (reply->status != HW_SFTP_NO_FILE && visit->file && visit->file->known) {
        struct hw_frame frame = {
            .kind = HW_FRAME_ERROR, .id = visit->file->id, .text = reply->message};
        hw_tail_tell(visit->tail, &frame);
    }
    end(visit, HW_VISIT_MISSING);
}

struct hw_visit *hw_visit_start(struct hw_tail *tail, enum hw_visit_mode mode, const char *path,
                                struct hw_file *file)
{
    struct hw_visit *visit = HW_NEW(struct hw_visit);
    hw_auto(hw_buf) name = HW_BUF(HW_MAX_TEXT);
    visit->tail = tail;
    visit->mode = mode;
    visit->path = hw_strdup(path);
    visit->file = file;
    visit->handle.max = HANDLE_ROOM;
    hw_glob_sftp_path(&name, path, strlen(path));
    hw_sftp_open(tail->options.sftp, hw_buf_cstr(&name), on_open, visit);
    return visit;
}

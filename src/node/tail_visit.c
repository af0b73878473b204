/* SPDX-License-Identifier: Apache-2.0 */
/* One look at one file. A step asks at once for what may be new, the length and the first bytes;
 * only when all are there and fit is anything told, so that a file that is replaced in between
 * leaves no trace of the wrong one. Of a long file further steps are under way meanwhile, so that
 * neither the node nor the way to it waits for us. */
#include "base/clock.h"
#include "node/glob.h"
#include "node/tail_parts.h"

#define PIECE_BYTES 8192u /* handed on in one round of the loop */
#define HANDLE_ROOM 256u

static void begin_anew(struct hw_visit *visit);
static void ask_step(struct hw_visit *visit, unsigned reads, size_t overlap);
static void ask_more(struct hw_visit *visit);

static struct hw_step *step_of(struct hw_visit *visit, unsigned number)
{
    return &visit->steps[(visit->first + number) % HW_TAIL_STEPS];
}

static void leave_ahead(struct hw_visit *visit)
{
    if (visit->ahead)
        *visit->tail->options.read_ahead -= visit->ahead;
    visit->ahead = 0;
}

static struct hw_span handle_of(const struct hw_visit *visit)
{
    return (struct hw_span){visit->handle.data, visit->handle.len};
}

static void close_handle(struct hw_visit *visit)
{
    if (visit->handle.len)
        hw_sftp_close(visit->tail->options.sftp, handle_of(visit));
    hw_buf_clear(&visit->handle);
}

void hw_visit_free(struct hw_visit *visit)
{
    if (!visit)
        return;
    close_handle(visit);
    leave_ahead(visit);
    hw_timer_cancel(visit->timer);
    for (size_t i = 0; i < HW_TAIL_STEPS; i++) {
        for (size_t k = 0; k < HW_TAIL_READS; k++)
            hw_buf_done(&visit->steps[i].parts[k].bytes);
        hw_buf_done(&visit->steps[i].head);
    }
    hw_buf_done(&visit->handle);
    free(visit->path);
    free(visit);
}

/* Drops what is under way. */
static void go_on_with(struct hw_visit *visit, void (*after)(struct hw_visit *visit))
{
    visit->after = after;
    visit->count = 0;
    if (!visit->outstanding)
        after(visit);
}

static void close_file(struct hw_visit *visit)
{
    close_handle(visit);
    hw_tail_visited(visit, visit->how);
}

static void end(struct hw_visit *visit, enum hw_visit_end how)
{
    visit->how = how;
    go_on_with(visit, close_file);
}

/* Does it fit? */

static bool head_fits(const struct hw_file *file, const struct hw_buf *head)
{
    return head->len >= file->head_length &&
           hw_file_begins(file, hw_buf_cstr(head), file->head_length);
}

static bool overlap_fits(const struct hw_file *file, const struct hw_step *step)
{
    const struct hw_buf *first = &step->parts[0].bytes;
    return first->len >= step->overlap &&
           (!step->overlap || hw_file_ended(file, first->data, step->overlap));
}

static bool fits(const struct hw_file *file, const struct hw_step *step)
{
    return !file ||
           (step->size >= file->offset && head_fits(file, &step->head) && overlap_fits(file, step));
}

/* The file goes on behind it. */
static bool is_full(const struct hw_step *step)
{
    for (unsigned i = 0; i < step->reads; i++) {
        if (step->parts[i].bytes.len < HW_SFTP_READ_MAX)
            return false;
    }
    return true;
}

/* Telling. */

static void tell_file(struct hw_visit *visit, uint64_t size)
{
    struct hw_tail *tail = visit->tail;
    struct hw_file *file = visit->file;
    struct hw_frame frame = {.kind = HW_FRAME_FILE,
                             .id = file ? file->id : tail->next_id++,
                             .offset = file ? file->offset : 0,
                             .length = size,
                             .text = visit->path};
    hw_tail_tell(tail, &frame);
    visit->file = hw_files_find(tail->options.files, visit->path);
}

static void tell_replaced(struct hw_visit *visit, uint64_t size)
{
    struct hw_frame frame = {.kind = HW_FRAME_REPLACED, .id = visit->file->id, .length = size};
    hw_tail_tell(visit->tail, &frame);
}

/* An even offset, so that UTF-16 stays whole. */
static void tell_skipped(struct hw_visit *visit, uint64_t size)
{
    uint64_t max = visit->tail->options.backlog_max;
    struct hw_frame frame = {
        .kind = HW_FRAME_SKIPPED, .id = visit->file->id, .offset = (size - max) / 2 * 2};
    hw_tail_tell(visit->tail, &frame);
}

static void judge(struct hw_visit *visit);
static void hand_on(void *data);

static void hand_on_later(struct hw_visit *visit)
{
    visit->timer = hw_loop_timer(visit->tail->options.loop, 0, hand_on, visit);
}

static void on_more(void *data)
{
    struct hw_visit *visit = data;
    visit->timer = NULL;
    go_on_with(visit, begin_anew);
}

/* The first step is told: on to the next one if it came back full. What is behind a part that is
 * short is dropped, since it would leave a gap. */
static void finish_step(struct hw_visit *visit, bool full)
{
    struct hw_step *step = step_of(visit, 0);
    bool gained = visit->at > step->begin + step->overlap;
    if (full) {
        visit->first = (visit->first + 1) % HW_TAIL_STEPS;
        visit->count--;
        if (!visit->count)
            ask_step(visit, HW_TAIL_READS, HW_FILE_HEAD);
        else if (!step_of(visit, 0)->outstanding)
            judge(visit);
    } else if (gained && step->size > visit->file->offset) {
        visit->timer = hw_loop_timer(visit->tail->options.loop, 0, on_more, visit);
    } else {
        end(visit, HW_VISIT_READ);
    }
}

static void hand_on(void *data)
{
    struct hw_visit *visit = data;
    visit->timer = NULL;
    struct hw_step *step = step_of(visit, 0);
    struct hw_buf *bytes = &step->parts[visit->part].bytes;
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
    bool full = bytes->len == HW_SFTP_READ_MAX;
    hw_buf_done(bytes);
    visit->part++;
    visit->handed = 0;
    if (!full || visit->part == step->reads)
        finish_step(visit, full);
    else
        hand_on_later(visit);
}

static void tell_step(struct hw_visit *visit, struct hw_step *step)
{
    const struct hw_tail_options *options = &visit->tail->options;
    if (options->is_long && step->size - visit->file->offset > HW_TAIL_LONG)
        options->is_long(options->data);
    if (is_full(step)) {
        visit->most += visit->most < HW_TAIL_STEPS;
        ask_more(visit);
    }
    visit->part = 0;
    visit->handed = step->overlap;
    visit->at = step->begin + step->overlap;
    hand_on(visit);
}

/* All answers to the first step are there. */
static void judge(struct hw_visit *visit)
{
    struct hw_file *file = visit->file;
    struct hw_step *step = step_of(visit, 0);
    uint64_t max = visit->tail->options.backlog_max;
    bool right = fits(file, step);
    if (step->failed) {
        end(visit, HW_VISIT_MISSING);
    } else if (visit->mode == HW_VISIT_COMPARE || (!right && visit->mode == HW_VISIT_FOLLOW)) {
        end(visit, right ? HW_VISIT_READ : HW_VISIT_OTHER);
    } else {
        if (!file || !file->known)
            tell_file(visit, step->size);
        if (!right) {
            tell_replaced(visit, step->size);
            go_on_with(visit, begin_anew);
        } else if (!visit->file) { /* one more than are followed on a node */
            end(visit, HW_VISIT_READ);
        } else if (visit->file->offset == 0 && max && step->size > max) {
            tell_skipped(visit, step->size);
            go_on_with(visit, begin_anew);
        } else {
            tell_step(visit, step);
        }
    }
}

/* Answers. */

static void answered(struct hw_step *step)
{
    struct hw_visit *visit = step->visit;
    step->outstanding--;
    visit->outstanding--;
    if (visit->after && !visit->outstanding)
        visit->after(visit);
    else if (!visit->after && !step->outstanding && step == step_of(visit, 0))
        judge(visit);
}

static void on_part(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_part *part = data;
    if (reply->status != HW_SFTP_OK && reply->status != HW_SFTP_EOF)
        part->step->failed = true;
    answered(part->step);
}

static void on_size(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_step *step = data;
    step->size = reply->size;
    if (reply->status != HW_SFTP_OK || reply->size == UINT64_MAX)
        step->failed = true;
    answered(step);
}

static void on_head(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_step *step = data;
    if (reply->status != HW_SFTP_OK && reply->status != HW_SFTP_EOF)
        step->failed = true;
    answered(step);
}

/* Questions. */

/* reads: of them. It begins with what is known of the bytes before it. */
static void ask_step(struct hw_visit *visit, unsigned reads, size_t overlap)
{
    struct hw_sftp *sftp = visit->tail->options.sftp;
    struct hw_step *step = step_of(visit, visit->count++);
    step->visit = visit;
    step->reads = reads;
    step->overlap = overlap;
    step->begin = visit->asked - overlap;
    step->failed = false;
    step->outstanding = reads + 2;
    visit->outstanding += step->outstanding;
    visit->asked = step->begin + (uint64_t)reads * HW_SFTP_READ_MAX;
    for (unsigned i = 0; i < reads; i++) {
        struct hw_part *part = &step->parts[i];
        part->step = step;
        part->bytes.max = HW_SFTP_READ_MAX;
        hw_buf_clear(&part->bytes);
        hw_sftp_read(sftp, handle_of(visit), step->begin + (uint64_t)i * HW_SFTP_READ_MAX,
                     HW_SFTP_READ_MAX, &part->bytes, on_part, part);
    }
    step->head.max = HW_FILE_HEAD;
    hw_buf_clear(&step->head);
    hw_sftp_size(sftp, handle_of(visit), on_size, step);
    hw_sftp_read(sftp, handle_of(visit), 0, HW_FILE_HEAD, &step->head, on_head, step);
}

static bool may_ask(struct hw_visit *visit)
{
    unsigned *all = visit->tail->options.read_ahead;
    unsigned ahead = visit->count * HW_TAIL_READS;
    size_t needed = HW_TAIL_ROOM + HW_TAIL_READS + 2;
    if (visit->count >= visit->most || hw_sftp_room(visit->tail->options.sftp) < needed)
        return false;
    if (visit->ahead >= ahead)
        return true;
    if (!all || *all + HW_TAIL_READS > HW_TAIL_AHEAD_ALL)
        return false;
    visit->ahead += HW_TAIL_READS;
    *all += HW_TAIL_READS;
    return true;
}

static void ask_more(struct hw_visit *visit)
{
    while (may_ask(visit))
        ask_step(visit, HW_TAIL_READS, HW_FILE_HEAD);
}

/* From where the file was read to, with one part, since most visits find nothing. */
static void begin_anew(struct hw_visit *visit)
{
    const struct hw_file *file = visit->file;
    leave_ahead(visit);
    visit->after = NULL;
    visit->most = 1;
    visit->asked = file ? file->offset : 0;
    ask_step(visit, 1, file ? file->tail_length : 0);
}

static void on_open(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_visit *visit = data;
    if (reply->status == HW_SFTP_OK) {
        hw_buf_add(&visit->handle, reply->bytes.p, reply->bytes.n);
        begin_anew(visit);
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

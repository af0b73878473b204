/* SPDX-License-Identifier: Apache-2.0 */
#include "node/files.h"

#include <openssl/rand.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

void hw_files_done(struct hw_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        hw_decoder_done(&files->items[i]->decoder);
        free(files->items[i]->path);
        free(files->items[i]->name);
        free(files->items[i]);
    }
    free(files->items);
    files->items = NULL;
    files->count = files->capacity = 0;
}

/* XOR with bytes that are made anew in each process and lie where core dumps do not reach. */
static void mask(unsigned char *bytes, size_t n)
{
    static struct hw_secret *pad;
    if (!pad) {
        char random[HW_FILE_HEAD];
        if (RAND_bytes((unsigned char *)random, sizeof random) != 1)
            abort();
        pad = hw_secret_new(random, sizeof random);
        hw_wipe(random, sizeof random);
        if (!pad)
            abort();
    }
    for (size_t i = 0; i < n; i++)
        bytes[i] ^= (unsigned char)hw_secret_bytes(pad)[i];
}

static bool equal(const unsigned char *masked, size_t all, size_t from, const void *bytes, size_t n)
{
    unsigned char plain[HW_FILE_HEAD];
    memcpy(plain, masked, all);
    mask(plain, all);
    bool same = !memcmp(plain + from, bytes, n);
    hw_wipe(plain, sizeof plain);
    return same;
}

bool hw_file_begins(const struct hw_file *file, const void *bytes, size_t n)
{
    return equal(file->head, file->head_length, 0, bytes, n);
}

bool hw_file_ended(const struct hw_file *file, const void *bytes, size_t n)
{
    return equal(file->tail, file->tail_length, file->tail_length - n, bytes, n);
}

void hw_files_begin(struct hw_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        files->items[i]->id = i;
        files->items[i]->known = files->items[i]->failed = false;
    }
}

json_t *hw_files_resume(const struct hw_files *files)
{
    json_t *list = json_array();
    for (size_t i = 0; i < files->count; i++) {
        const struct hw_file *file = files->items[i];
        hw_auto(hw_buf) head = HW_BUF(2 * HW_FILE_HEAD);
        unsigned char plain[HW_FILE_HEAD];
        memcpy(plain, file->head, file->head_length);
        mask(plain, file->head_length);
        hw_buf_base64(&head, plain, file->head_length);
        hw_wipe(plain, sizeof plain);
        json_array_append_new(list,
                              json_pack("{s:I,s:s,s:I,s:s}", "id", (json_int_t)i, "p", file->path,
                                        "o", (json_int_t)file->offset, "s", hw_buf_cstr(&head)));
    }
    return list;
}

static void on_line(void *data, uint64_t offset, const char *text, size_t n)
{
    struct hw_files *files = data;
    files->line(files->data, files->telling, offset, text, n);
}

static struct hw_file *by_id(const struct hw_files *files, uint64_t id)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i]->known && files->items[i]->id == id)
            return files->items[i];
    }
    return NULL;
}

struct hw_file *hw_files_find(const struct hw_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++) {
        if (hw_text_equal_nocase(files->items[i]->path, path))
            return files->items[i];
    }
    return NULL;
}

static struct hw_file *add(struct hw_files *files, const char *path)
{
    struct hw_file *file = HW_NEW(struct hw_file);
    file->path = hw_strdup(path);
    file->name = hw_strdup(path);
    hw_decoder_init(&file->decoder, 0);
    hw_grow(&files->items, &files->capacity, files->count, sizeof(struct hw_file *));
    files->items[files->count++] = file;
    return file;
}

static bool is_sane(const char *path)
{
    size_t n = strlen(path);
    return n <= HW_MAX_NODE_PATH && hw_utf8_valid(path, n);
}

static bool name_file(struct hw_files *files, const struct hw_frame *frame)
{
    struct hw_file *file = hw_files_find(files, frame->text);
    /* Beyond the limits a file is not followed; its frames have an id that nobody knows. */
    if (!file && (files->count >= HW_MAX_NODE_FILES || !is_sane(frame->text)))
        return true;
    if (!file)
        file = add(files, frame->text);
    file->id = frame->id;
    file->known = true;
    file->announced = frame->length;
    return file->offset == frame->offset;
}

static void restart(struct hw_files *files, struct hw_file *file, uint64_t offset)
{
    files->telling = file;
    hw_decoder_restart(&file->decoder, offset, on_line, files);
    file->offset = offset;
    file->head_length = file->tail_length = 0;
    file->state = (struct hw_line_state){0};
}

static void keep_tail(struct hw_file *file, struct hw_span bytes)
{
    size_t n = bytes.n < HW_FILE_HEAD ? bytes.n : HW_FILE_HEAD;
    size_t kept = file->tail_length < HW_FILE_HEAD - n ? file->tail_length : HW_FILE_HEAD - n;
    mask(file->tail, file->tail_length);
    memmove(file->tail, file->tail + file->tail_length - kept, kept);
    memcpy(file->tail + kept, bytes.p + bytes.n - n, n);
    file->tail_length = kept + n;
    mask(file->tail, file->tail_length);
}

static void rename_file(struct hw_files *files, struct hw_file *file, const char *path)
{
    if (is_sane(path) && !hw_files_find(files, path))
        hw_replace(&file->path, path);
}

static bool take_data(struct hw_files *files, struct hw_file *file, const struct hw_frame *frame)
{
    if (frame->offset != file->offset)
        return false;
    if (file->head_length == file->offset && file->head_length < HW_FILE_HEAD) {
        size_t room = HW_FILE_HEAD - file->head_length;
        size_t n = frame->bytes.n < room ? frame->bytes.n : room;
        mask(file->head, file->head_length);
        memcpy(file->head + file->head_length, frame->bytes.p, n);
        file->head_length += n;
        mask(file->head, file->head_length);
    }
    keep_tail(file, frame->bytes);
    file->offset += frame->bytes.n;
    file->failed = false;
    files->telling = file;
    hw_decoder_add(&file->decoder, frame->bytes.p, frame->bytes.n, on_line, files);
    return true;
}

bool hw_files_take(struct hw_files *files, const struct hw_frame *frame)
{
    if (frame->kind == HW_FRAME_FILE)
        return name_file(files, frame);
    struct hw_file *file = by_id(files, frame->id);
    if (!file)
        return true;
    switch (frame->kind) {
    case HW_FRAME_DATA:
        return take_data(files, file, frame);
    case HW_FRAME_REPLACED:
        restart(files, file, 0);
        file->announced = frame->length;
        return true;
    case HW_FRAME_SKIPPED:
        restart(files, file, frame->offset);
        return true;
    case HW_FRAME_RENAMED:
        rename_file(files, file, frame->text);
        return true;
    case HW_FRAME_ERROR:
        file->failed = true;
        return true;
    default:
        return true;
    }
}

bool hw_files_complete(const struct hw_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct hw_file *file = files->items[i];
        if (file->known && !file->failed && file->offset < file->announced)
            return false;
    }
    return true;
}

void hw_files_flush(struct hw_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct hw_file *file = files->items[i];
        files->telling = file;
        hw_decoder_restart(&file->decoder, file->offset, on_line, files);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/sftp.h"

#include "base/mem.h"

/* Kinds of packets, section 3. */
enum {
    FXP_INIT = 1,
    FXP_VERSION = 2,
    FXP_OPEN = 3,
    FXP_CLOSE = 4,
    FXP_READ = 5,
    FXP_FSTAT = 8,
    FXP_OPENDIR = 11,
    FXP_READDIR = 12,
    FXP_STATUS = 101,
    FXP_HANDLE = 102,
    FXP_DATA = 103,
    FXP_NAME = 104,
    FXP_ATTRS = 105,
};

#define SFTP_VERSION  3u
#define FOR_READING   1u
#define PACKET_MAX    (256u * 1024u) /* OpenSSH's own limit (sftp-common.h) */
#define HANDLE_MAX    256u           /* section 6.2 */
#define KIND_END      5u             /* length and kind, section 3 */
#define DATA_BEGIN    13u            /* FXP_DATA: and id and length of what was read, section 7 */
#define KEPT_BYTES    1024u
#define REQUESTS      64u
#define IS_FOLDER     0040000u /* of the permissions: POSIX S_IFDIR */
#define FILE_TYPE     0170000u
#define HAS_SIZE      0x00000001u /* section 5 */
#define HAS_OWNER     0x00000002u
#define HAS_MODE      0x00000004u
#define HAS_TIMES     0x00000008u
#define HAS_EXTENSION 0x80000000u

struct request {
    hw_sftp_fn *fn; /* NULL: nobody waits */
    void *data;
    bool used;
    uint8_t expected;    /* kind of a good answer; FXP_STATUS alone: closing */
    struct hw_buf *into; /* of a read, and how much it asked for */
    uint32_t length;
};

struct hw_sftp {
    struct hw_sftp_handler handler;
    struct hw_buf in, out;             /* in: of one packet, without the bytes that were read */
    struct request requests[REQUESTS]; /* by the id of the request */
    size_t used;
    struct request *filling; /* the read whose bytes come now, or NULL */
    size_t filled, left;     /* of them */
    bool ready;
};

static void send_packet(struct hw_sftp *sftp)
{
    hw_auto(hw_buf) packet = HW_BUF(PACKET_MAX + 4);
    hw_put_string(&packet, sftp->out.data, sftp->out.len);
    sftp->handler.write(sftp->handler.data, packet.data, packet.len);
    hw_buf_clear(&sftp->out);
}

struct hw_sftp *hw_sftp_new(const struct hw_sftp_handler *handler)
{
    struct hw_sftp *sftp = HW_NEW(struct hw_sftp);
    sftp->handler = *handler;
    sftp->in.max = sftp->out.max = PACKET_MAX + 4;
    hw_buf_char(&sftp->out, FXP_INIT);
    hw_put_u32(&sftp->out, SFTP_VERSION);
    send_packet(sftp);
    return sftp;
}

void hw_sftp_free(struct hw_sftp *sftp)
{
    if (!sftp)
        return;
    hw_buf_done(&sftp->in);
    hw_buf_done(&sftp->out);
    free(sftp);
}

/* Answers. */

struct attributes {
    uint64_t size;
    bool is_folder;
};

static struct attributes read_attributes(struct hw_wire *wire)
{
    struct attributes ret = {.size = UINT64_MAX};
    uint32_t flags = hw_wire_u32(wire);
    if (flags & HAS_SIZE)
        ret.size = hw_wire_u64(wire);
    if (flags & HAS_OWNER)
        hw_wire_u64(wire);
    if (flags & HAS_MODE)
        ret.is_folder = (hw_wire_u32(wire) & FILE_TYPE) == IS_FOLDER;
    if (flags & HAS_TIMES)
        hw_wire_u64(wire);
    for (uint32_t more = flags & HAS_EXTENSION ? hw_wire_u32(wire) : 0; more && !wire->bad;
         more--) {
        hw_wire_string(wire);
        hw_wire_string(wire);
    }
    return ret;
}

bool hw_sftp_next_name(struct hw_sftp_reply *reply, struct hw_span *ret_name, bool *ret_folder)
{
    if (reply->name_count == 0 || reply->names.bad)
        return false;
    reply->name_count--;
    *ret_name = hw_wire_string(&reply->names);
    hw_wire_string(&reply->names); /* as `ls -l` shows it */
    *ret_folder = read_attributes(&reply->names).is_folder;
    return !reply->names.bad;
}

static struct request *find_request(struct hw_sftp *sftp, uint32_t id)
{
    return id < REQUESTS && sftp->requests[id].used ? &sftp->requests[id] : NULL;
}

/* What it asked for is there: its id is free for another one before it is told. */
static void answer(struct hw_sftp *sftp, struct request *slot, const struct hw_sftp_reply *reply)
{
    struct request request = *slot;
    slot->used = false;
    sftp->used--;
    if (request.fn)
        request.fn(request.data, reply);
    else if (request.expected == FXP_HANDLE && reply->bytes.n)
        hw_sftp_close(sftp, reply->bytes);
}

static bool fail_form(struct hw_err *err)
{
    return hw_fail(err, HW_ERR_PROTOCOL, _("the node's SFTP answer is malformed"));
}

static bool take_reply(struct hw_sftp *sftp, uint8_t kind, struct hw_wire wire, struct hw_err *err)
{
    struct hw_sftp_reply reply = {.message = "", .size = UINT64_MAX};
    struct request *request = find_request(sftp, hw_wire_u32(&wire));
    if (!request || wire.bad || (kind != FXP_STATUS && kind != request->expected))
        return fail_form(err);
    hw_auto_text message = NULL;
    struct hw_span text;
    switch (kind) {
    case FXP_STATUS:
        reply.status = hw_wire_u32(&wire);
        text = wire.n ? hw_wire_string(&wire) : (struct hw_span){"", 0};
        reply.message = message = hw_strndup(text.p, text.n);
        break;
    case FXP_HANDLE:
        reply.bytes = hw_wire_string(&wire);
        break;
    case FXP_NAME:
        reply.name_count = hw_wire_u32(&wire);
        reply.names = wire;
        break;
    default:
        reply.size = read_attributes(&wire).size;
        break;
    }
    if (wire.bad || (kind == FXP_HANDLE && reply.bytes.n > HANDLE_MAX))
        return fail_form(err);
    /* Where something was asked for, "OK" alone is none of it. */
    if (kind == FXP_STATUS && reply.status == HW_SFTP_OK && request->expected != FXP_STATUS)
        return fail_form(err);
    answer(sftp, request, &reply);
    return true;
}

static bool take_packet(struct hw_sftp *sftp, struct hw_wire wire, struct hw_err *err)
{
    hw_wire_u32(&wire); /* its length */
    uint8_t kind = hw_wire_byte(&wire);
    bool known = kind == FXP_STATUS || kind == FXP_HANDLE || kind == FXP_NAME || kind == FXP_ATTRS;
    if (sftp->ready)
        return known ? take_reply(sftp, kind, wire, err) : fail_form(err);
    if (kind != FXP_VERSION || hw_wire_u32(&wire) < SFTP_VERSION || wire.bad)
        return fail_form(err);
    sftp->ready = true;
    if (sftp->handler.ready)
        sftp->handler.ready(sftp->handler.data);
    return true;
}

/* What was read goes straight to where it is wanted: a long log would else be copied twice. */

static void fill(struct hw_sftp *sftp, const char *bytes, size_t n)
{
    struct request *request = sftp->filling;
    struct hw_sftp_reply reply = {.message = "", .size = UINT64_MAX};
    struct hw_buf *into = request->into;
    if (into)
        hw_buf_add(into, bytes, n);
    sftp->left -= n;
    if (sftp->left)
        return;
    if (into)
        reply.bytes = (struct hw_span){hw_buf_cstr(into) + into->len - sftp->filled, sftp->filled};
    sftp->filling = NULL;
    answer(sftp, request, &reply);
}

static bool begin_data(struct hw_sftp *sftp, struct hw_wire wire, struct hw_err *err)
{
    uint32_t length = hw_wire_u32(&wire);
    hw_wire_byte(&wire);
    struct request *request = find_request(sftp, hw_wire_u32(&wire));
    uint32_t count = hw_wire_u32(&wire);
    if (!request || request->expected != FXP_DATA || count > request->length ||
        length != count + DATA_BEGIN - 4)
        return fail_form(err);
    if (request->into && request->into->max - request->into->len < count)
        return fail_form(err);
    sftp->filling = request;
    sftp->filled = sftp->left = count;
    if (count == 0)
        fill(sftp, "", 0);
    return true;
}

static bool comes_data(const struct hw_sftp *sftp)
{
    return sftp->in.len >= KIND_END && (uint8_t)sftp->in.data[KIND_END - 1] == FXP_DATA;
}

/* How many bytes from the beginning of the packet under way must be there for the next decision;
 * 0: it is none. */
static size_t needed(const struct hw_sftp *sftp)
{
    struct hw_wire wire = {sftp->in.data, sftp->in.len, false};
    if (sftp->in.len < KIND_END)
        return KIND_END;
    uint32_t length = hw_wire_u32(&wire);
    if (length == 0 || length > PACKET_MAX || (comes_data(sftp) && length < DATA_BEGIN - 4))
        return 0;
    return comes_data(sftp) ? DATA_BEGIN : 4 + (size_t)length;
}

static bool take_begin(struct hw_sftp *sftp, struct hw_err *err)
{
    struct hw_wire wire = {sftp->in.data, sftp->in.len, false};
    bool ok = comes_data(sftp) && sftp->ready ? begin_data(sftp, wire, err)
                                              : take_packet(sftp, wire, err);
    if (sftp->in.capacity > KEPT_BYTES)
        hw_buf_done(&sftp->in); /* a thousand nodes must not each keep their largest packet */
    hw_buf_clear(&sftp->in);
    return ok;
}

bool hw_sftp_take(struct hw_sftp *sftp, const char *bytes, size_t n, struct hw_err *err)
{
    while (n) {
        size_t wanted = sftp->filling ? sftp->left : needed(sftp) - sftp->in.len;
        size_t part = n < wanted ? n : wanted;
        if (sftp->filling)
            fill(sftp, bytes, part);
        else
            hw_buf_add(&sftp->in, bytes, part);
        bytes += part;
        n -= part;
        if (sftp->filling || !sftp->in.len)
            continue;
        size_t whole = needed(sftp);
        if (!whole)
            return fail_form(err);
        if (sftp->in.len == whole && !take_begin(sftp, err))
            return false;
    }
    return true;
}

/* Requests. */

size_t hw_sftp_room(const struct hw_sftp *sftp)
{
    return sftp->ready ? REQUESTS - sftp->used : 0;
}

static struct request *begin(struct hw_sftp *sftp, uint8_t kind, uint8_t expected, hw_sftp_fn *fn,
                             void *data)
{
    uint32_t id = 0;
    while (id < REQUESTS - 1 && sftp->requests[id].used)
        id++;
    sftp->requests[id] =
        (struct request){.fn = fn, .data = data, .used = true, .expected = expected};
    sftp->used++;
    hw_buf_clear(&sftp->out);
    hw_buf_char(&sftp->out, (char)kind);
    hw_put_u32(&sftp->out, id);
    return &sftp->requests[id];
}

void hw_sftp_open(struct hw_sftp *sftp, const char *path, hw_sftp_fn *fn, void *data)
{
    begin(sftp, FXP_OPEN, FXP_HANDLE, fn, data);
    hw_put_string(&sftp->out, path, strlen(path));
    hw_put_u32(&sftp->out, FOR_READING);
    hw_put_u32(&sftp->out, 0); /* no attributes */
    send_packet(sftp);
}

void hw_sftp_open_folder(struct hw_sftp *sftp, const char *path, hw_sftp_fn *fn, void *data)
{
    begin(sftp, FXP_OPENDIR, FXP_HANDLE, fn, data);
    hw_put_string(&sftp->out, path, strlen(path));
    send_packet(sftp);
}

void hw_sftp_list(struct hw_sftp *sftp, struct hw_span handle, hw_sftp_fn *fn, void *data)
{
    begin(sftp, FXP_READDIR, FXP_NAME, fn, data);
    hw_put_string(&sftp->out, handle.p, handle.n);
    send_packet(sftp);
}

void hw_sftp_read(struct hw_sftp *sftp, struct hw_span handle, uint64_t offset, uint32_t length,
                  struct hw_buf *into, hw_sftp_fn *fn, void *data)
{
    struct request *request = begin(sftp, FXP_READ, FXP_DATA, fn, data);
    request->into = into;
    request->length = length;
    hw_put_string(&sftp->out, handle.p, handle.n);
    hw_put_u64(&sftp->out, offset);
    hw_put_u32(&sftp->out, length);
    send_packet(sftp);
}

void hw_sftp_size(struct hw_sftp *sftp, struct hw_span handle, hw_sftp_fn *fn, void *data)
{
    begin(sftp, FXP_FSTAT, FXP_ATTRS, fn, data);
    hw_put_string(&sftp->out, handle.p, handle.n);
    send_packet(sftp);
}

void hw_sftp_close(struct hw_sftp *sftp, struct hw_span handle)
{
    if (!hw_sftp_room(sftp))
        return;
    begin(sftp, FXP_CLOSE, FXP_STATUS, NULL, NULL);
    hw_put_string(&sftp->out, handle.p, handle.n);
    send_packet(sftp);
}

void hw_sftp_forget(struct hw_sftp *sftp)
{
    for (size_t i = 0; i < REQUESTS; i++) {
        sftp->requests[i].fn = NULL;
        sftp->requests[i].into = NULL;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Not the logs of a node, but what its console shows, by ec2:GetConsoleOutput. On Windows that is
 * little: what EC2Launch prints, and the last errors of the system's event log (EC2 user guide,
 * "Instance console output"). It needs nothing of the node, so it is what remains when nothing else
 * goes. The text is read again and again; of it lines are told that were not there before. */
#include "node/way_calls.h"

#include "base/mem.h"
#include "base/text.h"

#define LOG_NAME    "console"
#define FILE_ID     0
#define DEADLINE_MS 60000u
#define LONGEST     5u /* times the usual pause, while nothing changes */

struct session {
    struct hw_way_calls calls;
    char *before; /* the text of the last look; every line of it has an end and was told */
    char *tail;   /* what follows its last line, not told yet */
    uint64_t offset;
    bool named;
    bool kept; /* the instance has no "latest" output, only what EC2 has kept */
    unsigned pauses;
};

static void look(void *data);

static void tell_named(struct session *session)
{
    struct hw_frame hello = {.kind = HW_FRAME_HELLO, .text = ""};
    struct hw_frame file = {.kind = HW_FRAME_FILE,
                            .id = FILE_ID,
                            .offset = session->offset,
                            .length = session->offset,
                            .text = LOG_NAME};
    session->named = true;
    hw_way_calls_tell(&session->calls, &hello);
    hw_way_calls_tell(&session->calls, &file);
}

static void tell_lines(struct session *session, const struct hw_buf *lines)
{
    struct hw_frame data = {.kind = HW_FRAME_DATA,
                            .id = FILE_ID,
                            .offset = session->offset,
                            .length = lines->len,
                            .bytes = {lines->data, lines->len}};
    if (!lines->len)
        return;
    session->offset += lines->len;
    hw_way_calls_tell(&session->calls, &data);
}

/* Lines. */

static size_t line_length(const char *p)
{
    const char *end = strchr(p, '\n');
    return end ? (size_t)(end - p) + 1 : strlen(p);
}

struct known {
    struct hw_span line;
    size_t unmet; /* of the first of equal lines: so many of them have not been met again */
};

static int compare_spans(struct hw_span a, struct hw_span b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_known(const void *a, const void *b)
{
    return compare_spans(((const struct known *)a)->line, ((const struct known *)b)->line);
}

/* The lines of text, sorted; the caller's. */
static struct known *sort_lines(const char *text, size_t *ret_count)
{
    size_t count = 0;
    for (const char *p = text; *p; p += line_length(p))
        count++;
    struct known *known = hw_alloc((count + 1) * sizeof *known);
    count = 0;
    for (const char *p = text; *p; p += line_length(p))
        known[count++] = (struct known){.line = {p, line_length(p)}};
    qsort(known, count, sizeof *known, compare_known);
    for (size_t i = 0, first = 0; i < count; i++) {
        if (compare_known(&known[i], &known[first]))
            first = i;
        known[first].unmet++;
    }
    *ret_count = count;
    return known;
}

static bool meet(struct known *known, size_t count, struct hw_span line)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_spans(known[middle].line, line) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || compare_spans(known[low].line, line) || !known[low].unmet)
        return false;
    known[low].unmet--;
    return true;
}

/* The lines of `now` that `before` has not: an old console scrolls, and the last errors replace
 * each other, so that neither is a prefix of the other. A line that is there twice is told twice.
 */
static void new_lines(const char *before, const char *now, struct hw_buf *out)
{
    size_t count;
    struct known *known = sort_lines(before, &count);
    for (const char *p = now; *p; p += line_length(p)) {
        if (!meet(known, count, (struct hw_span){p, line_length(p)}))
            hw_buf_add(out, p, line_length(p));
    }
    free(known);
}

/* Cuts the text behind its last whole line. A rest that stands still is a line too. */
static char *cut_tail(struct session *session, struct hw_buf *text)
{
    size_t whole = text->len;
    while (whole && text->data[whole - 1] != '\n')
        whole--;
    char *tail = hw_strndup(hw_buf_cstr(text) + whole, text->len - whole);
    if (*tail && (session->calls.start.once || !strcmp(tail, session->tail))) {
        hw_buf_char(text, '\n');
        return tail;
    }
    text->len = whole;
    if (text->data)
        text->data[whole] = '\0';
    return tail;
}

/* No NUL and no carriage return may stand in the way of comparing. */
static void plain_lines(struct hw_buf *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] && text->data[i] != '\r')
            text->data[kept++] = text->data[i];
    }
    text->len = kept;
    if (text->data)
        text->data[kept] = '\0';
}

/* Returns whether there was something new. */
static bool take_text(struct session *session, struct hw_buf *text)
{
    hw_auto(hw_buf) fresh = HW_BUF(HW_MAX_TEXT);
    plain_lines(text);
    char *tail = cut_tail(session, text);
    free(session->tail);
    session->tail = tail;
    if (strcmp(session->before, hw_buf_cstr(text)))
        new_lines(session->before, hw_buf_cstr(text), &fresh);
    if (text->len)
        hw_replace(&session->before, hw_buf_cstr(text));
    tell_lines(session, &fresh);
    return fresh.len > 0;
}

/* Looks. */

static void look_later(struct session *session, bool changed)
{
    session->pauses = changed ? 1 : session->pauses < LONGEST ? session->pauses + 1 : LONGEST;
    int64_t delay = (int64_t)session->calls.start.room->slow_ms * session->pauses;
    hw_way_calls_wait(&session->calls, delay, look);
}

static void fail(struct session *session, const struct hw_err *err)
{
    if (!session->kept && !strcmp(err->service_code, "UnsupportedOperation")) {
        session->kept = true;
        look(session);
        return;
    }
    hw_way_calls_fail(&session->calls, err);
}

static void on_output(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    hw_way_calls_over(&session->calls);
    if (err) {
        fail(session, err);
        return;
    }
    hw_auto_text output = hw_xml_text(reply->xml, "output");
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    struct hw_span trimmed = hw_text_trim(output, strlen(output));
    struct hw_frame beat = {.kind = HW_FRAME_BEAT};
    if (!session->named)
        tell_named(session);
    bool readable = hw_buf_unbase64(&text, trimmed.p, trimmed.n);
    look_later(session, readable && take_text(session, &text));
    hw_way_calls_tell(&session->calls, &beat);
}

/* "Latest" is what instances on Nitro can tell; others answer UnsupportedOperation, and are asked
 * for what EC2 has kept of their last start (EC2 API reference, GetConsoleOutput). */
static void look(void *data)
{
    struct session *session = data;
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "GetConsoleOutput");
    hw_way_calls_over(&session->calls);
    hw_aws_param(request, "InstanceId", session->calls.start.target->instance);
    if (!session->kept)
        hw_aws_param(request, "Latest", "true");
    hw_way_calls_send(&session->calls, request, on_output);
}

static void free_session(void *data)
{
    struct session *session = data;
    hw_way_calls_done(&session->calls);
    free(session->before);
    free(session->tail);
    free(session);
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    const struct hw_file *file = hw_files_find(start->files, LOG_NAME);
    hw_way_calls_init(&session->calls, start, handler, free_session);
    session->before = hw_strdup(start->left_over ? start->left_over : "");
    session->tail = hw_strdup("");
    session->offset = file ? file->offset : 0;
    hw_way_calls_wait(&session->calls, 0, look);
    return session;
}

/* Which lines were told already. */
static char *left_over(const void *data)
{
    const struct session *session = data;
    return hw_strdup(session->before);
}

static const char *manner(const void *data HW_UNUSED)
{
    return _("its lines are shown");
}

const struct hw_way_class hw_way_console = {
    .name = "console",
    .title = N_("console"),
    .deadline_ms = DEADLINE_MS,
    .rank = HW_WAY_BESIDE,
    .missing = hw_way_calls_missing,
    .start = start,
    .left_over = left_over,
    .manner = manner,
    .close = hw_way_calls_close,
    .free = free_session,
};

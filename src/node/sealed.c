/* SPDX-License-Identifier: Apache-2.0 */
#include "node/sealed.h"

#include <string.h>

#include "base/text.h"

#define BOUNDARY "--Encrypted Boundary"
#define END      BOUNDARY "--"
#define LENGTH   "Length="
#define BINARY   "application/octet-stream\r\n"
#define PREFIX   4u /* the signature's size, little-endian */

static bool put_prefix(struct hw_buf *out, size_t size)
{
    unsigned char bytes[PREFIX];
    for (unsigned i = 0; i < PREFIX; i++)
        bytes[i] = (unsigned char)(size >> (8 * i));
    return hw_buf_add(out, bytes, sizeof bytes);
}

static size_t prefix(const char *p)
{
    size_t size = 0;
    for (unsigned i = 0; i < PREFIX; i++)
        size |= (size_t)(unsigned char)p[i] << (8 * i);
    return size;
}

bool hw_sealed_write(struct hw_buf *out, const struct hw_sealed *sealed)
{
    hw_buf_print(out,
                 BOUNDARY "\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
                          "\tOriginalContent: type=application/soap+xml;charset=UTF-8;" LENGTH
                          "%zu\r\n" BOUNDARY "\r\n\tContent-Type: " BINARY,
                 sealed->plain_length);
    put_prefix(out, sealed->header.n);
    hw_buf_add(out, sealed->header.p, sealed->header.n);
    hw_buf_add(out, sealed->message.p, sealed->message.n);
    hw_buf_text(out, END "\r\n");
    return !out->full;
}

static bool malformed(struct hw_err *err)
{
    return hw_fail(err, HW_ERR_PROTOCOL, _("the node's answer is not sealed as it should be"));
}

/* The bytes between the binary part's header and the closing boundary, which is looked for at the
 * end alone: sealed bytes may look like anything. */
static bool find_binary(const char *body, size_t n, struct hw_span *ret)
{
    const char *start = memmem(body, n, BINARY, strlen(BINARY));
    size_t end = n;
    while (end && (body[end - 1] == '\n' || body[end - 1] == '\r'))
        end--;
    if (!start || end < strlen(END) || memcmp(body + end - strlen(END), END, strlen(END)) != 0)
        return false;
    start += strlen(BINARY);
    const char *last = body + end - strlen(END);
    if (last < start)
        return false;
    *ret = (struct hw_span){start, (size_t)(last - start)};
    return true;
}

static bool find_length(const char *body, const char *binary, size_t *ret)
{
    const char *at = memmem(body, (size_t)(binary - body), LENGTH, strlen(LENGTH));
    long length;
    if (!at)
        return false;
    at += strlen(LENGTH);
    size_t digits = strspn(at, "0123456789");
    char text[16] = {0};
    if (digits == 0 || digits >= sizeof text)
        return false;
    memcpy(text, at, digits);
    if (!hw_parse_int(text, 0, HW_MAX_SOAP, &length))
        return false;
    *ret = (size_t)length;
    return true;
}

bool hw_sealed_read(const char *body, size_t n, struct hw_sealed *ret, struct hw_err *err)
{
    struct hw_span binary;
    size_t length;
    if (!find_binary(body, n, &binary) || !find_length(body, binary.p, &length) ||
        binary.n < PREFIX || prefix(binary.p) > binary.n - PREFIX)
        return malformed(err);
    size_t header = prefix(binary.p);
    *ret = (struct hw_sealed){.plain_length = length,
                              .header = {binary.p + PREFIX, header},
                              .message = {binary.p + PREFIX + header, binary.n - PREFIX - header}};
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_wire.h"

#include <string.h>

static uint64_t number(struct hw_wire *wire, size_t size)
{
    uint64_t value = 0;
    if (wire->bad || wire->n < size) {
        wire->bad = true;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        value = value << 8 | (unsigned char)wire->p[i];
    wire->p += size;
    wire->n -= size;
    return value;
}

uint8_t hw_wire_byte(struct hw_wire *wire)
{
    return (uint8_t)number(wire, 1);
}

uint32_t hw_wire_u32(struct hw_wire *wire)
{
    return (uint32_t)number(wire, 4);
}

uint64_t hw_wire_u64(struct hw_wire *wire)
{
    return number(wire, 8);
}

struct hw_span hw_wire_string(struct hw_wire *wire)
{
    size_t length = hw_wire_u32(wire);
    struct hw_span span = {wire->p, length};
    if (wire->bad || wire->n < length) {
        wire->bad = true;
        return (struct hw_span){"", 0};
    }
    wire->p += length;
    wire->n -= length;
    return span;
}

static void put_number(struct hw_buf *out, uint64_t value, unsigned size)
{
    char bytes[8];
    for (unsigned i = size; i-- > 0; value >>= 8)
        bytes[i] = (char)(value & 0xFF);
    hw_buf_add(out, bytes, size);
}

void hw_put_u32(struct hw_buf *out, uint32_t value)
{
    put_number(out, value, 4);
}

void hw_put_u64(struct hw_buf *out, uint64_t value)
{
    put_number(out, value, 8);
}

void hw_put_string(struct hw_buf *out, const void *bytes, size_t n)
{
    hw_put_u32(out, (uint32_t)n);
    hw_buf_add(out, bytes, n);
}

void hw_put_mpint(struct hw_buf *out, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (; n && !*p; n--)
        p++;
    bool high = n && *p & 0x80;
    hw_put_u32(out, (uint32_t)(n + high));
    if (high)
        hw_buf_char(out, '\0');
    hw_buf_add(out, p, n);
}

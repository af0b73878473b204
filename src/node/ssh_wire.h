/* SPDX-License-Identifier: Apache-2.0 */
/* Values as SSH and its agent and SFTP write them (RFC 4251 section 5): big-endian numbers, and
 * strings behind their length. */
#ifndef HW_NODE_SSH_WIRE_H
#define HW_NODE_SSH_WIRE_H

#include "base/buf.h"

/* Reads from the front. What is not there sets bad and gives 0 or an empty span; then all that
 * follows does. */
struct hw_wire {
    const char *p;
    size_t n;
    bool bad;
};

uint8_t hw_wire_byte(struct hw_wire *wire);
uint32_t hw_wire_u32(struct hw_wire *wire);
uint64_t hw_wire_u64(struct hw_wire *wire);
struct hw_span hw_wire_string(struct hw_wire *wire);

void hw_put_u32(struct hw_buf *out, uint32_t value);
void hw_put_u64(struct hw_buf *out, uint64_t value);
void hw_put_string(struct hw_buf *out, const void *bytes, size_t n);
/* bytes: a number, big-endian; becomes an mpint (no leading zeros, positive). */
void hw_put_mpint(struct hw_buf *out, const void *bytes, size_t n);

#endif

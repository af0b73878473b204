/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of crowd-nodes share. */
#ifndef CROWD_PARTS_H
#define CROWD_PARTS_H

#include <openssl/ssl.h>

#include "base/buf.h"

/* crowd-cert.c: a new key and a certificate that it signs itself, as a node makes one. ret_pin: the
 * SHA-256 of its DER form, hex. NULL: OpenSSL cannot. */
#define CROWD_PIN_SIZE 65
SSL_CTX *crowd_tls(char ret_pin[CROWD_PIN_SIZE]);

/* crowd-log.c: the log of one node, which gains a line each CROWD_LINE_MS. */
#define CROWD_LINE_MS 100
struct crowd_log {
    size_t node;
    int64_t born_ms;    /* of its first line, as wall time; 0: it is not written yet */
    uint64_t lines;     /* that the follower has read */
    uint64_t offset;    /* bytes of those */
    int64_t beat_ms;    /* of the last sign of life */
    struct hw_buf told; /* frames that nobody has received yet */
};
/* The follower has begun: says so, and names the file. */
void crowd_log_begin(struct crowd_log *log, int64_t now_ms);
/* The follower looks: a frame of what is new, if anything is. */
void crowd_log_look(struct crowd_log *log, int64_t now_ms);

/* crowd-soap.c: what a node answers. */
enum crowd_op {
    CROWD_CREATE,
    CROWD_COMMAND,
    CROWD_SEND,
    CROWD_RECEIVE,
    CROWD_SIGNAL,
    CROWD_DELETE,
    CROWD_NO_OP
};
enum crowd_op crowd_op_of(const char *envelope);
/* A whole HTTP answer; told: what a Receive brings, which is emptied. */
void crowd_answer(struct hw_buf *out, enum crowd_op op, size_t node, struct hw_buf *told);
void crowd_refuse(struct hw_buf *out, int status); /* 401 or 400, without a body */
/* A page of DescribeInstances: the request says which one. `first`.0.1 is the address of the first
 * node. */
void crowd_instances(struct hw_buf *out, const char *request, size_t count, unsigned first,
                     const char *pin);
/* The address of a node in that network, network byte order not applied. */
uint32_t crowd_address(unsigned first, size_t node);

#endif

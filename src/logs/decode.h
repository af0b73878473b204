/* SPDX-License-Identifier: Apache-2.0 */
/* Raw bytes of a growing log file into lines of UTF-8. How the bytes are cut into chunks changes
 * nothing. The encoding is judged anew at each line, since Windows mixes them in one file
 * (PowerShell 5.1's >> writes UTF-16LE behind 8-bit text; Microsoft Learn,
 * about_Character_Encoding): a byte order mark counts, then NULs between bytes, then valid UTF-8,
 * else Windows-1252. What cannot be decoded becomes U+FFFD; nothing is dropped. */
#ifndef HW_LOGS_DECODE_H
#define HW_LOGS_DECODE_H

#include "base/buf.h"

/* A longer line is told in pieces of at most so many raw bytes, so that a piece stays below
 * HW_MAX_LINE once decoded and cleaned (a raw byte becomes three at most). */
#define HW_DECODE_PIECE (HW_MAX_LINE / 4u)

enum hw_decode_mode { HW_DECODE_8BIT, HW_DECODE_UTF16LE, HW_DECODE_UTF16BE };

struct hw_decoder {
    enum hw_decode_mode mode; /* of the line before, or of the line under way when judged */
    bool judged;              /* the mode of the line under way is known */
    bool inside;              /* a piece of the line under way has been told */
    uint64_t offset;          /* in the file, of the first byte not yet told */
    struct hw_buf raw;
    size_t start;   /* bytes of raw that have been told */
    size_t scanned; /* bytes behind start already searched for the end of the line */
    struct hw_buf text;
};

/* offset: in the file, of the first byte that will be added. */
void hw_decoder_init(struct hw_decoder *decoder, uint64_t offset);
void hw_decoder_done(struct hw_decoder *decoder);

/* offset: of the line's first raw byte. text has no line end, is valid UTF-8, not yet cleaned
 * (it may hold NUL), and borrowed for the call. */
typedef void hw_decoder_fn(void *data, uint64_t offset, const char *text, size_t n);

void hw_decoder_add(struct hw_decoder *decoder, const void *bytes, size_t count, hw_decoder_fn *fn,
                    void *data);
/* Tells what is there of a last line without an end; then goes on at offset (the file was replaced
 * or a stretch of it skipped). */
void hw_decoder_restart(struct hw_decoder *decoder, uint64_t offset, hw_decoder_fn *fn, void *data);

/* Bytes of one line as UTF-8: they are it, else Windows-1252. */
void hw_decode_8bit(struct hw_buf *out, const char *raw, size_t n);

#endif

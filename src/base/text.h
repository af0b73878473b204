/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: decoding, columns on a screen, cleaning of outside text, comparing, parsing. */
#ifndef HW_BASE_TEXT_H
#define HW_BASE_TEXT_H

#include "base/buf.h"
#include "base/err.h"

/* Decodes one character of s (n > 0 bytes) into *ret. Returns the bytes used (>= 1).
 * A malformed or overlong sequence or a surrogate gives U+FFFD and uses one byte. */
size_t hw_utf8_next(const char *s, size_t n, uint32_t *ret);
/* Encodes c into out; returns 1 to 4. A code point that does not exist becomes U+FFFD. */
size_t hw_utf8_put(uint32_t c, char out[4]);
bool hw_utf8_valid(const char *s, size_t n);

/* The length of s, or the largest n <= max at which no character of s is cut. */
size_t hw_text_cut(const char *s, size_t max);

/* Columns of one character on a terminal: 0 (combining), 1 or 2. Control characters: 1, since
 * they are shown as a visible sign. Independent of the locale (tables: Unicode 14,
 * EastAsianWidth.txt W and F, general categories Mn, Me, Cf). */
int hw_char_width(uint32_t c);
/* Columns of a whole text. */
size_t hw_text_width(const char *s);
/* Appends s and blanks up to so many columns of a terminal; hw_text_pad_left the blanks first.
 * Never cut: a longer text gets none. */
bool hw_text_pad(struct hw_buf *out, const char *s, size_t columns);
bool hw_text_pad_left(struct hw_buf *out, const char *s, size_t columns);
/* Bytes of s that fit into the given columns without cutting a character or separating a
 * combining mark from its base. *ret_columns (may be NULL) = columns they take. */
size_t hw_text_fit(const char *s, size_t columns, size_t *ret_columns);

/* Nothing but printable ASCII and TAB: nothing in it to decode or to clean. */
bool hw_text_plain(const char *s, size_t n);

/* Appends s with every control byte, escape sequence, bidi override and malformed byte made
 * visible (ESC as ␛, NUL as ␀, U+202E as <202E>, malformed as U+FFFD); TAB and LF kept when
 * keep_layout. Everything that comes from outside goes through here before it is shown,
 * logged or written. */
bool hw_text_clean(struct hw_buf *out, const char *s, size_t n, bool keep_layout);

/* The candidate nearest to word by Damerau-Levenshtein distance, or NULL if none is near
 * (more than a third of word's length, at least 2). */
const char *hw_text_nearest(const char *word, const char *const *candidates, size_t count);

/* "std-2" before "std-10"; digits by value, other bytes by value. As strcmp. */
int hw_text_compare_natural(const char *a, const char *b);
bool hw_text_starts(const char *s, const char *prefix);
bool hw_text_ends(const char *s, const char *suffix);
bool hw_text_equal_nocase(const char *a, const char *b); /* ASCII only */
/* s without blanks at both ends, as a span of s. */
struct hw_span hw_text_trim(const char *s, size_t n);
/* Appends the lines of a text as a numbered list, each number at the end of `cols` columns. */
void hw_text_number(struct hw_buf *out, const char *lines, int cols);
bool hw_span_equal(struct hw_span a, const char *text);

/* Whole decimal number within [min, max]. */
bool hw_parse_int(const char *s, long min, long max, long *ret);
/* "90m", "1h30m", "45s", "2h" into seconds; 0 < result <= 43200 (PT12H, the most
 * that a CreationPolicy takes; CloudFormation user guide). */
bool hw_parse_duration(const char *s, unsigned *ret_seconds);

/* IPv4. Addresses in host byte order. */
bool hw_parse_ipv4(const char *s, uint32_t *ret);
/* "10.20.0.0/16"; host bits must be zero. */
bool hw_parse_cidr(const char *s, uint32_t *ret_net, unsigned *ret_bits);
bool hw_cidr_has(uint32_t net, unsigned bits, uint32_t address);
void hw_ipv4_text(uint32_t address, char out[16]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many words stand in a text, in one pass at a nanosecond a byte or less, so that an
 * expensive look is only taken where it can succeed. Of each word stretches of three or four bytes
 * are known by their hashes; only where such a stretch stands is the word compared. The longer the
 * shortest word, the fewer places are looked at. ASCII letters are alike in upper and lower case.
 */
#ifndef HW_LOGS_LITERALS_H
#define HW_LOGS_LITERALS_H

#include "base/buf.h"

#define HW_LITERAL_MIN 3u /* bytes; a shorter word is not taken */

struct hw_literals;

struct hw_literals *hw_literals_new(void);
void hw_literals_free(struct hw_literals *words); /* NULL allowed */
/* id: the caller's number for the word; several words may have the same. False: too short. */
bool hw_literals_add(struct hw_literals *words, const char *word, size_t n, uint32_t id);
/* After the last word. */
void hw_literals_seal(struct hw_literals *words);

typedef void hw_literals_fn(void *data, uint32_t id);
/* Tells the id of every word wherever it stands in the text, in no order. */
void hw_literals_find(const struct hw_literals *words, const char *text, size_t n,
                      hw_literals_fn *found, void *data);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many words stand in a text, in one pass at about a nanosecond a byte, so that an
 * expensive look is only taken where it can succeed. Of each word one stretch of three or four
 * bytes is known by its hash; only where such a stretch stands is the word compared. ASCII letters
 * are alike in upper and lower case. */
#ifndef HW_LOGS_WORDS_H
#define HW_LOGS_WORDS_H

#include "base/buf.h"

#define HW_WORD_MIN 3u /* bytes; a shorter word is not taken */

struct hw_words;

struct hw_words *hw_words_new(void);
void hw_words_free(struct hw_words *words); /* NULL allowed */
/* id: the caller's number for the word; several words may have the same. False: too short. */
bool hw_words_add(struct hw_words *words, const char *word, size_t n, uint32_t id);
/* After the last word. */
void hw_words_seal(struct hw_words *words);

typedef void hw_words_fn(void *data, uint32_t id);
/* Tells the id of every word wherever it stands in the text, in no order. */
void hw_words_find(const struct hw_words *words, const char *text, size_t n, hw_words_fn *found,
                   void *data);

#endif

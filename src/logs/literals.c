/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/literals.h"

#include <endian.h>

#include "base/mem.h"

#define HASH_BITS   14u
#define FOLD        0x20202020u
#define NONE        UINT32_MAX
#define LONG_WORD   6u /* from here on a stretch of four bytes leaves room for steps */
#define STRIDE_MOST 4u

struct word {
    char *text; /* folded */
    size_t n;
    uint32_t *ids;
    size_t id_count, id_capacity;
};

/* A stretch of a word. */
struct gram {
    uint32_t word, at;
    uint32_t next; /* of those with the same hash */
};

/* A text is looked at in steps of `stride` bytes: of each word so many stretches in a row are
 * known, and one of them is met wherever the word stands. */
struct hw_literals {
    struct word *items;
    size_t count, capacity;
    struct gram *grams;
    size_t shortest, size, stride; /* size: bytes of a stretch */
    uint32_t mask;                 /* of these bytes */
    uint8_t filter[1u << HASH_BITS];
    uint32_t first[1u << HASH_BITS];
};

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Bytes as a number, least significant first; a stretch of three leaves the fourth out. */
static uint32_t gram_of(const char *p, size_t n)
{
    uint32_t gram = 0;
    for (size_t i = 0; i < n; i++)
        gram |= (uint32_t)(unsigned char)p[i] << 8 * i;
    return gram;
}

static uint32_t hash(const struct hw_literals *words, uint32_t gram)
{
    return ((gram | FOLD) & words->mask) * 2654435761u >> (32 - HASH_BITS);
}

struct hw_literals *hw_literals_new(void)
{
    struct hw_literals *words = HW_NEW(struct hw_literals);
    words->shortest = SIZE_MAX;
    return words;
}

void hw_literals_free(struct hw_literals *words)
{
    if (!words)
        return;
    for (size_t i = 0; i < words->count; i++) {
        free(words->items[i].text);
        free(words->items[i].ids);
    }
    free(words->items);
    free(words->grams);
    free(words);
}

bool hw_literals_add(struct hw_literals *words, const char *word, size_t n, uint32_t id)
{
    if (n < HW_LITERAL_MIN)
        return false;
    char *text = hw_strndup(word, n);
    for (size_t i = 0; i < n; i++)
        text[i] = fold(text[i]);
    words->shortest = n < words->shortest ? n : words->shortest;
    struct word *known = words->items, *end = words->items + words->count;
    while (known < end && (known->n != n || memcmp(known->text, text, n) != 0))
        known++;
    if (known == end) {
        hw_grow(&words->items, &words->capacity, words->count, sizeof *words->items);
        known = &words->items[words->count++];
        *known = (struct word){.text = text, .n = n};
    } else {
        free(text);
    }
    hw_grow(&known->ids, &known->id_capacity, known->id_count, sizeof *known->ids);
    known->ids[known->id_count++] = id;
    return true;
}

/* How often a byte is met in logs, roughly: blanks and common letters are poor marks. */
static unsigned commonness(char c)
{
    static const char common[] = " etaoinsrlducmpfgh";
    const char *at = c ? strchr(common, c) : NULL;
    return at ? (unsigned)(sizeof common - (size_t)(at - common)) : 1;
}

/* Where the rarest bytes of the word stand, of all places at which its stretches may begin. */
static size_t rarest_place(const struct word *word, size_t bytes)
{
    size_t best = 0;
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i + bytes <= word->n; i++) {
        unsigned sum = 0;
        for (size_t k = 0; k < bytes; k++)
            sum += commonness(word->text[i + k]);
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}

static void add_gram(struct hw_literals *words, size_t number, uint32_t word, size_t at)
{
    uint32_t h = hash(words, gram_of(words->items[word].text + at, words->size));
    words->grams[number] = (struct gram){word, (uint32_t)at, words->first[h]};
    words->first[h] = (uint32_t)number;
    words->filter[h] = 1;
}

void hw_literals_seal(struct hw_literals *words)
{
    size_t room;
    words->size = words->shortest < LONG_WORD ? 3 : 4;
    words->mask = words->size == 3 ? 0xFFFFFFu : UINT32_MAX;
    room = words->count ? words->shortest - words->size + 1 : 1;
    words->stride = room < STRIDE_MOST ? room : STRIDE_MOST;
    words->grams = hw_realloc(words->grams, words->count * words->stride + 1, sizeof *words->grams);
    memset(words->filter, 0, sizeof words->filter);
    memset(words->first, 0xFF, sizeof words->first);
    for (size_t i = 0; i < words->count; i++) {
        size_t at = rarest_place(&words->items[i], words->size + words->stride - 1);
        for (size_t k = 0; k < words->stride; k++)
            add_gram(words, i * words->stride + k, (uint32_t)i, at + k);
    }
}

static bool stands_at(const struct word *word, const char *p)
{
    for (size_t i = 0; i < word->n; i++) {
        if (fold(p[i]) != word->text[i])
            return false;
    }
    return true;
}

static void verify(const struct hw_literals *words, uint32_t h, const char *text, size_t n,
                   size_t at, hw_literals_fn *found, void *data)
{
    for (uint32_t i = words->first[h]; i != NONE; i = words->grams[i].next) {
        const struct gram *gram = &words->grams[i];
        const struct word *word = &words->items[gram->word];
        if (gram->at > at || word->n - gram->at > n - at || !stands_at(word, text + at - gram->at))
            continue;
        for (size_t k = 0; k < word->id_count; k++)
            found(data, word->ids[k]);
    }
}

void hw_literals_find(const struct hw_literals *words, const char *text, size_t n,
                      hw_literals_fn *found, void *data)
{
    size_t at = 0, stride = words->stride;
    for (; at + 4 <= n; at += stride) {
        uint32_t gram;
        memcpy(&gram, text + at, 4);
        uint32_t h = hash(words, le32toh(gram));
        if (words->filter[h])
            verify(words, h, text, n, at, found, data);
    }
    if (words->size == 4 || at + 3 > n)
        return;
    uint32_t h = hash(words, gram_of(text + at, 3));
    if (words->filter[h])
        verify(words, h, text, n, at, found, data);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/literals.h"

#include <endian.h>

#include "base/mem.h"

#define HASH_BITS 15u
#define FOLD      0x20202020u
#define NO_WORD   UINT32_MAX

struct word {
    char *text; /* folded */
    size_t n, gram_at;
    uint32_t next; /* of the words whose stretch has the same hash */
    uint32_t *ids;
    size_t id_count, id_capacity;
};

struct hw_literals {
    struct word *items;
    size_t count, capacity;
    uint32_t mask; /* of a stretch of three or of four bytes */
    uint64_t filter[(1u << HASH_BITS) / 64];
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
    words->mask = UINT32_MAX;
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
    free(words);
}

bool hw_literals_add(struct hw_literals *words, const char *word, size_t n, uint32_t id)
{
    if (n < HW_LITERAL_MIN)
        return false;
    char *text = hw_strndup(word, n);
    for (size_t i = 0; i < n; i++)
        text[i] = fold(text[i]);
    if (n == HW_LITERAL_MIN)
        words->mask = 0xFFFFFFu;
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

static size_t rarest_gram(const struct word *word, size_t size)
{
    size_t best = 0;
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i + size <= word->n; i++) {
        unsigned sum = 0;
        for (size_t k = 0; k < size; k++)
            sum += commonness(word->text[i + k]);
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}

void hw_literals_seal(struct hw_literals *words)
{
    size_t size = words->mask == UINT32_MAX ? 4 : 3;
    memset(words->filter, 0, sizeof words->filter);
    memset(words->first, 0xFF, sizeof words->first);
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->items[i];
        word->gram_at = rarest_gram(word, size);
        uint32_t h = hash(words, gram_of(word->text + word->gram_at, size));
        word->next = words->first[h];
        words->first[h] = (uint32_t)i;
        words->filter[h / 64] |= (uint64_t)1 << h % 64;
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
    for (uint32_t i = words->first[h]; i != NO_WORD; i = words->items[i].next) {
        const struct word *word = &words->items[i];
        if (word->gram_at > at || word->n - word->gram_at > n - at ||
            !stands_at(word, text + at - word->gram_at))
            continue;
        for (size_t k = 0; k < word->id_count; k++)
            found(data, word->ids[k]);
    }
}

void hw_literals_find(const struct hw_literals *words, const char *text, size_t n,
                      hw_literals_fn *found, void *data)
{
    size_t at = 0;
    for (; at + 4 <= n; at++) {
        uint32_t gram;
        memcpy(&gram, text + at, 4);
        uint32_t h = hash(words, le32toh(gram));
        if (words->filter[h / 64] >> h % 64 & 1)
            verify(words, h, text, n, at, found, data);
    }
    if (words->mask == UINT32_MAX || at + 3 > n)
        return;
    uint32_t h = hash(words, gram_of(text + at, 3));
    if (words->filter[h / 64] >> h % 64 & 1)
        verify(words, h, text, n, at, found, data);
}

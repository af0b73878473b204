/* SPDX-License-Identifier: Apache-2.0 */
/* When no rule fits: those whose examples share rare words with the decisive lines. It is a hint
 * where to look and never more; the sentence says so. */
#include "diagnose/engine.h"

#define NEAREST     3u
#define WORD_MIN    6u /* bytes; shorter words are met everywhere */
#define WORDS_MAX   64u
#define COMMON_FROM 4u  /* rules; a word that more of them have says nothing */
#define ENOUGH      12u /* twelfths: one word that a single rule has, or several that few have */

static bool is_word_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

static void add_words(struct hw_strv *words, const char *text)
{
    while (*text && words->count < WORDS_MAX) {
        size_t n = 0;
        while (is_word_byte(text[n]))
            n++;
        hw_auto_text word = hw_strndup(text, n);
        if (n >= WORD_MIN && !hw_strv_has(words, word))
            hw_strv_add(words, word);
        text += n + (text[n] && !is_word_byte(text[n]));
    }
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word)) {
        if ((at == text || !is_word_byte(at[-1])) && !is_word_byte(at[n]))
            return true;
    }
    return false;
}

static bool rule_has_word(const struct hw_rule *rule, const char *word)
{
    for (size_t i = 0; i < rule->examples.count; i++) {
        if (has_word(rule->examples.items[i], word))
            return true;
    }
    return false;
}

/* Twelfths of a word for each rule: a word of one rule is worth 12, of two 6, of three 4. */
static void weigh(const struct hw_rules *rules, const char *word, unsigned *points)
{
    size_t holders[COMMON_FROM], count = 0;
    for (size_t i = 0; i < rules->count && count < COMMON_FROM; i++) {
        if (!rules->items[i].fallback && rule_has_word(&rules->items[i], word))
            holders[count++] = i;
    }
    for (size_t i = 0; count < COMMON_FROM && i < count; i++)
        points[holders[i]] += 12 / (unsigned)count;
}

static size_t best_of(const unsigned *points, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        best = points[i] > points[best] ? i : best;
    return best;
}

void hw_nearest_write(struct hw_diagnose *d, const struct hw_slot *slot, struct hw_buf *out)
{
    static const struct hw_strv nothing;
    const struct hw_rules *rules = d->rules;
    hw_auto(hw_strv) words = {0};
    if (d->nearest_left == 0)
        return;
    d->nearest_left--;
    for (size_t i = 0; i < slot->proof_count; i++)
        add_words(&words, slot->proofs[i].text);
    unsigned *points = hw_alloc((rules->count + 1) * sizeof *points);
    for (size_t i = 0; i < words.count; i++)
        weigh(rules, words.items[i], points);
    for (size_t n = 0; n < NEAREST; n++) {
        size_t best = best_of(points, rules->count);
        if (rules->count == 0 || points[best] < ENOUGH) {
            hw_buf_text(out, n ? "." : _("None of the known failures comes near."));
            break;
        }
        hw_buf_text(out, n ? "; " : _("Known failures that come near, though none of them fits: "));
        hw_rule_fill(out, rules->items[best].title, &nothing);
        if (n + 1 == NEAREST)
            hw_buf_char(out, '.');
        points[best] = 0;
    }
    free(points);
}

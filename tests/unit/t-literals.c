/* SPDX-License-Identifier: Apache-2.0 */
/* What is found is what strncasecmp finds at each place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "logs/literals.h"

enum { WORDS = 12, TEXT = 200 };

static uint32_t chance = 11;

static uint32_t any(uint32_t below)
{
    chance = chance * 1664525u + 1013904223u;
    return (chance >> 8) % below;
}

/* Few letters, so that words are met, and met in part. */
static void make(char *text, size_t n)
{
    static const char letters[] = "abAB@`[{ \xC3\n";
    for (size_t i = 0; i < n; i++)
        text[i] = letters[any(sizeof letters - 1)];
    text[n] = '\0';
}

static void count(void *data, uint32_t id)
{
    ((unsigned *)data)[id]++;
}

static unsigned times(const char *text, size_t n, const char *word, size_t length)
{
    unsigned found = 0;
    for (size_t at = 0; at + length <= n; at++)
        found += strncasecmp(text + at, word, length) == 0;
    return found;
}

static void words_are_found_wherever_they_stand(void **state HW_UNUSED)
{
    unsigned met = 0;
    for (unsigned round = 0; round < 3000; round++) {
        char words[WORDS][16], text[TEXT + 1];
        unsigned found[WORDS] = {0};
        size_t shortest = HW_LITERAL_MIN + any(6), number = 1 + any(WORDS), n = any(TEXT);
        struct hw_literals *literals = hw_literals_new();
        for (size_t i = 0; i < number; i++) {
            make(words[i], shortest + any(4));
            assert_true(hw_literals_add(literals, words[i], strlen(words[i]), (uint32_t)i));
        }
        hw_literals_seal(literals);
        make(text, n);
        for (size_t i = 0; n > 15 && i < number; i++) {
            size_t length = strlen(words[i]);
            size_t at = i == 0 ? n - length : any((uint32_t)(n - length)); /* at the end, too */
            memcpy(text + at, words[i], length);
        }
        char *exact = hw_strndup(text, n); /* a read behind it is seen by the sanitizers */
        hw_literals_find(literals, exact, n, count, found);
        free(exact);
        for (size_t i = 0; i < number; i++) {
            assert_int_equal(found[i], times(text, n, words[i], strlen(words[i])));
            met += found[i];
        }
        hw_literals_free(literals);
    }
    assert_true(met > 3000);
}

static void a_short_word_is_not_taken(void **state HW_UNUSED)
{
    struct hw_literals *literals = hw_literals_new();
    unsigned found[1] = {0};
    assert_false(hw_literals_add(literals, "ab", 2, 0));
    hw_literals_seal(literals);
    hw_literals_find(literals, "abababab", 8, count, found);
    assert_int_equal(found[0], 0);
    hw_literals_free(literals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_wherever_they_stand),
        cmocka_unit_test(a_short_word_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

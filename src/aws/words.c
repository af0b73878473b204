/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/words.h"

#include <string.h>

#include "base/buf.h"

struct splitter {
    struct hw_strv *words;
    struct hw_buf word;
    bool begun; /* a word is being read; it may be empty: '' */
    char quote; /* the quote that is open, or 0 */
};

static void end_word(struct splitter *s)
{
    if (s->begun)
        hw_strv_add(s->words, hw_buf_cstr(&s->word));
    hw_buf_clear(&s->word);
    s->begun = false;
}

/* Takes what stands at p; returns how many characters it took, 0 when the text ends too early. */
static size_t take(struct splitter *s, const char *p)
{
    if (*p == '\\' && s->quote != '\'') {
        s->begun = true;
        if (!p[1])
            return 0;
        if (s->quote && p[1] != '"' && p[1] != '\\')
            hw_buf_char(&s->word, '\\');
        hw_buf_char(&s->word, p[1]);
        return 2;
    }
    if (s->quote ? *p == s->quote : (*p == '"' || *p == '\'')) {
        s->begun = true;
        s->quote = s->quote ? 0 : *p;
    } else if (!s->quote && strchr(" \t\r\n", *p)) {
        end_word(s);
    } else {
        s->begun = true;
        hw_buf_char(&s->word, *p);
    }
    return 1;
}

bool hw_words_split(const char *line, struct hw_strv *ret, struct hw_err *err)
{
    struct hw_strv words = {0};
    struct splitter s = {.words = &words, .word = HW_BUF(HW_MAX_LINE)};
    const char *p = line;
    size_t n = 1;
    while (*p && n) {
        n = take(&s, p);
        p += n;
    }
    bool whole = n && !s.quote;
    end_word(&s);
    hw_buf_done(&s.word);
    if (!whole) {
        hw_strv_done(&words);
        return hw_fail(err, HW_ERR_INPUT, "%s",
                       n ? _("a quote is not closed") : _("a backslash stands at its end"));
    }
    *ret = words;
    return true;
}

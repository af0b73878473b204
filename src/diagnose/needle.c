/* SPDX-License-Identifier: Apache-2.0 */
/* Which words a line must hold for an expression to match it. A small part
 * of pcre2pattern(3) is understood: literal text, groups, alternatives, quantifiers. What is not
 * understood requires nothing, and an expression that requires nothing is held against every
 * line: it is only slower. */
#include "diagnose/needle.h"

#define GROUPS_MAX   40u
#define SECOND_MIN   5u  /* bytes of a word that is a mark besides another */
#define LONG_ENOUGH  12u /* a longer word is no better a mark */
#define FEWER_BETTER 64u

struct parser {
    const char *p;
    unsigned depth;
    bool unknown; /* something that is not understood: nothing is required */
};

struct sequence {
    struct hw_needles found;
    struct hw_buf run; /* literal text under way */
};

static size_t shortest(const struct hw_strv *words)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < words->count; i++) {
        size_t n = strlen(words->items[i]);
        least = n < least ? n : least;
    }
    return least;
}

static size_t worth(const struct hw_strv *words)
{
    size_t least = words->count ? shortest(words) : 0;
    if (least < HW_LITERAL_MIN)
        return 0;
    least = least < LONG_ENOUGH ? least : LONG_ENOUGH;
    return least * FEWER_BETTER + FEWER_BETTER - (words->count < 60 ? words->count : 60);
}

static void swap(struct hw_strv *a, struct hw_strv *b)
{
    struct hw_strv old = *a;
    *a = *b;
    *b = old;
}

/* Takes the words over if they are a better mark than one of the two that are known. */
static void offer(struct sequence *s, struct hw_strv *words)
{
    for (size_t i = 0; i < HW_NEEDLE_SETS; i++) {
        if (worth(words) > worth(&s->found.sets[i]))
            swap(words, &s->found.sets[i]);
    }
    hw_strv_done(words);
}

static void end_run(struct sequence *s)
{
    struct hw_strv words = {0};
    if (s->run.len)
        hw_strv_add(&words, hw_buf_cstr(&s->run));
    hw_buf_clear(&s->run);
    offer(s, &words);
}

/* A quantifier at p: its bytes, and whether what it stands behind may be absent. */
static size_t quantifier(const char *p, bool *ret_optional, bool *ret_more)
{
    size_t n = 0;
    *ret_optional = *ret_more = false;
    if (*p == '?' || *p == '*' || *p == '+') {
        *ret_optional = *p != '+';
        *ret_more = *p != '?';
        n = 1;
    } else if (*p == '{') {
        size_t inside = strspn(p + 1, "0123456789, ");
        bool counts = inside && p[inside + 1] == '}'; /* otherwise a brace like any character */
        *ret_optional = counts && !(p[1] >= '1' && p[1] <= '9');
        *ret_more = counts;
        n = counts ? inside + 2 : 0;
    }
    if (n && (p[n] == '?' || p[n] == '+'))
        n++;
    return n;
}

/* Behind what stands for no character. */
static void no_quantifier(struct parser *r)
{
    bool optional, more;
    r->unknown = r->unknown || quantifier(r->p, &optional, &more) > 0;
}

static void literal(struct parser *r, struct sequence *s, char c)
{
    bool optional, more;
    size_t n = quantifier(r->p, &optional, &more);
    if (!optional)
        hw_buf_char(&s->run, c);
    if (n)
        end_run(s);
    r->p += n;
}

/* Something that stands for characters which are not known. */
static void gap(struct parser *r, struct sequence *s)
{
    bool optional, more;
    end_run(s);
    r->p += quantifier(r->p, &optional, &more);
}

static void skip_class(struct parser *r)
{
    const char *p = r->p;
    p += *p == '^';
    p += *p == ']';
    while (*p && *p != ']') {
        if (*p == '\\' && p[1]) {
            p += 2;
        } else if (*p == '[' && p[1] == ':') {
            const char *end = strstr(p, ":]");
            p = end ? end + 2 : p + 1;
        } else {
            p++;
        }
    }
    r->unknown = r->unknown || !*p;
    r->p = p + (*p ? 1 : 0);
}

static void escape(struct parser *r, struct sequence *s)
{
    char c = *r->p;
    if (!c) {
        r->unknown = true;
        return;
    }
    r->p++;
    if (strchr("bBAzZG", c))
        no_quantifier(r);
    else if (strchr("QEcgkopPxKNu", c))
        r->unknown = true; /* an argument follows, or literal text to \E */
    else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        gap(r, s);
    else
        literal(r, s, c);
}

enum group { GROUP_PLAIN, GROUP_LOOK, GROUP_UNKNOWN };

/* Behind "(": passes over what says which kind of group it is. */
static enum group open_group(struct parser *r)
{
    const char *p = r->p;
    if (*p == '*')
        return GROUP_UNKNOWN;
    if (*p != '?')
        return GROUP_PLAIN;
    p++;
    if (*p == '=' || *p == '!' || (*p == '<' && (p[1] == '=' || p[1] == '!'))) {
        r->p = p;
        return GROUP_LOOK;
    }
    if (*p == '|' || *p == '>') {
        r->p = p + 1;
        return GROUP_PLAIN;
    }
    p += *p == 'P';
    if (*p == '<' || *p == '\'') {
        p += strcspn(p + 1, ">'") + 2;
        r->p = p;
        return GROUP_PLAIN;
    }
    p += strspn(p, "-ims");
    if (*p != ':')
        return GROUP_UNKNOWN;
    r->p = p + 1;
    return GROUP_PLAIN;
}

static struct hw_needles alternatives(struct parser *r);

static void group(struct parser *r, struct sequence *s)
{
    bool optional, more;
    enum group kind = open_group(r);
    if (kind == GROUP_UNKNOWN || r->depth >= GROUPS_MAX) {
        r->unknown = true;
        return;
    }
    r->depth++;
    struct hw_needles inside = alternatives(r);
    r->depth--;
    bool closed = *r->p == ')';
    r->unknown = r->unknown || !closed;
    r->p += closed;
    if (kind == GROUP_LOOK) {
        no_quantifier(r);
    } else {
        end_run(s);
        r->p += quantifier(r->p, &optional, &more);
        for (size_t i = 0; !optional && i < HW_NEEDLE_SETS; i++)
            offer(s, &inside.sets[i]);
    }
    hw_needles_done(&inside);
}

/* A second mark must be a good one: each costs time wherever it stands. */
static void drop_poor(struct hw_strv *second)
{
    if (second->count && shortest(second) < SECOND_MIN)
        hw_strv_done(second);
}

static struct hw_needles sequence(struct parser *r)
{
    struct sequence s = {.run = HW_BUF(HW_NEEDLE_MAX)};
    while (*r->p && *r->p != '|' && *r->p != ')' && !r->unknown) {
        char c = *r->p++;
        if (c == '(')
            group(r, &s);
        else if (c == '\\')
            escape(r, &s);
        else if (c == '[')
            skip_class(r), gap(r, &s);
        else if (c == '.')
            gap(r, &s);
        else if (c != '^' && c != '$')
            literal(r, &s, c);
        if (s.run.full)
            end_run(&s);
    }
    end_run(&s);
    hw_buf_done(&s.run);
    return s.found;
}

/* What the only alternative requires; of several, one of the words of each, or nothing if one of
 * them requires nothing. */
static struct hw_needles alternatives(struct parser *r)
{
    struct hw_needles all = sequence(r);
    bool open = worth(&all.sets[0]) == 0;
    while (*r->p == '|' && !r->unknown) {
        r->p++;
        struct hw_needles next = sequence(r);
        open = open || worth(&next.sets[0]) == 0;
        for (size_t i = 0; i < next.sets[0].count; i++)
            hw_strv_add(&all.sets[0], next.sets[0].items[i]);
        hw_needles_done(&next);
        hw_strv_done(&all.sets[1]);
    }
    if (open || r->unknown)
        hw_needles_done(&all);
    return all;
}

struct hw_needles hw_needles(const char *expression)
{
    struct parser r = {.p = expression};
    struct hw_needles all = alternatives(&r);
    if (*r.p || r.unknown)
        hw_needles_done(&all);
    drop_poor(&all.sets[1]);
    return all;
}

void hw_needles_done(struct hw_needles *needles)
{
    for (size_t i = 0; i < HW_NEEDLE_SETS; i++)
        hw_strv_done(&needles->sets[i]);
}

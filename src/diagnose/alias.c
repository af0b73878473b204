/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/alias.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define ACCOUNT_DIGITS 12u
#define ADDRESS_MAX    15u
#define NAME_MIN       3u

struct entry {
    char *real, *word;
    size_t length; /* of what is searched for */
};

struct hw_alias {
    struct entry *entries; /* longest first, so that a name wins over its own beginning */
    size_t count, capacity;
    bool begins[256]; /* lower case: some entry begins so */
};

static unsigned char lower(char c)
{
    return (unsigned char)tolower((unsigned char)c);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

struct hw_alias *hw_alias_new(void)
{
    return HW_NEW(struct hw_alias);
}

void hw_alias_free(struct hw_alias *alias)
{
    if (!alias)
        return;
    for (size_t i = 0; i < alias->count; i++) {
        free(alias->entries[i].real);
        free(alias->entries[i].word);
    }
    free(alias->entries);
    free(alias);
}

static const struct entry *find(const struct hw_alias *alias, const char *real, size_t n)
{
    for (size_t i = 0; i < alias->count; i++) {
        if (alias->entries[i].length == n && !strncasecmp(alias->entries[i].real, real, n))
            return &alias->entries[i];
    }
    return NULL;
}

static const struct entry *insert(struct hw_alias *alias, char *real_take, char *word_take)
{
    size_t at = 0, length = strlen(real_take);
    hw_grow(&alias->entries, &alias->capacity, alias->count, sizeof *alias->entries);
    while (at < alias->count && alias->entries[at].length >= length)
        at++;
    memmove(alias->entries + at + 1, alias->entries + at,
            (alias->count - at) * sizeof *alias->entries);
    alias->entries[at] = (struct entry){real_take, word_take, length};
    alias->begins[lower(*real_take)] = true;
    alias->count++;
    return &alias->entries[at];
}

static unsigned count_kind(const struct hw_alias *alias, const char *kind)
{
    unsigned count = 0;
    size_t n = strlen(kind);
    for (size_t i = 0; i < alias->count; i++) {
        const char *word = alias->entries[i].word;
        count += !strncmp(word, kind, n) && word[n] == '-';
    }
    return count;
}

static const struct entry *learn(struct hw_alias *alias, const char *kind, const char *real,
                                 size_t n)
{
    const struct entry *known = find(alias, real, n);
    if (known || alias->count >= HW_MAX_ALIASES)
        return known;
    return insert(alias, hw_strndup(real, n),
                  hw_format("%s-%u", kind, count_kind(alias, kind) + 1));
}

void hw_alias_name(struct hw_alias *alias, const char *kind, const char *name)
{
    if (name && strlen(name) >= NAME_MIN)
        learn(alias, kind, name, strlen(name));
}

/* What stands at p, and how long it is there. */

static const struct entry *name_at(const struct hw_alias *alias, const char *p, size_t left)
{
    if (!alias->begins[lower(*p)])
        return NULL;
    for (size_t i = 0; i < alias->count; i++) {
        const struct entry *e = &alias->entries[i];
        if (e->length <= left && !strncasecmp(p, e->real, e->length) &&
            (e->length == left || !is_word(p[e->length])))
            return e;
    }
    return NULL;
}

static bool stays(uint32_t address)
{
    uint32_t first = address >> 24;
    return first == 127 || first == 0 || first == 255;
}

/* The length of an IPv4 address, or 0. A longer row of numbers is a version. */
static size_t address_length(const char *p, size_t left)
{
    char text[ADDRESS_MAX + 1] = "";
    size_t n = 0;
    uint32_t address;
    while (n < left && (isdigit((unsigned char)p[n]) || p[n] == '.'))
        n++;
    if (n && p[n - 1] == '.') /* the end of a sentence */
        n--;
    if (n > ADDRESS_MAX || (n < left && is_word(p[n])))
        return 0;
    memcpy(text, p, n);
    return hw_parse_ipv4(text, &address) && !stays(address) ? n : 0;
}

static size_t account_length(const char *p, size_t left)
{
    size_t n = 0;
    while (n < left && isdigit((unsigned char)p[n]))
        n++;
    return n == ACCOUNT_DIGITS && (n == left || !is_word(p[n])) ? n : 0;
}

static const struct entry *known_at(struct hw_alias *alias, const char *p, size_t left,
                                    size_t *ret_length)
{
    const struct entry *e = name_at(alias, p, left);
    *ret_length = e ? e->length : 0;
    return e;
}

static const struct entry *entry_at(struct hw_alias *alias, const char *p, size_t left,
                                    size_t *ret_length)
{
    const struct entry *e;
    size_t n = 0;
    if (isdigit((unsigned char)*p) && (n = address_length(p, left)))
        e = learn(alias, "address", p, n);
    else if (isdigit((unsigned char)*p) && (n = account_length(p, left)))
        e = learn(alias, "account", p, n);
    else
        return known_at(alias, p, left, ret_length);
    *ret_length = n;
    return e;
}

/* Digits behind a dot are the rest of a version. */
static bool begins_word(const char *text, size_t at)
{
    return at == 0 ||
           !(is_word(text[at - 1]) || (text[at - 1] == '.' && isdigit((unsigned char)text[at])));
}

typedef const struct entry *look_fn(struct hw_alias *alias, const char *p, size_t left,
                                    size_t *ret_length);

static bool replace(struct hw_alias *alias, look_fn *look, const char *text, size_t n,
                    struct hw_buf *out)
{
    size_t at = 0, told = 0;
    while (at < n) {
        size_t length = 0;
        const struct entry *e =
            begins_word(text, at) ? look(alias, text + at, n - at, &length) : NULL;
        if (!e) {
            at++;
            continue;
        }
        hw_buf_add(out, text + told, at - told);
        hw_buf_text(out, e->word);
        at += length;
        told = at;
    }
    hw_buf_add(out, text + told, n - told);
    return !out->full;
}

bool hw_alias_apply(struct hw_alias *alias, const char *text, size_t n, struct hw_buf *out)
{
    return replace(alias, entry_at, text, n, out);
}

bool hw_alias_map(const struct hw_alias *alias, struct hw_buf *out)
{
    json_t *map = json_object();
    for (size_t i = 0; i < alias->count; i++)
        json_object_set_new(map, alias->entries[i].word, json_string(alias->entries[i].real));
    char *text = json_dumps(map, JSON_INDENT(0) | JSON_SORT_KEYS);
    bool ok = text && hw_buf_text(out, text) && hw_buf_char(out, '\n');
    free(text);
    json_decref(map);
    return ok;
}

bool hw_alias_reveal(const char *map, size_t map_size, const char *text, size_t n,
                     struct hw_buf *out, struct hw_err *err)
{
    json_error_t where;
    json_t *root = json_loadb(map, map_size, 0, &where), *value;
    const char *word;
    if (!json_is_object(root)) {
        json_decref(root);
        return hw_fail(err, HW_ERR_INPUT, _("this is no map of a bundle"));
    }
    struct hw_alias *back = hw_alias_new();
    json_object_foreach(root, word, value)
    {
        if (json_is_string(value) && *word && back->count < HW_MAX_ALIASES)
            insert(back, hw_strdup(word), hw_strdup(json_string_value(value)));
    }
    replace(back, known_at, text, n, out);
    hw_alias_free(back);
    json_decref(root);
    return !out->full || hw_fail(err, HW_ERR_LIMIT, _("the text is too long"));
}

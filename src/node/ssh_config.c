/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_config.h"

#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "node/glob.h"

#define FILE_MAX_BYTES (1024u * 1024u)
#define LINES_MAX      20000u
#define DEPTH_MAX      16u /* of Include, as ssh itself */
#define PORT_MAX       65535

struct line {
    char *keyword; /* lower case; "host" begins a block */
    struct hw_strv words;
};

struct hw_ssh_config {
    struct line *lines;
    size_t count, capacity;
};

/* Reading. */

void hw_ssh_config_free(struct hw_ssh_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->count; i++) {
        free(config->lines[i].keyword);
        hw_strv_done(&config->lines[i].words);
    }
    free(config->lines);
    free(config);
}

static struct line *add_line(struct hw_ssh_config *config, const char *keyword)
{
    hw_grow(&config->lines, &config->capacity, config->count, sizeof *config->lines);
    struct line *line = &config->lines[config->count++];
    *line = (struct line){.keyword = hw_strdup(keyword)};
    return line;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static size_t blanks(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && is_blank(p[i]))
        i++;
    return i;
}

/* Words are separated by blanks and may stand in double quotes. False: a quote is not closed. */
static bool read_words(const char *p, size_t n, struct hw_strv *words)
{
    for (;;) {
        size_t skip = blanks(p, n), length;
        p += skip;
        n -= skip;
        if (n == 0 || *p == '#')
            return true;
        bool quoted = *p == '"';
        if (quoted) {
            const char *end = memchr(p + 1, '"', n - 1);
            if (!end)
                return false;
            length = (size_t)(end - p) - 1;
            p++;
            n--;
        } else {
            for (length = 0; length < n && !is_blank(p[length]); length++)
                ;
        }
        hw_strv_take(words, hw_strndup(p, length));
        p += length + quoted;
        n -= length + quoted;
    }
}

static bool read_file(struct hw_ssh_config *config, const char *path, unsigned depth,
                      struct hw_err *err);

/* Relative paths are below ~/.ssh. A pattern that nothing matches includes nothing. */
static bool include(struct hw_ssh_config *config, const struct hw_strv *words, unsigned depth,
                    struct hw_err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < words->count; i++) {
        const char *word = words->items[i];
        hw_auto_text below =
            *word == '/' || *word == '~' ? hw_strdup(word) : hw_format("~/.ssh/%s", word);
        hw_auto_text pattern = hw_path_expand(below);
        glob_t found = {0};
        if (glob(pattern, 0, NULL, &found) == 0) {
            for (size_t at = 0; ok && at < found.gl_pathc; at++)
                ok = read_file(config, found.gl_pathv[at], depth + 1, err);
        }
        globfree(&found);
    }
    return ok;
}

static char *lower(const char *p, size_t n)
{
    char *text = hw_strndup(p, n);
    for (char *c = text; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    return text;
}

/* An Include inside a block belongs to the block; what follows it does again. */
static bool take_include(struct hw_ssh_config *config, const struct hw_strv *words, unsigned depth,
                         struct hw_err *err)
{
    size_t block = config->count;
    while (block > 0 && strcmp(config->lines[block - 1].keyword, "host") != 0)
        block--;
    hw_auto(hw_strv) patterns = {0};
    if (block)
        hw_strv_copy(&patterns, &config->lines[block - 1].words);
    else
        hw_strv_add(&patterns, "*");
    if (!include(config, words, depth, err))
        return false;
    hw_strv_copy(&add_line(config, "host")->words, &patterns);
    return true;
}

static bool read_line(struct hw_ssh_config *config, const char *p, size_t n, unsigned depth,
                      struct hw_err *err)
{
    hw_auto(hw_strv) words = {0};
    size_t skip = blanks(p, n), length = 0;
    p += skip;
    n -= skip;
    if (n == 0 || *p == '#')
        return true;
    while (length < n && !is_blank(p[length]) && p[length] != '=')
        length++;
    hw_auto_text keyword = lower(p, length);
    p += length;
    n -= length;
    skip = blanks(p, n);
    if (skip < n && p[skip] == '=')
        skip++;
    if (!read_words(p + skip, n - skip, &words))
        return hw_fail(err, HW_ERR_INPUT, _("a quote is not closed"));
    if (words.count == 0)
        return hw_fail(err, HW_ERR_INPUT, _("'%s' has no value"), keyword);
    if (!strcmp(keyword, "include"))
        return depth == 0 || depth > DEPTH_MAX ? true : take_include(config, &words, depth, err);
    bool match_all = words.count == 1 && hw_text_equal_nocase(words.items[0], "all");
    struct line *line = add_line(config, !strcmp(keyword, "match") ? "host" : keyword);
    if (strcmp(keyword, "match") != 0)
        hw_strv_copy(&line->words, &words);
    else if (match_all)
        hw_strv_add(&line->words, "*");
    return true;
}

/* depth 0: Include is not followed. */
static bool read_text(struct hw_ssh_config *config, const char *text, size_t n, const char *path,
                      unsigned depth, struct hw_err *err)
{
    size_t number = 0;
    while (n) {
        const char *end = memchr(text, '\n', n);
        size_t length = end ? (size_t)(end - text) : n;
        number++;
        if (config->count >= LINES_MAX)
            return hw_fail(err, HW_ERR_LIMIT, _("%s has more than %u lines"), path, LINES_MAX);
        if (memchr(text, '\0', length)) {
            hw_fail(err, HW_ERR_INPUT, _("a NUL byte is no text"));
            return hw_err_at(err, path, number, 0);
        }
        if (!read_line(config, text, length, depth, err))
            return err && *err->place ? false : hw_err_at(err, path, number, 0);
        text += length + (end != NULL);
        n -= length + (end != NULL);
    }
    return true;
}

static bool read_file(struct hw_ssh_config *config, const char *path, unsigned depth,
                      struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(FILE_MAX_BYTES);
    if (!hw_path_exists(path))
        return true;
    return hw_file_read(path, &text, err) &&
           read_text(config, hw_buf_cstr(&text), text.len, path, depth, err);
}

struct hw_ssh_config *hw_ssh_config_parse(const char *text, size_t n, const char *path,
                                          struct hw_err *err)
{
    struct hw_ssh_config *config = HW_NEW(struct hw_ssh_config);
    if (read_text(config, text, n, path, 0, err))
        return config;
    hw_ssh_config_free(config);
    return NULL;
}

struct hw_ssh_config *hw_ssh_config_read(const char *const *paths, size_t count, struct hw_err *err)
{
    struct hw_ssh_config *config = HW_NEW(struct hw_ssh_config);
    for (size_t i = 0; i < count; i++) {
        if (!read_file(config, paths[i], 1, err)) {
            hw_ssh_config_free(config);
            return NULL;
        }
        hw_strv_add(&add_line(config, "host")->words, "*"); /* the next file is in no block */
    }
    return config;
}

/* Asking. */

/* As ssh_config(5), PATTERNS: one that begins with '!' takes the host out again. */
static bool host_matches(const struct hw_strv *patterns, const char *name)
{
    bool matches = false;
    for (size_t i = 0; i < patterns->count; i++) {
        const char *pattern = patterns->items[i];
        bool negated = *pattern == '!';
        if (hw_glob_name(pattern + negated, strlen(pattern + negated), name)) {
            if (negated)
                return false;
            matches = true;
        }
    }
    return matches;
}

static const char *const foreign[] = {"proxycommand", "certificatefile", "pkcs11provider",
                                      "securitykeyprovider", "knownhostscommand"};

static bool is_yes(const char *word)
{
    return hw_text_equal_nocase(word, "yes") || hw_text_equal_nocase(word, "true");
}

static bool is_none(const char *word)
{
    return hw_text_equal_nocase(word, "none");
}

static void set_first(char **slot, const char *text)
{
    if (!**slot)
        hw_replace(slot, text);
}

struct seen {
    bool identities_only, strict, known_hosts, jump;
};

static void add_paths(struct hw_strv *to, const struct hw_strv *words, const char *host,
                      const char *user)
{
    for (size_t i = 0; i < words->count && to->count < HW_MAX_LIST; i++) {
        hw_auto(hw_buf) path = HW_BUF(HW_MAX_VALUE);
        const struct passwd *me = getpwuid(getuid());
        const char *home = getenv("HOME");
        for (const char *p = words->items[i]; *p; p++) {
            if (*p != '%' || !p[1])
                hw_buf_char(&path, *p);
            else if (*++p == 'h' || *p == 'n')
                hw_buf_text(&path, host);
            else if (*p == 'd')
                hw_buf_text(&path, home ? home : "");
            else if (*p == 'r')
                hw_buf_text(&path, user);
            else if (*p == 'u')
                hw_buf_text(&path, me ? me->pw_name : "");
            else
                hw_buf_char(&path, *p);
        }
        if (!is_none(words->items[i]))
            hw_strv_take(to, hw_path_expand(hw_buf_cstr(&path)));
    }
}

static void take_line(struct hw_ssh_host *host, const struct line *line, const char *name,
                      struct seen *seen)
{
    const char *word = line->words.items[0];
    const char *key = line->keyword;
    long port;
    if (!strcmp(key, "hostname")) {
        set_first(&host->name, word);
    } else if (!strcmp(key, "user")) {
        set_first(&host->user, word);
    } else if (!strcmp(key, "port") && !host->port) {
        host->port = hw_parse_int(word, 1, PORT_MAX, &port) ? (unsigned)port : 0;
    } else if (!strcmp(key, "proxyjump") && !seen->jump) {
        seen->jump = true;
        hw_replace(&host->jump, is_none(word) ? "" : word);
    } else if (!strcmp(key, "hostkeyalias")) {
        set_first(&host->alias, word);
    } else if (!strcmp(key, "identityfile")) {
        add_paths(&host->identities, &line->words, name, host->user);
    } else if (!strcmp(key, "userknownhostsfile") && !seen->known_hosts) {
        seen->known_hosts = true;
        add_paths(&host->known_hosts, &line->words, name, host->user);
    } else if (!strcmp(key, "identitiesonly") && !seen->identities_only) {
        seen->identities_only = true;
        host->identities_only = is_yes(word);
    } else if (!strcmp(key, "stricthostkeychecking") && !seen->strict) {
        seen->strict = true;
        host->accept_new = hw_text_equal_nocase(word, "accept-new");
    }
    for (size_t i = 0; i < HW_COUNT(foreign); i++) {
        /* The first of ProxyJump and ProxyCommand wins. */
        bool beaten = seen->jump && !strcmp(foreign[i], "proxycommand");
        if (!strcmp(key, foreign[i]) && !is_none(word) && !beaten)
            set_first(&host->foreign, key);
    }
}

/* %h in HostName is what was asked for. */
static void expand_name(char **slot, const char *name)
{
    hw_auto(hw_buf) full = HW_BUF(HW_MAX_VALUE);
    for (const char *p = *slot; *p; p++) {
        if (p[0] == '%' && p[1] == 'h') {
            hw_buf_text(&full, name);
            p++;
        } else {
            hw_buf_char(&full, *p);
        }
    }
    hw_replace(slot, full.len ? hw_buf_cstr(&full) : name);
}

void hw_ssh_config_host(const struct hw_ssh_config *config, const char *name,
                        struct hw_ssh_host *ret)
{
    struct seen seen = {0};
    bool active = true;
    *ret = (struct hw_ssh_host){.name = hw_strdup(""),
                                .user = hw_strdup(""),
                                .jump = hw_strdup(""),
                                .alias = hw_strdup(""),
                                .foreign = hw_strdup("")};
    for (size_t i = 0; i < config->count; i++) {
        const struct line *line = &config->lines[i];
        if (!strcmp(line->keyword, "host"))
            active = host_matches(&line->words, name);
        else if (active)
            take_line(ret, line, name, &seen);
    }
    expand_name(&ret->name, name);
}

void hw_ssh_host_done(struct hw_ssh_host *host)
{
    free(host->name);
    free(host->user);
    free(host->jump);
    free(host->alias);
    free(host->foreign);
    hw_strv_done(&host->identities);
    hw_strv_done(&host->known_hosts);
}

bool hw_ssh_jump_parse(const char *text, size_t n, char **ret_user, char **ret_host,
                       unsigned *ret_port)
{
    static const char scheme[] = "ssh://";
    struct hw_span rest = hw_text_trim(text, n);
    long port = 0;
    if (rest.n > strlen(scheme) && !strncmp(rest.p, scheme, strlen(scheme))) {
        rest.p += strlen(scheme);
        rest.n -= strlen(scheme);
    }
    hw_auto_text whole = hw_strndup(rest.p, rest.n);
    char *at = strrchr(whole, '@');
    char *host = at ? at + 1 : whole;
    char *colon = strrchr(host, ':');
    if (colon) {
        if (!hw_parse_int(colon + 1, 1, PORT_MAX, &port))
            return false;
        *colon = '\0';
    }
    if (at)
        *at = '\0';
    if (!*host || *host == '-' || (at && !*whole))
        return false;
    *ret_user = at ? hw_strdup(whole) : NULL;
    *ret_host = hw_strdup(host);
    *ret_port = (unsigned)port;
    return true;
}

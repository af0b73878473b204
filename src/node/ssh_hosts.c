/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_hosts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "node/glob.h"
#include "node/ssh_wire.h"

#define FILE_MAX_BYTES (4u * 1024u * 1024u)
#define KEY_MAX_BYTES  16384u
#define SHA1_BYTES     20u
#define SHA256_BYTES   32u
#define SSH_PORT       22u
#define SAVE_MS        500
#define OWN_FILE       "known_hosts"

struct file {
    char *path;
    struct hw_buf text;
    struct timespec changed;
};

struct hw_ssh_hosts {
    struct hw_loop *loop;
    struct hw_work *work;
    struct hw_buf own; /* text of our file */
    char *own_path;
    struct timespec own_changed; /* 0: it is not there */
    struct hw_timer *save_timer;
    struct save *saving; /* under way; NULL: none */
    struct file *files;
    size_t count, capacity;
};

static const char *const usual_files[] = {"~/.ssh/known_hosts", "~/.ssh/known_hosts2",
                                          "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};

/* Fingerprints. */

static void digest(struct hw_span blob, unsigned char out[EVP_MAX_MD_SIZE])
{
    EVP_Digest(blob.p, blob.n, out, NULL, EVP_sha256(), NULL);
}

static void show(const unsigned char *sha256, struct hw_buf *out)
{
    hw_auto(hw_buf) text = HW_BUF(2 * EVP_MAX_MD_SIZE);
    hw_buf_base64(&text, sha256, SHA256_BYTES);
    hw_buf_text(out, "SHA256:");
    hw_buf_add(out, hw_buf_cstr(&text), strcspn(hw_buf_cstr(&text), "="));
}

void hw_ssh_fingerprint(struct hw_span blob, struct hw_buf *out)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    digest(blob, sha256);
    show(sha256, out);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void hw_ssh_fingerprint_of_pin(const char *hex, size_t n, struct hw_buf *out)
{
    unsigned char sha256[SHA256_BYTES] = {0};
    for (size_t i = 0; i < SHA256_BYTES && 2 * i + 1 < n; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return;
        sha256[i] = (unsigned char)(high << 4 | low);
    }
    show(sha256, out);
}

static bool pin_fits(const char *pins, struct hw_span blob)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    hw_auto(hw_buf) hex = HW_BUF(2 * EVP_MAX_MD_SIZE);
    digest(blob, sha256);
    hw_buf_hex(&hex, sha256, SHA256_BYTES);
    for (const char *p = pins; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (n == hex.len && !strncmp(p, hw_buf_cstr(&hex), n))
            return true;
        p += n;
    }
    return false;
}

static void show_pins(const char *pins, struct hw_buf *out)
{
    for (const char *p = pins; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        hw_buf_text(out, out->len ? ", " : "");
        hw_ssh_fingerprint_of_pin(p, n, out);
        p += n;
    }
}

/* Lines of known_hosts. */

struct entry {
    bool revoked;
    struct hw_span hosts, type, key64;
};

static struct hw_span next_word(struct hw_span *rest)
{
    while (rest->n && (*rest->p == ' ' || *rest->p == '\t')) {
        rest->p++;
        rest->n--;
    }
    struct hw_span word = {rest->p, 0};
    while (word.n < rest->n && rest->p[word.n] != ' ' && rest->p[word.n] != '\t')
        word.n++;
    rest->p += word.n;
    rest->n -= word.n;
    return word;
}

/* False: no key of a host stands there. Keys of authorities need certificates, which only the ssh
 * program can check. */
static bool read_entry(struct hw_span line, struct entry *ret)
{
    struct hw_span rest = hw_text_trim(line.p, line.n);
    struct hw_span word = next_word(&rest);
    *ret = (struct entry){.revoked = hw_span_equal(word, "@revoked")};
    if (word.n == 0 || *word.p == '#' || (*word.p == '@' && !ret->revoked))
        return false;
    ret->hosts = ret->revoked ? next_word(&rest) : word;
    ret->type = next_word(&rest);
    ret->key64 = next_word(&rest);
    return ret->key64.n > 0;
}

/* "|1|salt|HMAC-SHA1 of the name", both in base64 (sshd(8)). */
static bool hashed_matches(struct hw_span host, const char *name)
{
    hw_auto(hw_buf) salt = HW_BUF(64), wanted = HW_BUF(64);
    unsigned char got[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const char *begin = host.p + strlen("|1|");
    const char *bar = memchr(begin, '|', host.n - strlen("|1|"));
    if (!bar || !hw_buf_unbase64(&salt, begin, (size_t)(bar - begin)) ||
        !hw_buf_unbase64(&wanted, bar + 1, (size_t)(host.p + host.n - bar) - 1) ||
        wanted.len != SHA1_BYTES)
        return false;
    HMAC(EVP_sha1(), hw_buf_cstr(&salt), (int)salt.len, (const unsigned char *)name, strlen(name),
         got, &size);
    return size == SHA1_BYTES && !memcmp(got, wanted.data, SHA1_BYTES);
}

static bool host_matches(struct hw_span hosts, const char *name)
{
    bool matches = false;
    if (hosts.n > strlen("|1|") && !strncmp(hosts.p, "|1|", strlen("|1|")))
        return hashed_matches(hosts, name);
    for (size_t at = 0; at < hosts.n;) {
        const char *p = hosts.p + at;
        const char *comma = memchr(p, ',', hosts.n - at);
        size_t n = comma ? (size_t)(comma - p) : hosts.n - at;
        bool negated = n && *p == '!';
        at += n + 1;
        if (!hw_glob_name(p + negated, n - negated, name))
            continue;
        if (negated)
            return false;
        matches = true;
    }
    return matches;
}

/* One pass over a text: fn for each entry of the name, until it returns false. */
typedef bool entry_fn(void *data, const struct entry *entry);

static bool each_entry(const struct hw_buf *text, const char *name, entry_fn *fn, void *data)
{
    const char *p = hw_buf_cstr(text);
    const char *end = p + text->len;
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        struct hw_span line = {p, (size_t)((lf ? lf : end) - p)};
        struct entry entry;
        p = lf ? lf + 1 : end;
        if (read_entry(line, &entry) && host_matches(entry.hosts, name) && !fn(data, &entry))
            return false;
    }
    return true;
}

/* Files. */

static bool load(struct file *file)
{
    struct stat info;
    if (stat(file->path, &info) < 0) {
        hw_buf_clear(&file->text);
        file->changed = (struct timespec){0};
        return false;
    }
    if (info.st_mtim.tv_sec == file->changed.tv_sec &&
        info.st_mtim.tv_nsec == file->changed.tv_nsec)
        return true;
    file->changed = info.st_mtim;
    hw_buf_clear(&file->text);
    return hw_file_read(file->path, &file->text, NULL);
}

/* A person may add a key while we run, so each is looked at again when it has changed. */
static const struct hw_buf *text_of(struct hw_ssh_hosts *hosts, const char *path)
{
    hw_auto_text full = hw_path_expand(path);
    struct file *file = NULL;
    for (size_t i = 0; i < hosts->count; i++) {
        if (!strcmp(hosts->files[i].path, full))
            file = &hosts->files[i];
    }
    if (!file) {
        hw_grow(&hosts->files, &hosts->capacity, hosts->count, sizeof *hosts->files);
        file = &hosts->files[hosts->count++];
        *file = (struct file){.path = hw_strdup(full), .text = HW_BUF(FILE_MAX_BYTES)};
    }
    load(file);
    return &file->text;
}

/* A person, or another hpcwiz, may change our file, too. What waits to be written goes before. */
static void refresh_own(struct hw_ssh_hosts *hosts)
{
    struct stat info = {0};
    if (hosts->save_timer || hosts->saving)
        return;
    bool is_there = stat(hosts->own_path, &info) == 0;
    if (info.st_mtim.tv_sec == hosts->own_changed.tv_sec &&
        info.st_mtim.tv_nsec == hosts->own_changed.tv_nsec)
        return;
    hw_auto(hw_buf) text = HW_BUF(FILE_MAX_BYTES);
    if (is_there && !hw_file_read(hosts->own_path, &text, NULL))
        return; /* what is known stays known */
    hosts->own_changed = info.st_mtim;
    hw_buf_clear(&hosts->own);
    hw_buf_add(&hosts->own, hw_buf_cstr(&text), text.len);
}

/* As known_hosts has it. */
static char *bracketed_name(const struct hw_ssh_who *who)
{
    return who->port && who->port != SSH_PORT ? hw_format("[%s]:%u", who->name, who->port)
                                              : hw_strdup(who->name);
}

char *hw_ssh_hosts_own_name(const struct hw_ssh_who *who)
{
    return *who->instance ? hw_strdup(who->instance) : bracketed_name(who);
}

static bool found_one(void *data, const struct entry *entry HW_UNUSED)
{
    bool *found = data;
    *found = true;
    return false;
}

bool hw_ssh_hosts_has_own(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who)
{
    hw_auto_text name = hw_ssh_hosts_own_name(who);
    bool found = false;
    refresh_own(hosts);
    each_entry(&hosts->own, name, found_one, &found);
    return found;
}

/* All entries for who: our own first; others only where ours has none. */
static void each_of(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who, entry_fn *fn,
                    void *data, const bool *found)
{
    hw_auto_text bracketed = bracketed_name(who);
    hw_auto_text own_name = hw_ssh_hosts_own_name(who);
    size_t usual = who->files && who->files->count ? 0 : HW_COUNT(usual_files);
    refresh_own(hosts);
    if (!each_entry(&hosts->own, own_name, fn, data) || *found)
        return;
    for (size_t i = 0; i < usual; i++) {
        if (!each_entry(text_of(hosts, usual_files[i]), bracketed, fn, data))
            return;
    }
    for (size_t i = 0; !usual && i < who->files->count; i++) {
        if (!each_entry(text_of(hosts, who->files->items[i]), bracketed, fn, data))
            return;
    }
}

/* Judging. */

struct judgement {
    struct hw_span blob;
    bool found, fits, revoked;
    struct hw_buf *expected;
};

static bool judge_entry(void *data, const struct entry *entry)
{
    struct judgement *judgement = data;
    hw_auto(hw_buf) key = HW_BUF(KEY_MAX_BYTES);
    if (!hw_buf_unbase64(&key, entry->key64.p, entry->key64.n))
        return true;
    struct hw_span blob = judgement->blob;
    bool same = key.len == blob.n && !memcmp(hw_buf_cstr(&key), blob.p, blob.n);
    if (entry->revoked) {
        judgement->revoked = judgement->revoked || same;
        return !judgement->revoked;
    }
    judgement->found = true;
    judgement->fits = judgement->fits || same;
    if (judgement->expected && judgement->expected->len < HW_MAX_VALUE / 2) {
        hw_buf_text(judgement->expected, judgement->expected->len ? ", " : "");
        hw_ssh_fingerprint((struct hw_span){hw_buf_cstr(&key), key.len}, judgement->expected);
    }
    return true;
}

enum hw_ssh_verdict hw_ssh_hosts_check(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who,
                                       struct hw_span blob, struct hw_buf *expected)
{
    struct judgement judgement = {.blob = blob, .expected = expected};
    if (*who->pins) {
        if (pin_fits(who->pins, blob))
            return HW_SSH_KNOWN;
        if (expected)
            show_pins(who->pins, expected);
        return HW_SSH_CHANGED;
    }
    each_of(hosts, who, judge_entry, &judgement, &judgement.found);
    if (judgement.revoked)
        return HW_SSH_REVOKED;
    if (!judgement.found)
        return HW_SSH_UNKNOWN;
    return judgement.fits ? HW_SSH_KNOWN : HW_SSH_CHANGED;
}

struct types {
    bool found;
    struct hw_buf *out;
};

static bool add_type(void *data, const struct entry *entry)
{
    struct types *types = data;
    hw_auto_text type = hw_strndup(entry->type.p, entry->type.n);
    types->found = true;
    if (entry->revoked || strstr(hw_buf_cstr(types->out), type))
        return true;
    hw_buf_print(types->out, "%s%s", types->out->len ? "," : "", type);
    return true;
}

void hw_ssh_hosts_types(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who,
                        struct hw_buf *out)
{
    struct types types = {.out = out};
    if (!*who->pins)
        each_of(hosts, who, add_type, &types, &types.found);
}

/* Remembering. */

struct save {
    struct hw_ssh_hosts *hosts; /* NULL: they are gone */
    char *path;
    struct hw_buf text;
};

static void run_save(void *data)
{
    struct save *save = data;
    struct hw_err err = {0};
    if (!hw_file_write(save->path, hw_buf_cstr(&save->text), save->text.len, 0600, &err))
        hw_trace("ssh", "%s", err.what);
}

static void free_save(void *data)
{
    struct save *save = data;
    if (save->hosts)
        save->hosts->saving = NULL;
    free(save->path);
    hw_buf_done(&save->text);
    free(save);
}

static void save_own(void *data);

static void save_soon(struct hw_ssh_hosts *hosts)
{
    if (!hosts->save_timer)
        hosts->save_timer = hw_loop_timer(hosts->loop, SAVE_MS, save_own, hosts);
}

/* One after the other: an older text must not come behind a newer one. */
static void save_own(void *data)
{
    struct hw_ssh_hosts *hosts = data;
    hosts->save_timer = NULL;
    if (hosts->saving) {
        save_soon(hosts);
        return;
    }
    struct save *save = hosts->saving = HW_NEW(struct save);
    save->hosts = hosts;
    save->path = hw_strdup(hosts->own_path);
    save->text.max = FILE_MAX_BYTES;
    hw_buf_add(&save->text, hw_buf_cstr(&hosts->own), hosts->own.len);
    hw_work_add(hosts->work, run_save, free_save, free_save, save);
}

void hw_ssh_hosts_add(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who, struct hw_span blob)
{
    struct judgement judgement = {.blob = blob};
    struct hw_wire wire = {blob.p, blob.n, false};
    struct hw_span type = hw_wire_string(&wire);
    hw_auto_text name = hw_ssh_hosts_own_name(who);
    refresh_own(hosts);
    each_entry(&hosts->own, name, judge_entry, &judgement);
    if (judgement.fits || wire.bad || hosts->own.len + 2 * KEY_MAX_BYTES > FILE_MAX_BYTES)
        return;
    hw_buf_print(&hosts->own, "%s %.*s ", name, (int)type.n, type.p);
    hw_buf_base64(&hosts->own, blob.p, blob.n);
    hw_buf_char(&hosts->own, '\n');
    save_soon(hosts);
}

static void write_own(const struct hw_ssh_hosts *hosts)
{
    struct hw_err err = {0};
    if (!hw_file_write(hosts->own_path, hw_buf_cstr(&hosts->own), hosts->own.len, 0600, &err))
        hw_trace("ssh", "%s", err.what);
}

void hw_ssh_hosts_flush(struct hw_ssh_hosts *hosts)
{
    if (!hosts->save_timer && !hosts->saving)
        return;
    hw_timer_cancel(hosts->save_timer);
    hosts->save_timer = NULL;
    write_own(hosts);
    if (hosts->saving) /* which may come behind this */
        save_soon(hosts);
}

struct hw_ssh_hosts *hw_ssh_hosts_new(struct hw_loop *loop, struct hw_work *work, const char *own,
                                      struct hw_err *err)
{
    char *folder = NULL;
    if (!own && !hw_dir_state(&folder, err))
        return NULL;
    struct hw_ssh_hosts *hosts = HW_NEW(struct hw_ssh_hosts);
    hosts->loop = loop;
    hosts->work = work;
    hosts->own.max = FILE_MAX_BYTES;
    hosts->own_path = own ? hw_strdup(own) : hw_path_join(folder, OWN_FILE);
    free(folder);
    if (hw_path_exists(hosts->own_path) && !hw_file_read(hosts->own_path, &hosts->own, err)) {
        hw_ssh_hosts_free(hosts);
        return NULL;
    }
    return hosts;
}

const char *hw_ssh_hosts_own_file(const struct hw_ssh_hosts *hosts)
{
    return hosts->own_path;
}

void hw_ssh_hosts_free(struct hw_ssh_hosts *hosts)
{
    if (!hosts)
        return;
    if (hosts->save_timer)
        write_own(hosts);
    hw_timer_cancel(hosts->save_timer);
    if (hosts->saving)
        hosts->saving->hosts = NULL;
    for (size_t i = 0; i < hosts->count; i++) {
        free(hosts->files[i].path);
        hw_buf_done(&hosts->files[i].text);
    }
    free(hosts->files);
    hw_buf_done(&hosts->own);
    free(hosts->own_path);
    free(hosts);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "template/fileset.h"

#include <jansson.h>
#include <openssl/evp.h>

void hw_fileset_done(struct hw_fileset *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].path);
        free(set->items[i].bytes);
    }
    free(set->items);
    *set = (struct hw_fileset){0};
}

const struct hw_file *hw_fileset_find(const struct hw_fileset *set, const char *path)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].path, path) == 0)
            return &set->items[i];
    }
    return NULL;
}

void hw_fileset_take(struct hw_fileset *set, const struct hw_file *file)
{
    hw_grow(&set->items, &set->capacity, set->count, sizeof *set->items);
    struct hw_file *fresh = &set->items[set->count++];
    *fresh = *file;
    if (!fresh->mode)
        fresh->mode = 0644;
}

static int compare(const void *a, const void *b)
{
    const struct hw_file *x = a, *y = b;
    return strcmp(x->path, y->path);
}

void hw_fileset_sort(struct hw_fileset *set)
{
    if (set->count)
        qsort(set->items, set->count, sizeof *set->items, compare);
}

void hw_sha256_hex(const void *bytes, size_t count, char out[HW_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_Digest(bytes, count, hash, &n, EVP_sha256(), NULL);
    for (unsigned i = 0; i < n; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * n] = '\0';
}

bool hw_fileset_manifest(struct hw_fileset *set, const char *cluster, struct hw_span source,
                         struct hw_err *err)
{
    char hash[HW_SHA256_HEX];
    hw_fileset_sort(set);
    json_t *files = json_array();
    for (size_t i = 0; i < set->count; i++) {
        const struct hw_file *file = &set->items[i];
        hw_sha256_hex(file->bytes, file->size, hash);
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "path", file->path, "size",
                                               (json_int_t)file->size, "sha256", hash));
    }
    hw_sha256_hex(source.p, source.n, hash);
    json_t *root = json_pack("{s:s, s:s, s:s, s:o}", "hpcwiz", PACKAGE_VERSION, "cluster", cluster,
                             "source_sha256", hash, "files", files);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return hw_fail(err, HW_ERR_INPUT, _("cannot write MANIFEST.json: a name is not UTF-8"));
    char *bytes = hw_format("%s\n", text);
    free(text);
    struct hw_file manifest = {
        .path = hw_strdup("MANIFEST.json"), .bytes = bytes, .size = strlen(bytes)};
    hw_fileset_take(set, &manifest);
    hw_fileset_sort(set);
    return true;
}

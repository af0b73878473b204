/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of its corpus and over each of their beginnings. */
#include <dirent.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

static void run_file(const char *path)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    struct hw_err err = {0};
    if (!hw_file_read(path, &text, &err)) {
        fprintf(stderr, "%s\n", err.what);
        exit(1);
    }
    for (size_t n = 0; n <= text.len; n++) {
        /* A copy of the exact size: reading past the end is seen by the sanitizers. */
        uint8_t *bytes = hw_realloc(NULL, n, 1);
        memcpy(bytes, hw_buf_cstr(&text), n);
        LLVMFuzzerTestOneInput(bytes, n);
        free(bytes);
    }
}

int main(int argc, char **argv)
{
    const char *source = getenv("HPCWIZ_SOURCE");
    const char *name = hw_path_base(argv[0]);
    if (hw_text_starts(name, "corpus-"))
        name += strlen("corpus-");
    hw_auto_text below = hw_format("%s/tests/fuzz/corpus/%s", source ? source : ".", name);
    const char *folder = argc > 1 ? argv[1] : below;
    DIR *dir = opendir(folder);
    size_t count = 0;
    if (!dir) {
        fprintf(stderr, "no corpus in %s\n", folder);
        return 1;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        hw_auto_text path = hw_path_join(folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        run_file(path);
        count++;
    }
    closedir(dir);
    printf("%zu files of %s\n", count, name);
    return count ? 0 : 1;
}

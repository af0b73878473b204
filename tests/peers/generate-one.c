/* SPDX-License-Identifier: Apache-2.0 */
/* generate-one CLUSTER.yaml DIR [TIMES]: what the peers of generation look at. With TIMES, says how
 * long one generation took on average. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "model/cluster_yaml.h"
#include "template/generate.h"
#include "template/lint.h"

static void print_finding(void *data HW_UNUSED, const char *id, enum hw_severity severity,
                          const char *file, const char *message)
{
    printf("%s: %s: %s: %s\n", hw_severity_word(severity), id, file, message);
}

static bool run(const char *path, const char *dir, long times, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_CLUSTER_FILE);
    hw_auto(hw_fileset) files = {0};
    struct hw_cluster *cluster = NULL;
    if (!hw_file_read(path, &text, err) ||
        !hw_cluster_parse(path, hw_buf_cstr(&text), text.len, false, &cluster, err))
        return false;
    struct hw_span source = {hw_buf_cstr(&text), text.len};
    int64_t start = hw_clock_monotonic_ms();
    bool ok = true;
    for (long i = 0; ok && i < times; i++) {
        hw_fileset_done(&files);
        ok = hw_generate_from(cluster, source, &files, err);
    }
    if (ok && times > 1)
        printf("generate: %.1f ms\n", (double)(hw_clock_monotonic_ms() - start) / (double)times);
    hw_cluster_free(cluster);
    if (ok && hw_lint_fileset(&files, print_finding, NULL) > 0)
        return hw_fail(err, HW_ERR_CHECK, "the templates have errors");
    return ok && hw_generate_write(&files, dir, err);
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    char text[1024];
    long times = 1;
    if (argc < 3 || (argc > 3 && !hw_parse_int(argv[3], 1, 10000, &times)))
        return 2;
    if (run(argv[1], argv[2], times, &err))
        return 0;
    fprintf(stderr, "%s\n", hw_err_text(&err, text, sizeof text));
    return 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* log-lines FILE WORD: takes a log into the store as a node's lines, shows it and searches it, and
 * prints milliseconds and bytes as JSON, for the table of `make bench`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "logs/store.h"

#define SLICE      5000u
#define SCREEN     60u
#define SCROLLS    200u
#define BLOCK_SIZE (256u * 1024u)

static long resident_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    }
    if (file)
        fclose(file);
    return kib;
}

/* Of this process alone: the machine may have other work. */
static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void draw(struct hw_log_view *view, size_t top)
{
    struct hw_log_line line;
    for (size_t row = top; row < top + SCREEN; row++)
        hw_log_view_get(view, row, &line);
}

static void add(struct hw_logs *logs, const char *text, size_t number)
{
    hw_logs_add(logs, &(struct hw_ev_log){.time_ms = 1 + (int64_t)number,
                                          .node = "head",
                                          .source = "install.log",
                                          .text = text});
}

/* The reading counts as little as it can. */
static void take(FILE *file, struct hw_logs *logs, size_t *bytes, size_t *lines)
{
    static char block[BLOCK_SIZE];
    size_t held = 0, n;
    while ((n = fread(block + held, 1, sizeof block - held, file)) > 0) {
        char *line = block, *lf;
        held += n;
        while ((lf = memchr(line, '\n', held - (size_t)(line - block)))) {
            *lf = '\0';
            add(logs, line, (*lines)++);
            line = lf + 1;
        }
        *bytes += (size_t)(line - block);
        held -= (size_t)(line - block);
        memmove(block, line, held);
    }
}

int main(int argc, char **argv)
{
    FILE *file = argc == 3 ? fopen(argv[1], "re") : NULL;
    if (!file)
        return 2;
    struct hw_logs *logs = hw_logs_new(100000000, 0);
    struct hw_log_view *view = hw_log_view_new(logs);
    size_t bytes = 0, lines = 0;
    long before = resident_kib();
    double start = now_ms(), longest = 0;
    take(file, logs, &bytes, &lines);
    double added = now_ms();
    for (bool done = false; !done;) {
        double slice = now_ms();
        done = hw_log_view_update(view, SLICE);
        longest = now_ms() - slice > longest ? now_ms() - slice : longest;
    }
    double shown = now_ms();
    double first = 0;
    hw_log_view_search(view, argv[2], NULL);
    while (!hw_log_view_update(view, SLICE)) {
        if (first == 0 && hw_log_view_matches(view, NULL, 0))
            first = now_ms() - shown;
    }
    double searched = now_ms();
    for (unsigned i = 0; i < SCROLLS; i++)
        draw(view, (size_t)i * 7919u * SCREEN % (lines > SCREEN ? lines - SCREEN : 1));
    double scrolled = now_ms();
    printf("{\"bytes\":%zu,\"lines\":%zu,\"add_ms\":%.1f,\"view_ms\":%.1f,\"slice_ms\":%.2f,"
           "\"search_ms\":%.1f,\"first_ms\":%.1f,\"screen_ms\":%.3f,\"matches\":%zu,\"kib\":%ld}\n",
           bytes, lines, added - start, shown - added, longest, searched - shown, first,
           (scrolled - searched) / SCROLLS, hw_log_view_matches(view, NULL, 0),
           resident_kib() - before);
    hw_log_view_free(view);
    hw_logs_free(logs);
    fclose(file);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What hpcwiz itself saved of a run: the log page of the wizard (s), `hpcwiz logs`, and --json of
 * any command. Such a file holds the lines of several nodes, each with its node and its file. */
#ifndef HW_DIAGNOSE_SAVED_H
#define HW_DIAGNOSE_SAVED_H

#include "base/event.h"

enum hw_saved_form {
    HW_SAVED_RAW,   /* a log as it was on the node */
    HW_SAVED_LINES, /* "TIME NODE FILE TEXT" */
    HW_SAVED_JSON   /* one event a line */
};

/* Judged by the beginning of the file, decoded. */
enum hw_saved_form hw_saved_form(const char *text, size_t n);

struct hw_saved_line {
    char node[64], source[64];
    const char *text; /* within the line */
};

bool hw_saved_line(const char *line, struct hw_saved_line *ret);

/* Calls tell with the event of one line of --json; false: it is none that a diagnosis can use. */
bool hw_saved_event(const char *line, size_t n, const struct hw_sink *sink);

#endif

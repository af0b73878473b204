/* SPDX-License-Identifier: Apache-2.0 */
/* The stage lines that the generated scripts write into install.log, one a line:
 *   2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=done code=3010 msg="restart needed" */
#ifndef HW_LOGS_STAGE_H
#define HW_LOGS_STAGE_H

#include "base/event.h"

#define HW_STAGE_NAME_SIZE 33

struct hw_stage_line {
    int64_t time_ms;
    char stage[HW_STAGE_NAME_SIZE]; /* lower-case letters, digits, hyphens */
    enum hw_stage_status status;
    int code;
    struct hw_span message; /* of the line that was parsed */
};

/* Anything that is not exactly of this form is no stage line. */
bool hw_stage_parse(const char *text, size_t n, struct hw_stage_line *ret);
/* The same behind whatever a saved log puts before its lines (a time, the node, the file). */
bool hw_stage_find(const char *text, struct hw_stage_line *ret);

/* When the certificate ends that the message of a stage speaks of ("valid until" and a time, as the
 * generated scripts write it). False: it speaks of none. */
bool hw_stage_valid_until(const char *message, int64_t *ret_ms);

/* The line says that the node is about to restart: `setup` done with 3010 or 1641 (Windows
 * Installer's ERROR_SUCCESS_REBOOT_REQUIRED and _INITIATED), or `reboot` started. */
bool hw_stage_reboots(const struct hw_stage_line *line);

#endif

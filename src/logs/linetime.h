/* SPDX-License-Identifier: Apache-2.0 */
/* The time of a log line, read from its beginning. Windows on EC2 runs on UTC with the formats of
 * en-US unless its owner changed that, so a time without an offset is taken as UTC, and
 * "11/12/2026" as November. */
#ifndef HW_LOGS_LINETIME_H
#define HW_LOGS_LINETIME_H

#include "base/defs.h"

/* Reads, also in brackets: "2026-11-22T20:15:00.123Z" (RFC 3339), "2026-11-22 20:15:00 Info: ..."
 * (EC2Launch), "2026-11-22 20:15:00.12 spid5s" (SQL Server's ERRORLOG), "2026-11-22 20:15:00,123
 * [INFO]" (cfn-init), "11/22/2026 8:15:00 PM" and "11/22/2026 20:15:00:123" (HPC Pack's setup,
 * NetSetup.LOG). false: the line begins with none. */
bool hw_linetime_read(const char *text, size_t n, int64_t *ret_wall_ms);

#endif

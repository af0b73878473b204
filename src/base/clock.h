/* SPDX-License-Identifier: Apache-2.0 */
/* Time. Wall times are milliseconds since 1970 UTC; monotonic times milliseconds since boot. */
#ifndef HW_BASE_CLOCK_H
#define HW_BASE_CLOCK_H

#include "base/err.h"

int64_t hw_clock_wall_ms(void);
int64_t hw_clock_monotonic_ms(void);

/* How long to wait between two looks at the same thing, in milliseconds: $HPCWIZ_POLL_MS, if it is
 * set to 1 to 60,000, else `usual`. */
unsigned hw_poll_ms(unsigned usual);
/* The same of another variable. */
unsigned hw_ms_from(const char *variable, unsigned usual);

/* "2026-11-22T20:15:00.000Z" (RFC 3339, UTC). */
#define HW_TIME_SIZE 32
void hw_time_rfc3339(int64_t wall_ms, char out[HW_TIME_SIZE]);
/* The wall time of a moment in UTC; month and day count from 1. False: there is no such moment. */
bool hw_time_of(int year, int month, int day, int hour, int minute, int second, int64_t *ret_ms);
/* Reads RFC 3339 and ISO 8601 with Z or an offset, fraction optional. Of n bytes. */
bool hw_time_parse(const char *s, size_t n, int64_t *ret_wall_ms);
/* "20221122T201500Z", as SigV4 wants it. */
void hw_time_compact(int64_t wall_ms, char out[HW_TIME_SIZE]);
/* "2026-11-22 20:15 UTC", for a sentence; the text itself where it is no such time. */
void hw_time_in_words(const char *rfc3339, char out[HW_TIME_SIZE]);
/* "0:07", "18:42", "1:02:03". */
void hw_time_elapsed(int64_t ms, char out[HW_TIME_SIZE]);
/* Local time of day "20:15:00" for the screen. */
void hw_time_of_day(int64_t wall_ms, char out[HW_TIME_SIZE]);

#endif

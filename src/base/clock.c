/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/text.h"

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t hw_clock_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t hw_clock_monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t floor_seconds(int64_t ms)
{
    return ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
}

unsigned hw_ms_from(const char *variable, unsigned usual)
{
    const char *text = getenv(variable);
    long ms;
    return text && hw_parse_int(text, 1, 60000, &ms) ? (unsigned)ms : usual;
}

unsigned hw_poll_ms(unsigned usual)
{
    return hw_ms_from("HPCWIZ_POLL_MS", usual);
}

void hw_time_rfc3339(int64_t wall_ms, char out[HW_TIME_SIZE])
{
    time_t seconds = (time_t)floor_seconds(wall_ms);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, HW_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, HW_TIME_SIZE - n, ".%03dZ", (int)(wall_ms - (int64_t)seconds * 1000));
}

void hw_time_compact(int64_t wall_ms, char out[HW_TIME_SIZE])
{
    time_t seconds = (time_t)floor_seconds(wall_ms);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(out, HW_TIME_SIZE, "%Y%m%dT%H%M%SZ", &tm);
}

void hw_time_in_words(const char *rfc3339, char out[HW_TIME_SIZE])
{
    int64_t wall_ms;
    struct tm tm;
    if (!hw_time_parse(rfc3339, strlen(rfc3339), &wall_ms)) {
        snprintf(out, HW_TIME_SIZE, "%.*s", (int)hw_text_cut(rfc3339, HW_TIME_SIZE - 1), rfc3339);
        return;
    }
    time_t seconds = (time_t)floor_seconds(wall_ms);
    gmtime_r(&seconds, &tm);
    strftime(out, HW_TIME_SIZE, "%Y-%m-%d %H:%M UTC", &tm);
}

void hw_time_elapsed(int64_t ms, char out[HW_TIME_SIZE])
{
    long s = ms > 0 ? (long)(ms / 1000) : 0;
    if (s < 3600)
        snprintf(out, HW_TIME_SIZE, "%ld:%02ld", s / 60, s % 60);
    else
        snprintf(out, HW_TIME_SIZE, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

void hw_time_of_day(int64_t wall_ms, char out[HW_TIME_SIZE])
{
    time_t seconds = (time_t)floor_seconds(wall_ms);
    struct tm tm;
    localtime_r(&seconds, &tm);
    strftime(out, HW_TIME_SIZE, "%H:%M:%S", &tm);
}

static bool digits(const char **p, const char *end, int count, int *ret)
{
    int v = 0;
    for (int i = 0; i < count; i++, (*p)++) {
        if (*p >= end || **p < '0' || **p > '9')
            return false;
        v = v * 10 + (**p - '0');
    }
    *ret = v;
    return true;
}

static bool literal(const char **p, const char *end, char c)
{
    if (*p >= end || **p != c)
        return false;
    (*p)++;
    return true;
}

static int fraction_ms(const char **p, const char *end)
{
    int ms = 0, scale = 100;
    for (; *p < end && **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
        ms += (**p - '0') * scale;
    return ms;
}

static bool zone_minutes(const char **p, const char *end, int *ret)
{
    *ret = 0;
    if (literal(p, end, 'Z') || *p == end)
        return *p == end;
    int sign = **p == '-' ? -1 : 1, hours, minutes;
    if (**p != '+' && **p != '-')
        return false;
    (*p)++;
    if (!digits(p, end, 2, &hours))
        return false;
    literal(p, end, ':');
    if (!digits(p, end, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret = sign * (hours * 60 + minutes);
    return *p == end;
}

/* Days from 1970-01-01 in the Gregorian calendar; years are counted from March, so that the leap
 * day is the last one. */
static int64_t days_since_epoch(int year, int month, int day)
{
    static const int before[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    int64_t y = month < 3 ? year - 1 : year;
    return 365 * y + y / 4 - y / 100 + y / 400 + before[month - 1] + day - 719469;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool hw_time_of(int year, int month, int day, int hour, int minute, int second, int64_t *ret_ms)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_of(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return false;
    *ret_ms = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60000 +
              (int64_t)second * 1000;
    return true;
}

bool hw_time_parse(const char *s, size_t n, int64_t *ret_wall_ms)
{
    const char *p = s, *end = s + n;
    int year, month, day, hour, minute, second, ms = 0, zone;
    int64_t wall_ms;
    if (!digits(&p, end, 4, &year) || !literal(&p, end, '-') || !digits(&p, end, 2, &month) ||
        !literal(&p, end, '-') || !digits(&p, end, 2, &day))
        return false;
    if (!literal(&p, end, 'T') && !literal(&p, end, ' '))
        return false;
    if (!digits(&p, end, 2, &hour) || !literal(&p, end, ':') || !digits(&p, end, 2, &minute) ||
        !literal(&p, end, ':') || !digits(&p, end, 2, &second))
        return false;
    if (literal(&p, end, '.') || literal(&p, end, ','))
        ms = fraction_ms(&p, end);
    if (!zone_minutes(&p, end, &zone) ||
        !hw_time_of(year, month, day, hour, minute, second, &wall_ms))
        return false;
    *ret_wall_ms = wall_ms + ms - (int64_t)zone * 60000;
    return true;
}

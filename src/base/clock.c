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

bool hw_time_parse(const char *s, size_t n, int64_t *ret_wall_ms)
{
    const char *p = s, *end = s + n;
    struct tm tm = {0};
    int ms = 0, zone;
    if (!digits(&p, end, 4, &tm.tm_year) || !literal(&p, end, '-') ||
        !digits(&p, end, 2, &tm.tm_mon) || !literal(&p, end, '-') ||
        !digits(&p, end, 2, &tm.tm_mday))
        return false;
    if (!literal(&p, end, 'T') && !literal(&p, end, ' '))
        return false;
    if (!digits(&p, end, 2, &tm.tm_hour) || !literal(&p, end, ':') ||
        !digits(&p, end, 2, &tm.tm_min) || !literal(&p, end, ':') ||
        !digits(&p, end, 2, &tm.tm_sec))
        return false;
    if (literal(&p, end, '.') || literal(&p, end, ','))
        ms = fraction_ms(&p, end);
    if (!zone_minutes(&p, end, &zone) || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
        tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *ret_wall_ms = (int64_t)timegm(&tm) * 1000 + ms - (int64_t)zone * 60000;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/linetime.h"

#include "base/clock.h"

struct reader {
    const char *p, *end;
};

struct moment {
    unsigned year, month, day, hour, minute, second, millisecond;
};

static bool number(struct reader *reader, size_t least, size_t most, unsigned *ret)
{
    unsigned value = 0;
    size_t digits = 0;
    while (reader->p < reader->end && digits < most && *reader->p >= '0' && *reader->p <= '9') {
        value = value * 10 + (unsigned)(*reader->p++ - '0');
        digits++;
    }
    *ret = value;
    return digits >= least;
}

static bool skip(struct reader *reader, const char *any_of)
{
    if (reader->p >= reader->end || !*reader->p || !strchr(any_of, *reader->p))
        return false;
    reader->p++;
    return true;
}

static bool read_date(struct reader *reader, struct moment *moment)
{
    unsigned first;
    if (!number(reader, 1, 4, &first))
        return false;
    if (skip(reader, "-")) {
        moment->year = first;
        return first >= 1970 && number(reader, 2, 2, &moment->month) && skip(reader, "-") &&
               number(reader, 2, 2, &moment->day);
    }
    moment->month = first;
    return skip(reader, "/") && number(reader, 1, 2, &moment->day) && skip(reader, "/") &&
           number(reader, 4, 4, &moment->year);
}

static void read_fraction(struct reader *reader, struct moment *moment)
{
    static const unsigned scale[] = {0, 100, 10, 1};
    struct reader start = *reader;
    unsigned value;
    if (!skip(reader, ".,:"))
        return;
    const char *digits = reader->p;
    if (!number(reader, 1, 3, &value)) {
        *reader = start;
        return;
    }
    moment->millisecond = value * scale[reader->p - digits];
    while (number(reader, 1, 1, &value))
        ;
}

static void read_half_day(struct reader *reader, struct moment *moment)
{
    size_t left = (size_t)(reader->end - reader->p);
    bool pm = left >= 3 && strncmp(reader->p, " PM", 3) == 0;
    bool am = left >= 3 && strncmp(reader->p, " AM", 3) == 0;
    if ((am || pm) && moment->hour <= 12)
        moment->hour = moment->hour % 12 + (pm ? 12 : 0);
}

/* Minutes of "Z", "+01:00", "+0100", or of nothing. */
static int read_offset(struct reader *reader)
{
    unsigned hours, minutes;
    bool west = reader->p < reader->end && *reader->p == '-';
    if (!skip(reader, "+-") || !number(reader, 2, 2, &hours))
        return 0;
    skip(reader, ":");
    if (!number(reader, 2, 2, &minutes) || hours > 23 || minutes > 59)
        return 0;
    return (int)(hours * 60 + minutes) * (west ? -1 : 1);
}

bool hw_linetime_read(const char *text, size_t n, int64_t *ret_wall_ms)
{
    struct reader reader = {text, text + n};
    struct moment m = {0};
    int64_t wall_ms;
    skip(&reader, "[(");
    if (!read_date(&reader, &m) || !skip(&reader, "T ") || !number(&reader, 1, 2, &m.hour) ||
        !skip(&reader, ":") || !number(&reader, 2, 2, &m.minute) || !skip(&reader, ":") ||
        !number(&reader, 2, 2, &m.second))
        return false;
    read_fraction(&reader, &m);
    read_half_day(&reader, &m);
    if (!hw_time_of((int)m.year, (int)m.month, (int)m.day, (int)m.hour, (int)m.minute,
                    (int)m.second, &wall_ms))
        return false;
    *ret_wall_ms = wall_ms + m.millisecond - (int64_t)read_offset(&reader) * 60000;
    return true;
}

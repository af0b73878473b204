/* SPDX-License-Identifier: Apache-2.0 */
/* An estimate as events, and as a table for people. */
#include "base/text.h"
#include "cost/cost.h"

static const char *part_label(const struct hw_cost_line *line)
{
    switch (line->part) {
    case HW_COST_LINUX:
        return line->role;
    case HW_COST_WINDOWS:
        return _("  + Windows");
    case HW_COST_SQL:
        return _("  + SQL Server");
    case HW_COST_VOLUMES:
        return _("  + volumes");
    }
    return "";
}

static int64_t month_of(int64_t hour_nano)
{
    return hour_nano * HW_HOURS_A_MONTH;
}

/* A blank at least stands behind it. */
static void put_padded(struct hw_buf *out, const char *text, size_t columns)
{
    hw_text_pad(out, text, columns - 1);
    hw_buf_char(out, ' ');
}

enum { LABEL = 18, WHAT = 24, NUMBER = 11 };

static void put_right(struct hw_buf *out, const char *hour, const char *month, const char *peak)
{
    hw_text_pad_left(out, hour, NUMBER);
    hw_buf_char(out, ' ');
    hw_text_pad_left(out, month, NUMBER);
    hw_buf_char(out, ' ');
    hw_text_pad_left(out, peak, NUMBER);
}

static void put_numbers(struct hw_buf *out, int64_t now, int64_t most)
{
    char hour[32], month[32], peak[32];
    put_right(out, hw_amount_text(now, 4, hour), hw_amount_text(month_of(now), 2, month),
              hw_amount_text(most, 4, peak));
}

static void put_line(struct hw_buf *out, const struct hw_cost_line *line)
{
    hw_auto_text what = hw_format("%ld x %s", line->nodes, line->what);
    put_padded(out, part_label(line), LABEL);
    put_padded(out, what, WHAT);
    if (line->known)
        put_numbers(out, hw_cost_line_now(line), hw_cost_line_most(line));
    else
        hw_text_pad_left(out, _("unknown"), NUMBER);
    hw_buf_text(out, line->at_most && line->known ? _("  Spot: less\n") : "\n");
}

static void put_unknown(struct hw_buf *out, const struct hw_cost *cost)
{
    bool first = true;
    for (size_t i = 0; i < cost->count; i++) {
        const struct hw_cost_line *line = &cost->lines[i];
        if (line->known)
            continue;
        hw_buf_text(out, first ? _("\nNot in these sums, because it is unknown:\n") : "");
        hw_buf_print(out, "  %s, %s: %s\n", line->role, hw_cost_part_word(line->part),
                     line->unknown);
        first = false;
    }
}

static void put_sources(struct hw_buf *out, const struct hw_cost *cost)
{
    hw_auto(hw_strv) seen = {0};
    for (size_t i = 0; i < cost->count; i++) {
        const struct hw_cost_line *line = &cost->lines[i];
        if (!line->known)
            continue;
        hw_auto_text source = hw_format("  %s, %s\n", line->date, line->source);
        if (!hw_strv_has(&seen, source))
            hw_strv_add(&seen, source);
    }
    if (seen.count)
        hw_buf_text(out, _("\nThe figures are from:\n"));
    for (size_t i = 0; i < seen.count; i++)
        hw_buf_text(out, seen.items[i]);
}

void hw_cost_table(const struct hw_cost *cost, struct hw_buf *out)
{
    put_padded(out, "", LABEL + WHAT);
    put_right(out, _("USD/h"), _("USD/month"), _("full size"));
    hw_buf_char(out, '\n');
    for (size_t i = 0; i < cost->count; i++)
        put_line(out, &cost->lines[i]);
    put_padded(out, cost->now.whole ? _("all") : _("all that is known"), LABEL + WHAT);
    put_numbers(out, cost->now.nano, cost->most.nano);
    hw_buf_char(out, '\n');
    put_unknown(out, cost);
    put_sources(out, cost);
    hw_buf_text(out,
                _("\nAn estimate, On-Demand; a month has 730 hours. Not counted: traffic, NAT,\n"
                  "snapshots, logs, taxes and discounts. Full size: every group at its most,\n"
                  "in USD/h.\n"));
}

static void tell_line(const struct hw_cost_line *line, const struct hw_sink *sink)
{
    struct hw_ev_cost event = {.role = line->role,
                               .part = hw_cost_part_word(line->part),
                               .what = line->what,
                               .nodes = line->nodes,
                               .most = line->most,
                               .known = line->known,
                               .hour_nano = hw_cost_line_now(line),
                               .month_nano = month_of(hw_cost_line_now(line)),
                               .most_nano = hw_cost_line_most(line),
                               .source = line->source,
                               .date = line->date,
                               .unknown = line->unknown,
                               .at_most = line->at_most};
    hw_tell(sink, &(struct hw_event){.type = HW_EV_COST, .u.cost = event});
}

void hw_cost_tell(const struct hw_cost *cost, const struct hw_sink *sink)
{
    for (size_t i = 0; i < cost->count; i++)
        tell_line(&cost->lines[i], sink);
    struct hw_ev_cost sum = {.role = "total",
                             .part = "all",
                             .known = cost->now.whole,
                             .hour_nano = cost->now.nano,
                             .month_nano = month_of(cost->now.nano),
                             .most_nano = cost->most.nano,
                             .date = cost->date,
                             .unknown = cost->now.whole ? "" : _("some of it is unknown")};
    hw_tell(sink, &(struct hw_event){.type = HW_EV_COST, .u.cost = sum});
}

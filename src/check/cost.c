/* SPDX-License-Identifier: Apache-2.0 */
/* The check of what the cluster costs. */
#include "check/cost.h"

#include "discover/discover.h"

bool hw_check_cost_over(struct hw_discover *discover, const struct hw_cluster *cluster)
{
    return !hw_cost_limit(cluster) || hw_discover_want_cost(discover, cluster);
}

void hw_check_cost(struct hw_report *report, const struct hw_discover *discover,
                   const struct hw_cluster *cluster)
{
    int64_t limit = hw_cost_limit(cluster);
    struct hw_cost cost;
    char most[32], most_allowed[32];
    if (!limit)
        return;
    hw_discover_cost(discover, cluster, &cost);
    hw_amount_text(cost.most.nano, 2, most);
    hw_amount_text(limit, 2, most_allowed);
    if (cost.most.nano > limit) {
        hw_report_fail(report, "cost.limit", "cost.limit_per_hour",
                       _("Choose smaller or fewer nodes, or another limit. hpcwiz plan shows what "
                         "costs how much."),
                       cost.most.whole ? _("about %s USD/h at full size; the limit is %s")
                                       : _("at least %s USD/h at full size; the limit is %s"),
                       most, most_allowed);
    } else if (!cost.most.whole) {
        hw_auto_text why =
            hw_format(_("not every price is known; what is known is %s USD/h at full size"), most);
        hw_report_unknown(report, "cost.limit", why);
    }
    hw_cost_done(&cost);
}

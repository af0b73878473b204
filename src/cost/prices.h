/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS asks for things: a book of figures, each with its source and date. Figures come from
 * price files (templates/prices/README has their form) and from the AWS Price List API. A figure
 * that is not in the book is unknown; nothing here makes one up. */
#ifndef HW_COST_PRICES_H
#define HW_COST_PRICES_H

#include "base/err.h"

#define HW_NANO           1000000000 /* amounts are in 1e-9 USD */
#define HW_HOURS_A_MONTH  730        /* as the AWS Pricing Calculator counts */
#define HW_PRICE_ANYWHERE "*"        /* the region of a figure that is the same in all of them */

enum hw_price_kind {
    HW_PRICE_LINUX,   /* an hour of an instance type, Linux, On-Demand: what Windows and SQL
                         Server are added to */
    HW_PRICE_WINDOWS, /* an hour of a vCPU: Windows; name: "" */
    HW_PRICE_SQL_WEB, /* the same for each edition of SQL Server, beside Windows */
    HW_PRICE_SQL_STANDARD,
    HW_PRICE_SQL_ENTERPRISE,
    HW_PRICE_VOLUME, /* a month of a GiB; name: the volume type */
    HW_PRICE_KINDS,
};

struct hw_price {
    int64_t nano;
    const char
        *source;      /* "AWS Price List API", "simulated", or the file's; borrowed from the book */
    const char *date; /* "2026-11-28" */
};

struct hw_prices;
struct hw_prices *hw_prices_new(void);
void hw_prices_free(struct hw_prices *prices); /* NULL allowed */

/* The newer date wins where a figure is there already; of the same date the later one. source and
 * date are cleaned and copied. false: the book is full (HW_MAX_PRICES). */
bool hw_prices_put(struct hw_prices *prices, enum hw_price_kind kind, const char *region,
                   const char *name, const struct hw_price *price);
/* false: unknown. */
bool hw_prices_find(const struct hw_prices *prices, enum hw_price_kind kind, const char *region,
                    const char *name, struct hw_price *ret);
/* The licence figures are not for these instance families ("t3"), whose own are not known. */
void hw_prices_except(struct hw_prices *prices, const char *family);
bool hw_prices_is_except(const struct hw_prices *prices, const char *type);
/* Counts up at each figure that is put. */
unsigned long hw_prices_generation(const struct hw_prices *prices);

/* Reads a price file; err with file:line:column. Nothing of a wrong file is kept. */
bool hw_prices_load(struct hw_prices *prices, const char *path, struct hw_err *err);
/* The file that comes with the program, then the person's own: $XDG_CONFIG_HOME/hpcwiz/prices.yaml
 * or ~/.config/hpcwiz/prices.yaml, if it is there. */
bool hw_prices_load_all(struct hw_prices *prices, struct hw_err *err);

/* One element of PriceList of pricing:GetProducts: a text that is JSON itself (Price List Query
 * API, "GetProducts"). Takes On-Demand figures in USD of Linux instances and of volumes; true if
 * it was one. What it does not understand it leaves alone. */
bool hw_prices_read_product(struct hw_prices *prices, const char *text, size_t length);

/* "0.046" in nano USD; at most nine decimals count. false: no such amount (not negative, below
 * 1,000,000 USD). */
bool hw_amount_parse(const char *text, int64_t *ret_nano);
/* "4.10" with `decimals` (0 to 9) rounded half up. */
const char *hw_amount_text(int64_t nano, int decimals, char out[32]);

#endif

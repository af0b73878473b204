/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/prices.h"

#include "base/mem.h"
#include "base/text.h"

#define MOST_USD 1000000

struct entry {
    enum hw_price_kind kind;
    char *region, *name, *source, *date;
    int64_t nano;
};

struct hw_prices {
    struct entry *items; /* sorted by kind, name, region */
    size_t count, capacity;
    struct hw_strv except;
    unsigned long generation;
};

struct hw_prices *hw_prices_new(void)
{
    return HW_NEW(struct hw_prices);
}

void hw_prices_free(struct hw_prices *prices)
{
    if (!prices)
        return;
    for (size_t i = 0; i < prices->count; i++) {
        free(prices->items[i].region);
        free(prices->items[i].name);
        free(prices->items[i].source);
        free(prices->items[i].date);
    }
    free(prices->items);
    hw_strv_done(&prices->except);
    free(prices);
}

static int compare(const struct entry *entry, enum hw_price_kind kind, const char *region,
                   const char *name)
{
    if (entry->kind != kind)
        return entry->kind < kind ? -1 : 1;
    int order = strcmp(entry->name, name);
    return order ? order : strcmp(entry->region, region);
}

/* Where it stands or would stand. */
static size_t place_of(const struct hw_prices *prices, enum hw_price_kind kind, const char *region,
                       const char *name)
{
    size_t low = 0, high = prices->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&prices->items[middle], kind, region, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *entry_of(const struct hw_prices *prices, enum hw_price_kind kind,
                              const char *region, const char *name)
{
    size_t place = place_of(prices, kind, region, name);
    if (place == prices->count || compare(&prices->items[place], kind, region, name) != 0)
        return NULL;
    return &prices->items[place];
}

static void set_clean(char **slot, const char *text)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_VALUE);
    hw_text_clean(&out, text, strnlen(text, HW_MAX_VALUE / 8), false);
    hw_replace(slot, hw_buf_cstr(&out));
}

bool hw_prices_put(struct hw_prices *prices, enum hw_price_kind kind, const char *region,
                   const char *name, const struct hw_price *price)
{
    struct entry *entry = entry_of(prices, kind, region, name);
    if (entry && strcmp(price->date, entry->date) < 0)
        return true;
    if (!entry) {
        size_t place = place_of(prices, kind, region, name);
        if (prices->count >= HW_MAX_PRICES)
            return false;
        hw_grow(&prices->items, &prices->capacity, prices->count, sizeof *prices->items);
        entry = &prices->items[place];
        memmove(entry + 1, entry, (prices->count - place) * sizeof *entry);
        prices->count++;
        *entry = (struct entry){.kind = kind, .region = hw_strdup(region), .name = hw_strdup(name)};
    }
    set_clean(&entry->source, price->source);
    set_clean(&entry->date, price->date);
    entry->nano = price->nano;
    prices->generation++;
    return true;
}

bool hw_prices_find(const struct hw_prices *prices, enum hw_price_kind kind, const char *region,
                    const char *name, struct hw_price *ret)
{
    const struct entry *entry = entry_of(prices, kind, region, name);
    if (!entry)
        entry = entry_of(prices, kind, HW_PRICE_ANYWHERE, name);
    if (!entry)
        return false;
    *ret = (struct hw_price){entry->nano, entry->source, entry->date};
    return true;
}

void hw_prices_except(struct hw_prices *prices, const char *family)
{
    if (!hw_strv_has(&prices->except, family) && prices->except.count < HW_MAX_LIST)
        hw_strv_add(&prices->except, family);
}

bool hw_prices_is_except(const struct hw_prices *prices, const char *type)
{
    hw_auto_text family = hw_strndup(type, strcspn(type, "."));
    return hw_strv_has(&prices->except, family);
}

unsigned long hw_prices_generation(const struct hw_prices *prices)
{
    return prices->generation;
}

/* ---- Amounts ---------------------------------------------------------------------------- */

bool hw_amount_parse(const char *text, int64_t *ret_nano)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits);
    const char *end = text + whole;
    int64_t amount = 0, unit = HW_NANO;
    if (whole == 0 || whole > 7)
        return false;
    for (size_t i = 0; i < whole; i++)
        amount = amount * 10 + (text[i] - '0');
    if (amount >= MOST_USD)
        return false;
    amount *= HW_NANO;
    if (*end == '.') {
        size_t n = strspn(++end, digits);
        if (n == 0)
            return false;
        for (size_t i = 0; i < n && unit > 1; i++) {
            unit /= 10;
            amount += (end[i] - '0') * unit;
        }
        end += n;
    }
    if (*end)
        return false;
    *ret_nano = amount;
    return true;
}

const char *hw_amount_text(int64_t nano, int decimals, char out[32])
{
    int64_t unit = HW_NANO;
    for (int i = 0; i < decimals; i++)
        unit /= 10;
    int64_t rounded = (nano + unit / 2) / unit, one = HW_NANO / unit;
    if (decimals)
        snprintf(out, 32, "%lld.%0*lld", (long long)(rounded / one), decimals,
                 (long long)(rounded % one));
    else
        snprintf(out, 32, "%lld", (long long)rounded);
    return out;
}

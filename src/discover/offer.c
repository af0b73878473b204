/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources share when they offer something. */
#include "discover/load.h"

static char *cleaned(const char *text)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    struct hw_span span = hw_text_trim(text, strnlen(text, HW_MAX_VALUE));
    hw_text_clean(&out, span.p, span.n, false);
    return hw_buf_take(&out);
}

/* A value goes into the cluster file as it is, so nothing hostile may be in it. */
static bool is_plain(const char *value)
{
    size_t n = strlen(value);
    if (n == 0 || n > HW_MAX_VALUE)
        return false;
    hw_auto_text clean = cleaned(value);
    return strcmp(clean, value) == 0;
}

struct hw_choice *hw_offer(struct hw_load *load, enum hw_source source, const char *value,
                           const char *label, const char *detail)
{
    if (!is_plain(value))
        return NULL;
    hw_auto_text clean_label = cleaned(label);
    hw_auto_text clean_detail = cleaned(detail);
    return hw_choices_add(&load->discover->choices[source], value, clean_label, clean_detail);
}

void hw_offer_unfit(struct hw_choice *choice, const char *why)
{
    if (choice)
        hw_replace(&choice->unfit, why);
}

struct hw_choices *hw_offered(struct hw_load *load, enum hw_source source)
{
    return &load->discover->choices[source];
}

static int by_fitness(const void *a, const void *b)
{
    const struct hw_choice *x = a, *y = b;
    if (!x->unfit != !y->unfit)
        return x->unfit ? 1 : -1;
    int order = hw_text_compare_natural(x->label, y->label);
    return order ? order : strcmp(x->value, y->value);
}

void hw_choices_sort(struct hw_choices *choices)
{
    if (choices->count)
        qsort(choices->items, choices->count, sizeof choices->items[0], by_fitness);
}

char *hw_name_tag(const struct hw_xml *item)
{
    const struct hw_xml *set = hw_xml_child(item, "tagSet");
    for (struct hw_xml *tag = set ? hw_xml_first(set, "item") : NULL; tag; tag = hw_xml_next(tag)) {
        hw_auto_text key = hw_xml_text(tag, "key");
        if (strcmp(key, "Name") == 0)
            return hw_xml_text(tag, "value");
    }
    return hw_strdup("");
}

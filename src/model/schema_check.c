/* SPDX-License-Identifier: Apache-2.0 */
/* What a single value must look like. */
#include "model/schema.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/rules.h"

static bool check_option(const struct hw_field *field, const char *value, struct hw_err *err)
{
    hw_auto(hw_buf) all = HW_BUF(HW_MAX_VALUE);
    for (size_t i = 0; field->options[i]; i++) {
        if (strcmp(field->options[i], value) == 0)
            return true;
        hw_buf_print(&all, "%s%s", i ? ", " : "", field->options[i]);
    }
    return hw_fail(err, HW_ERR_INPUT, _("'%s' is not one of: %s"), value, hw_buf_cstr(&all));
}

static bool check_type(const struct hw_field *field, const char *value, struct hw_err *err)
{
    long number;
    uint32_t address;
    unsigned bits, seconds;
    switch (field->type) {
    case HW_TYPE_INT:
        if (hw_parse_int(value, field->min, field->max, &number))
            return true;
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is not a whole number from %ld to %ld"), value,
                       field->min, field->max);
    case HW_TYPE_CIDR:
        if (hw_parse_cidr(value, &address, &bits))
            return true;
        return hw_fail(err, HW_ERR_INPUT,
                       _("'%s' is not a network in CIDR notation, such as 10.20.0.0/24"), value);
    case HW_TYPE_ADDRESS:
        if (hw_parse_ipv4(value, &address))
            return true;
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is not an IPv4 address, such as 10.20.1.5"),
                       value);
    case HW_TYPE_DURATION:
        if (hw_parse_duration(value, &seconds))
            return true;
        return hw_fail(err, HW_ERR_INPUT,
                       _("'%s' is not a duration up to 12h, such as 30m or 1h30m"), value);
    case HW_TYPE_NAME_OF_SECRET:
        return hw_rule_secret_name(NULL, value, err);
    case HW_TYPE_TEXT:
    case HW_TYPE_BOOL:
    case HW_TYPE_CHOICE:
    case HW_TYPE_MULTI:
    case HW_TYPE_LIST:
    case HW_TYPE_MAP:
        return field->options ? check_option(field, value, err) : true;
    }
    return true;
}

static bool has_control(const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        if (*p < 0x20 || *p == 0x7F)
            return true;
    }
    return false;
}

static bool check_value(const struct hw_field *field, const struct hw_cluster *cluster,
                        const char *value, struct hw_err *err)
{
    return check_type(field, value, err) && (!field->check || field->check(cluster, value, err));
}

/* Messages begin with the value: of a long one they would have no room for what is wrong. */
static bool check_briefly(const struct hw_field *field, const struct hw_cluster *cluster,
                          const char *value, struct hw_err *err)
{
    enum { SHOWN = 24 };
    struct hw_err brief = {0};
    if (check_value(field, cluster, value, err))
        return true;
    if (strlen(value) <= SHOWN || !err)
        return false;
    hw_auto_text shown = hw_format("%.*s...", (int)hw_text_cut(value, SHOWN), value);
    if (!check_value(field, cluster, shown, &brief))
        *err = brief;
    return false;
}

bool hw_field_check(const struct hw_field *field, const struct hw_cluster *cluster,
                    const char *value, struct hw_err *err)
{
    if (strlen(value) > HW_MAX_VALUE)
        return hw_fail(err, HW_ERR_INPUT, _("the value is longer than %u bytes"), HW_MAX_VALUE);
    if (has_control(value) || !hw_utf8_valid(value, strlen(value)))
        return hw_fail(err, HW_ERR_INPUT, "%s",
                       _("the value holds a control character or is not UTF-8"));
    return check_briefly(field, cluster, value, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets/policy.h"

#include <ctype.h>

#include "base/text.h"

#define SIGNS          "!#*+,./:?@_~-" /* quoted by none of the places that a password goes through */
#define NAME_SIGNS     "._@\\-"
#define PASSWORD_LEAST 8
#define PASSWORD_MOST                                                                              \
    127               /* of a Windows account ("Password must meet complexity requirements")       \
                       */
#define NAME_MOST 104 /* of a name with its domain */

/* With the least and most characters above; the hyphen stands last, the backslash doubled. */
static const char *const patterns[] = {
    [HW_SECRET_USERNAME] = "^[A-Za-z0-9._@\\\\-]{1,104}$",
    [HW_SECRET_PASSWORD] = "^[A-Za-z0-9!#*+,./:?@_~-]{8,127}$",
};

enum hw_secret_kind hw_secret_kind_of(const char *key)
{
    return hw_text_ends(key, "username") ? HW_SECRET_USERNAME : HW_SECRET_PASSWORD;
}

const char *hw_secret_pattern(enum hw_secret_kind kind)
{
    return patterns[kind];
}

bool hw_secret_pattern_known(const char *pattern)
{
    return strcmp(pattern, patterns[HW_SECRET_PASSWORD]) == 0;
}

static bool is_plain_letter(char c)
{
    return (unsigned char)c < 0x80 && isalnum((unsigned char)c);
}

static bool check_signs(const struct hw_secret *value, const char *signs, struct hw_err *err)
{
    const char *bytes = hw_secret_bytes(value);
    for (size_t i = 0; i < hw_secret_length(value); i++) {
        if (!is_plain_letter(bytes[i]) && (bytes[i] == '\0' || !strchr(signs, bytes[i]))) {
            hw_fail(err, HW_ERR_INPUT,
                    _("character %zu would break a connection string or a command line"), i + 1);
            return hw_err_next(err, _("Use letters, digits and %s only."), signs);
        }
    }
    return true;
}

static bool is_complex(const struct hw_secret *value)
{
    bool upper = false, lower = false, digit = false, sign = false;
    const char *bytes = hw_secret_bytes(value);
    for (size_t i = 0; i < hw_secret_length(value); i++) {
        unsigned char c = (unsigned char)bytes[i];
        upper = upper || isupper(c);
        lower = lower || islower(c);
        digit = digit || isdigit(c);
        sign = sign || !isalnum(c);
    }
    return upper + lower + digit + sign >= 3;
}

bool hw_secret_check(enum hw_secret_kind kind, const struct hw_secret *value, struct hw_err *err)
{
    bool password = kind == HW_SECRET_PASSWORD;
    size_t least = password ? PASSWORD_LEAST : 1, most = password ? PASSWORD_MOST : NAME_MOST;
    size_t length = hw_secret_length(value);
    if (length == 0)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("the value is empty"));
    if (!check_signs(value, password ? SIGNS : NAME_SIGNS, err))
        return false;
    if (length < least || length > most)
        return hw_fail(err, HW_ERR_INPUT, _("%zu characters; from %zu to %zu are allowed"), length,
                       least, most);
    if (password && !is_complex(value)) {
        hw_fail(err, HW_ERR_INPUT, "%s", _("too simple for Active Directory"));
        return hw_err_next(err, "%s", _("Mix three of: upper case, lower case, digits, signs."));
    }
    return true;
}

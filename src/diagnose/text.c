/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a rule, in the reader's language where it is known (po/rules.h): "{name}" stands for
 * a captured value, "{name|otherwise}" says what to write when nothing was captured; "{name|}" is
 * nothing then, with the blank before it. */
#include "diagnose/rules.h"

#include "base/text.h"

/* "the domain {domain|} is": without a value one blank is enough. */
static void drop_blank(struct hw_buf *out, const char *rest)
{
    if (out->len > 0 && out->data[out->len - 1] == ' ' && strchr(" .,:;)", *rest))
        out->data[--out->len] = '\0';
}

bool hw_rule_fill(struct hw_buf *out, const char *text, const struct hw_strv *values)
{
    bool ok = true;
    text = *text ? _(text) : text; /* "" is the head of a catalogue */
    while (*text) {
        size_t plain = strcspn(text, "{");
        ok = hw_buf_add(out, text, plain) && ok;
        text += plain;
        if (!*text)
            break;
        size_t name = strcspn(++text, "|}");
        size_t whole = strcspn(text, "}");
        hw_auto_text key = hw_strndup(text, name);
        const char *value = hw_strv_value(values, key);
        if (value)
            ok = hw_buf_text(out, value) && ok;
        else if (name < whole && text[name] == '|')
            ok = hw_buf_add(out, text + name + 1, whole - name - 1) && ok;
        else
            ok = hw_buf_char(out, '?') && ok;
        text += whole + (text[whole] == '}');
        if (!value && name + 1 == whole)
            drop_blank(out, text);
    }
    return ok;
}

bool hw_rule_names(const char *text, hw_name_fn *known, void *data, const char **ret_name)
{
    for (const char *p = strchr(text, '{'); p; p = strchr(p, '{')) {
        p++;
        *ret_name = p;
        if (p[strcspn(p, "{}")] != '}' || !known(data, p, strcspn(p, "|}")))
            return false;
    }
    return true;
}

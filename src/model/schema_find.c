/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the schema a key, a page or a place is, and the manual's table of the keys. */
#include "model/schema.h"

#include "base/mem.h"
#include "base/text.h"

#define GROUP_PREFIX "nodes.compute."

bool hw_key_group(const char *key, size_t *ret_group)
{
    if (!hw_text_starts(key, GROUP_PREFIX))
        return false;
    const char *number = key + strlen(GROUP_PREFIX);
    size_t digits = strspn(number, "0123456789");
    if (digits == 0 || digits > 4 || (number[digits] != '.' && number[digits] != '\0'))
        return false;
    *ret_group = strtoul(number, NULL, 10);
    return true;
}

char *hw_key_of_group(const char *starred_key, size_t group)
{
    const char *star = strchr(starred_key, '*');
    if (!star)
        return hw_strdup(starred_key);
    return hw_format("%.*s%zu%s", (int)(star - starred_key), starred_key, group, star + 1);
}

const struct hw_field *hw_schema_find(const char *key)
{
    hw_auto_text starred = NULL;
    size_t group;
    if (hw_key_group(key, &group)) {
        const char *rest = strchr(key + strlen(GROUP_PREFIX), '.');
        starred = hw_format(GROUP_PREFIX "*%s", rest ? rest : "");
        key = starred;
    }
    const struct hw_field *field;
    for (size_t i = 0; (field = hw_schema_at(i)); i++) {
        if (strcmp(field->key, key) == 0)
            break;
    }
    return field;
}

bool hw_page_find(const char *word, enum hw_page_id *ret)
{
    for (enum hw_page_id id = 0; id < HW_PAGE_COUNT; id++) {
        if (strcmp(hw_page(id)->word, word) == 0) {
            *ret = id;
            return true;
        }
    }
    return false;
}

bool hw_place_find(const char *place, enum hw_page_id *ret_page, const struct hw_field **ret_field)
{
    static const char prefix[] = "page:";
    if (hw_text_starts(place, prefix))
        place += strlen(prefix);
    const struct hw_field *field = hw_schema_find(place);
    if (!field && !hw_page_find(place, ret_page))
        return false;
    if (field)
        *ret_page = field->page;
    if (ret_field)
        *ret_field = field;
    return *ret_page < HW_PAGE_COUNT;
}

static void man_text(struct hw_buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\\')
            hw_buf_text(out, "\\e");
        else if (*p == '-')
            hw_buf_text(out, "\\-");
        else
            hw_buf_char(out, *p);
    }
}

static void man_field(struct hw_buf *out, const struct hw_field *field)
{
    hw_buf_text(out, ".TP\n.B ");
    man_text(out, field->key);
    hw_buf_text(out, field->required ? " \\fR(required)\n" : "\n");
    man_text(out, field->help);
    if (field->options) {
        hw_buf_text(out, " One of: ");
        for (size_t i = 0; field->options[i]; i++) {
            hw_buf_text(out, i ? ", " : "");
            man_text(out, field->options[i]);
        }
        hw_buf_text(out, ".");
    }
    if (field->list)
        hw_buf_text(out, field->type == HW_TYPE_MAP ? " A mapping." : " A list.");
    if (field->def) {
        hw_buf_text(out, " Default: ");
        man_text(out, field->def);
        hw_buf_text(out, ".");
    } else if (field->example) {
        hw_buf_text(out, " Example: ");
        man_text(out, field->example);
        hw_buf_text(out, ".");
    }
    hw_buf_char(out, '\n');
}

void hw_schema_man(struct hw_buf *out)
{
    for (size_t i = 0; i < hw_schema_count(); i++)
        man_field(out, hw_schema_at(i));
}

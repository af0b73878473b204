/* SPDX-License-Identifier: Apache-2.0 */
/* What a person does about a finding: the steps that can be done as things stand, the one that
 * makes them count, and the question of the wizard that they are about. */
#include "diagnose/engine.h"

#include "base/text.h"
#include "template/quote.h"

#define FACT_GROUP  "group "
#define FACT_SECRET "secret "

/* ---- Values ---------------------------------------------------------------------------- */

/* The role that a place has, or that the name of a resource of a shared stack tells. */
static const char *role_of(const struct hw_place *place, const struct hw_slot *slot)
{
    if (place->role[0])
        return place->role;
    return hw_text_starts(slot->resource, "Sql")       ? "sql"
           : hw_text_starts(slot->resource, "Head")    ? "head"
           : hw_text_starts(slot->resource, "Compute") ? "compute"
                                                       : "";
}

/* The group of a node, or the one that a stack makes: it is called "CLUSTER-compute-GROUP". */
static const char *group_of(const struct hw_place *place)
{
    static const char mark[] = "-compute-";
    const char *at = place->is_stack ? strstr(place->name, mark) : NULL;
    return at ? at + strlen(mark) : place->group;
}

/* "head", or "compute.0": where the answers about the nodes of a place stand. */
static void add_part(const struct hw_diagnose *d, const struct hw_place *place,
                     const struct hw_slot *slot, struct hw_strv *values)
{
    const char *role = role_of(place, slot), *part = role;
    hw_auto_text fact = hw_format(FACT_GROUP "%s", group_of(place));
    if (strcmp(role, "compute") == 0)
        part = hw_strv_value(&d->facts, fact);
    if (part && *part)
        hw_strv_put(values, "part", part);
    if (*role)
        hw_strv_put(values, "role", role);
}

/* Messages write the name of a parameter with what stands around it: ":parameter/a/b", "/a/b.". */
static void add_secret(const struct hw_diagnose *d, struct hw_strv *values)
{
    const char *named = hw_strv_value(values, "parameter");
    if (!named)
        return;
    if (hw_text_starts(named, ":parameter"))
        named += strlen(":parameter");
    size_t n = strlen(named);
    while (n > 0 && named[n - 1] == '.')
        n--;
    hw_auto_text fact = hw_format(FACT_SECRET "%.*s", (int)n, named);
    const char *key = hw_strv_value(&d->facts, fact);
    if (key)
        hw_strv_put(values, "secret", key);
}

void hw_remedy_values(const struct hw_diagnose *d, const struct hw_place *place,
                      const struct hw_slot *slot, struct hw_strv *values)
{
    add_part(d, place, slot, values);
    add_secret(d, values);
}

void hw_diagnose_group(struct hw_diagnose *d, const char *name, size_t index)
{
    hw_auto_text fact = hw_format(FACT_GROUP "%s", name);
    hw_auto_text part = hw_format("compute.%zu", index);
    hw_diagnose_fact(d, fact, part);
}

void hw_diagnose_secret(struct hw_diagnose *d, const char *parameter, const char *key)
{
    hw_auto_text fact = hw_format(FACT_SECRET "%s", parameter);
    hw_diagnose_fact(d, fact, key);
}

/* ---- Steps ----------------------------------------------------------------------------- */

static void add_step(struct hw_buf *out, const char *text)
{
    if (out->len > 0)
        hw_buf_char(out, '\n');
    hw_buf_text(out, text);
}

static void add_steps(struct hw_buf *out, const struct hw_strv *steps, const struct hw_strv *values)
{
    for (size_t i = 0; i < steps->count; i++) {
        if (out->len > 0)
            hw_buf_char(out, '\n');
        hw_rule_fill(out, steps->items[i], values);
    }
}

/* Deploying again would find nothing to do, or nothing has failed yet: the node is all there is. */
static bool is_node_alone(const struct hw_diagnose *d, const struct hw_place *place)
{
    bool whole = false;
    if (place->is_stack || place->gone || !place->live)
        return false;
    for (size_t i = 0; i < d->place_count; i++) {
        const struct hw_place *stack = d->places[i];
        if (stack->is_stack && stack->failed) /* its own, or one of a node that needs this one */
            return false;
        whole = whole || (stack->is_stack && stack->whole && hw_place_of_stack(place, stack));
    }
    return whole || !place->failed;
}

/* The cluster file as a word of a command. */
static char *file_word(const struct hw_diagnose *d)
{
    const char *file = hw_strv_value(&d->facts, HW_FACT_FILE);
    hw_auto(hw_buf) word = HW_BUF(HW_MAX_VALUE);
    if (!file)
        return hw_strdup("FILE");
    hw_quote_word(&word, file);
    return hw_buf_take(&word);
}

static char *last_step(const struct hw_diagnose *d, const struct hw_place *place)
{
    hw_auto_text word = file_word(d);
    if (hw_strv_value(&d->facts, HW_FACT_FOREIGN))
        return hw_strdup(_("When that is mended, make its stack again in the way in which it was "
                           "made; hpcwiz did not deploy it"));
    if (is_node_alone(d, place))
        return hw_format(_("When that is mended, have the group of %s start a new one: press T on "
                           "the page Deploy, or run hpcwiz retry %s %s"),
                         place->name, word, place->name);
    return hw_format(_("When that is mended, deploy again: press D in the wizard, or run hpcwiz "
                       "deploy %s --retry; what is complete stays"),
                     word);
}

char *hw_remedy_text(const struct hw_diagnose *d, const struct hw_remedy *remedy,
                     const struct hw_strv *values)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    const struct hw_strv *on_node = remedy->on_node;
    bool gone = remedy->node && remedy->node->gone;
    if (remedy->open)
        add_step(&text, _("Have the open question above answered: press t in the wizard, or run "
                          "the command"));
    if (on_node && !gone)
        add_steps(&text, on_node, values);
    add_steps(&text, remedy->steps, values);
    if (gone && (remedy->unasked || (on_node && on_node->count > 0)))
        add_step(&text, _("The node is gone. To look at it when it fails again, let it stay: press "
                          "o on the page Review (deploy.on_failure: keep in the file)"));
    if (remedy->again) {
        hw_auto_text last = last_step(d, remedy->place);
        add_step(&text, last);
    }
    return hw_buf_take(&text);
}

char *hw_remedy_command(const struct hw_diagnose *d, const char *node, const char *test,
                        const struct hw_strv *with)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hw_auto_text word = file_word(d);
    hw_buf_print(&out, "hpcwiz diagnose %s --test %s --node %s", word, test, node);
    for (size_t i = 0; i + 1 < with->count; i += 2)
        hw_buf_print(&out, " --set '%s=%s'", with->items[i], with->items[i + 1]);
    return hw_buf_take(&out);
}

/* ---- The action ------------------------------------------------------------------------ */

bool hw_rule_place(const char *action, enum hw_page_id *ret)
{
    static const char *const parts[] = {"sql", "head", "compute.0"};
    for (size_t i = 0; i < HW_COUNT(parts); i++) {
        hw_auto(hw_strv) values = {0};
        hw_auto(hw_buf) place = HW_BUF(HW_MAX_VALUE);
        hw_strv_put(&values, "part", parts[i]);
        hw_strv_put(&values, "role", "sql");
        hw_strv_put(&values, "secret", "sql_password");
        hw_rule_fill(&place, action, &values);
        if (hw_place_find(hw_buf_cstr(&place), ret, NULL))
            return true;
    }
    return false;
}

char *hw_remedy_action(const char *action, const struct hw_strv *values)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    enum hw_page_id page;
    if (!action)
        return hw_strdup("");
    hw_rule_fill(&text, action, values);
    if (!hw_text_starts(action, HW_PAGE_ACTION) || hw_place_find(hw_buf_cstr(&text), &page, NULL) ||
        !hw_rule_place(action, &page))
        return hw_buf_take(&text);
    return hw_format(HW_PAGE_ACTION "%s", hw_page(page)->word);
}

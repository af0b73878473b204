/* SPDX-License-Identifier: Apache-2.0 */
/* Which page and which of its questions --plain is at. */
#include "ui/plain_private.h"

const char *ui_plain_key(const struct ui_plain *plain)
{
    return plain->question < plain->keys.count ? plain->keys.items[plain->question] : NULL;
}

struct collect {
    struct ui_plain *plain;
    struct hw_strv *keys;
};

/* An advanced question is asked when + asked for it, and when it has an answer of its own. */
static void collect_key(void *data, const char *key, const struct hw_field *field)
{
    struct collect *collect = data;
    const struct ui_plain *plain = collect->plain;
    if (field->page != plain->page)
        return;
    if (!field->advanced || plain->advanced || hw_cluster_is_set(plain->cluster, key))
        hw_strv_add(collect->keys, key);
}

static void list_keys(struct ui_plain *plain)
{
    struct hw_strv keys = {0};
    hw_cluster_each(plain->cluster, collect_key, &(struct collect){plain, &keys});
    hw_strv_done(&plain->keys);
    plain->keys = keys;
}

void ui_plain_start_checks(struct ui_plain *plain)
{
    bool over;
    if (plain->host->cost) /* prices come while the checks run; the review shows them */
        plain->host->cost(plain->host->data, plain->cluster, &over);
    ui_plain_go(plain, UI_PLAIN_CHECKS);
    plain->passed = plain->warnings = plain->errors = 0;
    ui_plain_say(plain, "== %s", _(hw_page(HW_PAGE_CHECKS)->title));
    if (plain->host->check)
        plain->host->check(plain->host->data, plain->cluster);
}

void ui_plain_open_page(struct ui_plain *plain, enum hw_page_id page)
{
    if (page >= HW_PAGE_CHECKS) {
        ui_plain_open_first_missing(plain);
        return;
    }
    ui_plain_go(plain, UI_PLAIN_QUESTION);
    plain->page = page;
    plain->question = 0;
    list_keys(plain);
    ui_plain_say(plain, "== %s", _(hw_page(page)->title));
    ui_answer_want(plain->host, plain->cluster, page);
}

void ui_plain_next_question(struct ui_plain *plain)
{
    list_keys(plain);
    plain->question++;
    ui_plain_go(plain, UI_PLAIN_QUESTION);
    if (!ui_plain_key(plain))
        ui_plain_open_page(plain, plain->page + 1);
}

void ui_plain_back(struct ui_plain *plain)
{
    plain->shown = plain->loading = false;
    if (plain->state == UI_PLAIN_SECRET) {
        ui_plain_go(plain, UI_PLAIN_QUESTION);
    } else if (plain->state == UI_PLAIN_QUESTION && plain->question > 0) {
        plain->question--;
    } else if (plain->state == UI_PLAIN_QUESTION && plain->page > HW_PAGE_ACCOUNT) {
        ui_plain_open_page(plain, plain->page - 1);
        plain->question = plain->keys.count ? plain->keys.count - 1 : 0;
    } else if (plain->state == UI_PLAIN_REVIEW || plain->state == UI_PLAIN_CHECKS) {
        ui_plain_open_page(plain, HW_PAGE_SECRETS);
    } else if (plain->state == UI_PLAIN_CONFIRM) {
        ui_plain_go(plain, UI_PLAIN_REVIEW);
    } else {
        ui_plain_go(plain, UI_PLAIN_START);
    }
}

void ui_plain_open_first_missing(struct ui_plain *plain)
{
    hw_auto_text key = hw_cluster_first_missing(plain->cluster);
    const struct hw_field *field = key ? hw_schema_find(key) : NULL;
    if (!field || field->page >= HW_PAGE_CHECKS) {
        ui_plain_start_checks(plain);
        return;
    }
    ui_plain_open_page(plain, field->page);
    while (ui_plain_key(plain) && strcmp(ui_plain_key(plain), key) != 0)
        plain->question++;
}

/* The place of a question may have changed with the list; by its key it is found again. */
static void find_question(struct ui_plain *plain, const char *key)
{
    size_t before = plain->question;
    list_keys(plain);
    for (plain->question = 0; ui_plain_key(plain); plain->question++) {
        if (strcmp(ui_plain_key(plain), key) == 0)
            return;
    }
    plain->question = before < plain->keys.count ? before : plain->keys.count - 1;
}

void ui_plain_show_advanced(struct ui_plain *plain)
{
    hw_auto_text key = hw_strdup(ui_plain_key(plain));
    plain->advanced = !plain->advanced;
    plain->shown = false;
    find_question(plain, key);
    ui_plain_say(plain, "%s",
                 plain->advanced ? _("The questions that few people need are asked too.")
                                 : _("The questions that few people need are left out."));
}

bool ui_plain_change_groups(struct ui_plain *plain, bool more)
{
    struct hw_err err = {0};
    size_t group;
    hw_auto_text key = hw_strdup(ui_plain_key(plain));
    if (plain->page != HW_PAGE_NODES || (!more && !hw_key_group(key, &group)))
        return false;
    bool ok = more ? hw_cluster_group_add(plain->cluster, &err)
                   : hw_cluster_group_remove(plain->cluster, group, &err);
    plain->shown = false;
    if (!ok) {
        ui_plain_say_error(plain, &err);
        return true;
    }
    hw_auto_text first =
        hw_key_of_group("nodes.compute.*.name", hw_cluster_groups(plain->cluster) - 1);
    ui_plain_say(
        plain,
        P_("%zu compute group now.", "%zu compute groups now.", hw_cluster_groups(plain->cluster)),
        hw_cluster_groups(plain->cluster));
    find_question(plain, more ? first : key);
    return true;
}

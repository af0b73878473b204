/* SPDX-License-Identifier: Apache-2.0 */
/* What the fleet asks a person: one question after the other. */
#include "base/mem.h"
#include "node/nodes.h"

void hw_strange_done(struct hw_strange *strange)
{
    free(strange->sha256);
    free(strange->sha1);
    free(strange->subject);
    free(strange->until);
    *strange = (struct hw_strange){0};
}

static void ask_about(struct hw_fleet *fleet, struct hw_node *node)
{
    struct hw_fleet_question question = {.node = node->name,
                                         .instance = node->instance,
                                         .address = node->address,
                                         .fingerprint = node->strange_shown};
    fleet->asked = node;
    fleet->asked_about = node->strange_shown    ? HW_ASKED_HOST_KEY
                         : node->strange.sha256 ? HW_ASKED_CERTIFICATE
                                                : HW_ASKED_LOGIN;
    if (fleet->asked_about == HW_ASKED_LOGIN) {
        question.login = node->no_password;
        question.key_file = fleet->key_file;
    }
    if (fleet->asked_about == HW_ASKED_CERTIFICATE) {
        question.sha256 = node->strange.sha256;
        question.sha1 = node->strange.sha1;
        question.subject = node->strange.subject;
        question.until = node->strange.until;
    }
    fleet->asker.ask(fleet->asker.data, &question);
}

static void ask_next(struct hw_fleet *fleet)
{
    for (size_t i = 0; i < fleet->count && !fleet->asked; i++) {
        struct hw_node *node = fleet->nodes[i];
        if (node->strange_shown || node->strange.sha256 || node->lacks_login)
            ask_about(fleet, node);
    }
}

static bool is_asked(const struct hw_fleet *fleet, const struct hw_node *node, enum hw_asked about)
{
    return fleet->asked == node && fleet->asked_about == about;
}

void hw_fleet_unknown_key(void *data, const struct hw_ssh_unknown *unknown)
{
    struct hw_fleet *fleet = data;
    struct hw_node *node = hw_fleet_node(fleet, unknown->instance);
    if (!node || !fleet->asker.ask || is_asked(fleet, node, HW_ASKED_HOST_KEY))
        return;
    hw_buf_clear(&node->strange_key);
    hw_buf_add(&node->strange_key, unknown->blob.p, unknown->blob.n);
    hw_replace(&node->strange_shown, unknown->fingerprint);
    ask_next(fleet);
}

void hw_fleet_unknown_certificate(void *data, const char *instance,
                                  const struct hw_wsman_certificate *shown)
{
    struct hw_fleet *fleet = data;
    struct hw_node *node = hw_fleet_node(fleet, instance);
    if (!node || is_asked(fleet, node, HW_ASKED_CERTIFICATE))
        return;
    hw_replace(&node->strange.sha256, shown->sha256);
    hw_replace(&node->strange.sha1, shown->sha1);
    hw_replace(&node->strange.subject, shown->subject);
    hw_replace(&node->strange.until, shown->until);
    ask_next(fleet);
}

static void forget_question(struct hw_node *node, enum hw_asked about)
{
    if (about == HW_ASKED_CERTIFICATE)
        hw_strange_done(&node->strange);
    else if (about == HW_ASKED_HOST_KEY)
        hw_replace(&node->strange_shown, NULL);
    else
        node->lacks_login = false;
}

void hw_fleet_drop_question(struct hw_fleet *fleet, struct hw_node *node, enum hw_asked about)
{
    bool asked = is_asked(fleet, node, about);
    forget_question(node, about);
    if (!asked)
        return;
    fleet->asked = NULL;
    fleet->asker.done(fleet->asker.data);
    ask_next(fleet);
}

const char *hw_fleet_trusted(const struct hw_fleet *fleet, const char *instance)
{
    const char *known = hw_strv_value(fleet->trusted, instance);
    return known ? known : "";
}

static void trust(struct hw_fleet *fleet, struct hw_node *node)
{
    if (fleet->asked_about == HW_ASKED_CERTIFICATE) {
        hw_strv_put(fleet->trusted, node->instance, node->strange.sha256);
        hw_node_trusted(node);
    } else if (fleet->asked_about == HW_ASKED_HOST_KEY) {
        hw_ssh_trust(fleet->ssh, node->instance,
                     (struct hw_span){node->strange_key.data, node->strange_key.len});
        hw_follow_forgive(node->follow, &hw_way_ssh);
    }
}

void hw_fleet_lacks_login(struct hw_fleet *fleet, struct hw_node *node)
{
    if (fleet->login_asked || fleet->user || !fleet->asker.ask || !fleet->asker.logs_in)
        return;
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->nodes[i]->lacks_login)
            return; /* one question for all */
    }
    node->lacks_login = true;
    ask_next(fleet);
}

void hw_fleet_login(struct hw_fleet *fleet, const struct hw_fleet_login *login)
{
    if (login->user) {
        hw_replace(&fleet->user, login->user);
        hw_secret_free(fleet->password);
        fleet->password = hw_secret_copy(login->password);
        fleet->ticket = login->ticket;
    }
    if (login->passphrase) {
        hw_secret_free(fleet->passphrase);
        fleet->passphrase = hw_secret_copy(login->passphrase);
    }
    hw_fleet_use_login(fleet);
    for (size_t i = 0; i < fleet->count; i++) {
        hw_fleet_drop_question(fleet, fleet->nodes[i], HW_ASKED_LOGIN);
        hw_node_again(fleet->nodes[i]);
    }
}

void hw_fleet_answer(struct hw_fleet *fleet, bool yes)
{
    struct hw_node *node = fleet->asked;
    if (!node)
        return;
    if (yes && node->follow)
        trust(fleet, node);
    if (fleet->asked_about == HW_ASKED_LOGIN)
        fleet->login_asked = true; /* the answer is for all nodes */
    forget_question(node, fleet->asked_about);
    fleet->asked = NULL;
    ask_next(fleet);
}

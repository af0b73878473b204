/* SPDX-License-Identifier: Apache-2.0 */
/* How to log in to the nodes, asked while they are followed: the passphrase of the key file where
 * it has one, else a user and that user's password. */
#include "wizard_parts.h"

#include "base/text.h"
#include "node/negotiate.h"
#include "node/ssh_key.h"

static void ask(struct hw_wizard *w, char *text_take, const char *title, const char *label,
                bool hidden)
{
    free(w->asked_text);
    w->asked_text = text_take;
    w->asked =
        (struct ui_asked){.title = title, .text = w->asked_text, .label = label, .hidden = hidden};
}

static char *clean_copy(const char *text)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&clean, text, strlen(text), false);
    return hw_buf_take(&clean);
}

void hw_wizard_ask_login(struct hw_wizard *w, const struct hw_fleet_question *question)
{
    w->asked_login = true;
    hw_replace(&w->login_user, NULL);
    if (question->key_file && hw_ssh_key_lacks_passphrase(question->key_file, NULL)) {
        hw_auto_text path = clean_copy(question->key_file);
        hw_auto_text text = hw_format(_("%s is protected by a passphrase. It opens the passwords "
                                        "of the nodes, and SSH."),
                                      path);
        ask(w,
            w->passphrase_given ? hw_format("%s\n%s", _("That passphrase does not fit."), text)
                                : hw_strdup(text),
            _("The passphrase of the key file"), _("Passphrase, Esc to go on without"), true);
        return;
    }
    ask(w,
        hw_format(_("%s cannot be logged in to: %s\nA user of the nodes can: Administrator, "
                    "DOMAIN\\name or name@REALM. The password is asked for next, unless there is "
                    "a Kerberos ticket."),
                  question->node, question->login),
        _("Who logs in to the nodes?"), _("User, Esc to leave them"), false);
}

static void end(struct hw_wizard *w)
{
    w->asked = (struct ui_asked){0};
    w->asked_login = false;
    hw_replace(&w->login_user, NULL);
}

void hw_wizard_login_user(struct hw_wizard *w, const char *user)
{
    if (!user || !*user) {
        end(w);
        hw_session_answer(w->session, false);
    } else if (hw_negotiate_has_ticket(user)) {
        hw_auto_text copy = hw_strdup(user);
        end(w);
        hw_session_login(w->session, copy, NULL);
    } else {
        hw_replace(&w->login_user, user);
        hw_auto_text clean = clean_copy(user);
        ask(w,
            hw_format(_("The password of %s goes to the nodes alone, and is kept for this run of "
                        "hpcwiz."),
                      clean),
            _("Who logs in to the nodes?"), _("Password, Esc to leave them"), true);
    }
}

void hw_wizard_login_secret(struct hw_wizard *w, struct hw_secret *value_take)
{
    hw_auto_text user = hw_strdup(w->login_user);
    bool given = value_take && hw_secret_length(value_take) > 0;
    end(w);
    if (!given) {
        hw_secret_free(value_take);
        hw_session_answer(w->session, false);
    } else if (user) {
        hw_session_login(w->session, user, value_take);
    } else {
        w->passphrase_given = true;
        hw_session_passphrase(w->session, value_take);
    }
}

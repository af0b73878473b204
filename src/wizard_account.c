/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are, what AWS or a node asks a person, what the account offers, and its secrets. */
#include "wizard_parts.h"

#include "base/text.h"

static void on_identity(void *data, const struct hw_ev_identity *identity HW_UNUSED,
                        const struct hw_err *err)
{
    struct hw_wizard *w = data;
    if (err)
        hw_tell_notice(hw_session_sink(w->session), HW_ERROR, "%s. %s", err->what, err->next);
    else
        hw_wizard_find_clusters(w);
}

static void host_identify(void *data)
{
    struct hw_wizard *w = data;
    hw_discover_identity(hw_session_discover(w->session), on_identity, w);
}

static void add_profiles(struct hw_choices *choices, const struct hw_strv *names,
                         const struct hw_strv *details)
{
    for (size_t i = 0; i < names->count; i++) {
        hw_auto(hw_buf) label = HW_BUF(HW_MAX_TEXT);
        hw_text_clean(&label, names->items[i], strlen(names->items[i]), false);
        hw_choices_add(choices, names->items[i], hw_buf_cstr(&label), details->items[i]);
    }
}

static const struct hw_choices *host_profiles(void *data)
{
    struct hw_wizard *w = data;
    hw_auto(hw_strv) names = {0};
    hw_auto(hw_strv) details = {0};
    unsigned long generation = w->profiles.generation + 1;
    struct hw_err err = {0};
    hw_choices_done(&w->profiles);
    w->profiles = (struct hw_choices){.state = HW_CHOICES_READY, .generation = generation};
    if (hw_aws_profiles(&names, &details, &err)) {
        add_profiles(&w->profiles, &names, &details);
    } else {
        w->profiles.state = HW_CHOICES_FAILED;
        w->profiles.err = err;
    }
    return &w->profiles;
}

static bool host_use_profile(void *data, const char *name, struct hw_err *err)
{
    struct hw_wizard *w = data;
    if (w->deploying) {
        hw_fail(err, HW_ERR_BUSY, "%s", _("a deployment is being watched in this account"));
        return hw_err_next(err, "%s", _("Leave it running (d on the deploy page) first."));
    }
    if (!hw_session_use_profile(w->session, name, err))
        return false;
    hw_wizard_forget_found(w);
    host_identify(w);
    return true;
}

void hw_wizard_on_ask(void *data, const char *question)
{
    struct hw_wizard *w = data;
    hw_replace(&w->question, question);
}

void hw_wizard_on_ask_done(void *data)
{
    struct hw_wizard *w = data;
    hw_replace(&w->question, NULL);
}

static const char *host_asks(void *data)
{
    struct hw_wizard *w = data;
    return w->question;
}

static void host_answer(void *data, const char *text)
{
    struct hw_wizard *w = data;
    hw_replace(&w->question, NULL);
    hw_aws_answer(hw_session_aws(w->session), text);
}

static char *host_key_text(const struct hw_fleet_question *q)
{
    return hw_format(
        _("%s (%s, %s) shows a host key that nobody vouches for: it is neither in a tag of the "
          "instance nor in a known_hosts file.\n%s\nCompare it on the machine: ssh-keygen -lf "
          "C:\\ProgramData\\ssh\\ssh_host_ed25519_key.pub\nIf it is trusted, hpcwiz remembers it "
          "for this instance."),
        q->node, q->instance, q->address, q->fingerprint);
}

static char *certificate_text(const struct hw_fleet_question *q)
{
    return hw_format(
        _("%s (%s, %s) shows a certificate for WinRM that nobody vouches for: no tag of the "
          "instance, and no authority.\nSHA-256 %s\nSHA-1 %s\nSubject %s, valid until %s\nCompare "
          "SHA-1 on the machine: winrm enumerate winrm/config/listener\nIf it is trusted, this "
          "run of hpcwiz remembers it for the instance."),
        q->node, q->instance, q->address, q->sha256, q->sha1, q->subject, q->until);
}

/* What nobody else vouches for is the person's word alone. */
void hw_wizard_on_node_ask(void *data, const struct hw_fleet_question *question)
{
    struct hw_wizard *w = data;
    if (question->login) {
        hw_wizard_ask_login(w, question);
        return;
    }
    free(w->asked_text);
    w->asked_text = question->fingerprint ? host_key_text(question) : certificate_text(question);
    w->asked = (struct ui_asked){.title = _("Is this the node?"),
                                 .text = w->asked_text,
                                 .label = _("Type yes to trust it, Esc to leave it"),
                                 .expect = _("yes")};
}

void hw_wizard_on_node_ask_done(void *data)
{
    struct hw_wizard *w = data;
    w->asked = (struct ui_asked){0};
    w->asked_login = false;
}

static const struct ui_asked *host_node_asks(void *data)
{
    struct hw_wizard *w = data;
    return w->asked.text ? &w->asked : NULL;
}

static void host_node_answer(void *data, const char *text)
{
    struct hw_wizard *w = data;
    if (w->asked_login) {
        hw_wizard_login_user(w, text);
        return;
    }
    w->asked = (struct ui_asked){0};
    hw_session_answer(w->session, text != NULL);
}

static void host_node_secret(void *data, struct hw_secret *value_take)
{
    hw_wizard_login_secret(data, value_take);
}

/* The Region of the answers is the one that is asked. */
void hw_wizard_use_region(struct hw_wizard *w, const struct hw_cluster *cluster)
{
    struct hw_aws *aws = hw_session_aws(w->session);
    const char *region = hw_cluster_get(cluster, "region");
    if (w->deploying || !*region || strcmp(region, hw_aws_region(aws)) == 0)
        return;
    hw_aws_set_region(aws, region);
    hw_discover_reset(hw_session_discover(w->session));
    hw_parameters_forget(hw_session_parameters(w->session));
}

static void host_want(void *data, const struct hw_cluster *cluster, enum hw_source source)
{
    struct hw_wizard *w = data;
    hw_wizard_use_region(w, cluster);
    hw_discover_ahead(hw_session_discover(w->session), cluster);
    hw_discover_want(hw_session_discover(w->session), cluster, source);
}

static void host_again(void *data, const struct hw_cluster *cluster, enum hw_source source)
{
    struct hw_wizard *w = data;
    hw_wizard_use_region(w, cluster);
    hw_discover_again(hw_session_discover(w->session), cluster, source);
}

static const struct hw_choices *host_choices(void *data, enum hw_source source)
{
    struct hw_wizard *w = data;
    return hw_discover_choices(hw_session_discover(w->session), source);
}

static bool host_fill(void *data, struct hw_cluster *cluster)
{
    struct hw_wizard *w = data;
    return hw_discover_fill(hw_session_discover(w->session), cluster);
}

void hw_wizard_on_parameters(void *data)
{
    struct hw_wizard *w = data;
    if (w->app)
        ui_app_dirty(w->app);
    if (w->plain)
        ui_plain_poll(w->plain);
}

static void host_secret_want(void *data, const struct hw_cluster *cluster, const char *name)
{
    struct hw_wizard *w = data;
    hw_wizard_use_region(w, cluster);
    hw_parameters_want(hw_session_parameters(w->session), name);
}

static const struct hw_parameter *host_secret_known(void *data, const char *name)
{
    struct hw_wizard *w = data;
    return hw_parameters_find(hw_session_parameters(w->session), name);
}

static const struct hw_choices *host_secret_keys(void *data)
{
    struct hw_wizard *w = data;
    return hw_parameters_keys(hw_session_parameters(w->session));
}

static struct hw_secret *host_secret_generate(void *data HW_UNUSED, struct hw_err *err)
{
    return hw_secret_generate(err);
}

static void on_secret_put(void *data, const struct hw_err *err)
{
    hw_wizard_tell_result(data, "secret", err);
}

static void host_secret_put(void *data, const char *name, enum hw_secret_kind kind,
                            struct hw_secret *value_take, const char *key_id)
{
    struct hw_wizard *w = data;
    hw_parameters_put(hw_session_parameters(w->session), name, kind, value_take, key_id,
                      on_secret_put, w);
}

void hw_wizard_host_account(struct hw_wizard *w, struct ui_host *host)
{
    host->identify = host_identify;
    host->profiles = w->demo ? NULL : host_profiles;
    host->use_profile = host_use_profile;
    host->asks = host_asks;
    host->answer = host_answer;
    host->node_asks = host_node_asks;
    host->node_answer = host_node_answer;
    host->node_secret = host_node_secret;
    host->want = host_want;
    host->choices = host_choices;
    host->again = host_again;
    host->fill = host_fill;
    host->secret_want = host_secret_want;
    host->secret_known = host_secret_known;
    host->secret_keys = host_secret_keys;
    host->secret_generate = host_secret_generate;
    host->secret_put = host_secret_put;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/chain.h"

#include "aws/parts.h"
#include "base/log.h"
#include "base/text.h"

struct hw_chain {
    struct hw_attempt attempt; /* first: the chain is found by it */
    struct hw_lookup lookup;
    struct hw_aws_files own_files;
    char *profile;
    struct hw_strv visited;
    const struct hw_provider *only;
    size_t at; /* the provider being asked */
    bool asking;
    struct hw_timer *timer;
    struct hw_err note; /* what a provider that had nothing said of it */
    hw_chain_fn *fn;
    void *data;
};

/* A profile that was named but is nowhere is an error, not a reason to look elsewhere. */
static enum hw_outcome look_for_profile(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                                        struct hw_err *err)
{
    const struct hw_lookup *lookup = attempt->lookup;
    const struct hw_aws_files *files = lookup->files;
    if (strcmp(lookup->profile, "default") == 0 || hw_aws_files_has(files, lookup->profile))
        return HW_KEYS_NONE;
    hw_fail(err, HW_ERR_AUTH, _("there is no profile '%s' in %s or %s"), lookup->profile,
            files->config.path, files->credentials.path);
    hw_err_next(err, _("Choose another profile with --profile or AWS_PROFILE; "
                       "`aws configure list-profiles` lists them."));
    return HW_KEYS_BROKEN;
}

static const struct hw_provider profile_exists = {.method = "profile", .start = look_for_profile};

/* `aws login` keeps its keys bound to a private key of its own (DPoP), which is not read here. */
static enum hw_outcome refuse_login(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                                    struct hw_err *err)
{
    const struct hw_lookup *lookup = attempt->lookup;
    if (!hw_aws_files_get(lookup->files, lookup->profile, "login_session"))
        return HW_KEYS_NONE;
    hw_fail(err, HW_ERR_AUTH, _("profile '%s' signs in with `aws login`, which hpcwiz cannot use"),
            lookup->profile);
    hw_err_next(err,
                _("Give it `credential_process = aws configure export-credentials --profile %s` "
                  "in a profile of its own, and use that."),
                lookup->profile);
    return HW_KEYS_BROKEN;
}

static const struct hw_provider login = {.method = "login", .start = refuse_login};

struct link {
    const struct hw_provider *provider;
    bool of_source; /* asked for a role's source profile, too */
};

static const struct link order[] = {
    {&hw_provider_env, false},
    {&profile_exists, true},
    {&hw_provider_role, true},
    {&hw_provider_web, true},
    {&hw_provider_sso, true},
    {&hw_provider_credentials_file, true},
    {&login, true},
    {&hw_provider_process, true},
    {&hw_provider_config_file, true},
    {&hw_provider_container, false},
    {&hw_provider_imds, false},
    {&hw_provider_imds_region, false},
};

static void chain_free(struct hw_chain *chain)
{
    hw_timer_cancel(chain->timer);
    hw_aws_files_done(&chain->own_files);
    hw_strv_done(&chain->visited);
    free(chain->profile);
    free(chain);
}

void hw_chain_stop(struct hw_chain *chain)
{
    if (!chain)
        return;
    if (chain->asking)
        order[chain->at].provider->stop(&chain->attempt);
    chain_free(chain);
}

/* What came from files, servers and variables is shown to people: nothing goes out as it came. */
static void clean_text(char *text, size_t size)
{
    hw_auto(hw_buf) clean = HW_BUF(8192);
    hw_text_clean(&clean, text, strlen(text), false);
    size_t n = hw_text_cut(hw_buf_cstr(&clean), size - 1);
    memcpy(text, hw_buf_cstr(&clean), n);
    text[n] = '\0';
}

static void clean_source(struct hw_creds *creds)
{
    hw_auto(hw_buf) clean = HW_BUF(8192);
    if (!creds->source) /* no keys, but a region */
        return;
    hw_text_clean(&clean, creds->source, strnlen(creds->source, 1024), false);
    hw_replace(&creds->source, hw_buf_cstr(&clean));
}

/* creds NULL: err. The chain is gone before its owner hears of it. */
static void end(struct hw_chain *chain, struct hw_creds *creds, const struct hw_err *err)
{
    hw_chain_fn *fn = chain->fn;
    void *data = chain->data;
    struct hw_err why = creds ? (struct hw_err){0} : *err;
    clean_text(why.what, sizeof why.what);
    clean_text(why.place, sizeof why.place);
    clean_text(why.next, sizeof why.next);
    if (creds)
        clean_source(creds);
    if (chain->only != &hw_provider_imds_region)
        hw_trace("aws", "keys of profile %s: %s", chain->profile, creds ? creds->source : why.what);
    chain_free(chain);
    fn(data, creds, creds ? NULL : &why);
}

static void nothing_found(struct hw_chain *chain)
{
    struct hw_err err = {0};
    const char *why = chain->note.what;
    if (chain->only)
        hw_fail(&err, HW_ERR_AUTH, _("the credential_source of profile '%s' has no credentials"),
                chain->profile);
    else
        hw_fail(&err, HW_ERR_AUTH, _("no AWS credentials were found for profile '%s'"),
                chain->profile);
    if (*why) {
        struct hw_err note = chain->note;
        hw_wrap(&note, "%s", err.what);
        err = note;
        err.code = HW_ERR_AUTH;
    }
    if (!err.next[0])
        hw_err_next(&err, _("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run "
                            "`aws configure`, or choose a profile with --profile."));
    end(chain, NULL, &err);
}

static bool is_asked(const struct hw_chain *chain, const struct link *link)
{
    if (chain->only)
        return link->provider == chain->only;
    if (link->provider == &hw_provider_imds_region)
        return false;
    if (link->provider == &hw_provider_env && !chain->lookup.environment)
        return false;
    return link->of_source || !chain->lookup.source;
}

/* False: the chain has ended. */
static bool heard(struct hw_chain *chain, enum hw_outcome outcome, struct hw_creds *creds,
                  const struct hw_err *err)
{
    switch (outcome) {
    case HW_KEYS_LATER:
        chain->asking = true;
        return false;
    case HW_KEYS_FOUND:
        end(chain, creds, NULL);
        return false;
    case HW_KEYS_BROKEN:
        end(chain, NULL, err);
        return false;
    case HW_KEYS_NONE:
        break;
    }
    if (err && err->what[0])
        chain->note = *err;
    chain->at++;
    return true;
}

static void go_on(struct hw_chain *chain)
{
    while (chain->at < HW_COUNT(order)) {
        const struct link *link = &order[chain->at];
        struct hw_creds creds = {0};
        struct hw_err err = {0};
        enum hw_outcome outcome = HW_KEYS_NONE;
        if (is_asked(chain, link))
            outcome = link->provider->start(&chain->attempt, &creds, &err);
        if (!heard(chain, outcome, &creds, &err))
            return;
    }
    nothing_found(chain);
}

void hw_attempt_answer(struct hw_attempt *attempt, enum hw_outcome outcome,
                       struct hw_creds *creds_take, const struct hw_err *err)
{
    struct hw_chain *chain = (struct hw_chain *)attempt;
    chain->asking = false;
    attempt->state = NULL;
    if (heard(chain, outcome, creds_take, err))
        go_on(chain);
}

static void begin(void *data)
{
    struct hw_chain *chain = data;
    struct hw_err err = {0};
    chain->timer = NULL;
    if (!chain->lookup.files) {
        if (!hw_aws_files_read(&chain->own_files, &err)) {
            end(chain, NULL, &err);
            return;
        }
        chain->lookup.files = &chain->own_files;
    }
    go_on(chain);
}

struct hw_chain *hw_chain_start(struct hw_aws *aws, const struct hw_chain_want *want,
                                hw_chain_fn *fn, void *data)
{
    struct hw_chain *chain = HW_NEW(struct hw_chain);
    *chain = (struct hw_chain){
        .profile = hw_strdup(want->profile), .only = want->only, .fn = fn, .data = data};
    if (want->visited)
        hw_strv_copy(&chain->visited, want->visited);
    hw_strv_add(&chain->visited, want->profile);
    chain->lookup = (struct hw_lookup){.aws = aws,
                                       .files = want->files,
                                       .profile = chain->profile,
                                       .environment = want->environment,
                                       .source = want->source,
                                       .anew = want->anew,
                                       .visited = &chain->visited};
    chain->attempt.lookup = &chain->lookup;
    chain->timer = hw_loop_timer(aws->loop, 0, begin, chain);
    return chain;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/mem.h"
#include "base/text.h"
#include "deploy/boxes.h"
#include "diagnose/tests.h"
#include "node/exec.h"

#define LINES_MAX    20000000u           /* some 8 bytes of memory each */
#define SPACE_MAX    (UINT64_C(2) << 30) /* on disk, while the program runs */
#define WORK_THREADS 2u

/* A test under way. */
struct testing {
    struct hw_exec *exec; /* NULL: none is */
    char *node, *instance, *test;
    struct hw_strv with;
    hw_session_test_fn *fn;
    void *data;
};

struct hw_session {
    struct hw_loop *loop;
    struct hw_work *work;
    struct hw_sink outer; /* the caller's */
    struct hw_sink inner; /* ours: every room tells this one */
    char *key_file, *rules_folder, *user;
    struct hw_secret *password;   /* of that user of the nodes */
    struct hw_secret *passphrase; /* of the key file */
    bool ticket;
    struct hw_fleet_asker node_asker;
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_parameters *parameters; /* NULL until it is first needed */
    hw_timer_fn *parameters_changed;
    void *parameters_data;
    struct hw_logs *logs;
    uint64_t log_space;
    struct hw_rules *rules;
    struct hw_diagnose *diagnose; /* NULL until it is first needed */
    bool rules_refused, undiagnosed, no_secret_lookup;
    bool disk_told; /* that the disk takes no more lines */
    struct hw_deploy *deploy;
    char *cluster, *region; /* of the deployment */
    char *account;          /* whose keys it uses; NULL: not told yet */
    bool other_account;     /* since the last deployment */
    struct hw_boxes *boxes; /* of that deployment; NULL: none runs, or ran */
    struct hw_node_act *act;
    struct hw_fleet *fleet;
    struct hw_strv trusted;   /* instances and their certificates, as hw_fleet_options */
    struct hw_strv instances; /* names of nodes and their instances, in turn */
    struct testing testing;
    char *answers; /* the file that keeps what tests have told; NULL: no cluster is known */
};

/* What the journal keeps of the nodes, so that the cause can still be told when they are gone:
 * their stages, and the lines that changed what is known. */
static bool is_kept(const struct hw_event *event, bool telling)
{
    return event->type == HW_EV_STAGE || event->type == HW_EV_NODE || event->type == HW_EV_TEST ||
           (event->type == HW_EV_LOG && telling);
}

static void add_line(struct hw_session *session, const struct hw_ev_log *line)
{
    struct hw_err err = {0};
    hw_logs_add(session->logs, line);
    if (session->disk_told || !hw_logs_is_broken(session->logs, &err))
        return;
    session->disk_told = true;
    hw_tell_notice(&session->outer, HW_WARNING, _("%s. Free some space and start hpcwiz again."),
                   err.what);
}

static void learn_instance(struct hw_session *session, const struct hw_ev_node *node)
{
    if (node->instance && node->instance[0])
        hw_strv_put(&session->instances, node->node, node->instance);
}

static void on_event(void *data, const struct hw_event *event)
{
    struct hw_session *session = data;
    if (event->type == HW_EV_LOG)
        add_line(session, &event->u.log);
    if (event->type == HW_EV_NODE)
        learn_instance(session, &event->u.node);
    if (event->type == HW_EV_IDENTITY)
        hw_replace(&session->account, event->u.identity.account);
    struct hw_diagnose *diagnose = session->undiagnosed ? NULL : hw_session_diagnose(session);
    bool telling = diagnose && hw_diagnose_feed(diagnose, event);
    if (session->deploy && is_kept(event, telling))
        hw_deploy_note(session->deploy, event);
    hw_tell(&session->outer, event);
    if (session->boxes)
        hw_boxes_feed(session->boxes, event);
}

struct hw_session *hw_session_new(struct hw_loop *loop, const struct hw_session_options *options,
                                  const struct hw_sink *sink, struct hw_err *err)
{
    struct hw_session *session = HW_NEW(struct hw_session);
    session->loop = loop;
    session->outer = sink ? *sink : (struct hw_sink){0};
    session->inner = (struct hw_sink){on_event, session};
    session->key_file = hw_strdup(options->key_file);
    session->rules_folder = hw_strdup(options->rules);
    session->user = hw_strdup(options->user);
    session->password = options->password_take;
    session->passphrase = options->passphrase_take;
    session->ticket = options->ticket;
    if (options->node_asker)
        session->node_asker = *options->node_asker;
    session->undiagnosed = options->undiagnosed;
    session->no_secret_lookup = options->no_secret_lookup;
    session->work = hw_work_new(loop, WORK_THREADS);
    session->parameters_changed = options->parameters_changed;
    session->parameters_data = options->parameters_data;
    session->log_space = options->log_space ? options->log_space : SPACE_MAX;
    session->logs = hw_logs_new(LINES_MAX, session->log_space);
    session->aws = hw_aws_new(loop, session->work,
                              &(struct hw_aws_options){.region = options->region,
                                                       .profile = options->profile,
                                                       .endpoint_url = options->endpoint_url,
                                                       .log_file = options->log_file,
                                                       .sink = &session->inner,
                                                       .asker = options->asker},
                              err);
    if (!session->aws) {
        hw_session_free(session);
        return NULL;
    }
    session->discover =
        hw_discover_new(session->aws, options->choices_changed, options->choices_data);
    return session;
}

static void stop_testing(struct hw_session *session)
{
    struct testing *t = &session->testing;
    hw_exec_free(t->exec);
    free(t->node);
    free(t->instance);
    free(t->test);
    hw_strv_done(&t->with);
    *t = (struct testing){0};
}

void hw_session_free(struct hw_session *session)
{
    if (!session)
        return;
    stop_testing(session);
    hw_fleet_free(session->fleet);
    hw_node_act_free(session->act);
    hw_boxes_free(session->boxes);
    hw_deploy_free(session->deploy);
    free(session->cluster);
    free(session->region);
    free(session->account);
    hw_parameters_free(session->parameters);
    hw_discover_free(session->discover);
    hw_aws_free(session->aws);
    hw_work_free(session->work);
    hw_diagnose_free(session->diagnose);
    hw_rules_free(session->rules);
    hw_logs_free(session->logs);
    free(session->key_file);
    free(session->rules_folder);
    free(session->answers);
    free(session->user);
    hw_secret_free(session->password);
    hw_secret_free(session->passphrase);
    hw_strv_done(&session->instances);
    hw_strv_done(&session->trusted);
    free(session);
}

struct hw_aws *hw_session_aws(struct hw_session *session)
{
    return session->aws;
}

struct hw_discover *hw_session_discover(struct hw_session *session)
{
    return session->discover;
}

struct hw_parameters *hw_session_parameters(struct hw_session *session)
{
    if (!session->parameters)
        session->parameters =
            hw_parameters_new(session->aws, session->parameters_changed, session->parameters_data);
    return session->parameters;
}

struct hw_logs *hw_session_logs(struct hw_session *session)
{
    return session->logs;
}

struct hw_work *hw_session_work(struct hw_session *session)
{
    return session->work;
}

const char *hw_session_instance(const struct hw_session *session, const char *node)
{
    const char *known = hw_strv_value(&session->instances, node);
    return known ? known : "";
}

static bool load_rules(struct hw_session *session, struct hw_err *err)
{
    struct hw_err own = {0};
    char text[1400];
    if (hw_rules_load(HW_RULES_OWN, session->rules_folder, &session->rules, &own))
        return true;
    if (!hw_rules_load(HW_RULES_INSTALLED, NULL, &session->rules, err))
        return false;
    hw_tell_notice(&session->outer, HW_WARNING, _("Your own diagnosis rules are left out: %s"),
                   hw_err_text(&own, text, sizeof text));
    return true;
}

struct hw_diagnose *hw_session_diagnose(struct hw_session *session)
{
    struct hw_err err = {0};
    if (session->diagnose || session->rules_refused)
        return session->diagnose;
    if (session->rules || load_rules(session, &err)) {
        session->diagnose = hw_diagnose_new(session->rules);
    } else {
        session->rules_refused = true;
        hw_tell_notice(&session->outer, HW_ERROR, "%s", err.what);
    }
    return session->diagnose;
}

const struct hw_sink *hw_session_sink(const struct hw_session *session)
{
    return &session->inner;
}

char *hw_session_key_file(const char *named, const char *key_pair)
{
    if (named)
        return hw_path_expand(named);
    static const char *const endings[] = {".pem", ""};
    if (!key_pair || !*key_pair || strchr(key_pair, '/'))
        return NULL;
    for (size_t i = 0; i < HW_COUNT(endings); i++) {
        hw_auto_text name = hw_format("~/.ssh/%s%s", key_pair, endings[i]);
        char *path = hw_path_expand(name);
        if (hw_path_exists(path))
            return path;
        free(path);
    }
    return NULL;
}

struct hw_session_nodes hw_session_nodes_of(const struct hw_cluster *cluster)
{
    return (struct hw_session_nodes){
        .cluster = hw_cluster_get(cluster, "cluster"),
        .key_pair = hw_cluster_get(cluster, "access.key_pair"),
        .access = hw_cluster_get(cluster, "access.method"),
        .domain = hw_cluster_get(cluster, "directory.domain"),
        .secrets = {hw_cluster_get(cluster, "secrets.sql_password"),
                    hw_cluster_get(cluster, "secrets.service_password"),
                    hw_cluster_get(cluster, "secrets.certificate_password")}};
}

bool hw_session_nodes(struct hw_session *session, const struct hw_session_nodes *of,
                      hw_fleet_fn *fn, void *data, struct hw_err *err)
{
    hw_auto_text key_file = hw_session_key_file(session->key_file, of->key_pair);
    hw_auto(hw_strv) secrets = {0};
    for (size_t i = 0; i < HW_SESSION_SECRETS && !session->no_secret_lookup; i++) {
        if (of->secrets[i] && *of->secrets[i])
            hw_strv_add(&secrets, of->secrets[i]);
    }
    stop_testing(session);
    if (!of->cluster && !session->undiagnosed && hw_session_diagnose(session))
        hw_diagnose_fact(session->diagnose, HW_FACT_FOREIGN, "yes");
    struct hw_fleet_options options = {.cluster = of->cluster,
                                       .stacks = of->stacks,
                                       .instances = of->instances,
                                       .nodes = of->nodes,
                                       .secrets = &secrets,
                                       .key_file = key_file,
                                       .passphrase = session->passphrase,
                                       .user = session->user,
                                       .password = session->password,
                                       .ticket = session->ticket,
                                       .domain = of->domain,
                                       .asker = &session->node_asker,
                                       .trusted = &session->trusted,
                                       .access = of->access,
                                       .follow = of->follow,
                                       .crowd = of->crowd,
                                       .retry_ms = hw_poll_ms(0),
                                       .list_ms = hw_poll_ms(0),
                                       .sink = &session->inner};
    /* A fleet that goes on tells no line twice. */
    if (session->fleet && hw_fleet_again(session->fleet, &options))
        return true;
    hw_fleet_free(session->fleet);
    session->fleet =
        hw_fleet_start(session->aws, session->loop, session->work, &options, fn, data, err);
    return session->fleet != NULL;
}

void hw_session_answer(struct hw_session *session, bool trust)
{
    if (session->fleet)
        hw_fleet_answer(session->fleet, trust);
}

void hw_session_login(struct hw_session *session, const char *user, struct hw_secret *password_take)
{
    hw_replace(&session->user, user);
    hw_secret_free(session->password);
    session->password = password_take;
    session->ticket = !password_take;
    if (session->fleet)
        hw_fleet_login(session->fleet, &(struct hw_fleet_login){.user = user,
                                                                .password = password_take,
                                                                .ticket = session->ticket});
}

void hw_session_passphrase(struct hw_session *session, struct hw_secret *passphrase_take)
{
    hw_secret_free(session->passphrase);
    session->passphrase = passphrase_take;
    if (session->fleet)
        hw_fleet_login(session->fleet, &(struct hw_fleet_login){.passphrase = passphrase_take});
}

bool hw_session_is_saving(const struct hw_session *session)
{
    return session->boxes && hw_boxes_are_busy(session->boxes);
}

unsigned hw_session_late_ms(const struct hw_session *session)
{
    return session->fleet ? hw_fleet_late_ms(session->fleet) : 0;
}

/* How many nodes the file asks for, with SQL Server and head node. */
static unsigned crowd_of(const struct hw_cluster *cluster)
{
    unsigned nodes = 2;
    for (size_t group = 0; group < hw_cluster_groups(cluster); group++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.desired", group);
        nodes += (unsigned)hw_cluster_int(cluster, key);
    }
    return nodes;
}

bool hw_session_use_profile(struct hw_session *session, const char *name, struct hw_err *err)
{
    if (!hw_aws_set_profile(session->aws, name, err))
        return false;
    hw_session_close_nodes(session, NULL, NULL);
    hw_discover_reset(session->discover);
    hw_replace(&session->account, NULL);
    session->other_account = true;
    return true;
}

static bool replaces(char **text, const char *with)
{
    bool other = *text && strcmp(*text, with) != 0;
    hw_replace(text, with);
    return other;
}

/* The nodes of another cluster have the same names, and in another Region or account it may have
 * the same name too: what is known of those before is let go, so that neither their lines nor their
 * failures stand among those to come. */
static void change_cluster(struct hw_session *session, const struct hw_cluster *cluster)
{
    bool other_name = replaces(&session->cluster, hw_cluster_get(cluster, "cluster"));
    bool other_region = replaces(&session->region, hw_cluster_get(cluster, "region"));
    bool other_account = session->other_account;
    session->other_account = false;
    if (!other_name && !other_region && !other_account)
        return;
    stop_testing(session);
    hw_fleet_free(session->fleet);
    session->fleet = NULL;
    hw_logs_free(session->logs);
    session->logs = hw_logs_new(LINES_MAX, session->log_space);
    hw_diagnose_free(session->diagnose);
    session->diagnose = NULL;
    hw_strv_done(&session->instances);
}

bool hw_session_deploy(struct hw_session *session, const struct hw_cluster *cluster,
                       const struct hw_deploy_options *options, hw_deploy_fn *fn, void *data,
                       struct hw_err *err)
{
    struct hw_deploy_options own = *options;
    enum hw_deploy_mode mode = options->mode;
    /* The journal is read from other folders too. */
    hw_auto_text absolute = options->file ? realpath(options->file, NULL) : NULL;
    own.file = absolute ? absolute : options->file;
    own.account = session->account;
    own.sink = &session->inner;
    hw_boxes_free(session->boxes);
    session->boxes = NULL;
    change_cluster(session, cluster);
    session->boxes =
        hw_boxes_new(session->loop, session->aws, session->logs, &session->inner, session->cluster);
    hw_session_learn(session, cluster, options->file);
    hw_deploy_free(session->deploy);
    session->deploy = hw_deploy_start(session->aws, session->discover, session->loop, cluster, &own,
                                      fn, data, err);
    if (!session->deploy)
        return false;
    bool has_nodes = mode == HW_DEPLOY_EXECUTE || mode == HW_DEPLOY_FOLLOW;
    struct hw_err why = {0};
    struct hw_session_nodes nodes = hw_session_nodes_of(cluster);
    nodes.follow = true;
    nodes.crowd = mode == HW_DEPLOY_EXECUTE ? crowd_of(cluster) : 0;
    if (has_nodes && !hw_session_nodes(session, &nodes, NULL, NULL, &why))
        hw_tell_notice(&session->inner, HW_WARNING, _("The nodes' logs cannot be followed: %s"),
                       why.what);
    return true;
}

static void on_kept(void *data, const struct hw_event *event)
{
    if (event->type == HW_EV_TEST)
        hw_diagnose_feed(data, event);
}

static bool read_kept(void *data, const json_t *record)
{
    hw_event_read(record, data);
    return true;
}

/* What tests have told in runs before; there may be nothing. */
static void learn_answers(struct hw_session *session, const struct hw_cluster *cluster)
{
    struct hw_sink sink = {on_kept, session->diagnose};
    hw_auto_text journal = hw_deploy_journal_path(cluster, NULL);
    free(session->answers);
    session->answers = journal ? hw_format("%s.tests", journal) : NULL;
    if (session->answers && hw_path_exists(session->answers))
        hw_journal_read(session->answers, read_kept, &sink, NULL);
}

/* So that an action leads to the very question. */
static void learn_places(struct hw_diagnose *diagnose, const struct hw_cluster *cluster)
{
    static const char *const secrets[] = {"sql_username", "sql_password", "service_username",
                                          "service_password", "certificate_password"};
    for (size_t i = 0; i < HW_COUNT(secrets); i++) {
        hw_auto_text key = hw_format("secrets.%s", secrets[i]);
        hw_diagnose_secret(diagnose, hw_cluster_get(cluster, key), secrets[i]);
    }
    for (size_t i = 0; i < hw_cluster_groups(cluster); i++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.name", i);
        hw_diagnose_group(diagnose, hw_cluster_get(cluster, key), i);
    }
}

void hw_session_learn(struct hw_session *session, const struct hw_cluster *cluster,
                      const char *file)
{
    struct hw_diagnose *diagnose = session->undiagnosed ? NULL : hw_session_diagnose(session);
    const char *zone = hw_cluster_get(cluster, "network.zone_name");
    if (!diagnose)
        return;
    hw_diagnose_fact(diagnose, "domain", hw_cluster_get(cluster, "directory.domain"));
    hw_diagnose_fact(diagnose, "region", hw_cluster_get(cluster, "region"));
    hw_diagnose_fact(diagnose, "zone", zone);
    hw_diagnose_fact(diagnose, "certificate", hw_cluster_get(cluster, "hpc_pack.certificate_name"));
    bool china = strncmp(hw_cluster_get(cluster, "region"), "cn-", 3) == 0;
    hw_diagnose_fact(diagnose, HW_FACT_FILE, file);
    learn_places(diagnose, cluster);
    hw_diagnose_fact(diagnose, "aws_domain", china ? "amazonaws.com.cn" : "amazonaws.com");
    learn_answers(session, cluster);
    if (!*zone)
        return;
    hw_auto_text head = hw_format("headnode.%s", zone);
    hw_auto_text sql = hw_format("mssql.%s", zone);
    hw_diagnose_fact(diagnose, "head_host", head);
    hw_diagnose_fact(diagnose, "sql_host", sql);
}

/* So that the next question can be asked in another run. Not kept, it is only asked again. */
static void keep_answer(const struct hw_session *session, const struct hw_event *event)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_JOURNAL_LINE);
    struct hw_journal *file = session->answers ? hw_journal_open(session->answers, NULL) : NULL;
    hw_event_json(event, &text);
    json_t *record = json_loads(hw_buf_cstr(&text), 0, NULL);
    if (file && record)
        hw_journal_append(file, record, false, NULL);
    json_decref(record);
    hw_journal_close(file);
}

static void tell_answer(struct hw_session *session, enum hw_answer answer, struct hw_span detail)
{
    const struct testing *t = &session->testing;
    hw_auto_text words = hw_strndup(detail.p, detail.n);
    struct hw_event event = {.type = HW_EV_TEST,
                             .u.test = {.time_ms = hw_clock_wall_ms(),
                                        .node = t->node,
                                        .instance = t->instance,
                                        .test = t->test,
                                        .with = &t->with,
                                        .answer = answer,
                                        .detail = words}};
    keep_answer(session, &event);
    hw_tell(&session->inner, &event);
}

static void on_tested(void *data, const char *output, size_t n, const struct hw_err *failed)
{
    struct hw_session *session = data;
    struct testing *t = &session->testing;
    hw_session_test_fn *fn = t->fn;
    void *fn_data = t->data;
    enum hw_answer answer = HW_ANSWER_NONE;
    struct hw_span detail;
    struct hw_err err = {0};
    if (failed)
        err = *failed;
    else if (hw_test_answer(output, n, &answer, &detail))
        tell_answer(session, answer, detail);
    else
        hw_fail(&err, HW_ERR_PROTOCOL, _("the test '%s' on %s wrote no answer"), t->test, t->node);
    stop_testing(session);
    if (fn)
        fn(fn_data, answer, err.code != HW_OK ? &err : NULL);
}

bool hw_session_test(struct hw_session *session, const char *node, const char *test,
                     const struct hw_strv *with, hw_session_test_fn *fn, void *data,
                     struct hw_err *err)
{
    hw_auto(hw_buf) script = HW_BUF(HW_MAX_TEXT);
    struct testing *t = &session->testing;
    if (t->exec)
        return hw_fail(err, HW_ERR_BUSY, _("a test on %s is still running"), t->node);
    if (!hw_session_diagnose(session) || !session->fleet)
        return hw_fail(err, HW_ERR_SERVICE, "%s", _("no node is being followed"));
    if (!hw_test_script(hw_rules_tests(session->rules), test, with, &script, err))
        return false;
    t->exec = hw_exec_start(session->fleet, node, hw_buf_cstr(&script), on_tested, session, err);
    if (!t->exec)
        return false;
    t->node = hw_strdup(node);
    t->instance = hw_strdup(hw_exec_instance(t->exec));
    t->test = hw_strdup(test);
    hw_strv_copy(&t->with, with);
    t->fn = fn;
    t->data = data;
    return true;
}

void hw_session_node_act(struct hw_session *session, enum hw_node_action action,
                         const char *instance, hw_node_act_fn *fn, void *data)
{
    hw_node_act_free(session->act);
    session->act = hw_node_act(session->aws, action, instance, fn, data);
}

void hw_session_stop(struct hw_session *session)
{
    if (session->deploy)
        hw_deploy_stop(session->deploy);
}

void hw_session_close_nodes(struct hw_session *session, hw_timer_fn *closed, void *data)
{
    struct hw_fleet *fleet = session->fleet;
    stop_testing(session);
    session->fleet = NULL;
    if (fleet)
        hw_fleet_close(fleet, closed, data);
    else if (closed)
        hw_loop_timer(session->loop, 0, closed, data);
}

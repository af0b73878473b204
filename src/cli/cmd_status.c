/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks and nodes as they are now, with each node's install stage. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/certificates.h"
#include "cli/cli.h"
#include "deploy/drift.h"
#include "template/generate.h"

struct node_row {
    char *node, *instance, *address, *detail, *stage;
    enum hw_node_state state;
    enum hw_stage_status stage_status;
};

struct question;

struct status {
    struct hw_cli *cli;
    struct question *questions; /* those that were not answered yet */
    size_t waiting;             /* answers that are still to come */
    bool finished, nodes_read, drift_read;
    struct hw_strv present; /* stacks that are there */
    struct hw_err err;
    struct node_row *rows;
    size_t count, capacity;
    struct hw_certificates certificates;
};

#define CERTIFICATE_DAYS 30 /* that are told of beforehand; the head node renews no earlier */

struct question {
    struct status *status;
    char *stack;
    struct hw_aws_call *call;
    struct question *next;
};

static void question_free(struct question *question)
{
    struct question **at = &question->status->questions;
    while (*at != question)
        at = &(*at)->next;
    *at = question->next;
    free(question->stack);
    free(question);
}

static void answered(struct question *question)
{
    struct status *status = question->status;
    status->finished = --status->waiting == 0;
    question_free(question);
}

/* What an interruption left open. */
static void drop_questions(struct status *status)
{
    while (status->questions) {
        hw_aws_cancel(status->questions->call);
        question_free(status->questions);
    }
}

static void tell_stack(struct status *status, const char *stack, const char *state,
                       const char *reason)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    hw_text_clean(&clean, reason, strlen(reason), false);
    hw_cli_tell(status->cli,
                &(struct hw_event){.type = HW_EV_STACK,
                                   .u.stack = {.time_ms = hw_clock_wall_ms(),
                                               .stack = stack,
                                               .resource = stack,
                                               .resource_type = "AWS::CloudFormation::Stack",
                                               .status = state,
                                               .reason = hw_buf_cstr(&clean)}});
}

static void on_stack(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct question *question = data;
    struct status *status = question->status;
    bool absent = err && (err->code == HW_ERR_NOT_FOUND || strstr(err->what, "does not exist"));
    if (absent) {
        tell_stack(status, question->stack, "ABSENT", "");
    } else if (err) {
        status->err = *err;
    } else {
        hw_auto_text state = hw_xml_text(reply->xml, "Stacks/member/StackStatus");
        hw_auto_text reason = hw_xml_text(reply->xml, "Stacks/member/StackStatusReason");
        tell_stack(status, question->stack, state, reason);
        hw_strv_add(&status->present, question->stack);
    }
    answered(question);
}

static bool ask_stacks(struct status *status, const struct hw_cluster *cluster)
{
    hw_auto(hw_stacks) stacks = {0};
    if (!hw_template_stacks(cluster, &stacks, &status->err))
        return false;
    status->waiting = stacks.count;
    for (size_t i = 0; i < stacks.count; i++) {
        struct question *question = HW_NEW(struct question);
        *question = (struct question){
            .status = status, .stack = hw_strdup(stacks.items[i].name), .next = status->questions};
        status->questions = question;
        struct hw_aws_request *request =
            hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStacks");
        hw_aws_param(request, "StackName", question->stack);
        question->call =
            hw_aws_send(hw_session_aws(status->cli->session), request, on_stack, question);
    }
    return true;
}

static struct node_row *row_of(struct status *status, const char *node)
{
    for (size_t i = 0; i < status->count; i++) {
        if (strcmp(status->rows[i].node, node) == 0)
            return &status->rows[i];
    }
    hw_grow(&status->rows, &status->capacity, status->count, sizeof *status->rows);
    struct node_row *row = &status->rows[status->count++];
    *row = (struct node_row){.node = hw_strdup(node)};
    return row;
}

/* The last word on each node is what counts. */
static void on_event(void *data, const struct hw_event *event)
{
    struct status *status = data;
    if (event->type == HW_EV_NODE) {
        struct node_row *row = row_of(status, event->u.node.node);
        hw_replace(&row->instance, event->u.node.instance);
        hw_replace(&row->address, event->u.node.address);
        hw_replace(&row->detail, event->u.node.detail);
        row->state = event->u.node.state;
    } else if (event->type == HW_EV_STAGE) {
        struct node_row *row = row_of(status, event->u.stage.node);
        hw_certificates_feed(&status->certificates, event);
        hw_replace(&row->stage, event->u.stage.stage);
        row->stage_status = event->u.stage.status;
    }
    if (status->cli->options->json && event->type != HW_EV_LOG)
        hw_cli_tell(status->cli, event);
}

/* As they are installed: SQL Server, head node, then the others in the order of their numbers. */
static int by_name(const void *a, const void *b)
{
    const struct node_row *left = a, *right = b;
    static const char *const first[] = {"sql", "head"};
    for (size_t i = 0; i < HW_COUNT(first); i++) {
        int other = (strcmp(right->node, first[i]) == 0) - (strcmp(left->node, first[i]) == 0);
        if (other)
            return other;
    }
    return hw_text_compare_natural(left->node, right->node);
}

static void print_rows(struct status *status)
{
    if (status->cli->options->json)
        return;
    if (status->count)
        qsort(status->rows, status->count, sizeof *status->rows, by_name);
    for (size_t i = 0; i < status->count; i++) {
        const struct node_row *row = &status->rows[i];
        hw_auto(hw_buf) name = HW_BUF(HW_MAX_TEXT);
        hw_text_pad(&name, row->node, 12);
        hw_cli_print(status->cli, "%s %-20s %-15s %-12s %s%s%s\n", hw_buf_cstr(&name),
                     row->instance ? row->instance : "", row->address ? row->address : "",
                     hw_node_state_word(row->state), row->stage ? row->stage : "-", " ",
                     row->stage    ? hw_stage_status_word(row->stage_status)
                     : row->detail ? row->detail
                                   : "");
    }
}

static void rows_done(struct status *status)
{
    for (size_t i = 0; i < status->count; i++) {
        struct node_row *row = &status->rows[i];
        free(row->node);
        free(row->instance);
        free(row->address);
        free(row->detail);
        free(row->stage);
    }
    free(status->rows);
}

static void on_nodes(void *data, const struct hw_err *err)
{
    struct status *status = data;
    status->nodes_read = true;
    if (err)
        status->err = *err;
}

static void tell_health(struct status *status, const char *id, const char *message,
                        const char *remedy)
{
    hw_cli_tell(status->cli, &(struct hw_event){.type = HW_EV_CHECK,
                                                .u.check = {.id = id,
                                                            .severity = HW_WARNING,
                                                            .status = HW_CHECK_FAIL,
                                                            .message = message,
                                                            .field = "",
                                                            .remedy = remedy}});
}

/* A node whose last word is neither "signal done" nor a failure that was told is on its way, or
 * stuck; HPC Pack has it online once the stage of that name is done. */
static void tell_unready(struct status *status)
{
    for (size_t i = 0; i < status->count; i++) {
        const struct node_row *row = &status->rows[i];
        bool ready =
            row->stage && strcmp(row->stage, "signal") == 0 && row->stage_status == HW_STAGE_DONE;
        if (ready || row->state == HW_NODE_GONE)
            continue;
        hw_auto_text text =
            row->stage ? hw_format(_("%s has not told CloudFormation that it is ready; its last "
                                     "stage is %s (%s)"),
                                   row->node, row->stage, hw_stage_status_word(row->stage_status))
                       : hw_format(_("%s has not told of any stage"), row->node);
        hw_auto_text remedy = hw_format(_("See its log: hpcwiz logs %s %s"),
                                        status->cli->options->args.items[0], row->node);
        tell_health(status, "node.signal", text, remedy);
    }
}

static bool is_of_node(const struct status *status, const struct hw_certificate *certificate)
{
    for (size_t i = 0; i < status->count; i++) {
        const struct node_row *row = &status->rows[i];
        if (row->state != HW_NODE_GONE && row->instance &&
            strcmp(row->instance, certificate->instance) == 0)
            return true;
    }
    return false;
}

/* Most nodes have the head node's: one that ends at the same time is told of once. */
static bool was_told(const struct status *status, size_t i)
{
    const struct hw_certificate *all = status->certificates.items;
    for (size_t k = 0; k < i && !all[i].winrm; k++) {
        if (!all[k].winrm && all[k].until_ms == all[i].until_ms && is_of_node(status, &all[k]))
            return true;
    }
    return false;
}

static void tell_certificates(struct status *status)
{
    const char *file = status->cli->options->args.items[0];
    int64_t now_ms = hw_clock_wall_ms();
    for (size_t i = 0; i < status->certificates.count; i++) {
        const struct hw_certificate *one = &status->certificates.items[i];
        if (hw_certificate_days(one, now_ms) >= CERTIFICATE_DAYS || !is_of_node(status, one) ||
            was_told(status, i))
            continue;
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
        hw_certificate_say(one, now_ms, &text);
        hw_auto_text remedy =
            one->winrm ? hw_format(_("A node that is replaced makes another: hpcwiz retry %s %s"),
                                   file, one->node)
                       : hw_format(_("A head node that is replaced makes another: hpcwiz retry %s "
                                     "head, then each compute node."),
                                   file);
        tell_health(status, "node.certificate", hw_buf_cstr(&text), remedy);
    }
}

static void recall_certificates(struct status *status, const struct hw_cluster *cluster)
{
    hw_auto_text journal = hw_deploy_journal_path(cluster, NULL);
    if (journal)
        hw_certificates_recall(&status->certificates, journal);
}

static void on_drift(void *data, const struct hw_err *err)
{
    struct status *status = data;
    status->drift_read = true;
    if (err)
        status->err = *err;
}

static void look_for_drift(struct status *status)
{
    struct hw_cli *cli = status->cli;
    struct hw_drift *drift =
        hw_drift_start(hw_session_aws(cli->session), cli->loop, &status->present, hw_poll_ms(0),
                       &cli->sink, on_drift, status);
    hw_cli_wait(cli, &status->drift_read);
    hw_drift_free(drift);
}

static int run_status(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    struct status status = {.cli = cli};
    if (!ask_stacks(&status, cluster))
        return hw_cli_result(cli, &status.err, NULL);
    hw_cli_wait(cli, &status.finished);
    drop_questions(&status);
    if (status.finished && status.err.code == HW_OK) {
        recall_certificates(&status, cluster); /* of nodes that cannot be reached now */
        cli->listen = (struct hw_sink){on_event, &status};
        struct hw_session_nodes of = hw_session_nodes_of(cluster);
        if (hw_session_nodes(cli->session, &of, on_nodes, &status, &status.err))
            hw_cli_wait(cli, &status.nodes_read);
        hw_cli_close_nodes(cli);
        cli->listen = (struct hw_sink){0};
        print_rows(&status);
        tell_unready(&status);
        tell_certificates(&status);
        if (cli->options->drift && status.err.code == HW_OK)
            look_for_drift(&status);
    }
    hw_strv_done(&status.present);
    rows_done(&status);
    hw_certificates_done(&status.certificates);
    if (cli->interrupted && status.err.code == HW_OK) {
        hw_auto_text again =
            hw_format(_("Run it again: hpcwiz status %s"), cli->options->args.items[0]);
        return hw_cli_interrupted(cli, _("interrupted; nothing was changed"), again);
    }
    return hw_cli_result(cli, status.err.code == HW_OK ? NULL : &status.err, NULL);
}

int hw_cmd_status(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    int status = hw_cli_online(cli, cluster) ? run_status(cli, cluster) : cli->status;
    /* Calls that an interruption left open die with the session, before their data. */
    hw_session_free(cli->session);
    cli->session = NULL;
    hw_cluster_free(cluster);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fleet.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/multi.h"
#include "node/nodes.h"
#include "node/script.h"

#define RETRY_MS      2000u
#define LIST_MS       5000u
#define LIST_CALM_MS  15000u
#define LIST_EACH_MS  10u  /* for each node more: long lists cost requests, and time to read */
#define CLOSE_MS      5000 /* Signal and Delete, 2 s each, and some room */
#define LIST_PAGE     "200"
#define FIXED_SOCKETS 16
#define SOCKETS       (4u * HW_MAX_NODES) /* descriptors: one for each node, some more on the way */
#define SLOW_RETRIES  30u                 /* of the first wait: a minute */

#define CROWD        100u /* nodes; fewer are not paced */
#define PACE_EACH_MS 15u  /* for each node: some 70 answers a second, stage lines apart */

#define VALUES_MS 15000 /* a denial is told at once; a lost network is not */

static void list_instances(void *data);

/* Pace. */

unsigned hw_fleet_pace_ms(size_t nodes)
{
    return hw_ms_from("HPCWIZ_PACE_MS", nodes < CROWD ? 0 : PACE_EACH_MS * (unsigned)nodes);
}

void hw_fleet_set_pace(struct hw_fleet *fleet)
{
    size_t nodes = fleet->count > fleet->crowd ? fleet->count : fleet->crowd;
    fleet->room.pace_ms = fleet->crowd ? hw_fleet_pace_ms(nodes) : 0;
    if (fleet->room.pace_ms > fleet->late_ms)
        fleet->late_ms = fleet->room.pace_ms;
}

unsigned hw_fleet_late_ms(const struct hw_fleet *fleet)
{
    return fleet->late_ms;
}

/* Done. */

static void on_done(void *data)
{
    struct hw_fleet *fleet = data;
    hw_fleet_fn *fn = fleet->fn;
    fleet->done_timer = NULL;
    fleet->fn = NULL;
    if (fn)
        fn(fleet->data, NULL);
}

void hw_fleet_check_done(struct hw_fleet *fleet)
{
    bool asked = fleet->once && fleet->fn && !fleet->done_timer && !fleet->call;
    for (size_t i = 0; asked && i < fleet->count; i++)
        asked = fleet->nodes[i]->complete;
    if (asked)
        fleet->done_timer = hw_loop_timer(fleet->loop, 0, on_done, fleet);
}

struct hw_node *hw_fleet_node(const struct hw_fleet *fleet, const char *instance)
{
    uint32_t at = hw_names_find(&fleet->ids, instance);
    return at == HW_NAMES_NONE ? NULL : fleet->nodes[at];
}

/* Nodes that are gone stay among the others, but take nobody's place. */
static bool has_room(const struct hw_fleet *fleet)
{
    size_t there = 0;
    for (size_t i = 0; i < fleet->count; i++)
        there += fleet->nodes[i]->state != HW_NODE_GONE;
    return there < HW_MAX_NODES && fleet->count < HW_MAX_LOG_NAMES;
}

/* An instance that was over before we looked belongs to an earlier deployment. Every instance
 * gets its name, so that numbers do not depend on which nodes are wanted. */
static struct hw_node *admit(struct hw_fleet *fleet, const struct hw_instance *instance)
{
    struct hw_node *node = hw_fleet_node(fleet, instance->id);
    if (node || !strcmp(instance->state, "shutting-down") || !has_room(fleet))
        return node;
    node = hw_node_new(fleet, instance, hw_node_name(fleet, instance));
    node->complete = fleet->wanted_nodes.count && !hw_strv_has(&fleet->wanted_nodes, node->name);
    node->unwanted = node->complete;
    hw_grow(&fleet->nodes, &fleet->capacity, fleet->count, sizeof(struct hw_node *));
    fleet->nodes[fleet->count++] = node;
    hw_names_add(&fleet->ids, node->instance);
    hw_fleet_set_pace(fleet);
    return node;
}

static void tell_again(struct hw_fleet *fleet)
{
    bool due = fleet->tell_again;
    fleet->tell_again = false;
    for (size_t i = 0; due && i < fleet->count; i++)
        hw_node_tell_again(fleet->nodes[i]);
}

/* What the list does not name is gone, unless the list is cut. */
static void drop_missing(struct hw_fleet *fleet)
{
    fleet->lists++;
    for (size_t i = 0; i < fleet->found.count; i++) {
        struct hw_node *node = hw_fleet_node(fleet, fleet->found.items[i].id);
        if (node)
            node->listed = fleet->lists;
    }
    for (size_t i = 0; i < fleet->count && !fleet->found.cut; i++) {
        struct hw_node *node = fleet->nodes[i];
        if (node->listed == fleet->lists)
            continue;
        if (node->unwanted)
            node->state = HW_NODE_GONE;
        else
            hw_node_gone(node);
    }
}

static void apply_list(struct hw_fleet *fleet)
{
    hw_instances_sort(&fleet->found);
    drop_missing(fleet); /* first: their places are had by those that come */
    for (size_t i = 0; i < fleet->found.count; i++) {
        struct hw_node *node = admit(fleet, &fleet->found.items[i]);
        if (node && !node->unwanted)
            hw_node_update(node, &fleet->found.items[i]);
    }
    hw_instances_done(&fleet->found);
    tell_again(fleet);
    hw_fleet_check_done(fleet);
}

static void list_later(struct hw_fleet *fleet)
{
    bool calm = fleet->count > 0;
    for (size_t i = 0; calm && i < fleet->count; i++)
        calm = fleet->nodes[i]->state == HW_NODE_LIVE || fleet->nodes[i]->unwanted ||
               fleet->nodes[i]->state == HW_NODE_GONE;
    unsigned first = LIST_MS + LIST_EACH_MS * (unsigned)fleet->count;
    unsigned delay = fleet->list_ms                 ? fleet->list_ms
                     : calm || first > LIST_CALM_MS ? LIST_CALM_MS
                                                    : first;
    if (!fleet->once)
        fleet->list_timer = hw_loop_timer(fleet->loop, delay, list_instances, fleet);
}

static void fail_list(struct hw_fleet *fleet, const struct hw_err *err)
{
    hw_fleet_fn *fn = fleet->fn;
    hw_instances_done(&fleet->found);
    if (!fleet->listing_failed && !fleet->once)
        hw_tell_notice(fleet->sink, HW_WARNING, _("the list of nodes cannot be read: %s"),
                       err->what);
    fleet->listing_failed = true;
    list_later(fleet);
    if (!fleet->once)
        return;
    fleet->fn = NULL;
    if (fn)
        fn(fleet->data, err);
}

static void ask_page(struct hw_fleet *fleet, const char *token);

static void on_page(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_fleet *fleet = data;
    fleet->call = NULL;
    if (err) {
        fail_list(fleet, err);
        return;
    }
    char *next = NULL;
    hw_instances_read(&fleet->found, reply->xml, &next);
    hw_auto_text token = next;
    if (token && !fleet->found.cut && fleet->found.pages < HW_MAX_PAGES) {
        ask_page(fleet, token);
        return;
    }
    fleet->found.cut = fleet->found.cut || token;
    fleet->listing_failed = false;
    apply_list(fleet);
    list_later(fleet);
}

/* By instance ids paging is not allowed (EC2 API reference, DescribeInstances). */
static void ask_page(struct hw_fleet *fleet, const char *token)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeInstances");
    for (size_t i = 0; i < fleet->wanted_instances.count; i++)
        hw_aws_paramf(request, fleet->wanted_instances.items[i], "InstanceId.%zu", i + 1);
    if (!fleet->has_instances) {
        bool by_stack = fleet->wanted_stacks.count > 0;
        hw_aws_param(request, "Filter.1.Name",
                     by_stack ? "tag:aws:cloudformation:stack-name" : "tag:hpcwiz:cluster");
        for (size_t i = 0; i < fleet->wanted_stacks.count; i++)
            hw_aws_paramf(request, fleet->wanted_stacks.items[i], "Filter.1.Value.%zu", i + 1);
        if (!by_stack)
            hw_aws_param(request, "Filter.1.Value.1", fleet->cluster);
        hw_aws_param(request, "MaxResults", LIST_PAGE);
    }
    if (token)
        hw_aws_param(request, "NextToken", token);
    fleet->call = hw_aws_send(fleet->aws, request, on_page, fleet);
}

static void list_instances(void *data)
{
    struct hw_fleet *fleet = data;
    fleet->list_timer = NULL;
    ask_page(fleet, NULL);
}

/* Secrets. */

static void begin(struct hw_fleet *fleet)
{
    hw_timer_cancel(fleet->values_timer);
    hw_values_free(fleet->values);
    fleet->values_timer = NULL;
    fleet->values = NULL;
    fleet->list_timer = hw_loop_timer(fleet->loop, 0, list_instances, fleet);
}

static void on_value(void *data, const char *bytes, size_t n)
{
    struct hw_fleet *fleet = data;
    hw_redact_value(fleet->redact, bytes, n);
}

static void on_values(void *data, const struct hw_values_result *result)
{
    struct hw_fleet *fleet = data;
    if (result->refused)
        hw_tell_notice(fleet->sink, HW_INFO,
                       _("Not every secret's value may be read (%s); in logs those are hidden only "
                         "where they look like secrets."),
                       result->err->what);
    begin(fleet);
}

static void on_values_late(void *data)
{
    struct hw_fleet *fleet = data;
    fleet->values_timer = NULL;
    hw_tell_notice(
        fleet->sink, HW_INFO, "%s",
        _("The secrets' values were not told in time; in logs they are hidden only where "
          "they look like secrets."));
    begin(fleet);
}

/* Before the first line can come. */
static void learn_secrets(struct hw_fleet *fleet, const struct hw_strv *names)
{
    struct hw_values_handler handler = {on_value, on_values, fleet};
    if (!names || names->count == 0) {
        begin(fleet);
        return;
    }
    fleet->values = hw_values_read(fleet->aws, names, &handler);
    fleet->values_timer = hw_loop_timer(fleet->loop, VALUES_MS, on_values_late, fleet);
}

/* Life. */

void hw_fleet_use_login(struct hw_fleet *fleet)
{
    if (fleet->password)
        hw_redact_value(fleet->redact, hw_secret_bytes(fleet->password),
                        hw_secret_length(fleet->password));
    if (fleet->ssh)
        hw_ssh_use_key(fleet->ssh, fleet->key_file, fleet->passphrase);
}

void hw_fleet_take_login(struct hw_fleet *fleet, const struct hw_fleet_options *options)
{
    free(fleet->key_file);
    fleet->key_file =
        options->key_file && *options->key_file ? hw_path_expand(options->key_file) : NULL;
    hw_replace(&fleet->user, options->user);
    hw_replace(&fleet->domain, options->domain);
    hw_secret_free(fleet->password);
    hw_secret_free(fleet->passphrase);
    fleet->ticket = options->ticket;
    fleet->password = hw_secret_copy(options->password);
    fleet->passphrase = hw_secret_copy(options->passphrase);
    fleet->ssh_first = options->access && !strcmp(options->access, "ssh");
    hw_fleet_use_login(fleet);
}

static void take_options(struct hw_fleet *fleet, const struct hw_fleet_options *options)
{
    fleet->sink = options->sink;
    fleet->cluster = hw_strdup(options->cluster);
    /* As the generated templates name it. */
    fleet->log_group = options->cluster ? hw_format("/hpcwiz/%s", options->cluster) : NULL;
    fleet->region = hw_strdup(hw_aws_region(fleet->aws));
    fleet->profile = hw_strdup(hw_aws_profile(fleet->aws));
    if (options->asker)
        fleet->asker = *options->asker;
    fleet->trusted = options->trusted ? options->trusted : &fleet->own_trusted;
    fleet->has_instances = options->instances && options->instances->count;
    if (fleet->has_instances)
        hw_strv_copy(&fleet->wanted_instances, options->instances);
    if (options->stacks)
        hw_strv_copy(&fleet->wanted_stacks, options->stacks);
    if (options->nodes)
        hw_strv_copy(&fleet->wanted_nodes, options->nodes);
    fleet->once = !options->follow;
    fleet->winrm_only = options->winrm_only;
    fleet->port = options->port;
    fleet->retry_ms = options->retry_ms ? options->retry_ms : RETRY_MS;
    fleet->list_ms = options->list_ms;
    fleet->crowd = options->crowd;
}

/* Without it WinRM remains. */
static void start_ssh(struct hw_fleet *fleet)
{
    struct hw_ssh_options options = {.key_file = fleet->key_file,
                                     .passphrase = fleet->passphrase,
                                     .unknown = hw_fleet_unknown_key,
                                     .unknown_data = fleet};
    struct hw_err err = {0};
    char text[sizeof err.what + sizeof err.place + sizeof err.next];
    fleet->ssh = hw_ssh_new(fleet->loop, fleet->work, &options, &err);
    if (!fleet->ssh)
        hw_tell_notice(fleet->sink, HW_WARNING, _("Nodes are not reached over SSH: %s"),
                       hw_err_text(&err, text, sizeof text));
}

/* Where as many are not allowed, by custom more may be asked for than the 1,024 that a login has.
 */
static void allow_sockets(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= SOCKETS)
        return;
    files.rlim_cur = files.rlim_max < SOCKETS ? files.rlim_max : SOCKETS;
    setrlimit(RLIMIT_NOFILE, &files);
}

struct hw_fleet *hw_fleet_start(struct hw_aws *aws, struct hw_loop *loop, struct hw_work *work,
                                const struct hw_fleet_options *options, hw_fleet_fn *fn, void *data,
                                struct hw_err *err)
{
    hw_auto(hw_buf) command = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) snapshot = HW_BUF(HW_MAX_TEXT);
    if (!hw_script_command(&command, err) || !hw_script_snapshot(&snapshot, err))
        return NULL;
    struct hw_fleet *fleet = HW_NEW(struct hw_fleet);
    fleet->aws = aws;
    fleet->loop = loop;
    fleet->work = work;
    fleet->fn = fn;
    fleet->data = data;
    fleet->redact = hw_redact_new();
    take_options(fleet, options);
    hw_fleet_take_login(fleet, options);
    fleet->command.max = fleet->snapshot.max = HW_MAX_TEXT;
    fleet->redacted.max = fleet->cleaned.max = HW_MAX_TEXT;
    hw_buf_add(&fleet->command, hw_buf_cstr(&command), command.len);
    hw_buf_add(&fleet->snapshot, hw_buf_cstr(&snapshot), snapshot.len);
    fleet->multi = hw_multi_new(loop, HW_MAX_NODES + FIXED_SOCKETS);
    if (!options->winrm_only)
        start_ssh(fleet);
    fleet->room =
        (struct hw_way_room){.loop = loop,
                             .multi = fleet->multi,
                             .work = work,
                             .command = hw_buf_cstr(&fleet->command),
                             .snapshot = hw_buf_cstr(&fleet->snapshot),
                             .ssh = fleet->ssh,
                             .aws = aws,
                             .log_group = fleet->log_group,
                             .tunnels = &fleet->tunnels,
                             .read_ahead = &fleet->read_ahead,
                             .seconds = &fleet->seconds,
                             .unknown = fleet->asker.ask ? hw_fleet_unknown_certificate : NULL,
                             .unknown_data = fleet,
                             .slow_ms = SLOW_RETRIES * fleet->retry_ms};
    hw_fleet_set_pace(fleet);
    allow_sockets();
    learn_secrets(fleet, options->secrets);
    return fleet;
}

static void stop_looking(struct hw_fleet *fleet)
{
    hw_timer_cancel(fleet->list_timer);
    hw_timer_cancel(fleet->values_timer);
    hw_values_free(fleet->values);
    hw_aws_cancel(fleet->call);
    hw_instances_done(&fleet->found);
    fleet->list_timer = fleet->values_timer = NULL;
    fleet->values = NULL;
    fleet->call = NULL;
}

void hw_fleet_look_anew(struct hw_fleet *fleet, const struct hw_strv *secrets)
{
    stop_looking(fleet);
    fleet->listing_failed = false;
    learn_secrets(fleet, secrets);
}

static void stop_asking(struct hw_fleet *fleet)
{
    stop_looking(fleet);
    hw_timer_cancel(fleet->done_timer);
    fleet->done_timer = NULL;
    fleet->fn = NULL;
}

void hw_fleet_free(struct hw_fleet *fleet)
{
    if (!fleet)
        return;
    stop_asking(fleet);
    if (fleet->asked)
        fleet->asker.done(fleet->asker.data);
    for (size_t i = 0; i < fleet->count; i++)
        hw_node_free(fleet->nodes[i]);
    free(fleet->nodes);
    hw_names_done(&fleet->ids);
    hw_multi_free(fleet->multi);
    hw_ssh_free(fleet->ssh);
    hw_redact_free(fleet->redact);
    hw_strv_done(&fleet->wanted_instances);
    hw_strv_done(&fleet->wanted_stacks);
    hw_strv_done(&fleet->wanted_nodes);
    hw_buf_done(&fleet->command);
    hw_buf_done(&fleet->snapshot);
    hw_buf_done(&fleet->redacted);
    hw_buf_done(&fleet->cleaned);
    free(fleet->cluster);
    free(fleet->log_group);
    free(fleet->key_file);
    free(fleet->user);
    free(fleet->domain);
    free(fleet->region);
    free(fleet->profile);
    hw_secret_free(fleet->password);
    hw_secret_free(fleet->passphrase);
    hw_strv_done(&fleet->own_trusted);
    free(fleet);
}

static void finish_close(void *data)
{
    struct hw_fleet *fleet = data;
    void (*closed)(void *data) = fleet->closed;
    void *closed_data = fleet->closed_data;
    fleet->done_timer = NULL;
    hw_fleet_free(fleet);
    if (closed)
        closed(closed_data);
}

static void on_follow_closed(void *data)
{
    struct hw_node *node = data;
    struct hw_fleet *fleet = node->fleet;
    node->follow = NULL;
    if (--fleet->open > 0)
        return;
    hw_timer_cancel(fleet->done_timer);
    fleet->done_timer = hw_loop_timer(fleet->loop, 0, finish_close, fleet);
}

void hw_fleet_close(struct hw_fleet *fleet, void (*closed)(void *data), void *data)
{
    stop_asking(fleet);
    fleet->closed = closed;
    fleet->closed_data = data;
    for (size_t i = 0; i < fleet->count; i++) {
        struct hw_node *node = fleet->nodes[i];
        hw_password_cancel(node->asking);
        node->asking = NULL;
        if (!node->follow)
            continue;
        fleet->open++;
        hw_follow_close(node->follow, on_follow_closed, node);
    }
    fleet->done_timer = hw_loop_timer(fleet->loop, fleet->open ? CLOSE_MS : 0, finish_close, fleet);
}

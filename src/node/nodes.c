/* SPDX-License-Identifier: Apache-2.0 */
#include "node/nodes.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "logs/linetime.h"
#include "logs/stage.h"

#define KEPT_STAGES        128u /* lines of one node; the first ones go */
#define INSTALL_LOG        "install.log"
#define INSTALL_LOG_COPIED INSTALL_LOG HW_WAY_COPIED

static bool name_is_taken(const struct hw_fleet *fleet, const char *name)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (!strcmp(fleet->nodes[i]->name, name) && fleet->nodes[i]->state != HW_NODE_GONE)
            return true;
    }
    return false;
}

/* N where the text is "-N" as a name ends with it, of at least `digits` digits; else 0. */
static size_t number_at(const char *text, size_t digits)
{
    size_t n = *text == '-' ? strspn(text + 1, "0123456789") : 0;
    bool usual = n >= digits && n < 9 && !text[1 + n] && (n == digits || text[1] != '0');
    return usual ? strtoul(text + 1, NULL, 10) : 0;
}

/* The lowest one from `first` on with which no name that is in use ends. In one look at all nodes:
 * a thousand may come at once. */
static size_t free_number(const struct hw_fleet *fleet, const char *base, size_t first,
                          size_t digits)
{
    size_t length = strlen(base), most = fleet->count + first + 1, number = first;
    bool *taken = hw_alloc(most * sizeof *taken);
    for (size_t i = 0; i < fleet->count; i++) {
        const struct hw_node *node = fleet->nodes[i];
        bool kin = node->state != HW_NODE_GONE && !strncmp(node->name, base, length);
        size_t its = kin ? number_at(node->name + length, digits) : 0;
        if (its < most)
            taken[its] = true;
    }
    while (taken[number])
        number++;
    free(taken);
    return number;
}

char *hw_node_name(const struct hw_fleet *fleet, const struct hw_instance *instance)
{
    bool compute = !strcmp(instance->role, "compute") && *instance->group;
    const char *base = compute ? instance->group : instance->role;
    if (!*base)
        base = *instance->label ? instance->label : instance->id;
    if (!compute && !name_is_taken(fleet, base))
        return hw_strdup(base);
    return compute ? hw_format("%s-%02zu", base, free_number(fleet, base, 1, 2))
                   : hw_format("%s-%zu", base, free_number(fleet, base, 2, 1));
}

/* As the generated scripts name the two; the others keep what Windows calls them. The caller's. */
static char *full_name(const struct hw_fleet *fleet, const char *role)
{
    const char *ending = !strcmp(role, "sql") ? "DB" : !strcmp(role, "head") ? "HN" : NULL;
    if (!ending || !fleet->domain || !*fleet->domain || !fleet->cluster)
        return NULL;
    return hw_format("%s-%s.%s", fleet->cluster, ending, fleet->domain);
}

struct hw_node *hw_node_new(struct hw_fleet *fleet, const struct hw_instance *instance,
                            char *name_take)
{
    struct hw_node *node = HW_NEW(struct hw_node);
    node->fleet = fleet;
    node->name = name_take;
    node->instance = hw_strdup(instance->id);
    node->role = hw_strdup(instance->role);
    node->group = hw_strdup(!strcmp(instance->role, "compute") ? instance->group : "");
    node->address = hw_strdup(instance->address);
    node->pin = hw_strdup("");
    node->ssh_pins = hw_strdup("");
    node->detail = hw_strdup("");
    node->via = hw_strdup("");
    node->no_password = hw_strdup("");
    node->host = full_name(fleet, instance->role);
    node->strange_key.max = HW_MAX_VALUE;
    return node;
}

void hw_node_free(struct hw_node *node)
{
    hw_password_cancel(node->asking);
    hw_follow_free(node->follow);
    hw_secret_free(node->password);
    free(node->name);
    free(node->instance);
    free(node->role);
    free(node->group);
    free(node->address);
    free(node->pin);
    free(node->ssh_pins);
    free(node->detail);
    free(node->via);
    free(node->no_password);
    free(node->host);
    free(node->strange_shown);
    hw_strv_done(&node->stages);
    hw_strange_done(&node->strange);
    hw_buf_done(&node->strange_key);
    free(node);
}

static void tell_state(const struct hw_node *node)
{
    struct hw_event event = {.type = HW_EV_NODE,
                             .u.node = {.time_ms = hw_clock_wall_ms(),
                                        .node = node->name,
                                        .instance = node->instance,
                                        .role = node->role,
                                        .group = node->group,
                                        .address = node->address,
                                        .state = node->state,
                                        .via = node->via,
                                        .detail = node->detail}};
    hw_tell(node->fleet->sink, &event);
}

static void set_state_via(struct hw_node *node, enum hw_node_state state, const char *via,
                          const char *detail)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&clean, detail, strlen(detail), false);
    if (node->told && node->state == state && !strcmp(node->detail, hw_buf_cstr(&clean)) &&
        !strcmp(node->via, via))
        return;
    node->told = true;
    hw_replace(&node->via, via);
    node->state = state;
    hw_replace(&node->detail, hw_buf_cstr(&clean));
    tell_state(node);
}

static const char *first_way(const struct hw_node *node)
{
    return node->fleet->ssh_first ? hw_way_ssh.name : hw_way_winrm.name;
}

static void set_state(struct hw_node *node, enum hw_node_state state, const char *detail)
{
    set_state_via(node, state, *node->via ? node->via : first_way(node), detail);
}

static void set_complete(struct hw_node *node)
{
    node->complete = true;
    hw_fleet_check_done(node->fleet);
}

/* Lines. */

static void tell_stage(const struct hw_node *node, const struct hw_stage_line *line)
{
    hw_auto_text message = hw_strndup(line->message.p, line->message.n);
    struct hw_event event = {.type = HW_EV_STAGE,
                             .u.stage = {.time_ms = line->time_ms - node->skew.ms,
                                         .node = node->name,
                                         .instance = node->instance,
                                         .role = node->role,
                                         .stage = line->stage,
                                         .status = line->status,
                                         .exit_code = line->code,
                                         .message = message}};
    hw_tell(node->fleet->sink, &event);
}

static void keep_stage(struct hw_node *node, const char *text, size_t n)
{
    struct hw_strv *kept = &node->stages;
    if (kept->count == KEPT_STAGES) {
        free(kept->items[0]);
        memmove(kept->items, kept->items + 1, --kept->count * sizeof *kept->items);
    }
    hw_strv_take(kept, hw_strndup(text, n));
}

static void see_stage(struct hw_node *node, const char *text, size_t n, bool copied)
{
    struct hw_stage_line line;
    if (!hw_stage_parse(text, n, &line))
        return;
    keep_stage(node, text, n);
    tell_stage(node, &line);
    if (copied) /* it may be long past */
        return;
    if (hw_stage_reboots(&line))
        hw_follow_expect_reboot(node->follow, true);
    else if (line.status == HW_STAGE_STARTED) /* the end of a stage comes before its restart, too */
        hw_follow_expect_reboot(node->follow, false);
}

/* The last part of a Windows path. */
static const char *short_name(const char *path)
{
    const char *slash = strrchr(path, '\\');
    return slash && slash[1] ? slash + 1 : path;
}

static int64_t right_time(const struct hw_node *node, int64_t time_ms)
{
    return time_ms ? time_ms - node->skew.ms : 0;
}

static void on_line(void *data, const char *path, struct hw_line_state *state, uint64_t offset,
                    const char *text, size_t n)
{
    struct hw_node *node = data;
    struct hw_fleet *fleet = node->fleet;
    hw_auto(hw_buf) source = HW_BUF(HW_MAX_TEXT);
    const char *name = short_name(path);
    hw_buf_clear(&fleet->redacted);
    hw_buf_clear(&fleet->cleaned);
    hw_redact_line(fleet->redact, &state->pem, text, n, &fleet->redacted);
    hw_text_clean(&fleet->cleaned, hw_buf_cstr(&fleet->redacted), fleet->redacted.len, true);
    hw_text_clean(&source, name, strlen(name), false);
    hw_linetime_read(hw_buf_cstr(&fleet->cleaned), fleet->cleaned.len, &state->time_ms);
    struct hw_event event = {.type = HW_EV_LOG,
                             .u.log = {.time_ms = right_time(node, state->time_ms),
                                       .node = node->name,
                                       .instance = node->instance,
                                       .source = hw_buf_cstr(&source),
                                       .offset = offset,
                                       .text = hw_buf_cstr(&fleet->cleaned)}};
    hw_tell(fleet->sink, &event);
    bool copied = !strcmp(name, INSTALL_LOG_COPIED);
    if (copied || hw_text_equal_nocase(name, INSTALL_LOG))
        see_stage(node, hw_buf_cstr(&fleet->cleaned), fleet->cleaned.len, copied);
}

static void on_state(void *data, enum hw_node_state state, const char *via, const char *detail)
{
    struct hw_node *node = data;
    set_state_via(node, state, via, detail);
    if (state == HW_NODE_LIVE)
        hw_fleet_drop_question(node->fleet, node, HW_ASKED_LOGIN);
    else if (*detail && node->key_refused)
        hw_fleet_lacks_login(node->fleet, node);
}

static void on_clock(void *data, int64_t node_ms, bool first)
{
    struct hw_node *node = data;
    int64_t right_ms = hw_aws_now_ms(node->fleet->aws);
    if (!hw_skew_hear(&node->skew, node_ms, right_ms, first))
        return;
    char off[HW_TIME_SIZE];
    hw_time_elapsed(node->skew.ms < 0 ? -node->skew.ms : node->skew.ms, off);
    if (node->skew.ms > 0)
        hw_tell_notice(node->fleet->sink, HW_WARNING,
                       _("The clock of %s is %s ahead: the times of its lines are set right."),
                       node->name, off);
    else if (node->skew.ms < 0)
        hw_tell_notice(node->fleet->sink, HW_WARNING,
                       _("The clock of %s is %s behind: the times of its lines are set right."),
                       node->name, off);
}

static void on_complete(void *data)
{
    set_complete(data);
}

/* Steps. */

/* So long the other way waits for the first one to become possible: a node boots. */
#define HOLD_MS 60000u

static void renew_target(struct hw_node *node)
{
    const struct hw_fleet *fleet = node->fleet;
    node->target = (struct hw_target){
        .instance = node->instance,
        .address = node->address,
        .user = fleet->user,
        .login = fleet->user != NULL,
        .ticket = fleet->ticket,
        .host = node->host,
        .password = fleet->user ? fleet->password : node->password,
        .no_password = node->no_password,
        .password_pending = node->asking != NULL,
        .password_refused = node->key_refused,
        .publishes = *node->role,
        .winrm_pin = *node->pin ? node->pin : hw_fleet_trusted(fleet, node->instance),
        .ssh_pins = node->ssh_pins,
        .winrm_port = fleet->port};
}

static const struct hw_way_class *const beside[] = {&hw_way_cloudwatch, &hw_way_console, NULL};

static void start_follow(struct hw_node *node)
{
    struct hw_fleet *fleet = node->fleet;
    struct hw_follow_options options = {
        .room = &fleet->room,
        .target = &node->target,
        .beside = beside,
        .once = fleet->once,
        .logins = &fleet->logins,
        .retry_ms = fleet->retry_ms,
        .hold_ms = HOLD_MS,
        .handler = {.state = on_state,
                    .line = on_line,
                    .clock = on_clock,
                    .complete = on_complete,
                    .data = node},
    };
    size_t count = 0;
    if (fleet->ssh && fleet->ssh_first)
        options.ways[count++] = &hw_way_ssh;
    options.ways[count++] = &hw_way_winrm;
    if (fleet->ssh && !fleet->ssh_first)
        options.ways[count++] = &hw_way_ssh;
    if (!fleet->winrm_only) {
        options.ways[count++] = &hw_way_tunnel;
        options.ways[count++] = &hw_way_ssm;
    }
    renew_target(node);
    if (!node->told)
        set_state(node, HW_NODE_CONNECTING, "");
    node->follow = hw_follow_start(&options);
}

static void set_no_password(struct hw_node *node, const char *why)
{
    hw_replace(&node->no_password, why);
}

static void on_password(void *data, struct hw_secret *password_take, const struct hw_err *err)
{
    struct hw_node *node = data;
    node->asking = NULL;
    if (password_take) {
        node->password = password_take;
        hw_redact_value(node->fleet->redact, hw_secret_bytes(password_take),
                        hw_secret_length(password_take));
    } else {
        char text[sizeof err->what + sizeof err->next + sizeof err->place];
        node->key_refused =
            err->code == HW_ERR_AUTH || err->code == HW_ERR_INPUT || err->code == HW_ERR_IO;
        set_no_password(node, hw_err_text(err, text, sizeof text));
    }
    renew_target(node);
    hw_follow_look_again(node->follow);
}

static void ask_password(struct hw_node *node)
{
    struct hw_fleet *fleet = node->fleet;
    if (fleet->key_file) {
        node->asking = hw_password_get(fleet->aws, fleet->work, node->instance, fleet->key_file,
                                       fleet->passphrase, on_password, node);
        return;
    }
    node->key_refused = true;
    set_no_password(node,
                    _("the private key of the EC2 key pair is needed for the node's password"));
}

static void wait_for(struct hw_node *node, enum hw_node_state state, const char *detail)
{
    set_state(node, state, detail);
    set_complete(node);
}

/* A node that has published how to know it again has come so far that it has a password. */
static bool wants_password(const struct hw_node *node)
{
    bool ready = *node->pin || *node->ssh_pins || !*node->role;
    return ready && !node->password && !node->asking && !node->key_refused && !node->fleet->user;
}

static void follow_node(struct hw_node *node, bool new_pin, bool new_ssh)
{
    if (wants_password(node))
        ask_password(node);
    if (!node->follow)
        start_follow(node);
    renew_target(node);
    if (new_pin) {
        hw_fleet_drop_question(node->fleet, node, HW_ASKED_CERTIFICATE);
        hw_follow_forgive(node->follow, &hw_way_winrm);
    }
    if (new_ssh) {
        hw_fleet_drop_question(node->fleet, node,
                               HW_ASKED_HOST_KEY); /* the account vouches now, or says no */
        hw_follow_forgive(node->follow, &hw_way_ssh);
    }
    hw_follow_look_again(node->follow);
}

void hw_node_again(struct hw_node *node)
{
    const struct hw_fleet *fleet = node->fleet;
    hw_password_cancel(node->asking); /* with what was known before */
    node->asking = NULL;
    free(node->host);
    node->host = full_name(fleet, node->role);
    node->key_refused = false;
    renew_target(node);
    if (!node->follow)
        return;
    hw_follow_prefer(node->follow, fleet->ssh_first ? &hw_way_ssh : &hw_way_winrm);
    hw_follow_forgive(node->follow, NULL);
}

void hw_node_tell_again(struct hw_node *node)
{
    if (!node->told)
        return;
    tell_state(node);
    for (size_t i = 0; i < node->stages.count; i++) {
        const char *text = node->stages.items[i];
        struct hw_stage_line line;
        if (hw_stage_parse(text, strlen(text), &line))
            tell_stage(node, &line);
    }
}

void hw_node_trusted(struct hw_node *node)
{
    renew_target(node);
    hw_follow_forgive(node->follow, &hw_way_winrm);
}

void hw_node_update(struct hw_node *node, const struct hw_instance *instance)
{
    bool new_pin = *instance->pin && strcmp(node->pin, instance->pin) != 0;
    bool new_ssh = *instance->ssh && strcmp(node->ssh_pins, instance->ssh) != 0;
    if (*instance->address)
        hw_replace(&node->address, instance->address);
    if (new_pin)
        hw_replace(&node->pin, instance->pin);
    if (new_ssh)
        hw_replace(&node->ssh_pins, instance->ssh);
    /* A Windows that shuts down still answers for a while: its last lines say why it failed. */
    bool ending = !strcmp(instance->state, "shutting-down");
    if (ending && !node->follow)
        hw_node_gone(node);
    else if (!node->follow && (strcmp(instance->state, "running") != 0 || !*node->address))
        wait_for(node, HW_NODE_PENDING, strcmp(instance->state, "pending") ? instance->state : "");
    else
        follow_node(node, new_pin, new_ssh);
}

void hw_node_gone(struct hw_node *node)
{
    if (node->told && node->state == HW_NODE_GONE)
        return;
    hw_fleet_drop_question(node->fleet, node, HW_ASKED_HOST_KEY);
    hw_fleet_drop_question(node->fleet, node, HW_ASKED_CERTIFICATE);
    hw_fleet_drop_question(node->fleet, node, HW_ASKED_LOGIN);
    hw_password_cancel(node->asking);
    node->asking = NULL;
    hw_follow_free(node->follow);
    node->follow = NULL;
    wait_for(node, HW_NODE_GONE, _("the instance was terminated"));
}

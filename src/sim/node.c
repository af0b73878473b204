/* SPDX-License-Identifier: Apache-2.0 */
/* The life of simulated machines: booted, found, stopped. What they play is in node_play.c. */
#include "sim/node_impl.h"
#include "sim/winrm_follow.h"

#include "base/clock.h"
#include "base/text.h"

#define WINRM_PORT      5986
#define PASSWORD_LENGTH 20
#define CONSOLE         "console:"

struct sim_nodes *sim_nodes_new(const struct sim_nodes_config *config, struct hw_err *err)
{
    struct sim_nodes *nodes = HW_NEW(struct sim_nodes);
    nodes->config = *config;
    if (nodes->config.speed <= 0)
        nodes->config.speed = 1;
    if (!nodes->config.winrm_port)
        nodes->config.winrm_port = WINRM_PORT;
    nodes->winrm = sim_winrm_new(config->loop, config->seed, err);
    if (!nodes->winrm) {
        free(nodes);
        return NULL;
    }
    return nodes;
}

void sim_nodes_on_request(struct sim_nodes *nodes, sim_cut_fn *fn, void *data)
{
    sim_winrm_on_request(nodes->winrm, fn, data);
}

void sim_nodes_free(struct sim_nodes *nodes)
{
    if (!nodes)
        return;
    while (nodes->count)
        sim_node_stop(nodes->items[nodes->count - 1]);
    sim_winrm_free(nodes->winrm);
    for (size_t i = 0; i < nodes->attempt_count; i++)
        free(nodes->attempts[i].place);
    free(nodes->attempts);
    free(nodes->items);
    free(nodes);
}

/* Which boot of this place it is, from 1. */
static unsigned count_attempt(struct sim_nodes *nodes, const char *place)
{
    for (size_t i = 0; i < nodes->attempt_count; i++) {
        if (!strcmp(nodes->attempts[i].place, place))
            return ++nodes->attempts[i].boots;
    }
    hw_grow(&nodes->attempts, &nodes->attempt_capacity, nodes->attempt_count,
            sizeof(*nodes->attempts));
    nodes->attempts[nodes->attempt_count++] = (struct sim_attempt){hw_strdup(place), 1};
    return 1;
}

/* Of the letters that EC2 uses, without those that look alike. The first four carry one of each
 * class, as the Windows password policy wants. */
static struct hw_secret *make_password(struct sim_random *random)
{
    static const char *const classes[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz",
                                          "23456789", "!@#%*()-_+?."};
    char text[PASSWORD_LENGTH + 1];
    for (size_t i = 0; i < PASSWORD_LENGTH; i++) {
        const char *letters = classes[i < 4 ? i : sim_random_below(random, 3)];
        text[i] = letters[sim_random_below(random, (unsigned)strlen(letters))];
    }
    text[PASSWORD_LENGTH] = '\0';
    struct hw_secret *secret = hw_secret_new(text, PASSWORD_LENGTH);
    hw_wipe(text, sizeof text);
    return secret;
}

static char *upper(char *text)
{
    for (char *c = text; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    return text;
}

/* As the generated scripts name them (sql.ps1, head.ps1; ConvertTo-NodeName of hpc.ps1). */
static char *computer_name(const struct sim_node_spec *spec)
{
    const char *cluster = spec->cluster ? spec->cluster : "";
    const char *id = spec->instance_id ? spec->instance_id : "";
    if (spec->role == SIM_SQL)
        return upper(hw_format("%s-DB", cluster));
    if (spec->role == SIM_HEAD)
        return upper(hw_format("%s-HN", cluster));
    return upper(hw_format("N-%s", strlen(id) > 13 ? id + strlen(id) - 13 : id));
}

static char *thumbprint(const struct sim_nodes *nodes, const char *cluster)
{
    struct sim_random random = sim_random_new(nodes->config.seed, cluster);
    unsigned long long a = sim_random_next(&random), b = sim_random_next(&random);
    return hw_format("%016llX%016llX%08X", a, b, (unsigned)sim_random_next(&random));
}

static char *text_or(const char *text, const char *otherwise)
{
    return hw_strdup(text && *text ? text : otherwise);
}

static void copy_spec(struct sim_node *node, const struct sim_node_spec *spec)
{
    node->role = spec->role;
    node->number = spec->number;
    node->instance_id = text_or(spec->instance_id, "");
    node->address = text_or(spec->address, "127.0.0.1");
    node->group = text_or(spec->group, "");
    node->cluster = text_or(spec->cluster, "");
    node->stack_name = text_or(spec->stack_name, "");
    node->stack_id = text_or(spec->stack_id, "");
    node->logical_id = text_or(spec->logical_id, "");
    node->region = text_or(spec->region, "eu-central-1");
    node->instance_type = text_or(spec->instance_type, "m6i.xlarge");
    node->domain = text_or(spec->domain, "corp.example.internal");
    node->netbios = text_or(spec->netbios, "CORP");
    node->zone = text_or(spec->zone_name, "hpc.example.internal");
    node->version = text_or(spec->hpc_version, "2019");
    node->name = computer_name(spec);
}

struct sim_node *sim_node_boot(struct sim_nodes *nodes, const struct sim_node_spec *spec)
{
    struct sim_node *node = HW_NEW(struct sim_node);
    node->nodes = nodes;
    copy_spec(node, spec);
    hw_auto_text place = hw_format("%s/%s/%s/%u", node->cluster, sim_role_word(node->role),
                                   node->group, node->number);
    node->attempt = count_attempt(nodes, place);
    hw_auto_text stream = hw_format("%s/%u", place, node->attempt);
    node->random = sim_random_new(nodes->config.seed, stream);
    node->password = make_password(&node->random);
    node->thumbprint = thumbprint(nodes, node->cluster);
    node->guest = sim_guest_new();
    node->plan = &nodes->config.scenario->roles[node->role];
    node->boot_ms = hw_clock_wall_ms();
    hw_grow(&nodes->items, &nodes->capacity, nodes->count, sizeof(*nodes->items));
    nodes->items[nodes->count++] = node;
    sim_play_schedule(node, 0);
    return node;
}

static void free_node(struct sim_node *node)
{
    char *texts[] = {node->instance_id, node->address,       node->group,     node->cluster,
                     node->stack_name,  node->stack_id,      node->region,    node->logical_id,
                     node->domain,      node->netbios,       node->zone,      node->version,
                     node->name,        node->instance_type, node->thumbprint};
    for (size_t i = 0; i < HW_COUNT(texts); i++)
        free(texts[i]);
    hw_secret_free(node->password);
    sim_guest_free(node->guest);
    free(node);
}

void sim_node_stop(struct sim_node *node)
{
    if (!node)
        return;
    struct sim_nodes *nodes = node->nodes;
    hw_timer_cancel(node->timer);
    hw_timer_cancel(node->flood_timer);
    sim_endpoint_close(node->endpoint);
    size_t i = 0;
    while (nodes->items[i] != node)
        i++;
    nodes->items[i] = nodes->items[--nodes->count];
    free_node(node);
}

void sim_node_reboot(struct sim_node *node)
{
    enum { SECONDS_AWAY = 60 };
    if (node->phase == SIM_PHASE_AWAY)
        return;
    bool over = node->phase == SIM_PHASE_FAILED || node->phase == SIM_PHASE_FINISHED;
    sim_play_reboot(node, SECONDS_AWAY, over ? node->phase : SIM_PHASE_BEGIN);
}

struct sim_node *sim_node_find(struct sim_nodes *nodes, const char *instance_id)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (!strcmp(nodes->items[i]->instance_id, instance_id))
            return nodes->items[i];
    }
    return NULL;
}

struct sim_node *sim_node_peer(const struct sim_node *node, enum sim_role role)
{
    const struct sim_nodes *nodes = node->nodes;
    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->items[i]->role == role && !strcmp(nodes->items[i]->cluster, node->cluster))
            return nodes->items[i];
    }
    return NULL;
}

const char *sim_node_password(const struct sim_node *node)
{
    return node->password_set ? hw_secret_bytes(node->password) : NULL;
}

const char *sim_node_console(const struct sim_node *node)
{
    const struct sim_guest_file *file = sim_guest_find(node->guest, CONSOLE);
    return file ? hw_buf_cstr(&file->bytes) : "";
}

bool sim_node_is_up(const struct sim_node *node)
{
    return node->endpoint != NULL;
}

bool sim_node_snapshot(const struct sim_node *node, const char *config, struct hw_buf *out)
{
    struct sim_machine machine = {.loop = node->nodes->config.loop,
                                  .guest = node->guest,
                                  .host = node->name,
                                  .address = node->address,
                                  .boot_ms = node->boot_ms};
    return sim_follow_snapshot(&machine, config, out);
}

const struct sim_guest_file *sim_node_file(const struct sim_node *node, const char *path)
{
    return sim_guest_find(node->guest, path);
}

const char *sim_node_name(const struct sim_node *node)
{
    return node->name;
}

const char *sim_node_stage(const struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    return stage ? stage->name : "";
}

bool sim_node_failed(const struct sim_node *node)
{
    return node->phase == SIM_PHASE_FAILED;
}

bool sim_node_stage_done(const struct sim_node *node, const char *stage)
{
    return sim_play_done(node, stage);
}

const char *sim_nodes_fingerprint(const struct sim_nodes *nodes)
{
    return sim_winrm_fingerprint(nodes->winrm);
}

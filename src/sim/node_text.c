/* SPDX-License-Identifier: Apache-2.0 */
/* What a node writes: placeholders of the scenario's lines, and the files they go to. */
#include "sim/node_impl.h"

#include "base/clock.h"
#include "base/text.h"
#include "sim/scenario_impl.h"

#define INSTALL_LOG    "C:\\ProgramData\\hpcwiz\\install.log"
#define CERTIFICATE_MS (INT64_C(1826) * 24 * 3600 * 1000) /* five years */
#define NAME_LIMIT     16                                 /* of a placeholder, with its NUL */

struct fill {
    const struct sim_node *node;
    const char *item;
    unsigned n;
    int64_t now_ms;
};

static const char *peer_name(const struct sim_node *node, enum sim_role role, const char *absent)
{
    const struct sim_node *peer = sim_node_peer(node, role);
    return peer ? peer->name : absent;
}

static const char *peer_address(const struct sim_node *node, enum sim_role role)
{
    const struct sim_node *peer = sim_node_peer(node, role);
    return peer ? peer->address : "0.0.0.0";
}

static const char *text_value(const struct fill *fill, const char *name)
{
    const struct sim_node *node = fill->node;
    const struct {
        const char *name, *value;
    } values[] = {
        {"node", node->name},
        {"address", node->address},
        {"cluster", node->cluster},
        {"zone", node->zone},
        {"domain", node->domain},
        {"netbios", node->netbios},
        {"group", node->group},
        {"instance", node->instance_id},
        {"type", node->instance_type},
        {"region", node->region},
        {"stack", node->stack_name},
        {"resource", node->logical_id},
        {"version", node->version},
        {"stamp", node->stamp},
        {"role", sim_role_word(node->role)},
        {"item", fill->item},
        {"thumbprint", node->thumbprint},
        {"head", peer_name(node, SIM_HEAD, "HEAD")},
        {"sql", peer_name(node, SIM_SQL, "SQL")},
        {"head.address", peer_address(node, SIM_HEAD)},
        {"sql.address", peer_address(node, SIM_SQL)},
    };
    for (size_t i = 0; i < HW_COUNT(values); i++) {
        if (!strcmp(values[i].name, name))
            return values[i].value;
    }
    return NULL;
}

/* form: Y m d H M S as strftime has them, f milliseconds, c hundredths, all else itself. */
static void put_time(int64_t wall_ms, const char *form, struct hw_buf *out)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    for (; *form; form++) {
        switch (*form) {
        case 'Y':
            hw_buf_print(out, "%04d", tm.tm_year + 1900);
            break;
        case 'm':
            hw_buf_print(out, "%02d", tm.tm_mon + 1);
            break;
        case 'd':
            hw_buf_print(out, "%02d", tm.tm_mday);
            break;
        case 'H':
            hw_buf_print(out, "%02d", tm.tm_hour);
            break;
        case 'M':
            hw_buf_print(out, "%02d", tm.tm_min);
            break;
        case 'S':
            hw_buf_print(out, "%02d", tm.tm_sec);
            break;
        case 'f':
            hw_buf_print(out, "%03d", (int)(wall_ms % 1000));
            break;
        case 'c':
            hw_buf_print(out, "%02d", (int)(wall_ms % 1000 / 10));
            break;
        default:
            hw_buf_char(out, *form);
        }
    }
}

/* Wall time in the forms that Windows programs write. */
static bool fill_time(const struct fill *fill, const char *name, struct hw_buf *out)
{
    static const struct {
        const char *name, *form;
    } forms[] = {
        {"time.sql", "Y-m-d H:M:S.c"},     {"time.ec2", "Y-m-d H:M:S"},
        {"time.cfn", "Y-m-d H:M:S,f"},     {"time.msi", "H:M:S:f"},
        {"time.msi.long", "m/d/Y  H:M:S"}, {"time.chainer", "m/d/Y H:M:S.f"},
        {"time.console", "Y/m/d H:M:SZ"},  {"time.transcript", "YmdHMS"},
    };
    for (size_t i = 0; i < HW_COUNT(forms); i++) {
        if (!strcmp(forms[i].name, name)) {
            put_time(fill->now_ms, forms[i].form, out);
            return true;
        }
    }
    return false;
}

static bool fill_name(const struct fill *fill, const char *name, struct hw_buf *out)
{
    const char *text = text_value(fill, name);
    if (text)
        return hw_buf_text(out, text);
    if (!strcmp(name, "n"))
        return hw_buf_print(out, "%u", fill->n);
    if (!strcmp(name, "nn"))
        return hw_buf_print(out, "%04u", fill->n);
    if (!strcmp(name, "time")) {
        char time[HW_TIME_SIZE];
        hw_time_rfc3339(fill->now_ms, time);
        return hw_buf_text(out, time);
    }
    if (!strcmp(name, "expires")) { /* of a certificate that is made now */
        put_time(fill->now_ms + CERTIFICATE_MS, "Y-m-dTH:M:SZ", out);
        return true;
    }
    if (!strcmp(name, "guid")) { /* the same for the same line, so that logs repeat */
        struct sim_random random = sim_random_new(fill->n, fill->node->name);
        char guid[SIM_GUID_SIZE];
        sim_random_guid(&random, guid);
        return hw_buf_text(out, guid);
    }
    return fill_time(fill, name, out);
}

void sim_text_fill(const struct sim_node *node, const char *text, unsigned n, const char *item,
                   struct hw_buf *out)
{
    struct fill fill = {node, item, n, hw_clock_wall_ms()};
    while (*text) {
        size_t plain = strcspn(text, "{");
        hw_buf_add(out, text, plain);
        text += plain;
        size_t length = *text ? strcspn(text, "}") : 0;
        char name[NAME_LIMIT];
        if (length > 1 && length <= sizeof name && text[length] == '}') {
            memcpy(name, text + 1, length - 1);
            name[length - 1] = '\0';
            if (fill_name(&fill, name, out)) {
                text += length + 1;
                continue;
            }
        }
        if (*text)
            hw_buf_char(out, *text++);
    }
}

/* Each line of text by itself, so that each gets the file's own prefix and line end. */
static void write_filled(struct sim_node *node, const struct sim_file *file, char *text)
{
    hw_auto(hw_buf) path = HW_BUF(HW_MAX_VALUE);
    hw_auto(hw_buf) whole = HW_BUF(HW_MAX_LINE);
    sim_text_fill(node, file->path, 0, NULL, &path);
    sim_text_fill(node, file->prefix ? file->prefix : "", 0, NULL, &whole);
    size_t prefix = whole.len;
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        hw_buf_text(&whole, line);
        sim_guest_write(node->guest, hw_buf_cstr(&path), file->encoding, file->crlf,
                        hw_buf_cstr(&whole));
        whole.len = prefix;
        line = end ? end + 1 : NULL;
    }
}

void sim_text_write(struct sim_node *node, size_t file, const char *text, unsigned n,
                    const char *item)
{
    hw_auto(hw_buf) filled = HW_BUF(HW_MAX_LINE);
    sim_text_fill(node, text, n, item, &filled);
    hw_auto_text whole = hw_buf_take(&filled);
    write_filled(node, &node->nodes->config.scenario->files[file], whole);
}

void sim_text_write_line(struct sim_node *node, const struct sim_line *line, unsigned repetition)
{
    struct sim_node *target =
        line->peer < 0 ? node : sim_node_peer(node, (enum sim_role)line->peer);
    const char *item = repetition < line->items.count ? line->items.items[repetition] : NULL;
    if (!target)
        return;
    hw_auto(hw_buf) filled = HW_BUF(HW_MAX_LINE);
    sim_text_fill(node, line->text, repetition + 1, item, &filled);
    hw_auto_text whole = hw_buf_take(&filled);
    write_filled(target, &node->nodes->config.scenario->files[line->file], whole);
}

void sim_text_write_stage(struct sim_node *node, const char *stage, const char *status, int code,
                          const char *message)
{
    hw_auto(hw_buf) filled = HW_BUF(HW_MAX_LINE);
    char time[HW_TIME_SIZE];
    hw_time_rfc3339(hw_clock_wall_ms(), time);
    hw_buf_print(&filled, "%s HPCWIZ stage=%s status=%s code=%d msg=\"", time, stage, status, code);
    size_t from = filled.len;
    sim_text_fill(node, message ? message : "", 0, NULL, &filled);
    for (size_t i = from; i < filled.len; i++) {
        if (filled.data[i] == '"' || filled.data[i] == '\n')
            filled.data[i] = filled.data[i] == '"' ? '\'' : ' ';
    }
    hw_buf_char(&filled, '"');
    const struct sim_scenario *scenario = node->nodes->config.scenario;
    int key = sim_scenario_file(scenario, "install");
    bool crlf = key >= 0 && scenario->files[key].crlf;
    sim_guest_write(node->guest, INSTALL_LOG, SIM_UTF8, crlf, hw_buf_cstr(&filled));
}

static bool is_in_trouble(const struct sim_node *node)
{
    return node->phase == SIM_PHASE_FAILED || node->phase == SIM_PHASE_HUNG;
}

void sim_text_answer(void *data, const char *test, const char *with, struct hw_buf *out)
{
    const struct sim_node *node = data;
    const struct sim_scenario *scenario = node->nodes->config.scenario;
    for (size_t i = scenario->answer_count; i-- > 0;) {
        const struct sim_test_answer *answer = &scenario->answers[i];
        if (strcmp(answer->test, test) != 0 ||
            (answer->role >= 0 && answer->role != (int)node->role) ||
            (answer->only_failed && !is_in_trouble(node)) ||
            (answer->with && !strstr(with, answer->with)))
            continue;
        sim_text_fill(node, answer->say, 1, NULL, out);
        return;
    }
    hw_buf_print(out, "unknown this machine knows no test %s", test);
}

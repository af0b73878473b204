/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of scenario files. Each mapping of the form is a table of keys; each key knows how
 * its value is read into the struct at hand. */
#include "sim/scenario_impl.h"

#include <yaml.h>

#include "base/file.h"
#include "base/text.h"

struct reader {
    yaml_document_t document;
    const char *path;
    struct sim_scenario *scenario;
    int nesting;
    struct hw_err *err;
};

typedef bool read_fn(struct reader *r, const yaml_node_t *node, void *target);

struct key {
    const char *name;
    read_fn *read;
    size_t offset; /* of what `read` fills, in the struct of the mapping */
};

static bool bad(struct reader *r, const yaml_node_t *node, const char *why)
{
    hw_fail(r->err, HW_ERR_INPUT, "%s", why);
    return hw_err_at(r->err, r->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

static const yaml_node_t *node_at(struct reader *r, int id)
{
    return yaml_document_get_node(&r->document, id);
}

static const char *scalar(struct reader *r, const yaml_node_t *node)
{
    if (node->type == YAML_SCALAR_NODE)
        return (const char *)node->data.scalar.value;
    bad(r, node, _("a single value is expected here"));
    return NULL;
}

static bool read_pair(struct reader *r, const yaml_node_pair_t *pair, const struct key *keys,
                      size_t count, void *target)
{
    const yaml_node_t *key_node = node_at(r, pair->key);
    const char *name = scalar(r, key_node);
    if (!name)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(keys[i].name, name))
            return keys[i].read(r, node_at(r, pair->value), (char *)target + keys[i].offset);
    }
    hw_auto_text why = hw_format(_("unknown key '%s'"), name);
    return bad(r, key_node, why);
}

static bool read_map(struct reader *r, const yaml_node_t *node, const struct key *keys,
                     size_t count, void *target)
{
    if (node->type != YAML_MAPPING_NODE)
        return bad(r, node, _("keys and values are expected here"));
    if (++r->nesting > (int)HW_MAX_DEPTH)
        return bad(r, node, _("this is nested too deeply"));
    bool ok = true;
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; ok && pair < node->data.mapping.pairs.top; pair++)
        ok = read_pair(r, pair, keys, count, target);
    r->nesting--;
    return ok;
}

static bool read_list(struct reader *r, const yaml_node_t *node, read_fn *each, void *target)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return bad(r, node, _("a list is expected here"));
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        if (!each(r, node_at(r, *item), target))
            return false;
    }
    return true;
}

/* Plain values. */

static bool read_text(struct reader *r, const yaml_node_t *node, void *target)
{
    const char *text = scalar(r, node);
    if (text)
        hw_replace(target, text);
    return text != NULL;
}

static bool read_number(struct reader *r, const yaml_node_t *node, void *target)
{
    const char *text = scalar(r, node);
    long number;
    if (!text)
        return false;
    if (!hw_parse_int(text, 0, 86400, &number))
        return bad(r, node, _("a whole number from 0 to 86400 is expected here"));
    *(unsigned *)target = (unsigned)number;
    return true;
}

static bool read_code(struct reader *r, const yaml_node_t *node, void *target)
{
    const char *text = scalar(r, node);
    long number;
    if (!text)
        return false;
    if (!hw_parse_int(text, INT32_MIN, INT32_MAX, &number))
        return bad(r, node, _("an exit code is expected here"));
    *(int *)target = (int)number;
    return true;
}

static bool read_word(struct reader *r, const yaml_node_t *node, const char *const *words,
                      size_t count, int *ret)
{
    const char *text = scalar(r, node);
    if (!text)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(text, words[i])) {
            *ret = (int)i;
            return true;
        }
    }
    hw_auto_text why = hw_format(_("'%s' is not one of the words that may stand here"), text);
    return bad(r, node, why);
}

static bool read_bool(struct reader *r, const yaml_node_t *node, void *target)
{
    static const char *const words[] = {"false", "true"};
    int value;
    if (!read_word(r, node, words, HW_COUNT(words), &value))
        return false;
    *(bool *)target = value == 1;
    return true;
}

static bool read_attempts(struct reader *r, const yaml_node_t *node, void *target)
{
    static const char *const words[] = {"every", "first"};
    int value;
    if (!read_word(r, node, words, HW_COUNT(words), &value))
        return false;
    *(bool *)target = value == 1;
    return true;
}

static bool read_launch_attempts(struct reader *r, const yaml_node_t *node, void *target)
{
    static const char *const words[] = {"every", "first", "later"};
    return read_word(r, node, words, HW_COUNT(words), target);
}

static bool read_role(struct reader *r, const yaml_node_t *node, void *target)
{
    static const char *const words[] = {"sql", "head", "compute"};
    return read_word(r, node, words, HW_COUNT(words), target);
}

static bool read_file_key(struct reader *r, const yaml_node_t *node, void *target)
{
    const char *text = scalar(r, node);
    if (!text)
        return false;
    int file = sim_scenario_file(r->scenario, text);
    if (file < 0) {
        hw_auto_text why = hw_format(_("there is no file '%s' under 'files'"), text);
        return bad(r, node, why);
    }
    *(size_t *)target = (size_t)file;
    return true;
}

/* Lines. */

static bool read_item(struct reader *r, const yaml_node_t *node, void *target)
{
    const char *text = scalar(r, node);
    if (text)
        hw_strv_add(target, text);
    return text != NULL;
}

static bool read_items(struct reader *r, const yaml_node_t *node, void *target)
{
    return read_list(r, node, read_item, target);
}

static void add_line(struct sim_lines *lines, const struct sim_line *from, const char *text,
                     size_t length)
{
    hw_grow(&lines->items, &lines->capacity, lines->count, sizeof(*lines->items));
    struct sim_line *line = &lines->items[lines->count++];
    *line = (struct sim_line){.file = from->file, .peer = from->peer, .repeat = from->repeat};
    hw_strv_copy(&line->items, &from->items);
    line->text = hw_strndup(text, length);
}

/* A text of several lines becomes one item a line, so that they are written one after another;
 * what is repeated stays together. */
static void add_block(struct sim_lines *lines, struct sim_line *block)
{
    const char *text = block->text ? block->text : "";
    size_t length = strlen(text);
    if (length && text[length - 1] == '\n')
        length--;
    if (block->items.count)
        block->repeat = (unsigned)block->items.count;
    if (block->repeat > 1 || block->items.count) {
        add_line(lines, block, text, length);
        return;
    }
    const char *end = text + length;
    for (;;) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        add_line(lines, block, text, (size_t)((stop ? stop : end) - text));
        if (!stop)
            break;
        text = stop + 1;
    }
}

static size_t units(const struct sim_lines *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++)
        count += lines->items[i].repeat;
    return count;
}

static bool read_block(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"to", read_file_key, offsetof(struct sim_line, file)},
        {"node", read_role, offsetof(struct sim_line, peer)},
        {"repeat", read_number, offsetof(struct sim_line, repeat)},
        {"each", read_items, offsetof(struct sim_line, items)},
        {"text", read_text, offsetof(struct sim_line, text)},
    };
    struct sim_line block = {.peer = -1, .repeat = 1};
    bool ok = read_map(r, node, keys, HW_COUNT(keys), &block);
    if (ok && !r->scenario->file_count)
        ok = bad(r, node, _("'files' must come before lines"));
    if (ok)
        add_block(target, &block);
    hw_strv_done(&block.items);
    free(block.text);
    if (ok && units(target) > HW_MAX_SIM_LINES)
        ok = bad(r, node, _("a stage writes too many lines"));
    return ok;
}

static bool read_lines(struct reader *r, const yaml_node_t *node, void *target)
{
    sim_lines_done(target);
    return read_list(r, node, read_block, target);
}

/* Stages. */

static const struct key twist_keys[] = {
    {"code", read_code, offsetof(struct sim_twist, code)},
    {"message", read_text, offsetof(struct sim_twist, message)},
    {"deletes", read_text, offsetof(struct sim_twist, deletes)},
    {"at", read_number, offsetof(struct sim_twist, at_percent)},
    {"every", read_number, offsetof(struct sim_twist, every_s)},
    {"attempts", read_attempts, offsetof(struct sim_twist, first_only)},
    {"lines", read_lines, offsetof(struct sim_twist, lines)},
};

static bool read_twist(struct reader *r, const yaml_node_t *node, struct sim_twist *twist,
                       enum sim_twist_kind kind)
{
    twist->kind = kind;
    twist->code = 1;
    twist->at_percent = 100;
    twist->every_s = 20;
    if (!read_map(r, node, twist_keys, HW_COUNT(twist_keys), twist))
        return false;
    if (twist->at_percent > 100)
        return bad(r, node, _("'at' is a percentage"));
    return true;
}

static bool read_fail(struct reader *r, const yaml_node_t *node, void *target)
{
    return read_twist(r, node, target, SIM_FAIL);
}

static bool read_hang(struct reader *r, const yaml_node_t *node, void *target)
{
    return read_twist(r, node, target, SIM_HANG);
}

static bool read_wait(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"role", read_role, offsetof(struct sim_stage, wait_role)},
        {"stage", read_text, offsetof(struct sim_stage, wait_stage)},
        {"optional", read_bool, offsetof(struct sim_stage, wait_optional)},
        {"every", read_number, offsetof(struct sim_stage, wait_every_s)},
        {"lines", read_lines, offsetof(struct sim_stage, wait_lines)},
    };
    struct sim_stage *stage = target;
    if (!read_map(r, node, keys, HW_COUNT(keys), stage))
        return false;
    if (stage->wait_role < 0 || !stage->wait_stage)
        return bad(r, node, _("'wait' needs 'role' and 'stage'"));
    return true;
}

static bool ignore(struct reader *r HW_UNUSED, const yaml_node_t *node HW_UNUSED,
                   void *target HW_UNUSED)
{
    return true; /* read before its neighbours */
}

static const struct key stage_keys[] = {
    {"name", ignore, 0},
    {"seconds", read_number, offsetof(struct sim_stage, seconds)},
    {"jitter", read_number, offsetof(struct sim_stage, jitter_percent)},
    {"absent", read_bool, offsetof(struct sim_stage, absent)},
    {"reboot", read_number, offsetof(struct sim_stage, reboot_s)},
    {"code", read_code, offsetof(struct sim_stage, code)},
    {"wait", read_wait, 0},
    {"started", read_text, offsetof(struct sim_stage, started)},
    {"done", read_text, offsetof(struct sim_stage, done)},
    {"lines", read_lines, offsetof(struct sim_stage, lines)},
    {"fail", read_fail, offsetof(struct sim_stage, twist)},
    {"hang", read_hang, offsetof(struct sim_stage, twist)},
};

static const yaml_node_t *value_of(struct reader *r, const yaml_node_t *map, const char *name)
{
    if (map->type != YAML_MAPPING_NODE)
        return NULL;
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(r, pair->key);
        if (key->type == YAML_SCALAR_NODE && !strcmp((const char *)key->data.scalar.value, name))
            return node_at(r, pair->value);
    }
    return NULL;
}

static bool read_stage(struct reader *r, const yaml_node_t *node, void *target)
{
    struct sim_role_plan *plan = target;
    const yaml_node_t *name_node = value_of(r, node, "name");
    const char *name = name_node ? scalar(r, name_node) : NULL;
    if (!name)
        return bad(r, node, _("a stage needs a 'name'"));
    if (plan->count >= HW_MAX_SIM_STAGES)
        return bad(r, node, _("a role has too many stages"));
    struct sim_stage *stage = sim_scenario_need_stage(plan, name);
    if (!read_map(r, node, stage_keys, HW_COUNT(stage_keys), stage))
        return false;
    if (stage->jitter_percent > 100)
        return bad(r, node, _("'jitter' is a percentage"));
    return true;
}

static bool read_stages(struct reader *r, const yaml_node_t *node, void *target)
{
    return read_list(r, node, read_stage, target);
}

static bool read_roles(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"sql", read_stages, SIM_SQL * sizeof(struct sim_role_plan)},
        {"head", read_stages, SIM_HEAD * sizeof(struct sim_role_plan)},
        {"compute", read_stages, SIM_COMPUTE * sizeof(struct sim_role_plan)},
    };
    return read_map(r, node, keys, HW_COUNT(keys), target);
}

/* Top level. */

static bool read_encoding(struct reader *r, const yaml_node_t *node, void *target)
{
    static const char *const words[] = {"utf-8", "utf-8-bom", "utf-16le", "utf-16le-bom"};
    int value;
    if (!read_word(r, node, words, HW_COUNT(words), &value))
        return false;
    *(enum sim_encoding *)target = (enum sim_encoding)value;
    return true;
}

static bool read_newline(struct reader *r, const yaml_node_t *node, void *target)
{
    static const char *const words[] = {"lf", "crlf"};
    int value;
    if (!read_word(r, node, words, HW_COUNT(words), &value))
        return false;
    *(bool *)target = value == 1;
    return true;
}

static bool read_file(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"key", read_text, offsetof(struct sim_file, key)},
        {"path", read_text, offsetof(struct sim_file, path)},
        {"prefix", read_text, offsetof(struct sim_file, prefix)},
        {"encoding", read_encoding, offsetof(struct sim_file, encoding)},
        {"newline", read_newline, offsetof(struct sim_file, crlf)},
    };
    struct sim_scenario *scenario = target;
    if (scenario->file_count >= HW_MAX_SIM_FILES)
        return bad(r, node, _("there are too many files"));
    hw_grow(&scenario->files, &scenario->file_capacity, scenario->file_count,
            sizeof(*scenario->files));
    struct sim_file *file = &scenario->files[scenario->file_count++];
    *file = (struct sim_file){0};
    if (!read_map(r, node, keys, HW_COUNT(keys), file))
        return false;
    if (!file->key || !file->path)
        return bad(r, node, _("a file needs 'key' and 'path'"));
    return true;
}

static bool read_files(struct reader *r, const yaml_node_t *node, void *target)
{
    return read_list(r, node, read_file, target);
}

static bool read_flood(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"to", read_file_key, offsetof(struct sim_flood, file)},
        {"lines_a_second", read_number, offsetof(struct sim_flood, lines_a_second)},
        {"text", read_text, offsetof(struct sim_flood, text)},
    };
    return read_map(r, node, keys, HW_COUNT(keys), target);
}

static bool read_launch_fault(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"text", read_text, offsetof(struct sim_launch_fault, text)},
        {"type", read_text, offsetof(struct sim_launch_fault, type)},
        {"attempts", read_launch_attempts, offsetof(struct sim_launch_fault, attempts)},
    };
    return read_map(r, node, keys, HW_COUNT(keys), target);
}

static bool read_launch(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"sql", read_launch_fault, SIM_SQL * sizeof(struct sim_launch_fault)},
        {"head", read_launch_fault, SIM_HEAD * sizeof(struct sim_launch_fault)},
        {"compute", read_launch_fault, SIM_COMPUTE * sizeof(struct sim_launch_fault)},
    };
    return read_map(r, node, keys, HW_COUNT(keys), target);
}

static bool read_answer_role(struct reader *r, const yaml_node_t *node, void *target)
{
    const char *text = scalar(r, node);
    enum sim_role role;
    if (!text)
        return false;
    if (!sim_role_parse(text, &role))
        return bad(r, node, _("sql, head or compute is expected here"));
    *(int *)target = (int)role;
    return true;
}

static bool read_answer(struct reader *r, const yaml_node_t *node, void *target)
{
    static const struct key keys[] = {
        {"test", read_text, offsetof(struct sim_test_answer, test)},
        {"role", read_answer_role, offsetof(struct sim_test_answer, role)},
        {"only_failed", read_bool, offsetof(struct sim_test_answer, only_failed)},
        {"with", read_text, offsetof(struct sim_test_answer, with)},
        {"say", read_text, offsetof(struct sim_test_answer, say)},
    };
    struct sim_scenario *scenario = target;
    hw_grow(&scenario->answers, &scenario->answer_capacity, scenario->answer_count,
            sizeof *scenario->answers);
    struct sim_test_answer *answer = &scenario->answers[scenario->answer_count++];
    *answer = (struct sim_test_answer){.role = -1};
    if (!read_map(r, node, keys, HW_COUNT(keys), answer))
        return false;
    return (answer->test && answer->say) || bad(r, node, _("an answer needs 'test' and 'say'"));
}

static bool read_answers(struct reader *r, const yaml_node_t *node, void *target)
{
    return read_list(r, node, read_answer, target);
}

static const struct key scenario_keys[] = {
    {"extends", ignore, 0},
    {"name", read_text, offsetof(struct sim_scenario, name)},
    {"summary", read_text, offsetof(struct sim_scenario, summary)},
    {"hidden", read_bool, offsetof(struct sim_scenario, hidden)},
    {"files", read_files, 0},
    {"roles", read_roles, offsetof(struct sim_scenario, roles)},
    {"flood", read_flood, offsetof(struct sim_scenario, flood)},
    {"launch_failure", read_launch, offsetof(struct sim_scenario, launch)},
    {"interfaces_stay", read_number, offsetof(struct sim_scenario, interfaces_stay)},
    {"answers", read_answers, 0},
};

static bool read_document(struct reader *r, bool only_extends, char **ret_extends)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root)
        return hw_fail(r->err, HW_ERR_INPUT, _("%s is empty"), r->path);
    const yaml_node_t *extends = value_of(r, root, "extends");
    if (!only_extends)
        return read_map(r, root, scenario_keys, HW_COUNT(scenario_keys), r->scenario);
    return !extends || read_text(r, extends, ret_extends);
}

bool sim_scenario_read(const char *path, struct sim_scenario *scenario, bool only_extends,
                       char **ret_extends, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    if (!hw_file_read(path, &text, err))
        return false;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return hw_fail(err, HW_ERR_LIMIT, _("%s: out of memory"), path);
    yaml_parser_set_input_string(&parser, (const unsigned char *)hw_buf_cstr(&text), text.len);
    struct reader r = {.path = path, .scenario = scenario, .err = err};
    bool ok = yaml_parser_load(&parser, &r.document);
    if (ok) {
        ok = read_document(&r, only_extends, ret_extends);
        yaml_document_delete(&r.document);
    } else {
        hw_fail(err, HW_ERR_INPUT, "%s", parser.problem ? parser.problem : _("not YAML"));
        hw_err_at(err, path, parser.problem_mark.line + 1, parser.problem_mark.column + 1);
    }
    yaml_parser_delete(&parser);
    return ok;
}

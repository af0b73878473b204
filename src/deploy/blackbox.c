/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/blackbox.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define LOG_MAX   (64u << 20)
#define AT_A_TIME 100000u /* lines that a view takes in */
#define MODE      0600

struct hw_blackbox {
    struct hw_aws *aws;
    const struct hw_logs *logs;
    const struct hw_sink *sink;
    char *folder, *node, *instance;
    struct hw_aws_call *console, *state, *group;
    bool complained;
};

static void save(struct hw_blackbox *box, const char *name, const struct hw_buf *text)
{
    struct hw_err err = {0};
    hw_auto_text path = hw_path_join(box->folder, name);
    if (hw_file_write(path, hw_buf_cstr(text), text->len, MODE, &err) || box->complained)
        return;
    box->complained = true;
    hw_tell_notice(box->sink, HW_WARNING, _("the black box of %s is not whole: %s"), box->node,
                   err.what);
}

void hw_blackbox_save_logs(struct hw_blackbox *box)
{
    hw_auto(hw_buf) out = HW_BUF(LOG_MAX);
    struct hw_log_view *view = hw_log_view_new(box->logs);
    struct hw_log_line line;
    hw_log_view_filter(view, box->node, NULL, NULL, false, NULL);
    while (!hw_log_view_update(view, AT_A_TIME))
        ;
    for (size_t row = 0; row < hw_log_view_count(view); row++) {
        char when[HW_TIME_SIZE] = "-";
        if (!hw_log_view_get(view, row, &line))
            continue;
        if (line.time_ms)
            hw_time_rfc3339(line.time_ms, when);
        hw_buf_print(&out, "%s %s %s\n", when, hw_logs_source(box->logs, line.source), line.text);
    }
    hw_log_view_free(view);
    save(box, "logs.txt", &out);
}

/* "<i>text</i>" for each element, one a line: what the service said, but for its name spaces. */
static void print_xml(const struct hw_xml *element, unsigned depth, struct hw_buf *out)
{
    hw_buf_fill(out, ' ', 2u * depth);
    hw_buf_print(out, "<%s>", element->name);
    if (!element->children) {
        hw_buf_xml(out, element->text);
    } else {
        hw_buf_char(out, '\n');
        for (const struct hw_xml *child = element->children; child; child = child->next)
            print_xml(child, depth + 1, out);
        hw_buf_fill(out, ' ', 2u * depth);
    }
    hw_buf_print(out, "</%s>\n", element->name);
}

static void save_answer(struct hw_blackbox *box, const char *name, const struct hw_aws_reply *reply,
                        const struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_REPLY);
    if (err)
        hw_buf_print(&text, "%s\n", err->what);
    else if (reply->xml)
        print_xml(reply->xml, 0, &text);
    save(box, name, &text);
}

/* Windows ends its lines with CR LF. */
static void clean_lines(const struct hw_buf *raw, struct hw_buf *out)
{
    const char *at = hw_buf_cstr(raw), *end = at + raw->len;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((feed ? feed : end) - at);
        hw_text_clean(out, at, n && at[n - 1] == '\r' ? n - 1 : n, true);
        hw_buf_char(out, '\n');
        at += n + (feed != NULL);
    }
}

static void on_console(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_blackbox *box = data;
    box->console = NULL;
    hw_auto_text coded = err || !reply->xml ? NULL : hw_xml_text(reply->xml, "output");
    hw_auto(hw_buf) raw = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT * 4);
    if (err)
        hw_buf_print(&text, "%s\n", err->what);
    else if (coded && hw_buf_unbase64(&raw, coded, strlen(coded)))
        clean_lines(&raw, &text);
    save(box, "console.txt", &text);
}

static void on_state(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_blackbox *box = data;
    box->state = NULL;
    save_answer(box, "instance.xml", reply, err);
}

static void on_group(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_blackbox *box = data;
    box->group = NULL;
    save_answer(box, "group.xml", reply, err);
}

static void ask(struct hw_blackbox *box)
{
    struct hw_aws_request *console = hw_aws_request_new(HW_AWS_EC2, "GetConsoleOutput");
    struct hw_aws_request *state = hw_aws_request_new(HW_AWS_EC2, "DescribeInstances");
    struct hw_aws_request *group =
        hw_aws_request_new(HW_AWS_AUTOSCALING, "DescribeAutoScalingInstances");
    hw_aws_param(console, "InstanceId", box->instance);
    hw_aws_param(state, "InstanceId.1", box->instance);
    hw_aws_param(group, "InstanceIds.member.1", box->instance);
    box->console = hw_aws_send(box->aws, console, on_console, box);
    box->state = hw_aws_send(box->aws, state, on_state, box);
    box->group = hw_aws_send(box->aws, group, on_group, box);
}

void hw_blackbox_save_stage(struct hw_blackbox *box, const struct hw_ev_stage *stage)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    struct hw_event event = {.type = HW_EV_STAGE, .u.stage = *stage};
    hw_event_json(&event, &text);
    hw_buf_char(&text, '\n');
    save(box, "stage.json", &text);
}

/* Instance ids come from AWS and node names from tags: neither may leave the folder. */
static bool is_plain(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_";
    return *name && strlen(name) <= 100 && strspn(name, letters) == strlen(name);
}

static bool make_folder(struct hw_blackbox *box, const char *cluster, struct hw_err *err)
{
    hw_auto_text state = NULL;
    if (!is_plain(box->node) || !is_plain(box->instance))
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is no name for a folder"), box->node);
    if (!hw_dir_state(&state, err))
        return false;
    box->folder = hw_format("%s/blackbox/%s/%s-%s", state, cluster, box->node, box->instance);
    return hw_dir_make(box->folder, 0700, err);
}

struct hw_blackbox *hw_blackbox_new(struct hw_aws *aws, const struct hw_logs *logs,
                                    const struct hw_sink *sink, const char *cluster,
                                    const char *node, const char *instance)
{
    struct hw_err err = {0};
    struct hw_blackbox *box = HW_NEW(struct hw_blackbox);
    *box = (struct hw_blackbox){.aws = aws,
                                .logs = logs,
                                .sink = sink,
                                .node = hw_strdup(node),
                                .instance = hw_strdup(instance)};
    if (!make_folder(box, cluster, &err)) {
        hw_tell_notice(sink, HW_WARNING, _("the black box of %s cannot be made: %s"), box->node,
                       err.what);
        hw_replace(&box->folder, NULL);
        hw_blackbox_free(box);
        return NULL;
    }
    ask(box);
    hw_tell_notice(sink, HW_INFO, _("what is known of %s is saved in %s"), box->node, box->folder);
    return box;
}

const char *hw_blackbox_instance(const struct hw_blackbox *box)
{
    return box->instance;
}

bool hw_blackbox_is_asking(const struct hw_blackbox *box)
{
    return box->console || box->state || box->group;
}

void hw_blackbox_free(struct hw_blackbox *box)
{
    if (!box)
        return;
    hw_aws_cancel(box->console);
    hw_aws_cancel(box->state);
    hw_aws_cancel(box->group);
    free(box->folder);
    free(box->node);
    free(box->instance);
    free(box);
}

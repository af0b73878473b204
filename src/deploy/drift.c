/* SPDX-License-Identifier: Apache-2.0 */
/* Stack after stack: a detection is begun, waited for, and its results are read (CloudFormation API
 * reference: DetectStackDrift, DescribeStackDriftDetectionStatus, DescribeStackResourceDrifts). */
#include "deploy/drift.h"

#include "base/mem.h"
#include "base/text.h"

#define POLL_MS    3000
#define LOOKS_MOST 400u /* of one detection */

struct hw_drift {
    struct hw_aws *aws;
    struct hw_loop *loop;
    const struct hw_sink *sink;
    struct hw_strv stacks;
    size_t at, found; /* found: differences of the stack at hand */
    unsigned poll_ms, looks;
    char *detection, *token;
    hw_drift_fn *fn;
    void *data;
    struct hw_aws_call *call;
    struct hw_timer *timer;
    struct hw_err err;
};

static void begin(struct hw_drift *drift);

static const char *stack_of(const struct hw_drift *drift)
{
    return drift->stacks.items[drift->at];
}

static void next_stack(void *data)
{
    struct hw_drift *drift = data;
    drift->timer = NULL;
    drift->at++;
    begin(drift);
}

static void fail(struct hw_drift *drift, const struct hw_err *err)
{
    if (drift->err.code == HW_OK) {
        drift->err = *err;
        hw_wrap(&drift->err, _("drift of stack '%s'"), stack_of(drift));
    }
    drift->timer = hw_loop_timer(drift->loop, 0, next_stack, drift);
}

static void tell(struct hw_drift *drift, bool drifted, const char *message)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE * 2);
    hw_text_clean(&clean, message, hw_text_cut(message, HW_MAX_VALUE), false);
    hw_tell(drift->sink,
            &(struct hw_event){
                .type = HW_EV_CHECK,
                .u.check = {.id = "drift",
                            .severity = HW_WARNING,
                            .status = drifted ? HW_CHECK_FAIL : HW_PASS,
                            .message = hw_buf_cstr(&clean),
                            .field = "",
                            .remedy = drifted ? _("Set it back, or take it over into the cluster "
                                                  "file: deploying again does not undo it.")
                                              : ""}});
    drift->found += drifted;
}

static void tell_resource(struct hw_drift *drift, const struct hw_xml *member)
{
    hw_auto_text id = hw_xml_text(member, "LogicalResourceId");
    hw_auto_text physical = hw_xml_text(member, "PhysicalResourceId");
    hw_auto_text status = hw_xml_text(member, "StackResourceDriftStatus");
    if (strcmp(status, "DELETED") == 0) {
        hw_auto_text text = hw_format(_("%s/%s (%s) was deleted"), stack_of(drift), id, physical);
        tell(drift, true, text);
        return;
    }
    struct hw_xml *list = hw_xml_child(member, "PropertyDifferences");
    struct hw_xml *one = list ? hw_xml_first(list, "member") : NULL;
    for (; one; one = hw_xml_next(one)) {
        hw_auto_text path = hw_xml_text(one, "PropertyPath");
        hw_auto_text expected = hw_xml_text(one, "ExpectedValue");
        hw_auto_text actual = hw_xml_text(one, "ActualValue");
        hw_auto_text text =
            hw_format(_("%s/%s: %s is %s, the template has %s"), stack_of(drift), id,
                      path[0] == '/' ? path + 1 : path, actual[0] ? actual : _("nothing"),
                      expected[0] ? expected : _("nothing"));
        tell(drift, true, text);
    }
}

static void ask_results(struct hw_drift *drift);

static void on_results(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_drift *drift = data;
    drift->call = NULL;
    if (err) {
        fail(drift, err);
        return;
    }
    struct hw_xml *list = hw_xml_child(reply->xml, "StackResourceDrifts");
    struct hw_xml *member = list ? hw_xml_first(list, "member") : NULL;
    for (; member; member = hw_xml_next(member))
        tell_resource(drift, member);
    free(drift->token);
    drift->token = hw_xml_text(reply->xml, "NextToken");
    if (drift->token[0] && ++drift->looks < LOOKS_MOST) {
        ask_results(drift);
        return;
    }
    if (drift->found == 0) {
        hw_auto_text text = hw_format(_("%s: nothing differs from its template"), stack_of(drift));
        tell(drift, false, text);
    }
    drift->timer = hw_loop_timer(drift->loop, 0, next_stack, drift);
}

static void ask_results(struct hw_drift *drift)
{
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStackResourceDrifts");
    hw_aws_param(request, "StackName", stack_of(drift));
    hw_aws_param(request, "StackResourceDriftStatusFilters.member.1", "MODIFIED");
    hw_aws_param(request, "StackResourceDriftStatusFilters.member.2", "DELETED");
    if (drift->token && drift->token[0])
        hw_aws_param(request, "NextToken", drift->token);
    drift->call = hw_aws_send(drift->aws, request, on_results, drift);
}

static void look(void *data);

static void on_look(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_drift *drift = data;
    drift->call = NULL;
    hw_auto_text status = err ? NULL : hw_xml_text(reply->xml, "DetectionStatus");
    bool waits = !err && strcmp(status, "DETECTION_IN_PROGRESS") == 0;
    if (err) {
        fail(drift, err);
    } else if (waits && ++drift->looks < LOOKS_MOST) {
        drift->timer = hw_loop_timer(drift->loop, drift->poll_ms, look, drift);
    } else {
        /* DETECTION_FAILED too has results, of those resources that could be looked at. */
        drift->looks = 0;
        hw_replace(&drift->token, NULL);
        ask_results(drift);
    }
}

static void look(void *data)
{
    struct hw_drift *drift = data;
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStackDriftDetectionStatus");
    drift->timer = NULL;
    hw_aws_param(request, "StackDriftDetectionId", drift->detection);
    drift->call = hw_aws_send(drift->aws, request, on_look, drift);
}

static void on_begun(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_drift *drift = data;
    drift->call = NULL;
    if (err) {
        fail(drift, err);
        return;
    }
    free(drift->detection);
    drift->detection = hw_xml_text(reply->xml, "StackDriftDetectionId");
    drift->timer = hw_loop_timer(drift->loop, drift->poll_ms, look, drift);
}

static void begin(struct hw_drift *drift)
{
    drift->found = drift->looks = 0;
    if (drift->at == drift->stacks.count) {
        drift->fn(drift->data, drift->err.code ? &drift->err : NULL);
        return;
    }
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DetectStackDrift");
    hw_aws_param(request, "StackName", stack_of(drift));
    hw_aws_idempotent(request);
    drift->call = hw_aws_send(drift->aws, request, on_begun, drift);
}

static void on_start(void *data)
{
    struct hw_drift *drift = data;
    drift->timer = NULL;
    begin(drift);
}

struct hw_drift *hw_drift_start(struct hw_aws *aws, struct hw_loop *loop,
                                const struct hw_strv *stacks, unsigned poll_ms,
                                const struct hw_sink *sink, hw_drift_fn *fn, void *data)
{
    struct hw_drift *drift = HW_NEW(struct hw_drift);
    *drift = (struct hw_drift){.aws = aws,
                               .loop = loop,
                               .sink = sink,
                               .poll_ms = poll_ms ? poll_ms : POLL_MS,
                               .fn = fn,
                               .data = data};
    hw_strv_copy(&drift->stacks, stacks);
    drift->timer = hw_loop_timer(loop, 0, on_start, drift);
    return drift;
}

void hw_drift_free(struct hw_drift *drift)
{
    if (!drift)
        return;
    hw_aws_cancel(drift->call);
    hw_timer_cancel(drift->timer);
    hw_strv_done(&drift->stacks);
    free(drift->detection);
    free(drift->token);
    free(drift);
}

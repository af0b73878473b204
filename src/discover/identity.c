/* SPDX-License-Identifier: Apache-2.0 */
#include "discover/job.h"

#define ANY_REGION "us-east-1" /* every region can tell who we are */

static char *clean_text(const struct hw_xml *node, const char *path)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    hw_auto_text text = hw_xml_text(node, path);
    hw_text_clean(&out, text, strnlen(text, HW_MAX_VALUE), false);
    return hw_buf_take(&out);
}

static void on_identity(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_job *job = data;
    struct hw_aws *aws = job->discover->aws;
    hw_discover_identity_fn *fn = job->identity_fn;
    void *fn_data = job->data;
    job->call = NULL;
    hw_job_free(job);
    if (err) {
        fn(fn_data, NULL, err);
        return;
    }
    hw_auto_text account = clean_text(reply->xml, "Account");
    hw_auto_text arn = clean_text(reply->xml, "Arn");
    hw_auto(hw_buf) profile = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&profile, hw_aws_profile(aws), strnlen(hw_aws_profile(aws), HW_MAX_VALUE), false);
    struct hw_event event = {
        .type = HW_EV_IDENTITY,
        .u.identity = {.account = account,
                       .arn = arn,
                       .region = hw_aws_region(aws),
                       .profile = hw_buf_cstr(&profile),
                       .source = hw_aws_credentials_source(aws),
                       .expires_ms = hw_aws_credentials_expiry(aws)},
    };
    hw_tell(hw_aws_sink(aws), &event);
    fn(fn_data, &event.u.identity, NULL);
}

void hw_discover_identity(struct hw_discover *discover, hw_discover_identity_fn *fn, void *data)
{
    struct hw_job *job = hw_job_new(discover, data);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_STS, "GetCallerIdentity");
    if (!*hw_aws_region(discover->aws))
        hw_aws_request_region(request, ANY_REGION);
    job->identity_fn = fn;
    job->call = hw_aws_send(discover->aws, request, on_identity, job);
}

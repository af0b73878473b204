/* SPDX-License-Identifier: Apache-2.0 */
/* As much of S3 as the upload of a template needs, path style (/bucket/key), in memory. An
 * object of the account file is a size, one that was put is its text. */
#include "sim/op_s3.h"

#include "base/mem.h"
#include "base/text.h"

static json_t *find_bucket(struct sim_call *call, char **ret_key)
{
    size_t length = strcspn(call->tail, "/");
    hw_auto_text name = hw_strndup(call->tail, length);
    json_t *bucket = json_object_get(json_object_get(call->cloud->state, "buckets"), name);
    if (!bucket)
        sim_refuse(call, 404, "NoSuchBucket", "The specified bucket does not exist");
    *ret_key = hw_strdup(call->tail[length] ? call->tail + length + 1 : "");
    return bucket;
}

static void put_length(struct sim_call *call, const json_t *object)
{
    sim_put(call->headers, "ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"");
    sim_put(call->headers, "Last-Modified", "Sun, 01 Nov 2026 10:00:00 GMT");
    sim_put(call->headers, "x-amz-meta-size", "%lld",
            json_is_string(object) ? (long long)json_string_length(object)
                                   : (long long)json_integer_value(object));
}

/* HEAD has no body: what an error says is its status alone. */
static void head(struct sim_call *call)
{
    hw_auto_text key = NULL;
    json_t *bucket = find_bucket(call, &key);
    if (!bucket)
        return;
    sim_put(call->headers, "x-amz-bucket-region", "%s", sim_cloud_region(call->cloud));
    if (!*key)
        return;
    json_t *object = json_object_get(bucket, key);
    if (object)
        put_length(call, object);
    else
        sim_refuse(call, 404, "NoSuchKey", "The specified key does not exist.");
}

static void list_objects(struct sim_call *call, const json_t *bucket)
{
    const char *prefix = sim_text(call->in, "prefix"), *key;
    json_t *object;
    size_t count = 0;
    hw_auto(hw_buf) items = HW_BUF(HW_MAX_REPLY);
    json_object_foreach((json_t *)bucket, key, object)
    {
        if (!hw_text_starts(key, prefix))
            continue;
        count++;
        hw_buf_text(&items, "<Contents><Key>");
        hw_buf_xml(&items, key);
        hw_buf_print(&items,
                     "</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><Size>%lld</Size>"
                     "<StorageClass>STANDARD</StorageClass></Contents>",
                     json_is_string(object) ? (long long)json_string_length(object)
                                            : (long long)json_integer_value(object));
    }
    hw_buf_print(&call->raw,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"%s\">"
                 "<Name>%s</Name><KeyCount>%zu</KeyCount><IsTruncated>false</IsTruncated>%s"
                 "</ListBucketResult>",
                 call->service->space, call->tail, count, hw_buf_cstr(&items));
}

static void list_buckets(struct sim_call *call)
{
    const char *name;
    json_t *bucket;
    hw_buf_print(&call->raw,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult "
                 "xmlns=\"%s\"><Buckets>",
                 call->service->space);
    json_object_foreach(json_object_get(call->cloud->state, "buckets"), name, bucket)
    {
        hw_buf_print(&call->raw,
                     "<Bucket><Name>%s</Name><CreationDate>2026-11-01T10:00:00.000Z"
                     "</CreationDate></Bucket>",
                     name);
    }
    hw_buf_text(&call->raw, "</Buckets></ListAllMyBucketsResult>");
}

static void get(struct sim_call *call)
{
    hw_auto_text key = NULL;
    json_t *bucket = find_bucket(call, &key);
    if (!bucket)
        return;
    json_t *object = json_object_get(bucket, key);
    if (!*key && json_object_get(call->in, "location"))
        hw_buf_print(&call->raw,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
                     "xmlns=\"%s\">%s</LocationConstraint>",
                     call->service->space, sim_cloud_region(call->cloud));
    else if (!*key)
        list_objects(call, bucket);
    else if (!json_is_string(object))
        sim_refuse(call, 404, "NoSuchKey", "The specified key does not exist.");
    else
        hw_buf_add(&call->raw, json_string_value(object), json_string_length(object));
}

static void put(struct sim_call *call)
{
    hw_auto_text key = NULL;
    json_t *bucket = find_bucket(call, &key);
    if (!bucket)
        return;
    const struct hw_buf *body = &call->request->body;
    json_t *object = json_stringn(hw_buf_cstr(body), body->len);
    if (!*key || !object) {
        json_decref(object);
        sim_refuse(call, 501, "NotImplemented", "The simulator keeps objects of UTF-8 text only");
        return;
    }
    json_object_set_new(bucket, key, object);
    put_length(call, object);
}

const json_t *sim_s3_object(struct sim_cloud *cloud, const char *bucket, const char *key)
{
    const json_t *buckets = json_object_get(cloud->state, "buckets");
    return json_object_get(json_object_get(buckets, bucket), key);
}

static const struct sim_op OPERATIONS[] = {
    {"ListBuckets", "GET /", list_buckets, NULL},
    {"Head", "HEAD /*", head, NULL},
    {"Get", "GET /*", get, NULL},
    {"PutObject", "PUT /*", put, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_s3 = {"s3", SIM_S3, "http://s3.amazonaws.com/doc/2006-03-01/",
                                   OPERATIONS, NULL};

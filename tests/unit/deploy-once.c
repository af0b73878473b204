/* SPDX-License-Identifier: Apache-2.0 */
/* deploy-once plan|deploy|take-over|destroy CLUSTER.yaml: one run against $AWS_ENDPOINT_URL; the
 * exit status is the outcome, 9 when it cannot start. For tests that kill it.
 * DEPLOY_ONCE_RECORD=N: something happens to the N-th record that it writes to its journal, and
 * DEPLOY_ONCE_TROUBLE says what: "die" before it, "torn" in the middle of it, "full": no room for
 * it nor for any later one, "short": room for a part of it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "deploy/deploy.h"
#include "model/cluster_yaml.h"

ssize_t __real_write(int fd, const void *bytes, size_t count);
ssize_t __wrap_write(int fd, const void *bytes, size_t count); /* the linker puts it before */

static bool is_journal(int fd)
{
    struct stat is;
    return (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &is) == 0 && S_ISREG(is.st_mode);
}

static ssize_t in_trouble(const char *trouble, int fd, const void *bytes, size_t count)
{
    bool part = strcmp(trouble, "torn") == 0 || strcmp(trouble, "short") == 0;
    ssize_t done = part ? __real_write(fd, bytes, count / 2) : -1;
    if (strcmp(trouble, "torn") == 0 || strcmp(trouble, "die") == 0)
        raise(SIGKILL);
    errno = ENOSPC;
    return done;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t count)
{
    static long records;
    long trouble_at = 0;
    const char *at = getenv("DEPLOY_ONCE_RECORD"), *trouble = getenv("DEPLOY_ONCE_TROUBLE");
    if (!at || !trouble || !hw_parse_int(at, 1, 100000, &trouble_at) || !is_journal(fd) ||
        ++records < trouble_at)
        return __real_write(fd, bytes, count);
    return in_trouble(trouble, fd, bytes, count);
}

struct once {
    struct hw_loop *loop;
    int outcome;
};

static void tell(void *data HW_UNUSED, const struct hw_event *event)
{
    if (event->type == HW_EV_NOTICE)
        fprintf(stderr, "deploy-once: %s\n", event->u.notice.text);
}

static void on_end(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err)
{
    struct once *once = data;
    char text[1400];
    if (err)
        fprintf(stderr, "deploy-once: %s\n", hw_err_text(err, text, sizeof text));
    once->outcome = (int)outcome;
    hw_loop_stop(once->loop);
}

static int run(const char *word, const char *path, struct hw_err *err)
{
    struct hw_cluster *cluster = NULL;
    struct once once = {.outcome = 9};
    if (!hw_cluster_read(path, false, &cluster, err))
        return 9;
    once.loop = hw_loop_new(err);
    struct hw_work *work = hw_work_new(once.loop, 1);
    struct hw_aws_options options = {.region = hw_cluster_get(cluster, "region")};
    struct hw_aws *aws = hw_aws_new(once.loop, work, &options, err);
    struct hw_discover *discover = hw_discover_new(aws, NULL, NULL);
    const struct hw_sink sink = {tell, NULL};
    struct hw_deploy_options how = {.sink = &sink,
                                    .mode = strcmp(word, "plan") == 0      ? HW_DEPLOY_PLAN
                                            : strcmp(word, "destroy") == 0 ? HW_DEPLOY_DESTROY
                                                                           : HW_DEPLOY_EXECUTE,
                                    .take_over = strcmp(word, "take-over") == 0,
                                    .file = path};
    struct hw_deploy *deploy =
        hw_deploy_start(aws, discover, once.loop, cluster, &how, on_end, &once, err);
    if (deploy)
        hw_loop_run(once.loop);
    hw_deploy_free(deploy);
    hw_discover_free(discover);
    hw_aws_free(aws);
    hw_work_free(work);
    hw_loop_free(once.loop);
    hw_cluster_free(cluster);
    return once.outcome;
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    if (argc != 3)
        return 9;
    int outcome = run(argv[1], argv[2], &err);
    char text[1400];
    if (err.code)
        fprintf(stderr, "deploy-once: %s\n", hw_err_text(&err, text, sizeof text));
    return outcome;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/denied.h"

#include <string.h>

/* The word behind mark, up to a blank or the full stop at the end; "" where mark is missing. */
static void take_word(const char *text, const char *mark, char *out, size_t size)
{
    const char *at = strstr(text, mark);
    out[0] = '\0';
    if (!at)
        return;
    at += strlen(mark);
    size_t n = strcspn(at, " ,");
    while (n && (at[n - 1] == '.' || at[n - 1] == ':'))
        n--;
    if (n >= size)
        n = size - 1;
    memcpy(out, at, n);
    out[n] = '\0';
}

/* What stands between mark and end. */
static void take_between(const char *text, const char *mark, const char *end, char *out,
                         size_t size)
{
    const char *at = strstr(text, mark);
    const char *stop = at ? strstr(at + strlen(mark), end) : NULL;
    out[0] = '\0';
    if (!stop)
        return;
    at += strlen(mark);
    size_t n = (size_t)(stop - at) < size ? (size_t)(stop - at) : size - 1;
    memcpy(out, at, n);
    out[n] = '\0';
}

bool hw_denied_parse(const char *message, struct hw_denied *ret)
{
    struct hw_denied denied = {.who = ""};
    take_word(message, "not authorized to perform: ", denied.action, sizeof denied.action);
    if (!strchr(denied.action, ':'))
        return false;
    take_word(message, "User: ", denied.who, sizeof denied.who);
    take_word(message, "on resource: ", denied.resource, sizeof denied.resource);
    const char *forbidden = strstr(message, "with an explicit deny in a");
    denied.forbidden = forbidden != NULL;
    if (forbidden) {
        const char *policy = strchr(forbidden + strlen("with an explicit deny in a"), ' ');
        if (policy) {
            size_t n = strcspn(policy + 1, ".:");
            n = n < sizeof denied.policy ? n : sizeof denied.policy - 1;
            memcpy(denied.policy, policy + 1, n);
        }
    } else {
        take_between(message, "because no ", " allows", denied.policy, sizeof denied.policy);
    }
    *ret = denied;
    return true;
}

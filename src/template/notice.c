/* SPDX-License-Identifier: Apache-2.0 */
#include "template/notice.h"

void hw_notice_swap(struct hw_buf *text)
{
    static const char tag[] = "SPDX-License-Identifier: ", ours[] = "Apache-2.0",
                      theirs[] = "MIT-0";
    char *at = text->len ? strstr(text->data, tag) : NULL;
    if (!at)
        return;
    at += strlen(tag);
    if (strncmp(at, ours, strlen(ours)) != 0)
        return;
    char *rest = at + strlen(ours);
    memcpy(at, theirs, strlen(theirs));
    memmove(at + strlen(theirs), rest, strlen(rest) + 1);
    text->len -= strlen(ours) - strlen(theirs);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is generated belongs to whoever generated it: the sources' Apache-2.0 notice becomes MIT-0
 * (no conditions, no attribution). */
#ifndef HW_TEMPLATE_NOTICE_H
#define HW_TEMPLATE_NOTICE_H

#include "base/buf.h"

/* Changes the first SPDX line of text, if there is one. */
void hw_notice_swap(struct hw_buf *text);

#endif

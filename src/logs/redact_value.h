/* SPDX-License-Identifier: Apache-2.0 */
/* For redact.c alone: the forms in which a secret value may stand in a log. */
#ifndef HW_LOGS_REDACT_VALUE_H
#define HW_LOGS_REDACT_VALUE_H

#include "logs/windows.h"

void hw_redact_value_forms(struct hw_windows *windows, const char *bytes, size_t n);

#endif

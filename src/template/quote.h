/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text of other languages. Each function appends; any UTF-8 goes in, and the other
 * language's reader gives exactly the same text back. */
#ifndef HW_TEMPLATE_QUOTE_H
#define HW_TEMPLATE_QUOTE_H

#include "base/buf.h"

/* A YAML scalar that is a string for YAML 1.1 and 1.2: always quoted. */
void hw_quote_yaml(struct hw_buf *out, const char *value);

/* A literal block scalar ("|" and indented lines). false, and nothing appended, for a text that
 * no literal block can carry unchanged: a tab, CR or other control byte, a blank at a line's end
 * or at the beginning, no newline at the end or more than one. */
bool hw_quote_yaml_block(struct hw_buf *out, const char *text, size_t indent);

/* One word of a POSIX shell, in single quotes. */
void hw_quote_shell(struct hw_buf *out, const char *value);
/* The same, without quotes where none are needed: for commands that a person reads. */
void hw_quote_word(struct hw_buf *out, const char *value);

#endif

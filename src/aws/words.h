/* SPDX-License-Identifier: Apache-2.0 */
/* A command line into its words, without a shell: blanks part them, '...' keeps everything, in
 * "..." a backslash keeps " and \, outside it keeps the next character. As Python's
 * shlex.split, which the AWS CLI uses for credential_process. */
#ifndef HW_AWS_WORDS_H
#define HW_AWS_WORDS_H

#include "base/err.h"
#include "base/mem.h"

/* HW_ERR_INPUT: a quote that is not closed, or a backslash at the end. *ret is then empty. */
bool hw_words_split(const char *line, struct hw_strv *ret, struct hw_err *err);

#endif

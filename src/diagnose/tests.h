/* SPDX-License-Identifier: Apache-2.0 */
/* Tests on a node: a closed list of things that can be looked up there by a fixed PowerShell
 * script that changes nothing (templates/tests). What is to be tested is an argument, strictly of
 * its kind and quoted; so nothing that a log or a rule says can become a command. */
#ifndef HW_DIAGNOSE_TESTS_H
#define HW_DIAGNOSE_TESTS_H

#include "base/event.h"
#include "base/mem.h"

struct hw_tests;

bool hw_tests_load(struct hw_tests **ret, struct hw_err *err);
void hw_tests_free(struct hw_tests *tests); /* NULL allowed */

/* For lists: name, what it tells, and "Host Port", its arguments. */
size_t hw_tests_count(const struct hw_tests *tests);
const char *hw_tests_name(const struct hw_tests *tests, size_t index);
const char *hw_tests_title(const struct hw_tests *tests, size_t index);
void hw_tests_arguments(const struct hw_tests *tests, size_t index, struct hw_buf *out);

/* Is there such a test, and does it take these arguments (names and values in turn)? Values are not
 * looked at. */
bool hw_test_takes(const struct hw_tests *tests, const char *name, const struct hw_strv *with,
                   struct hw_err *err);
/* And is each value of its argument's kind? */
bool hw_test_check(const struct hw_tests *tests, const char *name, const struct hw_strv *with,
                   struct hw_err *err);
/* Appends the PowerShell that runs on the node. HW_ERR_USAGE: hw_test_check refuses it. */
bool hw_test_script(const struct hw_tests *tests, const char *name, const struct hw_strv *with,
                    struct hw_buf *out, struct hw_err *err);
/* What the script wrote: its last line is "yes WORDS", "no WORDS" or "unknown WORDS". *ret_detail
 * borrows from output. False: it wrote no such line. */
bool hw_test_answer(const char *output, size_t n, enum hw_answer *ret, struct hw_span *ret_detail);

/* "Host=10.20.1.6 Port=1433", for a person. */
void hw_test_words(const struct hw_strv *with, struct hw_buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The questions to the account as tables, for the files of this folder alone: one file for each
 * kind of judgement (judge_*.c), and questions.c, which knows their order. */
#ifndef HW_CHECK_QUESTIONS_H
#define HW_CHECK_QUESTIONS_H

#include "check/account.h"

#define HW_NAMES_A_CALL 10u /* SSM GetParameters, "Names" */

/* How many questions of a kind there may be. */
enum hw_times { HW_ONCE, HW_TWICE, HW_FOR_PLACES, HW_FOR_STACKS, HW_FOR_PATHS };

/* Asked at once. The last of a table has no operation. */
struct hw_first_question {
    enum hw_times times;
    struct hw_check_question question;
};
extern const struct hw_first_question hw_first_network[], hw_first_nodes[], hw_first_account[];

/* Asked once another is answered. */
extern const struct hw_check_question hw_question_dhcp;
extern const struct hw_check_question hw_question_images, hw_question_snapshots, hw_question_launch;
extern const struct hw_check_question hw_question_snapshot_key, hw_question_snapshot_grants,
    hw_question_snapshot_policy;
extern const struct hw_check_question hw_question_key, hw_question_caller_role, hw_question_caller,
    hw_question_node;

#define EC2(topic_, operation_, ...)                                                               \
    {                                                                                              \
        .topic = topic_, .service = HW_AWS_EC2, .operation = operation_,                           \
        .action = "ec2:" operation_, __VA_ARGS__                                                   \
    }
#define PAGES .token_in = "NextToken", .token_out = "nextToken"

/* Filter.N of an EC2 request: one value, or the texts once each (false: there are none). */
void hw_ask_filter(struct hw_aws_request *request, unsigned number, const char *name,
                   const char *value);
bool hw_ask_filter_all(struct hw_aws_request *request, unsigned number, const char *name,
                       const struct hw_strv *values);
/* A hw_question.refused: what is not there is an answer, and nothing is told. */
bool hw_ask_absent(struct hw_check_run *run, size_t at, const struct hw_err *err);

#endif

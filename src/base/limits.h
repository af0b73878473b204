/* SPDX-License-Identifier: Apache-2.0 */
/* Every size that outside data could grow is bounded by a name in this file. Bytes unless said. */
#ifndef HW_BASE_LIMITS_H
#define HW_BASE_LIMITS_H

#define HW_MAX_CLUSTER_FILE  (1024u * 1024u)       /* a cluster file on disk */
#define HW_MAX_VALUE         4096u                 /* one scalar of a cluster file */
#define HW_MAX_LIST          256u                  /* items in one list of a cluster file */
#define HW_MAX_GROUPS        60u                   /* compute groups */
#define HW_MAX_DEPTH         16u                   /* nesting of a YAML document */
#define HW_MAX_FILE          (16u * 1024u * 1024u) /* any other file read whole */
#define HW_MAX_REPLY         (32u * 1024u * 1024u) /* one answer of an AWS service */
#define HW_MAX_XML_DEPTH     256u                  /* nesting of an XML document */
#define HW_MAX_XML_ELEMENTS  2000000u              /* elements of one; 10,000 images have half */
#define HW_MAX_PAGES         200u                  /* pages of one list that are asked for */
#define HW_MAX_SOAP          (4u * 1024u * 1024u)  /* one WS-Management envelope */
#define HW_MAX_LINE          (64u * 1024u)         /* one line of a log, in decoded bytes */
#define HW_MAX_TEXT          (256u * 1024u)        /* a message put together for a person */
#define HW_MAX_TEMPLATE      (1024u * 1024u)       /* a generated file */
#define HW_MAX_JOURNAL_LINE  (64u * 1024u)
#define HW_MAX_SECRET        20480u        /* web identity tokens have up to 20,000 characters */
#define HW_MAX_KEY_ID        128u          /* an access key id (IAM API reference, AccessKey) */
#define HW_MAX_HANDED_KEYS   (64u * 1024u) /* what a metadata service or a program says of keys */
#define HW_MAX_ROLE_CHAIN    16u           /* roles that are assumed one by means of the other */
#define HW_MAX_STACK_EVENTS  20000u        /* new events of a stack in one look */
#define HW_MAX_STACK_PAGES   400u          /* pages of one listing */
#define HW_MAX_RULES         512u          /* diagnosis rules */
#define HW_MAX_RULE_FILE     (256u * 1024u)
#define HW_MAX_PRICES        20000u /* figures in the book of prices; a Region has some 1,000 */
#define HW_MAX_PRICE_FILE    (1024u * 1024u)
#define HW_MAX_PLACES        4096u  /* nodes and stacks that a diagnosis knows */
#define HW_MAX_SOURCES       32u    /* log files of one node that it counts */
#define HW_MAX_EVIDENCE      4u     /* lines that prove one finding */
#define HW_MAX_EVIDENCE_TEXT 512u   /* of one such line */
#define HW_MAX_ALIASES       20000u /* names, addresses and numbers that a bundle replaces */
#define HW_MAX_BUNDLE        (512u * 1024u * 1024u) /* text of a bundle, before it is packed */
#define HW_MAX_BUNDLE_FILES  20000u                 /* files in it */

/* The simulator. */
#define HW_MAX_SIM_FILE   (64u * 1024u * 1024u) /* one log file of a simulated machine */
#define HW_MAX_SIM_FILES  64u                   /* log files of a simulated machine */
#define HW_MAX_SIM_STDIN  (256u * 1024u)        /* the first line a command reads */
#define HW_MAX_SIM_SHELLS 30u                   /* remote shells of one simulated machine */
#define HW_MAX_SIM_STAGES 64u                   /* stages of one role */
#define HW_MAX_SIM_LINES  2000u                 /* lines a scenario writes in one stage */
#define HW_SIM_MAX_BODY   (8u * 1024u * 1024u)  /* one request */
#define HW_SIM_MAX_DEPTH  64u                   /* nesting of a template */
#define HW_SIM_MAX_NODES  200000u               /* values in a template; guards against aliases */

/* Nodes and their logs. */
#define HW_MAX_NODES      1000u                  /* nodes of one cluster */
#define HW_MAX_BLACKBOXES 64u                    /* failed nodes that are saved in one run */
#define HW_MAX_NODE_FILES 1024u                  /* log files followed on one node */
#define HW_MAX_FOLDER     4096u                  /* names in one folder of a node */
#define HW_MAX_NODE_PATH  4096u                  /* the path of one of them */
#define HW_MAX_SCAN_DIRS  1024u                  /* folders that one look for them reads */
#define HW_MAX_SCAN_NAMES 32768u                 /* names in all of these */
#define HW_MAX_FRAME      (1024u * 1024u)        /* one line of the log follower */
#define HW_MAX_LOG_TEXT   (256u * 1024u * 1024u) /* text of all log lines held in memory */
#define HW_MAX_LOG_NAMES  65536u                 /* nodes, and names of log files, told apart */

/* Limits of AWS that the product checks against. CloudFormation user guide, "Quotas";
 * EC2 user guide, "Run commands at launch" (16 KB raw, before base64). */
#define HW_CFN_BODY_INLINE 51200u
#define HW_CFN_BODY_S3     1000000u
#define HW_CFN_RESOURCES   500u
#define HW_CFN_PARAMETERS  200u
#define HW_EC2_USER_DATA   16384u

#endif

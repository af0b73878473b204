/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted CloudFormation (and the one call each of EC2 and S3 that a deployment makes) on a
 * loopback port, for the tests of src/deploy. A stack moves one step at each DescribeStacks, so
 * nothing depends on time. Answers come from a thread of its own. */
#ifndef HW_TESTS_FAKE_CFN_H
#define HW_TESTS_FAKE_CFN_H

#include <stdbool.h>
#include <sys/types.h>

struct fake_cfn;

struct fake_cfn *fake_cfn_new(char url[64]); /* NULL: no port */
void fake_cfn_free(struct fake_cfn *fake);
void fake_cfn_stop(struct fake_cfn *fake); /* the endpoint dies; the state stays */

/* The stack whose name ends so fails, with this reason at its group. */
void fake_cfn_fail(struct fake_cfn *fake, const char *suffix, const char *reason);
/* Change sets of the stack whose name ends so are refused: by early validation, which finds fault
 * with the property at path, or, path NULL, for the sentence. suffix NULL: none is. */
void fake_cfn_refuse(struct fake_cfn *fake, const char *suffix, const char *path,
                     const char *sentence);
void fake_cfn_clock(struct fake_cfn *fake, long off_s); /* its clock minus the right one */
/* AWS keeps an interface with the security group of the foundation until it has been asked for
 * `asks` times; its deletion waits, or fails meanwhile. */
void fake_cfn_keep_interface(struct fake_cfn *fake, unsigned asks, bool fails);
void fake_cfn_throttle(struct fake_cfn *fake, unsigned requests); /* the next ones */
void fake_cfn_slow(struct fake_cfn *fake, unsigned steps);        /* of each stack, more */
/* SIGKILL to pid at the n-th request from now, before or after it took effect. */
void fake_cfn_kill_at(struct fake_cfn *fake, pid_t pid, unsigned n, bool after);
/* The value of the parameter that tells who deploys; NULL: it is not there. */
void fake_cfn_lock(struct fake_cfn *fake, const char *value);
bool fake_cfn_locked(struct fake_cfn *fake);
/* From now on, as the seed has it, requests meet faults: throttled, refused with 500, 503 or an
 * expired token, an answer that is cut or never comes, before or after the request took effect.
 * At most `faults` of them. */
void fake_cfn_chaos(struct fake_cfn *fake, unsigned seed, unsigned faults);
bool fake_cfn_killed(struct fake_cfn *fake);

/* What happened. */
struct hw_strv;
void fake_cfn_events(struct fake_cfn *fake, struct hw_strv *ret); /* ids of all, oldest first */
/* Calls that took effect; "ContinueUpdateRollback STACK ID...": with what is left out. */
unsigned fake_cfn_count(struct fake_cfn *fake, const char *action);
unsigned fake_cfn_looks(struct fake_cfn *fake);  /* at one stack each, answered */
unsigned fake_cfn_stacks(struct fake_cfn *fake); /* that exist */
bool fake_cfn_has(struct fake_cfn *fake, const char *suffix, const char *status);
unsigned fake_cfn_change_sets(struct fake_cfn *fake); /* left over */
void fake_cfn_outdate(struct fake_cfn *fake);         /* their stacks were changed since */
void fake_cfn_set(struct fake_cfn *fake, const char *name, const char *status);

#endif

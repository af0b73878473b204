/* SPDX-License-Identifier: Apache-2.0 */
/* What neither CloudFormation's own validation nor cfn-lint sees before a deployment fails:
 * sizes, time-outs and combinations. Works on the generated files. */
#ifndef HW_TEMPLATE_LINT_H
#define HW_TEMPLATE_LINT_H

#include "base/event.h"
#include "template/generate.h"

/* id: "template.user-data-size"; message says what, file what it is about. All borrowed. */
typedef void hw_lint_fn(void *data, const char *id, enum hw_severity severity, const char *file,
                        const char *message);

/* Rules: template.body-size (over 51,200 bytes: a warning, since it goes through the bucket;
 * over 1,000,000: an error), template.resources (500), template.parameters (200),
 * template.user-data-size (16,384 bytes), template.pause-time (at most PT1H),
 * template.timeout (at most PT12H), template.interface-and-subnets (a kept network interface
 * together with VPCZoneIdentifier), template.syntax (not YAML), template.substitution (Fn::Sub of
 * a name that is not there), template.split (Fn::Split of a parameter that is no text),
 * template.creation-policy (nodes signal, nothing waits), template.signal (they signal for another
 * resource), template.persist (user data at each start), template.region (a Region by name),
 * template.user-data-tags (Windows runs what stands between <powershell> and </powershell>),
 * template.helper-region (cfn-init or cfn-signal without --region asks us-east-1), template.init
 * (cfn-init reads a resource that has nothing for it), template.errorlevel (the code of a command
 * before, which is always 0); of a set alone: template.imports (an import that no earlier stack
 * exports). */
/* Returns the number of errors told. */
size_t hw_lint_template(const char *file, const char *text, size_t size, hw_lint_fn *fn,
                        void *data);

/* All templates of the set. Returns the number of errors. */
size_t hw_lint_fileset(const struct hw_fileset *set, hw_lint_fn *fn, void *data);

/* Bytes of user data after the longest substitution of its Fn::Sub, before base64. */
size_t hw_user_data_longest(const char *text);

#endif

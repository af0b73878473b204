/* SPDX-License-Identifier: Apache-2.0 */
/* One template from its source. Directives stand in the source's own Metadata:
 *   Metadata.hpcwiz.parameters   name of a parameter: the question that gives its value (value.h),
 *                                which becomes its Default
 *                                (but for a CommaDelimitedList)
 *   Metadata.hpcwiz.when         "Outputs.Name" or "Parameters.Name": kept only if the question
 *                                is true
 *   Resources.X.Metadata.hpcwiz  when: as above; repeat: a list key: one copy of the resource an
 *                                item, X1, X2 ..., each with its own index in "!Select [0, "
 * and in AWS::CloudFormation::Init a file's content is the name of a data file. The hpcwiz parts
 * are gone from the result; every other byte of the source stays. */
#ifndef HW_TEMPLATE_ASSEMBLE_H
#define HW_TEMPLATE_ASSEMBLE_H

#include "template/generate.h"
#include "template/tpl.h"

/* group: the compute group at hand, else 0. */
bool hw_assemble_template(const struct hw_cluster *cluster, size_t group, struct hw_tpl *source,
                          struct hw_file *ret, struct hw_err *err);

/* A script or image file: as it is, but for the licence notice. Scripts that travel inside a
 * template (powershell/, sql/) are without the comments below their head: CloudFormation takes a
 * body of 51,200 bytes at most as it is. out is appended to. */
bool hw_assemble_copy(const char *source, struct hw_buf *out, struct hw_err *err);

/* deploy.sh or destroy.sh: the lines between "# hpcwiz: begin" and "# hpcwiz: end" are replaced. */
bool hw_assemble_shell(const struct hw_cluster *cluster, const char *source,
                       const struct hw_stacks *stacks, struct hw_buf *out, struct hw_err *err);

#endif

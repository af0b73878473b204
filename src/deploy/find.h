/* SPDX-License-Identifier: Apache-2.0 */
/* The clusters that the account itself knows, by the tag that each of their stacks carries: on a
 * machine whose journals do not know them they can be followed too. */
#ifndef HW_DEPLOY_FIND_H
#define HW_DEPLOY_FIND_H

#include "deploy/deploy.h"

struct hw_deploy_find;

/* list: the caller's (hw_deploy_list_free), by name; state: running while a stack is changing,
 * failed when one has ended badly, interrupted while the head node or every compute group is
 * missing, else complete; last_ms: when a stack changed last. err: what could not be read; the list
 * holds what was found before. From the loop, once. */
typedef void hw_deploy_find_fn(void *data, struct hw_deploy_known *list, size_t count,
                               const struct hw_err *err);

/* Asks for the stacks of the client's region, and nothing else. aws must outlive it. */
struct hw_deploy_find *hw_deploy_find(struct hw_aws *aws, hw_deploy_find_fn *fn, void *data);
void hw_deploy_find_free(struct hw_deploy_find *find); /* NULL allowed; fn is not called any more */

#endif

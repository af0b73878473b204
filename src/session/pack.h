/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a support bundle together from a session: the one code behind `hpcwiz bundle` and the key b
 * of the wizard. */
#ifndef HW_SESSION_PACK_H
#define HW_SESSION_PACK_H

#include "diagnose/bundle.h"
#include "session/session.h"

/* The events of a journal, the files and the findings. The logs went in before. missing gets a
 * sentence for each thing that cannot be had. The diagnosis learns the journal too. */
void hw_pack_rest(struct hw_bundle *bundle, struct hw_session *session,
                  const struct hw_cluster *cluster, const char *cluster_text, size_t cluster_size,
                  struct hw_strv *missing);

/* The same with the lines that the session has read, slice by slice and then in a thread, so that a
 * screen goes on. The diagnosis is taken as it is then. */
struct hw_pack;
typedef void hw_pack_fn(void *data, struct hw_bundle *bundle_take, const struct hw_strv *missing);
/* cluster is copied. fn comes once, from the loop. */
struct hw_pack *hw_pack_start(struct hw_session *session, const struct hw_cluster *cluster,
                              const struct hw_bundle_options *options, hw_pack_fn *fn, void *data);
void hw_pack_free(struct hw_pack *pack); /* without a word, before the session; NULL allowed */

/* Writes the bundle in a thread and frees it; fn comes once, from the loop. */
typedef void hw_pack_written_fn(void *data, const struct hw_err *err);
void hw_pack_write(struct hw_session *session, struct hw_bundle *bundle_take, const char *path,
                   hw_pack_written_fn *fn, void *data);

#endif

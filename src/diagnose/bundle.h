/* SPDX-License-Identifier: Apache-2.0 */
/* A support bundle: what somebody else needs to understand a deployment, in one .tar.gz. Every line
 * is redacted once more on its way in; on request, names, addresses and account numbers are
 * replaced, and the map back stays beside the bundle, never in it. */
#ifndef HW_DIAGNOSE_BUNDLE_H
#define HW_DIAGNOSE_BUNDLE_H

#include "diagnose/diagnose.h"
#include "model/cluster.h"

struct hw_bundle;

struct hw_bundle_options {
    bool anonymous;
    size_t max_log; /* bytes kept of each log, its end; 0: HW_BUNDLE_LOG */
};

#define HW_BUNDLE_LOG (25u * 1024u * 1024u) /* the default of sos report too */

/* What the cluster's own names are is learned from cluster. */
struct hw_bundle *hw_bundle_new(const struct hw_bundle_options *options,
                                const struct hw_cluster *cluster);
void hw_bundle_free(struct hw_bundle *bundle); /* NULL allowed */

/* A file as it is: "cluster.yaml", "generated/head.yaml". Bytes are text in UTF-8. */
void hw_bundle_add(struct hw_bundle *bundle, const char *name, const char *bytes, size_t n);
/* Any event: log lines go to logs/<node>_<instance>/<source>, all others to events.jsonl. */
void hw_bundle_feed(struct hw_bundle *bundle, const struct hw_event *event);
/* The logs that are there now are whole: a line of one of them that still comes (from a journal) is
 * passed over. */
void hw_bundle_logs_are_whole(struct hw_bundle *bundle);
/* findings.jsonl and findings.txt, as they are now. */
void hw_bundle_findings(struct hw_bundle *bundle, const struct hw_diagnose *diagnose);

/* What goes in, in the order of the archive. */
struct hw_bundle_entry {
    const char *name;
    size_t bytes, left_out; /* left_out: bytes cut from the beginning */
};
size_t hw_bundle_count(const struct hw_bundle *bundle);
struct hw_bundle_entry hw_bundle_at(const struct hw_bundle *bundle, size_t index);

/* Whole or not at all, mode 0600; with `anonymous` also "<path>.map.json". */
bool hw_bundle_write(struct hw_bundle *bundle, const char *path, struct hw_err *err);

/* Tells the events and log lines of a written bundle again, the events first. HW_ERR_INPUT: it is
 * none, or torn. */
bool hw_bundle_read(const char *path, const struct hw_sink *sink, struct hw_err *err);
bool hw_bundle_is(const char *path); /* by its first bytes: gzip */

#endif

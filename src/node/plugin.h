/* SPDX-License-Identifier: Apache-2.0 */
/* A port of a node brought to this machine's loopback by Systems Manager: ssm:StartSession and the
 * program session-manager-plugin, which carries the bytes. How it is called is what the AWS CLI
 * does (awscli/customizations/sessionmanager.py): the answer of StartSession, which holds a token,
 * is handed over in an environment variable of the plugin alone, never on its command line; the
 * plugin understands that from version 1.2.498 on. */
#ifndef HW_NODE_PLUGIN_H
#define HW_NODE_PLUGIN_H

#include "node/way.h"

struct hw_plugin;

/* Called from the loop. Only `ended`, the last call, may free the struct. */
struct hw_plugin_handler {
    void (*ready)(void *data, unsigned port); /* on 127.0.0.1 */
    void (*ended)(void *data, enum hw_way_end how, const struct hw_err *err);
    void *data;
};

bool hw_plugin_is_installed(void); /* looks along PATH */
/* port: of the node. */
struct hw_plugin *hw_plugin_start(struct hw_aws *aws, const char *instance, unsigned port,
                                  const struct hw_plugin_handler *handler);
/* Ends the session, then calls closed(data) and frees. The handler is not called any more. */
void hw_plugin_close(struct hw_plugin *plugin, void (*closed)(void *data), void *data);
/* At once; that the session is over is told to AWS if there is still time. NULL allowed. */
void hw_plugin_free(struct hw_plugin *plugin);

#endif

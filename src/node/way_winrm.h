/* SPDX-License-Identifier: Apache-2.0 */
/* How WinRM logs in to a node of a fleet: for its logs, and for a command beside them. */
#ifndef HW_NODE_WAY_WINRM_H
#define HW_NODE_WAY_WINRM_H

#include "node/way.h"
#include "node/winrm.h"

/* Both outlive the connection. */
struct hw_way_winrm_peer {
    const struct hw_way_room *room;
    const struct hw_target *target;
};

/* command and handler as hw_winrm_start; peer stays where it is until the connection is gone. */
struct hw_winrm *hw_way_winrm_connect(struct hw_way_winrm_peer *peer,
                                      const struct hw_winrm_command *command,
                                      const struct hw_winrm_handler *handler);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_err err = {0};
    struct hw_ssh_host host;
    struct hw_ssh_config *config = hw_ssh_config_parse((const char *)bytes, size, "f", &err);
    if (!config) {
        if (!err.what[0])
            abort();
        return 0;
    }
    hw_ssh_config_host(config, "10.20.1.5", &host);
    char *user = NULL, *name = NULL;
    unsigned port;
    if (hw_ssh_jump_parse(host.jump, strlen(host.jump), &user, &name, &port) && !*name)
        abort();
    free(user);
    free(name);
    hw_ssh_host_done(&host);
    hw_ssh_config_free(config);
    return 0;
}

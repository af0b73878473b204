/* SPDX-License-Identifier: Apache-2.0 */
/* One simulated machine with WinRM on a free loopback port, for clients that are no part of the
 * project: prints its URL, ends when its standard input does. */
#include <unistd.h>

#include "base/clock.h"
#include "sim/winrm.h"

#define LINES 20000

static void on_input(void *data, int fd, unsigned events HW_UNUSED)
{
    char byte;
    if (read(fd, &byte, 1) <= 0)
        hw_loop_stop(data);
}

static struct sim_guest *make_guest(void)
{
    struct sim_guest *guest = sim_guest_new();
    char line[64];
    for (int i = 1; i <= LINES; i++) {
        snprintf(line, sizeof line, "Größe %d", i);
        sim_guest_write(guest, "C:\\peer.log", SIM_UTF16LE_BOM, true, line);
    }
    return guest;
}

int main(void)
{
    struct hw_err err = {0};
    struct hw_loop *loop = hw_loop_new(&err);
    struct sim_winrm *winrm = loop ? sim_winrm_new(loop, 1, &err) : NULL;
    struct sim_guest *guest = make_guest();
    struct sim_endpoint_spec spec = {.address = "127.0.0.1",
                                     .host = "PEER",
                                     .password = "Passw0rd",
                                     .boot_ms = hw_clock_wall_ms(),
                                     .guest = guest};
    struct sim_endpoint *endpoint = winrm ? sim_winrm_listen(winrm, &spec, &err) : NULL;
    if (endpoint) {
        printf("https://127.0.0.1:%u/wsman\n", sim_endpoint_port(endpoint));
        fflush(stdout);
        hw_loop_watch(loop, STDIN_FILENO, HW_READ, on_input, loop);
        hw_loop_run(loop);
    } else {
        fprintf(stderr, "sim-winrm-server: %s\n", err.what);
    }
    sim_winrm_free(winrm);
    sim_guest_free(guest);
    hw_loop_free(loop);
    return endpoint ? 0 : 1;
}

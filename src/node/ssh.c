/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh.h"

#include "base/file.h"
#include "node/ssh_parts.h"

static struct hw_ssh_config *read_config(const char *file, struct hw_err *err)
{
    hw_auto_text user = hw_path_expand("~/.ssh/config");
    const char *usual[] = {user, "/etc/ssh/ssh_config"};
    struct hw_ssh_config *config =
        file ? hw_ssh_config_read(&file, 1, err) : hw_ssh_config_read(usual, HW_COUNT(usual), err);
    if (!config)
        hw_wrap(err, _("the configuration of SSH"));
    return config;
}

struct hw_ssh *hw_ssh_new(struct hw_loop *loop, struct hw_work *work,
                          const struct hw_ssh_options *options, struct hw_err *err)
{
    struct hw_ssh *ssh = HW_NEW(struct hw_ssh);
    const char *agent = options->agent ? options->agent : getenv("SSH_AUTH_SOCK");
    ssh->loop = loop;
    ssh->work = work;
    ssh->key_file = hw_strdup(options->key_file);
    ssh->config_file = hw_strdup(options->config_file);
    ssh->unknown = options->unknown;
    ssh->unknown_data = options->unknown_data;
    ssh->ring = hw_ssh_ring_new(loop, work, agent, options->passphrase);
    ssh->config = read_config(options->config_file, err);
    ssh->hosts = ssh->config ? hw_ssh_hosts_new(loop, work, options->known_hosts_file, err) : NULL;
    if (ssh->hosts)
        return ssh;
    hw_ssh_free(ssh);
    return NULL;
}

void hw_ssh_use_key(struct hw_ssh *ssh, const char *key_file, const struct hw_secret *passphrase)
{
    hw_replace(&ssh->key_file, key_file);
    hw_ssh_ring_passphrase(ssh->ring, passphrase);
    hw_ssh_jumps_forgive(ssh);
}

void hw_ssh_free(struct hw_ssh *ssh)
{
    if (!ssh)
        return;
    hw_ssh_jumps_free(ssh);
    hw_ssh_ring_free(ssh->ring);
    hw_ssh_hosts_free(ssh->hosts);
    hw_ssh_config_free(ssh->config);
    free(ssh->key_file);
    free(ssh->config_file);
    free(ssh);
}

void hw_ssh_trust(struct hw_ssh *ssh, const char *instance, struct hw_span blob)
{
    struct hw_ssh_who who = {.instance = instance, .pins = "", .name = instance};
    hw_ssh_hosts_add(ssh->hosts, &who, blob);
}

const struct hw_ssh_config *hw_ssh_config_of(const struct hw_ssh *ssh)
{
    return ssh->config;
}

struct hw_ssh_hosts *hw_ssh_hosts_of(const struct hw_ssh *ssh)
{
    return ssh->hosts;
}

const char *hw_ssh_key_file_of(const struct hw_ssh *ssh)
{
    return ssh->key_file;
}

const char *hw_ssh_config_file_of(const struct hw_ssh *ssh)
{
    return ssh->config_file;
}

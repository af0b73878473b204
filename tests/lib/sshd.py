# SPDX-License-Identifier: Apache-2.0
"""A real OpenSSH server on loopback, for the tests and the benchmarks of SSH."""
import base64
import contextlib
import getpass
import hashlib
import os
import shutil
import signal
import socket
import subprocess

import rig

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
USER = getpass.getuser()
ADDRESS = "127.45.1.1"


def keygen(path, kind, bits=None, passphrase="", form=None):
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", path, "-C", "test"]
    if bits:
        command += ["-b", str(bits)]
    if form:
        command += ["-m", form]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def blob(public):
    return base64.b64decode(open(public).read().split()[1])


def pin(public):
    return hashlib.sha256(blob(public)).hexdigest()


def fingerprint(public):
    return subprocess.run(["ssh-keygen", "-l", "-f", public], check=True, capture_output=True,
                          text=True).stdout.split()[1]


class Server:
    """One sshd in its own process group; `kill_sessions` ends its connections, not itself."""

    def __init__(self, where, name, address=ADDRESS, host_keys=("ed25519", "ecdsa", "rsa"),
                 sftp="internal-sftp", more=(), prefix=()):
        self.where = os.path.join(where, name)
        self.prefix = list(prefix)
        os.makedirs(self.where, exist_ok=True)
        self.address, self.port = address, free_port(address)
        self.authorized = os.path.join(where, "authorized_keys")
        open(self.authorized, "a").close()
        self.child = None
        # The first value of a keyword counts.
        lines = [*more, f"Port {self.port}", f"ListenAddress {address}", "PidFile none", "UsePAM no",
                 "StrictModes no", f"AuthorizedKeysFile {self.authorized}",
                 "PermitRootLogin yes", "MaxStartups 2000:100:4000", "UseDNS no",
                 "LogLevel VERBOSE", "PasswordAuthentication no",
                 "KbdInteractiveAuthentication no"]
        if sftp:
            lines.append(f"Subsystem sftp {sftp}")
        self.publics = {}
        for kind in host_keys:
            path = os.path.join(self.where, "host_" + kind)
            if not os.path.exists(path):
                keygen(path, kind)
            self.publics[kind] = path + ".pub"
            lines.append(f"HostKey {path}")
        self.config = os.path.join(self.where, "sshd_config")
        with open(self.config, "w") as out:
            out.write("\n".join(lines) + "\n")
        self.log = os.path.join(self.where, "log")

    def start(self):
        self.child = subprocess.Popen([*self.prefix, SSHD, "-D", "-e", "-f", self.config],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=open(self.log, "a"), start_new_session=True)
        rig.wait_for(lambda: self.answers() or self.child.poll() is not None, "sshd")
        if self.child.poll() is not None:
            rig.fail("sshd ended: " + open(self.log).read())

    def answers(self):
        try:
            with socket.create_connection((self.address, self.port), 2):
                return True
        except OSError:
            return False

    def connections(self):
        """Processes of sshd that serve a connection: the listener's children, and theirs."""
        children = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = open(f"/proc/{entry}/stat").read()
                    children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(
                        int(entry))
                except OSError:
                    pass
        found, left = [], [self.listener(children)]
        while left:
            more = children.get(left.pop(), [])
            found += more
            left += more
        return found

    def listener(self, children):
        if not self.prefix:
            return self.child.pid
        return (children.get(self.child.pid) or [self.child.pid])[0]

    def kill_sessions(self):
        for pid in self.connections():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def stop(self):
        if not self.child:
            return
        self.kill_sessions()
        self.child.kill()
        self.child.wait()
        self.child = None

    def authorize(self, *publics):
        with open(self.authorized, "w") as out:
            for public in publics:
                out.write(open(public).read())

    def pins(self):
        return " ".join(pin(public) for public in self.publics.values())

    def target(self, **more):
        target = {"address": self.address, "port": self.port, "instance": "i-0123456789abcdef0",
                  "pins": self.pins(), "user": USER}
        target.update(more)
        return target

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The SSH client and the SFTP follower against a real OpenSSH server on loopback: every kind of
key, the agent, passwords, known and changed host keys, a jump host, the ssh program, SFTP that is
off, logs that grow, rotate, are truncated and replaced while connections are killed, and many
sessions at once. Name a case to run it alone. Skipped (77) where OpenSSH's server is absent."""
import base64
import contextlib
import getpass
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import rig

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
ONE = os.path.join(rig.BUILD, "tests/peers/ssh-one")
USER = getpass.getuser()
ADDRESS = "127.45.1.1"


def check(what, condition, told=""):
    if not condition:
        rig.fail(f"{what}\n{told}")
    print("ok:", what)


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
        lines = [f"Port {self.port}", f"ListenAddress {address}", "PidFile none", "UsePAM no",
                 "StrictModes no", f"AuthorizedKeysFile {self.authorized}",
                 "PermitRootLogin yes", "MaxStartups 2000:100:4000", "UseDNS no",
                 "LogLevel VERBOSE", "PasswordAuthentication no",
                 "KbdInteractiveAuthentication no", *more]
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
        import socket
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
    import socket
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Follower:
    """ssh-one under way. Its standard output is read as it comes."""

    def __init__(self, where, targets, patterns, name="one", config="", **more):
        self.where = where
        path = os.path.join(where, f"{name}.json")
        config_path = os.path.join(where, f"{name}.config")
        with open(config_path, "w") as out:
            out.write(config)
        spec = {"config": config_path, "own": os.path.join(where, "known_hosts_own"), "agent": "",
                "retry_ms": 20, "patterns": patterns, "targets": targets}
        spec.update(more)
        with open(path, "w") as out:
            json.dump(spec, out)
        self.lines, self.states, self.complete, self.errors = [], [], set(), []
        environment = dict(os.environ, HOME=where, LC_ALL="C.UTF-8")
        environment.pop("SSH_AUTH_SOCK", None)
        self.notes = os.path.join(where, f"{name}.stderr")
        self.child = subprocess.Popen([ONE, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=open(self.notes, "w"), env=environment)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for raw in self.child.stdout:
            kind, _, rest = raw.decode().rstrip("\n").partition(" ")
            if kind == "line":
                number, path, offset, *text = rest.split(" ", 3)
                self.lines.append((int(number), path, int(offset), text[0] if text else ""))
            elif kind == "state":
                number, state, via, *detail = rest.split(" ", 3)
                self.states.append((int(number), state, via, detail[0] if detail else ""))
            elif kind == "complete":
                self.complete.add(int(rest))
            else:
                self.errors.append(raw.decode())

    def texts(self, number=0):
        return [text for who, _, _, text in list(self.lines) if who == number]

    def state(self, number=0):
        states = [state for state in list(self.states) if state[0] == number]
        return states[-1] if states else (number, "", "", "")

    def told(self):
        return (f"states: {self.states[-6:]}\nlines: {len(self.lines)} {self.lines[-3:]}\n"
                f"errors: {self.errors}\n{open(self.notes).read()[-3000:]}")

    def wait(self, look, what):
        def ended_or():
            return look() or self.child.poll() is not None
        end = time.monotonic() + rig.PATIENCE
        while not ended_or():
            if time.monotonic() > end:
                rig.fail(f"waited in vain for {what}\n{self.told()}")
            time.sleep(0.01)
        if not look():
            rig.fail(f"ssh-one ended before {what}\n{self.told()}")

    def close(self):
        if self.child.poll() is None:
            self.child.stdin.close()
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                rig.fail("ssh-one did not end with its input\n" + self.told())
        self.reader.join(10)
        if self.child.returncode:
            rig.fail(f"ssh-one: status {self.child.returncode}\n{self.told()}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.child.kill()
        else:
            self.close()


def log_file(where, name="install.log", text="2026-11-22T20:15:00Z first\nsecond\n"):
    path = os.path.join(where, name)
    with open(path, "w") as out:
        out.write(text)
    return path


def reaches(where, target, what, **more):
    """One look: the two lines of the log come, and it is over."""
    log = log_file(where)
    with Follower(where, [target], [log], once=True, **more) as follower:
        follower.wait(lambda: 0 in follower.complete, what)
    check(what, follower.texts() == ["2026-11-22T20:15:00Z first", "second"], follower.told())
    return follower


def is_refused(where, target, what, *words, **more):
    log = log_file(where)
    with Follower(where, [target], [log], **more) as follower:
        follower.wait(lambda: follower.state()[1] == "refused", what)
    detail = follower.state()[3]
    check(what, all(word in detail for word in words) and not follower.lines,
          f"{detail!r} lacks one of {words}\n{follower.told()}")
    return follower


# The cases.

KEYS = [("rsa", 2048, "PEM"), ("rsa", 2048, "PKCS8"), ("rsa", 3072, None), ("ecdsa", 256, None),
        ("ecdsa", 384, None), ("ecdsa", 521, None), ("ecdsa", 256, "PEM"),
        ("ecdsa", 521, "PKCS8"), ("ed25519", None, None)]


def keys(where):
    with Server(where, "server") as server:
        for kind, bits, form in KEYS:
            for passphrase in ("", "frobscottle 7"):
                name = f"{kind}-{bits}-{form}-{'locked' if passphrase else 'open'}"
                path = keygen(os.path.join(where, name), kind, bits, passphrase, form)
                server.authorize(path + ".pub")
                reaches(where, server.target(), name, key=path,
                        **({"passphrase": passphrase} if passphrase else {}))
        is_refused(where, server.target(), "a key without its passphrase is named", path,
                   "protected by a passphrase", "ssh-add", key=path)
        is_refused(where, server.target(), "a wrong passphrase is told", path,
                   "passphrase does not fit", key=path, passphrase="snozzcumber")
        other = keygen(os.path.join(where, "other"), "ed25519")
        before = open(server.log).read().count("Connection from")
        is_refused(where, server.target(), "a key that is not taken", "refused", other, key=other)
        time.sleep(1)
        after = open(server.log).read().count("Connection from")
        check("a refusal is not tried again", after == before + 1, f"{after - before} connections")


CASES = {name: function for name, function in list(globals().items())
         if callable(function) and name in ("keys",)}


def main():
    if not SSHD or not os.access(SSHD, os.X_OK):
        rig.skip("OpenSSH's server (Debian: openssh-server) is not installed")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    for name, case in CASES.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        print("--", name, flush=True)
        with rig.folder() as where:
            os.chmod(where, 0o755)
            case(where)


if __name__ == "__main__":
    main()

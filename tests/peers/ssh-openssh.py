#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The SSH client and the SFTP follower against a real OpenSSH server on loopback: every kind of
key, the agent, passwords, known and changed host keys, a jump host, the ssh program, SFTP that is
off, logs that grow, rotate, are truncated and replaced while connections are killed, and many
sessions at once. Name a case to run it alone. Skipped (77) where OpenSSH's server is absent."""
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import rig
from sshd import ADDRESS, SSHD, USER, Server, fingerprint, keygen, pin

ONE = os.path.join(rig.BUILD, "tests/peers/ssh-one")


def check(what, condition, told=""):
    if not condition:
        rig.fail(f"{what}\n{told}")
    print("ok:", what)


class Follower:
    """ssh-one under way. Its standard output is read as it comes."""

    def __init__(self, where, targets, patterns, name="one", config="", variables=(), **more):
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
        self.unknown = []
        environment = dict(os.environ, HOME=where, LC_ALL="C.UTF-8", **dict(variables))
        if more.get("agent"):
            environment["SSH_AUTH_SOCK"] = more["agent"]
        else:
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
            elif kind == "unknown":
                self.unknown.append(tuple(rest.split(" ", 1)))
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

    def say(self, line):
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()

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
        with Follower(where, [server.target()], [log_file(where)], key=other) as follower:
            follower.wait(lambda: follower.state()[1] == "refused", "the refusal")
            detail = follower.state()[3]
            check("a key that is not taken", "refused" in detail and other in detail, detail)
            before = open(server.log).read().count("Connection from")
            # While the first would have tried again long ago, another one logs in.
            reaches(where, server.target(), "a key that is taken", key=path, name="two",
                    passphrase="frobscottle 7")
            after = open(server.log).read().count("Connection from")
            check("a refusal is not tried again", after == before + 1, f"{after - before}")


@contextlib.contextmanager
def agent(where, *paths):
    socket = os.path.join(where, "agent.socket")
    child = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL,
                             start_new_session=True)
    try:
        rig.wait_for(lambda: os.path.exists(socket), "the agent")
        for path in paths:
            subprocess.run(["ssh-add", "-q", path], check=True, stdin=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env=dict(os.environ, SSH_AUTH_SOCK=socket))
        yield socket
    finally:
        child.kill()
        child.wait()


def by_agent(where):
    with Server(where, "server") as server:
        for kind in ("rsa", "ed25519", "ecdsa"):
            path = keygen(os.path.join(where, "agent-" + kind), kind)
            server.authorize(path + ".pub")
            with agent(where, path) as socket:
                os.rename(path, path + ".gone")
                reaches(where, server.target(), "agent: " + kind, agent=socket)
            os.unlink(socket) if os.path.exists(socket) else None
        is_refused(where, server.target(), "no agent, no key", "there is no key",
                   agent=os.path.join(where, "nobody"))


def host_keys(where):
    path = keygen(os.path.join(where, "key"), "ed25519")
    own = os.path.join(where, "known_hosts_own")
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        shown = [fingerprint(public) for public in server.publics.values()]
        unknown = is_refused(where, server.target(pins=""), "an unknown key is refused",
                             "nobody vouches", "ssh-keygen -l", key=path)
        check("its fingerprint is ssh-keygen's", any(one in unknown.state()[3] for one in shown),
              unknown.told())
        wrong = is_refused(where, server.target(pins="0" * 64), "a key the account does not know",
                           "has changed", "SHA256:AAAA", "Somebody may be in between",
                           "tag hpcwiz:ssh-sha256 is wrong", key=path)
        check("nothing was remembered", not os.path.exists(own), wrong.told())
        reaches(where, server.target(), "the account vouches", key=path)
        check("it is remembered by the instance", open(own).read().startswith(
            "i-0123456789abcdef0 "), open(own).read())
        reaches(where, server.target(pins="", address=ADDRESS), "remembered without the account",
                key=path)
        known = subprocess.run(["ssh-keygen", "-F", "i-0123456789abcdef0", "-f", own],
                               capture_output=True, text=True)
        check("ssh-keygen reads our file", known.returncode == 0, known.stderr)
        public_known(where, server, path)
    changed = Server(where, "changed", host_keys=("ed25519",))
    with changed:
        refused = is_refused(where, changed.target(pins=""), "a changed key is refused",
                             "has changed", fingerprint(changed.publics["ed25519"]), own, key=path)
        advice = refused.state()[3].rsplit("forget the old key: ", 1)
        copy = own + ".copy"
        shutil.copy(own, copy)
        subprocess.run(advice[-1].replace(own, copy), shell=True, check=True, capture_output=True)
        check("the command that is advised forgets it", len(advice) == 2 and
              "i-0123456789abcdef0" not in open(copy).read(), advice)
        with Follower(where, [changed.target(pins="", instance="i-0aaaaaaaaaaaaaaaa")],
                      [log_file(where)], key=path, trust=True) as follower:
            follower.wait(lambda: len(follower.texts()) == 2, "the lines of a node that was trusted")
        check("a person is told the key, says yes, and it is remembered", follower.unknown == [
            ("i-0aaaaaaaaaaaaaaaa", fingerprint(changed.publics["ed25519"]))]
            and "i-0aaaaaaaaaaaaaaaa " in open(own).read(), follower.told())
        accept = "Host *\n StrictHostKeyChecking accept-new\n"
        reaches(where, changed.target(pins="", instance="i-0fedcba9876543210"),
                "accept-new takes a new one", key=path, config=accept)
        is_refused(where, changed.target(pins="", instance="i-0123456789abcdef0"),
                   "but no changed one", "has changed", key=path, config=accept)


def public_known(where, server, path):
    """A person's own known_hosts: plain, hashed, of one kind only, revoked, of another host."""
    file = os.path.join(where, "known_hosts_person")
    config = f"Host *\n UserKnownHostsFile {file}\n"
    name = f"[{server.address}]:{server.port}"
    target = server.target(pins="", instance="i-00000000000000001")

    def write(*lines):
        with open(file, "w") as out:
            out.write("".join(line + "\n" for line in lines))

    def line(kind, host=name, mark=""):
        return f"{mark}{host} " + " ".join(open(server.publics[kind]).read().split()[:2])

    for kind in ("ed25519", "ecdsa"):
        write(line(kind))
        reaches(where, target, f"known by {kind} alone", key=path, config=config)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, stderr=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    check("the file is hashed", "|1|" in open(file).read())
    reaches(where, target, "known, hashed", key=path, config=config)
    write(line("ed25519", f"[127.45.*]:{server.port},!nobody"))
    reaches(where, target, "known by a pattern", key=path, config=config)
    write(line("ed25519", mark="@revoked "), line("ed25519"))
    is_refused(where, target, "a revoked key", "revoked", key=path, config=config)
    write(line("rsa"))
    follower = reaches(where, target, "known by RSA alone: the ssh program goes", key=path,
                       config=config)
    check("and it is said", any("ssh program" in state[3] for state in follower.states),
          follower.told())


def by_program(where):
    path = keygen(os.path.join(where, "key"), "rsa", 2048, "", "PEM")
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        config = "Host *\n ProxyCommand nc %h %p\n"
        if not shutil.which("nc"):
            config = ("Host *\n ProxyCommand " + sys.executable + " " + proxy(where)
                      + " %h %p\n")
        reaches(where, server.target(), "ProxyCommand, the account vouches", key=path,
                config=config)
        is_refused(where, server.target(pins="0" * 64), "ProxyCommand, another key", "ssh",
                   key=path, config=config)
        is_refused(where, server.target(pins=""), "ProxyCommand, an unknown key", "ssh", key=path,
                   config=config)
    certified(where)


def proxy(where):
    path = os.path.join(where, "proxy.py")
    with open(path, "w") as out:
        out.write("import os, select, socket, sys\n"
                  "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
                  "while True:\n"
                  "    for f in select.select([0, s], [], [])[0]:\n"
                  "        b = os.read(0, 65536) if f == 0 else s.recv(65536)\n"
                  "        if not b: sys.exit()\n"
                  "        s.sendall(b) if f == 0 else os.write(1, b)\n")
    return path


def certified(where):
    """A certificate in the agent is beyond libssh2."""
    authority = keygen(os.path.join(where, "ca"), "ed25519")
    path = keygen(os.path.join(where, "certified"), "ed25519")
    subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "test", "-n", USER,
                    path + ".pub"], check=True, stderr=subprocess.DEVNULL)
    with Server(where, "certified-server",
                more=[f"TrustedUserCAKeys {authority}.pub"]) as server, agent(where, path) as socket:
        follower = reaches(where, server.target(), "a certificate in the agent", agent=socket)
        check("the ssh program went", any("ssh program" in state[3] for state in follower.states),
              follower.told())
        target = server.target(pins="", instance="i-0bbbbbbbbbbbbbbbb")
        with Follower(where, [target], [log_file(where)], name="trusted", agent=socket,
                      trust=True) as follower:
            follower.wait(lambda: len(follower.texts()) == 2 or
                          [state[1] for state in follower.states].count("refused") > 1,
                          "the lines of a node that was trusted")
        check("the ssh program knows at once whom a person trusts", len(follower.texts()) == 2,
              follower.told())


def through(port, known):
    return (f"Host bastion\n HostName 127.45.2.1\n Port {port}\n User {USER}\n"
            f"Host 127.45.1.*\n ProxyJump bastion\nHost *\n UserKnownHostsFile {known}\n")


def is_known(bastion, known):
    with open(known, "w") as out:
        out.write(f"[{bastion.address}]:{bastion.port} " +
                  " ".join(open(bastion.publics["ed25519"]).read().split()[:2]) + "\n")


def jump(where):
    path = keygen(os.path.join(where, "key"), "ed25519")
    with Server(where, "bastion", address="127.45.2.1") as bastion, \
            Server(where, "server") as server:
        server.authorize(path + ".pub")
        known = os.path.join(where, "known_hosts_person")
        is_known(bastion, known)
        config = through(bastion.port, known)
        reaches(where, server.target(), "through a jump host", key=path, config=config)
        many(where, server, path, 40, config, "40 nodes behind one jump host",
             retry_ms=2000)
        check("they shared one connection", open(bastion.log).read().count(
            "Connection from") <= 4, open(bastion.log).read()[-2000:])
        is_refused(where, server.target(pins="0" * 64), "a wrong node behind a right jump host",
                   "has changed", key=path, config=config)
        twice = config.replace("ProxyJump bastion\n", "ProxyJump bastion,inner\n") + (
            f"Host inner\n HostName {server.address}\n Port {server.port}\n User {USER}\n"
            " StrictHostKeyChecking accept-new\n")
        reaches(where, server.target(), "through two jump hosts", key=path, config=twice)
        log = log_file(where)
        with Follower(where, [server.target()], [log], key=path, config=config) as follower:
            follower.wait(lambda: len(follower.texts()) == 2, "the lines")
            bastion.kill_sessions()
            with open(log, "a") as out:
                out.write("third\n")
            follower.wait(lambda: len(follower.texts()) == 3, "the line after the jump host broke")
        check("a broken jump host is joined again", follower.texts()[2] == "third")
        open(known, "w").close()
        is_refused(where, server.target(), "an unknown jump host", "jump host bastion",
                   "nobody vouches", key=path, config=config)


class Gate:
    """A port where connecting waits until it is opened; then it leads to the server."""

    def __init__(self, address, server):
        self.server, self.address = server, address
        self.listener = socket.socket()
        self.listener.bind((address, 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.waiting = []
        for _ in range(3):  # more than the queue holds
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((address, self.port))
            self.waiting.append(filler)

    def open(self):
        for filler in self.waiting:
            filler.close()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                inner, _ = self.listener.accept()
                outer = socket.create_connection((self.server.address, self.server.port))
                for pair in ((inner, outer), (outer, inner)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    def tried(self):
        """Somebody else waits for it to open (state 2 in /proc/net/tcp: SYN_SENT)."""
        to = f"{socket.inet_aton(self.address)[::-1].hex().upper()}:{self.port:04X}"
        own = {f"{filler.getsockname()[1]:04X}" for filler in self.waiting}
        lines = [line.split() for line in open("/proc/net/tcp")][1:]
        return any(line[2] == to and line[3] == "02" and line[1].split(":")[1] not in own
                   for line in lines)


def pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def jump_shared(where):
    """Two machines behind one jump host, each with a host key of its own: while the jump host is
    still connecting to the one, the other one comes. Each gets what it asked for, also where the
    first does not wait for it."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    with Server(where, "bastion", address="127.45.2.1") as bastion, \
            Server(where, "first") as first, \
            Server(where, "second", address="127.45.1.2") as second:
        first.authorize(path + ".pub")
        known = os.path.join(where, "known_hosts_person")
        is_known(bastion, known)
        config = through(bastion.port, known)
        for what, leaves in (("each gets its own machine", False),
                             ("what nobody waits for is in nobody's way", True)):
            gate = Gate("127.45.1.3", first)
            targets = [first.target(address="127.45.1.3", port=gate.port),
                       second.target(instance="i-0123456789abcdef1")]
            with Follower(where, targets, [log_file(where)], key=path, config=config) as follower:
                follower.wait(lambda: len(follower.texts(1)) == 2, "the lines of the second")
                rig.wait_for(gate.tried, "the first one's try")
                if leaves:
                    follower.say("0")
                second.kill_sessions()
                follower.wait(lambda: follower.state(1)[1] == "lost", "the second's loss")
                joined = open(bastion.log).read().count("Accepted publickey")
                gate.open()
                follower.wait(lambda: "refused" in [state[1] for state in follower.states] or
                              (follower.state(1)[1] == "live" and
                               (leaves or len(follower.texts(0)) == 2)), what)
                check(what, "refused" not in [state[1] for state in follower.states],
                      follower.told())
                check("by one connection", joined == open(bastion.log).read().count(
                    "Accepted publickey"), open(bastion.log).read()[-2000:])
            gate.listener.close()


def jump_again(where):
    """A jump host that nobody uses is left, one that is silent is given up, and one that refused us
    is asked again after another login."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    locked = keygen(os.path.join(where, "locked"), "ed25519", passphrase="frobscottle 7")
    known, trace = os.path.join(where, "known_hosts_person"), os.path.join(where, "trace")
    with Server(where, "bastion", address="127.45.2.1") as bastion, \
            Server(where, "server") as server, socket.socket() as silent:
        silent.bind(("127.45.2.1", 0))
        silent.listen()
        server.authorize(path + ".pub", locked + ".pub")
        is_known(bastion, known)
        config, log = through(bastion.port, known), log_file(where)
        with Follower(where, [server.target()], [log], name="locked", key=locked, config=config,
                      later="frobscottle 7") as follower:
            follower.wait(lambda: follower.state()[1] == "refused", "the refusal")
            check("the jump host's", "jump host" in follower.state()[3], follower.told())
            follower.say("login")
            follower.wait(lambda: len(follower.texts()) == 2, "the lines after the login")
            check("after another login it is asked again", True)
        rig.wait_for(lambda: not bastion.connections(), "the end of that")
        with Follower(where, [server.target()], [log], name="silent", key=path,
                      config=through(silent.getsockname()[1], known)) as waiting, \
                Follower(where, [server.target()], [log], key=path, config=config,
                         variables=(("HPCWIZ_TRACE", trace),)) as follower:
            follower.wait(lambda: len(follower.texts()) == 2, "the lines")
            follower.say("0")
            waiting.wait(lambda: waiting.states, "a word of the silent one")
            check("a silent jump host is given up before those behind it are",
                  "jump host bastion: no answer" in waiting.states[0][3], waiting.told())
            rig.wait_for(lambda: not bastion.connections(), "the end of the idle connection")
            check("an idle one is left, which is no failure",
                  "nothing was heard" not in open(trace).read(), open(trace).read())


def many(where, server, path, count, config, what, **more):
    targets = [server.target(instance=f"i-{number:017x}") for number in range(count)]
    log = log_file(where, "many.log")
    started = time.monotonic()
    with Follower(where, targets, [log], name="many", key=path, config=config,
                  **more) as follower:
        follower.wait(lambda: len(follower.lines) >= 2 * count, what)
        reached = time.monotonic() - started
        with open(log, "a") as out:
            out.write("third\n")
        follower.wait(lambda: len(follower.lines) >= 3 * count, what + ": the third line")
        usage = open(f"/proc/{follower.child.pid}/status").read()
    wrong = [number for number in range(count)
             if follower.texts(number)[1:] != ["second", "third"]]
    check(what, not wrong, follower.told())
    memory = [line.split()[1] for line in usage.splitlines() if line.startswith("VmRSS")][0]
    print(f"    {count} sessions, all lines after {reached:.1f} s, {int(memory) // 1024} MiB")


def sessions(where):
    path = keygen(os.path.join(where, "key"), "rsa", 2048, "", "PEM")
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        many(where, server, path, 200, "", "200 sessions at once", retry_ms=2000)


class Writer(threading.Thread):
    """Appends numbered lines to a file as an installer does; rotates it when it is asked to."""

    def __init__(self, path, encoding="utf-8", mark=b"", pause=0.002, rotated="{}.{}"):
        super().__init__(daemon=True)
        self.rotated = rotated
        self.path, self.encoding, self.mark, self.pause = path, encoding, mark, pause
        self.written, self.rotations, self.over = [], 0, threading.Event()
        self.rotate = threading.Event()
        self.first = None  # line of the file under way
        self.dice = random.Random(path)

    def run(self):
        out = open(self.path, "ab")
        out.write(self.mark)
        while not self.over.is_set():
            fresh = self.first is None
            if self.rotate.is_set():
                fresh = True
                out.close()
                self.rotations += 1
                os.rename(self.path, self.rotated.format(self.path, self.rotations))
                out = open(self.path, "ab")
                out.write(self.mark)
            number = len(self.written)
            line = f"line {number:06d} gr\u00fc\u00df " + "x" * self.dice.randrange(120)
            raw = (line + "\r\n").encode(self.encoding)
            cut = self.dice.randrange(len(raw))
            out.write(raw[:cut])
            out.flush()
            out.write(raw[cut:])
            out.flush()
            self.written.append(line)
            if fresh:
                self.first = line
                self.rotate.clear()
            time.sleep(self.pause)
        out.close()


def exactly_once(where):
    """Numbered lines in several files, found once each and in order, while connections die at any
    moment, logs rotate and folders appear."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    dice = random.Random(7)
    logs = os.path.join(where, "logs")
    os.makedirs(os.path.join(logs, "HPCSetupLogs-1"))
    patterns = [os.path.join(logs, "*.log"), os.path.join(logs, "HPCSetupLogs*", "*.txt")]
    writers = [Writer(os.path.join(logs, "install.log")),
               Writer(os.path.join(logs, "wide.log"), "utf-16-le", b"\xff\xfe"),
               Writer(os.path.join(logs, "HPCSetupLogs-1", "chainer.txt")),
               Writer(os.path.join(logs, "agent.log"),
                      rotated=os.path.join(logs, "agent-{1}.log"))]
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        with Follower(where, [server.target()], patterns, key=path) as follower:
            for writer in writers:
                writer.start()
            follower.wait(lambda: follower.texts(), "the first line")
            for turn in range(400):  # some 40, but the dice and the writers decide
                if turn >= 40 and sum(writer.rotations for writer in writers) > 5:
                    break
                before = len(follower.lines)
                follower.wait(lambda: len(follower.lines) > before, "more lines")
                if dice.randrange(2):
                    server.kill_sessions()
                elif dice.randrange(2):
                    # Once more only when the last one was seen: what lies between two unseen
                    # rotations is under a name that nobody could know.
                    writer = dice.choice(writers)
                    seen = {text for _, name, _, text in list(follower.lines)
                            if name == writer.path}
                    if not writer.rotate.is_set() and writer.first in seen:
                        writer.rotate.set()
                if turn == 20:
                    os.makedirs(os.path.join(logs, "hpcsetuplogs-2"))
                    late = Writer(os.path.join(logs, "hpcsetuplogs-2", "late.txt"))
                    late.start()
                    writers.append(late)
            for writer in writers:
                writer.over.set()
                writer.join()
            total = sum(len(writer.written) for writer in writers)
            follower.wait(lambda: len(follower.lines) >= total, f"all {total} lines")
        killed = sum(state[1] == "lost" for state in follower.states)
        rotated = sum(writer.rotations for writer in writers)
        for writer in writers:
            got = [text for _, name, _, text in follower.lines if name == writer.path]
            check(f"{os.path.basename(writer.path)}: {len(writer.written)} lines, each once",
                  got == writer.written, difference(got, writer.written) + follower.told())
        check(f"{killed} broken connections, {rotated} rotations", killed > 5 and rotated > 5)


def difference(got, wanted):
    at = next((i for i, pair in enumerate(zip(got, wanted)) if pair[0] != pair[1]),
              min(len(got), len(wanted)))
    return f"{len(got)} of {len(wanted)}; at {at}: {got[at:at + 3]} for {wanted[at:at + 3]}\n"


def lives_of_a_log(where):
    """Truncated, replaced by a longer and a shorter one, deleted, and a handle that is never
    held."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        log = log_file(where, text="A first\nA second\n")
        with Follower(where, [server.target()], [log], key=path) as follower:
            expected = ["A first", "A second"]

            def sees(*lines):
                expected.extend(lines)
                follower.wait(lambda: len(follower.texts()) >= len(expected), lines)
                check(" ".join(lines), follower.texts() == expected, follower.told())

            sees()
            with open(log, "w") as out:
                out.write("B\n")
            sees("B")
            with open(log + ".new", "w") as out:
                out.write("C, much longer than what was there before\nC second\n")
            os.rename(log + ".new", log)
            sees("C, much longer than what was there before", "C second")
            held = [name for pid in server.connections() for name in open_files(pid)]
            follower.wait(lambda: log not in [name for pid in server.connections()
                                              for name in open_files(pid)], "a closed handle")
            del held
            os.unlink(log)
            with open(log, "w") as out:
                out.write("D\n")
            sees("D")
            with open(log, "a") as out:
                out.write("no end of line")
                out.flush()
                server.kill_sessions()
                out.write(" until now\n")
            sees("no end of line until now")
            os.chmod(log, 0)
            os.chmod(log, 0o644)
            server.stop()
            with open(log, "a") as out:
                out.write("while it was away\n")
            server.start()
            sees("while it was away")


def long_logs(where):
    """Logs that become long at once, while connections die, and one that is written anew while it
    is read: nothing twice, nothing missing, and nothing of the old one behind the new one."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        log = log_file(where, text="first\n")
        with Follower(where, [server.target()], [log], key=path) as follower:
            lines = ["first"]

            def write(name, mode):
                more = [f"{name} {number:06d} " + "x" * 100 for number in range(12000)]
                with open(log, mode) as out:
                    out.write("\n".join(more) + "\n")
                return more

            def gains(count):
                before = len(follower.lines)
                follower.wait(lambda: len(follower.lines) >= before + count, f"{count} more lines")

            follower.wait(lambda: follower.lines, "the first line")
            for turn in range(4):
                lines += write(f"grown {turn}", "a")
                gains(3000)
                if turn % 2:
                    server.kill_sessions()
                follower.wait(lambda: len(follower.lines) >= len(lines), "all lines")
                check(f"{len(lines)} lines, each once", follower.texts() == lines,
                      difference(follower.texts(), lines) + follower.told())
            for turn in range(3):
                known = len(lines)
                old = write(f"old {turn}", "a")
                gains(2000 * turn + 1)
                new = write(f"new {turn}", "w")
                follower.wait(lambda: follower.lines[-1][3] == new[-1], "the last new line")
                got = follower.texts()
                told = len(got) - known - len(new)
                whole = told - (told > 0 and got[known + told - 1] != old[told - 1])
                check(f"{told} lines of the old log, then the new one",
                      0 <= told <= len(old) and got[:known] == lines and got[-len(new):] == new and
                      got[known:known + whole] == old[:whole] and
                      (whole == told or old[whole].startswith(got[known + whole])),
                      difference(got, lines + old[:whole] + new) + follower.told())
                lines = got


def children(pid):
    return [int(child) for child in open(f"/proc/{pid}/task/{pid}/children").read().split()]


def very_long_log(where):
    """What is left of a very long log is read by the ssh program beside our session, and by that
    again when the program is not there, or no more."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    with Server(where, "server") as server:
        server.authorize(path + ".pub")
        for what, kills, variables in (("by the program", False, ()),
                                       ("which is killed", True, ()),
                                       ("without it", False, (("PATH", where),))):
            log, trace = log_file(where, text="first\n"), os.path.join(where, "trace")
            lines = ["first"] + [f"{number:06d} " + "x" * 15000 for number in range(2500)]
            with Follower(where, [server.target()], [log], key=path,
                          variables=(("HPCWIZ_TRACE", trace), *variables)) as follower:
                follower.wait(lambda: follower.lines, "the first line")
                with open(log, "a") as out:
                    out.write("\n".join(lines[1:]) + "\n")
                if kills:
                    follower.wait(lambda: children(follower.child.pid), "the program")
                    follower.wait(lambda: len(server.connections()) > 2, "its session")
                    os.kill(children(follower.child.pid)[0], signal.SIGKILL)
                follower.wait(lambda: len(follower.lines) >= len(lines), "all lines")
                check(f"{what}: {len(lines)} lines, each once", follower.texts() == lines,
                      str([text[:7] for text in follower.texts()]))
                follower.wait(lambda: not children(follower.child.pid), "its end")
                with open(log, "a") as out:
                    out.write("last\n")
                follower.wait(lambda: follower.texts()[-1] == "last", "the last line")
                check("by one session", len(follower.states) == 1, str(follower.states))
            told = open(trace).read()
            check(what, "is read by the ssh program" in told and
                  ("no second channel" in told) == (kills or bool(variables)), told)
            os.unlink(trace)


def open_files(pid):
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                yield os.readlink(f"/proc/{pid}/fd/{fd}")


def without_sftp(where):
    """Where SFTP is off, the script is started; here a stand-in that writes frames."""
    path = keygen(os.path.join(where, "key"), "ed25519")
    script = os.path.join(where, "stand-in.py")
    with open(script, "w") as out:
        out.write("import base64, json, os, sys\n"
                  "if 'powershell' not in os.environ.get('SSH_ORIGINAL_COMMAND', ''): sys.exit(1)\n"
                  "asked = json.loads(sys.stdin.readline())\n"
                  "assert asked['quiet'] == 90, asked\n"
                  "b = lambda s: base64.b64encode(s.encode()).decode()\n"
                  "print('@H 1 20261122201500 20261122201501 7', b('NODE|10|5.1'))\n"
                  "print('@F 0 0 13', b(r'C:\\ProgramData\\hpcwiz\\install.log'))\n"
                  "print('@D 0 0 13 r', b('first\\nsecond\\n'))\n"
                  "print('@K 20261122201502', flush=True)\n"
                  "sys.stdin.read()\n"
                  f"open({os.path.join(where, 'ended')!r}, 'w').close()\n")
    for kind, sftp in (("off", None), ("broken", "/bin/false")):
        with Server(where, "server-" + kind, sftp=sftp,
                    more=[f"ForceCommand {sys.executable} {script}"] if not sftp else []) as server:
            server.authorize(path + ".pub")
            if sftp:
                with open(server.authorized, "w") as out:
                    out.write(f'command="{sys.executable} {script}" ' + open(path + ".pub").read())
            with Follower(where, [server.target()], [], key=path, name=kind,
                          command="powershell -EncodedCommand AAAA") as follower:
                follower.wait(lambda: len(follower.lines) == 2, "frames of the script")
            check(f"SFTP is {kind}: by PowerShell, and it is said",
                  "PowerShell" in follower.state()[3] and follower.texts() == ["first", "second"],
                  follower.told())
            rig.wait_for(lambda: os.path.exists(os.path.join(where, "ended")), "the script's end")
            os.unlink(os.path.join(where, "ended"))
            print("ok: the script ends with its input")


def by_password(where):
    """A password of this machine's shadow file, which only the server's own view of it holds."""
    shadow = os.path.join(where, "shadow")
    prefix = ["unshare", "-m", "sh", "-c", f"mount --bind {shadow} /etc/shadow && exec \"$@\"", "-"]
    if os.getuid() or subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL,
                                     check=False).returncode:
        print("passed over: passwords need root and a mount namespace")
        return
    hashed = subprocess.run(["openssl", "passwd", "-6", "Start:123 geheim"], check=True,
                            capture_output=True, text=True).stdout.strip()
    with open(shadow, "w") as out:
        out.write(f"{USER}:{hashed}:19000:0:99999:7:::\n")
    os.chmod(shadow, 0o600)
    with Server(where, "server", more=["PasswordAuthentication yes"], prefix=prefix) as server:
        reaches(where, server.target(password="Start:123 geheim"), "a password")
        before = open(server.log).read().count("Failed password")
        is_refused(where, server.target(password="wrong"), "a wrong password", "refused",
                   "the password")
        check("it was tried once", open(server.log).read().count("Failed password") == before + 1)
        other = keygen(os.path.join(where, "other"), "ed25519")
        reaches(where, server.target(password="Start:123 geheim"), "a password after a wrong key",
                key=other)


PROMPTING = r"""
import asyncio, asyncssh, sys
class Server(asyncssh.SSHServer):
    def begin_auth(self, user): return True
    def password_auth_supported(self): return False
    def public_key_auth_supported(self): return False
    def kbdint_auth_supported(self): return True
    def get_kbdint_challenge(self, user, lang, submethods):
        return "", "", "", [("Name of your dog: ", True), ("Password: ", False)]
    def validate_kbdint_response(self, user, responses):
        print("tried", flush=True)
        return list(responses) == ["", "Start:123 geheim"]
async def main():
    server = await asyncssh.create_server(Server, sys.argv[1], 0, server_host_keys=[sys.argv[2]],
                                          sftp_factory=True)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def by_prompt(where):
    """OpenSSH prompts by PAM alone, so that another server does it here: asyncssh."""
    if subprocess.run(["/usr/bin/python3", "-c", "import asyncssh"], capture_output=True,
                      check=False).returncode:
        print("passed over: asyncssh (Debian: python3-asyncssh) is not installed")
        return
    host = keygen(os.path.join(where, "host"), "ed25519")
    child = subprocess.Popen(["/usr/bin/python3", "-W", "ignore", "-c", PROMPTING, ADDRESS, host],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        target = {"address": ADDRESS, "port": int(child.stdout.readline()), "user": USER,
                  "instance": "i-0123456789abcdef0", "pins": pin(host + ".pub")}
        reaches(where, dict(target, password="Start:123 geheim"), "a password that is prompted for")
        is_refused(where, dict(target, password="wrong"), "a wrong one", "refused")
    finally:
        child.kill()
        tries = child.stdout.read().count("tried")
        child.wait()
    check("each was tried once", tries == 2, str(tries))


CASES = {case.__name__: case for case in (keys, by_agent, by_password, by_prompt, host_keys,
                                          by_program, jump, jump_shared, jump_again, sessions, exactly_once,
                                          lives_of_a_log, long_logs, very_long_log,
                                          without_sftp)}
# What the ssh program alone can do: no passphrase, no password, no sentence of ours on each refusal,
# no connection to a jump host that many nodes share.
BY_PROGRAM = {"by_program", "sessions", "exactly_once", "lives_of_a_log", "long_logs",
              "without_sftp"}


def has_libssh2():
    with open(os.path.join(rig.BUILD, "config.h")) as config:
        return "#define HAVE_LIBSSH2" in config.read()


def main():
    if not SSHD or not os.access(SSHD, os.X_OK):
        rig.skip("OpenSSH's server (Debian: openssh-server) is not installed")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    if not has_libssh2():
        print("built without libssh2: what goes by the ssh program alone")
        for name in set(CASES) - BY_PROGRAM:
            del CASES[name]
    for name, case in CASES.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        print("--", name, flush=True)
        with rig.folder() as where:
            os.chmod(where, 0o755)
            case(where)


if __name__ == "__main__":
    main()

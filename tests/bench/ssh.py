#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The SSH part of `make bench`: logs of HOSTS (100) machines through hpcwiz's SSH client, and one
long log through one channel, each beside the ssh program. All machines are one OpenSSH server on
loopback, which does the same work for both and shares the processors with them. Without sshd there
is nothing to measure."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
from measure import cpu_seconds_with_children, row  # noqa: E402
from sshd import SSHD, USER, Server, keygen  # noqa: E402

HOSTS = int(os.environ.get("HOSTS", "100"))
SMALL, LARGE = 2_000_000, 200_000_000
ROUNDS = 5
ONE = os.path.join(rig.BUILD, "tests/peers/ssh-one")
PEAK = os.path.join(rig.BUILD, "tests/bench/peak")
LINE = "2026-11-22 20:15:00.000 MSI (s) (7C:90) [20:15:00:261]: Executing op: FileCopy({:08d})\n"


def write_log(path, size):
    with open(path, "w") as out:
        for number in range(size // len(LINE.format(0))):
            out.write(LINE.format(number))
    return path


def measured(command, **more):
    """Seconds on the clock and of processor of a command and all that it started."""
    done = subprocess.run([PEAK, *command], stderr=subprocess.PIPE, text=True, check=True, **more)
    wall, cpu, _ = done.stderr.rsplit("\n", 2)[1].split()
    return float(wall) / 1e3, float(cpu) / 1e3


def proportional_kib(pids):
    """Memory with what is shared (libraries) divided among those who share it."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as maps:
            total += next(int(line.split()[1]) for line in maps if line.startswith("Pss:"))
    return total


class Peer:
    """The ssh program, without what a person's configuration may add."""

    def __init__(self, where, server, key):
        self.where = where
        self.known = os.path.join(where, "known_hosts")
        with open(self.known, "w") as out:
            for public in server.publics.values():
                kind, blob = open(public).read().split()[:2]
                out.write(f"[{server.address}]:{server.port} {kind} {blob}\n")
        self.command = ["ssh", "-F", "none", "-i", key, "-p", str(server.port), "-o",
                        f"UserKnownHostsFile={self.known}", "-o", "BatchMode=yes",
                        f"{USER}@{server.address}"]

    def together(self, count, remote):
        """A shell's line that runs so many of them at once."""
        one = " ".join(self.command + [f"'{remote}'", ">/dev/null"])
        return ["sh", "-c", f"i=0; while [ $i -lt {count} ]; do {one} & i=$((i+1)); done; wait"]

    def resident_kib(self, count, path):
        """Of all of them, when each has read its log and is about to end."""
        mark = "all-there"
        children = [subprocess.Popen([*self.command, f"cat {path}; echo {mark}; sleep 600"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                    for _ in range(count)]
        for child in children:
            while mark.encode() not in child.stdout.read1(1 << 20)[-64:]:
                pass
        total = proportional_kib([child.pid for child in children])
        for child in children:
            child.kill()
            child.communicate()
        return total


class Followed:
    """hpcwiz's client following the same log on so many machines; lines are counted there."""

    def __init__(self, where, server, key, path, count, once):
        spec, config = os.path.join(where, "spec.json"), os.path.join(where, "config")
        targets = [server.target(instance=f"i-{number:017x}") for number in range(count)]
        open(config, "w").close()
        with open(spec, "w") as out:
            json.dump({"config": config, "own": os.path.join(where, "own"), "agent": "",
                       "key": key, "once": once, "count": True, "retry_ms": 1000,
                       "patterns": [path], "targets": targets}, out)
        self.begun = time.monotonic()
        self.child = subprocess.Popen([ONE, spec], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)

    def until(self, word, count):
        """So many lines of its output that begin so."""
        found = []
        for line in self.child.stdout:
            found += [line.split()] if line.startswith(word) else []
            if len(found) == count:
                return found
        rig.fail(f"ssh-one ended before {count} of '{word}' came")

    def end(self):
        """Ends it; its memory at most."""
        with open(f"/proc/{self.child.pid}/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        self.child.communicate("")
        return peak


def many_followed(where, server, key, path):
    """Seconds on the clock and of processor, and memory at most."""
    before = os.times()
    client = Followed(where, server, key, path, HOSTS, True)
    complete = client.until("complete ", HOSTS)
    wall = time.monotonic() - client.begun
    peak = client.end()
    after = os.times()
    lines = os.path.getsize(path) // len(LINE.format(0))
    if any(int(done[2]) != lines for done in complete):
        rig.fail(f"not every line came: {complete[:3]}, {lines} wanted")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu, peak


def one_followed(where, server, key, large):
    """Seconds on the clock and of processor to log in and to read a log that is long: what ssh's
    are, too. A log that is long when it is first seen is told from near its end, so a short one is
    there first, and becomes long at once. Between the two nothing is read."""
    path, longer = os.path.join(where, "growing.log"), os.path.join(where, "longer.log")
    with open(path, "w") as out:
        out.write("mark begin\n")
    with open(longer, "w") as out:
        out.write("mark begin\nmark more\n")
        out.flush()
        subprocess.run(["cat", large], stdout=out, check=True)
        out.seek(0, os.SEEK_END)
        out.write("mark end\n")
    client = Followed(where, server, key, path, 1, False)
    client.until("line 0 ", 1)
    login = time.monotonic() - client.begun
    os.rename(longer, path)
    client.until("line 0 ", 1)
    begun = time.monotonic()
    client.until("line 0 ", 1)
    taken = login + time.monotonic() - begun, cpu_seconds_with_children(client.child.pid)
    client.end()
    return taken


def many(where, server, peer, key):
    path = write_log(os.path.join(where, "small.log"), SMALL)
    ours = min(many_followed(where, server, key, path) for _ in range(3))
    theirs = min(measured(peer.together(HOSTS, f"cat {path}")) for _ in range(3))
    memory = peer.resident_kib(HOSTS, path)
    row(f"{SMALL // 1_000_000} MB from each of {HOSTS} hosts, decoded into lines",
        f"{ours[0]:.2f} s")
    row(f"  {HOSTS} parallel ssh", f"{theirs[0]:.2f} s")
    row("    of their time", f"{ours[0] / theirs[0]:.2f} x", "1 x")
    row("  processor, of theirs", f"{ours[1]:.2f} s, {ours[1] / theirs[1]:.2f} x", "0.25 x")
    row("  memory, of theirs", f"{ours[2] / 1024:.0f} MiB, {ours[2] / memory:.2f} x", "0.25 x")


def one(where, server, peer, key):
    path = write_log(os.path.join(where, "large.log"), LARGE)
    size = os.path.getsize(path) / 1e6
    ours, theirs = [], []
    for _ in range(ROUNDS):  # in turns: what else the machine does hits both
        ours.append(one_followed(where, server, key, path))
        theirs.append(measured([*peer.command, f"cat {path}"], stdout=subprocess.DEVNULL))
    ours, theirs = min(ours), min(theirs)
    row(f"{LARGE // 1_000_000} MB over one SFTP channel, decoded into lines",
        f"{size / ours[0]:.0f} MB/s")
    row("  of the speed of ssh host cat", f"{theirs[0] / ours[0]:.2f} x", "0.6 x")
    row("  of its processor time", f"{ours[1] / theirs[1]:.2f} x")


def main():
    if not SSHD:
        print("SSH is not measured: OpenSSH's server (sshd) is not installed")
        return
    rig.watchdog(600)
    with rig.folder() as where:
        key = keygen(os.path.join(where, "key"), "ed25519")
        with Server(where, "server") as server:
            server.authorize(key + ".pub")
            peer = Peer(where, server, key)
            many(where, server, peer, key)
            one(where, server, peer, key)


main()

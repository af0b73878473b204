#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The log follower (templates/powershell/follow.ps1), by the very command line and input that go to a
node, in the real PowerShell engine: on real files that are written, truncated, replaced and removed
while it follows and is killed. Each line comes once, by way of the frames that the fleet reads."""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import engine  # noqa: E402
import rig  # noqa: E402

ONE = os.path.join(rig.BUILD, "tests/peers/follower-one")
LONG = 9 * 1024 * 1024  # more than the 8 MiB of a long file that are read


class Follower:
    def __init__(self, host, globs, quiet=60, pace=0):
        settings = json.dumps({"globs": [str(glob) for glob in globs], "quiet": quiet, "pace": pace})
        env = dict(os.environ, HPCWIZ_DATADIR=os.path.join(rig.SOURCE, "templates"))
        self.child = subprocess.Popen([ONE, settings, *host, "follow"], env=env, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said, self.lines = [], {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for text in self.child.stdout:
            word, _, rest = text.rstrip("\n").partition(" ")
            if word == "line":
                path, _, rest = rest.partition(" ")
                self.lines.setdefault(os.path.basename(path), []).append(rest.partition(" ")[2])
            else:
                self.said.append(text.strip())

    def order(self, word):
        self.child.stdin.write(word + "\n")
        self.child.stdin.flush()

    def wait(self, what, done):
        rig.wait_for(lambda: done() or self.child.poll() is not None, what)
        if not done():
            rig.fail(f"the follower ended before {what}: {self.said}")

    def end(self):
        self.child.stdin.close()
        if self.child.wait(60):
            rig.fail(f"frames that do not fit: {self.said}")
        self.reader.join(60)
        return self.said[-1]


def same(follower, name, expected, what):
    follower.wait(what, lambda: len(follower.lines.get(name, [])) >= len(expected))
    seen = follower.lines.get(name, [])
    if seen != expected:
        wrong = next((i for i, pair in enumerate(zip(seen, expected)) if pair[0] != pair[1]), len(expected))
        rig.fail(f"{what}: line {wrong} of {name} is {seen[wrong:wrong + 2]}, "
                 f"not {expected[wrong:wrong + 2]}; {len(seen)} instead of {len(expected)}")


def append(path, data):
    with open(path, "ab") as file:
        file.write(data)


def kinds_of_files(host, logs):
    """What is there already, what grows, what appears later; 8-bit, UTF-8 and UTF-16."""
    plain, wide = logs / "install.log", logs / "Summary.txt"
    plain.write_bytes("".join(f"{i} Größe {'x' * (i % 90)}\r\n" for i in range(3000)).encode())
    wide.write_bytes("\ufeffone 東京\r\n".encode("utf-16-le"))
    follower = Follower(host, [logs / "*.log", logs / "*.txt", logs / "HPCSetupLogs*/*.txt",
                               logs / "HPCSetupLogs*/*/*.txt", logs / "none/*.log"])
    same(follower, "install.log", [f"{i} Größe {'x' * (i % 90)}" for i in range(3000)], "what was there")
    same(follower, "Summary.txt", ["one 東京"], "UTF-16")
    data = "zwei 🚀 Grüße\r\ndrei\r\n".encode("utf-16-le")
    for at in range(0, len(data), 3):  # characters come in parts
        append(wide, data[at:at + 3])
        time.sleep(0.01)
    same(follower, "Summary.txt", ["one 東京", "zwei 🚀 Grüße", "drei"], "UTF-16 in parts")
    later = logs / "HPCSetupLogs-1/sub"
    later.mkdir(parents=True)
    (later / "chainer.txt").write_bytes(b"caf\xe9\r\n")
    same(follower, "chainer.txt", ["café"], "a folder that appears later")
    (later / "chainer.txt").unlink()
    append(plain, b"the last\r\n")
    same(follower, "install.log", [f"{i} Größe {'x' * (i % 90)}" for i in range(3000)] + ["the last"],
         "another file when one is gone")
    if follower.end() != "exit 0":
        rig.fail(f"with its input closed: {follower.said[-1]}")


def rotation(host, logs):
    """Shorter, or with another beginning: it is read from its beginning."""
    log = logs / "rotated.log"
    log.write_bytes(b"".join(b"before %d\n" % i for i in range(100)))
    follower = Follower(host, [log])
    expected = [f"before {i}" for i in range(100)]
    same(follower, "rotated.log", expected, "before the rotation")
    log.write_bytes(b"truncated\n")
    expected.append("truncated")
    same(follower, "rotated.log", expected, "truncated")
    fresh = logs / "fresh"
    fresh.write_bytes(b"".join(b"another file, longer than the one before %d\n" % i for i in range(200)))
    fresh.rename(log)
    expected += [f"another file, longer than the one before {i}" for i in range(200)]
    same(follower, "rotated.log", expected, "replaced by a longer one")
    follower.order("kill")
    append(log, b"after the kill\n")
    expected.append("after the kill")
    same(follower, "rotated.log", expected, "resumed")
    follower.end()


def a_long_file(host, logs):
    """Only its end is read, from a place that keeps UTF-16 aligned."""
    log = logs / "long.log"
    line = ("x" * 99 + "\n").encode("utf-16-le")
    log.write_bytes(line * (LONG // len(line)) + "end\n".encode("utf-16-le"))
    follower = Follower(host, [log])
    follower.wait("the end of the long file", lambda: follower.lines.get("long.log", [""])[-1] == "end")
    follower.order("count")
    size = log.stat().st_size
    follower.wait("the count", lambda: f"files 1 {size}" in follower.said)
    skipped = [text for text in follower.said if text.startswith("skipped")]
    if skipped != [f"skipped 0 {size - 8 * 1024 * 1024 & ~1}"]:
        rig.fail(f"not the last 8 MiB: {skipped}")
    wrong = [text for text in follower.lines["long.log"][1:-1] if text != "x" * 99]
    if wrong:
        rig.fail(f"lines of the long file: {wrong[:3]}")
    follower.end()


def kills(host, logs):
    """Numbered lines in several files, the follower killed again and again."""
    chance = random.Random(5)
    written = {f"n{i}.log": [] for i in range(5)}
    follower = Follower(host, [logs / "n*.log"])
    number = 0
    for _ in range(8):
        for _ in range(40):
            name = chance.choice(list(written))
            number += 1
            text = f"{number} {'é' * chance.randrange(400)}"
            written[name].append(text)
            data = (text + "\n").encode()
            cut = chance.randrange(len(data))
            append(logs / name, data[:cut])
            append(logs / name, data[cut:])
        time.sleep(chance.random())
        follower.order("kill")
    for name, lines in written.items():
        same(follower, name, lines, "each line once")
    follower.end()


def nobody_there(host, logs):
    """It ends by itself when it hears nothing more, so that no process stays on the node."""
    follower = Follower(host, [logs / "install.log"], quiet=2)
    follower.order("mute")
    rig.wait_for(lambda: follower.child.poll() is not None, "the end of the follower")
    follower.reader.join(60)
    if follower.said[-1] != "exit 4":
        rig.fail(f"when nobody is there: {follower.said[-1]}")


STAGE = b'2026-11-22T20:15:00.000Z HPCWIZ stage=setup status=failed code=%d msg="it failed"\r\n'
FOR_EVER = 600000  # ms: what waits for the pace does not come in this test


class Paced:
    """A follower that gathers, of one log that it has read; a file that it sees for the first time
    goes at once, and tells that what was written before it was looked at."""

    def __init__(self, host, logs, pace=FOR_EVER):
        self.logs, self.log, self.expected, self.seen = logs, logs / "a.log", ["first"], 0
        self.waiting = []
        append(self.log, b"first\n")
        self.follower = Follower(host, [logs / "*.log"], pace=pace)
        self.same("a file that is seen for the first time")
        self.settle()

    def same(self, what, *more):
        self.expected += self.waiting + list(more)
        self.waiting = []
        same(self.follower, "a.log", self.expected, what)

    def looked(self):
        self.seen += 1
        name = f"z{self.seen}.log"
        append(self.logs / name, b"new\n")
        same(self.follower, name, ["new"], "a new file")

    def settle(self):
        """The round that holds nothing back is over, wherever in it the files stand."""
        self.looked()
        self.looked()

    def hold(self, text):
        append(self.log, text.encode() + b"\n")
        self.looked()
        same(self.follower, "a.log", self.expected, "nothing that waits")
        self.waiting.append(text)

    def stage(self, code):
        append(self.logs / "install.log", STAGE % code)
        stages = [(STAGE % i).decode().strip() for i in range(1, code + 1)]
        same(self.follower, "install.log", stages, "a stage line")
        self.settle()


def held_back(host, logs):
    """Lines wait for each other; a stage line takes all with it, also in two parts; much is told."""
    paced = Paced(host, logs)
    paced.hold("waits")
    paced.hold("waits too")
    paced.stage(1)
    paced.same("what waited, with a stage line")
    paced.hold("waits again")
    append(logs / "install.log", (STAGE % 2)[:60])
    paced.looked()
    same(paced.follower, "install.log", [(STAGE % 1).decode().strip()], "no half of a stage line")
    append(logs / "install.log", (STAGE % 2)[60:])
    paced.same("what waited, with a stage line in parts")
    paced.settle()
    paced.hold("waits before a stage line")
    append(paced.log, STAGE % 0)
    paced.same("a stage line behind what waits", (STAGE % 0).decode().strip())
    paced.settle()
    paced.hold("waits once more")
    much = [f"much {i}" for i in range(3000)]
    append(paced.log, "".join(text + "\n" for text in much).encode())
    paced.same("much", *much)
    paced.follower.end()


def held_and_gone(host, logs):
    """What waited is told although its file is another one by then, or gone; and by the next one
    when the follower is killed."""
    paced = Paced(host, logs)
    paced.hold("of the file before")
    paced.log.write_bytes(b"2nd\n")
    paced.same("another file", "2nd")
    paced.hold("of the file that goes")
    paced.log.unlink()
    paced.looked()
    paced.stage(1)
    paced.same("a file that is gone")
    append(paced.log, b"3rd file, another\n")
    paced.same("a file that comes back", "3rd file, another")
    paced.hold("of the one that is killed")
    paced.follower.order("kill")
    paced.same("another follower")
    paced.follower.end()


def paced_to_the_end(host, logs):
    """Without a stage line each line comes, once, when its time has come."""
    paced = Paced(host, logs, pace=300)
    for i in range(400):
        append(paced.log, b"line %d\n" % i)
        paced.waiting.append(f"line {i}")
        time.sleep(0.005)
    paced.same("all lines")
    paced.follower.end()


def main():
    rig.watchdog(600)
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        host = engine.build_host(work)
        for case in (kinds_of_files, rotation, a_long_file, kills, nobody_there, held_back, held_and_gone,
                     paced_to_the_end):
            logs = work / case.__name__
            logs.mkdir()
            begun = time.monotonic()
            case(host, logs)
            print(f"ok {case.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)


main()

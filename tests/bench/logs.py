#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The log part of `make bench`: a long log in hpcwiz's store, and its bytes on the way there, side by
side with grep, cp, wc and iconv on the same file. LINES (2,000,000) says how long."""
import json
import os
import pty
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
from measure import row  # noqa: E402

LINES = int(os.environ.pop("LINES", "2000000"))  # to others it is the height of the screen
NEEDLE = "needle-in-the-log"


def write_log(path):
    text = ("2026-11-22 20:15:00.000 MSI (s) (7C:90) [20:15:00:261]: Executing op: FileCopy of a "
            "file with a name of usual length, {:08d}\n")
    with open(path, "w") as out:
        for number in range(LINES):
            out.write(text.format(number))
            if number % 100000 == 50000:
                out.write(NEEDLE + "\n")


def seconds(command):
    """Of processor time, as hpcwiz's own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                   check=True)  # grep stops early for /dev/null
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def less_to_the_end(path):
    """Processor time of less until the last line of the log is shown with its number."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", LESS="", LESSHISTFILE="-")
        os.execvp("less", ["less", "-N", "+G", path])
    shown = b""
    while b"(END)" not in shown:
        shown = shown[-4096:] + os.read(terminal, 65536)
    os.write(terminal, b"q")
    used = os.wait4(pid, 0)[2]
    os.close(terminal)
    return used.ru_utime + used.ru_stime


def other_viewers(path, ours):
    """Beside what programs for logs take until they know each line; ours: seconds for the same."""
    if shutil.which("less"):
        taken = min(less_to_the_end(path) for _ in range(3))
        row("    of less's time to the end, lines numbered", f"{ours / taken:.2f} x", "1 x")
    else:
        print("less is not installed: it is not beside")
    if shutil.which("lnav"):
        taken = seconds(["lnav", "-n", "-c", ";SELECT count(*) FROM all_logs", path])
        row("    of lnav's time until all is indexed", f"{ours / taken:.2f} x", "1 x")
    else:
        print("lnav is not installed: it is not beside")


def bench(where, program, *arguments):
    done = subprocess.run([os.path.join(rig.BUILD, "tests/bench", program), *arguments],
                          capture_output=True, check=True, env=rig.environment(where))
    return json.loads(done.stdout)


def raw_bytes(where, path, what, peer):
    """From the bytes of a node to stored lines, beside a program that reads the same file."""
    size = os.path.getsize(path)
    beside = min(seconds([*peer, path]) for _ in range(3))
    seen = bench(where, "log-bytes", path)
    row(f"  raw bytes, {what}, decoded", f"{size / seen['decode_ms'] / 1e3:.0f} MB/s")
    row(f"    of the time of {peer[0]}", f"{seen['decode_ms'] / beside / 1e3:.1f} x")
    row("    decoded, redacted, cleaned, stored", f"{size / seen['take_ms'] / 1e3:.0f} MB/s",
        "100 MB/s, a network's")
    if seen["lines"] < LINES:
        rig.fail(f"{seen['lines']} lines instead of {LINES}")


def main():
    with rig.folder() as where:
        path = os.path.join(where, "long.log")
        write_log(path)
        size = os.path.getsize(path)
        grep = min(seconds(["grep", "-c", NEEDLE, path]) for _ in range(3))
        copied = min(seconds(["cp", path, path + ".copy"]) for _ in range(3))
        os.unlink(path + ".copy")
        counted = min(seconds(["wc", "-l", path]) for _ in range(3))
        seen = bench(where, "log-lines", path, NEEDLE)
        row("log of", f"{size / 1e6:.0f} MB", f"{seen['lines']} lines")
        row("  taken into the store",
            f"{size / seen['add_ms'] / 1e3:.0f} MB/s", "1,000 MB/s, with the view")
        row("    of cp's time", f"{seen['add_ms'] / copied / 1e3:.1f} x")
        row("  put into a view, errors and warnings found",
            f"{size / seen['view_ms'] / 1e3:.0f} MB/s")
        row("    of wc -l's time", f"{seen['view_ms'] / counted / 1e3:.1f} x")
        other_viewers(path, (seen["add_ms"] + seen["view_ms"]) / 1e3)
        row("  the longest slice of that", f"{seen['slice_ms']:.1f} ms", "16 ms")
        row("  a screen anywhere in it", f"{seen['screen_ms']:.2f} ms", "16 ms")
        row("  searched", f"{seen['search_ms']:.0f} ms")
        row("    first results", f"{seen['first_ms']:.1f} ms", "16 ms")
        row("    of grep's time", f"{seen['search_ms'] / grep / 1e3:.1f} x", "2 x")
        row("  memory", f"{seen['kib'] * 1024 / seen['lines']:.1f} B/line", "8 B/line, index alone")
        if seen["matches"] != LINES // 100000:
            rig.fail(f"{seen['matches']} matches instead of {LINES // 100000}")
        raw_bytes(where, path, "UTF-8", ["wc", "-l"])
        wide = path + ".16"
        with open(wide, "wb") as out:
            subprocess.run(["iconv", "-t", "UTF-16LE", path], stdout=out, check=True)
        raw_bytes(where, wide, "UTF-16LE", ["iconv", "-f", "UTF-16LE", "-t", "UTF-8"])


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The log part of `make bench`: a long log in hpcwiz's store, side by side with grep and less on
the same file. LINES (2,000,000) says how long."""
import json
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

LINES = int(os.environ.get("LINES", "2000000"))
NEEDLE = "needle-in-the-log"


def row(what, value, target=""):
    print(f"{what:<52} {value:>12}   {target}", flush=True)


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
    subprocess.run(command, stdout=subprocess.PIPE, check=True)  # grep stops early for /dev/null
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    with rig.folder() as where:
        path = os.path.join(where, "long.log")
        write_log(path)
        size = os.path.getsize(path)
        grep = min(seconds(["grep", "-c", NEEDLE, path]) for _ in range(3))
        done = subprocess.run([os.path.join(rig.BUILD, "tests/bench/log-lines"), path, NEEDLE],
                              capture_output=True, check=True, env=rig.environment(where))
        seen = json.loads(done.stdout)
        row("log of", f"{size / 1e6:.0f} MB", f"{seen['lines']} lines")
        row("  taken into the store",
            f"{size / seen['add_ms'] / 1e3:.0f} MB/s", "1,000 MB/s, with the view")
        row("  put into a view", f"{size / seen['view_ms'] / 1e3:.0f} MB/s")
        row("  the longest slice of that", f"{seen['slice_ms']:.1f} ms", "16 ms")
        row("  a screen anywhere in it", f"{seen['screen_ms']:.2f} ms", "16 ms")
        row("  searched", f"{seen['search_ms']:.0f} ms")
        row("    of grep's time", f"{seen['search_ms'] / grep / 1e3:.1f} x", "2 x")
        row("  memory", f"{seen['kib'] * 1024 / seen['lines']:.1f} B/line", "8 B/line, index alone")
        if seen["matches"] != LINES // 100000:
            rig.fail(f"{seen['matches']} matches instead of {LINES // 100000}")


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of `make bench`: what a person waits for, and what it costs. Times are medians of
several runs on this machine, all measured in one run."""
import json
import fcntl
import os
import pty
import re
import resource
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
from measure import cpu_seconds, milliseconds, resident_kib, row  # noqa: E402


class Terminal:
    """A child on a pseudo-terminal of 80x24, without an emulator between it and the clock."""

    def __init__(self, command, env):
        self.begun = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.fd, 65536)
        except OSError:
            return b""

    def until(self, pattern, seconds):
        seen = b""
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            seen = (seen + self.read(0.2))[-200000:]
            if re.search(pattern, seen):
                return seen
        rig.fail(f"the terminal never showed {pattern!r}: {seen[-600:]!r}")

    def drain(self, seconds):
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            self.read(0.05)

    def press(self, keys):
        os.write(self.fd, keys)

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        stop = time.monotonic() + 10
        while time.monotonic() < stop:
            self.read(0.1)  # it writes while it restores the terminal
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


def first_paint(where):
    # Nobody answers at that address: what is painted needs no network.
    env = rig.environment(where, TERM="xterm-256color", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    times, memory = [], 0
    for _ in range(15):
        terminal = Terminal([rig.HPCWIZ], env)
        terminal.until(rb"hpcwiz", 20)
        times.append(time.monotonic() - terminal.begun)
        terminal.drain(0.2)
        memory = resident_kib(terminal.pid)
        terminal.close()
    row("exec to first paint, no network answer", milliseconds(statistics.median(times)), "30 ms")
    row("resident at rest", f"{memory / 1024:.1f} MiB", "30 MiB")


def command_time(command, env):
    times = []
    for _ in range(15):
        begin = time.monotonic()
        subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
        times.append(time.monotonic() - begin)
    return statistics.median(times)


def most_resident_kib(command, env, out):
    """The peak of a command that writes the folder out and then says so. Its words stand in a pipe
    that is full, so that it is there to be looked at when its work is done. (ru_maxrss would be
    this program's own where that is larger.)"""
    shutil.rmtree(out, ignore_errors=True)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"\n" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    child = subprocess.Popen(command, env=env, stdout=writer, stderr=writer)
    os.close(writer)
    rig.wait_for(lambda: os.path.exists(os.path.join(out, "MANIFEST.json")), "the folder")
    peak = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{child.pid}/status").read()).group(1))
    while os.read(reader, 65536):
        pass
    os.close(reader)
    child.wait()
    return peak


def peak(command, env, runs=9):
    """Medians: milliseconds on the clock, of processor, MiB at most."""
    seen = []
    for _ in range(runs):
        done = subprocess.run([os.path.join(rig.BUILD, "tests/bench/peak"), *command], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            rig.fail(f"{command}: {done.returncode} {done.stderr[-2000:]}")
        wall, cpu, kib = map(float, done.stderr.strip().splitlines()[-1].split())
        seen.append((wall, cpu, kib / 1024))
    return [statistics.median(column) for column in zip(*seen)]


def aws_command():
    """The AWS CLI itself, not a wrapper that looks for it first."""
    found = shutil.which("aws")
    if found and "/shims/" in found and shutil.which("pyenv"):
        found = subprocess.run(["pyenv", "which", "aws"], capture_output=True, text=True,
                               check=False).stdout.strip() or found
    return found


def show_peak(what, measured, against=None):
    wall, cpu, mib = measured
    target = ""
    if against:
        target = f"{against[0] / wall:.0f} times faster, {mib / against[2]:.2f} of the memory"
    row(what, f"{wall:.1f} ms", target)
    row("  processor, memory", f"{cpu:.0f} ms {mib:.1f} MiB", "")


def status_beside_aws(where):
    """The same question to the same server: how are the stacks."""
    with rig.simulator(where, "--speed", "2000") as url:
        cluster = rig.cluster_file(where, url)
        env = rig.environment(where, AWS_ENDPOINT_URL=url)
        key = ["--key-file", os.path.join(where, "hpc-admin.pem")]
        status = [rig.HPCWIZ, "status", cluster, *key]
        aws = aws_command()
        for stacks, what in (("no stack", "no stack"),
                             ("4 stacks", "4 stacks and 4 nodes over WinRM")):
            theirs = None
            if aws:
                theirs = peak([aws, "cloudformation", "describe-stacks", "--endpoint-url", url], env)
                show_peak(f"aws cloudformation describe-stacks, {stacks}", theirs)
            show_peak(f"hpcwiz status, {what}", peak(status, env), theirs)
            if stacks == "no stack":
                rig.run(where, "deploy", cluster, "--yes", *key, AWS_ENDPOINT_URL=url)
    row("  targets without nodes", "", "20 times, 0.33")


def discovery(where):
    """The walk of the wizard through an account that answers each call after 50 ms."""
    calls = os.path.join(where, "calls")
    with rig.simulator(where, "--fault", "delay:*:50") as url:
        env = rig.environment(where, AWS_ENDPOINT_URL=url)
        walk = os.path.join(rig.BUILD, "tests/peers/discover-one")
        times = []
        for _ in range(9):
            out = subprocess.run([walk, "eu-central-1", "time"], env=env, check=True, text=True,
                                 capture_output=True).stdout
            times.append(float(re.search(r"elapsed (\d+) ms", out).group(1)))
        subprocess.run([walk, "eu-central-1", "time", "log=" + calls], env=env, check=True,
                       capture_output=True)
        count = len(open(calls).read().splitlines())
        row(f"whole discovery, {count} calls answered after 50 ms",
            f"{statistics.median(times):.0f} ms", "150 ms")
        row("  exec to exit", f"{peak([walk, 'eu-central-1', 'time'], env)[0]:.0f} ms", "")


def generate(where, cluster):
    env = rig.environment(where)
    out = os.path.join(where, "out")
    base = command_time([rig.HPCWIZ, "--version"], env)
    row("yardstick: hpcwiz --version, exec to exit", milliseconds(base), "")
    if shutil.which("curl"):
        row("yardstick: curl --version, exec to exit",
            milliseconds(command_time(["curl", "--version"], env)), "")
    whole = command_time([rig.HPCWIZ, "generate", cluster, "-o", out], env)
    row("generate, exec to exit", milliseconds(whole), "")
    row("  less loading the program", milliseconds(whole - base), "20 ms")
    twelve = os.path.join(rig.SOURCE, "tests/peers/clusters/hostile-12-groups.yaml")
    command = [rig.HPCWIZ, "generate", twelve, "-o", out]
    row("generate of 12 groups, exec to exit", milliseconds(command_time(command, env)), "30 ms")
    row("  resident at most", f"{most_resident_kib(command, env, out) / 1024:.1f} MiB", "20 MiB")


def key_times(terminal, count):
    """With the view on hold the screen is quiet while lines go on arriving: what is written
    after a key is its answer."""
    times = []
    for i in range(count):
        while terminal.read(0.03):
            pass
        begin = time.monotonic()
        terminal.press(b"\x1bOA" if i % 2 else b"\x1bOB")
        if terminal.read(5):
            times.append(time.monotonic() - begin)
    return sorted(times)


def pty_times(where, count):
    """What the machine itself needs at this moment: a byte through a pseudo-terminal to a program
    that does nothing else, and back."""
    cat = Terminal(["/bin/sh", "-c", "stty raw -echo; printf ready; exec cat"],
                   rig.environment(where, TERM="dumb"))
    try:
        cat.until(rb"ready", 20)
        return key_times(cat, count)
    finally:
        cat.close()


def open_logs(terminal):
    """From the first page of a complete cluster to its running deployment's logs."""
    terminal.press(b"\x1b[6~")  # checks, then review
    terminal.until(rb"Review", 60)
    terminal.drain(2)
    terminal.press(b"D")
    terminal.until(rb"Cluster name", 30)
    terminal.drain(0.5)
    terminal.press(b"riskgrid\r")
    terminal.drain(25)
    terminal.press(b"l")
    terminal.drain(3)
    terminal.press(b"m\t ")  # merge all nodes, to the log, hold


def twenty_nodes(where):
    """The wizard follows 20 nodes that write 1,000 lines a second each."""
    with rig.simulator(where, "--scenario", "flood", "--speed", "60") as url:
        key = os.path.join(where, "hpc-admin.pem")
        cluster = rig.cluster_file(where, url, **{"nodes.compute.0.desired": "18",
                                                  "nodes.compute.0.max": "18"})
        env = rig.environment(where, TERM="xterm-256color")
        terminal = Terminal([rig.HPCWIZ, cluster, "--endpoint-url", url, "--key-file", key], env)
        try:
            terminal.until(rb"Checks", 60)
            open_logs(terminal)
            terminal.drain(20)
            for what, times, target in (
                    ("key to screen, 20 nodes x 1,000 lines/s, median",
                     key_times(terminal, 100), "16 ms"),
                    ("yardstick: cat on a terminal meanwhile, median",
                     pty_times(where, 100), "")):
                row(what, milliseconds(times[len(times) // 2]), target)
                row("  95 of 100 within", milliseconds(times[int(len(times) * 0.95) - 1]), target)
            row("resident with 20 nodes followed", f"{resident_kib(terminal.pid) / 1024:.1f} MiB",
                "30 MiB")
        finally:
            terminal.close()


def before_all_else():
    """For the programs that are started from now on, where that is allowed: what else runs on the
    machine does not delay them."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        return True
    except OSError:
        return False


def crowd():
    """NODES (1,000) nodes with 10 lines a second each, followed by one thread: from the moment a line
    is written to the view that the wizard draws. The nodes answer at the least cost, so that two
    processors are enough for both sides."""
    nodes = os.environ.get("NODES", "1000")
    programs = os.path.join(rig.BUILD, "tests/bench")
    with rig.folder() as where:
        env = rig.environment(where)
        env.pop("HPCWIZ_POLL_MS")
        alone = before_all_else()
        crowd_nodes = subprocess.Popen([os.path.join(programs, "crowd-nodes"), nodes, "61"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url = crowd_nodes.stdout.readline().strip()
        begun, before = time.monotonic(), cpu_seconds(crowd_nodes.pid)
        done = subprocess.run([os.path.join(programs, "crowd-view"), url, nodes, "20"], env=env,
                              stdout=subprocess.PIPE, check=True)
        theirs = (cpu_seconds(crowd_nodes.pid) - before) / (time.monotonic() - begun)
        crowd_nodes.stdin.close()
        crowd_nodes.wait()
        if alone:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    seen = json.loads(done.stdout)
    if seen["nodes"] < int(nodes) or seen["gaps"]:
        rig.fail(f"lines of the crowd were lost or doubled: {seen}")
    row(f"{seen['nodes']} nodes, {seen['lines'] / seen['seconds']:.0f} lines/s: share of a core",
        f"{seen['core'] * 100:.0f} %", "100 % at 1,000")
    row("  resident at most", f"{seen['kib'] / 1024:.0f} MiB", "300 MiB at 1,000")
    row("  from the birth of a line to the view, median", f"{seen['median_ms']} ms")
    row("  99 of 100 within", f"{seen['most99_ms']} ms")
    row("  every one within", f"{seen['worst_ms']} ms", "500 ms")
    row("  a key to its turn meanwhile, median", f"{seen['key_median_ms']} ms", "16 ms")
    row("  every one within", f"{seen['key_worst_ms']} ms")
    row("  yardstick: a thread that only sleeps, late by", f"{seen['machine_ms']} ms")
    row("  the nodes' own share of a core", f"{theirs * 100:.0f} %")


LOG_LINES = [  # what a node writes when all is well; some lines hold words that rules look for
    "2026-11-22T20:10:03.120Z Command 10-volumes succeeded",
    "2026-11-22 20:10:04.55 spid7s      Recovery is complete. This is an informational message only.",
    "[2026-11-22 20:10:05][Info] VC++ runtime: 0",
    "HpcServer_x64.msi: 0 errors, 0 failed, 3 warnings",
    "MSI (s) (A4:1C) [20:33:01:120]: Product: HPC Pack -- Installation completed successfully.",
    "$ErrorActionPreference = 'Stop'; Get-Item -ErrorAction SilentlyContinue",
    "2026-11-22 20:12:01 Try 1 of 30: HpcManagement is not yet running",
    "Login succeeded for user 'hpcsetup'. Connection made using SQL Server authentication.",
    "Test-Path \\\\headnode.hpc.example.internal\\REMINST\\Setup.exe: True",
    "2026-11-22 20:10:01,123 [DEBUG] Writing content to C:\\ProgramData\\hpcwiz\\common.ps1",
    "[11/22/2026 20:31:40.120] [Info] Package HpcCompute_x64.msi: install started",
]
MSI_LINE = ("MSI (s) (60:B4) [20:33:01:120]: Executing op: ComponentRegister(ComponentId={{A1B2C3D4-"
            "0000-4111-8222-{0:012d}}},KeyPath=C:\\Program Files\\Microsoft HPC Pack 2019\\Bin\\"
            "Component{0}.dll,State=3,,Disk=1,SharedDllRefCount=0,BinaryType=1)")
MIB = 1024 * 1024


def write_log(path, encoding, mark):
    """A log of 100 MiB: half of its lines are those of the Windows Installer."""
    block = []
    for i in range(20000):
        block.append(MSI_LINE.format(i) if i % 2 else LOG_LINES[i // 2 % len(LOG_LINES)])
    data = ("\r\n".join(block) + "\r\n").encode(encoding)
    with open(path, "wb") as f:
        f.write(mark)
        while f.tell() < 100 * MIB:
            f.write(data)


def diagnose_rate(where, name, encoding, mark):
    path = os.path.join(where, name + ".log")
    write_log(path, encoding, mark)
    size = os.path.getsize(path) / MIB
    least = None
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([rig.HPCWIZ, "diagnose", "--log", path], check=True, env=rig.environment(where),
                       stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = used if least is None else min(least, used)
    os.unlink(path)
    row(f"diagnose, {name}, per second of one core", f"{size / least:.0f} MiB", "100 MiB")


def confusion():
    """Which rule is told for which example, in long logs in which nothing else is wrong."""
    program = os.path.join(rig.BUILD, "tests/unit/t-rules")
    print(flush=True)
    subprocess.run([program, "matrix"], check=True)


ROWS = ["diagnose", "generate", "first_paint", "status_beside_aws", "discovery", "twenty_nodes",
        "crowd", "confusion"]


def main():
    rig.watchdog(1500)
    wanted = sys.argv[1:] or ROWS
    row("", "measured", "target")
    with rig.folder() as where:
        if "diagnose" in wanted:
            diagnose_rate(where, "8-bit text", "ascii", b"")
            diagnose_rate(where, "UTF-16", "utf-16-le", b"\xff\xfe")
    with rig.folder() as where:
        if "generate" in wanted:
            with rig.simulator(where) as url:
                generate(where, rig.cluster_file(where, url))
        if "first_paint" in wanted:
            first_paint(where)
    if "crowd" in wanted:
        crowd()
    for measure in (status_beside_aws, discovery, twenty_nodes):
        if measure.__name__ in wanted:
            with rig.folder() as where:
                measure(where)
    if "confusion" in wanted:
        confusion()


main()

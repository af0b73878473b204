#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The deployment part of `make bench`: sixty stacks, NODES (1,000) nodes that
install themselves in twelve minutes, watched by one hpcwiz: what that takes, how soon events and
lines are told, and how soon the picture is there again after SIGKILL."""
import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
from measure import cpu_seconds, milliseconds, resident_kib, row, within  # noqa: E402

GROUPS = 57  # with network, SQL Server and head node 60 stacks
NODES = int(os.environ.get("NODES", "1000"))
SECONDS = 30
EVER = "1970-01-01T00:00:00Z"
BUDGET = 10  # requests a second (src/aws/budget.c)

# The stages of a compute node, each told when it starts and when it is done. --speed 10 divides.
SCENARIO = r"""name: many
summary: Many compute nodes, installed in some twelve minutes
files:
  - {key: install, path: 'C:\ProgramData\hpcwiz\install.log', prefix: '{time} ', encoding: utf-8, newline: lf}
roles:
  sql: &quick
    - {name: boot, seconds: 40, started: starts, done: listens}
    - {name: signal, seconds: 10, started: telling CloudFormation, done: CloudFormation has the signal}
  head: *quick
  compute:
    - {name: boot, seconds: 200, jitter: 50, started: starts, done: listens}
"""
STAGE = ("    - {{name: {}, seconds: 1000, jitter: 50, started: begins, done: is done, lines: [{{to: install, "
         "text: 'Line {{n}} of this stage', repeat: 20}}]}}\n")
STAGES = ("domain", "wait-head", "fetch-certificate", "setup", "configure", "online", "signal")


def cluster_of_groups(where, url):
    each, over = divmod(NODES - 2, GROUPS)
    settings = {"timeouts.compute": "12h"}
    for i in range(GROUPS):
        count = str(each + (i < over))
        for key, value in (("name", f"g{i}"), ("type", "c6i.4xlarge"), ("min", "1"),
                           ("desired", count), ("max", count),
                           ("image", "ssm:/aws/service/ami-windows-latest/"
                                     "Windows_Server-2022-English-Full-Base")):
            settings[f"nodes.compute.{i}.{key}"] = value
    return rig.cluster_file(where, url, **settings)


class Watched:
    """hpcwiz deploy --json whose log of calls comes through the same pipe, so that each line
    stands behind the answer that it was made of."""

    def __init__(self, where, cluster, url):
        env = rig.environment(where)
        env.pop("HPCWIZ_POLL_MS")
        self.begun = time.monotonic()
        self.child = subprocess.Popen(
            [rig.HPCWIZ, "deploy", cluster, "--yes", "--json", "--endpoint-url", url, "--key-file",
             os.path.join(where, "hpc-admin.pem"), "--log-file", "/dev/stdout"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=env)
        self.answered = None  # the wall time of the last answer with stack events
        self.calls = self.listened = 0
        self.delays = []
        self.late = {"stage": [], "log": []}  # seconds since the nodes wrote them
        self.stacks, self.nodes = set(), set()

    def _call(self, line):
        said = re.match(r"(\S+)Z \w+ (\w+) \d+ \d+ms ", line)
        if not said:
            return
        self.calls += 1
        if said.group(2) == "DescribeStackEvents":
            self.listened += 1
            at = datetime.datetime.fromisoformat(said.group(1))
            self.answered = at.replace(tzinfo=datetime.timezone.utc).timestamp()

    def _event(self, line):
        event = json.loads(line)
        if event["type"] == "event" and self.answered:
            self.delays.append(time.time() - self.answered)
        if event["type"] == "result" and not event["ok"]:
            rig.fail(f"the deployment ended: {event['error']}")
        if event["type"] == "event" or event.get("step") == "executing":
            self.stacks.update(re.findall(r"riskgrid-compute-[a-z0-9]+", line))
        if event["type"] in ("log", "stage") and event.get("node"):
            self.nodes.add(event["node"])
            written = datetime.datetime.fromisoformat((event["time"] or EVER).replace("Z", "+00:00"))
            self.late[event["type"]].append(time.time() - written.timestamp())

    def until(self, done, what, patience=300):
        """Reads on until done(); the lines come all the time."""
        end = time.monotonic() + patience
        for line in self.child.stdout:
            if line.startswith("{"):
                self._event(line)
            else:
                self._call(line)
            if done():
                return
            if time.monotonic() > end:
                break
        rig.fail(f"waited in vain for {what}: {len(self.stacks)} stacks, {len(self.nodes)} nodes")

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.communicate()


def watch(watched):
    pid, begin = watched.child.pid, time.monotonic()
    cpu, calls = cpu_seconds(pid), watched.calls
    watched.delays.clear()
    watched.late = {"stage": [], "log": []}
    watched.until(lambda: time.monotonic() - begin > SECONDS, "the next line")
    taken = time.monotonic() - begin
    row(f"{GROUPS + 3} stacks, {NODES} nodes watched, share of a core",
        f"{(cpu_seconds(pid) - cpu) / taken * 100:.1f} %", "5 %")
    row("  requests a second", f"{(watched.calls - calls) / taken:.1f}", str(BUDGET))
    row("  resident", f"{resident_kib(pid) / 1024:.1f} MiB", "100 MiB")
    stages, lines = watched.late["stage"], watched.late["log"]
    row(f"  {len(stages)} stage lines told after they were written, median",
        milliseconds(within(stages, 50)), "500 ms")
    row("  99 of 100 within", milliseconds(within(stages, 99)))
    row(f"  {len(lines)} lines told, gathered on the nodes, median", milliseconds(within(lines, 50)))
    row("  99 of 100 within", milliseconds(within(lines, 99)), "16 s")


def main():
    rig.watchdog(900)
    with rig.folder() as where:
        scenario = os.path.join(where, "many.yaml")
        with open(scenario, "w") as file:
            file.write(SCENARIO + "".join(STAGE.format(name) for name in STAGES))
        with rig.simulator(where, "--scenario", scenario, "--speed", "10", "--account",
                           rig.roomy_account(where)) as url:
            cluster = cluster_of_groups(where, url)
            watched = Watched(where, cluster, url)
            watched.until(lambda: len(watched.stacks) == GROUPS, "all stacks")
            watched.until(lambda: len(watched.nodes) == NODES, "all nodes")
            row("all nodes told of, after", f"{time.monotonic() - watched.begun:.0f} s")
            told = list(watched.delays)
            watch(watched)
            watched.kill()
            row(f"  {len(told)} events told after their answer, median",
                milliseconds(within(told, 50)), "100 ms")
            row("  99 of 100 within", milliseconds(within(told, 99)), "100 ms")
            again = Watched(where, cluster, url)
            again.until(lambda: len(again.stacks) == GROUPS, "all stacks again")
            row("  killed and taken up: all stacks known again",
                milliseconds(time.monotonic() - again.begun), "1 s + answers")
            again.until(lambda: again.listened >= GROUPS, "the events of all stacks")
            row(f"  and what happened to each meanwhile ({BUDGET} requests a second)",
                milliseconds(time.monotonic() - again.begun), "1 s + answers")
            again.kill()


main()

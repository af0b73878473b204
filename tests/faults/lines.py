#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fifty nodes write numbered lines while they install themselves, restart, are replaced, and their
WinRM connections break before and after what was asked for was done. `hpcwiz logs --follow` must
give each line of each node exactly once and in order, and so must `hpcwiz deploy`, whose nodes gather
theirs. lines.py [SEED]"""
import collections
import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

COMPUTE = 48
LINES = {"setup": 120, "configure": 80}
REPLACED = 3
GATHERED = 12  # nodes of a cluster that is deployed with a pace
PACE_MS = "700"
FAULTS = ["reset:winrm:0.02", "lost:winrm:0.02"]
SCENARIO = """name: numbered
summary: nodes number their lines
extends: setup-3010-reboot
roles:
  compute:
    - name: setup
      lines:
        - {to: install, repeat: %d, text: 'numbered {instance} setup {n}'}
    - name: configure
      lines:
        - {to: install, repeat: %d, text: 'numbered {instance} configure {n}'}
""" % (LINES["setup"], LINES["configure"])


def write_scenario(where):
    for name in ("ok", "setup-3010-reboot"):
        shutil.copy(os.path.join(rig.SOURCE, f"templates/scenarios/{name}.yaml"), where)
    path = os.path.join(where, "numbered.yaml")
    with open(path, "w") as file:
        file.write(SCENARIO)
    return path


def start(where, errors, url, *arguments, out=subprocess.PIPE, **more):
    return subprocess.Popen(
        [rig.HPCWIZ, *arguments, "--json", "--endpoint-url", url, "--key-file",
         os.path.join(where, "hpc-admin.pem")], stdin=subprocess.DEVNULL, stdout=out,
        stderr=open(os.path.join(where, errors), "w"), text=True,
        env=rig.environment(where, **more))


class Heard:
    """What came of each node: {(instance, stage): [number]}"""

    def __init__(self):
        self.numbers = collections.defaultdict(list)
        self.replaced = set()
        self.lost = 0  # how often a connection was told to be lost
        self.reboots = 0

    def take(self, record):
        if record["type"] == "node":
            self.lost += record["state"] == "lost"
            self.reboots += record["state"] == "rebooting"
        seen = re.search(r" numbered (i-\w+) (\w+) (\d+)$", record.get("text", ""))
        if not seen or record["type"] != "log":
            return
        numbers = self.numbers[seen.group(1), seen.group(2)]
        numbers.append(int(seen.group(3)))
        if numbers[-1] != len(numbers):
            rig.fail(f"{seen.group(1)} {seen.group(2)}: line {numbers[-1]} came as number "
                     f"{len(numbers)}: {numbers[-10:]}")

    def whole(self):
        """Instances that have said all they have to say."""
        ids = {instance for instance, _ in self.numbers}
        return {i for i in ids if all(len(self.numbers[i, stage]) == count
                                      for stage, count in LINES.items())}

    def in_setup(self):
        """Instances in the middle of their set-up, in order."""
        return sorted(i for i, stage in self.numbers if stage == "setup" and
                      10 < len(self.numbers[i, stage]) < LINES["setup"] - 20)


def replace(url, instance):
    rig.signed(url, "autoscaling", "POST", "/",
               body=("Action=TerminateInstanceInAutoScalingGroup&Version=2011-01-01&InstanceId="
                     f"{instance}&ShouldDecrementDesiredCapacity=false").encode(),
               headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})


def follow(where, url, cluster):
    heard = Heard()
    deploying = start(where, "deploy.err", url, "deploy", cluster, "--yes", out=subprocess.DEVNULL)
    following = start(where, "logs.err", url, "logs", cluster, "--follow")
    for line in following.stdout:
        heard.take(rig.json_lines(line)[0])
        if deploying.poll():  # its nodes go with it: their lines would be waited for in vain
            rig.fail("the deployment: " + open(os.path.join(where, "deploy.err")).read())
        waiting = [i for i in heard.in_setup() if i not in heard.replaced]
        if waiting and len(heard.replaced) < REPLACED:
            heard.replaced.add(waiting[0])
            replace(url, waiting[0])
        if len(heard.whole() - heard.replaced) == COMPUTE:
            break
    else:
        rig.fail("it stopped following: " + open(os.path.join(where, "logs.err")).read())
    status = deploying.wait(rig.PATIENCE)
    following.send_signal(signal.SIGINT)
    for line in following.stdout:  # nothing comes a second time
        heard.take(rig.json_lines(line)[0])
    if following.wait(rig.PATIENCE) != 5:
        rig.fail(f"logs ended with {following.returncode}")
    return heard, status


def deploy_gathered(where, url, cluster):
    """`hpcwiz deploy --json`, whose nodes gather their lines, tells all of them before it ends."""
    heard = Heard()
    deploying = start(where, "deploy.err", url, "deploy", cluster, "--yes", HPCWIZ_PACE_MS=PACE_MS)
    for line in deploying.stdout:
        heard.take(json.loads(line))
    if deploying.wait(rig.PATIENCE) or len(heard.whole()) != GATHERED:
        rig.fail(f"deploy ended with {deploying.returncode} and all lines of {len(heard.whole())} nodes")


def main():
    seed = sys.argv[1] if len(sys.argv) > 1 else "1"
    rig.watchdog(600)
    with rig.folder() as where:
        options = ["--speed", "100", "--seed", seed, "--scenario", write_scenario(where)]
        for fault in FAULTS:
            options += ["--fault", fault]
        with rig.simulator(where, *options) as url:
            cluster = rig.cluster_file(where, url, **{"nodes.compute.0.desired": str(COMPUTE),
                                                      "nodes.compute.0.max": str(COMPUTE)})
            heard, status = follow(where, url, cluster)
        if status != 0:
            rig.fail("the deployment: " + open(os.path.join(where, "deploy.err")).read())
    if len(heard.replaced) != REPLACED:
        rig.fail(f"only {len(heard.replaced)} nodes were replaced")
    with rig.folder() as where:
        with rig.simulator(where, "--speed", "30", "--scenario", write_scenario(where)) as url:
            deploy_gathered(where, url, rig.cluster_file(
                where, url, **{"nodes.compute.0.desired": str(GATHERED),
                               "nodes.compute.0.max": str(GATHERED)}))
    lines = sum(len(numbers) for numbers in heard.numbers.values())
    print(f"seed {seed}: {lines} numbered lines of {COMPUTE + REPLACED} instances, each once and in "
          f"order; {heard.lost} connections lost, {heard.reboots} restarts")


main()

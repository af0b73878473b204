#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ways to a node's logs through AWS, with whole programs: what hpcwiz shows of nodes that can
be reached neither over WinRM nor over SSH. What the simulator answers is held against the AWS CLI
and its models of the services."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

NODES = {"sql", "head", "std-01", "std-02"}


def aws(where, url, *arguments):
    """The AWS CLI, which checks what it gets against its own models."""
    done = subprocess.run(["aws", "--endpoint-url", url, "--output", "json", *arguments],
                          env=rig.environment(where), capture_output=True, text=True,
                          timeout=rig.PATIENCE)
    if done.returncode:
        rig.fail(f"aws {' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else {}


def instances(where, url):
    seen = aws(where, url, "ec2", "describe-instances", "--filters",
               "Name=tag:hpcwiz:cluster,Values=riskgrid",
               "Name=instance-state-name,Values=running")
    return {i["InstanceId"]: i for r in seen["Reservations"] for i in r["Instances"]}


def logs_of(where, url, cluster, *more, status=1):
    lines = rig.json_lines(rig.run(where, "logs", cluster, "--json", "--endpoint-url", url, *more,
                                   status=status))
    told = {}
    for line in lines:
        if line["type"] == "log":
            told.setdefault((line["node"], line["source"]), []).append(line["text"])
    return told, lines


def in_any_order(told):
    """Files of one name in several folders come in the order in which they are read."""
    return {key: sorted(lines) for key, lines in told.items()}


def the_console(where, url, cluster):
    """Without a key nothing lets us in: what remains is the console, and each line comes once."""
    told, lines = logs_of(where, url, cluster)
    nodes = {line["node"]: line for line in lines if line["type"] == "node"}
    by_id = {line["instance"]: name for name, line in nodes.items()}
    if set(nodes) != NODES or {node for node, source in told if source == "console"} != NODES:
        rig.fail(f"the console of which nodes? {sorted(nodes)}, {sorted(told)}")
    for instance in instances(where, url):
        shown = aws(where, url, "ec2", "get-console-output", "--instance-id", instance, "--latest")
        text = shown["Output"]
        expected = [line for line in re.split(r"\r?\n", text) if line]
        if told[(by_id[instance], "console")] != expected:
            rig.fail(f"{instance}: {told[(by_id[instance], 'console')]} is not {expected}")
    for node in nodes.values():
        if node["state"] == "live" or "console: its lines are shown" not in node["detail"] \
                or "WinRM: " not in node["detail"] or "SSH: " not in node["detail"]:
            rig.fail(f"the node's state does not say all: {node}")


def the_snapshots(where, url, cluster):
    """Without a key Systems Manager reads the logs: the same lines as WinRM with the key."""
    agents = aws(where, url, "ssm", "describe-instance-information")["InstanceInformationList"]
    if {a["InstanceId"] for a in agents} != set(instances(where, url)) \
            or {a["PingStatus"] for a in agents} != {"Online"}:
        rig.fail(f"the agents are {agents}")
    seen, lines = logs_of(where, url, cluster, status=0)
    wanted, _ = logs_of(where, url, cluster, "--key-file", os.path.join(where, "hpc-admin.pem"),
                        status=0)
    live = {line["node"]: line for line in lines if line["type"] == "node" and line["state"] == "live"}
    for node in live.values():
        if node["via"] != "ssm" or "in snapshots by Systems Manager; WinRM: " not in node["detail"]:
            rig.fail(f"the node's state does not say all: {node}")
    if set(live) != NODES or in_any_order(seen) != in_any_order(wanted):
        rig.fail(f"{sorted(live)}; {sorted(seen)} is not {sorted(wanted)}")
    sent = aws(where, url, "ssm", "send-command", "--document-name", "AWS-RunPowerShellScript",
               "--instance-ids", agents[0]["InstanceId"], "--parameters",
               json.dumps({"commands": ["Get-Date"]}))["Command"]
    done = rig.wait_for(lambda: ended(where, url, sent), "the end of a command")
    if done["Status"] != "Success" or done["StandardOutputContent"]:
        rig.fail(f"a command of somebody else: {done}")


def ended(where, url, command):
    done = subprocess.run(["aws", "--endpoint-url", url, "--output", "json", "ssm",
                           "get-command-invocation", "--command-id", command["CommandId"],
                           "--instance-id", command["InstanceIds"][0]],
                          env=rig.environment(where), capture_output=True, text=True,
                          timeout=rig.PATIENCE)
    if done.returncode:
        if "InvocationDoesNotExist" not in done.stderr:
            rig.fail(done.stderr)
        return None
    answer = json.loads(done.stdout)
    return answer if answer["Status"] not in ("Pending", "InProgress") else None


def play(cases, *options):
    with rig.folder() as where, \
            rig.simulator(where, "--speed", "200", "--seed", "11", *options) as url:
        cluster = rig.cluster_file(where, url)
        rig.run(where, "deploy", cluster, "--yes", "--endpoint-url", url, "--key-file",
                os.path.join(where, "hpc-admin.pem"))
        for case in cases:
            case(where, url, cluster)
            print("ok", case.__name__)


def main():
    rig.watchdog(900)
    if not shutil.which("aws"):
        rig.skip("the AWS CLI is not installed")
    play([the_console], "--unmanaged")
    play([the_snapshots])


main()

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


def the_copies(where, url, cluster):
    """The install log as CloudWatch has it, as the AWS CLI reads it, beside the console."""
    told, lines = logs_of(where, url, cluster)
    by_id = {line["instance"]: line for line in lines if line["type"] == "node"}
    groups = aws(where, url, "logs", "describe-log-groups", "--log-group-name-prefix", "/hpcwiz/")
    if [g["logGroupName"] for g in groups["logGroups"]] != ["/hpcwiz/riskgrid"]:
        rig.fail(f"the log groups are {groups}")
    for instance, node in by_id.items():
        streams = aws(where, url, "logs", "describe-log-streams", "--log-group-name",
                      "/hpcwiz/riskgrid", "--log-stream-name-prefix", instance + "/")["logStreams"]
        for name in (s["logStreamName"] for s in streams):
            expected, token = [], []
            while True:
                page = aws(where, url, "logs", "get-log-events", "--log-group-name",
                           "/hpcwiz/riskgrid", "--log-stream-name", name, "--start-from-head", *token)
                expected += [e["message"] for e in page["events"]]
                if token[1:] == [page["nextForwardToken"]]:
                    break
                token = ["--next-token", page["nextForwardToken"]]
            seen = told.get((node["node"], name.split("/")[1] + " (CloudWatch)"))
            expected = [re.sub(r"(PASSWORD = )[*]+", r"\1‹hidden›", text) for text in expected]
            if not expected or seen != expected:
                differ = [pair for pair in zip(seen or [], expected) if pair[0] != pair[1]]
                rig.fail(f"{name}: {len(seen or [])} lines, {len(expected)} wanted: {differ[:3]}")
        if "CloudWatch Logs: its copies are shown; console: its lines" not in node["detail"] \
                or (node["node"], "install.log (CloudWatch)") not in told:
            rig.fail(f"the node's state does not say all: {node}")
    stages = {(s["node"], s["stage"], s["status"]) for s in lines if s["type"] == "stage"}
    if not {("sql", "signal", "done"), ("head", "signal", "done")} <= stages:
        rig.fail(f"the stages of the copies are {sorted(stages)}")


# What stands in for session-manager-plugin, which is not to be had here: called as the AWS CLI
# calls it, it keeps how that was, and forwards the port to the node that a file names.
PLUGIN = r"""#!{python}
import json, os, socket, sys, threading
if sys.argv[1:] == ["--version"]:
    print(os.environ.get("PLUGIN_VERSION", "1.2.650.0"))
    sys.exit()
answer = json.loads(os.environ["AWS_SSM_START_SESSION_RESPONSE"])
with open("{kept}", "a") as kept:
    kept.write(json.dumps([sys.argv[1:], sorted(answer)]) + "\n")
if answer["TokenValue"] in " ".join(sys.argv):
    sys.exit("the token is on the command line")
parameters = json.loads(sys.argv[5])
if parameters["Parameters"]["localPortNumber"] == ["1"]:
    sys.exit("Cannot perform start session: port 1")
there = tuple(json.load(open("{map}"))[parameters["Target"]])
here = socket.create_server(("127.0.0.1", int(parameters["Parameters"]["localPortNumber"][0])))
print("Starting session with SessionId:", answer["SessionId"], flush=True)
print("Waiting for connections...", flush=True)
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
while True:
    near, _ = here.accept()
    far = socket.create_connection(there)
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


def install_plugin(where, url):
    folder, nodes = os.path.join(where, "bin"), os.path.join(where, "map.json")
    os.makedirs(folder, exist_ok=True)
    with open(nodes, "w") as out:
        json.dump({i: [row["PrivateIpAddress"], 5999] for i, row in instances(where, url).items()},
                  out)
    kept = os.path.join(where, "plugin.kept")
    with open(os.path.join(folder, "session-manager-plugin"), "w") as out:
        out.write(PLUGIN.replace("{python}", sys.executable).replace("{kept}", kept)
                  .replace("{map}", nodes))
    os.chmod(out.name, 0o755)
    return f"{folder}:{os.environ['PATH']}", kept


def the_tunnel(where, url, cluster):
    """WinRM on a port that only the plugin reaches; the plugin is called as the AWS CLI does it."""
    path, kept = install_plugin(where, url)
    key = os.path.join(where, "hpc-admin.pem")
    lines = rig.json_lines(rig.run(where, "logs", cluster, "--json", "--endpoint-url", url,
                                   "--key-file", key, PATH=path))
    live = {line["node"]: line for line in lines if line["type"] == "node" and line["state"] == "live"}
    logs = {(line["node"], line["source"]) for line in lines if line["type"] == "log"}
    for node in NODES:
        if live[node]["via"] != "tunnel" or (node, "install.log") not in logs \
                or "through Systems Manager (session-manager-plugin)" not in live[node]["detail"]:
            rig.fail(f"{node}: {live[node]}")
    if aws(where, url, "ssm", "describe-sessions", "--state", "Active")["Sessions"]:
        rig.fail("sessions are left open")
    ours = [json.loads(line) for line in open(kept)]
    target = json.loads(ours[0][0][4])["Target"]
    subprocess.run(["aws", "--endpoint-url", url, "ssm", "start-session", "--target", target,
                    "--document-name", "AWS-StartPortForwardingSession", "--parameters",
                    json.dumps({"portNumber": ["5986"], "localPortNumber": ["1"]})],
                   env=rig.environment(where, PATH=path), capture_output=True, timeout=rig.PATIENCE)
    theirs = json.loads(open(kept).readlines()[-1])
    for call in (ours[0], theirs):
        call[0][4] = json.loads(call[0][4])
        call[0][4]["Parameters"]["localPortNumber"] = ["any"]
    if ours[0] != theirs:
        rig.fail(f"the plugin is called so: {ours[0]}\nthe AWS CLI calls it so: {theirs}")


def an_old_plugin(where, url, cluster):
    """It would want the token on its command line: it is not asked, snapshots do it."""
    path, kept = install_plugin(where, url)
    before = len(open(kept).readlines())
    lines = rig.json_lines(rig.run(where, "logs", cluster, "sql", "--json", "--endpoint-url", url,
                                   "--key-file", os.path.join(where, "hpc-admin.pem"), PATH=path,
                                   PLUGIN_VERSION="1.2.497.0"))
    live = [line for line in lines if line["type"] == "node" and line["state"] == "live"]
    if live[-1]["via"] != "ssm" or "is older than version 1.2.498" not in live[-1]["detail"] \
            or len(open(kept).readlines()) != before:
        rig.fail(f"an old plugin: {live}")


def play(where, cases, *options, **settings):
    with rig.simulator(where, "--speed", "200", "--seed", "11", *options) as url:
        cluster = rig.cluster_file(where, url, **settings)
        rig.run(where, "deploy", cluster, "--yes", "--endpoint-url", url, "--key-file",
                os.path.join(where, "hpc-admin.pem"))
        for case in cases:
            case(where, url, cluster)


def console(where):
    play(where, [the_console], "--unmanaged")


def snapshots(where):
    play(where, [the_snapshots])


def copies(where):
    play(where, [the_copies], "--unmanaged", **{"logs.cloudwatch": "true"})


def tunnel(where):
    play(where, [the_tunnel, an_old_plugin], "--winrm-port", "5999")


if not shutil.which("aws"):
    rig.skip("the AWS CLI is not installed")
rig.run_cases([console, snapshots, copies, tunnel], 900)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every scenario from the cluster file to its end: the stacks are where they should be in the
eyes of a client that is not ours, the cause of a failure is found first, and no stack is left
in an intermediate state."""
import concurrent.futures
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

# scenario: exit status of deploy, reference of the first finding
EXPECTED = {
    "ok": (0, None),
    "setup-3010-reboot": (0, None),
    "sql-login-failed": (1, {"F40"}),
    "certificate-13818": (1, {"F1", "F35"}),
    "no-signal": (1, {"F26"}),
    "insufficient-capacity": (1, {"F55"}),
    "domain-unreachable": (1, {"F24"}),
    "media-denied": (1, {"media-missing"}),
    "secret-missing": (1, {"F67"}),
}


def told(finding):
    """The number of the failure mode, or the name of the rule where it has none."""
    return finding["ref"] or finding["id"]


def stack_states(url):
    body = b"Action=DescribeStacks&Version=2010-05-15"
    text = rig.signed(url, "cloudformation", "POST", "/", body=body, headers={
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    names = re.findall(r"<StackName>([^<]+)<", text)
    states = re.findall(r"<StackStatus>([^<]+)<", text)
    return dict(zip(names, states))


def wrong_status(where, url, cluster, key):
    """`status --json` of the finished cluster: each stack and each node once at least."""
    lines = rig.json_lines(rig.run(where, "status", cluster, "--json", "--endpoint-url", url,
                                   "--key-file", key))
    stacks = {line["stack"] for line in lines if line["type"] == "event"}
    nodes = {line["node"] for line in lines if line["type"] == "node"}
    if len(stacks) != 4 or not {"sql", "head", "std-01"} <= nodes or not lines[-1]["ok"]:
        return f"status tells of {sorted(stacks)} and {sorted(nodes)}, and {lines[-1]}"
    return None


def play(name):
    status, refs = EXPECTED[name]
    with rig.folder() as where, rig.simulator(where, "--scenario", name, "--speed", "100",
                                              "--seed", "7") as url:
        cluster = rig.cluster_file(where, url)
        key = os.path.join(where, "hpc-admin.pem")
        rig.run(where, "check", cluster, "--endpoint-url", url)
        lines = rig.json_lines(rig.run(
            where, "deploy", cluster, "--yes", "--json", "--endpoint-url", url,
            "--key-file", key, status=status))
        states = stack_states(url)
        stages = [line for line in lines if line["type"] == "stage"]
        findings = [line for line in lines if line["type"] == "finding"]
        if lines[-1]["type"] != "result" or lines[-1]["ok"] != (status == 0):
            return f"{name}: the last line is {lines[-1]}"
        if any(state.endswith("_IN_PROGRESS") for state in states.values()):
            return f"{name}: stacks are still at work: {states}"
        if refs is None:
            wanted = ["riskgrid-" + x for x in ("foundation", "sql", "head", "compute-std")]
            if [states.get(x) for x in wanted] != ["CREATE_COMPLETE"] * 4:
                return f"{name}: {states}"
            if findings:
                return f"{name}: a finding where nothing failed: {findings[0]}"
            done = {(s["node"], s["stage"]) for s in stages if s["status"] == "done"}
            for pair in (("sql", "signal"), ("head", "online"), ("std-01", "signal")):
                if pair not in done:
                    return f"{name}: no stage line {pair}; seen {sorted(done)}"
            again = rig.json_lines(rig.run(where, "deploy", cluster, "--yes", "--json",
                                           "--endpoint-url", url, "--key-file", key))
            if again[-1].get("outcome") != "no-changes":
                return f"{name}: the second deployment: {again[-1]}"
            if name == "ok":
                return wrong_status(where, url, cluster, key)
        else:
            if not findings:
                return f"{name}: no finding"
            if told(findings[0]) not in refs:
                return f"{name}: first finding {findings[0]['id']} {findings[0]['ref']}"
            later = rig.json_lines(rig.run(where, "diagnose", cluster, "--json", "--endpoint-url",
                                           url, "--key-file", key))
            found = [told(line) for line in later if line["type"] == "finding"]
            if not found or found[0] not in refs:
                return f"{name}: diagnose afterwards says {found}"
            if not findings[0]["evidence"]:
                return f"{name}: a finding without evidence"
    return None


def main():
    rig.watchdog(900)
    names = sys.argv[1:] or list(EXPECTED)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        wrong = [text for text in pool.map(play, names) if text]
    for text in wrong:
        print("FAIL:", text)
    print(f"{len(names) - len(wrong)} of {len(names)} scenarios end as they should")
    sys.exit(1 if wrong else 0)


main()

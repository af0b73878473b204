#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""follow of what hpcwiz did not deploy: stacks made by the AWS CLI, from a template that is not
ours; their events and their nodes, and the causes as soon as they are found."""
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

TEMPLATE = {
    "Parameters": {"Image": {"Type": "String"}, "Subnet": {"Type": "String"}},
    "Resources": {
        "Launch": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"ImageId": {"Ref": "Image"},
                                                  "InstanceType": "m6i.xlarge"}}},
        "Nodes": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT5M"}},
            "Properties": {
                "MinSize": "1", "MaxSize": "1", "VPCZoneIdentifier": [{"Ref": "Subnet"}],
                "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launch"},
                                   "Version": {"Fn::GetAtt": ["Launch", "LatestVersionNumber"]}}}},
    },
}


def aws(where, url, *arguments):
    return subprocess.run(["aws", "--endpoint-url", url, "--output", "json", *arguments],
                          env=rig.environment(where, AWS_PAGER=""), capture_output=True, text=True,
                          timeout=120)


def image(where, url):
    done = aws(where, url, "ec2", "describe-images", "--owners", "amazon", "--query",
               "Images[0].ImageId")
    return json.loads(done.stdout)


def follow(where, url, wanted, *arguments):
    """Until a line is there that `wanted` takes; then the interruption, and all that was told."""
    child = subprocess.Popen([rig.HPCWIZ, "follow", *arguments, "--json", "--endpoint-url", url,
                              "--key-file", os.path.join(where, "hpc-admin.pem")],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, env=rig.environment(where))
    lines = []
    for text in child.stdout:
        lines.append(json.loads(text))
        if wanted(lines[-1]):
            break
    live = len(lines)
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=60)
    lines += [json.loads(text) for text in out.splitlines()]
    if child.returncode != 5:
        rig.fail(f"follow {arguments}: {child.returncode} {err}")
    return lines[:live], lines[live:]


def main():
    rig.watchdog(400)
    if not shutil.which("aws"):
        rig.skip("no AWS CLI on this machine")
    with rig.folder() as where, rig.simulator(where, "--speed", "60", "--seed", "7") as url:
        body = os.path.join(where, "foreign.json")
        with open(body, "w", encoding="utf-8") as out:
            json.dump(TEMPLATE, out)
        made = aws(where, url, "cloudformation", "create-stack", "--stack-name", "theirs",
                   "--template-body", f"file://{body}", "--on-failure", "DO_NOTHING",
                   "--parameters", f"ParameterKey=Image,ParameterValue={image(where, url)}",
                   "ParameterKey=Subnet,ParameterValue=subnet-0aaa1111bbb22220a")
        if made.returncode:
            rig.fail("create-stack: " + made.stderr)
        live, last = follow(where, url, lambda line: line["type"] == "finding", "theirs")
        events = [line for line in live if line["type"] == "event"]
        if not any(line["resource"] == "Nodes" for line in events):
            rig.fail(f"no events of the stack: {live}")
        if live[-1]["ref"] not in ("F51", "F52") or not live[-1]["evidence"]:
            rig.fail(f"a cause as soon as it is there: {live[-1]}")
        if [line["id"] for line in last if line["type"] == "finding"][:1] != [live[-1]["id"]]:
            rig.fail(f"and at the end: {last}")
        node = next(line for line in live if line["type"] == "node")
        if not node["instance"].startswith("i-"):
            rig.fail(f"the node of the stack: {node}")
        ids, _ = follow(where, url, lambda line: line["type"] == "node", "--instances",
                        node["instance"])
        if ids[-1]["instance"] != node["instance"]:
            rig.fail(f"by its id: {ids}")
    print("a stack that is not ours was followed, and its cause told")


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generated deploy.sh with the real AWS CLI against the simulator: every stack comes to
CREATE_COMPLETE, a second run changes nothing, and destroy.sh leaves none."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402


def script(where, out, name, url, answer=""):
    env = rig.environment(where, AWS_ENDPOINT_URL=url, AWS_PAGER="", PATH=os.environ["PATH"])
    done = subprocess.run(["sh", os.path.join(out, name)], cwd=out, env=env, input=answer, text=True,
                          capture_output=True, timeout=600)
    if done.returncode:
        rig.fail(f"{name} ended with {done.returncode}:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return done.stdout


def stacks(where, url):
    env = rig.environment(where, AWS_ENDPOINT_URL=url, AWS_PAGER="", PATH=os.environ["PATH"])
    text = subprocess.run(["aws", "cloudformation", "list-stacks", "--query",
                           "StackSummaries[].[StackName,StackStatus]", "--output", "text"],
                          env=env, capture_output=True, text=True, check=True, timeout=120).stdout
    return dict(line.split() for line in reversed(text.splitlines()))


def main():
    if not shutil.which("aws"):
        print("the AWS CLI is not installed")
        sys.exit(77)
    rig.watchdog(800)
    with rig.folder() as where, rig.simulator(where, "--speed", "200", "--seed", "3") as url:
        cluster = rig.cluster_file(where, url)
        out = os.path.join(where, "out")
        rig.run(where, "generate", cluster, "-o", out)
        script(where, out, "deploy.sh", url)
        wanted = {"riskgrid-" + name: "CREATE_COMPLETE"
                  for name in ("foundation", "sql", "head", "compute-std")}
        if stacks(where, url) != wanted:
            rig.fail(f"after deploy.sh: {stacks(where, url)}")
        script(where, out, "deploy.sh", url)
        if stacks(where, url) != wanted:
            rig.fail(f"after a second deploy.sh: {stacks(where, url)}")
        script(where, out, "destroy.sh", url, "riskgrid\n")
        left = {name: state for name, state in stacks(where, url).items()
                if state != "DELETE_COMPLETE"}
        if left:
            rig.fail(f"after destroy.sh: {left}")
    print("deploy.sh, deploy.sh again and destroy.sh did what they say")


main()

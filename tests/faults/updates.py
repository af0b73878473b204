#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clusters that change and deployments that fail, whole programs against the simulator: what a plan
says, what is refused, what is offered when something went wrong, and what each offer does."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402


class Cluster:
    """A cluster file, and hpcwiz run on it."""

    def __init__(self, where, url, **settings):
        self.where, self.url = where, url
        self.path = rig.cluster_file(where, url, **settings)
        self.text = open(self.path).read()

    def change(self, *pairs):
        text = self.text
        for old, new in pairs:
            if old not in text:
                rig.fail(f"the cluster file has no {old!r}")
            text = text.replace(old, new)
        with open(self.path, "w") as file:
            file.write(text)

    def run(self, command, *arguments, status=0):
        """(standard output, standard error)"""
        online = ["--endpoint-url", self.url]
        if command in ("deploy", "status"):
            online += ["--key-file", os.path.join(self.where, "hpc-admin.pem")]
        if command in ("deploy", "retry", "rollback", "destroy"):
            online.append("--yes")
        done = subprocess.run([rig.HPCWIZ, command, self.path, *arguments, *online], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=rig.PATIENCE,
                              env=rig.environment(self.where))
        if done.returncode != status:
            rig.fail(f"{command} {arguments}: status {done.returncode}, not {status}\n"
                     f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout, done.stderr

    def json(self, command, *arguments, status=0):
        return rig.json_lines(self.run(command, *arguments, "--json", status=status)[0])


    def expect_same_end(self):
        """What hpcwiz says of the stacks is what the AWS CLI reads, where there is one."""
        ours = {line["stack"]: line["status"] for line in self.json("status")
                if line["type"] == "event" and line["status"] != "ABSENT"}
        if not shutil.which("aws"):
            print("no AWS CLI: its reading of the end state is not compared")
            return
        done = subprocess.run(
            ["aws", "--endpoint-url", self.url, "--output", "json", "cloudformation",
             "describe-stacks", "--query", "Stacks[].[StackName,StackStatus]"],
            capture_output=True, text=True, env=rig.environment(self.where), timeout=rig.PATIENCE)
        theirs = dict(json.loads(done.stdout or "[]"))
        if ours != theirs:
            rig.fail(f"hpcwiz says {ours}, the AWS CLI {theirs} {done.stderr}")


def expect(text, *words):
    for word in words:
        if word not in text:
            rig.fail(f"no {word!r} in:\n{text[-3000:]}")


def changes(lines):
    return {f'{line["stack"]}/{line["resource"]}': line for line in lines if line["type"] == "change"}


def plans(where):
    """An update in words; what would lose data is refused unless it is named."""
    with rig.simulator(where, "--speed", "400") as url:
        cluster = Cluster(where, url)
        cluster.run("deploy")
        out, _ = cluster.run("plan")
        expect(out, "There is nothing to do.")
        cluster.change(("r6i.xlarge", "r6i.2xlarge"), ("data_volume_gib: 200", "data_volume_gib: 300"))
        seen = changes(cluster.json("plan"))
        group = seen["riskgrid-sql/SqlGroup"]
        if group["action"] != "modify" or group["loses_data"]:
            rig.fail(f"the change of the group: {group}")
        expect(group["message"], "replaced", "its data volume and address stay", "scheduler")
        expect(seen["riskgrid-sql/SqlVolume"]["message"], "its data stays")
        out, _ = cluster.run("plan")
        if max(map(len, re.sub(r"^.*ami-.*$", "", out, flags=re.M).splitlines())) > 90:
            rig.fail("a line of the plan is too long:\n" + out)
        # The other subnet lies in another zone: the volume cannot follow.
        one, two = re.findall(r"subnet-0aaa1111bbb2222\w+", cluster.text)[:2]
        cluster.change((one, "subnet-x"), (two, one), ("subnet-x", two))
        volume = changes(cluster.json("plan"))["riskgrid-sql/SqlVolume"]
        if volume["action"] != "replace" or not volume["loses_data"]:
            rig.fail(f"the change of the volume: {volume}")
        _, err = cluster.run("deploy", status=3)
        expect(err, "would lose the data", "--allow-data-loss riskgrid-sql/SqlVolume")
        out, _ = cluster.run("status")
        if out.count("CREATE_COMPLETE") != 4:
            rig.fail("something was changed all the same: " + out)
        cluster.expect_same_end()


def interfaces(where):
    """AWS keeps interfaces of terminated instances: destroy says what it waits for, and deletes the
    stack again where CloudFormation gave up."""
    for stay, again in ((2400, False), (6000, True)):
        with rig.folder() as place:
            scenario = os.path.join(place, "stay.yaml")
            with open(scenario, "w") as file:
                file.write(f"name: stay\nsummary: interfaces stay\nextends: ok\n"
                           f"interfaces_stay: {stay}\n")
            with rig.simulator(place, "--speed", "300", "--scenario", scenario) as url:
                cluster = Cluster(place, url)
                cluster.run("deploy")
                out, _ = cluster.run("destroy")
                expect(out, "riskgrid-foundation waits for 2 network interfaces that AWS has not "
                       "released yet: eni-", "The stacks are deleted.")
                if ("riskgrid-foundation is deleted again" in out) != again:
                    rig.fail(f"interfaces that stay {stay} s: {out[-2000:]}")
                cluster.expect_same_end()


BASE = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"
OLD, NEW = "ami-0a2022f0000000002", "ami-0a2025f0000000003"


def images(where):
    """A newer public image is told of and not taken; with --refresh-images it is, by the nodes that
    have the older one alone; then there is nothing to do."""
    state = os.path.join(where, "account.json")
    with rig.simulator(where, "--speed", "400", "--state", state) as url:
        Cluster(where, url).run("deploy")
    account = json.load(open(state))
    found = [table for table in tables(account)
             if table.get("Name") == BASE and table.get("Value") == OLD]
    if not found:
        rig.fail(f"no public parameter {BASE} in {state}")
    for table in found:
        table["Value"] = NEW
    with open(state, "w") as file:
        json.dump(account, file)
    os.unlink(os.path.join(where, "ready"))
    os.unlink(os.path.join(where, "cluster.yaml"))
    with rig.simulator(where, "--speed", "120", "--state", state) as url:
        cluster = Cluster(where, url)
        stays = f"stays with image {OLD}; {NEW} is newer: take it with --refresh-images"
        out, _ = cluster.run("plan")
        expect(out, "riskgrid-head " + stays, "riskgrid-compute-std " + stays, "nothing to do")
        seen = changes(cluster.json("plan", "--refresh-images"))
        touched = {name.split("/")[0] for name in seen}
        if touched != {"riskgrid-head", "riskgrid-compute-std"}:
            rig.fail(f"--refresh-images would change {sorted(seen)}")
        expect(seen["riskgrid-head/HeadGroup"]["message"], "replaced")
        out, _ = cluster.run("deploy")
        expect(out, stays, "nothing to do")
        lines = cluster.json("deploy", "--refresh-images")
        if lines[-1].get("outcome") != "complete":
            rig.fail(f"--refresh-images: {lines[-1]}")
        out, _ = cluster.run("plan", "--refresh-images")
        expect(out, "nothing to do")
        if "newer" in cluster.run("plan")[0]:
            rig.fail("the newest image is not the newest")
        if signed_image(url, "riskgrid-head") != NEW:
            rig.fail("the head node's stack has another image")
        cluster.expect_same_end()


def signed_image(url, stack):
    """The image of a stack, read with a request that nothing of ours has made."""
    body = f"Action=DescribeStacks&Version=2010-05-15&StackName={stack}".encode()
    text = rig.signed(url, "cloudformation", "POST", "/", body=body, headers={
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    return re.search(r"<ParameterKey>ImageId</ParameterKey>\s*<ParameterValue>([^<]*)<", text).group(1)


def tables(value):
    """Every mapping in it."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from tables(part)


def groups(where):
    """A compute group that the file no longer names is told of, and deleted by name alone."""
    with rig.simulator(where, "--speed", "400") as url:
        cluster = Cluster(where, url)
        cluster.run("deploy")
        cluster.change(("name: std", "name: big"))
        out, _ = cluster.run("plan")
        expect(out, "riskgrid-compute-std", "destroy FILE --stack riskgrid-compute-std")
        out, _ = cluster.run("destroy", "--stack", "riskgrid-compute-std")
        expect(out, "riskgrid-compute-std", "deleted")
        out, _ = cluster.run("status")
        if out.count("CREATE_COMPLETE") != 3:
            rig.fail("other stacks went too: " + out)
        _, err = cluster.run("destroy", "--stack", "riskgrid-nothing", status=2)
        expect(err, "no stack 'riskgrid-nothing'")
        cluster.change()
        cluster.run("deploy")
        cluster.change(("name: std", "name: big"))
        out, _ = cluster.run("destroy")  # takes along what the file does not name
        expect(out, "riskgrid-compute-std", "left: vol-")


def failure(where):
    """A node fails: black box, hold, release, retry; then the choices for what is left."""
    with rig.simulator(where, "--speed", "300", "--scenario", "certificate-13818") as url:
        cluster = Cluster(where, url, **{"deploy.on_failure": "keep"})
        out, err = cluster.run("deploy", status=1)
        expect(err, "--retry", "destroy FILE --stack riskgrid-head")
        boxes = glob.glob(os.path.join(where, "hpcwiz", "blackbox", "riskgrid", "head-i-*"))
        if len(boxes) != 1:
            rig.fail(f"black boxes: {boxes}")
        kept = {name: open(os.path.join(boxes[0], name)).read() for name in os.listdir(boxes[0])}
        expect(kept["logs.txt"], "stage=setup status=failed code=13818")
        expect(kept["console.txt"], "Windows")
        expect(kept["instance.xml"], "<instanceId>i-")
        expect(kept["group.xml"], "InService")
        if json.loads(kept["stage.json"])["exit_code"] != 13818:
            rig.fail(kept["stage.json"])
        if os.stat(boxes[0]).st_mode & 0o77:
            rig.fail("others may read the black box")
        expect(cluster.run("hold", "head")[0], "is held")
        expect(cluster.run("release", "head")[0], "is released")
        _, err = cluster.run("hold", "nobody", status=1)
        expect(err, "no node 'nobody'")
        out, err = cluster.run("deploy", status=1)
        expect(err, "kept for inspection", "--retry")
        expect(cluster.run("retry", "head")[0], "its group starts a new one")
        lines = cluster.json("rollback")
        if lines[-1].get("outcome") != "complete":
            rig.fail(f"rollback: {lines[-1]}")
        out, _ = cluster.run("status")
        expect(out, "riskgrid-head          riskgrid-head              ABSENT")
        if out.count("CREATE_COMPLETE") != 2:
            rig.fail("a rollback touched stacks that were done: " + out)
        cluster.expect_same_end()
        cluster.run("destroy")


def stuck(where):
    """An update that fails, and whose rollback fails too: continued, with a resource left out."""
    scenario = os.path.join(where, "once.yaml")
    shutil.copy(os.path.join(rig.SOURCE, "templates/scenarios/ok.yaml"), where)
    with open(scenario, "w") as file:
        file.write("name: once\nsummary: only the first SQL Server instance can be launched\n"
                   "extends: ok\nlaunch_failure:\n  sql:\n    attempts: later\n"
                   "    text: \"We currently do not have sufficient {type} capacity\"\n")
    with rig.simulator(where, "--speed", "300", "--scenario", scenario) as url:
        cluster = Cluster(where, url)
        cluster.run("deploy")
        cluster.change(("r6i.xlarge", "r6i.2xlarge"))
        _, err = cluster.run("deploy", status=1)
        expect(err, "sufficient r6i.2xlarge capacity")
        expect(cluster.run("status")[0], "UPDATE_ROLLBACK_FAILED")
        _, err = cluster.run("rollback", status=1)  # it still cannot go back
        _, err = cluster.run("rollback", "--skip-resource", "SqlVolume", status=1)
        expect(err, "cannot be skipped")
        _, err = cluster.run("deploy", status=1)
        expect(err, "could not be undone", "hpcwiz rollback FILE", "--skip-resource")
        cluster.run("rollback", "--skip-resource", "SqlGroup")
        out, _ = cluster.run("status")
        expect(out, "UPDATE_ROLLBACK_COMPLETE")
        cluster.expect_same_end()


CASES = [plans, images, groups, interfaces, failure, stuck]


def main():
    rig.watchdog(900)
    for case in CASES:
        if sys.argv[1:] and case.__name__ not in sys.argv[1:]:
            continue
        begun = time.monotonic()
        with rig.folder() as where:
            case(where)
        print(f"ok {case.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)


main()

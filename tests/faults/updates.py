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
import threading

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

try:
    import botocore.session
except ImportError:
    botocore = None


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
    kept = ["--state", state, "--vpc-cidr", rig.own_network()]
    with rig.simulator(where, "--speed", "400", *kept) as url:
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
    with rig.simulator(where, "--speed", "120", *kept) as url:
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


def instances(cluster):
    """{role: instances} as status tells them."""
    found = {}
    for line in cluster.json("status"):
        if line["type"] == "node" and line["state"] != "gone":
            found.setdefault(line["role"], set()).add(line["instance"])
    return found


def versions(where):
    """HPC Pack 2016 to 2019 makes all nodes anew, another certificate those that hold it; what only
    says how a node is installed leaves those that run, and the plan says so."""
    windows = "ssm:/aws/service/ami-windows-latest/Windows_Server-2019-English-Full-"
    with rig.simulator(where, "--speed", "400") as url:
        cluster = Cluster(where, url, **{"hpc_pack.version": "2016", "nodes.head.image": windows + "Base",
                                         "nodes.compute.0.image": windows + "Base",
                                         "nodes.sql.image": windows + "SQL_2019_Standard"})
        cluster.run("deploy")
        before = instances(cluster)
        newer = ("version: 2016", "version: 2019")
        certificate = ("certificate_name: HPC Pack Communication", "certificate_name: HPC Pack 2027")
        administrators = ("administrators: []", "administrators: ['CORP\\hpc-admins']")
        for pairs, moved in (((newer,), {"sql", "head", "compute"}),
                             ((newer, certificate), {"head", "compute"}),
                             ((newer, certificate, administrators), set())):
            cluster.change(*pairs)
            out, _ = cluster.run("plan")
            if not moved:
                expect(out, "those that run stay", "no node is replaced")
            cluster.run("deploy")
            after = instances(cluster)
            kept = {role for role in before if before[role] & after[role]}
            if kept != set(before) - moved:
                rig.fail(f"{pairs[-1]}: {sorted(kept)} have kept instances: {before}, {after}")
            before = after
            out, _ = cluster.run("plan")
            expect(out, "There is nothing to do.")
        cluster.expect_same_end()


def failure(where):
    """A node fails: black box, hold, release, retry; then the choices for what is left."""
    with rig.simulator(where, "--speed", "300", "--scenario", "certificate-13818") as url:
        cluster = Cluster(where, url, **{"deploy.on_failure": "keep"})
        out, err = cluster.run("deploy", status=1)
        expect(err, "--retry", f"destroy {cluster.path} --stack riskgrid-head")
        journal = open(os.path.join(where, "hpcwiz", "riskgrid-eu-central-1.journal")).read()
        expect(journal, '"account":"123456789012"')
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
        expect(cluster.run("hold", boxes[0][-19:])[0], "is held")
        expect(cluster.run("release", boxes[0][-19:])[0], "is released")
        for foreign in ("i-01", "i-0123456789abcdef0"):  # a node's name; another's instance
            expect(cluster.run("retry", foreign, status=1)[1], f"no node '{foreign}'")
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


def without_capacity(where, when):
    """The path of a scenario that plays ok, but that SQL Server instances cannot be launched when."""
    scenario = os.path.join(where, "full.yaml")
    shutil.copy(os.path.join(rig.SOURCE, "templates/scenarios/ok.yaml"), where)
    with open(scenario, "w") as file:
        file.write("name: full\nsummary: SQL Server has no capacity\nextends: ok\n"
                   f"launch_failure:\n  sql:\n    {when}\n"
                   "    text: \"We currently do not have sufficient {type} capacity\"\n")
    return scenario


def stuck(where):
    """An update that fails, and whose rollback fails too: continued, with a resource left out."""
    scenario = without_capacity(where, "attempts: later")
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
        expect(err, "could not be undone", f"hpcwiz rollback {cluster.path}", "--skip-resource")
        cluster.run("rollback", "--skip-resource", "SqlGroup")
        out, _ = cluster.run("status")
        expect(out, "UPDATE_ROLLBACK_COMPLETE")
        cluster.change()
        expect(cluster.run("plan")[0], "There is nothing to do.")
        cluster.expect_same_end()


def kept(where):
    """An update fails and is kept; the corrected one is taken, though it should roll back."""
    scenario = without_capacity(where, "type: r6i.2xlarge")
    with rig.simulator(where, "--speed", "300", "--scenario", scenario) as url:
        cluster = Cluster(where, url, **{"deploy.on_failure": "keep"})
        cluster.run("deploy")
        cluster.change(("r6i.xlarge", "r6i.2xlarge"))
        _, err = cluster.run("deploy", status=1)
        expect(err, "sufficient r6i.2xlarge capacity", "deploy again")
        expect(cluster.run("status")[0], "UPDATE_FAILED")
        cluster.change(("r6i.xlarge", "r6i.4xlarge"), ("on_failure: keep", "on_failure: rollback"))
        out, _ = cluster.run("deploy")
        expect(out, "its last update failed and was kept")
        expect(cluster.run("plan")[0], "There is nothing to do.")
        cluster.expect_same_end()


class Group:
    """A compute group while it changes, read and signalled with botocore."""

    def __init__(self, url, stack):
        session = botocore.session.get_session()
        clients = {name: session.create_client(
            name, endpoint_url=url, region_name="eu-central-1",
            aws_access_key_id=rig.KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=rig.KEYS["AWS_SECRET_ACCESS_KEY"])
            for name in ("cloudformation", "autoscaling", "ec2")}
        self.cfn, self.asg, self.ec2 = clients.values()
        self.stack = stack
        self.name = self.cfn.describe_stack_resource(
            StackName=stack, LogicalResourceId="ComputeGroup")["StackResourceDetail"]["PhysicalResourceId"]
        self.first = self.members()
        self.known = {event["EventId"] for event in self.events()}

    def members(self):
        """{id: type}"""
        answer = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        return {member["InstanceId"]: member["InstanceType"]
                for member in answer["AutoScalingGroups"][0]["Instances"]}

    def events(self):
        """All of the group, oldest first."""
        pages = self.cfn.get_paginator("describe_stack_events").paginate(StackName=self.stack)
        return [event for page in pages for event in page["StackEvents"]
                if event["LogicalResourceId"] == "ComputeGroup"][::-1]

    def reasons(self):
        """What the events since the beginning say."""
        return [event.get("ResourceStatusReason", "") for event in self.events()
                if event["EventId"] not in self.known]

    def signalled(self):
        return {text.split()[-1] for text in self.reasons() if text.startswith("Received SUCCESS")}

    def fail(self, instance):
        self.cfn.signal_resource(StackName=self.stack, LogicalResourceId="ComputeGroup",
                                 UniqueId=instance, Status="FAILURE")


class Watch(threading.Thread):
    """Looks at a group again and again until it is told to stop; fails nothing by itself."""

    def __init__(self, group, act=lambda group, members, able: None):
        super().__init__(daemon=True)
        self.group, self.act = group, act
        self.fewest, self.looks, self.error = len(group.first), 0, None
        self.over = threading.Event()

    def run(self):
        try:
            while not self.over.is_set():
                members = self.group.members()  # before the signals: no look misses one
                able = set(self.group.first) | self.group.signalled()
                self.fewest = min(self.fewest, len(able & set(members)))
                self.looks += 1
                self.act(self.group, members, able)
        except Exception as error:  # a thread's failure must reach the test
            self.error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        if self.error:
            rig.fail(f"botocore: {self.error!r}")


def rolling(where):
    """The nodes of a group are replaced one by one; a failure on the way takes back what was
    replaced and leaves alone what was not."""
    if not botocore:
        print("skipped: botocore, which reads a group while it changes, is not installed")
        return
    state = os.path.join(where, "account.json")
    kept = ["--state", state, "--vpc-cidr", rig.own_network()]
    with rig.simulator(where, "--speed", "400", *kept) as url:
        cluster = Cluster(where, url, **{"nodes.compute.0.desired": "3", "deploy.on_failure": "rollback"})
        cluster.run("deploy")
        cluster.change(("c6i.4xlarge", "c6i.8xlarge"))
        expect(cluster.run("plan")[0], "one after the other")
        group = Group(url, "riskgrid-compute-std")
        with Watch(group) as watch:
            cluster.run("deploy")
        members = group.members()
        if watch.fewest != 2 or watch.looks < 10:
            rig.fail(f"at least {watch.fewest} of 3 nodes were able to work, in {watch.looks} looks")
        if set(members) & set(group.first) or list(members.values()) != ["c6i.8xlarge"] * 3:
            rig.fail(f"{group.first} became {members}")
        expect("\n".join(group.reasons()),
               "Rolling update initiated. Terminating 3 obsolete instance(s) in batches of 1.",
               "(Progress 33%)", "(Progress 67%)", "(Progress 100%)",
               "New instance(s) added to autoscaling group - Waiting on 1 resource signal(s)")
        if len(group.signalled()) != 3:
            rig.fail(f"who signalled: {group.signalled()}")
    os.unlink(os.path.join(where, "ready"))
    with rig.simulator(where, "--speed", "60", *kept) as url:  # time to step in
        cluster.url = url
        fails_on_the_way(cluster, url)
        cluster.expect_same_end()


def fails_on_the_way(cluster, url):
    """The second of three new nodes fails."""
    group = Group(url, "riskgrid-compute-std")
    failed = []

    def act(group, members, able):
        unproven = set(members) - able
        if not failed and len(able - set(group.first)) == 1 and unproven:
            failed.append(unproven.pop())
            group.fail(failed[0])

    cluster.change(("c6i.4xlarge", "c6i.2xlarge"))
    with Watch(group, act) as watch:
        _, err = cluster.run("deploy", status=1)
    members = group.members()
    expect("\n".join(group.reasons()), "Received FAILURE signal with UniqueId " + failed[0],
           "Received 1 FAILURE signal(s) out of 3.",
           "Rolling update initiated. Terminating 2 obsolete instance(s) in batches of 1.")
    if watch.fewest < 1 or list(members.values()) != ["c6i.8xlarge"] * 3:
        rig.fail(f"{group.first} became {members}; at least {watch.fewest} were able to work")
    kept = set(members) & set(group.first)
    if len(kept) != 1:
        rig.fail(f"of {set(group.first)} stayed {kept}; one was not reached and is to stay")
    expect(err, "1 FAILURE signal(s) out of 3")
    expect(cluster.run("status")[0], "UPDATE_ROLLBACK_COMPLETE")
    cluster.change(("c6i.4xlarge", "c6i.8xlarge"))  # what is there again
    expect(cluster.run("plan")[0], "There is nothing to do.")


def watched(where):
    """Who watches a deployment learns the cause while it still runs."""
    with rig.simulator(where, "--speed", "200", "--scenario", "no-signal") as url:
        cluster = Cluster(where, url)
        more = ["--json", "--endpoint-url", url, "--key-file", os.path.join(where, "hpc-admin.pem")]
        running = []

        def start(*command):
            running.append(subprocess.Popen(
                [rig.HPCWIZ, *command, *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, env=rig.environment(where)))
            return map(json.loads, running[-1].stdout)

        try:
            told = []
            for line in start("deploy", cluster.path, "--yes"):
                told.append(line)
                if line["type"] == "stage" and line["node"].startswith("std"):
                    break
            else:
                rig.fail(f"no compute node began: {told[-3:]}")
            ended = False
            for line in start("follow", cluster.path):
                ended = ended or line.get("status") == "ROLLBACK_COMPLETE"
                if line["type"] in ("finding", "result"):
                    break
            if line["type"] != "finding" or not line["node"].startswith("std") or ended:
                rig.fail(f"the cause did not come before the end: {line}")
        finally:
            for child in running:
                child.kill()
                child.communicate()


def hangs(where):
    """A node that hangs tells of no failed stage: when its stack fails its black box is kept, too."""
    with rig.simulator(where, "--speed", "600", "--scenario", "no-signal") as url:
        cluster = Cluster(where, url, **{"deploy.on_failure": "rollback"})
        cluster.run("deploy", status=1)
        folder = os.path.join(where, "hpcwiz", "blackbox", "riskgrid")
        boxes = sorted(os.listdir(folder))
        if [name.split("-i-")[0] for name in boxes] != ["std-01", "std-02"]:
            rig.fail(f"black boxes: {boxes}")
        kept = {name: open(os.path.join(folder, boxes[0], name)).read()
                for name in os.listdir(os.path.join(folder, boxes[0]))}
        expect(kept["logs.txt"], "stage=wait-head status=started", "head node not available")
        expect(kept["console.txt"], "Windows")
        if "stage.json" in kept:
            rig.fail("no stage has failed: " + kept["stage.json"])


CASES = [plans, images, versions, rolling, groups, interfaces, failure, watched, stuck, kept, hangs]


rig.run_cases(CASES, 900)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random fault schedules, whole programs: hpcwiz against hpcwiz-sim over the real wire, through
throttles, server errors, answers that never come or come broken, delays and expired tokens, killed
with SIGKILL at random moments, met by a second hpcwiz in the same folder or on another machine,
and taken up again until the cluster is whole, updated, and (half of them) destroyed.

What must be true at the end is read with botocore and the AWS CLI: every stack there or none,
nothing made twice, no change set left over, each stack event told exactly once over all runs.

schedules.py [COUNT [FIRST]] plays COUNT seeds from FIRST on (HPCWIZ_SIM_SCHEDULES, HPCWIZ_SEED);
a schedule that fails prints its seed."""
import collections
import concurrent.futures
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

try:
    import botocore.config
    import botocore.exceptions
    import botocore.session
except ImportError:
    rig.skip("botocore is not installed: nobody else could read the end state")

RUNS_MOST = 30  # of one schedule; what goes wrong is less
SIDE = 8        # schedules at a time: most of the time is waiting, for the budget of requests too
STACKS = {"riskgrid-foundation", "riskgrid-sql", "riskgrid-head", "riskgrid-compute-std"}
AWS_CLI_EACH = 8
KINDS = ["throttle", "500", "503", "reset", "lost", "malformed", "expired"]
SERVICES = ["*", "*", "cloudformation", "ec2", "ssm", "autoscaling"]


class Wrong(Exception):
    pass


def expect(truth, what):
    if not truth:
        raise Wrong(what)


class Account:
    """The account as botocore reads it. The faults hit it too; it asks until it is answered."""

    def __init__(self, url):
        self.url = url
        self.session = botocore.session.Session()
        self.session.set_credentials(rig.KEYS["AWS_ACCESS_KEY_ID"],
                                     rig.KEYS["AWS_SECRET_ACCESS_KEY"])
        self.clients = {}

    def ask(self, service, operation, **parameters):
        """All pages as one answer; once each."""
        if service not in self.clients:
            self.clients[service] = self.session.create_client(
                service, region_name=rig.KEYS["AWS_REGION"], endpoint_url=self.url,
                config=botocore.config.Config(retries={"max_attempts": 0}))
        client = self.clients[service]
        for _ in range(200):
            try:
                if client.can_paginate(operation):
                    return client.get_paginator(operation).paginate(
                        **parameters).build_full_result()
                return getattr(client, operation)(**parameters)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == "ValidationError":
                    raise
            except (botocore.exceptions.HTTPClientError, botocore.parsers.ResponseParserError):
                pass
        raise Wrong(f"{service} {operation} is never answered")

    def stacks(self):
        """{name: status} of those that are there."""
        found = self.ask("cloudformation", "describe_stacks")["Stacks"]
        return {stack["StackName"]: stack["StackStatus"] for stack in found}

    def stack_ids(self):
        """[(name, id)] of all, deleted ones too."""
        found = self.ask("cloudformation", "list_stacks")["StackSummaries"]
        return [(stack["StackName"], stack["StackId"]) for stack in found]

    def events(self):
        """{stack id: [event], newest first}"""
        return {key: self.ask("cloudformation", "describe_stack_events",
                              StackName=key)["StackEvents"] for _, key in self.stack_ids()}

    def change_sets(self):
        """Those that could still be executed, or never."""
        return [change["ChangeSetName"] for name in self.stacks()
                for change in self.ask("cloudformation", "list_change_sets",
                                       StackName=name)["Summaries"]
                if change["ExecutionStatus"] != "EXECUTE_COMPLETE"]

    def instances(self):
        """{group: [state]}"""
        found = collections.defaultdict(list)
        for reservation in self.ask("ec2", "describe_instances")["Reservations"]:
            for instance in reservation["Instances"]:
                tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
                if "aws:cloudformation:stack-name" in tags:
                    found[tags["aws:cloudformation:stack-name"]].append(instance["State"]["Name"])
        return found

    def by_aws_cli(self, where):
        """What stacks() says, asked with the AWS CLI."""
        for _ in range(20):
            done = subprocess.run(
                ["aws", "--endpoint-url", self.url, "--output", "json", "cloudformation",
                 "describe-stacks", "--query", "Stacks[].[StackName,StackStatus]"],
                capture_output=True, text=True, env=rig.environment(where), timeout=rig.PATIENCE)
            if done.returncode == 0:
                return dict(json.loads(done.stdout))
        raise Wrong("the AWS CLI is never answered: " + done.stderr[-500:])


class Schedule:
    def __init__(self, seed):
        self.seed = seed
        self.chance = random.Random(seed)
        self.kills = self.chance.randrange(8)
        self.visits = self.chance.randrange(3)  # of a second hpcwiz
        self.speed = self.chance.choice([300, 600, 1000])
        self.poll = self.chance.choice([30, 100, 200])
        self.faults = [self.fault() for _ in range(self.chance.randrange(5))]
        if self.chance.random() < 0.2:
            self.faults.append(f"delay:*:{self.chance.randrange(1, 40)}")
        self.told, self.elsewhere = [], []
        self.wrong = None
        self.killed = self.visited = self.runs = self.seen = 0

    def fault(self):
        kind = self.chance.choice(KINDS)
        most = 0.01 if kind == "expired" else 0.08
        return f"{kind}:{self.chance.choice(SERVICES)}:{self.chance.uniform(0.002, most):.4f}"

    def __str__(self):
        return (f"seed {self.seed}: speed {self.speed}, poll {self.poll} ms, kills {self.kills}, "
                f"visits {self.visits}, {' '.join(self.faults) or 'no faults'}")

    def play(self):
        with rig.folder() as where:
            self.where = where
            self.journal_path = os.path.join(where, "hpcwiz", "riskgrid-eu-central-1.journal")
            options = ["--speed", str(self.speed), "--seed", str(self.seed), "--state",
                       os.path.join(where, "state.json")]
            for fault in self.faults:
                options += ["--fault", fault]
            with rig.simulator(where, *options) as self.url:
                self.account = Account(self.url)
                self.cluster = self.cluster_file()
                self.until_done("deploy")
                self.expect_whole({"CREATE_COMPLETE"})
                if self.chance.random() < 0.5:
                    self.update()
                if self.chance.random() < 0.5:
                    self.until_done("destroy")
                    self.expect_nothing()
                end = self.account.stacks()
            self.expect_simulator(end)

    def cluster_file(self):
        """The faults are for hpcwiz, not for what rig asks the account for its own sake."""
        for attempt in range(50):
            try:
                return rig.cluster_file(self.where, self.url)
            except Exception as error:  # whatever urllib makes of a broken answer
                last = error
        raise Wrong(f"no cluster file: {last}")

    def command(self, verb):
        key = ["--key-file", os.path.join(self.where, "hpc-admin.pem")] if verb == "deploy" else []
        return [rig.HPCWIZ, verb, self.cluster, "--yes", "--json", "--endpoint-url", self.url, *key]

    def environment(self, **more):
        return rig.environment(self.where, HPCWIZ_POLL_MS=str(self.poll), **more)

    def until_done(self, verb):
        errors = ""
        while True:
            self.runs += 1
            expect(self.runs <= RUNS_MOST, f"{verb} never ends; it says {errors}")
            status, result, errors = self.run(verb)
            if status == 0:
                expect(result.get("outcome") in ("complete", "no-changes"), f"result {result}")
                return
            if status is not None:
                expect(status in (1, 4), f"{verb}: exit status {status}: {errors}")
                expect("hpcwiz" in errors and "\n" in errors.strip(),
                       f"{verb} does not say what to do next: {errors}")

    def run(self, verb):
        """One hpcwiz; killed or visited when it is time. (exit status or None, result, errors)"""
        kill = self.chance.random() < 0.7 and self.kills > 0
        visit = self.chance.random() < 0.4 and self.visits > 0
        steps_to_go = self.chance.randrange(60)
        delay = self.chance.uniform(0, 0.05) if steps_to_go else self.chance.uniform(0, 1)
        with open(os.path.join(self.where, "errors"), "w+") as errors:
            child = subprocess.Popen(self.command(verb), stdin=subprocess.DEVNULL, text=True,
                                     stdout=subprocess.PIPE, stderr=errors,
                                     env=self.environment())
            result = {}
            hung = threading.Timer(rig.PATIENCE, child.send_signal, [signal.SIGABRT])
            hung.start()
            if kill and not steps_to_go:
                self.kill(child, delay)
            for line in child.stdout:
                record = json.loads(line)
                result = record if record["type"] == "result" else result
                self.hear(record, self.told)
                if record["type"] not in ("event", "step"):
                    continue
                steps_to_go -= 1
                if steps_to_go == 0 and kill:
                    self.kill(child, delay)
                elif steps_to_go == 0 and visit:
                    self.visit(verb)
            status = child.wait()
            hung.cancel()
            errors.seek(0)
            said = errors.read()
        expect(status >= 0 or kill and status == -9, f"it died of signal {-status}: {said}")
        return (None if status < 0 else status), result, said

    def kill(self, child, delay):
        time.sleep(delay)
        child.kill()
        self.kills -= 1
        self.killed += 1

    def hear(self, record, told):
        if record["type"] == "event" and record["resource_type"] != "AWS::AutoScaling::Activity":
            expect(record["event_id"] not in told, f"told twice: {record}")
            told.append(record["event_id"])

    def visit(self, verb):
        """A second hpcwiz, which must not take part unless the first is just done."""
        self.visits -= 1
        self.visited += 1
        stranger = self.chance.random() < 0.5
        more = {"XDG_STATE_HOME": os.path.join(self.where, "elsewhere")} if stranger else {}
        for _ in range(RUNS_MOST):
            done = subprocess.run(self.command(verb), stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, env=self.environment(**more),
                                  timeout=rig.PATIENCE)
            records = rig.json_lines(done.stdout)
            for record in records:
                self.hear(record, self.elsewhere if stranger else self.told)
            if self.is_held():  # all the while
                expect(done.returncode != 0, "two at once")
                expect(all(record["type"] not in ("event", "step") for record in records),
                       "the second one took part")
            if self.is_held() or done.returncode == 0 or "another hpcwiz" in done.stderr:
                return

    def is_held(self):
        """The first one still has its journal open: its run is not over."""
        with open(self.journal_path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def journal(self):
        with open(self.journal_path) as file:
            events = [record["event"] for record in map(json.loads, file) if "event" in record]
        return [event["event_id"] for event in events if event["type"] == "event"]

    def expect_events(self):
        """Each event told once. What was on its way to standard output when SIGKILL came, at most
        one line a kill, is in the journal."""
        kept = self.journal()
        heard = set(self.told) | set(self.elsewhere)
        on_their_way = 0
        for events in self.account.events().values():
            for event in events:
                key = event["EventId"]
                on_its_way = key in kept and key not in heard
                expect(key in heard or on_its_way,
                       f"never told: {event['StackName']} {event['LogicalResourceId']} "
                       f"{event['ResourceStatus']} {event['Timestamp']}")
                on_their_way += on_its_way
        expect(on_their_way <= self.killed, f"{on_their_way} lines are missing")
        made_up = set(self.told) - {event["EventId"] for events in self.account.events().values()
                                    for event in events}
        expect(not made_up, f"made up: {made_up}")
        self.seen = len(heard)

    def expect_once(self):
        """No stack and no resource was made twice."""
        names = [name for name, _ in self.account.stack_ids()]
        expect(sorted(names) == sorted(STACKS), f"stacks made: {names}")
        for key, events in self.account.events().items():
            made = collections.Counter(event["LogicalResourceId"] for event in events
                                       if event["ResourceStatus"] == "CREATE_COMPLETE")
            expect(made and max(made.values()) == 1, f"made twice in {key}: {made}")

    def expect_whole(self, statuses):
        stacks = self.account.stacks()
        expect(set(stacks) == STACKS, f"stacks: {stacks}")
        expect(set(stacks.values()) <= statuses, f"stacks: {stacks}")
        expect(self.account.change_sets() == [], f"left over: {self.account.change_sets()}")
        self.expect_once()
        self.expect_events()
        if "UPDATE_COMPLETE" not in statuses:
            expect(self.account.instances() == {"riskgrid-sql": ["running"],
                                                "riskgrid-head": ["running"],
                                                "riskgrid-compute-std": ["running"] * 2},
                   f"instances: {dict(self.account.instances())}")
        if self.seed % AWS_CLI_EACH == 0 and shutil.which("aws"):
            theirs = self.account.by_aws_cli(self.where)
            expect(theirs == stacks, f"the AWS CLI reads {theirs}, botocore {stacks}")

    def update(self):
        text = open(self.cluster).read()
        with open(self.cluster, "w") as file:
            file.write(text.replace("c6i.4xlarge", "c6i.2xlarge").replace("desired: 2",
                                                                         "desired: 3"))
        self.until_done("deploy")
        self.expect_whole({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
        running = [state for state in self.account.instances()["riskgrid-compute-std"]
                   if state == "running"]
        expect(len(running) == 3, f"compute nodes: {running}")

    def expect_nothing(self):
        expect(self.account.stacks() == {}, f"left over: {self.account.stacks()}")
        self.expect_once()
        self.expect_events()
        for group, states in self.account.instances().items():
            expect(set(states) == {"terminated"}, f"{group}: {states}")
        expect(self.account.ask("ec2", "describe_network_interfaces")["NetworkInterfaces"] == [],
               "network interfaces are left over")
        kept = [volume for volume in self.account.ask("ec2", "describe_volumes")["Volumes"]
                if any(tag["Key"] == "hpcwiz:cluster" for tag in volume.get("Tags", []))]
        expect(len(kept) == 1 and kept[0]["State"] == "available", f"data volumes: {kept}")

    def expect_simulator(self, seen):
        """The simulator's own books say what botocore read."""
        with open(os.path.join(self.where, "state.json")) as file:
            stacks = json.load(file)["stacks"]
        held = {stack["StackName"]: stack["StackStatus"] for stack in stacks
                if stack["StackStatus"] != "DELETE_COMPLETE"}
        expect(held == seen, f"the simulator holds {held}, botocore read {seen}")


def play(seed):
    """The schedule, with what went wrong, if anything did."""
    schedule = Schedule(seed)
    try:
        schedule.play()
    except (Exception, SystemExit) as error:
        schedule.wrong = f"{type(error).__name__}: {error}"
    return schedule


def number(place, name, otherwise):
    return int(sys.argv[place] if len(sys.argv) > place else os.environ.get(name) or otherwise)


def main():
    count, first = number(1, "HPCWIZ_SIM_SCHEDULES", 20), number(2, "HPCWIZ_SEED", 1)
    rig.watchdog(600 + 30 * count)
    print(f"{count} schedules, seeds {first} to {first + count - 1}", flush=True)
    begun, done = time.monotonic(), []
    with concurrent.futures.ThreadPoolExecutor(SIDE) as pool:
        playing = [pool.submit(play, seed) for seed in range(first, first + count)]
        for end in concurrent.futures.as_completed(playing):
            schedule = end.result()
            done.append(schedule)
            if schedule.wrong:
                print(f"{schedule}\n    after {schedule.runs} runs: {schedule.wrong}", flush=True)
    failed = [str(schedule.seed) for schedule in done if schedule.wrong]
    print(f"{count - len(failed)} of {count} ended right in {time.monotonic() - begun:.0f} s: "
          f"{sum(s.runs for s in done)} runs of hpcwiz, {sum(s.killed for s in done)} killed, "
          f"{sum(s.visited for s in done)} visited, {sum(s.seen for s in done)} stack events")
    if failed:
        rig.fail("seeds " + ", ".join(failed))


main()

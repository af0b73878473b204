#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The wizard in a real terminal: the whole way with Enter alone, a failure and its bundle, a
cluster that is deployed again, logging in to nodes, two clusters, a deployment that is taken
up."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
import walk  # noqa: E402


def whole_way(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo --speed 400") as shown:
        shown.wait("New cluster")
        seen = walk.walk_to_review(shown)
        if seen != walk.PAGES:
            rig.fail(f"pages in this order: {seen}")
        walk.deploy_from_review(shown)
        shown.wait(r"✓ riskgrid-compute-std")
        picture = walk.settled(shown)
        for stack in ("foundation", "sql", "head", "compute-std"):
            if f"✓ riskgrid-{stack}" not in picture:
                rig.fail(f"riskgrid-{stack} is not complete:\n{picture}")
        shown.keys("l")
        shown.wait(r"NODE +STAGE.*HPCWIZ stage=signal status=done")
        copied(shown)
        walk.discard_and_quit(shown)


def copied(shown):
    """A marked line is in the clipboard that tmux keeps."""
    shown.takes_clipboard()
    shown.keys("Tab", ":")
    shown.wait("Time or stage")
    shown.line("signal")
    shown.wait(r"▸[^\n]*HPCWIZ stage=signal")
    shown.keys("b")
    shown.wait(r"◆[^\n]*HPCWIZ stage=signal")
    shown.keys("y")
    shown.wait("Handed 1 line")
    text = shown.clipboard()
    if not re.fullmatch(r"\S+Z HPCWIZ stage=signal status=\S+ code=0 msg=\"[^\n]*\"", text):
        rig.fail(f"not the line that was marked: {text!r}")


def write_bundle(where, shown):
    """The key b: shows what goes in, and writes it where it is told, names replaced."""
    path = os.path.join(where, "out.tar.gz")
    shown.keys("b")
    picture = shown.wait(r"KiB  the logs of the nodes.*yes/no")
    for part in ("the answers", "generated templates", "event by event", "the findings"):
        if part not in picture:
            rig.fail(f"the preview lacks {part}:\n{picture}")
    if os.path.exists(path):
        rig.fail("written before it was agreed to")
    shown.keys("C-u")
    shown.line("perhaps")
    shown.wait("yes or no")
    shown.keys("C-u")
    shown.line("yes")
    shown.wait("Write it to")
    shown.keys("C-u")
    shown.text(path + "\rb")  # b again, while it is being packed, gives the path to no other
    shown.wait("Written: ")
    with tarfile.open(path) as archive:
        names = archive.getnames()
        events = archive.extractfile(next(n for n in names if n.endswith("events.jsonl"))).read()
    if not any("/logs/" in name for name in names) or not os.path.exists(path + ".map.json"):
        rig.fail(f"the bundle has no logs or no map: {names}")
    if b"corp.example.internal" in events or b"123456789012" in events:
        rig.fail("names were not replaced")
    shown.keys("b")
    shown.wait(r"KiB  the logs of the nodes.*yes/no")
    shown.keys("Escape")


def failing_scenario(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo --speed 400 --scenario certificate-13818",
                    columns=120, rows=40) as shown:
        shown.wait("New cluster")
        walk.walk_to_review(shown)
        walk.deploy_from_review(shown)
        shown.wait(r"✗")
        shown.keys("F9")
        shown.wait(r"13818|AT_SIGNATURE")  # the exit code, or what setup wrote of it
        write_bundle(where, shown)
        shown.keys("F2", "Home", *["Down"] * 10, "Enter")
        shown.wait("What is complete stays")
        shown.keys("D")
        shown.wait("Type the cluster's name")


def one_node_more(shown):
    shown.keys("F2", "Home", *["Down"] * 5, "Enter")
    shown.wait("How large and how many")
    for _ in range(12):
        if re.search(r"▸ Nodes +\d", walk.settled(shown)):
            break
        shown.keys("Down")
    shown.keys("C-u")
    shown.line("5")
    shown.wait(r"Nodes +5")
    shown.keys("F2", "Home", *["Down"] * 9, "Enter")
    shown.wait(r"(?m)^ Review .*passed")
    shown.keys("D")
    shown.wait("Cluster name|cluster's name")
    walk.settled(shown)
    shown.line("riskgrid")


def logs_of(shown, path):
    """What the log page has of all nodes: (node, file, text) of each line."""
    shown.keys("l")
    shown.wait(r"std-05[^\n]*ready")
    shown.keys("m")
    shown.wait("all nodes")
    shown.wait(r"std-05 [^\n]*stage=signal status=done")  # its log ends with that
    shown.keys("s")
    shown.wait("Save the log")
    shown.keys("C-u")
    shown.line(path)
    shown.wait("Saved [0-9]+ lines")
    with open(path) as lines:
        return [tuple(line.rstrip("\n").split(" ", 3)[1:]) for line in lines]


def deployed_again(where):
    """A cluster that gets one node more: the logs of the others go on, and no line is there twice;
    the stages of the nodes stand on the deploy page again."""
    with rig.screen(where, f"{rig.HPCWIZ} --demo --speed 400", columns=120, rows=40) as shown:
        shown.wait("New cluster")
        walk.walk_to_review(shown)
        walk.deploy_from_review(shown)
        shown.wait("Deployed in")
        one_node_more(shown)
        shown.wait("elapsed")
        shown.wait("Deployed in")
        shown.keys("Home", "Down", "Right")
        shown.wait(r"sql +signal +✓|sql .*ready")
        lines = logs_of(shown, os.path.join(where, "logs.txt"))
        stages = [line for line in lines if "HPCWIZ stage=" in line[2]]
        twice = {line for line in stages if stages.count(line) > 1}
        if twice:
            rig.fail(f"{len(twice)} of {len(stages)} stage lines stand twice: {sorted(twice)[:3]}")
        nodes = {line[0] for line in stages if "stage=signal status=done" in line[2]}
        if nodes != {"sql", "head", "std-01", "std-02", "std-03", "std-04", "std-05"}:
            rig.fail(f"the logs are of {sorted(nodes)}")
        walk.discard_and_quit(shown)


def follow_cluster(shown):
    shown.wait("Follow . riskgrid")
    shown.keys("End", "Enter")


def login_asked(where):
    """A key file with a passphrase, known only once a cluster is chosen; then none at all."""
    key = os.path.join(where, "hpc-admin.pem")
    own = os.path.join(where, "home", ".ssh")
    with rig.simulator(where, "--speed", "300") as url:
        path = rig.cluster_file(where, url)
        rig.run(where, "deploy", path, "--yes", "--json", "--endpoint-url", url, "--key-file", key)
        os.makedirs(own, 0o700)
        sealed = os.path.join(own, "hpc-admin.pem")
        subprocess.run(["openssl", "rsa", "-aes256", "-passout", "pass:open sesame", "-in", key,
                        "-out", sealed], check=True, capture_output=True)
        more = {"XDG_STATE_HOME": where, "AWS_ENDPOINT_URL": url, "HOME": os.path.dirname(own)}
        with rig.folder() as inner, rig.screen(inner, rig.HPCWIZ, **more) as shown:
            follow_cluster(shown)
            shown.wait("It opens the passwords.*Passphrase, Esc")
            walk.settled(shown)
            shown.line("sesame")
            shown.wait("That passphrase does not fit.*Passphrase, Esc")
            walk.settled(shown)
            shown.text("open sesame")
            if "sesame" in shown.wait("typed, not shown"):
                rig.fail("a passphrase on the screen:\n" + shown.picture())
            shown.keys("Enter")
            shown.keys("l")
            shown.wait(r"sql[^\n]*ready")
        os.unlink(sealed)
        with rig.folder() as inner, rig.screen(inner, rig.HPCWIZ, **more) as shown:
            follow_cluster(shown)
            shown.wait("Who logs in.*User, Esc to leave")
            walk.settled(shown)
            shown.line("Administrator")
            shown.wait("Who logs in.*Password, Esc")
            walk.settled(shown)
            shown.line("not this one")
            shown.keys("l")
            if "Password, Esc" in shown.wait("NODE +STAGE"):
                rig.fail("a wrong password is asked for again, which may lock the account")


def two_clusters(where):
    """From one cluster to another and back: each has its own lines alone, each line once."""
    key = os.path.join(where, "hpc-admin.pem")
    with rig.simulator(where, "--speed", "400") as url:
        vpc = rig.vpc_prefix(where, url)
        other = {"cluster": "other", "network.hosted_zone": "Z09876543210JIHGFEDCB",
                 "network.zone_name": "corp.example.internal",
                 "network.sql_address": vpc + ".1.15", "network.head_address": vpc + ".1.16"}
        for settings in ({}, other):
            path = os.path.join(where, settings.get("cluster", "riskgrid") + ".yaml")
            os.rename(rig.cluster_file(where, url, **settings), path)
            rig.run(where, "deploy", path, "--yes", "--json", "--endpoint-url", url,
                    "--key-file", key)
        with rig.folder() as inner, rig.screen(inner, f"{rig.HPCWIZ} --key-file {key}", columns=120,
                                               rows=40, XDG_STATE_HOME=where,
                                               AWS_ENDPOINT_URL=url) as shown:
            shown.wait("Follow . riskgrid")
            seen = []
            for cluster in ("riskgrid", "other", "riskgrid"):
                choose_cluster(shown, cluster)
                seen.append(boots_of(shown, os.path.join(where, f"{len(seen)}.txt")))
            for boots in seen:
                if sorted(node for node, _ in boots) != ["head", "sql", "std-01", "std-02"]:
                    rig.fail(f"the logs tell of these boots: {seen}")
            if sorted(seen[0]) != sorted(seen[2]) or set(seen[0]) & set(seen[1]):
                rig.fail(f"the clusters' lines are mixed: {seen}")


def choose_cluster(shown, cluster):
    """On the start page, whichever place it has in the list."""
    shown.keys("F2", "Home", "Enter")
    picture = shown.wait("Follow . riskgrid")
    names = re.findall(r"Follow . (\w+)", picture)
    shown.keys("Home", *["Down"] * (3 + names.index(cluster)), "Enter")
    shown.wait(rf"(?m)^ hpcwiz +{cluster} ")
    shown.wait("Deployed in|Nothing|in place|complete")


def boots_of(shown, path):
    """Each node that tells of its boot in the merged logs, with its instance."""
    shown.keys("l")
    shown.wait(r"(?s)(ready.*){4}")
    if "all nodes" not in shown.picture():
        shown.keys("m")
        shown.wait("all nodes")
    shown.wait("(?s)(std-0[12][^\\n]*stage=signal status=done.*){2}")
    shown.keys("s")
    shown.wait("Save the log")
    shown.keys("C-u")
    shown.line(path)
    shown.wait("Saved")
    text = open(path).read()
    return re.findall(r"(?m)^\S+ (\S+) \S+ .*stage=boot status=started.*Windows starts on (i-\w+)",
                      text)


def take_up(where):
    """Hung up in the middle of a deployment: the start page follows it, and the wizard deploys on
    from where it stands."""
    with rig.simulator(where, "--speed", "300") as url:
        path = rig.cluster_file(where, url)
        with rig.folder() as inner, rig.screen(inner, f"{rig.HPCWIZ} {path}",
                                               XDG_STATE_HOME=where, AWS_ENDPOINT_URL=url) as shown:
            shown.wait("Checks|Review")
            walk.walk_to_review(shown)
            walk.deploy_from_review(shown)
            shown.wait("✓ riskgrid-foundation")
            os.kill(shown.pid("hpcwiz"), signal.SIGHUP)
            walk.terminal_is_back(shown)
        with rig.folder() as inner, rig.screen(inner, rig.HPCWIZ, XDG_STATE_HOME=where,
                                               AWS_ENDPOINT_URL=url) as shown:
            shown.wait("Follow . riskgrid")
            shown.keys("End", "Enter")
            picture = shown.wait("Following|elapsed")
            if "Nothing is deployed" in picture:
                rig.fail("a followed deployment is said not to be there:\n" + picture)
            shown.wait("✓ riskgrid-foundation")
            shown.keys("F2", "Home", *["Down"] * 9, "Enter")
            shown.wait(r"(?m)^ Review ")
            shown.keys("D")
            shown.wait("Cluster name")
            walk.settled(shown)
            shown.line("riskgrid")
            shown.wait(r"✓ riskgrid-compute-std")


def stuck_rollback(where):
    """An update that could be neither made nor undone: the wizard, opened on it anew, knows what
    could not go back, refuses what is none of that, and goes on without what is named."""
    scenario = os.path.join(where, "once.yaml")
    with open(scenario, "w") as file:
        file.write("name: once\nsummary: only the first SQL Server instance can be launched\n"
                   "extends: ok\nlaunch_failure:\n  sql:\n    attempts: later\n"
                   "    text: \"We currently do not have sufficient {type} capacity\"\n")
    shutil.copy(os.path.join(rig.SOURCE, "templates/scenarios/ok.yaml"), where)
    with rig.simulator(where, "--speed", "300", "--scenario", scenario) as url:
        path = rig.cluster_file(where, url)
        deploy = ("deploy", path, "--yes", "--endpoint-url", url)
        rig.run(where, *deploy)
        text = open(path).read()
        with open(path, "w") as file:
            file.write(text.replace("r6i.xlarge", "r6i.2xlarge"))
        rig.run(where, *deploy, status=1)
        with rig.folder() as inner, rig.screen(inner, rig.HPCWIZ, XDG_STATE_HOME=where,
                                               AWS_ENDPOINT_URL=url) as shown:
            shown.wait("Follow . riskgrid")
            shown.keys("End", "Enter")
            shown.wait("Stuck: correct the cause")
            shown.keys("r")
            shown.wait("before the update: SqlGroup")
            shown.line("SqlVolume")
            shown.wait("'SqlVolume' is none of the resources")
            shown.keys("C-u")
            shown.line("SqlGroup")
            shown.wait("Rolled back; what was there before is there again")
            shown.keys("F10")
            walk.terminal_is_back(shown, 0)
        seen = rig.json_lines(rig.run(where, "status", path, "--json", "--endpoint-url", url))
        statuses = {line["stack"]: line["status"] for line in seen if line["type"] == "event"}
        if statuses.get("riskgrid-sql") != "UPDATE_ROLLBACK_COMPLETE":
            rig.fail(f"after the rollback: {statuses}")


CASES = [whole_way, failing_scenario, deployed_again, login_asked, two_clusters, take_up,
         stuck_rollback]


rig.run_cases(CASES, 1200)

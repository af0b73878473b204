#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The wizard in a real terminal: the whole way with Enter alone, resizing, wide characters,
job control, crashes. Each case runs by itself; names on the command line choose some."""
import os
import re
import shutil
import signal
import sys
import tarfile
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

PAGES = ["Account", "Network", "Directory", "Images", "Nodes", "HPC Pack", "Secrets", "Checks",
         "Review"]


def settled(shown):
    """The picture once it no longer changes."""
    last = shown.picture()
    while True:
        time.sleep(0.25)
        picture = shown.picture()
        if picture == last:
            return picture
        last = picture


def current_page(picture):
    """The step that is marked in the list at the left; "" on a page without that list."""
    if re.search(r"^ Review ", picture, re.M):
        return "Review"
    seen = re.search(r"^ [▸>] (\S.*?)(?:  |$)", picture, re.M)
    return seen.group(1).strip() if seen else ""


def walk_to_review(shown):
    """Presses Enter until the review is there; returns the pages that came by."""
    seen = []
    for _ in range(120):
        page = current_page(settled(shown))
        if page and (not seen or seen[-1] != page):
            seen.append(page)
        if page == "Review":
            return [name for name in seen if name in PAGES]
        shown.keys("Enter")
    rig.fail(f"Enter does not lead to the review; pages seen: {seen}\n{shown.picture()}")


def deploy_from_review(shown):
    shown.keys("Enter")  # reads the first file
    settled(shown)
    shown.keys("Enter")  # goes on
    picture = shown.wait("cluster's name|Cluster name|cluster name")
    if "elapsed" in picture:
        rig.fail("deployed without having asked for the cluster's name")
    settled(shown)
    shown.line("riskgrid")


def discard_and_quit(shown):
    shown.keys("F10")
    shown.wait("Quit hpcwiz.")
    shown.keys("d")
    terminal_is_back(shown, 0)


def whole_way(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo --speed 400") as shown:
        shown.wait("New cluster")
        seen = walk_to_review(shown)
        if seen != PAGES:
            rig.fail(f"pages in this order: {seen}")
        deploy_from_review(shown)
        shown.wait(r"✓ riskgrid-compute-std")
        picture = settled(shown)
        for stack in ("foundation", "sql", "head", "compute-std"):
            if f"✓ riskgrid-{stack}" not in picture:
                rig.fail(f"riskgrid-{stack} is not complete:\n{picture}")
        shown.keys("l")
        shown.wait(r"NODE +STAGE.*HPCWIZ stage=signal status=done")
        copied(shown)
        discard_and_quit(shown)


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
    shown.line(path)
    shown.wait("Written: ")
    with tarfile.open(path) as archive:
        names = archive.getnames()
        events = archive.extractfile(next(n for n in names if n.endswith("events.jsonl"))).read()
    if not any("/logs/" in name for name in names) or not os.path.exists(path + ".map.json"):
        rig.fail(f"the bundle has no logs or no map: {names}")
    if b"corp.example.internal" in events or b"123456789012" in events:
        rig.fail("names were not replaced")


def failing_scenario(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo --speed 400 --scenario certificate-13818",
                    columns=120, rows=40) as shown:
        shown.wait("New cluster")
        walk_to_review(shown)
        deploy_from_review(shown)
        shown.wait(r"✗")
        shown.keys("F9")
        shown.wait(r"13818|AT_SIGNATURE")  # the exit code, or what setup wrote of it
        write_bundle(where, shown)
        shown.keys("F2", "Home", *["Down"] * 10, "Enter")
        shown.wait("What is complete stays")
        shown.keys("D")
        shown.wait("Type the cluster's name")


def deploy_again(shown):
    """From the findings page, by what it says, to a whole cluster."""
    shown.wait("D deploy again")
    shown.keys("D")
    shown.wait("Cluster name|cluster's name")
    settled(shown)
    shown.line("riskgrid")
    shown.wait(r"✓ riskgrid-compute-std")


def mended(where, scenario, cause, mend=None, speed=300):
    """A failure, its cause, what to do, and the cluster that is whole after it."""
    with rig.screen(where,
                    f"{rig.HPCWIZ} --demo --speed {speed} --scenario {scenario}") as shown:
        shown.wait("New cluster")
        walk_to_review(shown)
        deploy_from_review(shown)
        shown.wait(r"✗")
        shown.keys("F9")
        shown.wait(cause)
        shown.wait("press D")
        shown.wait("D deploy again")  # the rollback is over
        if mend:
            mend(shown)
            deploy_what_was_mended(shown)
        else:
            deploy_again(shown)


def leads_to(shown, field):
    """Enter goes from the finding to this very question."""
    shown.keys("Enter")
    shown.wait(rf"▸ {field} ")


def deploy_what_was_mended(shown):
    """What is mended is an answer: the checks run anew before it is deployed again."""
    shown.keys("F2", "Home", *["Down"] * 12, "Enter")
    shown.wait("D deploy again")
    shown.keys("D")
    shown.wait(r"Cluster name|passed")
    if "Cluster name" not in settled(shown):
        shown.keys("D")  # as the page says: once the checks are done
    shown.wait("Cluster name")
    settled(shown)
    shown.line("riskgrid")
    shown.wait(r"✓ riskgrid-compute-std")


def mended_domain(where):
    mended(where, "domain-unreachable", "No domain controller|cannot be found")


def mended_secret(where):
    def look_and_come_back(shown):
        leads_to(shown, "PFX password")

    mended(where, "secret-missing", "does not exist", look_and_come_back)


def mended_media(where):
    mended(where, "media-denied", "cannot be read from S3")


def mended_login(where):
    mended(where, "sql-login-failed", "refuses the login")


def mended_certificate(where):
    def another_name(shown):
        leads_to(shown, "Certificate")
        shown.keys("C-u")
        shown.line("HPC Pack 2")
        shown.wait("press D")  # back at the finding

    mended(where, "certificate-13818", "cannot be used by HPC Pack", another_name,
           speed=100)  # its log must have been read before the rollback takes the node


def mended_share(where):
    """The nodes wait in vain until their time is over; what was in the way is gone by then."""
    mended(where, "no-signal", "share of the head node cannot be reached")


def another_type(shown):
    """From the finding by Enter to the type of the group, and another one from the list."""
    leads_to(shown, "Type")
    shown.keys("Space")
    settled(shown)
    shown.keys("Down", "Enter")
    if re.search(r"Type +c6i.4xlarge", settled(shown)):
        rig.fail("the type is the same as before:\n" + shown.picture())


def mended_capacity(where):
    mended(where, "insufficient-capacity", "free in eu-central-1", another_type)


def one_node_more(shown):
    shown.keys("F2", "Home", *["Down"] * 5, "Enter")
    shown.wait("How large and how many")
    for _ in range(12):
        if re.search(r"▸ Nodes +\d", settled(shown)):
            break
        shown.keys("Down")
    shown.keys("C-u")
    shown.line("5")
    shown.wait(r"Nodes +5")
    shown.keys("F2", "Home", *["Down"] * 9, "Enter")
    shown.wait(r"(?m)^ Review .*passed")
    shown.keys("D")
    shown.wait("Cluster name|cluster's name")
    settled(shown)
    shown.line("riskgrid")


def logs_of(shown, path):
    """What the log page has of all nodes: (node, file, text) of each line."""
    shown.keys("l")
    shown.wait(r"std-05[^\n]*ready")
    shown.keys("m")
    shown.wait("all nodes")
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
        walk_to_review(shown)
        deploy_from_review(shown)
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
            rig.fail(f"{len(twice)} of {len(stages)} stage lines more than once: {sorted(twice)[:3]}")
        nodes = {line[0] for line in stages if "stage=signal status=done" in line[2]}
        if nodes != {"sql", "head", "std-01", "std-02", "std-03", "std-04", "std-05"}:
            rig.fail(f"the logs are of {sorted(nodes)}")
        discard_and_quit(shown)


def take_up(where):
    """Hung up in the middle of a deployment: the start page follows it, and the wizard deploys on
    from where it stands."""
    with rig.simulator(where, "--speed", "300") as url:
        path = rig.cluster_file(where, url)
        with rig.folder() as inner, rig.screen(inner, f"{rig.HPCWIZ} {path}",
                                               XDG_STATE_HOME=where, AWS_ENDPOINT_URL=url) as shown:
            shown.wait("Checks|Review")
            walk_to_review(shown)
            deploy_from_review(shown)
            shown.wait("✓ riskgrid-foundation")
            os.kill(shown.pid("hpcwiz"), signal.SIGHUP)
            terminal_is_back(shown)
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
            settled(shown)
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
            terminal_is_back(shown, 0)
        seen = rig.json_lines(rig.run(where, "status", path, "--json", "--endpoint-url", url))
        statuses = {line["stack"]: line["status"] for line in seen if line["type"] == "event"}
        if statuses.get("riskgrid-sql") != "UPDATE_ROLLBACK_COMPLETE":
            rig.fail(f"after the rollback: {statuses}")


def to_account(shown):
    shown.wait("New cluster")
    shown.keys("Enter")
    settled(shown)
    shown.keys("Enter")
    shown.wait("Region")


def sizes(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo") as shown:
        to_account(shown)
        for columns, rows in ((120, 40), (200, 60), (81, 25), (80, 24)):
            shown.resize(columns, rows)
            shown.wait("Region")
            picture = settled(shown)
            lines = picture.rstrip("\n").split("\n")
            if max(len(line) for line in lines) > columns or len(lines) != rows:
                rig.fail(f"the picture does not fit {columns}x{rows}:\n{picture}")
            if "F1" not in lines[-1]:
                rig.fail(f"no key line at {columns}x{rows}:\n{picture}")
        shown.resize(40, 10)
        shown.wait("80")
        shown.resize(80, 24)
        shown.wait("Region")


def wide_characters(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo") as shown:
        to_account(shown)
        shown.keys("F6")  # more questions
        shown.wait("Tags")
        shown.keys("Down", "Down", "Down", "Down", "Down", "Down")
        settled(shown)
        shown.text("Team=世界e\u0301ok")
        picture = shown.wait("Team=世界e\u0301ok")
        rules = [line for line in picture.split("\n") if line.startswith("──")]
        if not rules or any(len(rule) != 80 for rule in rules):
            rig.fail("the frame is torn:\n" + picture)


def terminal_is_back(shown, code=5):
    """And the program ended with that exit code: 5 of a signal; a leak would make another of it."""
    shown.wait(r"(?m)^ready> *$")
    shown.line("code=$?; clear; stty -a; echo THE-END $code")
    picture = shown.wait(r"(?m)^THE-END \d+$")  # not the line that asks for it
    if f"THE-END {code}" not in picture:
        rig.fail(f"the exit code is not {code}:\n{picture}")
    for mode in ("icanon", "echo", "isig", "opost"):
        if not re.search(rf"(^|\s){mode}(;|\s|$)", picture):
            rig.fail(f"the terminal was left without {mode}:\n{picture}")


def crash(where):
    for number, code in ((signal.SIGSEGV, 139), (signal.SIGABRT, 134), (signal.SIGTERM, 5),
                         (signal.SIGHUP, 5)):
        with rig.folder() as inner, rig.screen(
                inner, rig.HPCWIZ, ASAN_OPTIONS="handle_segv=0:handle_abort=0") as shown:
            shown.wait("New cluster")
            pid = rig.wait_for(lambda: shown.pid("hpcwiz"), "the process")
            os.kill(pid, number)
            terminal_is_back(shown, code)


def job_control(where):
    with rig.screen(where, rig.HPCWIZ) as shown:
        shown.wait("New cluster")
        shown.keys("C-z")
        shown.wait(r"(?m)^ready> *$")
        shown.line("fg")
        shown.wait("New cluster")
        shown.keys("F10")
        terminal_is_back(shown, 0)


def paste(where):
    """What is pasted sends nothing off: neither its line ends nor its letters are keys."""
    with rig.screen(where, f"{rig.HPCWIZ} --demo") as shown:
        shown.wait("New cluster")
        shown.paste("D\nq\n")
        shown.wait("takes a pasted text")
        shown.keys("Enter")
        shown.wait("Cluster name")
        settled(shown)
        shown.paste("alpha\nbeta\n")
        shown.wait("Cluster name +alpha beta")
        shown.keys("C-z")
        shown.wait(r"(?m)^ready> *$")
        shown.paste("echo not-bracketed")
        shown.wait("echo not-bracketed")
        if "200~" in shown.picture():
            rig.fail("the terminal still marks pastes:\n" + shown.picture())


def plain_interrupted(where):
    """Ctrl-C in --plain loses no answer."""
    with rig.screen(where, f"{rig.HPCWIZ} --demo --plain") as shown:
        shown.wait(r"What to do \[1\]:")
        shown.keys("Enter")
        shown.wait(r"Cluster name")
        shown.line("keepme")
        shown.wait(r"Region \[")
        shown.keys("C-c")
        shown.wait("The answers are in keepme-unsaved.yaml")
        terminal_is_back(shown)
    if "cluster: keepme" not in open(os.path.join(where, "keepme-unsaved.yaml")).read():
        rig.fail("the answers are not in the file")


def hung_up(where):
    """A terminal that goes away is told of more than once; the answers are saved all the same."""
    with rig.screen(where, f"{rig.HPCWIZ} --demo; echo gone=$?") as shown:
        shown.wait("New cluster")
        shown.keys("Enter")
        shown.wait("Cluster name")
        shown.keys("C-u")
        shown.line("hungup")
        shown.wait("hungup")
        settled(shown)
        pid = rig.wait_for(lambda: shown.pid("hpcwiz"), "the process")
        try:
            while True:
                os.kill(pid, signal.SIGHUP)
                time.sleep(0.002)  # a slow program must get a turn between two of them
        except ProcessLookupError:
            pass
        shown.wait("gone=5")
    if "cluster: hungup" not in open(os.path.join(where, "hungup-unsaved.yaml")).read():
        rig.fail("the answers are not in the file")


def no_colour(where):
    with rig.screen(where, f"NO_COLOR=1 {rig.HPCWIZ}") as shown:
        shown.wait("New cluster")
        settled(shown)
        if re.search(r"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|38|48)[;m]", shown.picture(colours=True)):
            rig.fail("colours in spite of NO_COLOR")


def ascii_only(where):
    with rig.screen(where, f"{rig.HPCWIZ} --ascii") as shown:
        shown.wait("New cluster")
        picture = settled(shown)
        if not picture.isascii():
            rig.fail("signs that are not ASCII:\n" + picture)


CASES = [whole_way, failing_scenario, mended_domain, mended_secret, mended_media, mended_login,
         mended_certificate, mended_share, mended_capacity, deployed_again, take_up, stuck_rollback,
         sizes, wide_characters, crash, job_control, paste, hung_up, plain_interrupted, no_colour,
         ascii_only]


rig.run_cases(CASES, 1200)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The wizard and its terminal: sizes, wide characters, job control, crashes, a line that hangs up,
colours and signs."""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
import walk  # noqa: E402


def to_account(shown):
    shown.wait("New cluster")
    shown.keys("Enter")
    walk.settled(shown)
    shown.keys("Enter")
    shown.wait("Region")


def sizes(where):
    with rig.screen(where, f"{rig.HPCWIZ} --demo") as shown:
        to_account(shown)
        for columns, rows in ((120, 40), (200, 60), (81, 25), (80, 24)):
            shown.resize(columns, rows)
            shown.wait("Region")
            picture = walk.settled(shown)
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
        walk.settled(shown)
        shown.text("Team=世界e\u0301ok")
        picture = shown.wait("Team=世界e\u0301ok")
        rules = [line for line in picture.split("\n") if line.startswith("──")]
        if not rules or any(len(rule) != 80 for rule in rules):
            rig.fail("the frame is torn:\n" + picture)


def crash(where):
    for number, code in ((signal.SIGSEGV, 139), (signal.SIGABRT, 134), (signal.SIGTERM, 5),
                         (signal.SIGHUP, 5)):
        with rig.folder() as inner, rig.screen(
                inner, rig.HPCWIZ, ASAN_OPTIONS="handle_segv=0:handle_abort=0") as shown:
            shown.wait("New cluster")
            pid = rig.wait_for(lambda: shown.pid("hpcwiz"), "the process")
            os.kill(pid, number)
            walk.terminal_is_back(shown, code)


def job_control(where):
    with rig.screen(where, rig.HPCWIZ) as shown:
        shown.wait("New cluster")
        shown.keys("C-z")
        shown.wait(r"(?m)^ready> *$")
        shown.line("fg")
        shown.wait("New cluster")
        shown.keys("F10")
        walk.terminal_is_back(shown, 0)


def paste(where):
    """What is pasted sends nothing off: neither its line ends nor its letters are keys."""
    with rig.screen(where, f"{rig.HPCWIZ} --demo") as shown:
        shown.wait("New cluster")
        shown.paste("D\nq\n")
        shown.wait("takes a pasted text")
        shown.keys("Enter")
        shown.wait("Cluster name")
        walk.settled(shown)
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
        walk.terminal_is_back(shown)
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
        walk.settled(shown)
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


def home_and_end(where):
    """Where TERM names another terminal than the real one, its keys are known all the same."""
    with rig.screen(where, f"env TERM=xterm-256color {rig.HPCWIZ} --demo") as shown:
        shown.wait("▸ New cluster")
        shown.keys("End")
        shown.wait("▸ About this demo")
        shown.keys("Home")
        shown.wait("▸ New cluster")
        shown.keys("F10", "y")


def no_colour(where):
    with rig.screen(where, f"NO_COLOR=1 {rig.HPCWIZ}") as shown:
        shown.wait("New cluster")
        walk.settled(shown)
        if re.search(r"\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|38|48)[;m]", shown.picture(colours=True)):
            rig.fail("colours in spite of NO_COLOR")


def ascii_only(where):
    with rig.screen(where, f"{rig.HPCWIZ} --ascii") as shown:
        shown.wait("New cluster")
        picture = walk.settled(shown)
        if not picture.isascii():
            rig.fail("signs that are not ASCII:\n" + picture)


CASES = [sizes, wide_characters, crash, job_control, paste, hung_up, plain_interrupted,
         home_and_end, no_colour, ascii_only]


rig.run_cases(CASES, 600)

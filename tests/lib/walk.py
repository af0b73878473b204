# SPDX-License-Identifier: Apache-2.0
"""The way through the wizard, as somebody goes who presses Enter."""
import re
import time

import rig

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


def discard_and_quit(shown):
    shown.keys("F10")
    shown.wait("Quit hpcwiz.")
    shown.keys("d")
    terminal_is_back(shown, 0)

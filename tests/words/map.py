#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The map in HACKING.md names every file of the tree once, and none that is gone."""
import os
import re
import sys

SOURCE = os.path.abspath(os.environ.get("HPCWIZ_SOURCE", "."))
TOPS = ("src", "ui", "templates", "tests")
ENDINGS = (".c", ".h", ".py", ".sh", ".sql", ".ps1", ".hcl", ".yaml", ".cs", ".js", ".psm1", ".csproj")
# Many files of one kind, told of by a sentence of their folder.
WHOLE = ("tests/screens/cases", "tests/fuzz/corpus")


def files_of_tree():
    for top in TOPS:
        for folder, _, names in os.walk(os.path.join(SOURCE, top)):
            place = os.path.relpath(folder, SOURCE)
            if place.startswith(WHOLE) or "__pycache__" in place:
                continue
            yield from (f"{place}/{name}" for name in names if name.endswith(ENDINGS))


def files_of_map():
    text = open(os.path.join(SOURCE, "HACKING.md")).read()
    block = re.search(r"^## The map\n+```\n(.*?)^```", text, re.M | re.S).group(1)
    folder = ""
    for line in block.splitlines():
        entry = re.match(r"    (\S+)  +\S", line)
        if re.match(r"\S+/$", line):
            folder = line
        elif entry:
            name = entry.group(1)
            both = name.endswith(".[ch]")
            yield from (folder + name[:-4] + end for end in "ch") if both else (folder + name,)
        else:
            sys.exit(f"HACKING.md: the map has a line that is neither folder nor file: {line!r}")


def main():
    here, told = set(files_of_tree()), list(files_of_map())
    wrong = [f"not in the map: {path}" for path in sorted(here - set(told))]
    wrong += [f"in the map, but not in the tree: {path}" for path in sorted(set(told) - here)
              if path.endswith(ENDINGS)]
    wrong += [f"twice in the map: {path}" for path in sorted(set(told)) if told.count(path) > 1]
    for line in wrong:
        print("HACKING.md:", line)
    sys.exit(1 if wrong else 0)


main()

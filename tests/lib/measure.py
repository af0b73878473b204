# SPDX-License-Identifier: Apache-2.0
"""What the parts of `make bench` share: rows of its table, and what a process takes."""
import os
import re


def row(what, value, target=""):
    print(f"{what:<52} {value:>12}   {target}", flush=True)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms"


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1))


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_with_children(pid):
    """Its own, of those that it waited for, and of those that it still has."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    waited = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    return cpu_seconds(pid) + waited + sum(cpu_seconds(int(child)) for child in children)


def within(values, percent):
    """What so many percent of the values do not exceed."""
    return sorted(values)[max(0, len(values) * percent // 100 - 1)]

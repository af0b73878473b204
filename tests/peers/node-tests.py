#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The decision path of a finding, from command to command: what diagnose asks, the test on the
node, and the next question or the cause."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402


def arguments_of(question):
    return [word for name, value in question["arguments"].items()
            for word in ("--set", f"{name}={value}")]


def first_finding(where, url, cluster, key):
    lines = rig.json_lines(rig.run(where, "diagnose", cluster, "--json", "--endpoint-url", url,
                                   "--key-file", key))
    return next(line for line in lines if line["type"] == "finding")


def ask(where, url, cluster, key, question, *more, status=0):
    return rig.json_lines(rig.run(
        where, "diagnose", cluster, "--json", "--endpoint-url", url, "--key-file", key, "--test",
        question["test"], "--node", question["node"], *arguments_of(question), *more,
        status=status))


def refused(where, url, cluster, key, question):
    """Nothing runs that was not agreed to, is not in the list, or is no plain argument."""
    lines = ask(where, url, cluster, key, question, status=2)
    if "--yes" not in lines[-1]["next"]:
        rig.fail(f"without a terminal and without --yes: {lines}")
    for test, arguments in (("format", {}), ("name-resolves", {"Name": "a'; Restart-Computer"}),
                            ("name-resolves", {"Target": "a"}), ("name-resolves", {})):
        ask(where, url, cluster, key, {"test": test, "node": "sql", "arguments": arguments},
            "--yes", status=2)
    lines = ask(where, url, cluster, key, dict(question, node="nobody"), "--yes", status=1)
    if any(line["type"] == "test" for line in lines):
        rig.fail(f"a test ran on no node: {lines}")


def listed(where):
    tests = rig.json_lines(rig.run(where, "diagnose", "--list", "--json"))
    manual = open(os.path.join(rig.SOURCE, "man/hpcwiz.1"), encoding="utf-8").read()
    for test in tests[:-1]:
        if test["test"].replace("-", "\\-") not in manual:
            rig.fail(f"hpcwiz(1) does not name the test {test['test']}")


def main():
    rig.watchdog(300)
    with rig.folder() as where, rig.simulator(where, "--scenario", "domain-unreachable", "--speed",
                                              "100", "--seed", "7") as url:
        listed(where)
        cluster = rig.cluster_file(where, url, **{"deploy.on_failure": "keep"})
        key = os.path.join(where, "hpc-admin.pem")
        rig.run(where, "deploy", cluster, "--yes", "--json", "--endpoint-url", url, "--key-file",
                key, status=1)
        finding = first_finding(where, url, cluster, key)
        question = finding["questions"][-1]
        if question["answer"] != "none" or question["node"] != "sql" or finding["verdict"]:
            rig.fail(f"an open question on sql is expected: {finding}")
        text = rig.run(where, "diagnose", cluster, "--endpoint-url", url, "--key-file", key)
        for command in (f"hpcwiz diagnose {cluster} --test name-resolves --node sql "
                        "--set 'Name=corp.example.internal'", f"hpcwiz deploy {cluster} --retry"):
            if command not in text:
                rig.fail(f"the text for people lacks '{command}':\n{text}")
        refused(where, url, cluster, key, question)
        told = ask(where, url, cluster, key, question, "--yes")
        answer = next(line for line in told if line["type"] == "test")
        if answer["answer"] != "no" or answer["detail"] != "No such host is known":
            rig.fail(f"the node's answer: {answer}")
        finding = first_finding(where, url, cluster, key)
        if finding["questions"][0]["answer"] != "no" or "name servers" not in finding["verdict"] \
                or finding["action"] != "page:directory.domain":
            rig.fail(f"the answer leads to no cause: {finding}")
        text = rig.run(where, "diagnose", cluster, "--endpoint-url", url, "--key-file", key)
        if "no, No such host is known" not in text or finding["verdict"] not in text:
            rig.fail("the text for people lacks the answer or the cause:\n" + text)
    print("the answer of the node led to the cause")


main()

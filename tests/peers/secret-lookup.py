#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A secret that stands in the nodes' logs with nothing around it that looks like one: hidden on
the screen, in the journal, the bundle, the call log and a core dump of the process, since hpcwiz
knows its value; also in UTF-16, and cut between two reads. With --no-secret-lookup it is shown:
what hides it is the lookup."""
import glob
import os
import shutil
import signal
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

VALUE = "Quokka+Numbat-Wombat_77"  # as the demo account holds the service account's password
SCENARIO = """name: telltale
summary: A node that writes a password as if it were any word
extends: ok
roles:
  compute:
    - name: configure
      seconds: 60
      lines:
        - {{to: install, text: 'today the word is {value} and no other'}}
        - {{to: chainer, repeat: 700, text: '[{{time.chainer}}] [Info] {{n}} {value} {{nn}}'}}
        - {{to: install, repeat: 700, text: '{{n}}:{value}'}}
"""
SEEN = "‹hidden›"


def account(where):
    """The demo account with this value in it."""
    path = os.path.join(where, "account.yaml")
    text = open(os.path.join(rig.SOURCE, "templates/scenarios/account.yaml"), encoding="utf-8").read()
    if "not-a-secret-service" not in text:
        rig.fail("the demo account has no such parameter any more")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text.replace("not-a-secret-service", VALUE))
    return path


def holds(data):
    return [form for form in ("utf-8", "utf-16-le", "utf-32-le") if VALUE.encode(form) in data]


def must_not_hold(what, data):
    if holds(data):
        at = data.find(VALUE.encode(holds(data)[0]))
        rig.fail(f"{what} holds the value ({holds(data)}): {data[max(0, at - 120):at + 60]!r}")


def bundle(where, cluster, common):
    out = os.path.join(where, "out.tar.gz")
    rig.run(where, "bundle", cluster, "-o", out, *common)
    found = False
    with tarfile.open(out) as archive:
        for member in archive.getmembers():
            data = archive.extractfile(member).read() if member.isfile() else b""
            must_not_hold("bundle: " + member.name, data)
            found = found or SEEN.encode() in data
    if not found:
        rig.fail("the bundle has no log with the line")


def core(where, cluster, common):
    """Of the process that follows, after the lines went through it."""
    if b"__asan_init" in open(rig.HPCWIZ, "rb").read():
        print("a sanitized process is dumped with terabytes of shadow: left out")
        return False
    log = os.path.join(where, "followed")
    with open(log, "wb") as out:
        child = subprocess.Popen([rig.HPCWIZ, "logs", cluster, "--follow", *common], stdout=out,
                                 stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                 env=rig.environment(where))
    try:
        rig.wait_for(lambda: open(log, "rb").read().count(SEEN.encode()) > 2000, "the lines")
        must_not_hold("standard output", open(log, "rb").read())
        dumped = subprocess.run(["gcore", "-o", os.path.join(where, "core"), str(child.pid)],
                                capture_output=True, text=True)
        cores = glob.glob(os.path.join(where, "core.*"))
        if not cores:
            print("no core dump can be made here:", dumped.stderr.strip()[-200:])
            return False
        data = open(cores[0], "rb").read()
        if b"riskgrid" not in data:
            rig.fail("the core dump holds nothing of the program")
        must_not_hold("the core dump", data)
        return True
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(30)


def screen(where, url):
    """The wizard follows the deployment; its log page shows the lines. Without tmux: not."""
    if not shutil.which("tmux"):
        print("tmux is not installed: the screen is not looked at")
        return
    key = os.path.join(where, "hpc-admin.pem")
    with rig.screen(where, f"{rig.HPCWIZ} --key-file {key}", columns=120, rows=40,
                    XDG_STATE_HOME=where, AWS_ENDPOINT_URL=url) as shown:
        shown.wait("Follow . riskgrid")
        shown.keys("End", "Enter")
        shown.wait("Following|elapsed|Deployed")
        shown.keys("l")
        shown.wait(r"NODE +ROLE.*std-01")
        shown.keys("Tab", "m")
        must_not_hold("the screen", shown.wait(r"install.log +\d+:" + SEEN).encode())


def shown_without(where, cluster, common):
    text = rig.run(where, "logs", cluster, *common, "--no-secret-lookup")
    if VALUE not in text:
        rig.fail("the value is hidden without being known: this test proves nothing")


def main():
    rig.watchdog(400)
    with rig.folder() as where:
        scenario = os.path.join(where, "telltale.yaml")
        shutil.copy(os.path.join(rig.SOURCE, "templates/scenarios/ok.yaml"), where)
        with open(scenario, "w", encoding="utf-8") as out:
            out.write(SCENARIO.format(value=VALUE))
        with rig.simulator(where, "--scenario", scenario, "--speed", "100", "--seed", "7",
                           "--account", account(where)) as url:
            cluster = rig.cluster_file(where, url)
            calls = os.path.join(where, "calls.log")
            common = ["--endpoint-url", url, "--key-file", os.path.join(where, "hpc-admin.pem"),
                      "--log-file", calls]
            text = rig.run(where, "deploy", cluster, "--yes", "--json", *common)
            must_not_hold("deploy", text.encode())
            if SEEN not in text:
                rig.fail("the line did not come by")
            bundle(where, cluster, common)
            dumped = core(where, cluster, common)
            must_not_hold("the call log", open(calls, "rb").read())
            if "GetParameter" not in open(calls).read():
                rig.fail("nobody asked for the value")
            journals = [name for name in glob.glob(os.path.join(where, "hpcwiz", "**"), recursive=True)
                        if os.path.isfile(name)]
            if not journals:
                rig.fail("there is no journal")
            for name in journals:
                must_not_hold(name, open(name, "rb").read())
            screen(where, url)
            shown_without(where, cluster, common)
    print("hidden everywhere" + ("" if dumped else "; a core dump could not be looked at"))


main()

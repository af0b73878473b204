#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands as scripts use them: wrong command lines, cluster files of many wrongnesses, output
that goes nowhere, logs and follow, interruptions, going on in the background."""
import datetime
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402


def call(where, *arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    env = rig.environment(where, **options.pop("env", {}))
    return subprocess.run([rig.HPCWIZ, *arguments], stderr=subprocess.PIPE, text=True, env=env,
                          timeout=rig.PATIENCE, **options)


def expect(name, done, status, *says, out=None):
    if done.returncode != status or any(word not in done.stderr for word in says):
        rig.fail(f"{name}: status {done.returncode}, not {status}; {says}: {done.stderr}")
    if out is not None and out not in done.stdout:
        rig.fail(f"{name}: no '{out}' in: {done.stdout[-2000:]}")
    if "\033" in done.stderr + (done.stdout or ""):
        rig.fail(f"{name}: raw escape sequences")


def last(done):
    return json.loads(done.stdout.splitlines()[-1])


def wrong_usage(where):
    for says, arguments in (
            (["--output needs a value: PATH", "hpcwiz generate --help"], ["generate", "f", "-o"]),
            (["--offline takes no value"], ["check", "f", "--offline=yes"]),
            (["unknown option '-q'", "hpcwiz check --help"], ["check", "-q", "f"]),
            (["unknown option '--ofline'", "'--offline'"], ["check", "--ofline", "f"]),
            (["unknown option '--o'", "hpcwiz check --help"], ["check", "f", "--o"]),
            (["'hpcwiz plan' needs more", "FILE"], ["plan"]),
            (["no further argument"], ["plan", "a", "b"]),
            (["--yes does not go with"], ["plan", "f", "--yes"]),
            (["neither a command"], ["depoy"]),
            (["--since takes a duration"], ["logs", "C", "--since", "yesterday"]),
            (["--tail takes a number"], ["logs", "C", "--tail", "-3"]),
            (["--grep", "regular expression"], ["logs", "C", "--grep", "("]),
            (["there is no check 'no'", "--list"], ["check", "C", "--offline", "--skip", "no"]),
            (["needs a folder", "-o"], ["generate", "C"]),
            (["names of stacks", "--instances"], ["follow"]),
            (["KEY=VALUE"], ["new", "other.yaml", "--set", "x"]),
            (["network.vpcs", "network.vpc"], ["new", "other.yaml", "--set", "network.vpcs=1"]),
    ):
        arguments = [os.path.join(where, "cluster.yaml") if a == "C" else a for a in arguments]
        done = call(where, arguments[0], "--json", *arguments[1:], cwd=where)
        expect(" ".join(arguments), done, 2, *says)
        result = last(done)
        if result["type"] != "result" or result["ok"] or not result["error"]:
            rig.fail(f"{arguments}: {done.stdout}")
    if os.path.exists(os.path.join(where, "other.yaml")):
        rig.fail("a refused `new` left a file")
    expect("a scenario of an account", call(where, "--scenario", "no-signal"), 2,
           "--scenario belongs to the demo", "Add --demo")
    for command in ("", "new", "check", "generate", "plan", "deploy", "status", "logs", "diagnose",
                    "follow", "destroy"):
        done = call(where, *filter(None, [command]), "--help")
        expect("help of " + command, done, 0, out="usage: hpcwiz " + command)
        if max(map(len, done.stdout.splitlines())) > 80:
            rig.fail(f"--help of {command} is wider than 80 columns")


# What is wrong, how the good file is changed, and what the message must say besides its place.
WRONG = [
    ("empty", lambda t: "", []),
    ("only a comment", lambda t: "# nothing\n", []),
    ("a list", lambda t: "- a\n- b\n", []),
    ("a scalar", lambda t: "riskgrid\n", []),
    ("unknown key", lambda t: t.replace("region:", "regoin:"), ["regoin", "region"]),
    ("unknown nested key", lambda t: t.replace("  vpc:", "  vcp:"), ["vcp", "vpc"]),
    ("unknown group key", lambda t: t.replace("desired:", "desred:"), ["desred", "desired"]),
    ("duplicate key", lambda t: t + "cluster: other\n", ["cluster"]),
    ("duplicate nested key", lambda t: t.replace("  vpc:", "  vpc: x\n  vpc:"), ["vpc"]),
    ("missing region", lambda t: re.sub(r"(?m)^region:.*\n", "", t), ["region"]),
    ("missing vpc", lambda t: re.sub(r"(?m)^  vpc:.*\n", "", t), ["network.vpc"]),
    ("missing version", lambda t: re.sub(r"(?m)^hpcwiz:.*\n", "", t), ["hpcwiz"]),
    ("newer version", lambda t: re.sub(r"(?m)^hpcwiz:.*", "hpcwiz: 2", t), ["hpcwiz"]),
    ("second document", lambda t: t + "---\nhpcwiz: 1\n", []),
    ("map for a text", lambda t: re.sub(r"(?m)^region:.*", "region: {a: b}", t), ["region"]),
    ("list for a text", lambda t: re.sub(r"(?m)^region:.*", "region: [a]", t), ["region"]),
    ("text for a map", lambda t: re.sub(r"(?m)^access:\n(  .*\n|\n)+", "access: no\n", t),
     ["access"]),
    ("text for a number", lambda t: re.sub(r"desired: \d+", "desired: two", t), ["desired"]),
    ("a negative number", lambda t: re.sub(r"desired: \d+", "desired: -2", t), ["desired"]),
    ("a huge number", lambda t: re.sub(r"desired: \d+", "desired: 99999999999999999999", t),
     ["desired"]),
    ("a fraction", lambda t: re.sub(r"desired: \d+", "desired: 1.5", t), ["desired"]),
    ("cluster too long", lambda t: re.sub(r"(?m)^cluster:.*", "cluster: abcdefghijklm", t),
     ["cluster"]),
    ("cluster begins with a digit", lambda t: re.sub(r"(?m)^cluster:.*", "cluster: 1a", t),
     ["cluster"]),
    ("not an address", lambda t: re.sub(r"sql_address:.*", "sql_address: 10.20.1.256", t),
     ["sql_address"]),
    ("not a CIDR", lambda t: re.sub(r"(?m)^  from:.*", "  from: [10.0.0.0/33]", t), ["from"]),
    ("an unknown method", lambda t: re.sub(r"method:.*", "method: telnet", t), ["winrm", "ssh"]),
    ("an alias loop", lambda t: t + "tags: &a {x: *a}\n", []),
    ("an unknown alias", lambda t: t + "tags: *nowhere\n", []),
    ("a tab", lambda t: t.replace("  vpc:", "\tvpc:"), []),
    ("an open quote", lambda t: re.sub(r"(?m)^region:.*", "region: \"eu", t), []),
    ("an open bracket", lambda t: re.sub(r"(?m)^  subnets:.*", "  subnets: [a", t), []),
    ("an escape sequence", lambda t: re.sub(r"(?m)^region:.*", "region: \"\\\\e[31m\"", t),
     ["region"]),
    ("a raw control character", lambda t: re.sub(r"(?m)^region:.*", "region: a\x01b", t), []),
    ("a NUL", lambda t: t + "\0", []),
    ("not UTF-8", lambda t: t.encode() + b"tags: {a: \xff\xfe}\n", []),
    ("Latin 1", lambda t: t.encode() + "# Köln\n".encode("latin-1"), []),
    ("a key that is a map", lambda t: t + "{a: b}: c\n", []),
    ("no compute group", lambda t: t[:t.index("  compute:")] + "  compute: []\n", ["compute"]),
    ("ten thousand brackets", lambda t: t + "tags: " + "[" * 10000 + "\n", []),
    ("three megabytes", lambda t: t + "#" * 3000000 + "\n", []),
]


def wrong_files(where):
    good = open(os.path.join(where, "cluster.yaml")).read()
    path, out = os.path.join(where, "wrong.yaml"), os.path.join(where, "out")
    for name, change, says in WRONG:
        text = change(good)
        if text == good:
            rig.fail(f"{name}: the test changes nothing")
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        before = sorted(os.listdir(where))
        done = call(where, "generate", path, "-o", out, "--json")
        expect(name, done, 2, "wrong.yaml", *says)
        if name != "three megabytes" and not re.search(r"wrong\.yaml:\d+:\d+: ", done.stderr):
            rig.fail(f"{name}: no file:line:column: {done.stderr}")
        if last(done)["ok"] or sorted(os.listdir(where)) != before:
            rig.fail(f"{name}: something was written, or the result is ok")
        os.unlink(path)
    for command in ("check", "plan", "deploy", "status", "logs", "diagnose", "destroy"):
        expect(command, call(where, command, path), 2, "wrong.yaml", "hpcwiz new")
        expect(command, call(where, command, where), 2, where)


def no_credentials(where):
    """A cause that keeps the account from being asked is told once, and again at the end."""
    cluster = os.path.join(where, "cluster.yaml")
    env = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    done = call(where, "check", cluster, env=env)
    expect("no credentials", done, 3, "1 check found an error: account.credentials: no AWS",
           "AWS_SECRET_ACCESS_KEY", out="for the same reason")
    if done.stdout.count("not looked at: no AWS credentials") != 1:
        rig.fail(f"the reason is not told once: {done.stdout}")
    told = [line for line in rig.json_lines(call(where, "check", cluster, "--json", env=env).stdout)
            if line["type"] == "check" and line["message"].startswith("not looked at")]
    if len(told) < 40:
        rig.fail(f"--json tells {len(told)} checks that were not looked at")


def no_output(where):
    """Whatever becomes of the output, the status tells; nothing hangs, nothing is said twice."""
    cluster = os.path.join(where, "cluster.yaml")
    for arguments in (["check", "--list"], ["check", "--list", "--json"], ["--help"], ["--version"],
                      ["check", "--offline", cluster]):
        with open("/dev/full", "w") as full:
            expect("full disk", call(where, *arguments, stdout=full), 1, "standard output")
        shut = subprocess.run(["sh", "-c", '"$@" >&-', "sh", rig.HPCWIZ, *arguments],
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=rig.environment(where), timeout=60)
        if shut.returncode != 1 or "standard output" not in shut.stderr:
            rig.fail(f"{arguments} with closed output: {shut.returncode} {shut.stderr}")
    read, write = os.pipe()
    os.close(read)
    done = call(where, "check", "--offline", cluster, stdout=write)
    os.close(write)
    if done.returncode != 1 or done.stderr:
        rig.fail(f"a reader that is gone: {done.returncode} {done.stderr}")
    if os.getuid() != 0:
        os.mkdir(os.path.join(where, "shut"), 0o500)
        expect("unwritable", call(where, "generate", cluster, "-o",
                                  os.path.join(where, "shut/out")), 1, "shut")
    expect("a file as folder", call(where, "generate", cluster, "-o", cluster), 2, "cluster.yaml")
    expect("new nowhere", call(where, "new", os.path.join(where, "no/where.yaml")), 1, "no/")


def nodes(where):
    """logs, status, diagnose and follow of a cluster that is there, with and without the key."""
    with rig.simulator(where, "--speed", "300") as url:
        more = ["--endpoint-url", url]
        key = [*more, "--key-file", os.path.join(where, "hpc-admin.pem")]
        cluster = rig.cluster_file(where, url)
        expect("logs before", call(where, "logs", cluster, *key), 1, "no nodes", "hpcwiz status")
        expect("follow before", call(where, "follow", cluster, *key), 1,
               f"hpcwiz deploy {cluster}")
        expect("status before", call(where, "status", cluster, *key), 0, out="ABSENT")
        expect("no region", call(where, "follow", "x", *more, env={"AWS_REGION": "",
                                 "AWS_DEFAULT_REGION": ""}), 2, "egion")
        rig.run(where, "deploy", cluster, "--yes", *key)
        done = call(where, "logs", cluster, *key, "--tail", "3")
        expect("logs", done, 0)
        if len(done.stdout.splitlines()) != 3 or done.stderr:
            rig.fail(f"--tail 3: {done.stdout} {done.stderr}")
        expect("no such node", call(where, "logs", cluster, "nobody", *key), 1, "nobody")
        expect("logs without key", call(where, "logs", cluster, *more), 0, out="stage=signal")
        expect("status", call(where, "status", cluster, *key), 0, out="signal done")
        expect("status without key", call(where, "status", cluster, *more), 0, out="signal done")
        done = call(where, "diagnose", cluster, *key)
        expect("diagnose", done, 0)
        if len(done.stdout.splitlines()) != 1:
            rig.fail(f"diagnose tells more than findings: {done.stdout}")
        expect("a wrong key", call(where, "logs", cluster, *key,
                                   env={"AWS_SECRET_ACCESS_KEY": "x"}), 4, "ignature")
        expect("a log file that cannot be", call(where, "status", cluster, *key, "--log-file",
                                                 "/nonexistent/log"), 1, "/nonexistent/log")
        stacks(where, key)


def certificates(where):
    """Certificates that end soon are told of, also when their nodes cannot be reached."""
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    soon, past, far = ((now + n * day + day / 2).strftime("%Y-%m-%dT%H:%M:%SZ")
                       for n in (12, -3, 900))
    scenario = os.path.join(where, "ends.yaml")
    with open(scenario, "w") as file:
        file.write("name: ends\nsummary: certificates end\nextends: ok\nroles:\n"
                   f"  sql:\n    - {{name: boot, done: 'winrm, its certificate valid until {past}'}}\n"
                   f"  head:\n    - {{name: certificate, done: 'AB12 valid until {soon}'}}\n"
                   f"    - {{name: boot, done: 'winrm, its certificate valid until {far}'}}\n"
                   f"  compute:\n    - {{name: fetch-certificate, done: 'AB12 valid until {soon}'}}\n")
    with rig.simulator(where, "--speed", "300", "--scenario", scenario) as url:
        key = ["--key-file", os.path.join(where, "hpc-admin.pem")]
        cluster = rig.cluster_file(where, url)
        rig.run(where, "deploy", cluster, "--yes", "--endpoint-url", url, *key)
        wanted = [f"the certificate of head ends on {soon[:10]}, in 12 days",
                  f"the WinRM certificate of sql ended on {past[:10]}"]
        for more in (key, []):
            lines = rig.json_lines(rig.run(where, "status", cluster, "--json", "--endpoint-url", url,
                                           *more))
            told = sorted(line["message"] for line in lines if line["type"] == "check" and
                          line["id"] == "node.certificate")
            if told != sorted(wanted):
                rig.fail(f"status {more}: {told}, not {wanted}")


def stacks(where, key):
    """follow by the names of stacks; it ends with its reader, and with a signal as interrupted."""
    expect("no such stack", call(where, "follow", "riskgrid-head", "nope", *key), 1, "'nope'")
    child = subprocess.Popen([rig.HPCWIZ, "follow", "riskgrid-head", "riskgrid-sql", "--json", *key],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, env=rig.environment(where))
    seen = set()
    for line in child.stdout:
        line = json.loads(line)
        if line["type"] == "log":
            seen.add(line["node"])
        if seen >= {"head", "sql"}:
            break
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=60)
    if child.returncode != 5 or "interrupted" not in err or seen != {"head", "sql"}:
        rig.fail(f"follow: {child.returncode} {seen} {err}")
    if json.loads(out.splitlines()[-1])["type"] != "result":
        rig.fail("follow does not end with its result: " + out[-500:])
    child = subprocess.Popen([rig.HPCWIZ, "follow", "riskgrid", *key], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             env=rig.environment(where))
    child.stdout.readline()
    child.stdout.close()
    try:
        child.wait(60)
    except subprocess.TimeoutExpired:
        child.kill()
        rig.fail("a follower outlives its reader")


def background(where):
    """--detach: this process ends, the other goes on alone, and a signal still reaches it."""
    with rig.simulator(where, "--speed", "150") as url:
        cluster = rig.cluster_file(where, url)
        log = os.path.join(where, "hpcwiz", "riskgrid.log")
        more = ["--yes", "--endpoint-url", url]

        def start():
            done = call(where, "deploy", cluster, "--detach", "--json", *more)
            expect("detach", done, 0, "riskgrid.log")
            return int(re.search(r"Process (\d+)", done.stderr).group(1))

        def says(text):
            return os.path.exists(log) and text in open(log).read()

        pid = start()
        rig.wait_for(lambda: says('"stack":"riskgrid-sql","step":"executing"'), "the SQL stack")
        os.kill(pid, signal.SIGTERM)
        rig.wait_for(lambda: says('"type":"result"'), "the end of an interrupted deployment")
        if not says("interrupted") or not says("hpcwiz deploy"):
            rig.fail("the log does not say how to go on: " + open(log).read()[-500:])
        os.unlink(log)
        start()
        rig.wait_for(lambda: says('"type":"result"'), "the end of the deployment")
        if not says('"outcome":"complete"'):
            rig.fail("the background does not end well: " + open(log).read()[-500:])


def interruptions(where):
    """Each signal while each stack is being made, and deploy again to the end; then the others."""
    with rig.simulator(where, "--speed", "150") as url:
        cluster = rig.cluster_file(where, url)
        more = ["--json", "--endpoint-url", url]

        def stop(command, until, number, *options):
            child = subprocess.Popen([rig.HPCWIZ, command, cluster, *options, *more],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True, env=rig.environment(where))
            for line in child.stdout:
                if until in line:
                    break
            child.send_signal(number)
            out, err = child.communicate(timeout=60)
            if child.returncode != 5 or f"hpcwiz {command}" not in err:
                rig.fail(f"{command} after signal {number}: {child.returncode} {err} {out[-300:]}")

        stop("plan", '"planning"', signal.SIGINT)
        for stack, number in (("foundation", signal.SIGINT), ("sql", signal.SIGTERM),
                              ("head", signal.SIGHUP)):
            stop("deploy", f'"stack":"riskgrid-{stack}","step":"executing"', number, "--yes")
        lines = rig.json_lines(rig.run(where, "deploy", cluster, "--yes", *more))
        if lines[-1].get("outcome") != "complete":
            rig.fail(f"not taken up: {lines[-1]}")
        progress = [line for line in lines if line["type"] == "progress"]
        if not progress or any(not 0 <= line["percent"] <= 100 or line["left_seconds"] < 0
                               for line in progress):
            rig.fail(f"progress: {progress}")
        stop("destroy", '"stack":"riskgrid-head","step":"deleting"', signal.SIGTERM, "--yes")
        lines = rig.json_lines(rig.run(where, "destroy", cluster, "--yes", *more))
        if lines[-1].get("outcome") != "complete":
            rig.fail(f"not deleted: {lines[-1]}")
        if rig.run(where, "status", cluster, "--endpoint-url", url).count("ABSENT") != 4:
            rig.fail("something is left")


def confirmation(where):
    """The question for the name: a signal at it ends it with nothing changed."""
    with rig.simulator(where) as url:
        cluster = rig.cluster_file(where, url)
        end = f"{cluster} --endpoint-url {url}; echo status=$?"
        with rig.screen(where, f"{rig.HPCWIZ} deploy {end}") as shown:
            shown.wait("Type the cluster's name")
            shown.keys("C-c")
            shown.wait("nothing was changed.*status=5")
            shown.line(f"clear; {rig.HPCWIZ} destroy {end}")
            shown.wait("data volumes are kept.*Type the cluster's name")
            shown.line("riskgird")
            shown.wait("nothing was changed.*status=1")


CASES = [wrong_usage, wrong_files, no_credentials, no_output, nodes, certificates, background,
         interruptions, confirmation]
NEED_FILE = [wrong_usage, wrong_files, no_credentials, no_output]


def prepare(case, where):
    if case in NEED_FILE:
        with rig.simulator(where) as url:
            rig.cluster_file(where, url)


rig.run_cases(CASES, 900, prepare)

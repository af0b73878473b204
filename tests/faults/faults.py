#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around hpcwiz: interruptions, dead and hostile endpoints, wrong keys, bad
files. Each ends with the exit status of the manual page and a sentence that says what to do."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402


def start_deploy(where, cluster, url):
    return subprocess.Popen(
        [rig.HPCWIZ, "deploy", cluster, "--yes", "--json", "--endpoint-url", url, "--key-file",
         os.path.join(where, "hpc-admin.pem")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=rig.environment(where))


def read_until(child, text):
    for line in child.stdout:
        if text in line:
            return
    rig.fail(f"the deployment ended before it said {text}: {child.stderr.read()}")


def end(child):
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err


def interruptions(where):
    """SIGHUP, SIGKILL, a refused second deployment, then the end as if nothing had been."""
    with rig.simulator(where, "--speed", "150") as url:
        cluster = rig.cluster_file(where, url)
        child = start_deploy(where, cluster, url)
        read_until(child, '"stack":"riskgrid-sql","step":"executing"')
        second = subprocess.run(
            [rig.HPCWIZ, "deploy", cluster, "--yes", "--endpoint-url", url],
            capture_output=True, text=True, env=rig.environment(where), timeout=60)
        if second.returncode != 1 or "hpcwiz follow" not in second.stderr:
            rig.fail(f"a second deployment: {second.returncode} {second.stderr}")
        elsewhere = subprocess.run(  # another machine knows nothing of the journal
            [rig.HPCWIZ, "deploy", cluster, "--yes", "--endpoint-url", url],
            capture_output=True, text=True, timeout=60,
            env=rig.environment(where, XDG_STATE_HOME=os.path.join(where, "elsewhere")))
        if elsewhere.returncode != 1 or "--take-over" not in elsewhere.stderr:
            rig.fail(f"a deployment elsewhere: {elsewhere.returncode} {elsewhere.stderr}")
        watcher = subprocess.Popen(
            [rig.HPCWIZ, "follow", cluster, "--json", "--endpoint-url", url],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=rig.environment(where))
        read_until(watcher, '"stack":"riskgrid-sql"')
        watcher.send_signal(signal.SIGINT)
        status, _, err = end(watcher)
        if status != 5 or "hpcwiz follow" not in err:
            rig.fail(f"a watcher that was interrupted: status {status}: {err}")
        child.send_signal(signal.SIGHUP)
        status, _, err = end(child)
        if status != 5 or "hpcwiz deploy" not in err:
            rig.fail(f"after SIGHUP: status {status}: {err}")
        child = start_deploy(where, cluster, url)
        read_until(child, '"stack":"riskgrid-head","step":"executing"')
        child.kill()
        end(child)
        lines = rig.json_lines(rig.run(where, "deploy", cluster, "--yes", "--json",
                                       "--endpoint-url", url, "--key-file",
                                       os.path.join(where, "hpc-admin.pem")))
        if lines[-1].get("outcome") not in ("complete", "no-changes"):
            rig.fail(f"not taken up: {lines[-1]}")
        out = rig.run(where, "status", cluster, "--endpoint-url", url, "--key-file",
                      os.path.join(where, "hpc-admin.pem"))
        if out.count("CREATE_COMPLETE") != 4 or "ready" in out.split("riskgrid-sql")[0]:
            rig.fail("status after it: " + out)
        out = rig.run(where, "logs", cluster, "head", "--grep", "stage=setup", "--endpoint-url", url,
                      "--key-file", os.path.join(where, "hpc-admin.pem"))
        if "status=done" not in out:
            rig.fail("logs of the head node: " + out[-2000:])
        rig.run(where, "destroy", cluster, "--yes", "--endpoint-url", url)


def dying_endpoint(where):
    with rig.simulator(where, "--speed", "20") as url:
        cluster = rig.cluster_file(where, url)
        child = start_deploy(where, cluster, url)
        read_until(child, '"stack":"riskgrid-sql","step":"executing"')
    # The simulator is gone now; nobody may wait for ever.
    status, out, err = end(child)
    if status not in (1, 5) or "hpcwiz deploy" not in err + out:
        rig.fail(f"a dying endpoint: status {status}: {err}")


def refused(where, name, status, says, *arguments, **env):
    done = subprocess.run([rig.HPCWIZ, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=rig.environment(where, **env), timeout=120)
    if done.returncode != status or not all(word in done.stderr for word in says):
        rig.fail(f"{name}: status {done.returncode}, not {status}: {done.stderr}")
    if "\033" in done.stderr or "\033" in done.stdout:
        rig.fail(f"{name}: raw escape sequences")


def refusals(where):
    with rig.simulator(where) as url:
        cluster = rig.cluster_file(where, url)
        refused(where, "wrong secret key", 4, ["signature"], "plan", cluster, "--endpoint-url", url,
                AWS_SECRET_ACCESS_KEY="wrong")
        refused(where, "no keys", 4, ["credentials"], "plan", cluster, "--endpoint-url", url,
                AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    no_keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
               "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    config = os.path.join(where, "aws-config")

    def profile(name, status, says, text):
        with open(config, "w") as file:
            file.write(text)
        refused(where, name, status, says, "plan", cluster, "--profile", "p",
                AWS_CONFIG_FILE=config, **no_keys)

    keys = "[profile a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
    profile("malformed profile", 2, ["aws-config:2", "name = value"], "[profile p]\nnonsense\n")
    profile("no such profile", 4, ["'p'", "--profile"], "[profile q]\n")
    profile("a program that fails", 4, ["status 3", "by hand"],
            "[profile p]\ncredential_process = sh -c 'echo words >&2; exit 3'\n")
    profile("nobody to ask", 4, ["mfa/anna", "aws sts get-caller-identity"],
            keys + "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a\n"
            "mfa_serial = arn:aws:iam::123456789012:mfa/anna\n")
    profile("a loop of roles", 4, ["leads back"],
            "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = q\n"
            "[profile q]\nrole_arn = arn:aws:iam::123456789012:role/y\nsource_profile = p\n")
    profile("nobody signed in", 4, ["aws sso login --profile p"],
            "[profile p]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n"
            "sso_account_id = 123456789012\nsso_role_name = Admin\n")
    refused(where, "nobody listens", 1, ["127.0.0.1:9"], "plan", cluster, "--endpoint-url",
            "http://127.0.0.1:9")
    refused(where, "no such file", 2, ["nowhere.yaml", "hpcwiz new"], "check",
            os.path.join(where, "nowhere.yaml"))
    bad = os.path.join(where, "bad.yaml")
    with open(bad, "w") as file:
        file.write("hpcwiz: 1\ncluster: a\nregoin: x\n")
    refused(where, "unknown key", 2, ["bad.yaml:3:1", "regoin", "region"], "check", bad)
    with open(bad, "wb") as file:
        file.write(b"hpcwiz: 1\ncluster: \"\x1b[31m\"\n")
    refused(where, "escape sequence", 2, ["bad.yaml:2"], "check", bad)
    refused(where, "exists already", 2, ["cluster.yaml"], "new", cluster)
    refused(where, "full disk", 1, ["/dev/full"], "generate", cluster, "-o", "/dev/full/out")
    refused(where, "unknown option", 2, ["--verbsoe", "--verbose"], "check", cluster, "--verbsoe")
    refused(where, "unknown command", 2, ["depoly", "deploy"], "depoly", cluster)
    refused(where, "no confirmation", 2, ["--yes"], "deploy", cluster, "--endpoint-url",
            "http://127.0.0.1:9")


def faulty_service(where):
    """Throttles, server errors, delays and broken answers on the way do not change the end."""
    faults = ["--fault", "throttle:cloudformation:0.2", "--fault", "500:ec2:0.05", "--fault",
              "delay:50"]
    with rig.simulator(where, "--speed", "200", "--seed", "3", *faults) as url:
        cluster = rig.cluster_file(where, url)
        lines = rig.json_lines(rig.run(where, "deploy", cluster, "--yes", "--json",
                                       "--endpoint-url", url, "--key-file",
                                       os.path.join(where, "hpc-admin.pem")))
        events = [line["event_id"] for line in lines if line["type"] == "event"]
        if lines[-1].get("outcome") != "complete" or len(events) != len(set(events)):
            rig.fail(f"with a faulty service: {lines[-1]}; {len(events)} events")


CASES = [refusals, interruptions, dying_endpoint, faulty_service]


rig.run_cases(CASES, 900)

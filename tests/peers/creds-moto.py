#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Roles assumed at another's STS (moto_server): the keys that hpcwiz gets belong to the role that
the profile names, as the AWS CLI's do for the same profile."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

try:
    import boto3
except ImportError:
    print("skipped: boto3 is not installed")
    sys.exit(77)
for tool in ("moto_server", "aws"):
    if not shutil.which(tool):
        print("skipped: %s is not installed" % tool)
        sys.exit(77)

PROGRAM = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/creds-one")
ROLE = "arn:aws:iam::123456789012:role/"
CONFIG = """[profile one]
role_arn = {0}one
source_profile = keys
role_session_name = here
[profile two]
role_arn = {0}two
source_profile = one
role_session_name = there
duration_seconds = 900
external_id = an id
[profile web]
role_arn = {0}web
web_identity_token_file = {1}
role_session_name = pod
[profile keys]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
"""


def start(where):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = open(os.path.join(where, "moto.log"), "w")
    server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=log,
                              stderr=log)
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server, "http://127.0.0.1:%d" % port
        except OSError:
            time.sleep(0.1)
    server.kill()
    print("skipped: moto_server does not start")
    sys.exit(77)


def arn_of(url, found):
    sts = boto3.client("sts", region_name="eu-central-1", endpoint_url=url,
                       aws_access_key_id=found["key_id"], aws_secret_access_key=found["secret"],
                       aws_session_token=found["token"])
    return sts.get_caller_identity()["Arn"]


def main():
    with tempfile.TemporaryDirectory(prefix="creds-moto-") as where:
        server, url = start(where)
        try:
            token = os.path.join(where, "token")
            with open(token, "w") as file:
                file.write("eyJ.WEB.TOKEN")
            with open(os.path.join(where, "config"), "w") as file:
                file.write(CONFIG.format(ROLE, token))
            env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
            env.update(HOME=where, AWS_CONFIG_FILE=os.path.join(where, "config"),
                       AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_REGION="eu-central-1",
                       AWS_DEFAULT_REGION="eu-central-1", AWS_ENDPOINT_URL=url)
            wrong = [p for p in ("one", "two", "web") if not same(url, p, env)]
        finally:
            server.terminate()
            server.wait(20)
    print("profiles: one two web; wrong: %s" % (" ".join(wrong) or "none"))
    return 1 if wrong else 0


def same(url, profile, env):
    run = subprocess.run([PROGRAM, profile], env=env, capture_output=True, text=True, timeout=120,
                         check=False)
    found = json.loads(run.stdout)
    if "error" in found:
        print(profile, found)
        return False
    ours = arn_of(url, found)
    cli = subprocess.run(["aws", "sts", "get-caller-identity", "--profile", profile,
                          "--endpoint-url", url], env=env, capture_output=True, text=True,
                         timeout=120, check=False)
    theirs = json.loads(cli.stdout or "{}").get("Arn", cli.stderr)
    good = re.search(r"assumed-role/%s/" % profile, ours) and ours == theirs
    left = found["expires"] / 1000 - time.time()
    life = 900 if profile == "two" else 3600
    good = good and life - 300 < left <= life + 300
    if not good:
        print("%s: hpcwiz %s (%d s), the AWS CLI %s" % (profile, ours, left, theirs))
    return good


sys.exit(main())

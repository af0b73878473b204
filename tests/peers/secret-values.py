#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets: what was typed is what SSM holds (moto's, read by boto3), and it is nowhere else: no file
that hpcwiz writes, no screen, no memory of the process."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import rig

try:
    import boto3
    import yaml
except ImportError as missing:
    rig.skip(f"{missing.name} is not installed")
if not shutil.which("moto_server"):
    rig.skip("moto_server is not installed")

REGION = "eu-central-1"
TYPED = "Zebra-Quagga-4711"
PASSWORD = "/service-account/password"
USERNAME = "/service-account/username"
PFX = "/certificate/hpc/password"


@contextlib.contextmanager
def moto(where):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = open(os.path.join(where, "moto.log"), "w")
    server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=log,
                              stderr=log)

    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return server.poll() is not None
    try:
        rig.wait_for(answers, "moto_server")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
        log.close()


def client(name, url):
    return boto3.client(name, region_name=REGION, endpoint_url=url,
                        aws_access_key_id=rig.KEYS["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=rig.KEYS["AWS_SECRET_ACCESS_KEY"])


def cluster(where):
    path = os.path.join(where, "cluster.yaml")
    settings = {"cluster": "riskgrid", "region": REGION, "network.vpc": "vpc-0a1b2c3d4e5f67890",
                "network.subnets": "subnet-0aaa1111bbb22220a",
                "network.hosted_zone": "Z0123456789ABCDEFGHIJ",
                "network.zone_name": "hpc.example.internal",
                "directory.domain": "corp.example.internal", "directory.netbios": "CORP",
                "access.key_pair": "hpc-admin", "access.from": "10.0.0.0/16",
                "hpc_pack.media": "s3://my-bucket/hpcpack/",
                "nodes.sql.image": "ami-0d000000005910001", "nodes.sql.type": "r6i.xlarge",
                "nodes.head.image": "ami-0d00000000ead0001", "nodes.head.type": "m6i.xlarge",
                "nodes.compute.0.image": "ami-0d00000000c000001",
                "nodes.compute.0.type": "c6i.4xlarge"}
    arguments = []
    for key, value in settings.items():
        arguments += ["--set", f"{key}={value}"]
    rig.run(where, "new", path, *arguments)
    return path


def secret(where, path, *arguments, value="", status=0, **more):
    done = subprocess.run([rig.HPCWIZ, "secret", path, *arguments], input=value, text=True,
                          capture_output=True, timeout=rig.PATIENCE,
                          env=rig.environment(where, **more))
    if done.returncode != status:
        rig.fail(f"secret {arguments}: {done.returncode}, not {status}: {done.stderr}")
    return done.stdout + done.stderr


def stored(url, name):
    return client("ssm", url).get_parameter(Name=name, WithDecryption=True)["Parameter"]


def search_files(where, *needles):
    for folder, _, names in os.walk(where):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            content = open(path, "rb").read()
            for needle in needles:
                if needle.encode() in content:
                    rig.fail(f"{path} holds what was typed")


def search_memory(pid, *needles):
    """Of the process, as bytes and as the wide characters of curses. Returns False where nobody may
    look."""
    patterns = [n.encode() for n in needles] + [n.encode("utf-32-le") for n in needles]
    looked = False
    for line in open(f"/proc/{pid}/maps"):
        area = re.match(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)", line)
        if not area or area.group(3).startswith("[v"):
            continue
        begin, end = int(area.group(1), 16), int(area.group(2), 16)
        if end - begin > 1 << 30:  # the shadow memory of a sanitizer
            continue
        try:
            with open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(begin)
                content = memory.read(end - begin)
        except OSError:
            continue
        looked = looked or b"riskgrid" in content
        for pattern in patterns:
            if pattern in content:
                rig.fail(f"the process still holds what was typed in {line.strip()}")
    return looked


def command(where, url, path):
    """hpcwiz secret, against moto: what went in comes out, as SecureString, with its key."""
    more = {"AWS_ENDPOINT_URL": url, "HPCWIZ_TRACE": os.path.join(where, "trace")}
    log = os.path.join(where, "calls.log")
    key = client("kms", url).create_key()["KeyMetadata"]["KeyId"]
    client("kms", url).create_alias(AliasName="alias/hpc-secrets", TargetKeyId=key)
    said = secret(where, path, "service_password", "--kms-key", "alias/hpc-secrets", "--log-file",
                  log, value=TYPED + "\n", **more)
    said += secret(where, path, "secrets.service_username", "--json", value="CORP\\svc-hpc\r\n",
                   **more)
    said += secret(where, path, "certificate_password", "--generate", **more)
    parameter = stored(url, PASSWORD)
    if (parameter["Value"], parameter["Type"]) != (TYPED, "SecureString"):
        rig.fail(f"SSM holds another value or type: {parameter['Type']}")
    if stored(url, USERNAME)["Value"] != "CORP\\svc-hpc":
        rig.fail("the user name is not what was typed")
    told = client("ssm", url).describe_parameters(
        ParameterFilters=[{"Key": "Name", "Values": [PASSWORD]}])["Parameters"][0]
    if told["KeyId"] != "alias/hpc-secrets" or "{8,127}" not in told["AllowedPattern"]:
        rig.fail(f"key or pattern: {told}")
    made = stored(url, PFX)["Value"]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+._@#-]{23}", made):
        rig.fail("a generated password is not of its form")
    said += secret(where, path, "service_password", value="Another-Value-1\n", status=1, **more)
    if stored(url, PASSWORD)["Value"] != TYPED:
        rig.fail("a secret was overwritten")
    for needle in (TYPED, made, "svc-hpc", "Another-Value-1"):
        if needle in said:
            rig.fail("a value was printed")
        search_files(where, needle)
    return made


def refusals(where, url, path):
    """Each of them before anything is sent."""
    for value in ("semi;colon-Aa1", "quote'Aa1-xxx", 'double"Aa1-x', "brace{Aa1}-x", "a=b-Aa1-xx",
                  "Käse-Aa1-xxxx", "short1A", "alllowercase", "Aa1" + "x" * 200, "", "Aa1-\tx-xxx"):
        said = secret(where, path, "sql_password", value=value + "\n", status=2,
                      AWS_ENDPOINT_URL=url)
        if value and value in said:
            rig.fail("a refused value was printed")
    secret(where, path, "sql_username", "--generate", status=2, AWS_ENDPOINT_URL=url)
    secret(where, path, "sql_pasword", status=2, AWS_ENDPOINT_URL=url)
    if client("ssm", url).describe_parameters(ParameterFilters=[
            {"Key": "Name", "Values": ["/sql-server/service-account/password"]}])["Parameters"]:
        rig.fail("a refused secret was made")


def account_without(where, *names):
    with open(os.path.join(rig.SOURCE, "templates/scenarios/account.yaml")) as file:
        account = yaml.safe_load(file)
    account["parameters"] = [p for p in account["parameters"] if p["Name"] not in names]
    path = os.path.join(where, "account.yaml")
    with open(path, "w") as file:
        json.dump(account, file, default=str)
    return path


def wizard(where, url, path):
    log = os.path.join(where, "calls.log")
    with rig.screen(where, f"{rig.HPCWIZ} {path} --log-file {log}", AWS_ENDPOINT_URL=url,
                    HPCWIZ_TRACE=os.path.join(where, "trace")) as shown:
        shown.wait("Checks")
        shown.keys("PageUp")
        shown.wait("Secrets.*PFX password.*does not exist yet")
        shown.keys("End")
        shown.wait("▸ PFX")
        shown.keys("F7")
        shown.wait(f"Make {PFX}.*Value")
        shown.text(TYPED)
        shown.wait("Value *typed, not shown")
        shown.keys("Enter")
        shown.wait("▸ Again")
        shown.text(TYPED[:-1])
        shown.wait("Again *typed, not shown")
        shown.keys("Enter")
        shown.wait("do not match")
        shown.paste(TYPED)
        shown.wait("Value *typed, not shown")
        shown.keys("Enter")
        shown.wait("▸ Again")
        shown.paste(TYPED)
        shown.wait("Again *typed, not shown")
        shown.wait("1 of 2")
        shown.keys("Tab", "Right")
        shown.wait("alias/hpc-secrets")
        shown.keys("Enter")
        picture = shown.wait(f"Made {PFX}.*")
        if "Zebra" in picture:
            rig.fail("the value was shown")
        shown.wait(r"certificate/hpc/password +✓")
        looked = search_memory(shown.pid("hpcwiz"), TYPED, TYPED[:-1])
        search_files(where, TYPED)
        shown.keys("F10")
        shown.wait("ready>|Quit")
    parameter = stored(url, PFX)
    if (parameter["Value"], parameter["Type"]) != (TYPED, "SecureString"):
        rig.fail("the wizard stored another value")
    return looked


def plain(where, url, path):
    with rig.screen(where, f"{rig.HPCWIZ} --plain {path}", columns=100, rows=120,
                    AWS_ENDPOINT_URL=url) as shown:
        shown.wait("Enter to deploy")
        shown.line("b")
        shown.wait("== Secrets")
        for _ in range(6):
            if PASSWORD + " does not exist" in shown.picture():
                break
            before = shown.picture()
            shown.keys("Enter")
            rig.wait_for(lambda: shown.picture() != before, "the next question")
            time.sleep(0.3)
        shown.wait(PASSWORD + " does not exist yet.*leaves it:")
        shown.line("t")
        shown.wait("Value .not shown.:")
        shown.line(TYPED)
        shown.wait("Again:")
        shown.line(TYPED)
        picture = shown.wait(f"Made {PASSWORD}")
        if "Zebra" in picture:
            rig.fail("--plain shows the value")
        looked = search_memory(shown.pid("hpcwiz"), TYPED)
    if stored(url, PASSWORD)["Value"] != TYPED:
        rig.fail("--plain stored another value")
    return looked


def main():
    rig.watchdog(900)
    with rig.folder() as where, rig.folder() as elsewhere, moto(elsewhere) as url:
        path = cluster(where)
        command(where, url, path)
        refusals(where, url, path)
    looked = []
    for look in (wizard, plain):
        with rig.folder() as where, rig.folder() as elsewhere:
            account = account_without(elsewhere, PFX, PASSWORD)
            with rig.simulator(elsewhere, "--account", account) as url:
                looked.append(look(where, url, cluster(where)))
    print("what was typed is in SSM and nowhere else"
          + ("" if all(looked) else "; the memory of the process could not be looked at"))


main()

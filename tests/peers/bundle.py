#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bundle of a failed deployment, opened with Python's tarfile: what is in it, that no secret is,
that `diagnose` finds the same in it, and that an anonymous one gives nobody away and can be read
back."""
import json
import os
import re
import stat
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402


def content(path):
    with tarfile.open(path, "r:gz") as archive:
        members = archive.getmembers()
        if any(not member.isfile() or member.name.startswith("/") or ".." in member.name
               for member in members):
            rig.fail("the archive holds more than plain files: " + str(archive.getnames()))
        return {member.name: archive.extractfile(member).read().decode() for member in members}


def check(what, holds, seen=""):
    if not holds:
        rig.fail(f"{what}: {seen!r}")
    print("ok: " + what)


def findings(text):
    return [line["id"] for line in rig.json_lines(text) if line["type"] == "finding"]


def look_inside(where, url, cluster, key, path):
    rig.run(where, "bundle", cluster, "-o", path, "--endpoint-url", url, "--key-file", key)
    files = content(path)
    names = set(files)
    check("mode 0600", stat.S_IMODE(os.stat(path).st_mode) == 0o600)
    for wanted in ("cluster.yaml", "events.jsonl", "findings.jsonl", "findings.txt", "README",
                   "generated/head.yaml", "generated/scripts/head.ps1"):
        check("it holds " + wanted, "hpcwiz-bundle/" + wanted in names, sorted(names))
    logs = [name for name in names if "/logs/head_i-" in name]
    check("it holds the head node's logs", any(n.endswith("/install.log") for n in logs), logs)
    kinds = {line["type"] for line in rig.json_lines(files["hpcwiz-bundle/events.jsonl"])}
    check("it holds every kind of event", {"event", "step", "node", "stage"} <= kinds, kinds)
    install = [text for name, text in files.items() if name.endswith("/install.log")]
    check("no line twice", all(len(set(t.splitlines())) > 0.9 * len(t.splitlines())
                               for t in install))
    return files


def secrets(where, url):
    """What the simulator keeps behind the five names; the user names are no secrets."""
    values = []
    for name in ("/sql-server/service-account/password", "/service-account/password",
                 "/certificate/hpc/password"):
        body = json.dumps({"Name": name, "WithDecryption": True}).encode()
        text = rig.signed(url, "ssm", "POST", "/", body=body, headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonSSM.GetParameter"})
        values.append(json.loads(text)["Parameter"]["Value"])
    return values


def main():
    with rig.folder() as where, rig.simulator(where, "--scenario", "certificate-13818", "--speed",
                                              "100", "--seed", "7") as url:
        cluster = rig.cluster_file(where, url, **{"deploy.on_failure": "keep"})
        key = os.path.join(where, "hpc-admin.pem")
        told = rig.run(where, "deploy", cluster, "--yes", "--json", "--endpoint-url", url,
                       "--key-file", key, status=1)
        path = os.path.join(where, "case.tar.gz")
        listed = rig.run(where, "bundle", cluster, "--list", "--json", "--endpoint-url", url,
                         "--key-file", key)
        check("--list writes nothing", not os.path.exists(path))
        files = look_inside(where, url, cluster, key, path)
        names = {line["name"] for line in rig.json_lines(listed) if line["type"] == "entry"}
        check("--list told what goes in", names | {"README"} ==
              {name.split("/", 1)[1] for name in files}, names)
        boxes = [name for name in files if re.search(r"/blackbox/head-i-\w+/logs\.txt$", name)]
        check("the black box of the node that failed is in it", len(boxes) == 1 and
              "status=failed code=13818" in files[boxes[0]], sorted(files))
        everything = "\n".join(files.values())
        check("no secret is in it", not any(value in everything for value in secrets(where, url)))
        # A log that is read to its end may say more: what lies behind the cause comes before it.
        found = findings(rig.run(where, "diagnose", "--json", "--log", path))
        check("diagnose finds the same in it", findings(told)[0] in found[:2], found)
        anonymous(where, url, cluster, key, everything)
        wrong_ones(where, cluster, url)


def anonymous(where, url, cluster, key, everything):
    path = os.path.join(where, "anonymous.tar.gz")
    rig.run(where, "bundle", cluster, "-o", path, "--anonymous", "--endpoint-url", url,
            "--key-file", key)
    files = content(path)
    hidden = "\n".join(text for name, text in files.items())
    prefix = rig.vpc_prefix(where, url)
    for name in ("corp.example.internal", "hpc.example.internal", "123456789012", "my-bucket",
                 "RISKGRID-HN"):
        pattern = re.compile(rf"(?<![\w]){re.escape(name)}(?!\w)", re.I)
        check(f"{name} was there and is not any more",
              pattern.search(everything) and not pattern.search(hidden),
              pattern.search(hidden) and hidden[max(0, pattern.search(hidden).start() - 80):][:200])
    beside = path + ".map.json"
    check("the map is private", stat.S_IMODE(os.stat(beside).st_mode) == 0o600)
    words = json.load(open(beside))
    check("the map knows the domain", "corp.example.internal" in words.values(), words)
    word = next(w for w, real in words.items() if real == "corp.example.internal")
    done = subprocess.run([rig.HPCWIZ, "bundle", "--reveal", beside],
                          input=f"ask {word} again", capture_output=True, text=True,
                          env=rig.environment(where), timeout=rig.PATIENCE)
    check("--reveal turns it back", done.stdout.startswith("ask corp.example.internal again"),
          done.stdout + done.stderr)
    check("diagnose reads it too",
          findings(rig.run(where, "diagnose", "--json", "--log", path)))
    check("addresses are gone", prefix + ".1.5" not in hidden or prefix.startswith("127."), prefix)


def wrong_ones(where, cluster, url):
    torn = os.path.join(where, "torn.tar.gz")
    whole = open(os.path.join(where, "case.tar.gz"), "rb").read()
    open(torn, "wb").write(whole[:len(whole) // 2])
    rig.run(where, "diagnose", "--log", torn, status=2)
    print("ok: a torn bundle is refused")
    rig.run(where, "bundle", cluster, status=2)
    rig.run(where, "bundle", cluster, "-o", "/nonexistent/x.tar.gz", "--offline", "--endpoint-url",
            url, status=1)
    rig.run(where, "bundle", cluster, "-o", os.path.join(where, "y.tar.gz"), "--max-log", "zero",
            status=2)
    print("ok: wrong options and places have their status")


main()

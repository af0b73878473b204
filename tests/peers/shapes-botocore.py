#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What hpcwiz asks of AWS in discovery, checks, a plan, a deployment and a destruction, read by
botocore's models of the services: each operation is known, each field has its place and its kind,
none that is required is missing, and what must be one of several words is one of them. S3 and Route
53, whose requests are paths, are left to requests-botocore.py."""
import http.client
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import rig

try:
    import botocore.session
    from botocore.validate import ParamValidator
except ImportError:
    rig.skip("botocore is not installed")

SERVICES = {"ec2": "ec2", "sts": "sts", "autoscaling": "autoscaling", "iam": "iam", "ssm": "ssm",
            "cloudformation": "cloudformation", "servicequotas": "service-quotas", "ds": "ds",
            "pricing": "pricing", "kms": "kms",
            "logs": "logs"}
LEAST = 30  # operations of those services that the runs below use, about


class Between(http.server.BaseHTTPRequestHandler):
    """Hands each request on to the simulator as it came, and keeps it."""
    protocol_version = "HTTP/1.1"
    seen = []
    upstream = ""

    def log_message(self, *_):
        pass

    def hand_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers["Authorization"])
        Between.seen.append((scope.group(1), self.headers.get("X-Amz-Target"), body))
        to = http.client.HTTPConnection(Between.upstream, timeout=60)
        to.request(self.command, self.path, body, dict(self.headers))
        answer = to.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        to.close()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = hand_on


class Form:
    """Fields of the query protocols as parameters of an operation."""

    def __init__(self, fields, protocol):
        self.fields, self.protocol, self.used = fields, protocol, {"Action", "Version"}

    def name(self, member, default):
        own = member.serialization
        if self.protocol != "ec2":
            return own.get("name", default)
        if "queryName" in own:
            return own["queryName"]
        name = own.get("name", default)
        return name[0].upper() + name[1:]

    def has(self, place):
        return any(key == place or key.startswith(place + ".") for key in self.fields)

    def elements(self, shape, place):
        if self.protocol != "ec2" and not shape.serialization.get("flattened"):
            place += "." + shape.member.serialization.get("name", "member")
        number = 1
        while self.has(f"{place}.{number}"):
            yield self.read(shape.member, f"{place}.{number}")
            number += 1

    def read(self, shape, place):
        if shape.type_name == "structure":
            dot = place + "." if place else ""
            named = {key: dot + self.name(member, key) for key, member in shape.members.items()}
            return {key: self.read(shape.members[key], at) for key, at in named.items()
                    if self.has(at)}
        if shape.type_name == "list":
            return list(self.elements(shape, place))
        if place not in self.fields:
            return {}  # deeper than the model: told as a field without a place
        self.used.add(place)
        text = self.fields[place]
        if shape.type_name in ("integer", "long") and re.fullmatch(r"-?\d+", text):
            return int(text)
        if shape.type_name == "boolean" and text in ("true", "false"):
            return text == "true"
        return text


def wrong_words(shape, value, place):
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, item in value.items():
            if key in shape.members:
                yield from wrong_words(shape.members[key], item, place + "." + key)
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from wrong_words(shape.member, item, place)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{place} is {value!r}, not one of {shape.enum}"


def problems(model, operation, parameters):
    shape = model.operation_model(operation).input_shape
    if not shape:
        return [f"it takes no parameters: {parameters}"] if parameters else []
    report = ParamValidator().validate(parameters, shape)
    told = [report.generate_report()] if report.has_errors() else []
    return told + list(wrong_words(shape, parameters, operation))


def judge(models, scope, target, body):
    """The operation, and what is wrong with the request."""
    model = models[scope]
    if model.metadata["protocol"] in ("query", "ec2"):
        pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        fields = dict(pairs)
        operation = fields.get("Action", "")
        if operation not in model.operation_names:
            return operation, ["the service has no such operation"]
        form = Form(fields, model.metadata["protocol"])
        shape = model.operation_model(operation).input_shape
        told = problems(model, operation, form.read(shape, "") if shape else {})
        told += [f"a field without a place: {key}" for key in sorted(set(fields) - form.used)]
        if len(pairs) != len(fields):
            told.append("a field comes twice")
        if fields.get("Version") != model.api_version:
            told.append(f"version {fields.get('Version')}, not {model.api_version}")
        return operation, told
    prefix, _, operation = (target or ".").rpartition(".")
    if operation not in model.operation_names:
        return operation, ["the service has no such operation"]
    told = problems(model, operation, json.loads(body))
    if prefix != model.metadata["targetPrefix"]:
        told.append(f"target {prefix}, not {model.metadata['targetPrefix']}")
    return operation, told


def play(where, url):
    cluster = rig.cluster_file(where, Between.direct)
    key = ["--key-file", os.path.join(where, "hpc-admin.pem")]
    subprocess.run([os.path.join(rig.BUILD, "tests/peers/discover-one"), "eu-central-1"],
                   env=rig.environment(where, AWS_ENDPOINT_URL=url), check=True,
                   stdout=subprocess.DEVNULL, timeout=rig.PATIENCE)
    rig.run(where, "check", cluster, AWS_ENDPOINT_URL=url, status=None)
    rig.run(where, "plan", cluster, AWS_ENDPOINT_URL=url)
    rig.run(where, "deploy", cluster, "--yes", *key, AWS_ENDPOINT_URL=url)
    rig.run(where, "status", cluster, *key, AWS_ENDPOINT_URL=url)
    rig.run(where, "destroy", cluster, "--yes", "--delete-data", AWS_ENDPOINT_URL=url, status=None)


def main():
    rig.watchdog(600)
    session = botocore.session.Session()
    models = {scope: session.get_service_model(name) for scope, name in SERVICES.items()}
    with rig.folder() as where, rig.simulator(where, "--speed", "2000") as direct:
        Between.direct, Between.upstream = direct, direct.split("//", 1)[1].rstrip("/")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        play(where, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    operations, wrong = set(), {}
    for scope, target, body in Between.seen:
        if scope in models:
            operation, told = judge(models, scope, target, body)
            operations.add((scope, operation))
            for text in told:
                wrong.setdefault((scope, operation, text), body)
    for (scope, operation, text), body in sorted(wrong.items()):
        print(f"MISMATCH {scope} {operation}: {text}\n  {body[:300]}")
    print(f"{len(Between.seen)} requests, {len(operations)} operations, {len(wrong)} mismatches")
    if len(operations) < LEAST:
        print("too few operations were seen:", *sorted(operations))
    sys.exit(1 if wrong or len(operations) < LEAST else 0)


main()

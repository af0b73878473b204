#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the client puts on the wire, in every protocol form, with random and hostile values: a
server on the loopback interface takes each request as it came, builds botocore's canonical request
from it and compares the signature; and what was said comes back out of the form or the JSON."""
import http.server
import json
import os
import random
import subprocess
import sys
import threading
import urllib.parse

try:
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

PROGRAM = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/send-many")
KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "TOKEN/EXAMPLE+x==")
LETTERS = "abcXYZ019-._~ +/=&%?#:;,@!$'()*<>\"\\éß漢😀"
COUNT = 60  # of each form
problems = []
expected = []


def word(rng, longest=14):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(0, longest)))


def make(rng, form):
    params = [["Name.%d" % i, word(rng)] for i in range(rng.randint(0, 6))]
    if form in ("ec2", "cloudformation", "sts", "iam", "autoscaling"):
        return {"service": form, "operation": "DescribeThings", "params": params}
    if form in ("ssm", "servicequotas"):
        inner = {word(rng) or "k": word(rng, 60), "List": [word(rng), 1, True, None]}
        return {"service": form, "operation": "GetThings", "json": inner, "params": params}
    if form == "route53":
        path = "/2013-04-01/" + "/".join(urllib.parse.quote(word(rng), safe="") or "x"
                                         for _ in range(rng.randint(1, 3)))
        return {"service": form, "operation": "ListThings", "method": "GET",
                "path": urllib.parse.unquote(path).replace("//", "/"), "params": params}
    request = {"service": "s3", "operation": "PutObject",
               "method": rng.choice(("PUT", "GET", "HEAD", "DELETE")),
               "path": "/bucket/" + (word(rng, 20).strip() or "key"), "params": params,
               "headers": [["x-amz-meta-a", "  b   c " * rng.randint(0, 2) or "d"]]}
    if request["method"] == "PUT":
        request.update(body=word(rng, 200) or "x", type="text/plain")
    return request


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        question = expected[0]
        try:
            self.check_signature(body, question["service"])
            self.check_content(body, question)
        except Exception as error:  # whatever it is: the request is wrong
            problems.append("%s: %r" % (question, error))
        answer = b"{}"
        if question["service"] not in ("ssm", "servicequotas"):
            answer = ("<%sResponse/>" % question["operation"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)
        expected.pop(0)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

    def check_signature(self, body, service):
        given = self.headers["Authorization"]
        names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
        scope = given.split("Credential=")[1].split(",")[0].split("/")
        request = AWSRequest(method=self.command, url="http://%s%s" % (self.headers["Host"],
                                                                      self.path), data=body)
        for name in names:
            for value in self.headers.get_all(name):
                request.headers.add_header(name, value)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        kind = S3SigV4Auth if service == "s3" else SigV4Auth
        signer = kind(Credentials(*KEYS), scope[3], scope[2])
        canonical = signer.canonical_request(request)
        want = signer.signature(signer.string_to_sign(request, canonical), request)
        if "Signature=" + want not in given or scope[0] != KEYS[0]:
            raise AssertionError("signature: %s is not %s of\n%s" % (given, want, canonical))
        for must in ("host", "x-amz-date", "x-amz-security-token"):
            if must not in names:
                raise AssertionError(must + " is not signed")

    def check_content(self, body, question):
        url = urllib.parse.urlsplit(self.path)
        said = body.decode() if question["service"] not in ("s3", "route53") else url.query
        params = [tuple(pair) for pair in question.get("params", [])]
        if question["service"] in ("ssm", "servicequotas"):
            want = dict(question["json"], **dict(params))
            if json.loads(said) != want or not self.headers["X-Amz-Target"].endswith(".GetThings"):
                raise AssertionError("the body is %s" % said)
            return
        came = urllib.parse.parse_qsl(said, keep_blank_values=True, strict_parsing=bool(said))
        if question["service"] not in ("s3", "route53"):
            if came[0] != ("Action", question["operation"]) or came[1][0] != "Version":
                raise AssertionError("the form begins with %s" % came[:2])
            came = came[2:]
        if came != params:
            raise AssertionError("%s came" % came)
        if "path" in question and urllib.parse.unquote(url.path) != question["path"]:
            raise AssertionError("path %s" % url.path)
        if "body" in question and body.decode() != question["body"]:
            raise AssertionError("body %s" % body)


def main():
    rng = random.Random(4)
    forms = ("ec2", "cloudformation", "sts", "iam", "autoscaling", "ssm", "servicequotas",
             "route53", "s3")
    questions = [make(rng, form) for form in forms for _ in range(COUNT)]
    expected.extend(questions)
    server = http.server.HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    env.update(AWS_ACCESS_KEY_ID=KEYS[0], AWS_SECRET_ACCESS_KEY=KEYS[1], AWS_SESSION_TOKEN=KEYS[2],
               AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    run = subprocess.run([PROGRAM, "http://127.0.0.1:%d" % server.server_port], env=env,
                         input="\n".join(map(json.dumps, questions)), text=True,
                         stdout=subprocess.PIPE, timeout=300, check=False)
    server.shutdown()
    lines = run.stdout.splitlines()
    problems.extend(line for line in lines if not line.startswith("ok "))
    if len(lines) != len(questions):
        problems.append("%d answers for %d requests" % (len(lines), len(questions)))
    for problem in problems[:5]:
        print("PROBLEM", problem)
    print("%d requests, %d problems" % (len(questions), len(problems)))
    return 1 if problems else 0


sys.exit(main())

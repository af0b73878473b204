#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our signatures with botocore's over seeded random requests of every form."""
import json
import os
import random
import subprocess
import sys
import time
from urllib.parse import quote

try:
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOST = "service.eu-central-1.amazonaws.com"
FORMS = ("query", "json", "rest-xml", "s3")
COUNT = 500  # of each form
LETTERS = "abcXYZ019-._~ +/=&%?#:;,@!$'()*é漢😀"


def word(rng, longest=12):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(0, longest)))


def path(rng, s3):
    if rng.random() < 0.1:
        return "/"
    parts = [quote(word(rng), safe="") for _ in range(rng.randint(1, 4))]
    if s3:
        return "/" + "/".join(parts)
    for odd in (".", "..", ""):
        if rng.random() < 0.2:
            parts.insert(rng.randint(0, len(parts)), odd)
    return "/" + "/".join(parts) + rng.choice(("", "/"))


def query(rng):
    pairs = []
    for _ in range(rng.randint(0, 6)):
        name = quote(word(rng, 4), safe="") or "n"
        pairs.append(name if rng.random() < 0.2 else name + "=" + quote(word(rng), safe=""))
    return "&".join(pairs)


def headers(rng):
    out = [["Host", HOST]]
    for i in range(rng.randint(0, 4)):
        value = rng.choice(("", " ", "  ")) + "a  b" * rng.randint(0, 3) + rng.choice(("", " "))
        out.append([rng.choice(("X-Amz-Meta-A", "x-custom", "My-Header-%d" % i)), value])
    if rng.random() < 0.3:
        out.append(["User-Agent", "anything"])
    return out


def make(rng, form):
    request = {"key_id": KEY_ID, "secret": SECRET, "headers": headers(rng), "s3": form == "s3",
               "time_ms": rng.randint(1_500_000_000, 1_900_000_000) * 1000,
               "region": rng.choice(("us-east-1", "eu-central-1", "ap-south-1")),
               "service": "s3" if form == "s3" else rng.choice(("ec2", "ssm", "route53")),
               "token": "IQoJb3JpZ2lu/EXAMPLE+token==" if rng.random() < 0.5 else ""}
    if form in ("query", "json"):
        body = query(rng) if form == "query" else json.dumps({word(rng): word(rng)})
        request.update(method="POST", path="/", query="", body=body)
        request["headers"].append(["Content-Type", "application/x-amz-json-1.1"])
    else:
        method = rng.choice(("GET", "PUT", "HEAD", "DELETE"))
        request.update(method=method, path=path(rng, form == "s3"), query=query(rng),
                       body=word(rng, 200) if method == "PUT" else "")
    return request


def botocore_signature(spec):
    url = "http://%s%s%s" % (HOST, spec["path"], "?" + spec["query"] if spec["query"] else "")
    request = AWSRequest(method=spec["method"], url=url, data=spec["body"].encode())
    for name, value in spec["headers"]:
        request.headers.add_header(name, value)
    request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ",
                                                 time.gmtime(spec["time_ms"] // 1000))
    signer = (S3SigV4Auth if spec["s3"] else SigV4Auth)(
        Credentials(KEY_ID, SECRET, spec["token"] or None), spec["service"], spec["region"])
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)
    return request.headers["Authorization"], canonical


def main():
    rng = random.Random(20221122)
    specs = [make(rng, form) for form in FORMS for _ in range(COUNT)]
    program = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/sign-one")
    run = subprocess.run([program], input="\n".join(map(json.dumps, specs)), text=True,
                         stdout=subprocess.PIPE, check=False, timeout=120)
    ours = run.stdout.splitlines()
    if len(ours) != len(specs):
        print("expected %d signatures, got %d" % (len(specs), len(ours)))
        return 1
    wrong = 0
    for spec, line in zip(specs, ours):
        theirs, canonical = botocore_signature(spec)
        if line != theirs:
            wrong += 1
            if wrong <= 3:
                print("MISMATCH", json.dumps(spec), line, theirs, canonical, sep="\n")
    print("%d requests, %d mismatches" % (len(specs), wrong))
    return 1 if wrong else 0


sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every service in regions of every partition, with and without FIPS and dual stack, is asked at
botocore's host and signed for botocore's region."""
import os
import re
import subprocess
import sys

try:
    import botocore.awsrequest
    import botocore.session
    from botocore.config import Config
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)
if tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 40):
    print("skipped: this botocore has older endpoint rules")
    sys.exit(77)

PROGRAM = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/endpoint-one")
REGIONS = ("eu-central-1", "us-east-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1",
           "cn-northwest-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1")
TOKEN = {"accessToken": "x"}
CLIENT = {"clientId": "a", "clientSecret": "b", "startUrl": "c"}
# botocore's name, our id, an operation that needs next to nothing
SERVICES = (("sts", "sts", "get_caller_identity", {}), ("ec2", "ec2", "describe_vpcs", {}),
            ("autoscaling", "autoscaling", "describe_auto_scaling_groups", {}),
            ("cloudformation", "cloudformation", "describe_stacks", {}),
            ("iam", "iam", "list_roles", {}), ("route53", "route53", "list_hosted_zones", {}),
            ("ssm", "ssm", "describe_parameters", {}), ("s3", "s3", "list_buckets", {}),
            ("service-quotas", "servicequotas", "list_services", {}),
            ("pricing", "pricing", "describe_services", {}),
            ("ds", "ds", "describe_directories", {}),
            ("logs", "logs", "describe_log_groups", {}), ("kms", "kms", "list_keys", {}),
            ("sso", "portal.sso", "list_accounts", TOKEN),
            ("sso-oidc", "oidc", "start_device_authorization", CLIENT))


class Caught(Exception):
    """The request, in place of sending it."""


def theirs(session, name, region, fips, dual, operation, arguments):
    client = session.create_client(name, region_name=region, config=Config(
        use_fips_endpoint=fips, use_dualstack_endpoint=dual))

    def catch(request, **_):
        raise Caught(request.url, request.headers.get("Authorization", b""))

    client.meta.events.register("before-send.*", catch)
    try:
        getattr(client, operation)(**arguments)
    except Caught as caught:
        url, header = caught.args
        header = header.decode() if isinstance(header, bytes) else header
        scope = re.search(r"Credential=x/\d+/([^/]+)/", header)
        host = re.match(r"https://([^/?]+)", url).group(1)
        return host + " " + (scope.group(1) if scope else region)
    raise AssertionError("nothing was sent")


def main():
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y", AWS_CONFIG_FILE="/dev/null",
                      AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    session = botocore.session.Session()
    asked, expected = [], []
    for name, ours, operation, arguments in SERVICES:
        for region in REGIONS:
            for fips in (False, True):
                if fips and region.startswith(("cn-", "eusc-")):
                    continue  # there is none: hpcwiz says so, botocore makes a name up
                for dual in (False, True):
                    asked.append("%s %s %d %d" % (ours, region, fips, dual))
                    expected.append(theirs(session, name, region, fips, dual, operation,
                                           arguments))
    asked.append("ec2 cn-north-1 1 0")
    expected.append("refused: there are no FIPS endpoints in region cn-north-1")
    run = subprocess.run([PROGRAM], input="\n".join(asked), text=True, stdout=subprocess.PIPE,
                         check=False, timeout=60)
    wrong = 0
    for question, want, got in zip(asked, expected, run.stdout.splitlines()):
        # the old global name of the same service
        if want == "s3.amazonaws.com us-east-1" and got == "s3.us-east-1.amazonaws.com us-east-1":
            continue
        if want != got:
            wrong += 1
            print("MISMATCH %s: botocore %s, hpcwiz %s" % (question, want, got))
    if len(run.stdout.splitlines()) != len(asked):
        wrong += 1
        print("%d answers for %d questions" % (len(run.stdout.splitlines()), len(asked)))
    print("%d endpoints, %d mismatches" % (len(asked), wrong))
    return 1 if wrong else 0


sys.exit(main())

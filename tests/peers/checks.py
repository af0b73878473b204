#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every check that asks the account is provoked once, against a simulated account that is wrong
in one place; permissions that are missing skip a check by name and never fail it."""
import concurrent.futures
import copy
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import rig

try:
    import yaml
except ImportError:
    rig.skip("PyYAML is not installed")

CLUSTER = {
    "cluster": "riskgrid",
    "region": "eu-central-1",
    "network.vpc": "vpc-0a1b2c3d4e5f67890",
    "network.subnets": "subnet-0aaa1111bbb22220a,subnet-0aaa1111bbb22220b",
    "network.hosted_zone": "Z0123456789ABCDEFGHIJ",
    "network.zone_name": "hpc.example.internal",
    "network.sql_address": "@.1.5",
    "network.head_address": "@.1.6",
    "directory.domain": "corp.example.internal",
    "directory.netbios": "CORP",
    "access.key_pair": "hpc-admin",
    "access.from": "@.0.0/16",
    "hpc_pack.media": "s3://my-bucket/hpcpack/",
    "nodes.sql.image": "ami-0d000000005910001",
    "nodes.sql.type": "r6i.xlarge",
    "nodes.head.image": "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
    "nodes.head.type": "m6i.xlarge",
    "nodes.compute.0.image": "ami-0d00000000c000001",
    "nodes.compute.0.type": "c6i.4xlarge",
}
SUBNET = "subnet-0aaa1111bbb22220a"


def find(account, kind, key, value):
    return next(item for item in account[kind] if item[key] == value)


def at(kind, key, value, **changes):
    """A change of one item of a list of the account."""
    def change(account):
        find(account, kind, key, value).update(changes)
    return change


def drop(kind, key, value):
    def change(account):
        account[kind] = [item for item in account[kind] if item[key] != value]
    return change


def both(*changes):
    def change(account):
        for one in changes:
            one(account)
    return change


def put(name, value):
    def change(account):
        account[name] = value
    return change


def quota(code, value):
    def change(account):
        account["quotas"][code][1] = value
    return change


def route(**changes):
    def change(account):
        account["route_tables"][0]["routeSet"][1] = {
            "destinationCidrBlock": "0.0.0.0/0", "state": "active", **changes}
        account["vpc_endpoints"] = []
    return change


def no_route(account):
    """Only S3 can be reached: its gateway is there, no default route."""
    del account["route_tables"][0]["routeSet"][1]


def encrypted(account):
    image = find(account, "images", "imageId", "ami-0d000000005910001")
    image["blockDeviceMapping"] = [{"deviceName": "/dev/sda1", "ebs": {
        "encrypted": True, "snapshotId": "snap-0a1b2c3d4e5f67890", "volumeSize": 100}}]
    account["snapshots"] = [{"snapshotId": "snap-0a1b2c3d4e5f67890", "status": "completed",
                             "kmsKeyId": "1b2c3d4e-5f67-890a-bcde-f01234567890"}]


def secret_with_key(account):
    find(account, "parameters", "Name", "/service-account/password")["KeyId"] = "alias/hpc-secrets"
    account["kms_keys"][1]["KeyState"] = "PendingDeletion"


def key_elsewhere(account):
    find(account, "parameters", "Name", "/service-account/password")["KeyId"] = (
        "arn:aws:kms:eu-central-1:999999999999:key/1b2c3d4e-5f67-890a-bcde-f01234567890")


def many_networks():
    return ",".join("10.%d.0.0/24" % i for i in range(31))


WS2012 = at("images", "imageId", "ami-0d00000000ead0001", description="Windows Server 2008 of old")
HEAD_OWN = {"nodes.head.image": "ami-0d00000000ead0001"}
OWN_SQL = "ami-0d000000005910001"

# (check, field, change of the account or None, change of the cluster)
FAULTS = [
    ("account.region", "region", None, {"region": "me-central-1"}),
    ("account.permissions", "region", put("denied", ["iam:CreateRole"]), {}),
    ("account.node-permissions", "hpc_pack.media", put("denied", ["s3:GetObject"]), {}),
    ("account.node-permissions", "secrets.service_password", key_elsewhere, {}),
    ("network.vpc", "network.vpc", None, {"network.vpc": "vpc-00000000000000000"}),
    ("network.dns", "network.vpc", at("vpcs", "vpcId", CLUSTER["network.vpc"],
                                      enableDnsHostnames=False), {}),
    ("network.dhcp", "directory.domain", at("vpcs", "vpcId", CLUSTER["network.vpc"],
                                            dhcpOptionsId="dopt-0d0d0d0d0d0d0d0d0"), {}),
    ("network.subnets", "network.subnets", None,
     {"network.subnets": SUBNET + ",subnet-0c0ffee0c0ffee001"}),
    ("network.spread", "network.subnets", at("subnets", "subnetId", "subnet-0aaa1111bbb22220b",
                                             availabilityZone="eu-central-1a"), {}),
    ("network.free-addresses", "network.subnets", None, {"nodes.compute.0.max": "600"}),
    ("network.way-out", "network.subnets", no_route, {}),
    ("network.way-out", "network.subnets", route(gatewayId="igw-0a1b2c3d4e5f67890"), {}),
    ("network.way-out", "network.subnets", route(natGatewayId="nat-0", state="blackhole"), {}),
    ("network.address", "network.sql_address", None, {"network.sql_address": "10.0.0.5"}),
    ("network.address", "network.head_address", None, {"network.head_address": "@.1.3"}),
    ("network.zone", "network.hosted_zone", at("hosted_zones", "Id", "Z0123456789ABCDEFGHIJ",
                                               vpcs=["vpc-0f9e8d7c6b5a43210"]), {}),
    ("network.zone-name", "network.zone_name", None, {"network.zone_name": "other.internal"}),
    ("network.records", "network.hosted_zone",
     at("hosted_zones", "Id", "Z0123456789ABCDEFGHIJ", _records=[
         {"Name": "headnode.hpc.example.internal.", "Type": "A", "TTL": 60}]), {}),
    ("access.key-pair", "access.key_pair", None, {"access.key_pair": "linux-admin"}),
    ("access.rules", "access.from", None, {"access.from": many_networks()}),
    ("images.available", "nodes.sql.image", None, {"nodes.sql.image": "ami-00000000"}),
    ("images.available", "nodes.head.image", None, {"nodes.head.image": "ssm:/no/such/image"}),
    ("images.platform", "nodes.head.image", None, {"nodes.head.image": "ami-0c0ffee000000000b"}),
    ("images.deprecated", "nodes.sql.image", at("images", "imageId", OWN_SQL,
                                                deprecationTime="2024-01-01T00:00:00.000Z"), {}),
    ("images.versions", "nodes.head.image", None, {"hpc_pack.version": "2016"}),
    ("images.versions", "nodes.head.image", WS2012, HEAD_OWN),
    ("images.versions", "nodes.sql.image", at("images", "imageId", OWN_SQL,
                                              description="SQL Server 2012 for HPC Pack"), {}),
    ("images.untested", "nodes.head.image", None, {"nodes.head.image": "ami-0a2025f0000000003"}),
    ("images.edition", "nodes.sql.image", None, {"nodes.sql.image": "ami-0a2022f0000000002"}),
    ("images.root-disk", "nodes.sql.image", at("images", "imageId", OWN_SQL, rootGiB=500), {}),
    ("images.boot-mode", "nodes.head.image", None, {"nodes.head.type": "z1d.2xlarge"}),
    ("images.imds", "nodes.sql.image", at("images", "imageId", OWN_SQL,
                                          creationDate="2019-03-01T00:00:00.000Z"), {}),
    ("images.key", "nodes.head.image", encrypted, {}),
    ("nodes.types", "nodes.head.type", None, {"nodes.head.type": "m6i.99xlarge"}),
    ("nodes.types", "nodes.head.type", None, {"nodes.head.type": "x2iezn.2xlarge",
                                              "network.subnets": "subnet-0aaa1111bbb22220b",
                                              "network.sql_address": "@.2.5",
                                              "network.head_address": "@.2.6"}),
    ("nodes.offered", "nodes.compute.0.type", None, {"nodes.compute.0.type": "x2iezn.2xlarge"}),
    ("nodes.memory", "nodes.head.type", None, {"nodes.head.type": "m6i.large"}),
    ("nodes.generation", "nodes.head.type", None, {"nodes.head.type": "m5.xlarge"}),
    ("nodes.quota-now", "nodes.compute.0.type", quota("L-1216C47A", 40), {}),
    ("nodes.quota", "nodes.compute.0.type", quota("L-1216C47A", 100), {}),
    ("nodes.quota", "nodes.compute.0.type", quota("L-34B43A08", 100),
     {"nodes.compute.0.spot": "true"}),
    ("nodes.launch", "nodes.head.type", None, {"nodes.head.type": "x2iezn.2xlarge",
                                               "network.subnets": "subnet-0aaa1111bbb22220b",
                                               "network.sql_address": "@.2.5",
                                               "network.head_address": "@.2.6"}),
    ("hpc.media", "hpc_pack.media", None, {"hpc_pack.media": "s3://my-bucket/empty/"}),
    ("hpc.media", "hpc_pack.media", None, {"hpc_pack.media": "s3://no-such-bucket/hpcpack/"}),
    ("secrets.exist", "secrets.service_password", drop("parameters", "Name",
                                                       "/service-account/password"), {}),
    ("secrets.type", "secrets.service_password", at("parameters", "Name",
                                                    "/service-account/password", Type="String"),
     {}),
    ("secrets.key", "secrets.service_password", secret_with_key, {}),
    ("secrets.safe", "secrets.sql_password", None, {}),
    ("deploy.bucket-place", "deploy.bucket", None, {"deploy.bucket": "no-such-bucket"}),
]

# What is refused, and which checks must then be skipped with that action in their message.
DENIED = [
    ("servicequotas", "nodes.quota", "servicequotas:GetServiceQuota"),
    ("iam", "account.permissions", "iam:SimulatePrincipalPolicy"),
    ("ssm", "secrets.exist", "ssm:DescribeParameters"),
    ("s3", "hpc.media", "s3:ListBucket"),
    ("route53", "network.zone", "route53:GetHostedZone"),
    ("cloudformation", "deploy.stacks", "cloudformation:DescribeStacks"),
]


def check(where, url, cluster):
    vpc = rig.vpc_prefix(where, url)
    path = os.path.join(where, "cluster.yaml")
    arguments = []
    for key, value in cluster.items():
        arguments += ["--set", f"{key}={value.replace('@', vpc)}"]
    rig.run(where, "new", path, *arguments)
    text = rig.run(where, "check", path, "--json", status=None, AWS_ENDPOINT_URL=url)
    os.unlink(path)
    return [line for line in rig.json_lines(text) if line["type"] == "check"]


def failures(lines):
    return {(line["id"], line["field"]) for line in lines if line["status"] == "fail"}


def with_account(where, change, cluster, *options):
    with open(os.path.join(rig.SOURCE, "templates/scenarios/account.yaml")) as file:
        account = copy.deepcopy(yaml.safe_load(file))
    if change:
        change(account)
    path = os.path.join(where, "account.yaml")
    with open(path, "w") as file:
        json.dump(account, file, default=str)
    ready = os.path.join(where, "ready")
    if os.path.exists(ready):
        os.unlink(ready)
    with rig.simulator(where, "--account", path, *options) as url:
        return check(where, url, {**CLUSTER, **cluster})


def a_sound_account_passes(where):
    lines = with_account(where, None, {})
    wrong = [line for line in lines if line["status"] == "fail" and line["severity"] != "info"]
    skipped = [line["id"] for line in lines if line["status"] == "skipped"]
    if wrong or skipped:
        rig.fail(f"a sound account: {wrong} {skipped}")
    return {line["id"] for line in lines}


def look_for_fault(fault):
    name, field, change, cluster = fault
    with rig.folder() as where:
        lines = with_account(where, change, cluster)
    told = [line for line in lines if line["id"] == name]
    if field not in [line["field"] for line in told if line["status"] == "fail"]:
        return f"{name} at {field} was not found: {sorted(failures(lines))}"
    if any(line["status"] == "pass" or not line["remedy"] for line in told):
        return f"{name} passed too, or says not what to do: {told}"
    return ""


def look_for_denied(denied):
    service, name, action = denied
    with rig.folder() as where:
        lines = with_account(where, None, {}, "--fault", f"denied:{service}:100000")
    told = [line for line in lines if line["id"] == name]
    if [line["status"] for line in told] != ["skipped"] or action not in told[0]["message"]:
        return f"{service} denied: {told}"
    wrong = [line for line in lines if line["status"] == "fail" and line["severity"] == "error"]
    return f"{service} denied is no error: {wrong}" if wrong else ""


def all_of(look, items):
    """Side by side: a run mostly waits for its request budget."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        problems = [problem for problem in pool.map(look, items) if problem]
    if problems:
        rig.fail("\n".join(problems))


def without_credentials_one_error_says_so(where):
    lines = with_account(where, None, {}, "--fault", "expired:sts:100000")
    told = [line for line in lines if line["id"] == "account.credentials"]
    if [line["status"] for line in told] != ["fail"]:
        rig.fail(f"expired credentials: {told}")


def main():
    with rig.folder() as where:
        known = a_sound_account_passes(where)
        provoked = {fault[0] for fault in FAULTS}
        listed = rig.json_lines(rig.run(where, "check", "--list", "--json"))
        ids = {line["id"] for line in listed if line["type"] == "check"}
        if ids != known:
            rig.fail(f"told and listed checks differ: {ids ^ known}")
        all_of(look_for_fault, FAULTS)
        all_of(look_for_denied, DENIED)
        without_credentials_one_error_says_so(where)
        print(f"{len(ids)} checks, {len(FAULTS)} faults of the account, of {len(provoked)} checks")


main()

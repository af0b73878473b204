#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks of the account in an account that somebody else made: moto's, filled by boto3. What is
right passes, what is wrong is found, and what moto cannot answer is skipped."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import rig

try:
    import boto3
except ImportError:
    rig.skip("boto3 is not installed")
if not shutil.which("moto_server"):
    rig.skip("moto_server is not installed")

REGION = "eu-central-1"
PASSWORDS = ("/sql-server/service-account/password", "/service-account/password",
             "/certificate/hpc/password")
USERNAMES = ("/sql-server/service-account/username", "/service-account/username")
SOUND = ("account.region", "network.vpc", "network.subnets", "network.spread", "network.zone",
         "network.zone-name", "network.free-addresses", "network.address", "network.records",
         "access.key-pair", "images.available", "images.platform", "nodes.types", "hpc.media",
         "hpc.media-region", "secrets.exist", "secrets.type", "deploy.stacks", "deploy.owner",
         "deploy.exports", "account.clock")


@contextlib.contextmanager
def moto(where):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(os.path.join(where, "moto.log"), "w") as log:
        server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=log,
                                  stderr=log)

    def answers():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        return server.poll() is not None
    try:
        rig.wait_for(answers, "moto_server")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def client(name, url):
    return boto3.client(name, region_name=REGION, endpoint_url=url,
                        aws_access_key_id=rig.KEYS["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=rig.KEYS["AWS_SECRET_ACCESS_KEY"])


def make_zone(route53, vpc):
    """AWS's ids begin with Z; moto's with any letter, so that it is asked until one does."""
    for attempt in range(1000):
        zone = route53.create_hosted_zone(
            Name="hpc.example.internal", CallerReference=str(attempt),
            VPC={"VPCRegion": REGION, "VPCId": vpc}, HostedZoneConfig={"PrivateZone": True})
        if zone["HostedZone"]["Id"].rsplit("/", 1)[-1].startswith("Z"):
            return zone
        route53.delete_hosted_zone(Id=zone["HostedZone"]["Id"])
    return rig.fail("moto made no zone whose id begins with Z")


def fill(url):
    """A sound network but for its way out; returns the settings of a cluster in it."""
    ec2 = client("ec2", url)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{i}.0/24",
                                 AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
               for i, zone in enumerate("ab")]
    ec2.create_key_pair(KeyName="hpc-admin", KeyType="rsa")
    zone = make_zone(client("route53", url), vpc)
    s3 = client("s3", url)
    s3.create_bucket(Bucket="my-hpc-media",
                     CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="my-hpc-media", Key="hpcpack/Setup.exe", Body=b"x")
    ssm = client("ssm", url)
    for name in PASSWORDS[:-1] + USERNAMES:
        ssm.put_parameter(Name=name, Value="a-test-value", Type="SecureString")
    image = next(i["ImageId"] for i in ec2.describe_images()["Images"]
                 if i.get("Platform") == "windows" and i["Architecture"] == "x86_64")
    return {"cluster": "riskgrid", "region": REGION, "network.vpc": vpc,
            "network.subnets": ",".join(subnets),
            "network.hosted_zone": zone["HostedZone"]["Id"].split("/")[-1],
            "network.zone_name": "hpc.example.internal", "network.sql_address": "10.20.0.5",
            "network.head_address": "10.20.0.6", "directory.domain": "corp.example.internal",
            "directory.netbios": "CORP", "access.key_pair": "hpc-admin",
            "access.from": "10.20.0.0/16", "hpc_pack.media": "s3://my-hpc-media/hpcpack/",
            "nodes.sql.image": image, "nodes.sql.type": "r5.xlarge", "nodes.head.image": image,
            "nodes.head.type": "m5.xlarge", "nodes.compute.0.image": image,
            "nodes.compute.0.type": "c5.xlarge"}


def check(where, url, settings):
    path = os.path.join(where, "cluster.yaml")
    arguments = []
    for key, value in settings.items():
        arguments += ["--set", f"{key}={value}"]
    rig.run(where, "new", path, *arguments)
    text = rig.run(where, "check", path, "--json", status=None, AWS_ENDPOINT_URL=url)
    os.unlink(path)
    found = {}
    for line in rig.json_lines(text):
        if line["type"] == "check":
            found.setdefault(line["id"], []).append(line)
    return found


def expect(found, name, status):
    told = found.get(name, [])
    if [line["status"] for line in told] != [status]:
        rig.fail(f"{name} should be '{status}': {told}")


def open_the_way(url, settings):
    """A NAT gateway behind the main route table, and the parameter that was missing."""
    ec2 = client("ec2", url)
    subnet = settings["network.subnets"].split(",")[0]
    nat = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    tables = ec2.describe_route_tables(Filters=[
        {"Name": "vpc-id", "Values": [settings["network.vpc"]]}])["RouteTables"]
    ec2.create_route(RouteTableId=tables[0]["RouteTableId"], DestinationCidrBlock="0.0.0.0/0",
                     NatGatewayId=nat["NatGateway"]["NatGatewayId"])
    client("ssm", url).put_parameter(Name=PASSWORDS[-1], Value="a-test-value", Type="String")


def main():
    rig.watchdog(600)
    with rig.folder() as where, rig.folder() as elsewhere, moto(elsewhere) as url:
        settings = fill(url)
        found = check(where, url, settings)
        for name in SOUND:
            if name not in ("secrets.exist", "secrets.type"):
                expect(found, name, "pass")
        if len(found["network.way-out"]) != 2 or found["secrets.exist"][0]["status"] != "fail":
            rig.fail(f"no way out, no secret: {found['network.way-out']}")
        open_the_way(url, settings)
        found = check(where, url, settings)
        expect(found, "network.way-out", "pass")
        expect(found, "secrets.exist", "pass")
        expect(found, "secrets.type", "fail")
        skipped = sorted(name for name, told in found.items() if told[0]["status"] == "skipped")
        print(f"{len(found)} checks in moto's account; it cannot answer: {' '.join(skipped)}")


main()

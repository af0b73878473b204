#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Discovery against another's account: moto_server, filled through boto3."""
import os
import shutil
import socket
import subprocess
import sys
import time

try:
    import boto3
except ImportError:
    print("skipped: boto3 is not installed")
    sys.exit(77)
if not shutil.which("moto_server"):
    print("skipped: moto_server is not installed")
    sys.exit(77)

REGION = "eu-central-1"
EXPECTED = ("identity 123456789012 environment", "regions ", "vpcs 1 best=vpc-",
            "subnets 103 best=subnet-", "zones 1 best=", "addresses 64 best=172.31.0.6",
            "domains 1 best=corp.example.internal", "key pairs 2 best=hpc-admin",
            "media 1 best=s3://my-hpc-media/hpcpack/", "secret names 60 best=/x/p0",
            "sql types ", "fill network.sql_address=172.31.0.6",
            "fill network.head_address=172.31.0.7", "fill directory.netbios=CORP")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, server):
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def fill(url):
    def client(name):
        return boto3.client(name, region_name=REGION, endpoint_url=url)
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        address = subnet["CidrBlock"].split("/")[0][:-1] + "5"
        ec2.create_network_interface(SubnetId=subnet["SubnetId"], PrivateIpAddress=address)
    for i in range(100):
        cidr = "172.31.%d.%d/28" % (128 + i // 16, i % 16 * 16)
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=REGION + "c")
    options = ec2.create_dhcp_options(DhcpConfigurations=[
        {"Key": "domain-name", "Values": ["corp.example.internal"]}])["DhcpOptions"]
    ec2.associate_dhcp_options(DhcpOptionsId=options["DhcpOptionsId"], VpcId=vpc)
    ec2.create_key_pair(KeyName="a-modern-one", KeyType="ed25519")
    ec2.create_key_pair(KeyName="hpc-admin")
    client("route53").create_hosted_zone(
        Name="hpc.example.internal", CallerReference="1",
        VPC={"VPCRegion": REGION, "VPCId": vpc}, HostedZoneConfig={"PrivateZone": True})
    ssm = client("ssm")
    for i in range(60):
        ssm.put_parameter(Name="/x/p%d" % i, Value="a test value", Type="SecureString")
    client("s3").create_bucket(Bucket="my-hpc-media", CreateBucketConfiguration={
        "LocationConstraint": REGION})


def main():
    os.environ.update(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="x",
                      AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    port = free_port()
    url = "http://127.0.0.1:%d" % port
    server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not wait_for(port, server):
            print("skipped: moto_server does not start")
            return 77
        fill(url)
        program = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/discover-one")
        run = subprocess.run([program, REGION], env=dict(os.environ, AWS_ENDPOINT_URL=url),
                             stdout=subprocess.PIPE, text=True, check=False, timeout=120)
    finally:
        server.terminate()
        server.wait()
    missing = [line for line in EXPECTED if "\n" + line not in "\n" + run.stdout]
    if missing:
        print("missing:", *missing, "in", run.stdout, sep="\n")
        return 1
    print("discovery against moto_server: all as expected")
    return 0


sys.exit(main())

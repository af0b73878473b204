#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Discovery against another's account: moto_server, filled through boto3; and beside the AWS CLI,
which asks the same server the same questions and must have the same answers."""
import json
import os
import re
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
if not shutil.which("aws"):
    print("skipped: the AWS CLI is not installed")
    sys.exit(77)

REGION = "eu-central-1"
EXPECTED = ("identity 123456789012 environment", "regions ", "vpcs 1 best=vpc-",
            "subnets 103 best=subnet-", "zones 1 best=", "addresses 64 best=172.31.",
            "domains 2 best=ad.example.internal", "key pairs 2 best=hpc-admin",
            "media 1 best=s3://my-hpc-media/hpcpack/", "secret names 60 best=/x/p0",
            "sql types ", "cost ", "fill network.sql_address=172.31.",
            "fill network.head_address=172.31.", "fill directory.netbios=EXAMPLEAD")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, server):
    for _ in range(1200):  # two minutes: Python programs start slowly on a busy machine
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
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
    client("ds").create_microsoft_ad(Name="ad.example.internal", ShortName="EXAMPLEAD",
                                     Password="a-Test-value-1",
                                     VpcSettings={"VpcId": vpc, "SubnetIds": subnets})
    ec2.create_key_pair(KeyName="a-modern-one", KeyType="ed25519")
    ec2.create_key_pair(KeyName="hpc-admin")
    client("route53").create_hosted_zone(
        Name="hpc.example.internal", CallerReference="1",
        VPC={"VPCRegion": REGION, "VPCId": vpc}, HostedZoneConfig={"PrivateZone": True})
    ssm = client("ssm")
    for i in range(60):
        ssm.put_parameter(Name="/x/p%d" % i, Value="a test value", Type="SecureString")
    s3 = client("s3")
    s3.create_bucket(Bucket="my-hpc-media", CreateBucketConfiguration={
        "LocationConstraint": REGION})
    for name in ("HPCPack2019.zip", "Setup.exe"):
        s3.put_object(Bucket="my-hpc-media", Key="hpcpack/" + name, Body=b"x" * 100000)
    image = next(i for i in ec2.describe_images(Owners=["amazon"])["Images"]
                 if i.get("Platform") == "windows")
    instance = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1)["Instances"][0]
    ec2.create_image(InstanceId=instance["InstanceId"], Name="hpc-own-image")


def offered(output):
    """What discover-one lists: {source: {value: (label, detail, why it is unfit)}}."""
    lists, at = {}, None
    for line in output.splitlines():
        if line.startswith("    ") and " | " in line:
            value, label, detail, unfit = line[4:].split(" | ", 3)
            lists[at][value] = (label, detail, unfit.rstrip("*"))
        elif " best=" in line:
            at = line.split(" best=")[0].rstrip("0123456789").strip()
            lists[at] = {}
    return lists


class Cli:
    """The AWS CLI, asking the same server."""

    def __init__(self, url):
        self.url = url

    def __call__(self, *words):
        run = subprocess.run(["aws", *words, "--endpoint-url", self.url, "--region", REGION,
                              "--output", "json"], stdout=subprocess.PIPE, text=True, check=True,
                             timeout=120)
        return json.loads(run.stdout) if run.stdout.strip() else {}


def windows_images(aws, owner):
    filters = ["Name=platform,Values=windows", "Name=state,Values=available",
               "Name=architecture,Values=x86_64"]
    if owner == "amazon":
        kinds = ("2022-English-Full-SQL_2019_Standard", "2022-English-Full-SQL_2022_Standard",
                 "2019-English-Full-SQL_2019_Standard", "2022-English-Full-SQL_2022_Enterprise",
                 "2022-English-Full-Base", "2019-English-Full-Base")
        filters.append("Name=name,Values=" + ",".join(f"Windows_Server-{k}-*" for k in kinds))
    return {i["ImageId"] for i in aws("ec2", "describe-images", "--owners", owner, "--filters",
                                      *filters)["Images"]}


def same(what, ours, theirs):
    if set(ours) == set(theirs):
        print(f"{what}: {len(set(ours))} as the AWS CLI")
        return True
    print(f"{what}: only ours {sorted(set(ours) - set(theirs))[:5]}, "
          f"only the CLI's {sorted(set(theirs) - set(ours))[:5]}")
    return False


def beside_the_cli(url, lists):
    aws = Cli(url)
    vpc = next(iter(lists["vpcs"]))
    in_vpc = ["--filters", "Name=vpc-id,Values=" + vpc]
    subnets = aws("ec2", "describe-subnets", *in_vpc)["Subnets"]
    types = lists["compute types"]
    not_there = {t: why.split()[-1] for t, (_, _, why) in types.items()
                 if why.startswith("not offered in ")}
    zone = next(iter(not_there.values()))
    x86 = aws("ec2", "describe-instance-types", "--filters",
              "Name=processor-info.supported-architecture,Values=x86_64",
              "Name=current-generation,Values=true",
              "Name=bare-metal,Values=false")["InstanceTypes"]
    there = {o["InstanceType"] for o in aws(
        "ec2", "describe-instance-type-offerings", "--location-type", "availability-zone",
        "--filters", "Name=location,Values=" + zone)["InstanceTypeOfferings"]}
    images = {**lists["sql images"], **lists["windows images"]}
    sizes = {t["InstanceType"]: f"{t['VCpuInfo']['DefaultVCpus']} vCPU  "
                                f"{t['MemoryInfo']['SizeInMiB'] // 1024} GiB" for t in x86}
    results = [
        same("regions", lists["regions"],
             [r["RegionName"] for r in aws("ec2", "describe-regions", "--all-regions")["Regions"]]),
        same("vpcs", lists["vpcs"], [v["VpcId"] for v in aws("ec2", "describe-vpcs")["Vpcs"]]),
        same("subnets", lists["subnets"], [s["SubnetId"] for s in subnets]),
        same("free addresses", [f"{v} {d.split()[2]}" for v, (_, d, _) in lists["subnets"].items()],
             [f"{s['SubnetId']} {s['AvailableIpAddressCount']}" for s in subnets]),
        same("key pairs", [(k, *d.split()) for k, (_, d, _) in lists["key pairs"].items()],
             [(k["KeyName"], *[k[x] for x in ("KeyType", "KeyPairId") if x in k])
              for k in aws("ec2", "describe-key-pairs")["KeyPairs"]]),
        same("private zones", lists["zones"],
             [z["HostedZoneId"] for z in aws(
                 "route53", "list-hosted-zones-by-vpc", "--vpc-id", vpc, "--vpc-region",
                 REGION)["HostedZoneSummaries"]]),
        same("directories", ["ad.example.internal"],
             [d["Name"] for d in aws("ds", "describe-directories")["DirectoryDescriptions"]]),
        same("images", [i for i in images if i.startswith("ami-")],
             windows_images(aws, "self") | windows_images(aws, "amazon")),
        same("types", types, sizes),
        same("types that the zone lacks", not_there, set(sizes) - there),
        same("vCPU and memory", [(t, "  ".join(re.split(" {2,}|(?<=vCPU) ", d)[:2])) for t, (_, d, _) in types.items()],
             sizes.items()),
        same("parameters", lists["secret names"],
             [p["Name"] for p in aws("ssm", "describe-parameters")["Parameters"]]),
        same("buckets", [m.split("/")[2] for m in lists["media"]],
             [b["Name"] for b in aws("s3api", "list-buckets")["Buckets"]]),
        same("media", [lists["media"]["s3://my-hpc-media/hpcpack/"][1].split(",")[0]],
             [str(len(aws("s3api", "list-objects-v2", "--bucket", "my-hpc-media", "--prefix",
                          "hpcpack/")["Contents"])) + " files"]),
    ]
    return all(results)


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
        run = subprocess.run([program, REGION, "list"], env=dict(os.environ, AWS_ENDPOINT_URL=url),
                             stdout=subprocess.PIPE, text=True, check=False, timeout=120)
        equal = beside_the_cli(url, offered(run.stdout))
    finally:
        server.terminate()
        server.wait()
    missing = [line for line in EXPECTED if "\n" + line not in "\n" + run.stdout]
    if missing:
        print("missing:", *missing, "in", *[x for x in run.stdout.splitlines() if x[:1] != " "],
              sep="\n")
        return 1
    if not equal:
        return 1
    print("discovery against moto_server: all as expected")
    return 0


sys.exit(main())

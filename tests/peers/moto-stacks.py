#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every generated stack loads in moto, in order, with its own parameter file: imports and exports
fit, every resource can be made. moto knows no signals, so nothing here waits for a node."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import boto3
    from moto import mock_aws
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("srcdir", "."))
BUILD = pathlib.Path(os.environ.get("HPCWIZ_BUILD", "."))
REGION = "eu-central-1"
os.environ.update(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="example",
                  AWS_DEFAULT_REGION=REGION, HPCWIZ_DATADIR=str(SOURCE / "templates"))
os.environ.pop("AWS_ENDPOINT_URL", None)


def make_account():
    """What the cluster file names, by the id that moto gave it."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{n}.0/24")["Subnet"]["SubnetId"]
               for n in (1, 2)]
    zone = boto3.client("route53").create_hosted_zone(
        Name="hpc.example.internal", CallerReference="test",
        VPC={"VPCRegion": REGION, "VPCId": vpc})["HostedZone"]["Id"].split("/")[-1]
    ec2.create_key_pair(KeyName="hpc-admin")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    return {"vpc-0a1b2c3d4e5f67890": vpc, "zone-of:subnet-0aaa1111bbb22222c": REGION + "a",
            "subnet-0aaa1111bbb22222c": subnets[0], "subnet-0bbb1111ccc22222d": subnets[1],
            "Z0123456789ABCDEFGHIJ": zone, "ami-0123456789abcdef0": image,
            "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base": image}


def resolved(text, account):
    for name, value in account.items():
        text = text.replace(name, value)
    return text


@mock_aws
def load(cluster, folder):
    subprocess.run([BUILD / "tests/peers/generate-one", cluster, folder], check=True)
    account = make_account()
    cloudformation = boto3.client("cloudformation")
    order = {"foundation": 0, "sql": 1, "head": 2}
    names = sorted((path.stem for path in folder.glob("*.yaml")),
                   key=lambda name: (order.get(name, 3), name))
    for name in names:
        parameters = resolved((folder / f"{name}.parameters.json").read_text(), account)
        cloudformation.create_stack(
            StackName=f"test-{name}", TemplateBody=resolved((folder / f"{name}.yaml").read_text(), account),
            Parameters=json.loads(parameters), Capabilities=["CAPABILITY_IAM"],
            Tags=json.loads((folder / "tags.json").read_text()))
        stack = cloudformation.describe_stacks(StackName=f"test-{name}")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", (name, stack["StackStatus"])
    # The names that outlive an instance are those of the kept interfaces.
    interfaces = {i["Description"].rsplit(" - ", 1)[1]: i["PrivateIpAddress"]
                  for i in boto3.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
                  if " - " in i.get("Description", "")}
    records = {r["Name"].split(".")[0]: r["ResourceRecords"][0]["Value"]
               for r in boto3.client("route53").list_resource_record_sets(
                   HostedZoneId=account["Z0123456789ABCDEFGHIJ"])["ResourceRecordSets"]
               if r["Type"] == "A"}
    wanted = {"headnode": interfaces["head node"]}
    if "sql" in names:
        wanted["mssql"] = interfaces["SQL Server"]
    assert records == wanted, (records, wanted)
    groups = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len(groups) == len(names) - 1, [group["AutoScalingGroupName"] for group in groups]
    print(f"{cluster.stem}: {len(names)} stacks")


for path in sorted((SOURCE / "tests/peers/clusters").glob("*.yaml")):
    with tempfile.TemporaryDirectory() as temporary:
        load(path, pathlib.Path(temporary) / "out")

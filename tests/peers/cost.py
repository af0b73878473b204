#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a plan costs, reckoned again in Python from what the AWS CLI tells of prices and types; and
what is said when prices are not to be had."""
import json
import os
import shutil
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

# Amazon EC2 User Guide, "CPU options for Amazon EC2 instances": by vCPU and hour.
WINDOWS, SQL_STANDARD = Decimal("0.046"), Decimal("0.166") - Decimal("0.046")
HOURS = 730


def aws(where, url, *words):
    done = subprocess.run(["aws", *words, "--endpoint-url", url, "--output", "json"],
                          env=rig.environment(where), capture_output=True, text=True, check=True,
                          timeout=rig.PATIENCE)
    return json.loads(done.stdout)


def price(where, url, unit, **fields):
    filters = [f"Type=TERM_MATCH,Field={name},Value={value}" for name, value in fields.items()]
    product, = aws(where, url, "pricing", "get-products", "--service-code", "AmazonEC2",
                   "--filters", *filters)["PriceList"]
    term, = json.loads(product)["terms"]["OnDemand"].values()
    rate, = term["priceDimensions"].values()
    if rate["unit"] != unit:
        rig.fail(f"{fields}: {rate}")
    return Decimal(rate["pricePerUnit"]["USD"])


def node(where, url, kind, gib, sql=False):
    """An hour of one node, part by part."""
    shape, = aws(where, url, "ec2", "describe-instance-types", "--instance-types",
                 kind)["InstanceTypes"]
    vcpus = shape["VCpuInfo"]["DefaultVCpus"]
    volume = price(where, url, "GB-Mo", regionCode="eu-central-1", volumeApiName="gp3")
    parts = {"linux": price(where, url, "Hrs", regionCode="eu-central-1", instanceType=kind),
             "windows": WINDOWS * vcpus, "volumes": volume * gib / HOURS}
    if sql:
        parts["sql"] = SQL_STANDARD * max(vcpus, 4)
    return parts


def four(amount):
    return str(amount.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def lines_of(output, kind):
    return [line for line in rig.json_lines(output) if line["type"] == kind]


def near(ours, theirs):
    """Parts are rounded to 1e-9 USD before they are multiplied."""
    return abs(Decimal(ours) - Decimal(theirs)) <= Decimal("0.0001")


def plan_is_reckoned(where, url, cluster):
    told = lines_of(rig.run(where, "plan", cluster, "--json", "--endpoint-url", url), "cost")
    ours = {(line["role"], line["part"]): line for line in told}
    compute = ours["compute std", "linux"]
    roles = {"sql": (node(where, url, "r6i.xlarge", 300, sql=True), 1, 1),
             "head": (node(where, url, "m6i.xlarge", 100), 1, 1),
             "compute std": (node(where, url, compute["what"], 100), compute["nodes"],
                             compute["max"])}
    now = most = Decimal(0)
    for role, (parts, nodes, largest) in roles.items():
        for part, hour in parts.items():
            line = ours.pop((role, part))
            if not near(line["per_hour"], four(hour * nodes)):
                rig.fail(f"{role} {part}: {line}, not {four(hour * nodes)}")
            if not (line["known"] and line["source"] and len(line["date"]) == 10):
                rig.fail(f"no source or date: {line}")
            if part in ("linux", "volumes") and line["source"] != "simulated":
                rig.fail(f"a made-up price passes for AWS's: {line}")
            now, most = now + hour * nodes, most + hour * largest
    total = ours.pop(("total", "all"))
    if ours or told[-1] != total:
        rig.fail(f"nobody asked for {ours}")
    for key, amount in (("per_hour", now), ("per_month", now * HOURS), ("max_per_hour", most)):
        if abs(Decimal(total[key]) - amount) > Decimal("0.001"):
            rig.fail(f"{key}: {total[key]}, not {amount}")
    print(f"a plan of {total['per_hour']} USD/h: as reckoned from the AWS CLI's answers")
    return Decimal(total["max_per_hour"])


def limit_is_checked(where, url, most):
    for limit, status in ((most + 1, "pass"), (most - 1, "fail")):
        os.unlink(os.path.join(where, "cluster.yaml"))
        cluster = rig.cluster_file(where, url, **{"cost.limit_per_hour": f"{limit:.2f}"})
        out = rig.run(where, "check", cluster, "--json", "--endpoint-url", url, status=None)
        row, = [line for line in lines_of(out, "check") if line["id"] == "cost.limit"]
        if row["status"] != status or row["severity"] != "warning":
            rig.fail(f"limit {limit}: {row}")
    print("the limit is checked")


def unknown_is_said(where):
    with rig.simulator(where, "--fault", "denied:pricing:1000") as url:
        cluster = rig.cluster_file(where, url, **{"cost.limit_per_hour": "100"})
        out = rig.run(where, "plan", cluster, "--json", "--endpoint-url", url)
        costs = lines_of(out, "cost")
        total = costs[-1]
        unknown = [line for line in costs[:-1] if not line["known"]]
        if total["known"] or not unknown or any(line["per_hour"] for line in unknown):
            rig.fail(f"{total} {unknown}")
        if not [line for line in lines_of(out, "notice") if "pricing:GetProducts" in line["text"]]:
            rig.fail("nobody is told why there are no prices")
        plan = rig.run(where, "plan", cluster, "--endpoint-url", url)
        table = plan[plan.index("USD/h"):plan.index("Deploy it with")]
        if "unknown" not in table or max(map(len, table.splitlines())) > 79:
            rig.fail(table)
        row, = [line for line in lines_of(
            rig.run(where, "check", cluster, "--json", "--endpoint-url", url, status=None),
            "check") if line["id"] == "cost.limit"]
        if row["status"] != "skipped":
            rig.fail(str(row))
    print("without the Price List API what is unknown is said to be unknown")


def own_prices(where):
    folder = os.path.join(where, "config", "hpcwiz")
    os.makedirs(folder)
    with open(os.path.join(folder, "prices.yaml"), "w") as file:
        file.write("source: our contract\ndate: 2026-11-28\n"
                   "types: {eu-central-1: {m6i.xlarge: 0.125}}\n")
    with rig.simulator(where) as url:
        out = rig.run(where, "plan", rig.cluster_file(where, url), "--json", "--endpoint-url", url,
                      XDG_CONFIG_HOME=os.path.join(where, "config"))
    head, = [line for line in lines_of(out, "cost")
             if (line["role"], line["part"]) == ("head", "linux")]
    if (head["per_hour"], head["source"]) != ("0.1250", "our contract"):
        rig.fail(str(head))
    print("a newer figure of one's own counts")


def main():
    if not shutil.which("aws"):
        rig.skip("the AWS CLI is not installed")
    rig.watchdog(600)
    with rig.folder() as where:
        with rig.simulator(where) as url:
            most = plan_is_reckoned(where, url, rig.cluster_file(where, url))
            limit_is_checked(where, url, most)
    with rig.folder() as where:
        unknown_is_said(where)
    with rig.folder() as where:
        own_prices(where)


main()

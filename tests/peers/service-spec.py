#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every resource of the generated templates against @aws-cdk/aws-service-spec: its type exists,
each property exists and has the right kind of value, and no required one is missing."""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("srcdir", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("HPCWIZ_BUILD", ".")).resolve()
sys.path.insert(0, str(SOURCE / "tests/lib"))
try:
    import cfn
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

PACKAGE = "@aws-cdk/aws-service-spec@0.1.216"
SCALARS = {"string": str, "number": (int, float, str), "integer": (int, str), "boolean": (bool, str),
           "date-time": str}


def fetch(folder):
    if not shutil.which("npm"):
        print("npm is not installed")
        sys.exit(77)
    got = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts",
                          "--prefix", folder, PACKAGE], capture_output=True, text=True, timeout=300)
    if got.returncode:
        print(f"{PACKAGE} cannot be had: {got.stderr.strip()[-300:]}")
        sys.exit(77)
    with gzip.open(folder / "node_modules/@aws-cdk/aws-service-spec/db.json.gz") as file:
        return json.load(file)["schema"]


class Spec:
    def __init__(self, schema):
        self.types = {row["$id"]: row for row in schema["typeDefinition"]["entities"]}
        self.resources = {row["cloudFormationType"]: row
                          for row in schema["resource"]["entities"]}
        self.wrong = []

    def properties(self, where, given, known):
        for name, value in given.items():
            if name not in known:
                self.wrong.append(f"{where}: there is no property {name}")
            else:
                self.value(f"{where}.{name}", value, known[name]["type"])
        for name, row in known.items():
            if row.get("required") and name not in given:
                self.wrong.append(f"{where}: the required property {name} is missing")

    def value(self, where, node, kind):
        if isinstance(node, dict) and len(node) == 1:
            (tag, arg), = node.items()
            if tag == "If":
                for branch in arg[1:]:
                    self.value(where, branch, kind)
                return
            if tag in ("Ref", "Sub", "GetAtt", "Select", "Split", "Join", "Base64", "FindInMap") \
                    or tag.startswith("Fn::"):
                return
        self.plain(where, node, kind)

    def plain(self, where, node, kind):
        what = kind["type"]
        if what in SCALARS:
            right = isinstance(node, SCALARS[what])
        elif what == "array":
            right = isinstance(node, list)
            for i, item in enumerate(node if right else []):
                self.value(f"{where}[{i}]", item, kind["element"])
        elif what == "ref":
            right = isinstance(node, dict)
            if right:
                self.properties(where, node, self.types[kind["reference"]["$ref"]]["properties"])
        elif what == "union":
            before = len(self.wrong)
            fits = []
            for one in kind["types"]:
                self.plain(where, node, one)
                fits.append(len(self.wrong) == before)
                del self.wrong[before:]
            right = any(fits)
        elif what == "tag":
            right = isinstance(node, dict) and {"Key", "Value"} <= set(node)
        else:  # map, json, null: anything of that form
            right = what != "map" or isinstance(node, dict)
        if not right:
            self.wrong.append(f"{where}: {node!r} is no {what}")

    def template(self, name, body):
        for logical, resource in body["Resources"].items():
            row = self.resources.get(resource["Type"])
            if not row:
                self.wrong.append(f"{name}: there is no type {resource['Type']}")
                continue
            self.properties(f"{name}: {logical}", resource.get("Properties", {}), row["properties"])


def finds_mistakes(schema):
    """A comparison that finds nothing must not pass for a good template."""
    spec = Spec(schema)
    spec.template("x", {"Resources": {
        "A": {"Type": "AWS::EC2::Nothing"},
        "B": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"MinSize": "0"}},
        "C": {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": "a", "Sise": 1}},
        "D": {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": ["a"]}}}})
    return len(spec.wrong) == 4


def main():
    os.environ["HPCWIZ_DATADIR"] = str(SOURCE / "templates")
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        schema = fetch(work / "npm")
        if not finds_mistakes(schema):
            sys.exit("the comparison overlooks mistakes")
        spec = Spec(schema)
        count = 0
        for cluster in sorted((SOURCE / "tests/peers/clusters").glob("*.yaml")):
            out = work / cluster.stem
            subprocess.run([BUILD / "tests/peers/generate-one", cluster, out], check=True)
            for path in sorted(out.glob("*.yaml")):
                body = cfn.load(path)
                spec.template(f"{cluster.stem}/{path.name}", body)
                count += len(body["Resources"])
    for text in spec.wrong:
        print(text)
    print(f"{count} resources compared")
    sys.exit(1 if spec.wrong or not count else 0)


main()

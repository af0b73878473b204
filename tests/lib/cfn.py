# SPDX-License-Identifier: Apache-2.0
"""Generated CloudFormation templates as plain values, for the tests in Python."""
import json

import yaml

IMPORTED = {"SqlServer": "10.20.1.5", "HeadNode": "riskgrid-HN", "LogConfig": "none"}

PSEUDO = {"AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/riskgrid/1",
          "AWS::Region": "eu-central-1", "AWS::Partition": "aws", "AWS::AccountId": "123456789012",
          "AWS::URLSuffix": "amazonaws.com"}


class Loader(yaml.SafeLoader):
    """CloudFormation's short forms, as {tag: value}."""


def construct(loader, suffix, node):
    kinds = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence,
             yaml.MappingNode: loader.construct_mapping}
    value = kinds[type(node)](node) if node.tag is None or isinstance(node, yaml.ScalarNode) \
        else kinds[type(node)](node, deep=True)
    return {suffix: value}


Loader.add_multi_constructor("!", construct)


class Stack:
    """As much of CloudFormation as the files of a node need."""

    def __init__(self, path):
        self.body = load(path)
        given = json.loads(path.with_name(path.stem + ".parameters.json").read_text(encoding="utf-8"))
        self.values = {name: str(row.get("Default", "")) for name, row in self.body["Parameters"].items()}
        self.values.update({row["ParameterKey"]: row["ParameterValue"] for row in given})

    def reference(self, name):
        if name in self.values:
            kind = self.body["Parameters"][name]["Type"]
            value = self.values[name]
            return [x for x in value.split(",") if x] if kind == "CommaDelimitedList" else value
        return PSEUDO.get(name, f"vol-0{abs(hash(name)) % 10**8:08d}aaaaaaaa"
                          if "Volume" in name else name)

    def condition(self, name):
        return self.value(self.body["Conditions"][name])

    def value(self, node):
        if isinstance(node, list):
            return [self.value(item) for item in node]
        if not isinstance(node, dict) or len(node) != 1:
            return {k: self.value(v) for k, v in node.items()} if isinstance(node, dict) else node
        (tag, arg), = node.items()
        if tag == "Ref":
            return self.reference(arg)
        if tag == "Equals":
            return self.value(arg[0]) == self.value(arg[1])
        if tag == "Not":
            return not self.value(arg[0])
        if tag == "If":
            return self.value(arg[1] if self.condition(arg[0]) else arg[2])
        if tag == "Fn::ImportValue":
            return IMPORTED[self.value(arg).rsplit("-", 1)[-1]]
        if tag == "Sub":
            text, own = arg if isinstance(arg, list) else (arg, {})
            known = {**self.values, **PSEUDO, **{k: self.value(v) for k, v in own.items()}}
            for name, value in known.items():
                text = text.replace("${%s}" % name, str(value))
            return text.replace("${!", "${")
        if tag == "Select":
            return self.value(arg[1])[int(arg[0])]
        if tag == "Split":
            return self.value(arg[1]).split(arg[0])
        if tag == "GetAtt":
            return "10.20.1.20" if arg.endswith(".PrimaryPrivateIpAddress") else arg
        return {tag: self.value(arg)}


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)

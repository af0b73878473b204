# SPDX-License-Identifier: Apache-2.0
"""What the roles of a generated cluster may do, against what its scripts were seen to do."""
import fnmatch

import cfn

ROLES = {"sql": "SqlRole", "head": "HeadRole", "compute": "ComputeRole"}
ANY_INSTANCE = "i-0abc1234def567890"


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(foundation, role):
    """Of the role's own policy, with every function of CloudFormation resolved."""
    for policy in foundation.value(foundation.body["Resources"][ROLES[role]]["Properties"]["Policies"]):
        yield from policy["PolicyDocument"]["Statement"]


def tags_of(stack, kinds):
    """The tags that resources of these types have; of a group those that its instances get."""
    found = {}
    for resource in stack.body["Resources"].values():
        if resource["Type"] in kinds:
            found.update({row["Key"]: row["Value"]
                          for row in stack.value(resource["Properties"].get("Tags", []))})
    return found


def resource_tags(stacks, role, resource):
    if ":volume/" in resource:
        return tags_of(stacks["sql"], {"AWS::EC2::Volume"})
    if ":instance/" in resource:
        return tags_of(stacks[role], {"AWS::AutoScaling::AutoScalingGroup"})
    if ":autoScalingGroup:" in resource:
        return tags_of(stacks["compute-std"], {"AWS::AutoScaling::AutoScalingGroup"})
    return {}


def holds(condition, tags, resource):
    """The conditions that the templates use; one that is not known here fails."""
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            if key.startswith("aws:ResourceTag/"):
                seen = [tags.get(key.split("/", 1)[1])]
            elif key == "kms:ViaService":
                seen = ["ssm.eu-central-1.amazonaws.com"]
            elif key == "ec2:SourceInstanceARN":
                seen, wanted = [resource], [w.replace("${ec2:InstanceID}", resource.rsplit("/", 1)[1])
                                            for w in listed(wanted)]
            elif key == "aws:TagKeys":
                seen = ["hpcwiz:winrm-sha256"]
            else:
                raise ValueError(f"the condition {operator} {key} is not known")
            if not all(value in listed(wanted) for value in seen):
                return False
    return True


def problems(folder, calls):
    """calls: "role action resource". Each has to be allowed, and nothing else may be: every action
    and every resource of a policy is there for a call."""
    stacks = {path.stem: cfn.Stack(path) for path in folder.glob("*.yaml")}
    used = set()
    calls = [(role.split("-")[0], action, resource)
             for role, action, resource in (call.split(" ", 2) for call in calls)]
    for role, action, resource in calls:
        tags = resource_tags(stacks, "compute-std" if role == "compute" else role, resource)
        allowed = False
        for row in statements(stacks["foundation"], role):
            for a in listed(row["Action"]):
                for r in listed(row["Resource"]):
                    if a == action and fnmatch.fnmatchcase(resource, r) and \
                            holds(row.get("Condition", {}), tags, resource):
                        allowed = True
                        used |= {(role, row["Sid"], "action", a), (role, row["Sid"], "resource", r)}
        if not allowed:
            yield f"{role}: no policy allows {action} on {resource}"
    for role in ROLES:
        for row in statements(stacks["foundation"], role):
            for kind in "Action", "Resource":
                for one in listed(row[kind]):
                    if (role, row["Sid"], kind.lower(), one) not in used:
                        yield f"{role}: nothing needs the {kind.lower()} {one} of {row['Sid']}"

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generated scripts in the real PowerShell engine: their syntax, nothing that Windows
PowerShell 5.1 lacks, and each role's installation on a simulated Windows (powershell/cases.ps1).
The SQL files and each statement that an installation sends pass Microsoft's T-SQL parser."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("srcdir", ".")).resolve()
sys.path.insert(0, str(SOURCE / "tests/lib"))
try:
    import cfn
    import engine
    import policy
    import yaml
except ImportError as problem:
    print(f"{problem.name} is not installed")
    sys.exit(77)

BUILD = pathlib.Path(os.environ.get("HPCWIZ_BUILD", ".")).resolve()
PROOF = engine.PROOF


def unpack(path, folder):
    """Writes the files that cfn-init would write; false: the stack has no node."""
    stack = cfn.Stack(path)
    for resource in stack.body["Resources"].values():
        metadata = resource.get("Metadata", {}).get("AWS::CloudFormation::Init")
        if not metadata:
            continue
        for name, row in metadata["run"]["files"].items():
            content = stack.value(row["content"])
            target = folder / name.replace("C:\\hpcwiz\\", "").replace("\\", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content if isinstance(content, str) else json.dumps(content),
                              encoding="utf-8")
        return True
    return False


def scenario_stages():
    """What the simulator's scenario "ok" plays: the stages of each role with their exit codes."""
    scenario = yaml.safe_load((SOURCE / "templates/scenarios/ok.yaml").read_text(encoding="utf-8"))
    return {role: [{"name": row["name"], "code": row.get("code", 0)} for row in stages
                   if not row.get("absent")]
            for role, stages in scenario["roles"].items()}


def report(problems):
    problems = list(problems)
    for problem in problems:
        print(problem)
    return len(problems)


# Slips that the proof has to find, or it proves nothing.
SLIPS = r"""PFXString = ConvertTo-SecureString x
$Acl = Get-Acl x
$Ar = New-Object Thing
Set-Acl -Path x -AclObject $Acl
Get-Item -Nope 3
foreach ($one in 1, 2) { Add-HpcMember -Name $item -Role "User$one" }
function Never { }
"""
FOUND = ["no command 'PFXString'", "no parameter '-Nope'", "$Ar is never read", "$item is never set",
         "nobody calls Never"]


def overlooked(host, work):
    """What the proof does not find of what it should."""
    folder = work / "slips"
    (folder / "hostile-12-groups").mkdir(parents=True)
    (folder / "slips.ps1").write_text(SLIPS)
    env = dict(os.environ, HPCWIZ_SCRIPTS=str(folder), HPCWIZ_CASE="none at all")
    said = subprocess.run([*host, "run", PROOF / "windows.psm1", PROOF / "cases.ps1"], env=env,
                          capture_output=True, text=True, timeout=120).stdout
    yield from (f"overlooked: {text}" for text in FOUND if text not in said)
    logins = (SOURCE / "templates/sql/logins.sql").read_text()
    for careful, careless in (("REPLACE(@password, N'''', N'''''')", "@password"),
                              ("QUOTENAME(@account)", "N'[' + @account + N']'")):
        (work / "slip.sql").write_text(logins.replace(careful, careless))
        if not subprocess.run([*host, "sql", work / "slip.sql"], capture_output=True).returncode:
            yield f"overlooked: {careless} in the place of {careful}"


REGION = re.compile(r"\b(?:us|eu|ap|sa|ca|me|af|il|cn)(?:-gov)?-[a-z]+-[1-9]\b")


def main():
    if not shutil.which("dotnet"):
        print("dotnet is not installed")
        sys.exit(77)
    os.environ["HPCWIZ_DATADIR"] = str(SOURCE / "templates")
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        scripts = work / "scripts"
        for cluster in sorted((SOURCE / "tests/peers/clusters").glob("*.yaml")):
            out = work / cluster.stem
            subprocess.run([BUILD / "tests/peers/generate-one", cluster, out], check=True)
            for path in sorted(out.glob("*.yaml")):
                unpack(path, scripts / cluster.stem / path.stem)
        shutil.copytree(SOURCE / "templates/packer/scripts", scripts / "image")
        host = engine.build_host(work)
        # follow.ps1 travels by WinRM; the others as they are generated, and for the images.
        sources = [*scripts.rglob("*.ps1"), *(SOURCE / "templates").rglob("*.ps1")]
        parsed = subprocess.run([*host, "parse", *sources])
        statements = subprocess.run([*host, "sql", *(SOURCE / "templates/sql").glob("*.sql")])
        os.environ["HPCWIZ_STAGES"] = json.dumps(scenario_stages())
        wrong = report(overlooked(host, work))
        wrong += report(f"{path}: names a Region" for path in sources if REGION.search(path.read_text()))
        os.environ["HPCWIZ_SCRIPTS"] = str(scripts)
        os.environ["HPCWIZ_CALLS"] = str(work / "calls")
        played = subprocess.run([*host, "run", PROOF / "windows.psm1", PROOF / "cases.ps1"],
                                timeout=1800)
        calls = [line.split(" ", 1)[1] for line in (work / "calls").read_text().splitlines()
                 if line.startswith("basic ")]
        wrong += report(policy.problems(work / "basic", calls))
        print(f"{len(sources)} scripts parsed, {len(calls)} kinds of calls to AWS")
        sys.exit(1 if wrong or parsed.returncode or statements.returncode or played.returncode else 0)


main()

# SPDX-License-Identifier: Apache-2.0
"""The real PowerShell engine (System.Management.Automation) in a small host, tests/peers/powershell."""
import os
import pathlib
import shutil
import subprocess
import sys

PROOF = pathlib.Path(os.environ.get("srcdir", ".")).resolve() / "tests/peers/powershell"


def build_host(work):
    """The engine's host, built where nothing of it stays: the words that start it. Ends the test as
    skipped, with the reason, where the engine cannot be had."""
    if not shutil.which("dotnet"):
        print("dotnet is not installed")
        sys.exit(77)
    project = work / "proof"
    shutil.copytree(PROOF, project)
    env = dict(os.environ, DOTNET_CLI_TELEMETRY_OPTOUT="1", DOTNET_NOLOGO="1", HOME=os.environ["HOME"])
    restored = subprocess.run(["dotnet", "restore", "-v", "q"], cwd=project, env=env,
                              capture_output=True, text=True, timeout=300)
    if restored.returncode:
        print("System.Management.Automation cannot be had:", restored.stdout.strip()[-300:])
        sys.exit(77)
    subprocess.run(["dotnet", "build", "-c", "Release", "-o", work / "out", "--no-restore", "-v", "q"],
                   cwd=project, env=env, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return ["dotnet", str(work / "out/proof.dll")]

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generated scripts in the real PowerShell engine: their syntax, nothing that Windows
PowerShell 5.1 lacks, and each role's installation on a simulated Windows (powershell/cases.ps1).
The SQL files and each statement that an installation sends pass Microsoft's T-SQL parser. The
reader of snapshots reads real files that grow, are cut and replaced, between its runs."""
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zlib

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


class Snapshots:
    """What hpcwiz keeps of a node's files between two runs of snapshot.ps1."""

    def __init__(self, host, work, room):
        self.host, self.work, self.room = host, work, room
        self.folder = work / "logs"
        self.folder.mkdir()
        self.seen, self.runs, self.longest = {}, 0, 0

    def path(self, name):
        return str(self.folder / name)

    def run(self):
        """Takes one run's frames; returns the kinds of those that were no data."""
        self.runs += 1
        resume = [{"id": i, "p": path, "o": row["offset"],
                   "s": base64.b64encode(b"" if row["cut"] else row["bytes"][:64]).decode()}
                  for i, (path, row) in enumerate(self.seen.items())]
        config = {"globs": [self.path("*.log")], "resume": resume, "ids": 1000 * self.runs,
                  "max": 200000, "room": self.room}
        script = self.work / "snapshot.ps1"
        quoted = json.dumps(config).replace("'", "''")
        lines = (SOURCE / "templates/powershell/snapshot.ps1").read_text().splitlines()
        script.write_text("\n".join([f"$c=ConvertFrom-Json '{quoted}'",
                                     *(x.strip() for x in lines if not x.strip().startswith("#"))]))
        said = subprocess.run([*self.host, "script", script], capture_output=True, text=True,
                              timeout=120)
        self.longest = max(self.longest, len(said.stdout))
        ids, kinds = {i: path for i, path in enumerate(self.seen)}, ""
        for line in said.stdout.splitlines():
            kinds += self.take(line, ids)
        return kinds

    def take(self, line, ids):
        word = line.split(" ")
        if word[0] == "@F":
            path = ids[int(word[1])] = base64.b64decode(word[4]).decode()
            row = self.seen.setdefault(path, {"offset": 0, "bytes": b"", "cut": False})
            assert row["offset"] == int(word[2]), line
        elif word[0] == "@T":
            self.seen[ids[int(word[1])]].update(offset=0, bytes=b"", cut=False)
        elif word[0] == "@S":
            self.seen[ids[int(word[1])]].update(offset=int(word[2]), bytes=b"",
                                                        cut=True)
        elif word[0] == "@D":
            row, data = self.seen[ids[int(word[1])]], base64.b64decode(word[5])
            data = zlib.decompress(data, -15) if word[4] == "z" else data
            assert row["offset"] == int(word[2]) and len(data) == int(word[3]), line[:80]
            row["offset"] += len(data)
            row["bytes"] += data
            return ""
        return word[0][1:] if word[0][:1] == "@" else "?"


def snapshots(host, work):
    """snapshot.ps1 in the real engine; what is wrong."""
    room = 23000
    logs = Snapshots(host, work, room)
    plain = "".join(f"2026-11-28T10:00:00.000Z line {i} of an installation\n" for i in range(3000)).encode()
    noise = os.urandom(60000)
    long = b"".join(b"%07d\n" % i for i in range(60000))
    (logs.folder / "it's small.log").write_bytes(b"one\n")
    (logs.folder / "plain.log").write_bytes(plain)
    (logs.folder / "noise.log").write_bytes(noise)
    (logs.folder / "long.log").write_bytes(long)
    (logs.folder / "empty.log").write_bytes(b"")
    kinds = [logs.run()]
    while "K" not in kinds[-1] and len(kinds) < 30:
        kinds.append(logs.run())
    whole = {"it's small.log": b"one\n", "plain.log": plain, "noise.log": noise,
             "long.log": long[-200000:]}
    for name, content in whole.items():
        if logs.seen.get(logs.path(name), {}).get("bytes") != content:
            yield f"snapshots: {name} has not come as it is"
    if "S" not in "".join(kinds) or "?" in "".join(kinds) or not 4 < len(kinds) < 20:
        yield f"snapshots: frames are {kinds}"
    if logs.longest > room:
        yield f"snapshots: {logs.longest} characters, {room} are allowed"
    with open(logs.path("plain.log"), "ab") as more:
        more.write(b"and one more\n")
    (logs.folder / "it's small.log").write_bytes(b"another one, and longer\n")
    (logs.folder / "empty.log").write_bytes(b"no more\n")
    (logs.folder / "long.log").write_bytes(b"short\n")
    again = logs.run()
    for name, content in (("plain.log", plain + b"and one more\n"), ("long.log", b"short\n"),
                          ("it's small.log", b"another one, and longer\n"), ("empty.log", b"no more\n")):
        if logs.seen.get(logs.path(name), {}).get("bytes") != content:
            yield f"snapshots: {name} has not been followed"
    if again.count("T") != 2 or logs.run() != "HK":
        yield f"snapshots: frames are {again}, then not just a hello"


# What Windows says to each test, as the stand-in of the command that it asks, and the answer.
CERTIFICATE = """function Get-ChildItem([string] $Path) {
    [pscustomobject]@{Thumbprint = 'OLD'; FriendlyName = ''; Subject = 'CN=HPC'; HasPrivateKey = $true
        NotAfter = (Get-Date).AddDays(-700)}
    [pscustomobject]@{Thumbprint = 'AB12'; FriendlyName = ''; Subject = 'CN=HPC'; HasPrivateKey = $%s
        NotAfter = (Get-Date).AddDays(%d)}
}"""
SERVICE = """function Get-Service([string] $Name, $ErrorAction) {
    if ($Name -eq 'MSSQLSERVER') { [pscustomobject]@{Name = $Name; Status = '%s'} }
}"""
COMPUTER = """function Get-CimInstance([string] $ClassName) {
    [pscustomobject]@{Name = 'HEAD'; PartOfDomain = $%s; Domain = '%s'; Workgroup = 'WORKGROUP'}
}"""
DISK = """function Get-CimInstance([string] $ClassName, [string] $Filter) {
    if ($Filter -eq "DeviceID = 'C:'") { [pscustomobject]@{DeviceID = 'C:'; FreeSpace = %d} }
}"""
CLOCK = "function w32tm.exe { 'Tracking 169.254.169.123.'; '%s' }"
RESTART = """function Test-Path([string] $Path) { $Path -like '*%s' }
function Get-ItemProperty([string] $Path) { [pscustomobject]@{%s = 'x'} }"""
ON_WINDOWS = [
    ("certificate", ["Name=HPC"], CERTIFICATE % ("true", 90), r"yes AB12, until \d{4}-\d\d-\d\d$"),
    ("certificate", ["Name=HPC"], CERTIFICATE % ("true", -1), "no it has expired: AB12"),
    ("certificate", ["Name=HPC"], CERTIFICATE % ("false", 90), "no its private key is not there: AB12"),
    ("certificate", ["Name=Other"], CERTIFICATE % ("true", 90), "no it is not in LocalMachine"),
    ("clock", ["Server=169.254.169.123"], CLOCK % "20:31:40, +00.0123456s", "yes 0.0 seconds apart$"),
    ("clock", ["Server=169.254.169.123"], CLOCK % "20:31:40, -412,5000000s", "no -412.5 seconds apart$"),
    ("clock", ["Server=169.254.169.123"], CLOCK % "20:31:40, error: 0x800705B4",
     "unknown 169.254.169.123 tells no time$"),
    ("disk-space", ["Drive=C:", "GiB=5"], DISK % (6 << 30), "yes 6 GiB are free$"),
    ("disk-space", ["Drive=C:", "GiB=5"], DISK % ((5 << 30) - 1), "no 4 GiB are free$"),
    ("disk-space", ["Drive=D:", "GiB=5"], DISK % (6 << 30), "no there is no drive D:$"),
    ("domain-joined", ["Domain=corp.example"], COMPUTER % ("true", "CORP.example"), "yes HEAD is in corp"),
    ("domain-joined", ["Domain=corp.example"], COMPUTER % ("true", "other.example"), "no it is in other.example"),
    ("domain-joined", ["Domain=corp.example"], COMPUTER % ("false", "WORKGROUP"), "no it is in the workgroup"),
    ("restart-pending", [], RESTART % ("nothing", "Other"), "no$"),
    ("restart-pending", [], RESTART % ("RebootRequired", "PendingFileRenameOperations"),
     "yes because of Windows Update, files to be replaced$"),
    ("service", ["Name=MSSQLSERVER"], SERVICE % "Running", "yes it runs$"),
    ("service", ["Name=MSSQLSERVER"], SERVICE % "Stopped", "no it is Stopped$"),
    ("service", ["Name=HpcManagement"], SERVICE % "Running", "no it is not installed$"),
]


class Server:
    """One answer on a port of loopback to whoever connects, once; the port is free after it."""

    def __init__(self, port, answer):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.answer = answer
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with self.socket, self.socket.accept()[0] as peer:
            peer.recv(512)
            peer.sendall(self.answer)


# PRELOGIN of MS-TDS 2.2.6.5: the option VERSION lies 6 bytes behind the header of 8.
SQL_SERVER = bytes([4, 1, 0, 20, 0, 0, 1, 0, 0, 0, 6, 0, 6, 0xFF, 16, 0, 4, 0x1F, 0, 0])


class NodeTest:
    """A test as it runs on a node, in the parser and in the engine."""

    def __init__(self, host, folder):
        self.host, self.folder = host, folder
        (folder / "nothing").mkdir(parents=True)
        self.env = dict(os.environ, HPCWIZ_SCRIPTS=str(folder / "nothing"))

    def problems(self, name, arguments, windows, answer):
        script, module = self.folder / f"{name}.ps1", self.folder / "windows.psm1"
        script.write_text(subprocess.run([BUILD / "tests/peers/test-one", name, *arguments],
                                         check=True, capture_output=True, text=True).stdout)
        module.write_text(windows)
        parsed = subprocess.run([*self.host, "parse", script], capture_output=True, text=True)
        if parsed.returncode:
            yield parsed.stdout
        said = subprocess.run([*self.host, "run", module, script], env=self.env,
                              capture_output=True, text=True, timeout=120).stdout.strip()
        if not re.match(answer, said):
            yield f"the test {name} {arguments} says {said!r}, not {answer!r}"


def node_tests(host, work):
    """The tests on a node as they run there: those that need nothing of Windows against loopback, the
    others against what Windows says."""
    test = NodeTest(host, work / "tests")
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    open_port, closed = (server.getsockname()[1] for server in servers)
    servers[1].close()
    cases = ON_WINDOWS + [
        ("name-resolves", ["Name=localhost"], "", "yes .*127.0.0.1|yes ::1"),
        ("name-resolves", ["Name=nowhere.invalid"], "", "no "),
        ("port", ["Target=127.0.0.1", f"Port={open_port}"], "", "yes it is open"),
        ("port", ["Target=127.0.0.1", f"Port={closed}"], "", "no "),
        ("share", [r"Share=\\127.0.0.1\REMINST"], "", "no |unknown "),
        ("sql", ["Target=127.0.0.1"], "", "no "),
    ]
    known = {path.stem for path in (SOURCE / "templates/tests").glob("*.ps1")}
    yield from (f"the test {name} is not tested" for name in known ^ {case[0] for case in cases})
    for case in cases:
        yield from test.problems(*case)
    for answer, words in ((SQL_SERVER, r"yes version 16\.0\.1055$"),
                          (b"HTTP/1.1 400 Bad\r\n\r\n", "no what listens")):
        try:
            server = Server(1433, answer)
        except OSError as problem:
            print(f"the test sql meets no server of ours: {problem}")
            break
        yield from test.problems("sql", ["Target=127.0.0.1"], "", words)
        server.thread.join(5)


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
        wrong_tests = report(node_tests(host, work))
        os.environ["HPCWIZ_STAGES"] = json.dumps(scenario_stages())
        wrong = wrong_tests + report(overlooked(host, work))
        wrong += report(snapshots(host, work))
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

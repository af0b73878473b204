# SPDX-License-Identifier: Apache-2.0
"""What the tests in Python share: the built programs, a simulator, a terminal in tmux."""
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse
import urllib.request

SOURCE = os.path.abspath(os.environ.get("HPCWIZ_SOURCE", "."))
BUILD = os.path.abspath(os.environ.get("HPCWIZ_BUILD", "build"))
HPCWIZ = os.path.join(BUILD, "hpcwiz")
SIMULATOR = os.path.join(BUILD, "hpcwiz-sim")
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
# Sanitized programs are slower; every wait is bounded by this, none is asserted on.
PATIENCE = 240


def skip(reason):
    print("SKIP: " + reason)
    sys.exit(77)


def fail(text):
    print("FAIL: " + text)
    sys.exit(1)


def environment(folder, **more):
    env = dict(os.environ)
    env.update(KEYS)
    env["XDG_STATE_HOME"] = folder
    env["HOME"] = folder
    env["HPCWIZ_DATADIR"] = os.path.join(SOURCE, "templates")
    env["HPCWIZ_POLL_MS"] = "100"
    env["LC_ALL"] = "C.UTF-8"
    env.update(more)
    return env


def wait_for(look, what, patience=PATIENCE):
    """Looks again and again until look() is true; fails by name when it never is."""
    end = time.monotonic() + patience
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            fail("waited in vain for " + what)
        time.sleep(0.03)


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="hpcwiz-test-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


_held = []


def own_network():
    """For --vpc-cidr: a network that stays this process's until it ends, so that a simulator that
    was ended and is started again finds it free. The others take theirs from the other end."""
    for second in range(254, 200, -1):
        hold = socket.socket()
        try:
            hold.bind((f"127.{second}.0.2", 5986))
        except OSError:
            hold.close()
            continue
        _held.append(hold)
        return f"127.{second}.0.0/16"
    return fail("no network of 127.0.0.0/8 is free")


@contextlib.contextmanager
def simulator(where, *options):
    """A simulator that ends with the block; yields its URL. Its output is in where/sim.log."""
    ready = os.path.join(where, "ready")
    with open(os.path.join(where, "sim.log"), "w") as log:
        child = subprocess.Popen(
            [SIMULATOR, "--until-eof", "--ready-file", ready,
             "--key-file", os.path.join(where, "hpc-admin.pem"), *options],
            stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment(where))
    try:
        wait_for(lambda: os.path.exists(ready) or child.poll() is not None, "the simulator")
        if child.poll() is not None:
            fail("the simulator ended: " + open(os.path.join(where, "sim.log")).read())
        url = re.search(r"http://\S+", open(ready).read()).group(0)
        yield url
    finally:
        child.stdin.close()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            fail("the simulator did not end with its standard input")


def run(where, *arguments, status=0, **more):
    """Runs hpcwiz to its end; returns what it printed on standard output."""
    done = subprocess.run([HPCWIZ, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=environment(where, **more), timeout=PATIENCE)
    if status is not None and done.returncode != status:
        fail(f"hpcwiz {' '.join(arguments)}: status {done.returncode}, not {status}\n"
             f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line]


def cluster_file(where, url, **more):
    """A cluster file for the simulated account; returns its path."""
    vpc = vpc_prefix(where, url)
    settings = {
        "cluster": "riskgrid",
        "region": "eu-central-1",
        "network.vpc": "vpc-0a1b2c3d4e5f67890",
        "network.subnets": "subnet-0aaa1111bbb22220a,subnet-0aaa1111bbb22220b",
        "network.hosted_zone": hosted_zone(where, url),
        "network.zone_name": "hpc.example.internal",
        "network.sql_address": vpc + ".1.5",
        "network.head_address": vpc + ".1.6",
        "directory.domain": "corp.example.internal",
        "directory.netbios": "CORP",
        "access.key_pair": "hpc-admin",
        "access.from": vpc + ".0.0/16",
        "hpc_pack.media": "s3://my-bucket/hpcpack/",
        "nodes.sql.image": "ssm:/aws/service/ami-windows-latest/"
                           "Windows_Server-2022-English-Full-SQL_2022_Standard",
        "nodes.sql.type": "r6i.xlarge",
        "nodes.head.image": "ssm:/aws/service/ami-windows-latest/"
                            "Windows_Server-2022-English-Full-Base",
        "nodes.head.type": "m6i.xlarge",
        "nodes.compute.0.image": "ssm:/aws/service/ami-windows-latest/"
                                 "Windows_Server-2022-English-Full-Base",
        "nodes.compute.0.type": "c6i.4xlarge",
        "nodes.compute.0.desired": "2",
        "nodes.compute.0.min": "1",
    }
    settings.update(more)
    path = os.path.join(where, "cluster.yaml")
    arguments = []
    for key, value in settings.items():
        arguments += ["--set", f"{key}={value}"]
    run(where, "new", path, *arguments)
    return path


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed(url, service, method, path, query=None, body=b"", headers=None):
    """One request signed by AWS's written rules (Signature Version 4, IAM user guide), with
    nothing of the code under test."""
    region = "us-east-1" if service in ("route53", "iam") else "eu-central-1"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    host = url.split("//", 1)[1]
    text = urllib.parse.urlencode(sorted((query or {}).items()), quote_via=urllib.parse.quote)
    fields = {"host": host, "x-amz-date": now}
    fields.update({k.lower(): v for k, v in (headers or {}).items()})
    names = ";".join(sorted(fields))
    canonical = "\n".join([method, path, text,
                           "".join(f"{k}:{fields[k]}\n" for k in sorted(fields)), names,
                           hashlib.sha256(body).hexdigest()])
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                         hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + KEYS["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (now[:8], region, service, "aws4_request"):
        key = _hmac(key, part)
    fields["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={KEYS['AWS_ACCESS_KEY_ID']}/{scope}, "
        f"SignedHeaders={names}, Signature={_hmac(key, to_sign).hex()}")
    wire = urllib.request.Request(url + path + ("?" + text if text else ""), data=body or None,
                                  method=method, headers=fields)
    with urllib.request.urlopen(wire, timeout=30) as answer:
        return answer.read().decode()


def roomy_account(where):
    """An account file whose first two private subnets have room for 1,000 nodes; returns its path."""
    with open(os.path.join(SOURCE, "templates/scenarios/account.yaml")) as file:
        text = file.read()
    for old, new in (("127.20.1.0/24", "127.20.0.0/20"), ("127.20.2.0/24", "127.20.16.0/20"),
                     ("127.20.3.0/24", "127.20.32.0/20")):
        if text.count(old) != 1:
            fail(f"the account file no longer has the subnet {old}")
        text = text.replace(old, new)
    path = os.path.join(where, "account.yaml")
    with open(path, "w") as file:
        file.write(text)
    return path


def vpc_prefix(where, url):
    text = signed(url, "ec2", "POST", "/", body=b"Action=DescribeVpcs&Version=2016-11-15",
                  headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    return re.search(r"<cidrBlock>(127\.\d+)\.0\.0/16", text).group(1)


def hosted_zone(where, url):
    text = signed(url, "route53", "GET", "/2013-04-01/hostedzonesbyvpc",
                  query={"vpcid": "vpc-0a1b2c3d4e5f67890", "vpcregion": "eu-central-1"})
    return re.search(r"<HostedZoneId>(\w+)<", text).group(1)


class Screen:
    """A program in a terminal of a tmux server of its own."""

    def __init__(self, where, command, columns=80, rows=24, **more):
        if not shutil.which("tmux"):
            skip("tmux is not installed")
        self.socket = os.path.join(where, "tmux.socket")
        env = environment(where, TERM="xterm-256color", **more)
        env.pop("TMUX", None)
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "-u", "new-session", "-d",
                        "-c", where,
                        "-x", str(columns), "-y", str(rows), "sh"], check=True, env=env)
        self._tmux("set", "-g", "status", "off")
        self._tmux("set", "-g", "default-terminal", "screen-256color")
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        self.line("PS1='ready> '; clear")
        self.wait(r"ready>")
        self.line(command)

    def _tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True,
                              capture_output=True, text=True).stdout

    def line(self, text):
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def keys(self, *names):
        for name in names:
            self._tmux("send-keys", name)

    def text(self, typed):
        self._tmux("send-keys", "-l", typed)

    def paste(self, text):
        """As a terminal pastes: between brackets where the program asked for them."""
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p", "-r")

    def takes_clipboard(self):
        """From now on tmux keeps what a program hands over for the clipboard."""
        self._tmux("set", "-s", "set-clipboard", "on")

    def clipboard(self):
        """What was handed over last, once something is there."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._tmux("list-buffers"):
                return self._tmux("show-buffer")
            time.sleep(0.05)
        fail("nothing came to the clipboard")

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def picture(self, colours=False):
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def wait(self, pattern, patience=PATIENCE):
        seen = re.compile(pattern, re.S)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            picture = self.picture()
            if seen.search(picture):
                return picture
            time.sleep(0.05)
        fail(f"the screen never showed /{pattern}/; it shows:\n{self.picture()}")

    def pid(self, name):
        """The process of that name below this terminal's shell."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", shell], capture_output=True,
                             text=True).stdout
        for row in out.splitlines():
            pid, comm = row.split(None, 1)
            if comm.strip() == name[:15]:
                return int(pid)
        return None

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)


@contextlib.contextmanager
def screen(where, command, **options):
    shown = Screen(where, command, **options)
    try:
        yield shown
    finally:
        shown.close()


def watchdog(seconds):
    """A test that hangs ends with its name, not with the whole run."""
    def late(_signal, _frame):
        fail(f"not done after {seconds} s")
    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)


SIDE = 3  # cases at a time: they wait for a simulator or a screen most of the time


def _play(case, prepare):
    """A case in a process and a folder of its own; ends with them, also when it is asked to."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(1))
    signal.alarm(0)
    begun = time.monotonic()
    with folder() as where:
        if prepare:
            prepare(case, where)
        case(where)
    print(f"ok {case.__name__} ({time.monotonic() - begun:.1f} s)")


def _start(case, prepare):
    """The case's process and what it prints, kept together to be shown at its end."""
    said = tempfile.TemporaryFile("w+")
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child, said
    status = 1
    try:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        _play(case, prepare)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _finish(running):
    """Waits for the next case that ends and shows what it said; its name and status."""
    child, status = os.wait()
    case, said = running.pop(child)
    said.seek(0)
    print(said.read(), end="", flush=True)
    said.close()
    return case.__name__, os.waitstatus_to_exitcode(status)


def run_cases(cases, seconds, prepare=None):
    """Each case in a process and a private folder, which prepare(case, folder) may fill; those that
    the command line names, or all. The whole test ends by itself after so many seconds."""
    watchdog(seconds)
    left = [case for case in cases if not sys.argv[1:] or case.__name__ in sys.argv[1:]]
    running, failed = {}, []
    try:
        while left or running:
            while left and len(running) < SIDE:
                case = left.pop(0)
                child, said = _start(case, prepare)
                running[child] = case, said
            name, status = _finish(running)
            failed += [name] if status else []
    finally:
        for child in running:
            os.kill(child, signal.SIGTERM)
        while running:
            _finish(running)
    if failed:
        fail(", ".join(failed))

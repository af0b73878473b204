#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our WinRM client with Negotiate against a server whose NTLM, SPNEGO and Kerberos are gss-ntlmssp
and MIT Kerberos: sealed messages over plain HTTP, channel binding over HTTPS, logins that end in
the middle, changed answers, wrong passwords and certificates. pywinrm checks the server. Then the
same by `hpcwiz logs --user`, which asks for the password on a terminal, or finds a ticket.
Skipped (77) where a part is absent."""
import base64
import http.server
import json
import os
import pty
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time

SKIP = 77
FOLDER = tempfile.mkdtemp(prefix="hpcwiz-negotiate-")
PASSWORD = "Gr\u00fc\u00df;Gott1"
USERS = os.path.join(FOLDER, "users")
RUN = os.path.join(os.environ.get("HPCWIZ_BUILD", "build"), "tests/peers/winrm-run")
REALM = "CORP.EXAMPLE.INTERNAL"
HOST = "node.corp.example.internal"
FLOOD = b"".join(b"line %d of the flood\r\n" % n for n in range(20000))
COMMANDS = {"hostname": (b"PEER\r\n", 0), "flood": (FLOOD, 7)}

with open(os.path.join(FOLDER, "leaks"), "w") as leaks:
    leaks.write("leak:gssntlmssp.so\n")
with open(USERS, "w", encoding="utf-8") as users:
    users.write(f"PEER:Administrator:{PASSWORD}\n:Administrator:{PASSWORD}\n")
os.environ.update({
    "NTLM_USER_FILE": USERS,
    "KRB5_CONFIG": os.path.join(FOLDER, "krb5.conf"),
    "KRB5_KDC_PROFILE": os.path.join(FOLDER, "kdc.conf"),
    "KRB5_KTNAME": os.path.join(FOLDER, "keytab"),
    "KRB5CCNAME": "MEMORY:none",
})

try:
    import gssapi
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import winrm_server as server
    gssapi.Credentials(usage="accept", mechs=[server.NTLM])
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-gssapi)")
    sys.exit(SKIP)
except gssapi.exceptions.GSSError as error:
    print(f"skipped: GSSAPI has no NTLM (Debian: gss-ntlmssp): {error}")
    sys.exit(SKIP)


def fail(what):
    print("FAIL: " + what)
    sys.exit(1)


def run(machine, *arguments, password=PASSWORD, status=0, way="negotiate", logs_in=True):
    # The client may read no file of passwords: what it knows comes from its caller.
    env = {key: value for key, value in os.environ.items() if key != "NTLM_USER_FILE"}
    env["KRB5_KTNAME"] = "/nonexistent"
    # gss-ntlmssp leaves a library context of OpenSSL behind at exit, once a process.
    env["LSAN_OPTIONS"] = f"suppressions={FOLDER}/leaks:print_suppressions=0"
    if logs_in:  # to see that leak whole, which makes each allocation slow
        env["ASAN_OPTIONS"] = "fast_unwind_on_malloc=0"
    done = subprocess.run([RUN, way, str(machine.port), *arguments], env=env, timeout=120,
                          input=password.encode() + b"\n", capture_output=True)
    if done.returncode != status:
        fail(f"{arguments}: status {done.returncode} instead of {status}: "
             f"{done.stderr.decode()} {machine.refused}")
    return done.stdout, done.stderr.decode()


def check(what, holds, seen=""):
    if not holds:
        fail(f"{what}: {seen!r}")
    print("ok: " + what)


def make_certificate(name):
    files = [os.path.join(FOLDER, name + ending) for ending in (".crt", ".key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
                    "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True)
    return files


def sealed_over_http():
    with server.Server(COMMANDS) as machine:
        out, _ = run(machine, "plain", "hostname")
        check("NTLM, sealed over HTTP", out == b"PEER\r\n", out)
        out, _ = run(machine, "plain", "user=PEER\\Administrator", "again", "hostname")
        check("a second shell on the same account", out == b"PEER\r\n" * 2, out)
        out, _ = run(machine, "plain", "flood", status=7)
        check("much output comes whole", out == FLOOD, len(out))
        check("no message was naked", machine.naked == 0)
        check("every shell was ended", not machine.shells.shells and machine.shells.most == 1)
        _, err = run(machine, "plain", "hostname", password="wrong", status=3)
        check("a wrong password is refused at once", "401" in err and len(machine.refused) == 1, err)
        machine.drop_after = 2
        out, _ = run(machine, "plain", "flood", status=7)
        check("logins that end in the middle are made anew", out == FLOOD, len(out))
        machine.drop_after = 0
        machine.spoil = True
        _, err = run(machine, "plain", "hostname", status=4)
        check("a changed answer is not believed", "Negotiate" in err, err)


def bound_over_https():
    files, others = make_certificate("right"), make_certificate("other")
    with server.Server(COMMANDS, certificate=files, strict=True) as machine:
        out, _ = run(machine, f"pin={machine.pin}", "hostname")
        check("NTLM, bound to the certificate over HTTPS", out == b"PEER\r\n", out)
        out, _ = run(machine, f"ca={files[0]}", f"host={HOST}", "hostname")
        check("an authority's certificate instead of a pin", out == b"PEER\r\n", out)
        _, err = run(machine, f"ca={others[0]}", f"host={HOST}", "hostname", status=3)
        check("another authority is not trusted", "certificate" in err, err)
        _, err = run(machine, f"ca={files[0]}", "host=other.example.internal", "hostname", status=3)
        check("another name is not trusted", "host name" in err or "name" in err, err)
        _, err = run(machine, f"pin={'0' * 64}", "hostname", status=3)
        check("another pin is not trusted", "expected 0000" in err, err)
        _, err = run(machine, "hostname", status=3)
        check("nothing is sent to a machine that nobody vouches for", "proves" in err, err)
        out, _ = run(machine, f"pin={machine.pin}", "hostname", way="basic")
        check("Negotiate where Basic is switched off", out == b"PEER\r\n", out)
        before = len(machine.refused)
        _, err = run(machine, f"pin={machine.pin}", "hostname", status=3, way="basic",
                     password="wrong")
        check("and one try alone with a wrong password",
              "401" in err and len(machine.refused) == before + 1, machine.refused)
        machine.end_point = b"\0" * 32
        before = len(machine.refused)
        _, err = run(machine, f"pin={machine.pin}", "hostname", status=3)
        check("another channel is refused by the machine", len(machine.refused) == before + 1, err)


PYWINRM = """
import sys, winrm
protocol = winrm.Protocol(endpoint=sys.argv[1], transport="ntlm", username=r"PEER\\Administrator",
                          password=sys.stdin.readline().rstrip("\\n"), message_encryption="always",
                          operation_timeout_sec=5, read_timeout_sec=15)
shell = protocol.open_shell()
sys.stdout.buffer.write(
    protocol.get_command_output(shell, protocol.run_command(shell, "hostname"))[0])
"""
# Python's NTLM needs MD4, which OpenSSL 3 keeps in its legacy provider.
LEGACY = """openssl_conf = o
[o]
providers = p
[p]
default = d
legacy = d
[d]
activate = 1
"""


def system_vouches():
    """Where there is no pin: an authority of the system's, or else a person is asked."""
    files, others = make_certificate("system"), make_certificate("nobody")
    with server.Server(COMMANDS, certificate=files, strict=True) as machine:
        os.environ["SSL_CERT_FILE"] = files[0]
        out, err = run(machine, "asks", f"host={HOST}", "hostname")
        check("an authority of the system's vouches", out == b"PEER\r\n" and "unknown" not in err, err)
        _, err = run(machine, "asks", "host=other.example.internal", "hostname", status=3)
        check("but not for another name", f"unknown {machine.pin}" in err, err)
        os.environ["SSL_CERT_FILE"] = others[0]
        _, err = run(machine, "asks", f"host={HOST}", "hostname", status=3)
        check("what no authority vouches for is asked about", f"unknown {machine.pin}" in err
              and "nobody vouches" in err and not machine.refused, err)
        del os.environ["SSL_CERT_FILE"]
        _, err = run(machine, "asks", f"host={HOST}", "hostname", status=3, logs_in=False)
        check("nor does the system's own list know it", f"unknown {machine.pin}" in err, err)


def pywinrm_agrees():
    """The server is no mirror of our client's mistakes."""
    config = os.path.join(FOLDER, "openssl.cnf")
    with open(config, "w") as out:
        out.write(LEGACY)
    with server.Server(COMMANDS) as machine:
        done = subprocess.run(
            ["/usr/bin/python3", "-c", PYWINRM, f"http://127.0.0.1:{machine.port}/wsman"],
            input=PASSWORD.encode() + b"\n", capture_output=True, timeout=120,
            env={**os.environ, "OPENSSL_CONF": config, "PYTHONIOENCODING": "utf-8"})
        if b"ModuleNotFoundError" in done.stderr:
            print("not asked: pywinrm (Debian: python3-winrm)")
            return
        check("pywinrm gets the same, sealed, from this server", done.stdout == b"PEER\r\n",
              done.stderr.decode()[-600:])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_kdc():
    port = free_port()
    with open(os.environ["KRB5_CONFIG"], "w") as config:
        config.write(f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n"
                     " dns_canonicalize_hostname = false\n rdns = false\n"
                     f"[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n")
    with open(os.environ["KRB5_KDC_PROFILE"], "w") as config:
        config.write(f"[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n"
                     f" kdc_tcp_listen = 127.0.0.1:{port}\n[realms]\n {REALM} = {{\n"
                     f"  database_name = {FOLDER}/principal\n  key_stash_file = {FOLDER}/stash\n"
                     f"  acl_file = {FOLDER}/acl\n }}\n[logging]\n kdc = FILE:{FOLDER}/kdc.log\n")

    def admin(*arguments, words=""):
        subprocess.run(arguments, input=words.encode(), check=True, capture_output=True)

    admin("/usr/sbin/kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
    admin("/usr/sbin/kadmin.local", words=f"addprinc hpcadmin@{REALM}\n{PASSWORD}\n{PASSWORD}\n")
    admin("/usr/sbin/kadmin.local", "-q", f"addprinc -randkey HTTP/{HOST}")
    admin("/usr/sbin/kadmin.local", "-q", f"ktadd -k {os.environ['KRB5_KTNAME']} HTTP/{HOST}")
    kdc = subprocess.Popen(["/usr/sbin/krb5kdc", "-n"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return kdc
        except OSError:
            time.sleep(0.05)
    kdc.kill()
    fail("the KDC did not start")
    return None


def kerberos():
    if not os.path.exists("/usr/sbin/krb5kdc") or not os.path.exists("/usr/sbin/kadmin.local"):
        print("not asked: Kerberos (Debian: krb5-kdc, krb5-admin-server)")
        return
    kdc = start_kdc()
    user = f"user=hpcadmin@{REALM}"
    try:
        with server.Server(COMMANDS, mechs=(server.SPNEGO,)) as machine:
            out, _ = run(machine, "plain", user, f"host={HOST}", "hostname")
            check("Kerberos, sealed over HTTP", out == b"PEER\r\n", out)
            out, _ = run(machine, "plain", user, f"host={HOST}", "flood", status=7)
            check("Kerberos: much output comes whole", out == FLOOD, len(out))
            machine.drop_after = 3
            out, _ = run(machine, "plain", user, f"host={HOST}", "flood", status=7)
            check("Kerberos: logins are made anew", out == FLOOD, len(out))
            check("Kerberos: no message was naked", machine.naked == 0)
            _, err = run(machine, "plain", user, f"host={HOST}", "hostname", password="wrong",
                         status=3)
            check("Kerberos: a wrong password is refused", "Negotiate" in err or "401" in err, err)
        files = make_certificate("kerberos")
        with server.Server(COMMANDS, mechs=(server.SPNEGO,), certificate=files,
                           strict=True) as machine:
            out, _ = run(machine, user, f"host={HOST}", f"pin={machine.pin}", "hostname")
            check("Kerberos, bound to the certificate over HTTPS", out == b"PEER\r\n", out)
        by_ticket()
    finally:
        kdc.terminate()
        kdc.wait(20)


# The command. AWS lists one instance; where its WinRM port is, the server of this test listens.
SOURCE = os.path.abspath(os.environ.get("HPCWIZ_SOURCE", "."))
NODE = f"127.{80 + os.getpid() % 100}.7.5"
CLUSTER = SOURCE + "/tests/peers/clusters/basic.yaml"
INSTALL = b"C:\\ProgramData\\hpcwiz\\install.log"
LINE = b"2026-11-28T10:00:00.000Z a line of the node\r\n"
FRAMES = b"\n".join([
    b"@H 1 20261128090000 20261128100000 4242 " + base64.b64encode(b"PEER|10.0|5.1"),
    b"@F 0 0 %d " % len(LINE) + base64.b64encode(INSTALL),
    b"@D 0 0 %d r " % len(LINE) + base64.b64encode(LINE), b"@K 20261128100001", b""])


class Follower(dict):
    """What the machine's PowerShell writes: the frames of a follower, or the answer of a test."""

    def get(self, line, default=None):
        if not line.startswith("powershell "):
            return default
        script = base64.b64decode(line.rsplit(" ", 1)[1]).decode("utf-16-le")
        return (b"yes 10.20.1.5\r\n", 0) if "GetHostAddresses" in script else (FRAMES, None)


class Cloud(http.server.BaseHTTPRequestHandler):
    tags = {}

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        items = "".join(f"<item><key>{k}</key><value>{v}</value></item>" for k, v in Cloud.tags.items())
        known = "Action=DescribeInstances" in body
        text = ("<DescribeInstancesResponse><reservationSet><item><instancesSet><item>"
                "<instanceId>i-0123456789abcdef0</instanceId>"
                "<instanceState><name>running</name></instanceState>"
                f"<privateIpAddress>{NODE}</privateIpAddress><tagSet>{items}</tagSet>"
                "</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
                if known else "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"
                "<Message>not here</Message></Error></Errors></Response>")
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def read_terminal(terminal, text, seen=b""):
    end = time.monotonic() + 120
    while text not in seen and time.monotonic() < end:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        seen += more
    return seen


def logs(url, user, password=None, **more):
    """`hpcwiz logs --user` in a terminal: what it printed as JSON, what stood there, its status."""
    return command(url, ["logs", CLUSTER, "--json", "--user", user], password, **more)


def test_on_node(url, user, password=None, **more):
    """The same of `hpcwiz diagnose --test`, which runs a command of its own on the node."""
    return command(url, ["diagnose", CLUSTER, "--json", "--user", user, "--test", "name-resolves",
                         "--node", "sql", "--set", "Name=db", "--yes"], password, **more)


def command(url, arguments, password=None, **more):
    user = arguments[arguments.index("--user") + 1]
    folder = os.path.join(FOLDER, "home")
    os.makedirs(folder, exist_ok=True)
    env = {k: v for k, v in os.environ.items() if k not in ("NTLM_USER_FILE", "KRB5_KTNAME")}
    env.update({"HOME": folder, "XDG_STATE_HOME": folder, "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1",
                "HPCWIZ_DATADIR": SOURCE + "/templates", "HPCWIZ_POLL_MS": "100", "LC_ALL": "C.UTF-8",
                "LSAN_OPTIONS": f"suppressions={FOLDER}/leaks:print_suppressions=0",
                "ASAN_OPTIONS": "fast_unwind_on_malloc=0", **more})
    out = os.path.join(FOLDER, "out")
    child, terminal = pty.fork()
    if child == 0:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        program = os.path.join(os.environ.get("HPCWIZ_BUILD", "build"), "hpcwiz")
        os.execve(program, [program, *arguments], env)
    seen = b""
    if password:
        seen = read_terminal(terminal, b" on the nodes: ")
        check("the password is asked for", f"Password of {user} on the nodes: " in seen.decode(), seen)
        end = time.monotonic() + 60
        while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < end:
            time.sleep(0.01)
        os.write(terminal, password.encode() + (b"" if password == "\x03" else b"\n"))
    seen = read_terminal(terminal, b"\0nothing says this\0", seen).decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    lines = [json.loads(line) for line in open(out, encoding="utf-8")]
    if password:
        check("and stands nowhere", password not in seen and password not in open(out).read(), seen)
    return lines, seen, status


def expect_answer(what, lines, status):
    answers = [(line["node"], line["answer"]) for line in lines if line["type"] == "test"]
    check(what, answers == [("sql", "yes")] and status == 0, lines)


def expect_line(what, lines, status):
    texts = [line["text"] for line in lines if line["type"] == "log"]
    check(what, texts == [LINE.decode().strip()] and status == 0, lines)


def start_cloud():
    cloud = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=cloud.serve_forever, daemon=True).start()
    return cloud, f"http://127.0.0.1:{cloud.server_port}"


def by_command():
    cloud, url = start_cloud()
    files = make_certificate("command")
    user = "PEER\\Administrator"
    with server.Server(Follower(), certificate=files, strict=True, address=(NODE, 5986)) as machine:
        Cloud.tags = {"hpcwiz:role": "sql", "hpcwiz:winrm-sha256": machine.pin}
        lines, _, status = logs(url, user, PASSWORD)
        expect_line("logs --user, bound to the certificate", lines, status)
        lines, _, status = test_on_node(url, user, PASSWORD)
        expect_answer("diagnose --test --user, bound to the certificate", lines, status)
        lines, _, status = logs(url, user, "wrong")
        told = lines[-1]["error"] if "error" in lines[-1] else str(lines[-1])
        check("logs --user, a wrong password once", status == 1 and "401" in told
              and len(machine.refused) == 1, lines)
        lines, seen, status = logs(url, "nobody@" + REALM, "\x03")
        check("Ctrl-C at the question", status == 5, seen)
    with server.Server(Follower(), address=(NODE, 5985)) as machine:
        Cloud.tags = {}
        lines, _, status = logs(url, user, PASSWORD)
        expect_line("logs --user, sealed over HTTP to a node that is not hpcwiz's own", lines, status)
        check("no message of it was naked", machine.naked == 0)
    cloud.shutdown()


def by_ticket():
    """Called while the KDC runs."""
    name = "riskgrid-db.corp.example.internal"
    for line in (f"addprinc -randkey HTTP/{name}", f"ktadd -k {os.environ['KRB5_KTNAME']} HTTP/{name}"):
        subprocess.run(["/usr/sbin/kadmin.local", "-q", line], check=True, capture_output=True)
    cache = "FILE:" + os.path.join(FOLDER, "ccache")
    subprocess.run(["kinit", f"hpcadmin@{REALM}"], input=PASSWORD.encode() + b"\n", check=True,
                   capture_output=True, env={**os.environ, "KRB5CCNAME": cache})
    cloud, url = start_cloud()
    files = make_certificate("ticket")
    with server.Server(Follower(), mechs=(server.SPNEGO,), certificate=files, strict=True,
                       address=(NODE, 5986)) as machine:
        Cloud.tags = {"hpcwiz:role": "sql", "hpcwiz:winrm-sha256": machine.pin}
        lines, seen, status = logs(url, f"hpcadmin@{REALM}", KRB5CCNAME=cache)
        expect_line("logs --user with a ticket, nothing asked", lines, status)
        lines, seen, status = test_on_node(url, f"hpcadmin@{REALM}", KRB5CCNAME=cache)
        expect_answer("diagnose --test --user with a ticket", lines, status)
        check("nothing was asked", "Password" not in seen, seen)
        lines, _, status = logs(url, f"hpcadmin@{REALM}", PASSWORD)
        expect_line("logs --user with Kerberos by the password", lines, status)
    cloud.shutdown()


try:
    sealed_over_http()
    bound_over_https()
    system_vouches()
    pywinrm_agrees()
    by_command()
    kerberos()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)

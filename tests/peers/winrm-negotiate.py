#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our WinRM client with Negotiate against a server whose NTLM, SPNEGO and Kerberos are gss-ntlmssp
and MIT Kerberos: sealed messages over plain HTTP, channel binding over HTTPS, logins that end in
the middle, changed answers, wrong passwords and certificates. pywinrm checks the server.
Skipped (77) where a part is absent."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
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


def run(machine, *arguments, password=PASSWORD, status=0, way="negotiate"):
    # The client may read no file of passwords: what it knows comes from its caller.
    env = {key: value for key, value in os.environ.items() if key != "NTLM_USER_FILE"}
    env["KRB5_KTNAME"] = "/nonexistent"
    # gss-ntlmssp leaves a library context of OpenSSL behind at exit, once a process.
    env["LSAN_OPTIONS"] = f"suppressions={FOLDER}/leaks:print_suppressions=0"
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
    finally:
        kdc.terminate()
        kdc.wait(20)


try:
    sealed_over_http()
    bound_over_https()
    pywinrm_agrees()
    kerberos()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)

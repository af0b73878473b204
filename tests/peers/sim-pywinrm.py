#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An independent WinRM client (pywinrm) against a simulated node: the whole conversation, a wrong
password, an unknown command, a shell that is gone. Skipped (77) where pywinrm is absent."""
import os
import subprocess
import sys

try:
    import winrm
    from winrm.exceptions import InvalidCredentialsError, WinRMTransportError, WinRMError
except ImportError:
    print("skipped: the Python module 'winrm' (Debian: python3-winrm) is not installed")
    sys.exit(77)

# Settings of the person who runs the test would send loopback elsewhere or check the certificate.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "https_proxy", "HTTPS_PROXY", "all_proxy",
             "ALL_PROXY"):
    os.environ.pop(name, None)

SERVER = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/sim-winrm-server")


def client(url, password):
    return winrm.Protocol(endpoint=url, transport="basic", username="Administrator",
                          password=password, server_cert_validation="ignore",
                          operation_timeout_sec=5, read_timeout_sec=15)


def run(protocol, shell, command, arguments=()):
    identity = protocol.run_command(shell, command, arguments)
    out, err, code = protocol.get_command_output(shell, identity)
    protocol.cleanup_command(shell, identity)
    return out, err, code


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: {got!r} instead of {expected!r}")
    print(f"ok: {what}")


def converse(url):
    protocol = client(url, "Passw0rd")
    shell = protocol.open_shell()
    check("hostname", run(protocol, shell, "hostname"), (b"PEER\r\n", b"", 0))
    check("echo with arguments", run(protocol, shell, "echo", ["a", "b"])[0], b"a b\r\n")
    out, _, code = run(protocol, shell, "type", ["C:\\peer.log"])
    check("type of a UTF-16 file", (out.decode("utf-16").splitlines()[0], code), ("Größe 1", 0))
    check("length of a long output", len(out), 2 + sum(len(f"Größe {n}\r\n") * 2
                                                       for n in range(1, 20001)))
    _, err, code = run(protocol, shell, "ls")
    check("unknown command", (b"is not recognized" in err, code), (True, 1))
    protocol.close_shell(shell)
    try:
        protocol.run_command(shell, "hostname")
        sys.exit("a closed shell still runs commands")
    except (WinRMTransportError, WinRMError) as error:
        print("ok: closed shell:", type(error).__name__)
    try:
        client(url, "wrong").open_shell()
        sys.exit("a wrong password is accepted")
    except InvalidCredentialsError:
        print("ok: wrong password")


def main():
    server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        converse(server.stdout.readline().strip())
    finally:
        server.stdin.close()
        server.wait(timeout=10)


main()

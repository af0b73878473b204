#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The code of an MFA device, asked for by a command on a real terminal: not echoed, sent to STS;
a wrong code and Ctrl-C end the command as they should."""
import http.server
import os
import pty
import select
import sys
import termios
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

CLUSTER = os.path.join(rig.SOURCE, "tests/peers/clusters/basic.yaml")
CONFIG = """[profile p]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = a
mfa_serial = arn:aws:iam::123456789012:mfa/anna
[profile a]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
"""
ASSUMED = """<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2039-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""
ABSENT = """<ErrorResponse><Error><Code>ValidationError</Code>
<Message>Stack with id x does not exist</Message></Error></ErrorResponse>"""
EMPTY = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"


class Cloud(http.server.BaseHTTPRequestHandler):
    codes = []

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = dict(urllib.parse.parse_qsl(body))
        status, answer = 400, ABSENT
        if asked.get("Action") == "AssumeRole":
            Cloud.codes.append(asked.get("TokenCode"))
            status, answer = 200, ASSUMED
        elif asked.get("Action") == "DescribeInstances":
            status, answer = 200, EMPTY
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())


def echoes(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def read_until(terminal, text, seen):
    end = time.monotonic() + rig.PATIENCE
    while text not in seen:
        if time.monotonic() > end:
            rig.fail("waited in vain for %r in %r" % (text, seen))
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            more = b""
        if not more:
            return seen
        seen += more
    return seen


def session(where, url, typed):
    """Returns what stood on the terminal, and the exit status."""
    env = rig.environment(where, AWS_CONFIG_FILE=os.path.join(where, "config"),
                          AWS_ENDPOINT_URL=url)
    child, terminal = pty.fork()
    if child == 0:
        os.execve(rig.HPCWIZ, [rig.HPCWIZ, "status", CLUSTER, "--profile", "p"], env)
    seen = read_until(terminal, b"Code of MFA device arn:aws:iam::123456789012:mfa/anna: ", b"")
    rig.wait_for(lambda: not echoes(terminal), "the echo to be off")
    os.write(terminal, typed)
    seen = read_until(terminal, b"\0nothing says this\0", seen)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return seen.decode(), os.waitstatus_to_exitcode(status)


def main():
    rig.watchdog(600)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_port
    with rig.folder() as where:
        with open(os.path.join(where, "config"), "w") as file:
            file.write(CONFIG)
        seen, status = session(where, url, b"123456\n")
        if Cloud.codes != ["123456"] or "123456\r" in seen or status == 4:
            rig.fail("codes %s, status %s:\n%s" % (Cloud.codes, status, seen))
        seen, status = session(where, url, b"12\n")
        if Cloud.codes != ["123456"] or status != 4 or "six digits" not in seen:
            rig.fail("a wrong code: %s, status %s:\n%s" % (Cloud.codes, status, seen))
        seen, status = session(where, url, b"\x03")
        if status != 5:
            rig.fail("Ctrl-C: status %s:\n%s" % (status, seen))
    server.shutdown()
    print("asked, sent, not echoed; a wrong code and Ctrl-C end it")


main()

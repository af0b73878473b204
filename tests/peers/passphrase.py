#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`hpcwiz logs` with a private key that ssh-keygen or openssl has encrypted: its passphrase is asked
on a terminal, without an echo, decrypts the Administrator's password, and stands nowhere. Wrong
ones are told, three are enough; Enter, Ctrl-C and a missing terminal end as the manual says. The
wizard asks too, before its screens. Skipped (77) without ssh-keygen or openssl."""
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

PASSPHRASE = "Potoroo quoll 9"
QUESTION = "(Enter: go on without): "
WRONG = "That passphrase does not fit."


def check(what, condition, told=""):
    if not condition:
        rig.fail(f"{what}: {told}")
    print("ok " + what)


def call(*command):
    subprocess.run(command, check=True, capture_output=True)


def sealed_keys(where):
    """The key of the demo account's key pair, encrypted in every form that is about."""
    plain = os.path.join(where, "hpc-admin.pem")
    for name, form in (("openssh", []), ("ssh-pem", ["-m", "PEM"]), ("ssh-pkcs8", ["-m", "PKCS8"])):
        path = os.path.join(where, name)
        shutil.copy(plain, path)
        os.chmod(path, 0o600)
        call("ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, *form, "-f", path)
        yield path
    for name, options in (("pkcs8", ["pkcs8", "-topk8", "-v2", "aes-256-cbc"]),
                          ("pkcs1", ["rsa", "-aes256", "-traditional"])):
        path = os.path.join(where, name)
        call("openssl", *options, "-in", plain, "-out", path, "-passout", "pass:" + PASSPHRASE)
        yield path


class Terminal:
    """hpcwiz in a terminal of its own; its standard output goes to a file unless it is the screen."""

    def __init__(self, where, *arguments, screen=False):
        self.out = os.path.join(where, "out")
        self.seen = ""
        env = rig.environment(where, TERM="xterm")
        self.child, self.fd = pty.fork()
        if self.child == 0:
            if not screen:
                os.dup2(os.open(self.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
            os.execve(rig.HPCWIZ, [rig.HPCWIZ, *arguments], env)

    def read(self, text, times=1):
        """Until text was seen that often, or the program has ended."""
        while self.seen.count(text) < times:
            try:
                more = os.read(self.fd, 65536)
            except OSError:
                return
            if not more:
                return
            self.seen += more.decode(errors="replace")

    def answer(self, text, times=1):
        self.read(QUESTION, times)
        check("a question", self.seen.count(QUESTION) == times, self.seen)
        rig.wait_for(lambda: not termios.tcgetattr(self.fd)[3] & termios.ECHO, "the echo to end")
        os.write(self.fd, text.encode())

    def end(self):
        """Its status and what it printed as JSON."""
        self.read("\0nothing says this\0")
        status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        os.close(self.fd)
        return status, rig.json_lines(open(self.out, encoding="utf-8").read())


def has_lines(lines):
    return any(line["type"] == "log" for line in lines)


def ways(lines):
    """By which the nodes were reached."""
    return {line["via"] for line in lines if line["type"] == "node" and line["state"] == "live"}


def opened(where, common):
    calls = os.path.join(where, "calls.log")
    for path in sealed_keys(where):
        name = os.path.basename(path)
        head = open(path).read(300)
        check(f"{name}: is encrypted", "OPENSSH" in head or "ENCRYPTED" in head, head)
        terminal = Terminal(where, *common, "--key-file", path, "--log-file", calls)
        terminal.answer(PASSPHRASE + "\n")
        status, lines = terminal.end()
        check(f"{name}: the nodes' lines", status == 0 and ways(lines) == {"winrm"}, [line for line in lines if line["type"] == "node"])
        told = terminal.seen + open(terminal.out).read() + open(calls).read()
        check(f"{name}: the passphrase stands nowhere", PASSPHRASE not in told, terminal.seen)
        check(f"{name}: no word of a wrong one", WRONG not in terminal.seen, terminal.seen)
    return path


def refused(where, common, path):
    common = [*common, "--key-file", path]
    terminal = Terminal(where, *common)
    terminal.answer("bandicoot\n")
    terminal.answer(PASSPHRASE + "\n", times=2)
    status, lines = terminal.end()
    check("the second try is right", status == 0 and has_lines(lines) and terminal.seen.count(WRONG) == 1,
          terminal.seen)
    terminal = Terminal(where, *common)
    for times in (1, 2, 3):
        terminal.answer(f"bandicoot {times}\n", times)
    status, lines = terminal.end()
    check("three wrong ones end it", status == 4 and "does not fit " + path in terminal.seen
          and not has_lines(lines), (status, terminal.seen, lines))
    terminal = Terminal(where, *common)
    terminal.answer("\n")
    status, lines = terminal.end()
    check("Enter goes on without: Systems Manager has the lines", status == 0 and has_lines(lines)
          and ways(lines) == {"ssm"}, (ways(lines), lines[-3:]))
    terminal = Terminal(where, *common)
    terminal.answer("\x03")
    check("Ctrl-C", terminal.end()[0] == 5, terminal.seen)


def without_terminal(where, common, path):
    command = [rig.HPCWIZ, *common, "--key-file", path]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=rig.environment(where), start_new_session=True, timeout=rig.PATIENCE)
    check("no terminal: a sentence", done.returncode == 4 and "no terminal to ask for it" in done.stderr
          and "ssh-add" in done.stderr, (done.returncode, done.stderr))


def found(where, common, path):
    """The key pair's key, where it is looked for."""
    folder = os.path.join(where, ".ssh")
    os.mkdir(folder, 0o700)
    shutil.copy(path, os.path.join(folder, "hpc-admin.pem"))
    terminal = Terminal(where, *common)
    terminal.answer(PASSPHRASE + "\n")
    status, lines = terminal.end()
    check("a key that was found", status == 0 and has_lines(lines)
          and ".ssh/hpc-admin.pem" in terminal.seen, terminal.seen)
    text = rig.run(where, *common)
    lines = rig.json_lines(text)
    check("without a terminal the nodes are reached without it", ways(lines) == {"ssm"}
          and has_lines(lines), text[-2000:])
    terminal = Terminal(where, "plan", *common[1:])
    status, lines = terminal.end()
    check("plan reaches no node, and asks nothing", QUESTION not in terminal.seen, terminal.seen)


def wizard(where, common, path):
    terminal = Terminal(where, common[1], "--key-file", path, *common[3:], screen=True)
    terminal.answer("bandicoot\n")
    terminal.answer(PASSPHRASE + "\n", times=2)
    terminal.read("\x1b[?1049h")
    check("the wizard asks before its screens", WRONG in terminal.seen and "\x1b[?1049h" in terminal.seen
          and PASSPHRASE not in terminal.seen, terminal.seen)
    os.kill(terminal.child, signal.SIGTERM)
    terminal.end()


def main():
    rig.watchdog(400)
    for program in ("ssh-keygen", "openssl"):
        if not shutil.which(program):
            rig.skip("no " + program)
    with rig.folder() as where, rig.simulator(where, "--speed", "400", "--seed", "7") as url:
        cluster = rig.cluster_file(where, url)
        rig.run(where, "deploy", cluster, "--yes", "--json", "--endpoint-url", url,
                "--key-file", os.path.join(where, "hpc-admin.pem"))
        common = ["logs", cluster, "--json", "--endpoint-url", url]
        path = opened(where, common)
        refused(where, common, path)
        without_terminal(where, common, path)
        wizard(where, common, path)
        found(where, common, path)


main()

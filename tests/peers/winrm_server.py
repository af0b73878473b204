# SPDX-License-Identifier: Apache-2.0
"""A WinRM server for tests, made of other people's parts: Python's HTTP and TLS, and GSSAPI with
gss-ntlmssp or MIT Kerberos for Negotiate. As a Windows machine of today it offers Negotiate alone,
takes sealed messages alone over plain HTTP, binds a login to its TCP connection, and can insist on
the channel binding. Messages: [MS-WSMV]; sealed bodies: its section 2.2.9.1."""
import base64
import hashlib
import http.server
import re
import socketserver
import ssl
import struct
import threading
import time
import uuid

import gssapi
from gssapi.raw import IOV, IOVBufferType, ChannelBindings, unwrap_iov, wrap_iov

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
KERBEROS = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TIMED_OUT = 2150858793
NO_SHELL = 2150858843
BOUNDARY = b"--Encrypted Boundary"


def envelope(body):
    """The answer to MESSAGE; Shells.answer puts that message's id in."""
    return (f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:rsp="{SHELL}" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" '
            'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
            'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault">'
            f"<s:Header><a:RelatesTo>MESSAGE</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>").encode()


def fault(code, text):
    return 500, envelope(
        f"<s:Fault><s:Reason><s:Text>{text}</s:Text></s:Reason><s:Detail>"
        f'<f:WSManFault Code="{code}"><f:Message>{text}</f:Message></f:WSManFault>'
        "</s:Detail></s:Fault>")


class Shells:
    """Shells and what their commands print; `commands` maps a command line to (bytes, code); code
    None: it does not end by itself."""

    def __init__(self, commands):
        self.commands = commands
        self.lock = threading.Lock()
        self.shells = {}
        self.most = 0

    def answer(self, message):
        text = message.decode()
        action = re.search(r"<a:Action[^>]*>([^<]+)<", text).group(1).rsplit("/", 1)[1]
        shell = re.search(r'Name="ShellId"[^>]*>([^<]+)<', text)
        message_id = re.search(r"<a:MessageID>([^<]+)<", text).group(1)
        with self.lock:
            status, answer = getattr(self, action.lower())(shell and shell.group(1), text)
        return status, answer.replace(b"MESSAGE", message_id.encode(), 1)

    def create(self, _shell, _text):
        shell = str(uuid.uuid4()).upper()
        self.shells[shell] = {}
        self.most = max(self.most, len(self.shells))
        return 200, envelope(
            "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>'
            f"</a:ReferenceParameters></x:ResourceCreated>"
            f"<rsp:Shell><rsp:ShellId>{shell}</rsp:ShellId></rsp:Shell>")

    def command(self, shell, text):
        if shell not in self.shells:
            return fault(NO_SHELL, "no such shell")
        line = re.search(r"<rsp:Command>([^<]*)<", text).group(1)
        out, code = self.commands.get(line, (b"'" + line.encode() + b"' is not recognized\r\n", 1))
        command = str(uuid.uuid4()).upper()
        self.shells[shell][command] = [out, code, 0]
        return 200, envelope(f"<rsp:CommandResponse><rsp:CommandId>{command}</rsp:CommandId>"
                             "</rsp:CommandResponse>")

    def receive(self, shell, text):
        command = re.search(r'CommandId="([^"]+)"', text).group(1)
        run = self.shells.get(shell, {}).get(command)
        if not run:
            return fault(NO_SHELL, "no such shell")
        run[2] += 1
        waits = run[1] is None and not run[0]
        if waits:
            time.sleep(0.05)  # nobody asks in a hurry
        if waits or run[2] == 1:
            return fault(TIMED_OUT, "nothing yet")
        piece, run[0] = run[0][:50000], run[0][50000:]
        # Cut at an odd byte into two streams, as Windows may.
        parts = [piece[:len(piece) // 3], piece[len(piece) // 3:]]
        streams = "".join(f'<rsp:Stream Name="stdout" CommandId="{command}">'
                          f"{base64.b64encode(part).decode()}</rsp:Stream>" for part in parts)
        runs = run[0] or run[1] is None
        state = "Running" if runs else "Done"
        code = "" if runs else f"<rsp:ExitCode>{run[1]}</rsp:ExitCode>"
        return 200, envelope(
            f'<rsp:ReceiveResponse>{streams}<rsp:CommandState CommandId="{command}" '
            f'State="{SHELL}/CommandState/{state}">{code}</rsp:CommandState></rsp:ReceiveResponse>')

    def send(self, _shell, _text):
        return 200, envelope("<rsp:SendResponse/>")

    def signal(self, _shell, _text):
        return 200, envelope("<rsp:SignalResponse/>")

    def delete(self, shell, _text):
        self.shells.pop(shell, None)
        return 200, envelope("")


class Handler(http.server.BaseHTTPRequestHandler):
    """One TCP connection; its login dies with it."""
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.context = None
        self.messages = 0

    def log_message(self, *arguments):
        pass

    def reply(self, status, body=b"", kind=None, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def bindings(self):
        digest = self.server.end_point
        return digest and ChannelBindings(application_data=b"tls-server-end-point:" + digest)

    def login(self, token):
        if self.context is None or self.context.complete:
            self.context = gssapi.SecurityContext(usage="accept", creds=self.server.creds,
                                                  channel_bindings=self.bindings())
        try:
            out = self.context.step(token)
        except gssapi.exceptions.GSSError as error:
            self.server.refused.append(str(error))
            self.context = None
            return self.reply(401, headers=[("WWW-Authenticate", "Negotiate")])
        value = "Negotiate" + (" " + base64.b64encode(out).decode() if out else "")
        headers = [("WWW-Authenticate", value)]
        self.reply(200 if self.context.complete else 401, headers=headers)
        return None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proof = self.headers.get("Authorization", "")
        if proof.startswith("Negotiate "):
            return self.login(base64.b64decode(proof[10:]))
        if not (self.context and self.context.complete):
            return self.reply(401, headers=[("WWW-Authenticate", "Negotiate")])
        self.messages += 1
        if self.server.drop_after and self.messages > self.server.drop_after:
            self.close_connection = True
            self.context = None
            return self.reply(401, headers=[("WWW-Authenticate", "Negotiate")])
        if self.server.sealed:
            if "encrypted" not in self.headers["Content-Type"]:
                self.server.naked += 1
                return self.reply(415)
            body = self.unseal(body)
        status, answer = self.server.shells.answer(body)
        if not self.server.sealed:
            return self.reply(status, answer, "application/soap+xml;charset=UTF-8")
        kind = ('multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";'
                'boundary="Encrypted Boundary"')
        return self.reply(status, self.seal(answer), kind)

    @property
    def is_kerberos(self):
        return self.context.mech == KERBEROS

    def unseal(self, body):
        start = body.index(b"application/octet-stream\r\n") + len(b"application/octet-stream\r\n")
        data = body[start:body.rindex(BOUNDARY + b"--")]
        count = struct.unpack("<I", data[:4])[0]
        header, rest = data[4:4 + count], data[4 + count:]
        expected = int(re.search(rb"Length=(\d+)", body).group(1))
        if self.is_kerberos:
            iov = IOV((IOVBufferType.header, False, header), (IOVBufferType.data, False, rest),
                      (IOVBufferType.padding, False, b""), std_layout=False)
            unwrap_iov(self.context, message=iov)
            plain = iov[1].value
        else:
            plain = self.context.unwrap(header + rest).message
        assert len(plain) == expected, (len(plain), expected)
        return plain

    def seal(self, plain):
        if self.is_kerberos:
            iov = IOV(IOVBufferType.header, plain, IOVBufferType.padding, std_layout=False)
            wrap_iov(self.context, message=iov, confidential=True)
            header, data = iov[0].value, iov[1].value + (iov[2].value or b"")
            count = len(plain) + len(iov[2].value or b"")
        else:
            whole = self.context.wrap(plain, True).message
            header, data, count = whole[:16], whole[16:], len(plain)
        if self.server.spoil:
            data = data[:-1] + bytes([data[-1] ^ 1])
        return (BOUNDARY + b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
                b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length="
                + str(count).encode() + b"\r\n" + BOUNDARY
                + b"\r\n\tContent-Type: application/octet-stream\r\n"
                + struct.pack("<I", len(header)) + header + data + BOUNDARY + b"--\r\n")


class Server(socketserver.ThreadingTCPServer):
    """One machine on a free loopback port; ends with its `with` block."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, commands, mechs=(NTLM,), certificate=None, strict=False,
                 address=("127.0.0.1", 0)):
        super().__init__(address, Handler)
        self.shells = Shells(commands)
        self.creds = gssapi.Credentials(usage="accept", mechs=list(mechs))
        self.sealed = certificate is None
        self.end_point = None
        self.drop_after = 0   # messages a login lasts; 0: for ever
        self.spoil = False    # answers are changed on the way
        self.naked = 0        # messages that came unsealed
        self.refused = []
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
            self.socket = tls.wrap_socket(self.socket, server_side=True)
            der = ssl.PEM_cert_to_DER_cert(open(certificate[0]).read())
            self.pin = hashlib.sha256(der).hexdigest()
            self.end_point = hashlib.sha256(der).digest() if strict else None

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        pass

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()

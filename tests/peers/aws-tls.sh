#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The client refuses a certificate that it cannot trust, and takes it with AWS_CA_BUNDLE. The
# other side is a small server, which answers with a page that is no AWS answer.
set -eu
for tool in openssl python3; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
build=${HPCWIZ_BUILD:-.}
work=$(mktemp -d)
pid=
trap 'for p in $pid; do kill "$p" 2>/dev/null || :; done; rm -r "$work"' EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other.example \
    -addext subjectAltName=DNS:other.example \
    -keyout "$work/other-key.pem" -out "$work/other.pem" 2>/dev/null
cat >"$work/server.py" <<'END'
import http.server, ssl, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "20")
        self.end_headers()
        self.wfile.write(b"<html>Sign in</html>")
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
END
python3 "$work/server.py" "$work/cert.pem" "$work/key.pem" >"$work/port" 2>/dev/null &
pid=$!
python3 "$work/server.py" "$work/other.pem" "$work/other-key.pem" >"$work/other-port" 2>/dev/null &
pid="$pid $!"
tries=0
while [ ! -s "$work/port" ] || [ ! -s "$work/other-port" ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || { echo "skipped: the HTTPS server does not start"; exit 77; }
    sleep 0.1
done
port=$(cat "$work/port")

AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x
AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent
AWS_ENDPOINT_URL=https://127.0.0.1:$port
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
export AWS_ENDPOINT_URL

expect() {
    grep -q -e "$2" "$1" || { echo "expected '$2' in:"; cat "$1"; exit 1; }
}

"$build/tests/peers/discover-one" eu-central-1 >"$work/untrusted" 2>&1 || :
expect "$work/untrusted" 'no answer from https://127.0.0.1'
expect "$work/untrusted" 'AWS_CA_BUNDLE'
AWS_CA_BUNDLE=$work/cert.pem "$build/tests/peers/discover-one" eu-central-1 \
    >"$work/trusted" 2>&1 || :
expect "$work/trusted" 'could not be understood'
AWS_ENDPOINT_URL=https://127.0.0.1:$(cat "$work/other-port")
AWS_CA_BUNDLE=$work/other.pem "$build/tests/peers/discover-one" eu-central-1 \
    >"$work/other-name" 2>&1 || :
expect "$work/other-name" 'no answer from https://127.0.0.1'
expect "$work/other-name" 'certificate'
echo "TLS: refused without trust and with another name, used with trust"

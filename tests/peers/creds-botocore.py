#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same files, environment and servers give hpcwiz and botocore the same keys from the same
provider. The servers are on the loopback interface; what STS and SSO hand out is a hash of what
they were asked, so equal keys mean equal requests, signed by equal keys."""
import contextlib
import hashlib
import http.server
import json
import os
import random
import re
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

try:
    import botocore.credentials
    import botocore.session
    import botocore.tokens
    import botocore.utils
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)
if tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 31):
    print("skipped: this botocore does not know AWS_ENDPOINT_URL_STS")
    sys.exit(77)

PROGRAM = os.path.join(os.environ.get("HPCWIZ_BUILD", "."), "tests/peers/creds-one")
ROLE = "arn:aws:iam::123456789012:role/"
MFA = "arn:aws:iam::123456789012:mfa/anna"
LATER = "2039-01-01T00:00:00Z"


def handed(*what):
    """Keys that only this question gives."""
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest().upper()
    return {"AccessKeyId": "ASIA" + digest[:16], "SecretAccessKey": digest[16:56],
            "Token": digest[20:40], "Expiration": LATER}


class Cloud(http.server.BaseHTTPRequestHandler):
    """STS, SSO, its OIDC service, a container's and an instance's metadata service in one."""
    protocol_version = "HTTP/1.1"
    imds = "v2"
    seen = []

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind="application/json", **headers):
        data = (json.dumps(body) if isinstance(body, (dict, list)) else body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def do_PUT(self):
        Cloud.seen.append("PUT " + self.path)
        if Cloud.imds == "v1":
            return self.reply(403, "no tokens here", "text/plain")
        if "x-aws-ec2-metadata-token-ttl-seconds" not in self.headers:
            return self.reply(400, "", "text/plain")
        return self.reply(200, "TOKEN==", "text/plain")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        Cloud.seen.append("GET " + url.path)
        if url.path == "/federation/credentials":
            return self.sso(urllib.parse.parse_qs(url.query))
        if url.path.startswith("/container"):
            return self.reply(200, handed("container", url.path,
                                          self.headers.get("Authorization", "")))
        if Cloud.imds == "v2" and self.headers.get("x-aws-ec2-metadata-token") != "TOKEN==":
            return self.reply(401, "", "text/plain")
        if url.path == "/latest/meta-data/iam/security-credentials/":
            if Cloud.imds == "norole":
                return self.reply(404, "", "text/plain")
            return self.reply(200, "bastion-role", "text/plain")
        if url.path == "/latest/meta-data/iam/security-credentials/bastion-role":
            return self.reply(200, dict(handed("imds"), Code="Success", Type="AWS-HMAC"))
        if url.path == "/latest/meta-data/placement/region":
            return self.reply(200, "eu-west-3", "text/plain")
        return self.reply(404, "", "text/plain")

    def sso(self, query):
        token = self.headers.get("x-amz-sso_bearer_token")
        if token == "REVOKED":
            return self.reply(401, {"message": "Session token not found or invalid"},
                              x_amzn_ErrorType="UnauthorizedException")
        keys = handed("sso", sorted(query.items()), token)
        return self.reply(200, {"roleCredentials": {
            "accessKeyId": keys["AccessKeyId"], "secretAccessKey": keys["SecretAccessKey"],
            "sessionToken": keys["Token"], "expiration": 2177452800000}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        Cloud.seen.append("POST " + self.path)
        if self.path == "/token":
            return self.oidc(json.loads(body))
        asked = {k: v[0] for k, v in urllib.parse.parse_qs(body).items()}
        if re.match(r"(botocore-session|hpcwiz)-\d+$", asked.get("RoleSessionName", "")):
            del asked["RoleSessionName"]
        signer = re.search(r"Credential=([^/]+)/\d+/([^/]+)/sts/",
                           self.headers.get("Authorization", ""))
        keys = handed("sts", sorted(asked.items()), signer and signer.groups(),
                      self.headers.get("X-Amz-Security-Token", ""))
        xml = ("<{0}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{0}Result>"
               "<Credentials><AccessKeyId>{AccessKeyId}</AccessKeyId><SecretAccessKey>"
               "{SecretAccessKey}</SecretAccessKey><SessionToken>{Token}</SessionToken>"
               "<Expiration>{Expiration}</Expiration></Credentials></{0}Result>"
               "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{0}Response>")
        return self.reply(200, xml.format(asked["Action"], **keys), "text/xml")

    def oidc(self, asked):
        if asked.get("refreshToken") == "DEAD":
            return self.reply(400, {"error": "invalid_grant"},
                              x_amzn_ErrorType="InvalidGrantException")
        keys = handed("oidc", sorted(asked.items()))
        return self.reply(200, {"accessToken": keys["Token"], "expiresIn": 28800,
                                "tokenType": "Bearer", "refreshToken": "NEXT" + keys["Token"]})


def keys(name, **more):
    lines = ["aws_access_key_id = AKIA" + name.upper(), "aws_secret_access_key = s" + name]
    return lines + ["%s = %s" % item for item in more.items()]


def sections(**named):
    """{"profile a": [lines]} as the text of a file."""
    return "".join("[%s]\n%s\n" % (name.replace("__", " "), "\n".join(lines))
                   for name, lines in named.items())


def role(name, **more):
    return ["role_arn = " + ROLE + name] + ["%s = %s" % item for item in more.items()]


SSO = ["sso_account_id = 123456789012", "sso_role_name = Admin"]
SESSION = ["sso_start_url = https://d-1.awsapps.com/start", "sso_region = eu-central-1"]
ENV = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "senv"}
NO_IMDS = {"AWS_EC2_METADATA_DISABLED": "true"}


def token(access, expires=LATER, **more):
    return dict({"accessToken": access, "expiresAt": expires, "startUrl": "x", "region": "y"},
                **more)


def soon():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300))


REFRESHABLE = {"refreshToken": "R1", "clientId": "C", "clientSecret": "S",
               "registrationExpiresAt": LATER}
PAST = "2020-01-01T00:00:00Z"


def cases(folder):
    """name, config, credentials, environment, --profile, SSO tokens"""
    process = os.path.join(folder, "print keys")
    web = os.path.join(folder, "web-token")
    auth = os.path.join(folder, "auth-token")
    a = sections(default=keys("dflt"), a=keys("a"))
    yield "environment", "", a, ENV
    yield "environment and AWS_PROFILE", "", a, dict(ENV, AWS_PROFILE="a")
    yield "environment and --profile", "", a, ENV, "a"
    yield "token", "", "", dict(ENV, AWS_SESSION_TOKEN="tok")
    yield "token under both names", "", "", dict(ENV, AWS_SESSION_TOKEN="tok", AWS_SECURITY_TOKEN="old")
    yield "both names in the file", "", sections(default=keys("t", aws_session_token="tk",
                                                              aws_security_token="old")), {}
    # The dialect, where botocore and the reference guide agree.
    k = "aws_access_key_id = AKIAX\naws_secret_access_key = sx\n"
    yield "comments and blanks", "\n# a\n; b\n\n[default]\n\n# c\n%s\n;d\n" % k, "", {}
    yield "Windows lines", ("[default]\n" + k).replace("\n", "\r\n"), "", {}
    yield "no blanks", "[default]\n" + k.replace(" ", ""), "", {}
    yield "many blanks", "[default]\n" + k.replace(" = ", "  \t =\t "), "", {}
    yield "capitals", "[default]\n" + k.replace("aws", "AWS").replace("key", "Key"), "", {}
    yield "= in a value", "[default]\n" + k.replace("sx", "s=x=="), "", {}
    yield "nested", "[default]\ns3 =\n  max_queue_size = 1\n  addressing_style = path\n" + k, "", {}
    yield "tab in a heading", "[profile\tx]\n" + k, "", {}, "x"
    yield "single quotes in a heading", "[profile 'x y']\n" + k, "", {}, "x y"
    yield "sections of other kinds", "[services default]\nec2 =\n endpoint_url = x\n[default]\n" + k, \
        "", {}
    yield "profile of the credentials file", "", "[profile x]\n" + k, {}, "x"
    yield "case of a profile", "", "[Ops]\n" + k, NO_IMDS, "ops"
    yield "hash within a value", "[default]\n" + k.replace("sx", "s#x;y"), "", {}
    yield "broken line", "[default]\nnonsense\n" + k, "", NO_IMDS
    yield "broken heading", "[default\n" + k, "", NO_IMDS
    yield "setting before a heading", k + "[default]\n", "", NO_IMDS
    yield "half of the environment", "", a, {"AWS_ACCESS_KEY_ID": "AKIAENV"}
    yield "credentials file", sections(default=keys("cfg")), a, {}
    yield "config file", sections(default=keys("cfg"), profile__b=keys("b")), "", {}, "b"
    yield "half in the file", "", "[default]\naws_access_key_id = X\n", {}
    yield "token in the file", "", sections(default=keys("t", aws_session_token="tk")), {}
    yield "no such profile", sections(b=keys("b")), a, {}, "b"
    yield "nothing", "", "", NO_IMDS
    yield "quoted profile", '[profile "my p"]\n' + "\n".join(keys("q")), "", {}, "my p"
    r = sections(profile__r=role("x", source_profile="a"))
    yield "role", r, a, {}, "r"
    yield "role and static keys", r, a + sections(r=keys("r")), {}, "r"
    yield "role with everything", sections(profile__r=role(
        "x", source_profile="a", external_id="E 1/é", role_session_name="sess",
        duration_seconds="1800")), a, {"AWS_DEFAULT_REGION": "eu-west-1"}, "r"
    yield "odd duration", sections(profile__r=role("x", source_profile="a",
                                                   duration_seconds="long")), a, {}, "r"
    yield "role of itself", "", sections(r=keys("r") + role("x", source_profile="r")), {}, "r"
    yield "role of itself without keys", sections(profile__r=role("x", source_profile="r")), "", \
        {}, "r"
    yield "chain", sections(profile__r=role("x", source_profile="q"),
                            profile__q=role("y", source_profile="a")), a, {}, "r"
    yield "chain, keys first", sections(profile__r=role("x", source_profile="q"),
                                        profile__q=keys("q") + role("y", source_profile="a")), \
        a, {}, "r"
    yield "loop", sections(profile__r=role("x", source_profile="q"),
                           profile__q=role("y", source_profile="r")), a, {}, "r"
    yield "no source", sections(profile__r=role("x")), a, {}, "r"
    yield "both sources", sections(profile__r=role("x", source_profile="a",
                                                   credential_source="Environment")), a, {}, "r"
    yield "missing source", sections(profile__r=role("x", source_profile="zz")), a, {}, "r"
    yield "empty source", sections(profile__r=role("x", source_profile="e"),
                                   profile__e=["region = eu-west-1"]), a, {}, "r"
    for source in ("Environment", "environment", "Ec2InstanceMetadata", "EcsContainer", "Moon"):
        yield "credential_source " + source, \
            sections(profile__r=role("x", credential_source=source)), a, \
            dict(ENV, AWS_CONTAINER_CREDENTIALS_FULL_URI="@/container/1"), "r"
    yield "empty credential_source", sections(profile__r=role(
        "x", credential_source="Environment")), a, {}, "r"
    yield "role by a process", sections(profile__r=role("x", source_profile="p"), profile__p=[
        "credential_process = '%s' p" % process]), "", {}, "r"
    yield "role by SSO", sections(profile__r=role("x", source_profile="s"),
                                  profile__s=SSO + ["sso_session = m"],
                                  sso_session__m=SESSION).replace("sso_session m", "sso-session m"), \
        "", {}, "r", {"m": token("T1")}
    yield "process", sections(default=["credential_process = '%s' one \"two  \\\"x\" a\\ b" %
                                       process]), "", {}
    yield "process and static keys", sections(default=["credential_process = '%s'" % process]), a, {}
    yield "process before config keys", \
        sections(default=keys("cfg") + ["credential_process = '%s'" % process]), "", {}
    for how in ("garbage", "version", "fails", "empty", "nokey", "expires"):
        yield "process " + how, \
            sections(default=["credential_process = '%s' %s" % (process, how)]), "", NO_IMDS
    yield "process missing", sections(default=["credential_process = /nonexistent/x"]), "", NO_IMDS
    yield "process quote", sections(default=["credential_process = 'x"]), "", NO_IMDS
    yield "web identity", "", a, {"AWS_WEB_IDENTITY_TOKEN_FILE": web, "AWS_ROLE_ARN": ROLE + "w"}
    yield "web identity, session", "", a, {"AWS_WEB_IDENTITY_TOKEN_FILE": web,
                                           "AWS_ROLE_ARN": ROLE + "w",
                                           "AWS_ROLE_SESSION_NAME": "pod"}
    yield "web identity, --profile", "", a, {"AWS_WEB_IDENTITY_TOKEN_FILE": web,
                                             "AWS_ROLE_ARN": ROLE + "w"}, "a"
    yield "web identity of a profile", sections(profile__w=role(
        "w", web_identity_token_file=web)), a, {}, "w"
    yield "web identity without role", "", a, {"AWS_WEB_IDENTITY_TOKEN_FILE": web}
    yield "web identity without file", "", a, {"AWS_WEB_IDENTITY_TOKEN_FILE": web + "x",
                                               "AWS_ROLE_ARN": ROLE + "w"}
    yield "role by web identity", sections(
        profile__r=role("x", source_profile="w"),
        profile__w=role("w", web_identity_token_file=web)), a, {}, "r"
    sso = sections(profile__s=SSO + ["sso_session = m"],
                   sso_session__m=SESSION).replace("sso_session m", "sso-session m")
    yield "SSO", sso, "", {}, "s", {"m": token("T1")}
    yield "SSO, no sign-in", sso, "", {}, "s"
    yield "SSO, expired", sso, "", {}, "s", {"m": token("T1", PAST)}
    yield "SSO, renewed", sso, "", {}, "s", {"m": token("T1", PAST, **REFRESHABLE)}
    yield "SSO, renewed before", sso, "", {}, "s", {"m": token("T1", soon(), **REFRESHABLE)}
    yield "SSO, not renewed, still good", sso, "", {}, "s", \
        {"m": token("T1", soon(), **dict(REFRESHABLE, refreshToken="DEAD"))}
    yield "SSO, not renewed, expired", sso, "", {}, "s", \
        {"m": token("T1", PAST, **dict(REFRESHABLE, refreshToken="DEAD"))}
    yield "SSO, registration ended", sso, "", {}, "s", \
        {"m": token("T1", PAST, **dict(REFRESHABLE, registrationExpiresAt=PAST))}
    yield "SSO, revoked", sso, "", {}, "s", {"m": token("REVOKED")}
    yield "SSO, useless file", sso, "", {}, "s", {"m": {"accessToken": "x"}}
    yield "SSO, static keys behind", sso, sections(s=keys("s")), {}, "s", {"m": token("T1")}
    yield "SSO, old profile", sections(profile__s=SSO + SESSION), "", {}, "s", \
        {"https://d-1.awsapps.com/start": token("T2")}
    yield "SSO, old profile, old time", sections(profile__s=SSO + SESSION), "", {}, "s", \
        {"https://d-1.awsapps.com/start": token("T2", "2039-01-01T00:00:00UTC")}
    yield "SSO, old profile, expired", sections(profile__s=SSO + SESSION), "", {}, "s", \
        {"https://d-1.awsapps.com/start": token("T2", PAST)}
    yield "SSO, half", sections(profile__s=SSO[:1] + SESSION), "", {}, "s"
    yield "SSO, no session", sections(profile__s=SSO + ["sso_session = zz"]), "", {}, "s"
    yield "SSO, two minds", sso.replace("sso_session = m", "sso_session = m\nsso_region = x"), \
        "", {}, "s", {"m": token("T1")}
    full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "@/container/2"}
    yield "container", "", "", full
    yield "container, token", "", "", dict(full, AWS_CONTAINER_AUTHORIZATION_TOKEN="Basic x")
    yield "container, token file", "", "", dict(full, AWS_CONTAINER_AUTHORIZATION_TOKEN="Basic x",
                                                AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=auth)
    yield "container, two lines", "", "", dict(full, AWS_CONTAINER_AUTHORIZATION_TOKEN="a\nb: c")
    yield "container, foreign host", "", "", \
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"}
    yield "container behind static keys", "", a, full
    yield "instance", "", "", {}
    yield "instance behind the container", "", "", full
    yield "instance disabled", "", "", NO_IMDS


def random_cases(folder, count):
    """Profiles that know each other in any way, good or not."""
    rng = random.Random(7)
    process = os.path.join(folder, "print keys")
    names = ["default", "a", "b", "c", "d"]
    for i in range(count):
        config, credentials = {}, {}
        for name in names:
            kind = rng.choice(("none", "keys", "config keys", "role", "role", "role+keys", "source",
                               "process", "sso", "web"))
            lines = config.setdefault("default" if name == "default" else "profile " + name, [])
            if "keys" in kind:
                where = lines if kind == "config keys" else credentials.setdefault(name, [])
                where.extend(keys(name, **({"aws_session_token": "t"} if rng.random() < .3 else {})))
            if kind.startswith("role"):
                lines.extend(role("r" + name, source_profile=rng.choice(names + ["gone"] * (i % 5 == 0))))
                if rng.random() < .3:
                    lines.append("external_id = e%d" % i)
            if kind == "source":
                lines.extend(role("r" + name, credential_source=rng.choice(
                    ("Environment", "EcsContainer", "Ec2InstanceMetadata"))))
            if kind == "process":
                lines.append("credential_process = '%s' %s" % (process, name))
            if kind == "sso":
                lines.extend(SSO + ["sso_session = m"])
            if kind == "web":
                lines.extend(role("w" + name,
                                  web_identity_token_file=os.path.join(folder, "web-token")))
        config["sso-session m"] = SESSION
        env = {}
        if rng.random() < .3:
            env.update(ENV)
        if rng.random() < .3:
            env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "@/container/3"
        if rng.random() < .3:
            env.update(NO_IMDS)
        profile = rng.choice(names[1:] + [None, None])
        if profile is None and rng.random() < .5:
            env["AWS_PROFILE"] = rng.choice(names)
        text = {"config": "", "credentials": ""}
        for kind, parts in (("config", config), ("credentials", credentials)):
            text[kind] = "".join("[%s]\n%s\n" % (n, "\n".join(l)) for n, l in parts.items())
        yield ("random %d" % i, text["config"], text["credentials"], env, profile,
               {"m": token("T9")})


PROCESS = """#!/bin/sh
case $1 in
garbage) echo '<html>'; exit 0 ;;
version) echo '{"Version": 2}'; exit 0 ;;
fails) echo 'secret words' >&2; exit 3 ;;
empty) exit 0 ;;
nokey) echo '{"Version": 1, "AccessKeyId": "A"}'; exit 0 ;;
expires) extra=', "Expiration": "2039-01-01T00:00:00Z"' ;;
esac
id=$(printf '%s|' "$@" | sha256sum | cut -c1-16)
printf '{"Version": 1, "AccessKeyId": "AKIA%s", "SecretAccessKey": "sp", "SessionToken": "t"%s}' "$id" "$extra"
"""


@contextlib.contextmanager
def environment(values):
    kept = dict(os.environ)
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def use_cache(provider, cache):
    """botocore fixed the folder of its cache when it was imported."""
    if hasattr(provider, "_token_cache"):
        provider._token_cache = botocore.utils.JSONFileCache(cache)
    inner = getattr(provider, "_token_provider", None)
    if inner:
        inner._cache = botocore.utils.JSONFileCache(cache,
                                                    dumps_func=botocore.tokens._sso_json_dumps)
        inner._token_loader = botocore.utils.SSOTokenLoader(cache=inner._cache)


def theirs(profile, folder):
    cache = os.path.join(folder, ".aws/sso/cache")
    botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = cache
    botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    try:
        session = botocore.session.Session(profile=profile)
        resolver = botocore.credentials.create_credential_resolver(session)
        for provider in resolver.providers:
            use_cache(provider, cache)
        found = resolver.load_credentials()
        if found is None:
            return {"error": "none"}
        frozen = found.get_frozen_credentials()
        return {"method": found.method, "key_id": frozen.access_key, "secret": frozen.secret_key,
                "token": frozen.token}
    except Exception as error:  # whatever it is, it is a refusal
        return {"error": "%s: %s" % (type(error).__name__, error)}


def ours(profile, folder):
    # Nothing here may go through a proxy: metadata services and loopback endpoints never do.
    child = dict(os.environ, CREDS_ONE_LOG=os.path.join(folder, "calls.log"),
                 http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1")
    child.pop("no_proxy", None)
    done = subprocess.run([PROGRAM, profile or ""], env=child, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        return {"crash": done.stderr}
    return json.loads(done.stdout)


def write_tokens(folder, tokens):
    cache = os.path.join(folder, ".aws/sso/cache")
    os.makedirs(cache, exist_ok=True)
    for name in os.listdir(cache):
        os.unlink(os.path.join(cache, name))
    for name, value in tokens.items():
        path = os.path.join(cache, hashlib.sha1(name.encode()).hexdigest() + ".json")
        with open(path, "w") as file:
            json.dump(value, file)


def read_tokens(folder):
    cache = os.path.join(folder, ".aws/sso/cache")
    out = {}
    for name in sorted(os.listdir(cache)):
        path = os.path.join(cache, name)
        kept = json.load(open(path))
        kept.pop("expiresAt", None)
        kept.pop("startUrl", None)
        kept.pop("region", None)
        out[name] = kept
    return out


def needs_person(env, tokens, found):
    """Whether newer keys come only after a sign-in; None: not told from the case alone."""
    if found["method"] == "env":
        return "AWS_CREDENTIAL_EXPIRATION" in env
    if found["method"] in ("shared-credentials-file", "config-file", "custom-process",
                           "container-role", "iam-role"):
        return False
    if found["method"] == "sso" and len(tokens) == 1:
        return not all(token.get("refreshToken") and token.get("clientId") and
                       token.get("registrationExpiresAt") == LATER for token in tokens.values())
    return None


def compare(folder, url, case):
    name, config, credentials, env = case[:4]
    profile = case[4] if len(case) > 4 else None
    tokens = case[5] if len(case) > 5 else {}
    for file, text in (("config", config), ("credentials", credentials)):
        with open(os.path.join(folder, file), "w") as out:
            out.write(text)
    full = {"HOME": folder, "AWS_CONFIG_FILE": os.path.join(folder, "config"),
            "AWS_SHARED_CREDENTIALS_FILE": os.path.join(folder, "credentials"),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL_STS": url, "AWS_ENDPOINT_URL_SSO": url,
            "AWS_ENDPOINT_URL_SSO_OIDC": url, "no_proxy": "*"}
    full.update({k: v.replace("@", url) for k, v in env.items()})
    with environment(full):
        write_tokens(folder, tokens)
        a = theirs(profile, folder)
        kept = read_tokens(folder)
        write_tokens(folder, tokens)
        b = ours(profile, folder)
        if read_tokens(folder) != kept:
            return "the SSO cache: %s, not %s" % (read_tokens(folder), kept)
    if "crash" in b:
        return b["crash"]
    if ("error" in a) != ("error" in b):
        return "botocore: %s, hpcwiz: %s" % (a, b)
    remember(a)
    if "error" in a:
        if b["code"] not in (2, 4) or (not b["next"] and not b["place"]):
            return "the error says too little: %s" % b
        if "secret words" in json.dumps(b):
            return "what a program says on standard error is told: %s" % b
        return None
    person = needs_person(env, tokens, b)
    if person is not None and person != bool(b["person"]):
        return "%s: a person is %sneeded for newer keys" % (b, "" if person else "not ")
    for field in ("method", "key_id", "secret", "token"):
        if a[field] != b[field]:
            return "%s: botocore %s, hpcwiz %s" % (field, a, b)
    return None


SECRETS = {"senv", "TOKEN==", "Basic x", "eyJ.WEB.TOKEN", "secret words"}


def remember(found):
    """None of these may ever stand in the log."""
    for field in ("secret", "token"):
        if len(found.get(field) or "") > 8:
            SECRETS.add(found[field])


def check_log(folder):
    text = open(os.path.join(folder, "calls.log")).read()
    leaked = [secret for secret in SECRETS if secret in text]
    if leaked:
        return "the log holds " + ", ".join(leaked)
    for call in (" sts AssumeRole 200 ", " sts AssumeRoleWithWebIdentity 200 ", " oidc CreateToken ",
                 " portal.sso GetRoleCredentials 200 ", " imds PUT:/latest/api/token 200 ",
                 " container GET:/container/1 200 "):
        if call not in text:
            return "the log lacks" + call
    return None


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_port
    wrong = count = 0
    with tempfile.TemporaryDirectory(prefix="creds-") as folder:
        path = os.path.join(folder, "print keys")
        with open(path, "w") as file:
            file.write(PROCESS)
        os.chmod(path, stat.S_IRWXU)
        for name, text in (("web-token", "eyJ.WEB.TOKEN"), ("auth-token", "Bearer file")):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        for case in list(cases(folder)) + list(random_cases(folder, 60)):
            if sys.argv[1:] and case[0] not in sys.argv[1:]:
                continue
            count += 1
            problem = compare(folder, url, case)
            if problem:
                wrong += 1
                print("MISMATCH %s: %s" % (case[0], problem))
        leak = None if sys.argv[1:] else check_log(folder)
        if leak:
            wrong += 1
            print(leak)
        for mode in ("v1", "norole"):
            Cloud.imds = mode
            count += 1
            problem = compare(folder, url, ("instance, " + mode, "", "", {}))
            if problem:
                wrong += 1
                print("MISMATCH instance %s: %s" % (mode, problem))
            problem = compare(folder, url, ("v1 forbidden", "", "",
                                            {"AWS_EC2_METADATA_V1_DISABLED": "true"}))
            if problem:
                wrong += 1
                print("MISMATCH instance %s without v1: %s" % (mode, problem))
    server.shutdown()
    print("%d cases, %d mismatches" % (count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

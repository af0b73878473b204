#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `hpcwiz generate`, then the generated deploy.sh with the real AWS CLI until every stack is
# CREATE_COMPLETE, a second run that finds nothing to change, and destroy.sh until none is left.
# Then a cluster whose SQL Server node fails, with each deploy.on_failure. hpcwiz itself deploys nothing
# here. Skipped (77) without the AWS CLI.
build=${HPCWIZ_BUILD:-.}
source=${HPCWIZ_SOURCE:-${srcdir:-.}}
for tool in aws python3 timeout; do
    command -v $tool >/dev/null 2>&1 || { echo "SKIP: $tool is not installed"; exit 77; }
done
work=$(mktemp -d) || exit 1
pid=
finish() { [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid"; rm -rf "$work"; }
trap finish EXIT
trap 'exit 1' HUP INT TERM
fail() {
    echo "FAIL: $*"
    for file in "$work"/out "$work"/sim.err; do [ -s "$file" ] && tail -20 "$file"; done
    exit 1
}

HPCWIZ_DATADIR=$source/templates
export HPCWIZ_DATADIR
simulator() { # simulator SCENARIO: another one, in the place of the one before
    [ -z "$pid" ] || { kill "$pid"; wait "$pid"; }
    rm -f "$work/url"
    timeout 1800 "$build/hpcwiz-sim" --speed 1000 --seed 1 --scenario "$1" --ready-file "$work/url" \
        --key-file "$work/key.pem" >/dev/null 2>"$work/sim.err" &
    pid=$!
    n=0
    until [ -s "$work/url" ]; do
        n=$((n + 1))
        [ $n -lt 150 ] || fail "the simulator is not ready after 30 s"
        kill -0 "$pid" 2>/dev/null || fail "the simulator ended"
        sleep 0.2
    done
    AWS_ENDPOINT_URL=$(cat "$work/url")
    export AWS_ENDPOINT_URL
}
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_DEFAULT_REGION=eu-central-1
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY AWS_PAGER=
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null HPCWIZ_POLL=0.2
export AWS_SHARED_CREDENTIALS_FILE=/dev/null
unset AWS_SESSION_TOKEN AWS_PROFILE

generate() { # generate KEY=VALUE...: the files of a cluster in the simulated account
    rm -f "$work/cluster.yaml" # hpcwiz new writes over nothing
    HPCWIZ_SOURCE=$source HPCWIZ_BUILD=$build python3 - "$work" "$AWS_ENDPOINT_URL" "$@" <<'PY' || exit 1
import os, sys
sys.path.insert(0, os.path.join(os.path.abspath(os.environ["HPCWIZ_SOURCE"]), "tests/lib"))
import rig
rig.cluster_file(sys.argv[1], sys.argv[2], **dict(pair.split("=", 1) for pair in sys.argv[3:]))
PY
    "$build/hpcwiz" generate "$work/cluster.yaml" -o "$work/dir" >"$work/out" 2>&1 || fail "generate"
}
simulator ok
generate nodes.compute.0.spot=true nodes.compute.0.placement=cluster logs.cloudwatch=true

script() { # script NAME [ARGUMENT]...: runs it from another folder, as a person would
    name=$1
    shift
    (cd / && timeout 600 "$work/dir/$name" "$@") >"$work/out" 2>&1
}
states() {
    aws cloudformation describe-stacks --output text --query 'Stacks[].[StackName,StackStatus]' |
        sort | tr '\t\n' '= '
}
stacks="riskgrid-compute-std=CREATE_COMPLETE riskgrid-foundation=CREATE_COMPLETE \
riskgrid-head=CREATE_COMPLETE riskgrid-sql=CREATE_COMPLETE "

script deploy.sh || fail "deploy.sh: status $?"
grep -q 'cluster riskgrid is complete' "$work/out" || fail "deploy.sh does not say that it is done"
[ "$(states)" = "$stacks" ] || fail "after deploy.sh: $(states)"

aws ec2 describe-placement-groups --output text --query 'PlacementGroups[].Strategy' |
    grep -qx cluster || fail "there is no placement group"
aws ssm get-parameter --name /hpcwiz/riskgrid/cloudwatch-agent --output text \
    --query Parameter.Value | python3 -c '
import json, sys
files = json.load(sys.stdin)["logs"]["logs_collected"]["files"]["collect_list"]
assert files[0]["file_path"] == r"C:\ProgramData\hpcwiz\install.log", files
assert {f["log_group_name"] for f in files} == {"/hpcwiz/riskgrid"}, files
' || fail "the configuration of the CloudWatch agent"

script deploy.sh || fail "a second deploy.sh: status $?"
[ "$(grep -c 'nothing to change' "$work/out")" = 4 ] || fail "a second deploy.sh changes something"
[ "$(states)" = "$stacks" ] || fail "after a second deploy.sh: $(states)"

if echo other | script destroy.sh; then fail "destroy.sh takes another name for a yes"; fi
[ "$(states)" = "$stacks" ] || fail "destroy.sh deleted without a yes: $(states)"
echo riskgrid | script destroy.sh || fail "destroy.sh: status $?"
[ -z "$(states)" ] || fail "after destroy.sh: $(states)"
grep -q 'vol-' "$work/out" || fail "destroy.sh does not name the kept data volume"
script destroy.sh --yes || fail "a second destroy.sh: status $?"

# rollback: what is left shows how it ended; keep: the nodes are there to look at; delete: nothing.
printf '%s\n' 'name: fails' 'summary: SQL Server does not start' 'extends: ok' 'roles: {sql: [{name: sql-config,' \
    '  fail: {at: 1, code: 7, message: SQL Server does not start}}]}' >"$work/fails.yaml"
for row in 'rollback=riskgrid-sql=ROLLBACK_COMPLETE ' 'keep=riskgrid-sql=CREATE_FAILED ' delete=; do
    simulator "$work/fails.yaml"
    generate "deploy.on_failure=${row%%=*}"
    if script deploy.sh; then fail "deploy.sh makes a cluster whose SQL Server fails"; fi
    grep -q 'SqlGroup.Received FAILURE signal' "$work/out" || fail "deploy.sh does not say what failed"
    grep -q 'install.log' "$work/out" || fail "deploy.sh does not say where to look"
    [ "$(states)" = "riskgrid-foundation=CREATE_COMPLETE ${row#*=}" ] || fail "on_failure ${row%%=*}: $(states)"
    script destroy.sh --yes || fail "on_failure ${row%%=*}: destroy.sh: status $?"
    [ -z "$(states)" ] || fail "on_failure ${row%%=*}, after destroy.sh: $(states)"
done
echo "ok: deploy.sh and destroy.sh with the AWS CLI alone"

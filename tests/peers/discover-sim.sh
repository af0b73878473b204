#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Discovery from end to end: the simulated account, walked with Enter alone; then with faults
# that a client must get over, and with some that it must explain.
set -eu
build=${HPCWIZ_BUILD:-.}
work=$(mktemp -d)
pid=
stop() { if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || :; wait "$pid" 2>/dev/null || :; fi; pid=; }
trap 'stop; rm -r "$work"' EXIT

AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
unset AWS_SESSION_TOKEN AWS_DEFAULT_PROFILE AWS_IGNORE_CONFIGURED_ENDPOINT_URLS

# walk NAME [simulator option]...: its output in $work/NAME
walk() {
    name=$1
    shift
    rm -f "$work/ready"
    "$build/hpcwiz-sim" --ready-file "$work/ready" --seed 1 "$@" 2>"$work/sim.log" &
    pid=$!
    tries=0
    while [ ! -s "$work/ready" ]; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "the simulator did not start"; cat "$work/sim.log"; exit 1; }
        sleep 0.1
    done
    AWS_ENDPOINT_URL=$(cat "$work/ready") "$build/tests/peers/discover-one" eu-central-1 \
        >"$work/$name" 2>&1 || :
    stop
}

expect() {
    if ! grep -q -e "$2" "$work/$1"; then
        echo "$1: expected '$2' in:"
        cat "$work/$1"
        exit 1
    fi
}

walk plain
expect plain '^identity 123456789012 environment$'
expect plain '^vpcs .*best=vpc-0a1b2c3d4e5f67890'
expect plain '^subnets .*best=subnet-0aaa1111bbb22220a'
expect plain '^key pairs .*best=hpc-admin'
expect plain '^domains .*best=corp.example.internal'
expect plain '^media .*best=s3://'
expect plain '^sql types .*best=r6i.xlarge'
expect plain '^head types .*best=m6i.xlarge'
expect plain '^compute types .*best=c6i.4xlarge'
expect plain '^fill network.zone_name=hpc.example.internal$'
expect plain '^fill network.sql_address=127\..*\.1\.5$'
expect plain '^fill network.head_address=127\..*\.1\.6$'
expect plain '^fill directory.netbios=CORP$'
expect plain '^fact zone=eu-central-1a$'
expect plain '^fact nodes.sql.image=ami-'

for fault in throttle:ec2:2 500:ec2:1 503:ssm:1 reset:ec2:1 malformed:ec2:1; do
    walk "$fault" --fault "$fault"
    expect "$fault" '^fact nodes.compute.0.image=ami-'
    expect "$fault" '^subnets .*best=subnet-0aaa1111bbb22220a'
done

walk expired --fault expired:sts:100
expect expired 'ExpiredToken'
expect expired 'Sign in again'
walk denied --fault denied:ec2:100
expect denied '^vpcs failed'
expect denied 'to allow ec2:DescribeVpcs'

AWS_SECRET_ACCESS_KEY=wrong
walk wrong-key
expect wrong-key 'SignatureDoesNotMatch'
expect wrong-key 'Check the access key id'
echo "discovery against the simulator: all as expected"

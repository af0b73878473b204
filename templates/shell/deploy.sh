#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes or updates the cluster with the AWS CLI alone: one change set a stack, in order, each waited
# for. It may be run again at any time and goes on where it stopped. Region and credentials as the
# AWS CLI finds them, but for the region below. HPCWIZ_POLL: seconds between two looks (15).
set -eu

# hpcwiz: begin
cluster='riskgrid'
region='eu-central-1'
bucket=''
on_failure='rollback'
stacks='riskgrid-foundation foundation
riskgrid-sql sql
riskgrid-head head
riskgrid-compute-std compute-std'
# hpcwiz: end

cd "$(dirname "$0")"
poll=${HPCWIZ_POLL:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cf() {
    verb=$1
    shift
    aws cloudformation "$verb" --region "$region" "$@"
}

fail() {
    printf '%s\n' "deploy.sh: $1" >&2
    exit 1
}

# Status of a stack; "NONE" where there is none.
status() {
    if ! cf describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text \
        2>"$work/error"; then
        grep -q 'does not exist' "$work/error" || fail "$(cat "$work/error")"
        echo NONE
    fi
}

# Replaces what only the account knows in a parameter file: zone-of:subnet-... and ssm:/path.
resolve() {
    cp "$1" "$work/parameters.json"
    for mark in $(grep -o '"zone-of:[^"]*"' "$1" | tr -d '"' | sort -u); do
        value=$(aws ec2 describe-subnets --region "$region" --subnet-ids "${mark#zone-of:}" \
            --query 'Subnets[0].AvailabilityZone' --output text)
        put "$mark" "$value"
    done
    for mark in $(grep -o '"ssm:/[^"]*"' "$1" | tr -d '"' | sort -u); do
        value=$(aws ssm get-parameter --region "$region" --name "${mark#ssm:}" \
            --query Parameter.Value --output text)
        put "$mark" "$value"
    done
}

put() {
    case $2 in
    '' | None | *[!A-Za-z0-9-]*) fail "$1: the account answered '$2'" ;;
    esac
    sed "s|\"$1\"|\"$2\"|" "$work/parameters.json" >"$work/next.json"
    mv "$work/next.json" "$work/parameters.json"
    printf '%s\n' "  $1 is $2"
}

# Where CloudFormation gets the body: inline up to 51,200 bytes, from the bucket above that.
body_of() {
    if [ "$(wc -c <"$1")" -le 51200 ]; then
        body="--template-body=file://$1"
        return
    fi
    [ -n "$bucket" ] || fail "$1 is larger than 51,200 bytes: set deploy.bucket in the cluster file"
    aws s3 cp --region "$region" --only-show-errors "$1" "s3://$bucket/hpcwiz/$cluster/$1"
    body="--template-url=https://$bucket.s3.$region.amazonaws.com/hpcwiz/$cluster/$1"
}

# Makes the change set $3 of kind $4 and executes it. Nothing to change is no failure.
change() {
    stack=$1
    file=$2.yaml
    set_name=$3
    kind=$4
    resolve "$2.parameters.json"
    body_of "$file"
    set -- --stack-name "$stack" --change-set-name "$set_name"
    cf create-change-set "$@" --change-set-type "$kind" "$body" \
        --parameters "file://$work/parameters.json" --tags file://tags.json \
        --capabilities CAPABILITY_IAM --output text --query Id >/dev/null
    while :; do
        state=$(cf describe-change-set "$@" --query Status --output text)
        case $state in
        CREATE_COMPLETE) break ;;
        FAILED)
            reason=$(cf describe-change-set "$@" --query StatusReason --output text)
            cf delete-change-set "$@"
            case $reason in
            *"didn't contain changes"* | *'No updates are to be performed'*)
                printf '%s\n' '  nothing to change'
                return
                ;;
            esac
            fail "$stack: $reason"
            ;;
        esac
        sleep "$poll"
    done
    keep=
    [ "$on_failure" != keep ] || keep=--disable-rollback
    cf execute-change-set "$@" ${keep:+"$keep"}
    follow "$stack" "$kind"
}

# Waits for the end of what goes on with stack $1. A stack that could not be made ($2 is CREATE) is
# deleted where on_failure says so: not every AWS CLI can leave that to CloudFormation.
follow() {
    while :; do
        state=$(status "$1")
        case $state in
        *_IN_PROGRESS)
            sleep "$poll"
            ;;
        CREATE_COMPLETE | UPDATE_COMPLETE)
            printf '%s\n' "  $state"
            return
            ;;
        *)
            cf describe-stack-events --stack-name "$1" --output text \
                --query "StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]" \
                >&2 || :
            # A signal carries no reason (API reference, SignalResource): the node's log does.
            printf '%s\n' '  Why a node failed stands in its C:\ProgramData\hpcwiz\install.log;' \
                '  with deploy.on_failure: keep the node stays to be looked at.' >&2
            [ "${2:-} $on_failure" != 'CREATE delete' ] || remove "$1"
            fail "$1 ended as $state"
            ;;
        esac
    done
}

remove() {
    cf delete-stack --stack-name "$1"
    while :; do
        case $(status "$1") in
        NONE | DELETE_COMPLETE) break ;;
        *_IN_PROGRESS) sleep "$poll" ;;
        *) return ;;
        esac
    done
    printf '%s\n' "  $1 was deleted" >&2
}

printf '%s\n' "$stacks" >"$work/stacks"
while read -r name file; do
    printf '%s\n' "$name"
    state=$(status "$name")
    set_name=hpcwiz-$(date -u +%Y%m%d%H%M%S)
    case $state in
    NONE | REVIEW_IN_PROGRESS) change "$name" "$file" "$set_name" CREATE </dev/null ;;
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | DELETE_FAILED)
        fail "$name is $state: delete it first (./destroy.sh, or aws cloudformation delete-stack)"
        ;;
    *_IN_PROGRESS) follow "$name" </dev/null ;;
    *) change "$name" "$file" "$set_name" UPDATE </dev/null ;;
    esac
done <"$work/stacks"
printf '%s\n' "cluster $cluster is complete"

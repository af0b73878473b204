#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Deletes the stacks of the cluster in reverse order with the AWS CLI alone. Data volumes and the
# cluster's certificate are kept; the end says which they are. --yes asks nothing.
set -eu

# hpcwiz: begin
cluster='riskgrid'
region='eu-central-1'
stacks='riskgrid-compute-std
riskgrid-head
riskgrid-sql
riskgrid-foundation'
# hpcwiz: end

poll=${HPCWIZ_POLL:-15}

if [ "${1:-}" != --yes ]; then
    printf 'This deletes cluster %s in %s. Type its name to go on: ' "$cluster" "$region"
    read -r answer
    [ "$answer" = "$cluster" ] || {
        echo 'nothing was deleted'
        exit 1
    }
fi

# Status of a stack; "NONE" where there is none.
status() {
    if ! reply=$(aws cloudformation describe-stacks --region "$region" --stack-name "$1" \
        --query 'Stacks[0].StackStatus' --output text 2>&1); then
        case $reply in
        *'does not exist'*) reply=NONE ;;
        *)
            printf '%s\n' "destroy.sh: $reply" >&2
            exit 1
            ;;
        esac
    fi
    printf '%s\n' "$reply"
}

for name in $stacks; do
    printf '%s\n' "$name"
    [ "$(status "$name")" != NONE ] || continue
    aws cloudformation delete-stack --region "$region" --stack-name "$name"
    while :; do
        state=$(status "$name")
        case $state in
        NONE | DELETE_COMPLETE) break ;;
        *_IN_PROGRESS) sleep "$poll" ;;
        *)
            printf '%s\n' "destroy.sh: $name ended as $state" >&2
            exit 1
            ;;
        esac
    done
done

echo 'Data volumes that were kept:'
aws ec2 describe-volumes --region "$region" --output text \
    --filters "Name=tag:hpcwiz:cluster,Values=$cluster" 'Name=tag:hpcwiz:role,Values=sql' \
    --query 'Volumes[].[VolumeId,Size,State]'
echo 'The certificate of the cluster, where it was kept:'
aws ssm describe-parameters --region "$region" --output text \
    --parameter-filters "Key=Name,Values=/hpcwiz/$cluster/certificate" \
    --query 'Parameters[].Name'

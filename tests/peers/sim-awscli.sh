#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The real AWS CLI against hpcwiz-sim: it signs, lists, pages and deploys. Skipped (77) without it.
build=${HPCWIZ_BUILD:-.}
source=${HPCWIZ_SOURCE:-${srcdir:-.}}
sim="$build/hpcwiz-sim"
fail() { echo "FAIL: $*"; [ -s "$work/err" ] && tail -20 "$work/err"; exit 1; }
command -v aws >/dev/null 2>&1 || { echo "SKIP: no AWS CLI on this machine"; exit 77; }
command -v timeout >/dev/null 2>&1 || { echo "SKIP: no timeout(1)"; exit 77; }

work=$(mktemp -d) || exit 1
pid=
finish() { [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid"; rm -rf "$work"; }
trap finish EXIT
trap 'exit 1' HUP INT TERM

HPCWIZ_DATADIR="$source/templates" timeout 240 "$sim" --speed 500 --seed 1 --scenario ok \
    --winrm-port 5987 --ready-file "$work/url" --key-file "$work/key.pem" --verbose \
    >"$work/out" 2>"$work/err" &
pid=$!
n=0
until [ -s "$work/url" ]; do
    n=$((n + 1))
    [ $n -lt 150 ] || fail "the simulator is not ready after 30 s"
    kill -0 "$pid" 2>/dev/null || fail "the simulator ended"
    sleep 0.2
done
url=$(cat "$work/url")
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_DEFAULT_REGION=eu-central-1 AWS_PAGER=
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_MAX_ATTEMPTS=1
export AWS_SHARED_CREDENTIALS_FILE=/dev/null
unset AWS_SESSION_TOKEN AWS_PROFILE
call() { timeout 60 aws --endpoint-url "$url" --output json "$@"; }
is() { # is EXPECTED COMMAND...
    expected=$1
    shift
    got=$(call "$@" 2>&1 | tr -d '[]" \n')
    [ "$got" = "$expected" ] || fail "aws $*: expected '$expected', got '$got'"
}

is 123456789012 sts get-caller-identity --query Account
is 27 ec2 describe-instance-types --query 'length(InstanceTypes)'
is hpc-sql-2022-20261102 ec2 describe-images --owners self --filters Name=tag:Role,Values=sql \
    --query 'Images[].Name'
is ami-0a2022f0000000002 ssm get-parameter --query Parameter.Value \
    --name /aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base
is Z0123456789ABCDEFGHIJ route53 list-hosted-zones-by-vpc --vpc-id vpc-0a1b2c3d4e5f67890 \
    --vpc-region eu-central-1 --query 'HostedZoneSummaries[0].HostedZoneId'
is corp.example.internal,CORP,Active ds describe-directories \
    --query 'DirectoryDescriptions[0].[Name,ShortName,Stage]'
is 28 pricing get-products --service-code AmazonEC2 --query 'length(PriceList)'
is 1 pricing get-products --service-code AmazonEC2 --query 'length(PriceList)' --filters \
    Type=TERM_MATCH,Field=regionCode,Value=eu-central-1 \
    Type=TERM_MATCH,Field=instanceType,Value=m6i.xlarge
call pricing get-products --service-code AmazonEC2 --query 'PriceList[0]' --filters \
    Type=TERM_MATCH,Field=volumeApiName,Value=gp3 | python3 -c '
import json, sys
product = json.loads(json.loads(sys.stdin.read()))
term, = product["terms"]["OnDemand"].values()
rate, = term["priceDimensions"].values()
assert float(rate["pricePerUnit"]["USD"]) > 0 and rate["unit"] == "GB-Mo", rate' ||
    fail "get-products: not the form of a product"
is eu-central-1 s3api get-bucket-location --bucket my-bucket --query LocationConstraint
is 512 service-quotas get-service-quota --service-code ec2 --quota-code L-1216C47A \
    --query Quota.Value
is 60 service-quotas list-service-quotas --service-code vpc --query 'Quotas[].Value'
is true,nat-0a1b2c3d4e5f67890 ec2 describe-route-tables \
    --filters Name=vpc-id,Values=vpc-0a1b2c3d4e5f67890 \
    --query 'RouteTables[0].[Associations[0].Main,Routes[1].NatGatewayId]'
is Gateway,com.amazonaws.eu-central-1.s3 ec2 describe-vpc-endpoints \
    --query 'VpcEndpoints[0].[VpcEndpointType,ServiceName]'
is alias/aws/ssm,alias/hpc-secrets kms list-aliases --query 'Aliases[].AliasName'
is CUSTOMER,Enabled kms describe-key --key-id alias/hpc-secrets \
    --query 'KeyMetadata.[KeyManager,KeyState]'
policy='{"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}]}'
is allowed,implicitDeny iam simulate-custom-policy --policy-input-list "$policy" \
    --action-names s3:GetObject s3:PutObject --resource-arns arn:aws:s3:::b/k \
    --query 'EvaluationResults[].EvalDecision'
call ec2 run-instances --dry-run --image-id ami-0a2022f0000000002 --instance-type m6i.xlarge \
    --subnet-id subnet-0aaa1111bbb22220a 2>&1 | grep -q DryRunOperation || fail "no dry run"
call ec2 run-instances --dry-run --image-id ami-0a2022f0000000002 --instance-type x2iezn.2xlarge \
    --subnet-id subnet-0aaa1111bbb22220b 2>&1 | grep -q Unsupported || fail "a type that is nowhere"
call ssm put-parameter --name /x --value 'a b' --type SecureString --allowed-pattern '^[a-z]+$' \
    2>&1 | grep -q ParameterPatternMismatch || fail "a value against its pattern was accepted"
call ec2 describe-subnets --filters Name=no-such,Values=x 2>&1 | grep -q InvalidParameterValue ||
    fail "an unknown filter was accepted"
AWS_SECRET_ACCESS_KEY=wrong call sts get-caller-identity 2>&1 | grep -q SignatureDoesNotMatch ||
    fail "a wrong secret was accepted"
AWS_ACCESS_KEY_ID=AKIAUNKNOWN call ec2 describe-vpcs 2>&1 | grep -q AuthFailure ||
    fail "an unknown key was accepted"

cat >"$work/small.yaml" <<'YAML'
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Vpc: {Type: AWS::EC2::VPC::Id}
  Note: {Type: String, Default: one}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: small, VpcId: !Ref Vpc}
  Rule:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}
  Value:
    Type: AWS::SSM::Parameter
    Properties: {Name: /small/note, Type: String, Value: !Sub '${Note} in ${Group}'}
Outputs:
  Id: {Value: !Ref Group, Export: {Name: !Sub '${AWS::StackName}-group'}}
YAML
set -- cloudformation create-change-set --stack-name small --template-body "file://$work/small.yaml"
call "$@" --change-set-name first --change-set-type CREATE \
    --parameters ParameterKey=Vpc,ParameterValue=vpc-0a1b2c3d4e5f67890 >/dev/null ||
    fail "create-change-set"
call cloudformation wait change-set-create-complete --stack-name small --change-set-name first ||
    fail "the change set does not become ready"
is 3 cloudformation describe-change-set --stack-name small --change-set-name first \
    --query 'length(Changes)'
call cloudformation execute-change-set --stack-name small --change-set-name first ||
    fail "execute-change-set"
call cloudformation wait stack-create-complete --stack-name small || fail "no CREATE_COMPLETE"
is 2 cloudformation describe-stack-events --stack-name small \
    --query "length(StackEvents[?LogicalResourceId=='Rule' && ResourceStatus=='CREATE_IN_PROGRESS'])"
is small-group cloudformation list-exports --query 'Exports[].Name'

call "$@" --change-set-name same --parameters ParameterKey=Vpc,UsePreviousValue=true >/dev/null ||
    fail "create-change-set of the same template"
call cloudformation wait change-set-create-complete --stack-name small --change-set-name same \
    2>/dev/null && fail "a change set without changes is not FAILED"
call cloudformation describe-change-set --stack-name small --change-set-name same \
    --query StatusReason | grep -q "didn't contain changes" || fail "the reason for no changes"

call cloudformation deploy --stack-name small --template-file "$work/small.yaml" \
    --parameter-overrides Note=two >/dev/null || fail "deploy with a changed parameter"
call ssm get-parameter --name /small/note --query Parameter.Value | grep -q '^"two in sg-' ||
    fail "the parameter was not updated"
# Drift: what was changed behind CloudFormation's back.
detect() {
    id=$(call cloudformation detect-stack-drift --stack-name small --query StackDriftDetectionId |
        tr -d '"')
    n=0
    until call cloudformation describe-stack-drift-detection-status \
        --stack-drift-detection-id "$id" | grep -q DETECTION_COMPLETE; do
        n=$((n + 1))
        [ $n -lt 60 ] || fail "the drift detection does not end"
        sleep 0.2
    done
}
detect
is 0 cloudformation describe-stack-resource-drifts --stack-name small \
    --stack-resource-drift-status-filters MODIFIED DELETED --query 'length(StackResourceDrifts)'
call ssm put-parameter --name /small/note --value other --overwrite >/dev/null ||
    fail "put-parameter"
detect
call cloudformation describe-stack-resource-drifts --stack-name small \
    --stack-resource-drift-status-filters MODIFIED | grep -q '"ActualValue": "other"' ||
    fail "the drift of the parameter"
call cloudformation continue-update-rollback --stack-name small 2>&1 |
    grep -q ValidationError || fail "a rollback that is not stuck was continued"

call cloudformation delete-stack --stack-name small && call cloudformation wait \
    stack-delete-complete --stack-name small || fail "the stack is not deleted"
is 0 cloudformation list-exports --query 'length(Exports)'
echo "ok: the AWS CLI lists, pages, deploys, updates and deletes"

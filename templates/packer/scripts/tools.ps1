# SPDX-License-Identifier: Apache-2.0
# What set-up needs on every node and a stock image may lack. Windows PowerShell 5.1, ASCII.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12

# The CloudFormation helper scripts: cfn-init and cfn-signal.
if (-not (Test-Path (Join-Path $env:ProgramFiles 'Amazon\cfn-bootstrap\cfn-init.exe'))) {
    $installer = Join-Path $env:TEMP 'aws-cfn-bootstrap.exe'
    Invoke-WebRequest -UseBasicParsing -Uri 'https://s3.amazonaws.com/cloudformation-examples/aws-cfn-bootstrap-py3-win64-latest.exe' -OutFile $installer
    $process = Start-Process -FilePath $installer -ArgumentList '/quiet' -Wait -PassThru
    if ($process.ExitCode -ne 0) {
        throw "the CloudFormation helper scripts could not be installed: exit code $($process.ExitCode)"
    }
}

# AWS Tools for PowerShell are part of the AWS images of Windows Server.
if (-not (Get-Command Get-SSMParameter -ErrorAction SilentlyContinue)) {
    throw 'AWS Tools for PowerShell are missing; begin with an AWS image of Windows Server'
}

if ($null -eq (Get-Service sshd -ErrorAction SilentlyContinue)) {
    [void](Add-WindowsCapability -Online -Name 'OpenSSH.Server~~~~0.0.1.0')
}

# Updates come with a new image, never in the middle of an installation.
Stop-Service wuauserv -Force -ErrorAction SilentlyContinue
Set-Service wuauserv -StartupType Disabled

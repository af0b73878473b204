# SPDX-License-Identifier: Apache-2.0
# What set-up needs on every node and a stock image may lack. Windows PowerShell 5.1, ASCII.
# HPCWIZ_CHOCOLATEY: address of Chocolatey's install script, or empty. HPCWIZ_PACKAGES: names.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12

function Start-Installer([string] $Program, [string] $Arguments) {
    $process = Start-Process -FilePath $Program -ArgumentList $Arguments -Wait -PassThru
    if ($process.ExitCode -ne 0 -and $process.ExitCode -ne 3010) {
        throw "$Program $Arguments ended with exit code $($process.ExitCode)"
    }
}

# Fetches a file and takes it only with a valid signature of its maker.
function Get-SignedFile([string] $Address, [string] $Name, [string] $Maker) {
    $file = Join-Path $env:TEMP $Name
    Invoke-WebRequest -UseBasicParsing -Uri $Address -OutFile $file
    $signature = Get-AuthenticodeSignature $file
    if ($signature.Status -ne 'Valid' -or $signature.SignerCertificate.Subject -notmatch $Maker) {
        throw "$Address has no valid signature of $Maker"
    }
    return $file
}

# The CloudFormation helper scripts: cfn-init and cfn-signal.
if (-not (Test-Path (Join-Path $env:ProgramFiles 'Amazon\cfn-bootstrap\cfn-init.exe'))) {
    Start-Installer (Get-SignedFile 'https://s3.amazonaws.com/cloudformation-examples/aws-cfn-bootstrap-py3-win64-latest.exe' 'aws-cfn-bootstrap.exe' 'Amazon') '/quiet'
}

# The AWS CLI, for those who work on the node; set-up itself uses the AWS Tools.
if (-not (Test-Path (Join-Path $env:ProgramFiles 'Amazon\AWSCLIV2\aws.exe'))) {
    $package = Get-SignedFile 'https://awscli.amazonaws.com/AWSCLIV2.msi' 'AWSCLIV2.msi' 'Amazon'
    Start-Installer 'msiexec.exe' "/i `"$package`" /qn /norestart"
}

# AWS Tools for PowerShell are part of the AWS images of Windows Server.
if (-not (Get-Command Get-SSMParameter -ErrorAction Ignore)) {
    throw 'AWS Tools for PowerShell are missing; begin with an AWS image of Windows Server'
}

if ($null -eq (Get-Service sshd -ErrorAction Ignore)) {
    [void](Add-WindowsCapability -Online -Name 'OpenSSH.Server~~~~0.0.1.0')
}

if ($env:HPCWIZ_CHOCOLATEY) {
    & (Get-SignedFile $env:HPCWIZ_CHOCOLATEY 'chocolatey.ps1' 'Chocolatey')
    $choco = Join-Path $env:ProgramData 'chocolatey\bin\choco.exe'
    foreach ($name in @("$env:HPCWIZ_PACKAGES" -split ' ' | Where-Object { $_ })) {
        Start-Installer $choco "install $name --yes --no-progress"
    }
}

# Updates come with a new image, never in the middle of an installation.
Stop-Service wuauserv -Force -ErrorAction Ignore
Set-Service wuauserv -StartupType Disabled

# SPDX-License-Identifier: Apache-2.0
# Copies the HPC Pack media from S3 where they are not on the machine yet, and checks them.
# The check is against a file SHA256SUMS (lines of sha256sum) that lies beside them. Its last output
# is the folder of setup.exe. For images (Packer, values from the environment) and for the head
# node's first boot.
# Windows PowerShell 5.1, ASCII.
param([string] $Media = $env:HPCWIZ_MEDIA, [string] $Region = $env:HPCWIZ_REGION, [string] $Folder = 'C:\HPCPack')
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Find-Setup {
    return Get-ChildItem $Folder -Filter setup.exe -Recurse -Depth 2 -ErrorAction Ignore | Sort-Object { $_.FullName.Length } | Select-Object -First 1
}

# What will be run has to be listed, and right.
function Test-Checksums {
    $list = "$Folder\SHA256SUMS"
    if (-not (Test-Path $list)) {
        'the media have no SHA256SUMS: not verified'
        return
    }
    $right = @()
    foreach ($line in [IO.File]::ReadAllText($list) -split '\r?\n') {
        if ($line -notmatch '^([0-9A-Fa-f]{64}) [ *](.+)$') {
            continue
        }
        $sum, $name = $Matches[1], $Matches[2]
        if ((Get-FileHash ("$Folder\$name") -Algorithm SHA256).Hash -ne $sum) {
            throw "$name differs from its checksum in SHA256SUMS"
        }
        $right += Split-Path $name -Leaf
        "$name verified"
    }
    foreach ($file in @(Get-ChildItem $Folder | Where-Object { $_.Name -match '\.(zip|exe)$' })) {
        if ($right -notcontains $file.Name) {
            throw "$($file.Name) is not in SHA256SUMS"
        }
    }
}

if (-not $Media) {
    exit 0
}
$setup = Find-Setup
if (-not $setup) {
    $bucket, $prefix = ($Media -replace '^s3://') -split '/', 2
    $prefix = "$prefix".Trim('/')
    if (-not $prefix) {
        $prefix = '/' # the whole bucket
    }
    "fetching $Media"
    Read-S3Object -BucketName $bucket -KeyPrefix $prefix -Folder $Folder -Region $Region | Out-Null
    Test-Checksums
    foreach ($archive in @(Get-ChildItem $Folder -Filter *.zip)) {
        Expand-Archive -Path $archive.FullName -DestinationPath $Folder -Force
        Remove-Item $archive.FullName
    }
    $setup = Find-Setup
}
if (-not $setup) {
    throw "there is no setup.exe in $Media"
}
$setup.DirectoryName

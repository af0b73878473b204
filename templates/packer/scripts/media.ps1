# SPDX-License-Identifier: Apache-2.0
# Copies the HPC Pack media into the image, so that a node need not fetch them at its first boot.
# HPCWIZ_MEDIA: s3://bucket/folder/, or empty for none. Windows PowerShell 5.1, ASCII.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$folder = 'C:\HPCPack'

if (-not $env:HPCWIZ_MEDIA) {
    exit 0
}
$place = [uri]$env:HPCWIZ_MEDIA
Read-S3Object -BucketName $place.Host -KeyPrefix $place.AbsolutePath.Trim('/') -Folder $folder -Region $env:HPCWIZ_REGION | Out-Null
foreach ($archive in @(Get-ChildItem $folder -Filter *.zip)) {
    Expand-Archive -Path $archive.FullName -DestinationPath $folder -Force
    Remove-Item $archive.FullName
}
if (-not @(Get-ChildItem $folder -Filter setup.exe -Recurse).Count) {
    throw "there is no setup.exe in $env:HPCWIZ_MEDIA"
}

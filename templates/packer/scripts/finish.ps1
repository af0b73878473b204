# SPDX-License-Identifier: Apache-2.0
# Leaves nothing of the making in the image and prepares it for its first boot: a new computer
# name, a new Administrator password, user data. Windows PowerShell 5.1, ASCII.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

Remove-NetFirewallRule -Name packer-winrm -ErrorAction SilentlyContinue
Get-ChildItem Cert:\LocalMachine\My | Where-Object { $_.Subject -eq 'CN=packer' } | Remove-Item
Get-ChildItem $env:TEMP -ErrorAction SilentlyContinue | Remove-Item -Recurse -Force -ErrorAction SilentlyContinue

$launch = Join-Path $env:ProgramFiles 'Amazon\EC2Launch\EC2Launch.exe'
if (Test-Path $launch) {
    & $launch reset --clean
    & $launch sysprep --shutdown=false --clean
} else {
    & C:\ProgramData\Amazon\EC2-Windows\Launch\Scripts\InitializeInstance.ps1 -Schedule
    & C:\ProgramData\Amazon\EC2-Windows\Launch\Scripts\SysprepInstance.ps1 -NoShutdown
}
if ($LASTEXITCODE) {
    throw "preparing the image ended with code $LASTEXITCODE"
}

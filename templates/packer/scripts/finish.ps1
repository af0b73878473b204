# SPDX-License-Identifier: Apache-2.0
# Leaves nothing of the making in the image, prepares it for its first boot (a new computer name, a
# new Administrator password, user data) and shuts the machine down. Packer's own way in goes too:
# hence a task does it, after Packer has hung up. Windows PowerShell 5.1, ASCII.
param([switch] $Now)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$task = 'hpcwiz-finish'

if (-not $Now) {
    $copy = Join-Path $env:windir 'hpcwiz-finish.ps1'
    Copy-Item $PSCommandPath $copy
    $action = New-ScheduledTaskAction -Execute powershell.exe -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File $copy -Now"
    [void](Register-ScheduledTask -TaskName $task -Action $action -User SYSTEM -RunLevel Highest -Force)
    Start-ScheduledTask -TaskName $task
    exit 0
}

Start-Sleep -Seconds 30
Unregister-ScheduledTask -TaskName $task -Confirm:$false
Get-ChildItem WSMan:\localhost\Listener | Where-Object { $_.Keys -contains 'Transport=HTTPS' } | Remove-Item -Recurse -Force
Set-Item WSMan:\localhost\Service\Auth\Basic $false -Force
Remove-NetFirewallRule -Name packer-winrm -ErrorAction Ignore
Get-ChildItem Cert:\LocalMachine\My | Where-Object { $_.Subject -eq 'CN=packer' } | Remove-Item -DeleteKey

# Two nodes must not have the same host keys: sshd makes new ones when it starts.
Stop-Service sshd -Force -ErrorAction Ignore
Get-ChildItem (Join-Path $env:ProgramData 'ssh\ssh_host_*') -ErrorAction Ignore | Remove-Item -Force
foreach ($folder in (Join-Path $env:windir 'Temp'), 'C:\Users\Administrator\AppData\Local\Temp') {
    Get-ChildItem $folder -ErrorAction Ignore | Remove-Item -Recurse -Force -ErrorAction Ignore
}
Remove-Item $PSCommandPath -Force

# If this fails the machine goes on running, and Packer gives up without an image.
$launch = Join-Path $env:ProgramFiles 'Amazon\EC2Launch\EC2Launch.exe'
if (Test-Path $launch) {
    & $launch reset --clean
    & $launch sysprep --clean --shutdown=true
} else {
    & C:\ProgramData\Amazon\EC2-Windows\Launch\Scripts\InitializeInstance.ps1 -Schedule
    & C:\ProgramData\Amazon\EC2-Windows\Launch\Scripts\SysprepInstance.ps1
}
